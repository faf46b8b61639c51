"""What lesson 04 says of its training holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import pytest

pytestmark = pytest.mark.slow


def test_the_objective_is_the_lowest_to_a_hundredth(run_with_seed, seed):
    names = run_with_seed("04", seed)
    assert names["theirs"] <= names["ours"] <= 1.01 * names["theirs"]


def test_the_share_of_right_answers_differs_by_one_point_at_most(run_with_seed, seed):
    names = run_with_seed("04", seed)
    assert names["accuracy"] == pytest.approx(0.957, abs=0.01)
    assert names["differ"] <= 4


def test_the_mean_surprise_differs_by_a_hundredth_of_a_nat(run_with_seed, seed):
    names = run_with_seed("04", seed)
    assert names["surprise"] == pytest.approx(0.235, abs=0.01)
