"""What lesson 01 says of its training holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import numpy as np
import pytest

pytestmark = pytest.mark.slow


def test_fit_comes_within_a_twentieth_of_the_lowest_error(run_with_seed, seed):
    names = run_with_seed("01", seed)
    assert names["lowest"] <= names["reached"] <= 1.05 * names["lowest"]


def test_fit_is_wrong_by_45_on_new_patients(run_with_seed, seed):
    names = run_with_seed("01", seed)
    _, absolute = names["errors"](names["by_fit"], names["x_test"], names["y_test"])
    assert absolute == pytest.approx(45, abs=2)


def test_exact_steps_do_not_depend_on_the_seed(run_with_seed, seed):
    names = run_with_seed("01", seed)
    np.testing.assert_allclose(names["in_keras"], names["best"], atol=0.05)
    np.testing.assert_allclose(names["by_hand"], names["best"], rtol=1e-8)
