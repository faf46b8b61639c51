"""Digits at every size; the larger sets land where `keras.datasets` reads them."""

import gzip
import io
import os
import pickle
import subprocess
import sys
import tarfile
import tempfile

import keras
import numpy as np
import pytest
from sklearn import datasets

from fmkeras.data import (
    DownloadError,
    images,
    load_cifar10,
    load_digits,
    load_fashion_mnist,
    load_mnist,
)

FASHION_FILES = [file.url.rpartition("/")[2] for file in images.FILES["fashion_mnist"]]


def test_digits_at_their_own_size_are_those_of_scikit_learn():
    (x_train, y_train), (x_test, y_test) = load_digits()
    ours = np.concatenate([x_train, x_test]).reshape(1797, 64) * 16
    ours = np.column_stack([ours, np.concatenate([y_train, y_test])])
    theirs = datasets.load_digits()
    theirs = np.column_stack([theirs.data, theirs.target])
    np.testing.assert_array_equal(sorted(ours.tolist()), sorted(theirs.tolist()))


@pytest.mark.parametrize("size", [28, 32])
def test_larger_digits_are_resized_as_keras_would(size):
    for (large, labels), (small, same_labels) in zip(
        load_digits(size=size), load_digits(), strict=True
    ):
        theirs = keras.ops.image.resize(small, (size, size), interpolation="bilinear")
        np.testing.assert_allclose(large, theirs, atol=1e-6)
        np.testing.assert_array_equal(labels, same_labels)


@pytest.mark.parametrize("size", [8, 28, 32])
def test_digits_have_the_promised_shapes_types_and_ranges(size):
    (x_train, y_train), (x_test, y_test) = load_digits(size)
    assert x_train.shape == (1438, size, size, 1)
    assert x_test.shape == (359, size, size, 1)
    assert x_train.dtype == x_test.dtype == "float32"
    assert y_train.dtype == y_test.dtype == "int32"
    assert (x_train.min(), x_train.max()) == (0, 1)
    train, test = np.bincount(y_train), np.bincount(y_test)
    assert (np.abs(test - (train + test) / 5) < 1).all()


@pytest.mark.parametrize("size", [9, 0, "28", None])
def test_says_which_sizes_of_digits_there_are(size):
    with pytest.raises(ValueError) as error:
        load_digits(size=size)
    assert str(error.value) == (
        f"load_digits: `size` must be 8, 28 or 32. Received: size={size!r}."
    )


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """A cache of this test's own, for a Keras that has long settled on another."""
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def any_bytes_do(monkeypatch):
    """Let Keras, which knows the real checksums, accept the small sets made here."""
    monkeypatch.setattr(
        "keras.src.utils.file_utils.validate_file", lambda *args, **kwargs: True
    )


@pytest.fixture
def publish(server, remote_file, monkeypatch):
    """Put a small set of our own in the place of a real one."""

    def publish(name, bodies):
        files = []
        for file, body in zip(images.FILES[name], bodies, strict=True):
            path = "/" + file.url.rpartition("/")[2]
            server.serve(path, body)
            files.append(remote_file(server.url(path), body, file.path))
        monkeypatch.setitem(images.FILES, name, tuple(files))

    return publish


def make_mnist():
    rng = np.random.default_rng(0)
    arrays = {
        "x_train": rng.integers(0, 256, size=(5, 28, 28), dtype="uint8"),
        "y_train": np.arange(5, dtype="uint8"),
        "x_test": rng.integers(0, 256, size=(3, 28, 28), dtype="uint8"),
        "y_test": np.arange(3, dtype="uint8"),
    }
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return arrays, stream.getvalue()


def make_fashion_mnist():
    """In the order of `images.FILES`: images and labels, of 6 and of 2 examples."""
    rng = np.random.default_rng(1)
    for count in (6, 2):
        yield gzip.compress(bytes(16) + rng.bytes(count * 784))
        yield gzip.compress(bytes(8) + bytes(range(count)))


def make_cifar10():
    """Batches of one example, which Keras spreads over its batches of 10,000."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for i, name in enumerate(
            [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
        ):
            pixels = np.full((1, 3072), 40 * i, dtype="uint8")
            pixels[0, 1024:] += 1  # green and blue
            batch = pickle.dumps({b"data": pixels, b"labels": [i]})
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(batch)
            archive.addfile(member, io.BytesIO(batch))
    return stream.getvalue()


def test_mnist_is_fetched_once_and_scaled(publish, server, cache, any_bytes_do):
    arrays, body = make_mnist()
    publish("mnist", [body])
    for _ in range(2):
        (x_train, y_train), (x_test, y_test) = load_mnist()
    assert server.requests == ["/mnist.npz"]
    assert x_train.dtype == x_test.dtype == "float32"
    assert y_train.dtype == y_test.dtype == "int32"
    np.testing.assert_allclose(x_train, arrays["x_train"][..., None] / 255, rtol=1e-6)
    np.testing.assert_allclose(x_test, arrays["x_test"][..., None] / 255, rtol=1e-6)
    np.testing.assert_array_equal(y_train, arrays["y_train"])
    np.testing.assert_array_equal(y_test, arrays["y_test"])


def test_fashion_mnist_lands_where_keras_reads_it(publish, server, cache):
    publish("fashion_mnist", make_fashion_mnist())
    ours = load_fashion_mnist()
    assert sorted(server.requests) == sorted(f"/{name}" for name in FASHION_FILES)
    for (x, y), (their_x, their_y) in zip(
        ours, keras.datasets.fashion_mnist.load_data(), strict=True
    ):
        assert x.shape == (*their_x.shape, 1)
        np.testing.assert_allclose(x[..., 0], their_x / 255, rtol=1e-6)
        np.testing.assert_array_equal(y, their_y)


def test_one_damaged_file_of_four_is_fetched_again(publish, server, cache):
    publish("fashion_mnist", make_fashion_mnist())
    before = load_fashion_mnist()
    server.requests.clear()
    (cache / "datasets" / "fashion-mnist" / FASHION_FILES[2]).write_bytes(b"cut")
    after = load_fashion_mnist()
    assert server.requests == [f"/{FASHION_FILES[2]}"]
    np.testing.assert_array_equal(before[1][0], after[1][0])


@pytest.mark.slow
def test_cifar10_lands_where_keras_reads_it(publish, server, cache, any_bytes_do):
    publish("cifar10", [make_cifar10()])
    (x_train, y_train), (x_test, y_test) = load_cifar10()
    assert server.requests == ["/cifar-10-python.tar.gz"]
    assert x_train.shape == (50000, 32, 32, 3)
    assert x_test.shape == (1, 32, 32, 3)
    assert (x_train.dtype, y_train.dtype) == ("float32", "int32")
    np.testing.assert_array_equal(y_train, np.repeat(range(5), 10000))
    np.testing.assert_array_equal(y_test, [5])
    np.testing.assert_allclose(x_train[20000, 7, 9] * 255, [80, 81, 81], rtol=1e-6)


@pytest.mark.parametrize(
    ("load", "name", "instead"),
    [
        (load_mnist, "mnist", "load_digits(size=28)"),
        (load_fashion_mnist, "fashion_mnist", "load_digits(size=28)"),
        (load_cifar10, "cifar10", "load_digits(size=32)"),
    ],
)
def test_without_a_network_the_digits_are_offered(
    cache, dead_host, monkeypatch, load, name, instead
):
    first = images.FILES[name][0]._replace(url=f"http://{dead_host}/file")
    monkeypatch.setitem(images.FILES, name, (first,))
    with pytest.raises(DownloadError) as error:
        load()
    assert str(error.value) == (
        f"load_{name}: no connection to {dead_host} (Connection refused). "
        f"Wanted: http://{dead_host}/file as {cache}/{first.path}. "
        "What would do: another try with a working network, "
        f"or {instead}, which needs none."
    )


def test_channels_come_last_even_if_keras_puts_them_first(
    publish, cache, any_bytes_do, monkeypatch
):
    publish("cifar10", [b"an archive"])
    pictures = np.arange(2 * 3 * 32 * 32, dtype="uint16").reshape(2, 3, 32, 32)
    part = ((pictures % 256).astype("uint8"), np.array([[3], [8]], dtype="uint8"))
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", lambda: (part, part))
    _, (x_test, y_test) = load_cifar10()
    assert x_test.shape == (2, 32, 32, 3)
    np.testing.assert_allclose(x_test[1, 4, 5] * 255, part[0][1, :, 4, 5], rtol=1e-6)
    np.testing.assert_array_equal(y_test, [3, 8])


def test_a_disk_too_full_to_unpack_on_is_told(publish, cache, monkeypatch):
    def load_data():
        raise OSError(28, "No space left on device")

    publish("cifar10", [b"an archive"])
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", load_data)
    with pytest.raises(DownloadError) as error:
        load_cifar10()
    assert str(error.value) == (
        "load_cifar10: Keras could not read the set from its cache "
        "([Errno 28] No space left on device). What would do: another try, "
        "`KERAS_HOME` set to a folder with room that can be written, "
        "or load_digits(size=32), which needs no cache."
    )


def test_a_shared_cache_that_cannot_be_written_is_read_through_keras_stand_in(
    publish, server, cache, monkeypatch, tmp_path_factory
):
    publish("fashion_mnist", make_fashion_mnist())
    before = load_fashion_mnist()
    server.requests.clear()
    damaged = FASHION_FILES[1]
    (cache / "datasets" / "fashion-mnist" / damaged).write_bytes(b"cut")
    temporary = tmp_path_factory.mktemp("temporary")
    home, access, isdir = str(cache), os.access, os.path.isdir
    monkeypatch.setattr(os, "access", lambda p, m: str(p) != home and access(p, m))
    monkeypatch.setattr(os.path, "isdir", lambda p: p != "/tmp" and isdir(p))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    after = load_fashion_mnist()
    assert server.requests == [f"/{damaged}"]  # all others were copied
    np.testing.assert_array_equal(before[0][0], after[0][0])
    copies = temporary / ".keras" / "datasets" / "fashion-mnist"
    assert sorted(os.listdir(copies)) == sorted(FASHION_FILES)


@pytest.mark.slow
def test_a_fresh_python_follows_keras_home(publish, cache):
    publish("fashion_mnist", make_fashion_mnist())
    program = (
        "from fmkeras.data import images, load_fashion_mnist\n"
        "from fmkeras.data.download import RemoteFile, cache_home\n"
        f"files = {[tuple(file) for file in images.FILES['fashion_mnist']]}\n"
        "files = tuple(RemoteFile(*file) for file in files)\n"
        "images.FILES['fashion_mnist'] = files\n"
        "print(load_fashion_mnist()[0][0].shape)\n"
        "from keras.src.backend.config import keras_home\n"
        "assert keras_home() == str(cache_home())\n"
    )
    home = cache / "elsewhere"
    shown = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "KERAS_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.splitlines()[-1] == "(6, 28, 28, 1)"
    assert sorted(os.listdir(home / "datasets" / "fashion-mnist")) == sorted(
        FASHION_FILES
    )
