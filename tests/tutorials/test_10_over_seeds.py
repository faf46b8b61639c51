"""What lesson 10 says of drawn words and strings holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import numpy as np
import pytest

pytestmark = pytest.mark.slow


def test_letters_are_counted_as_rightly_within_five_points(run_with_seed, seed):
    shares = run_with_seed("10", seed)["right"]["byte pairs"]
    np.testing.assert_allclose(shares, [0.36, 0.39, 0.43, 0.51, 0.70, 0.82], atol=0.05)


def test_the_tokenizers_do_not_depend_on_the_seed(run_with_seed):
    one, other = run_with_seed("10", 1), run_with_seed("10", 2)
    assert one["merges"] == other["merges"]
    assert one["lengths"] == other["lengths"]
