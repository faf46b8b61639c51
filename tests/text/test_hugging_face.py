"""Byte-pair encoding against the Hugging Face library: its answers, and itself.

`hugging_face.json` holds what the library gave: some tokens and ids as they are, of
the rest a digest. The program below makes it anew where the library is installed:

    python tests/text/test_hugging_face.py
"""

import hashlib
import json
import random
import sys
import unicodedata
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

from fmkeras.text import BytePairTokenizer
from fmkeras.text.pre_tokenizer import gpt2_pattern

SNAPSHOT = Path(__file__).with_name("hugging_face.json")
VOCABULARY_SIZE = 1_500
BLOCKS, BLOCK = 20, 500
CASES = (
    "Hello, world! It's a naïve test: don't panic.",
    "  two  spaces\n\n\tand\r\nlines \u00a0\u3000",
    "aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "123,456.789 ½ Ⅷ ٣ 五十",
    "Кот сидел на ковре. 猫が好き。 고양이 قطة हिन्दी",
    "😀😀👩‍👩‍👧‍👦 e\u0301 \x00\x1c\x7f \ufffd\uffff\U0010fffd",
    "<|endoftext|>",
    "",
)


@cache
def assigned():
    """Give every character of Unicode 3.2, which every Python knows, and some more."""
    old = unicodedata.ucd_3_2_0
    characters = [chr(i) for i in range(sys.maxunicode + 1)]
    return [c for c in characters if old.category(c) not in ("Cn", "Cs")] + [
        *map(chr, range(0x1F600, 0x1F640)),
        *map(chr, range(0x10300, 0x10320)),
    ]


POOLS = {
    "latin": "etaoinshrdlucmfwypvbgkjqxzETAOIN",
    "cyrillic": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "japanese": "のにはをたがでてとしれさある猫犬日本語人年大一",
    "digits": "0123456789",
    "space": " \n\t\r\u00a0\u2003\u3000\u2028\x0b\x1c\x85",
    "mark": ".,;:!?'\"()-_/<>|",
    "ending": ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S"),
}


def random_text(source, num_runs):
    """Draw runs of letters, digits, spaces, marks, and any characters at all."""
    runs = []
    for _ in range(num_runs):
        pool = source.choice([*POOLS, "latin", "latin", "any"])
        characters = assigned() if pool == "any" else POOLS[pool]
        size = 1 + int(8 * source.random() ** 2)
        space = " " if source.random() < 0.6 else ""
        runs.append(space + "".join(source.choice(characters) for _ in range(size)))
    return "".join(runs)


def corpus():
    """Write a text in which words come back, the more often the earlier drawn."""
    source = random.Random(0)
    words = [random_text(source, 1) for _ in range(4_000)]
    return "".join(words[int(len(words) * source.random() ** 3)] for _ in range(30_000))


@cache
def random_strings(block):
    source = random.Random(1 + block)
    return [random_text(source, int(9 * source.random())) for _ in range(BLOCK)]


def digest(lists):
    return hashlib.sha256(json.dumps(lists).encode()).hexdigest()[:16]


def answers(merges, encode):
    """Put together what the snapshot holds."""
    return {
        "first_merges": [" ".join(merge) for merge in merges[:50]],
        "merges": digest([list(merge) for merge in merges]),
        "cases": {case: " ".join(map(str, encode(case))) for case in CASES},
        "blocks": [
            digest([encode(text) for text in random_strings(block)])
            for block in range(BLOCKS)
        ],
    }


@pytest.fixture(scope="module")
def ours():
    return BytePairTokenizer.train(corpus(), VOCABULARY_SIZE)


def test_merges_and_ids_are_those_in_the_snapshot(ours):
    expected = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    assert answers(ours._merges, ours.encode) == expected


def test_the_random_strings_are_ten_thousand_and_worth_it():
    texts = [text for block in range(BLOCKS) for text in random_strings(block)]
    assert len(texts) == 10_000
    assert len(set("".join(texts))) > 10_000
    assert {unicodedata.category(c)[0] for c in "".join(texts)} == set("LMNPSZC")


def trained_by_them(text, vocabulary_size, special_tokens=()):
    tokenizers = pytest.importorskip("tokenizers")
    byte_level = tokenizers.pre_tokenizers.ByteLevel
    theirs = tokenizers.Tokenizer(tokenizers.models.BPE())
    theirs.pre_tokenizer = byte_level(add_prefix_space=False)
    theirs.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=list(special_tokens),
        initial_alphabet=byte_level.alphabet(),
        show_progress=False,
    )
    theirs.train_from_iterator([text], trainer)
    return theirs


def merges_of(theirs):
    return [tuple(merge) for merge in json.loads(theirs.to_str())["model"]["merges"]]


@pytest.mark.slow
def test_merges_and_ids_are_those_of_the_library(ours):
    theirs = trained_by_them(corpus(), VOCABULARY_SIZE)
    assert ours._merges == merges_of(theirs)
    for block in range(BLOCKS):
        for text in random_strings(block):
            ids = theirs.encode(text).ids
            assert ours.encode(text) == ids
            assert ours.decode(ids) == theirs.decode(ids) == text


@pytest.mark.parametrize("seed", range(20))
def test_merges_are_those_of_the_library_where_pairs_overlap_and_tie(seed):
    source = random.Random(seed)
    letters = source.choice(["ab ", "aab\n ", "abcdé ", "the cat's 12 "])
    text = "".join(source.choice(letters) for _ in range(10 ** (1 + seed % 4)))
    theirs = trained_by_them(text, 256 + 10 * seed)
    assert BytePairTokenizer.train(text, 256 + 10 * seed)._merges == merges_of(theirs)


def test_the_library_reads_our_files(ours, tmp_path):
    tokenizers = pytest.importorskip("tokenizers")
    files = str(tmp_path / "vocab.json"), str(tmp_path / "merges.txt")
    ours.to_files(*files)
    model = tokenizers.models.BPE.from_file(*files)
    theirs = tokenizers.Tokenizer(model)
    theirs.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    for text in (*CASES, *random_strings(0)):
        assert theirs.encode(text).ids == ours.encode(text)


def test_we_read_the_files_of_the_library(tmp_path):
    specials = ("<|endoftext|>", "[PAD]")
    theirs = trained_by_them(corpus()[:20_000], 600, specials)
    theirs.model.save(str(tmp_path))
    ours = BytePairTokenizer.from_files(
        tmp_path / "vocab.json", tmp_path / "merges.txt"
    )
    assert ours.special_tokens == specials
    assert ours.token_to_id("[PAD]") == 1  # they put special tokens first
    for text in (*CASES, *random_strings(1)):
        ids = ours.encode(text, allow_special=True)
        assert theirs.encode(text).ids == ids
        assert theirs.decode(ids, skip_special_tokens=False) == ours.decode(ids)


PUBLISHED = (
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
)


def test_pieces_are_those_of_the_published_pattern():
    published = pytest.importorskip("regex").compile(PUBLISHED)
    for block in range(BLOCKS):
        for text in random_strings(block):
            assert gpt2_pattern().findall(text) == published.findall(text)


@pytest.mark.slow
def test_every_character_that_python_knows_is_cut_as_by_the_published_pattern():
    published = pytest.importorskip("regex").compile(PUBLISHED)
    known = [
        chr(i)
        for i in range(sys.maxunicode + 1)
        if unicodedata.category(chr(i)) not in ("Cn", "Cs")
    ]
    # After a letter, a digit, a mark and a space: each class joins another of them.
    for before in ("a", "1", "!", " ", "\n", "'"):
        for _, some in groupby(range(len(known)), lambda i: i // 1_000):
            text = "x".join(before + known[i] for i in some)
            assert gpt2_pattern().findall(text) == published.findall(text)


if __name__ == "__main__":
    library = trained_by_them(corpus(), VOCABULARY_SIZE)
    snapshot = answers(merges_of(library), lambda text: library.encode(text).ids)
    text = json.dumps(snapshot, indent=1, ensure_ascii=False) + "\n"
    SNAPSHOT.write_text(text, encoding="utf-8")
