"""A loss of two weights as a landscape, and the ways down."""

import inspect
from collections.abc import Mapping

import numpy as np
from matplotlib.colors import BoundaryNorm

from fmkeras.errors import argument_error, check_choice, check_integer
from fmkeras.plots.canvas import (
    add_legend,
    figure_size,
    finish,
    format_number,
    ink,
    new_figure,
)
from fmkeras.plots.checks import (
    as_bounds,
    as_named,
    as_names,
    as_numbers,
    check_function,
)
from fmkeras.plots.palette import SHADE, series_style
from fmkeras.plots.plane import around, grid_points, pixel_extent

OWNER = "loss_surface"


def loss_surface(
    loss,
    path=None,
    bounds=None,
    levels=14,
    resolution=120,
    names=("$w_1$", "$w_2$"),
    aspect="equal",
    title=None,
    figsize=None,
):
    r"""Draw a loss of two weights as contours, with the paths descents took on it.

    The loss is the same all along a contour, and the gradient stands at a right angle
    to it, which the eye sees only if both axes have one scale (`aspect="equal"`). The
    deeper the shade, the higher the loss. Cost: one call of `loss` on `resolution`²
    points.

    Args:
        loss: Function of two float arrays of one shape, or of one array `(..., 2)`,
            that returns the loss at each point. A loss $L(w)$ of a single point `(2,)`
            becomes one by `lambda w: np.apply_along_axis(L, -1, w)`.
        path: Float array `(steps, 2)`, a dict that gives each of several paths its
            name, or `None`.
        bounds: `(x_min, x_max, y_min, y_max)`, or `None` for a margin around the paths.
        levels: Integer. How many bands of loss to tell apart.
        resolution: Integer. Points of the grid along each axis.
        names: Pair of strings. Labels of the axes.
        aspect: `"equal"` for one scale on both axes, or `"auto"` to fill the figure.
        title: String, or `None`.
        figsize: Pair of floats in inches, or `None` for the width of a page.

    Returns:
        A `matplotlib.figure.Figure`; the first axes holds the surface, the second the
        scale of the loss.

    Raises:
        ValueError: If a path is not `(steps, 2)` or holds NaN or infinity, if there
            are neither paths nor bounds, or if `loss` returns something else than one
            number for each point, or the same number for all.

    Example:

    >>> import numpy as np
    >>> path = np.array([[2.0, 1.0], [1.0, -0.5], [0.5, 0.25]])
    >>> figure = loss_surface(lambda u, v: u**2 + 4 * v**2, path)
    >>> figure.axes[0].lines[0].get_xydata().tolist()
    [[2.0, 1.0], [1.0, -0.5], [0.5, 0.25]]
    """
    paths = _as_paths(path)
    bounds = _as_bounds(bounds, paths)
    names = as_names(OWNER, "names", names, 2)
    aspect = check_choice(OWNER, "aspect", aspect, ("equal", "auto"))
    grid = grid_points(bounds, check_integer(OWNER, "resolution", resolution, 2))
    levels = check_integer(OWNER, "levels", levels, minimum=2)
    size = figure_size(OWNER, figsize, height=4.8)
    check_function(OWNER, "loss", loss)
    height = _ask(loss, grid)
    levels = _space_levels(_all_heights(loss, height, paths, bounds), levels)

    figure = new_figure(size, title)
    axes = figure.add_subplot(xlabel=names[0], ylabel=names[1])
    _draw_surface(axes, grid, height, levels, bounds)
    axes.set(xlim=bounds[:2], ylim=bounds[2:], aspect=aspect)
    handles = [_draw_path(axes, i, *item) for i, item in enumerate(paths.items())]
    if isinstance(path, Mapping):
        add_legend(figure, handles)
    return finish(figure)


def _as_paths(path):
    if path is None:
        return {}
    if not isinstance(path, Mapping):
        return {"path": as_numbers(OWNER, "path", path, ("steps", 2))}
    return {
        name: as_numbers(OWNER, f"path[{name!r}]", steps, ("steps", 2))
        for name, steps in as_named(OWNER, "path", path, "array `(steps, 2)`").items()
    }


def _as_bounds(bounds, paths):
    if bounds is not None:
        return as_bounds(OWNER, "bounds", bounds, 4)
    if paths:
        return around(np.concatenate(list(paths.values())), margin=0.2)
    raise argument_error(
        OWNER,
        "bounds",
        "given where there is no path",
        bounds,
        would_do="bounds=(-2, 2, -2, 2)",
    )


def _ask(loss, points):
    """Return the loss at points `(..., 2)`, whichever way it takes them."""
    answer = loss(points[..., 0], points[..., 1]) if _takes_two(loss) else loss(points)
    shape = points.shape[:-1]
    if np.shape(answer) != shape:
        raise argument_error(
            OWNER,
            "loss(points).shape",
            f"{shape}, one loss for each point",
            np.shape(answer),
            would_do="lambda w: np.apply_along_axis(loss, -1, w), point by point",
        )
    return as_numbers(OWNER, "loss(points)", answer)


def _takes_two(loss):
    if hasattr(loss, "nin"):  # one of NumPy's own, whose signature Python cannot read
        return loss.nin == 2
    positional = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    parameters = inspect.signature(loss).parameters.values()
    return sum(p.kind in positional and p.default is p.empty for p in parameters) == 2


def _space_levels(heights, count):
    """Space levels from the lowest to the highest point, closer where it is flat.

    The power that takes the median to the middle makes the rings of a bowl about
    equally wide, and still shows the floor of a ravine with steep walls.
    """
    low, high = heights.min(), heights.max()
    if low == high:
        must_be = "different at different points"
        raise argument_error(OWNER, "loss(points)", must_be, float(low))
    middle = (np.median(heights) - low) / (high - low)
    power = np.clip(np.log(max(middle, 1e-9)) / np.log(0.5), 1.0, 5.0)
    levels = low + (high - low) * np.linspace(0.0, 1.0, count + 1) ** power
    levels[-1] = high  # rounding may miss it
    return np.unique(levels)  # or make two of them one, far above zero


def _all_heights(loss, height, paths, bounds):
    """Add the heights of the paths to the grid's: a path may end below every point."""
    points = np.concatenate([np.zeros((0, 2)), *paths.values()])
    low, high = np.reshape(bounds, (2, 2)).T
    inside = points[np.all((points >= low) & (points <= high), axis=-1)]
    return np.append(height, _ask(loss, inside)) if len(inside) else height


def _draw_surface(axes, grid, height, levels, bounds):
    shade = axes.imshow(
        height,
        cmap=SHADE,
        norm=BoundaryNorm(levels, SHADE.N),
        extent=pixel_extent(bounds, len(grid)),
        origin="lower",
        interpolation="bilinear",
    )
    x, y = grid[..., 0], grid[..., 1]
    axes.contour(x, y, height, levels, colors=[ink()], linewidths=0.5, alpha=0.45)
    bar = axes.figure.colorbar(shade, ax=axes, label="loss", ticks=levels[::2])
    span = levels[-1] - levels[0]
    decimals = 3 - int(np.floor(np.log10(span)))  # a thousandth of the span is nothing
    bar.ax.yaxis.set_major_formatter(
        lambda loss, _: format_number(round(loss, decimals))
    )
    bar.ax.minorticks_off()
    bar.outline.set(linewidth=0.6, alpha=0.4)


def _draw_path(axes, index, name, path):
    style = series_style(index + 1, len(path))  # the first colour is the surface's
    style |= {
        "linestyle": "-",
        "markevery": 1 if len(path) <= 60 else style["markevery"],
    }
    (line,) = axes.plot(*path.T, label=name, markersize=4, linewidth=1.2, **style)
    axes.plot(
        *path[0],
        linestyle="none",
        marker="o",
        markersize=10,
        markerfacecolor="none",
        markeredgecolor=line.get_color(),
        markeredgewidth=1.6,
    )
    return line
