"""What lesson 06 says of its training holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import numpy as np
import pytest

pytestmark = pytest.mark.slow


def test_the_moons_are_told_apart(run_with_seed, seed):
    names = run_with_seed("06", seed)
    assert names["accuracy"] > 0.9
    assert names["keras_losses"][-1] < 0.1


def test_keras_ends_where_the_values_do(run_with_seed, seed):
    names = run_with_seed("06", seed)
    np.testing.assert_allclose(names["in_keras"], names["path"][-1], atol=0.02)
