"""Are the layers right on this device? They are held against NumPy in float64."""

from contextlib import contextmanager

import numpy as np

from benchmarks import float64
from benchmarks.gpu_table import Line

BOUND = 2e-5  # float32's rounding after a block's sums, beside numbers round 1


@contextmanager
def full_precision():
    """Let float32 be float32, where a GPU would cut its fraction to 10 bits (TF32)."""
    import keras

    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        with jax.default_matmul_precision("highest"):
            yield
    elif backend == "tensorflow":
        from tensorflow.config import experimental

        before = experimental.tensor_float_32_execution_enabled()
        experimental.enable_tensor_float_32_execution(False)
        try:
            yield
        finally:
            experimental.enable_tensor_float_32_execution(before)
    else:  # PyTorch leaves float32 alone unless asked
        yield


def correctness():
    """Compare layers with float64, and the cache with the full pass.

    Returns:
        List of `Line`s.
    """
    from fmkeras import layers

    batch, heads, key_heads, length, width = 3, 6, 2, 70, 8
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, length, heads * width)).astype("float32")
    query = rng.normal(size=(batch, heads, length, width)).astype("float32")
    key, value = rng.normal(size=(2, batch, key_heads, length, width)).astype("float32")
    mask = np.tri(length, dtype=bool)
    plain, _ = layers.scaled_dot_product_attention(query, key, value, mask=mask)
    tiled = layers.flash_attention(query, key, value, causal=True, tile_size=16)
    wide = (z.astype("float64") for z in (query, key, value))
    attended = float64.attention(*wide)
    grouped = {"num_key_value_heads": key_heads, "positions": "rotary"}
    feed_forward = layers.FeedForward(40, activation="swiglu")
    attention = layers.MultiHeadAttention(heads, causal=True, **grouped)
    block = layers.TransformerBlock(
        heads, 40, activation="swiglu", normalization="rms", **grouped
    )
    references = {
        attention: float64.multi_head_attention,
        feed_forward: float64.feed_forward,
        block: float64.transformer_block,
    }
    lines = [
        _difference("scaled_dot_product_attention", plain, attended),
        _difference("flash_attention", tiled, attended),
    ]
    for layer, reference in references.items():
        layer.build(x.shape)
        _randomise(layer, rng)
        right = reference(layer, x.astype("float64"))
        lines.append(_difference(type(layer).__name__, layer(x), right))
    return [*lines, _cache_against_full_pass()]


def _difference(what, received, right):
    from keras import ops

    scale = max(1.0, np.abs(right).max())
    error = np.abs(ops.convert_to_numpy(received) - right).max() / scale
    is_right = bool(error <= BOUND)  # false for NaN
    verdict = "right" if is_right else f"WRONG, over {BOUND:.0e}"
    return Line(f"{what}: error", "float32", f"{error:.1e}, {verdict}", None, is_right)


def _randomise(layer, rng):
    """Move every weight off its start: biases of 0 and scales of 1 hide mistakes."""
    layer.set_weights(
        [w + rng.normal(0.0, 0.1, size=w.shape) for w in layer.get_weights()]
    )


def _cache_against_full_pass():
    """Read a text token by token, and compare the last logits with the full pass."""
    from keras import ops

    from fmkeras import models

    model = models.transformer_decoder(31, 24, num_layers=2, num_heads=4, hidden_dim=32)
    _randomise(model, np.random.default_rng(1))
    token_ids = np.random.default_rng(2).integers(31, size=(3, 24)).astype("int32")
    cache, num_padding = model.make_cache(3, 24), ops.zeros((3,), "int32")
    for i in range(24):
        newest = ops.convert_to_tensor(token_ids[:, i : i + 1])
        logits, cache = model.next_logits(newest, cache, i, num_padding)
    full = ops.convert_to_numpy(model(token_ids))[:, -1]
    return _difference("decoder, with its cache", logits, full)
