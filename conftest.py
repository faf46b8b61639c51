"""The same quiet surroundings for every test and every docstring's example."""

import os
import sys

import matplotlib
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
matplotlib.use("agg")  # no screen is needed; Jupyter kernels still choose their own


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
