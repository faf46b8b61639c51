"""A figure in two inks: dark for the light scheme, light for the dark one."""

import re
from typing import NamedTuple

# Matplotlib draws text, axes and ticks in this colour; no lesson uses it.
SENTINEL = "#123456"
INKS = {"light": "#1d1d1f", "dark": "#e3e5ec"}

PIXELS_PER_POINT = 96 / 72


class Figure(NamedTuple):
    """One figure: an SVG for each colour scheme, and its size in CSS pixels."""

    svg: dict
    width: int
    height: int


def in_two_inks(svg):
    """Make both versions of a figure from the SVG that Matplotlib wrote.

    Args:
        svg: String of SVG with the sentinel colour in it.

    Returns:
        A `Figure` whose `svg` maps `"light"` and `"dark"` to bytes.
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    width, height = (_pixels(svg, side) for side in ("width", "height"))
    svg = re.sub(r'\swidth="[\d.]+pt"', f' width="{width}"', svg, count=1)
    svg = re.sub(r'\sheight="[\d.]+pt"', f' height="{height}"', svg, count=1)
    versions = {
        scheme: svg.replace(SENTINEL, ink).encode() for scheme, ink in INKS.items()
    }
    return Figure(versions, width, height)


def _pixels(svg, side):
    points = re.search(rf'<svg[^>]*?\s{side}="([\d.]+)pt"', svg)
    return round(float(points[1]) * PIXELS_PER_POINT)
