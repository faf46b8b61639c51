"""A preview makes what an edit asks for, no more, and the same as a whole build."""

import json
import os

import pytest
from rich.console import Console

from site_builder.build import make_tree
from site_builder.errors import BuildError
from site_builder.preview import Preview
from site_builder.tree import read_folder
from site_builder.with_mkdocs import build_site

pytestmark = pytest.mark.slow


@pytest.fixture
def preview(project, tmp_path, monkeypatch):
    """Return a `Preview` that has been made once."""
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    preview = Preview(project, Console(quiet=True), tmp_path / "site")
    preview.make()
    return preview


def make(preview):
    """Make the site again, and return which pages were written."""
    folder = preview.folder
    long_ago = 1_000_000_000
    for path in [*folder.rglob("*"), *preview.project.tree.rglob("*")]:
        os.utime(path, (long_ago, long_ago))
    preview.make()
    pages = folder.rglob("*.html")
    return {
        page.relative_to(folder).as_posix()
        for page in pages
        if page.stat().st_mtime > long_ago
    } - {"404.html"}


def whole(preview, folder):
    """Build the whole site and return its files."""
    navigation = make_tree(preview.project, preview.console)
    build_site(preview.project, navigation, folder)
    return read_folder(folder)


def search_index(files):
    """Return the entries of the search, sorted."""
    entries = json.loads(files.pop("search/search_index.json"))["docs"]
    script = files.pop("search/search_index.js").decode()
    assert json.loads(script.removeprefix("var __index = "))["docs"] == entries
    return sorted(entries, key=lambda entry: entry["location"])


@pytest.mark.parametrize(
    ("file", "old", "new", "page"),
    [
        ("docs/install.md", "A page.", r"See `fmkeras.data.load_text`.", "install"),
        ("tutorials/01_squares.py", "The square of", "Zebra", "lessons/01_squares"),
        ("fmkeras/data/splits.py", "Return all", "Give all", "api/data"),
        ("fmkeras/data/numbers.py", "How many.", r"How many $\heartsuit$.", "api/data"),
    ],
)
def test_an_edit_makes_its_own_page(
    preview, project, tmp_path, edit, file, old, new, page
):
    edit(project.root / file, old, new)
    assert make(preview) == {f"{page}.html"}
    made, expected = read_folder(preview.folder), whole(preview, tmp_path / "whole")
    assert search_index(made) == search_index(expected)
    assert {name for name in expected if made[name] != expected[name]} <= {
        "sitemap.xml.gz"
    }


def test_what_other_pages_show_makes_them_too(preview, project, edit):
    edit(project.tutorials / "01_squares.py", "title: Squares", "title: Two squares")
    assert {"index.html", "api/data.html"} <= make(preview)
    assert "01 Two squares" in (preview.folder / "install.html").read_text()


def test_a_name_that_is_gone_is_missed_on_every_page(preview, project, edit):
    edit(project.docs / "faq.md", "A page.", "See `fmkeras.data.load_text`.")
    make(preview)
    init = project.package / "data" / "__init__.py"
    edit(init, '["load_numbers", "load_text"]', '["load_numbers"]')
    with pytest.raises(BuildError) as error:
        preview.make()
    assert "`fmkeras.data.load_text` is no public name" in str(error.value)


def test_a_fault_is_told_and_leaves_the_last_good_page(preview, project, edit):
    path = project.docs / "install.md"
    edit(path, "A page.", "See [this](notation.md#nowhere).")
    with pytest.raises(BuildError) as error:
        preview.make()
    assert "nowhere" in str(error.value)
    assert "A page." in (preview.folder / "install.html").read_text()
    edit(path, "See [this](notation.md#nowhere).", "A better page.")
    preview.make()
    assert "A better page." in (preview.folder / "install.html").read_text()
