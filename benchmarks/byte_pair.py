"""Byte-pair encoding against the Hugging Face library in Rust, and pure Python.

All learn merges from the same text (the Python reference, then modules of the standard
library) and encode it. A cold tokenizer has met no word before. subword-nmt knows words
only between white space and marks no bytes, so its merges differ; tiktoken's
implementation for teaching looks through the whole text for each merge, so it learns
few merges from a tenth of the text.
"""

import atexit
import hashlib
import io
import json
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.jobs import OURS, Job, Peer

TRAIN, TRAIN_SHORT = "train, 1 MB, 2,000 merges", "train, 0.1 MB, 50 merges"
COLD, WARM = "encode 1 MB, cold", "encode 1 MB, warm"
SIZES = {TRAIN: (1_000_000, 2_000), TRAIN_SHORT: (100_000, 50)}
RUST, SUBWORD, TIKTOKEN = "Hugging Face tokenizers", "subword-nmt", "tiktoken, teaching"
PEERS = {RUST: ("tokenizers",), SUBWORD: ("subword_nmt",), TIKTOKEN: ("tiktoken",)}
BYTES = 256


def jobs(row, fast):
    """Give training and encoding; a fast run encodes once, beside Rust."""
    if fast:
        return [_job(COLD, {RUST: 1 / 15})]
    return [
        _job(TRAIN, {RUST: None, SUBWORD: 1.0}),
        _job(TRAIN_SHORT, {SUBWORD: 1.0, TIKTOKEN: 1.0}),
        _job(COLD, {RUST: 1 / 15, SUBWORD: 1.0, TIKTOKEN: 1.0}),
        _job(WARM, {RUST: 1 / 15}),
    ]


def build(job, contender):
    """Give the function that learns, or that encodes with 2,000 merges."""
    if job in SIZES:
        size, merges = SIZES[job]
        text, train = corpus(size), TRAINERS[contender]
        return lambda: train(text, merges)
    text = corpus(SIZES[TRAIN][0])
    encode = ENCODERS[contender](text, SIZES[TRAIN][1], cold=job == COLD)
    return lambda: encode(text)


@cache
def corpus(characters):
    """Put together prose and code."""
    from fmkeras import data

    modules = sorted(Path(os.__file__).parent.glob("*.py"))
    texts = [data.load_text(), *(path.read_text("utf-8") for path in modules)]
    return "".join(texts)[:characters]


def train_ours(text, merges):
    """Learn merges with ours."""
    from fmkeras.text import BytePairTokenizer

    return BytePairTokenizer.train(text, BYTES + merges)


def train_rust(text, merges):
    """Learn merges with the Hugging Face library, by GPT-2's rules."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=BYTES + merges,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


def merges_of(tokenizer):
    """Give the merges of a Hugging Face tokenizer, as pairs of strings."""
    return [tuple(merge) for merge in json.loads(tokenizer.to_str())["model"]["merges"]]


def _job(name, goals):
    peers = {who: Peer(PEERS[who], goal) for who, goal in goals.items()}
    size = SIZES.get(name, SIZES[TRAIN])[0]
    return Job(name, peers, work=size / 1e3, unit="kB")


def _encoder_ours(text, merges, cold):
    from fmkeras.text import BytePairTokenizer

    tokenizer = train_ours(text, merges)
    if not cold:
        return tokenizer.encode
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    files = folder / "vocab.json", folder / "merges.txt"
    tokenizer.to_files(*files)
    return lambda text: BytePairTokenizer.from_files(*files).encode(text)


def _encoder_rust(text, merges, cold):
    from tokenizers import Tokenizer

    tokenizer = train_rust(text, merges)
    saved = tokenizer.to_str()

    def encode(text):
        rust = Tokenizer.from_str(saved) if cold else tokenizer
        return rust.encode_batch_fast([text])[0].ids  # its fastest: no offsets

    return encode


def _train_subword(text, merges):
    from subword_nmt.learn_bpe import learn_bpe

    learnt = io.StringIO()
    learn_bpe(io.StringIO(text), learnt, merges)
    return learnt


def _encoder_subword(text, merges, cold):
    from subword_nmt.apply_bpe import BPE

    learnt = _train_subword(text, merges)

    def encode(text):
        learnt.seek(0)
        cold = BPE(learnt)
        return [cold.process_line(line) for line in text.splitlines()]

    return encode


def _train_tiktoken(text, merges):
    from tiktoken._educational import bpe_train

    return list(bpe_train(text, BYTES + merges, _pattern(), visualise=None))


def _encoder_tiktoken(text, merges, cold):
    from tiktoken._educational import SimpleBytePairEncoding

    from fmkeras.text.byte_symbols import symbols_to_bytes

    ours = train_ours(text, merges)
    ids = range(ours.vocabulary_size)
    ranks = {symbols_to_bytes(ours.id_to_token(i)): i for i in ids}
    tokenizer = SimpleBytePairEncoding(pat_str=_pattern(), mergeable_ranks=ranks)
    return lambda text: tokenizer.encode(text, visualise=None)


def _pattern():
    """Write down where GPT-2 cuts a text, as its paper's code does."""
    return r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


TRAINERS = {OURS: train_ours, RUST: train_rust, SUBWORD: _train_subword}
TRAINERS[TIKTOKEN] = _train_tiktoken
ENCODERS = {OURS: _encoder_ours, RUST: _encoder_rust, SUBWORD: _encoder_subword}
ENCODERS[TIKTOKEN] = _encoder_tiktoken


def digest_of_ids(contender):
    """Fingerprint the token ids of the text, to compare them with another's."""
    text = corpus(SIZES[TRAIN][0])
    ids = ENCODERS[contender](text, SIZES[TRAIN][1], cold=False)(text)
    return hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()
