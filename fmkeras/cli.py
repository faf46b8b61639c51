"""`fmkeras`: the course from a terminal.

Every command imports what it needs when it runs, so that `fmkeras --help` answers at
once. Typer reads the commands' annotations: they are what the command line accepts.
"""

import os
import sys
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

WRONG, UNUSABLE, INTERRUPTED = 1, 2, 130  # exit codes
_NARROW = 60  # columns; a table needs more
_PIPE_WIDTH = 10_000  # a pipe gets whole lines

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help fits a pipe and a narrow terminal
)

Number = Annotated[
    str, typer.Argument(metavar="LESSON", help="Its number or name, such as 03.")
]


class FigureFormat(str, Enum):
    """The formats that `fmkeras run --figures` writes."""

    PNG = "png"
    SVG = "svg"


def main():
    """Run the command that the arguments ask for."""
    for stream in (sys.stdout, sys.stderr):  # an old terminal may lack a letter
        stream.reconfigure(errors="replace")
    app()


def _show_version(wanted):
    if wanted:
        from fmkeras import __version__

        typer.echo(f"fmkeras {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    lessons: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Lessons of your own instead of fmkeras's."),
    ] = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version."
        ),
    ] = False,
):
    """A course on foundation models that runs."""
    context.obj = lessons


@app.command()
def tutorials(context: typer.Context):
    """List the lessons."""
    from fmkeras.course import catalogue
    from fmkeras.course.lessons import HARDEST

    with _errors_in_words():
        lessons = catalogue(context.obj)
    _show_table(
        ("Lesson", "Title", "Part", "Minutes", "Difficulty"),
        [
            (x.number, x.title, x.part, x.minutes, f"{x.difficulty} of {HARDEST}")
            for x in lessons
        ],
    )


@app.command()
def run(
    context: typer.Context,
    lesson: Number,
    figures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Save the lesson's figures in this folder."),
    ] = None,
    figure_format: Annotated[
        FigureFormat, typer.Option("--format", help="The figures' format.")
    ] = FigureFormat.PNG,
):
    """Run a lesson."""
    from fmkeras import course

    with _errors_in_words():
        found = course.find_lesson(lesson, context.obj)
        course.run(found, figures, figure_format.value)


@app.command()
def notebook(
    context: typer.Context,
    lesson: Number,
    student: Annotated[bool, typer.Option("--student", help="No solutions.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="A folder, or a file: .ipynb or .py."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that is already there.")
    ] = False,
):
    """Write a lesson as a notebook."""
    from fmkeras import course

    with _errors_in_words():
        found = course.find_lesson(lesson, context.obj)
        path = course.write_copy(found, output, student, force)
    typer.echo(path)


@app.command()
def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A student's copy: .ipynb or .py.")],
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", help="What one exercise may take.")
    ] = 60.0,
):
    """Grade the exercises of a student's copy."""
    from rich.text import Text

    from fmkeras import course

    with _errors_in_words(), _console(stderr=True).status("Grading …") as status:

        def show(exercise):
            status.update(Text(f"{exercise.lesson.number} {exercise.title}"))

        results = course.grade(file, timeout, context.obj, on_exercise=show)
    _show_table(
        ("Lesson", "Exercise", "Result", "What the check says"),
        [(x.lesson, x.title, x.status, x.message) for x in results],
        styles={"passed": "green", "not attempted": "yellow"},
    )
    right = sum(result.passed for result in results)
    typer.echo(f"{right} of {len(results)} exercises are right.")
    if right < len(results):
        raise typer.Exit(WRONG)


@app.command()
def doctor(
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON instead of a table.")
    ] = False,
):
    """Show what fmkeras finds on this machine."""
    from json import dumps

    from fmkeras import runtime

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # the table says it better
    report = runtime.report()
    if json:
        typer.echo(dumps(report, indent=2, default=str, ensure_ascii=False))
        return
    _show_table(("About", "What", "Found"), list(_rows(report)))
    why = runtime.why_no_gpu()
    if why:
        typer.echo(why)


def _rows(report, about=""):
    for name, value in report.items():
        if isinstance(value, dict):
            yield from _rows(value, name)
        elif isinstance(value, (list, tuple)):
            yield about, name, ", ".join(map(str, value)) or "none"
        else:
            yield about, name, value


@contextmanager
def _errors_in_words():
    """Turn what a user can mend into a sentence and an exit code."""
    from fmkeras.course import LessonError

    try:
        yield
    except BrokenPipeError:  # Typer knows what to do when nobody reads on
        raise
    except KeyboardInterrupt as interrupt:
        _fail(str(interrupt) or "Interrupted.", INTERRUPTED, prefix="")
    except ValueError as error:
        _fail(error, UNUSABLE)
    except (OSError, LessonError) as error:
        _fail(error, WRONG)


def _fail(message, exit_code, prefix="Error: "):
    from rich.text import Text

    console = _console(stderr=True)
    text = Text.assemble((prefix, "bold red"), str(message), overflow="fold")
    console.print(text, soft_wrap=not console.is_terminal)
    raise typer.Exit(exit_code)


def _console(stderr=False):
    from rich.console import Console

    console = Console(file=sys.stderr if stderr else sys.stdout)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PIPE_WIDTH
    return console


def _show_table(columns, rows, styles=None):
    """Print a table; in a narrow terminal, a paragraph for each row."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console, styles = _console(), styles or {}
    cells = [[Text(str(x), styles.get(x, "")) for x in row] for row in rows]
    if console.width < _NARROW:
        for row in cells:
            for column, cell in zip(columns, row, strict=True):
                console.print(Text.assemble((f"{column}: ", "bold"), cell))
            console.print()
        return
    plain = {} if console.is_terminal else {"box": None, "pad_edge": False}
    table = Table(**{"box": box.SIMPLE_HEAD, **plain})
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in cells:
        table.add_row(*row)
    console.print(table)


if __name__ == "__main__":
    main()
