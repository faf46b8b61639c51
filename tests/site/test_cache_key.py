"""A lesson's key changes with what can change its outputs, and with nothing else."""

import shutil

import pytest

from site_builder.cache_key import cache_key, essence, installed_versions
from site_builder.project import REPOSITORY_ROOT
from site_builder.reach import reached_modules
from site_builder.source import Package

VERSIONS = {"python": "3.11", "numpy": "2.0"}
CELLS = ["from fmkeras import data", "squares = data.load_numbers()\nprint(squares)"]


def key(project, cells=CELLS, runner="1", versions=VERSIONS):
    return cache_key(cells, project.package, runner, versions)


def test_a_comment_or_a_new_layout_keeps_the_key(project):
    cells = [CELLS[0], "squares = data.load_numbers(\n)  # three\n\nprint( squares )"]
    assert key(project, cells) == key(project)


def test_other_code_gets_another_key(project):
    assert key(project, [CELLS[0], CELLS[1] + "\nprint(1)"]) != key(project)


def test_the_same_code_cut_into_other_cells_gets_another_key(project):
    assert key(project, ["\n".join(CELLS)]) != key(project)


def test_a_string_that_a_cell_displays_counts():
    assert essence('"one"') != essence('"two"')


def test_a_docstring_in_a_cell_does_not_count():
    assert essence('def f():\n    """One."""') == essence('def f():\n    """Two."""')


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Numbers."""', '"""All numbers."""'),
        ("How many.", "How many numbers."),
        ("return split(", "return split(  # all\n        "),
    ],
)
def test_prose_in_a_module_keeps_the_key(project, edit, old, new):
    before = key(project)
    edit(project.package / "data" / "numbers.py", old, new)
    assert key(project) == before


@pytest.mark.parametrize("module", ["data/numbers.py", "data/splits.py"])
def test_code_that_the_lesson_reaches_makes_a_new_key(project, edit, module):
    before = key(project)
    edit(project.package / module, "return", "1 + 1\n    return")
    assert key(project) != before


def test_code_that_the_lesson_does_not_reach_keeps_the_key(project, edit):
    before = key(project)
    edit(project.package / "data" / "text.py", "some text", "other text")
    assert key(project) == before


def test_a_name_newly_exported_keeps_the_key(project, edit):
    before = key(project)
    edit(
        project.package / "data" / "__init__.py",
        '"load_text"]',
        '"load_text", "split"]\nfrom fmkeras.data.splits import split',
    )
    assert key(project) == before


def test_a_name_that_comes_from_elsewhere_makes_a_new_key(project, edit):
    before = key(project)
    shutil.copy(project.package / "data/numbers.py", project.package / "data/more.py")
    edit(project.package / "data" / "__init__.py", "data.numbers", "data.more")
    assert key(project) != before


def test_code_of_a_package_itself_counts(project, edit):
    before = key(project)
    edit(project.package / "__init__.py", '"""A package."""', "SWITCH = 1")
    assert key(project) != before


def test_a_data_file_beside_a_reached_module_counts(project):
    before = key(project)
    (project.package / "data" / "numbers.csv").write_text("1,2")
    assert key(project) != before


@pytest.mark.parametrize("name", ["python", "numpy", "keras"])
def test_another_version_makes_a_new_key(project, name):
    assert key(project, versions={**VERSIONS, name: "9"}) != key(project)


def test_another_way_to_run_cells_makes_a_new_key(project):
    assert key(project, runner="2") != key(project)


def test_another_folder_keeps_the_key(project):
    before = key(project)
    moved = project.root.parent / "moved"
    shutil.copytree(project.package, moved / "fmkeras")
    assert cache_key(CELLS, moved / "fmkeras", "1", VERSIONS) == before


def test_a_cell_that_is_no_python_still_has_a_key(project):
    assert key(project, ["def"]) != key(project, ["class"])


def test_the_versions_that_numbers_depend_on_are_known():
    assert list(installed_versions()) == [
        "python",
        "numpy",
        "scikit-learn",
        "matplotlib",
        "keras",
        "tensorflow",
    ]
    assert "absent" not in installed_versions().values()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from fmkeras import data\ndata.load_text()", {"data", "data.text"}),
        ("import fmkeras.data\nfmkeras.data.load_text()", {"data", "data.text"}),
        ("import fmkeras as f\nf.data.load_text()", {"data", "data.text"}),
        ("from fmkeras.data import load_text", {"data", "data.text"}),
        ("from fmkeras.data import load_text as t\nt()", {"data", "data.text"}),
        ("from fmkeras.data.text import load_text", {"data", "data.text"}),
        ("from fmkeras.data import text\ntext.load_text()", {"data", "data.text"}),
        ("import numpy", None),
        ("from fmkeras import data\nf(data)", "everything"),
        ("from fmkeras.data import *", "everything"),
        ("from fmkeras import data\ndata.unknown()", "everything"),
        ("def f():\n    from fmkeras.data import load_text", {"data", "data.text"}),
    ],
)
def test_reach_follows_every_way_to_import(project, code, expected):
    import ast

    package = Package(project.package)
    found = reached_modules([ast.parse(code)], package)
    if expected is None:
        assert found == []
    elif expected == "everything":
        assert found == package.module_names
    else:
        assert set(found) == {"fmkeras", *(f"fmkeras.{name}" for name in expected)}


def test_reach_tells_a_function_from_a_module_of_its_name(project):
    """`fmkeras.models.mlp` is a function, and a module too."""
    import ast

    models = project.package / "models"
    models.mkdir()
    (models / "__init__.py").write_text(
        "from fmkeras.models.mlp import mlp\nfrom fmkeras.models.other import other"
    )
    (models / "mlp.py").write_text("from fmkeras.data import load_text\ndef mlp(): ...")
    (models / "other.py").write_text("def other(): ...")
    code = ast.parse("from fmkeras import models\nmodels.mlp()")
    found = reached_modules([code], Package(project.package))
    assert found == [
        "fmkeras",
        "fmkeras.data",
        "fmkeras.data.text",
        "fmkeras.models",
        "fmkeras.models.mlp",
    ]


def test_reach_follows_relative_imports(project, edit):
    import ast

    edit(project.package / "data" / "numbers.py", "from fmkeras.data.", "from .")
    edit(project.package / "data" / "__init__.py", "from fmkeras.data.", "from .")
    code = ast.parse("from fmkeras import data\ndata.load_numbers()")
    found = reached_modules([code], Package(project.package))
    assert found == [
        "fmkeras",
        "fmkeras.data",
        "fmkeras.data.numbers",
        "fmkeras.data.splits",
    ]


def test_asking_for_images_does_not_reach_how_text_is_read():
    import ast

    package = Package(REPOSITORY_ROOT / "fmkeras")
    code = ast.parse("from fmkeras import data\ndata.is_cached('mnist')")
    found = reached_modules([code], package)
    assert "fmkeras.data.images" in found
    assert "fmkeras.data.text" not in found
