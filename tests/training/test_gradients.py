import keras
import numpy as np
import pytest

from fmkeras.runtime import set_seed
from fmkeras.training import gradient_norms


@pytest.fixture
def model():
    set_seed(3)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(5, "tanh", name="first"),
            layers.Activation("tanh", name="no_weights"),
            layers.Dense(
                3, name="second", kernel_regularizer=keras.regularizers.L2(0.1)
            ),
        ]
    )
    model.compile("adam", loss="mse")
    return model


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    return rng.normal(size=(7, 4)).astype("float32"), rng.normal(size=(7, 3))


def norm_by_differences(model, layer, x, y, nudge=1e-2):
    """Nudge every weight of a layer, and look how the loss changes."""
    slopes = []
    for variable in layer.trainable_variables:
        values = variable.numpy()
        for index in np.ndindex(values.shape):
            losses = []
            for sign in (1, -1):
                changed = values.copy()
                changed[index] += sign * nudge
                variable.assign(changed)
                losses.append(model.test_on_batch(x, y))
                model.reset_metrics()
            slopes.append((losses[0] - losses[1]) / (2 * nudge))
        variable.assign(values)
    return np.linalg.norm(slopes)


def test_agrees_with_finite_differences(model, batch):
    norms = gradient_norms(model, *batch)
    assert list(norms) == ["first", "second"]
    for layer in model.layers:
        if layer.trainable_variables:
            by_differences = norm_by_differences(model, layer, *batch)
            np.testing.assert_allclose(norms[layer.name], by_differences, rtol=2e-3)


def test_leaves_the_model_as_it_was(model, batch):
    before, optimizer = model.get_weights(), model.optimizer
    gradient_norms(model, *batch)
    assert model.optimizer is optimizer
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_leaves_out_what_is_frozen(model, batch):
    model.get_layer("first").trainable = False
    model.compile(loss="mse")
    assert list(gradient_norms(model, *batch)) == ["second"]


def test_sees_gradients_too_small_to_change_a_weight():
    inputs = keras.Input((1,))
    outputs = keras.layers.Dense(1, name="line")(inputs)
    model = keras.Model(inputs, keras.layers.Rescaling(1e-25)(outputs))
    model.compile(loss="mae")
    norms = gradient_norms(model, np.array([[3.0]]), np.array([[1.0]]))
    np.testing.assert_allclose(norms["line"], 1e-25 * 10**0.5, rtol=1e-5)


def test_wants_a_compiled_model(batch):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    with pytest.raises(ValueError) as error:
        gradient_norms(model, *batch)
    assert str(error.value) == (
        "gradient_norms: `model.compiled` must be True: the gradient is that of the "
        "model's loss. Received: model.compiled=False. What would do: "
        'model.compile(loss="mse").'
    )
