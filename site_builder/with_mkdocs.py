"""The only module that knows MkDocs: it is pointed at the tree, and no more."""

import logging
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from site_builder.check_links import broken_links
from site_builder.errors import BuildError
from site_builder.mathml import LatexError, find_formula
from site_builder.maths_font import subset_font
from site_builder.project import REPOSITORY_URL, SITE_VERSION


def build_site(project, navigation, folder):
    """Turn the tree into the finished site.

    Args:
        project: `Project`.
        navigation: List from `make_tree`.
        folder: Path to write the site to. What was there is replaced once the new
            site is whole, and stays if there is a fault.

    Raises:
        BuildError: If MkDocs meets a fault, if it warns, or if a link leads nowhere.
    """
    with tempfile.TemporaryDirectory(dir=project.cache) as aside:
        draft = Path(aside) / "site"
        _build(project, navigation, draft)
        broken = broken_links(draft)
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


def _build(project, navigation, folder):
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
                repo_url=REPOSITORY_URL or None,
            )
            if SITE_VERSION:  # Material reads `../versions.json`, as mike writes it
                config.extra["version"] = {"provider": "mike"}
            config.plugins.on_startup(command="build", dirty=False)
            build(config)
        except LatexError as error:
            where = find_formula(project, error.tex)
            raise BuildError(f"{where}: {error}") from None
        except (Abort, MkDocsException, BuildError) as error:
            raise BuildError("\n".join([*warnings, str(error)])) from None


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
    os.environ["SOURCE_DATE_EPOCH"] = _last_commit(root)
    try:
        yield
    finally:
        del os.environ["SOURCE_DATE_EPOCH"]


def _last_commit(root):
    command = ["git", "-C", str(root), "log", "-1", "--format=%ct"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "0"
    return done.stdout.strip()
