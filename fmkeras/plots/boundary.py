"""Where a classifier of two features changes its mind."""

import numpy as np
from matplotlib.colors import to_rgb

from fmkeras.errors import argument_error, check_integer
from fmkeras.plots.canvas import (
    add_legend,
    figure_size,
    finish,
    format_number,
    ink,
    new_figure,
    soften,
)
from fmkeras.plots.checks import as_bounds, as_names, as_numbers, check_function
from fmkeras.plots.palette import MARKERS, PALETTE
from fmkeras.plots.plane import around, grid_points, pixel_extent

OWNER = "decision_boundary"
FAINT, STRONG = 0.08, 0.5  # opacity where a model is undecided, and where certain


def decision_boundary(
    predict,
    x,
    y,
    class_names=None,
    feature_names=("$x_1$", "$x_2$"),
    bounds=None,
    resolution=200,
    title=None,
    figsize=None,
):
    r"""Colour the plane by the class a model predicts, with the data on top.

    The model answers for every point of a grid. A region takes the colour of its
    most probable class $\arg\max_c p_c$, and the more certain the model, the stronger
    the colour; the lines are the decision boundary. Cost: one call of `predict` on
    `resolution`² points.

    Args:
        predict: Function of a float array `(N, 2)` that returns the probability of
            the second class, `(N,)` or `(N, 1)`, those of all C classes, `(N, C)`, or
            labels, `(N,)` or `(N, 1)`, known by being whole numbers.
        x: Float array `(N, 2)`. The examples; `predict` gets points of their dtype.
        y: Integer array `(N,)` or `(N, 1)`. Their labels: 0 to C − 1, or −1 and 1.
        class_names: Sequence of strings, one a class in the order of the labels, or
            `None` to call them by their labels.
        feature_names: Pair of strings. Labels of the axes.
        bounds: `(x_min, x_max, y_min, y_max)`, or `None` for a margin around `x`.
        resolution: Integer. Points of the grid along each axis.
        title: String, or `None`.
        figsize: Pair of floats in inches, or `None` for the width of a page.

    Returns:
        A `matplotlib.figure.Figure` with one axes.

    Raises:
        ValueError: If `x` is not `(N, 2)`, `y` is not one whole number for each row of
            it, either holds NaN, a class has no name, or `predict` returns something
            else than asked for.

    Example:

    >>> import numpy as np
    >>> x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> figure = decision_boundary(lambda x: x.sum(axis=1) > 1.5, x, y=[0, 0, 0, 1])
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['0', '1']
    """
    points = as_numbers(OWNER, "x", x, ("N", 2))
    y = _as_labels(y, len(points))
    feature_names = as_names(OWNER, "feature_names", feature_names, 2)
    if bounds is None:
        bounds = around(points, margin=0.08)
    bounds = as_bounds(OWNER, "bounds", bounds, 4)
    resolution = check_integer(OWNER, "resolution", resolution, minimum=2)
    grid = grid_points(bounds, resolution)
    size = figure_size(OWNER, figsize, height=4.6)
    check_function(OWNER, "predict", predict)
    classes, scores = _ask(predict, grid.astype(_float_type(x)), y)
    names = map(format_number, classes) if class_names is None else class_names
    names = as_names(OWNER, "class_names", names, len(classes))

    figure = new_figure(size, title)
    axes = figure.add_subplot(xlabel=feature_names[0], ylabel=feature_names[1])
    soften(axes)
    axes.grid(False)  # it would be taken for a boundary
    axes.imshow(
        _colour(scores),
        extent=pixel_extent(bounds, resolution),
        origin="lower",
        aspect="auto",
        interpolation="none",  # smoothing makes an SVG file four times as large
    )
    _draw_boundaries(axes, grid, scores)
    handles = _draw_points(axes, points, y, classes, names)
    axes.axis(bounds)
    add_legend(figure, handles)
    return finish(figure)


def _as_labels(y, length):
    y = as_numbers(OWNER, "y", y, (length,), (length, 1)).reshape(-1)
    wrong = np.flatnonzero(y != np.round(y))
    if len(wrong):
        first = int(wrong[0])
        raise argument_error(OWNER, f"y[{first}]", "a whole number", float(y[first]))
    return y.astype("int64")


def _float_type(x):
    dtype = np.asarray(x).dtype
    return dtype if dtype.kind == "f" else "float64"


def _ask(predict, grid, y):
    """Return the labels of the classes, and a score for each at every grid point."""
    rows = grid.reshape(-1, 2)
    count = len(rows)
    answer = as_numbers(
        OWNER, "predict(points)", predict(rows), (count,), (count, 1), (count, "C")
    )
    answer = answer.reshape(count, -1)
    if answer.shape[1] == 1 and np.all(answer == np.round(answer)):
        classes = np.union1d(y, answer).astype("int64")
        scores = (answer == classes).astype("float64")
    else:
        scores = _as_probabilities(answer)
        classes = np.arange(scores.shape[1])
        if scores.shape[1] == 2 and -1 in y:
            classes = np.array([-1, 1])
    wrong = np.flatnonzero(~np.isin(y, classes))
    if len(wrong):
        first = int(wrong[0])
        known = ", ".join(map(str, classes))
        raise argument_error(
            OWNER, f"y[{first}]", f"one of the classes {known}", int(y[first])
        )
    return classes.tolist(), scores.reshape(*grid.shape[:2], -1)


def _as_probabilities(answer):
    wrong = np.argwhere((answer < -1e-6) | (answer > 1 + 1e-6))  # float32 rounds
    if len(wrong):
        place = tuple(wrong[0])
        raise argument_error(
            OWNER,
            "predict(points)",
            "probabilities in [0, 1], or labels, one whole number for each point",
            float(answer[place]),
            would_do="the model's scores after a sigmoid or a softmax",
        )
    answer = answer.clip(0.0, 1.0)
    return np.hstack([1 - answer, answer]) if answer.shape[1] == 1 else answer


def _colour(scores):
    """Return `(R, R, 4)`: each point in its class's colour, opaque when certain."""
    colours = np.array([to_rgb(_colour_of(c)) for c in range(scores.shape[-1])])
    chance = 1 / scores.shape[-1]
    certainty = (scores.max(axis=-1) - chance) / max(1 - chance, chance)
    opacity = FAINT + (STRONG - FAINT) * certainty.clip(0.0, 1.0)
    return np.dstack([colours[scores.argmax(axis=-1)], opacity])


def _draw_boundaries(axes, grid, scores):
    for c in range(scores.shape[-1]):
        others = np.delete(scores, c, axis=-1).max(axis=-1, initial=0.0)
        lead = scores[..., c] - others  # zero where the class gives way to another
        if lead.min() < 0.0 < lead.max():
            axes.contour(
                grid[..., 0], grid[..., 1], lead, [0.0], colors=[ink()], linewidths=1.2
            )


def _draw_points(axes, points, y, classes, names):
    return [
        axes.scatter(
            *points[y == label].T,
            color=_colour_of(c),
            marker=MARKERS[c % len(MARKERS)],
            edgecolors=ink(),
            linewidths=0.6,
            s=28,
            label=names[c],
            zorder=3,
        )
        for c, label in enumerate(classes)
        if label in y
    ]


def _colour_of(c):
    return PALETTE[c % len(PALETTE)]
