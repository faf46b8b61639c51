"""How fast does this device train and write, beside its products of matrices?"""

import time

import numpy as np

from benchmarks import peers
from benchmarks.gpu_table import Line

PROMPT = 16


def matrix_product_rate(precision, side):
    """Measure how many operations a second products of square matrices reach.

    Args:
        precision: String, Keras's policy.
        side: Integer. Rows and columns.

    Returns:
        Float. A multiplication and an addition are two operations.
    """
    import keras
    from keras import ops

    dtype = keras.DTypePolicy(precision).compute_dtype
    factor = np.random.default_rng(0).normal(size=(side, side)) / side**0.5
    factor, products = ops.cast(factor.astype("float32"), dtype), 8

    def multiply():
        product = factor
        for _ in range(products):
            product = ops.matmul(product, factor)
        return float(ops.cast(product[0, 0], "float32"))  # waits for the device

    return 2 * side**3 * products / _seconds(multiply, tries=3)


def throughput(sizes, precision):
    """Time training and writing.

    Args:
        sizes: `Sizes`.
        precision: String, Keras's policy, which is in force.

    Returns:
        List of `Line`s.
    """
    return [_lenet(sizes, precision), *_decoder(sizes, precision)]


def _lenet(sizes, precision):
    from fmkeras import models

    model = models.lenet5()
    rng = np.random.default_rng(0)
    x = rng.random((sizes.images, 28, 28, 1), dtype="float32")
    y = rng.integers(10, size=sizes.images)
    seconds = _seconds(lambda: model.fit(x, y, batch_size=sizes.image_batch, verbose=0))
    speed = sizes.images / seconds
    result = f"{speed:,.0f} images/s"
    # Backwards there are two products for each one forwards.
    return Line(
        "LeNet-5, training", precision, result, 3 * forward_flops(model) * speed
    )


def forward_flops(model):
    """Count the operations of the products in a model of dense layers and convolutions.

    Args:
        model: `keras.Model`, built by the functional interface.

    Returns:
        Integer, the operations for one example.
    """
    import keras

    flops = 0
    for layer in model.layers:
        if isinstance(layer, (keras.layers.Dense, keras.layers.Conv2D)):
            places = np.prod(layer.output.shape[1:-1], dtype=int)
            flops += 2 * int(places) * int(np.prod(layer.kernel.shape))
    return flops


def _decoder(sizes, precision):
    from fmkeras import generation

    shape = peers.GPT2_SMALL if sizes.gpt2_small else peers.SMALL
    name = "GPT-2 small" if sizes.gpt2_small else "decoder, 4 layers of width 128"
    model = peers.fmkeras_gpt2(shape)
    batch, length, new = sizes.batch, sizes.length, sizes.new_tokens
    rng = np.random.default_rng(0)
    ids = rng.integers(shape.vocabulary_size, size=(batch * sizes.steps, length))
    ids = ids.astype("int32")
    seconds = _seconds(
        lambda: model.fit(ids, ids, batch_size=batch, shuffle=False, verbose=0)
    )
    flops = 3 * len(ids) * shape.forward_flops(length, length)
    trained = Line(
        f"{name}, training on {batch} × {length}",
        precision,
        f"{ids.size / seconds:,.0f} tokens/s",
        flops / seconds,
    )
    prompts, sampler = ids[:batch, :PROMPT], generation.TopK(5)
    seconds = _seconds(lambda: model.generate(prompts, new, sampler, seed=0))
    flops = shape.forward_flops(PROMPT, PROMPT) + sum(
        shape.forward_flops(1, PROMPT + i) for i in range(1, new)
    )
    written = Line(
        f"{name}, writing {batch} texts",
        precision,
        f"{batch * new / seconds:,.0f} tokens/s",
        batch * flops / seconds,
    )
    return [trained, written]


def _seconds(run, tries=1):
    """Time a function, the best of some tries after one that compiles."""
    run()
    seconds = []
    for _ in range(tries):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
