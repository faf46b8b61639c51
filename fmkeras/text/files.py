"""Reading and writing small text files, with errors that say what is wrong with one."""

import json
import os
import uuid
from pathlib import Path

from fmkeras.errors import argument_error


def file_error(owner, argument, kind, damage, path, would_do):
    """Word the error about a file that cannot be used.

    Args:
        owner: String. The method that opens the file.
        argument: String. Name of the argument that holds its path.
        kind: String. What file it must be.
        damage: String. What is wrong with this one.
        path: String or path of the file.
        would_do: String that completes "What would do: …".

    Returns:
        A `ValueError`, to be raised by the caller.

    Example:

    >>> print(file_error("f", "path", "a list", "this one is empty", "a.txt", "b.txt"))
    f: `path` must be a list; this one is empty. Received: path='a.txt'. \
What would do: b.txt.
    """
    return argument_error(owner, argument, f"{kind}; {damage}", str(path), would_do)


def read_text(path, owner, argument, kind, would_do):
    """Read a whole UTF-8 file, line ends as they are.

    Args:
        path: String or path of the file.
        owner: String. The method that opens the file, for the error.
        argument: String. Name of the argument that holds its path.
        kind: String. What file it must be.
        would_do: String that completes "What would do: …".

    Returns:
        String, never empty.

    Raises:
        ValueError: If the file is missing, a folder, unreadable, empty or not UTF-8.

    Example:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(f"{folder}/a.txt", "naïve", owner="f")
    ...     read_text(f"{folder}/a.txt", "f", "path", "a text", "another")
    'naïve'
    """

    def error(damage):
        return file_error(owner, argument, kind, damage, path, would_do)

    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise error("there is no such file") from None
    except IsADirectoryError:
        raise error("this one is a folder") from None
    except OSError as failure:
        raise error(f"reading this one failed ({failure.strerror})") from None
    if not content:
        raise error("this one is empty")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as failure:
        damage = f"this one is not UTF-8 from byte {failure.start} on"
        raise error(damage) from None


def read_json(path, owner, argument, kind, would_do):
    """Read a JSON file that holds one object.

    Args:
        path: String or path of the file.
        owner: String. The method that opens the file, for the error.
        argument: String. Name of the argument that holds its path.
        kind: String. What file it must be.
        would_do: String that completes "What would do: …".

    Returns:
        Dict.

    Raises:
        ValueError: As `read_text` does, or if the file is cut off or no JSON object.

    Example:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(f"{folder}/a.json", '{"a": 1}', owner="f")
    ...     read_json(f"{folder}/a.json", "f", "path", "a list", "another")
    {'a': 1}
    """
    text = read_text(path, owner, argument, kind, would_do)
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as failure:
        damage = "this one is no JSON, or its end is missing"
        if isinstance(failure, json.JSONDecodeError):
            damage += f" ({failure.msg}: line {failure.lineno}, column {failure.colno})"
        raise file_error(owner, argument, kind, damage, path, would_do) from None
    if not isinstance(content, dict):
        damage = f"this one holds a JSON {type(content).__name__} instead of an object"
        raise file_error(owner, argument, kind, damage, path, would_do)
    return content


def write_text(path, text, owner):
    """Write a UTF-8 file in one step: whole, or not at all.

    The text goes to a temporary name beside the target, which then takes the
    target's place. A full disk or Ctrl-C leaves an older file as it was.

    Args:
        path: String or path of the file. Its folder must exist.
        text: String.
        owner: String. The method that writes, for the error.

    Raises:
        OSError: If the file cannot be written.

    Example:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(f"{folder}/a.txt", "whole", owner="f")
    ...     os.listdir(folder)
    ['a.txt']
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        temporary.write_bytes(text.encode("utf-8"))
        os.replace(temporary, path)
    except OSError as failure:
        temporary.unlink(missing_ok=True)
        raise type(failure)(
            failure.errno,
            f"{owner}: the file could not be written ({failure.strerror}). "
            "What would do: a path in a folder that exists and can be written",
            str(path),
        ) from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
