"""The layers once more in NumPy and float64, to hold what a device computes against.

The weights are those of the layer that is checked; masks are causal, positions rotary,
activations SwiGLU and norms RMS: what has the most steps to go wrong in.
"""

import numpy as np


def attention(query, key, value):
    """Attend causally.

    Args:
        query: Array `(B, N, T, H)`.
        key: Array `(B, K, T, H)`.
        value: Array `(B, K, T, H)`.

    Returns:
        Array `(B, N, T, H)`.
    """
    groups = query.shape[1] // key.shape[1]
    key, value = (np.repeat(x, groups, axis=1) for x in (key, value))
    scores = query @ key.swapaxes(2, 3) / np.sqrt(query.shape[-1])
    scores = np.where(np.tri(query.shape[2], dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True) @ value


def multi_head_attention(layer, x):
    """Do what a causal `MultiHeadAttention` with rotary positions does.

    Args:
        layer: The layer, built.
        x: Array `(B, T, D)`.

    Returns:
        Array `(B, T, D)`.
    """
    batch, length, _ = x.shape
    queries = layer.num_heads
    keys = layer.num_key_value_heads or queries
    heads = _dense(layer.to_query_key_value, x)
    heads = heads.reshape(batch, length, queries + 2 * keys, -1).swapaxes(1, 2)
    query, key, value = np.split(heads, [queries, queries + keys], axis=1)
    gathered = attention(_turned(query), _turned(key), value)
    return _dense(layer.to_output, gathered.swapaxes(1, 2).reshape(batch, length, -1))


def feed_forward(layer, x):
    """Do what a `FeedForward` with SwiGLU does to an array `(B, T, D)`."""
    gate, up = np.split(_dense(layer.to_intermediate, x), 2, axis=-1)
    return _dense(layer.to_output, gate / (1 + np.exp(-gate)) * up)


def transformer_block(layer, x):
    """Do what a `TransformerBlock` that norms first does to an array `(B, T, D)`."""
    x = x + multi_head_attention(layer.attention, _norm(layer.attention_norm, x))
    return x + feed_forward(layer.feed_forward, _norm(layer.feed_forward_norm, x))


def _dense(layer, x):
    kernel, *bias = layer.get_weights()
    return x @ kernel.astype("float64") + (bias[0] if bias else 0.0)


def _norm(layer, x):
    (scale,) = layer.get_weights()
    return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + layer.epsilon) * scale


def _turned(x):
    half = x.shape[-1] // 2
    angles = np.outer(np.arange(x.shape[2]), 10000.0 ** (-np.arange(half) / half))
    first, second = x[..., :half], x[..., half:]
    cosine, sine = np.cos(angles), np.sin(angles)
    return np.concatenate(
        [first * cosine - second * sine, second * cosine + first * sine], axis=-1
    )
