"""A text is read whole, or refused with what is wrong with it."""

import pytest

from fmkeras import data
from fmkeras.commands.texts import read_text


@pytest.fixture
def path(tmp_path):
    return tmp_path / "story.txt"


def test_a_named_text_is_the_one_that_load_text_gives():
    assert read_text("python_reference") == data.load_text("python_reference")


@pytest.mark.parametrize(
    ("contents", "text"),
    [
        (b"caf\xc3\xa9\n", "café\n"),
        (b"\xef\xbb\xbfonce", "once"),
        (b"one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        (b" \n.", " \n."),
    ],
)
def test_a_file_is_read_as_text(path, contents, text):
    path.write_bytes(contents)
    assert read_text(str(path)) == text


@pytest.mark.parametrize("contents", [b"", b" \n\t ", b"\xef\xbb\xbf"])
def test_an_empty_file_is_told(path, contents):
    path.write_bytes(contents)
    with pytest.raises(ValueError) as error:
        read_text(str(path))
    assert str(error.value) == (
        f"train: '{path}' is empty. What would do: a file with text in it."
    )


@pytest.mark.parametrize(
    ("contents", "byte", "place"),
    [(b"caf\xe9!", "e9", "3"), (b"a" * 2000 + b"\xff\xfe", "ff", "2,000")],
)
def test_a_file_of_another_encoding_is_told(path, contents, byte, place):
    path.write_bytes(contents)
    with pytest.raises(ValueError) as error:
        read_text(str(path))
    assert str(error.value) == (
        f"train: '{path}' is not UTF-8: byte {place} is 0x{byte}. "
        "What would do: the text saved as UTF-8."
    )


def test_a_file_that_is_cut_off_in_a_character_is_told(path):
    path.write_bytes("café".encode()[:-1])
    with pytest.raises(ValueError) as error:
        read_text(str(path))
    assert str(error.value) == (
        f"train: '{path}' is cut off in the middle of its last character. "
        "What would do: a whole copy of the file."
    )


def test_a_missing_file_is_told_with_the_names_that_would_do(path, tmp_path):
    advice = (
        "What would do: a file of text, or one of the names python_reference and "
        "tiny_shakespeare."
    )
    with pytest.raises(OSError) as error:
        read_text(str(path))
    assert str(error.value) == (
        f"train: '{path}' cannot be read (No such file or directory). {advice}"
    )
    with pytest.raises(OSError) as error:
        read_text(str(tmp_path))
    assert str(error.value) == (
        f"train: '{tmp_path}' cannot be read (Is a directory). {advice}"
    )
