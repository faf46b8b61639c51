"""What MkDocs calls while it makes the pages."""

import json
from pathlib import Path

from site_builder.api_names import page_address
from site_builder.keras_names import inventory
from site_builder.light_code import lighten


def on_config(config):
    """Say where each name of the reference and of Keras is, as an inventory does.

    A link by name then resolves whatever pages are made this time: in code, and as
    `[text][keras.Model]` in a page or a docstring.
    """
    options = config.mdx_configs["site_builder.markdown_code_links"]
    names = json.loads(Path(options["names"]).read_text("utf-8"))
    anchors = {*names["objects"].values(), *names["modules"].values()}
    places = {anchor: page_address(anchor) for anchor in anchors}
    places |= inventory(names["keras"])
    for name, address in places.items():
        config.plugins["autorefs"].register_url(name, address)
    return config


def on_nav(nav, config, files):
    """Let previous and next lead no further than a page's own part of the site."""
    for page in nav.pages:
        page.previous_page = _beside(page, page.previous_page)
        page.next_page = _beside(page, page.next_page)
    return nav


def on_post_page(output, page, config):
    """Take out of a page what shows nothing."""
    return lighten(output)


def _beside(page, other):
    return other if other and other.parent is page.parent else None
