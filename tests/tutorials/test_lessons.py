"""What holds for every lesson of the course."""

import os
import subprocess
import sys

import nbformat
import pytest

from fmkeras.course import catalogue, exercises, grade, to_notebook, write_copy

LESSONS = {lesson.number: lesson for lesson in catalogue()}


@pytest.fixture(params=list(LESSONS))
def lesson(request):
    return LESSONS[request.param]


def test_the_three_first_lessons_are_there():
    assert {"01", "04", "08"} <= set(LESSONS)


def test_exercise_names_are_unique_in_the_course():
    names = [e.id for lesson in LESSONS.values() for e in exercises(lesson)]
    assert len(names) == len(set(names))


def test_there_are_three_exercises_or_more(lesson):
    assert len(exercises(lesson)) >= 3


def test_says_what_it_teaches(lesson):
    assert lesson.title
    assert lesson.part
    assert len(lesson.objectives) >= 3
    assert 0 < lesson.minutes <= 2


def test_builds_on_lessons_that_come_before(lesson):
    assert all(number < lesson.number for number in lesson.prerequisites)


@pytest.mark.slow
def test_runs_as_a_program(lesson, tmp_path):
    """The lesson asserts its own facts; here it runs as a reader would run it."""
    environment = {**os.environ, "MPLBACKEND": "agg", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, lesson.path],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert list(tmp_path.iterdir()) == []  # a lesson leaves nothing behind


@pytest.mark.parametrize("student", [False, True])
def test_is_a_valid_notebook(lesson, student):
    notebook = to_notebook(lesson, student=student)
    nbformat.validate(notebook)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert ("BEGIN SOLUTION" in text) is not student


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".ipynb", ".py"])
def test_the_students_copy_fails_as_handed_out(lesson, suffix, tmp_path):
    copy = tmp_path / f"mine{suffix}"
    write_copy(lesson, copy, student=True)
    results = grade(copy)
    assert len(results) == len(exercises(lesson))
    assert {result.status for result in results} == {"not attempted"}


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".ipynb", ".py"])
def test_the_solutions_pass(lesson, suffix, tmp_path):
    copy = tmp_path / f"solved{suffix}"
    write_copy(lesson, copy)
    assert {result.status for result in grade(copy)} == {"passed"}
