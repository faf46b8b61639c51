"""The process of one contender: `python -m benchmarks.worker MODULE JOB CONTENDER`.

It builds the job, then does one round for every line on its standard input, and
answers with a line of JSON: how long the round took, what it told (a dict), and the
most memory that the process has held so far. In a process of its own, nobody's threads
or memory are another's, and while one contender runs the others wait for their line.
"""

import importlib
import json
import os
import resource
import sys
import time
from pathlib import Path

from benchmarks.peers import is_stock_keras

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
UNITS_PER_MIB = 1024**2 if sys.platform == "darwin" else 1024  # of `ru_maxrss`


def main(module, job, contender):
    """Build the job, and answer every line with a round."""
    # Libraries print where answers would go: let them print to standard error.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    # fmkeras asks TensorFlow for oneDNN before it loads; stock Keras asks for nothing.
    importlib.import_module("tensorflow" if is_stock_keras(contender) else "fmkeras")
    run = importlib.import_module(module).build(job, contender)
    print(json.dumps({"peak_mib": peak_memory()}), file=answers)
    for _ in sys.stdin:
        start = time.perf_counter()
        result = run()
        seconds = time.perf_counter() - start
        told = result if isinstance(result, dict) else None  # else nobody asks for it
        answer = {"seconds": seconds, "result": told, "peak_mib": peak_memory()}
        print(json.dumps(answer), file=answers)


def peak_memory():
    """Tell the most memory in MiB that this process has held."""
    try:  # where there is this file, `ru_maxrss` begins with what the parent held
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / UNITS_PER_MIB
    return next(int(line.split()[1]) for line in lines if "VmHWM" in line) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
