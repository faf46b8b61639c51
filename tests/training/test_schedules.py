import keras
import numpy as np
import pytest

from fmkeras.training import warmup_cosine


@pytest.mark.parametrize("warmup_steps", [0, 1, 30])
@pytest.mark.parametrize("final", [0.0, 1e-4])
def test_follows_the_formula(warmup_steps, final):
    peak, total = 1e-3, 200
    schedule = warmup_cosine(peak, warmup_steps, total, final)
    for step in range(0, total + 20, 5):
        if step < warmup_steps:
            expected = peak * step / warmup_steps
        else:
            share = min(1.0, (step - warmup_steps) / (total - warmup_steps))
            expected = final + (peak - final) * (1 + np.cos(np.pi * share)) / 2
        assert float(schedule(step)) == pytest.approx(expected, rel=1e-4, abs=1e-9)


def test_the_peak_and_the_end_are_where_they_were_asked_for():
    schedule = warmup_cosine(peak=2e-3, warmup_steps=10, total_steps=50, final=5e-4)
    assert float(schedule(10)) == pytest.approx(2e-3)
    assert float(schedule(49)) > 5e-4
    assert float(schedule(50)) == pytest.approx(5e-4)


def test_an_integer_peak_will_do():
    assert float(warmup_cosine(1, 0, 2)(1)) == pytest.approx(0.5)


def test_an_optimiser_saves_and_loads_it():
    schedule = warmup_cosine(1e-3, 5, 40, final=1e-4)
    optimizer = keras.optimizers.AdamW(schedule)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    rates = [float(again._learning_rate(step)) for step in range(45)]
    assert rates == [float(schedule(step)) for step in range(45)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (0.0, 10, 100),
            "warmup_cosine: `peak` must be a number > 0. Received: peak=0.0.",
        ),
        (
            (1.0, 10, 100, 2.0),
            "warmup_cosine: `final` must be a number ≥ 0 and ≤ 1. Received: final=2.0.",
        ),
        (
            (1.0, -1, 100),
            "warmup_cosine: `warmup_steps` must be an integer ≥ 0. "
            "Received: warmup_steps=-1.",
        ),
        (
            (1.0, 0, 0),
            "warmup_cosine: `total_steps` must be a positive integer. "
            "Received: total_steps=0.",
        ),
        (
            (1.0, 100, 100),
            "warmup_cosine: `total_steps` must be larger than warmup_steps=100. "
            "Received: total_steps=100. What would do: epochs * len(batches).",
        ),
    ],
)
def test_says_what_is_wrong_and_what_would_do(arguments, message):
    with pytest.raises(ValueError) as error:
        warmup_cosine(*arguments)
    assert str(error.value) == message
