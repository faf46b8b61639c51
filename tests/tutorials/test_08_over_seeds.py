"""What lesson 08 says of its training holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("model", "centred", "wandering"),
    [
        ("softmax regression", 0.95, 0.41),
        ("MLP", 0.965, 0.73),
        ("LeNet-5", 0.98, 0.86),
    ],
)
def test_the_shares_of_right_answers(run_with_seed, seed, model, centred, wandering):
    names = run_with_seed("08", seed)
    assert names["scores"][model] == pytest.approx(centred, abs=0.02)
    assert names["wandering_scores"][model] == pytest.approx(wandering, abs=0.08)


def test_the_order_stays(run_with_seed, seed):
    scores = run_with_seed("08", seed)["wandering_scores"]
    assert sorted(scores, key=scores.get) == ["softmax regression", "MLP", "LeNet-5"]


def test_the_shuffle_costs_lenet_alone_more_than_ten_points(run_with_seed, seed):
    cost = dict(run_with_seed("08", seed)["cost"])
    assert cost.pop("LeNet-5") > 0.1
    assert max(cost.values()) < 0.08
