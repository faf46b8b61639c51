"""Seeds, the report on the machine, and the look at the inputs."""

import json
import random
import subprocess
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from fmkeras import runtime
from fmkeras.runtime.machine import explain_missing_gpu


def draw():
    return (
        random.random(),
        float(np.random.normal()),
        float(keras.random.normal(())),
        float(tf.random.normal(())),
    )


def test_a_seed_gives_the_same_numbers_everywhere():
    runtime.set_seed(3)
    first = draw()
    runtime.set_seed(np.int64(3))
    assert draw() == first
    runtime.set_seed(4)
    assert all(a != b for a, b in zip(draw(), first, strict=True))


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "0", None])
def test_a_seed_that_numpy_cannot_take_is_refused(seed):
    with pytest.raises(ValueError, match="set_seed") as error:
        runtime.set_seed(seed)
    assert str(error.value) == (
        "set_seed: `seed` must be an integer from 0 to 2**32 - 1. "
        f"Received: seed={seed!r}. What would do: 0."
    )


@pytest.mark.filterwarnings("ignore:.*jit_compile=True")
@pytest.mark.parametrize(("gpus", "compiles"), [([], True), (["a GPU"], False)])
def test_a_seed_costs_xla_only_on_a_gpu(monkeypatch, gpus, compiles):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: gpus)
    runtime.set_seed(1)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse", jit_compile=True)
    assert model.jit_compile is compiles


def test_the_report_is_plain_data():
    report = runtime.report()
    assert json.loads(json.dumps(report)) == report
    assert report["versions"]["keras"] == keras.__version__
    assert report["versions"]["tensorflow"] == tf.__version__
    assert report["devices"]["backend"] == keras.backend.backend()
    assert any(name.startswith("CPU:0") for name in report["devices"]["devices"])
    assert report["devices"]["strategy"] == "one device, CPU:0"
    assert report["devices"]["precision_suited"] == "float32"
    assert report["devices"]["gpus_in_use"] == report["devices"]["memory_growth"] == []
    assert report["devices"]["xla"] is True
    assert report["machine"]["cores"] >= 1


def test_the_report_follows_the_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        assert runtime.report()["devices"]["precision"] == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy(before)


LOOK = """
import json
from fmkeras import runtime
before = runtime.report(), runtime.why_no_gpu()
runtime.use_threads(3)
runtime.use_logical_cpus(2)
runtime.use_memory_growth()
runtime.use_gpu([])
after = runtime.report()["devices"]
runtime.use_threads(5)
print(json.dumps([before[0]["devices"], after]))
"""


def test_the_report_starts_nothing_and_shows_what_the_calls_have_chosen(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    command = [sys.executable, "-c", LOOK]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    before, after = json.loads(run.stdout)
    changed = {name: after[name] for name in after if after[name] != before[name]}
    assert before.keys() == after.keys()
    assert before["threads_in_operation"] == before["threads_of_operations"] == "all"
    assert changed == {
        "strategy": "mirrored over CPU:0, CPU:1",
        "threads_in_operation": 3,
        "threads_of_operations": 3,
    }


@pytest.mark.parametrize("kernels", [[], ["CPU"]])
def test_whether_there_is_xla_is_asked_of_tensorflow(monkeypatch, kernels):
    from tensorflow.python.framework import kernels as registry

    asked = []

    def find(operation):
        asked.append(operation)
        return SimpleNamespace(kernel=kernels)

    monkeypatch.setattr(registry, "get_registered_kernels_for_op", find)
    assert runtime.report()["devices"]["xla"] is bool(kernels)
    assert asked == ["XlaLaunch"]
    monkeypatch.delattr(registry, "get_registered_kernels_for_op")
    assert runtime.report()["devices"]["xla"] == "unknown"


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_on_another_backend_the_report_leaves_tensorflow_out(monkeypatch, backend):
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["gpu:0"])
    shared = {"torch": "one device", "jax": "one device, gpu:0"}
    assert runtime.report()["devices"] == {
        "backend": backend,
        "devices": ["GPU:0"],
        "strategy": shared[backend],
        "precision": "float32",
        "precision_suited": "float32",
    }


SEEN = {
    "system": "Linux",
    "hidden": None,
    "has_driver": True,
    "built_with_cuda": True,
}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"system": "Darwin"},
            "No GPU: TensorFlow's own package runs on the CPU on macOS. Apple's "
            "plug-in tensorflow-metal may serve, where it supports this version.",
        ),
        (
            {"system": "Windows"},
            "No GPU: since version 2.11 TensorFlow uses no GPU on Windows itself. "
            "Install fmkeras inside WSL2.",
        ),
        (
            {"has_driver": False},
            "No GPU: no NVIDIA driver was found on this machine.",
        ),
        (
            {"hidden": "-1"},
            "No GPU: CUDA_VISIBLE_DEVICES='-1' hides every GPU. Unset it to use them.",
        ),
        (
            {"built_with_cuda": False},
            "No GPU: this TensorFlow was built for the CPU only. "
            'Run: pip install "tensorflow[and-cuda]".',
        ),
        (
            {},
            "No GPU: the NVIDIA driver is there, but TensorFlow did not find the CUDA "
            'libraries. Run: pip install "tensorflow[and-cuda]".',
        ),
    ],
)
def test_why_there_is_no_gpu(changed, sentence):
    assert explain_missing_gpu(**{**SEEN, **changed}) == sentence


def test_a_gpu_that_is_seen_needs_no_explanation(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: ["GPU:0"])
    assert runtime.why_no_gpu() is None


def test_finite_inputs_pass():
    assert runtime.check_inputs(np.zeros((3, 2)), np.array([0, 1, 2])) is None


def test_nan_is_counted_and_located():
    x = np.zeros((5, 4, 3), "float32")
    x[2, 1, 0] = np.nan
    x[4, 3, 2] = -np.inf
    with pytest.raises(ValueError, match="NaN") as error:
        runtime.check_inputs(x)
    assert str(error.value) == (
        "check_inputs: `x` must be finite numbers. Received: 2 values that are NaN or "
        "infinite, the first at index (2, 1, 0). What would do: drop those rows, or "
        "fill in the mean of the column."
    )


def test_targets_are_looked_at_too():
    with pytest.raises(ValueError, match="`y`") as error:
        runtime.check_inputs(np.zeros((2, 3)), [1.0, np.nan])
    assert str(error.value) == (
        "check_inputs: `y` must be finite numbers. Received: 1 value that is NaN or "
        "infinite, the first at index (1,). What would do: drop those rows, or fill in "
        "the mean of the column."
    )


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="length") as error:
        runtime.check_inputs(np.zeros((5, 3)), np.zeros(4))
    assert str(error.value) == (
        "check_inputs: `x` and `y` must have the same length. "
        "Received: 5 rows of x and 4 of y."
    )


def test_what_is_no_array_of_numbers_is_refused():
    with pytest.raises(ValueError, match="`x`") as error:
        runtime.check_inputs(["a", "b"])
    assert str(error.value) == (
        "check_inputs: `x` must be an array of numbers with at least one axis. "
        "Received: x=['a', 'b']. What would do: a NumPy array, or "
        "df.to_numpy(dtype='float32') of a data frame."
    )
