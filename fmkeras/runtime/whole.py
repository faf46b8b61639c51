"""Folders that are written whole or not at all.

Everything goes to a temporary name beside the target, which is renamed only when
the last byte is on the disk. So a full disk, an error or a kill in the middle can
cost what was being written, but never what was there before.
"""

import os
import shutil
import uuid
from contextlib import contextmanager

PART = ".part"  # the ending of names that are being written


@contextmanager
def written_whole(folder, owner):
    """Give a new folder to write into, and move it into place at the end.

    A folder of that name is replaced. Should the writing fail, it stays as it was.

    Args:
        folder: `pathlib.Path`. Where the folder shall be; its parents are made.
        owner: String. The function that writes, for the error.

    Yields:
        `pathlib.Path` of an empty folder beside it.

    Raises:
        OSError: If the folder cannot be written, such as on a full disk.

    Example:

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     target = pathlib.Path(home) / "model"
    ...     with written_whole(target, "save") as part:
    ...         _ = (part / "a.txt").write_text("hello")
    ...     os.listdir(home), os.listdir(target)
    (['model'], ['a.txt'])
    """
    part = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}{PART}")
    try:
        part.mkdir(parents=True)
        yield part
        for path in part.iterdir():
            _flush(path)
        _flush_folder(part)
        _move(part, folder)
        _flush_folder(folder.parent)
    except OSError as error:
        raise OSError(
            f"{owner}: '{folder}' could not be written ({error.strerror or error}); "
            "what was there before is as it was. "
            "What would do: a folder with room that you may write to."
        ) from error
    finally:  # also after Ctrl-C
        shutil.rmtree(part, ignore_errors=True)


def remove_parts(folder):
    """Clear away what killed processes left half written in a folder.

    Args:
        folder: `pathlib.Path` of the folder that holds the temporary names.

    Example:

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     (pathlib.Path(home) / f".model.0123{PART}").mkdir()
    ...     remove_parts(pathlib.Path(home))
    ...     os.listdir(home)
    []
    """
    for path in folder.glob(f".*{PART}"):
        shutil.rmtree(path, ignore_errors=True)


def is_part(path):
    """Tell whether a path is what a killed process left half written.

    Args:
        path: `pathlib.Path`.

    Returns:
        Boolean.

    Example:

    >>> import pathlib
    >>> is_part(pathlib.Path(f".model.0123{PART}")), is_part(pathlib.Path("model"))
    (True, False)
    """
    return path.name.startswith(".") and path.name.endswith(PART)


def _flush(path):
    """Have the system put a file on the disk: a rename may overtake its bytes."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _flush_folder(folder):
    """Have the system put the names in a folder on the disk, where it can be asked."""
    if os.name == "nt":  # which cannot open a folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _move(part, folder):
    if not folder.exists():
        os.rename(part, folder)
        return
    # A folder cannot be replaced in one step: the old one steps aside, and comes
    # back should the new one fail to take its place.
    aside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}.old")
    os.rename(folder, aside)
    try:
        os.rename(part, folder)
    except BaseException:
        os.rename(aside, folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)
