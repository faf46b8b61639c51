"""A student's file, graded exercise by exercise."""

import json

import pytest

from fmkeras.course import catalogue, find_lesson, grade, write_copy

RIGHT = {
    "double": "def double(x):\n    return 2 * x",
    "halve": "def halve(x):\n    return x / 2",
}


def script(tmp_path, answers):
    path = tmp_path / "answers.py"
    cells = [f'# %% exercise="{id}"\n{answer}\n' for id, answer in answers]
    path.write_text("\n".join(cells), "utf-8")
    return path


def notebook(tmp_path, answers):
    path = tmp_path / "answers.ipynb"
    cells = [
        {"cell_type": "code", "metadata": {"exercise": id}, "source": answer}
        for id, answer in answers
    ]
    path.write_text(json.dumps({"cells": cells}), "utf-8")
    return path


@pytest.mark.parametrize("write", [script, notebook])
def test_right_answers_pass(folder, tmp_path, write):
    first, second = grade(write(tmp_path, RIGHT.items()), folder=folder)
    assert (first.lesson, first.exercise, first.title) == (
        "01",
        "double",
        "Exercise 1: Double",
    )
    assert (first.status, first.message, first.passed) == ("passed", "", True)
    assert second.exercise == "halve"
    assert second.passed


def test_a_lesson_passes_its_own_checks(folder):
    assert all(x.passed for x in grade(folder / "01_doubling.py", folder=folder))


@pytest.mark.parametrize("suffix", [".py", ".ipynb"])
def test_a_student_who_has_done_nothing_has_attempted_nothing(folder, tmp_path, suffix):
    path = tmp_path / f"copy{suffix}"
    write_copy(find_lesson(1, folder), path, student=True)
    results = grade(path, folder=folder)
    assert [x.status for x in results] == ["not attempted"] * 2
    assert results[1].message == "line 3: put your solution in place of this line."


@pytest.mark.parametrize("write", [script, notebook])
def test_a_syntax_error_in_one_answer_leaves_the_others_alone(folder, tmp_path, write):
    answers = [("double", 'def double(x):\n    """\n    return'), *RIGHT.items()][::2]
    first, second = grade(write(tmp_path, answers), folder=folder)
    assert first.status == "error"
    assert first.message.startswith("line 2: SyntaxError: unterminated triple-quoted")
    assert second.passed


def test_a_mistake_is_told_with_input_and_reason(folder, tmp_path):
    answers = {**RIGHT, "double": "def double(x):\n    return x * x"}
    first, second = grade(script(tmp_path, answers.items()), folder=folder)
    assert first.status == "failed"
    assert first.message in [
        f"double({x:.1f}) should be {2 * x}. Received: {x * x}. That is the square."
        for x in range(3, 9)
    ]
    assert second.passed


def test_endless_and_ended_answers_leave_the_others_alone(folder, tmp_path):
    answers = {"double": "while True: pass", "halve": "import os; os._exit(1)"}
    path = script(tmp_path, answers.items())
    first, second = grade(path, timeout=0.5, folder=folder)
    assert (first.status, first.message) == ("timed out", "ran for more than 0.5 s.")
    assert second.message == "it ended the Python process (exit code 1)."


def test_an_exercise_that_is_not_in_the_file_is_missing(folder, tmp_path):
    path = script(tmp_path, [("halve", RIGHT["halve"])])
    first, second = grade(path, folder=folder)
    assert (first.status, first.message) == (
        "missing",
        "the file has no cell for this exercise.",
    )
    assert second.passed


def test_an_exercise_that_no_lesson_has_is_told(folder, tmp_path):
    answers = [*RIGHT.items(), ("halves", "x"), ("zzz", "x")]
    *_, near, far = grade(script(tmp_path, answers), folder=folder)
    assert (near.lesson, near.exercise, near.status) == ("", "halves", "unknown")
    assert near.message == (
        "no lesson has an exercise of this name. Did you mean 'halve'?"
    )
    assert far.message == "no lesson has an exercise of this name."


def test_the_cells_of_a_split_exercise_belong_together(folder, tmp_path):
    answers = [("double", "two = 2"), ("double", "def double(x):\n    return two * x")]
    assert grade(notebook(tmp_path, answers), folder=folder)[0].passed


def test_answers_to_several_lessons_are_graded_in_their_order(
    folder, tmp_path, doubling
):
    again = doubling.replace('"double"', '"double-2"').replace('"halve"', '"halve-2"')
    (folder / "03_again.py").write_text(again, "utf-8")
    answers = [("double-2", RIGHT["double"]), ("halve", RIGHT["halve"])]
    results = grade(script(tmp_path, answers), folder=folder)
    assert [(x.lesson, x.exercise, x.status) for x in results] == [
        ("01", "double", "missing"),
        ("01", "halve", "passed"),
        ("03", "double-2", "passed"),
        ("03", "halve-2", "missing"),
    ]


def test_tells_which_exercise_is_being_graded(folder, tmp_path):
    seen = []
    grade(script(tmp_path, RIGHT.items()), folder=folder, on_exercise=seen.append)
    assert [exercise.id for exercise in seen] == ["double", "halve"]


def test_a_byte_order_mark_is_no_damage(folder, tmp_path):
    path = script(tmp_path, RIGHT.items())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert all(result.passed for result in grade(path, folder=folder))


NO_COPY = (
    "a copy of a lesson, with its exercise cells",
    "one that `fmkeras notebook NUMBER --student` writes",
)


@pytest.mark.parametrize(
    ("name", "content", "must_be", "would_do"),
    [
        ("a.docx", b"", "a notebook (.ipynb) or a percent script (.py)", None),
        ("a", b"", "a notebook (.ipynb) or a percent script (.py)", None),
        ("a.py", b"\xff\xfe", "a file of text in UTF-8", None),
        ("a.py", b"", *NO_COPY),
        ("a.py", b"x = 1\n", *NO_COPY),
        ("a.py", b'# %% exercise="unheard-of"\nx = 1\n', *NO_COPY),
        ("a.ipynb", b'{"cells": []}', *NO_COPY),
        (
            "a.ipynb",
            b"",
            "a whole notebook (Expecting value: line 1 column 1 (char 0))",
            None,
        ),
        (
            "a.ipynb",
            b'{"cells": [',
            "a whole notebook (Expecting value: line 1 column 12 (char 11))",
            None,
        ),
        ("a.ipynb", b"[]", "a whole notebook (it holds no list of cells)", None),
    ],
)
def test_a_file_that_cannot_be_graded_is_refused(
    folder, tmp_path, name, content, must_be, would_do
):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError) as error:
        grade(path, folder=folder)
    message = f"grade: `path` must be {must_be}. Received: path={str(path)!r}."
    if would_do is not None:
        message += f" What would do: {would_do}."
    assert str(error.value) == message


def test_json_that_is_too_deep_is_refused(folder, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("[" * 200_000, "utf-8")
    with pytest.raises(ValueError, match="`path` must be a whole notebook"):
        grade(path, folder=folder)


def test_a_folder_is_no_file(folder, tmp_path):
    path = tmp_path / "a.py"
    path.mkdir()
    with pytest.raises(ValueError) as error:
        grade(path, folder=folder)
    assert str(error.value) == (
        f"grade: `path` must be a file, not a folder. Received: path={str(path)!r}."
    )


def test_a_missing_file_offers_its_neighbour(folder, tmp_path):
    path = tmp_path / "answer.py"
    message = f"grade: `path` must be a file that exists. Received: path={str(path)!r}."
    with pytest.raises(ValueError) as error:
        grade(path, folder=folder)
    assert str(error.value) == message
    neighbour = script(tmp_path, RIGHT.items())
    with pytest.raises(ValueError) as error:
        grade(path, folder=folder)
    assert str(error.value) == f"{message} What would do: {str(neighbour)!r}."


def test_a_file_that_may_not_be_read_is_refused(folder, tmp_path, monkeypatch):
    path = script(tmp_path, RIGHT.items())
    lessons = catalogue(folder)
    monkeypatch.setattr("fmkeras.course.grading.catalogue", lambda _: lessons)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_text", refuse)
    with pytest.raises(ValueError) as error:
        grade(path, folder=folder)
    assert str(error.value) == (
        "grade: `path` must be a file that can be read (Permission denied). "
        f"Received: path={str(path)!r}."
    )


@pytest.mark.parametrize("timeout", [0, -1, "x", None, float("nan")])
def test_the_time_must_be_positive(folder, timeout):
    with pytest.raises(ValueError) as error:
        grade(folder / "01_doubling.py", timeout=timeout, folder=folder)
    assert str(error.value) == (
        f"grade: `timeout` must be a number > 0. Received: timeout={timeout!r}."
    )
