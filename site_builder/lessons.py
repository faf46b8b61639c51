"""Brings every lesson's outputs: from the cache where it holds them, else by a run."""

from dataclasses import dataclass

from fmkeras.course import catalogue
from fmkeras.course.solutions import strip_solutions
from site_builder import lesson_cache
from site_builder.cache_key import cache_key, installed_versions
from site_builder.errors import BuildError
from site_builder.execute import RUNNER, LessonError, Run, execute
from site_builder.lesson_text import cells as cells_of
from site_builder.lesson_text import exercises


@dataclass(frozen=True)
class ExecutedLesson:
    """A lesson with its cells and what they printed, drew and cost.

    Args:
        lesson: `fmkeras.course.Lesson`.
        cells: List of `fmkeras.course.cells.Cell`.
        run: `Run` with one list of outputs for each cell that holds code.
    """

    lesson: object
    cells: list
    run: Run

    def cells_with_outputs(self):
        """Yield each cell with its outputs, none for prose."""
        outputs = iter(self.run.outputs)
        for cell in self.cells:
            yield cell, [] if cell.kind == "prose" else next(outputs)


def executed_lessons(project, progress):
    """Execute those lessons whose outputs are not in the cache.

    Args:
        project: `Project`.
        progress: `LessonProgress` to report to.

    Returns:
        List of `ExecutedLesson`, in the order of the course.

    Raises:
        BuildError: If a lesson raises. Lessons that ran before it stay cached.
    """
    try:
        lessons = catalogue(project.tutorials)
        waiting = [_prepare(project, lesson) for lesson in lessons]
    except ValueError as error:  # a front matter or a marker that is not as it must be
        raise BuildError(str(error)) from None
    progress.expect([lesson for lesson, _, _, run in waiting if run is None])
    return [
        ExecutedLesson(
            lesson, cells, run or _execute(project, lesson, cells, key, progress)
        )
        for lesson, cells, key, run in waiting
    ]


def _prepare(project, lesson):
    exercises(lesson)  # these two raise before anything runs
    strip_solutions(lesson.text(), lesson.path.name)
    cells = cells_of(lesson)
    key = cache_key(_code(cells), project.package, RUNNER, installed_versions())
    return lesson, cells, key, lesson_cache.load(project.lesson_cache, lesson.name, key)


def _execute(project, lesson, cells, key, progress):
    coded = [cell for cell in cells if cell.kind != "prose"]
    progress.begin(lesson, len(coded))
    try:
        run = execute(
            _code(cells),
            project.root,
            on_cell=lambda index: progress.at(coded[index].section, index),
        )
    except LessonError as failure:
        raise BuildError(_what_failed(lesson, coded, failure)) from None
    lesson_cache.save(project.lesson_cache, lesson.name, key, run)
    progress.done(lesson, run.seconds)
    return run


def _code(cells):
    return [cell.source for cell in cells if cell.kind != "prose"]


def _what_failed(lesson, coded, failure):
    if failure.index < 0:
        return f"The kernel of lesson {lesson.number} is not ready:\n\n{failure}"
    cell = coded[failure.index]
    return (
        f"Lesson {lesson.number} ({lesson.path.name}) raised in cell "
        f"{failure.index + 1} of {len(coded)}, section '{cell.section}', "
        f"line {cell.line}:\n\n{failure.traceback}"
    )
