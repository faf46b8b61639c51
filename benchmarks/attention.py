"""How attention's time and memory grow with the length.

Forward and backward, causal, one sequence of four heads of width 64: our tiles, our
plain form, Keras's and PyTorch's fused one; and whole layers of width 256, with their
matrices, ours and Keras's.
"""

import numpy as np

from benchmarks.fitting import exponent
from benchmarks.jobs import OURS, Job, Peer

LENGTHS = (512, 1024, 2048, 4096)
LAYER_LENGTHS = (512, 2048)
WARM_UP = 64  # a length whose run brings in what the framework itself takes
HEADS, WIDTH = 4, 64
PLAIN, KERAS = "fmkeras, plain", "Keras, dot_product_attention"
TORCH = "PyTorch, fused"
KERAS_LAYER = "keras.layers.MultiHeadAttention"


def jobs(row, fast):
    """Give a job for every length."""
    lengths, layer_lengths = LENGTHS, LAYER_LENGTHS
    if fast:
        lengths, layer_lengths = LENGTHS[:1], LAYER_LENGTHS[:1]
    peers = {
        TORCH: Peer(("torch",), 1 / 1.5),
        KERAS: Peer(()),
        PLAIN: Peer(()),
    }
    products = [
        # Two products forward and five backward, which takes two of them again.
        Job(f"T = {n}", peers, n, "positions", flops=7 * 2 * HEADS * n**2 * WIDTH)
        for n in lengths
    ]
    layers = [
        Job(f"layer, T = {n}", {KERAS_LAYER: Peer(())}, n, "positions")
        for n in layer_lengths
    ]
    return products + layers


def more(row, found, tell):
    """Tell how the memory that a pass adds grows with the length."""
    by_contender = {}
    for each in found:
        if each["job"].startswith("T = "):
            length = int(each["job"].removeprefix("T = "))
            for who, side in ((OURS, "ours"), (each["peer"], "theirs")):
                memory = each[side]["added_mib"]
                by_contender.setdefault(who, {})[length] = max(memory, 1.0)
    sweeps = [each for each in by_contender.items() if len(each[1]) > 1]
    return {"values": [_grown(row, *each) for each in sweeps]}


def _grown(row, who, memory):
    value = {
        "row": row,
        "job": f"T = {min(memory)} to {max(memory)}",
        "who": who,
        "what": "added memory grows as T to the power",
        "value": exponent(list(memory), list(memory.values())),
        "unit": "",
    }
    return {**value, "at_most": 1.1} if who == OURS else value


def build(job, contender):
    """Give the function that goes forward and backward once."""
    length = int(job.rpartition(" ")[2])
    if job.startswith("layer"):
        make = _layer
    else:
        make = _torch if contender == TORCH else _tensorflow
    make(contender, WARM_UP)()
    return make(contender, length)


def _arrays(length):
    """Draw query, key, value and the gradient of the output."""
    rng = np.random.default_rng(0)
    shape = (4, 1, HEADS, length, WIDTH)
    return rng.normal(size=shape).astype("float32")


def _tensorflow(contender, length):
    """Compile attention and its gradient under XLA."""
    import tensorflow as tf

    *inputs, upstream = map(tf.constant, _arrays(length))
    attend = {OURS: _tiled, PLAIN: _plain, KERAS: _keras}[contender]

    @tf.function(jit_compile=True)
    def gradients(*inputs):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = tf.reduce_sum(attend(*inputs) * upstream)
        return tape.gradient(loss, inputs)

    def run():
        for gradient in gradients(*inputs):
            gradient.numpy()

    return run


def _tiled(query, key, value):
    from fmkeras.layers import flash_attention

    return flash_attention(query, key, value, causal=True)


def _plain(query, key, value):
    from fmkeras.layers import causal_mask, scaled_dot_product_attention

    mask = causal_mask(query.shape[2], key.shape[2])
    return scaled_dot_product_attention(query, key, value, mask=mask)[0]


def _keras(query, key, value):
    import keras

    swap = (0, 2, 1, 3)
    query, key, value = (keras.ops.transpose(x, swap) for x in (query, key, value))
    output = keras.ops.dot_product_attention(query, key, value, is_causal=True)
    return keras.ops.transpose(output, swap)


def _torch(contender, length):
    import torch

    *inputs, upstream = map(torch.from_numpy, _arrays(length))
    for tensor in inputs:
        tensor.requires_grad_()

    def run():
        output = torch.nn.functional.scaled_dot_product_attention(
            *inputs, is_causal=True
        )
        torch.autograd.grad(output, inputs, upstream)

    return run


def _layer(contender, length):
    """Compile a whole layer and the gradient of its weights under XLA."""
    import keras
    import tensorflow as tf

    from fmkeras import layers

    x = tf.constant(_arrays(length)[0].reshape(1, length, HEADS * WIDTH))
    if contender == OURS:
        layer = layers.MultiHeadAttention(HEADS, causal=True)
        attend = layer
    else:
        layer = keras.layers.MultiHeadAttention(HEADS, WIDTH)

        def attend(x):
            return layer(x, x, use_causal_mask=True)

    attend(x)  # makes the weights

    @tf.function(jit_compile=True)
    def gradients(x):
        weights = [weight.value for weight in layer.trainable_weights]
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(attend(x) ** 2)
        return tape.gradient(loss, weights)

    def run():
        for gradient in gradients(x):
            gradient.numpy()

    return run
