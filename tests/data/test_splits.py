"""The split is the same for ever, fair to every class, and loses nothing."""

import numpy as np
import pytest

from fmkeras.data.splits import stratified_split


@pytest.fixture
def labels():
    return np.random.default_rng(3).permutation(np.repeat([0, 1, 2], [53, 30, 17]))


def test_every_example_is_in_exactly_one_part(labels):
    (train, _), (test, _) = stratified_split(np.arange(100), labels)
    assert sorted([*train, *test]) == list(range(100))


def test_examples_keep_their_targets(labels):
    for index, target in stratified_split(np.arange(100), labels):
        np.testing.assert_array_equal(target, labels[index])


def test_each_class_gives_a_fifth_of_its_own_to_the_test_part(labels):
    _, (_, test) = stratified_split(np.arange(100), labels)
    assert len(test) == 20
    for label, count in enumerate([53, 30, 17]):
        assert abs((test == label).sum() - count / 5) < 1


def test_a_numeric_target_is_spread_evenly_too():
    y = np.random.default_rng(5).permutation(100)
    _, (_, test) = stratified_split(y, y)
    assert (np.sort(test) // 5).tolist() == list(range(20))  # one from each five


def test_the_end_of_the_training_part_holds_every_class():
    y = np.repeat([0, 1, 2], 50)  # sorted, as iris comes
    (_, train), _ = stratified_split(y, y)
    assert set(train[-24:]) == {0, 1, 2}


def test_the_split_never_changes():
    _, (test, _) = stratified_split(np.arange(30), np.arange(30) % 2)
    assert test.tolist() == [6, 19, 4, 11, 16, 29]
