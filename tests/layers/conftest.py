"""What the tests of the layers share, on whatever backend runs them."""

import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def said():
    """Return what an error said, without what Keras wraps round it inside `call`."""

    def bare(error):
        message = str(error.value)
        return message.partition("\x1b[1m")[2].partition("\x1b[0m")[0] or message

    return bare
