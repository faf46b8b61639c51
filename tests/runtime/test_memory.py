import os
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="about glibc, Linux's C library"
    ),
]

# A piece of 64 MiB, taken and given back four times: 16,384 pages each.
FAULTS = """
import resource

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(4):
        b"x" * 2**26
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
"""
BY_HAND = """
from fmkeras import runtime
print(runtime.keep_memory(), runtime.keep_memory())
"""
FITTED = """
import numpy as np
from fmkeras import models
model = models.mlp(3, (5,), 2)
model.fit(np.zeros((4, 3)), np.array([0, 1, 0, 1]), verbose=0)
"""
WRITTEN = """
from keras import ops
from fmkeras.generation import DecodingEngine
def next_logits(token_ids, cache, cache_index, num_padding):
    return ops.one_hot((token_ids[:, -1] + 1) % 7, 7), cache
DecodingEngine(next_logits, lambda batch_size, length: (), 7).generate([3], 2)
"""


def pages_taken(doing, **environment):
    """Give what was printed and how many pages were taken before and after."""
    script = f"{FAULTS}\nbefore = faults()\n{doing}\nfaults()\nprint(before, faults())"
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")}
    clean.pop("GLIBC_TUNABLES", None)
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**clean, **environment},
        capture_output=True,
        check=True,
        text=True,
    )
    *said, pages = done.stdout.splitlines()
    return said, *map(int, pages.split())


@pytest.mark.parametrize(
    ("doing", "said"), [(BY_HAND, ["True True"]), (FITTED, []), (WRITTEN, [])]
)
def test_a_piece_given_back_is_there_for_the_next(doing, said):
    told, before, after = pages_taken(doing)
    assert told == said
    assert before > 60_000
    assert after < 600


@pytest.mark.parametrize(
    "environment",
    [
        {"MALLOC_TRIM_THRESHOLD_": "131072"},
        {"GLIBC_TUNABLES": "glibc.malloc.perturb=0"},
    ],
)
def test_what_the_environment_says_stays(environment):
    told, _, after = pages_taken(BY_HAND, **environment)
    assert told == ["False False"]
    assert after > 60_000


def test_other_tunables_are_no_objection():
    told, _, after = pages_taken(BY_HAND, GLIBC_TUNABLES="glibc.cpu.x86_ibt=off")
    assert told == ["True True"]
    assert after < 600
