"""One token for every character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmkeras.text import CharacterTokenizer

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
ANOTHER = (
    "What would do: a tokenizer trained on text that has it, or a BytePairTokenizer, "
    "which can write every text."
)


def test_ids_follow_the_code_points():
    tokenizer = CharacterTokenizer.train("né\nA😀n")
    assert [tokenizer.id_to_token(i) for i in range(5)] == ["\n", "A", "n", "é", "😀"]


@given(TEXT)
def test_decoding_is_the_inverse_of_encoding(text):
    tokenizer = CharacterTokenizer.train(text, special_tokens=("<end>",))
    ids = tokenizer.encode(text)
    assert len(ids) == len(text)
    assert tokenizer.decode(ids) == text
    assert tokenizer.vocabulary_size == len(set(text)) + 1


def test_an_accent_written_by_itself_is_a_character():
    assert CharacterTokenizer.train("e\u0301é").encode("e\u0301é") == [0, 2, 1]


def test_a_large_text_is_encoded_whole():
    text = "The quick brown fox. " * 20_000
    ids = CharacterTokenizer.train(text).encode(text)
    assert len(ids) == 420_000
    assert ids[:21] * 20_000 == ids


def message(function, *arguments, **options):
    with pytest.raises(ValueError) as error:
        function(*arguments, **options)
    return str(error.value)


def test_says_which_character_is_unknown_and_where():
    tokenizer = CharacterTokenizer.train("abc \n")
    assert message(tokenizer.encode, "abc\nabc é abc\n") == (
        "CharacterTokenizer.encode: `text` must be made of the 5 characters of the "
        "vocabulary. Received: 'é' (U+00E9) at index 8, line 2, column 5: "
        f"'abc\\nabc é abc\\n'. {ANOTHER}"
    )
    assert message(tokenizer.encode, "😀") == (
        "CharacterTokenizer.encode: `text` must be made of the 5 characters of the "
        "vocabulary. Received: '😀' (U+1F600) at index 0, line 1, column 1: '😀'. "
        + ANOTHER
    )


def test_shows_the_surroundings_of_an_unknown_character_not_the_whole_text():
    tokenizer = CharacterTokenizer.train("ab", special_tokens=("<end>",))
    text = "a" * 100 + "?" + "b" * 100
    assert message(tokenizer.encode, text) == (
        "CharacterTokenizer.encode: `text` must be made of the 2 characters of the "
        "vocabulary. Received: '?' (U+003F) at index 100, line 1, column 101: "
        f"'{'a' * 20}?{'b' * 19}'. {ANOTHER}"
    )


def test_finds_an_unknown_character_behind_a_special_token_of_the_same_letters():
    tokenizer = CharacterTokenizer.train("ab", special_tokens=("<e>",))
    assert tokenizer.encode("a<e>b", allow_special=True) == [0, 2, 1]
    assert "Received: '<' (U+003C) at index 5, line 1, column 6: 'a<e>b<'." in message(
        tokenizer.encode, "a<e>b<", allow_special=True
    )


def test_says_that_there_is_nothing_to_train_on():
    assert message(CharacterTokenizer.train, "") == (
        "CharacterTokenizer.train: `text` must be at least one character long. "
        "Received: text=''."
    )


@pytest.mark.parametrize("size", [5, 0, -1, 6.5, True, "6"])
def test_says_that_the_vocabulary_is_too_small(size):
    assert message(CharacterTokenizer.train, "abcde", size, ("<end>",)) == (
        "CharacterTokenizer.train: `vocabulary_size` must be an integer ≥ 6. Received: "
        f"vocabulary_size={size!r}. What would do: vocabulary_size=6, or None."
    )
    assert CharacterTokenizer.train("abcde", 6, ("<end>",)).vocabulary_size == 6


def test_says_that_a_special_token_is_too_short():
    assert message(CharacterTokenizer.train, "ab", special_tokens=("<e>", "c")) == (
        "CharacterTokenizer: `special_tokens` must be at least two characters long "
        "each. Received: special_tokens=('<e>', 'c'). What would do: '<c>' in place of "
        "'c'."
    )


def test_says_that_the_characters_are_none():
    assert message(CharacterTokenizer, ["a", "bc"]) == (
        "CharacterTokenizer: `characters` must be single characters. Received: "
        "characters='bc'."
    )
    assert message(CharacterTokenizer, "aba") == (
        "CharacterTokenizer: `tokens` must be different from each other. Received: "
        "tokens='a'."
    )
