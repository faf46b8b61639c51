"""What lesson 09 says of its networks holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import pytest

pytestmark = pytest.mark.slow


def test_gradients_vanish_behind_sigmoids_alone(run_with_seed, seed):
    factors = run_with_seed("09", seed)["factors"]
    assert 0.2 < factors["sigmoid"] < 0.25
    assert 0.8 < factors["tanh"] < 1.2
    assert 0.8 < factors["relu"] < 1.2


def test_skip_connections_help(run_with_seed, seed):
    names = run_with_seed("09", seed)
    assert names["gain"] > 1.3
    assert names["bent_down"]["plain"] > names["bent_down"]["with skips"] + 0.1
