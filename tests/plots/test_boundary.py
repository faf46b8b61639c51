"""The boundary is where the model changes its mind, and the points are the data."""

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from fmkeras.plots import PALETTE, decision_boundary

X = np.array([[-1.0, 0.0], [1.0, 2.0], [0.5, -2.0], [-0.5, 1.0], [0.0, 0.5]])
Y = np.array([0, 1, 1, 0, 1])


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def right_half(points):
    return sigmoid(3 * points[:, 0])


def lines_at_zero(figure):
    """The points of every boundary that was drawn."""
    contours = [c for c in figure.axes[0].collections if hasattr(c, "levels")]
    return [path.vertices for contour in contours for path in contour.get_paths()]


def colour_at(figure, x, y):
    """The RGBA of the region under a point."""
    (image,) = figure.axes[0].images
    left, right, bottom, top = image.get_extent()
    rows, columns = image.get_array().shape[:2]
    row = int((y - bottom) / (top - bottom) * rows)
    column = int((x - left) / (right - left) * columns)
    return np.asarray(image.get_array())[row, column]


def test_the_boundary_runs_where_the_probability_is_one_half():
    figure = decision_boundary(right_half, X, Y, bounds=(-2, 2, -3, 3))
    for points in lines_at_zero(figure):
        np.testing.assert_allclose(points[:, 0], 0, atol=1e-6)
        assert points[:, 1].min() == pytest.approx(-3)
        assert points[:, 1].max() == pytest.approx(3)


@pytest.mark.parametrize(
    "predict",
    [
        right_half,
        lambda p: right_half(p)[:, None],
        lambda p: np.stack([1 - right_half(p), right_half(p)], axis=1),
        lambda p: (p[:, 0] > 0).astype("int32"),
        lambda p: (p[:, :1] > 0).astype("float32"),
        lambda p: p[:, 0] > 0,
        lambda p: (right_half(p)).tolist(),
    ],
    ids=["(N,)", "(N, 1)", "(N, 2)", "labels", "(N, 1) labels", "booleans", "a list"],
)
def test_every_form_of_answer_gives_the_same_regions(predict):
    figure = decision_boundary(predict, X, Y, bounds=(-2, 2, -3, 3))
    np.testing.assert_allclose(colour_at(figure, -1.5, 1)[:3], to_rgb(PALETTE[0]))
    np.testing.assert_allclose(colour_at(figure, 1.5, -2)[:3], to_rgb(PALETTE[1]))
    assert all(np.abs(points[:, 0]).max() < 0.02 for points in lines_at_zero(figure))


def test_colour_grows_with_certainty_and_lets_the_page_through():
    figure = decision_boundary(right_half, X, Y, bounds=(-2, 2, -3, 3))
    opacity = [colour_at(figure, x, 0)[3] for x in (0.02, 0.3, 0.8, 1.9)]
    assert np.all(np.diff(opacity) > 0)
    assert 0 < opacity[0] < 0.15
    assert 0.45 < opacity[-1] <= 0.5


def test_three_classes_meet_in_one_point():
    centres = np.array([[0.0, 2.0], [-2.0, -1.0], [2.0, -1.0]])

    def predict(points):
        scores = np.exp(-((points[:, None] - centres) ** 2).sum(axis=-1))
        return scores / scores.sum(axis=1, keepdims=True)

    figure = decision_boundary(predict, centres, [0, 1, 2], bounds=(-3, 3, -3, 3))
    for (x, y), colour in zip(centres, PALETTE, strict=False):
        np.testing.assert_allclose(colour_at(figure, x, y)[:3], to_rgb(colour))
    meeting = np.array([0.0, -1 / 6])  # as far from every centre
    for points in lines_at_zero(figure):
        assert np.linalg.norm(points - meeting, axis=1).min() < 0.03


def test_the_points_are_the_data_class_by_class():
    figure = decision_boundary(right_half, X, Y, class_names=["left", "right"])
    scatter = [c for c in figure.axes[0].collections if not hasattr(c, "levels")]
    np.testing.assert_array_equal(scatter[0].get_offsets(), X[Y == 0])
    np.testing.assert_array_equal(scatter[1].get_offsets(), X[Y == 1])
    shapes = [c.get_paths()[0].vertices for c in scatter]
    assert shapes[0].shape != shapes[1].shape  # told apart without colour, too
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["left", "right"]


@pytest.mark.parametrize(
    "predict", [right_half, lambda p: np.sign(p[:, 0] + 1e-9)], ids=["p", "labels"]
)
def test_labels_may_be_minus_one_and_one(predict):
    if predict is right_half:
        predict = lambda p: np.stack([1 - right_half(p), right_half(p)], axis=1)  # noqa: E731
    figure = decision_boundary(predict, X, 2 * Y - 1)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["−1", "1"]
    np.testing.assert_allclose(colour_at(figure, 0.9, 0)[:3], to_rgb(PALETTE[1]))


def test_the_model_is_asked_once_in_the_dtype_of_the_data():
    asked = []

    def predict(points):
        asked.append(points)
        return points[:, 0] > 0

    decision_boundary(predict, X.astype("float32"), Y, resolution=7)
    (points,) = asked
    assert points.shape == (49, 2)
    assert points.dtype == "float32"
    assert np.all(points.min(axis=0) < X.min(axis=0))
    assert np.all(points.max(axis=0) > X.max(axis=0))


def test_axes_have_names_and_the_bounds_asked_for():
    figure = decision_boundary(
        right_half,
        X,
        Y[:, None],
        feature_names=["width", "height"],
        bounds=(-4, 4, -5, 6),
        title="Halves",
        figsize=(4, 3),
    )
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("width", "height")
    assert axes.get_xlim() == (-4, 4)
    assert axes.get_ylim() == (-5, 6)
    assert figure.get_suptitle() == "Halves"
    assert tuple(figure.get_size_inches()) == (4, 3)


def test_each_pixel_centres_on_the_point_it_was_asked_for():
    figure = decision_boundary(right_half, X, Y, bounds=(-2, 2, -3, 3), resolution=5)
    (image,) = figure.axes[0].images
    np.testing.assert_allclose(image.get_extent(), (-2.5, 2.5, -3.75, 3.75))
    certainty = np.abs(2 * sigmoid(3 * np.linspace(-2, 2, 5)) - 1)
    opacity = np.asarray(image.get_array())[0, :, 3]
    np.testing.assert_allclose(opacity, 0.08 + 0.42 * certainty)


def test_one_region_has_no_boundary():
    figure = decision_boundary(lambda p: np.zeros(len(p), int), X, np.zeros(5, int))
    assert lines_at_zero(figure) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"x": np.ones((5, 3))},
            "decision_boundary: `x.shape` must be (N, 2). Received: x.shape=(5, 3).",
        ),
        (
            {"x": np.ones((0, 2)), "y": []},
            "decision_boundary: `x.shape` must be (N, 2), every size ≥ 1. "
            "Received: x.shape=(0, 2).",
        ),
        (
            {"x": np.where(X == 2.0, np.nan, X)},
            "decision_boundary: `x[1, 1]` must be a finite number. "
            "Received: x[1, 1]=nan.",
        ),
        (
            {"y": [0, 1, 1, 0]},
            "decision_boundary: `y.shape` must be (5,) or (5, 1). "
            "Received: y.shape=(4,).",
        ),
        (
            {"y": [0, 1, 0.5, 0, 1]},
            "decision_boundary: `y[2]` must be a whole number. Received: y[2]=0.5.",
        ),
        (
            {"y": [0, 1, 2, 0, 1]},
            "decision_boundary: `y[2]` must be one of the classes 0, 1. "
            "Received: y[2]=2.",
        ),
        (
            {"predict": "model"},
            "decision_boundary: `predict` must be a function. "
            "Received: predict='model'.",
        ),
        (
            {"predict": lambda p: p[:3, 0]},
            "decision_boundary: `predict(points).shape` must be (100,) or (100, 1) or "
            "(100, C). Received: predict(points).shape=(3,).",
        ),
        (
            {"predict": lambda p: np.full(len(p), np.nan)},
            "decision_boundary: `predict(points)[0]` must be a finite number. "
            "Received: predict(points)[0]=nan.",
        ),
        (
            {"predict": lambda p: p[:, 0] * 0 - 1.5},
            "decision_boundary: `predict(points)` must be probabilities in [0, 1], or "
            "labels, one whole number for each point. Received: predict(points)=-1.5. "
            "What would do: the model's scores after a sigmoid or a softmax.",
        ),
        (
            {"class_names": ["left"]},
            "decision_boundary: `class_names` must be a sequence of 2 names. "
            "Received: class_names=['left'].",
        ),
        (
            {"feature_names": "xyz"},
            "decision_boundary: `feature_names` must be a sequence of 2 names. "
            "Received: feature_names='xyz'.",
        ),
        (
            {"resolution": 1},
            "decision_boundary: `resolution` must be an integer ≥ 2. "
            "Received: resolution=1.",
        ),
        (
            {"bounds": (0, 1, 1, 0)},
            "decision_boundary: `bounds` must be (x_min, x_max, y_min, y_max), each "
            "min below its max. Received: bounds=(0, 1, 1, 0).",
        ),
    ],
)
def test_says_what_is_wrong(change, message):
    arguments = {"predict": right_half, "x": X, "y": Y, "resolution": 10} | change
    with pytest.raises(ValueError) as error:
        decision_boundary(**arguments)
    assert str(error.value) == message
    assert matplotlib.pyplot.get_fignums() == []  # nothing half-drawn is left behind


def test_rounding_may_take_a_probability_past_one():
    figure = decision_boundary(lambda p: right_half(p) * (1 + 5e-7), X * 9, Y)
    assert colour_at(figure, 8.9, 0)[3] <= 0.5
