"""Whether a set is at hand is told without asking the network."""

import hashlib

import pytest

from fmkeras import data
from fmkeras.data import cached
from fmkeras.data.download import RemoteFile


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    files = tuple(
        RemoteFile(
            "http://127.0.0.1:9/",
            f"datasets/{name}",
            hashlib.sha256(name.encode()).hexdigest(),
        )
        for name in ("first", "second")
    )
    monkeypatch.setitem(cached.FILES, "mnist", files)
    (tmp_path / "datasets").mkdir()
    return tmp_path / "datasets"


def test_all_files_must_be_there_and_whole(home):
    assert data.is_cached("mnist") is False
    (home / "first").write_bytes(b"first")
    assert data.is_cached("mnist") is False
    (home / "second").write_bytes(b"second")
    assert data.is_cached("mnist") is True
    (home / "second").write_bytes(b"damaged")
    assert data.is_cached("mnist") is False


def test_the_text_is_looked_for_too(home):
    assert data.is_cached("tiny_shakespeare") is False


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(ValueError) as error:
        data.is_cached("minst")
    assert str(error.value) == (
        "is_cached: `name` must be one of 'mnist', 'fashion_mnist', 'cifar10', "
        "'tiny_shakespeare'. Received: name='minst'. What would do: 'mnist'."
    )
