"""Grade wrong answers as `fmkeras check` does: in a student's copy of the lesson.

A test module names its `LESSON` and lists its `WRONG_ANSWERS`, each a tuple that
begins with the exercise's id and the answer's source:

    LESSON = "01"
    WRONG_ANSWERS = [("double", "def double(x): return x * x", "That is the square.")]

    @pytest.mark.parametrize(("exercise", "source", "sentence"), WRONG_ANSWERS)
    def test_a_wrong_answer_hears_what_is_wrong(answer, exercise, source, sentence):
        result = answer(exercise, source)
        assert (result.status, result.message.endswith(sentence)) == ("failed", True)

Ask, too, what holds for any seed: `run_with_seed("01", 1)["by_fit"]` is a name of the
lesson after it has run, with all its own assertions, with `SEED = 1`.
"""

import functools
import re

import pytest

from fmkeras import course
from fmkeras.course.cells import read_cells
from fmkeras.course.executing import main_module, run_cell


@pytest.fixture(scope="module")
def answer(request, tmp_path_factory):
    """Give the `Result` of one of the module's wrong answers.

    One copy holds one answer to each exercise, so that few processes have to import
    TensorFlow; it is graded when the first of its answers is asked for.
    """
    lesson = course.find_lesson(request.module.LESSON)
    copy = tmp_path_factory.mktemp("copy") / f"{lesson.name}.py"
    answers = {}
    for exercise, source, *_ in request.module.WRONG_ANSWERS:
        answers.setdefault(exercise, []).append(source)

    @functools.cache
    def grade_copy(index):
        course.write_copy(lesson, copy, student=True, force=True)
        text = copy.read_text("utf-8")
        for exercise, sources in answers.items():
            if index < len(sources):
                text = _put_in(text, exercise, sources[index])
        copy.write_text(text, "utf-8")
        return {result.exercise: result for result in course.grade(copy)}

    def result_of(exercise, source):
        return grade_copy(answers[exercise].index(source))[exercise]

    return result_of


@pytest.fixture
def run_with_seed():
    """Give a function `(number, seed)` that runs a lesson and returns its names."""
    return _names_after_a_run


@functools.lru_cache(maxsize=3)  # the three seeds of a lesson, not all its models
def _names_after_a_run(number, seed):
    """Run all but the exercises, whose inputs are fresh anyway; keep no figure."""
    import matplotlib.pyplot as plt

    lesson = course.find_lesson(number)
    with main_module(lesson.path) as namespace:
        for cell in read_cells(lesson.text()):
            source = cell.source
            if cell.kind == "setup":
                source, count = re.subn(r"(?m)^SEED = \d+", f"SEED = {seed}", source)
                assert count == 1
            if cell.kind in ("setup", "code"):
                run_cell(source, namespace, str(lesson.path), cell.line)
                plt.close("all")
    return namespace


def _put_in(text, exercise, source):
    """Replace what stands in an exercise's cell."""
    marker = f'# %% exercise="{exercise}"\n'
    before, rest = text.split(marker)
    _, cell, after = rest.partition("\n# %%")
    return f"{before}{marker}{source.strip()}\n{cell}{after}"
