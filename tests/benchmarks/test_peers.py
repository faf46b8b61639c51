"""Who runs on Keras as it comes, and who on fmkeras, which asks for oneDNN."""

import os
import textwrap

import pytest

from benchmarks import attention, classifiers, peers
from benchmarks.contender import Contender
from benchmarks.jobs import OURS
from site_builder.project import REPOSITORY_ROOT

STOCK = (
    peers.PLAIN_KERAS,
    peers.KERAS_HUB,
    peers.UNMENDED,
    attention.KERAS,
    attention.KERAS_LAYER,
)
OTHERS = (
    OURS,
    classifiers.XLA,
    attention.PLAIN,
    peers.TORCH_EAGER,
    peers.TRANSFORMERS,
    attention.TORCH,
)
# Tells what had been loaded before the job was built.
MODULE = """
import sys

def build(job, contender):
    loaded = "tensorflow" in sys.modules
    return lambda: {"tensorflow": loaded, "fmkeras": "fmkeras" in sys.modules}
"""


@pytest.mark.parametrize("name", STOCK)
def test_these_run_on_keras_as_it_comes(name):
    assert peers.is_stock_keras(name)


@pytest.mark.parametrize("name", OTHERS)
def test_these_do_not(name):
    assert not peers.is_stock_keras(name)


@pytest.mark.parametrize(
    ("name", "loaded"),
    [
        (OURS, {"tensorflow": False, "fmkeras": True}),
        (peers.PLAIN_KERAS, {"tensorflow": True, "fmkeras": False}),
    ],
)
def test_stock_keras_loads_tensorflow_before_fmkeras_can_ask(
    name, loaded, tmp_path, monkeypatch
):
    (tmp_path / "stand_in.py").write_text(textwrap.dedent(MODULE), "utf-8")
    paths = os.pathsep.join([str(REPOSITORY_ROOT), str(tmp_path)])
    monkeypatch.setenv("PYTHONPATH", paths)
    with Contender("stand_in", "look", name) as contender:
        assert contender.round()["result"] == loaded
