"""Every token has a box, in its order, as wide as its text."""

from itertools import pairwise

import pytest

from fmkeras.plots import token_boxes


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def spans(figure):
    """Return `(top, left, right)` of each box."""
    boxes = (patch.get_bbox() for patch in figure.axes[0].patches)
    return [(box.y0, box.x0, box.x1) for box in boxes]


def test_each_row_has_its_name_and_its_tokens():
    figure = token_boxes({"words": ["the", " sea"], "letters": ["s", "e", "a"]})
    assert texts(figure) == ["words", "the", "␣sea", "letters", "s", "e", "a"]
    first, second = spans(figure)[:2], spans(figure)[2:]
    assert max(top for top, *_ in first) < min(top for top, *_ in second)


def test_what_nobody_sees_is_made_visible():
    figure = token_boxes({"white": [" a", "\n", "\t", "\r\n"]})
    assert texts(figure)[1:] == ["␣a", "↵", "⇥", "␍↵"]


def test_boxes_stand_in_order_and_never_overlap():
    figure = token_boxes({"row": [f"token{i}" for i in range(40)]})
    boxes = spans(figure)
    assert boxes == sorted(boxes)
    assert len({top for top, *_ in boxes}) > 2  # lines
    for one, other in pairwise(boxes):
        assert one[0] < other[0] or one[2] < other[1]
    assert max(right for *_, right in boxes) <= figure.axes[0].get_xlim()[1]


def test_a_box_is_as_wide_as_its_text():
    (_, left, right), (_, start, end) = spans(token_boxes({"row": ["a", "abcde"]}))
    assert (end - start) - (right - left) == pytest.approx(4)


@pytest.mark.parametrize("token", ["i" * 12, "W" * 12])
def test_the_letters_are_within_their_box(token):
    figure = token_boxes({"row": ["a", token, "b"]})
    figure.canvas.draw()
    (axes,) = figure.axes
    box = axes.patches[1].get_window_extent()
    written = axes.texts[2].get_window_extent()
    assert box.x0 < written.x0
    assert written.x1 < box.x1
    assert box.y0 < written.y0
    assert written.y1 < box.y1


def test_what_is_longer_than_a_line_is_cut():
    figure = token_boxes({"row": ["a", "-" * 500, "b"]})
    cut = texts(figure)[2]
    assert cut.endswith("-…")
    assert len(cut) < 100
    figure.canvas.draw()
    assert spans(figure)[1][2] <= figure.axes[0].get_xlim()[1]


def test_a_narrow_figure_takes_more_lines():
    rows = {"row": ["word"] * 20}
    lines = [
        len({top for top, *_ in spans(token_boxes(rows, figsize=size))})
        for size in (None, (3.4, 3))
    ]
    assert lines[0] < lines[1]


ADVICE = "What would do: [tokenizer.decode([i]) for i in tokenizer.encode(text)]."


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            {},
            "token_boxes: `rows` must be a dict that gives at least one name its "
            "tokens. Received: rows={}.",
        ),
        (
            {"row": []},
            "token_boxes: `rows['row']` must be a list of at least one token, all of "
            f"them strings that are not empty. Received: rows['row']=[]. {ADVICE}",
        ),
        (
            {"row": "the sea"},
            "token_boxes: `rows['row']` must be a list of at least one token, all of "
            "them strings that are not empty. Received: rows['row']='the sea'. "
            f"{ADVICE}",
        ),
        (
            {"row": ["a", 5]},
            "token_boxes: `rows['row']` must be a list of at least one token, all of "
            "them strings that are not empty. Received: rows['row']=['a', 5]. "
            f"{ADVICE}",
        ),
    ],
)
def test_wrong_rows_are_refused(rows, message):
    with pytest.raises(ValueError) as error:
        token_boxes(rows)
    assert str(error.value) == message
