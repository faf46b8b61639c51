"""Contenders that stand in for real ones, and results that nobody measured."""

import copy

import pytest

from benchmarks.contender import ContenderError


class StandIn:
    """A contender whose seconds are written down beforehand."""

    def __init__(self, name, job, seconds, calls):
        self.name, self.job, self.calls = name, job, calls
        self.seconds = iter(seconds)
        self.first_seconds, self.built_mib, self.stopped = None, 100.0, False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopped = True

    def round(self):
        self.calls.append(self.name)
        seconds = next(self.seconds, None)
        if seconds is None:
            raise ContenderError(self.name, self.job, "MemoryError: no room")
        if self.first_seconds is None:
            self.first_seconds = seconds
        return {"seconds": seconds, "result": None, "peak_mib": 160.0}


@pytest.fixture
def stand_in():
    """Return the class of stand-ins."""
    return StandIn


COMPARISON = {
    "row": "mlp",
    "job": "MLP",
    "peer": "PyTorch, eager",
    "goal": 1.3,
    "ratio": 1.25,
    "low": 1.2,
    "high": 1.4,
    "pairs": 5,
    "ours": {
        "seconds": 0.5,
        "first_seconds": 12.3,
        "share": 0.31,
        "peak_mib": 812.4,
        "added_mib": 100.0,
    },
    "theirs": {
        "seconds": 0.625,
        "first_seconds": 0.7,
        "share": 0.25,
        "peak_mib": 1234.0,
        "added_mib": 200.0,
    },
    "work": 8192,
    "unit": "images",
    "rate": 2.1e11,
}
RESULTS = {
    "machine": {
        "processor": "A processor",
        "cores": 2,
        "memory_gib": 23,
        "system": "Linux",
    },
    "versions": {"python": "3.11.4", "keras": "3.15.1"},
    "date": "2026-11-21",
    "comparisons": [COMPARISON],
    "values": [
        {
            "row": "quality",
            "job": "reference job",
            "who": "fmkeras",
            "what": "held-out loss",
            "value": 1.8604,
            "unit": "nats",
            "at_most": 1.87,
        }
    ],
    "growth": [
        {
            "row": "growth",
            "job": "T",
            "what": "a training step",
            "axis": "sequence length T",
            "x": [64, 128, 256],
            "seconds": [0.01, 0.022, 0.05],
            "theory": [1.0, 2.1, 4.4],
            "exponent": 1.161,
            "theory_exponent": 1.069,
        }
    ],
    "left_out": [
        {
            "row": "mlp",
            "job": "MLP",
            "peer": "KerasHub",
            "reason": "not installed: keras_hub",
        }
    ],
}


@pytest.fixture
def results():
    """Return results with one entry of each kind."""
    return copy.deepcopy(RESULTS)
