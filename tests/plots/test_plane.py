"""Rectangles and grids: where points and pixels lie."""

import numpy as np
import pytest

from fmkeras.plots.plane import around, grid_points, pixel_extent


def test_the_margin_is_a_share_of_each_side():
    points = np.array([[0.0, -1.0], [10.0, 1.0], [5.0, 0.0]])
    assert around(points, margin=0.1) == pytest.approx((-1, 11, -1.2, 1.2))


def test_one_point_has_room_around_it():
    assert around(np.array([[2.0, 3.0]]), margin=0.5) == (1.5, 2.5, 2.5, 3.5)


def test_grid_points_reach_all_four_corners():
    grid = grid_points((0.0, 3.0, 10.0, 12.0), 4)
    assert grid.shape == (4, 4, 2)
    np.testing.assert_array_equal(grid[0, 0], [0, 10])
    np.testing.assert_array_equal(grid[0, -1], [3, 10])
    np.testing.assert_array_equal(grid[-1, 0], [0, 12])


def test_pixels_centre_on_the_points_of_the_grid():
    left, right, bottom, top = pixel_extent((0.0, 3.0, 10.0, 16.0), 4)
    centres = np.linspace(left, right, 5)[:-1] + (right - left) / 8
    np.testing.assert_allclose(centres, [0, 1, 2, 3])
    centres = np.linspace(bottom, top, 5)[:-1] + (top - bottom) / 8
    np.testing.assert_allclose(centres, [10, 12, 14, 16])
