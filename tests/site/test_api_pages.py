"""The API reference is made from `__all__`, and no public name goes undocumented."""

import pytest

from site_builder.api_names import api_names, find_anchor
from site_builder.api_pages import api_files, navigation, public_parts
from site_builder.errors import BuildError
from site_builder.project import REPOSITORY_ROOT, Project
from site_builder.source import Package


def test_a_page_lists_every_public_name_and_leaves_each_to_mkdocstrings(project):
    page = api_files(project)["data.md"].decode()
    assert "\n# fmkeras.data { #fmkeras.data }\n\nReal data, all of it small.\n" in page
    assert "| [`load_numbers`](#fmkeras.data.load_numbers) | Load the numbers" in page
    assert "\n::: fmkeras.data.load_numbers\n\n::: fmkeras.data.load_text\n" in page


def test_the_index_lists_every_page(project):
    pages = api_files(project)
    assert set(pages) == {"index.md", "data.md"}
    row = "| [`fmkeras.data`](data.md) | Real data, all of it small. |"
    assert row in pages["index.md"].decode()
    assert navigation(pages) == [
        {"API": "api/index.md"},
        {"fmkeras.data": "api/data.md"},
    ]


def test_a_public_name_without_a_docstring_stops_the_build(project, edit):
    path = project.package / "data" / "text.py"
    edit(path, '"""Load some text."""', "pass")
    with pytest.raises(BuildError) as error:
        api_files(project)
    assert str(error.value) == (
        f"{path}, line 5: `fmkeras.data.load_text` is public and has no docstring."
    )


def test_a_public_constant_needs_a_docstring_below_it(project, edit):
    path = project.package / "data" / "__init__.py"
    edit(path, '"load_text"]', '"load_text", "SIZE"]\n\nSIZE = 3')
    with pytest.raises(BuildError) as error:
        api_files(project)
    assert "`fmkeras.data.SIZE` is public and has no docstring." in str(error.value)
    edit(path, "SIZE = 3", 'SIZE = 3\n"""How many."""')
    assert "| How many. |" in api_files(project)["data.md"].decode()


def test_a_name_in_all_that_nothing_defines_stops_the_build(project, edit):
    path = project.package / "data" / "__init__.py"
    edit(path, '"load_text"]', '"load_text", "nothing"]')
    with pytest.raises(BuildError) as error:
        api_files(project)
    assert (
        str(error.value)
        == f"{path}: `nothing` is in `__all__`, but nothing defines it."
    )


def test_a_part_has_a_page_as_soon_as_it_names_what_is_public(project):
    path = project.package / "errors.py"
    code = '"""Errors."""\n\nimport math\n\n\ndef word():\n    """Word."""\n\n\n'
    code += "def hidden():\n    pass\n"
    path.write_text(code)
    assert set(api_files(project)) == {"index.md", "data.md"}
    path.write_text(f"{code}\n\n__all__ = []\n")
    assert set(api_files(project)) == {"index.md", "data.md"}
    path.write_text(f'{code}\n\n__all__ = ["word"]\n')
    pages = api_files(project)
    assert navigation(pages) == [
        {"API": "api/index.md"},
        {"fmkeras.data": "api/data.md"},
        {"fmkeras.errors": "api/errors.md"},
    ]
    page = pages["errors.md"].decode()
    assert "::: fmkeras.errors.word" in page
    assert "hidden" not in page
    assert "math" not in page


def test_an_edit_of_a_docstring_makes_another_page(project, edit):
    def page():
        return api_files(project)["data.md"]

    before = page()
    edit(project.package / "data" / "splits.py", "Return all", "Give all")
    after = page()
    assert after != before
    edit(project.package / "data" / "splits.py", "Give all", "Return all")
    assert page() == before
    (project.package / "errors.py").write_text('"""Errors."""\n')
    assert page() == before


def test_every_public_name_of_fmkeras_can_be_imported_from_where_the_page_says():
    """The reference is read, never imported: Python itself is the oracle."""
    import importlib

    package = Package(REPOSITORY_ROOT / "fmkeras")
    parts = public_parts(package)
    assert {"data", "errors", "models", "scratch"} <= set(parts)
    for part in parts:
        module = package.module(f"fmkeras.{part}")
        imported = importlib.import_module(module.name)
        listed = getattr(imported, "__all__", module.exports)
        assert sorted(module.exports) == sorted(listed)
        for name in module.exports:
            place = package.locate(module.name, [name])
            there = importlib.import_module(place.module.name)
            assert getattr(there, place.name) is getattr(imported, name)


def test_every_page_of_fmkeras_can_be_made():
    pages = api_files(Project(REPOSITORY_ROOT))
    parts = public_parts(Package(REPOSITORY_ROOT / "fmkeras"))
    assert set(pages) == {"index.md", *(f"{part}.md" for part in parts)}
    assert not {"cli.md", "commands.md"} & set(pages)


def test_a_function_that_shares_its_name_with_a_module_is_shown_as_the_function(
    project,
):
    models = project.package / "models"
    models.mkdir()
    (models / "__init__.py").write_text(
        '"""Models."""\nfrom fmkeras.models.mlp import mlp\n__all__ = ["mlp"]\n'
    )
    (models / "mlp.py").write_text('"""A file."""\ndef mlp():\n    """Stack."""\n')
    page = api_files(project)["models.md"].decode()
    assert "| [`mlp`](#fmkeras.models.mlp.mlp) | Stack. |" in page
    assert "\n::: fmkeras.models.mlp.mlp" in page


@pytest.mark.parametrize(
    ("dotted", "anchor"),
    [
        ("fmkeras.data.load_text", "fmkeras.data.load_text"),
        ("fmkeras.data.text.load_text", "fmkeras.data.load_text"),
        ("fmkeras.data.load_text.__name__", "fmkeras.data.load_text"),
        ("fmkeras.data", "fmkeras.data"),
        ("fmkeras.data.text", "fmkeras.data"),
        ("fmkeras.cli.main", None),
        ("keras.Model", None),
    ],
)
def test_names_lead_to_their_place(project, dotted, anchor):
    assert find_anchor(api_names(project.package, ["data"]), dotted) == anchor


def test_a_private_name_of_a_public_part_has_no_place(project):
    names = api_names(project.package, ["data"])
    with pytest.raises(LookupError) as error:
        find_anchor(names, "fmkeras.data.splits.split")
    message = "`fmkeras.data.splits.split` is no public name of `fmkeras.data.splits`."
    assert str(error.value) == message
