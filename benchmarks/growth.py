"""How cost grows: training, writing and tokenizing, measured and set against theory.

Every quantity is varied alone, around the reference job. Theory counts the operations
of the matrix products, or the bytes.
"""

import statistics
import time
from dataclasses import dataclass, replace

from benchmarks import byte_pair, decoder_training, decoders, peers
from benchmarks.contender import Contender
from benchmarks.fitting import exponent
from benchmarks.jobs import OURS

ROUNDS = 5
BASE = {"T": 64, "L": 4, "D": 128, "B": 12}
STEPS = 16  # what one call of the compiled function takes
VARIED = {
    "T": ("a training step", "sequence length T", (64, 128, 256, 512, 1024)),
    "L": ("a training step", "layers L", (1, 2, 4, 8, 16)),
    "D": ("a training step", "width D", (64, 128, 256, 512)),
    "B": ("a training step", "batch B", (4, 8, 16, 32, 64)),
    "written": ("writing", "new tokens", (32, 64, 128, 256, 512)),
    "learnt": (
        "learning 2,000 merges",
        "text in MB",
        (0.125, 0.25, 0.5, 1.0, 2.0),
    ),
    "encoded": ("encoding", "text in MB", (0.125, 0.25, 0.5, 1.0, 2.0)),
}
PROMPT = 16


@dataclass(frozen=True)
class Size:
    """What is done at one size, and how much of it theory counts."""

    run: callable
    theory: float
    times: int = 1  # how often a run does it


def jobs(row, fast):
    """Compare with nobody: `more` does all."""
    return []


def more(row, found, tell, start=Contender):
    """Measure every quantity.

    Args:
        row: String. The row's name.
        found: List of this row's comparisons: none.
        tell: Called with a sentence on what is being done.
        start: Called with module, job and contender; gives a `Contender`.

    Returns:
        A dict: `growth`, a list of dicts, one for each quantity that was varied.
    """
    grown = []
    for name, (what, axis, _) in VARIED.items():
        tell(f"{row}: {what} against {axis}")
        with start(__name__, name, OURS) as contender:
            result = contender.round()["result"]
        x, seconds, theory = result["x"], result["seconds"], result["theory"]
        grown.append(
            {
                "row": row,
                "job": name,
                "what": what,
                "axis": axis,
                **result,
                "exponent": exponent(x, seconds),
                "theory_exponent": exponent(x, theory),
            }
        )
    return {"growth": grown}


def build(job, contender):
    """Give the function that measures one quantity at all its sizes."""
    x = VARIED[job][2]
    make = {"written": _writing, "learnt": _learning, "encoded": _encoding}.get(job)

    def run():
        sizes = [make(n) if make else _training(job, n) for n in x]
        seconds = [[] for _ in sizes]
        for size in sizes:
            size.run()
        for _ in range(ROUNDS):  # in turn, as the machine drifts
            for size, its in zip(sizes, seconds, strict=True):
                start = time.perf_counter()
                size.run()
                its.append(time.perf_counter() - start)
        return {
            "x": list(x),
            "seconds": [
                statistics.median(its) / size.times
                for size, its in zip(sizes, seconds, strict=True)
            ],
            "theory": [size.theory for size in sizes],
        }

    return run


def _training(axis, n):
    at = {**BASE, axis: n}
    shape = replace(
        peers.SMALL,
        max_sequence_length=at["T"],
        num_layers=at["L"],
        hidden_dim=at["D"],
    )
    inputs, targets = decoder_training.batches(shape, at["B"], at["T"], STEPS)
    theory = 3 * at["B"] * shape.forward_flops(at["T"], at["T"])
    epoch = decoders.learner(OURS, shape).epoch(inputs, targets)
    return Size(epoch, theory, times=STEPS)


def _writing(new):
    model = peers.fmkeras_gpt2(peers.SMALL_LONG)
    prompt = [[1] * PROMPT]
    return Size(lambda: model.generate(prompt, max_new_tokens=new, seed=0), new)


def _learning(megabytes):
    text = _text(megabytes)
    return Size(lambda: byte_pair.train_ours(text, 2_000), len(text))


def _encoding(megabytes):
    from fmkeras.text import BytePairTokenizer

    tokenizer = BytePairTokenizer.train(_text(0.25), 2_256)
    text = _text(megabytes)
    return Size(lambda: tokenizer.encode(text), len(text))


def _text(megabytes):
    return byte_pair.corpus(round(megabytes * 1e6))
