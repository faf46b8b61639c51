"""What lesson 12 says of its training holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import numpy as np
import pytest

pytestmark = pytest.mark.slow


def test_attention_reverses_and_is_ten_points_ahead(run_with_seed, seed):
    names = run_with_seed("12", seed)
    score = {
        name: np.array(values)[names["seen"]] for name, values in names["score"].items()
    }
    assert score["attention"].mean() >= 0.9
    assert score["attention"].mean() >= score["one state"].mean() + 0.1


def test_the_state_knows_more_than_the_letter_before(run_with_seed, seed):
    bits = run_with_seed("12", seed)["bits"]
    assert bits["GRU"] < bits["letter before"]


def test_the_bits_of_two_seeds_differ_by_a_tenth_at_most(run_with_seed):
    one, other = (run_with_seed("12", seed)["bits"]["GRU"] for seed in (1, 2))
    assert one == pytest.approx(other, rel=0.1)
