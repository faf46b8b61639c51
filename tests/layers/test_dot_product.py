"""The one formula, against numbers worked out by hand, in NumPy, and by differences."""

import keras
import numpy as np
import pytest
from keras import ops

from fmkeras.layers import causal_mask, scaled_dot_product_attention

B, N, K, T, S, H = 2, 6, 3, 4, 5, 7


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


def normal(rng, *shape, dtype="float32"):
    return rng.normal(size=shape).astype(dtype)


def by_loops(query, key, value, mask, bias):
    """Attend one query at a time, as a reader would by hand."""
    batch, heads, length, width = query.shape
    shared = heads // key.shape[1]
    output = np.zeros((batch, heads, length, value.shape[-1]))
    weights = np.zeros((batch, heads, length, key.shape[2]))
    for b, n, t in np.ndindex(batch, heads, length):
        seen = np.flatnonzero(mask[b, n, t])
        if not seen.size:
            continue
        scores = key[b, n // shared, seen] @ query[b, n, t] / width**0.5
        scores = np.exp(scores + bias[b, n, t, seen])
        weights[b, n, t, seen] = scores / scores.sum()
        output[b, n, t] = weights[b, n, t] @ value[b, n // shared]
    return output, weights


def test_weights_are_the_softmax_worked_out_by_hand():
    query = np.array([0.0, 2**0.5], "float32").reshape(1, 1, 1, 2)
    key = np.eye(2, dtype="float32").reshape(1, 1, 2, 2)
    _, weights = scaled_dot_product_attention(query, key, key)
    np.testing.assert_allclose(
        numpy_of(weights)[0, 0, 0], [1 / (1 + np.e), np.e / (1 + np.e)], rtol=1e-6
    )


@pytest.mark.parametrize("key_value_heads", [1, 2, 3, 6])
def test_agrees_with_one_query_at_a_time(rng, key_value_heads):
    query = normal(rng, B, N, T, H)
    key = normal(rng, B, key_value_heads, S, H)
    value = normal(rng, B, key_value_heads, S, H + 1)
    mask = rng.random((B, N, T, S)) < 0.6
    mask[1, 2, 3] = False  # a query without a key is among them
    bias = normal(rng, B, N, T, S)
    received = scaled_dot_product_attention(query, key, value, mask, bias)
    expected = by_loops(query, key, value, mask, bias)
    for ours, theirs in zip(received, expected, strict=True):
        np.testing.assert_allclose(numpy_of(ours), theirs, atol=1e-5)


def test_masks_and_biases_broadcast(rng):
    query, key = normal(rng, B, N, T, H), normal(rng, B, K, S, H)
    mask, bias = rng.random((T, S)) < 0.8, normal(rng, 1, N, 1, S)
    received, _ = scaled_dot_product_attention(query, key, key, mask, bias)
    everywhere = (B, N, T, S)
    expected, _ = scaled_dot_product_attention(
        query,
        key,
        key,
        np.broadcast_to(mask, everywhere),
        np.broadcast_to(bias, everywhere),
    )
    np.testing.assert_allclose(numpy_of(received), numpy_of(expected), atol=1e-6)


def test_zeros_and_ones_are_a_mask(rng):
    query = normal(rng, B, N, S, H)
    mask = causal_mask(S, S)
    received, _ = scaled_dot_product_attention(query, query, query, mask=mask)
    numbers, _ = scaled_dot_product_attention(
        query, query, query, mask=ops.cast(mask, "int32")
    )
    np.testing.assert_array_equal(numpy_of(received), numpy_of(numbers))


def test_a_query_that_may_look_nowhere_gets_zeros(rng):
    query, key = normal(rng, B, N, T, H), normal(rng, B, K, S, H)
    mask = np.ones((T, S), bool)
    mask[1] = False
    output, weights = scaled_dot_product_attention(query, key, key, mask)
    np.testing.assert_array_equal(numpy_of(output)[:, :, 1], 0)
    np.testing.assert_array_equal(numpy_of(weights)[:, :, 1], 0)
    np.testing.assert_allclose(numpy_of(weights)[:, :, [0, 2, 3]].sum(-1), 1, rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_keeps_the_type(rng, request, dtype):
    if dtype == "float64":
        request.getfixturevalue("float64")
    query, key = (ops.cast(normal(rng, 1, N, T, H), dtype) for _ in range(2))
    output, weights = scaled_dot_product_attention(query, key, key)
    assert keras.backend.standardize_dtype(output.dtype) == dtype
    assert keras.backend.standardize_dtype(weights.dtype) == dtype


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_the_softmax_of_half_precision_is_taken_in_full(dtype):
    """Neither half type has room for 4,000.5, and yet the half must count."""
    zeros = ops.zeros((1, 1, 2, 3), dtype)
    bias = np.array([4000.0, 4000.5], "float32")
    _, weights = scaled_dot_product_attention(zeros, zeros, zeros, bias=bias)
    expected = np.exp([0, 0.5]) / np.exp([0, 0.5]).sum()
    received = numpy_of(ops.cast(weights, "float32"))[0, 0]
    np.testing.assert_allclose(received, [expected, expected], rtol=0.01)


def test_scores_beyond_half_precision_do_not_overflow():
    query = ops.full((1, 1, 1, 64), 100.0, "float16")
    key = ops.full((1, 1, 2, 64), 60.0, "float16")
    output, _ = scaled_dot_product_attention(query, key, ops.ones_like(key))
    np.testing.assert_array_equal(numpy_of(output), 1)


@pytest.mark.parametrize("which", ["query", "key", "value", "bias"])
def test_gradients_equal_finite_differences(rng, gradients, float64, which):
    arrays = {
        "query": normal(rng, 1, 2, 2, 3, dtype=float64),
        "key": normal(rng, 1, 1, 3, 3, dtype=float64),
        "value": normal(rng, 1, 1, 3, 3, dtype=float64),
        "bias": normal(rng, 1, 2, 2, 3, dtype=float64),
    }
    mask = np.array([[True, False, True], [False, False, False]])
    direction = ops.convert_to_tensor(normal(rng, 1, 2, 2, 3, dtype=float64))

    def loss(moved):
        output, _ = scaled_dot_product_attention(
            **{**arrays, which: moved}, mask=mask[None, None]
        )
        return ops.sum(output * direction)

    variable = keras.Variable(arrays[which], dtype=float64)
    (gradient,) = gradients(lambda: loss(variable.value), [variable])
    assert np.abs(gradient).max() > 0.01
    step = 1e-6
    for index in np.ndindex(gradient.shape):
        moved = np.zeros_like(arrays[which])
        moved[index] = step
        after, before = (
            float(loss(ops.convert_to_tensor(arrays[which] + sign * moved)))
            for sign in (1, -1)
        )
        difference = (after - before) / (2 * step)
        np.testing.assert_allclose(gradient[index], difference, rtol=1e-6, atol=1e-9)


def test_says_which_shape_does_not_fit():
    good = {"query": (B, N, T, H), "key": (B, K, S, H), "value": (B, K, S, H)}
    for name, shape, message in [
        ("query", (B, T, H), "(B, N, T, H) = (None, None, None, None)"),
        ("key", (B, K, S, 2), "(B, K, S, H) = (2, None, None, 7)"),
        ("key", (1, K, S, H), "(B, K, S, H) = (2, None, None, 7)"),
        ("value", (B, K, T, H), "(B, K, S, H) = (2, 3, 5, None)"),
    ]:
        arrays = {key: np.ones(size) for key, size in {**good, name: shape}.items()}
        with pytest.raises(ValueError) as error:
            scaled_dot_product_attention(**arrays)
        assert str(error.value) == (
            f"scaled_dot_product_attention: `{name}` must be of shape {message}. "
            f"Received: {name} of shape {shape}."
        )


def test_says_that_key_value_heads_must_divide():
    query, key = np.ones((B, N, T, H)), np.ones((B, 4, S, H))
    with pytest.raises(ValueError) as error:
        scaled_dot_product_attention(query, key, key)
    assert str(error.value) == (
        "scaled_dot_product_attention: the heads of `key` must divide those of "
        "`query`. Received: 4 heads of key, 6 of query."
    )


def test_refuses_a_mask_of_floats():
    """Elsewhere 0.0 means "may attend": read as a boolean it would mean the reverse."""
    query = np.ones((B, N, T, H), "float32")
    with pytest.raises(ValueError) as error:
        scaled_dot_product_attention(query, query, query, np.zeros((T, T), "float32"))
    assert str(error.value) == (
        "scaled_dot_product_attention: `mask` must be boolean, true where a query may "
        "look. Received: mask of type float32."
    )


def test_says_what_a_mask_or_a_bias_must_broadcast_to():
    query = np.ones((B, N, T, H), "float32")
    for name, value in {
        "mask": np.ones((T, T + 1), bool),
        "bias": np.ones((T, T + 1), "float32"),
    }.items():
        with pytest.raises(ValueError) as error:
            scaled_dot_product_attention(query, query, query, **{name: value})
        assert str(error.value) == (
            f"scaled_dot_product_attention: `{name}` must broadcast to the shape "
            f"(B, N, T, S) = (2, 6, 4, 4). Received: {name} of shape (4, 5)."
        )
