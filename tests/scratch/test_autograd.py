"""`tf.GradientTape`, finite differences and closed forms are the oracles."""

import math
import operator

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from fmkeras.scratch.autograd import Value

UNARY = {
    "exp": (Value.exp, tf.exp),
    "log": (Value.log, tf.math.log),
    "tanh": (Value.tanh, tf.tanh),
    "sigmoid": (Value.sigmoid, tf.sigmoid),
    "relu": (Value.relu, tf.nn.relu),
    "negative": (operator.neg, operator.neg),
}
BINARY = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
}


def slopes(function, *numbers):
    """Value and derivatives of a formula, by us and by TensorFlow."""
    values = [Value(number) for number in numbers]
    ours = function(*values)
    ours.backward()
    tensors = [tf.constant(number, "float64") for number in numbers]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        theirs = function(*tensors)
    expected = tape.gradient(theirs, tensors, unconnected_gradients="zero")
    return (
        [ours.data, *(value.grad for value in values)],
        [float(theirs), *map(float, expected)],
    )


@pytest.mark.parametrize("x", [-40.0, -1.3, 0.0, 0.4, 2.7, 40.0])
@pytest.mark.parametrize("name", UNARY)
def test_a_function_of_one_value_agrees_with_tensorflow(name, x):
    if name == "log" and x <= 0:
        x = math.exp(x)
    ours, theirs = UNARY[name]
    received, expected = slopes(
        lambda value: (ours if isinstance(value, Value) else theirs)(value), x
    )
    np.testing.assert_allclose(received, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", BINARY)
def test_arithmetic_agrees_with_tensorflow_on_either_side_of_a_number(name):
    operation = BINARY[name]
    for function in (
        operation,
        lambda x, y: operation(x, 3.0) - operation(y, -0.5),
        lambda x, y: operation(3.0, x) - operation(-0.5, y),
    ):
        received, expected = slopes(function, -1.7, 0.6)
        np.testing.assert_allclose(received, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("base", "exponent"),
    [(1.7, 3), (1.7, -2), (1.7, 0.5), (-1.7, 3), (-1.7, -1), (0.0, 2), (0.0, 1)]
    + [(0.0, 1.5), (-1.7, 0)],
)
def test_a_power_agrees_with_tensorflow(base, exponent):
    received, expected = slopes(lambda x: x**exponent, base)
    np.testing.assert_allclose(received, expected, rtol=1e-12)


def test_the_power_zero_is_constant_even_at_zero():
    x = Value(0.0)
    one = x**0
    one.backward()
    assert (one.data, x.grad) == (1.0, 0.0)


def test_the_loss_of_the_lecture_has_the_gradients_of_the_lecture():
    x, y, theta_1, theta_2 = 1.5, 5.0, 2.0, 3.0
    first, second = Value(theta_1), Value(theta_2)
    loss = (first * second * x - y) ** 2
    loss.backward()
    error = theta_1 * theta_2 * x - y
    assert loss.data == error**2
    assert first.grad == 2 * error * x * theta_2
    assert second.grad == 2 * error * x * theta_1


# A random formula: a number picks one of the inputs, a tuple applies an operation.
FORMULAS = st.recursive(
    st.integers(0, 2),
    lambda part: (
        st.tuples(st.sampled_from(["add", "subtract", "multiply"]), part, part)
        | st.tuples(st.sampled_from(["tanh", "sigmoid", "negative", "square"]), part)
        | st.tuples(st.just("divide"), part, part)
    ),
    max_leaves=12,
)


def evaluate(formula, inputs):
    if isinstance(formula, int):
        return inputs[formula]
    name, *parts = formula
    parts = [evaluate(part, inputs) for part in parts]
    if name == "square":
        return parts[0] ** 2
    if name == "divide":  # by something that is never close to zero
        return parts[0] / (parts[1] ** 2 + 1)
    if name in BINARY:
        return BINARY[name](*parts)
    ours, theirs = UNARY[name]
    return (ours if isinstance(parts[0], Value) else theirs)(parts[0])


@settings(max_examples=60, derandomize=True)
@given(FORMULAS, st.tuples(*[st.floats(-1.5, 1.5)] * 3))
def test_any_formula_agrees_with_tensorflow(formula, numbers):
    received, expected = slopes(lambda *inputs: evaluate(formula, inputs), *numbers)
    np.testing.assert_allclose(received, expected, rtol=1e-9, atol=1e-12)


def test_the_gradient_is_the_limit_of_differences():
    def formula(*inputs):
        x, y, z = inputs
        return ((x * y).tanh() + z.exp() / (y + 3)).sigmoid() * (z * z + 1).log()

    numbers, step = [0.7, -1.1, 1.9], 1e-6
    inputs = [Value(number) for number in numbers]
    formula(*inputs).backward()
    for i, value in enumerate(inputs):
        ends = []
        for sign in (1, -1):
            moved = list(numbers)
            moved[i] += sign * step
            ends.append(formula(*map(Value, moved)).data)
        assert value.grad == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-7)
        assert abs(value.grad) > 1e-3


def test_a_value_that_is_used_twice_collects_both_gradients():
    x = Value(3.0)
    (x * x + x).backward()
    assert x.grad == 7.0


def test_a_diamond_is_walked_once_an_edge():
    x = Value(1.0)
    for _ in range(60):  # 2**60 paths, 60 nodes
        x = x + x
    x.backward()
    root = x.graph()[0][0]
    assert root["grad"] == 2.0**60


def test_backward_starts_from_zero_every_time():
    x = Value(3.0)
    loss = x**2
    loss.backward()
    loss.backward()
    assert x.grad == 6.0
    (5 * x).backward()
    assert x.grad == 5.0


def test_values_outside_the_graph_keep_their_gradients():
    x, y = Value(3.0), Value(4.0)
    (x * y).backward()
    (2 * x).backward()
    assert (x.grad, y.grad) == (2.0, 3.0)


def test_a_chain_of_ten_thousand_additions_is_no_recursion():
    x = Value(0.5)
    total = Value(0.0)
    for _ in range(10_000):
        total = total + x
    total.backward()
    assert (total.data, x.grad) == (5000.0, 10_000.0)
    nodes, edges = total.graph()
    assert (len(nodes), len(edges)) == (10_002, 20_000)
    assert total.draw().count("\n") == 10_002


def test_numpy_numbers_are_welcome_on_both_sides():
    x = Value(np.float32(3.0))
    result = np.float64(2.0) * x**2 + x / np.int64(3)
    result.backward()
    assert isinstance(result, Value)
    assert (type(result.data), type(x.grad)) == (float, float)
    assert x.grad == pytest.approx(12 + 1 / 3)


def test_weights_train_by_changing_data():
    rng = np.random.default_rng(0)
    samples = [(x, y, 0.5 * x - 2 * y + 1) for x, y in rng.normal(size=(12, 2))]
    weights = [Value(0.0), Value(0.0), Value(0.0)]
    for _ in range(300):
        loss = sum(
            (weights[0] * x + weights[1] * y + weights[2] - target) ** 2
            for x, y, target in samples
        ) / len(samples)
        loss.backward()
        for weight in weights:
            weight.data -= 0.1 * weight.grad
    assert [weight.data for weight in weights] == pytest.approx([0.5, -2, 1], abs=1e-4)


def test_it_prints_as_what_it_is():
    assert repr(Value(2.5, "x")) == "Value(2.5, name='x', grad=0)"


def test_what_is_not_a_number_stays_not_a_number():
    for function, _ in UNARY.values():
        assert math.isnan(function(Value(math.nan)).data)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: Value("a"),
            "Value: `data` must be a number. Received: data='a'. What would do: "
            "a float; an array needs one Value for each of its entries.",
        ),
        (
            lambda: Value(2.0) * [1.0],
            "Value: `data` must be a number. Received: data=[1.0]. What would do: "
            "a float; an array needs one Value for each of its entries.",
        ),
        (
            lambda: Value(2.0) ** Value(3.0),
            "Value: `exponent` must be a constant number. "
            "Received: exponent=Value(3, name='', grad=0). "
            "What would do: (exponent * base.log()).exp(), for a positive base.",
        ),
        (
            lambda: Value(-8.0) ** (1 / 2),
            "Value: `base` must be > 0 to have a slope under the exponent 0.5. "
            "Received: base=-8.0.",
        ),
        (
            lambda: Value(0.0) ** -1,
            "Value: `base` must be > 0 to have a slope under the exponent -1. "
            "Received: base=0.0.",
        ),
        (
            lambda: Value(0.0).log(),
            "Value.log: `data` must be > 0. Received: data=0.0.",
        ),
    ],
)
def test_a_wrong_argument_gets_a_sentence(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message
