"""What lesson 17 says of its small model holds for three seeds.

The lesson asserts its facts itself, the same tokens with a cache and without above all,
so that each run here checks them all again; what follows are numbers that its prose
speaks of.
"""

import pytest

pytestmark = pytest.mark.slow


def test_the_cache_writes_what_the_full_pass_writes(run_with_seed, seed):
    lesson = run_with_seed("17", seed)
    assert lesson["fast"] == lesson["slow"] == lesson["compiled"].tolist()
    assert len(set(lesson["fast"][lesson["GIVEN"] :])) > 4


def test_a_nearly_right_cache_hardly_shows_in_the_loss(run_with_seed, seed):
    lesson = run_with_seed("17", seed)
    right, late, _, same_slot = lesson["losses"].values()
    assert abs(late - right) < 0.2
    assert same_slot > right + 0.2
    assert lesson["errors"]["one slot too late"] > 0.05
