"""Data of one or several features, beside what a regression makes of them."""

import numpy as np

from fmkeras.errors import argument_error
from fmkeras.plots.canvas import (
    add_legend,
    figure_size,
    finish,
    ink,
    new_figure,
    soften,
)
from fmkeras.plots.checks import as_names, as_numbers, check_function
from fmkeras.plots.palette import PALETTE

OWNER = "scatter_fit"


def scatter_fit(
    x,
    y,
    fit=None,
    predictions=None,
    names=None,
    target="$y$",
    title=None,
    figsize=None,
):
    r"""Draw a target over each feature, with a regression's curve or its residuals.

    One panel a feature, all with one vertical axis. The upright lines between a
    target $y$ and its prediction $\hat y$ are the residuals, whose squares a least
    squares fit makes as small as it can.

    Args:
        x: Float array `(N,)` or `(N, F)`. One or F features.
        y: Float array `(N,)` or `(N, 1)`. The targets.
        fit: Function of a float array `(M,)` that returns the fitted curve, `(M,)` or
            `(M, 1)`, where there is one feature; or `None`.
        predictions: Float array `(N,)` or `(N, 1)`, or `None`.
        names: Sequence of F strings, or `None`. The features, with their units.
        target: String. The target, with its unit.
        title: String, or `None`.
        figsize: Pair of floats in inches, or `None` for the width of a page.

    Returns:
        A `matplotlib.figure.Figure` with one axes for each feature.

    Raises:
        ValueError: If an array has another shape, is empty or holds NaN, or if there
            is a `fit` for more than one feature.

    Example:

    >>> figure = scatter_fit([1.0, 2.0, 3.0], [2.1, 3.9, 6.0], fit=lambda x: 2 * x)
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['data', 'fit']
    """
    x = as_numbers(OWNER, "x", x, ("N",), ("N", "F"))
    x = x.reshape(len(x), -1)
    y = _as_targets("y", y, len(x))
    if predictions is not None:
        predictions = _as_targets("predictions", predictions, len(x))
    curve = None if fit is None else _ask(fit, x)
    if names is None:
        several = x.shape[1] > 1
        names = [f"$x_{{{i + 1}}}$" if several else "$x$" for i in range(x.shape[1])]
    names = as_names(OWNER, "names", names, x.shape[1])
    columns = 2 if len(names) in (2, 4) else min(len(names), 3)
    rows = -(-len(names) // columns)
    size = figure_size(OWNER, figsize, height=0.8 + (3.2 if rows == 1 else 2.3 * rows))

    figure = new_figure(size, title)
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in grid[:, 0]:
        axes.set_ylabel(target)
    for axes in grid.flat[len(names) :]:
        axes.remove()
    for axes, name, feature in zip(grid.flat, names, x.T, strict=False):
        axes.set_xlabel(name)
        soften(axes)
        handles = _draw(axes, feature, y, predictions)
        if curve is not None:
            handles += axes.plot(*curve, color=PALETTE[1], linewidth=2, label="fit")
    if len(handles) > 1:
        add_legend(figure, handles)
    return finish(figure)


def _as_targets(argument, values, count):
    return as_numbers(OWNER, argument, values, (count,), (count, 1)).reshape(-1)


def _ask(fit, x):
    """Return the fitted curve: 200 points across the data, and its value there."""
    check_function(OWNER, "fit", fit)
    if x.shape[1] > 1:
        must_be = f"`None` where there are {x.shape[1]} features"
        would_do = "predictions=fit(x), which draws the residuals"
        raise argument_error(OWNER, "fit", must_be, fit, would_do)
    across = np.linspace(x.min(), x.max(), 200)
    answer = as_numbers(OWNER, "fit(points)", fit(across), (200,), (200, 1))
    return across, answer.reshape(-1)


def _draw(axes, feature, y, predictions):
    many = len(y) > 100
    look = {"edgecolors": ink(), "zorder": 3}
    look |= {"s": 16, "linewidths": 0.3} if many else {"s": 36, "linewidths": 0.6}
    handles = [axes.scatter(feature, y, color=PALETTE[0], label="data", **look)]
    if predictions is not None:
        axes.vlines(feature, y, predictions, colors=[ink()], alpha=0.5, linewidth=0.8)
        look |= {"color": PALETTE[1], "marker": "D", "label": "prediction"}
        handles += [axes.scatter(feature, predictions, **look)]
    return handles
