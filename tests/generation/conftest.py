"""Fake models with known answers: what the engine sees of a model, and no more."""

import keras
import numpy as np
import pytest
from keras import ops


class Remembering:
    """Its logits depend on every token of the text and on where it stands.

    A token that the engine puts into the wrong slot, forgets, or lets padding stand
    in for changes them all. `after(text)` works the same out in NumPy, without slots.
    """

    def __init__(self, vocabulary_size=11, seed=0):
        rng = np.random.default_rng(seed)
        size = (vocabulary_size, vocabulary_size)
        self.table = rng.normal(size=size).astype("float32")
        self.vocabulary_size = vocabulary_size
        self.calls = []  # in a compiled loop: the times it was traced

    def make_cache(self, batch_size, length):
        last = self.vocabulary_size - 1  # an empty slot that is looked at would show
        return {"tokens": ops.full((batch_size, length), last, dtype="int32")}

    def next_logits(self, token_ids, cache, cache_index, num_padding):
        self.calls.append(tuple(token_ids.shape))
        tokens = ops.slice_update(cache["tokens"], (0, cache_index), token_ids)
        slots = ops.arange(tokens.shape[1], dtype="int32")
        positions = slots[None] - num_padding[:, None]
        newest = cache_index + token_ids.shape[1] - 1
        real = (positions >= 0) & (slots <= newest)[None]
        weights = ops.cos(ops.cast(positions, "float32") + 1.0)
        weights = ops.where(real, weights, 0.0)
        rows = ops.take(ops.convert_to_tensor(self.table), tokens, axis=0)
        return ops.einsum("bs,bsv->bv", weights, rows), {"tokens": tokens}

    def after(self, text):
        weights = np.cos(np.arange(len(text)) + 1.0)
        return weights @ self.table[np.asarray(text)].astype("float64")


class Counting:
    """After 0 it says 1, then 2, then 3, then 0 again, almost for certain."""

    vocabulary_size = 4

    def make_cache(self, batch_size, length):
        return ()

    def next_logits(self, token_ids, cache, cache_index, num_padding):
        return 20.0 * ops.one_hot((token_ids[:, -1] + 1) % 4, 4), cache


TREE = {
    "The": {"dog": 0.4, "nice": 0.5, "car": 0.1},
    "dog": {"and": 0.05, "runs": 0.05, "has": 0.9},
    "nice": {"woman": 0.4, "house": 0.3, "guy": 0.3},
    "car": {"is": 0.3, "drives": 0.5, "turns": 0.2},
}
WORDS = sorted({*TREE, *(word for followers in TREE.values() for word in followers)})


class Tree:
    """The lecture's tree: what may follow "The", and with what probability."""

    vocabulary_size = len(WORDS)

    def __init__(self):
        table = np.full((len(WORDS), len(WORDS)), 1e-30, "float32")
        for word, followers in TREE.items():
            for follower, probability in followers.items():
                table[WORDS.index(word), WORDS.index(follower)] = probability
        self.log_probabilities = np.log(table)

    def ids(self, text):
        return [WORDS.index(word) for word in text.split()]

    def text(self, ids):
        return " ".join(WORDS[i] for i in ids)

    def make_cache(self, batch_size, length):
        return ops.zeros((batch_size,))

    def next_logits(self, token_ids, cache, cache_index, num_padding):
        table = ops.convert_to_tensor(self.log_probabilities)
        return ops.take(table, token_ids[:, -1], axis=0), cache


@pytest.fixture(scope="session")
def make_model():
    return Remembering


@pytest.fixture
def remembering():
    return Remembering()


@pytest.fixture
def tree():
    return Tree()


@pytest.fixture
def engine_of():
    from fmkeras.generation import DecodingEngine

    def make(model, **kwargs):
        return DecodingEngine(
            model.next_logits, model.make_cache, model.vocabulary_size, **kwargs
        )

    return make


@pytest.fixture
def uncompiled(monkeypatch):
    """Run the engine's programs as they stand: seconds of XLA tell nothing new.

    What is written and what is compiled when has tests of its own.
    """
    monkeypatch.setattr(
        "fmkeras.generation.compiling.compiled", lambda function, variables: function
    )


@pytest.fixture
def traces():
    """Count traces by the calls of a model: PyTorch, which traces nothing, has none."""
    return (lambda calls: 0) if keras.backend.backend() == "torch" else len


@pytest.fixture
def steps_reached(monkeypatch):
    """The steps that a compiled loop was at whenever it came back."""
    from fmkeras.generation.pacing import Pace

    reached = []

    def recorded(*arguments):
        for state in pieces(*arguments):
            reached.append(int(state["step"]))
            yield state

    pieces = Pace.pieces
    monkeypatch.setattr(Pace, "pieces", recorded)
    return reached


@pytest.fixture
def counting():
    return Counting()
