"""The catalogue: what it lists, what it finds, and what it refuses."""

from pathlib import Path

import pytest

from fmkeras.course import catalogue, find_lesson, lessons
from fmkeras.course.lessons import own_lessons

FIELDS = {
    "title": "Sums",
    "part": "I. Numbers",
    "minutes": "1",
    "difficulty": "2",
    "prerequisites": "[]",
    "objectives": "[Add]",
}


def write(folder, name="02_sums.py", **fields):
    lines = [f"# {field}: {value}" for field, value in {**FIELDS, **fields}.items()]
    text = "\n".join(["# ---", *lines, "# ---"])
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")


def test_lists_the_lessons_in_order(folder):
    first, second = catalogue(folder)
    assert (first.number, second.number) == ("01", "04")
    assert first.title == "Doubling"
    assert first.slug == "doubling"
    assert first.name == "01_doubling"
    assert first.part == "I. Numbers"
    assert first.minutes == 1
    assert first.objectives == ("Double a number.", "Halve it again.")
    assert first.path == folder / "01_doubling.py"
    assert (second.difficulty, second.prerequisites) == (3, ("01",))


def test_leaves_other_files_alone(folder):
    (folder / "conftest.py").write_text("x")
    (folder / "_helpers.py").write_text("x")
    (folder / "05_notes.md").write_text("x")
    assert len(catalogue(folder)) == 2


@pytest.mark.parametrize("written", ['["01"]', "[1]", "[01_doubling]"])
def test_prerequisites_are_told_by_number(tmp_path, written):
    write(tmp_path, prerequisites=written)
    assert catalogue(tmp_path)[0].prerequisites == ("01",)


def test_what_a_notebook_editor_adds_is_no_error(tmp_path):
    write(tmp_path, jupyter="{jupytext: {formats: ipynb}}")
    assert catalogue(tmp_path)[0].title == "Sums"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"title": "2"}, "`title` must be a text. Received: title=2."),
        ({"part": "''"}, "`part` must be a text. Received: part=''."),
        (
            {"minutes": "0"},
            "`minutes` must be a positive integer. Received: minutes=0.",
        ),
        (
            {"minutes": "1.5"},
            "`minutes` must be a positive integer. Received: minutes=1.5.",
        ),
        (
            {"difficulty": "4"},
            "`difficulty` must be an integer from 1 to 3. Received: difficulty=4.",
        ),
        (
            {"prerequisites": "01"},
            "`prerequisites` must be a list of the numbers of earlier lessons, in "
            "quotes. Received: prerequisites=1.",
        ),
        (
            {"prerequisites": '["02"]'},
            "`prerequisites` must be a list of the numbers of earlier lessons, in "
            "quotes. Received: prerequisites=['02'].",
        ),
        (
            {"prerequisites": "[algebra]"},
            "`prerequisites` must be a list of the numbers of earlier lessons, in "
            "quotes. Received: prerequisites=['algebra'].",
        ),
        (
            {"objectives": "[]"},
            "`objectives` must be a list of texts (in quotes if they hold a colon). "
            "Received: objectives=[].",
        ),
        (
            {"objectives": "[Learn: much]"},
            "`objectives` must be a list of texts (in quotes if they hold a colon). "
            "Received: objectives=[{'Learn': 'much'}].",
        ),
        (
            {"minute": "3"},
            "`field` must be one of title, part, minutes, difficulty, prerequisites, "
            "objectives. Received: field='minute'. What would do: minutes.",
        ),
    ],
)
def test_an_error_names_the_file_and_the_field(tmp_path, fields, message):
    write(tmp_path, **fields)
    with pytest.raises(ValueError) as error:
        catalogue(tmp_path)
    assert str(error.value) == f"02_sums.py: {message}"


YAML = (
    "`front matter` must be YAML between two lines '# ---', with title, part, minutes, "
    "difficulty, prerequisites, objectives. Received: front matter="
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"x = 1\n", YAML + "None."),
        (b"# ---\n# - a\n# ---\n", YAML + "['a']."),
        (
            b"# ---\n# title: [\n# ---\n",
            YAML + "'while parsing a flow node expected the node content, but found "
            "\\'<stream end>\\' in \"<unicode string>\", line 1, column 9: title: [ "
            "^'.",
        ),
        (
            b"# ---\n# title: Sums\n# ---\n",
            "`part` must be in the front matter. Received: part=None.",
        ),
        (b"\xff\xfe#", "`text` must be in UTF-8. Received: text=b'\\xff\\xfe#'."),
    ],
)
def test_a_damaged_lesson_is_named(tmp_path, text, message):
    (tmp_path / "02_sums.py").write_bytes(text)
    with pytest.raises(ValueError) as error:
        catalogue(tmp_path)
    assert str(error.value) == f"02_sums.py: {message}"


def test_two_lessons_may_not_share_a_number(tmp_path):
    write(tmp_path, "02_differences.py")
    write(tmp_path, "02_sums.py")
    with pytest.raises(ValueError) as error:
        catalogue(tmp_path)
    assert str(error.value) == (
        "02_sums.py: `number` must be another than that of '02_differences.py'. "
        "Received: number='02'."
    )


def test_a_lesson_is_named_by_number_and_topic(tmp_path):
    write(tmp_path, "2_sums.py")
    with pytest.raises(ValueError) as error:
        catalogue(tmp_path)
    assert str(error.value) == (
        "catalogue: `path` must be named like '03_logistic_regression.py'. "
        "Received: path='2_sums.py'."
    )


def test_a_folder_must_exist(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        catalogue(tmp_path / "none")
    assert str(error.value) == (
        f"There is no folder of lessons at '{tmp_path / 'none'}'. "
        "What would do: a folder of scripts named like '03_logistic_regression.py'."
    )


@pytest.mark.parametrize(
    "number",
    [2, "2", "02", " 02 ", "002", "02_sums", "02_Sums.py", "sums", "02-sums"],
)
def test_a_lesson_is_found_by_any_of_its_names(tmp_path, number):
    write(tmp_path)
    assert find_lesson(number, tmp_path).number == "02"


@pytest.mark.parametrize(
    ("number", "near"),
    [
        (3, "'04' (Plotting)"),
        ("99", "'04' (Plotting)"),
        ("0", "'01' (Doubling)"),
        ("ploting", "'04' (Plotting)"),
        ("02_doubling", "'01' (Doubling)"),
    ],
)
def test_an_unknown_lesson_offers_the_nearest(folder, number, near):
    with pytest.raises(ValueError) as error:
        find_lesson(number, folder)
    assert str(error.value) == (
        "find_lesson: `number` must be the number or the name of a lesson. "
        f"Received: number={number!r}. What would do: {near}."
    )


@pytest.mark.parametrize("number", ["xyz", None, -1, 1.5, "²"])
def test_where_none_is_near_none_is_offered(folder, number):
    with pytest.raises(ValueError) as error:
        find_lesson(number, folder)
    assert str(error.value) == (
        "find_lesson: `number` must be the number or the name of a lesson. "
        f"Received: number={number!r}."
    )


def test_an_empty_folder_has_nothing_to_offer(tmp_path):
    assert catalogue(tmp_path) == []
    with pytest.raises(ValueError, match=r"Received: number=1\.$"):
        find_lesson(1, tmp_path)


def test_a_checkout_has_its_lessons_beside_the_package():
    assert own_lessons() == Path(lessons.__file__).parents[2] / "tutorials"


def test_an_installed_package_has_its_lessons_inside(tmp_path, monkeypatch):
    package = tmp_path / "fmkeras" / "course"
    (package / "tutorials").mkdir(parents=True)
    (tmp_path / "tutorials").mkdir()
    monkeypatch.setattr(lessons, "__file__", str(package / "lessons.py"))
    assert own_lessons() == package / "tutorials"
