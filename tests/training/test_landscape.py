import numpy as np
import pytest

from fmkeras.training import filter_normalized_direction


@pytest.fixture
def weights():
    rng = np.random.default_rng(5)
    shapes = (3, 2, 4, 5), (5,), (7, 6), (), (2, 3)
    arrays = [np.asarray(rng.normal(size=shape), dtype="float32") for shape in shapes]
    return [*arrays[:-1], arrays[-1].astype("float64")]


def test_every_filter_is_as_long_as_the_models(weights):
    direction = filter_normalized_direction(weights, seed=2)
    for axes, index in (((0, 1, 2), 0), ((0,), 2), ((0,), 4)):
        np.testing.assert_allclose(
            np.sqrt(np.sum(direction[index] ** 2, axes)),
            np.sqrt(np.sum(weights[index] ** 2, axes)),
            rtol=1e-5,
        )


def test_biases_and_single_numbers_stay(weights):
    direction = filter_normalized_direction(weights, seed=2)
    assert not direction[1].any()
    assert not direction[3].any()


def test_shapes_and_types_are_those_of_the_weights(weights):
    direction = filter_normalized_direction(weights)
    assert [d.shape for d in direction] == [w.shape for w in weights]
    assert [d.dtype for d in direction] == [w.dtype for w in weights]


def test_a_filter_of_zeros_stays():
    direction = filter_normalized_direction([np.zeros((3, 2))])
    np.testing.assert_array_equal(direction[0], np.zeros((3, 2)))


def test_the_way_points_anywhere():
    """Over many draws a filter's direction has mean 0 and no favourite axis."""
    kernel = np.full((3, 1), 2.0)
    draws = np.stack([filter_normalized_direction([kernel], s)[0] for s in range(2000)])
    np.testing.assert_allclose(draws.mean(axis=0), 0, atol=0.2)
    np.testing.assert_allclose((draws**2).mean(axis=0), 4, atol=0.4)  # ‖w‖² = 12


def test_a_seed_gives_its_direction_again(weights):
    first, again, other = (filter_normalized_direction(weights, s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first[2], again[2])
    assert not np.allclose(first[2], other[2])


@pytest.mark.parametrize(
    ("weights", "seed", "message"),
    [
        (
            [],
            0,
            "`weights` must be at least one array. Received: weights=[]. What would "
            "do: model.get_weights() of a model that is built.",
        ),
        (
            [np.ones((2, 2)), np.ones((2, 2), dtype="int64")],
            0,
            "`weights[1].dtype` must be a float type. "
            "Received: weights[1].dtype='int64'.",
        ),
        (
            [np.ones((2, 2))],
            -1,
            "`seed` must be an integer ≥ 0. Received: seed=-1. What would do: 0.",
        ),
    ],
)
def test_says_what_is_wrong(weights, seed, message):
    with pytest.raises(ValueError) as error:
        filter_normalized_direction(weights, seed)
    assert str(error.value) == f"filter_normalized_direction: {message}"
