"""A contender's process: it works when told to, answers, and says why it fails."""

import os
import textwrap

import pytest

from benchmarks.contender import Contender, ContenderError
from site_builder.project import REPOSITORY_ROOT

MODULE = """
import sys, time

held = []

def build(job, contender):
    print("a library greets")
    if job == "unbuildable":
        raise RuntimeError("no such job")
    def run():
        print("noise on standard output")
        if job == "fragile" and held:
            sys.exit("worn out")
        held.append(b"x" * (64 * 2**20))
        time.sleep(0.05)
        return {"who": contender, "rounds": len(held)}
    return run
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "stand_in.py").write_text(textwrap.dedent(MODULE), "utf-8")
    paths = os.pathsep.join([str(REPOSITORY_ROOT), str(tmp_path)])
    monkeypatch.setenv("PYTHONPATH", paths)
    return "stand_in"


def test_a_round_gives_seconds_result_and_peak_memory(module):
    with Contender(module, "steady", "somebody") as contender:
        rounds = [contender.round() for _ in range(3)]
        assert contender.first_seconds == rounds[0]["seconds"]
        built = contender.built_mib
    assert [each["result"] for each in rounds] == [
        {"who": "somebody", "rounds": n} for n in (1, 2, 3)
    ]
    assert all(0.05 <= each["seconds"] < 5.0 for each in rounds)
    assert 1.0 < built < 1000.0
    assert 180 < rounds[-1]["peak_mib"] - built < 210  # three times 64 MiB


def test_when_it_is_left_its_process_is_gone(module):
    with Contender(module, "steady", "somebody") as contender:
        assert contender.process.poll() is None
    assert contender.process.poll() is not None


def test_who_cannot_be_built_says_why(module):
    with pytest.raises(ContenderError) as error:
        Contender(module, "unbuildable", "somebody")
    assert str(error.value) == (
        "somebody failed at 'unbuildable': RuntimeError: no such job"
    )
    assert (error.value.name, error.value.reason) == (
        "somebody",
        "RuntimeError: no such job",
    )


def test_who_gives_up_half_way_says_why(module):
    with Contender(module, "fragile", "somebody") as contender:
        contender.round()
        for _ in range(2):  # also when it is asked once more
            with pytest.raises(ContenderError) as error:
                contender.round()
            assert str(error.value) == "somebody failed at 'fragile': worn out"
