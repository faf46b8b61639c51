"""What lesson 02 says of its random numbers holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import numpy as np
import pytest

pytestmark = pytest.mark.slow


def test_the_measured_noise_is_the_formula_to_a_tenth(run_with_seed, seed):
    names = run_with_seed("02", seed)
    np.testing.assert_allclose(names["measured"], names["predicted"], rtol=0.1)


def test_the_floors_are_predicted_to_a_twentieth(run_with_seed, seed):
    runs = run_with_seed("02", seed)["runs"]
    floors = [run[-1] for run in runs.values()]
    expected = [0.5 / 1.5, 0.1 / 1.9, 0.02 / 1.98, 1 / 500]
    np.testing.assert_allclose(floors, expected, rtol=0.05)


def test_rough_steps_lead_at_first_and_tremble_in_the_end(run_with_seed, seed):
    by_size = run_with_seed("02", seed)["by_size"]
    assert by_size[1][1] < by_size[32][1] < by_size[354][1]
    assert np.max(by_size[1][-10:]) > 2 * np.min(by_size[1][-10:])
    assert np.all(np.diff(by_size[354]) < 0)


def test_every_optimiser_has_its_own_best_rate(run_with_seed, seed):
    best = run_with_seed("02", seed)["best_of"]
    assert best["momentum"] < 0.3 * best["SGD"]
    assert best["RMSprop"] > 30 * best["SGD"]
    assert best["Adam"] > 30 * best["SGD"]
    assert max(a.min() for a in run_with_seed("02", seed)["ended"].values()) < 0.05
