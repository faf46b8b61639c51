"""Heads: how a width is cut into them, shared among them and put together again.

Axes used in this file:

    B  batch
    T  sequence length
    N  query heads
    K  key/value heads, a divisor of N
    H  width of one head
"""

from keras import ops

from fmkeras.errors import check_divisor, check_integer


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


def check_key_value_heads(owner, num_heads, num_key_value_heads):
    """Refuse key/value heads that cannot be shared out evenly.

    Args:
        owner: String. The layer whose argument it is.
        num_heads: Integer N.
        num_key_value_heads: The value that came; `None` stands for N.

    Raises:
        ValueError: If it is no positive integer that divides N.
    """
    if num_key_value_heads is None:
        return
    check_integer(owner, "num_key_value_heads", num_key_value_heads)
    called = f"num_heads={num_heads}"
    check_divisor(owner, "num_key_value_heads", num_key_value_heads, num_heads, called)


def head_width(owner, width, num_heads):
    """Divide the width of the input among the heads.

    Args:
        owner: String. The layer whose heads they are.
        width: Integer D.
        num_heads: Integer N.

    Returns:
        Integer H.

    Raises:
        ValueError: If N does not divide D.
    """
    called = f"the width of the input, {width}, unless `head_dim` is given"
    return width // check_divisor(owner, "num_heads", num_heads, width, called)
