"""Files are written whole or not at all."""

import os

import pytest

from fmkeras.text import files


def test_an_older_file_is_replaced(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old and longer")
    files.write_text(path, "naïve\r\n", owner="f")
    assert path.read_bytes() == "naïve\r\n".encode()
    assert os.listdir(tmp_path) == ["a.txt"]


def test_line_ends_are_read_as_they_are(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\r\nb\n")
    assert files.read_text(path, "f", "path", "a text", "another") == "a\r\nb\n"


@pytest.mark.parametrize("failure", [OSError(28, "No space left"), KeyboardInterrupt()])
def test_an_older_file_stays_when_writing_fails(tmp_path, monkeypatch, failure):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(source, target):
        raise failure

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(type(failure)) as error:
        files.write_text(path, "new", owner="Tokenizer.save")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]
    if isinstance(failure, OSError):
        assert str(error.value) == (
            "[Errno 28] Tokenizer.save: the file could not be written (No space left). "
            "What would do: a path in a folder that exists and can be written: "
            f"{str(path)!r}"
        )


def test_a_file_that_cannot_be_read_says_why(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files.Path, "read_bytes", refuse)
    path = tmp_path / "a.txt"
    with pytest.raises(ValueError) as error:
        files.read_text(path, "f", "path", "a text", "another")
    assert str(error.value) == (
        "f: `path` must be a text; reading this one failed (Permission denied). "
        f"Received: path={str(path)!r}. What would do: another."
    )
