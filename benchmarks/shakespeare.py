"""Tiny Shakespeare, read by characters: 2,000 steps for all, or ours against a clock.

The recipe is nanoGPT's for a CPU: 4 layers of width 128, 64 characters, batches of 12,
1e-3 cooled down to 1e-4, no dropout. The last tenth of the text is held out and read
in windows one behind the other.
"""

import time

import numpy as np

from benchmarks import decoders, peers
from benchmarks.seeding import set_seed

STEPS, BATCH, LENGTH = 2_000, 12, 64
SHARE_TO_LEARN = 0.9
SCHEDULE = decoders.Schedule(warmup_steps=100, total_steps=STEPS, final=1e-4)


def is_there():
    """Tell whether the text can be had: from the cache, or else by fetching it."""
    from fmkeras.data import load_text
    from fmkeras.data.download import DownloadError

    try:
        load_text("tiny_shakespeare")
    except DownloadError:
        return False
    return True


def reference(contender):
    """Give the function that trains a contender and tells its held-out loss."""
    learn, held_out = numbered_text()
    set_seed(contender, 0)
    learner = decoders.learner(contender, peers.SMALL, SCHEDULE)
    epoch = learner.epoch(*random_windows(learn, STEPS, LENGTH, BATCH))

    def run():
        start = time.perf_counter()
        epoch()
        seconds = time.perf_counter() - start
        inputs, targets = windows(held_out, LENGTH)
        loss = cross_entropy(learner.logits(inputs), targets)
        return {"loss": loss, "seconds": seconds}

    return run


def cross_entropy(logits, targets):
    """Give the mean loss in nats.

    Args:
        logits: Float array `(N, T, V)`.
        targets: Integer array `(N, T)`.
    """
    logits = logits.astype("float64")
    logits -= logits.max(axis=-1, keepdims=True)
    right = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return float((np.log(np.exp(logits).sum(axis=-1)) - right).mean())


def numbered_text():
    """Number the characters, and cut the text in two."""
    from fmkeras.data import load_text

    text = load_text("tiny_shakespeare")
    number = {character: i for i, character in enumerate(sorted(set(text)))}
    ids = np.fromiter(map(number.get, text), "int32", len(text))
    cut = int(SHARE_TO_LEARN * len(ids))
    return ids[:cut], ids[cut:]


def random_windows(ids, steps, length, batch):
    """Draw the same windows for everybody: inputs and targets `(steps, B, T)`."""
    rng = np.random.default_rng(0)
    starts = rng.integers(len(ids) - length, size=(steps, batch, 1))
    drawn = ids[starts + np.arange(length + 1)]
    return drawn[..., :-1], drawn[..., 1:]


def windows(ids, length):
    """Cut all of the text into windows `(N, T)`, and the characters after them."""
    count = (len(ids) - 1) // length
    inputs = ids[: count * length].reshape(count, length)
    return inputs, ids[1 : count * length + 1].reshape(count, length)
