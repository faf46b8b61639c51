"""Every check lets what is right through, and says in full what is wrong."""

import numpy as np
import pytest

from fmkeras.plots.checks import (
    as_bounds,
    as_named,
    as_names,
    as_numbers,
    check_function,
    check_positive,
)


def test_numbers_become_floats_of_double_precision():
    array = as_numbers("plot", "x", np.ones((3, 2), "int8"), ("N", 2))
    assert array.shape == (3, 2)
    assert array.dtype == "float64"


def test_any_of_several_shapes_will_do():
    assert as_numbers("plot", "y", [[1], [2]], (2,), (2, 1)).shape == (2, 1)
    assert as_numbers("plot", "y", [1, 2], (2,), (2, 1)).shape == (2,)


@pytest.mark.parametrize(
    ("value", "shapes", "message"),
    [
        (
            [[1, 2, 3]],
            [("N", 2)],
            "plot: `x.shape` must be (N, 2). Received: x.shape=(1, 3).",
        ),
        (
            [1, 2],
            [(3,), (3, 1)],
            "plot: `x.shape` must be (3,) or (3, 1). Received: x.shape=(2,).",
        ),
        (
            [],
            [("N",)],
            "plot: `x.shape` must be (N,), every size ≥ 1. Received: x.shape=(0,).",
        ),
        (
            np.ones((4, 0)),
            [],
            "plot: `x.shape` must be that of some numbers, every size ≥ 1. "
            "Received: x.shape=(4, 0).",
        ),
        (
            [[0, 1], [2, float("nan")]],
            [("N", 2)],
            "plot: `x[1, 1]` must be a finite number. Received: x[1, 1]=nan.",
        ),
        (
            [3, -float("inf")],
            [("N",)],
            "plot: `x[1]` must be a finite number. Received: x[1]=-inf.",
        ),
        (
            "12",
            [()],
            "plot: `x` must be an array of numbers. Received: x='12'.",
        ),
        (
            [[1, 2], [3]],
            [("N", 2)],
            "plot: `x` must be an array of numbers. Received: x=[[1, 2], [3]].",
        ),
        (
            [1j],
            [("N",)],
            "plot: `x` must be an array of numbers. Received: x=[1j].",
        ),
        (
            None,
            [("N",)],
            "plot: `x` must be an array of numbers. Received: x=None.",
        ),
    ],
)
def test_says_what_is_wrong_with_an_array(value, shapes, message):
    with pytest.raises(ValueError) as error:
        as_numbers("plot", "x", value, *shapes)
    assert str(error.value) == message


@pytest.mark.parametrize("value", [None, [1, 2], "ab", {1: 2}])
def test_asks_for_names(value):
    with pytest.raises(ValueError) as error:
        as_named("plot", "runs", value, "history")
    assert str(error.value) == (
        "plot: `runs` must be a dict that gives at least one name its history. "
        f"Received: runs={value!r}."
    )


@pytest.mark.parametrize("value", [["a"], ["a", "b", "c"], "ab", 2])
def test_asks_for_as_many_names_as_things(value):
    with pytest.raises(ValueError) as error:
        as_names("plot", "titles", value, 2)
    assert str(error.value) == (
        f"plot: `titles` must be a sequence of 2 names. Received: titles={value!r}."
    )


@pytest.mark.parametrize(
    ("value", "count", "message"),
    [
        (
            (1, 1),
            2,
            "plot: `bounds` must be (x_min, x_max), each min below its max. "
            "Received: bounds=(1, 1).",
        ),
        (
            (0, 1, 3, 2),
            4,
            "plot: `bounds` must be (x_min, x_max, y_min, y_max), each min below its "
            "max. Received: bounds=(0, 1, 3, 2).",
        ),
        (
            (0, 1),
            4,
            "plot: `bounds.shape` must be (4,). Received: bounds.shape=(2,).",
        ),
    ],
)
def test_says_what_is_wrong_with_bounds(value, count, message):
    with pytest.raises(ValueError) as error:
        as_bounds("plot", "bounds", value, count)
    assert str(error.value) == message


def test_asks_for_a_function():
    assert check_function("plot", "fit", len) is len
    with pytest.raises(ValueError) as error:
        check_function("plot", "fit", 3)
    assert str(error.value) == "plot: `fit` must be a function. Received: fit=3."


def test_asks_for_positive_numbers_where_a_logarithm_needs_them():
    check_positive("plot", "x", np.array([1e-300, 5.0]))
    with pytest.raises(ValueError) as error:
        check_positive("plot", "x", np.array([1.0, -2.0, 0.0]))
    assert str(error.value) == (
        "plot: `x[1]` must be > 0 on a logarithmic axis. Received: x[1]=-2.0."
    )
