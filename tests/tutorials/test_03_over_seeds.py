"""What lesson 03 says of its training holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import pytest

pytestmark = pytest.mark.slow


def test_the_objective_is_the_lowest_to_a_hundredth(run_with_seed, seed):
    names = run_with_seed("03", seed)
    assert names["theirs"] <= names["ours"] <= 1.01 * names["theirs"]


def test_the_share_of_right_answers_differs_by_two_points_at_most(run_with_seed, seed):
    names = run_with_seed("03", seed)
    assert names["accuracy"] == pytest.approx(0.98, abs=0.02)
    assert names["agree"] > 0.98
