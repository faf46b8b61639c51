"""A lesson as a notebook, for readers, students and nbgrader."""

import nbformat
import pytest

from fmkeras.course import find_lesson, to_notebook, write_copy
from fmkeras.course.solutions import PLACEHOLDER


@pytest.fixture
def lesson(folder):
    return find_lesson(1, folder)


@pytest.mark.parametrize("student", [False, True])
def test_is_a_valid_notebook(lesson, student):
    notebook = to_notebook(lesson, student)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells) == 9


def test_the_front_matter_is_in_the_metadata_only(lesson):
    notebook = to_notebook(lesson)
    assert notebook.metadata["fmkeras"] == {
        "lesson": "01",
        "slug": "doubling",
        "title": "Doubling",
        "part": "I. Numbers",
        "minutes": 1,
        "difficulty": 1,
        "prerequisites": [],
        "objectives": ["Double a number.", "Halve it again."],
    }
    assert notebook.cells[0].source.startswith("# Doubling\nTwo times $x$.")


def test_prose_is_markdown_and_the_rest_code(lesson):
    types = [cell.cell_type for cell in to_notebook(lesson).cells]
    exercise = ["markdown", "code", "code"]
    assert types == ["markdown", "code", "code", *exercise, *exercise]


def test_only_the_students_copy_lacks_the_solutions(lesson):
    sources = [cell.source for cell in to_notebook(lesson).cells]
    assert sum("### BEGIN SOLUTION" in source for source in sources) == 2
    sources = [cell.source for cell in to_notebook(lesson, student=True).cells]
    assert sum("SOLUTION" in source for source in sources) == 0
    assert sources[4] == (
        f'def double(x):\n    """Return two times x."""\n    {PLACEHOLDER}'
    )


def test_exercises_and_checks_are_marked_for_nbgrader(lesson):
    cells = to_notebook(lesson).cells
    assert cells[4].metadata == {
        "exercise": "double",
        "nbgrader": {
            "schema_version": 3,
            "grade_id": "double",
            "solution": True,
            "grade": False,
            "locked": False,
            "task": False,
        },
    }
    assert cells[5].metadata == {
        "check": "double",
        "nbgrader": {
            "schema_version": 3,
            "grade_id": "check-double",
            "solution": False,
            "grade": True,
            "locked": True,
            "task": False,
            "points": 1,
        },
    }
    assert sum("nbgrader" in cell.metadata for cell in cells) == 4


def test_other_metadata_is_kept(folder, lesson):
    assert to_notebook(lesson).cells[1].metadata == {"tags": ["setup"]}
    figure = to_notebook(find_lesson(4, folder)).cells[-1]
    assert figure.metadata == {"alt": "A rising line"}


@pytest.mark.parametrize("suffix", [".ipynb", ".py"])
@pytest.mark.parametrize("student", [False, True])
def test_the_same_lesson_gives_the_same_bytes(lesson, tmp_path, suffix, student):
    first = write_copy(lesson, tmp_path / f"a{suffix}", student).read_bytes()
    assert write_copy(lesson, tmp_path / f"b{suffix}", student).read_bytes() == first


def test_a_script_is_the_lesson_itself(lesson, tmp_path):
    path = write_copy(lesson, tmp_path / "copy.py")
    assert path.read_bytes() == lesson.path.read_bytes()


def test_a_students_script_is_a_lesson_too(lesson, tmp_path):
    path = write_copy(lesson, tmp_path / "01_doubling.py", student=True)
    assert find_lesson(1, tmp_path).objectives == lesson.objectives
    assert path.read_text("utf-8").count(PLACEHOLDER) == 2


def test_the_lessons_name_is_the_default(lesson, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(write_copy(lesson)) == "01_doubling.ipynb"
    assert str(write_copy(lesson, student=True)) == "01_doubling_student.ipynb"
    folder = tmp_path / "homework"
    folder.mkdir()
    assert write_copy(lesson, folder) == folder / "01_doubling.ipynb"
    assert nbformat.read(folder / "01_doubling.ipynb", 4).metadata["fmkeras"]


def test_a_file_that_is_there_is_replaced_only_on_request(lesson, tmp_path):
    path = tmp_path / "mine.ipynb"
    path.write_text("my work")
    with pytest.raises(FileExistsError) as error:
        write_copy(lesson, path)
    assert str(error.value) == (
        f"'{path}' is already there and was left as it is. "
        "What would do: another name, or --force to replace it."
    )
    assert path.read_text() == "my work"
    write_copy(lesson, path, force=True)
    assert nbformat.read(path, 4).cells


@pytest.mark.parametrize("name", ["copy.docx", "copy"])
def test_other_formats_are_refused(lesson, tmp_path, name):
    path = tmp_path / name
    with pytest.raises(ValueError) as error:
        write_copy(lesson, path)
    assert str(error.value) == (
        "write_copy: `path` must be a name that ends in .ipynb or .py. "
        f"Received: path={str(path)!r}."
    )


def test_a_folder_that_does_not_exist_is_told(lesson, tmp_path):
    path = tmp_path / "none" / "copy.py"
    with pytest.raises(OSError) as error:
        write_copy(lesson, path)
    assert str(error.value) == (
        f"'{path}' could not be written: No such file or directory. "
        "What would do: a folder that exists and that you may write to."
    )


@pytest.mark.parametrize("step", ["write_text", "replace"])
def test_a_failure_leaves_nothing_half_written(lesson, tmp_path, monkeypatch, step):
    path = tmp_path / "copy.ipynb"
    path.write_text("my work")
    before = sorted(tmp_path.iterdir())

    def fail(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(f"pathlib.Path.{step}", fail)
    monkeypatch.setattr(type(lesson), "text", lambda _: "# %%\nx = 1\n")
    with pytest.raises(OSError) as error:
        write_copy(lesson, path, force=True)
    assert str(error.value) == (
        f"'{path}' could not be written: Read-only file system. "
        "What would do: a folder that exists and that you may write to."
    )
    assert sorted(tmp_path.iterdir()) == before
    assert path.read_text() == "my work"
