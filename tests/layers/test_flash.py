"""Tiled attention gives the plain numbers, gradients included, in linear memory."""

import math
import re

import keras
import numpy as np
import pytest
from keras import ops

from fmkeras.layers import flash_attention

# batch, query heads, key heads, T, S, width, causal, padding, tile
CASES = {
    "self, causal, ragged tiles": (2, 6, 3, 37, 37, 5, True, False, 16),
    "the last queries of many keys, padded": (3, 6, 2, 11, 37, 5, True, True, 8),
    "more queries than keys, padded": (2, 4, 4, 50, 33, 3, False, True, 16),
    "everything in one tile": (2, 2, 1, 7, 9, 4, True, True, 128),
    "tiles that divide the length": (1, 3, 3, 32, 32, 2, True, False, 8),
    "tiles of one position": (1, 2, 2, 5, 6, 3, False, True, 1),
}


@pytest.fixture(params=list(CASES))
def case(request):
    batch, heads, key_heads, length, key_length, width, causal, padded, tile = CASES[
        request.param
    ]
    rng = np.random.default_rng(3)
    query, upstream = rng.normal(size=(2, batch, heads, length, width))
    key, value = rng.normal(size=(2, batch, key_heads, key_length, width))
    mask = None
    if padded:
        mask = rng.random((batch, key_length)) > 0.4
        mask[0] = False  # nobody may look anywhere
    options = {"padding_mask": mask, "causal": causal, "tile_size": tile}
    arrays = [x.astype("float32") for x in (query, key, value, upstream)]
    return arrays, options


def expected(query, key, value, upstream, padding_mask, causal, tile_size):
    """Work out attention and its gradients in NumPy, in float64."""
    query, key, value, upstream = (
        x.astype("float64") for x in (query, key, value, upstream)
    )
    groups = query.shape[1] // key.shape[1]
    keys, values = (np.repeat(x, groups, axis=1) for x in (key, value))
    length, key_length = query.shape[2], key.shape[2]
    allowed = np.ones((len(query), 1, length, key_length), bool)
    if causal:
        allowed &= np.tri(length, key_length, key_length - length, dtype=bool)
    if padding_mask is not None:
        allowed &= padding_mask[:, None, None]
    scores = query @ keys.swapaxes(2, 3) / math.sqrt(query.shape[-1])
    highest = np.where(allowed, scores, -1e30).max(axis=-1, keepdims=True)
    weights = np.where(allowed, np.exp(np.minimum(scores - highest, 0)), 0.0)
    weights /= np.maximum(weights.sum(axis=-1, keepdims=True), 1e-300)
    of_weights = upstream @ values.swapaxes(2, 3)
    mean = (weights * of_weights).sum(axis=-1, keepdims=True)
    of_scores = weights * (of_weights - mean) / math.sqrt(query.shape[-1])

    def over_groups(x):
        return x.reshape(len(x), -1, groups, *x.shape[2:]).sum(axis=2)

    return (
        weights @ values,
        of_scores @ keys,
        over_groups(of_scores.swapaxes(2, 3) @ query),
        over_groups(weights.swapaxes(2, 3) @ upstream),
    )


def with_gradients(query, key, value, upstream, options):
    import tensorflow as tf

    query, key, value = (tf.convert_to_tensor(x) for x in (query, key, value))
    with tf.GradientTape() as tape:
        tape.watch([query, key, value])
        output = flash_attention(query, key, value, **options)
        loss = tf.reduce_sum(output * upstream)
    return [output, *tape.gradient(loss, [query, key, value])]


def test_output(case):
    arrays, options = case
    output = flash_attention(*arrays[:3], **options)
    np.testing.assert_allclose(
        ops.convert_to_numpy(output), expected(*arrays, **options)[0], atol=2e-6
    )


def test_gradients(case, gradients):
    (*arrays, upstream), options = case
    variables = [keras.Variable(x) for x in arrays]
    weights = ops.convert_to_tensor(upstream)

    def loss():
        output = flash_attention(*(v.value for v in variables), **options)
        return ops.sum(output * weights)

    _, *theirs = expected(*arrays, upstream, **options)
    for gradient, right in zip(gradients(loss, variables), theirs, strict=True):
        np.testing.assert_allclose(gradient, right, atol=5e-6)


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "jit_compile", [False, pytest.param(True, marks=pytest.mark.slow)]
)
def test_gradients_in_a_graph_and_compiled(case, jit_compile):
    import tensorflow as tf

    arrays, options = case
    run = tf.function(with_gradients, jit_compile=jit_compile)
    for ours, theirs in zip(
        run(*arrays, options), expected(*arrays, **options), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=5e-6)


@pytest.fixture
def sequence():
    """Self-attention: 2 sequences of 21 positions, 6 query heads to 3 of keys."""
    rng = np.random.default_rng(7)
    shapes = (2, 6, 21, 5), (2, 3, 21, 5), (2, 3, 21, 5)
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def tiled(arrays, **options):
    output = flash_attention(
        *arrays, tile_size=8, **options
    )  # 2 tiles and 5 of a third
    return ops.convert_to_numpy(output)


@pytest.mark.parametrize("changed", range(1, 21))
def test_the_future_cannot_leak(sequence, changed):
    before = tiled(sequence, causal=True)
    for array in sequence:
        array[:, :, changed] += 10.0
    after = tiled(sequence, causal=True)
    np.testing.assert_array_equal(before[:, :, :changed], after[:, :, :changed])
    assert (before[:, :, changed:] != after[:, :, changed:]).any(axis=-1).all()


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("amount", [1, 3, 8, 13])
def test_padding_changes_nothing(sequence, amount, side, causal):
    """Less than a tile of it, a whole one, and more: the real tokens move in theirs."""
    rng = np.random.default_rng(8)
    real = slice(amount, None) if side == "left" else slice(21)
    mask = np.zeros((2, 21 + amount), bool)
    mask[:, real] = True
    padded = []
    for array in sequence:
        whole = 100 * rng.normal(size=(*array.shape[:2], 21 + amount, 5))
        whole[:, :, real] = array
        padded.append(whole.astype("float32"))
    output = tiled(padded, padding_mask=mask, causal=causal)
    assert np.isfinite(output).all()
    np.testing.assert_allclose(
        output[:, :, real], tiled(sequence, causal=causal), atol=2e-6
    )


def test_a_batch_equals_its_rows_alone(sequence):
    mask = np.random.default_rng(9).random((2, 21)) > 0.4
    together = tiled(sequence, padding_mask=mask, causal=True)
    for row in range(2):
        one = slice(row, row + 1)
        alone = tiled(
            [array[one] for array in sequence], padding_mask=mask[one], causal=True
        )
        np.testing.assert_allclose(together[one], alone, atol=2e-6)


def test_without_positions_order_means_nothing(sequence):
    order = np.random.default_rng(10).permutation(21)
    moved = tiled([array[:, :, order] for array in sequence])
    np.testing.assert_allclose(moved, tiled(sequence)[:, :, order], atol=2e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_keeps_its_type_and_is_near(dtype):
    rng = np.random.default_rng(5)
    arrays = rng.normal(size=(4, 2, 3, 20, 4)).astype("float32")
    options = {"padding_mask": None, "causal": True, "tile_size": 8}
    half = [ops.cast(x, dtype) for x in arrays[:3]]
    output = flash_attention(*half, **options)
    assert keras.backend.standardize_dtype(output.dtype) == dtype
    np.testing.assert_allclose(
        ops.convert_to_numpy(ops.cast(output, "float32")),
        expected(*arrays, **options)[0],
        atol=0.03,
    )


def test_scores_too_large_for_a_plain_exponential():
    arrays = np.random.default_rng(6).normal(size=(4, 1, 1, 9, 2)).astype("float32")
    arrays[:2] *= 60.0
    options = {"padding_mask": None, "causal": True, "tile_size": 4}
    np.testing.assert_allclose(
        ops.convert_to_numpy(flash_attention(*arrays[:3], **options)),
        expected(*arrays, **options)[0],
        atol=1e-4,
    )


def largest_array(function, length):
    """Count the elements of the largest array of a compiled program."""
    import tensorflow as tf

    arrays = [tf.ones((1, 2, length, 4))] * 4
    compiled = tf.function(function, jit_compile=True)
    program = compiled.experimental_get_compiler_ir(*arrays)(stage="optimized_hlo")
    shapes = re.findall(r"\b(?:f32|pred|s32)\[([\d,]+)\]", program)
    return max(math.prod(map(int, shape.split(","))) for shape in shapes)


@pytest.mark.tensorflow
@pytest.mark.slow
def test_memory_grows_with_the_length_and_not_with_its_square():
    def tiled(*arrays):
        options = {"padding_mask": None, "causal": True, "tile_size": 16}
        return with_gradients(*arrays, options)

    def plain(query, key, value, upstream):
        return ops.matmul(ops.softmax(query @ ops.transpose(key, (0, 1, 3, 2))), value)

    assert largest_array(plain, 512) == 4 * largest_array(plain, 256)
    assert largest_array(tiled, 512) == 2 * largest_array(tiled, 256)
    assert largest_array(tiled, 512) == 2 * 512 * 4  # no more than the query itself


GOOD = {"query": (2, 6, 5, 4), "key": (2, 3, 7, 4), "value": (2, 3, 7, 4)}


@pytest.mark.parametrize(
    ("wrong", "options", "message"),
    [
        (
            {"query": (2, 6, 4)},
            {},
            "flash_attention: `query.shape` must be a tensor of four known axes, "
            "(batch, heads, length, width). Received: query.shape=(2, 6, 4).",
        ),
        (
            {"key": (2, 4, 7, 4)},
            {},
            "flash_attention: `key.shape` must be (2, a divisor of 6, any length, 4), "
            "by the query. Received: key.shape=(2, 4, 7, 4).",
        ),
        (
            {"key": (2, 3, 7, 3)},
            {},
            "flash_attention: `key.shape` must be (2, a divisor of 6, any length, 4), "
            "by the query. Received: key.shape=(2, 3, 7, 3).",
        ),
        (
            {"value": (2, 3, 8, 4)},
            {},
            "flash_attention: `value.shape` must be the key's, (2, 3, 7, 4). "
            "Received: value.shape=(2, 3, 8, 4).",
        ),
        (
            {"query": (2, 6, 8, 4)},
            {"causal": True},
            "flash_attention: `key.shape[2]` must be at least the 8 positions of the "
            "query if causal. Received: key.shape[2]=7.",
        ),
        (
            {},
            {"padding_mask": np.ones((2, 5), bool)},
            "flash_attention: `padding_mask.shape` must be (2, 7), one for each key. "
            "Received: padding_mask.shape=(2, 5).",
        ),
        (
            {},
            {"tile_size": 0},
            "flash_attention: `tile_size` must be a positive integer. "
            "Received: tile_size=0.",
        ),
    ],
)
def test_bad_arguments(wrong, options, message):
    arrays = {name: np.ones(shape, "float32") for name, shape in GOOD.items()}
    arrays |= {name: np.ones(shape, "float32") for name, shape in wrong.items()}
    with pytest.raises(ValueError) as error:
        flash_attention(**arrays, **options)
    assert str(error.value) == message
