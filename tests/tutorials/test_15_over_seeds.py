"""What lesson 15 says of its training holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import pytest

pytestmark = pytest.mark.slow


def test_the_bits_per_character_differ_by_a_tenth_at_most(run_with_seed, seed):
    assert abs(run_with_seed("15", seed)["ours"] - 2.25) <= 0.1


def test_the_model_beats_the_trigram_by_a_quarter_of_a_bit(run_with_seed, seed):
    names = run_with_seed("15", seed)
    assert names["ours"] < names["baselines"]["trigram"] - 0.25
