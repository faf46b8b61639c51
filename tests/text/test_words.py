"""One token for every word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmkeras.text import WordTokenizer


def tokens(text):
    """Give the tokens of a text in order."""
    tokenizer = WordTokenizer.train(text)
    return [tokenizer.id_to_token(i) for i in tokenizer.encode(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("To be, or not to be?", ["To", "be", ",", "or", "not", "to", "be", "?"]),
        ("don't can’t o'clock's", ["don't", "can’t", "o'clock's"]),
        ("'tis dogs' rock-'n'", ["'", "tis", "dogs", "'", "rock", "-", "'", "n", "'"]),
        ("a well-known x- -y", ["a", "well-known", "x", "-", "-", "y"]),
        ("snake_case x2 3.14", ["snake_case", "x2", "3", ".", "14"]),
        ("a...b", ["a", ".", ".", ".", "b"]),
        (" \t one\r\n two \u3000", ["one", "two"]),
        ("naïve e\u0301tude हिन्दी", ["naïve", "e\u0301tude", "हिन्दी"]),
        ("\u0301 x", ["\u0301", "x"]),
        ("😀😀 x", ["😀", "😀", "x"]),
    ],
)
def test_cuts_text_into_words_and_marks(text, expected):
    assert tokens(text) == expected


def test_frequent_words_come_first_and_equal_ones_by_the_alphabet():
    tokenizer = WordTokenizer.train("c b d b c a", special_tokens=("<end>",))
    ids = range(tokenizer.vocabulary_size)
    assert " ".join(map(tokenizer.id_to_token, ids)) == "b c a d <unk> <end>"
    assert tokenizer.special_tokens == ("<unk>", "<end>")


def test_the_vocabulary_holds_the_most_frequent_and_the_rest_is_unknown():
    tokenizer = WordTokenizer.train("c b d b c a", 4, ("<end>",))
    assert tokenizer.vocabulary_size == 4
    assert tokenizer.encode("a b c zebra B") == [2, 0, 1, 2, 2]
    assert tokenizer.decode([2, 0, 1, 2, 3]) == "<unk> b c <unk> <end>"


def test_a_vocabulary_may_have_more_room_than_words():
    assert WordTokenizer.train("to be", 100).vocabulary_size == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Stop!  Who goes there?\n(Me; only me.)",
            "Stop! Who goes there? (Me; only me.)",
        ),
        ("3.14 %", "3. 14%"),
        ("well-known - I don't", "well-known - I don't"),
        ('a "b" [c] {d}', 'a " b " [c] {d}'),
    ],
)
def test_decoding_puts_spaces_where_english_does(text, expected):
    tokenizer = WordTokenizer.train(text)
    assert tokenizer.decode(tokenizer.encode(text)) == expected


@given(st.text(st.sampled_from("ab1_é\u0301'’-.,()[]“”%\"… \n😀"), min_size=1))
def test_ordinary_ids_decoded_and_encoded_are_the_same(text):
    if not text.strip():
        return
    tokenizer = WordTokenizer.train(text)
    ids = tokenizer.encode(text)
    assert tokenizer.encode(tokenizer.decode(ids)) == ids


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_nothing_but_spaces_is_lost_of_known_words(text):
    try:
        tokenizer = WordTokenizer.train(text)
    except ValueError:
        assert not text.strip()
        return
    assert "".join(tokenizer.decode(tokenizer.encode(text)).split()) == "".join(
        text.split()
    )


def message(function, *arguments, **options):
    with pytest.raises(ValueError) as error:
        function(*arguments, **options)
    return str(error.value)


@pytest.mark.parametrize("text", ["", " \n "])
def test_says_that_there_is_no_word(text):
    assert message(WordTokenizer.train, text) == (
        "WordTokenizer.train: `text` must be at least one word long. Received: "
        f"{text=}."
    )


@pytest.mark.parametrize("size", [2, 0, 3.0])
def test_says_that_the_vocabulary_is_too_small(size):
    assert message(WordTokenizer.train, "to be", size, ("<end>",)) == (
        "WordTokenizer.train: `vocabulary_size` must be an integer ≥ 3. Received: "
        f"vocabulary_size={size}. What would do: room for <unk>, the special tokens "
        "and some words."
    )
    assert WordTokenizer.train("to be", 3, ("<end>",)).vocabulary_size == 3


@pytest.mark.parametrize("wrong", ["<unk>", "end", "don't", "."])
def test_says_that_a_special_token_reads_as_a_word(wrong):
    assert message(WordTokenizer.train, "to be", special_tokens=("<a>", wrong)) == (
        "WordTokenizer: `special_tokens` must be neither words nor <unk>, which is "
        f"always there. Received: special_tokens=('<a>', {wrong!r}). What would do: "
        "names in brackets, such as '<end>'."
    )


def test_says_that_the_words_are_none():
    for wrong in ("to be", "", " ", 5):
        assert message(WordTokenizer, ["to", wrong]) == (
            f"WordTokenizer: `words` must be single words. Received: words={wrong!r}."
        )
    assert message(WordTokenizer, ["to", "be", "to"]) == (
        "WordTokenizer: `tokens` must be different from each other. Received: "
        "tokens='to'."
    )
