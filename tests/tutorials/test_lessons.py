"""What holds for every lesson of the course."""

import os
import re
import subprocess
import sys

import nbformat
import pytest
from typer.testing import CliRunner

from fmkeras.cli import app
from fmkeras.course import catalogue, exercises, grade, to_notebook, write_copy
from fmkeras.course.cells import read_cells

LESSONS = {lesson.number: lesson for lesson in catalogue()}


@pytest.fixture(params=list(LESSONS))
def lesson(request):
    return LESSONS[request.param]


def test_part_one_has_nine_lessons():
    part_one = [x.number for x in LESSONS.values() if x.part.startswith("I. ")]
    assert part_one == [f"{number:02d}" for number in range(1, 10)]


def test_the_command_lists_every_lesson_with_its_time():
    listed = CliRunner().invoke(app, ["tutorials"], env={"COLUMNS": "200"}).stdout
    for lesson in LESSONS.values():
        row = rf"{lesson.number}\W+{re.escape(lesson.title)}\W.*\W{lesson.minutes}\W"
        assert len(re.findall(row, listed)) == 1, lesson.number


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
    last = done.stdout.splitlines()[-1]
    assert re.fullmatch(
        rf"{re.escape(lesson.title)}: \d+\.\d s after the first imports\.", last
    )
    assert list(tmp_path.iterdir()) == []  # a lesson leaves nothing behind


@pytest.mark.parametrize("student", [False, True])
def test_is_a_valid_notebook(lesson, student):
    notebook = to_notebook(lesson, student=student)
    nbformat.validate(notebook)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert ("BEGIN SOLUTION" in text) is not student


# Both formats are graded alike (tests/course): of each copy one for every lesson will
# do, and both for one lesson.
STUDENTS = [("01", ".ipynb"), *((number, ".py") for number in LESSONS)]
SOLVED = [("01", ".py"), *((number, ".ipynb") for number in LESSONS)]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "suffix"), STUDENTS)
def test_the_students_copy_fails_as_handed_out(number, suffix, tmp_path):
    lesson, copy = LESSONS[number], tmp_path / f"mine{suffix}"
    write_copy(lesson, copy, student=True)
    results = grade(copy)
    assert len(results) == len(exercises(lesson))
    assert {result.status for result in results} == {"not attempted"}
    assert not any(result.passed for result in results)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "suffix"), SOLVED)
def test_the_solutions_pass(number, suffix, tmp_path):
    lesson, copy = LESSONS[number], tmp_path / f"solved{suffix}"
    write_copy(lesson, copy)
    results = grade(copy)
    assert len(results) == len(exercises(lesson))
    assert {result.status for result in results} == {"passed"}


def test_the_whole_model_of_lesson_15_has_fewer_than_fifty_lines():
    cells = read_cells(LESSONS["15"].text())
    model = [c.source for c in cells if "whole-model" in c.metadata.get("tags", [])]
    lines = [line for source in model for line in source.splitlines()]
    assert 40 <= len([line for line in lines if line.strip()]) < 50
