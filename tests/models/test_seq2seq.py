"""Sequence to sequence: every axis has a size of its own."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from fmkeras import models
from fmkeras.models.encoder_decoder import Seq2Seq
from fmkeras.runtime import set_seed

SOURCE_V, V, D, E, B, S, T = 13, 11, 6, 5, 4, 8, 7
START, STOP = 1, 2
CELLS = (pytest.param("simple", marks=pytest.mark.slow), "lstm", "gru")


def build(cell="gru", **further):
    arguments = {"embedding_dim": E, **further}
    set_seed(3)
    model = models.seq2seq(SOURCE_V, V, D, cell, **arguments)
    spread = np.random.default_rng(1)
    model.set_weights([spread.normal(size=w.shape) * 0.6 for w in model.get_weights()])
    return model


@pytest.fixture
def source_ids():
    return np.random.default_rng(0).integers(1, SOURCE_V, size=(B, S))


@pytest.fixture
def target_inputs():
    return np.random.default_rng(1).integers(1, V, size=(B, T))


def logits_of(model, source_ids, target_inputs):
    return ops.convert_to_numpy(model((source_ids, target_inputs)))


# What it computes -----------------------------------------------------------


def run_simple(vectors, state, kernel, recurrent, bias):
    states = []
    for t in range(vectors.shape[1]):
        state = np.tanh(vectors[:, t] @ kernel + state @ recurrent + bias)
        states.append(state)
    return np.stack(states, axis=1)


def formulas(model, source_ids, target_inputs):
    """Do with NumPy what the docstring of `seq2seq` says, without padding."""
    weights = [w.astype("float64") for w in model.get_weights()]
    source, target, *weights = weights
    forward, backward, decoder = weights[:3], weights[3:6], weights[6:9]
    (bridge, bridge_bias), *rest = weights[9:11], *weights[11:]
    query, combine, combine_bias, output, output_bias = rest
    ahead = run_simple(source[source_ids], 0.0 * forward[2], *forward)
    back = run_simple(source[source_ids][:, ::-1], 0.0 * backward[2], *backward)
    memory = np.concatenate([ahead, back[:, ::-1]], axis=-1)  # (B, S, 2 D)
    ends = np.concatenate([ahead[:, -1], back[:, -1]], axis=-1)
    hidden = run_simple(
        target[target_inputs], np.tanh(ends @ bridge + bridge_bias), *decoder
    )
    scores = np.einsum("btd,bsd->bts", hidden @ query, memory) / np.sqrt(2 * D)
    weights = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    both = np.concatenate([weights @ memory, hidden], axis=-1)
    return np.tanh(both @ combine + combine_bias) @ output + output_bias, weights


def test_equals_the_formulas(source_ids, target_inputs):
    model = build("simple")
    logits, weights = formulas(model, source_ids, target_inputs)
    np.testing.assert_allclose(
        logits_of(model, source_ids, target_inputs), logits, atol=1e-5
    )
    np.testing.assert_allclose(
        model.attention_weights(source_ids, target_inputs), weights, atol=1e-5
    )


@pytest.mark.parametrize("cell", CELLS)
def test_without_attention_only_the_last_states_tell_of_the_source(
    cell, source_ids, target_inputs
):
    model = build(cell, attention=False)
    kinds = len(model.get_weights())
    assert kinds == len(build(cell).get_weights()) - 3  # query, combine and its bias
    with_bridge = logits_of(model, source_ids, target_inputs)
    for bridge in model.bridges:
        bridge.set_weights([0 * w for w in bridge.get_weights()])
    without = logits_of(model, source_ids, target_inputs)
    other = logits_of(model, source_ids[:, ::-1], target_inputs)
    np.testing.assert_array_equal(without, other)
    assert np.any(without != with_bridge)


def test_dropout_acts_in_training_only(source_ids, target_inputs):
    model, inputs = build(dropout=0.5), (source_ids, target_inputs)
    np.testing.assert_array_equal(model(inputs), logits_of(build(), *inputs))
    first, second = (np.asarray(model(inputs, training=True)) for _ in range(2))
    assert np.any(first != second)


def test_dropout_acts_on_both_embeddings_and_on_the_output(source_ids, target_inputs):
    model = build(dropout=0.5)
    source, states = model._encode(source_ids)
    (memory, _), _ = model._encode(source_ids, training=True)
    assert np.any(np.asarray(memory) != np.asarray(source[0]))

    def decoded(training):
        logits, weights, _ = model._decode(target_inputs, source, states, training)
        return np.asarray(logits), np.asarray(weights)

    assert np.any(decoded(True)[1] != decoded(False)[1])  # by the embedding alone
    (table,) = model.target_embedding.get_weights()
    model.target_embedding.set_weights([0 * table])
    (dropped, same), (still, weights) = decoded(True), decoded(False)
    np.testing.assert_array_equal(same, weights)
    assert np.any(dropped != still)


# Masks ----------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS)
def test_the_future_of_the_target_cannot_leak(cell, source_ids, target_inputs):
    model = build(cell)
    before = logits_of(model, source_ids, target_inputs)
    for changed in range(1, T):
        other = target_inputs.copy()
        other[:, changed] = other[:, changed] % (V - 1) + 1
        after = logits_of(model, source_ids, other)
        np.testing.assert_array_equal(before[:, :changed], after[:, :changed])
        assert np.all(np.any(before[:, changed:] != after[:, changed:], axis=-1))


@pytest.mark.parametrize("position", range(S))
def test_every_token_of_the_source_is_read(position, source_ids, target_inputs):
    model = build()
    before = logits_of(model, source_ids, target_inputs)
    source_ids[:, position] = source_ids[:, position] % (SOURCE_V - 1) + 1
    after = logits_of(model, source_ids, target_inputs)
    assert np.all(np.any(before != after, axis=-1))


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("cell", CELLS)
def test_padding_changes_nothing(cell, attention, source_ids, target_inputs):
    model = build(cell, attention=attention)
    plain = logits_of(model, source_ids, target_inputs)
    for before, after in ((1, 0), (0, 3), (2, 2)):
        pads = ((0, 0), (before, after))
        padded_source = logits_of(model, np.pad(source_ids, pads), target_inputs)
        padded_target = logits_of(model, source_ids, np.pad(target_inputs, pads))
        np.testing.assert_allclose(padded_source, plain, atol=1e-5)
        np.testing.assert_allclose(
            padded_target[:, before : before + T], plain, atol=1e-5
        )


def test_attention_passes_padding_over(source_ids, target_inputs):
    source_ids[0, 5:], source_ids[2, :3] = 0, 0
    weights = build().attention_weights(source_ids, target_inputs)
    assert weights.shape == (B, T, S)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-5)
    hidden = np.broadcast_to((source_ids == 0)[:, None], weights.shape)
    assert np.all((weights == 0) == hidden)


def test_a_source_of_padding_alone_gives_no_nan(source_ids, target_inputs):
    source_ids[1] = 0
    model = build()
    assert np.isfinite(logits_of(model, source_ids, target_inputs)).all()
    assert np.all(model.attention_weights(source_ids, target_inputs)[1] == 0)


def test_a_target_of_padding_alone_stays_finite_and_moves_no_other(
    source_ids, target_inputs
):
    model = build()
    others = logits_of(model, source_ids, target_inputs)[[0, 2, 3]]
    target_inputs[1] = 0
    logits = logits_of(model, source_ids, target_inputs)
    assert np.isfinite(logits).all()
    np.testing.assert_allclose(logits[[0, 2, 3]], others, atol=1e-5)


def test_without_a_padding_id_every_token_is_real(source_ids, target_inputs):
    model = build(padding_id=None)
    source_ids[:, 3], target_inputs[:, 2] = 0, 0
    weights = model.attention_weights(source_ids, target_inputs)
    assert np.all(weights > 0)
    logits = logits_of(model, source_ids, target_inputs)
    shortened = np.delete(target_inputs, 2, axis=1)
    assert np.any(logits[:, 3:] != logits_of(model, source_ids, shortened)[:, 2:])


@pytest.mark.parametrize("cell", CELLS)
def test_a_batch_equals_its_rows_alone(cell, source_ids, target_inputs):
    model = build(cell)
    source_ids[1, 4:], target_inputs[2, 5:] = 0, 0
    rows = [
        logits_of(model, source[None], target[None])[0]
        for source, target in zip(source_ids, target_inputs, strict=True)
    ]
    np.testing.assert_allclose(
        logits_of(model, source_ids, target_inputs), rows, atol=1e-5
    )


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("cell", CELLS)
def test_decoding_step_by_step_equals_the_full_pass(
    cell, attention, source_ids, target_inputs
):
    model = build(cell, attention=attention)
    source_ids[1, 4:], source_ids[2, :3], target_inputs[3, 5:] = 0, 0, 0
    full = logits_of(model, source_ids, target_inputs)
    source, states = model._encode(source_ids)
    for step in range(T):
        newest = target_inputs[:, step : step + 1]
        logits, _, states = model._decode(newest, source, states)
        np.testing.assert_allclose(logits[:, 0], full[:, step], atol=1e-5)


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("cell", CELLS)
def test_the_gradient_equals_finite_differences(cell, attention, slopes):
    model = Seq2Seq(SOURCE_V, V, D, cell, attention, E, dtype="float64")
    model.to_logits = keras.layers.Dense(V, dtype="float64")
    model.build()
    source_ids = np.array([[3, 1, 4, 12, 5], [2, 6, 0, 0, 0]])
    target_inputs = np.array([[1, 7, 3], [1, 8, 0]])
    targets = np.array([[7, 3, 2], [8, 2, 2]])

    def loss():
        logits = model((source_ids, target_inputs))
        return ops.mean(
            ops.sparse_categorical_crossentropy(targets, logits, from_logits=True)
        )

    slope, difference = slopes(model.trainable_weights, loss)
    np.testing.assert_allclose(slope, difference, rtol=1e-5)


@pytest.mark.slow
def test_loss_and_metrics_leave_padding_out(source_ids, target_inputs):
    model = build()
    targets = np.roll(target_inputs, -1, axis=1)
    targets[0, 3:], targets[2, 5:] = 0, 0
    measured = model.evaluate(
        (source_ids, target_inputs), targets, return_dict=True, verbose=0
    )
    logits = logits_of(model, source_ids, target_inputs).astype("float64")
    log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    chosen = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    real = targets != 0
    loss, right = -chosen[real].mean(), (logits.argmax(axis=-1) == targets)[real]
    assert set(measured) == {"loss", "perplexity", "accuracy"}
    np.testing.assert_allclose(measured["loss"], loss, rtol=1e-5)
    np.testing.assert_allclose(measured["perplexity"], np.exp(loss), rtol=1e-5)
    np.testing.assert_allclose(measured["accuracy"], right.mean(), rtol=1e-5)


# Writing --------------------------------------------------------------------

SOURCES = [[3, 4, 5, 6], [7], [8, 9]]


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("cell", CELLS)
def test_generate_writes_what_teacher_forcing_holds_likeliest(cell, attention):
    model = build(cell, attention=attention)
    texts = model.generate(SOURCES, START, STOP, max_new_tokens=9)
    for source, text in zip(SOURCES, texts, strict=True):
        inputs = np.array([[START, *text]])
        logits = logits_of(model, np.array([source]), inputs)[0]
        logits[:, 0] = -np.inf  # padding is never written
        likeliest = logits.argmax(axis=-1)
        assert likeliest[: len(text)].tolist() == text.tolist()
        assert STOP not in text
        if len(text) < 9:
            assert likeliest[len(text)] == STOP


def stopping_at(step):
    """A model whose likeliest token is 5 until the stop id outgrows it."""
    model = build("simple", attention=False)
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    counter = model.decoder.cell
    kernel, recurrent, bias = counter.get_weights()
    recurrent[0, 0], bias[0] = 1.0, 0.001  # the first unit grows by 0.001 a step
    counter.set_weights([kernel, recurrent, bias])
    to_logits, to_bias = model.to_logits.get_weights()
    to_logits[0, STOP], to_bias[5] = 1000.0, step + 0.5
    to_bias[0] = 99.0
    model.to_logits.set_weights([to_logits, to_bias])
    return model


@pytest.mark.parametrize(("most", "written"), [(2, 2), (3, 3), (9, 3)])
def test_the_stop_id_ends_a_text_and_is_left_out(most, written):
    model = stopping_at(3)
    assert model.generate([3, 4], START, STOP, most).tolist() == [5] * written


def test_a_text_that_has_ended_stays_ended(monkeypatch):
    model = build()
    likeliest = iter(np.array([[5, 5], [STOP, 6], [7, 7], [8, STOP]]))
    monkeypatch.setattr(model, "_likeliest", lambda logits: next(likeliest))
    texts = model.generate([[3], [4]], START, STOP)
    assert [text.tolist() for text in texts] == [[5], [5, 6, 7]]


def test_a_text_may_be_empty():
    texts = stopping_at(0).generate(SOURCES, START, STOP)
    assert [len(text) for text in texts] == [0, 0, 0]


def test_sources_of_unequal_length_are_filled_up_with_the_padding_id():
    model = build(padding_id=4)
    sources = [[3, 5, 9, 6], [7], [8, 0]]
    together = model.generate(sources, START, STOP, max_new_tokens=9)
    alone = [model.generate(source, START, STOP, 9) for source in sources]
    assert [text.tolist() for text in together] == [text.tolist() for text in alone]


def test_one_source_gives_one_text():
    model = build()
    one = model.generate(SOURCES[0], START, STOP, 6)
    many = model.generate(np.array(SOURCES[:1]), START, STOP, 6)
    assert one.ndim == 1
    assert isinstance(many, list)
    np.testing.assert_array_equal(one, many[0])


def reversed_strings(rng, count):
    """Words of 3 to 10 letters (ids 3 to 28) and what `fit` needs to reverse them."""
    source_ids = np.zeros((count, 10), int)
    target_inputs, target_ids = np.zeros((2, count, 11), int)
    for row, length in enumerate(rng.integers(3, 11, size=count)):
        word = rng.integers(3, 29, size=length)
        source_ids[row, :length] = word
        target_inputs[row, : length + 1] = [START, *word[::-1]]
        target_ids[row, : length + 1] = [*word[::-1], STOP]
    return source_ids, target_inputs, target_ids


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_learns_to_reverse_strings_it_has_not_seen(cell):
    set_seed(0)
    rng = np.random.default_rng(0)
    source_ids, target_inputs, target_ids = reversed_strings(rng, 8000)
    model = models.seq2seq(29, 29, hidden_dim=64, cell=cell)
    model.fit(
        (source_ids, target_inputs), target_ids, batch_size=64, epochs=5, verbose=0
    )
    source_ids, _, target_ids = reversed_strings(rng, 500)
    texts = model.generate(source_ids, START, STOP, max_new_tokens=11)
    exact = [
        text.tolist() == ids[ids > STOP].tolist()
        for text, ids in zip(texts, target_ids, strict=True)
    ]
    assert np.mean(exact) > 0.95
    word = [[3, 4, 5, 6, 7]]
    looks = model.attention_weights(word, [[START, 7, 6, 5, 4]])[0].argmax(axis=-1)
    assert np.abs(looks - [4, 3, 2, 1, 0]).max() <= 1  # backwards through the source


# The builder's contract -----------------------------------------------------


def test_signature():
    parameters = inspect.signature(models.seq2seq).parameters
    assert list(parameters)[-3:] == ["learning_rate", "compile", "name"]
    assert len(parameters) - 3 <= 8
    assert parameters["padding_id"].default == 0


def test_arguments_arrive():
    model = build(learning_rate=0.125, name="other")
    assert model.name == "other"
    assert float(model.optimizer.learning_rate) == 0.125
    assert not build(compile=False).compiled


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_one_step_of_fit_changes_every_weight(cell, source_ids, target_inputs):
    model = build(cell)
    before = model.get_weights()
    model.fit((source_ids, target_inputs), target_inputs, verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.any(old != new)


def test_symbolic_shapes_equal_real_ones():
    model = build()
    inputs = [keras.Input((None,), dtype="int32") for _ in range(2)]
    symbolic = model(inputs)
    assert symbolic.shape == (None, None, V)
    assert symbolic.dtype == "float32"
    assert model.compute_output_shape(((None, S), (None, T))) == (None, T, V)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "attention"), [("simple", True), ("lstm", True), ("gru", False)]
)
def test_saves_and_loads(cell, attention, source_ids, target_inputs, tmp_path):
    model = build(cell, attention=attention, dropout=0.25)
    model.save(tmp_path / "model.keras")
    loaded = models.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, Seq2Seq)
    assert loaded.get_config() == model.get_config()
    inputs = source_ids, target_inputs
    np.testing.assert_array_equal(logits_of(model, *inputs), logits_of(loaded, *inputs))
    for text, again in zip(
        model.generate(source_ids, START, STOP, 5),
        loaded.generate(source_ids, START, STOP, 5),
        strict=True,
    ):
        np.testing.assert_array_equal(text, again)
    loaded.fit(inputs, target_inputs, verbose=0)


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "jit_compile", [False, pytest.param(True, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("cell", CELLS)
def test_eager_equals_compiled(cell, jit_compile, source_ids, target_inputs):
    model = build(cell)
    source_ids[1, 4:], target_inputs[2, 5:] = 0, 0
    compiled = tf.function(model, jit_compile=jit_compile)
    inputs = tf.constant(source_ids), tf.constant(target_inputs)
    np.testing.assert_allclose(model(inputs), compiled(inputs), atol=1e-5)


@pytest.mark.parametrize(
    "policy", ["float16", "bfloat16", "mixed_float16", "mixed_bfloat16"]
)
@pytest.mark.parametrize("cell", CELLS)
def test_half_precision_is_near_full_precision(cell, policy, source_ids, target_inputs):
    half = Seq2Seq(SOURCE_V, V, D, cell, embedding_dim=E, dtype=policy)
    half.build()
    full = build(cell)
    half.set_weights(full.get_weights())
    source_ids[1, 4:], target_inputs[2, 5:] = 0, 0
    logits = half((source_ids, target_inputs))
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"
    expected = logits_of(full, source_ids, target_inputs)
    np.testing.assert_allclose(
        ops.convert_to_numpy(logits), expected, atol=0.1 * np.abs(expected).max()
    )
    weights = half.attention_weights(source_ids, target_inputs)
    assert weights.dtype == np.float32
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_mixed_precision_stays_finite(cell, policy, source_ids, target_inputs):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = models.seq2seq(SOURCE_V, V, D, cell)
    finally:
        keras.config.set_dtype_policy(before)
    source_ids[1, 4:] = 0
    inputs = source_ids, target_inputs
    history = model.fit(inputs, target_inputs, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    logits = logits_of(model, *inputs)
    assert logits.dtype == np.float32
    assert np.isfinite(logits).all()
    assert {w.dtype for w in model.trainable_weights} == {"float32"}


# Wrong arguments ------------------------------------------------------------


def refusal(function, *args, **kwargs):
    with pytest.raises(ValueError, match="Received") as error:
        function(*args, **kwargs)
    return str(error.value)


@pytest.mark.parametrize("value", [0, -1, 2.5, "4", None, True])
@pytest.mark.parametrize(
    "name", ["source_vocabulary_size", "target_vocabulary_size", "hidden_dim"]
)
def test_sizes(name, value):
    arguments = {
        "source_vocabulary_size": SOURCE_V,
        "target_vocabulary_size": V,
        "hidden_dim": D,
        name: value,
    }
    assert refusal(models.seq2seq, **arguments) == (
        f"seq2seq: `{name}` must be a positive integer. Received: {name}={value!r}."
    )


@pytest.mark.parametrize(
    ("name", "value", "must_be"),
    [
        ("cell", "rnn", "one of 'simple', 'lstm', 'gru'"),
        ("attention", "luong", "True or False"),
        ("embedding_dim", 0, "a positive integer"),
        ("dropout", 1.0, "a number in [0, 1)"),
        ("dropout", -0.5, "a number in [0, 1)"),
        ("padding_id", V, "a token id from 0 to 10"),
        ("padding_id", -1, "a token id from 0 to 10"),
        ("learning_rate", 0, "a number > 0"),
    ],
)
def test_other_arguments(name, value, must_be):
    assert refusal(models.seq2seq, SOURCE_V, V, D, **{name: value}) == (
        f"seq2seq: `{name}` must be {must_be}. Received: {name}={value!r}."
    )


@pytest.mark.parametrize("sizes", [(5, V), (V, 5)])
def test_padding_is_an_id_of_both_vocabularies(sizes):
    assert refusal(models.seq2seq, *sizes, D, padding_id=7) == (
        "seq2seq: `padding_id` must be a token id from 0 to 4. Received: padding_id=7."
    )


@pytest.mark.parametrize("value", [-1, V, 0, 1.5, None])
@pytest.mark.parametrize("name", ["start_id", "stop_id"])
def test_start_and_stop_ids(name, value):
    arguments = {"start_id": START, "stop_id": STOP, name: value}
    assert refusal(build().generate, SOURCES, **arguments) == (
        f"seq2seq.generate: `{name}` must be a token id from 0 to 10 other than "
        f"padding_id=0. Received: {name}={value!r}."
    )


@pytest.mark.parametrize("value", [0, -2, 1.5])
def test_max_new_tokens(value):
    assert refusal(build().generate, SOURCES, START, STOP, value) == (
        "seq2seq.generate: `max_new_tokens` must be a positive integer. "
        f"Received: max_new_tokens={value!r}."
    )


@pytest.mark.parametrize("sources", [[], [[3], []], np.zeros((2, 0), int)])
def test_an_empty_source(sources):
    assert refusal(build().generate, sources, START, STOP) == (
        "seq2seq.generate: `source_ids` must hold at least one id for each source. "
        "Received: an empty source."
    )


def test_unequal_sources_without_padding():
    assert refusal(build(padding_id=None).generate, SOURCES, START, STOP) == (
        "seq2seq.generate: `source_ids` must be of one length where the model has no "
        "padding_id. Received: lengths [1, 2, 4]. "
        "What would do: seq2seq(…, padding_id=0)."
    )


def test_attention_weights_of_a_model_without_attention(source_ids, target_inputs):
    model = build(attention=False)
    assert refusal(model.attention_weights, source_ids, target_inputs) == (
        "seq2seq.attention_weights: the model must have attention. Received: a model "
        "built with attention=False. What would do: seq2seq(…, attention=True)."
    )


OUTSIDE = (
    "seq2seq{}: `{}` must be token ids from 0 to {}. Received: the id {}. What would "
    "do: the tokenizer that the model was built for, or a model with "
    "vocabulary_size=tokenizer.vocabulary_size."
)


@pytest.mark.slow
def test_ids_outside_the_vocabulary(source_ids, target_inputs):
    model = build()
    source, target = source_ids.copy(), target_inputs.copy()
    source[1, 2], target[2, 3] = SOURCE_V, -1
    good = source_ids, target_inputs
    assert refusal(model.fit, (source, target_inputs), target_inputs) == (
        OUTSIDE.format("", "x", 12, 13)
    )
    assert refusal(model.fit, (source_ids, target), target_inputs) == (
        OUTSIDE.format("", "x", 10, -1)
    )
    assert refusal(model.evaluate, good, target) == OUTSIDE.format("", "y", 10, -1)
    pipeline = tf.data.Dataset.from_tensor_slices(((source, target_inputs), target))
    assert refusal(model.fit, pipeline.batch(2), verbose=0) == (
        OUTSIDE.format("", "token_ids", 12, 13)
    )
    assert refusal(model.generate, source, START, STOP) == (
        OUTSIDE.format(".generate", "source_ids", 12, 13)
    )
    assert refusal(model.attention_weights, source_ids, target) == (
        OUTSIDE.format(".attention_weights", "target_inputs", 10, -1)
    )
