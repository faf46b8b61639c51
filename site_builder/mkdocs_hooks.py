"""What MkDocs calls while it makes the pages."""

import json
from pathlib import Path

from jinja2 import FileSystemBytecodeCache

from site_builder.api_names import page_address
from site_builder.keras_names import inventory
from site_builder.light_code import lighten
from site_builder.wide_tables import framed


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
    handler = config.plugins["mkdocstrings"].get_handler("python")
    handler.env.bytecode_cache = _compiled_templates(config)
    return config


def on_env(env, config, files):
    """Let a preview find the templates compiled, as Python finds its modules."""
    env.bytecode_cache = _compiled_templates(config)
    return env


def on_nav(nav, config, files):
    """Let previous and next lead no further than a page's own part of the site."""
    for page in nav.pages:
        page.previous_page = _beside(page, page.previous_page)
        page.next_page = _beside(page, page.next_page)
    return nav


def on_post_page(output, page, config):
    """Take out of a page what shows nothing, and frame what may be wide."""
    return framed(lighten(output))


def _compiled_templates(config):
    folder = Path(config.docs_dir).parent / "templates"
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


def _beside(page, other):
    return other if other and other.parent is page.parent else None
