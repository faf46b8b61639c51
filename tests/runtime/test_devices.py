"""Devices, precision and threads: what is asked for, and what comes too late."""

import subprocess
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from fmkeras import models, runtime
from fmkeras.runtime.devices import (
    describe_tensorflow,
    suited_policy,
    suited_precision,
)

GPUS = [SimpleNamespace(name=f"/physical_device:GPU:{index}") for index in range(3)]


@pytest.fixture
def gpus(monkeypatch):
    """Let TensorFlow see three GPUs; keep what it is then asked for."""
    asked = {"growth": []}
    config = tf.config.experimental
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: GPUS)
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: GPUS[1:])
    monkeypatch.setattr(config, "get_memory_growth", lambda gpu: gpu is GPUS[2])
    monkeypatch.setattr(
        config,
        "get_device_details",
        lambda gpu: {"device_name": "A", "compute_capability": (8, int(gpu.name[-1]))},
    )
    monkeypatch.setattr(
        tf.config,
        "set_visible_devices",
        lambda devices, kind: asked.update(visible=devices, kind=kind),
    )
    monkeypatch.setattr(
        config,
        "set_memory_growth",
        lambda gpu, enable: asked["growth"].append((gpu, enable)),
    )
    return asked


@pytest.fixture
def precision():
    """Put the precision back."""
    before = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(before)


def test_devices_have_names_as_keras_knows_them():
    assert "CPU:0" in runtime.devices()
    assert len(runtime.devices()) == len(tf.config.list_physical_devices())


@pytest.mark.parametrize(
    ("indices", "chosen"), [(2, [2]), ([2, 0], [2, 0]), ((), []), (np.int64(1), [1])]
)
def test_only_the_chosen_gpus_are_seen(gpus, indices, chosen):
    assert runtime.use_gpu(indices) == [f"GPU:{index} (A)" for index in chosen]
    assert gpus["kind"] == "GPU"
    assert gpus["visible"] == [GPUS[index] for index in chosen]


@pytest.mark.parametrize("indices", [3, -1, [0, 3], "0", None, [True]])
def test_a_gpu_that_is_not_there_is_refused(gpus, indices):
    with pytest.raises(ValueError) as error:
        runtime.use_gpu(indices)
    assert str(error.value) == (
        "use_gpu: `indices` must be numbers of GPUs (0, 1, 2). "
        f"Received: indices={indices!r}. What would do: []."
    )
    assert "visible" not in gpus


def test_without_a_gpu_none_can_be_chosen(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: [])
    with pytest.raises(ValueError) as error:
        runtime.use_gpu(0)
    assert str(error.value) == (
        "use_gpu: `indices` must be numbers of GPUs (none on this machine). "
        "Received: indices=0. What would do: []."
    )


def test_memory_grows_on_every_gpu(gpus):
    assert runtime.use_memory_growth() == [f"GPU:{index} (A)" for index in range(3)]
    assert gpus["growth"] == [(gpu, True) for gpu in GPUS]


def test_what_the_gpus_are_used_for_is_told(gpus):
    told = describe_tensorflow()
    assert told["gpus_in_use"] == ["GPU:1 (A)", "GPU:2 (A)"]
    assert told["memory_growth"] == ["GPU:2 (A)"]
    assert suited_policy() == "mixed_bfloat16"
    assert gpus == {"growth": []}


def test_what_comes_too_late_is_named():
    tf.constant(1) + 1
    with pytest.raises(RuntimeError) as error:
        runtime.use_threads(1)
    assert str(error.value) == (
        "use_threads: TensorFlow has already begun to use its devices. "
        "What would do: call runtime.use_threads first, right after the imports."
    )


@pytest.mark.parametrize("number", [0, -2, 1.5, "2", None])
def test_threads_are_counted_from_one(number):
    with pytest.raises(ValueError) as error:
        runtime.use_threads(number)
    assert str(error.value) == (
        "use_threads: `number` must be a positive integer. "
        f"Received: number={number!r}."
    )


@pytest.mark.slow
def test_threads_and_devices_are_used_when_asked_in_time():
    script = (
        "from fmkeras import runtime; runtime.use_threads(1); runtime.use_gpu([])\n"
        "import tensorflow as tf; tf.constant(1) + 1\n"
        "found = runtime.report()['devices']\n"
        "print(found['threads_in_operation'], found['threads_of_operations'])\n"
        "print(tf.config.get_visible_devices('GPU'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "1 1\n[]\n"


@pytest.mark.parametrize(
    ("asked", "policy", "compute"),
    [
        ("bfloat16", "mixed_bfloat16", "bfloat16"),
        ("float16", "mixed_float16", "float16"),
        (None, "float32", "float32"),
    ],
)
def test_half_precision_computes_and_single_keeps(precision, asked, policy, compute):
    keras.config.set_dtype_policy("mixed_float16" if asked is None else "float32")
    assert runtime.use_mixed_precision(asked) == policy
    layer = keras.layers.Dense(3)
    layer.build((None, 2))
    assert layer.compute_dtype == compute
    assert layer.kernel.dtype == "float32"


def test_float16_scales_the_loss(precision):
    runtime.use_mixed_precision("float16")
    model = models.transformer_decoder(11, 7, num_layers=1, num_heads=2, hidden_dim=6)
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    runtime.use_mixed_precision("bfloat16")
    model = models.transformer_decoder(11, 7, num_layers=1, num_heads=2, hidden_dim=6)
    assert not isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)


def test_a_precision_that_keras_lacks_is_refused(precision):
    with pytest.raises(ValueError) as error:
        runtime.use_mixed_precision("bfloat")
    assert str(error.value) == (
        "use_mixed_precision: `precision` must be one of 'auto', 'bfloat16', "
        "'float16', None. Received: precision='bfloat'. What would do: 'bfloat16'."
    )


@pytest.mark.parametrize(
    ("capabilities", "suited"),
    [
        ([], None),
        ([(8, 0), (9, 0)], "bfloat16"),
        ([(9, 0), (7, 5)], "float16"),
        ([(7, 0)], "float16"),
        ([(8, 6), (6, 1)], None),
    ],
)
def test_the_weakest_gpu_decides(capabilities, suited):
    assert suited_precision(capabilities) == suited


def test_the_gpus_are_asked(gpus, precision):
    assert runtime.use_mixed_precision() == "mixed_bfloat16"
