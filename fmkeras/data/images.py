"""Images: the embedded digits at three sizes, and three larger sets on request."""

import os
import pickle
import tempfile
from pathlib import Path

import numpy as np

from fmkeras.data.download import DownloadError, RemoteFile, checksum, fetch
from fmkeras.data.splits import stratified_split
from fmkeras.errors import argument_error

SIZES = (8, 28, 32)

_KERAS_BUCKET = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

# Where `keras.datasets` looks for each set. Keras itself checks no checksum of
# Fashion-MNIST; these four are those of the files that its authors published.
FILES = {
    "mnist": (
        RemoteFile(
            _KERAS_BUCKET + "mnist.npz",
            "datasets/mnist.npz",
            "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
        ),
    ),
    "fashion_mnist": tuple(
        RemoteFile(_KERAS_BUCKET + name, f"datasets/fashion-mnist/{name}", sha256)
        for name, sha256 in (
            (
                "train-images-idx3-ubyte.gz",
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            (
                "train-labels-idx1-ubyte.gz",
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            ),
            (
                "t10k-images-idx3-ubyte.gz",
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            (
                "t10k-labels-idx1-ubyte.gz",
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        )
    ),
    "cifar10": (
        RemoteFile(
            "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
            "datasets/cifar-10-batches-py-target_archive",
            "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
        ),
    ),
}


def load_digits(size=8):
    r"""Load 1,797 handwritten digits, at home with scikit-learn.

    The originals have 8×8 pixels. For networks that want more, such as LeNet-5,
    they are enlarged by bilinear interpolation: a pixel of the larger image takes
    the average of the four original pixels around its centre, the nearer the
    heavier. Along each axis that is one matrix $A$, with the centre of pixel $i$
    at $(i + \tfrac12)\, 8 / \text{size} - \tfrac12$ in the original, so that

    $$
    \text{large} = A \; \text{small} \; A^\top .
    $$

    It adds pixels, not detail: what can be told apart at 28×28 could be at 8×8.

    Args:
        size: Integer. Height and width in pixels: 8, 28 or 32.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float32 arrays
        `(1438, size, size, 1)` and `(359, size, size, 1)` in [0, 1], int32 labels
        0 to 9. The split is the same at every size.

    Raises:
        ValueError: If `size` is none of the three.

    Example:

    >>> (x_train, y_train), (x_test, y_test) = load_digits(size=28)
    >>> x_train.shape, x_test.shape
    ((1438, 28, 28, 1), (359, 28, 28, 1))

    Reference:
        Alpaydin and Kaynak (1998), "Optical recognition of handwritten digits",
        https://doi.org/10.24432/C50P49; the copy is its test part.
    """
    if size not in SIZES:
        raise argument_error("load_digits", "size", "8, 28 or 32", size)
    from sklearn import datasets

    digits = datasets.load_digits()
    images = digits.images / 16  # the originals count from 0 to 16
    if size != 8:
        resize = _interpolation(8, int(size))
        images = resize @ images @ resize.T
    images = images[..., np.newaxis].astype(np.float32)
    return stratified_split(images, digits.target.astype(np.int32))


def load_mnist():
    """Load MNIST: 70,000 handwritten digits. Downloads 11 MB once.

    The set that LeNet-5 was made for, in the split that everybody reports.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float32 arrays
        `(60000, 28, 28, 1)` and `(10000, 28, 28, 1)` in [0, 1], int32 labels
        0 to 9.

    Raises:
        DownloadError: If it is not in Keras's cache and cannot be fetched;
            `load_digits(size=28)` would do.

    Example:

    ```python
    (x_train, y_train), (x_test, y_test) = load_mnist()
    ```

    Reference:
        LeCun, Bottou, Bengio and Haffner (1998), "Gradient-based learning applied
        to document recognition", https://doi.org/10.1109/5.726791.
    """
    return _load_from_keras("mnist", instead="load_digits(size=28)")


def load_fashion_mnist():
    """Load Fashion-MNIST: 70,000 pieces of clothing. Downloads 31 MB once.

    Made to replace MNIST, in the same shapes and numbers, and harder: what gets
    98 of 100 digits right gets about 90 of 100 of these.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float32 arrays
        `(60000, 28, 28, 1)` and `(10000, 28, 28, 1)` in [0, 1], int32 labels
        0 to 9; `class_names("fashion_mnist")` names them.

    Raises:
        DownloadError: If it is not in Keras's cache and cannot be fetched;
            `load_digits(size=28)` would do.

    Example:

    ```python
    (x_train, y_train), (x_test, y_test) = load_fashion_mnist()
    ```

    Reference:
        Xiao, Rasul and Vollgraf (2017), "Fashion-MNIST", https://arxiv.org/abs/1708.07747.
    """
    return _load_from_keras("fashion_mnist", instead="load_digits(size=28)")


def load_cifar10():
    """Load CIFAR-10: 60,000 colour photographs of ten things. Downloads 170 MB once.

    Small pictures of animals and vehicles. As float32 numbers they take 737 MB of
    memory.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float32 arrays
        `(50000, 32, 32, 3)` and `(10000, 32, 32, 3)` in [0, 1], int32 labels
        0 to 9; `class_names("cifar10")` names them.

    Raises:
        DownloadError: If it is not in Keras's cache and cannot be fetched;
            `load_digits(size=32)` would do.

    Example:

    ```python
    (x_train, y_train), (x_test, y_test) = load_cifar10()
    ```

    Reference:
        Krizhevsky (2009), "Learning multiple layers of features from tiny images",
        https://www.cs.toronto.edu/~kriz/cifar.html.
    """
    return _load_from_keras("cifar10", instead="load_digits(size=32)")


def _interpolation(old, new):
    """Build the matrix `(new, old)` that enlarges one axis bilinearly."""
    centre = (np.arange(new) + 0.5) * old / new - 0.5
    centre = np.clip(centre, 0, old - 1)  # the border has nothing beyond it
    distance = np.abs(centre[:, np.newaxis] - np.arange(old))
    return np.maximum(1 - distance, 0)


def _load_from_keras(name, instead):
    import keras

    _fill_cache(f"load_{name}", FILES[name], instead)
    try:
        train, test = getattr(keras.datasets, name).load_data()
    except (OSError, EOFError, pickle.UnpicklingError) as error:
        # Keras unpacks CIFAR-10 anew each time: no room, or a second process.
        raise DownloadError(
            f"load_{name}: Keras could not read the set from its cache ({error}). "
            "What would do: another try, `KERAS_HOME` set to a folder with room "
            f"that can be written, or {instead}, which needs no cache."
        ) from error
    return tuple((_pixels(images), _labels(labels)) for images, labels in (train, test))


def _fill_cache(owner, files, instead):
    """Put the checked files where Keras, in a moment, will find them."""
    # No public name: Keras settles on KERAS_HOME when it is imported.
    from keras.src.backend.config import keras_home

    home = Path(keras_home()).expanduser()
    if os.access(home, os.W_OK):
        for file in files:
            fetch(file, home, owner, instead)
        return
    # From a home that cannot be written, such as a cache shared by a class, Keras
    # does not even read: it turns to a stand-in. What is good is copied over.
    temporary = "/tmp" if os.path.isdir("/tmp") else tempfile.gettempdir()
    for file in files:
        shared = home / file.path
        if shared.exists() and checksum(shared) == file.sha256:
            file = file._replace(url=shared.resolve().as_uri())
        fetch(file, Path(temporary) / ".keras", owner, instead)


def _pixels(images):
    if images.ndim == 3:
        images = images[..., np.newaxis]
    elif images.shape[1] == 3:  # Keras was told to put channels first
        images = np.moveaxis(images, 1, -1)
    return np.divide(images, 255, dtype=np.float32)


def _labels(labels):
    return labels.reshape(-1).astype(np.int32)
