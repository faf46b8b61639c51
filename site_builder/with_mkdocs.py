"""Points MkDocs at the tree: besides its hooks, the only module that knows it."""

import json
import logging
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from site_builder import project as settings
from site_builder.check_links import broken_links
from site_builder.errors import BuildError
from site_builder.mathml import LatexError, find_formula
from site_builder.maths_font import FONT, subset_font
from site_builder.repository import from_last_commit, site_address


def build_site(project, navigation, folder, only_changed=False):
    """Turn the tree into the finished site.

    Args:
        project: `Project`.
        navigation: List from `make_tree`.
        folder: Path to write the site to. What was there is replaced once the new
            site is whole, and stays if there is a fault.
        only_changed: Boolean. Whether to make only those pages anew whose sources
            are newer than what the folder holds: right as long as the navigation,
            the names of the reference and the settings have stayed the same.

    Raises:
        BuildError: If MkDocs meets a fault, if it warns, or if a link leads nowhere.
    """
    with tempfile.TemporaryDirectory(dir=project.cache) as aside:
        draft = Path(aside) / "site"
        if only_changed:
            shutil.copytree(folder, draft)
            shutil.copyfile(project.tree / FONT, draft / FONT)
        _build(project, navigation, draft, only_changed)
        if only_changed:
            _complete(draft, folder)
        broken = broken_links(draft, urlsplit(site_address() or "/").path)
        if broken:
            raise BuildError("\n".join(broken))
        subset_font(draft)
        if folder.exists():
            shutil.move(folder, Path(aside) / "old")
        shutil.move(draft, folder)


def serve_site(folder, rebuild, sources, address):
    """Serve a folder, and rebuild it whenever a source changes.

    Args:
        folder: Path of the site.
        rebuild: Called without arguments after an edit.
        sources: Paths to watch.
        address: Pair of host and port.

    Raises:
        BuildError: If the address cannot be served.
    """
    from mkdocs.livereload import LiveReloadServer

    server = LiveReloadServer(rebuild, *address, root=str(folder), polling_interval=0.2)
    for source in sources:
        server.watch(str(source))
    try:
        server.serve()
    except OSError as error:
        raise BuildError(
            f"Cannot serve at {address[0]}:{address[1]}: {error.strerror}. What would "
            "do: python -m site_builder serve --port 8001"
        ) from None
    finally:
        server.shutdown()


def _build(project, navigation, folder, only_changed):
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort, MkDocsException

    with _warnings() as warnings, _stable_dates(project.root):
        try:
            config = load_config(
                str(project.config),
                nav=navigation,
                docs_dir=str(project.tree),
                site_dir=str(folder),
                repo_url=settings.REPOSITORY_URL or None,
                site_url=site_address(),
                strict=not only_changed,  # MkDocs warns of what is meant here
                hooks=[str(settings.HERE / "mkdocs_hooks.py")],
            )
            if settings.SITE_VERSION:
                # Material reads `../versions.json`, as mike writes it.
                config.extra["version"] = {"provider": "mike"}
            config.plugins.on_startup(command="build", dirty=False)
            build(config, dirty=only_changed)
            if only_changed and warnings[1:]:
                raise Abort("")
        except LatexError as error:
            where = find_formula(project, error.tex)
            raise BuildError(f"{where}: {error}") from None
        except (Abort, MkDocsException, BuildError) as error:
            raise BuildError("\n".join([*warnings, str(error)])) from None


def _complete(site, before):
    """Bring the entries of those pages that were not made anew into the indexes."""
    shutil.copyfile(before / "objects.inv", site / "objects.inv")
    index = Path("search", "search_index.json")
    new, old = (json.loads((folder / index).read_text()) for folder in (site, before))
    made = {_page_of(entry) for entry in new["docs"]}
    new["docs"] += [entry for entry in old["docs"] if _page_of(entry) not in made]
    text = json.dumps(new)
    (site / index).write_text(text)
    (site / index).with_suffix(".js").write_text(f"var __index = {text}")


def _page_of(entry):
    return entry["location"].partition("#")[0]


@contextmanager
def _warnings():
    """Collect what MkDocs and its plugins warn of."""
    lines = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = logging.getLogger("mkdocs")
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)


@contextmanager
def _stable_dates(root):
    """Date the sitemap by the last commit, so that equal sources give equal bytes."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        yield
        return
    os.environ["SOURCE_DATE_EPOCH"] = from_last_commit(root, "%ct") or "0"
    try:
        yield
    finally:
        del os.environ["SOURCE_DATE_EPOCH"]
