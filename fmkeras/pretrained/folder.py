"""Language models that were trained here: a folder of checkpoints.

A checkpoint is a model with its optimiser, its tokenizer and how far it had come:

    folder/
      checkpoint-0007/
        model.keras
        tokenizer.json
        state.json       the step, the options, and the SHA-256 of the other files

Every checkpoint gets a new name, and gets it in one step when it is complete. So
whatever cuts the writing short, the one before is there; and a file that was damaged
later is noticed by its checksum, not by what the model then writes.
"""

import json
import re
import shutil
import warnings
from collections import namedtuple
from pathlib import Path

import keras

from fmkeras.data.download import checksum
from fmkeras.errors import argument_error, check_integer
from fmkeras.pretrained.whole import remove_parts, written_whole
from fmkeras.text import load_tokenizer

FORMAT = 1
KEPT = 2  # the newest checkpoint and the one before it
MODEL, TOKENIZER, STATE = "model.keras", "tokenizer.json", "state.json"

_NAME = re.compile(r"checkpoint-(\d+)")

Checkpoint = namedtuple("Checkpoint", "path state")
Checkpoint.__doc__ = "A whole checkpoint: its folder and what `state.json` says."


def save_language_model(model, tokenizer, folder, step=0, training=None):
    """Save a language model with its tokenizer as the newest checkpoint of a folder.

    The two newest checkpoints are kept. Writing one never touches those before it.

    Args:
        model: Language model, a `keras.Model`. If it is compiled, its optimiser is
            saved too, so that training can go on.
        tokenizer: Tokenizer whose ids the model takes.
        folder: String or path. It is made if it is not there.
        step: Integer ≥ 0. How many batches the model has been trained on.
        training: Dictionary that JSON can hold, or `None`. What is worth knowing to
            go on, such as the options of the training.

    Returns:
        `pathlib.Path` of the checkpoint.

    Raises:
        ValueError: If `step` is no integer ≥ 0.
        OSError: If the checkpoint cannot be written.

    Example:

    >>> import tempfile
    >>> from fmkeras import models, text
    >>> tokenizer = text.CharacterTokenizer.train("the cat sat")
    >>> model = models.transformer_decoder(tokenizer.vocabulary_size, 8, 1, 2, 4)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_language_model(model, tokenizer, folder, step=300).name
    ...     same_model, same_tokenizer = load_language_model(folder)
    'checkpoint-0001'
    >>> same_tokenizer.decode(same_tokenizer.encode("cat"))
    'cat'
    """
    step = check_integer("save_language_model", "step", step, minimum=0)
    if model.compiled and not model.optimizer.built:
        # Keras saves an optimiser that has not begun in a way it warns of on opening.
        model.optimizer.build(model.trainable_variables)
    folder = Path(folder).expanduser()
    remove_parts(folder)
    older = _checkpoints(folder)
    number = 1 + _number(older[-1]) if older else 1
    path = folder / f"checkpoint-{number:04d}"
    with written_whole(path, "save_language_model") as part:
        model.save(part / MODEL)
        tokenizer.save(part / TOKENIZER)
        state = {
            "format": FORMAT,
            "step": step,
            "training": training or {},
            "files": {name: checksum(part / name) for name in (MODEL, TOKENIZER)},
        }
        (part / STATE).write_text(json.dumps(state, indent=2) + "\n", "utf-8")
    for old in older[: -(KEPT - 1)]:
        shutil.rmtree(old, ignore_errors=True)
    return path


def load_language_model(folder, compile=True):
    """Open the newest checkpoint of a folder that `save_language_model` wrote.

    Args:
        folder: String or path.
        compile: Boolean. Whether the model comes with its optimiser, to go on
            training it.

    Returns:
        A pair: the model and its tokenizer.

    Raises:
        ValueError: If the folder holds no whole checkpoint. A damaged one is named
            with what is wrong; if the one before it is whole, that is opened, with a
            warning.

    Example:

    >>> load_language_model("nowhere")
    Traceback (most recent call last):
    ...
    ValueError: load_language_model: `folder` must be a folder with a checkpoint; \
there is no such folder. Received: folder='nowhere'. \
What would do: the folder that `fmkeras train` or save_language_model wrote.
    """
    path = newest_checkpoint(folder).path
    try:
        model = keras.saving.load_model(path / MODEL, compile=compile)
    except Exception as error:  # whatever Keras raises about a file of another Keras
        raise ValueError(
            f"load_language_model: '{path / MODEL}' is whole, but this version of "
            f"Keras ({keras.__version__}) cannot open it ({error})."
        ) from error
    return model, load_tokenizer(path / TOKENIZER)


def newest_checkpoint(folder):
    """Find the newest checkpoint that is whole; warn of damaged ones passed over.

    Args:
        folder: String or path.

    Returns:
        `Checkpoint`.

    Raises:
        ValueError: If there is none.

    Example:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (Path(folder) / "checkpoint-0001").mkdir()
    ...     newest_checkpoint(folder)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: ...checkpoint-0001 is damaged (it has no state.json)...
    """
    folder, damaged = Path(folder).expanduser(), []
    for path in reversed(_checkpoints(folder)):
        try:
            checkpoint = Checkpoint(path, _read_state(path))
        except ValueError as error:
            damaged.append(f"{path.name} is damaged ({error})")
            continue
        if damaged:
            warnings.warn(
                f"load_language_model: in '{folder}', {' and '.join(damaged)}; "
                f"{path.name}, of step {checkpoint.state['step']:,}, was taken.",
                stacklevel=3,
            )
        return checkpoint
    if damaged:
        lacks = " and ".join(damaged)
    else:
        lacks = "this one has none" if folder.is_dir() else "there is no such folder"
    raise argument_error(
        "load_language_model",
        "folder",
        f"a folder with a{' whole' if damaged else ''} checkpoint; {lacks}",
        str(folder),
        would_do="the folder that `fmkeras train` or save_language_model wrote",
    )


def _checkpoints(folder):
    """List the checkpoints of a folder, oldest first."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted((path for path in found if _NAME.fullmatch(path.name)), key=_number)


def _number(path):
    return int(_NAME.fullmatch(path.name)[1])


def _read_state(path):
    """Read `state.json` and hold the files against it; say what is wrong."""
    if not (path / STATE).is_file():
        raise ValueError(f"it has no {STATE}")
    try:
        state = json.loads((path / STATE).read_text("utf-8"))
        sums, _, _ = state["files"], state["step"], state["training"]
        version = state["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"its {STATE} cannot be read: {error!r}") from error
    if version != FORMAT:
        raise ValueError(f"its format is {version!r}, this fmkeras reads {FORMAT}")
    for name, expected in sums.items():
        if not (path / name).is_file():
            raise ValueError(f"it has no {name}")
        if checksum(path / name) != expected:
            raise ValueError(f"the checksum of its {name} is wrong")
    return state
