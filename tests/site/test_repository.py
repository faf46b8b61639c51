"""Without a public address no page leads to the repository; with one, all do."""

import nbformat
import pytest

from fmkeras.course import find_lesson, to_notebook
from site_builder import project
from site_builder.check_links import broken_links
from site_builder.repository import (
    colab_address,
    from_last_commit,
    site_address,
    source_address,
    with_installation,
)

ADDRESS = "https://github.com/Someone/fmkeras"


@pytest.fixture
def public(monkeypatch):
    """Give the repository an address, and the site a version."""
    monkeypatch.setattr(project, "REPOSITORY_URL", ADDRESS)
    monkeypatch.setattr(project, "SITE_VERSION", "0.1")


def test_without_an_address_there_are_no_links(tmp_path):
    lesson = find_lesson(1)
    assert project.REPOSITORY_URL == ""
    assert colab_address(lesson) is None
    assert source_address(tmp_path, tmp_path / "x.py", 1, 2) is None
    assert site_address() is None
    notebook = to_notebook(lesson)
    assert with_installation(to_notebook(lesson)) == notebook


def test_colab_opens_the_notebook_of_the_version(public):
    start = "https://colab.research.google.com/github/Someone/fmkeras/blob/gh-pages"
    assert colab_address(find_lesson(1)) == (
        f"{start}/0.1/lessons/01_linear_regression.ipynb"
    )


def test_a_notebook_for_colab_installs_fmkeras_first(public, tmp_path):
    from fmkeras.course import grade

    lesson = find_lesson(1)
    notebook = with_installation(to_notebook(lesson))
    nbformat.validate(notebook)
    first, *others = notebook.cells
    assert first.cell_type == "code"
    assert f'%pip install --quiet "git+{ADDRESS}"' in first.source
    assert others == to_notebook(lesson).cells
    from IPython.core.inputtransformer2 import TransformerManager

    code = TransformerManager().transform_cell(first.source)
    ran = []
    exec(code, {"get_ipython": lambda: ran.append})  # installed here: nothing to do
    assert ran == []
    assert callable(grade)


def test_pages_know_their_address_once_they_are_published(public, monkeypatch):
    assert site_address() == "https://someone.github.io/fmkeras/0.1/"
    monkeypatch.setattr(project, "SITE_VERSION", "")
    assert site_address() is None


def test_a_source_is_shown_at_the_commit_it_was_read_from(public, tmp_path):
    path = tmp_path / "fmkeras" / "models" / "mlp.py"
    assert source_address(tmp_path, path, 3, 9) == (
        f"{ADDRESS}/blob/main/fmkeras/models/mlp.py#L3-L9"
    )
    root = project.REPOSITORY_ROOT
    commit = from_last_commit(root, "%H")
    if commit:
        shown = source_address(root, root / "fmkeras" / "errors.py", 1, 2)
        assert shown == f"{ADDRESS}/blob/{commit}/fmkeras/errors.py#L1-L2"


def test_the_page_for_what_is_not_found_may_name_the_folder_it_is_shown_in(tmp_path):
    (tmp_path / "index.html").write_text("home")
    links = (f'<a href="/fmkeras/0.1/{page}.html">x</a>' for page in ("index", "no"))
    (tmp_path / "404.html").write_text("".join(links))
    assert broken_links(tmp_path, "/fmkeras/0.1/") == [
        "404.html: /fmkeras/0.1/no.html leads to no file"
    ]
