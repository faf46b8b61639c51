"""GPT-2's pattern, written for Python's `re`."""

import re
import sys
import unicodedata
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmkeras.text import pre_tokenizer
from fmkeras.text.pre_tokenizer import SPACE, character_class, gpt2_pattern, pieces

EVERY_CHARACTER = [
    chr(i) for i in range(sys.maxunicode + 1) if not 0xD800 <= i <= 0xDFFF
]
TEXT = st.text(
    st.one_of(
        st.sampled_from(list("ab1 \n\t'stdrevml.,-\u00a0\u2003\u3000\x1c\x85")),
        st.characters(exclude_categories=["Cs"]),
    )
)


def cut(*arguments):
    return list(chain.from_iterable(pieces(*arguments)))


@pytest.mark.parametrize("category", ["L", "N", "M"])
def test_a_class_holds_every_character_of_its_category_and_no_other(category):
    found = re.findall(f"[{character_class(category)}]", "".join(EVERY_CHARACTER))
    expected = [c for c in EVERY_CHARACTER if unicodedata.category(c)[0] == category]
    assert found == expected


def test_a_space_is_what_unicode_calls_white_space():
    # Unicode's PropList.txt: the property White_Space has 25 characters.
    found = re.findall(f"[{SPACE}]", "".join(EVERY_CHARACTER))
    assert found == [
        c for c in EVERY_CHARACTER if c.isspace() and c not in "\x1c\x1d\x1e\x1f"
    ]
    assert len(found) == 25


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello world", ["Hello", " world"]),
        ("I'll've it's'", ["I", "'ll", "'ve", " it", "'s", "'"]),
        ("WE'RE 'tis ’s", ["WE", "'", "RE", " '", "tis", " ’", "s"]),
        ("x2 = 3.14", ["x", "2", " =", " 3", ".", "14"]),
        ("a  b   c ", ["a", " ", " b", "  ", " c", " "]),
        ("a\n\n  b\n", ["a", "\n\n ", " b", "\n"]),
        ("a\u00a0b\u3000\u3000c", ["a", "\u00a0", "b", "\u3000", "\u3000", "c"]),
        ("!? ¡¿", ["!?", " ¡¿"]),
        ("naïve e\u0301t हिन", ["naïve", " e", "\u0301", "t", " ह", "ि", "न"]),
        ("½Ⅷ٣ 五十", ["½Ⅷ٣", " 五十"]),
        ("a\x1cb", ["a", "\x1c", "b"]),
        ("snake_case", ["snake", "_", "case"]),
        ("😀😀 😀", ["😀😀", " 😀"]),
    ],
)  # fmt: skip
def test_cuts_text_as_the_published_pattern_does(text, expected):
    assert gpt2_pattern().findall(text) == expected
    assert cut(text) == expected


@given(TEXT)
def test_the_pieces_cover_the_text_without_gaps(text):
    assert "".join(cut(text)) == text


@given(TEXT, st.integers(1, 5))
def test_the_size_of_a_chunk_does_not_show(text, chunk):
    expected = gpt2_pattern().findall(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pre_tokenizer, "CHUNK", chunk)
        assert cut(text) == expected


@pytest.mark.parametrize("chunk", range(1, 16))
def test_a_chunk_never_ends_amid_spaces(chunk, monkeypatch):
    text = "a    b\n\n\n  c \t\t d"
    monkeypatch.setattr(pre_tokenizer, "CHUNK", chunk)
    assert cut(text) == gpt2_pattern().findall(text)


@given(TEXT, st.data())
def test_a_part_of_a_text_is_cut_as_if_it_stood_alone(text, data):
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pre_tokenizer, "CHUNK", 2)
        found = cut(text, start, stop)
    assert found == gpt2_pattern().findall(text[start:stop])


def test_a_long_text_comes_in_chunks(monkeypatch):
    monkeypatch.setattr(pre_tokenizer, "CHUNK", 4)
    assert list(pieces("one two three")) == [["one", " two"], [" three"]]
