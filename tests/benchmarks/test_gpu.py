"""The check of a device: it knows right from wrong, and counts what it times."""

import keras
import numpy as np
import pytest

from benchmarks import float64, gpu, gpu_checks, gpu_speed, gpu_table

TINY = gpu.Sizes(
    side=64,
    images=32,
    image_batch=16,
    gpt2_small=False,
    batch=2,
    length=8,
    steps=2,
    new_tokens=3,
    precisions=("float32",),
)


def test_every_layer_is_right():
    lines = gpu_checks.correctness()
    assert len(lines) == 6
    assert all(line.is_right for line in lines), lines


@pytest.mark.slow
def test_a_wrong_layer_is_found(monkeypatch):
    right = float64.feed_forward
    monkeypatch.setattr(float64, "feed_forward", lambda *given: right(*given) + 1e-3)
    wrong = [line.what for line in gpu_checks.correctness() if not line.is_right]
    assert wrong == ["FeedForward: error", "TransformerBlock: error"]


def test_what_is_no_number_is_wrong():
    line = gpu_checks._difference("x", np.array([np.nan]), np.array([0.0]))
    assert not line.is_right
    assert line.result == "nan, WRONG, over 2e-05"


def test_counts_the_operations_of_a_model():
    inputs = keras.Input((6, 7, 3))
    features = keras.layers.Conv2D(5, (2, 3))(inputs)  # to (5, 5, 5)
    outputs = keras.layers.Dense(4)(keras.layers.Flatten()(features))
    model = keras.Model(inputs, outputs)
    convolved, multiplied = 2 * (5 * 5 * 5) * (2 * 3 * 3), 2 * 125 * 4
    assert gpu_speed.forward_flops(model) == convolved + multiplied


def test_the_table_shows_the_share_of_the_matrix_products(capsys):
    lines = [gpu_table.Line("writing", "float32", "7 tokens/s", 1e12)]
    gpu_table.show("somewhere", lines, {"float32": 4e12}, 8)
    said = capsys.readouterr().out
    assert [" ".join(line.split()) for line in said.splitlines()][-3:-1] == [
        "│ product of 8² matrices │ float32 │ │ 4.000 │ 100.0% │",
        "│ writing │ float32 │ 7 tokens/s │ 1.000 │ 25.0% │",
    ]


@pytest.mark.slow
def test_the_command_prints_all_of_it(monkeypatch, capsys):
    monkeypatch.setattr(gpu, "SMALL", TINY)
    assert gpu.main(["--small"]) == 0
    said = capsys.readouterr().out
    assert keras.backend.backend() in said.splitlines()[0]
    for what in ("flash_attention", "LeNet-5", "width 128, training", "writing 2"):
        assert what in said


def test_a_wrong_layer_fails_the_command(monkeypatch, capsys):
    wrong = gpu_table.Line("x: error", "float32", "1.0, WRONG", is_right=False)
    monkeypatch.setattr(gpu, "correctness", lambda: [wrong])
    monkeypatch.setattr(gpu, "throughput", lambda *given: [])
    monkeypatch.setattr(gpu, "SMALL", TINY)
    assert gpu.main(["--small"]) == 1
    assert "WRONG" in capsys.readouterr().out
