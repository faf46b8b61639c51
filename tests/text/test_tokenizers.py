"""What a file that is no tokenizer file leads to."""

import json

import pytest

from fmkeras.text import (
    BytePairTokenizer,
    CharacterTokenizer,
    Tokenizer,
    WordTokenizer,
    load_tokenizer,
)

WOULD_DO = "the file that tokenizer.save(path) wrote, copied or saved anew"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tokenizer.json"


@pytest.fixture(params=[CharacterTokenizer.load, load_tokenizer])
def load(request):
    return request.param


def owner(load):
    return load.__qualname__.replace("Tokenizer.load", "CharacterTokenizer.load")


def damage(load, path, would_do=WOULD_DO):
    """Give the part of the message that says what is wrong with the file."""
    with pytest.raises(ValueError) as error:
        load(path)
    message = str(error.value)
    start = f"{owner(load)}: `path` must be a tokenizer file; "
    end = f". Received: path={str(path)!r}. What would do: {would_do}."
    assert message.startswith(start)
    assert message.endswith(end)
    return message[len(start) : -len(end)]


def test_says_that_there_is_no_file(load, path):
    assert damage(load, path) == "there is no such file"


def test_says_that_it_is_a_folder(load, tmp_path):
    assert damage(load, tmp_path) == "this one is a folder"


def test_says_that_it_is_empty(load, path):
    path.touch()
    assert damage(load, path) == "this one is empty"


def test_says_that_it_is_not_utf8(load, path):
    path.write_bytes('{"format": "é"}'.encode("latin-1"))
    assert damage(load, path) == "this one is not UTF-8 from byte 12 on"


def test_says_that_it_is_cut_off_wherever_that_is(load, path):
    CharacterTokenizer.train("abcé").save(path)
    whole = path.read_bytes()
    for size in range(1, len(whole) - 2, 3):
        path.write_bytes(whole[:size])
        assert damage(load, path).startswith(
            ("this one is no JSON, or its end is missing (", "this one is not UTF-8 fr")
        )
    path.write_bytes(whole[:8])
    assert damage(load, path) == (
        "this one is no JSON, or its end is missing (Unterminated string starting at: "
        "line 2, column 1)"
    )


def test_says_that_it_nests_too_deep(load, path):
    path.write_text("[" * 100_000)
    assert damage(load, path) == "this one is no JSON, or its end is missing"


def test_says_that_it_is_json_of_something_else(load, path):
    path.write_text("[1, 2]")
    assert damage(load, path) == "this one holds a JSON list instead of an object"
    path.write_text('{"a": 0}')
    assert (
        damage(
            load,
            path,
            f"{WOULD_DO}; GPT-2's vocab.json opens with BytePairTokenizer.from_files",
        )
        == "this one is JSON of something else"
    )


def changed(path, tokenizer, **changes):
    tokenizer.save(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_says_that_it_is_of_a_later_version(load, path):
    changed(path, CharacterTokenizer.train("abc"), version=2)
    assert (
        damage(load, path, "the fmkeras that wrote it, or a newer one")
        == "this one has version 2, and this fmkeras reads version 1"
    )


def test_says_that_it_is_of_another_kind(path):
    WordTokenizer.train("to be").save(path)
    assert (
        damage(CharacterTokenizer.load, path, "load_tokenizer(path)")
        == "this one holds a 'word' tokenizer"
    )
    changed(path, CharacterTokenizer.train("abc"), kind="sentence")
    assert (
        damage(load_tokenizer, path, "load_tokenizer(path)")
        == "this one holds a 'sentence' tokenizer"
    )


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"tokens": ["a", "bc"]}, "`characters` must be single characters"),
        ({"tokens": ["a", 5]}, "`characters` must be single characters"),
        ({"tokens": ["a", "a"]}, "`tokens` must be different from each other"),
        ({"tokens": 5}, "object of type 'int' has no len()"),
        ({"special_tokens": ["c"]}, "`special_tokens` must be at least two characters"),
        ({"special_tokens": ["<a>"]}, "its last tokens are not its special tokens"),
        ({"special_tokens": None}, "object of type 'NoneType' has no len()"),
    ],
)
def test_says_that_its_parts_do_not_fit_together(load, path, changes, what):
    changed(path, CharacterTokenizer.train("abc"), **changes)
    said = damage(load, path)
    assert said.startswith("what this one holds does not fit together (")
    assert what in said


def test_says_that_a_part_is_missing(path):
    content = json.dumps({"format": "fmkeras tokenizer", "version": 1, "kind": "word"})
    path.write_text(content)
    assert (
        damage(load_tokenizer, path)
        == "what this one holds does not fit together ('tokens')"
    )


def test_says_that_words_or_merges_do_not_fit_together(path):
    changed(path, WordTokenizer.train("to be"), special_tokens=[])
    assert "(its first special token is not <unk>)" in damage(load_tokenizer, path)
    changed(path, BytePairTokenizer.train("to be", 257), merges=["b e", "be to"])
    assert "'to' is neither a byte nor made before" in damage(load_tokenizer, path)
    changed(path, BytePairTokenizer.train("to be", 257), merges=[])
    assert "`tokens` must be the bytes, the merged tokens and the special " in damage(
        load_tokenizer, path
    )


def test_every_kind_keeps_the_contract_of_tokenizer():
    assert all(
        issubclass(kind, Tokenizer)
        for kind in (CharacterTokenizer, WordTokenizer, BytePairTokenizer)
    )
