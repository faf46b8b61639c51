"""Bars are as high as their numbers, and say so."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest

from fmkeras.plots import bars


def written(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def ticks(figure):
    return [label.get_text() for label in figure.axes[0].get_xticklabels()]


def test_each_bar_has_its_height_its_name_and_its_number():
    figure = bars(["a", "b", "c"], [67.0, 4.5, 0.0], xlabel="source", ylabel="%")
    (axes,) = figure.axes
    assert [bar.get_height() for bar in axes.patches] == [67, 4.5, 0]
    centres = [bar.get_x() + bar.get_width() / 2 for bar in axes.patches]
    np.testing.assert_allclose(centres, axes.get_xticks())
    assert ticks(figure) == ["a", "b", "c"]
    assert written(figure) == ["67", "4.5", "0"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("source", "%")
    assert figure.legends == []


def test_several_series_stand_side_by_side():
    values = {"p": [1.0, 0.0], "q": [0.7, 0.3], "r": [0.5, 0.5]}
    figure = bars([2010, 2011], values, title="Three", figsize=(5, 3))
    bars_drawn = figure.axes[0].patches
    assert [bar.get_height() for bar in bars_drawn] == [1, 0, 0.7, 0.3, 0.5, 0.5]
    edges = sorted((bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars_drawn)
    assert all(a[1] <= b[0] for a, b in pairwise(edges))
    middle = bars_drawn[2].get_x() + bars_drawn[2].get_width() / 2
    assert middle == pytest.approx(0)  # the second of three stands on the tick
    assert len({bar.get_hatch() for bar in bars_drawn}) == 3
    assert ticks(figure) == ["2010", "2011"]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["p", "q", "r"]


def test_numbers_that_would_run_into_one_another_are_left_out():
    assert written(bars(range(60), np.arange(60) * 1234.5)) == []


def test_names_of_several_words_are_broken_into_lines():
    names = ["the first convolution", "the second convolution", "the dense layer"] * 2
    assert "\n" in ticks(bars(names, range(6)))[0]


def test_long_words_stand_aslant():
    names = [f"internationalisation{i}" for i in range(8)]
    figure = bars(names, range(8))
    assert ticks(figure) == names
    assert figure.axes[0].get_xticklabels()[0].get_rotation() == 35
    straight = bars(["a", "b"], [1, 2]).axes[0].get_xticklabels()[0]
    assert straight.get_rotation() == 0


def test_negative_numbers_hang_below_the_line():
    figure = bars(["loss", "gain"], [-2.0, 3.0])
    assert written(figure) == ["−2", "3"]
    assert figure.axes[0].get_ylim()[0] < -2


@pytest.mark.parametrize(
    ("labels", "values", "message"),
    [
        (
            ["a"],
            [1.0, 2.0],
            "bars: `labels` must be a sequence of 2 names. Received: labels=['a'].",
        ),
        (
            [],
            [],
            "bars: `values.shape` must be (N,), every size ≥ 1. "
            "Received: values.shape=(0,).",
        ),
        (
            ["a", "b"],
            [[1.0, 2.0]],
            "bars: `values.shape` must be (N,). Received: values.shape=(1, 2).",
        ),
        (
            ["a", "b"],
            {"p": [1.0, 2.0], "q": [1.0]},
            "bars: `values['q'].shape` must be (2,). Received: values['q'].shape=(1,).",
        ),
        (
            ["a"],
            {},
            "bars: `values` must be a dict that gives at least one name its array. "
            "Received: values={}.",
        ),
        (
            ["a", "b"],
            [1.0, float("nan")],
            "bars: `values[1]` must be a finite number. Received: values[1]=nan.",
        ),
    ],
)
def test_says_what_is_wrong(labels, values, message):
    with pytest.raises(ValueError) as error:
        bars(labels, values)
    assert str(error.value) == message
    assert plt.get_fignums() == []
