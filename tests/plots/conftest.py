"""Figures are drawn into memory, in matplotlib's own style, and forgotten."""

import matplotlib
import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def canvas():
    plt.switch_backend("agg")
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        yield
    plt.close("all")
