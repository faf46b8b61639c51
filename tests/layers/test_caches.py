"""Decoding with a cache gives what one pass over the whole gives, at every step."""

import keras
import numpy as np
import pytest
from keras import ops

from fmkeras.layers import MultiHeadAttention, TransformerBlock

B, T, D, N, SLOTS = 2, 7, 24, 6, 10

SCHEMES = [None, "rotary", "alibi"]
SHARED = [None, 1, 2]


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.fixture
def inputs(rng):
    return rng.normal(size=(B, T, D)).astype("float32")


@pytest.fixture(params=SCHEMES)
def positions(request):
    return request.param


@pytest.fixture(params=SHARED)
def shared(request):
    return request.param


@pytest.fixture(
    params=["attention", "pre-norm", pytest.param("post-norm", marks=pytest.mark.slow)]
)
def layer(request, positions, shared):
    arguments = {"positions": positions, "num_key_value_heads": shared}
    if request.param == "attention":
        layer = MultiHeadAttention(N, causal=True, **arguments)
    else:
        layer = TransformerBlock(
            N, 10, norm_first=request.param == "pre-norm", **arguments
        )
    layer.build((None, None, D))
    return layer


def decode(layer, inputs, parts, as_tensor=False, **given):
    """Feed the inputs in parts; return what came out, put together again."""
    cache = layer.make_cache(len(inputs), SLOTS)
    outputs, index = [], 0
    for length in parts:
        positions = given.get("positions")
        output, cache = layer.call_with_cache(
            inputs[:, index : index + length],
            cache,
            ops.convert_to_tensor(index) if as_tensor else index,
            padding_mask=given.get("padding_mask"),
            positions=None
            if positions is None
            else positions[..., index : index + length],
        )
        outputs.append(numpy_of(output))
        index += length
    return np.concatenate(outputs, axis=1)


@pytest.mark.parametrize("parts", [(1,) * T, (T,), (4, 1, 1, 1), (2, 3, 2)])
def test_parts_give_what_the_whole_gives(layer, inputs, parts):
    expected = numpy_of(layer(inputs))
    np.testing.assert_allclose(decode(layer, inputs, parts), expected, atol=1e-5)


def test_the_index_may_be_a_tensor(layer, inputs):
    np.testing.assert_allclose(
        decode(layer, inputs, (3, 1, 2, 1), as_tensor=True),
        decode(layer, inputs, (3, 1, 2, 1)),
        atol=1e-5,  # the sums run over all slots, or over those that are filled
    )


def test_padding_on_the_left_changes_nothing(layer, inputs, rng):
    """Rows of unequal length, as prompts are, with positions of their own."""
    padding = np.array([0, 3])
    alone = [numpy_of(layer(inputs[[row], padding[row] :])) for row in range(B)]
    inputs[1, :3] = 100 * rng.normal(size=(3, D))
    mask = np.arange(SLOTS) >= padding[:, None]
    received = decode(
        layer,
        inputs,
        (4, 1, 1, 1),
        padding_mask=mask,
        positions=np.arange(T) - padding[:, None],
    )
    for row in range(B):
        np.testing.assert_allclose(
            received[[row], padding[row] :], alone[row], atol=1e-5
        )
    assert np.isfinite(received).all()


def test_what_lies_in_slots_yet_to_come_does_not_count(layer, inputs):
    cache = layer.make_cache(B, SLOTS)
    littered = tuple(ops.ones_like(part) * 1000.0 for part in cache)
    start = ops.convert_to_tensor(0)
    clean, _ = layer.call_with_cache(inputs[:, :4], cache, start)
    other, _ = layer.call_with_cache(inputs[:, :4], littered, start)
    np.testing.assert_array_equal(numpy_of(clean), numpy_of(other))


def test_slots_that_are_known_to_be_empty_are_not_looked_at(layer, inputs):
    """Even the weight 0 would turn what is no number into the same."""
    empty = layer.make_cache(B, SLOTS)
    spoilt = tuple(part * np.nan for part in empty)
    for length in (4, SLOTS - 4, SLOTS):
        x = np.resize(inputs, (B, length, D))
        expected, _ = layer.call_with_cache(x, empty, ops.convert_to_tensor(0))
        received, _ = layer.call_with_cache(x, spoilt, 0)
        np.testing.assert_allclose(numpy_of(received), numpy_of(expected), atol=1e-5)


def test_the_cache_keeps_its_shape_and_its_past(layer, inputs):
    empty = layer.make_cache(B, SLOTS)
    _, first = layer.call_with_cache(inputs[:, :4], empty, 0)
    _, second = layer.call_with_cache(inputs[:, 4:5], first, 4)
    for before, after in zip(first, second, strict=True):
        before, after = numpy_of(before), numpy_of(after)
        assert before.shape == after.shape == tuple(empty[0].shape)
        np.testing.assert_array_equal(before[:, :4], after[:, :4])
        assert (after[:, :5] != 0).all()
        assert (after[:, 5:] == 0).all()


def test_shared_heads_make_the_cache_smaller():
    layer = MultiHeadAttention(6, num_key_value_heads=2, head_dim=5, causal=True)
    layer.build((None, None, D))
    for part in layer.make_cache(3, 11):
        assert tuple(part.shape) == (3 * 2, 11, 5)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_the_cache_has_the_type_of_the_layer(inputs, policy):
    block = TransformerBlock(N, 10, positions="rotary", dtype=policy)
    block.build((None, None, D))
    output, cache = block.call_with_cache(inputs, block.make_cache(B, SLOTS), 0)
    compute = keras.dtype_policies.get(policy).compute_dtype
    for tensor in (output, *cache):
        assert keras.backend.standardize_dtype(tensor.dtype) == compute
    expected = numpy_of(ops.cast(block(inputs), "float32"))
    received = numpy_of(ops.cast(output, "float32"))
    np.testing.assert_allclose(received, expected, atol=0.05)


@pytest.mark.slow
@pytest.mark.tensorflow
def test_a_compiled_loop_gives_what_the_whole_gives(layer, inputs):
    import tensorflow as tf

    expected = numpy_of(layer(inputs))

    @tf.function(jit_compile=True)
    def decode_one_by_one(inputs):
        outputs = tf.zeros((T, B, D))

        def step(index, cache, outputs):
            start = (0, index, 0)
            newest = ops.slice(inputs, start, (B, 1, D))
            output, cache = layer.call_with_cache(newest, cache, index)
            outputs = tf.tensor_scatter_nd_update(
                outputs, [[index]], tf.transpose(output, (1, 0, 2))
            )
            return index + 1, cache, outputs

        cache = layer.make_cache(B, SLOTS)
        return tf.while_loop(
            lambda index, *_: index < T, step, (tf.constant(0), cache, outputs)
        )[2]

    received = numpy_of(decode_one_by_one(inputs)).transpose(1, 0, 2)
    np.testing.assert_allclose(received, expected, atol=1e-5)
