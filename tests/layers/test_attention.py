"""Multi-head attention: equal to Keras with the same weights, true to its masks."""

import keras
import numpy as np
import pytest
from keras import ops

from fmkeras.layers import MultiHeadAttention

B, T, S, D, N, H = 2, 5, 7, 12, 6, 4
CONTEXT = 9

SCHEMES = [None, "rotary", "alibi"]
SHARED = [None, 1, 2]  # key/value heads: as many as heads, one, two


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


def built(*shapes, **arguments):
    """Make a layer whose biases are not zero."""
    layer = MultiHeadAttention(N, head_dim=H, **arguments)
    layer.build(*(shapes or [(None, None, D)]))
    rng = np.random.default_rng(1)
    for weight in layer.trainable_weights:
        weight.assign(0.5 * rng.normal(size=weight.shape))
    return layer


def copy_to_keras(ours, theirs, key_value_heads):
    """Give Keras's layer the weights of ours."""
    weights = dict(zip([w.path for w in ours.weights], ours.get_weights(), strict=True))
    kernels = {
        path.split("/")[-2]: w for path, w in weights.items() if "kernel" in path
    }
    biases = {path.split("/")[-2]: w for path, w in weights.items() if "bias" in path}

    def parts(of):
        if "query" in of:
            pair = np.split(of["key_value"], 2, axis=-1)
            return [of["query"], *pair]
        ends = [N * H, (N + key_value_heads) * H]
        return np.split(of["query_key_value"], ends, axis=-1)

    values = []
    heads = [N, key_value_heads, key_value_heads]
    for kernel, bias, count in zip(parts(kernels), parts(biases), heads, strict=True):
        values += [kernel.reshape(-1, count, H), bias.reshape(count, H)]
    values += [kernels["output"].reshape(N, H, -1), biases["output"]]
    theirs.set_weights(values)


def attention_mask(rng, *shape):
    mask = rng.random(shape) < 0.5
    mask[..., 0] = True  # Keras averages over all keys where no key is allowed
    return mask


@pytest.mark.parametrize("causal", [False, True])
def test_self_attention_agrees_with_keras(inputs, rng, causal):
    ours = built(causal=causal)
    theirs = keras.layers.MultiHeadAttention(N, H)
    theirs.build(inputs.shape, inputs.shape)
    copy_to_keras(ours, theirs, N)
    padding, table = attention_mask(rng, B, T), attention_mask(rng, B, T, T)
    for ours_given, theirs_given in [
        ({}, {}),
        ({"padding_mask": padding}, {"value_mask": padding}),
        ({"attention_mask": table}, {"attention_mask": table}),
        (
            {"padding_mask": padding, "attention_mask": table},
            {"value_mask": padding, "attention_mask": table},
        ),
    ]:
        np.testing.assert_allclose(
            numpy_of(ours(inputs, **ours_given)),
            numpy_of(theirs(inputs, inputs, use_causal_mask=causal, **theirs_given)),
            atol=1e-5,
        )
    _, weights = theirs(
        inputs, inputs, use_causal_mask=causal, return_attention_scores=True
    )
    np.testing.assert_allclose(
        numpy_of(ours.attention_weights(inputs)), numpy_of(weights), atol=1e-6
    )


def test_cross_attention_agrees_with_keras(inputs, rng):
    context = rng.normal(size=(B, S, CONTEXT)).astype("float32")
    ours = built(inputs.shape, context.shape)
    theirs = keras.layers.MultiHeadAttention(N, H)
    theirs.build(inputs.shape, context.shape)
    copy_to_keras(ours, theirs, N)
    padding, table = attention_mask(rng, B, S), attention_mask(rng, B, T, S)
    np.testing.assert_allclose(
        numpy_of(ours(inputs, context, padding_mask=padding, attention_mask=table)),
        numpy_of(theirs(inputs, context, value_mask=padding, attention_mask=table)),
        atol=1e-5,
    )
    _, weights = theirs(inputs, context, return_attention_scores=True)
    np.testing.assert_allclose(
        numpy_of(ours.attention_weights(inputs, context)), numpy_of(weights), atol=1e-6
    )


@pytest.mark.parametrize("key_value_heads", [1, 2, 3, 6])
@pytest.mark.parametrize("cross", [False, True])
def test_grouped_attention_agrees_with_keras(inputs, rng, key_value_heads, cross):
    context = rng.normal(size=(B, S, D)).astype("float32") if cross else inputs
    shapes = [inputs.shape, context.shape] if cross else [inputs.shape]
    ours = built(*shapes, num_key_value_heads=key_value_heads)
    theirs = keras.layers.GroupQueryAttention(H, N, key_value_heads)
    theirs.build(inputs.shape, context.shape)
    copy_to_keras(ours, theirs, key_value_heads)
    table = attention_mask(rng, B, T, context.shape[1])
    received = ours(inputs, *([context] if cross else []), attention_mask=table)
    expected = theirs(inputs, context, attention_mask=table)
    np.testing.assert_allclose(numpy_of(received), numpy_of(expected), atol=1e-5)


@pytest.mark.parametrize("changed", range(1, T))
def test_the_future_cannot_leak(inputs, positions, shared, changed):
    layer = built(causal=True, positions=positions, num_key_value_heads=shared)
    before = numpy_of(layer(inputs))
    inputs[:, changed] += 1000.0
    after = numpy_of(layer(inputs))
    np.testing.assert_array_equal(before[:, :changed], after[:, :changed])
    assert np.abs(before[:, changed:] - after[:, changed:]).max(axis=-1).min() > 0


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("amount", [1, 3])
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_changes_nothing(inputs, rng, positions, shared, causal, amount, side):
    layer = built(causal=causal, positions=positions, num_key_value_heads=shared)
    padding = 100 * rng.normal(size=(B, amount, D)).astype("float32")
    parts, real = [inputs, padding], [np.ones((B, T)), np.zeros((B, amount))]
    if side == "left":
        parts, real = parts[::-1], real[::-1]
    mask = np.concatenate(real, axis=1).astype(bool)
    padded = numpy_of(layer(np.concatenate(parts, axis=1), padding_mask=mask))
    np.testing.assert_allclose(padded[:, mask[0]], numpy_of(layer(inputs)), atol=1e-5)


def test_a_batch_equals_its_rows_alone(inputs, rng, positions, shared):
    layer = built(causal=True, positions=positions, num_key_value_heads=shared)
    mask = np.array([[True] * T, [True] * 3 + [False] * (T - 3)])
    together = numpy_of(layer(inputs, padding_mask=mask))
    for row in range(B):
        one = slice(row, row + 1)
        alone = layer(inputs[one], padding_mask=mask[one])
        np.testing.assert_allclose(together[one], numpy_of(alone), atol=1e-5)


def test_without_positions_order_means_nothing(inputs, rng, shared):
    layer = built(num_key_value_heads=shared)
    order = rng.permutation(T)
    np.testing.assert_allclose(
        numpy_of(layer(inputs[:, order])), numpy_of(layer(inputs))[:, order], atol=1e-5
    )


@pytest.mark.parametrize("positions", ["rotary", "alibi"])
def test_with_positions_order_means_something(inputs, positions):
    layer = built(positions=positions)
    moved_back = np.roll(numpy_of(layer(np.roll(inputs, 2, axis=1))), -2, axis=1)
    assert np.abs(moved_back - numpy_of(layer(inputs))).max() > 0.01


@pytest.mark.parametrize("positions", ["rotary", "alibi"])
def test_only_differences_of_positions_count(inputs, positions):
    layer = built(positions=positions)
    counted = numpy_of(layer(inputs))
    shifted = layer(inputs, positions=np.arange(T) + 50)
    np.testing.assert_allclose(numpy_of(shifted), counted, atol=1e-4)
    each = np.stack([np.arange(T), np.arange(T) + 7])
    np.testing.assert_allclose(
        numpy_of(layer(inputs, positions=each)), counted, atol=1e-4
    )
    stretched = layer(inputs, positions=3 * np.arange(T))
    assert np.abs(numpy_of(stretched) - counted).max() > 0.01


def test_a_query_that_may_look_nowhere_gathers_zeros(inputs, gradients, positions):
    layer = built(positions=positions)
    mask = np.ones((B, T, T), bool)
    mask[1, 2] = False
    outputs = numpy_of(layer(inputs, attention_mask=mask))
    (bias,) = (w for w in layer.weights if w.path.endswith("output/bias"))
    np.testing.assert_array_equal(outputs[1, 2], numpy_of(bias))
    weights = numpy_of(layer.attention_weights(inputs, attention_mask=mask))
    np.testing.assert_array_equal(weights[1, :, 2], 0)
    found = gradients(
        lambda: ops.sum(layer(inputs, attention_mask=mask) ** 2), layer.weights
    )
    for gradient in found:
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_a_batch_of_padding_alone_stays_finite(inputs, policy):
    layer = built(causal=True, positions="alibi", dtype=policy)
    outputs = layer(inputs, padding_mask=np.zeros((B, T), bool))
    assert np.isfinite(numpy_of(ops.cast(outputs, "float32"))).all()


def test_attention_weights_sum_to_one_where_a_key_is_allowed(inputs, positions, shared):
    layer = built(causal=True, positions=positions, num_key_value_heads=shared)
    weights = numpy_of(layer.attention_weights(inputs))
    assert weights.shape == (B, N, T, T)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-5)
    assert (weights[..., ~np.tril(np.ones((T, T), bool))] == 0).all()


def test_alibi_weights_fall_with_distance_where_scores_are_equal():
    layer = built(positions="alibi")
    layer.set_weights([np.zeros_like(w) for w in layer.get_weights()])
    weights = numpy_of(layer.attention_weights(np.zeros((1, T, D), "float32")))
    slopes = [2.0**-2, 2.0**-4, 2.0**-6, 2.0**-8, 2.0**-1, 2.0**-3]  # of six heads
    for head, slope in enumerate(slopes):
        expected = np.exp(-slope * np.abs(np.arange(T)[:, None] - np.arange(T)))
        expected /= expected.sum(axis=-1, keepdims=True)
        np.testing.assert_allclose(weights[0, head], expected, rtol=1e-5)


@pytest.mark.parametrize("scheme", [*SCHEMES, "cross"])
def test_gradients_equal_finite_differences(rng, gradients, float64, scheme):
    cross = scheme == "cross"
    layer = MultiHeadAttention(
        2,
        num_key_value_heads=1,
        causal=not cross,
        positions=None if cross else scheme,
        dtype=float64,
    )
    given = [rng.normal(size=(1, 3, 4))] + ([rng.normal(size=(1, 2, 3))] * cross)
    layer.build(*(x.shape for x in given))
    inputs = keras.Variable(given[0], dtype=float64)
    direction = ops.convert_to_tensor(rng.normal(size=(1, 3, 4)))

    def loss():
        return ops.sum(layer(inputs.value, *given[1:]) * direction)

    variables = [inputs, *layer.trainable_weights]
    for variable, gradient in zip(variables, gradients(loss, variables), strict=True):
        start = numpy_of(variable)
        step = 1e-6
        for index in np.ndindex(start.shape):
            sides = []
            for sign in (1, -1):
                moved = start.copy()
                moved[index] += sign * step
                variable.assign(moved)
                sides.append(float(loss()))
            variable.assign(start)
            difference = (sides[0] - sides[1]) / (2 * step)
            np.testing.assert_allclose(
                gradient[index], difference, rtol=1e-5, atol=1e-8
            )


def test_dropout_acts_on_the_weights_in_training_alone():
    """The mean over many rows comes near what inference gives."""
    layer = built(dropout=0.5, seed=3)
    row = np.random.default_rng(3).normal(size=(1, T, D)).astype("float32")
    rows = np.repeat(row, 4000, axis=0)
    still = numpy_of(layer(row))
    np.testing.assert_array_equal(numpy_of(layer(row, training=False)), still)
    dropped = numpy_of(layer(rows, training=True))
    assert np.abs(dropped - still).max() > 0.1
    error = np.abs(dropped.mean(axis=0) - still[0])
    assert (error < 5 * dropped.std(axis=0) / len(rows) ** 0.5).all()
    weights = numpy_of(layer.attention_weights(row))
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-5)


def test_has_the_weights_it_says():
    layer = MultiHeadAttention(N, num_key_value_heads=2, head_dim=H)
    layer.build((None, None, D))
    shapes = {w.path.partition("/")[2]: tuple(w.shape) for w in layer.weights}
    assert shapes == {
        "query_key_value/kernel": (D, (N + 2 * 2) * H),
        "query_key_value/bias": ((N + 2 * 2) * H,),
        "output/kernel": (N * H, D),
        "output/bias": (D,),
    }
    layer = MultiHeadAttention(N, use_bias=False)
    layer.build((None, None, D), (None, None, CONTEXT))
    shapes = {w.path.partition("/")[2]: tuple(w.shape) for w in layer.weights}
    assert shapes == {
        "query/kernel": (D, D),
        "key_value/kernel": (CONTEXT, 2 * D),
        "output/kernel": (D, D),
    }


def test_matrices_start_apart():
    layer = MultiHeadAttention(
        1, head_dim=D, kernel_initializer=keras.initializers.RandomNormal(stddev=0.02)
    )
    layer.build((None, None, D), (None, None, D))
    query, _, _, _, output, _ = layer.get_weights()
    assert query.shape == output.shape
    assert np.abs(query - output).max() > 0
    assert query.std() < 0.03
