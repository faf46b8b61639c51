"""How long TensorFlow holds an epoch open: `python -m benchmarks.epoch_ends`.

A pipeline is read for a while and dropped, as `fit` does at the end of an epoch, once
with the tuning that TensorFlow does by itself and once without it.
"""

import time

from rich.console import Console
from rich.table import Table

READ_FOR, TIMES = 0.4, 12  # seconds, and how often


def main():
    """Print how long each end took, in milliseconds."""
    table = Table("pipeline", "ms from the last batch to the end, one after the other")
    tuned, untuned = pipelines()
    for name, pipeline in (("as it comes", tuned), ("without tuning", untuned)):
        ends = seconds_to_end(pipeline, READ_FOR, TIMES)
        table.add_row(name, " ".join(f"{1e3 * end:.0f}" for end in ends))
    Console().print(table)


def pipelines():
    """Give a pipeline of numbers as it comes, and the same without tuning."""
    import tensorflow as tf

    from fmkeras.runtime.pipelines import untuned

    numbers = tf.data.Dataset.range(2**40)
    doubled = numbers.map(lambda n: 2 * n, num_parallel_calls=tf.data.AUTOTUNE)
    return doubled, untuned(doubled)


def seconds_to_end(pipeline, read_for, times):
    """Read a pipeline for some seconds and time how long it takes to end.

    Args:
        pipeline: `tf.data.Dataset` that lasts longer than that.
        read_for: Float, seconds.
        times: Integer, how often.

    Returns:
        List of floats, seconds.
    """
    ends = []
    for _ in range(times):
        batches = iter(pipeline)
        start = time.perf_counter()
        while time.perf_counter() - start < read_for:
            next(batches)
        last = time.perf_counter()
        del batches
        ends.append(time.perf_counter() - last)
    return ends


if __name__ == "__main__":
    main()
