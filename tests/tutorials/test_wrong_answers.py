"""What a wrong answer to an exercise hears when it is graded, and whether it helps.

`wrong_answers/` holds a list for each lesson, of tuples of an exercise's id, an
answer's source and the sentence that whoever gave it should read:

    WRONG_ANSWERS = [("double", "def double(x): return x * x", "That is the square.")]
"""

import runpy
from collections import Counter
from pathlib import Path

import pytest

from fmkeras.course import catalogue, exercises
from fmkeras.course.supervising import Workers

FOLDER = Path(__file__).parent / "wrong_answers"
ANSWERS = {
    path.stem.removeprefix("lesson_"): runpy.run_path(str(path))["WRONG_ANSWERS"]
    for path in sorted(FOLDER.glob("lesson_*.py"))
}
EXERCISES = {
    exercise.id: exercise for lesson in catalogue() for exercise in exercises(lesson)
}


def cases():
    """Give every answer a name: the lesson, the exercise and a count."""
    seen = Counter()
    for number, answers in ANSWERS.items():
        for exercise, source, sentence in answers:
            seen[exercise] += 1
            name = f"{number}-{exercise}-{seen[exercise]}"
            yield pytest.param(exercise, source, sentence, id=name)


@pytest.fixture(scope="module")
def workers():
    """Give the process that grades, as it does in `fmkeras check`."""
    with Workers(timeout=60) as workers:
        yield workers


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "source", "sentence"), list(cases()))
def test_a_wrong_answer_hears_what_is_wrong(workers, exercise, source, sentence):
    asked = EXERCISES[exercise]
    status, message = workers.attempt(asked.setup, [source.strip()], asked.check)
    assert status == "failed", message
    assert message.endswith(f" {sentence}"), message


@pytest.mark.parametrize("lesson", catalogue(), ids=lambda lesson: lesson.number)
def test_two_wrong_answers_or_more_are_held_for_each_exercise(lesson):
    held = Counter(exercise for exercise, *_ in ANSWERS[lesson.number])
    assert set(held) == {exercise.id for exercise in exercises(lesson)}
    assert min(held.values()) >= 2
