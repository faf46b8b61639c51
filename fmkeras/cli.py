"""`fmkeras`: the course from a terminal.

Every command imports what it needs when it runs, so that `fmkeras --help` answers at
once. Typer reads the commands' annotations: they are what the command line accepts.
"""

import re
import sys
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from fmkeras.commands import options
from fmkeras.commands.plan import Plan
from fmkeras.commands.terminal import make_console, quiet_import, show_table

WRONG, UNUSABLE, INTERRUPTED = 1, 2, 130  # exit codes

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
def common_options(
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
    show_table(
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
        if re.search(r"\bkeras\b", found.text()):
            with quiet_import():
                import keras  # noqa: F401
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

    with _errors_in_words(), make_console(stderr=True).status("Grading …") as status:

        def show(exercise):
            status.update(Text(f"{exercise.lesson.number} {exercise.title}"))

        results = course.grade(file, timeout, context.obj, on_exercise=show)
    show_table(
        ("Lesson", "Exercise", "Result", "What the check says"),
        [(x.lesson, x.title, x.status, x.message) for x in results],
        styles={"passed": "green", "not attempted": "yellow"},
    )
    right = sum(result.passed for result in results)
    typer.echo(f"{right} of {len(results)} exercises are right.")
    if right < len(results):
        raise typer.Exit(WRONG)


@app.command()
def train(
    call: typer.Context,
    text: options.Text = None,
    output: options.Output = None,
    tokenizer: options.Tokenizer = options.TokenizerKind.characters,
    vocabulary_size: options.VocabularySize = None,
    layers: options.Layers = Plan.layers,
    heads: options.Heads = Plan.heads,
    width: options.Width = Plan.width,
    context: options.Context = Plan.context,
    dropout: options.Dropout = Plan.dropout,
    batch_size: options.BatchSize = Plan.batch_size,
    steps: options.Steps = None,
    epochs: options.Epochs = None,
    learning_rate: options.LearningRate = Plan.learning_rate,
    seed: options.Seed = Plan.seed,
    sample_every: options.SampleEvery = Plan.sample_every,
    prompt: options.SamplePrompt = None,
    force: options.Force = False,
    resume: options.Resume = None,
):
    """Train a language model on a text."""
    from fmkeras.commands.resume import go_on
    from fmkeras.commands.train import train

    with _errors_in_words():
        if resume is not None:
            go_on(make_console(), **options.given(call))
            return
        plan = Plan(
            tokenizer=tokenizer.value,
            vocabulary_size=vocabulary_size,
            layers=layers,
            heads=heads,
            width=width,
            context=context,
            dropout=dropout,
            batch_size=batch_size,
            steps=steps,
            epochs=epochs,
            learning_rate=learning_rate,
            seed=seed,
            sample_every=sample_every,
            prompt=prompt,
        )
        train(text, output, plan, make_console(), force)


@app.command()
def generate(
    folder: options.ModelFolder,
    prompt: options.Prompt,
    max_new_tokens: options.MaxNewTokens = 200,
    sampler: options.Sampler = "top-p=0.9",
    seed: options.WritingSeed = None,
):
    """Write with a model from a folder."""
    from fmkeras.commands.generate import generate

    def show(text):
        typer.echo(text, nl=False)

    def warn(text):
        typer.echo(f"Warning: {text}", err=True)

    with _errors_in_words():
        generate(folder, prompt, max_new_tokens, sampler, seed, show, warn)


@app.command(context_settings={"ignore_unknown_options": True})
def launch(
    script: Annotated[
        Path, typer.Argument(metavar="SCRIPT", help="A Python script, run by each.")
    ],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ARGUMENTS]...", help="Passed on to the script."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, metavar="N", help="How many processes.")
    ] = 2,
):
    """Run a script as several workers that train together."""
    from fmkeras.commands.launch import WorkerError, launch

    with _errors_in_words():
        try:
            launch(script, arguments or [], workers, typer.echo)
        except WorkerError as error:
            _fail(error, error.exit_code)


@app.command()
def doctor(
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON instead of a table.")
    ] = False,
):
    """Show what fmkeras finds on this machine."""
    from json import dumps

    from fmkeras import runtime

    with quiet_import():  # the table says it better
        report = runtime.report()
    if json:
        typer.echo(dumps(report, indent=2, default=str, ensure_ascii=False))
        return
    show_table(("About", "What", "Found"), list(_rows(report)))
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
    except (OSError, ImportError, LessonError) as error:
        _fail(error, WRONG)


def _fail(message, exit_code, prefix="Error: "):
    from rich.text import Text

    console = make_console(stderr=True)
    text = Text.assemble((prefix, "bold red"), str(message), overflow="fold")
    console.print(text, soft_wrap=not console.is_terminal)
    raise typer.Exit(exit_code)


if __name__ == "__main__":
    main()
