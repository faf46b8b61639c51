"""Attention maps show each weight in its cell, under the names of query and key."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from fmkeras.plots import attention_map
from fmkeras.plots.palette import HEAT, SHADE

WORDS = ["when", "it", "ends"]
CAUSAL = np.array([[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.5, 0.125, 0.375]])
HEADS = np.random.default_rng(0).dirichlet(np.ones(3), size=(5, 4))  # (N, T, S)


def maps(figure):
    return [axes for axes in figure.axes if axes.images]


def names(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_each_weight_is_in_its_cell():
    (axes,) = maps(attention_map(CAUSAL, WORDS))
    np.testing.assert_array_equal(axes.images[0].get_array(), CAUSAL)
    low, high = sorted(axes.get_ylim())
    assert (axes.get_ylim(), low, high) == ((2.5, -0.5), -0.5, 2.5)  # first row on top


def test_one_sequence_names_both_sides():
    figure = attention_map(CAUSAL, WORDS)
    (axes,) = maps(figure)
    assert names(axes.yaxis) == names(axes.xaxis) == WORDS
    assert figure.get_supylabel() == "looks (query)"
    assert figure.get_supxlabel() == "is looked at (key)"


def test_two_sequences_have_names_of_their_own():
    (axes,) = maps(attention_map(HEADS[0], range(4), key_labels=WORDS))
    assert names(axes.yaxis) == ["0", "1", "2", "3"]
    assert names(axes.xaxis) == WORDS


def test_heads_are_drawn_in_their_order_and_share_a_scale_from_zero():
    figure = attention_map(HEADS, range(4), WORDS, titles=list("abcde"))
    drawn = [axes.images[0].get_array() for axes in maps(figure)]
    np.testing.assert_array_equal(drawn, HEADS)
    assert [axes.get_title() for axes in maps(figure)] == list("abcde")
    assert {axes.images[0].get_clim() for axes in maps(figure)} == {(0.0, HEADS.max())}
    assert figure.axes[-1].get_ylim() == (0.0, HEADS.max())
    assert len(figure.axes) == 6


def test_names_stand_at_the_left_and_below_the_last_of_each_column():
    figure = attention_map(HEADS, range(4), WORDS, columns=3)  # rows of 3 and 2
    left = [names(axes.yaxis) != [] for axes in maps(figure)]
    below = [names(axes.xaxis) != [] for axes in maps(figure)]
    assert left == [True, False, False, True, False]
    assert below == [False, False, True, True, True]


def test_nothing_is_drawn_where_nobody_looks():
    image = maps(attention_map(CAUSAL, WORDS))[0].images[0]
    assert image.get_cmap() is HEAT
    assert HEAT(image.norm(0.0))[3] == 0.0
    assert HEAT(image.norm(1.0))[3] == 1.0


def test_weights_are_written_into_their_cells():
    (axes,) = maps(attention_map(CAUSAL, WORDS, annotate=True))
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written[0, 0] == "1"
    assert written[0, 1] == "0.25"
    assert written[1, 2] == "0.12"
    assert len(written) == 9
    assert axes.images[0].get_cmap() is SHADE  # light enough to read on


def test_long_names_of_keys_stand_upright():
    (axes,) = maps(attention_map(np.eye(2), ["interpreter", "statements"]))
    assert {label.get_rotation() for label in axes.get_xticklabels()} == {90}
    (axes,) = maps(attention_map(np.eye(2), ["a", "b"]))
    assert {label.get_rotation() for label in axes.get_xticklabels()} == {0}


def test_rows_that_look_nowhere_are_allowed():
    (axes,) = maps(attention_map(np.zeros((2, 3)), [0, 1], WORDS))
    assert not axes.images[0].get_array().any()


@pytest.mark.parametrize(
    ("weights", "options", "message"),
    [
        (
            np.ones(3),
            {},
            "attention_map: `weights.shape` must be (T, S) or (N, T, S). "
            "Received: weights.shape=(3,).",
        ),
        (
            -CAUSAL,
            {},
            "attention_map: `weights` must be weights from 0 to 1. Received: "
            "weights=-1.0. What would do: the softmax of scores.",
        ),
        (
            3 * CAUSAL,
            {},
            "attention_map: `weights` must be weights from 0 to 1. Received: "
            "weights=3.0. What would do: the softmax of scores.",
        ),
        (
            CAUSAL * np.nan,
            {},
            "attention_map: `weights[0, 0]` must be a finite number. "
            "Received: weights[0, 0]=nan.",
        ),
        (
            CAUSAL[:2],
            {"query_labels": ["when", "it"]},
            "attention_map: `key_labels` must be a sequence of 3 names. "
            "Received: key_labels=None.",
        ),
        (
            CAUSAL,
            {"query_labels": ["when", "it"]},
            "attention_map: `query_labels` must be a sequence of 3 names. "
            "Received: query_labels=['when', 'it'].",
        ),
        (
            CAUSAL,
            {"titles": ["one", "two"]},
            "attention_map: `titles` must be a sequence of 1 name. "
            "Received: titles=['one', 'two'].",
        ),
        (
            CAUSAL,
            {"columns": 0},
            "attention_map: `columns` must be a positive integer. Received: columns=0.",
        ),
    ],
)
def test_says_what_is_wrong(weights, options, message):
    with pytest.raises(ValueError) as error:
        attention_map(weights, **{"query_labels": WORDS, **options})
    assert str(error.value) == message
    assert plt.get_fignums() == []
