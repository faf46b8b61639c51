"""A computation as a graph, with what flowed forward and what flowed back."""

from collections import namedtuple
from collections.abc import Mapping
from itertools import pairwise

import matplotlib
from matplotlib.colors import to_rgba
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from fmkeras.errors import argument_error, check_number, is_integer
from fmkeras.plots.canvas import (
    WIDTH,
    figure_size,
    finish,
    format_number,
    ink,
    new_figure,
    text_width,
)
from fmkeras.plots.layout import arrange, find_heights
from fmkeras.plots.palette import PALETTE

OWNER = "computational_graph"
KEYS = ("name", "operation", "data", "grad")
SIGNS = {"*": "×", "-": "−", "/": "÷"}

# Lengths are in ems, the size of the letters, so that boxes always fit their text.
LINE = 1.4  # from one line of text to the next
PAD = 0.6  # between a text and the edge of its box
BOX = 3 * LINE + PAD  # height of a node
STOP = 0.5  # height that an edge takes where it passes a layer
BETWEEN_LAYERS, BETWEEN_NODES = 2.8, 1.2
TIP = 0.9  # the last bit of an arrow, which is level
TWINS = 0.7  # between two edges that join the same nodes

Place = namedtuple("Place", ["layer", "left", "box", "right", "y"])


def computational_graph(nodes, edges, title=None, figsize=None):
    r"""Draw a computation, its values and the derivatives of its result.

    Read `data` from left to right, the forward pass, and `grad` from right to left,
    the backward pass: at each node $v$ it is $\partial L / \partial v$ of the last
    node $L$. Inputs are blue; a result wears its operation on its left side.

    Args:
        nodes: List of dicts with the keys `"name"` and `"operation"`, strings, and
            `"data"` and `"grad"`, floats.
        edges: List of pairs of indices into the nodes, from operand to result.
        title: String, or `None`.
        figsize: Pair of floats in inches, or `None` for at most the width of a page.

    Returns:
        A `matplotlib.figure.Figure` with one axes.

    Raises:
        ValueError: If there is no node, a node lacks a key, an edge is no pair of
            indices into the nodes, or the edges go in a circle.

    Example:

    >>> from fmkeras.scratch import Value
    >>> x = Value(3.0, "x")
    >>> loss = x**2
    >>> loss.backward()
    >>> figure = computational_graph(*loss.graph())
    >>> [text.get_text() for text in figure.axes[0].texts[:3]]
    ['x', 'data 3', 'grad 6']
    """
    layers, routes = _arrange(nodes, edges)
    labels = [_label(node) for node in nodes]
    widths = [_widths(*label) for label in labels]
    places, (width, height) = _place(layers, routes, widths)

    em = min(0.9 * matplotlib.rcParams["font.size"] / 72, WIDTH / width)  # inches
    above = 0.0 if title is None else 0.35
    size = figure_size(OWNER, figsize, height * em + above, width=width * em)
    em = min(size[0] / width, (size[1] - above) / height)

    figure = new_figure(size, title)
    figure.get_layout_engine().set(w_pad=0, h_pad=0)
    axes = figure.add_subplot(aspect="equal")
    axes.axis((-PAD, width - PAD, -height / 2, height / 2))
    axes.axis("off")
    for route, shift in zip(routes, _shifts(routes), strict=True):
        _draw_edge(axes, [places[i] for i in route], shift)
    for label, place in zip(labels, places, strict=False):
        _draw_node(axes, *label, place, 72 * em)
    return finish(figure)


def _arrange(nodes, edges):
    nodes, edges = list(nodes), list(edges)
    if not nodes:
        raise argument_error(OWNER, "nodes", "at least one node", nodes)
    for i, node in enumerate(nodes):
        if not isinstance(node, Mapping) or not set(KEYS) <= set(node):
            must_be = f"a dict with the keys {', '.join(map(repr, KEYS))}"
            raise argument_error(OWNER, f"nodes[{i}]", must_be, node)
        for key in ("data", "grad"):
            check_number(OWNER, f"nodes[{i}][{key!r}]", node[key])
    for i, edge in enumerate(edges):
        if not _is_edge(edge, len(nodes)):
            must_be = f"a pair of indices from 0 to {len(nodes) - 1}"
            raise argument_error(OWNER, f"edges[{i}]", must_be, edge)
    arranged = arrange(len(nodes), edges)
    if arranged is None:
        must_be = "free of circles: no result may be among its own operands"
        raise argument_error(OWNER, "edges", must_be, edges)
    return arranged


def _is_edge(edge, count):
    return (
        isinstance(edge, tuple | list)
        and len(edge) == 2
        and all(is_integer(end) and 0 <= end < count for end in edge)
    )


def _label(node):
    """Return what a node shows: three lines in its box, and the sign before it."""
    lines = (
        str(node["name"]),
        f"data {format_number(node['data'], 4)}",
        f"grad {format_number(node['grad'], 4)}",
    )
    return lines, SIGNS.get(node["operation"], node["operation"])


def _widths(lines, sign):
    """Return the widths of a node's sign and of its box."""
    name, *numbers = lines
    box = max(text_width(name, "bold"), *map(text_width, numbers)) + 2 * PAD
    return (text_width(sign) + PAD if sign else 0.0), box


def _place(layers, routes, widths):
    """Return the place of each node and stop, and the size of the whole drawing."""
    count = sum(map(len, layers))
    widths = widths + [(0.0, 0.0)] * (count - len(widths))
    extents = [BOX if box else STOP for _, box in widths]
    heights = find_heights(layers, routes, extents, BETWEEN_NODES)
    places, left = [None] * count, 0.0
    for layer in layers:
        right = left + max(sum(widths[i]) for i in layer)
        for i in layer:
            sign, box = widths[i]
            start = (left + right - sign - box) / 2
            places[i] = Place(
                (left, right), start, start + sign, start + sign + box, heights[i]
            )
        left = right + BETWEEN_LAYERS
    height = 2 * max(y + extent / 2 for y, extent in zip(heights, extents, strict=True))
    return places, (right + 2 * PAD, height + 2 * PAD)


def _shifts(routes):
    """Return how far to move each edge up, so that x × x shows two arrows."""
    ends = [(route[0], route[-1]) for route in routes]
    return [
        TWINS * (ends[:i].count(pair) - (ends.count(pair) - 1) / 2)
        for i, pair in enumerate(ends)
    ]


def _draw_edge(axes, places, shift):
    """Draw an arrow from the first place to the last, level across those between."""
    first, last = places[0], places[-1]
    points, codes = [(first.right, first.y + shift)], [Path.MOVETO]
    for here, there in pairwise(places):
        start = here.layer[1], points[-1][1]
        end = there.layer[0] - TIP, there.y + (shift if there is last else 0.0)
        middle = (start[0] + end[0]) / 2
        target = there.left if there is last else there.layer[1]
        points += [start, (middle, start[1]), (middle, end[1]), end, (target, end[1])]
        codes += [Path.LINETO, *3 * [Path.CURVE4], Path.LINETO]
    axes.add_patch(
        FancyArrowPatch(
            path=Path(points, codes),
            arrowstyle="-|>",
            mutation_scale=9,
            color=ink(),
            alpha=0.7,
            linewidth=1,
        )
    )


def _draw_node(axes, lines, sign, place, points):
    """Draw a box with three lines of text and a sign on its left, letters in points."""
    colour = PALETTE[1] if sign else PALETTE[0]
    style = {"ha": "center", "va": "center", "fontsize": points}
    _draw_box(axes, place.box, place.right, place.y, BOX, colour)
    for i, line in enumerate(lines):
        x, y = (place.box + place.right) / 2, place.y + LINE * (1 - i)
        axes.text(x, y, line, weight="normal" if i else "bold", **style)
    if sign:
        _draw_box(axes, place.left, place.box, place.y, LINE + PAD / 2, colour)
        axes.text((place.left + place.box) / 2, place.y, sign, **style)


def _draw_box(axes, left, right, y, height, colour):
    axes.add_patch(
        FancyBboxPatch(
            (left, y - height / 2),
            right - left,
            height,
            boxstyle="round,pad=0,rounding_size=0.4",
            facecolor=to_rgba(colour, 0.2),
            edgecolor=colour,
        )
    )
