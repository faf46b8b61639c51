"""What every figure shares: its page, its ink, its legend, and how it is handed over.

Ink is what `matplotlib.rcParams` says, never black or white, and nothing lies behind a
label, so that one figure reads on a light page and on a dark one.
"""

import math
from textwrap import fill

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from fmkeras.errors import argument_error

WIDTH = 6.8  # inches, which the text column of a page holds, at 100 pixels an inch


def new_figure(size, title, layout="constrained"):
    """Open an empty figure whose parts keep clear of one another.

    Args:
        size: Pair of floats. Width and height in inches.
        title: String, or `None`.
        layout: String. `"compressed"` where all axes hold images.

    Returns:
        A `matplotlib.figure.Figure`, known to pyplot.
    """
    figure = plt.figure(figsize=size, layout=layout)
    if title is not None:
        figure.suptitle(title)
    return figure


def finish(figure):
    """Hand a figure over so that the reader sees it once, when and where they ask.

    In a plain session pyplot keeps the figure, and `plt.show()` opens its window. A
    notebook shows a cell's value by itself, and its inline backend also shows every
    figure that pyplot still holds when the cell ends: there the figure would appear
    twice. So under that backend, and only there, pyplot forgets it.

    Args:
        figure: A finished `matplotlib.figure.Figure`.

    Returns:
        The same figure.
    """
    if "inline" in matplotlib.get_backend().lower():
        plt.close(figure)
    return figure


def ink():
    """Return the colour in which the reader's style writes text."""
    return matplotlib.rcParams["text.color"]


def figure_size(owner, figsize, height, width=WIDTH):
    """Return the size a figure is to have.

    Args:
        owner: String. The function the reader called, for the error.
        figsize: The size the reader asked for, a pair of floats in inches, or `None`.
        height: Float. Height in inches to take for `None`.
        width: Float. Width in inches to take for `None`.

    Returns:
        Pair of floats: width and height in inches.

    Raises:
        ValueError: If `figsize` is no pair of positive numbers.
    """
    if figsize is None:
        return width, height
    try:
        sides = tuple(float(side) for side in figsize)
    except (TypeError, ValueError):
        sides = ()
    if len(sides) == 2 and all(0.0 < side < math.inf for side in sides):
        return sides
    raise argument_error(
        owner,
        "figsize",
        "a width and a height in inches, both positive",
        figsize,
        would_do=f"figsize=({width:.3g}, {height:.3g})",
    )


def soften(axes):
    """Take away what is no data: the box, and the weight of the grid."""
    axes.spines[["top", "right"]].set_visible(False)
    if not matplotlib.rcParams["axes.grid"]:  # the reader's own grid stays as it is
        axes.grid(color=ink(), alpha=0.15, linewidth=0.6)
        axes.set_axisbelow(True)


def add_legend(figure, handles):
    """Set a legend below everything, in as many columns as fit.

    Outside the axes it can cover no data, and needs no box to be read.

    Args:
        figure: The `matplotlib.figure.Figure`.
        handles: List of labelled artists.
    """
    for columns in range(len(handles), 0, -1):
        legend = figure.legend(
            handles=handles, loc="outside lower center", ncols=columns, frameon=False
        )
        if columns == 1 or legend.get_window_extent().width <= figure.bbox.width:
            return
        legend.remove()


def format_number(number, digits=3):
    """Write a number as short as it can be read.

    Args:
        number: Float.
        digits: Integer. Significant digits to keep of what is below a thousand.

    Returns:
        String.

    Example:

    >>> [format_number(n) for n in (-0.25, 3.0, 2 / 3, 61706, 1e-9)]
    ['−0.25', '3', '0.667', '61,706', '1e−09']
    """
    text = f"{number + 0.0:.{digits}g}"  # adding zero turns −0 into 0
    if 1e3 <= abs(float(text)) < 1e9:
        text = f"{number:,.0f}"
    return text.replace("-", "−") if matplotlib.rcParams["axes.unicode_minus"] else text


def text_width(text, weight="normal"):
    """Measure a text in ems, the size of its letters.

    Args:
        text: String, of one line.
        weight: String. `"normal"` or `"bold"`.

    Returns:
        Float.

    Example:

    >>> text_width("mmmm") > 2 * text_width("iiii") > 0.0
    True
    """
    if not text.strip():
        return 0.0
    path = TextPath((0, 0), text, size=1, prop=FontProperties(weight=weight))
    return float(path.get_extents().width)


def wrap(text, width):
    r"""Break a text into lines of at most some inches, as far as its words allow.

    Args:
        text: String.
        width: Float. Inches.

    Returns:
        String.

    Example:

    >>> wrap("before training", width=0.8)
    'before\ntraining'
    """
    letter = 0.6 * matplotlib.rcParams["font.size"] / 72  # inches, on average
    return fill(text, max(int(width / letter), 1), break_long_words=False)
