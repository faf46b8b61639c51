"""A small project to build: two pages' worth of everything the site is made from."""

import functools
import http.server
import os
import shutil
import textwrap
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from site_builder.project import REPOSITORY_ROOT, Project

PACKAGE = {
    "__init__.py": '"""A package."""',
    "data/__init__.py": '''
        """Real data, all of it small."""

        from fmkeras.data.numbers import load_numbers
        from fmkeras.data.text import load_text

        __all__ = ["load_numbers", "load_text"]
        ''',
    "data/numbers.py": '''
        """Numbers."""

        from fmkeras.data.splits import split


        def load_numbers(size=3):
            r"""Load the numbers $x_i = i^2$.

            Args:
                size: Integer. How many.

            Returns:
                List of integers.

            Example:

            >>> load_numbers(2)
            [0, 1]
            """
            return split([i**2 for i in range(size)])
        ''',
    "data/splits.py": '''
        """Splits."""


        def split(values):
            """Return all of them."""
            return list(values)
        ''',
    "data/text.py": '''
        """Text."""


        def load_text():
            """Load some text."""
            return "some text"
        ''',
}

LESSON = '''\
# ---
# title: Squares
# part: I. Beginnings
# minutes: 1
# difficulty: 2
# prerequisites: []
# objectives:
#   - Square a number.
# ---

# %% [markdown]
# # Squares
#
# The square of $x$ is $x^2$.

# %% tags=["setup"]
from fmkeras import data

# %% [markdown]
# ## Some squares

# %%
for square in data.load_numbers():
    print(square)

# %% [markdown]
# ### Exercise 1: Cubes
#
# Return the cube.
#
# <details><summary>Hint</summary>
#
# Multiply *twice*.
#
# </details>

# %% exercise="cubes"
def cube(x):
    """Return x³."""
    ### BEGIN SOLUTION
    return x * x * x
    ### END SOLUTION

# %% check="cubes"
assert cube(2) == 8
print("Exercise 1: right.")
'''

HAND_WRITTEN = (
    "index",
    "install",
    "lecturers",
    "notation",
    "other-notations",
    "glossary",
    "faq",
    "benchmarks",
    "guides/use-a-gpu",
    "guides/mixed-precision",
    "guides/several-gpus",
    "guides/several-machines",
    "guides/interrupt-and-resume",
    "guides/backends",
)


def make_project(root):
    """Write a package, a lesson and the pages of the navigation below a folder."""
    project = Project(root)
    for name, text in PACKAGE.items():
        write(project.package / name, textwrap.dedent(text))
    write(project.tutorials / "01_squares.py", LESSON)
    for page in HAND_WRITTEN:
        write(project.docs / f"{page}.md", f"# {page.title()}\n\nA page.\n")
    shutil.copytree(REPOSITORY_ROOT / "docs" / "assets", project.docs / "assets")
    shutil.copy(REPOSITORY_ROOT / "mkdocs.yml", project.config)
    templates = Path("site_builder", "templates")
    shutil.copytree(REPOSITORY_ROOT / templates, project.root / templates)
    return project


@pytest.fixture
def project(tmp_path):
    """Return a `Project` of its own for one test."""
    return make_project(tmp_path / "project")


def write(path, text):
    """Write a file and the folders it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


@pytest.fixture
def edit():
    """Return a function that replaces one piece of a file by another."""

    def edit(path, old, new):
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    return edit


@pytest.fixture(scope="session")
def chromium():
    """Return Chromium's executable; where a browser is required, its lack fails."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        missing = f"No browser is installed: looked for {', '.join(names)}."
        if os.environ.get("FMKERAS_REQUIRE_BROWSER"):
            pytest.fail(f"{missing} FMKERAS_REQUIRE_BROWSER says that one must be.")
        pytest.skip(missing)
    return found


@pytest.fixture(scope="session")
def serve():
    """Return a context manager that serves a folder and gives its address."""
    return _served


@contextmanager
def _served(folder):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = functools.partial(Handler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
