"""The feed-forward layer, against its formula in NumPy."""

import math

import numpy as np
import pytest
from keras import ops

from fmkeras.layers import FeedForward

B, T, D, F = 2, 5, 3, 7

FUNCTIONS = {
    "relu": lambda x: max(x, 0.0),
    "gelu": lambda x: x * (1 + math.erf(x / 2**0.5)) / 2,
    "gelu_tanh": lambda x: (
        x * (1 + math.tanh((2 / math.pi) ** 0.5 * (x + 0.044715 * x**3))) / 2
    ),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "tanh": math.tanh,
}
FUNCTIONS |= {"swiglu": FUNCTIONS["silu"], "geglu": FUNCTIONS["gelu"]}


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


def by_formula(inputs, weights, activation):
    first, first_bias, second, second_bias = weights
    hidden = inputs @ first + first_bias
    function = np.vectorize(FUNCTIONS[activation])
    if activation in ("swiglu", "geglu"):
        hidden = function(hidden[..., :F]) * hidden[..., F:]
    else:
        hidden = function(hidden)
    return hidden @ second + second_bias


def randomize(layer, rng):
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])


@pytest.mark.parametrize("activation", list(FUNCTIONS))
def test_agrees_with_the_formula(rng, activation):
    layer = FeedForward(F, activation=activation)
    inputs = rng.normal(size=(B, T, D)).astype("float32")
    layer(inputs)
    randomize(layer, rng)
    np.testing.assert_allclose(
        numpy_of(layer(inputs)),
        by_formula(inputs, layer.get_weights(), activation),
        atol=1e-4,
    )


def test_the_two_gelus_differ(rng):
    inputs = rng.normal(size=(B, T, D)).astype("float32")
    exact, approximate = FeedForward(F), FeedForward(F, activation="gelu_tanh")
    exact(inputs)
    approximate(inputs)
    randomize(exact, rng)
    approximate.set_weights(exact.get_weights())
    difference = np.abs(numpy_of(exact(inputs)) - numpy_of(approximate(inputs)))
    assert 1e-5 < difference.max() < 1e-2


def test_every_position_is_worked_on_alone(rng):
    layer = FeedForward(F, activation="geglu")
    inputs = rng.normal(size=(B, T, D)).astype("float32")
    together = numpy_of(layer(inputs))
    for position in range(T):
        alone = numpy_of(layer(inputs[:, position : position + 1]))
        np.testing.assert_allclose(together[:, [position]], alone, atol=1e-6)


@pytest.mark.parametrize(
    ("activation", "use_bias", "count"),
    [
        ("relu", True, D * F + F + F * D + D),
        ("relu", False, D * F + F * D),
        ("swiglu", True, 2 * D * F + 2 * F + F * D + D),
        ("swiglu", False, 3 * D * F),
    ],
)
def test_has_as_many_weights_as_the_formula(activation, use_bias, count):
    layer = FeedForward(F, activation=activation, use_bias=use_bias)
    layer.build((None, None, D))
    assert layer.count_params() == count


def test_dropout_acts_in_training_alone_and_repeats_with_its_seed():
    inputs = np.ones((B, 50, D), "float32")
    first, second = (
        FeedForward(F, dropout=0.5, seed=4),
        FeedForward(F, dropout=0.5, seed=4),
    )
    still = numpy_of(first(inputs))
    second(inputs)
    second.set_weights(first.get_weights())
    np.testing.assert_array_equal(numpy_of(second(inputs)), still)
    dropped = numpy_of(first(inputs, training=True))
    np.testing.assert_array_equal(numpy_of(second(inputs, training=True)), dropped)
    assert 0.3 < (dropped == 0).mean() < 0.7
    kept = dropped != 0
    np.testing.assert_allclose(dropped[kept], 2 * still[kept], rtol=1e-5)


def test_the_matrices_start_as_asked():
    layer = FeedForward(F, kernel_initializer="ones")
    layer.build((None, None, D))
    for kernel in layer.get_weights()[::2]:
        np.testing.assert_array_equal(kernel, 1)


def test_refuses_what_is_out_of_range():
    for arguments, message in [
        (
            {"intermediate_dim": 0},
            "`intermediate_dim` must be a positive integer. "
            "Received: intermediate_dim=0.",
        ),
        (
            {"intermediate_dim": 2, "dropout": 1.5},
            "`dropout` must be a number ≥ 0 and ≤ 1. Received: dropout=1.5.",
        ),
        (
            {"intermediate_dim": 2, "activation": "swigle"},
            "`activation` must be one of 'relu', 'gelu', 'gelu_tanh', 'silu', 'tanh', "
            "'swiglu', 'geglu'. Received: activation='swigle'. "
            "What would do: 'swiglu'.",
        ),
        (
            {"intermediate_dim": 2, "seed": -1},
            "`seed` must be None or an integer ≥ 0. Received: seed=-1.",
        ),
        (
            {"intermediate_dim": 2, "seed": "one"},
            "`seed` must be None or an integer ≥ 0. Received: seed='one'.",
        ),
    ]:
        with pytest.raises(ValueError) as error:
            FeedForward(**arguments)
        assert str(error.value) == f"FeedForward: {message}"


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [((T, D), "(None, None, None)"), ((B, T, 4), "(None, None, 3)")],
)
def test_says_what_shape_inputs_must_have(shape, wanted, said):
    layer = FeedForward(F)
    if len(shape) == 3:
        layer.build((None, None, D))
    with pytest.raises(ValueError) as error:
        layer(np.ones(shape, "float32"))
    assert said(error) == (
        f"FeedForward: `inputs` must be of shape (B, T, D) = {wanted}. "
        f"Received: inputs of shape {shape}."
    )
