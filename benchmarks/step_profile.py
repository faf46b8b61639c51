"""Where a step goes: `python -m benchmarks.step_profile`.

The rows of the benchmarks say how long a step takes; this says with what. TensorFlow's
profiler notes every kernel that XLA runs, or every operation of TensorFlow's where XLA
compiles nothing, and here they are summed up by kind. They run side by side on the
cores, and a large one is shared among them but noted once, so the sum is neither the
time of the step nor that of the cores.

Without arguments it looks at a training step of the reference job. Any other job of the
benchmarks is named by its module, itself, and the steps in a round:

    python -m benchmarks.step_profile --module attention --job "T = 2048" --steps 1
    python -m benchmarks.step_profile --module builders --job LeNet-5 --steps 192
"""

import re
import tempfile
import time
from importlib import import_module
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.jobs import OURS

# An instruction is named after what XLA fused into it; the first kind that fits counts.
KINDS = {
    "matrix products": r"(?i)matmul|^dot",
    "convolutions": r"(?i)conv(?!ert)",
    "poolings": r"(?i)pool",
    "sums": r"reduce|^ynn_fusion",
    "the rest, number by number": "",
}
# What only holds others, whose time is noted as well.
CONTAINERS = r"(?i)^(while|if|\w*call|conditional)[.\d]*$"
OPERATION = r"[^: ]+:(\w+)"  # its place in the graph, and its type


def main(module: str = "decoder_training", job: str = "reference job", steps: int = 64):
    """Profile one job of the benchmarks and print the table."""
    import fmkeras  # noqa: F401, before TensorFlow, as in the benchmarks

    seconds, events = profiled(import_module(f"benchmarks.{module}").build(job, OURS))
    _show(job, seconds, by_kind(events), steps, Console())


def profiled(run):
    """Let a compiled job run once more, with every kernel noted.

    Args:
        run: Function that does the job; it runs twice before, to compile and warm up.

    Returns:
        A pair: the seconds that the job takes without a profiler, and a list of
        `(name, seconds)`, one for each kernel that ran.
    """
    import tensorflow as tf

    run()
    start = time.perf_counter()
    run()
    seconds = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder):
            run()
        return seconds, _kernels(next(Path(folder).rglob("*.xplane.pb")))


def by_kind(events):
    """Sum up kernels by kind.

    Args:
        events: List of `(name, seconds)`.

    Returns:
        Dictionary from each of `KINDS` to a pair: seconds, and how many kernels.
    """
    found = dict.fromkeys(KINDS, (0.0, 0))
    for name, seconds in events:
        if re.match(CONTAINERS, name):
            continue
        kind = next(kind for kind, form in KINDS.items() if re.search(form, name))
        total, count = found[kind]
        found[kind] = total + seconds, count + 1
    return found


def _kernels(file):
    """Read from the profiler's file what XLA ran, or else TensorFlow."""
    from tensorflow.tsl.profiler.protobuf.xplane_pb2 import XSpace

    instructions, operations = [], []
    for plane in XSpace.FromString(file.read_bytes()).planes:
        for event in (event for line in plane.lines for event in line.events):
            name = plane.event_metadata[event.metadata_id].name
            seconds = event.duration_ps / 1e12
            told = {plane.stat_metadata[s.metadata_id].name for s in event.stats}
            if "hlo_op" in told:
                instructions.append((name, seconds))
            elif operation := re.fullmatch(OPERATION, name):
                operations.append((operation[1], seconds))
    return instructions or operations


def _show(job, all_seconds, kinds, steps, console):
    table = Table(title=f"{job}, a step: {1e3 * all_seconds / steps:.1f} ms")
    table.add_column("kernels")
    table.add_column("a step", justify="right")
    table.add_column("ms a step", justify="right")
    for kind, (seconds, count) in kinds.items():
        table.add_row(kind, f"{count / steps:.0f}", f"{1e3 * seconds / steps:.2f}")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
