"""The schedules are Keras's, at every step and at the boundaries."""

import keras
import numpy as np
import pytest

from fmkeras.scratch.schedules import (
    cosine_decay,
    exponential_decay,
    inverse_time_decay,
    step_decay,
)

theirs = keras.optimizers.schedules
GAMMA = np.float64(0.3)  # Keras computes in the precision of this number,
RATIO = 0.625  # but rounds this one to single precision

PAIRS = {
    "exponential": (
        exponential_decay(0.3, 7, RATIO),
        theirs.ExponentialDecay(GAMMA, 7, RATIO),
    ),
    "exponential staircase": (
        exponential_decay(0.3, 7, RATIO, staircase=True),
        theirs.ExponentialDecay(GAMMA, 7, RATIO, staircase=True),
    ),
    "inverse time": (
        inverse_time_decay(0.3, 7, RATIO),
        theirs.InverseTimeDecay(GAMMA, 7, RATIO),
    ),
    "inverse time staircase": (
        inverse_time_decay(0.3, 7, RATIO, staircase=True),
        theirs.InverseTimeDecay(GAMMA, 7, RATIO, staircase=True),
    ),
    "step": (
        step_decay([3, 8, 15], [0.3, 0.1, 0.2, 0.05]),
        theirs.PiecewiseConstantDecay(
            [3, 8, 15], [np.float64(value) for value in (0.3, 0.1, 0.2, 0.05)]
        ),
    ),
    "cosine": (cosine_decay(0.3, 13), theirs.CosineDecay(GAMMA, 13)),
    "cosine with alpha": (
        cosine_decay(0.3, 13, alpha=0.2),
        theirs.CosineDecay(GAMMA, 13, alpha=0.2),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_schedule_equals_that_of_keras(name):
    our_schedule, their_schedule = PAIRS[name]
    steps = range(25)
    expected = [float(their_schedule(step)) for step in steps]
    assert len(set(expected)) > 3  # it does change
    np.testing.assert_allclose(
        [our_schedule(step) for step in steps], expected, rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("name", PAIRS)
def test_a_schedule_takes_an_array_of_steps(name):
    schedule, _ = PAIRS[name]
    steps = np.arange(25)
    one_by_one = [schedule(step) for step in range(25)]
    np.testing.assert_allclose(schedule(steps), one_by_one, rtol=1e-15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: exponential_decay(0.0, 7, RATIO),
            "exponential_decay: `initial_learning_rate` must be a number > 0. "
            "Received: initial_learning_rate=0.0.",
        ),
        (
            lambda: inverse_time_decay(0.3, 0, 0.6),
            "inverse_time_decay: `decay_steps` must be a number > 0. "
            "Received: decay_steps=0.",
        ),
        (
            lambda: exponential_decay(0.3, 7, -1),
            "exponential_decay: `decay_rate` must be a number > 0. "
            "Received: decay_rate=-1.",
        ),
        (
            lambda: cosine_decay(0.3, "7"),
            "cosine_decay: `decay_steps` must be a number > 0. "
            "Received: decay_steps='7'.",
        ),
        (
            lambda: cosine_decay(0.3, 7, alpha=1.5),
            "cosine_decay: `alpha` must be a number ≥ 0 and ≤ 1. Received: alpha=1.5.",
        ),
        (
            lambda: step_decay([5, 5], [3, 2, 1]),
            "step_decay: `boundaries` must be increasing. Received: boundaries=[5, 5].",
        ),
        (
            lambda: step_decay([5, 8], [3, 2]),
            "step_decay: `values` must be 3 learning rates, one more than `boundaries`."
            " Received: values=[3, 2].",
        ),
    ],
)
def test_a_wrong_argument_gets_a_sentence(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message
