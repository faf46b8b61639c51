"""What lesson 16 says of its training holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import pytest

pytestmark = pytest.mark.slow


def test_the_likeliest_texts_are_not_like_those_of_people(run_with_seed, seed):
    names = run_with_seed("16", seed)
    assert names["loss"]["beam, 4"] < 0.6 * names["loss"]["people"]
    assert names["repetition"]["beam, 4"] > 2 * names["repetition"]["people"]


def test_a_loss_moves_by_four_tenths_of_a_nat_at_most(run_with_seed):
    losses = [run_with_seed("16", seed)["loss"] for seed in (1, 2)]
    for name in losses[0]:
        assert max(x[name] for x in losses) - min(x[name] for x in losses) <= 0.4
