"""Curves go through the numbers they were given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from fmkeras.plots import PALETTE, curves

X = [1, 2, 4, 8]
LINES = {"narrow": [4.0, 3.0, 2.5, 2.0], "wide": [3.0, 2.0, 1.0, 0.5]}


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_each_line_has_its_numbers_and_its_name():
    figure = curves(X, LINES, xlabel="units", ylabel="error", title="Two widths")
    (axes,) = figure.axes
    for line, (name, y) in zip(axes.lines, LINES.items(), strict=True):
        np.testing.assert_array_equal(line.get_xydata(), np.stack([X, y], axis=1))
        assert line.get_label() == name
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("units", "error")
    assert legend(figure) == ["narrow", "wide"]
    assert figure.get_suptitle() == "Two widths"


def test_lines_differ_by_style_and_marker():
    lines = curves(X, LINES).axes[0].lines
    assert lines[0].get_linestyle() != lines[1].get_linestyle()
    assert lines[0].get_marker() != lines[1].get_marker()


def test_measurements_have_markers_and_curves_have_none():
    assert curves(X, LINES).axes[0].lines[0].get_marker() == "o"
    x = np.linspace(0, 1, 50)
    assert curves(x, {"f": x**2}).axes[0].lines[0].get_marker() == ""


@pytest.mark.parametrize(("connect", "style"), [(False, "None"), (True, "-")])
def test_points_may_be_joined_in_their_order(connect, style):
    steps = np.array([[2.0, 4.0], [1.0, 1.0], [1.5, 2.2]])
    figure = curves(X, LINES, points={"descent": steps}, connect=connect)
    line = figure.axes[0].lines[2]
    np.testing.assert_array_equal(line.get_xydata(), steps)
    assert line.get_linestyle() == style
    assert line.get_marker() not in ("", "None")
    assert line.get_color() == PALETTE[2]
    assert legend(figure) == ["narrow", "wide", "descent"]


def test_references_are_level_lines_in_ink():
    with plt.rc_context({"text.color": "#123456"}):
        figure = curves(X, LINES, references={"noise": 0.3, "best": np.float32(0.25)})
    noise, best = figure.axes[0].lines[2:]
    assert list(noise.get_ydata()) == [0.3, 0.3]
    assert list(best.get_ydata()) == [0.25, 0.25]
    assert noise.get_color() == "#123456"
    assert noise.get_linestyle() != best.get_linestyle()
    assert legend(figure) == ["narrow", "wide", "noise", "best"]


def test_a_logarithmic_axis_names_the_few_values_there_are():
    figure = curves([64, 512, 4096], {"time": [1.0, 8.0, 64.0]}, logx=True, logy=True)
    (axes,) = figure.axes
    figure.canvas.draw()
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert [label.get_text() for label in axes.get_xticklabels()] == [
        "64",
        "512",
        "4,096",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"x": [[1, 2, 4, 8]]},
            "curves: `x.shape` must be (N,). Received: x.shape=(1, 4).",
        ),
        (
            {"x": []},
            "curves: `x.shape` must be (N,), every size ≥ 1. Received: x.shape=(0,).",
        ),
        (
            {"lines": {"short": [1, 2]}},
            "curves: `lines['short'].shape` must be (4,). "
            "Received: lines['short'].shape=(2,).",
        ),
        (
            {"lines": {}},
            "curves: `lines` must be a dict that gives at least one name its array. "
            "Received: lines={}.",
        ),
        (
            {"lines": {"y": [1, 2, np.nan, 4]}},
            "curves: `lines['y'][2]` must be a finite number. "
            "Received: lines['y'][2]=nan.",
        ),
        (
            {"points": {"path": [1, 2, 3]}},
            "curves: `points['path'].shape` must be (M, 2). "
            "Received: points['path'].shape=(3,).",
        ),
        (
            {"points": {}},
            "curves: `points` must be a dict that gives at least one name its set. "
            "Received: points={}.",
        ),
        (
            {"references": {"best": "low"}},
            "curves: `references['best']` must be a number. "
            "Received: references['best']='low'.",
        ),
        (
            {"references": {"best": 0.0}, "logy": True},
            "curves: `references['best']` must be a number > 0. "
            "Received: references['best']=0.0.",
        ),
        (
            {"x": [0, 1, 2, 3], "logx": True},
            "curves: `x[0]` must be > 0 on a logarithmic axis. Received: x[0]=0.0.",
        ),
        (
            {"lines": {"y": [1, 2, -3, 4]}, "logy": True},
            "curves: `lines['y'][2]` must be > 0 on a logarithmic axis. "
            "Received: lines['y'][2]=-3.0.",
        ),
        (
            {"points": {"p": [[1, 1], [-1, 1]]}, "logx": True},
            "curves: `points['p'][:, 0][1]` must be > 0 on a logarithmic axis. "
            "Received: points['p'][:, 0][1]=-1.0.",
        ),
        (
            {"points": {"p": [[1, 0]]}, "logy": True},
            "curves: `points['p'][:, 1][0]` must be > 0 on a logarithmic axis. "
            "Received: points['p'][:, 1][0]=0.0.",
        ),
    ],
)
def test_says_what_is_wrong(change, message):
    with pytest.raises(ValueError) as error:
        curves(**{"x": X, "lines": LINES} | change)
    assert str(error.value) == message
    assert plt.get_fignums() == []


def test_whole_numbers_get_whole_ticks():
    def ticks(x):
        return np.asarray(curves(x, {"loss": x}).axes[0].get_xticks())

    assert not (ticks(np.arange(5)) % 1).any()
    assert not (ticks(np.arange(21.0)) % 1).any()
    assert (ticks(np.linspace(0, 1, 5)) % 1).any()
