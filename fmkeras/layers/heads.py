"""Heads: how a width is cut into them, shared among them and put together again.

Axes used in this file:

    B  batch
    T  sequence length
    N  query heads
    K  key/value heads, a divisor of N
    H  width of one head
"""

from keras import ops


def split_heads(x, num_heads):
    """Cut the last axis into heads.

    Args:
        x: Float tensor `(B, T, N · H)`, head after head.
        num_heads: Integer N.

    Returns:
        Float tensor `(B, N, T, H)`.
    """
    batch, length, width = ops.shape(x)
    x = ops.reshape(x, (batch, length, num_heads, width // num_heads))
    return ops.transpose(x, (0, 2, 1, 3))


def merge_heads(x):
    """Undo `split_heads`.

    Args:
        x: Float tensor `(B, N, T, H)`.

    Returns:
        Float tensor `(B, T, N · H)`.
    """
    batch, num_heads, length, width = ops.shape(x)
    x = ops.transpose(x, (0, 2, 1, 3))
    return ops.reshape(x, (batch, length, num_heads * width))


def join_heads(x):
    """Make one axis of batch and heads. Nothing is moved.

    With two such axes XLA would copy a whole cache before each product.

    Args:
        x: Float tensor `(B, K, S, H)`.

    Returns:
        Float tensor `(B · K, S, H)`.
    """
    batch, num_heads, length, width = ops.shape(x)
    return ops.reshape(x, (batch * num_heads, length, width))


def fold_groups(x, blocks):
    """Line up the query heads that share a key/value head. Nothing is moved.

    Args:
        x: Float tensor `(B, N, T, width)`.
        blocks: Integer B · K.

    Returns:
        Float tensor `(B · K, N / K · T, width)`.
    """
    return ops.reshape(x, (blocks, -1, ops.shape(x)[-1]))


def unfold_groups(x, num_heads, length):
    """Undo `fold_groups`.

    Args:
        x: Float tensor `(B · K, N / K · T, width)`.
        num_heads: Integer N.
        length: Integer T.

    Returns:
        Float tensor `(B, N, T, width)`.
    """
    return ops.reshape(x, (-1, num_heads, length, ops.shape(x)[-1]))
