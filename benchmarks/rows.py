"""The rows that can be asked for by name, and how one is measured."""

from importlib import import_module
from typing import NamedTuple

from benchmarks import results
from benchmarks.comparing import compare


class Row(NamedTuple):
    """One row.

    Args:
        module: String. The module that knows its jobs.
        title: String, as the tables show it.
        in_fast: Boolean. Whether a fast run measures it.
    """

    module: str
    title: str
    in_fast: bool = False


ROWS = {
    "decoder": Row("decoder_training", "Training a decoder", in_fast=True),
    "gpt2-training": Row("decoder_training", "Training GPT-2 small's shape"),
    "generation": Row("generation", "Writing text, small decoder"),
    "gpt2-generation": Row("generation", "Writing text, GPT-2 small"),
    "lenet5": Row("builders", "Training LeNet-5", in_fast=True),
    "mlp": Row("builders", "Training an MLP", in_fast=True),
    "attention": Row("attention", "Attention, forward and backward"),
    "tokenizer": Row("byte_pair", "Byte-pair encoding", in_fast=True),
    "startup": Row("startup", "Starting up"),
    "quality": Row("quality", "What was learnt"),
    "growth": Row("growth", "How cost grows"),
}


class UnknownRowError(ValueError):
    """There is no row of that name."""


def chosen(names, fast):
    """Give the names of the rows to measure.

    Args:
        names: List of strings, as asked for; empty for all.
        fast: Boolean. Whether all are those of a fast run.

    Raises:
        UnknownRowError: If a name is unknown.
    """
    if unknown := [name for name in names if name not in ROWS]:
        known = ", ".join(ROWS)
        raise UnknownRowError(f"No such row: {', '.join(unknown)}. There are: {known}.")
    return names or [name for name, row in ROWS.items() if row.in_fast or not fast]


def measure(name, fast, tell):
    """Measure one row.

    Args:
        name: String. The row.
        fast: Boolean. Whether to leave out what takes long.
        tell: Called with a sentence on what is being done.

    Returns:
        Results, as `results.empty()` begins them.

    Raises:
        ContenderError: If ours cannot do a job.
    """
    dotted = f"benchmarks.{ROWS[name].module}"
    module = import_module(dotted)
    measured = results.empty()
    for job in module.jobs(name, fast):
        comparisons, left_out = compare(name, dotted, job, tell)
        measured["comparisons"] += comparisons
        measured["left_out"] += left_out
    if hasattr(module, "more"):
        more = module.more(name, measured["comparisons"], tell)
        for kind, entries in more.items():
            measured[kind] += entries
    return measured
