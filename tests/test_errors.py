"""The error template: whose argument, what it must be, what came, what would do."""

import numpy as np
import pytest

from fmkeras.errors import (
    argument_error,
    check_choice,
    check_divisor,
    check_integer,
    check_number,
)


def message(function, *args, **kwargs):
    with pytest.raises(ValueError, match="Received") as error:
        function(*args, **kwargs)
    return str(error.value)


def test_the_template_with_and_without_advice():
    assert str(argument_error("mlp", "task", "known", "sort")) == (
        "mlp: `task` must be known. Received: task='sort'."
    )
    assert str(argument_error("mlp", "task", "known", "sort", "'regression'")) == (
        "mlp: `task` must be known. Received: task='sort'. What would do: 'regression'."
    )


@pytest.mark.parametrize("value", [1, 7, np.int64(3), np.uint8(200)])
def test_integers_pass_and_become_pythons_own(value):
    checked = check_integer("f", "n", value)
    assert checked == value
    assert type(checked) is int


@pytest.mark.parametrize("value", [0, -1, 2.5, "4", None, True, np.float32(3), [3]])
def test_what_is_no_positive_integer_is_refused(value):
    assert message(check_integer, "f", "n", value) == (
        f"f: `n` must be a positive integer. Received: n={value!r}."
    )


def test_the_smallest_integer_is_named():
    assert check_integer("f", "n", 2, minimum=2) == 2
    assert message(check_integer, "f", "n", 1, minimum=2, would_do="2") == (
        "f: `n` must be an integer ≥ 2. Received: n=1. What would do: 2."
    )


@pytest.mark.parametrize("value", [0, 0.5, 1, np.float32(0.25), np.int64(1)])
def test_numbers_within_bounds_pass(value):
    checked = check_number("f", "p", value, minimum=0.0, maximum=1.0)
    assert checked == value
    assert type(checked) is float


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), "0.5", None, False])
def test_numbers_out_of_bounds_are_refused(value):
    assert message(check_number, "f", "p", value, minimum=0.0, maximum=1.0) == (
        f"f: `p` must be a number ≥ 0 and ≤ 1. Received: p={value!r}."
    )


def test_an_exclusive_bound_and_no_bound():
    assert message(check_number, "f", "p", 0, minimum=0.0, exclusive=True) == (
        "f: `p` must be a number > 0. Received: p=0."
    )
    assert message(check_number, "f", "p", float("inf")) == (
        "f: `p` must be a number. Received: p=inf."
    )


@pytest.mark.parametrize("value", [1, 2, 71, 142])
def test_divisors_pass(value):
    assert check_divisor("f", "num_heads", value, 142, "width=142") == value


def test_what_does_not_divide_is_refused_and_every_divisor_offered():
    assert message(check_divisor, "f", "num_heads", 4, 142, "width=142") == (
        "f: `num_heads` must be a divisor of width=142. Received: num_heads=4. "
        "What would do: 1, 2, 71, 142."
    )


def test_a_choice_offers_the_nearest():
    assert check_choice("f", "mode", "fast", ("fast", "exact")) == "fast"
    assert message(check_choice, "f", "mode", "exat", ("fast", "exact")) == (
        "f: `mode` must be one of 'fast', 'exact'. Received: mode='exat'. "
        "What would do: 'exact'."
    )
    assert message(check_choice, "f", "mode", 3, ("fast", None)) == (
        "f: `mode` must be one of 'fast', None. Received: mode=3."
    )
