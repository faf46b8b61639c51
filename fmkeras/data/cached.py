"""Is a set that is loaded on request already here?"""

from fmkeras.data.download import cache_home, checksum
from fmkeras.data.images import FILES
from fmkeras.data.remote_texts import TINY_SHAKESPEARE
from fmkeras.errors import check_choice


def is_cached(name):
    """Tell whether a data set can be loaded without any network.

    A file counts if it lies in Keras's cache with the right checksum; the network
    is never asked.

    Args:
        name: String: `"mnist"`, `"fashion_mnist"`, `"cifar10"` or
            `"tiny_shakespeare"`.

    Returns:
        Boolean.

    Raises:
        ValueError: If no set of that name is loaded on request.

    Example:

    >>> import os, tempfile
    >>> from unittest import mock
    >>> with tempfile.TemporaryDirectory() as empty:
    ...     with mock.patch.dict(os.environ, KERAS_HOME=empty):
    ...         is_cached("mnist")
    False
    """
    files = {**FILES, "tiny_shakespeare": (TINY_SHAKESPEARE,)}
    check_choice("is_cached", "name", name, tuple(files))
    paths = [(cache_home() / file.path, file.sha256) for file in files[name]]
    return all(path.is_file() and checksum(path) == sha256 for path, sha256 in paths)
