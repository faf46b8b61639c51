"""Ask what holds for any seed.

`run_with_seed("01", 1)["by_fit"]` is a name of the lesson after it has run with
`SEED = 1`, and with all its own assertions. Seed 0 is the lesson's own: the site is
built from that run, in a process of its own, and its numbers are those of the prose.
"""

import contextlib
import functools
import os
import re
import tempfile

import pytest

from fmkeras import course
from fmkeras.course.cells import read_cells
from fmkeras.course.executing import main_module, run_cell


@pytest.fixture(scope="module", params=[1, 2])
def seed(request):
    """Give one seed to all tests of a lesson, and then the other."""
    return request.param


@pytest.fixture
def run_with_seed():
    """Give a function `(number, seed)` that runs a lesson and returns its names."""
    return _names_after_a_run


@functools.lru_cache(maxsize=2)  # two seeds of a lesson, not all models of all
def _names_after_a_run(number, seed):
    """Run a lesson with another seed, and keep no figure."""
    lesson = course.find_lesson(number)
    with _in_an_empty_folder(), main_module(lesson.path) as namespace:
        _run_cells(lesson, seed, namespace)
    return namespace


def _run_cells(lesson, seed, namespace):
    """Run all but the exercises, whose inputs are fresh anyway."""
    import matplotlib.pyplot as plt

    for cell in read_cells(lesson.text()):
        source = cell.source
        if cell.kind == "setup":
            source, count = re.subn(r"(?m)^SEED = \d+", f"SEED = {seed}", source)
            assert count == 1
        if cell.kind in ("setup", "code"):
            run_cell(source, namespace, str(lesson.path), cell.line)
            plt.close("all")


@contextlib.contextmanager
def _in_an_empty_folder():
    """Let a lesson work where there is nothing, and leave nothing behind."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
            assert os.listdir() == []
        finally:
            os.chdir(before)
