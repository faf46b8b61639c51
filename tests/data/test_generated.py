"""Points from a seed: the right curves and corners, the right noise."""

import numpy as np
import pytest
from sklearn.datasets import make_moons

from fmkeras.data import load_moons, load_xor

LOADERS = {"load_moons": load_moons, "load_xor": load_xor}


@pytest.fixture(params=LOADERS)
def name(request):
    return request.param


def together(parts):
    (x_train, y_train), (x_test, y_test) = parts
    return np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])


@pytest.mark.parametrize("num_samples", [40, 41])
def test_moons_without_noise_are_those_of_scikit_learn(num_samples):
    x, y = together(load_moons(num_samples=num_samples, noise=0.0))
    their_x, their_y = make_moons(num_samples, shuffle=False)
    ours = np.column_stack([x, y])
    theirs = np.column_stack([their_x.astype("float32"), their_y])
    np.testing.assert_allclose(
        ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)], atol=1e-6
    )


def test_xor_without_noise_lies_on_four_corners_equally_often():
    x, y = together(load_xor(num_samples=44, noise=0.0))
    corners, counts = np.unique(np.column_stack([x, y]), axis=0, return_counts=True)
    assert corners.tolist() == [[-1, -1, 0], [-1, 1, 1], [1, -1, 1], [1, 1, 0]]
    assert counts.tolist() == [11, 11, 11, 11]


def test_the_noise_has_the_deviation_asked_for():
    x, _ = together(load_xor(num_samples=10_000, noise=0.1))
    assert (x - np.sign(x)).std() == pytest.approx(0.1, rel=0.03)


def test_the_seed_decides_the_points(name):
    (first, _), _ = LOADERS[name](seed=1)
    (again, _), _ = LOADERS[name](seed=1)
    (other, _), _ = LOADERS[name](seed=2)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).min() > 0


def test_a_fifth_is_for_testing_and_both_parts_are_balanced(name):
    (x_train, y_train), (x_test, y_test) = LOADERS[name](num_samples=60)
    assert (x_train.shape, x_test.shape) == ((48, 2), (12, 2))
    assert (x_train.dtype, y_train.dtype) == ("float32", "int32")
    assert (x_test.dtype, y_test.dtype) == ("float32", "int32")
    assert (y_train.sum(), y_test.sum()) == (24, 6)


def test_the_fewest_points_still_show_both_classes(name):
    for num_samples in (10, 11, 13):
        for _, y in LOADERS[name](num_samples=num_samples):
            assert set(y) == {0, 1}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_samples": 0}, "`num_samples` must be an integer ≥ 10. "),
        ({"num_samples": 40.0}, "`num_samples` must be an integer ≥ 10. "),
        ({"noise": -1}, "`noise` must be a number ≥ 0. "),
        ({"noise": float("nan")}, "`noise` must be a number ≥ 0. "),
        ({"seed": -1}, "`seed` must be an integer ≥ 0. "),
    ],
)
def test_says_which_argument_is_out_of_range(name, arguments, message):
    with pytest.raises(ValueError) as error:
        LOADERS[name](**arguments)
    ((argument, value),) = arguments.items()
    assert str(error.value) == f"{name}: {message}Received: {argument}={value!r}."
