"""The transformer block: how its halves are put together, and what masks promise."""

import keras
import numpy as np
import pytest
from keras import ops

from fmkeras.layers import TransformerBlock

B, T, D, N, F = 2, 5, 24, 6, 10


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.fixture
def inputs(rng):
    return rng.normal(size=(B, T, D)).astype("float32")


@pytest.fixture(params=[None, "rotary", "alibi"])
def positions(request):
    return request.param


@pytest.fixture(params=[True, False], ids=["pre-norm", "post-norm"])
def norm_first(request):
    return request.param


def built(**arguments):
    block = TransformerBlock(N, F, **arguments)
    block.build((None, None, D))
    return block


@pytest.mark.parametrize("normalization", ["layer", "rms"])
def test_pre_norm_is_what_the_formula_says(inputs, normalization):
    block = built(normalization=normalization)
    y = inputs + numpy_of(block.attention(block.attention_norm(inputs)))
    z = y + numpy_of(block.feed_forward(block.feed_forward_norm(y)))
    np.testing.assert_allclose(numpy_of(block(inputs)), z, atol=1e-6)


@pytest.mark.parametrize("normalization", ["layer", "rms"])
def test_post_norm_is_what_the_formula_says(inputs, normalization):
    block = built(norm_first=False, normalization=normalization)
    y = numpy_of(block.attention_norm(inputs + numpy_of(block.attention(inputs))))
    z = numpy_of(block.feed_forward_norm(y + numpy_of(block.feed_forward(y))))
    np.testing.assert_allclose(numpy_of(block(inputs)), z, atol=1e-6)


def test_the_normalisations_are_those_of_their_papers(inputs):
    for normalization, centred in {
        "layer": inputs - inputs.mean(axis=-1, keepdims=True),
        "rms": inputs,
    }.items():
        block = built(normalization=normalization, epsilon=0.5)
        expected = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 0.5)
        for norm in (block.attention_norm, block.feed_forward_norm):
            np.testing.assert_allclose(numpy_of(norm(inputs)), expected, atol=1e-5)


def test_arguments_arrive_where_they_are_used():
    block = built(
        num_key_value_heads=3,
        positions="rotary",
        activation="swiglu",
        causal=False,
        use_bias=False,
        dropout=0.25,
        seed=4,
    )
    assert block.attention.num_heads == N
    assert block.attention.num_key_value_heads == 3
    assert block.attention.positions == "rotary"
    assert not block.attention.causal
    assert block.feed_forward.activation == "swiglu"
    assert block.feed_forward.intermediate_dim == F
    assert block.attention.dropout == block.feed_forward.dropout == 0.25
    assert block.drop.rate == 0.25
    # No two of them drop at the same places.
    seeds = (block.attention.seed, block.drop.seed, block.feed_forward.seed)
    assert seeds == (4, 5, 6)


def test_without_biases_there_are_matrices_and_scales_alone():
    paths = {w.path.partition("/")[2] for w in built(use_bias=False).weights}
    assert paths == {
        "attention_norm/gamma",
        "attention/query_key_value/kernel",
        "attention/output/kernel",
        "feed_forward_norm/gamma",
        "feed_forward/intermediate/kernel",
        "feed_forward/output/kernel",
    }


def test_counts_as_many_weights_as_a_block_of_gpt2():
    block = TransformerBlock(12, 4 * 768, activation="gelu_tanh")
    block.build((None, None, 768))
    assert block.count_params() == 12 * 768**2 + 13 * 768


@pytest.mark.parametrize("changed", range(1, T))
def test_the_future_cannot_leak(inputs, positions, norm_first, changed):
    block = built(positions=positions, norm_first=norm_first, num_key_value_heads=2)
    before = numpy_of(block(inputs))
    inputs[:, changed, ::2] += 10.0  # to all of them alike, norms would be blind
    after = numpy_of(block(inputs))
    np.testing.assert_array_equal(before[:, :changed], after[:, :changed])
    assert np.abs(before[:, changed:] - after[:, changed:]).max(axis=-1).min() > 0


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("amount", [1, 3])
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_changes_nothing(
    inputs, rng, positions, norm_first, causal, amount, side
):
    block = built(
        causal=causal,
        positions=positions,
        norm_first=norm_first,
        num_key_value_heads=2,
    )
    padding = 100 * rng.normal(size=(B, amount, D)).astype("float32")
    parts, real = [inputs, padding], [np.ones((B, T)), np.zeros((B, amount))]
    if side == "left":
        parts, real = parts[::-1], real[::-1]
    mask = np.concatenate(real, axis=1).astype(bool)
    padded = numpy_of(block(np.concatenate(parts, axis=1), padding_mask=mask))
    np.testing.assert_allclose(padded[:, mask[0]], numpy_of(block(inputs)), atol=1e-5)
    assert np.isfinite(padded).all()


def test_masks_and_positions_reach_the_attention(inputs, rng):
    block = built(positions="rotary", causal=False)
    mask = np.eye(T, dtype=bool)[None] | (rng.random((B, T, T)) < 0.5)
    positions = np.array([[0, 5, 1, 7, 2], [3, 1, 4, 1, 5]])
    inner = block.attention(
        block.attention_norm(inputs), attention_mask=mask, positions=positions
    )
    y = inputs + numpy_of(inner)
    z = y + numpy_of(block.feed_forward(block.feed_forward_norm(y)))
    received = block(inputs, attention_mask=mask, positions=positions)
    np.testing.assert_allclose(numpy_of(received), z, atol=1e-6)


def test_a_batch_equals_its_rows_alone(inputs, positions, norm_first):
    block = built(positions=positions, norm_first=norm_first)
    together = numpy_of(block(inputs))
    for row in range(B):
        alone = numpy_of(block(inputs[row : row + 1]))
        np.testing.assert_allclose(together[row : row + 1], alone, atol=1e-5)


def test_a_query_that_may_look_nowhere_gives_no_nan(
    inputs, gradients, positions, norm_first
):
    block = built(positions=positions, norm_first=norm_first, causal=False)
    others = numpy_of(block(inputs))
    mask = np.ones((B, T, T), bool)
    mask[1, 2] = False
    outputs = numpy_of(block(inputs, attention_mask=mask))
    assert np.isfinite(outputs).all()
    seeing = np.ones((B, T), bool)
    seeing[1, 2] = False
    np.testing.assert_allclose(outputs[seeing], others[seeing], atol=1e-5)
    found = gradients(
        lambda: ops.sum(block(inputs, attention_mask=mask) ** 2),
        block.trainable_weights,
    )
    for gradient in found:
        assert np.isfinite(gradient).all()


def test_without_positions_order_means_nothing(inputs, rng, norm_first):
    block = built(causal=False, norm_first=norm_first)
    order = rng.permutation(T)
    np.testing.assert_allclose(
        numpy_of(block(inputs[:, order])), numpy_of(block(inputs))[:, order], atol=1e-5
    )


def test_gradients_equal_finite_differences(
    rng, gradients, float64, positions, norm_first
):
    block = TransformerBlock(
        2,
        3,
        num_key_value_heads=1,
        positions=positions,
        activation="swiglu",
        norm_first=norm_first,
        dtype=float64,
    )
    inputs = keras.Variable(rng.normal(size=(1, 3, 4)), dtype=float64)
    block.build((1, 3, 4))
    # Biases away from zero, so that a gradient of zero is not the expected one.
    block.set_weights([w + 0.1 * rng.normal(size=w.shape) for w in block.get_weights()])
    direction = ops.convert_to_tensor(rng.normal(size=(1, 3, 4)))

    def loss():
        return ops.sum(block(inputs.value) * direction)

    variables = [inputs, *block.trainable_weights]
    for variable, gradient in zip(variables, gradients(loss, variables), strict=True):
        start = numpy_of(variable)
        # One direction at a time is slow: a random one meets every entry.
        along = rng.normal(size=start.shape)
        sides = []
        for sign in (1, -1):
            variable.assign(start + sign * 1e-6 * along)
            sides.append(float(loss()))
        variable.assign(start)
        difference = (sides[0] - sides[1]) / 2e-6
        np.testing.assert_allclose(
            (gradient * along).sum(), difference, rtol=1e-5, atol=1e-7
        )


def test_dropout_acts_in_training_alone_and_repeats_with_its_seed(inputs):
    first, second = built(dropout=0.5, seed=3), built(dropout=0.5, seed=3)
    second.set_weights(first.get_weights())
    still = numpy_of(first(inputs))
    np.testing.assert_array_equal(numpy_of(first(inputs, training=False)), still)
    dropped = numpy_of(first(inputs, training=True))
    np.testing.assert_array_equal(numpy_of(second(inputs, training=True)), dropped)
    assert np.abs(dropped - still).max() > 0.1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"normalization": "batch"},
            "TransformerBlock: `normalization` must be one of 'layer', 'rms'. "
            "Received: normalization='batch'.",
        ),
        (
            {"epsilon": 0},
            "TransformerBlock: `epsilon` must be a number > 0. Received: epsilon=0.",
        ),
        (
            {"num_key_value_heads": 4},
            "MultiHeadAttention: `num_key_value_heads` must be a divisor of "
            "num_heads=6. Received: num_key_value_heads=4. What would do: 1, 2, 3, 6.",
        ),
        (
            {"seed": 1.5},
            "TransformerBlock: `seed` must be None or an integer ≥ 0. "
            "Received: seed=1.5.",
        ),
        (
            {"seed": True},
            "TransformerBlock: `seed` must be None or an integer ≥ 0. "
            "Received: seed=True.",
        ),
    ],
)
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError) as error:
        TransformerBlock(N, F, **arguments)
    assert str(error.value) == message


def test_says_what_shape_inputs_must_have(inputs):
    with pytest.raises(ValueError) as error:
        TransformerBlock(N, F)(inputs[0])
    assert str(error.value) == (
        "TransformerBlock: `inputs` must be of shape (B, T, D) = (None, None, None). "
        "Received: inputs of shape (5, 24)."
    )
