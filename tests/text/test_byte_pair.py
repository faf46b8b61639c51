"""Byte-level byte-pair encoding."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmkeras.text import BytePairTokenizer, byte_pair
from fmkeras.text.pre_tokenizer import gpt2_pattern

CORPUS = (
    "The cat sat on the mat. The cat's naïve hat—a hat! 😀😀 — sat on the other cat.\n"
    "猫が好き。猫の帽子。  1, 12, 123, 1234\n\n\taaaa aaaaaa\n"
) * 3
TEXT = st.text(
    st.one_of(st.sampled_from(CORPUS), st.characters(exclude_categories=["Cs"])),
)


@pytest.fixture(scope="module")
def tokenizer():
    return BytePairTokenizer.train(CORPUS, 300, ("<|endoftext|>", "<|pad|>"))


def encode_slowly(tokenizer, text):
    """Merge the earliest pair wherever it stands, again and again, in strings."""
    ranks = {merge: rank for rank, merge in enumerate(tokenizer._merges)}
    ids = []
    for word in gpt2_pattern().findall(text):
        parts = [tokenizer.id_to_token(tokenizer._byte_ids[b]) for b in word.encode()]
        while known := [p for p in pairwise(parts) if p in ranks]:
            best, place = min(known, key=ranks.get), 0
            while place < len(parts) - 1:
                if (parts[place], parts[place + 1]) == best:
                    parts[place : place + 2] = ["".join(best)]
                place += 1
        ids += map(tokenizer.token_to_id, parts)
    return ids


def test_begins_with_the_bytes_in_the_order_of_gpt2():
    tokenizer = BytePairTokenizer([], ("<|endoftext|>",))
    # From the published vocab.json.
    expected = {
        "!": 0,
        "A": 32,
        "z": 89,
        "~": 93,
        "¡": 94,
        "ÿ": 187,
        "Ā": 188,
        "Ġ": 220,
    }
    assert {token: tokenizer.token_to_id(token) for token in expected} == expected
    assert tokenizer.token_to_id("<|endoftext|>") == 256


@given(TEXT)
def test_decoding_is_the_inverse_of_encoding(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(TEXT)
def test_is_the_definition(tokenizer, text):
    assert tokenizer.encode(text) == encode_slowly(tokenizer, text)


@given(st.text(st.sampled_from("aaab "), max_size=60), st.integers(256, 300))
def test_is_the_definition_where_pairs_overlap(text, size):
    tokenizer = BytePairTokenizer.train("aab aaab abab aaaaaaaa ba" + text, size)
    assert tokenizer.encode(text) == encode_slowly(tokenizer, text)


@given(TEXT)
def test_meeting_a_word_again_changes_nothing(tokenizer, text):
    fresh = BytePairTokenizer(tokenizer._merges, tokenizer.special_tokens)
    first = fresh.encode(text)
    assert fresh.encode(text) == first == tokenizer.encode(text)


def test_the_memory_of_words_has_a_bound(tokenizer, monkeypatch):
    monkeypatch.setattr(byte_pair, "MOST_CACHED", 3)
    monkeypatch.setattr(byte_pair, "LONGEST_CACHED", 4)
    fresh = BytePairTokenizer(tokenizer._merges, tokenizer.special_tokens)
    for text in ("the cat sat on a mat", "hat other 😀", CORPUS):
        assert fresh.encode(text) == tokenizer.encode(text)
        assert len(fresh._words) <= 3
        assert max(map(len, fresh._words)) <= 4


@given(st.lists(st.integers(0, 299)))
def test_a_stream_gives_what_decoding_gives_for_any_ids(tokenizer, ids):
    stream = tokenizer.stream()
    streamed = [stream.feed(i) for i in ids]
    assert "".join(streamed) + stream.finish() == tokenizer.decode(ids)


@given(TEXT)
def test_a_stream_never_splits_a_character(tokenizer, text):
    stream = tokenizer.stream()
    for i in tokenizer.encode(text):
        assert "\ufffd" not in stream.feed(i).replace("\ufffd" * ("\ufffd" in text), "")
    assert stream.finish() == ""


def test_a_stream_holds_back_what_has_begun():
    tokenizer = BytePairTokenizer([], ("<end>",))
    stream = tokenizer.stream()
    *begun, last = tokenizer.encode("😀")
    assert [stream.feed(i) for i in begun] == ["", "", ""]
    assert stream.feed(last) == "😀"
    assert [stream.feed(i) for i in begun] == ["", "", ""]
    assert stream.finish() == "\ufffd"
    assert stream.finish() == ""
    assert stream.feed(tokenizer.encode("é")[0]) == ""
    assert stream.feed(256) == "\ufffd<end>"


def test_bytes_that_are_no_utf8_become_replacement_characters():
    tokenizer = BytePairTokenizer([])
    wrong = [tokenizer.token_to_id(symbol) for symbol in "aÿb"]
    assert tokenizer.decode(wrong) == "a\ufffdb"


def test_tokens_are_named_as_gpt2_writes_them():
    tokenizer = BytePairTokenizer.train(" the the\n\né", 262)
    named = [tokenizer.id_to_token(i) for i in range(256, tokenizer.vocabulary_size)]
    assert set(named) == {"he", "the", "Ġthe", "Ã©"}
    assert tokenizer.decode([tokenizer.token_to_id("Ġthe")]) == " the"


def test_ends_smaller_where_the_text_has_no_more_pairs():
    tokenizer = BytePairTokenizer.train("aaaa", 1_000, ("<end>",))
    assert tokenizer.vocabulary_size == 256 + 2 + 1
    assert tokenizer.token_to_id("<end>") == 258


def test_the_ids_of_a_vocabulary_in_another_order_are_kept():
    ours = BytePairTokenizer([("a", "b")], ("<end>",))
    tokens = ["<end>", "ab", *(ours.id_to_token(i) for i in range(256))]
    other = BytePairTokenizer([("a", "b")], ("<end>",), tokens)
    assert other.encode("ab!<end>", allow_special=True) == [1, 2, 0]
    assert other.decode([1, 2, 0]) == "ab!<end>"


def test_two_merges_may_make_the_same_token():
    merges = [("b", "c"), ("a", "b"), ("a", "bc"), ("ab", "c")]
    tokenizer = BytePairTokenizer(merges)
    assert tokenizer.vocabulary_size == 256 + 3
    assert tokenizer.encode("abc") == [tokenizer.token_to_id("abc")]


def message(function, *arguments, **options):
    with pytest.raises(ValueError) as error:
        function(*arguments, **options)
    return str(error.value)


def test_says_that_there_is_nothing_to_train_on():
    assert message(BytePairTokenizer.train, "", 300) == (
        "BytePairTokenizer.train: `text` must be at least one character long. "
        "Received: text=''."
    )


@pytest.mark.parametrize("size", [257, 0, -5, 300.0, None, True])
def test_says_that_the_vocabulary_is_too_small(size):
    assert message(BytePairTokenizer.train, "a", size, ("<a>", "<b>")) == (
        "BytePairTokenizer.train: `vocabulary_size` must be an integer ≥ 258. "
        f"Received: vocabulary_size={size}. What would do: room for the 256 bytes, the "
        "special tokens and some merges."
    )
    assert BytePairTokenizer.train("ab", 258, ("<a>", "<b>")).vocabulary_size == 258


@pytest.mark.parametrize("taken", ["a", "the"])
def test_says_that_a_special_token_is_an_ordinary_one(taken):
    assert message(BytePairTokenizer.train, "the the", 300, ("<end>", taken)) == (
        "BytePairTokenizer: `special_tokens` must be no ordinary tokens as well. "
        f"Received: special_tokens={taken!r}."
    )


@pytest.mark.parametrize(
    ("merges", "index", "reason"),
    [
        ([("a", "b"), ("ab",)], 1, "there are not two strings"),
        ([("a", 5)], 0, "there are not two strings"),
        ([("a", "b"), ("ba", "c")], 1, "'ba' is neither a byte nor made before"),
        ([("a", "b"), ("a", "b")], 1, "the same merge stands for the second time"),
        ([(" ", "b")], 0, "' ' is neither a byte nor made before"),
        ([("a", "")], 0, "'' is neither a byte nor made before"),
    ],
)
def test_says_which_merge_is_wrong(merges, index, reason):
    assert message(BytePairTokenizer, merges) == (
        "BytePairTokenizer: `merges` must be pairs of tokens that are bytes or made "
        f"before; at index {index}, {reason}. Received: merges={merges[index]!r}."
    )


@pytest.mark.parametrize("strange", ["zz", "ab", "<end>"])
def test_says_that_tokens_and_merges_do_not_fit(strange):
    tokens = [BytePairTokenizer([]).id_to_token(i) for i in range(256)]
    tokens += {"zz": ["ab", "<end>", "zz"], "ab": ["<end>"], "<end>": ["ab"]}[strange]
    assert message(BytePairTokenizer, [("a", "b")], ("<end>",), tokens) == (
        "BytePairTokenizer: `tokens` must be the bytes, the merged tokens and the "
        f"special tokens. Received: tokens={strange!r}."
    )
