"""Images arrive as they are, on one scale, in their order."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from fmkeras.plots import feature_maps, image_grid
from fmkeras.plots.palette import DIVERGING

IMAGES = np.random.default_rng(0).uniform(size=(5, 4, 3))


def pictures(figure):
    return [axes for axes in figure.axes if axes.images]


def arrays(figure):
    return [np.asarray(axes.images[0].get_array()) for axes in pictures(figure)]


@pytest.mark.parametrize("images", [IMAGES, IMAGES[..., None], list(IMAGES)])
def test_images_are_drawn_in_their_order(images):
    figure = image_grid(images, titles=range(5))
    np.testing.assert_array_equal(arrays(figure), IMAGES)
    assert [axes.get_title() for axes in figure.axes] == list("01234")


def test_all_images_share_one_scale():
    figure = image_grid(IMAGES * [[[1.0]], [[2.0]], [[3.0]], [[4.0]], [[9.0]]])
    limits = {axes.images[0].get_clim() for axes in pictures(figure)}
    assert limits == {(min(map(np.min, arrays(figure))), IMAGES[4].max() * 9)}
    assert pictures(figure)[0].images[0].get_cmap().name == "gray"


def test_pixels_are_square_and_have_no_ticks():
    for axes in pictures(image_grid(IMAGES)):
        assert axes.get_aspect() == 1
        assert len(axes.get_xticks()) == len(axes.get_yticks()) == 0


@pytest.mark.parametrize(("low", "high"), [(-3.0, 1.0), (-1.0, 2.0), (0.0, 4.0)])
def test_weights_have_zero_in_the_middle_of_the_scale(low, high):
    weights = np.linspace(low, high, 18).reshape(2, 3, 3)
    figure = image_grid(weights, diverging=True)
    limit = max(-low, high)
    for axes in pictures(figure):
        assert axes.images[0].get_clim() == (-limit, limit)
        assert axes.images[0].get_cmap() is DIVERGING
    scale = figure.axes[-1]
    assert scale.get_ylim() == (-limit, limit)
    assert len(figure.axes) == 3


def test_weights_that_are_all_zero_are_all_in_the_middle():
    (axes, _) = image_grid(np.zeros((1, 2, 2)), diverging=True).axes
    assert axes.images[0].get_clim() == (-1, 1)


@pytest.mark.parametrize("shape", [(3, 4, 5, 3), (2, 32, 32, 3)])
def test_colours_stay_as_they_are(shape):
    colours = np.random.default_rng(0).uniform(size=shape)
    np.testing.assert_array_equal(arrays(image_grid(colours)), colours)


def test_colours_in_integers_go_to_255():
    colours = np.array([[[[0, 51, 255]]]], "uint8")
    np.testing.assert_allclose(arrays(image_grid(colours)), [[[[0, 0.2, 1]]]])


def test_images_of_different_sizes_have_pixels_of_one_size():
    figure = image_grid([np.eye(5), np.eye(3), np.ones((2, 4))])
    figure.canvas.draw()
    sides = set()
    for axes, image in zip(pictures(figure), arrays(figure), strict=True):
        corners = axes.transData.transform(
            [[-0.5, -0.5], np.subtract(image.T.shape, 0.5)]
        )
        width, height = np.abs(corners[1] - corners[0]) / image.T.shape
        sides |= {round(width, 3), round(height, 3)}
    assert max(sides) - min(sides) < 0.01


def test_values_are_written_into_their_pixels():
    image = np.array([[0.0, 1.0, -0.25], [2.0, 1500.0, 1 / 3]])
    (axes,) = image_grid([image], annotate=True).axes
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written == {
        (0, 0): "0",
        (1, 0): "1",
        (2, 0): "−0.25",
        (0, 1): "2",
        (1, 1): "1,500",
        (2, 1): "0.333",
    }


def test_values_are_light_on_dark_and_dark_on_light():
    (axes,) = image_grid([np.array([[0.0, 1.0]])], annotate=True).axes
    assert [text.get_color() for text in axes.texts] == ["white", "black"]


@pytest.mark.parametrize(
    ("count", "columns", "shape"),
    [
        (3, None, [3]),
        (10, None, [5, 5]),
        (20, None, [7, 7, 6]),
        (7, 3, [3, 3, 1]),
        (2, 9, [2]),
        (100, None, [10] * 10),
    ],
)
def test_rows_are_about_equal_or_as_long_as_asked_for(count, columns, shape):
    figure = image_grid(np.zeros((count, 2, 2)), columns=columns)
    rows = [axes.get_subplotspec().rowspan.start for axes in figure.axes]
    assert np.bincount(rows).tolist() == shape


def test_another_colour_map_and_size_may_be_chosen():
    figure = image_grid(IMAGES, cmap="cividis", title="Five", figsize=(4, 3))
    assert pictures(figure)[0].images[0].get_cmap().name == "cividis"
    assert figure.get_suptitle() == "Five"
    assert tuple(figure.get_size_inches()) == (4, 3)
    own = matplotlib.colormaps["magma"]
    assert image_grid(IMAGES, cmap=own).axes[0].images[0].get_cmap() == own


SHAPES = "(N, height, width) or (N, height, width, 1) or (N, height, width, 3)"


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (
            IMAGES[0],
            {},
            f"image_grid: `images.shape` must be {SHAPES}. "
            "Received: images.shape=(4, 3).",
        ),
        (
            np.ones((2, 4, 4, 2)),
            {},
            f"image_grid: `images.shape` must be {SHAPES}. "
            "Received: images.shape=(2, 4, 4, 2).",
        ),
        (
            np.ones((0, 4, 4)),
            {},
            f"image_grid: `images.shape` must be {SHAPES}, every size ≥ 1. "
            "Received: images.shape=(0, 4, 4).",
        ),
        (
            [],
            {},
            "image_grid: `images` must be at least one image. Received: images=[].",
        ),
        (
            [np.eye(3), np.ones(3)],
            {},
            "image_grid: `images[1].shape` must be (height, width) or "
            "(height, width, 1) or (height, width, 3). "
            "Received: images[1].shape=(3,).",
        ),
        (
            np.full((1, 2, 2), np.nan),
            {},
            "image_grid: `images[0, 0, 0]` must be a finite number. "
            "Received: images[0, 0, 0]=nan.",
        ),
        (
            np.full((1, 2, 2, 3), 128.0),
            {},
            "image_grid: `images` must be colours from 0.0 to 1.0, or integers from 0 "
            "to 255. Received: images=128.0.",
        ),
        (
            np.full((1, 2, 2, 3), -7),
            {},
            "image_grid: `images` must be colours from 0.0 to 1.0, or integers from 0 "
            "to 255. Received: images=-7.",
        ),
        (
            np.ones((1, 2, 2, 3)),
            {"diverging": True},
            "image_grid: `diverging` must be `False` for images in colour. "
            "Received: diverging=True.",
        ),
        (
            np.ones((1, 2, 2, 3)),
            {"annotate": True},
            "image_grid: `annotate` must be `False` for images in colour. "
            "Received: annotate=True.",
        ),
        (
            IMAGES,
            {"titles": ["one"]},
            "image_grid: `titles` must be a sequence of 5 names. "
            "Received: titles=['one'].",
        ),
        (
            IMAGES,
            {"columns": 0},
            "image_grid: `columns` must be a positive integer. Received: columns=0.",
        ),
        (
            IMAGES,
            {"cmap": "grey-ish"},
            "image_grid: `cmap` must be a colour map or its name. Received: "
            "cmap='grey-ish'. What would do: 'gray', 'viridis' or 'cividis'.",
        ),
    ],
)
def test_says_what_is_wrong_with_images(images, options, message):
    with pytest.raises(ValueError) as error:
        image_grid(images, **options)
    assert str(error.value) == message
    assert plt.get_fignums() == []


MAPS = np.random.default_rng(1).uniform(size=(6, 5, 3))


def test_each_channel_is_a_map():
    figure = feature_maps(MAPS, titles=["a", "b", "c"])
    np.testing.assert_array_equal(arrays(figure), np.moveaxis(MAPS, -1, 0))
    assert [axes.get_title() for axes in pictures(figure)] == ["a", "b", "c"]
    assert pictures(figure)[0].images[0].get_cmap().name == "viridis"


def test_before_and_after_are_rows_with_a_scale_each():
    figure = feature_maps({"before": MAPS, "after": 10 * MAPS}, title="Training")
    assert len(pictures(figure)) == 6
    assert len(figure.axes) == 8
    rows = [axes.get_subplotspec().rowspan.start for axes in pictures(figure)]
    assert rows == [0, 0, 0, 1, 1, 1]
    names = [axes.get_ylabel() for axes in pictures(figure)]
    assert names == ["before", "", "", "after", "", ""]
    limits = [axes.images[0].get_clim() for axes in pictures(figure)]
    assert (
        limits
        == [(MAPS.min(), MAPS.max())] * 3 + [(10 * MAPS.min(), 10 * MAPS.max())] * 3
    )
    assert figure.axes[-1].get_ylim() == limits[-1]


def test_a_channel_that_died_stays_dark():
    maps = MAPS.copy()
    maps[..., 1] = 0.0
    image = pictures(feature_maps(maps))[1].images[0]
    rgba = image.get_cmap()(image.norm(0.0))
    assert np.dot(rgba[:3], (0.2126, 0.7152, 0.0722)) < 0.1


@pytest.mark.parametrize(
    ("maps", "options", "message"),
    [
        (
            MAPS[None],
            {},
            "feature_maps: `maps.shape` must be (height, width, channels). "
            "Received: maps.shape=(1, 6, 5, 3).",
        ),
        (
            {"before": MAPS[..., 0]},
            {},
            "feature_maps: `maps['before'].shape` must be (height, width, channels). "
            "Received: maps['before'].shape=(6, 5).",
        ),
        (
            {},
            {},
            "feature_maps: `maps` must be a dict that gives at least one name its "
            "feature maps. Received: maps={}.",
        ),
        (
            MAPS[..., :0],
            {},
            "feature_maps: `maps.shape` must be (height, width, channels), every "
            "size ≥ 1. Received: maps.shape=(6, 5, 0).",
        ),
        (
            MAPS * np.inf,
            {},
            "feature_maps: `maps[0, 0, 0]` must be a finite number. "
            "Received: maps[0, 0, 0]=inf.",
        ),
        (
            {"three": MAPS, "two": MAPS[..., :2]},
            {"titles": ["a", "b", "c"]},
            "feature_maps: `titles` must be a sequence of 2 names. "
            "Received: titles=['a', 'b', 'c'].",
        ),
        (
            MAPS,
            {"columns": 1.5},
            "feature_maps: `columns` must be a positive integer. "
            "Received: columns=1.5.",
        ),
    ],
)
def test_says_what_is_wrong_with_maps(maps, options, message):
    with pytest.raises(ValueError) as error:
        feature_maps(maps, **options)
    assert str(error.value) == message
    assert plt.get_fignums() == []
