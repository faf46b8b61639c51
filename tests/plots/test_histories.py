"""Learning curves show the numbers of the history, run by run."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from fmkeras.plots import PALETTE, learning_curves

LOGS = {
    "loss": [1.0, 0.5, 0.25],
    "accuracy": [0.5, 0.7, 0.9],
    "val_loss": [1.2, 0.8, 0.9],
    "val_accuracy": [0.4, 0.6, 0.5],
}


def data(axes):
    return [line.get_xydata().tolist() for line in axes.lines]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_each_metric_has_a_panel_with_training_and_validation():
    figure = learning_curves(LOGS)
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "accuracy"]
    assert data(figure.axes[0]) == [
        [[1, 1.0], [2, 0.5], [3, 0.25]],
        [[1, 1.2], [2, 0.8], [3, 0.9]],
    ]
    assert data(figure.axes[1]) == [
        [[1, 0.5], [2, 0.7], [3, 0.9]],
        [[1, 0.4], [2, 0.6], [3, 0.5]],
    ]
    assert legend(figure) == ["training", "validation"]
    assert {axes.get_xlabel() for axes in figure.axes} == {"epoch"}


def test_training_and_validation_differ_by_more_than_colour():
    training, validation = learning_curves(LOGS).axes[0].lines
    assert training.get_linestyle() != validation.get_linestyle()
    assert training.get_marker() != validation.get_marker()
    assert training.get_color() != validation.get_color()


def test_a_history_tells_at_which_epoch_it_began():
    history = SimpleNamespace(history=LOGS, epoch=[4, 5, 6])  # initial_epoch=4
    line = learning_curves(history).axes[0].lines[0]
    assert line.get_xdata().tolist() == [5, 6, 7]


def test_several_runs_each_have_a_colour_and_a_marker():
    runs = {"SGD": SimpleNamespace(history=LOGS, epoch=[0, 1, 2]), "Adam": LOGS}
    figure = learning_curves(runs, metrics="loss")
    (axes,) = figure.axes
    assert [line.get_color() for line in axes.lines] == [
        PALETTE[0],
        PALETTE[0],
        PALETTE[1],
        PALETTE[1],
    ]
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--", "-", "--"]
    assert axes.lines[0].get_marker() != axes.lines[2].get_marker()
    assert legend(figure) == ["SGD", "Adam", "training", "validation"]


def test_runs_may_be_bare_losses_of_different_lengths():
    figure = learning_curves(
        {"slow": np.array([4.0, 3.0, 2.0]), "fast": [4.0, 1.0]}, xlabel="step"
    )
    (axes,) = figure.axes
    assert data(axes) == [[[1, 4], [2, 3], [3, 2]], [[1, 4], [2, 1]]]
    assert legend(figure) == ["slow", "fast"]
    assert axes.get_xlabel() == "step"
    assert axes.lines[0].get_linestyle() != axes.lines[1].get_linestyle()


def test_training_alone_needs_no_legend():
    assert learning_curves({"loss": [2.0, 1.0]}).legends == []


def test_metrics_are_drawn_in_the_order_asked_for():
    figure = learning_curves(LOGS, metrics=["accuracy", "loss"], title="Two")
    assert [axes.get_ylabel() for axes in figure.axes] == ["accuracy", "loss"]
    assert figure.get_suptitle() == "Two"


def test_underscores_are_for_programs():
    figure = learning_curves({"loss": [1.0], "mean_absolute_error": [2.0]})
    assert figure.axes[1].get_ylabel() == "mean absolute error"


def test_the_vertical_axis_may_be_logarithmic():
    (axes,) = learning_curves({"loss": [1.0, 0.1]}, logy=True, figsize=(3, 2)).axes
    assert axes.get_yscale() == "log"


def test_epochs_are_whole_numbers():
    (axes,) = learning_curves({"loss": [1.0, 0.5]}).axes
    ticks = axes.get_xticks()
    assert np.all(ticks == np.round(ticks))


def test_of_thousands_of_steps_few_are_marked():
    (axes,) = learning_curves({"loss": np.linspace(2, 1, 4000)}).axes
    start, step = axes.lines[0].get_markevery()
    assert len(range(start, 4000, step)) <= 9


@pytest.mark.parametrize(
    ("histories", "options", "message"),
    [
        (
            {},
            {},
            "learning_curves: `histories` must be a dict that gives at least one name "
            "its history. Received: histories={}.",
        ),
        (
            [1.0, 0.5],
            {},
            "learning_curves: `histories` must be a dict that gives at least one name "
            "its history. Received: histories=[1.0, 0.5].",
        ),
        (
            SimpleNamespace(history={}, epoch=[]),
            {},
            "learning_curves: `histories` must be a history of at least one epoch. "
            "Received: histories={}.",
        ),
        (
            {"SGD": {}},
            {},
            "learning_curves: `histories['SGD']` must be a history of at least one "
            "epoch. Received: histories['SGD']={}.",
        ),
        (
            {"loss": []},
            {},
            "learning_curves: `histories['loss'].shape` must be (N,), every size ≥ 1. "
            "Received: histories['loss'].shape=(0,).",
        ),
        (
            {"loss": [1.0, float("nan")]},
            {},
            "learning_curves: `histories['loss'][1]` must be a finite number. "
            "Received: histories['loss'][1]=nan.",
        ),
        (
            {"Adam": [1.0, float("inf")]},
            {},
            "learning_curves: `histories['Adam']['loss'][1]` must be a finite number. "
            "Received: histories['Adam']['loss'][1]=inf.",
        ),
        (
            {"loss": [1.0, 0.5], "val_loss": [0.7]},
            {},
            "learning_curves: `histories['val_loss'].shape` must be (2,), one value "
            "for each epoch. Received: histories['val_loss'].shape=(1,).",
        ),
        (
            LOGS,
            {"metrics": ["acuracy"]},
            "learning_curves: `metrics` must be one of 'loss', 'accuracy'. "
            "Received: metrics='acuracy'. What would do: 'accuracy'.",
        ),
        (
            LOGS,
            {"metrics": []},
            "learning_curves: `metrics` must be `None` or at least one metric. "
            "Received: metrics=[].",
        ),
        (
            {"loss": [1.0, 0.0]},
            {"logy": True},
            "learning_curves: `loss[1]` must be > 0 on a logarithmic axis. "
            "Received: loss[1]=0.0.",
        ),
    ],
)
def test_says_what_is_wrong(histories, options, message):
    with pytest.raises(ValueError) as error:
        learning_curves(histories, **options)
    assert str(error.value) == message
    assert plt.get_fignums() == []


def test_a_metric_that_is_not_drawn_may_be_zero_on_a_logarithmic_axis():
    learning_curves({"loss": [1.0], "accuracy": [0.0]}, metrics="loss", logy=True)
