"""Pictures side by side: examples, learned weights, feature maps."""

from collections.abc import Mapping

import numpy as np

from fmkeras.errors import argument_error
from fmkeras.plots.canvas import finish, wrap
from fmkeras.plots.checks import as_named, as_names, as_numbers
from fmkeras.plots.palette import DIVERGING
from fmkeras.plots.tiles import (
    add_scale,
    as_colormap,
    draw_tiles,
    in_rows,
    open_tiles,
    shared_norm,
    write_titles,
    write_values,
)

SHAPES = (("height", "width"), ("height", "width", 1), ("height", "width", 3))


def image_grid(
    images,
    titles=None,
    columns=None,
    diverging=False,
    annotate=False,
    cmap=None,
    title=None,
    figsize=None,
):
    """Lay images out in a grid, all on one scale.

    Args:
        images: Array `(N, height, width)`, `(N, height, width, 1)`, or
            `(N, height, width, 3)` for red, green and blue, from 0 to 1 or in integers
            from 0 to 255; or a list of N such images of different sizes.
        titles: Sequence of N strings or numbers to write above the images, or `None`.
        columns: Integer. Images in a row, or `None` for as many as look good.
        diverging: Boolean. For weights: blue below zero, orange above, and a scale
            beside the grid that is symmetric around zero.
        annotate: Boolean. Whether to write its value into each pixel.
        cmap: Colour map or its name, or `None`: grey, or the diverging one.
        title: String, or `None`.
        figsize: Pair of floats in inches, or `None` for at most the width of a page.

    Returns:
        A `matplotlib.figure.Figure` with one axes for each image and, with
        `diverging`, another for the scale.

    Raises:
        ValueError: If there is no image, an image has another rank or holds NaN, a
            colour is out of range, or there are more or fewer titles than images.

    Example:

    >>> import numpy as np
    >>> figure = image_grid(np.eye(6).reshape(3, 4, 3), titles=["a", "b", "c"])
    >>> [axes.get_title() for axes in figure.axes]
    ['a', 'b', 'c']
    """
    owner = "image_grid"
    images = _as_images(owner, images)
    if titles is not None:
        titles = as_names(owner, "titles", titles, len(images))
    in_colour = any(image.ndim == 3 for image in images)
    for argument, value in (("diverging", diverging), ("annotate", annotate)):
        if value and in_colour:
            raise argument_error(owner, argument, "`False` for images in colour", value)
    rows = in_rows(owner, images, columns)
    norm = shared_norm(images, diverging)
    usual = DIVERGING if diverging else "gray"
    cmap = as_colormap(owner, usual if cmap is None else cmap)

    largest = 2.2 if annotate else 1.5
    figure, tiles, width = open_tiles(owner, rows, figsize, title, largest, diverging)
    draw_tiles(tiles, rows, norm, cmap)
    if titles is not None:
        write_titles(tiles, titles, width)
    if annotate:
        write_values(tiles, rows, norm, cmap, width)
    if diverging:
        add_scale(figure, tiles, norm, cmap)
    return finish(figure)


def feature_maps(
    maps, titles=None, columns=None, cmap="viridis", title=None, figsize=None
):
    """Show what each channel of a convolution answers to one image.

    Bright is strong. All channels of one set of maps share a scale, so that a channel
    that died stays dark; two sets, such as before and after training, have a scale
    each.

    Args:
        maps: Float array `(height, width, channels)`, or a dict that gives each of
            several such arrays its name.
        titles: Sequence of strings or numbers to write above the channels, or `None`.
        columns: Integer. Maps in a row, or `None` for as many as look good.
        cmap: Colour map or its name.
        title: String, or `None`.
        figsize: Pair of floats in inches, or `None` for the width of a page.

    Returns:
        A `matplotlib.figure.Figure` with one axes for each channel, set by set, and
        then one for the scale of each set.

    Raises:
        ValueError: If a set of maps is not `(height, width, channels)`, is empty or
            holds NaN, or if there are more or fewer titles than channels.

    Example:

    >>> import numpy as np
    >>> maps = np.zeros((8, 8, 6))
    >>> figure = feature_maps({"before": maps, "after": maps})
    >>> [figure.axes[i].get_ylabel() for i in (0, 6)]
    ['before', 'after']
    """
    owner = "feature_maps"
    sets = {
        name: in_rows(owner, channels, columns)
        for name, channels in _as_sets(owner, maps).items()
    }
    if titles is not None:
        for rows in sets.values():
            titles = as_names(owner, "titles", titles, sum(map(len, rows)))

    cmap = as_colormap(owner, cmap)
    all_rows = [row for rows in sets.values() for row in rows]
    figure, tiles, width = open_tiles(owner, all_rows, figsize, title, 1.5, bar=True)
    for name, rows in sets.items():
        height = width * rows[0][0].shape[0] / rows[0][0].shape[1]
        ours, tiles = tiles[: len(rows)], tiles[len(rows) :]
        norm = shared_norm([channel for row in rows for channel in row])
        draw_tiles(ours, rows, norm, cmap)
        ours[0][0].set_ylabel(wrap(name, height))
        if titles is not None:
            write_titles(ours, titles, width)
        add_scale(figure, ours, norm, cmap)
    return finish(figure)


def _as_images(owner, images):
    if isinstance(images, list | tuple):
        if not images:
            raise argument_error(owner, "images", "at least one image", images)
        arrays = [
            as_numbers(owner, f"images[{i}]", image, *SHAPES)
            for i, image in enumerate(images)
        ]
        integer = [np.asarray(image).dtype.kind in "iu" for image in images]
    else:
        shapes = [("N", *shape) for shape in SHAPES]
        arrays = list(as_numbers(owner, "images", images, *shapes))
        integer = [np.asarray(images).dtype.kind in "iu"] * len(arrays)
    return [_as_image(owner, *image) for image in zip(arrays, integer, strict=True)]


def _as_image(owner, image, integer):
    if image.ndim == 2 or image.shape[-1] == 1:
        return image.reshape(image.shape[:2])
    image = image / 255 if integer else image
    wrong = image[(image < 0.0) | (image > 1.0)]
    if len(wrong):
        must_be = "colours from 0.0 to 1.0, or integers from 0 to 255"
        received = int(wrong[0] * 255) if integer else float(wrong[0])
        raise argument_error(owner, "images", must_be, received)
    return image


def _as_sets(owner, maps):
    """Return a dict: name -> list of maps, one a channel."""
    shape = ("height", "width", "channels")
    if not isinstance(maps, Mapping):
        named = {"": as_numbers(owner, "maps", maps, shape)}
    else:
        named = {
            name: as_numbers(owner, f"maps[{name!r}]", array, shape)
            for name, array in as_named(owner, "maps", maps, "feature maps").items()
        }
    return {name: list(np.moveaxis(array, -1, 0)) for name, array in named.items()}
