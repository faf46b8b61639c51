"""What lesson 13 says of its training holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import pytest

pytestmark = pytest.mark.slow


def test_looking_back_is_worth_something(run_with_seed, seed):
    assert run_with_seed("13", seed)["gain"] > 0.05


def test_the_opposite_mask_looks_wonderful(run_with_seed, seed):
    loss = run_with_seed("13", seed)["test_loss"]
    assert loss["opposite"] < 0.5 * loss["causal"]


def test_every_word_looks_at_itself_on_the_first_rung(run_with_seed, seed):
    assert run_with_seed("13", seed)["on_itself"] > 0.7
