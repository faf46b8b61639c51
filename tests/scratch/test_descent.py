"""Keras's optimisers are the oracle; theory gives the rest."""

import itertools
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

from fmkeras.scratch.descent import (
    adagrad,
    adam,
    cosine_decay,
    exponential_decay,
    gradient_descent,
    minibatches,
    momentum,
    nesterov,
    rmsprop,
    step_decay,
    stochastic_gradient_descent,
    take,
)

STEPS = 30
HESSIAN = np.array([[3.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]])
LOWEST = np.array([1.0, -2.0, 0.5])


def quadratic(w):
    """Slope of ½ (w − lowest)ᵀ A (w − lowest)."""
    return HESSIAN @ (w - LOWEST)


def wavy(w):
    """Slope of Σ w²/20 + cos 3w, which has many valleys."""
    return w / 10 - 3 * np.sin(3 * w)


STARTS = {quadratic: np.array([4.0, -3.0, 2.0]), wavy: np.array([[0.4, -1.2, 3.0]])}

# Keras rounds these numbers to single precision, so they are sums of few powers of
# two: then nothing is rounded, and the iterates agree far better than to 1e-6.
RATE = 1 / 16
OPTIMISERS = {
    "descent": (gradient_descent, keras.optimizers.SGD, {}),
    "momentum": (momentum, keras.optimizers.SGD, {"momentum": 0.75}),
    "nesterov": (
        nesterov,
        partial(keras.optimizers.SGD, nesterov=True),
        {"momentum": 0.625},
    ),
    "adagrad": (
        adagrad,
        keras.optimizers.Adagrad,
        {"initial_accumulator_value": 0.375, "epsilon": 1 / 64},
    ),
    "rmsprop": (
        rmsprop,
        keras.optimizers.RMSprop,
        {"rho": 0.75, "epsilon": 1 / 64},
    ),
    "adam": (
        adam,
        keras.optimizers.Adam,
        {"beta_1": 0.75, "beta_2": 0.96875, "epsilon": 1 / 64},
    ),
}
DEFAULTS = {
    "momentum": (
        partial(momentum, learning_rate=RATE),
        partial(keras.optimizers.SGD, RATE, momentum=0.9),
    ),
    "nesterov": (
        partial(nesterov, learning_rate=RATE),
        partial(keras.optimizers.SGD, RATE, momentum=0.9, nesterov=True),
    ),
    "adagrad": (adagrad, keras.optimizers.Adagrad),
    "rmsprop": (rmsprop, keras.optimizers.RMSprop),
    "adam": (adam, keras.optimizers.Adam),
}


def iterates_of_keras(optimizer, gradient, start):
    w = keras.Variable(start, dtype="float64")
    path = [w.numpy()]
    for _ in range(STEPS):
        optimizer.apply([tf.constant(gradient(w.numpy()))], [w])
        path.append(w.numpy())
    return np.array(path)


@pytest.mark.parametrize("gradient", STARTS, ids=lambda function: function.__name__)
@pytest.mark.parametrize("name", OPTIMISERS)
def test_the_iterates_are_those_of_keras(name, gradient):
    ours, theirs, options = OPTIMISERS[name]
    start = STARTS[gradient]
    path = take(ours(gradient, start, learning_rate=RATE, **options), STEPS)
    assert path.shape == (STEPS + 1, *start.shape)
    assert np.abs(path[-1] - path[0]).max() > 0.1
    expected = iterates_of_keras(theirs(RATE, **options), gradient, start)
    np.testing.assert_allclose(path, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_schedule_sets_every_step_as_in_keras(name):
    ours, theirs, options = OPTIMISERS[name]
    start = STARTS[wavy]
    path = take(ours(wavy, start, exponential_decay(0.25, 5, 0.5), **options), STEPS)
    schedule = keras.optimizers.schedules.ExponentialDecay(np.float64(0.25), 5, 0.5)
    expected = iterates_of_keras(theirs(schedule, **options), wavy, start)
    np.testing.assert_allclose(path, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_default_arguments_are_those_of_keras(name):
    ours, theirs = DEFAULTS[name]
    path = take(ours(quadratic, LOWEST + 1), STEPS)
    assert np.abs(path[-1] - path[0]).min() > 1e-3
    expected = iterates_of_keras(theirs(), quadratic, LOWEST + 1)
    np.testing.assert_allclose(path, expected, rtol=0, atol=1e-6)


def test_a_schedule_of_keras_will_do_too():
    theirs = keras.optimizers.schedules.CosineDecay(0.25, 10)
    path = take(adam(quadratic, LOWEST + 1, theirs), 8)
    expected = take(adam(quadratic, LOWEST + 1, cosine_decay(0.25, 10)), 8)
    np.testing.assert_allclose(path, expected, atol=1e-6)


def test_the_first_step_uses_step_zero_of_the_schedule():
    path = take(gradient_descent(lambda w: 1.0, 0.0, step_decay([0, 1], [8, 4, 2])), 3)
    assert path.tolist() == [0.0, -8.0, -12.0, -14.0]


def test_two_over_the_largest_eigenvalue_is_the_largest_stable_step():
    largest = 2 / np.linalg.eigvalsh(HESSIAN).max()

    def distance(learning_rate):
        path = take(gradient_descent(quadratic, LOWEST + 1, learning_rate), 2000)
        return np.linalg.norm(path[-1] - LOWEST)

    assert distance(0.99 * largest) < 1e-9
    assert distance(1.01 * largest) > 1e9


def test_least_squares_is_solved_as_in_closed_form():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(11, 3)), rng.normal(size=11)
    path = take(gradient_descent(lambda w: x.T @ (x @ w - y), np.zeros(3), 0.05), 500)
    expected, *_ = np.linalg.lstsq(x, y, rcond=None)
    np.testing.assert_allclose(path[-1], expected, rtol=1e-9)


def test_full_batches_make_stochastic_descent_plain():
    batches = [(1.0,)] * 5
    path = stochastic_gradient_descent(
        lambda w, scale: scale * quadratic(w), LOWEST + 1, batches, 0.2
    )
    expected = take(gradient_descent(quadratic, LOWEST + 1, 0.2), 5)
    np.testing.assert_array_equal(list(path), expected)


def test_stochastic_descent_follows_its_batches_as_keras_does():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(13, 3)), rng.normal(size=13)

    def slope(w, x, y):
        return 2 * x.T @ (x @ w - y) / len(y)

    model = keras.Sequential([keras.layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(1 / 16), "mse")
    model.build((None, 3))
    model.set_weights([np.ones((3, 1))])
    path = take(
        stochastic_gradient_descent(
            slope, np.ones(3), minibatches(x, y, 4), learning_rate=1 / 16
        ),
        9,
    )
    for batch in itertools.islice(minibatches(x, y, 4), 9):
        model.train_on_batch(*batch)
    np.testing.assert_allclose(path[-1], model.get_weights()[0][:, 0], atol=1e-6)


def test_any_optimiser_takes_minibatches():
    batches = minibatches(np.arange(6.0), np.zeros(6), 6)
    path = take(adam(lambda w: w - next(batches)[0].mean(), 0.0, 0.1), 300)
    assert path[-1] == pytest.approx(2.5, abs=1e-3)


def test_every_epoch_holds_every_sample_once_and_in_a_new_order():
    x = np.arange(14).reshape(7, 2)
    y = x.sum(axis=1)
    batches = list(itertools.islice(minibatches(x, y, batch_size=3), 6))
    assert [len(targets) for _, targets in batches] == [3, 3, 1, 3, 3, 1]
    epochs = [
        np.concatenate([targets for _, targets in batches[half : half + 3]])
        for half in (0, 3)
    ]
    for epoch in epochs:
        assert sorted(epoch) == y.tolist()
        assert epoch.tolist() != y.tolist()
    assert epochs[0].tolist() != epochs[1].tolist()
    for inputs, targets in batches:
        np.testing.assert_array_equal(inputs.sum(axis=1), targets)


def test_the_seed_decides_the_shuffle():
    x = np.arange(20)
    first, again, other = (
        next(minibatches(x, x, 20, seed=seed))[0].tolist() for seed in (3, 3, 4)
    )
    assert first == again != other


def test_a_batch_is_all_the_data_at_most():
    inputs, _ = next(minibatches(np.arange(5), np.arange(5), batch_size=99))
    assert len(inputs) == 5


@pytest.mark.parametrize("name", OPTIMISERS)
def test_changing_what_was_yielded_changes_no_later_iterate(name):
    optimiser, _, _ = OPTIMISERS[name]
    start = LOWEST + 1
    expected = take(optimiser(quadratic, start), 3)
    spoiled = optimiser(quadratic, start)
    received = []
    for w in itertools.islice(spoiled, 4):
        received.append(w.copy())
        w += 100.0
    np.testing.assert_array_equal(received, expected)
    np.testing.assert_array_equal(start, LOWEST + 1)


def test_a_gradient_may_change_its_argument_in_place():
    def greedy(w):
        w *= 2
        return w

    assert take(gradient_descent(greedy, [8.0], 0.25), 2).tolist() == [[8], [4], [2]]


def test_whole_numbers_start_a_path_of_floats():
    path = take(gradient_descent(lambda w: w, np.array([1, 2]), 0.5), 1)
    assert path.dtype == "float64"
    assert path.tolist() == [[1.0, 2.0], [0.5, 1.0]]


def test_take_goes_on_where_it_stopped():
    path = gradient_descent(lambda w: 2 * w, 16.0, 0.25)
    assert take(path, 1).tolist() == [16.0, 8.0]
    assert take(path, 1).tolist() == [4.0, 2.0]
    assert take(path, 0).tolist() == [1.0]


def test_take_says_how_many_iterates_there_are():
    path = stochastic_gradient_descent(lambda w, x: w - x, 0.0, [(1.0,), (2.0,)])
    with pytest.raises(ValueError) as error:
        take(path, 3)
    assert str(error.value) == (
        "take: `steps` must be less than 3, the number of iterates. Received: steps=3."
    )
