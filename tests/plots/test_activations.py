"""Curves are the functions, and dashed lines their derivatives by the textbook."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from fmkeras.plots import activation_curves


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def drawn(function, **options):
    (axes,) = activation_curves({"f": function}, **options).axes
    value, slope = axes.lines[:2]
    return value.get_xdata(), value.get_ydata(), slope.get_ydata()


@pytest.mark.parametrize(
    ("function", "derivative"),
    [
        (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
        (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
        (lambda z: z * sigmoid(z), lambda z: sigmoid(z) * (1 + z * (1 - sigmoid(z)))),
        (lambda z: sigmoid(20 * z), lambda z: 20 * sigmoid(20 * z) * sigmoid(-20 * z)),
        (lambda z: 3 * z, lambda z: 3 + 0 * z),
    ],
    ids=["tanh", "sigmoid", "swish", "steep", "linear"],
)
def test_smooth_functions_and_their_derivatives(function, derivative):
    z, value, slope = drawn(function)
    np.testing.assert_array_equal(value, function(z))
    np.testing.assert_allclose(slope, derivative(z), atol=1e-3)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("function", "kinks", "slopes"),
    [
        (lambda z: np.maximum(z, 0), [0.0], [0, 1]),
        (lambda z: np.where(z > 0, z, 0.1 * z), [0.0], [0.1, 1]),
        (lambda z: np.clip(z / 6 + 0.5, 0, 1), [-3.0, 3.0], [0, 1 / 6, 0]),
    ],
    ids=["ReLU", "leaky ReLU", "hard sigmoid"],
)
def test_at_a_kink_there_is_no_derivative(function, kinks, slopes, dtype):
    z, value, slope = drawn(lambda z: function(z).astype(dtype))
    np.testing.assert_allclose(z[np.isnan(slope)], kinks, atol=1e-9)
    assert not np.isnan(value).any()
    pieces = np.split(slope, np.flatnonzero(np.isnan(slope)))
    for piece, expected in zip(pieces, slopes, strict=True):
        np.testing.assert_allclose(piece[~np.isnan(piece)], expected, atol=1e-3)


def test_at_a_jump_both_lines_break_off():
    z, value, slope = drawn(lambda z: np.where(z >= 0, 1.0, 0.0))
    np.testing.assert_allclose(z[np.isnan(value)], [0], atol=1e-9)
    assert set(value[~np.isnan(value)]) == {0.0, 1.0}
    assert set(slope[~np.isnan(slope)]) == {0.0}


def test_a_jump_hides_no_kink():
    z, _, slope = drawn(lambda z: np.maximum(z, 0) + 3.0 * (z >= 2))
    np.testing.assert_allclose(z[np.isnan(slope)], [0, 2], atol=1e-9)


def test_a_constant_has_slope_zero():
    _, value, slope = drawn(lambda z: np.ones_like(z))
    assert set(value) == {1.0}
    assert set(slope) == {0.0}


def test_each_function_has_a_panel_with_its_name():
    names = ["a", "b", "c", "d", "e"]
    figure = activation_curves(
        dict.fromkeys(names, np.tanh), bounds=(-1, 3), columns=2, title="Five"
    )
    assert [axes.get_title() for axes in figure.axes] == names
    rows, columns, *_ = figure.axes[0].get_subplotspec().get_geometry()
    assert (rows, columns) == (3, 2)
    z = figure.axes[0].lines[0].get_xdata()
    assert (z[0], z[-1]) == (-1, 3)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["$f(z)$", "$f'(z)$"]
    assert figure.get_suptitle() == "Five"


def test_curve_and_derivative_differ_by_more_than_colour():
    value, slope = activation_curves({"tanh": np.tanh}).axes[0].lines[:2]
    assert (value.get_linestyle(), slope.get_linestyle()) == ("-", "--")


@pytest.mark.parametrize(
    ("functions", "options", "message"),
    [
        (
            {},
            {},
            "activation_curves: `functions` must be a dict that gives at least one "
            "name its function. Received: functions={}.",
        ),
        (
            {"tanh": "tanh"},
            {},
            "activation_curves: `functions['tanh']` must be a function. "
            "Received: functions['tanh']='tanh'.",
        ),
        (
            {"sum": np.sum},
            {},
            "activation_curves: `functions['sum'](z).shape` must be (801,). "
            "Received: functions['sum'](z).shape=().",
        ),
        (
            {"broken": lambda z: z * np.nan},
            {},
            "activation_curves: `functions['broken'](z)[0]` must be a finite number. "
            "Received: functions['broken'](z)[0]=nan.",
        ),
        (
            {"tanh": np.tanh},
            {"bounds": (4, -4)},
            "activation_curves: `bounds` must be (x_min, x_max), each min below its "
            "max. Received: bounds=(4, -4).",
        ),
        (
            {"tanh": np.tanh},
            {"columns": 0},
            "activation_curves: `columns` must be a positive integer. "
            "Received: columns=0.",
        ),
    ],
)
def test_says_what_is_wrong(functions, options, message):
    with pytest.raises(ValueError) as error:
        activation_curves(functions, **options)
    assert str(error.value) == message
    assert plt.get_fignums() == []
