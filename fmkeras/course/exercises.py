"""The exercises of the lessons: what sets each up, and what checks it."""

import re
from dataclasses import dataclass

from fmkeras.course.cells import read_cells
from fmkeras.course.lessons import Lesson
from fmkeras.errors import argument_error

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Exercise:
    """One exercise of one lesson.

    Attributes:
        id: String. Unique in the course.
        title: String. The heading it stands under.
        lesson: `Lesson` that it belongs to.
        setup: String. Source of the lesson's setup cell.
        check: String. Source of the lesson's check cell.
    """

    id: str
    title: str
    lesson: Lesson
    setup: str
    check: str


def exercises(lesson):
    """List the exercises of a lesson.

    Args:
        lesson: `Lesson`.

    Returns:
        List of `Exercise`, in the order of the lesson.

    Raises:
        ValueError: If an exercise's id is malformed or taken, or if an exercise and
            its check do not come in pairs.

    Example:

    >>> from fmkeras.course import find_lesson
    >>> len(exercises(find_lesson(1))) >= 3
    True
    """
    setup, waiting, found = "", None, {}
    for cell in read_cells(lesson.text()):
        _check_marker(lesson, cell)
        if cell.kind == "setup":
            setup += cell.source + "\n"
        if cell.kind == "exercise":
            if waiting:
                raise _unchecked(lesson, waiting)
            _check_id(lesson, cell, found)
            waiting = cell
        if cell.kind == "check":
            if waiting is None or waiting.exercise != cell.exercise:
                raise _unasked(lesson, cell)
            found[cell.exercise] = Exercise(
                cell.exercise, waiting.section, lesson, setup, cell.source
            )
            waiting = None
    if waiting:
        raise _unchecked(lesson, waiting)
    return list(found.values())


def course_exercises(lessons):
    """Map the id of every exercise to the exercise.

    Args:
        lessons: List of `Lesson`.

    Returns:
        Dictionary of `Exercise`, in the order of the course.

    Raises:
        ValueError: If two lessons use the same id.

    Example:

    >>> course_exercises([])
    {}
    """
    found = {}
    for lesson in lessons:
        for exercise in exercises(lesson):
            if exercise.id in found:
                other = found[exercise.id].lesson.path.name
                must_be = f"another than in '{other}'"
                raise argument_error(lesson.path.name, "exercise", must_be, exercise.id)
            found[exercise.id] = exercise
    return found


def _check_marker(lesson, cell):
    unread = cell.metadata.get("incorrectly_encoded_metadata")
    if unread is not None:
        must_be = 'such as # %% exercise="mean-absolute-error"'
        raise argument_error(_at(lesson, cell), "marker", must_be, unread)


def _check_id(lesson, cell, found):
    if not _ID.fullmatch(cell.exercise):
        must_be = "made of words of a-z and 0-9, joined by '-'"
        raise argument_error(_at(lesson, cell), "exercise", must_be, cell.exercise)
    if cell.exercise in found:
        must_be = "the only one of its id"
        raise argument_error(_at(lesson, cell), "exercise", must_be, cell.exercise)


def _unchecked(lesson, cell):
    return argument_error(
        _at(lesson, cell),
        "exercise",
        "followed by its check",
        cell.exercise,
        would_do=f'a cell that begins with # %% check="{cell.exercise}"',
    )


def _unasked(lesson, cell):
    must_be = "preceded by its exercise"
    return argument_error(_at(lesson, cell), "check", must_be, cell.exercise)


def _at(lesson, cell):
    return f"{lesson.path.name}, line {cell.line - 1}"
