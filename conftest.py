"""The same quiet surroundings for every test and every docstring's example."""

import os
import sys
import tempfile

import matplotlib
import pytest
from hypothesis import settings

import fmkeras  # noqa: F401, before TensorFlow, which it asks for oneDNN

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
matplotlib.use("agg")  # no screen is needed; Jupyter kernels still choose their own

# What XLA has compiled for one test serves the next one that asks for the same, in
# this process, in its workers and in the processes that they start.
if "TF_XLA_FLAGS" not in os.environ:
    compiled = tempfile.TemporaryDirectory(prefix="fmkeras-xla-")  # gone at exit
    os.environ["TF_XLA_FLAGS"] = (
        f"--tf_xla_persistent_cache_directory={compiled.name} "
        "--tf_xla_persistent_cache_device_types=CPU"
    )

# No test fails for being slow: a machine under load pauses where it likes.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Tests that only some of Keras's backends can take: marker -> (backends, why).
# `make test-backends` runs the rest on the others.
ONLY_ON = {
    "tensorflow": (
        ("tensorflow",),
        "about TensorFlow: tf.function, tf.data or its errors",
    ),
    "compiled": (
        ("tensorflow", "jax"),
        "about compiled programs: PyTorch runs functions as they stand",
    ),
    "steps_together": (
        ("tensorflow", "jax"),
        "about many steps to a call: PyTorch takes single ones",
    ),
    "masks_to_the_loss": (
        ("tensorflow", "torch"),
        "about padded inputs: on JAX Keras brings no mask to the loss",
    ),
    "same_dropout": (
        ("tensorflow", "jax"),
        "about dropout gone on with: PyTorch draws it from a generator of its own",
    ),
}


def pytest_configure(config):
    """Make the markers known."""
    for marker, (backends, reason) in ONLY_ON.items():
        line = f"{marker}: {reason}; on {' and '.join(backends)} only"
        config.addinivalue_line("markers", line)


def pytest_runtest_setup(item):
    """Skip, and say why, what the backend in use cannot take."""
    markers = [marker for marker in item.iter_markers() if marker.name in ONLY_ON]
    for marker in markers:
        import keras

        backends, reason = ONLY_ON[marker.name]
        if keras.backend.backend() not in backends:
            pytest.skip(reason)


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test or an example has drawn."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(autouse=True)
def forget_determinism():
    """Undo what `set_seed` asks of TensorFlow, under which Keras gives up XLA."""
    yield
    if "tensorflow" in sys.modules:
        from tensorflow.python.framework import config

        config.disable_op_determinism()
