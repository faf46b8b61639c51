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
@pytest.mark.parametrize("number", ["01", "10"])  # the site runs every lesson
def test_runs_as_a_program(number, tmp_path):
    """The lesson asserts its own facts; here it runs as a reader would run it."""
    lesson = LESSONS[number]
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


# Both formats are graded alike (tests/course). A file that answers the exercises of
# all lessons is graded by one process, which imports TensorFlow once.
@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    """Grade the students' scripts as they are; give the statuses by lesson."""
    folder = tmp_path_factory.mktemp("handed_out")
    together = folder / "together.py"
    scripts = [copy_of(lesson, folder, ".py", student=True) for lesson in catalogue()]
    together.write_text("\n".join(x.read_text("utf-8") for x in scripts), "utf-8")
    return statuses(together)


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """Grade the notebooks with the solutions in them; give the statuses by lesson."""
    folder = tmp_path_factory.mktemp("solved")
    together = folder / "together.ipynb"
    copies = [copy_of(lesson, folder, ".ipynb") for lesson in catalogue()]
    notebooks = [nbformat.read(copy, as_version=4) for copy in copies]
    notebooks[0].cells = [cell for each in notebooks for cell in each.cells]
    nbformat.write(notebooks[0], together)
    return statuses(together)


def copy_of(lesson, folder, suffix, student=False):
    copy = folder / f"{lesson.name}{suffix}"
    write_copy(lesson, copy, student=student)
    return copy


def statuses(path):
    results = grade(path)
    return {
        number: [result.status for result in results if result.lesson == number]
        for number in LESSONS
    }


@pytest.mark.slow
def test_the_students_copy_fails_as_handed_out(lesson, handed_out):
    assert handed_out[lesson.number] == ["not attempted"] * len(exercises(lesson))


@pytest.mark.slow
def test_the_solutions_pass(lesson, solved):
    assert solved[lesson.number] == ["passed"] * len(exercises(lesson))


def test_the_whole_model_of_lesson_15_has_fewer_than_fifty_lines():
    cells = read_cells(LESSONS["15"].text())
    model = [c.source for c in cells if "whole-model" in c.metadata.get("tags", [])]
    lines = [line for source in model for line in source.splitlines()]
    assert 40 <= len([line for line in lines if line.strip()]) < 50
