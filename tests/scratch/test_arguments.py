"""What the optimisers say about a wrong argument."""

import pytest

from fmkeras.scratch.descent import (
    adagrad,
    adam,
    gradient_descent,
    minibatches,
    momentum,
    nesterov,
    rmsprop,
    stochastic_gradient_descent,
    take,
)


def slope(w):
    return w


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: gradient_descent(slope, [1.0, 2.0], learning_rate=0),
            "gradient_descent: `learning_rate` must be a number > 0. "
            "Received: learning_rate=0.",
        ),
        (
            lambda: adam(slope, [1.0, 2.0], learning_rate="fast"),
            "adam: `learning_rate` must be a number > 0. "
            "Received: learning_rate='fast'.",
        ),
        (
            lambda: momentum(slope, [1.0, 2.0], momentum=1.0),
            "momentum: `momentum` must be a number in [0, 1). Received: momentum=1.0.",
        ),
        (
            lambda: nesterov(slope, [1.0, 2.0], momentum="0.9"),
            "nesterov: `momentum` must be a number in [0, 1). "
            "Received: momentum='0.9'.",
        ),
        (
            lambda: rmsprop(slope, [1.0, 2.0], rho=-0.1),
            "rmsprop: `rho` must be a number in [0, 1). Received: rho=-0.1.",
        ),
        (
            lambda: rmsprop(slope, [1.0, 2.0], epsilon=-1e-7),
            "rmsprop: `epsilon` must be a number ≥ 0. Received: epsilon=-1e-07.",
        ),
        (
            lambda: adagrad(slope, [1.0, 2.0], initial_accumulator_value=-1),
            "adagrad: `initial_accumulator_value` must be a number ≥ 0. "
            "Received: initial_accumulator_value=-1.",
        ),
        (
            lambda: adagrad(slope, [1.0, 2.0], epsilon=-1),
            "adagrad: `epsilon` must be a number ≥ 0. Received: epsilon=-1.",
        ),
        (
            lambda: adam(slope, [1.0, 2.0], beta_1=1),
            "adam: `beta_1` must be a number in [0, 1). Received: beta_1=1.",
        ),
        (
            lambda: adam(slope, [1.0, 2.0], beta_2=2),
            "adam: `beta_2` must be a number in [0, 1). Received: beta_2=2.",
        ),
        (
            lambda: adam(slope, [1.0, 2.0], epsilon=None),
            "adam: `epsilon` must be a number ≥ 0. Received: epsilon=None.",
        ),
        (
            lambda: stochastic_gradient_descent(
                slope, [1.0, 2.0], [], learning_rate=-1
            ),
            "stochastic_gradient_descent: `learning_rate` must be a number > 0. "
            "Received: learning_rate=-1.",
        ),
        (
            lambda: minibatches([1, 2], [3, 4], batch_size=0),
            "minibatches: `batch_size` must be a positive integer. "
            "Received: batch_size=0.",
        ),
        (
            lambda: minibatches([1, 2], [3], batch_size=1),
            "minibatches: `len(y)` must be len(x), 2. Received: len(y)=1.",
        ),
        (
            lambda: minibatches([], [], batch_size=1),
            "minibatches: `len(x)` must be a positive integer. Received: len(x)=0.",
        ),
    ],
)
def test_a_wrong_argument_gets_a_sentence(call, message):
    with pytest.raises(ValueError) as error:
        next(call())
    assert str(error.value) == message


def test_a_gradient_of_another_shape_is_refused_and_not_broadcast():
    with pytest.raises(ValueError) as error:
        take(gradient_descent(lambda w: w[:, None], [1.0, 2.0, 3.0]), 1)
    assert str(error.value) == (
        "gradient_descent: `gradient(w).shape` must be (3,), the shape of w. "
        "Received: gradient(w).shape=(3, 1)."
    )
