"""Models, histories and tensors of Keras go into the figures as they are."""

import numpy as np
import pytest

from fmkeras.plots import (
    activation_curves,
    decision_boundary,
    feature_maps,
    learning_curves,
)

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("int32")


@pytest.fixture(scope="module")
def trained():
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
    model.compile(loss="binary_crossentropy", metrics=["accuracy"])
    history = model.fit(X, Y, epochs=3, validation_split=0.25, verbose=0)
    return model, history


def test_a_history_of_fit_is_drawn_as_it_is(trained):
    _, history = trained
    figure = learning_curves(history)
    drawn = {
        axes.get_ylabel(): [line.get_ydata().tolist() for line in axes.lines]
        for axes in figure.axes
    }
    assert drawn == {
        metric: [history.history[metric], history.history[f"val_{metric}"]]
        for metric in ("accuracy", "loss")
    }


def test_a_model_is_a_function_of_the_plane(trained):
    model, _ = trained
    (kernel, bias) = (weight.numpy() for weight in model.weights)
    figure = decision_boundary(model, X, Y)
    contours = [c for c in figure.axes[0].collections if hasattr(c, "levels")]
    for contour in contours:
        for path in contour.get_paths():
            scores = path.vertices @ kernel + bias
            np.testing.assert_allclose(scores, 0, atol=2e-2)
    assert contours


def test_tensors_are_arrays():
    import keras

    maps = keras.ops.convert_to_tensor(np.ones((4, 5, 3), "float32"))
    assert len([axes for axes in feature_maps(maps).axes if axes.images]) == 3


@pytest.mark.parametrize("name", ["relu", "gelu", "leaky_relu", "tanh"])
def test_activations_of_keras_are_functions_of_an_array(name):
    import keras

    (axes,) = activation_curves({name: keras.activations.get(name)}).axes
    slope = axes.lines[1].get_ydata()
    assert np.isnan(slope).sum() <= 1  # at the kink, and nowhere else
