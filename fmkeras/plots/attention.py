"""Heat maps of attention: who looks at whom, and how much."""

import matplotlib
import numpy as np

from fmkeras.errors import argument_error
from fmkeras.plots.canvas import (
    WIDTH,
    figure_size,
    finish,
    format_number,
    ink,
    new_figure,
    text_width,
)
from fmkeras.plots.checks import as_names, as_numbers
from fmkeras.plots.palette import HEAT, SHADE
from fmkeras.plots.tiles import add_scale, draw_tiles, in_rows, shared_norm

OWNER = "attention_map"
LARGEST = 0.45  # inches that a cell takes at most
BAR = 0.8  # inches that the scale takes beside the maps
LINE = 1.4  # height of a line of text, in ems


def attention_map(
    weights,
    query_labels,
    key_labels=None,
    titles=None,
    columns=None,
    annotate=False,
    title=None,
    figsize=None,
):
    """Show how much each query looks at each key: a row for a query, strong is much.

    Where a weight is zero the page shows through. All heads share one scale, from zero
    to the largest weight.

    Args:
        weights: Float array `(T, S)` of one head, or `(N, T, S)` of several, from 0 to
            1, as softmax makes them.
        query_labels: Sequence of T strings or numbers: what looks.
        key_labels: Sequence of S strings or numbers: what is looked at; or `None`
            where it is the same sequence.
        titles: Sequence of N strings or numbers to write above the heads, or `None`.
        columns: Integer. Heads in a row, or `None` for as many as can be read.
        annotate: Boolean. Whether to write its weight into each cell.
        title: String, or `None`.
        figsize: Pair of floats in inches, or `None` for at most the width of a page.

    Returns:
        A `matplotlib.figure.Figure` with one axes for each head and another for the
        scale.

    Raises:
        ValueError: If the weights have another shape or lie outside 0 and 1, or there
            are more or fewer labels than queries, keys or heads.

    Example:

    >>> figure = attention_map([[1.0, 0.0], [0.3, 0.7]], ["she", "sings"])
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['she', 'sings']
    """
    heads = list(_as_heads(weights))
    queries, keys = heads[0].shape
    if key_labels is None and queries == keys:
        key_labels = query_labels
    query_labels = as_names(OWNER, "query_labels", query_labels, queries)
    key_labels = as_names(OWNER, "key_labels", key_labels, keys)
    if titles is not None:
        titles = as_names(OWNER, "titles", titles, len(heads))
    if columns is None:
        smallest = 0.35 if annotate else 0.2  # inches; less is hard to read
        columns = max(1, min(len(heads), int((WIDTH - 2 * BAR) / (smallest * keys)), 4))
    rows = in_rows(OWNER, heads, columns)

    labels = query_labels, key_labels
    cell, size = _measure(rows, labels, titles, title, figsize)
    figure = new_figure(size, title, layout="compressed")
    grid = figure.add_gridspec(len(rows), len(rows[0]))
    tiles = [
        [figure.add_subplot(grid[r, c]) for c in range(len(row))]
        for r, row in enumerate(rows)
    ]
    norm = shared_norm([*heads, np.zeros(1)])
    cmap = SHADE if annotate else HEAT
    draw_tiles(tiles, rows, norm, cmap)
    _write_labels(tiles, labels, cell)
    usual = matplotlib.rcParams["axes.labelsize"]
    figure.supylabel("looks (query)", fontsize=usual)
    figure.supxlabel("is looked at (key)", fontsize=usual)
    every = [axes for row in tiles for axes in row]
    if titles is not None:
        for axes, name in zip(every, titles, strict=True):
            axes.set_title(name, fontsize="medium")
    if annotate:
        _write_weights(every, heads, cell)
    add_scale(figure, tiles, norm, cmap)
    return finish(figure)


def _as_heads(weights):
    heads = as_numbers(OWNER, "weights", weights, ("T", "S"), ("N", "T", "S"))
    wrong = heads[(heads < 0.0) | (heads > 1.0 + 1e-6)]
    if len(wrong):
        must_be, would_do = "weights from 0 to 1", "the softmax of scores"
        raise argument_error(OWNER, "weights", must_be, float(wrong[0]), would_do)
    return heads[None] if heads.ndim == 2 else heads


def _measure(rows, labels, titles, title, figsize):
    """Return the inches that a cell takes and those of the whole figure."""
    queries, keys = rows[0][0].shape
    em = matplotlib.rcParams["font.size"] / 72
    left, below = (em * (max(map(text_width, names)) + 2) for names in labels)
    room = WIDTH - BAR - left - 0.2 * len(rows[0])
    cell = min(room / (len(rows[0]) * keys), LARGEST)
    lines = len(rows) * (titles is not None) + (title is not None) + 2
    size = figure_size(
        OWNER,
        figsize,
        height=cell * queries * len(rows) + below + LINE * em * lines,
        width=cell * keys * len(rows[0]) + BAR + left + 0.2 * len(rows[0]),
    )
    return cell * min(size[0] / WIDTH, 1.0) if figsize else cell, size


def _write_labels(tiles, labels, cell):
    """Name the queries at the left of each row, the keys below each column."""
    query_labels, key_labels = labels
    points = min(matplotlib.rcParams["font.size"], 72 * 0.8 * cell)
    longest = max(map(text_width, key_labels)) * points
    upright = 90 if longest > 0.8 * 72 * cell else 0
    for row, below in zip(tiles, [*tiles[1:], []], strict=True):
        for column, axes in enumerate(row):
            axes.tick_params(length=0, labelsize=points)
            if column == 0:
                axes.set_yticks(range(len(query_labels)), query_labels)
            if column >= len(below):
                axes.set_xticks(range(len(key_labels)), key_labels, rotation=upright)


def _write_weights(every, heads, cell):
    size = min(matplotlib.rcParams["font.size"], 72 * 0.9 * cell / 2.3)  # 0.25
    for axes, head in zip(every, heads, strict=True):
        for (y, x), weight in np.ndenumerate(head):
            style = {"ha": "center", "va": "center", "color": ink(), "fontsize": size}
            axes.text(x, y, format_number(round(weight, 2)), **style)
