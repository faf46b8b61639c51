"""Two small lessons, in a folder of their own."""

import pytest

DOUBLING = '''\
# ---
# title: Doubling
# part: I. Numbers
# minutes: 1
# difficulty: 1
# prerequisites: []
# objectives:
#   - Double a number.
#   - Halve it again.
# ---

# %% [markdown]
# # Doubling
# Two times $x$.
#
# ```
# # This is no heading
# ```

# %% tags=["setup"]
import numpy as np

from fmkeras.course import expect

# %%
print("two times two is", 2 * 2)

# %% [markdown]
# ## Practice
#
# ### Exercise 1: Double

# %% exercise="double"
def double(x):
    """Return two times x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% check="double"
x = float(np.random.default_rng().integers(3, 9))
mistakes = [(x * x, "That is the square.")]
expect(double(x), 2 * x, call=f"double({x})", mistakes=mistakes)

# %% [markdown]
# ### Exercise 2: Halve

# %% exercise="halve"
def halve(x):
    """Return half of x."""
    ### BEGIN SOLUTION
    if x:
        return x / 2
    return x
    ### END SOLUTION

# %% check="halve"
expect(halve(3), 1.5, call="halve(3)")
'''

PLOTTING = """\
# ---
# title: Plotting
# part: II. Pictures
# minutes: 2
# difficulty: 3
# prerequisites: ["01"]
# objectives: ["Draw a line."]
# ---

# %% [markdown]
# # Plotting

# %% tags=["setup"]
from matplotlib.figure import Figure

# %% alt="A rising line"
figure = Figure()
figure.add_subplot().plot([1, 2])
figure
"""


@pytest.fixture
def doubling():
    return DOUBLING


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "lessons"
    folder.mkdir()
    (folder / "01_doubling.py").write_text(DOUBLING, "utf-8")
    (folder / "04_plotting.py").write_text(PLOTTING, "utf-8")
    return folder
