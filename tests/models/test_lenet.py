"""LeNet-5, layer by layer."""

import keras
import numpy as np
import pytest

from fmkeras import models

COUNTS = {"C1": 156, "C3": 2416, "C5": 48120, "F6": 10164, "output": 850}


@pytest.mark.parametrize(
    ("shape", "variant"),
    [((28, 28, 1), "modern"), ((28, 28, 1), "1998"), ((32, 32, 1), "1998")],
)
def test_61706_parameters(shape, variant):
    model = models.lenet5(shape, variant=variant)
    assert {name: model.get_layer(name).count_params() for name in COUNTS} == COUNTS
    assert model.count_params() == sum(COUNTS.values()) == 61706


def test_the_maps_have_the_sizes_of_the_paper():
    model = models.lenet5((32, 32, 1), variant="1998")
    sizes = [
        model.get_layer(name).output.shape[1:] for name in ("C1", "S2", "C3", "S4")
    ]
    assert sizes == [(28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16)]


def test_1998_pads_a_small_digit_as_the_paper_centres_it():
    """28 × 28 given to the model equals the same digit centred in 32 × 32."""
    small = models.lenet5((28, 28, 1), variant="1998")
    large = models.lenet5((32, 32, 1), variant="1998")
    large.set_weights(small.get_weights())
    digit = np.random.default_rng(0).random((3, 28, 28, 1), dtype="float32")
    centred = np.pad(digit, ((0, 0), (2, 2), (2, 2), (0, 0)))
    np.testing.assert_allclose(
        small.predict(digit, verbose=0), large.predict(centred, verbose=0), atol=1e-6
    )


def test_1998_squashes_with_the_scaled_tangent():
    model = models.lenet5((32, 32, 1), variant="1998")
    x = np.random.default_rng(0).normal(size=(2, 32, 32, 1)).astype("float32")
    before, after = keras.Model(
        model.inputs,
        [model.get_layer("C1").output, model.get_layer("S2").input],
    ).predict(x, verbose=0)
    np.testing.assert_allclose(after, 1.7159 * np.tanh(before * 2 / 3), atol=1e-6)


def test_modern_drops_only_in_training():
    model = models.lenet5((13, 12, 1))
    x = np.random.default_rng(0).random((4, 13, 12, 1), dtype="float32")
    np.testing.assert_array_equal(model(x), model(x))
    assert np.any(np.asarray(model(x, training=True) != model(x, training=True)))


def test_the_smallest_image_leaves_one_pixel():
    assert models.lenet5((12, 12, 1)).get_layer("S4").output.shape[1:3] == (1, 1)
