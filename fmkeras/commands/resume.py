"""Go on with a training that was interrupted."""

import warnings
from contextlib import nullcontext
from dataclasses import fields
from pathlib import Path

from fmkeras.commands.plan import Plan
from fmkeras.commands.terminal import say
from fmkeras.commands.texts import read_text
from fmkeras.commands.train import fingerprint, fit, read_corpus, train
from fmkeras.errors import argument_error
from fmkeras.runtime.checkpoint_folder import list_checkpoints, newest_checkpoint
from fmkeras.runtime.one_writer import one_writer


def go_on(console, resume, text=None, output=None, force=False, **given):
    """Go on with the training of a folder, to the model of the uninterrupted one.

    Options that are given again must be those that the training began with. With a
    text and a folder that has no checkpoint yet, the training begins: so one command
    will do for every start.

    Args:
        console: `rich.console.Console` to show progress on.
        resume: String or path. The folder where the checkpoints are.
        text: String, a named text or a path, or `None` for where the text was.
        output: String or path, the folder once more, or `None`.
        force: Boolean. Refused: it would begin anew.
        **given: Attributes of `Plan` that were given on the command line.

    Raises:
        ValueError: If there is no whole checkpoint, if an option differs, or if the
            text is another.
        OSError: If the text cannot be read or the folder not be written, or if another
            process trains in it.
        KeyboardInterrupt: After Ctrl-C and a last checkpoint; the message says where.
    """
    folder = Path(resume).expanduser()
    if force or (output is not None and Path(output).expanduser() != folder):
        raise ValueError(
            f"train: `--resume` goes on in its own folder, '{folder}'. Received: "
            f"{'--force' if force else f'--output={output}'} as well. What would do: "
            f"--resume without {'--force' if force else '--output'}."
        )
    if text is not None and not list_checkpoints(folder):
        train(text, folder, Plan(**given), console)
        return
    with one_writer(folder, "train") if folder.is_dir() else nullcontext():
        _go_on_in(folder, text, given, console)


def _go_on_in(folder, text, given, console):
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: say(console, str(message))
        warnings.simplefilter("always")
        checkpoint = newest_checkpoint(folder, "train", "--resume")
    notes = checkpoint.state["training"]
    plan = _plan_of(checkpoint)
    _check_same(plan, given, folder)
    source = text or notes["source"]
    contents = read_text(source)
    if fingerprint(contents) != notes["text_sha256"]:
        raise ValueError(
            f"train: '{source}' is not the text that the training in '{folder}' began "
            "with: its SHA-256 is another. What would do: the text as it was then, "
            "with `fmkeras train TEXT --resume FOLDER` if it is somewhere else, or a "
            "new folder."
        )
    corpus = read_corpus(contents, plan, _tokenizer_of(checkpoint))
    fit(source, corpus, plan, folder, console, checkpoint)


def _plan_of(checkpoint):
    notes = checkpoint.state["training"]
    try:
        return Plan(**{field.name: notes[field.name] for field in fields(Plan)})
    except (KeyError, ValueError) as error:
        raise ValueError(
            f"train: '{checkpoint.path}' does not say how its training began "
            f"({error}). What would do: a folder that `fmkeras train` wrote."
        ) from error


def _check_same(plan, given, folder):
    for name, value in given.items():
        began_with = getattr(plan, name)
        if value != began_with:
            option = f"--{name.replace('_', '-')}"
            default = began_with is None
            raise argument_error(
                "train",
                option,
                f"what the training in '{folder}' began with, "
                + ("the default" if default else repr(began_with)),
                value,
                would_do=f"--resume without {option}, or a training in a new folder",
            )


def _tokenizer_of(checkpoint):
    from fmkeras.text import load_tokenizer

    return load_tokenizer(checkpoint.path / "tokenizer.json")
