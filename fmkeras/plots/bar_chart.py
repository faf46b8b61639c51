"""Numbers that have names instead of positions."""

from collections.abc import Mapping

import matplotlib
import numpy as np

from fmkeras.plots.canvas import (
    add_legend,
    figure_size,
    finish,
    format_number,
    ink,
    new_figure,
    soften,
    text_width,
    wrap,
)
from fmkeras.plots.checks import as_named, as_names, as_numbers
from fmkeras.plots.palette import PALETTE

OWNER = "bars"
HATCHES = ("", "//", "..", "\\\\", "xx", "--")
FILLED = 0.8  # share of the axis that bars take; the rest lies between the groups
SMALLEST = 6  # points: smaller than that, a number is not worth writing


def bars(labels, values, xlabel="", ylabel="", title=None, figsize=None):
    """Draw a bar for each number, with the number on it.

    Args:
        labels: Sequence of N strings or numbers, one for each bar or group of bars.
        values: Float array `(N,)`, or a dict that gives each of several such arrays
            its name: they stand side by side.
        xlabel: String. What the labels are.
        ylabel: String. What the numbers are, with their unit.
        title: String, or `None`.
        figsize: Pair of floats in inches, or `None` for the width of a page.

    Returns:
        A `matplotlib.figure.Figure` with one axes.

    Raises:
        ValueError: If there is nothing to draw, there are more or fewer values than
            labels, or a value is NaN or infinite.

    Example:

    >>> figure = bars(["cat", "dog"], {"target": [1, 0], "softmax": [0.7, 0.3]})
    >>> [float(bar.get_height()) for bar in figure.axes[0].patches]
    [1.0, 0.0, 0.7, 0.3]
    """
    series = _as_series(values)
    count = len(next(iter(series.values())))
    labels = as_names(OWNER, "labels", labels, count)
    size = figure_size(OWNER, figsize, height=3.4)
    room = 0.88 * size[0] / count  # inches for each label, less the vertical axis

    figure = new_figure(size, title)
    axes = figure.add_subplot(xlabel=xlabel, ylabel=ylabel)
    soften(axes)
    axes.grid(False, axis="x")
    axes.axhline(0.0, color=ink(), linewidth=0.8)
    _write_labels(axes, labels, room)
    axes.margins(y=0.12)  # for the numbers above the bars
    handles = _draw(axes, series)
    _write_values(axes, handles, room * FILLED / len(series))
    if isinstance(values, Mapping):
        add_legend(figure, handles)
    return finish(figure)


def _as_series(values):
    if not isinstance(values, Mapping):
        return {"values": as_numbers(OWNER, "values", values, ("N",))}
    series, shape = {}, ("N",)
    for name, heights in as_named(OWNER, "values", values, "array").items():
        series[name] = as_numbers(OWNER, f"values[{name!r}]", heights, shape)
        shape = series[name].shape  # that of the first is that of all
    return series


def _draw(axes, series):
    width = FILLED / len(series)
    return [
        axes.bar(
            np.arange(len(heights)) + width * (i - (len(series) - 1) / 2),
            heights,
            width * 0.94,
            label=name,
            color=PALETTE[i % len(PALETTE)],
            edgecolor=ink(),
            linewidth=0.6,
            hatch=HATCHES[i % len(HATCHES)],
            zorder=2,
        )
        for i, (name, heights) in enumerate(series.items())
    ]


def _write_labels(axes, labels, room):
    """Write the labels below the bars, aslant where not even their words fit."""
    texts = [wrap(label, room) for label in labels]
    size = _fitting(room, [line for text in texts for line in text.splitlines()])
    if size >= SMALLEST + 1:
        axes.set_xticks(range(len(labels)), texts, fontsize=size)
    else:
        aslant = {"rotation": 35, "ha": "right", "rotation_mode": "anchor"}
        axes.set_xticks(range(len(labels)), labels, **aslant)


def _write_values(axes, handles, room):
    """Write the numbers on the bars, unless they would run into one another."""
    rows = [[format_number(height) for height in bar.datavalues] for bar in handles]
    size = _fitting(room, [text for row in rows for text in row])
    if size >= SMALLEST:
        for bar, row in zip(handles, rows, strict=True):
            axes.bar_label(bar, row, padding=2, fontsize=size)


def _fitting(room, texts):
    """Return the size of letters, in points, at which every text has room."""
    ems = max(map(text_width, texts)) + 0.8  # and a space before the next
    return min(matplotlib.rcParams["font.size"], 72 * room / ems)
