"""What lesson 18 says of its training holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import math

import pytest

pytestmark = pytest.mark.slow


def test_perplexity_and_bits_depend_little_on_the_seed(run_with_seed, seed):
    one, other = run_with_seed("18", 0), run_with_seed("18", seed)
    ratio = math.exp(other["losses"].mean() - one["losses"].mean())
    assert ratio == pytest.approx(1.0, abs=0.1)
    assert other["loaded"] == pytest.approx(one["loaded"], rel=0.03)


def test_counting_has_no_seed(run_with_seed, seed):
    assert run_with_seed("18", 0)["by_size"] == run_with_seed("18", seed)["by_size"]
