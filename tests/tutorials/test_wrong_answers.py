"""What a wrong answer to an exercise hears when it is graded, and whether it helps.

`wrong_answers/` holds a list for each lesson, of tuples of an exercise's id, an
answer's source and the sentence that whoever gave it should read:

    WRONG_ANSWERS = [("double", "def double(x): return x * x", "That is the square.")]
"""

import functools
import runpy
from collections import Counter
from pathlib import Path

import pytest

from fmkeras.course import catalogue, exercises, find_lesson, grade, write_copy

FOLDER = Path(__file__).parent / "wrong_answers"
ANSWERS = {
    path.stem.removeprefix("lesson_"): runpy.run_path(str(path))["WRONG_ANSWERS"]
    for path in sorted(FOLDER.glob("lesson_*.py"))
}


def rounds(number):
    """Deal the answers out: in each round no exercise of the lesson has more than one.

    A copy of the lesson holds the answers of a round, so that few processes have to
    import TensorFlow.
    """
    seen = Counter()
    for exercise, source, sentence in ANSWERS[number]:
        yield seen[exercise], exercise, source, sentence
        seen[exercise] += 1


CASES = [
    pytest.param(number, *case, id=f"{number}-{case[1]}-{case[0] + 1}")
    for number in ANSWERS
    for case in sorted(rounds(number), key=lambda case: case[0])
]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return a function that grades a round, as `fmkeras check` does."""

    @functools.cache
    def results(number, turn):
        lesson = find_lesson(number)
        copy = tmp_path_factory.mktemp("copy") / f"{lesson.name}.py"
        write_copy(lesson, copy, student=True)
        text = copy.read_text("utf-8")
        for case in rounds(number):
            if case[0] == turn:
                text = put_in(text, *case[1:3])
        copy.write_text(text, "utf-8")
        return {result.exercise: result for result in grade(copy)}

    return results


def put_in(text, exercise, source):
    """Replace what stands in an exercise's cell."""
    marker = f'# %% exercise="{exercise}"\n'
    before, rest = text.split(marker)
    _, cell, after = rest.partition("\n# %%")
    return f"{before}{marker}{source.strip()}\n{cell}{after}"


@pytest.mark.slow
@pytest.mark.parametrize(("number", "turn", "exercise", "source", "sentence"), CASES)
def test_a_wrong_answer_hears_what_is_wrong(
    graded, number, turn, exercise, source, sentence
):
    result = graded(number, turn)[exercise]
    assert result.status == "failed", result.message
    assert result.message.endswith(f" {sentence}"), result.message


@pytest.mark.parametrize("lesson", catalogue(), ids=lambda lesson: lesson.number)
def test_two_wrong_answers_or_more_are_held_for_each_exercise(lesson):
    held = Counter(exercise for exercise, *_ in ANSWERS[lesson.number])
    assert set(held) == {exercise.id for exercise in exercises(lesson)}
    assert min(held.values()) >= 2
