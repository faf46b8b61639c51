"""Token ids as arrays and as files: checked, written whole, mapped from disk."""

import mmap
import os
from pathlib import Path

import numpy as np

from fmkeras.errors import argument_error, check_choice

# Keras and XLA count in 32 bits.
MAX_ID = 2**31 - 1

DTYPES = ("uint16", "uint32")

# Checks look at so many ids at a time, so that they need no copy of all of them.
_CHUNK = 2**22


def check_ids(owner, token_ids, argument="token_ids"):
    """Refuse anything but one row of token ids.

    Args:
        owner: String. The function whose argument it is.
        token_ids: The value that came.
        argument: String. Name of the argument.

    Returns:
        Integer array `(n,)` that shares the memory of an array that came.

    Raises:
        ValueError: If the value is no row of integers from 0 to 2³¹ − 1.

    Example:

    >>> check_ids("windows", [3, 1, 2]).tolist()
    [3, 1, 2]
    """
    array = _one_row(owner, token_ids, argument)
    if array.size == 0:
        return np.zeros(0, "int32")
    if array.dtype.kind not in "iu":
        raise ValueError(
            f"{owner}: `{argument}` must be integers. Received: {argument} of type "
            f"{array.dtype}. What would do: tokenizer.encode(text)."
        )
    if array.dtype in ("uint8", "uint16"):
        return array
    for start in range(0, len(array), _CHUNK):
        _check_range(owner, argument, array[start : start + _CHUNK], start)
        release(array)
    return array


def release(array):
    """Hand the pages of a memory map that were read back to the system.

    They are read again from the file, or from the system's cache of it, when they are
    wanted. Nothing happens for an array in memory, for a map that may be written to
    (what was written might be lost), or where the system can't.

    Args:
        array: NumPy array.
    """
    while isinstance(array, np.ndarray):
        array = array.base
    if not isinstance(array, mmap.mmap) or not hasattr(mmap, "MADV_DONTNEED"):
        return
    if memoryview(array).readonly:
        array.madvise(mmap.MADV_DONTNEED)


def write_ids(path, chunks, dtype="uint16"):
    """Write token ids to a file that `read_ids` maps, without ever holding all of them.

    The file is in NumPy's own format, so that `numpy.load` reads it too. It appears
    whole or not at all: a run that is cut short leaves no half-written file there.

    Args:
        path: String or path. Where to write; its folder exists.
        chunks: Iterable of integer arrays or lists, such as one for each document, or
            one array of ids.
        dtype: String, `"uint16"` for ids below 65,536 (2 bytes an id) or `"uint32"`
            (4 bytes).

    Returns:
        Integer, how many ids were written.

    Raises:
        ValueError: If there are no ids, or one is negative, no integer, or too large
            for `dtype`.
        FileNotFoundError: If the folder does not exist.

    Example:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     count = write_ids(f"{folder}/ids.npy", [[5, 3], [8]])
    ...     ids = read_ids(f"{folder}/ids.npy").tolist()
    >>> count, ids
    (3, [5, 3, 8])
    """
    check_choice("write_ids", "dtype", dtype, DTYPES)
    if isinstance(chunks, np.ndarray):
        chunks = [chunks]
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"write_ids: the folder {str(path.parent)!r} does not exist. "
            "What would do: make it first, with Path.mkdir(parents=True)."
        )
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            count = _write(file, chunks, np.dtype(dtype))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def read_ids(path):
    """Map a file of token ids into memory: what is not looked at is not read.

    Args:
        path: String or path of a file that `write_ids` wrote, or of any one-dimensional
            integer array that `numpy.save` wrote.

    Returns:
        Read-only integer array `(n,)`, a `numpy.memmap`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is empty, cut short, or no file of ids.

    Example:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     count = write_ids(f"{folder}/ids.npy", np.arange(1000))
    ...     ids = read_ids(f"{folder}/ids.npy")
    >>> type(ids).__name__, len(ids), int(ids[-1])
    ('memmap', 1000, 999)
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"read_ids: there is no file {str(path)!r}. "
            "What would do: write it first, with write_ids."
        )
    size = path.stat().st_size
    if size == 0:
        raise _file_error(path, "is empty", "write it again, with write_ids")
    count, dtype, offset = _read_header(path)
    available = (size - offset) // dtype.itemsize
    if available < count:
        raise _file_error(
            path,
            f"is cut short: it promises {count:,} ids and holds {available:,}",
            "copy it or write it again",
        )
    return np.memmap(path, dtype=dtype, mode="r", offset=offset, shape=(count,))


def _one_row(owner, token_ids, argument):
    try:
        array = np.asarray(token_ids)
    except ValueError:  # rows of unequal lengths
        array = None
    if array is not None and array.ndim == 1:
        return array
    if isinstance(token_ids, str):
        received, advice = "a string", "tokenizer.encode(text)"
    elif array is not None and array.ndim == 0:
        received, advice = "a single value", "[token_ids], a list of rows"
    else:
        received = (
            "rows of unequal lengths" if array is None else f"shape {array.shape}"
        )
        advice = "text.pack(documents, separator_id) joins several"
    raise ValueError(
        f"{owner}: `{argument}` must be one row of integers. Received: {received}. "
        f"What would do: {advice}."
    )


def _check_range(owner, argument, chunk, start):
    if chunk.min() >= 0 and chunk.max() <= MAX_ID:
        return
    position = int(np.argmax((chunk < 0) | (chunk > MAX_ID)))
    raise ValueError(
        f"{owner}: `{argument}` must be from 0 to {MAX_ID:,}. "
        f"Received: {int(chunk[position])} at position {start + position}. "
        "What would do: ids as a tokenizer's encode gives them."
    )


def _write(file, chunks, dtype):
    """Write a header that still counts nothing, the ids, and then the true header."""
    _write_header(file, 0, dtype)
    count = 0
    for number, chunk in enumerate(chunks):
        ids = check_ids("write_ids", chunk, f"chunks[{number}]")
        largest = ids.max(initial=0)
        if largest > np.iinfo(dtype).max:
            raise argument_error(
                "write_ids",
                "dtype",
                f"wide enough for the id {largest}",
                dtype.name,
                would_do="dtype='uint32'",
            )
        file.write(ids.astype(dtype).tobytes())
        count += len(ids)
    if count == 0:
        raise ValueError(
            "write_ids: `chunks` must hold at least one id. Received: none. "
            "What would do: [tokenizer.encode(text)]."
        )
    file.seek(0)
    _write_header(file, count, dtype)
    return count


def _write_header(file, count, dtype):
    # NumPy leaves room for the longest count, so that it can be written over.
    description = {"descr": dtype.str, "fortran_order": False, "shape": (count,)}
    np.lib.format.write_array_header_1_0(file, description)


def _read_header(path):
    """Tell how many ids of which type the file promises, and where they start."""
    with path.open("rb") as file:
        try:
            version = np.lib.format.read_magic(file)
            if version != (1, 0):
                raise ValueError
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        except ValueError:
            raise _file_error(
                path, "is no file of ids", "a file that write_ids wrote"
            ) from None
        if len(shape) != 1 or dtype.kind not in "iu":
            raise _file_error(
                path,
                f"holds an array of {dtype} and shape {shape}, no row of ids",
                "a one-dimensional array of integers",
            )
        if shape[0] == 0:
            raise _file_error(path, "holds no ids", "write it again, with write_ids")
        return shape[0], dtype, file.tell()


def _file_error(path, what_happened, would_do):
    return ValueError(
        f"read_ids: the file {str(path)!r} {what_happened}. What would do: {would_do}."
    )
