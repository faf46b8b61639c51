"""The options of a training are refused before anything slow begins."""

import pytest

from fmkeras.commands.plan import Plan


def test_the_defaults_go_together():
    plan = Plan()
    assert (plan.layers, plan.heads, plan.width, plan.context) == (4, 4, 128, 64)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"tokenizer": "word"},
            "`--tokenizer` must be one of 'characters', 'words', 'bytes'. "
            "Received: --tokenizer='word'. What would do: 'words'.",
        ),
        (
            {"layers": 0},
            "`--layers` must be a positive integer. Received: --layers=0.",
        ),
        ({"heads": -1}, "`--heads` must be a positive integer. Received: --heads=-1."),
        ({"width": 0}, "`--width` must be a positive integer. Received: --width=0."),
        ({"context": 1}, "`--context` must be an integer ≥ 2. Received: --context=1."),
        (
            {"batch_size": 0},
            "`--batch-size` must be a positive integer. Received: --batch-size=0.",
        ),
        ({"steps": 0}, "`--steps` must be a positive integer. Received: --steps=0."),
        ({"epochs": 0}, "`--epochs` must be a positive integer. Received: --epochs=0."),
        (
            {"vocabulary_size": 0},
            "`--vocabulary-size` must be a positive integer. "
            "Received: --vocabulary-size=0.",
        ),
        (
            {"sample_every": 0},
            "`--sample-every` must be a positive integer. Received: --sample-every=0.",
        ),
        ({"seed": -1}, "`--seed` must be an integer ≥ 0. Received: --seed=-1."),
        (
            {"dropout": 1.0},
            "`--dropout` must be a number ≥ 0 and ≤ 0.99. Received: --dropout=1.0.",
        ),
        (
            {"learning_rate": float("nan")},
            "`--learning-rate` must be a number > 0. Received: --learning-rate=nan.",
        ),
        (
            {"prompt": ""},
            "`--prompt` must be at least one character. Received: --prompt=''.",
        ),
        (
            {"width": 30, "heads": 4},
            "`--heads` must be a divisor of --width=30. Received: --heads=4. "
            "What would do: 1, 2, 3, 5, 6, 10, 15, 30.",
        ),
        (
            {"steps": 10, "epochs": 2},
            "`--steps` and `--epochs` both say how long to train. "
            "Received: --steps=10 and --epochs=2. What would do: one of them.",
        ),
    ],
)
def test_refuses_what_is_out_of_range(options, told):
    with pytest.raises(ValueError) as error:
        Plan(**options)
    assert str(error.value) == f"train: {told}"
