"""The landscape is the loss, and the paths lie where their steps went."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from fmkeras.plots import PALETTE, loss_surface
from fmkeras.plots.palette import SHADE

PATH = np.array([[3.0, -1.0], [1.0, 0.5], [0.0, 0.0]])


def bowl(u, v):
    return u**2 + 5 * v**2


def surface(figure):
    return figure.axes[0].images[0]


def levels(figure):
    return surface(figure).norm.boundaries


@pytest.mark.parametrize(
    "loss",
    [
        bowl,
        lambda w: bowl(w[..., 0], w[..., 1]),
        lambda u, v, scale=1.0: scale * bowl(u, v),
        np.vectorize(bowl),
        lambda w: np.apply_along_axis(lambda p: bowl(*p), -1, w),
    ],
    ids=["u, v", "w", "with a default", "vectorize", "apply_along_axis"],
)
def test_every_form_of_loss_gives_the_same_surface(loss):
    if isinstance(loss, np.vectorize):
        loss = lambda u, v, f=loss: f(u, v)  # noqa: E731
    figure = loss_surface(loss, bounds=(-2, 2, -3, 1), resolution=9)
    u, v = np.meshgrid(np.linspace(-2, 2, 9), np.linspace(-3, 1, 9))
    np.testing.assert_allclose(surface(figure).get_array(), bowl(u, v))


def test_one_of_numpys_own_functions_will_do():
    figure = loss_surface(np.hypot, bounds=(0, 3, 0, 4), resolution=2)
    np.testing.assert_allclose(surface(figure).get_array(), [[0, 3], [4, 5]])


def test_contours_are_where_the_loss_is_their_level():
    figure = loss_surface(bowl, PATH)
    contours = [c for c in figure.axes[0].collections if hasattr(c, "levels")]
    (contour,) = contours
    np.testing.assert_allclose(contour.levels, levels(figure))
    seen = 0
    for level, path in zip(contour.levels, contour.get_paths(), strict=True):
        points = path.vertices
        if len(points) > 20:
            found = bowl(points[:, 0], points[:, 1])
            np.testing.assert_allclose(found, level, rtol=0.05)
            seen += 1
    assert seen > 8


def test_levels_cover_the_grid_and_the_path():
    shallow = lambda u, v: (u - 0.013) ** 2 + (v + 0.017) ** 2  # noqa: E731
    path = np.array([[1.0, 1.0], [0.013, -0.017]])  # ends lower than any grid point
    figure = loss_surface(shallow, path, bounds=(-1, 1, -1, 1), resolution=11)
    assert levels(figure)[0] == 0.0
    assert levels(figure)[-1] == surface(figure).get_array().max()
    assert np.all(np.diff(levels(figure)) > 0)


@pytest.mark.parametrize("count", [2, 5, 30])
def test_there_are_as_many_bands_as_asked_for(count):
    figure = loss_surface(bowl, PATH, levels=count)
    assert len(levels(figure)) == count + 1


def test_rings_of_a_bowl_are_about_equally_wide():
    figure = loss_surface(lambda u, v: u**2 + v**2, bounds=(-1, 1, -1, 1))
    radii = np.sqrt(levels(figure))
    widths = np.diff(radii)
    assert widths[1:].max() < 2 * widths[1:].min()


def test_a_steep_ravine_still_shows_its_floor():
    def rosenbrock(u, v):
        return (1 - u) ** 2 + 100 * (v - u**2) ** 2

    figure = loss_surface(rosenbrock, bounds=(-2, 2, -1, 3))
    assert np.sum(levels(figure) < 30) >= 4  # of values up to 2509


def test_a_dip_far_above_zero_has_levels_that_rise():
    figure = loss_surface(
        lambda u, v: 1e9 + np.exp(9 * u), bounds=(-2, 0, -1, 1), levels=30
    )
    assert np.all(np.diff(levels(figure)) > 0)
    figure.canvas.draw()


def test_a_path_shows_each_step_from_a_marked_start():
    figure = loss_surface(bowl, PATH)
    path, start = figure.axes[0].lines
    np.testing.assert_array_equal(path.get_xydata(), PATH)
    assert path.get_markevery() == 1
    np.testing.assert_array_equal(start.get_xydata(), PATH[:1])
    assert start.get_markeredgecolor() == path.get_color() == PALETTE[1]
    assert figure.legends == []


def test_several_paths_have_names_and_markers():
    paths = {"momentum": PATH, "Adam": PATH * 0.5, "SGD": np.tile(PATH, (50, 1))}
    figure = loss_surface(bowl, paths)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["momentum", "Adam", "SGD"]
    lines = figure.axes[0].lines[::2]
    assert len({line.get_marker() for line in lines}) == 3
    assert len({line.get_color() for line in lines}) == 3
    assert lines[2].get_markevery() != 1  # 150 steps would be one thick line


def test_bounds_leave_a_margin_around_the_paths():
    axes = loss_surface(bowl, {"a": PATH, "b": PATH + [0.0, 2.0]}).axes[0]
    assert axes.get_xlim() == pytest.approx((-0.6, 3.6))
    assert axes.get_ylim() == pytest.approx((-1.7, 3.2))


def test_a_step_past_the_bounds_changes_nothing_but_the_line():
    inside = loss_surface(bowl, bounds=(-1, 1, -1, 1))
    figure = loss_surface(bowl, PATH * 1e6 + 10, bounds=(-1, 1, -1, 1))
    np.testing.assert_allclose(levels(figure), levels(inside))
    assert figure.axes[0].get_xlim() == (-1, 1)
    assert figure.axes[0].get_ylim() == (-1, 1)


@pytest.mark.parametrize(("aspect", "seen"), [("equal", 1.0), ("auto", "auto")])
def test_both_axes_have_one_scale_unless_told_otherwise(aspect, seen):
    figure = loss_surface(bowl, PATH, aspect=aspect)
    assert figure.axes[0].get_aspect() == seen


def test_the_scale_says_what_the_shade_means():
    path = PATH + 0.001  # the lowest point is 6e-06, a nothing beside 70
    figure = loss_surface(bowl, path, names=("θ₁", "θ₂"), title="A bowl")
    axes, bar = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("θ₁", "θ₂")
    assert bar.get_ylabel() == "loss"
    assert surface(figure).get_cmap() is SHADE
    figure.canvas.draw()
    texts = [label.get_text() for label in bar.get_yticklabels()]
    assert texts[0] == "0"
    assert "e" not in "".join(texts)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"path": np.ones((4, 3))},
            "loss_surface: `path.shape` must be (steps, 2). "
            "Received: path.shape=(4, 3).",
        ),
        (
            {"path": {"SGD": [1.0, 2.0]}},
            "loss_surface: `path['SGD'].shape` must be (steps, 2). "
            "Received: path['SGD'].shape=(2,).",
        ),
        (
            {"path": {}},
            "loss_surface: `path` must be a dict that gives at least one name its "
            "array `(steps, 2)`. Received: path={}.",
        ),
        (
            {"path": [[0.0, 1.0], [np.inf, 0.0]]},
            "loss_surface: `path[1, 0]` must be a finite number. "
            "Received: path[1, 0]=inf.",
        ),
        (
            {"path": None},
            "loss_surface: `bounds` must be given where there is no path. "
            "Received: bounds=None. What would do: bounds=(-2, 2, -2, 2).",
        ),
        (
            {"loss": 3.0},
            "loss_surface: `loss` must be a function. Received: loss=3.0.",
        ),
        (
            {"loss": lambda w: np.sum(w**2)},
            "loss_surface: `loss(points).shape` must be (120, 120), one loss for each "
            "point. Received: loss(points).shape=(). What would do: "
            "lambda w: np.apply_along_axis(loss, -1, w), point by point.",
        ),
        (
            {"loss": lambda u, v: u * np.nan},
            "loss_surface: `loss(points)[0, 0]` must be a finite number. "
            "Received: loss(points)[0, 0]=nan.",
        ),
        (
            {"loss": lambda u, v: 0 * u + 2.5},
            "loss_surface: `loss(points)` must be different at different points. "
            "Received: loss(points)=2.5.",
        ),
        (
            {"aspect": "equel"},
            "loss_surface: `aspect` must be one of 'equal', 'auto'. "
            "Received: aspect='equel'. What would do: 'equal'.",
        ),
        (
            {"levels": 1},
            "loss_surface: `levels` must be an integer ≥ 2. Received: levels=1.",
        ),
        (
            {"names": ("w",)},
            "loss_surface: `names` must be a sequence of 2 names. "
            "Received: names=('w',).",
        ),
        (
            {"bounds": (0, 0, 1, 2)},
            "loss_surface: `bounds` must be (x_min, x_max, y_min, y_max), each min "
            "below its max. Received: bounds=(0, 0, 1, 2).",
        ),
    ],
)
def test_says_what_is_wrong(change, message):
    with pytest.raises(ValueError) as error:
        loss_surface(**{"loss": bowl, "path": PATH} | change)
    assert str(error.value) == message
    assert plt.get_fignums() == []
