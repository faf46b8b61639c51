"""The orders of epochs look like chance, though none is ever drawn as a whole."""

import itertools

import numpy as np
import pytest

from fmkeras.text.pipelines import epoch_key, permuted


def orders(size, num_epochs, seed=0):
    places = np.arange(size)
    return np.array(
        [permuted(places, epoch_key(seed, epoch), size) for epoch in range(num_epochs)]
    )


@pytest.mark.parametrize("size", [1, 2, 37, 1000])
def test_an_order_has_every_number_once(size):
    for order in orders(size, 5):
        assert sorted(order) == list(range(size))


def test_every_order_of_four_comes_equally_often():
    rows = [tuple(order) for order in orders(4, 2400)]
    counts = np.array([rows.count(p) for p in itertools.permutations(range(4))])
    # Chi-squared with 23 degrees of freedom: above 53 once in 2,500.
    assert ((counts - 100) ** 2 / 100).sum() < 53


@pytest.mark.parametrize("seed", [0, 1, 12345])
def test_neighbours_and_epochs_have_nothing_in_common(seed):
    size, num_epochs = 20_000, 8
    rows = orders(size, num_epochs, seed)
    along = [np.corrcoef(order[1:], order[:-1])[0, 1] for order in rows]
    between = np.corrcoef(rows)[np.triu_indices(num_epochs, k=1)]
    for correlations in (along, between):
        deviation = 1 / np.sqrt(size * len(correlations))
        assert abs(np.mean(correlations)) < 4 * deviation


def test_no_epoch_of_any_seed_has_the_key_of_another():
    keys = {tuple(epoch_key(seed, epoch)) for seed in range(20) for epoch in range(20)}
    assert len(keys) == 400


def test_another_seed_gives_other_orders():
    assert (orders(100, 3, seed=1) != orders(100, 3, seed=2)).any(axis=1).all()
