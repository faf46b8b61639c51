"""The points are the data, and the upright lines are the residuals."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from fmkeras.plots import scatter_fit

X = np.array(
    [[80.0, 8.0, 0.2], [60.0, 10.0, 0.3], [100.0, 5.0, 0.2], [70.0, 10.0, 0.25]]
)
Y = np.array([10.0, 9.0, 9.5, 12.0])
PREDICTIONS = Y + [0.5, -0.25, 0.0, 1.0]


def scatters(axes):
    return [c.get_offsets() for c in axes.collections if len(c.get_offsets()) > 1]


def test_each_feature_has_a_panel():
    figure = scatter_fit(X, Y, names=["size", "location", "green"], target="price")
    assert [axes.get_xlabel() for axes in figure.axes] == ["size", "location", "green"]
    for axes, feature in zip(figure.axes, X.T, strict=True):
        (points,) = scatters(axes)
        np.testing.assert_array_equal(points, np.stack([feature, Y], axis=1))
    assert [axes.get_ylabel() for axes in figure.axes] == ["price", "", ""]
    assert figure.axes[0].get_shared_y_axes().joined(*figure.axes[::2])
    assert figure.legends == []


def test_residuals_join_each_target_to_its_prediction():
    figure = scatter_fit(X, Y[:, None], predictions=PREDICTIONS[:, None], title="Fit")
    for axes, feature in zip(figure.axes, X.T, strict=True):
        _, predicted = scatters(axes)
        np.testing.assert_array_equal(predicted, np.stack([feature, PREDICTIONS], 1))
        (residuals,) = [c for c in axes.collections if hasattr(c, "get_segments")]
        ends = np.array(residuals.get_segments())
        np.testing.assert_array_equal(ends[:, :, 0], np.stack([feature, feature], 1))
        np.testing.assert_array_equal(ends[:, :, 1], np.stack([Y, PREDICTIONS], 1))
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["data", "prediction"]
    assert figure.get_suptitle() == "Fit"


@pytest.mark.parametrize("shape", [(200,), (200, 1)])
def test_the_curve_is_the_fit_across_the_data(shape):
    figure = scatter_fit(X[:, 0], Y, fit=lambda x: (3 * x + 1).reshape(shape))
    (line,) = figure.axes[0].lines
    x, y = line.get_data()
    assert (x.min(), x.max()) == (60, 100)
    np.testing.assert_allclose(y, 3 * x + 1)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["data", "fit"]
    assert figure.axes[0].get_xlabel() == "$x$"


@pytest.mark.parametrize(
    ("features", "rows", "columns"), [(1, 1, 1), (2, 1, 2), (4, 2, 2), (10, 4, 3)]
)
def test_panels_fill_rows(features, rows, columns):
    figure = scatter_fit(np.random.default_rng(0).normal(size=(4, features)), Y)
    assert len(figure.axes) == features
    geometry = figure.axes[0].get_subplotspec().get_geometry()
    assert geometry[:2] == (rows, columns)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"x": X[None]},
            "scatter_fit: `x.shape` must be (N,) or (N, F). "
            "Received: x.shape=(1, 4, 3).",
        ),
        (
            {"x": X[:0], "y": []},
            "scatter_fit: `x.shape` must be (N,) or (N, F), every size ≥ 1. "
            "Received: x.shape=(0, 3).",
        ),
        (
            {"y": Y[:3]},
            "scatter_fit: `y.shape` must be (4,) or (4, 1). Received: y.shape=(3,).",
        ),
        (
            {"y": Y * np.nan},
            "scatter_fit: `y[0]` must be a finite number. Received: y[0]=nan.",
        ),
        (
            {"predictions": [1.0]},
            "scatter_fit: `predictions.shape` must be (4,) or (4, 1). "
            "Received: predictions.shape=(1,).",
        ),
        (
            {"names": ["size"]},
            "scatter_fit: `names` must be a sequence of 3 names. "
            "Received: names=['size'].",
        ),
        (
            {"fit": len},
            "scatter_fit: `fit` must be `None` where there are 3 features. Received: "
            "fit=<built-in function len>. What would do: predictions=fit(x), which "
            "draws the residuals.",
        ),
        (
            {"x": X[:, 0], "fit": 2.0},
            "scatter_fit: `fit` must be a function. Received: fit=2.0.",
        ),
        (
            {"x": X[:, 0], "fit": lambda x: x.sum()},
            "scatter_fit: `fit(points).shape` must be (200,) or (200, 1). "
            "Received: fit(points).shape=().",
        ),
    ],
)
def test_says_what_is_wrong(change, message):
    with pytest.raises(ValueError) as error:
        scatter_fit(**{"x": X, "y": Y} | change)
    assert str(error.value) == message
    assert plt.get_fignums() == []
