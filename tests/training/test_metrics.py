import re

import keras
import numpy as np
import pytest
from keras import ops

from fmkeras.training import Perplexity, TokenAccuracy, bits_per_character

B, T, V = 3, 5, 7


def log_softmax(logits):
    logits = logits.astype("float64")
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def losses_of(targets, logits):
    """The loss of every token, worked out by NumPy."""
    picked = np.take_along_axis(log_softmax(logits), targets[..., None], axis=-1)
    return -picked[..., 0]


def batch(seed=0, batch_size=B, length=T):
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(batch_size, length, V), scale=2).astype("float32")
    return rng.integers(0, V, size=(batch_size, length)), logits


def result_of(metric, *batches):
    for one in batches:
        metric.update_state(*one)
    return float(metric.result())


def test_perplexity_is_the_exponential_of_the_mean_loss():
    targets, logits = batch()
    expected = np.exp(losses_of(targets, logits).mean())
    assert result_of(Perplexity(), (targets, logits)) == pytest.approx(expected, 1e-6)


def test_perplexity_of_an_epoch_is_no_mean_of_perplexities():
    batches = [batch(1), batch(2, batch_size=2, length=9)]
    losses = np.concatenate([losses_of(*one).ravel() for one in batches])
    expected = np.exp(losses.mean())
    assert result_of(Perplexity(), *batches) == pytest.approx(expected, 1e-6)
    apart = np.mean([np.exp(losses_of(*one).mean()) for one in batches])
    assert abs(apart - expected) > 0.01


def test_a_blind_guess_has_the_perplexity_of_the_vocabulary():
    targets = np.zeros((B, T), "int32")
    assert result_of(Perplexity(), (targets, np.ones((B, T, V)))) == pytest.approx(V)


def test_accuracy_is_the_share_of_tokens_guessed_right():
    targets, logits = batch()
    targets[0, :3] = logits[0, :3].argmax(axis=-1)
    expected = (logits.argmax(axis=-1) == targets).mean()
    assert 0 < expected < 1
    assert result_of(TokenAccuracy(), (targets, logits)) == pytest.approx(expected)


def test_accuracy_agrees_with_keras_where_nothing_is_ignored():
    theirs = keras.metrics.SparseCategoricalAccuracy()
    ours = TokenAccuracy()
    for seed in range(4):
        targets, logits = batch(seed)
        assert result_of(ours, (targets, logits)) == pytest.approx(
            result_of(theirs, (targets, logits))
        )


@pytest.mark.parametrize("ignore_id", [0, 3, -1, V, -100])
def test_ignored_tokens_do_not_count(ignore_id):
    """Whether or not the id is one that the model could write."""
    batches = []
    losses, hits = [], []
    for seed in range(3):
        targets, logits = batch(seed)
        if seed < 2:
            targets[seed, 2 - seed :] = ignore_id
        real = targets != ignore_id
        within = np.where(real, targets, 0)
        losses.append(losses_of(within, logits)[real])
        hits.append((logits.argmax(axis=-1) == targets)[real])
        batches.append((targets, logits))
    perplexity = np.exp(np.concatenate(losses).mean())
    accuracy = np.concatenate(hits).mean()
    assert result_of(Perplexity(ignore_id), *batches) == pytest.approx(perplexity, 1e-6)
    assert result_of(TokenAccuracy(ignore_id), *batches) == pytest.approx(accuracy)


def test_ignored_tokens_may_have_any_logits():
    targets, logits = batch()
    targets[1] = 0
    spoilt = logits.copy()
    spoilt[1, 0], spoilt[1, 1] = np.inf, np.nan
    targets[0], targets[2] = 1, 2
    for metric in (Perplexity, TokenAccuracy):
        expected = result_of(metric(0), (targets, logits))
        assert result_of(metric(0), (targets, spoilt)) == expected


def test_the_loss_that_keras_computes_is_the_logarithm_of_the_perplexity():
    targets, logits = batch()
    targets[0, 1:] = 0
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0)
    perplexity = result_of(Perplexity(0), (targets, logits))
    assert np.log(perplexity) == pytest.approx(float(loss(targets, logits)), rel=1e-6)


@pytest.mark.parametrize("shape", [(B,), (B, 1), (B, T)])
def test_sample_weights_weigh_tokens_or_rows(shape):
    targets, logits = batch()
    targets[0, 0] = 2
    weights = np.random.default_rng(1).uniform(0.5, 2, size=shape)
    every = np.broadcast_to(weights.reshape(B, -1), (B, T)) * (targets != 2)
    mean = (losses_of(targets, logits) * every).sum() / every.sum()
    assert result_of(Perplexity(2), (targets, logits, weights)) == pytest.approx(
        np.exp(mean), 1e-6
    )
    hits = logits.argmax(axis=-1) == targets
    assert result_of(TokenAccuracy(2), (targets, logits, weights)) == pytest.approx(
        (hits * every).sum() / every.sum()
    )


def test_one_target_a_row_may_come_as_a_column():
    """So Keras passes on the labels of `fit(x, y)` where `y` has one axis."""
    rng = np.random.default_rng(0)
    targets, logits = rng.integers(0, V, size=6), rng.normal(size=(6, V))
    targets[0] = 0
    for metric in (Perplexity, TokenAccuracy):
        row = result_of(metric(0), (targets, logits))
        assert result_of(metric(0), (targets[:, None], logits)) == row
    losses = losses_of(targets, logits)[targets != 0]
    expected = np.exp(losses.mean())
    assert result_of(Perplexity(0), (targets, logits)) == pytest.approx(expected, 1e-6)


def test_nothing_real_is_no_nan():
    targets, logits = batch()
    nothing = np.full_like(targets, 4)
    assert result_of(Perplexity(4), (nothing, logits)) == 1.0
    assert result_of(TokenAccuracy(4), (nothing, logits)) == 0.0
    assert float(Perplexity().result()) == 1.0


@pytest.mark.parametrize(
    ("metric", "mode"), [(Perplexity, "min"), (TokenAccuracy, "max")]
)
def test_keras_knows_which_way_is_better(metric, mode):
    """As `EarlyStopping` and `ModelCheckpoint` ask in their mode "auto"."""
    targets, logits = batch()
    model = keras.Sequential([keras.Input((T, V)), keras.layers.Dense(V)])
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[metric(name="judge")],
    )
    stopping = keras.callbacks.EarlyStopping(monitor="val_judge")
    data = logits, targets
    model.fit(*data, validation_data=data, callbacks=[stopping], verbose=0)
    assert stopping.monitor_op is {"min": ops.less, "max": ops.greater}[mode]


def test_a_reset_forgets():
    metric = Perplexity()
    result_of(metric, batch(1))
    metric.reset_state()
    assert result_of(metric, batch(2)) == result_of(Perplexity(), batch(2))


def exponentials_in_a_step(ignore_id, metrics):
    """Count how often XLA computes a softmax over the vocabulary in one step."""
    tf = pytest.importorskip("tensorflow")
    loss = keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, ignore_class=ignore_id
    )
    kernel = tf.Variable(tf.ones((4, 1234)))

    @tf.function(jit_compile=True)
    def step(targets, inputs):
        with tf.GradientTape() as tape:
            logits = inputs @ kernel
            value = loss(targets, logits)
        for metric in metrics:
            metric.update_state(targets, logits)
        return tape.gradient(value, kernel)

    arguments = tf.ones((B, T), "int32"), tf.ones((B, T, 4))
    program = step.experimental_get_compiler_ir(*arguments)(stage="optimized_hlo")
    return sum("1234" in line for line in re.findall(r".* exponential\(", program))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="reads XLA's HLO")
@pytest.mark.parametrize("ignore_id", [None, 0])
def test_a_compiled_step_shares_the_softmax_of_the_loss(ignore_id):
    metrics = [Perplexity(ignore_id), TokenAccuracy(ignore_id)]
    assert exponentials_in_a_step(ignore_id, []) == 1
    assert exponentials_in_a_step(ignore_id, metrics) == 1


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_logits_are_summed_in_float32(dtype):
    targets, logits = batch()
    logits = ops.cast(logits, dtype)
    rounded = ops.convert_to_numpy(ops.cast(logits, "float32"))
    expected = np.exp(losses_of(targets, rounded).mean())
    received = result_of(Perplexity(), (targets, logits))
    assert received == pytest.approx(expected, 1e-6)


def test_float16_policies_leave_the_sums_in_float32():
    for metric in (Perplexity(dtype="float16"), TokenAccuracy(dtype="float16")):
        assert [v.dtype for v in metric.variables] == ["float32", "float32"]


def token_model(mask_zero=False, **compiling):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((T,), dtype="int32"),
            keras.layers.Embedding(V, 4, mask_zero=mask_zero),
            keras.layers.Dense(V),
        ]
    )
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=[Perplexity(ignore_id=6), TokenAccuracy(ignore_id=6)],
        **compiling,
    )
    return model


@pytest.fixture(scope="module")
def texts():
    rng = np.random.default_rng(5)
    return rng.integers(0, V, size=(10, T)), rng.integers(0, V, size=(10, T))


@pytest.mark.parametrize("jit_compile", [True, False])
def test_evaluate_counts_every_token_of_uneven_batches(texts, jit_compile):
    inputs, targets = texts
    model = token_model(jit_compile=jit_compile)
    report = model.evaluate(inputs, targets, batch_size=4, verbose=0, return_dict=True)
    logits = model.predict(inputs, verbose=0)
    real = targets != 6
    losses = losses_of(targets, logits)[real]
    assert report["perplexity"] == pytest.approx(np.exp(losses.mean()), 1e-5)
    hits = (logits.argmax(axis=-1) == targets)[real]
    assert report["accuracy"] == pytest.approx(hits.mean())


def test_the_weight_of_a_row_counts_for_each_of_its_tokens():
    right = np.array([[1, 1, 0], [0, 0, 0]])  # two of three, and none
    logits = np.stack([1.0 - right, right], axis=-1)
    metric = TokenAccuracy()
    metric.update_state(np.ones((2, 3), "int32"), logits, np.array([3.0, 1.0]))
    np.testing.assert_allclose(float(metric.result()), (3 * 2 / 3 + 0) / 4, rtol=1e-6)


def test_a_token_without_weight_may_be_impossible():
    logits = np.array([[[0.0, 0.0], [0.0, -np.inf]]], "float32")
    metric = Perplexity()
    metric.update_state(np.array([[1, 1]]), logits, np.array([[1.0, 0.0]]))
    np.testing.assert_allclose(float(metric.result()), 2.0, rtol=1e-6)


def test_masks_and_sample_weights_reach_the_metrics(texts):
    inputs, targets = texts
    model = token_model(mask_zero=True)
    weights = np.random.default_rng(1).uniform(0.5, 2, size=(10, T))
    report = model.evaluate(
        inputs, targets, sample_weight=weights, verbose=0, return_dict=True
    )
    counted = weights * (targets != 6) * (inputs != 0)
    losses = losses_of(targets, model.predict(inputs, verbose=0))
    expected = np.exp((losses * counted).sum() / counted.sum())
    assert report["perplexity"] == pytest.approx(expected, 1e-5)


def test_a_saved_model_keeps_its_metrics(texts, tmp_path):
    model = token_model()
    model.fit(*texts, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    expected = model.evaluate(*texts, verbose=0, return_dict=True)
    assert loaded.evaluate(*texts, verbose=0, return_dict=True) == expected
    assert expected.keys() >= {"perplexity", "accuracy"}


@pytest.mark.parametrize("kind", [Perplexity, TokenAccuracy])
def test_a_metric_is_made_again_from_its_config(kind):
    metric = kind(ignore_id=4, name="mine", dtype="float32")
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(metric)
    )
    assert type(again) is kind
    assert again.get_config() == metric.get_config()
    assert (again.ignore_id, again.name) == (4, "mine")


@pytest.mark.parametrize("kind", [Perplexity, TokenAccuracy])
@pytest.mark.parametrize("wrong", ["0", 1.0, True])
def test_refuses_an_id_that_is_no_integer(kind, wrong):
    with pytest.raises(ValueError) as error:
        kind(ignore_id=wrong)
    assert str(error.value) == (
        f"{kind.__name__}: `ignore_id` must be an integer or None. "
        f"Received: ignore_id={wrong!r}."
    )


def test_bits_per_character_of_a_fair_coin():
    assert bits_per_character(np.log(2.0)) == pytest.approx(1.0)
    assert bits_per_character(np.log(2.0), characters_per_token=4) == 0.25


def test_bits_per_character_do_not_depend_on_how_the_text_was_cut():
    """Pairs of independent letters: twice the loss, twice the characters."""
    entropy = -sum(p * np.log(p) for p in (0.5, 0.3, 0.2))
    of_pairs = -sum(
        p * q * np.log(p * q) for p in (0.5, 0.3, 0.2) for q in (0.5, 0.3, 0.2)
    )
    assert bits_per_character(of_pairs, characters_per_token=2) == pytest.approx(
        bits_per_character(entropy)
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (-0.1,),
            "bits_per_character: `loss` must be a number ≥ 0. Received: loss=-0.1.",
        ),
        (
            (1.0, 0),
            "bits_per_character: `characters_per_token` must be a number > 0. "
            "Received: characters_per_token=0.",
        ),
    ],
)
def test_bits_per_character_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError) as error:
        bits_per_character(*arguments)
    assert str(error.value) == message
