"""Colours, line styles and markers that everyone can tell apart.

Every colour is told from white paper and from a dark page by a contrast of at least 3
to 1, and from its five neighbours by a CIELAB distance of at least 20, also under
protanopia, deuteranopia and tritanopia. No figure relies on that alone: each series
has its own line style or marker as well.
"""

from matplotlib.colors import LinearSegmentedColormap, to_rgb

PALETTE = ("#4b72ee", "#c57100", "#0ba76e", "#d22d3b", "#9360ae", "#828d9c")
"""Six colours that everyone can tell apart, on light pages and on dark ones."""

LINE_STYLES = ("-", "--", "-.", ":", (0, (8, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

# Transparent where the value is low, so that the page shows through, dark or light.
SHADE = LinearSegmentedColormap.from_list(
    "fmkeras_shade", [(*to_rgb(PALETTE[0]), 0.0), (*to_rgb(PALETTE[0]), 0.45)]
)

# The same hue where nothing is written on it: from the page itself to full strength.
HEAT = LinearSegmentedColormap.from_list(
    "fmkeras_heat", [(*to_rgb(PALETTE[0]), 0.0), (*to_rgb(PALETTE[0]), 1.0)]
)

# Blue below zero, orange above: the two hues that colour-blind readers keep apart. Both
# arms darken at the same pace, so that equal magnitudes look equally strong.
DIVERGING = LinearSegmentedColormap.from_list(
    "fmkeras_diverging",
    ["#16378f", "#4b72ee", "#b3c3f8", "#f4f4f4", "#f0c08c", "#c06f07", "#6b3800"],
)


def series_style(index, length):
    """Choose what tells one series from the others, again and again if need be.

    Args:
        index: Integer ≥ 0. Which series.
        length: Integer. How many points it has; of many, about eight get a marker.

    Returns:
        A dict of keyword arguments for `matplotlib.axes.Axes.plot`. The first 42
        series differ in colour or marker.

    Example:

    >>> series_style(1, length=5)
    {'color': '#c57100', 'linestyle': '--', 'marker': 's', 'markevery': (0, 1)}
    """
    step = 1 if length <= 20 else length // 8
    return {
        "color": PALETTE[index % len(PALETTE)],
        "linestyle": LINE_STYLES[index % len(LINE_STYLES)],
        "marker": MARKERS[index % len(MARKERS)],
        # Each series starts elsewhere, so that equal lines show both their markers.
        "markevery": (index * step // len(PALETTE) % step, step),
    }
