"""Numbered checkpoints in a folder: whichever moment is the last, a whole one is there.

    folder/
      checkpoint-0006/
      checkpoint-0007/
        ...              whatever is needed to go on
        state.json       how far it had come, and the SHA-256 of the other files

Every checkpoint gets a new name, and gets it in one step when it is complete. So
whatever cuts the writing short, the one before is there; and a file that was damaged
later is noticed by its checksum, not by what a model then does.
"""

import json
import re
import shutil
import warnings
from collections import namedtuple

from fmkeras.data.download import checksum
from fmkeras.errors import argument_error
from fmkeras.runtime.one_writer import one_writer
from fmkeras.runtime.whole import remove_parts, written_whole

FORMAT = 1
KEEP = 2  # the newest checkpoint and the one before it
STATE = "state.json"

_NAME = re.compile(r"checkpoint-(\d+)")

Checkpoint = namedtuple("Checkpoint", "path state")
Checkpoint.__doc__ = "A whole checkpoint: its folder and what `state.json` says."


def write_checkpoint(folder, write, state, owner, keep=KEEP):
    """Write a folder's newest checkpoint; then remove those that are too many.

    Args:
        folder: `pathlib.Path`. It is made if it is not there.
        write: Function of a `pathlib.Path` that writes files into this new folder.
        state: Dictionary that JSON can hold.
        owner: String. The function that writes, for the error.
        keep: Integer. How many whole checkpoints stay. Damaged ones are not counted.

    Returns:
        `pathlib.Path` of the checkpoint.

    Raises:
        OSError: If the checkpoint cannot be written, or another process writes to the
            folder; those before it are untouched.

    Example:

    >>> import pathlib, tempfile
    >>> def write(part):
    ...     _ = (part / "a.txt").write_text("hello")
    >>> with tempfile.TemporaryDirectory() as home:
    ...     home = pathlib.Path(home)
    ...     for step in (10, 20, 30):
    ...         _ = write_checkpoint(home, write, {"step": step}, "save")
    ...     [path.name for path in list_checkpoints(home)]
    ['checkpoint-0002', 'checkpoint-0003']
    """
    with one_writer(folder, owner):
        remove_parts(folder)
        older = list_checkpoints(folder)
        path = folder / f"checkpoint-{1 + newest_number(folder):04d}"
        with written_whole(path, owner) as part:
            write(part)
            sums = {file.name: checksum(file) for file in sorted(part.iterdir())}
            content = {"format": FORMAT, **state, "files": sums}
            (part / STATE).write_text(json.dumps(content, indent=2) + "\n", "utf-8")
        _remove_all_but(keep - 1, older)
    return path


def newest_checkpoint(folder, owner, argument="folder"):
    """Find the newest checkpoint that is whole; warn of damaged ones passed over.

    Args:
        folder: `pathlib.Path`.
        owner: String. Who asks, for the error.
        argument: String. Its argument that gave the folder.

    Returns:
        `Checkpoint`.

    Raises:
        ValueError: If there is none.

    Example:

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     (pathlib.Path(home) / "checkpoint-0001").mkdir()
    ...     newest_checkpoint(pathlib.Path(home), "load")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: ...checkpoint-0001 is damaged (it has no state.json)...
    """
    damaged = []
    for path in reversed(list_checkpoints(folder)):
        try:
            checkpoint = Checkpoint(path, _read_state(path))
        except (ValueError, OSError) as error:  # or the disk cannot read it
            damaged.append(f"{path.name} is damaged ({error})")
            continue
        if damaged:
            warnings.warn(
                f"{owner}: in '{folder}', {' and '.join(damaged)}; "
                f"{path.name}, of step {checkpoint.state['step']:,}, was taken.",
                stacklevel=3,
            )
        return checkpoint
    if damaged:
        lacks = " and ".join(damaged)
    else:
        lacks = "this one has none" if folder.is_dir() else "there is no such folder"
    raise argument_error(
        owner,
        argument,
        f"a folder with a{' whole' if damaged else ''} checkpoint; {lacks}",
        str(folder),
        would_do="the folder that `fmkeras train` or save_language_model wrote",
    )


def list_checkpoints(folder):
    """List the checkpoints of a folder, oldest first, damaged ones too.

    Args:
        folder: `pathlib.Path`.

    Returns:
        List of `pathlib.Path`, empty if there is no such folder.

    Example:

    >>> import pathlib
    >>> list_checkpoints(pathlib.Path("nowhere"))
    []
    """
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted((path for path in found if _NAME.fullmatch(path.name)), key=_number)


def newest_number(folder):
    """Give the number of a folder's newest checkpoint, damaged or not.

    Args:
        folder: `pathlib.Path`.

    Returns:
        Integer, 0 if there is none.

    Example:

    >>> import pathlib
    >>> newest_number(pathlib.Path("nowhere"))
    0
    """
    paths = list_checkpoints(folder)
    return _number(paths[-1]) if paths else 0


def _number(path):
    return int(_NAME.fullmatch(path.name)[1])


def _remove_all_but(keep, paths):
    """Remove what is older than so many whole checkpoints."""
    for path in reversed(paths):
        if keep <= 0:
            shutil.rmtree(path, ignore_errors=True)
        elif _is_whole(path):
            keep -= 1


def _is_whole(path):
    try:
        _read_state(path)
    except (ValueError, OSError):
        return False
    return True


def _read_state(path):
    """Read `state.json` and hold the files against it; say what is wrong."""
    if not (path / STATE).is_file():
        raise ValueError(f"it has no {STATE}")
    try:
        state = json.loads((path / STATE).read_text("utf-8"))
        sums, _ = state["files"], state["step"]
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
