"""Grade a student's copy of a lesson, exercise by exercise."""

import difflib
import json
from dataclasses import dataclass
from pathlib import Path

from fmkeras.course.cells import read_cells, read_notebook_cells
from fmkeras.course.exercises import course_exercises
from fmkeras.course.lessons import catalogue
from fmkeras.course.supervising import Workers
from fmkeras.errors import argument_error, check_number


@dataclass(frozen=True)
class Result:
    """How one exercise went.

    Attributes:
        lesson: String. The lesson's number; empty if no lesson has this exercise.
        exercise: String. The exercise's id.
        title: String. The heading it stands under in the lesson.
        status: String. `"passed"`, `"failed"`, `"not attempted"`, `"error"`,
            `"missing"`, `"timed out"` or `"unknown"`.
        message: String. What was expected for which input, or what went wrong.
    """

    lesson: str
    exercise: str
    title: str
    status: str
    message: str

    @property
    def passed(self):
        """Boolean. Whether the answer is right."""
        return self.status == "passed"


def grade(path, timeout=60.0, folder=None, on_exercise=None):
    """Grade the exercises of one file.

    Each exercise runs on its own, in another process and a temporary folder: the
    lesson's setup, the student's cell, then the lesson's check. Whatever an answer
    breaks, the others are graded; but an answer that means harm is not locked in.

    Args:
        path: String or path. A notebook (`.ipynb`) or a percent script (`.py`).
        timeout: Float. Seconds that one answer and its check may take.
        folder: String or path. A folder of lessons; `None` means the lessons that
            come with fmkeras.
        on_exercise: Callable that is given each `Exercise` before it is graded, or
            `None`.

    Returns:
        List of `Result`: one for each exercise of the lessons that the file answers,
        then one for each exercise that no lesson has.

    Raises:
        ValueError: If the file cannot be read, or answers no exercise of the course.

    Example:

    >>> grade("homework.docx")
    Traceback (most recent call last):
    ...
    ValueError: grade: `path` must be a notebook (.ipynb) or a percent script (.py). \
Received: path='homework.docx'.
    """
    timeout = check_number("grade", "timeout", timeout, minimum=0, exclusive=True)
    path = Path(path)
    answers = _read_answers(path)
    known = course_exercises(catalogue(folder))
    asked_for = {known[id].lesson.number for id in answers if id in known}
    if not asked_for:
        raise _unreadable(
            path,
            "a copy of a lesson, with its exercise cells",
            would_do="one that `fmkeras notebook NUMBER --student` writes",
        )
    results = []
    with Workers(timeout) as workers:
        for exercise in known.values():
            if exercise.lesson.number in asked_for:
                if on_exercise is not None:
                    on_exercise(exercise)
                results.append(_grade(exercise, answers.get(exercise.id), workers))
    unknown = [_unknown(id, known) for id in answers if id not in known]
    return results + unknown


def _grade(exercise, answers, workers):
    if answers is None:
        status, message = "missing", "the file has no cell for this exercise."
    else:
        status, message = workers.attempt(exercise.setup, answers, exercise.check)
    number = exercise.lesson.number
    return Result(number, exercise.id, exercise.title, status, message)


def _unknown(id, known):
    near = difflib.get_close_matches(id, known, n=1)
    message = "no lesson has an exercise of this name."
    if near:
        message += f" Did you mean '{near[0]}'?"
    return Result("", id, id, "unknown", message)


def _read_answers(path):
    """Map each exercise id in the file to the sources of its cells.

    There may be several: editors copy a cell's id when they split or copy the cell.
    """
    answers = {}
    for cell in _read_file(path):
        if cell.kind == "exercise":
            answers.setdefault(cell.exercise, []).append(cell.source)
    return answers


def _read_file(path):
    if path.suffix.lower() not in (".ipynb", ".py"):
        raise _unreadable(path, "a notebook (.ipynb) or a percent script (.py)")
    if path.is_dir():
        raise _unreadable(path, "a file, not a folder")
    if not path.exists():
        raise _unreadable(path, "a file that exists", would_do=_neighbour(path))
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable(path, "a file of text in UTF-8") from None
    except OSError as error:
        must_be = f"a file that can be read ({error.strerror})"
        raise _unreadable(path, must_be) from None
    if path.suffix.lower() == ".py":
        return read_cells(text)
    try:
        return read_notebook_cells(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, f"a whole notebook ({error})") from None


def _neighbour(path):
    if not path.parent.is_dir():
        return None
    names = [x.name for x in path.parent.iterdir() if x.suffix in (".ipynb", ".py")]
    near = difflib.get_close_matches(path.name, names, n=1)
    return repr(str(path.parent / near[0])) if near else None


def _unreadable(path, must_be, would_do=None):
    return argument_error("grade", "path", must_be, str(path), would_do)
