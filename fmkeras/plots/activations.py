"""Activation functions and their slopes."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from fmkeras.errors import check_integer
from fmkeras.plots.canvas import (
    add_legend,
    figure_size,
    finish,
    ink,
    new_figure,
    soften,
)
from fmkeras.plots.checks import as_bounds, as_named, as_numbers, check_function
from fmkeras.plots.palette import PALETTE

OWNER = "activation_curves"
POINTS = 801
STEP = 1e-3  # wide enough for functions that answer in float32


def activation_curves(
    functions, bounds=(-4.0, 4.0), columns=None, title=None, figsize=None
):
    r"""Draw functions of one number, each with its numerical derivative.

    $$
    f'(z) \approx \frac{f(z + h) - f(z - h)}{2h}, \qquad h = 10^{-3}
    $$

    At a kink, where the slopes to the left and to the right differ, there is no
    derivative, and the dashed line breaks off; at a jump, both lines do.

    Args:
        functions: Dict that gives each function its name. A function takes a float
            array `(N,)` and returns one.
        bounds: Pair of floats. The interval to draw.
        columns: Integer. Panels in a row, or `None` for at most three.
        title: String, or `None`.
        figsize: Pair of floats in inches, or `None` for the width of a page.

    Returns:
        A `matplotlib.figure.Figure` with one axes for each function.

    Raises:
        ValueError: If there is no function, or one returns NaN or another shape than
            it was given.

    Example:

    >>> import numpy as np
    >>> figure = activation_curves({"tanh": np.tanh})
    >>> slope = figure.axes[0].lines[1].get_ydata()
    >>> round(float(slope.max()), 3)  # 1 − tanh² 0
    1.0
    """
    functions = as_named(OWNER, "functions", functions, "function")
    bounds = as_bounds(OWNER, "bounds", bounds, 2)
    z = np.linspace(*bounds, POINTS)
    curves = {name: _differentiate(name, f, z) for name, f in functions.items()}
    columns = min(len(curves), 3) if columns is None else columns
    columns = min(check_integer(OWNER, "columns", columns), len(curves))
    rows = -(-len(curves) // columns)
    size = figure_size(
        OWNER, figsize, height=0.5 + (2.2 if columns > 1 else 3.2) * rows
    )

    figure = new_figure(size, title)
    for place, (name, (value, slope)) in enumerate(curves.items(), start=1):
        axes = figure.add_subplot(rows, columns, place)
        axes.set_title(name, fontsize="medium")
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
        soften(axes)
        handles = axes.plot(z, value, color=PALETTE[0], linewidth=2, label="$f(z)$")
        handles += axes.plot(
            z, slope, "--", color=PALETTE[1], linewidth=2, label="$f'(z)$"
        )
        axes.axhline(0.0, color=ink(), alpha=0.5, linewidth=0.8)
        axes.axvline(0.0, color=ink(), alpha=0.5, linewidth=0.8)
    add_legend(figure, handles)
    return finish(figure)


def _differentiate(name, function, z):
    """Return a function's values and slopes, NaN where it has none."""
    check_function(OWNER, f"functions[{name!r}]", function)
    left, value, right = (_ask(name, function, z + h) for h in (-STEP, 0.0, STEP))
    slope = (right - left) / (2 * STEP)
    jumps = np.abs(right - left) > 0.1 * np.ptp(value)
    steepest = np.abs(slope[~jumps]).max(initial=0.0)
    kinks = np.abs(right - 2 * value + left) / STEP > 0.2 * steepest
    return np.where(jumps, np.nan, value), np.where(jumps | kinks, np.nan, slope)


def _ask(name, function, z):
    return as_numbers(OWNER, f"functions[{name!r}](z)", function(z), z.shape)
