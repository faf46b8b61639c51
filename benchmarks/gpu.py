"""Right on this device, and how fast? `KERAS_BACKEND=jax python -m benchmarks.gpu`.

First layers against NumPy in float64, then training and writing, each beside the rate
at which the same device multiplies matrices in the same precision. Any backend of
Keras, any GPU, in under five minutes; without a GPU, or with `--small`, in small sizes.
"""

import argparse
import os
import sys
from contextlib import contextmanager
from typing import NamedTuple

from benchmarks.gpu_checks import correctness, full_precision
from benchmarks.gpu_speed import matrix_product_rate, throughput
from benchmarks.gpu_table import show

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


class Sizes(NamedTuple):
    """What is measured.

    Args:
        side: Integer. Rows and columns of the matrices that are multiplied.
        images: Integer. Images in an epoch of LeNet-5.
        image_batch: Integer. Images a step.
        gpt2_small: Boolean. Whether the decoder is GPT-2 small, or a small one.
        batch: Integer. Sequences a step, and texts written at a time.
        length: Integer. Tokens in each sequence.
        steps: Integer. Steps that are timed.
        new_tokens: Integer. Tokens written after a prompt of 16.
        precisions: Tuple of Keras's policies.
    """

    side: int
    images: int
    image_batch: int
    gpt2_small: bool
    batch: int
    length: int
    steps: int
    new_tokens: int
    precisions: tuple


FULL = Sizes(  # fits into 24 GB
    side=8192,
    images=65536,
    image_batch=1024,
    gpt2_small=True,
    batch=4,
    length=1024,
    steps=16,
    new_tokens=112,
    precisions=("float32", "mixed_bfloat16"),
)
SMALL = Sizes(
    side=512,
    images=1024,
    image_batch=128,
    gpt2_small=False,
    batch=4,
    length=64,
    steps=16,
    new_tokens=16,
    precisions=("float32",),
)


def main(arguments=None):
    """Measure, print the table, and return the exit code: 1 if a layer is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu", description=__doc__
    )
    parser.add_argument(
        "--small", action="store_true", help="small sizes, as without a GPU"
    )
    options = parser.parse_args(arguments)
    device, is_gpu = find_device()
    sizes = SMALL if options.small or not is_gpu else FULL
    with full_precision():
        lines = correctness()
    rates = {}
    for precision in sizes.precisions:
        rates[precision] = matrix_product_rate(precision, sizes.side)
        with _policy(precision):
            lines += throughput(sizes, precision)
    title = f"{device}, {'full' if sizes is FULL else 'small'} sizes"
    show(title, lines, rates, sizes.side)
    return 0 if all(line.is_right for line in lines) else 1


def find_device():
    """Name what Keras computes on, and say whether it is a GPU.

    Returns:
        A pair: string such as `"jax 0.7.2, NVIDIA L4"`, and a boolean.
    """
    import keras

    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        device = jax.devices()[0]
        name, is_gpu, version = device.device_kind, device.platform != "cpu", jax
    elif backend == "torch":
        import torch as version

        is_gpu = version.cuda.is_available()
        name = version.cuda.get_device_name() if is_gpu else "cpu"
    else:
        import tensorflow as version

        gpus = version.config.list_physical_devices("GPU")
        is_gpu = bool(gpus)
        details = version.config.experimental.get_device_details
        name = details(gpus[0]).get("device_name", "GPU") if gpus else "cpu"
    return f"{backend} {version.__version__}, Keras {keras.__version__}, {name}", is_gpu


@contextmanager
def _policy(precision):
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


if __name__ == "__main__":
    sys.exit(main())
