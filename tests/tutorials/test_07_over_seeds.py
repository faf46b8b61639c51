"""What lesson 07 says of its training holds for three seeds.

The lesson asserts its facts itself, so that each run here checks them all again; what
follows are the tolerances that its prose states.
"""

import pytest

pytestmark = pytest.mark.slow


def test_more_neurons_err_less_than_a_fifth_as_much(run_with_seed, seed):
    learnt = run_with_seed("07", seed)["learnt"]
    assert learnt[64] < learnt[2] / 5


def test_every_cure_beats_the_plain_network(run_with_seed, seed):
    results = dict(run_with_seed("07", seed)["results"])
    _, plain_by_heart, plain_loss, plain_right = results.pop("plain")
    for _, by_heart, loss, right in results.values():
        assert by_heart < plain_by_heart
        assert loss < plain_loss
        assert right > plain_right


def test_the_shares_of_new_digits_differ_by_ten_points_at_most(run_with_seed, seed):
    results = run_with_seed("07", seed)["results"]
    for name, (_, _, _, right) in results.items():
        assert right == pytest.approx(0.77 if name == "plain" else 0.87, abs=0.1)


def test_the_hidden_layers_read_digits_better(run_with_seed, seed):
    accuracy = run_with_seed("07", seed)["accuracy"]
    assert accuracy["MLP with dropout"] == pytest.approx(0.975, abs=0.015)
    assert accuracy["MLP with dropout"] > accuracy["softmax regression"]
