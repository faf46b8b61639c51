"""`keras.ops` is the oracle. Every axis has a size of its own."""

import keras
import numpy as np
import pytest

from fmkeras.scratch.convolution import (
    average_pool2d,
    convolve2d,
    max_pool2d,
    output_size,
)

HEIGHT, WIDTH, IN, OUT = 11, 8, 3, 5
POOLS = {
    "max": (max_pool2d, keras.ops.max_pool),
    "average": (average_pool2d, keras.ops.average_pool),
}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def image(rng):
    # Eighths, because Keras pools NumPy arrays in single precision.
    return rng.integers(-40, 40, size=(HEIGHT, WIDTH, IN)) / 8


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel_size", [(1, 1), (2, 2), (3, 3), (4, 3), (2, 5)])
def test_the_maps_are_those_of_keras(rng, image, kernel_size, stride, padding):
    kernel = rng.normal(size=(*kernel_size, IN, OUT))
    maps = convolve2d(image, kernel, stride, padding)
    expected = keras.ops.conv(image[None], kernel, strides=stride, padding=padding)[0]
    assert maps.shape == (
        output_size(HEIGHT, kernel_size[0], stride, padding),
        output_size(WIDTH, kernel_size[1], stride, padding),
        OUT,
    )
    np.testing.assert_allclose(maps, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("size", range(1, 8))
def test_same_padding_is_that_of_keras_for_every_size(rng, size):
    image = rng.normal(size=(size, 9))
    for kernel_height in range(1, 6):
        kernel = rng.normal(size=(kernel_height, 2))
        for stride in (1, 2, 3, 4):
            expected = keras.ops.conv(
                image[None, :, :, None],
                kernel[:, :, None, None],
                strides=stride,
                padding="same",
            )[0, :, :, 0]
            np.testing.assert_allclose(
                convolve2d(image, kernel, stride, "same"), expected, rtol=1e-10
            )


@pytest.mark.parametrize("zeros", [0, 1, 3])
def test_a_number_pads_that_many_zeros_on_all_four_sides(rng, image, zeros):
    kernel = rng.normal(size=(4, 3, IN, OUT))
    padded = keras.layers.ZeroPadding2D(zeros, dtype="float64")(image[None])
    np.testing.assert_allclose(
        convolve2d(image, kernel, stride=2, padding=zeros),
        keras.ops.conv(padded, kernel, strides=2)[0],
        rtol=1e-10,
        atol=1e-12,
    )


def test_the_layer_of_keras_gives_the_same_map(rng):
    image = rng.integers(0, 9, size=(5, 5))
    layer = keras.layers.Conv2D(1, 3, use_bias=False)
    inputs = image[None, :, :, None].astype("float32")
    expected = layer(inputs)
    kernel = layer.get_weights()[0][:, :, 0, 0]
    np.testing.assert_allclose(
        convolve2d(image, kernel), expected[0, :, :, 0], rtol=1e-5, atol=1e-5
    )


def test_a_three_by_three_filter_worked_by_hand():
    image = [
        [1, 1, 1, 0, 0],
        [0, 1, 1, 1, 0],
        [0, 0, 1, 1, 1],
        [0, 0, 1, 1, 0],
        [0, 1, 1, 0, 0],
    ]
    kernel = [[1, 0, 1], [0, 1, 0], [1, 0, 2]]
    # Top left: 1·1 + 1·1 (first row), 1·1 (second), 0·1 + 1·2 (third) = 5.
    assert convolve2d(image, kernel).tolist() == [[5, 4, 5], [3, 5, 3], [3, 3, 4]]


def test_the_kernel_is_not_flipped():
    assert convolve2d([[0, 0, 1]], [[1, 2]]).tolist() == [[0, 2]]


def test_a_shifted_image_gives_shifted_maps(rng):
    image = np.pad(rng.normal(size=(6, 6)), 4)
    kernel = rng.normal(size=(3, 3))
    maps = convolve2d(image, kernel)
    shifted = convolve2d(np.roll(image, (2, 1), axis=(0, 1)), kernel)
    np.testing.assert_array_equal(shifted, np.roll(maps, (2, 1), axis=(0, 1)))


def test_images_of_small_integers_do_not_overflow():
    image = np.full((3, 3), 200, "uint8")
    assert convolve2d(image, np.full((3, 3), 2, "uint8")).tolist() == [[3600.0]]
    assert average_pool2d(image, 3).tolist() == [[200.0]]


@pytest.mark.parametrize("stride", [None, 1, 2, 3])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("name", POOLS)
def test_pooling_is_that_of_keras(image, name, size, stride):
    ours, theirs = POOLS[name]
    pooled = ours(image, size, stride)
    step = size if stride is None else stride
    assert pooled.shape == (
        output_size(HEIGHT, size, step),
        output_size(WIDTH, size, step),
        IN,
    )
    np.testing.assert_allclose(pooled, theirs(image[None], size, step)[0], rtol=1e-6)


@pytest.mark.parametrize("name", POOLS)
def test_an_image_without_channels_pools_to_one_without(image, name):
    pool, _ = POOLS[name]
    np.testing.assert_array_equal(pool(image[..., 1]), pool(image)[..., 1])


def test_the_sizes_of_lenet_5():
    first = output_size(32, 5)
    pooled = output_size(first, 2, stride=2)
    second = output_size(pooled, 5)
    assert [first, pooled, second, output_size(second, 2, 2)] == [28, 14, 10, 5]


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_sizes_are_those_of_keras(padding):
    for size in range(4, 13):
        for kernel_size in range(1, 5):
            for stride in range(1, 5):
                layer = keras.layers.Conv1D(1, kernel_size, stride, padding)
                expected = layer.compute_output_shape((None, size, 1))[1]
                assert output_size(size, kernel_size, stride, padding) == expected


IMAGE = np.zeros((4, 6))
COLOURS = np.zeros((4, 6, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: convolve2d(IMAGE, np.ones((5, 2))),
            "convolve2d: `kernel.shape[:2]` must be within (4, 6), "
            "the size of the padded image. Received: kernel.shape[:2]=(5, 2).",
        ),
        (
            lambda: convolve2d(COLOURS, np.ones((2, 9, 3, 1)), padding=1),
            "convolve2d: `kernel.shape[:2]` must be within (6, 8), "
            "the size of the padded image. Received: kernel.shape[:2]=(2, 9).",
        ),
        (
            lambda: convolve2d(IMAGE, np.ones((2, 2, 1, 1))),
            "convolve2d: `kernel.shape` must be (kernel_height, kernel_width) "
            "for an image without channels. Received: kernel.shape=(2, 2, 1, 1).",
        ),
        (
            lambda: convolve2d(COLOURS, np.ones((2, 2, 1, 5))),
            "convolve2d: `kernel.shape` must be "
            "(kernel_height, kernel_width, 3, out_channels) "
            "for an image of shape (4, 6, 3). Received: kernel.shape=(2, 2, 1, 5).",
        ),
        (
            lambda: convolve2d(COLOURS, np.ones((2, 2))),
            "convolve2d: `kernel.shape` must be "
            "(kernel_height, kernel_width, 3, out_channels) "
            "for an image of shape (4, 6, 3). Received: kernel.shape=(2, 2).",
        ),
        (
            lambda: convolve2d(COLOURS[None], np.ones((2, 2, 3, 1))),
            "convolve2d: `image.shape` must be (height, width) or "
            "(height, width, channels). Received: image.shape=(1, 4, 6, 3). "
            "What would do: one image of the batch at a time.",
        ),
        (
            lambda: max_pool2d([1.0, 2.0]),
            "max_pool2d: `image.shape` must be (height, width) or "
            "(height, width, channels). Received: image.shape=(2,).",
        ),
        (
            lambda: convolve2d(IMAGE, np.ones((2, 2)), stride=0),
            "convolve2d: `stride` must be a positive integer. Received: stride=0.",
        ),
        (
            lambda: convolve2d(IMAGE, np.ones((2, 2)), padding="full"),
            "convolve2d: `padding` must be 'valid', 'same' or an integer ≥ 0. "
            "Received: padding='full'.",
        ),
        (
            lambda: output_size(5, 3, padding=-1),
            "output_size: `padding` must be 'valid', 'same' or an integer ≥ 0. "
            "Received: padding=-1.",
        ),
        (
            lambda: output_size(5, 8, padding=1),
            "output_size: `kernel_size` must be at most 7, the padded size. "
            "Received: kernel_size=8.",
        ),
        (
            lambda: output_size(0, 1),
            "output_size: `size` must be a positive integer. Received: size=0.",
        ),
        (
            lambda: output_size(5, 2.0),
            "output_size: `kernel_size` must be a positive integer. "
            "Received: kernel_size=2.0.",
        ),
        (
            lambda: output_size(5, 2, stride="1"),
            "output_size: `stride` must be a positive integer. Received: stride='1'.",
        ),
        (
            lambda: max_pool2d(IMAGE, size=5),
            "max_pool2d: `size` must be at most 4, the shorter side of the image. "
            "Received: size=5.",
        ),
        (
            lambda: average_pool2d(IMAGE, size=0),
            "average_pool2d: `size` must be a positive integer. Received: size=0.",
        ),
        (
            lambda: average_pool2d(IMAGE, stride=-2),
            "average_pool2d: `stride` must be a positive integer. Received: stride=-2.",
        ),
    ],
)
def test_a_wrong_argument_gets_a_sentence(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message
