"""What lesson 14 says of its training holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import pytest

pytestmark = pytest.mark.slow


def test_a_bag_stops_at_the_entropy_and_places_do_not(run_with_seed, seed):
    names = run_with_seed("14", seed)
    found = names["found"]
    assert abs(found[None][0] - names["floor"]) < 0.02
    assert min(found[scheme][1] for scheme in names["SCHEMES"][1:]) > 0.95


def test_behind_the_trained_length_the_schemes_part(run_with_seed, seed):
    change = run_with_seed("14", seed)["change"]
    assert abs(change["alibi"]) < 0.2
    assert min(change[s] for s in ("learned", "sinusoidal", "rotary")) > 0.25
