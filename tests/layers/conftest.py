"""What the tests of the layers share, on whatever backend runs them."""

import keras
import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def gradients():
    """Return the gradients of a scalar function of nothing by `keras.Variable`s."""

    def with_tensorflow(function, variables):
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = function()
        return tape.gradient(loss, [variable.value for variable in variables])

    def with_torch(function, variables):
        for variable in variables:
            variable.value.grad = None
        function().backward()
        return [variable.value.grad for variable in variables]

    backends = {"tensorflow": with_tensorflow, "torch": with_torch}
    if keras.backend.backend() not in backends:
        pytest.skip(f"no gradients here for Keras on {keras.backend.backend()}")
    compute = backends[keras.backend.backend()]

    def gradients_as_arrays(function, variables):
        return [
            None if gradient is None else keras.ops.convert_to_numpy(gradient)
            for gradient in compute(function, variables)
        ]

    return gradients_as_arrays


@pytest.fixture
def float64():
    """Name the type in which differences are taken, where Keras keeps to it."""
    if keras.backend.backend() == "torch":
        pytest.skip("Keras's matrix products on torch are float32, whatever is asked")
    return "float64"


@pytest.fixture
def said():
    """Return what an error said, without what Keras wraps round it inside `call`."""

    def bare(error):
        message = str(error.value)
        return message.partition("\x1b[1m")[2].partition("\x1b[0m")[0] or message

    return bare
