"""Reading and writing `.safetensors` files, the format that weights are published in.

A file is eight bytes (the length of the header, little-endian), the header (JSON:
the type, shape and place of every tensor) and the tensors' bytes, one after the
other. Nothing in it is code, which is why it has replaced pickled weights. It is so
plain that NumPy is enough to read it, and so a damaged file can be told apart from
a foreign one, down to the tensor that is cut off.
"""

import json
import math
import os

import ml_dtypes
import numpy as np

_LONGEST_HEADER = 100_000_000  # bytes; the limit of the reference implementation
_TYPES = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype(ml_dtypes.bfloat16),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}
_NAMES = {dtype: name for name, dtype in _TYPES.items()}


class DamagedFileError(ValueError):
    """A `.safetensors` file is not whole; the message completes "it …".

    Example:

    >>> print(DamagedFileError("is cut off"))
    is cut off
    """


class SafetensorsFile:
    """The tensors of a file by name, each read from the disk when it is asked for.

    Opening reads and checks the header alone, whatever the size of the file.

    Args:
        path: `pathlib.Path` of the file.

    Raises:
        DamagedFileError: If the file is cut off or is no `.safetensors` file.

    Example:

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "a.safetensors"
    ...     write_safetensors(path, {"weight": np.arange(3.0)})
    ...     file = SafetensorsFile(path)
    ...     file.shapes, file.read("weight")
    ({'weight': (3,)}, array([0., 1., 2.]))

    Reference:
        The format, https://github.com/huggingface/safetensors#format.
    """

    def __init__(self, path):
        self.path = path
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            self._entries, self._start = _read_header(stream, size)
        _check_layout(self._entries, size - self._start)
        self.types = {name: entry[0].name for name, entry in self._entries.items()}
        self.shapes = {name: entry[1] for name, entry in self._entries.items()}

    def read(self, name):
        """Read one tensor.

        Args:
            name: String. One of `shapes`.

        Returns:
            Array of the file's own type and shape.

        Raises:
            DamagedFileError: If the file has become shorter since it was opened.
        """
        dtype, shape, begin, _ = self._entries[name]
        count = math.prod(shape)
        with self.path.open("rb") as stream:
            stream.seek(self._start + begin)
            values = np.fromfile(stream, dtype, count)
        if values.size < count:
            raise DamagedFileError(f"is cut off in the tensor {name!r}")
        return values.reshape(shape)


def write_safetensors(path, tensors):
    """Write tensors to a `.safetensors` file, one after the other.

    Args:
        path: `pathlib.Path` of the file, which is replaced if it is there.
        tensors: Dictionary of arrays by name.

    Example:

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "a.safetensors"
    ...     write_safetensors(path, {"weight": np.zeros((2, 3), "float16")})
    ...     path.stat().st_size
    124
    """
    entries, place = {}, 0
    for name, values in tensors.items():
        entries[name] = {
            "dtype": _NAMES[values.dtype],
            "shape": list(values.shape),
            "data_offsets": [place, place + values.nbytes],
        }
        place += values.nbytes
    # Readers of PyTorch weights look for this word.
    header = json.dumps({"__metadata__": {"format": "pt"}, **entries}).encode()
    header += b" " * (-len(header) % 8)  # so that the tensors are aligned
    with path.open("wb") as stream:
        stream.write(len(header).to_bytes(8, "little") + header)
        for values in tensors.values():
            stream.write(np.ascontiguousarray(values).tobytes())


def _read_header(stream, size):
    """Read `{name: (type, shape, begin, end)}` and where the tensors begin."""
    length = int.from_bytes(stream.read(8), "little")
    if size < 8 or length > _LONGEST_HEADER:
        raise DamagedFileError("is no safetensors file")
    header = stream.read(length)
    if len(header) < length:
        raise DamagedFileError("is cut off in its header")
    try:
        entries = json.loads(header)
        if not isinstance(entries, dict):
            raise ValueError("no JSON object")
        entries.pop("__metadata__", None)
        return {name: _parse(entry) for name, entry in entries.items()}, 8 + length
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(f"has an unreadable header ({error!r})") from error


def _parse(entry):
    begin, end = map(int, entry["data_offsets"])
    return _TYPES[entry["dtype"]], tuple(map(int, entry["shape"])), begin, end


def _check_layout(entries, available):
    """Check that the tensors follow each other without a gap, to the very end."""
    place = 0
    for name, (dtype, shape, begin, end) in sorted(
        entries.items(), key=lambda item: item[1][2:]
    ):
        if begin != place or end - begin != dtype.itemsize * math.prod(shape):
            raise DamagedFileError(f"gives the tensor {name!r} a wrong place or size")
        if end > available:
            raise DamagedFileError(
                f"is cut off in the tensor {name!r}, "
                f"{end - available:,} bytes before that tensor's end"
            )
        place = end
    if place < available:
        raise DamagedFileError(f"has {available - place:,} bytes too many at its end")
