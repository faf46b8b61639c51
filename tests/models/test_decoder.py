"""The proofs of the decoder: masks, padding, the cache, precision and gradients."""

import keras
import numpy as np
import pytest
from keras import ops

from fmkeras.models.decoder import TransformerDecoder

B, T, V, D, N, LONGEST, PADDING = 3, 7, 11, 24, 4, 13, 0

SCHEMES = {
    "learned": {},
    "learned, grouped": {"num_key_value_heads": 2},
    "sinusoidal": {"positions": "sinusoidal", "intermediate_dim": 20},
    "rotary": {"positions": "rotary", "normalization": "rms", "use_bias": False},
    "rotary, one key/value head": {
        "positions": "rotary",
        "num_key_value_heads": 1,
        "activation": "swiglu",
    },
    "alibi": {"positions": "alibi", "num_layers": 3},
    "alibi, grouped": {"positions": "alibi", "num_key_value_heads": 2},
    "none": {"positions": None},
}


def make(scheme="learned", **further):
    """Build a decoder whose every weight is random, biases and scales too."""
    arguments = {"num_layers": 2, **SCHEMES[scheme], **further}
    model = TransformerDecoder(V, LONGEST, num_heads=N, hidden_dim=D, **arguments)
    model.build((None, None))
    rng = np.random.default_rng(3)
    for weight in model.trainable_weights:
        is_scale = weight.name in ("gamma", "scale")
        weight.assign(rng.normal(1.0 if is_scale else 0.0, 0.3, size=weight.shape))
    return model


def random_ids(*shape):
    return np.random.default_rng(5).integers(1, V, size=shape)


def logits_of(model, token_ids, **kwargs):
    return ops.convert_to_numpy(model(token_ids, **kwargs))


# One of each kind for daily work; what they share is in all of them.
DAILY = {"learned, grouped", "rotary, one key/value head", "alibi"}


@pytest.fixture(
    params=[
        pytest.param(name, marks=[] if name in DAILY else pytest.mark.slow)
        for name in SCHEMES
    ]
)
def scheme(request):
    return request.param


def test_agrees_with_layers_of_keras():
    model = make(epsilon=1e-3, activation="gelu_tanh")
    token_ids = random_ids(B, T)
    norms = [keras.layers.LayerNormalization(epsilon=1e-3) for _ in range(5)]
    table = ops.convert_to_tensor(model.token_embedding.embeddings)
    x = ops.take(table, token_ids, axis=0) + ops.convert_to_tensor(
        model.position_embedding.position_embeddings[:T]
    )
    for index, block in enumerate(model.blocks):
        before, within = norms[2 * index : 2 * index + 2]
        attention = keras.layers.MultiHeadAttention(N, D // N)
        attention.build(x.shape, x.shape)
        fused, fused_bias = block.attention.to_query_key_value.get_weights()
        output, output_bias = block.attention.to_output.get_weights()
        theirs = []
        for part in range(3):
            columns = slice(part * D, (part + 1) * D)
            theirs += [
                fused[:, columns].reshape(D, N, D // N),
                fused_bias[columns].reshape(N, D // N),
            ]
        attention.set_weights([*theirs, output.reshape(N, D // N, D), output_bias])
        for norm, ours in (
            (before, block.attention_norm),
            (within, block.feed_forward_norm),
        ):
            norm.build(x.shape)
            norm.set_weights(ours.get_weights())
        x = x + attention(before(x), before(x), use_causal_mask=True)
        wide, wide_bias, narrow, narrow_bias = block.feed_forward.get_weights()
        hidden = ops.gelu(ops.matmul(within(x), wide) + wide_bias, approximate=True)
        x = x + ops.matmul(hidden, narrow) + narrow_bias
    norms[4].build(x.shape)
    norms[4].set_weights(model.final_norm.get_weights())
    expected = ops.matmul(norms[4](x), ops.transpose(table))
    np.testing.assert_allclose(
        logits_of(model, token_ids), expected, rtol=1e-4, atol=1e-4
    )


def test_the_future_cannot_leak(scheme):
    model, token_ids = make(scheme), random_ids(B, T)
    before = logits_of(model, token_ids)
    for changed in range(1, T):
        others = token_ids.copy()
        others[:, changed] = others[:, changed] % (V - 1) + 1
        after = logits_of(model, others)
        np.testing.assert_array_equal(before[:, :changed], after[:, :changed])
        assert (before[:, changed:] != after[:, changed:]).any(axis=-1).all()


# Up to the longest sequence that the model takes.
@pytest.mark.parametrize("amount", range(1, LONGEST - T + 1))
def test_padding_on_the_right_changes_nothing(scheme, amount):
    model, token_ids = make(scheme, padding_id=PADDING), random_ids(B, T)
    padded = np.pad(token_ids, ((0, 0), (0, amount)), constant_values=PADDING)
    np.testing.assert_allclose(
        logits_of(model, padded)[:, :T],
        logits_of(model, token_ids),
        rtol=1e-4,
        atol=1e-4,
    )


@pytest.mark.parametrize("amount", range(1, LONGEST - T + 1))
def test_padding_on_the_left_changes_nothing(scheme, amount):
    model, token_ids = make(scheme, padding_id=PADDING), random_ids(B, T)
    padded = np.pad(token_ids, ((0, 0), (amount, 0)), constant_values=PADDING)
    after = logits_of(model, padded)
    np.testing.assert_allclose(
        after[:, amount:], logits_of(model, token_ids), rtol=1e-4, atol=1e-4
    )
    assert np.isfinite(after).all()  # where a row is masked entirely, too


def test_a_row_of_padding_alone_stays_finite_and_moves_no_other(scheme):
    model, token_ids = make(scheme, padding_id=PADDING), random_ids(B, T)
    others = logits_of(model, token_ids)[1:]
    token_ids[0] = PADDING
    logits = logits_of(model, token_ids)
    assert np.isfinite(logits).all()
    np.testing.assert_allclose(logits[1:], others, rtol=1e-4, atol=1e-4)


def test_a_mask_given_by_hand_does_what_the_padding_id_does(scheme):
    token_ids = random_ids(B, T)
    token_ids[0, :3] = PADDING
    by_id = logits_of(make(scheme, padding_id=PADDING), token_ids)
    by_hand = logits_of(make(scheme), token_ids, padding_mask=token_ids != PADDING)
    np.testing.assert_array_equal(by_id, by_hand)
    assert np.any(by_id != logits_of(make(scheme), token_ids))


def test_a_batch_equals_its_rows_alone(scheme):
    model, token_ids = make(scheme), random_ids(B, T)
    rows = [logits_of(model, row[None])[0] for row in token_ids]
    np.testing.assert_allclose(logits_of(model, token_ids), rows, rtol=1e-4, atol=1e-4)


def test_decoding_with_a_cache_equals_the_full_pass_at_every_step(scheme):
    model, token_ids = make(scheme), random_ids(B, T)
    full = logits_of(model, token_ids)
    for parts in ((1,) * T, (4, 1, 1, 1), (2, 3, 2), (T,)):
        cache, index = model.make_cache(B, LONGEST), 0
        for length in parts:
            new = ops.convert_to_tensor(token_ids[:, index : index + length])
            logits, cache = model.next_logits(new, cache, index, ops.zeros(B, "int32"))
            index += length
            np.testing.assert_allclose(logits, full[:, index - 1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("parts", [(1,) * T, (5, 1, 1)])
def test_so_does_decoding_of_rows_padded_on_the_left(scheme, parts):
    model, token_ids = make(scheme), random_ids(B, T)
    num_padding = np.array([0, 2, 4])
    cache, index = model.make_cache(B, T + 2), 0
    for length in parts:
        new = ops.convert_to_tensor(token_ids[:, index : index + length])
        logits, cache = model.next_logits(
            new, cache, index, ops.convert_to_tensor(num_padding)
        )
        index += length
        for row, padding in enumerate(num_padding):
            if index <= padding:
                continue
            alone = logits_of(model, token_ids[row : row + 1, padding:index])
            np.testing.assert_allclose(logits[row], alone[0, -1], rtol=1e-4, atol=1e-4)


def test_the_cache_has_one_place_for_each_key_value_head(scheme):
    model = make(scheme)
    heads = SCHEMES[scheme].get("num_key_value_heads", N)
    cache = model.make_cache(B, 9)
    assert len(cache) == len(model.blocks)
    for key, value in cache:
        assert tuple(key.shape) == tuple(value.shape) == (B * heads, 9, D // N)


def test_tokens_are_as_loud_as_the_waves_that_tell_their_positions():
    """As in "Attention Is All You Need", section 3.4: embeddings times √D."""
    model = make("sinusoidal", num_layers=1)
    token_ids = random_ids(B, T)
    tokens = model.token_embedding(token_ids) * D**0.5
    expected = model.position_embedding(tokens)
    for block in model.blocks:
        expected = block(expected)
    expected = model.final_norm(expected) @ np.transpose(
        model.token_embedding.embeddings
    )
    np.testing.assert_allclose(logits_of(model, token_ids), expected, atol=1e-5)


def test_order_matters_only_through_the_positions():
    token_ids = np.random.default_rng(5).permutation(V)[None, :T]
    shuffled = np.concatenate([token_ids[:, -2::-1], token_ids[:, -1:]], axis=1)
    for scheme, is_same in (("none", True), ("learned", False), ("rotary", False)):
        model = make(scheme, num_layers=1)  # more layers see order by the causal mask
        last = logits_of(model, token_ids)[:, -1]
        assert (
            np.allclose(last, logits_of(model, shuffled)[:, -1], atol=1e-4) is is_same
        )


@pytest.mark.slow
@pytest.mark.tensorflow
def test_eager_equals_compiled(scheme):
    import tensorflow as tf

    model, token_ids = make(scheme, padding_id=PADDING), random_ids(B, T)
    token_ids[1, :2] = PADDING
    compiled = tf.function(model, jit_compile=True)(token_ids)
    np.testing.assert_allclose(
        logits_of(model, token_ids), compiled, rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize(
    "policy", ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16"]
)
def test_half_precision_stays_finite_and_ends_in_float32(scheme, policy):
    model, token_ids = make(scheme, dtype=policy), random_ids(B, T)
    logits = model(token_ids)
    half = keras.DTypePolicy(policy).compute_dtype
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"
    assert np.isfinite(logits).all()
    stored = keras.DTypePolicy(policy).variable_dtype
    assert {w.dtype for w in model.trainable_weights} == {stored}
    cache = model.make_cache(B, T)
    assert keras.backend.standardize_dtype(cache[0][0].dtype) == half
    full = make(scheme)(token_ids)
    np.testing.assert_allclose(ops.softmax(logits), ops.softmax(full), atol=0.1)
    last, _ = model.next_logits(
        ops.convert_to_tensor(token_ids), cache, 0, ops.zeros(B, "int32")
    )
    assert keras.backend.standardize_dtype(last.dtype) == "float32"


def test_gradients_reach_every_weight(scheme, gradients):
    model, token_ids = make(scheme), random_ids(B, LONGEST)
    loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    weights = model.trainable_weights
    found = gradients(
        lambda: loss_function(token_ids[:, ::-1], model(token_ids)), weights
    )
    for weight, gradient in zip(weights, found, strict=True):
        assert gradient is not None, weight.path
        assert np.abs(gradient).max() > 0, weight.path


def test_the_gradient_equals_finite_differences(scheme, slopes):
    model, token_ids = make(scheme, dtype="float64"), random_ids(2, 4)

    def loss():
        logits = model(token_ids)
        return ops.mean(
            ops.sparse_categorical_crossentropy(token_ids, logits, from_logits=True)
        )

    slope, difference = slopes(model.trainable_weights, loss)
    np.testing.assert_allclose(slope, difference, rtol=1e-5)


def test_symbolic_shapes_equal_real_ones(scheme):
    model = make(scheme)
    assert model.compute_output_shape((None, None)) == (None, None, V)
    symbolic = model(keras.Input((T,), dtype="int32"))
    assert tuple(symbolic.shape) == (None, T, V)
    assert model(random_ids(B, T)).shape == (B, T, V)


def test_the_config_holds_every_argument():
    arguments = {
        "vocabulary_size": 5,
        "max_sequence_length": 9,
        "num_layers": 3,
        "num_heads": 6,
        "hidden_dim": 12,
        "intermediate_dim": 10,
        "dropout": 0.25,
        "positions": "alibi",
        "num_key_value_heads": 3,
        "activation": "geglu",
        "normalization": "rms",
        "use_bias": False,
        "padding_id": 4,
        "epsilon": 0.001,
        "name": "other",
    }
    config = TransformerDecoder(**arguments).get_config()
    assert {name: config[name] for name in arguments} == arguments
    again = TransformerDecoder.from_config(config)
    assert again.get_config() == config
    again.build((None, None))
    first = again.blocks[0].get_config()
    assert first["epsilon"] == again.final_norm.epsilon == 0.001
    assert (first["dropout"], again.embedding_dropout.rate) == (0.25, 0.25)
    assert (first["activation"], first["intermediate_dim"]) == ("geglu", 10)
    assert (first["positions"], first["num_key_value_heads"]) == ("alibi", 3)
    assert (first["use_bias"], first["normalization"]) == (False, "rms")
    assert len(again.blocks) == 3


def test_dropout_acts_in_training_alone():
    model, token_ids = make(dropout=0.5), random_ids(B, T)
    without = logits_of(make(), token_ids)
    np.testing.assert_array_equal(logits_of(model, token_ids), without)
    assert np.any(logits_of(model, token_ids, training=True) != without)
