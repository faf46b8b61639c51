"""The text that a command is given: a named one, or a file."""

from pathlib import Path

from fmkeras.data.text import NAMES, load_text


def read_text(source):
    r"""Read a named text or a file of UTF-8.

    Line ends of any system become `"\n"`, and a mark at the beginning that says
    "this is UTF-8" is left out.

    Args:
        source: String: a name that `data.load_text` knows, or else a path.

    Returns:
        String with something else than white space in it.

    Raises:
        ValueError: If the file is empty or not UTF-8.
        OSError: If there is no such file, or it cannot be read.

    Example:

    >>> len(read_text("python_reference")) > 300_000
    True
    """
    if source in NAMES:
        return load_text(source)
    path = Path(source).expanduser()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(_not_utf8(path, error)) from error
    except OSError as error:
        raise OSError(
            f"train: '{path}' cannot be read ({error.strerror}). What would do: a file "
            f"of text, or one of the names {' and '.join(NAMES)}."
        ) from error
    if not text.strip():
        raise ValueError(
            f"train: '{path}' is empty. What would do: a file with text in it."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def full_name(source):
    """Name a text so that it is found from another folder as well.

    Args:
        source: String: a name that `data.load_text` knows, or else a path.

    Returns:
        String.

    Example:

    >>> full_name("python_reference"), Path(full_name("story.txt")).is_absolute()
    ('python_reference', True)
    """
    return source if source in NAMES else str(Path(source).expanduser().absolute())


def _not_utf8(path, error):
    if error.reason == "unexpected end of data":
        return (
            f"train: '{path}' is cut off in the middle of its last character. "
            "What would do: a whole copy of the file."
        )
    return (
        f"train: '{path}' is not UTF-8: byte {error.start:,} is "
        f"0x{error.object[error.start]:02x}. What would do: the text saved as UTF-8."
    )
