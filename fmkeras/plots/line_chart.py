"""Lines and points in one pair of axes: the plain figure for everything else."""

import math

from matplotlib.ticker import MaxNLocator

from fmkeras.errors import check_number
from fmkeras.plots.canvas import (
    add_legend,
    figure_size,
    finish,
    format_number,
    ink,
    new_figure,
    soften,
)
from fmkeras.plots.checks import as_named, as_numbers, check_positive
from fmkeras.plots.palette import LINE_STYLES, series_style

OWNER = "curves"
FEW = 12  # up to so many values are measurements, each with a marker; more are a curve


def curves(
    x,
    lines,
    points=None,
    connect=False,
    references=None,
    xlabel="",
    ylabel="",
    logx=False,
    logy=False,
    title=None,
    figsize=None,
):
    """Draw one or several quantities over another.

    Args:
        x: Float array `(N,)`.
        lines: Dict that gives each line its name: float arrays `(N,)`.
        points: Dict that gives each set of points its name: float arrays `(M, 2)`;
            or `None`.
        connect: Boolean. Whether to join each set of points, in their order: the
            steps of a descent.
        references: Dict that gives a name to each level, a float, at which a
            horizontal line is drawn for comparison; or `None`.
        xlabel: String. What x is, with its unit.
        ylabel: String. What the lines are, with their unit.
        logx: Boolean. Whether the horizontal axis is logarithmic.
        logy: Boolean. Whether the vertical axis is logarithmic.
        title: String, or `None`.
        figsize: Pair of floats in inches, or `None` for the width of a page.

    Returns:
        A `matplotlib.figure.Figure` with one axes.

    Raises:
        ValueError: If there is nothing to draw, an array has another shape, a number
            is NaN or infinite, or is not positive on a logarithmic axis.

    Example:

    >>> widths = [2, 4, 8, 16]
    >>> figure = curves(widths, {"error": [0.5, 0.2, 0.1, 0.1]}, logx=True)
    >>> figure.axes[0].get_xscale()
    'log'
    """
    x = as_numbers(OWNER, "x", x, ("N",))
    lines = _as_arrays("lines", lines, "array", (len(x),))
    points = {} if points is None else _as_arrays("points", points, "set", ("M", 2))
    levels = _as_levels(references, above=0.0 if logy else -math.inf)
    _check_logarithms(x, lines, points, logx, logy)
    size = figure_size(OWNER, figsize, height=3.8)

    figure = new_figure(size, title)
    axes = figure.add_subplot(xlabel=xlabel, ylabel=ylabel)
    axes.set(xscale="log" if logx else "linear", yscale="log" if logy else "linear")
    if logx and len(x) <= FEW:
        axes.set_xticks(x, [format_number(value) for value in x])
        axes.minorticks_off()
    elif not logx and not (x % 1).any():  # there is no half epoch
        axes.xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], integer=True))
    soften(axes)
    handles = _draw_lines(axes, x, lines)
    handles += _draw_points(axes, points, connect, first=len(lines))
    for i, (name, level) in enumerate(levels.items()):
        style = LINE_STYLES[1 + i % (len(LINE_STYLES) - 1)]
        handles += [axes.axhline(level, color=ink(), alpha=0.7, ls=style, label=name)]
    add_legend(figure, handles)
    return finish(figure)


def _as_arrays(argument, value, what, shape):
    return {
        name: as_numbers(OWNER, f"{argument}[{name!r}]", array, shape)
        for name, array in as_named(OWNER, argument, value, what).items()
    }


def _as_levels(references, above):
    if references is None:
        return {}
    return {
        name: check_number(
            OWNER, f"references[{name!r}]", level, minimum=above, exclusive=True
        )
        for name, level in as_named(OWNER, "references", references, "level").items()
    }


def _check_logarithms(x, lines, points, logx, logy):
    if logx:
        check_positive(OWNER, "x", x)
        for name, place in points.items():
            check_positive(OWNER, f"points[{name!r}][:, 0]", place[:, 0])
    if logy:
        for name, y in lines.items():
            check_positive(OWNER, f"lines[{name!r}]", y)
        for name, place in points.items():
            check_positive(OWNER, f"points[{name!r}][:, 1]", place[:, 1])


def _draw_lines(axes, x, lines):
    handles = []
    for i, (name, y) in enumerate(lines.items()):
        style = series_style(i, len(x))
        if len(x) > FEW:
            style["marker"] = ""
        handles += axes.plot(x, y, label=name, markersize=5, **style)
    return handles


def _draw_points(axes, points, connect, first):
    handles = []
    for i, (name, place) in enumerate(points.items(), start=first):
        style = series_style(i, len(place))
        style |= {"linestyle": "-" if connect else "", "markevery": 1}
        handles += axes.plot(
            *place.T, label=name, markersize=5, linewidth=1, zorder=3, **style
        )
    return handles
