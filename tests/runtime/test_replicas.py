"""How many copies of a model there are, and what one worker does without the others."""

import keras
import numpy as np
import pytest

from fmkeras.runtime.replicas import num_replicas, one_worker_alone


@pytest.fixture
def shared():
    mesh = keras.distribution.DeviceMesh((1,), ["batch"], np.array(["cpu:0"]))
    distribution = keras.distribution.DataParallel(device_mesh=mesh)
    keras.distribution.set_distribution(distribution)
    yield distribution
    keras.distribution.set_distribution(None)


def test_without_a_strategy_there_is_one():
    assert num_replicas() == 1


def test_one_worker_makes_its_arrays_alone(shared):
    with one_worker_alone():
        assert keras.distribution.distribution() is None
    assert keras.distribution.distribution() is shared


def test_an_error_brings_the_others_back(shared):
    with pytest.raises(OSError, match="full"), one_worker_alone():
        raise OSError("full")
    assert keras.distribution.distribution() is shared
