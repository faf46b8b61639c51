"""How training went, epoch by epoch."""

from collections.abc import Mapping

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from fmkeras.errors import argument_error, check_choice
from fmkeras.plots.canvas import (
    add_legend,
    figure_size,
    finish,
    ink,
    new_figure,
    soften,
)
from fmkeras.plots.checks import as_named, as_numbers, check_positive
from fmkeras.plots.palette import series_style

OWNER = "learning_curves"


def learning_curves(
    histories,
    metrics=None,
    logy=False,
    xlabel="epoch",
    title=None,
    figsize=None,
):
    """Draw how the loss and the metrics went, in training and in validation.

    One panel a metric, so that each has its own scale. A gap that opens between the
    solid line (training) and the dashed one (validation) is overfitting.

    Args:
        histories: What `model.fit` returned, its `.history` (a dict with the key
            `"loss"`), or a dict that gives each of several runs its name: a history,
            or a sequence of losses.
        metrics: Sequence of strings. The metrics to draw, or `None` for all.
        logy: Boolean. Whether the vertical axes are logarithmic.
        xlabel: String. What one value stands for.
        title: String, or `None`.
        figsize: Pair of floats in inches, or `None` for the width of a page.

    Returns:
        A `matplotlib.figure.Figure` with one axes for each metric.

    Raises:
        ValueError: If there is no history or it is empty, if a value is NaN or
            infinite, if a metric is unknown, or if a metric has more or fewer values
            in validation than in training.

    Example:

    >>> figure = learning_curves({"loss": [1.0, 0.5], "val_loss": [1.1, 0.8]})
    >>> [line.get_ydata().tolist() for line in figure.axes[0].lines]
    [[1.0, 0.5], [1.1, 0.8]]
    """
    runs = _as_runs(histories)
    metrics = _choose(metrics, runs)
    if logy:
        _check_positive(runs, metrics)
    columns = min(len(metrics), 2)
    rows = -(-len(metrics) // columns)
    size = figure_size(OWNER, figsize, height=0.6 + 2.9 * rows)

    figure = new_figure(size, title)
    for place, metric in enumerate(metrics, start=1):
        axes = figure.add_subplot(rows, columns, place, xlabel=xlabel)
        axes.set_ylabel(metric.replace("_", " "))
        axes.set_yscale("log" if logy else "linear")
        axes.xaxis.set_major_locator(
            MaxNLocator(nbins=7, steps=[1, 2, 5, 10], integer=True)
        )
        soften(axes)
        _draw(axes, runs, metric)
    add_legend(figure, _legend_handles(runs))
    return finish(figure)


def _as_runs(histories):
    """Return a dict: name (`None` for a single run) -> (epochs, metric -> values)."""
    if hasattr(histories, "history") or _is_logs(histories):
        return {None: _as_run("histories", histories)}
    named = as_named(OWNER, "histories", histories, "history")
    return {
        name: _as_run(f"histories[{name!r}]", history)
        for name, history in named.items()
    }


def _is_logs(histories):
    return isinstance(histories, Mapping) and "loss" in histories


def _as_run(argument, history):
    logs = getattr(history, "history", history)
    if not isinstance(logs, Mapping):
        logs = {"loss": logs}
    if not logs:
        must_be = "a history of at least one epoch"
        raise argument_error(OWNER, argument, must_be, logs)
    values = {
        metric: as_numbers(OWNER, f"{argument}[{metric!r}]", log, ("N",))
        for metric, log in logs.items()
    }
    length = len(next(iter(values.values())))
    for metric, log in values.items():
        if len(log) != length:
            where = f"{argument}[{metric!r}].shape"
            must_be = f"({length},), one value for each epoch"
            raise argument_error(OWNER, where, must_be, log.shape)
    first = min(getattr(history, "epoch", None) or [0])  # later where fit went on
    return first + 1 + np.arange(length), values


def _choose(metrics, runs):
    """Return the metrics to draw, without "val_", in the order they came."""
    known = {}
    for _, logs in runs.values():
        known |= dict.fromkeys(metric.removeprefix("val_") for metric in logs)
    if metrics is None:
        return list(known)
    metrics = [metrics] if isinstance(metrics, str) else list(metrics)
    if not metrics:
        must_be = "`None` or at least one metric"
        raise argument_error(OWNER, "metrics", must_be, metrics)
    return [check_choice(OWNER, "metrics", metric, list(known)) for metric in metrics]


def _check_positive(runs, metrics):
    for _, logs in runs.values():
        for metric, log in logs.items():
            if metric.removeprefix("val_") in metrics:
                check_positive(OWNER, metric, log)


def _draw(axes, runs, metric):
    for index, (epochs, logs) in enumerate(runs.values()):
        for key, style in _styles(index, len(epochs), runs).items():
            if key + metric in logs:
                axes.plot(epochs, logs[key + metric], markersize=4.5, **style)


def _styles(index, length, runs):
    """Return how to draw training, the key "", and validation, the key "val_"."""
    if None in runs:  # a single run: colour is free to tell the two apart
        return {"": series_style(0, length), "val_": series_style(1, length)}
    style = series_style(index, length)
    if not _has_validation(runs):
        return {"": style}
    return {
        "": style | {"linestyle": "-"},
        "val_": style | {"linestyle": "--", "markerfacecolor": "none"},
    }


def _has_validation(runs):
    return any(
        metric.startswith("val_") for _, logs in runs.values() for metric in logs
    )


def _legend_handles(runs):
    if None in runs:
        names = {"": "training", "val_": "validation"} if _has_validation(runs) else {}
        styles = _styles(0, 1, runs)
        return [Line2D([], [], label=names[key], **styles[key]) for key in names]
    handles = [
        Line2D([], [], label=name, **_styles(index, 1, runs)[""])
        for index, name in enumerate(runs)
    ]
    if _has_validation(runs):
        handles += [
            Line2D([], [], label="training", color=ink(), linestyle="-"),
            Line2D([], [], label="validation", color=ink(), linestyle="--"),
        ]
    return handles
