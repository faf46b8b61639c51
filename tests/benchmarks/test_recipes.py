"""What makes the comparisons fair: equal schedules and losses, counted operations."""

import doctest
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import log_loss

from benchmarks import (
    classifiers,
    decoders,
    fitting,
    growth,
    machine,
    peers,
    shakespeare,
)


def test_the_schedules_of_keras_and_of_pytorch_are_one():
    schedule = decoders.Schedule(warmup_steps=10, total_steps=50, final=1e-4)
    keras_schedule = schedule.keras()
    for step in (0, 1, 9, 10, 11, 30, 49):
        assert float(keras_schedule(step)) == pytest.approx(schedule.at(step), rel=1e-4)
    assert schedule.at(5) == 5e-4
    assert schedule.at(30) == pytest.approx((1e-3 + 1e-4) / 2)


def test_losses_are_scikit_learns():
    rng = np.random.default_rng(0)
    logits, targets = 3 * rng.normal(size=(4, 5, 7)), rng.integers(7, size=(4, 5))
    powers = np.exp(logits).reshape(20, 7)
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    loss = log_loss(targets.ravel(), probabilities, labels=range(7))
    float32 = logits.astype("float32")
    assert shakespeare.cross_entropy(float32, targets) == pytest.approx(loss, rel=1e-5)
    assert classifiers.cross_entropy(probabilities, targets.ravel()) == pytest.approx(
        loss
    )


def test_the_operations_of_a_decoder_are_those_of_its_matrices():
    queries, keys, width, vocabulary = 3, 5, 8, 11
    shape = peers.Shape(vocabulary, 16, num_layers=2, num_heads=4, hidden_dim=width)
    matrices = [(width, 3 * width), (width, width), (width, 4 * width)]
    matrices += [(4 * width, width)]
    block = sum(2 * queries * rows * columns for rows, columns in matrices)
    block += 2 * 4 * (queries * keys * 2) * 2  # four heads of width 2: QK, then AV
    head = 2 * queries * width * vocabulary
    assert shape.forward_flops(queries, keys) == 2 * block + head


def test_windows_follow_one_another_and_hold_no_character_twice():
    inputs, targets = shakespeare.windows(np.arange(23), 5)
    assert inputs.tolist() == np.arange(20).reshape(4, 5).tolist()
    assert (targets == inputs + 1).all()
    assert len(shakespeare.windows(np.arange(20), 5)[0]) == 3  # the last has no target


def test_everybody_draws_the_same_windows():
    ids = np.arange(100)
    inputs, targets = shakespeare.random_windows(ids, steps=40, length=7, batch=3)
    assert inputs.shape == targets.shape == (40, 3, 7)
    assert (np.diff(inputs) == 1).all()
    assert (targets == inputs + 1).all()
    assert {int(inputs.min()), int(targets.max())} == {0, 99}
    again, _ = shakespeare.random_windows(ids, steps=40, length=7, batch=3)
    assert (inputs == again).all()


def test_an_exponent_is_that_of_polyfit():
    rng = np.random.default_rng(1)
    sizes = [3, 10, 40, 55]
    costs = rng.uniform(1, 9, size=4)
    slope, _ = np.polyfit(np.log(sizes), np.log(costs), 1)
    assert fitting.exponent(sizes, list(costs)) == pytest.approx(slope)
    assert doctest.testmod(fitting).failed == 0


def test_theory_is_scaled_to_what_was_measured():
    scaled = fitting.scaled_to([2.0, 6.0, 9.0], [10, 20, 40])
    assert np.diff(np.log(scaled)) == pytest.approx(np.log([2, 2]))
    assert np.log(scaled).mean() == pytest.approx(np.log([2, 6, 9]).mean())


def test_every_quantity_grows_with_its_size():
    for what, axis, sizes in growth.VARIED.values():
        assert what
        assert axis
        assert list(sizes) == sorted(set(sizes))
        assert len(sizes) >= 4


def test_growth_is_fitted_to_what_the_contender_measured():
    class Measured:
        def __init__(self, module, job, contender):
            assert (module, contender) == ("benchmarks.growth", "fmkeras")

        __enter__ = lambda self: self  # noqa: E731
        __exit__ = lambda *_: None  # noqa: E731

        def round(self):
            costs = {"x": [1, 2, 4], "seconds": [1, 4, 16], "theory": [5, 10, 20]}
            return {"result": costs}

    found = growth.more("growth", [], lambda _: None, Measured)["growth"]
    assert [each["job"] for each in found] == list(growth.VARIED)
    assert all(each["exponent"] == pytest.approx(2) for each in found)
    assert all(each["theory_exponent"] == pytest.approx(1) for each in found)


def test_growth_times_every_size_in_turn_and_tells_of_one_step(monkeypatch):
    now, done = [0.0], []

    def size(n):
        def run():
            done.append(n)
            now[0] += 16.0 * n

        return growth.Size(run, theory=3 * n, times=16)

    monkeypatch.setitem(growth.VARIED, "L", ("a step", "layers", (2, 5)))
    monkeypatch.setattr(growth, "_training", lambda axis, n: size(n))
    monkeypatch.setattr(growth.time, "perf_counter", lambda: now[0])
    told = growth.build("L", "fmkeras")()
    assert told == {"x": [2, 5], "seconds": [2.0, 5.0], "theory": [6, 15]}
    assert done == [2, 5] * 6  # one round to warm up


def test_the_clock_cools_the_rate_and_stops_in_time():
    from benchmarks.against_the_clock import COOLING, PEAK, WARM_UP_STEPS, Clock

    times = iter([100.0, 101.0, 105.0, 109.9, 110.0])
    clock = Clock(budget=10.0, now=lambda: next(times))
    optimizer = SimpleNamespace(learning_rate=None)
    clock.set_model(SimpleNamespace(optimizer=optimizer, stop_training=False))
    clock.on_train_begin()
    rates = []
    for batch in (WARM_UP_STEPS // 2 - 1, WARM_UP_STEPS - 1, 5_000, 5_001):
        assert not clock.model.stop_training
        clock.on_train_batch_end(batch)
        rates.append(optimizer.learning_rate)
    assert clock.model.stop_training
    assert rates == pytest.approx(
        [PEAK * 0.5, PEAK * 0.5 / COOLING, PEAK * 0.01 / COOLING, 0.0]
    )


def test_the_rate_of_matrix_products_is_that_of_the_fastest(monkeypatch):
    times = iter([0.0, 2.0, 2.0, 2.5, 3.0, 4.0])
    monkeypatch.setattr(machine, "SIDE", 10)
    monkeypatch.setattr(machine, "TRIES", 3)
    monkeypatch.setattr(machine.time, "perf_counter", lambda: next(times))
    assert machine.matrix_product_rate() == 2 * 10**3 / 0.5
