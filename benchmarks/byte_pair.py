"""Byte-pair encoding against the Hugging Face library, which is written in Rust.

Run with `python -m benchmarks.byte_pair`. Both learn 2,000 merges from the same million
characters (the Python reference, then modules of the standard library) and encode them.
A cold tokenizer has met no word before. The merges and the ids are compared too.
"""

import importlib.util
import json
import os
import statistics
from pathlib import Path

from rich.console import Console

from benchmarks.paired import paired_seconds
from benchmarks.tables import comparison_rows, show
from fmkeras import data
from fmkeras.text import BytePairTokenizer

CHARACTERS = 1_000_000
MERGES = 2_000


def corpus():
    """Put together a million characters of prose and code."""
    modules = sorted(Path(os.__file__).parent.glob("*.py"))
    texts = [data.load_text(), *(path.read_text("utf-8") for path in modules)]
    return "".join(texts)[:CHARACTERS]


def train_theirs(text):
    """Learn the merges with the peer."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=256 + MERGES,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


def train_ours(text):
    return BytePairTokenizer.train(text, 256 + MERGES)


def jobs_of(text, theirs, ours):
    """Give the pairs of jobs, by name."""
    merges = [tuple(merge) for merge in json.loads(theirs.to_str())["model"]["merges"]]
    peer = "Hugging Face tokenizers"
    return {
        "train": {
            peer: lambda: train_theirs(text),
            "fmkeras": lambda: train_ours(text),
        },
        "encode, cold": {
            peer: lambda: theirs.encode(text).ids,
            "fmkeras": lambda: BytePairTokenizer(merges).encode(text),
        },
        "encode, warm": {
            peer: lambda: theirs.encode(text).ids,
            "fmkeras": lambda: ours.encode(text),
        },
    }


def main():
    """Time both and print the table."""
    text = corpus()
    console = Console()
    ours = train_ours(text)
    if not importlib.util.find_spec("tokenizers"):
        seconds = paired_seconds({"fmkeras": lambda: ours.encode(text)})["fmkeras"]
        speed = len(text) / 1e6 / statistics.median(seconds)
        console.print(
            f"Left out, not installed: tokenizers. fmkeras: {speed:.1f} MB/s."
        )
        return
    theirs = train_theirs(text)
    rows = []
    for name, jobs in jobs_of(text, theirs, ours).items():
        rows += comparison_rows(name, paired_seconds(jobs), len(text) / 1e3, "kB/s")
    same = ours.encode(text) == theirs.encode(text).ids
    show(
        f"{MERGES:,} merges from {len(text):,} characters",
        rows,
        [f"The ids of both are {'the same' if same else 'DIFFERENT'}."],
    )


if __name__ == "__main__":
    main()
