"""GPT-2's vocab.json and merges.txt."""

import json

import pytest

from fmkeras.text import BytePairTokenizer, CharacterTokenizer

TEXT = "to be or not to be, that is the question"
WOULD_DO = "the pair of files as it was published, copied anew"


@pytest.fixture
def tokenizer():
    return BytePairTokenizer.train(TEXT, 270, ("<|endoftext|>",))


@pytest.fixture
def files(tokenizer, tmp_path):
    paths = tmp_path / "vocab.json", tmp_path / "merges.txt"
    tokenizer.to_files(*paths)
    return paths


def test_reads_what_it_has_written(tokenizer, files):
    read = BytePairTokenizer.from_files(*map(str, files))
    assert read.special_tokens == ("<|endoftext|>",)
    assert read.vocabulary_size == 270
    ids = tokenizer.encode(TEXT + "<|endoftext|>", allow_special=True)
    assert read.encode(TEXT + "<|endoftext|>", allow_special=True) == ids
    assert read.decode(ids) == TEXT + "<|endoftext|>"


def test_writes_the_published_layout(tokenizer, files):
    vocab_json, merges_txt = files
    vocabulary = json.loads(vocab_json.read_bytes())
    assert vocabulary["!"] == 0
    assert vocabulary["Ġ"] == 220
    assert vocabulary["<|endoftext|>"] == 269
    assert sorted(vocabulary.values()) == list(range(270))
    assert vocab_json.read_bytes().isascii()  # as published: \u0120 for a space
    lines = merges_txt.read_text(encoding="utf-8").split("\n")
    assert lines[:3] == ["#version: 0.2", "Ġ t", "b e"]
    assert len(lines) == 1 + 13 + 1
    assert lines[-1] == ""
    assert sorted(p.name for p in vocab_json.parent.iterdir()) == [
        "merges.txt",
        "vocab.json",
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("#version: 0.2\n", ""),
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n\n",
        lambda text: text.replace("\n", "\r\n") + "\r\n",
    ],
)
def test_reads_merges_however_their_lines_end(tokenizer, files, change):
    text = files[1].read_text(encoding="utf-8")
    files[1].write_bytes(change(text).encode())
    assert BytePairTokenizer.from_files(*files).encode(TEXT) == tokenizer.encode(TEXT)


def test_the_order_in_which_the_vocabulary_stands_does_not_matter(tokenizer, files):
    vocabulary = json.loads(files[0].read_text())
    files[0].write_text(json.dumps(dict(sorted(vocabulary.items()))))
    assert BytePairTokenizer.from_files(*files).encode(TEXT) == tokenizer.encode(TEXT)


@pytest.mark.parametrize("token", ["<>", "[]", ""])
def test_brackets_alone_are_no_special_token(tokenizer, files, token):
    vocabulary = {**json.loads(files[0].read_text()), token: 270}
    files[0].write_text(json.dumps(vocabulary))
    assert damage(files, "merges_txt").startswith(
        f"no line of this one makes {token!r}"
    )


def test_a_merge_of_number_signs_is_no_header(tmp_path):
    files = tmp_path / "vocab.json", tmp_path / "merges.txt"
    tokenizer = BytePairTokenizer([("#", "v"), ("#", "#")])
    tokenizer.to_files(*files)
    assert BytePairTokenizer.from_files(*files).encode("##") == [257]
    files[1].write_text("# v\n# #\n")
    assert BytePairTokenizer.from_files(*files).encode("##") == [257]


def test_special_tokens_without_brackets_must_be_named(tmp_path):
    files = tmp_path / "vocab.json", tmp_path / "merges.txt"
    BytePairTokenizer([], ("[PAD]", "<s>", "end of text")).to_files(*files)
    named = ("end of text", "<s>", "[PAD]")
    assert BytePairTokenizer.from_files(*files, named).special_tokens == named
    assert message(files) == (
        "BytePairTokenizer.from_files: `merges_txt` must be a merges.txt with one "
        "merge a line; no line of this one makes 'end of text', nor 0 other tokens of "
        "vocab.json, so that its end may be missing. Received: "
        f"merges_txt={str(files[1])!r}. What would do: {WOULD_DO}, or "
        "special_tokens=('end of text', …) if that is what they are."
    )
    with pytest.raises(ValueError) as error:
        BytePairTokenizer.from_files(*files, ("<s>", "<end>"))
    assert str(error.value) == (
        "BytePairTokenizer.from_files: `special_tokens` must be tokens of vocab.json "
        "that no merge makes. Received: special_tokens='<end>'. What would do: some of "
        "['[PAD]', '<s>', 'end of text']."
    )


def test_says_that_no_token_is_special(tmp_path):
    files = tmp_path / "vocab.json", tmp_path / "merges.txt"
    BytePairTokenizer([("a", "b")]).to_files(*files)
    with pytest.raises(ValueError) as error:
        BytePairTokenizer.from_files(*files, ["ab"])
    assert str(error.value) == (
        "BytePairTokenizer.from_files: `special_tokens` must be tokens of vocab.json "
        "that no merge makes. Received: special_tokens='ab'. What would do: "
        "special_tokens=None."
    )


def message(files):
    with pytest.raises(ValueError) as error:
        BytePairTokenizer.from_files(*files)
    return str(error.value)


KINDS = {
    "vocab_json": "a vocab.json with an id for each token",
    "merges_txt": "a merges.txt with one merge a line",
}


def damage(files, argument):
    """Give the part of the message that says what is wrong with one of the files."""
    path = files[list(KINDS).index(argument)]
    said = message(files)
    start = f"BytePairTokenizer.from_files: `{argument}` must be {KINDS[argument]}; "
    end = f". Received: {argument}={str(path)!r}. What would do: {WOULD_DO}"
    assert said.startswith(start)
    assert end in said
    return said[len(start) : said.index(end)]


@pytest.mark.parametrize("argument", KINDS)
def test_says_that_a_file_is_missing_empty_or_not_utf8(files, argument):
    path = files[list(KINDS).index(argument)]
    path.write_bytes(b'{"\xff": 0}')
    assert damage(files, argument) == "this one is not UTF-8 from byte 2 on"
    path.write_bytes(b"")
    assert damage(files, argument) == "this one is empty"
    path.unlink()
    assert damage(files, argument) == "there is no such file"


def test_says_that_the_vocabulary_is_cut_off(files):
    whole = files[0].read_bytes()
    files[0].write_bytes(whole[:5])
    assert damage(files, "vocab_json") == (
        "this one is no JSON, or its end is missing (Expecting value: line 1, column 6)"
    )


def test_says_that_the_merges_are_cut_off_wherever_that_is(tokenizer, files):
    whole = files[1].read_bytes()
    for size in range(1, len(whole) - 1):
        files[1].write_bytes(whole[:size])
        assert damage(files, "merges_txt")
    files[1].write_bytes(whole[: whole.index("Ġt h".encode())])
    assert damage(files, "merges_txt") == (
        "no line of this one makes 'Ġth', nor 9 other tokens of vocab.json, so that "
        "its end may be missing"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("b", "there are not two strings"),
        ("b e e", "there are not two strings"),
        ("b  e", "there are not two strings"),
        ("b ee", "'ee' is neither a byte nor made before"),
        ("Ġ t", "the same merge stands for the second time"),
    ],
)
def test_says_which_line_of_the_merges_is_wrong(files, line, said):
    files[1].write_text(f"#version: 0.2\nĠ t\n\n{line}\n", encoding="utf-8")
    assert damage(files, "merges_txt") == f"in line 4 {said}"


@pytest.mark.parametrize(
    ("argument", "without", "said"),
    [
        ("vocab_json", "A", "this one lacks 'A', one of the 256 bytes"),
        ("merges_txt", "be", "this one makes 'be', which vocab.json lacks"),
    ],
)
def test_says_that_the_vocabulary_lacks_a_token(files, argument, without, said):
    kept = [token for token in json.loads(files[0].read_text()) if token != without]
    files[0].write_text(json.dumps({token: i for i, token in enumerate(kept)}))
    assert damage(files, argument) == said


@pytest.mark.parametrize("ids", [[0, 2], [0, 0], [1, 2], [0, "1"], [0, 1.0], [-1, 0]])
def test_says_that_the_ids_have_gaps(files, ids):
    files[0].write_text(json.dumps(dict(zip("ab", ids, strict=True))))
    assert damage(files, "vocab_json") == (
        "the ids of this one are not the integers from 0 to 1"
    )


def test_says_that_the_two_files_are_of_different_tokenizers(files, tmp_path):
    BytePairTokenizer.train("another text", 260).to_files(files[0], tmp_path / "rest")
    assert damage(files, "merges_txt").endswith(", which vocab.json lacks")
    CharacterTokenizer.train(TEXT).save(files[0])
    assert damage(files, "vocab_json").startswith("the ids of this one are not ")
