"""Run a lesson cell by cell, and say where it is."""

import os
import sys
import time
import traceback
from contextlib import contextmanager
from pathlib import Path

from fmkeras.course.cells import headings, read_cells
from fmkeras.course.executing import main_module, run_cell
from fmkeras.course.progress import Progress
from fmkeras.errors import check_choice

# Draw without a screen; leave out what TensorFlow says about its own build.
_QUIETLY = {"MPLBACKEND": "Agg", "TF_CPP_MIN_LOG_LEVEL": "3"}


class LessonError(Exception):
    """A lesson that stopped: which, in which section, and on which of its lines."""


def run(lesson, figures=None, figure_format="png"):
    """Run a lesson as a script, with its sections and what it prints.

    Figures are drawn without a display, unless `MPLBACKEND` names a backend.

    Args:
        lesson: `Lesson`.
        figures: String or path. A folder for the figures that cells end in; `None`
            keeps none.
        figure_format: String. `"png"` or `"svg"`.

    Returns:
        Float. The seconds it took.

    Raises:
        LessonError: If a cell raises.
        ValueError: If the figures' format is unknown.
        OSError: If the figures cannot be saved.

    Example:

    >>> from fmkeras.course import find_lesson
    >>> run(find_lesson(1), figure_format="gif")
    Traceback (most recent call last):
    ...
    ValueError: run: `figure_format` must be one of 'png', 'svg'. \
Received: figure_format='gif'.
    """
    from rich.console import Console

    check_choice("run", "figure_format", figure_format, ("png", "svg"))
    console = Console(file=sys.stdout)
    if figures is not None:
        figures = _writable_folder(figures)
    start = time.perf_counter()
    with _quietly():
        drawn = _run_cells(lesson, figures, figure_format, console)
    seconds = time.perf_counter() - start
    _print(console, "")
    if figures is not None:
        _print(console, f"{_count(drawn, 'figure')} saved in '{figures}'.")
    elif drawn:
        _print(console, f"{_count(drawn, 'figure')} drawn; --figures DIR saves them.")
    _print(console, f"Lesson {lesson.number}, {lesson.title}: {seconds:.1f} s.")
    return seconds


@contextmanager
def _quietly():
    """Set what the reader has not set, for as long as the lesson runs."""
    added = {name: value for name, value in _QUIETLY.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _run_cells(lesson, figures, figure_format, console):
    drawn = 0
    cells = read_cells(lesson.text())
    progress = Progress(console, len(cells))
    with main_module(lesson.path) as namespace:
        for done, cell in enumerate(cells):
            if cell.kind == "prose":
                _print_headings(console, cell)
                continue
            with progress.during(cell.section, done), _explained(lesson, cell):
                value = run_cell(cell.source, namespace, str(lesson.path), cell.line)
            if _is_figure(value):
                drawn += 1
                if figures is not None:
                    name = f"{lesson.name}_{drawn:02d}.{figure_format}"
                    value.savefig(figures / name, bbox_inches="tight")
    return drawn


def _print_headings(console, cell):
    for heading in headings(cell.source):
        _print(console, "")
        _print(console, heading, style="bold")


def _print(console, text, style=None):
    wrap = {"soft_wrap": not console.is_terminal}  # a pipe gets whole lines
    console.print(text, style=style, markup=False, highlight=False, **wrap)


@contextmanager
def _explained(lesson, cell):
    """Turn what a cell raises into an error that says where."""
    try:
        yield
    except BrokenPipeError:  # whoever read the output has gone: no fault of the lesson
        raise
    except Exception as error:
        raise LessonError(
            f"Lesson {lesson.number} ({lesson.title}) stopped in the section "
            f"'{cell.section}'.\n{_short_traceback(error, lesson.path)}"
        ) from error
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"Lesson {lesson.number} ({lesson.title}) interrupted in the section "
            f"'{cell.section}'."
        ) from None


def _short_traceback(error, path):
    """Keep the lesson's own lines and the one that raised."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == str(path)]
    if own and frames[-1].filename != str(path):
        own.append(frames[-1])
    lines = traceback.format_list(own) + traceback.format_exception_only(error)
    return "".join(lines).rstrip()


def _is_figure(value):
    matplotlib = sys.modules.get("matplotlib.figure")
    return matplotlib is not None and isinstance(value, matplotlib.Figure)


def _writable_folder(folder):
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".fmkeras.{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OSError(
            f"Figures cannot be saved in '{folder}': {error.strerror}. "
            "What would do: a folder that you may write to."
        ) from error
    return folder


def _count(number, noun):
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
