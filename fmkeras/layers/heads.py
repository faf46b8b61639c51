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


def fold_groups(x, num_key_value_heads):
    """Line up the query heads that share a key/value head. Nothing is moved.

    Args:
        x: Float tensor `(B, N, T, width)`.
        num_key_value_heads: Integer K.

    Returns:
        Float tensor `(B, K, N / K · T, width)`.
    """
    batch, num_heads, length, width = ops.shape(x)
    group = num_heads // num_key_value_heads
    return ops.reshape(x, (batch, num_key_value_heads, group * length, width))


def unfold_groups(x, num_heads):
    """Undo `fold_groups`.

    Args:
        x: Float tensor `(B, K, N / K · T, width)`.
        num_heads: Integer N.

    Returns:
        Float tensor `(B, N, T, width)`.
    """
    batch, num_key_value_heads, rows, width = ops.shape(x)
    group = num_heads // num_key_value_heads
    return ops.reshape(x, (batch, num_heads, rows // group, width))


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
