"""Scaled dot-product attention, the one formula under every attention here.

Axes used in this file:

    B  batch
    T  query length
    S  key length
    N  query heads
    K  key/value heads, a divisor of N
    H  width of one head
"""

import keras
from keras import ops

from fmkeras.layers.checks import check_broadcast, check_shape
from fmkeras.layers.heads import fold_groups, join_heads, unfold_groups
from fmkeras.layers.masks import as_mask

OWNER = "scaled_dot_product_attention"
# Finite, not -inf: a row without any key must not turn into NaN.
MASKED_SCORE = -1e30


def scaled_dot_product_attention(query, key, value, mask=None, bias=None):
    r"""Average the values, weighted by how well each key answers the query.

    $$
    \mathrm{Attention}(Q, K, V)
        = \mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt{H}} + \mathrm{bias}\right) V
    $$

    Dividing by $\sqrt{H}$ keeps the variance of the scores at one, so that the
    softmax does not saturate as heads get wider. If there are fewer key/value heads
    than query heads, neighbouring query heads share one. The softmax is taken in
    float32 even where the rest is half precision. Cost: $O(T S H)$ for each query
    head.

    Args:
        query: Float tensor `(B, N, T, H)`.
        key: Float tensor `(B, K, S, H)`, where K divides N.
        value: Float tensor `(B, K, S, H)`.
        mask: Boolean tensor that broadcasts to `(B, N, T, S)`, true where the query
            may look, or `None`. A query that may look nowhere gets zeros.
        bias: Float tensor that broadcasts to `(B, N, T, S)` and is added to the
            scores, or `None`.

    Returns:
        A pair: the output, float tensor `(B, N, T, H)`, and the attention
        weights, float tensor `(B, N, T, S)` whose rows sum to one.

    Raises:
        ValueError: If the shapes do not fit, or K does not divide N.

    Example:

    >>> query = ops.convert_to_tensor([[[[0.0, 2.0**0.5]]]])
    >>> key = ops.convert_to_tensor([[[[1.0, 0.0], [0.0, 1.0]]]])
    >>> output, weights = scaled_dot_product_attention(query, key, key)
    >>> [round(float(w), 3) for w in weights[0, 0, 0]]  # softmax of (0, 1)
    [0.269, 0.731]

    Reference:
        Vaswani et al. (2017), "Attention Is All You Need", section 3.2.1,
        https://arxiv.org/abs/1706.03762. Their $d_k$ is our $H$. The sharing of
        keys is from Ainslie et al. (2023), "GQA", section 2.2,
        https://arxiv.org/abs/2305.13245.
    """
    query, key, value = (ops.convert_to_tensor(x) for x in (query, key, value))
    _check_heads(query, key, value)
    table = (*query.shape[:3], key.shape[2])
    if mask is not None:
        mask = as_mask(OWNER, "mask", mask)
        check_broadcast(OWNER, "mask", mask, B_N_T_S=table)
    if bias is not None:
        bias = ops.convert_to_tensor(bias)
        check_broadcast(OWNER, "bias", bias, B_N_T_S=table)
    weights = attention_weights(query, join_heads(key), mask, bias)
    return weighted_average(weights, join_heads(value)), weights


def attention_weights(query, key, mask=None, bias=None):
    """Say how much each query attends to each key.

    Args:
        query: Float tensor `(B, N, T, H)`.
        key: Float tensor `(B · K, S, H)`.
        mask: Boolean tensor that broadcasts to `(B, N, T, S)`, or `None`.
        bias: Float tensor that broadcasts to `(B, N, T, S)`, or `None`.

    Returns:
        Float tensor `(B, N, T, S)` of the query's type.
    """
    _, num_heads, length, width = ops.shape(query)
    folded = fold_groups(query * width**-0.5, ops.shape(key)[0])
    scores = ops.matmul(folded, ops.swapaxes(key, 1, 2))
    scores = unfold_groups(scores, num_heads, length)  # (B, N, T, S)
    if keras.backend.standardize_dtype(scores.dtype) in ("float16", "bfloat16"):
        scores = ops.cast(scores, "float32")  # a softmax in half precision drifts
    if bias is not None:
        scores = scores + ops.cast(bias, scores.dtype)
    if mask is None:
        return ops.cast(ops.softmax(scores), query.dtype)
    weights = ops.softmax(ops.where(mask, scores, MASKED_SCORE))
    # Where every score is masked the softmax is uniform: make it nothing.
    return ops.cast(ops.where(mask, weights, 0.0), query.dtype)


def weighted_average(weights, value):
    """Average the values with the weights that attention gave them.

    Args:
        weights: Float tensor `(B, N, T, S)`.
        value: Float tensor `(B · K, S, H)`.

    Returns:
        Float tensor `(B, N, T, H)`.
    """
    _, num_heads, length, _ = ops.shape(weights)
    output = ops.matmul(fold_groups(weights, ops.shape(value)[0]), value)
    return unfold_groups(output, num_heads, length)


def _check_heads(query, key, value):
    check_shape(OWNER, "query", query, B_N_T_H=(None,) * 4)
    batch, heads, _, width = query.shape
    check_shape(OWNER, "key", key, B_K_S_H=(batch, None, None, width))
    check_shape(OWNER, "value", value, B_K_S_H=tuple(key.shape)[:3] + (None,))
    if heads % key.shape[1]:
        raise ValueError(
            f"{OWNER}: the heads of `key` must divide those of `query`. "
            f"Received: {key.shape[1]} heads of key, {heads} of query."
        )
