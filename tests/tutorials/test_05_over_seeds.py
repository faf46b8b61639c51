"""What lesson 05 says of its training holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("model", "share"), [("a line", 0.85), ("linear", 0.85), ("relu", 0.96)]
)
def test_the_shares_differ_by_two_points_at_most(run_with_seed, seed, model, share):
    accuracy = run_with_seed("05", seed)["accuracy"]
    assert abs(accuracy[model] - share) <= 0.02


def test_steps_that_are_too_large_kill_a_quarter_or_more(run_with_seed, seed):
    names = run_with_seed("05", seed)
    assert names["died"].mean() >= 0.25
    assert names["accuracy"]["hurt"] < names["accuracy"]["relu"]
