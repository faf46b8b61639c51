"""What masks promise where queries look at another sequence than their own."""

import numpy as np
import pytest
from keras import ops

from fmkeras.layers import MultiHeadAttention

B, T, S, D, CONTEXT, N, H = 2, 5, 7, 12, 9, 6, 4


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.fixture(params=[None, 1, 2])
def layer(request):
    """A layer whose weights are random, biases too."""
    layer = MultiHeadAttention(N, head_dim=H, num_key_value_heads=request.param)
    layer.build((None, None, D), (None, None, CONTEXT))
    rng = np.random.default_rng(1)
    for weight in layer.trainable_weights:
        weight.assign(0.5 * rng.normal(size=weight.shape))
    return layer


@pytest.fixture
def inputs(rng):
    return rng.normal(size=(B, T, D)).astype("float32")


@pytest.fixture
def context(rng):
    return rng.normal(size=(B, S, CONTEXT)).astype("float32")


@pytest.mark.parametrize("amount", [1, 3])
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_of_the_context_changes_nothing(
    layer, inputs, context, rng, amount, side
):
    padding = 100 * rng.normal(size=(B, amount, CONTEXT)).astype("float32")
    parts, real = [context, padding], [np.ones((B, S)), np.zeros((B, amount))]
    if side == "left":
        parts, real = parts[::-1], real[::-1]
    mask = np.concatenate(real, axis=1).astype(bool)
    padded = layer(inputs, np.concatenate(parts, axis=1), padding_mask=mask)
    expected = numpy_of(layer(inputs, context))
    np.testing.assert_allclose(numpy_of(padded), expected, atol=1e-5)


def test_a_batch_equals_its_rows_alone(layer, inputs, context):
    mask = np.array([[True] * S, [True] * 4 + [False] * (S - 4)])
    together = numpy_of(layer(inputs, context, padding_mask=mask))
    for row in range(B):
        one = slice(row, row + 1)
        alone = layer(inputs[one], context[one], padding_mask=mask[one])
        np.testing.assert_allclose(together[one], numpy_of(alone), atol=1e-5)


def test_a_query_is_answered_whatever_the_others_ask(layer, inputs, context):
    before = numpy_of(layer(inputs, context))
    inputs[:, 3] += 10.0
    after = numpy_of(layer(inputs, context))
    others = [0, 1, 2, 4]
    np.testing.assert_array_equal(before[:, others], after[:, others])
    assert (before[:, 3] != after[:, 3]).any(axis=-1).all()


def test_the_order_of_the_context_means_nothing(layer, inputs, context, rng):
    order = rng.permutation(S)
    np.testing.assert_allclose(
        numpy_of(layer(inputs, context[:, order])),
        numpy_of(layer(inputs, context)),
        atol=1e-5,
    )


def test_a_context_of_padding_alone_gives_the_bias(layer, inputs, context, gradients):
    mask = np.array([[True] * S, [False] * S])
    outputs = numpy_of(layer(inputs, context, padding_mask=mask))
    (bias,) = (w for w in layer.weights if w.path.endswith("output/bias"))
    np.testing.assert_array_equal(outputs[1], np.tile(numpy_of(bias), (T, 1)))
    found = gradients(
        lambda: ops.sum(layer(inputs, context, padding_mask=mask) ** 2), layer.weights
    )
    for gradient in found:
        assert np.isfinite(gradient).all()
