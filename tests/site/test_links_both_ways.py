"""A lesson leads to the names it uses, and each name back to the lessons."""

import ast
import functools
import json
import re

import markdown
import pytest

from fmkeras.course.cells import read_cells
from site_builder.api_pages import api_files, link_targets
from site_builder.errors import BuildError
from site_builder.execute import Run
from site_builder.keras_names import (
    TABLE,
    find_keras_page,
    identifier_of,
    inventory,
    keras_names,
)
from site_builder.lesson_page import lesson_files
from site_builder.lessons import ExecutedLesson
from site_builder.project import REPOSITORY_ROOT, Project
from site_builder.used_names import lessons_by_anchor, names_used

LESSON = "01_squares.py"
KERAS_CODE = """
import keras
from keras import layers as blocks
from keras.optimizers import SGD

model = keras.Sequential([blocks.Dense(3), keras.layers.Dense(1)])
model.compile(SGD(0.1))
model.summary.nothing()
keras.Model.summary(model)
keras.ops.a_function_of_tomorrow()
blocks.Dense(4).units
"""


@pytest.fixture
def use(project):
    """Return a function that puts code into the lesson and resolves its names."""

    def use(code):
        path = project.tutorials / LESSON
        text = path.read_text("utf-8").replace("    print(square)\n", code)
        path.write_text(text, "utf-8")
        return names_used(project, link_targets(project))

    return use


def names(used):
    ((_, found),) = used
    return [f"{name.module}.{name.name}" for name in found]


def test_what_a_lesson_uses_is_known_by_the_path_a_reader_imports_it_from(use):
    code = "    pass\nfrom fmkeras.data import text as t, numbers\nt.load_text()\n"
    used = use(code)
    assert names(used) == ["fmkeras.data.load_numbers", "fmkeras.data.load_text"]
    ((lesson, found),) = used
    assert found[1].address == "../api/data.md#fmkeras.data.load_text"
    assert lessons_by_anchor(used) == {
        "fmkeras.data.load_numbers": [lesson],
        "fmkeras.data.load_text": [lesson],
    }


def test_names_of_keras_are_found_through_their_aliases(use):
    used = use("    pass\n" + KERAS_CODE)
    assert names(used) == [
        "fmkeras.data.load_numbers",
        "keras.Model",
        "keras.Sequential",
        "keras.layers.Dense",
        "keras.ops.a_function_of_tomorrow",
        "keras.optimizers.SGD",
    ]
    assert set(lessons_by_anchor(used)) == {"fmkeras.data.load_numbers"}


def test_a_name_of_keras_that_the_table_lacks_stops_the_build(use):
    with pytest.raises(BuildError) as error:
        use("    pass\nfrom keras import layers\nlayers.Danse(1)\n")
    assert str(error.value) == (
        "Lesson 01 (01_squares.py): `keras.layers.Danse` is not in "
        "site_builder/keras_names.json, the table of Keras names. What would do: add "
        "it there, with its page on keras.io."
    )
    assert (REPOSITORY_ROOT / "site_builder/keras_names.json").samefile(TABLE)


def test_a_name_that_the_package_lacks_stops_the_build(use):
    with pytest.raises(BuildError) as error:
        use("    pass\ndata.load_squares()\n")
    assert str(error.value) == (
        "Lesson 01 (01_squares.py): `fmkeras.data.load_squares` is no public name of "
        "`fmkeras.data`."
    )


def test_all_that_is_wrong_is_said_at_once(use):
    with pytest.raises(BuildError) as error:
        use("    pass\nimport keras\nkeras.a()\nkeras.b()\ndata.c()\n")
    assert str(error.value).count("Lesson 01 (01_squares.py): ") == 3


def test_a_front_matter_that_is_wrong_stops_the_build(project, edit):
    edit(project.tutorials / LESSON, "difficulty: 2", "difficulty: 9")
    with pytest.raises(BuildError) as error:
        names_used(project, link_targets(project))
    assert "difficulty" in str(error.value)


def test_a_cell_that_does_not_parse_is_left_to_the_run(use):
    assert names(use("    print(square\n")) == []


def test_the_foot_of_a_lesson_lists_what_it_used(use):
    ((lesson, found),) = use("    pass\nimport keras\nkeras.Model, keras.ops.exp\n")
    cells = read_cells(lesson.text())
    coded = [cell for cell in cells if cell.kind != "prose"]
    executed = ExecutedLesson(lesson, cells, Run([[] for _ in coded], 1.0, 2))
    page = lesson_files(executed, [lesson], print, found)["01_squares.md"].decode()
    assert page.endswith(
        "\n\n## You used { data-search-exclude }\n\n"
        "- `fmkeras.data`: [`load_numbers`](../api/data.md#fmkeras.data.load_numbers)\n"
        "- `keras`: [`Model`](https://keras.io/api/models/model/)\n"
        "- `keras.ops`: [`exp`](https://keras.io/api/ops/numpy/#exp-function)\n"
    )
    bare = lesson_files(executed, [lesson], print)["01_squares.md"].decode()
    assert "You used" not in bare


def test_with_a_repository_each_entry_leads_to_its_source(project, monkeypatch):
    assert "[source]" not in api_files(project)["data.md"].decode()
    address = "https://github.com/someone/fmkeras"
    monkeypatch.setattr("site_builder.project.REPOSITORY_URL", address)
    used = lessons_by_anchor(names_used(project, link_targets(project)))
    page = api_files(project, used)["data.md"].decode()
    start = f"{address}/blob/main/fmkeras/data"
    assert (
        '`load_numbers`: used in lesson [01](../lessons/01_squares.md "Squares") · '
        f"[source]({start}/numbers.py#L7-L21)\n{{ .used-in data-search-exclude }}"
    ) in page
    assert f"`load_text`: [source]({start}/text.py#L5-L7)\n" in page


def test_an_entry_of_the_reference_lists_its_lessons(project):
    path = project.tutorials / LESSON
    text = path.read_text("utf-8").replace("title: Squares", "title: '\"Squares\"'")
    path.write_text(text, "utf-8")
    second = text.replace("cubes", "more").replace("load_numbers", "load_text")
    (project.tutorials / "02_more.py").write_text(second, "utf-8")
    third = second.replace("more", "third")
    (project.tutorials / "03_third.py").write_text(third, "utf-8")
    used = lessons_by_anchor(names_used(project, link_targets(project)))
    page = api_files(project, used)["data.md"].decode()
    assert page.endswith(
        "\n\n::: fmkeras.data.load_numbers\n\n"
        '`load_numbers`: used in lesson [01](../lessons/01_squares.md "&quot;Squares'
        '&quot;")\n{ .used-in data-search-exclude }\n\n'
        "::: fmkeras.data.load_text\n\n"
        '`load_text`: used in lessons [02](../lessons/02_more.md "&quot;Squares'
        '&quot;"), [03](../lessons/03_third.md "&quot;Squares&quot;")\n'
        "{ .used-in data-search-exclude }\n"
    )
    assert "used in" not in api_files(project)["data.md"].decode()


@pytest.fixture
def render(project):
    """Return a function that makes HTML of Markdown with links in its code."""
    path = project.root / "names.json"
    path.write_text(json.dumps(link_targets(project)), "utf-8")
    extension = "site_builder.markdown_code_links"

    def render(text):
        return markdown.markdown(
            text,
            extensions=["pymdownx.highlight", "pymdownx.superfences", extension],
            extension_configs={
                "pymdownx.highlight": {"pygments_lang_class": True},
                extension: {"names": str(path)},
            },
        )

    return render


def outside(made):
    found = re.findall(r'<autoref identifier="(keras[^"]*)">(.*?)</autoref>', made)
    return [(re.sub("<[^>]*>", "", shown), name) for name, shown in found]


def test_names_of_keras_in_code_lead_to_their_site(render):
    made = render(
        "```python\nimport keras\nfrom keras import layers as l\n\n"
        "keras.Model(l.Dense(1)).fit(layers=2)\nkeras.ops.tomorrow(l=3)\n```\n\n"
        "See `keras.layers.Dense` and `keras.nothing`."
    )
    assert outside(made) == [
        ("keras", "keras.io"),
        ("keras", "keras.io"),
        ("l", "keras.layers"),
        ("keras.Model", "keras.Model"),
        ("l.Dense", "keras.layers.Dense"),
        ("keras.ops.tomorrow", "keras.ops"),
        ("keras.layers.Dense", "keras.layers.Dense"),
    ]
    assert not re.search("<autoref [^>]*><autoref ", made)
    assert "<code>keras.nothing</code>" in made


def test_a_namesake_of_an_import_is_no_link(render):
    made = render(
        '```python title="Your turn"\nfrom keras import layers\n\n'
        "self.layers = [layers.Dense(1, layers=2) for x in y]\n"
        "def f(layers):\n    return layers.Dense\n```\n\n"
        "```pycon\n>>> x.layers = layers.Add()\n'layers'\n```"
    )
    assert outside(made) == [
        ("keras", "keras.io"),
        ("layers", "keras.layers"),
        ("layers.Dense", "keras.layers.Dense"),
        ("layers.Add", "keras.layers.Add"),
    ]


def test_every_name_of_the_table_is_in_the_inventory():
    table = keras_names()
    places = inventory(table)
    assert places["keras.layers.Dense"] == (
        "https://keras.io/api/layers/core_layers/dense/"
    )
    assert places["keras.io"] == "https://keras.io/api/"  # no heading is called so
    for name in table:
        found, address = find_keras_page(table, name.replace("*", "tomorrow"))
        assert places[identifier_of(found, table)] == address


def test_what_is_a_link_to_keras_already_is_left_alone(render):
    assert outside(render("[`keras.Model`](x.md)\n\n# `keras.Model`")) == []


@pytest.mark.parametrize(
    ("dotted", "known"),
    [
        ("keras.layers.Dense", "keras.layers.Dense"),
        ("keras.layers.Dense.call.__doc__", "keras.layers.Dense"),
        ("keras.Model.fit", "keras.Model.fit"),
        ("keras.ops.softmax", "keras.ops.softmax"),
        ("keras.ops.image.resize", "keras.ops.image.resize"),
        ("keras.layers.Nothing", None),
        ("keras.nothing", None),
    ],
)
def test_a_name_leads_to_the_nearest_page_that_the_table_has(dotted, known):
    page = find_keras_page(keras_names(), dotted)
    assert (page and page[0]) == known


def test_the_table_is_sorted_and_unique_and_holds_paths():
    pairs = json.loads(TABLE.read_text("utf-8"), object_pairs_hook=list)
    listed = [name for name, _ in pairs]
    assert listed == sorted(set(listed))
    for _, path in pairs:
        assert re.fullmatch(r"api/([\w]+/)*(#[a-z0-9]+-(class|function|method))?", path)


@pytest.mark.slow
def test_every_name_of_the_table_is_one_of_keras():
    import keras

    for name in keras_names():
        attributes = name.removesuffix(".*").split(".")[1:]
        functools.reduce(getattr, attributes, keras)


def test_every_lesson_of_the_course_uses_known_names():
    project = Project(REPOSITORY_ROOT)
    used = names_used(project, link_targets(project))
    assert len(used) >= 3
    for lesson, found in used:
        assert {"fmkeras.course", "fmkeras.plots"} <= {name.module for name in found}
        imports_keras = re.search(r"^(import|from) keras", lesson.text(), re.MULTILINE)
        uses_keras = any(name.module.startswith("keras") for name in found)
        assert uses_keras == bool(imports_keras)


def test_every_name_of_keras_in_a_sentence_is_in_the_table():
    texts = [text for path in _paths() for text in _prose(path)]
    inline = re.findall(r"`(keras(?:\.\w+)+)`", "\n".join(texts))
    assert "keras.Model" in inline
    table = keras_names()
    assert [name for name in inline if find_keras_page(table, name) is None] == []


def _paths():
    for folder in ("fmkeras", "tutorials"):
        yield from sorted((REPOSITORY_ROOT / folder).rglob("*.py"))


def _prose(path):
    """Yield the docstrings of a module, or the prose of a lesson."""
    text = path.read_text("utf-8")
    if path.parent.name == "tutorials":
        yield from (cell.source for cell in read_cells(text) if cell.kind == "prose")
        return
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, documented):
            yield ast.get_docstring(node) or ""
