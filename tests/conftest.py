"""What the tests share, on whatever backend runs them."""

import signal
import subprocess
import sys

import pytest

# A run in the background ignores Ctrl-C, and so would all that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

HOLDING = """
import pathlib, sys, time
from fmkeras.runtime.one_writer import one_writer
with one_writer(pathlib.Path(sys.argv[1]), "test"):
    print("it has it", flush=True)
    exec(sys.argv[3])
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def another_writer():
    """Let another process write to a folder, until it is ended; give the process."""
    processes = []

    def begin(folder, script=HOLDING, meanwhile="pass"):
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", script, str(folder), "600", meanwhile],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        processes.append(process)
        assert process.stdout.readline().startswith("it ")
        return process

    yield begin
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def is_free():
    """Tell whether another process may write to a folder."""

    def ask(folder):
        command = [sys.executable, "-c", HOLDING, str(folder), "0", "pass"]
        return subprocess.run(command, capture_output=True).returncode == 0

    return ask


@pytest.fixture(autouse=True)
def arrays_of_torch(monkeypatch):
    """Let NumPy read what a model gives on PyTorch, too, gradient or not."""
    if "keras" in sys.modules and _backend() == "torch":
        import torch

        plain = torch.Tensor.__array__

        def detached(tensor, dtype=None, copy=None):
            return plain(tensor.detach(), dtype)

        monkeypatch.setattr(torch.Tensor, "__array__", detached)


@pytest.fixture
def gradients():
    """Return the gradients of a scalar function of nothing by `keras.Variable`s."""
    import keras

    compute = {"tensorflow": _by_tensorflow, "jax": _by_jax, "torch": _by_torch}

    def gradients_as_arrays(function, variables):
        return [
            None if gradient is None else keras.ops.convert_to_numpy(gradient)
            for gradient in compute[_backend()](function, variables)
        ]

    return gradients_as_arrays


@pytest.fixture
def float64():
    """Name the type in which differences are taken, where Keras keeps to it."""
    if _backend() != "tensorflow":
        pytest.skip("Keras keeps to float64 on TensorFlow alone")
    return "float64"


def _backend():
    import keras

    return keras.backend.backend()


def _by_tensorflow(function, variables):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = function()
    found = tape.gradient(loss, [variable.value for variable in variables])
    # Embeddings have sparse gradients, of which this makes plain ones.
    return [None if g is None else tf.convert_to_tensor(g) for g in found]


def _by_jax(function, variables):
    import jax
    import keras

    def loss(values):
        state = zip(variables, values, strict=True)
        with keras.StatelessScope(state_mapping=state):
            return function()

    return jax.grad(loss)([variable.value for variable in variables])


def _by_torch(function, variables):
    for variable in variables:
        variable.value.grad = None
    function().backward()
    return [variable.value.grad for variable in variables]
