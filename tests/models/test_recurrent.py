"""The recurrent language model: every axis has a size of its own."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from fmkeras import generation, models
from fmkeras.models.recurrent import RecurrentLanguageModel
from fmkeras.runtime import set_seed

V, D, E, L, B, T = 11, 6, 5, 2, 4, 7
CELLS = (pytest.param("simple", marks=pytest.mark.slow), "lstm", "gru")


def build(cell="gru", **further):
    arguments = {"num_layers": L, "embedding_dim": E, "padding_id": 0, **further}
    set_seed(3)
    model = models.rnn_language_model(V, D, cell=cell, **arguments)
    spread = np.random.default_rng(1)
    model.set_weights([spread.normal(size=w.shape) * 0.6 for w in model.get_weights()])
    return model


@pytest.fixture
def token_ids():
    return np.random.default_rng(0).integers(1, V, size=(B, T))


def logits_of(model, token_ids):
    return ops.convert_to_numpy(model(token_ids))


# What it computes -----------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def simple_step(x, states, kernel, recurrent, bias):
    h = np.tanh(x @ kernel + states[0] @ recurrent + bias)
    return [h]


def lstm_step(x, states, kernel, recurrent, bias):
    h, c = states
    i, f, new, o = np.split(x @ kernel + h @ recurrent + bias, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(new)
    return [sigmoid(o) * np.tanh(c), c]


def gru_step(x, states, kernel, recurrent, bias):
    h = states[0]
    z, r, new = np.split(x @ kernel + bias[0], 3, axis=-1)
    z_h, r_h, new_h = np.split(h @ recurrent + bias[1], 3, axis=-1)
    z, r = sigmoid(z + z_h), sigmoid(r + r_h)
    return [z * h + (1 - z) * np.tanh(new + r * new_h)]


STEPS = {"simple": (simple_step, 1), "lstm": (lstm_step, 2), "gru": (gru_step, 1)}


@pytest.mark.parametrize("cell", CELLS)
def test_equals_the_formulas_step_by_step(cell, token_ids):
    model = build(cell)
    embedding, *weights = model.get_weights()
    step, num_states = STEPS[cell]
    inputs = embedding[token_ids]
    for layer in range(L):
        cell_weights = weights[3 * layer : 3 * layer + 3]
        states, outputs = [np.zeros((B, D))] * num_states, []
        for t in range(T):
            states = step(inputs[:, t], states, *cell_weights)
            outputs.append(states[0])
        inputs = np.stack(outputs, axis=1)
    kernel, bias = weights[-2:]
    np.testing.assert_allclose(
        logits_of(model, token_ids), inputs @ kernel + bias, atol=1e-5
    )


@pytest.mark.parametrize(("cell", "gates"), [("simple", 1), ("lstm", 4)])
def test_number_of_parameters(cell, gates):
    first, second = gates * (E * D + D * D + D), gates * (D * D + D * D + D)
    assert build(cell).count_params() == V * E + first + second + D * V + V


def test_a_token_is_as_long_as_the_state_unless_told():
    model = models.rnn_language_model(V, D)
    assert model.token_embedding.embeddings.shape == (V, D)
    assert model.embedding_dim is None


def test_dropout_acts_in_training_only(token_ids):
    model = build(dropout=0.5)
    np.testing.assert_array_equal(
        logits_of(model, token_ids), logits_of(build(), token_ids)
    )
    first, second = (
        ops.convert_to_numpy(model(token_ids, training=True)) for _ in range(2)
    )
    assert np.any(first != second)


# Masks ----------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS)
def test_the_future_cannot_leak(cell, token_ids):
    model = build(cell)
    before = logits_of(model, token_ids)
    for changed in range(1, T):
        other = token_ids.copy()
        other[:, changed] = other[:, changed] % (V - 1) + 1
        after = logits_of(model, other)
        np.testing.assert_array_equal(before[:, :changed], after[:, :changed])
        assert np.all(np.any(before[:, changed:] != after[:, changed:], axis=-1))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("amount", [1, 3])
def test_padding_changes_nothing(cell, amount, token_ids):
    model = build(cell)
    plain = logits_of(model, token_ids)
    left = np.pad(token_ids, ((0, 0), (amount, 0)))
    right = np.pad(token_ids, ((0, 0), (0, amount)))
    np.testing.assert_allclose(logits_of(model, left)[:, amount:], plain, atol=1e-6)
    np.testing.assert_allclose(logits_of(model, right)[:, :-amount], plain, atol=1e-6)


def test_padding_itself_has_the_logits_of_a_state_of_zeros(token_ids):
    model = build()
    token_ids[:, 3] = 0
    bias = model.to_logits.get_weights()[1]
    for logits in logits_of(model, token_ids)[:, 3]:
        np.testing.assert_array_equal(logits, bias)


def test_a_mask_that_is_given_goes_before_the_padding_id(token_ids):
    model = build()
    mask = np.ones((B, T), bool)
    mask[:, :2] = False
    masked = ops.convert_to_numpy(model(token_ids, padding_mask=mask))
    np.testing.assert_allclose(
        masked[:, 2:], logits_of(model, token_ids[:, 2:]), atol=1e-6
    )


def test_without_a_padding_id_every_token_is_real():
    model = build(padding_id=None)
    zeros = np.zeros((B, T), int)
    assert np.any(logits_of(model, zeros)[:, 0] != logits_of(model, zeros)[:, 1])


@pytest.mark.parametrize("cell", CELLS)
def test_a_batch_equals_its_rows_alone(cell, token_ids):
    model = build(cell)
    token_ids[1, 4:] = 0
    rows = [logits_of(model, row[None])[0] for row in token_ids]
    np.testing.assert_allclose(logits_of(model, token_ids), rows, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("read_at_once", [1, 3])
def test_cached_steps_equal_the_full_pass(cell, read_at_once, token_ids):
    """With rows that begin with no, one or two paddings, as the engine makes them."""
    model = build(cell)
    num_padding = np.array([0, 1, 2, 0], "int32")
    if read_at_once == 1:  # the engine reads all padding with the prompt
        num_padding = num_padding * 0
    for row, amount in zip(token_ids, num_padding, strict=True):
        row[:amount] = 0
    full = logits_of(model, token_ids)
    cache = model.make_cache(B, T)
    steps = [(0, read_at_once), *((t, t + 1) for t in range(read_at_once, T))]
    for begin, end in steps:
        logits, cache = model.next_logits(
            token_ids[:, begin:end], cache, begin, ops.convert_to_tensor(num_padding)
        )
        np.testing.assert_allclose(logits, full[:, end - 1], atol=1e-5)


def test_a_row_of_padding_alone_stays_finite_and_moves_no_other(token_ids):
    model = build()
    others = logits_of(model, token_ids)[[0, 2, 3]]
    token_ids[1] = 0
    logits = logits_of(model, token_ids)
    assert np.isfinite(logits).all()
    np.testing.assert_allclose(logits[[0, 2, 3]], others, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_the_gradient_equals_finite_differences(cell, slopes):
    model = RecurrentLanguageModel(
        V, D, L, cell, embedding_dim=E, padding_id=0, dtype="float64"
    )
    model.to_logits = keras.layers.Dense(V, dtype="float64")
    model.build((None, None))
    token_ids = np.array([[3, 1, 4, 5], [0, 0, 2, 6]])  # a row begins with padding
    targets = np.array([[1, 4, 5, 2], [7, 2, 6, 5]])

    def loss():
        logits = model(token_ids)
        return ops.mean(
            ops.sparse_categorical_crossentropy(targets, logits, from_logits=True)
        )

    slope, difference = slopes(model.trainable_weights, loss)
    np.testing.assert_allclose(slope, difference, rtol=1e-5)


@pytest.mark.slow
def test_loss_and_metrics_leave_padding_out(token_ids):
    model = build()
    token_ids[0, 3:], token_ids[2, :2] = 0, 0
    inputs, targets = token_ids[:, :-1], token_ids[:, 1:].copy()
    targets[2, 0] = 0
    measured = model.evaluate(inputs, targets, return_dict=True, verbose=0)
    logits = logits_of(model, inputs).astype("float64")
    log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    real = (targets != 0) & (inputs != 0)
    chosen = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    loss = -chosen[real].mean()
    assert set(measured) == {"loss", "perplexity", "accuracy"}
    np.testing.assert_allclose(measured["loss"], loss, rtol=1e-5)
    np.testing.assert_allclose(measured["perplexity"], np.exp(loss), rtol=1e-5)
    right = (logits.argmax(axis=-1) == targets)[real].mean()
    np.testing.assert_allclose(measured["accuracy"], right, rtol=1e-5)


# Writing --------------------------------------------------------------------

PROMPTS = [[1, 2, 3], [4], [5, 6, 7, 8, 9]]


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_generate_writes_what_the_full_pass_holds_likeliest(cell):
    model = build(cell)
    for prompt, text in zip(
        PROMPTS, model.generate(PROMPTS, max_new_tokens=9), strict=True
    ):
        for _ in range(9):
            logits = logits_of(model, np.array([prompt]))[0, -1]
            prompt = [*prompt, 1 + int(logits[1:].argmax())]  # never padding, 0
        assert text.tolist() == prompt


@pytest.mark.slow
def test_generate_draws_the_same_text_from_the_same_seed():
    model = build()
    sampler = generation.TopK(4)
    first, second, other = (
        model.generate([2, 3], max_new_tokens=20, sampler=sampler, seed=seed).tolist()
        for seed in (5, 5, 6)
    )
    assert first == second != other


@pytest.mark.slow
def test_beam_search_finds_no_less_likely_a_text_than_greedy():
    model = build("lstm", padding_id=None)
    new = 5

    def log_probability(text):
        logits = logits_of(model, text[None, :-1]).astype("float64")[0]
        log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
        return log_p[np.arange(len(text) - 1), text[1:]][-new:].sum()

    greedy = model.generate([4, 2], max_new_tokens=new)
    beam = model.generate([4, 2], max_new_tokens=new, sampler=generation.Beam(8))
    assert len(beam) == len(greedy) == 2 + new
    assert log_probability(beam) >= log_probability(greedy) - 1e-6


# The builder's contract -----------------------------------------------------


def test_signature():
    parameters = inspect.signature(models.rnn_language_model).parameters
    assert list(parameters)[-3:] == ["learning_rate", "compile", "name"]
    assert len(parameters) - 3 <= 8


def test_arguments_arrive():
    model = build(learning_rate=0.125, name="other")
    assert model.name == "other"
    assert float(model.optimizer.learning_rate) == 0.125
    assert not build(compile=False).compiled


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_one_step_of_fit_changes_every_weight(cell, token_ids):
    model = build(cell)
    before = model.get_weights()
    model.fit(token_ids[:, :-1], token_ids[:, 1:], verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.any(old != new)


def test_symbolic_shapes_equal_real_ones(token_ids):
    model = build()
    symbolic = model(keras.Input((None,), dtype="int32"))
    assert symbolic.shape == (None, None, V) == model.compute_output_shape((None, None))
    assert symbolic.dtype == "float32"
    assert tuple(model(token_ids).shape) == (B, T, V)


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_saves_and_loads(cell, token_ids, tmp_path):
    model = build(cell, dropout=0.25)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, RecurrentLanguageModel)
    assert loaded.get_config() == model.get_config()
    np.testing.assert_array_equal(
        logits_of(model, token_ids), logits_of(loaded, token_ids)
    )
    pair = token_ids[:, :-1], token_ids[:, 1:]
    assert loaded.evaluate(*pair, verbose=0) == model.evaluate(*pair, verbose=0)


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "jit_compile", [False, pytest.param(True, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("cell", CELLS)
def test_eager_equals_compiled(cell, jit_compile, token_ids):
    model = build(cell)
    token_ids[1, 4:] = 0
    compiled = tf.function(model, jit_compile=jit_compile)
    np.testing.assert_allclose(
        logits_of(model, token_ids), compiled(tf.constant(token_ids)), atol=1e-5
    )


@pytest.mark.parametrize(
    "policy", ["float16", "bfloat16", "mixed_float16", "mixed_bfloat16"]
)
@pytest.mark.parametrize("cell", CELLS)
def test_half_precision_is_near_full_precision(cell, policy, token_ids):
    half = RecurrentLanguageModel(V, D, L, cell, E, padding_id=0, dtype=policy)
    half.build((None, None))
    full = build(cell)
    half.set_weights(full.get_weights())
    token_ids[1, 4:] = 0
    logits = half(token_ids)
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"
    expected = logits_of(full, token_ids)
    np.testing.assert_allclose(
        ops.convert_to_numpy(logits), expected, atol=0.1 * np.abs(expected).max()
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "policy"),
    [
        ("simple", "mixed_bfloat16"),
        ("lstm", "mixed_float16"),
        ("gru", "mixed_bfloat16"),
        ("gru", "mixed_float16"),
    ],
)
def test_mixed_precision_stays_finite(cell, policy, token_ids):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = models.rnn_language_model(V, D, L, cell, padding_id=0)
    finally:
        keras.config.set_dtype_policy(before)
    history = model.fit(token_ids[:, :-1], token_ids[:, 1:], epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    logits = model(token_ids)
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"
    assert np.isfinite(ops.convert_to_numpy(logits)).all()
    assert {w.dtype for w in model.trainable_weights} == {"float32"}
    half = policy.removeprefix("mixed_")
    states = keras.tree.flatten(model.make_cache(B, T))
    assert {keras.backend.standardize_dtype(s.dtype) for s in states} == {half}
    assert len(model.generate([1, 2], max_new_tokens=3)) == 5


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "steps"), [("simple", 1), ("lstm", 3), ("gru", 3)])
def test_learns_what_only_memory_can_tell(cell, steps):
    """After `steps` ones comes a two: the newest token alone does not say which."""
    set_seed(0)
    period = np.tile([1] * steps + [2], 8)
    windows = np.stack([np.roll(period, shift) for shift in range(steps + 1)] * 40)
    model = models.rnn_language_model(3, 12, cell=cell, learning_rate=0.02)
    model.fit(windows[:, :-1], windows[:, 1:], epochs=30, verbose=0)
    text = model.generate(windows[0, : steps + 1], max_new_tokens=4 * (steps + 1))
    assert text.tolist() == windows[0].tolist()[: steps + 1] * 5


# Wrong arguments ------------------------------------------------------------


def refusal(function, *args, **kwargs):
    with pytest.raises(ValueError, match="Received") as error:
        function(*args, **kwargs)
    return str(error.value)


@pytest.mark.parametrize("value", [0, -1, 2.5, "4", None, True])
@pytest.mark.parametrize("name", ["vocabulary_size", "hidden_dim", "num_layers"])
def test_sizes(name, value):
    arguments = {"vocabulary_size": V, "hidden_dim": D, name: value}
    assert refusal(models.rnn_language_model, **arguments) == (
        f"rnn_language_model: `{name}` must be a positive integer. "
        f"Received: {name}={value!r}."
    )


@pytest.mark.parametrize("value", [0, 1.5, "8"])
def test_embedding_dim(value):
    assert refusal(models.rnn_language_model, V, D, embedding_dim=value) == (
        "rnn_language_model: `embedding_dim` must be a positive integer. "
        f"Received: embedding_dim={value!r}."
    )


def test_cell():
    assert refusal(models.rnn_language_model, V, D, cell="gur") == (
        "rnn_language_model: `cell` must be one of 'simple', 'lstm', 'gru'. "
        "Received: cell='gur'. What would do: 'gru'."
    )


@pytest.mark.parametrize("value", [1.0, 1.5, -0.1, "half", True, float("nan")])
def test_dropout(value):
    assert refusal(models.rnn_language_model, V, D, dropout=value) == (
        "rnn_language_model: `dropout` must be a number in [0, 1). "
        f"Received: dropout={value!r}."
    )


@pytest.mark.parametrize("value", [-1, V, 0.5])
def test_padding_id(value):
    assert refusal(models.rnn_language_model, V, D, padding_id=value) == (
        f"rnn_language_model: `padding_id` must be None or a token id from 0 to "
        f"{V - 1}. Received: padding_id={value!r}."
    )


@pytest.mark.parametrize("value", [0, -1.0, "fast"])
def test_learning_rate(value):
    assert refusal(models.rnn_language_model, V, D, learning_rate=value) == (
        "rnn_language_model: `learning_rate` must be a number > 0. "
        f"Received: learning_rate={value!r}."
    )


OUTSIDE = (
    "rnn_language_model: `{}` must be token ids from 0 to 10. Received: the id "
    "11. What would do: the tokenizer that the model was built for, or a model with "
    "vocabulary_size=tokenizer.vocabulary_size."
)


@pytest.mark.slow
def test_ids_outside_the_vocabulary(token_ids):
    model = build()
    wrong = token_ids.copy()
    wrong[1, 2] = V
    assert refusal(model.fit, wrong, token_ids) == OUTSIDE.format("x")
    assert refusal(model.evaluate, token_ids, wrong) == OUTSIDE.format("y")
    pipeline = tf.data.Dataset.from_tensor_slices((token_ids, wrong)).batch(2)
    assert refusal(model.fit, pipeline, verbose=0) == OUTSIDE.format("token_ids")
    with pytest.raises(ValueError, match="`token_ids` must be"):
        model.generate([1, V])
