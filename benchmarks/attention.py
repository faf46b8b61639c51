"""How attention's time and memory grow with the length.

Run with `python -m benchmarks.attention`. Forward and backward, causal, one row of
four heads of width 64: our tiles, our plain form, Keras's, and PyTorch's fused one.
Memory is the peak of a process of its own, less what it held before the first call.
"""

import os
import resource
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import peers
from benchmarks.paired import paired_seconds
from benchmarks.tables import comparison_rows, show

LENGTHS = (512, 1024, 2048, 4096)
BATCH, HEADS, WIDTH = 1, 4, 64
MIB = 1024  # what `ru_maxrss` counts, in kibibytes


def arrays(length):
    """Draw query, key, value and the gradient of the output."""
    rng = np.random.default_rng(0)
    shape = (4, BATCH, HEADS, length, WIDTH)
    return rng.normal(size=shape).astype("float32")


def tensorflow_job(attend, length):
    """Compile attention and its gradient under XLA."""
    import tensorflow as tf

    query, key, value, upstream = map(tf.constant, arrays(length))

    @tf.function(jit_compile=True)
    def gradients(query, key, value):
        with tf.GradientTape() as tape:
            tape.watch([query, key, value])
            loss = tf.reduce_sum(attend(query, key, value) * upstream)
        return tape.gradient(loss, [query, key, value])

    return lambda: [x.numpy() for x in gradients(query, key, value)]


def tiled(query, key, value):
    from fmkeras.layers import flash_attention

    return flash_attention(query, key, value, causal=True)


def plain(query, key, value):
    from fmkeras.layers import causal_mask, scaled_dot_product_attention

    mask = causal_mask(query.shape[2], key.shape[2])
    return scaled_dot_product_attention(query, key, value, mask=mask)[0]


def keras_attention(query, key, value):
    import keras

    swap = (0, 2, 1, 3)
    query, key, value = (keras.ops.transpose(x, swap) for x in (query, key, value))
    output = keras.ops.dot_product_attention(query, key, value, is_causal=True)
    return keras.ops.transpose(output, swap)


def torch_job(length):
    import torch

    *tensors, upstream = map(torch.from_numpy, arrays(length))
    for tensor in tensors:
        tensor.requires_grad_()

    def gradients():
        output = torch.nn.functional.scaled_dot_product_attention(
            *tensors, is_causal=True
        )
        return torch.autograd.grad(output, tensors, upstream)

    return gradients


def job(name, length):
    """Build one of the jobs by its name."""
    if name == "PyTorch, fused":
        return torch_job(length)
    attend = {"fmkeras": tiled, "fmkeras, plain": plain, "Keras": keras_attention}[name]
    return tensorflow_job(attend, length)


def names():
    """Name ours and every peer that is installed."""
    found = ["fmkeras", "fmkeras, plain", "Keras"]
    return [*found, "PyTorch, fused"] if peers.installed("torch") else found


def extra_memory(name, length):
    """Measure the peak memory in MiB that the first calls of a job add."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.attention",
        "memory",
        name,
        str(length),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def print_memory(name, length):
    run = job(name, 64)
    run()  # what the framework itself takes is there already
    run = job(name, length)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run()
    run()
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / MIB)


def show_memory():
    table = Table(title="Peak memory that a forward and a backward pass add, in MiB")
    table.add_column("positions", justify="right")
    for name in names():
        table.add_column(name, justify="right")
    for length in LENGTHS:
        cells = [f"{extra_memory(name, length):,.0f}" for name in names()]
        table.add_row(f"{length:,}", *cells)
    Console().print(table)


def main():
    """Print the table of times and the table of memory."""
    rows = []
    for length in LENGTHS:
        seconds = paired_seconds({name: job(name, length) for name in names()})
        rows += comparison_rows(f"{length:,}", seconds, BATCH * length, "positions/s")
    absent = [] if peers.installed("torch") else ["PyTorch is not installed here."]
    show("Attention, forward and backward, causal", rows, absent)
    show_memory()


if __name__ == "__main__":
    if sys.argv[1:2] == ["memory"]:
        print_memory(sys.argv[2], int(sys.argv[3]))
    else:
        main()
