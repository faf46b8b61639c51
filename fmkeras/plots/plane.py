"""A rectangle of the plane and the grid of points that covers it."""

import numpy as np


def around(points, margin):
    """Return bounds that leave a margin on every side of some points.

    Args:
        points: Float array `(N, 2)`.
        margin: Float. Margin as a share of the extent.

    Returns:
        Tuple of floats `(x_min, x_max, y_min, y_max)`.

    Example:

    >>> import numpy as np
    >>> around(np.array([[0.0, 5.0], [10.0, 5.0]]), 0.1)
    (-1.0, 11.0, 4.9, 5.1)
    """
    low, high = points.min(axis=0), points.max(axis=0)
    extent = np.where(high > low, high - low, 1.0)  # all on one line: any extent does
    low, high = low - margin * extent, high + margin * extent
    return tuple(np.stack([low, high], axis=-1).ravel().tolist())


def pixel_extent(bounds, resolution):
    """Return where an image of a grid goes, so that pixels centre on their points.

    Args:
        bounds: `(x_min, x_max, y_min, y_max)`.
        resolution: Integer R. Points along each axis.

    Returns:
        Tuple of floats `(left, right, bottom, top)`.

    Example:

    >>> pixel_extent((0.0, 1.0, 5.0, 7.0), 2)
    (-0.5, 1.5, 4.0, 8.0)
    """
    x_min, x_max, y_min, y_max = bounds
    half_width = (x_max - x_min) / (resolution - 1) / 2
    half_height = (y_max - y_min) / (resolution - 1) / 2
    return (
        x_min - half_width,
        x_max + half_width,
        y_min - half_height,
        y_max + half_height,
    )


def grid_points(bounds, resolution):
    """Return the points of a regular grid, row by row from below.

    Args:
        bounds: `(x_min, x_max, y_min, y_max)`.
        resolution: Integer R. Points along each axis.

    Returns:
        Float array `(R, R, 2)`; the first axis is the second coordinate's.

    Example:

    >>> grid_points((0.0, 1.0, 5.0, 7.0), 2).tolist()
    [[[0.0, 5.0], [1.0, 5.0]], [[0.0, 7.0], [1.0, 7.0]]]
    """
    x_min, x_max, y_min, y_max = bounds
    x, y = np.linspace(x_min, x_max, resolution), np.linspace(y_min, y_max, resolution)
    return np.stack(np.meshgrid(x, y), axis=-1)
