"""A decoder writes the same text with its matrices held in halves, and when it does."""

import keras
import numpy as np
import pytest

from fmkeras.generation import Beam, RepetitionPenalty, TopK, engine
from fmkeras.models import transformer_decoder

V, LAYERS = 300, 2
PROMPTS = [[7, 1, 5], [250, 3], [9, 9, 9, 9, 2]]

pytestmark = pytest.mark.tensorflow  # whose XLA alone was measured


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(5)
    model = transformer_decoder(V, 48, LAYERS, 4, 128)
    for weight in model.weights:  # no text of one token over and over
        weight.assign(weight + 0.05 * keras.random.normal(weight.shape))
    return model


@pytest.fixture
def uncompiled(monkeypatch):
    monkeypatch.setattr(
        "fmkeras.generation.compiling.compiled", lambda function, variables: function
    )


@pytest.fixture
def held(monkeypatch):
    """What was held in halves, a list of paths for each text."""
    held = []

    def in_halves(matrices):
        halves = engine_in_halves(matrices)
        held.append([*halves])
        return halves

    engine_in_halves = engine.in_halves
    monkeypatch.setattr(engine, "in_halves", in_halves)
    return held


@pytest.fixture
def whole(monkeypatch):
    """Leave all matrices whole, when called."""
    return lambda: monkeypatch.setattr(engine, "FEW", ())


@pytest.fixture
def blind(monkeypatch):
    """Hold nothing but zeros instead of the tokens' vectors: all are as probable."""

    def zeros(matrices):
        (path, halves), *_ = engine_in_halves(matrices).items()
        assert path.endswith("embeddings")
        return {path: tuple(0.0 * half for half in halves)}

    engine_in_halves = engine.in_halves
    monkeypatch.setattr(engine, "in_halves", zeros)


def as_lists(texts):
    return [text.tolist() for text in texts]


@pytest.mark.slow  # XLA compiles four programs
def test_the_compiled_loop_writes_the_same(model, held, whole):
    sampler = RepetitionPenalty(1.3) | TopK(20)
    in_halves = as_lists(model.generate(PROMPTS, 24, sampler, seed=3))
    assert [len(paths) for paths in held] == [4 * LAYERS + 1]
    whole()
    assert as_lists(model.generate(PROMPTS, 24, sampler, seed=3)) == in_halves
    assert len(held) == 1
    assert len({*in_halves[0][3:]}) > 12


def test_beams_are_rows_too(model, held, whole, uncompiled):
    model._engine = None
    found = model.beam_search([7, 1, 5], Beam(3), 16)
    assert [len(paths) for paths in held] == [4 * LAYERS + 1]
    whole()
    model._engine = None
    texts, scores = model.beam_search([7, 1, 5], Beam(3), 16)
    assert as_lists(found[0]) == as_lists(texts)
    np.testing.assert_allclose(found[1], scores, atol=1e-4)


def test_the_loop_multiplies_by_the_halves(model, blind, uncompiled):
    model._engine = None
    texts = model.generate(PROMPTS, 16)
    # The first token comes from the prompts, which are read with the matrices whole.
    rest = [
        text[len(prompt) + 1 :] for text, prompt in zip(texts, PROMPTS, strict=True)
    ]
    assert as_lists(rest) == 3 * [15 * [0]]


def test_the_beams_multiply_by_the_halves(model, blind, uncompiled):
    model._engine = None
    _, one_token = model.beam_search([7, 1, 5], Beam(3), 1)
    _, scores = model.beam_search([7, 1, 5], Beam(3), 16)
    np.testing.assert_allclose(scores[0], one_token[0] - 15 * np.log(V), rtol=1e-5)


@pytest.mark.parametrize(
    ("num_prompts", "num_new", "times"),
    [(1, 16, 0), (2, 16, 1), (8, 16, 1), (9, 16, 0), (2, 15, 0)],
)
def test_few_rows_and_many_tokens_are_worth_the_copies(
    num_prompts, num_new, times, model, held, uncompiled
):
    model._engine = None
    model.generate([[4, 2]] * num_prompts, num_new)
    assert len(held) == times


def test_weights_are_those_of_the_moment(model, held, uncompiled, whole):
    table = model.token_embedding.embeddings
    before = table.numpy()
    model._engine = None
    model.generate(PROMPTS, 16)
    try:
        table.assign(before[::-1])
        in_halves = as_lists(model.generate(PROMPTS, 16))
        whole()
        assert as_lists(model.generate(PROMPTS, 16)) == in_halves
    finally:
        table.assign(before)


def test_short_floats_are_not_held(held, uncompiled):
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = transformer_decoder(V, 48, 1, 4, 64)
    finally:
        keras.config.set_dtype_policy(policy)
    model.generate(PROMPTS, 16)
    assert held == [[]]
