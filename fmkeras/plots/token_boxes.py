"""Texts cut into tokens: each token a box."""

import matplotlib
from matplotlib.patches import FancyBboxPatch

from fmkeras.errors import argument_error
from fmkeras.plots.canvas import figure_size, finish, ink, new_figure
from fmkeras.plots.checks import as_named
from fmkeras.plots.palette import PALETTE

OWNER = "token_boxes"
FONT = "DejaVu Sans Mono"  # comes with matplotlib; all its letters have one width
LETTER = 0.602  # ems, that width
LINE = 2.1  # ems, from one line of boxes to the next
GAP = 1.3  # ems, between two rows with their names
SIDES = 0.8  # letters, the room round a token's text and between two boxes
VISIBLE = str.maketrans({" ": "␣", "\n": "↵", "\t": "⇥", "\r": "␍"})


def token_boxes(rows, title=None, figsize=None):
    """Draw texts as rows of tokens, each in a box of its own.

    A space is drawn as ␣, a line end as ↵ and a tab as ⇥, so that one sees to which
    token it belongs. Rows that are too long go on below.

    Args:
        rows: Dict that gives each row its name: sequences of strings, the tokens. The
            name stands above its row.
        title: String, or `None`.
        figsize: Pair of floats in inches, or `None` for the width of a page and the
            height that is needed.

    Returns:
        A `matplotlib.figure.Figure` with one axes.

    Raises:
        ValueError: If there is nothing to draw, or a token is no string or empty.

    Example:

    >>> figure = token_boxes({"words": ["the", " sea"], "letters": list("the sea")})
    >>> [text.get_text() for text in figure.axes[0].texts][:3]
    ['words', 'the', '␣sea']
    """
    rows = {
        name: _as_tokens(name, tokens)
        for name, tokens in as_named(OWNER, "rows", rows, "tokens").items()
    }
    size = matplotlib.rcParams["font.size"]
    width, _ = figure_size(OWNER, figsize, height=1.0)
    columns = int((width - 0.3) * 72 / (LETTER * size))
    placed = {name: _place(tokens, columns) for name, tokens in rows.items()}
    ems = sum(LINE * (2 + boxes[-1][1]) + GAP for boxes in placed.values()) - GAP
    needed = (ems * size + (2.5 * size if title is not None else 0)) / 72 + 0.1

    figure = new_figure(figure_size(OWNER, figsize, height=needed), title)
    axes = figure.add_subplot(xlim=(0, columns), ylim=(ems, 0))
    axes.set_axis_off()
    top = 0.0
    for name, boxes in placed.items():
        axes.text(0, top + LINE / 2, name, va="center", weight="bold")
        for index, (token, line, left) in enumerate(boxes):
            _draw_box(axes, token, left, top + LINE * (1 + line), index)
        top += LINE * (2 + boxes[-1][1]) + GAP
    return finish(figure)


def _as_tokens(name, tokens):
    """Make the tokens of one row visible."""
    is_sequence = isinstance(tokens, (list, tuple)) and len(tokens) > 0
    if not is_sequence or not all(isinstance(t, str) and t for t in tokens):
        raise argument_error(
            OWNER,
            f"rows[{name!r}]",
            "a list of at least one token, all of them strings that are not empty",
            tokens,
            would_do="[tokenizer.decode([i]) for i in tokenizer.encode(text)]",
        )
    return [token.translate(VISIBLE) for token in tokens]


def _place(tokens, columns):
    """Say where each token goes: `(text, line, letters from the left)`."""
    placed, line, left = [], 0, 0.0
    longest = int(columns - SIDES)
    for token in tokens:
        if len(token) > longest:
            token = token[: longest - 1] + "…"
        if left > 0 and left + len(token) + SIDES > columns:
            line, left = line + 1, 0.0
        placed.append((token, line, left))
        left += len(token) + SIDES
    return placed


def _draw_box(axes, token, left, top, index):
    colour = PALETTE[index % len(PALETTE)]
    edges = 0.1  # letters, between a box and its place
    axes.add_patch(
        FancyBboxPatch(
            (left + edges, top + 0.25),
            len(token) + SIDES - 2 * edges,
            LINE - 0.5,
            boxstyle="round,pad=0,rounding_size=0.3",
            facecolor=(colour, 0.18),
            edgecolor=colour,
            linewidth=0.9,
            mutation_aspect=LETTER,
        )
    )
    middle = left + (len(token) + SIDES) / 2, top + LINE / 2
    axes.text(*middle, token, ha="center", va="center", family=FONT, color=ink())
