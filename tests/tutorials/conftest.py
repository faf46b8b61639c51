"""Ask what holds for any seed.

`run_with_seed("01", 1)["by_fit"]` is a name of the lesson after it has run with
`SEED = 1`, and with all its own assertions.
"""

import functools
import re

import pytest

from fmkeras import course
from fmkeras.course.cells import read_cells
from fmkeras.course.executing import main_module, run_cell


@pytest.fixture
def run_with_seed():
    """Give a function `(number, seed)` that runs a lesson and returns its names."""
    return _names_after_a_run


@functools.lru_cache(maxsize=3)  # the three seeds of a lesson, not all its models
def _names_after_a_run(number, seed):
    """Run all but the exercises, whose inputs are fresh anyway; keep no figure."""
    import matplotlib.pyplot as plt

    lesson = course.find_lesson(number)
    with main_module(lesson.path) as namespace:
        for cell in read_cells(lesson.text()):
            source = cell.source
            if cell.kind == "setup":
                source, count = re.subn(r"(?m)^SEED = \d+", f"SEED = {seed}", source)
                assert count == 1
            if cell.kind in ("setup", "code"):
                run_cell(source, namespace, str(lesson.path), cell.line)
                plt.close("all")
    return namespace
