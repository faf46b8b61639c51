"""The colours keep what their module promises, by the published formulas."""

from itertools import combinations, pairwise

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from fmkeras.plots import PALETTE
from fmkeras.plots.palette import DIVERGING, MARKERS, SHADE, series_style

WHITE, SLATE = "#ffffff", "#1e2129"

# Machado, Oliveira and Fernandes (2009), "A Physiologically-based Model for Simulation
# of Color Vision Deficiency", table 1, severity 1.0; for linear RGB.
VISION = {
    "all cones": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """Contrast ratio of WCAG 2.1."""
    bright, dark = sorted(
        (linear(colour) @ [0.2126, 0.7152, 0.0722] for colour in (one, other)),
        reverse=True,
    )
    return (bright + 0.05) / (dark + 0.05)


def lab(colour, vision="all cones"):
    """CIELAB under D65, of a colour as an eye with that vision sees it."""
    seen = np.clip(np.asarray(VISION[vision]) @ linear(colour), 0.0, 1.0)
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    ratio = to_xyz @ seen / to_xyz.sum(axis=1)
    x, y, z = np.where(
        ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_the_formulas_agree_with_published_values():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#ffffff", "#777777") == pytest.approx(4.48, abs=0.01)
    np.testing.assert_allclose(lab("#ff0000"), [53.24, 80.09, 67.20], atol=0.02)
    np.testing.assert_allclose(np.sum(VISION["protanopia"], axis=1), 1, atol=1e-5)


def test_there_are_at_least_six_colours():
    assert len(set(PALETTE)) == len(PALETTE) >= 6


@pytest.mark.parametrize("page", [WHITE, SLATE])
@pytest.mark.parametrize("colour", PALETTE)
def test_a_colour_stands_out_from_a_light_and_a_dark_page(colour, page):
    assert contrast(colour, page) >= 3


@pytest.mark.parametrize("vision", VISION)
def test_colours_stay_apart_for_every_eye(vision):
    for one, other in combinations(PALETTE, 2):
        distance = np.linalg.norm(lab(one, vision) - lab(other, vision))
        assert distance >= 20, (one, other)


def test_diverging_colours_darken_alike_on_both_sides_of_zero():
    lightness = [lab(DIVERGING(share)[:3])[0] for share in np.linspace(0, 1, 41)]
    below, above = lightness[20::-1], lightness[20:]
    assert np.all(np.diff(below) < 0)
    assert np.all(np.diff(above) < 0)
    np.testing.assert_allclose(below, above, atol=4)
    assert lightness[20] > 90


@pytest.mark.parametrize("vision", VISION)
def test_diverging_colours_tell_the_sign_to_every_eye(vision):
    for magnitude in (0.25, 0.5, 1.0):
        low, high = DIVERGING(0.5 - magnitude / 2), DIVERGING(0.5 + magnitude / 2)
        distance = np.linalg.norm(lab(low[:3], vision) - lab(high[:3], vision))
        assert distance >= 20, magnitude


def test_the_shade_lets_the_page_through():
    opacity = [SHADE(share)[3] for share in np.linspace(0, 1, 11)]
    assert opacity[0] == 0
    assert np.all(np.diff(opacity) > 0)
    assert opacity[-1] < 0.6


@pytest.mark.parametrize("ink", ["#1d1d1f", "#e3e5ec"])
def test_ink_reads_on_the_deepest_shade(ink):
    page = WHITE if ink == "#1d1d1f" else SLATE
    *colour, opacity = SHADE(1.0)
    mixed = np.array(colour) * opacity + np.array(to_rgb(page)) * (1 - opacity)
    assert contrast(mixed, ink) >= 4.5


def test_forty_two_series_differ_by_more_than_a_shade_of_colour():
    styles = [series_style(index, 5) for index in range(42)]
    pairs = {(style["color"], style["marker"]) for style in styles}
    assert len(pairs) == 42
    assert len({style["marker"] for style in styles[: len(MARKERS)]}) == len(MARKERS)
    neighbours = pairwise(styles)
    assert all(a["linestyle"] != b["linestyle"] for a, b in neighbours)


@pytest.mark.parametrize(("length", "marked"), [(1, 1), (20, 20), (160, 8), (3001, 8)])
def test_of_many_points_about_eight_are_marked(length, marked):
    start, step = series_style(5, length)["markevery"]
    assert len(range(start, length, step)) == pytest.approx(marked, abs=1)


def test_our_colour_maps_stay_out_of_matplotlibs_register():
    assert DIVERGING.name not in matplotlib.colormaps
