"""Images as tiles: how many in a row, how large, and what is written on them."""

import matplotlib
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.patches import Rectangle

from fmkeras.errors import argument_error, check_integer
from fmkeras.plots.canvas import (
    WIDTH,
    figure_size,
    format_number,
    ink,
    new_figure,
    wrap,
)

BAR = 0.7  # inches that a scale takes beside the images
GAP = 0.3  # inches that a row needs for its titles


def as_colormap(owner, cmap):
    """Look a colour map up by its name.

    Args:
        owner: String. The function the reader called, for the error.
        cmap: `matplotlib.colors.Colormap`, or the name of one.

    Returns:
        A `matplotlib.colors.Colormap`.

    Raises:
        ValueError: If there is no such colour map.

    Example:

    >>> as_colormap("image_grid", "cividis").name
    'cividis'
    """
    if isinstance(cmap, Colormap):
        return cmap
    if isinstance(cmap, str) and cmap in matplotlib.colormaps:
        return matplotlib.colormaps[cmap]
    would_do = "'gray', 'viridis' or 'cividis'"
    raise argument_error(owner, "cmap", "a colour map or its name", cmap, would_do)


def in_rows(owner, images, columns):
    """Break a list of images into rows.

    Args:
        owner: String. The function the reader called, for the error.
        images: List of images.
        columns: Integer, or `None` for rows that are not too long and about equal.

    Returns:
        List of lists of images.

    Raises:
        ValueError: If `columns` is no positive integer.

    Example:

    >>> [len(row) for row in in_rows("image_grid", ["image"] * 20, None)]
    [7, 7, 6]
    """
    count = len(images)
    if columns is None:
        longest = 6 if count <= 12 else 8 if count <= 40 else 10
        number_of_rows = -(-count // longest)
        columns = -(-count // number_of_rows)
    columns = check_integer(owner, "columns", columns)
    return [images[i : i + columns] for i in range(0, count, columns)]


def open_tiles(owner, rows, figsize, title, largest, bar):
    """Open a figure with one axes for each image, all pixels of one size.

    Args:
        owner: String. The function the reader called, for the error.
        rows: List of lists of images `(height, width, ...)`.
        figsize: Pair of floats in inches, or `None`.
        title: String, or `None`.
        largest: Float. Inches that the widest image takes at most.
        bar: Boolean. Whether to leave room for a scale.

    Returns:
        A triple: the figure, a list of lists of axes, and the inches from one image to
        the next.

    Raises:
        ValueError: If `figsize` is no pair of positive numbers.
    """
    height, width = _largest(rows)
    columns = max(map(len, rows))
    bar = BAR if bar else 0.0
    pixel = min((WIDTH - bar) / columns, largest) / width
    gaps = GAP * (len(rows) + (title is not None))
    size = figure_size(
        owner,
        figsize,
        height=pixel * height * len(rows) + gaps,
        width=pixel * width * columns + bar,
    )
    figure = new_figure(size, title, layout="compressed")
    grid = figure.add_gridspec(len(rows), columns)
    tiles = [
        [figure.add_subplot(grid[r, c]) for c in range(len(row))]
        for r, row in enumerate(rows)
    ]
    return figure, tiles, (size[0] - bar) / columns


def draw_tiles(tiles, rows, norm, cmap):
    """Draw each image into its axes.

    Args:
        tiles: List of lists of axes.
        rows: List of lists of images.
        norm: `matplotlib.colors.Normalize`.
        cmap: `matplotlib.colors.Colormap`.
    """
    tallest, widest = _largest(rows)
    for axes, image in _pairs(tiles, rows):
        height, width = image.shape[:2]
        axes.imshow(image, norm=norm, cmap=cmap, interpolation="none")
        frame = Rectangle((-0.5, -0.5), width, height)
        frame.set(fill=False, edgecolor=ink(), alpha=0.4, linewidth=0.8, clip_on=False)
        axes.add_patch(frame)
        axes.spines[:].set_visible(False)
        # A smaller image stands in the middle of the room that the largest one takes.
        x, y = (width - 1) / 2, (height - 1) / 2
        axes.set(
            xticks=[],
            yticks=[],
            xlim=(x - widest / 2, x + widest / 2),
            ylim=(y + tallest / 2, y - tallest / 2),
        )


def shared_norm(images, diverging=False):
    """Return one scale for all images.

    Args:
        images: List of float arrays.
        diverging: Boolean. Whether zero is to be in the middle.

    Returns:
        A `matplotlib.colors.Normalize`.

    Example:

    >>> import numpy as np
    >>> norm = shared_norm([np.array([-3.0, 1.0])], diverging=True)
    >>> norm.vmin, norm.vmax
    (-3.0, 3.0)
    """
    low = float(min(image.min() for image in images))
    high = float(max(image.max() for image in images))
    if not diverging:
        return Normalize(low, high)
    limit = max(-low, high) or 1.0  # all zero: any scale has zero in its middle
    return Normalize(-limit, limit)


def write_titles(tiles, titles, width):
    """Write a title above each image, in several lines where it is long.

    Args:
        tiles: List of lists of axes.
        titles: List of strings.
        width: Float. Inches from one image to the next.
    """
    every = [axes for row in tiles for axes in row]
    for axes, title in zip(every, titles, strict=True):
        axes.set_title(wrap(title, width), fontsize="medium")


def write_values(tiles, rows, norm, cmap, width):
    """Write its value into each pixel.

    Args:
        tiles: List of lists of axes.
        rows: List of lists of images `(height, width)`.
        norm: `matplotlib.colors.Normalize`.
        cmap: `matplotlib.colors.Colormap`.
        width: Float. Inches from one image to the next.
    """
    longest = max(len(format_number(v)) for row in rows for i in row for v in i.flat)
    points = 72 * 0.9 * width / _largest(rows)[1]  # the side of a pixel
    size = min(matplotlib.rcParams["font.size"], 0.9 * points / (0.62 * longest))
    for axes, image in _pairs(tiles, rows):
        for (y, x), value in np.ndenumerate(image):
            brightness = np.dot(cmap(norm(value))[:3], (0.2126, 0.7152, 0.0722))
            # It stands on a pixel, not on the page: ink may be of no use here.
            colour = "white" if brightness < 0.5 else "black"
            style = {"ha": "center", "va": "center", "color": colour, "fontsize": size}
            axes.text(x, y, format_number(value), **style)


def add_scale(figure, tiles, norm, cmap):
    """Draw the scale of colours beside the images it holds for.

    Args:
        figure: The `matplotlib.figure.Figure`.
        tiles: List of lists of axes.
        norm: `matplotlib.colors.Normalize`.
        cmap: `matplotlib.colors.Colormap`.
    """
    beside = [axes for row in tiles for axes in row]
    bar = figure.colorbar(ScalarMappable(norm, cmap), ax=beside, aspect=30, pad=0.02)
    bar.ax.yaxis.set_major_formatter(lambda value, _: format_number(value))
    bar.outline.set_visible(False)


def _largest(rows):
    """Return the height of the tallest image and the width of the widest."""
    heights, widths = zip(
        *(image.shape[:2] for row in rows for image in row), strict=True
    )
    return max(heights), max(widths)


def _pairs(tiles, rows):
    for axes_of_row, row in zip(tiles, rows, strict=True):
        yield from zip(axes_of_row, row, strict=True)
