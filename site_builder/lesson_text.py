"""The cells and exercises of a lesson, read once for each text that it has had."""

from functools import lru_cache

from fmkeras import course
from fmkeras.course.cells import read_cells


def cells(lesson):
    """Return the cells of a lesson.

    Args:
        lesson: `fmkeras.course.Lesson`.

    Returns:
        List of `fmkeras.course.cells.Cell`, not to be changed.
    """
    return _cells(lesson.text())


def exercises(lesson):
    """Return the exercises of a lesson, as `fmkeras.course.exercises` finds them."""
    return _exercises(lesson, lesson.text())


@lru_cache(maxsize=512)  # a preview asks again and again; a new text is read anew
def _cells(text):
    return read_cells(text)


@lru_cache(maxsize=512)
def _exercises(lesson, text):
    return course.exercises(lesson)
