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
