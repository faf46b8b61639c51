"""What holds for every builder, with arguments that are not the defaults."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from fmkeras import models
from fmkeras.runtime import set_seed

ROWS = 21  # no multiple of the batch size, so that the last batch is short

# name: (arguments, shape of one input, classes or None for regression)
BUILDERS = {
    "linear_regression": ({"num_features": 5, "num_outputs": 3, "l2": 0.1}, (5,), None),
    "perceptron": ({"num_features": 4}, (4,), 2),
    "logistic_regression": ({"num_features": 6, "l2": 0.1}, (6,), 2),
    "softmax_regression": (
        {"input_shape": (3, 2, 1), "num_classes": 4, "l2": 0.1},
        (3, 2, 1),
        4,
    ),
    "mlp": (
        {
            "input_shape": (2, 3),
            "hidden_dims": [7, 5],
            "num_outputs": 3,
            "activation": "gelu",
        },
        (2, 3),
        3,
    ),
    "lenet5": (
        {"input_shape": (14, 13, 2), "num_classes": 3, "variant": "1998"},
        (14, 13, 2),
        3,
    ),
}

# The same builders on their other paths.
VARIANTS = {
    **BUILDERS,
    "perceptron, tanh": ({"num_features": 4, "activation": "tanh"}, (4,), None),
    "logistic_regression, logits": (
        {"num_features": 6, "classifier_activation": None},
        (6,),
        2,
    ),
    "softmax_regression, logits": (
        {"input_shape": 5, "num_classes": 4, "classifier_activation": None},
        (5,),
        4,
    ),
    "mlp, two classes": (
        {"input_shape": 5, "hidden_dims": (3,), "num_outputs": 1},
        (5,),
        2,
    ),
    "mlp, regression": (
        {
            "input_shape": 5,
            "hidden_dims": (3, 2),
            "num_outputs": 4,
            "task": "regression",
        },
        (5,),
        None,
    ),
    "lenet5, modern": ({"input_shape": (12, 17, 3), "num_classes": 2}, (12, 17, 3), 2),
    "lenet5, logits": (
        {"input_shape": (32, 33, 1), "variant": "1998", "classifier_activation": None},
        (32, 33, 1),
        10,
    ),
}


@pytest.fixture(params=list(VARIANTS))
def case(request):
    arguments, shape, num_classes = VARIANTS[request.param]
    builder = getattr(models, request.param.partition(",")[0])
    return builder, arguments, shape, num_classes


def data(builder_output, shape, num_classes):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(ROWS, *shape)).astype("float32")
    if num_classes is None:
        return x, rng.normal(size=(ROWS, builder_output)).astype("float32")
    return x, rng.integers(num_classes, size=ROWS)


def build(case, **further):
    builder, arguments, shape, num_classes = case
    model = builder(**arguments, **further)
    return model, *data(model.output_shape[-1], shape, num_classes)


# They take token ids: see test_language_contract.py and the tests it names.
OF_TOKEN_IDS = {
    "gpt2",
    "rnn_language_model",
    "seq2seq",
    "transformer_decoder",
    "word2vec",
}


def test_every_public_builder_is_here():
    others = {"LanguageModel", "load_model"}
    assert {*BUILDERS, *OF_TOKEN_IDS, *others} == set(models.__all__)


@pytest.mark.parametrize("name", list(BUILDERS))
def test_signature(name):
    parameters = inspect.signature(getattr(models, name)).parameters
    assert len(parameters) <= 8
    assert {"learning_rate", "compile", "name"} <= set(parameters)
    assert parameters["name"].default == name
    assert parameters["compile"].default is True


def test_one_step_of_fit_changes_every_weight_and_says_how_it_went(case):
    model, x, y = build(case, learning_rate=0.05)
    before = model.get_weights()
    history = model.fit(x, y, batch_size=ROWS, verbose=0).history
    assert set(history) == {"loss", "mae" if case[3] is None else "accuracy"}
    assert np.isfinite(history["loss"]).all()
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.any(old != new)


def test_the_learning_rate_and_the_name_arrive(case):
    model, *_ = build(case, learning_rate=0.125, name="other")
    assert float(model.optimizer.learning_rate) == 0.125
    assert model.name == "other"


def test_a_schedule_is_a_learning_rate(case):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.5)
    model, *_ = build(case, learning_rate=schedule)
    assert float(model.optimizer.learning_rate) == 0.5


def test_the_bare_model_is_not_compiled(case):
    model, *_ = build(case, compile=False)
    assert not model.compiled


def test_outputs_are_probabilities_unless_asked_otherwise(case):
    builder, arguments, _, num_classes = case
    model, x, _ = build(case)
    outputs = np.asarray(model(x))
    if num_classes is None or "classifier_activation" in arguments:
        return
    assert outputs.min() >= 0
    assert outputs.max() <= 1
    if num_classes > 2 or builder is models.lenet5:
        np.testing.assert_allclose(outputs.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.slow
def test_saves_and_loads_with_equal_outputs(case, tmp_path):
    model, x, y = build(case)
    model.fit(x, y, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        model.predict(x, verbose=0), loaded.predict(x, verbose=0)
    )
    assert loaded.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)
    loaded.fit(x, y, verbose=0)


def test_is_made_of_keras_alone(case):
    """So that plain Keras opens the saved model, where fmkeras is not installed."""
    model, *_ = build(case)
    assert "fmkeras" not in repr(model.get_config())
    assert "fmkeras" not in repr(model.get_compile_config())


def test_symbolic_shapes_equal_real_ones(case):
    model, x, _ = build(case)
    assert model.input_shape == (None, *x.shape[1:])
    symbolic = model.compute_output_shape((None, *x.shape[1:]))
    real = model(x).shape
    assert symbolic == model.output_shape == (None, *real[1:])
    assert real[0] == ROWS


@pytest.mark.slow
def test_the_same_seed_gives_the_same_run(case):
    runs = []
    for seed in (5, 5, 6):
        set_seed(seed)
        model, x, y = build(case)
        model.fit(x, y, epochs=2, batch_size=8, verbose=0)
        runs.append(model.get_weights())
    for first, second in zip(runs[0], runs[1], strict=True):
        np.testing.assert_array_equal(first, second)
    assert any(np.any(a != b) for a, b in zip(runs[0], runs[2], strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_keeps_float32_weights_and_outputs(case, policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model, x, y = build(case)
        history = model.fit(x, y, verbose=0)
    finally:
        keras.config.set_dtype_policy(before)
    assert np.isfinite(history.history["loss"]).all()
    assert model.predict(x, verbose=0).dtype == np.float32
    assert {weight.dtype for weight in model.weights if "seed" not in weight.path} == {
        "float32"
    }


@pytest.mark.slow
def test_a_pipeline_trains_as_arrays_do(case):
    weights = []
    for as_pipeline in (False, True):
        set_seed(2)
        model, x, y = build(case)
        if as_pipeline:
            model.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(8), verbose=0)
        else:
            model.fit(x, y, batch_size=8, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    for array, pipeline in zip(*weights, strict=True):
        np.testing.assert_allclose(array, pipeline, atol=1e-6)


@pytest.mark.parametrize(
    ("rate", "shown"), [(0, "0"), (-1.0, "-1.0"), ("fast", "'fast'"), (None, "None")]
)
@pytest.mark.parametrize("name", list(BUILDERS))
def test_a_learning_rate_must_be_positive(name, rate, shown):
    arguments = BUILDERS[name][0]
    with pytest.raises(ValueError, match="learning_rate") as error:
        getattr(models, name)(**arguments, learning_rate=rate)
    assert str(error.value) == (
        f"{name}: `learning_rate` must be a number > 0. "
        f"Received: learning_rate={shown}."
    )
