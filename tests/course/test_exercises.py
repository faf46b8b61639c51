"""An exercise and its check come in pairs."""

import pytest

from fmkeras.course import catalogue, exercises
from fmkeras.course.exercises import course_exercises


def test_an_exercise_knows_what_surrounds_it(folder):
    lesson = catalogue(folder)[0]
    first, second = exercises(lesson)
    assert (first.id, second.id) == ("double", "halve")
    assert (first.title, second.title) == ("Exercise 1: Double", "Exercise 2: Halve")
    assert first.lesson == lesson
    assert first.setup.split() == second.setup.split()
    assert first.setup.startswith("import numpy as np")
    assert second.check.strip() == 'expect(halve(3), 1.5, call="halve(3)")'


def test_a_lesson_may_have_none(folder):
    assert exercises(catalogue(folder)[1]) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (
            '# %% check="double"',
            "# %%",
            33,
            "`exercise` must be followed by its check. Received: exercise='double'. "
            'What would do: a cell that begins with # %% check="double".',
        ),
        (
            '# %% check="halve"',
            "# %%",
            48,
            "`exercise` must be followed by its check. Received: exercise='halve'. "
            'What would do: a cell that begins with # %% check="halve".',
        ),
        (
            '# %% exercise="double"',
            "# %%",
            40,
            "`check` must be preceded by its exercise. Received: check='double'.",
        ),
        (
            '# %% check="double"',
            '# %% check="halve"',
            40,
            "`check` must be preceded by its exercise. Received: check='halve'.",
        ),
        (
            '"halve"\n',
            '"double"\n',
            48,
            "`exercise` must be the only one of its id. Received: exercise='double'.",
        ),
        (
            '"double"\n',
            '"Double it"\n',
            33,
            "`exercise` must be made of words of a-z and 0-9, joined by '-'. "
            "Received: exercise='Double it'.",
        ),
        (
            '# %% exercise="double"',
            '# %% exercise="double',
            33,
            '`marker` must be such as # %% exercise="mean-absolute-error". '
            "Received: marker='exercise=\"double'.",
        ),
    ],
)
def test_a_broken_pair_is_named_with_its_line(
    folder, doubling, old, new, line, message
):
    assert old in doubling
    (folder / "01_doubling.py").write_text(doubling.replace(old, new), "utf-8")
    with pytest.raises(ValueError) as error:
        exercises(catalogue(folder)[0])
    assert str(error.value) == f"01_doubling.py, line {line}: {message}"


def test_two_lessons_may_not_share_an_exercise(folder, doubling):
    (folder / "02_again.py").write_text(doubling, "utf-8")
    with pytest.raises(ValueError) as error:
        course_exercises(catalogue(folder))
    assert str(error.value) == (
        "02_again.py: `exercise` must be another than in '01_doubling.py'. "
        "Received: exercise='double'."
    )
