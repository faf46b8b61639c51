"""The merges of lesson 10 are those of the Hugging Face library."""

import json

import pytest

pytestmark = pytest.mark.slow


def merges_of_the_library(text, vocabulary_size):
    tokenizers = pytest.importorskip("tokenizers")
    byte_level = tokenizers.pre_tokenizers.ByteLevel
    theirs = tokenizers.Tokenizer(tokenizers.models.BPE())
    theirs.pre_tokenizer = byte_level(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        initial_alphabet=byte_level.alphabet(),
        show_progress=False,
    )
    theirs.train_from_iterator([text], trainer)
    return [" ".join(merge) for merge in json.loads(theirs.to_str())["model"]["merges"]]


def test_what_the_lesson_quotes_is_what_the_library_says(run_with_seed):
    names = run_with_seed("10", 0)
    theirs = merges_of_the_library(names["tongue_twister"], 300)
    assert names["HUGGING_FACE"] == ", ".join(theirs)


def test_the_merges_of_the_whole_text_are_the_librarys(run_with_seed):
    names = run_with_seed("10", 0)
    theirs = merges_of_the_library(names["training"], names["VOCABULARY"])
    assert names["by_hand"] == theirs
