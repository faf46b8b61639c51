"""Links that need the repository's public address: none while it has none."""

import subprocess
from functools import lru_cache
from urllib.parse import urlsplit

from site_builder import project

BRANCH = "gh-pages"  # what GitHub Pages shows, each version in a folder of its own
INSTALL = """\
# Colab does not have fmkeras; where it is installed already, this cell does nothing.
import importlib.util

if importlib.util.find_spec("fmkeras") is None:
    %pip install --quiet "git+{address}\""""


def colab_address(lesson):
    """Return where Colab opens a lesson's notebook, or `None` without a repository.

    Args:
        lesson: `fmkeras.course.Lesson`.
    """
    if not project.REPOSITORY_URL:
        return None
    version = project.SITE_VERSION or project.LATEST
    path = f"{_path()}/blob/{BRANCH}/{version}/lessons/{lesson.name}.ipynb"
    return f"https://colab.research.google.com/github{path}"


def with_installation(notebook):
    """Put a cell that installs fmkeras before a notebook's own, for Colab.

    Args:
        notebook: nbformat notebook. Without a repository it is left as it is.

    Returns:
        The notebook.
    """
    from nbformat import v4

    if project.REPOSITORY_URL:
        code = INSTALL.format(address=project.REPOSITORY_URL)
        notebook.cells.insert(0, v4.new_code_cell(code, id="install"))
    return notebook


def source_address(root, path, first, last):
    """Return where some lines of a file are shown, or `None` without a repository.

    The address holds the commit that the site is made from, so that its lines stay
    those that are meant.

    Args:
        root: Path of the repository.
        path: Path of the file.
        first: Integer, the first line.
        last: Integer, the last line.
    """
    if not project.REPOSITORY_URL:
        return None
    file = path.relative_to(root).as_posix()
    commit = from_last_commit(root, "%H") or "main"
    return f"{project.REPOSITORY_URL}/blob/{commit}/{file}#L{first}-L{last}"


def site_address():
    """Return where GitHub Pages shows the version that is made, or `None`.

    A site that is not published has no address, and no page names one as its own.
    """
    if not (project.REPOSITORY_URL and project.SITE_VERSION):
        return None
    _, owner, name = _path().split("/")
    return f"https://{owner.lower()}.github.io/{name}/{project.SITE_VERSION}/"


@lru_cache
def from_last_commit(root, what):
    """Ask git about the last commit.

    Args:
        root: Path of the repository.
        what: String. A format of `git log`, such as `"%H"`.

    Returns:
        String, empty outside of a repository.
    """
    command = ["git", "-C", str(root), "log", "-1", f"--format={what}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _path():
    return urlsplit(project.REPOSITORY_URL).path.rstrip("/").removesuffix(".git")
