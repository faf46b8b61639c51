"""The memory of a layer that decodes: keys and values of the positions so far.

Axes used in this file:

    B  batch
    T  new positions
    S  slots, the most positions a cache holds
    K  key/value heads, joined with the batch to one axis: see `join_heads`
    H  width of one head
"""

from keras import ops

from fmkeras.errors import check_integer, is_integer
from fmkeras.layers.checks import check_shape


def empty_cache(owner, batch_size, length, num_heads, width, dtype):
    """Make room for keys and values.

    Args:
        owner: String. The layer whose cache it is.
        batch_size: Integer B.
        length: Integer S.
        num_heads: Integer K.
        width: Integer H.
        dtype: String. Type of both.

    Returns:
        A pair of float tensors `(B · K, S, H)`, all zeros.

    Raises:
        ValueError: If `batch_size` or `length` is no positive integer.
    """
    batch_size = check_integer(owner, "batch_size", batch_size)
    length = check_integer(owner, "length", length)
    shape = (batch_size * num_heads, length, width)
    return ops.zeros(shape, dtype=dtype), ops.zeros(shape, dtype=dtype)


def write(cache, key, value, cache_index):
    """Write the keys and values of new positions into their slots.

    Args:
        cache: Pair of float tensors `(B · K, S, H)`.
        key: Float tensor `(B · K, T, H)`.
        value: Float tensor `(B · K, T, H)`.
        cache_index: Integer scalar tensor. Slot of the first new position.

    Returns:
        The pair with the new positions in it.
    """
    start = (0, cache_index, 0)
    return (
        ops.slice_update(cache[0], start, key),
        ops.slice_update(cache[1], start, value),
    )


def filled_slots(length, cache_index):
    """Count the slots that hold something after a write, if that is known beforehand.

    Prompts are read from a plain 0 on, so that their scores are a table `(T, T)`, not
    `(T, S)` with columns for all the tokens that will be written later.

    Args:
        length: Integer T, or `None` if it is not known.
        cache_index: Integer, or an integer tensor, whose value is not looked at.

    Returns:
        Integer, or `None`: any slot may be filled.

    Example:

    >>> filled_slots(3, 5), filled_slots(3, ops.convert_to_tensor(5))
    (8, None)
    """
    known = length is not None and is_integer(cache_index)
    return int(cache_index) + length if known else None


def check_cache(owner, cache, batch, num_heads, width):
    """Refuse what is no cache of this layer for this batch.

    Args:
        owner: String. The layer whose cache it is.
        cache: What came as the pair of float tensors `(B · K, S, H)`.
        batch: Integer B, or `None` if it is not known.
        num_heads: Integer K.
        width: Integer H.

    Raises:
        ValueError: If it is no pair, or a shape does not fit.
    """
    if not isinstance(cache, (tuple, list)) or len(cache) != 2:
        raise ValueError(
            f"{owner}: `cache` must be a pair, keys and values. "
            f"Received: {type(cache).__name__}. What would do: make_cache(…)."
        )
    blocks = None if batch is None else batch * num_heads
    for part in cache:
        check_shape(owner, "cache", part, BK_S_H=(blocks, None, width))


def check_room(owner, cache, length, cache_index):
    """Refuse more positions than there are slots left, as far as that is known.

    Args:
        owner: String. The layer whose cache it is.
        cache: Pair of float tensors `(B · K, S, H)`.
        length: Integer T, or `None` if it is not known.
        cache_index: Integer, or an integer tensor, whose value is not looked at.

    Raises:
        ValueError: If the index is no slot, or the cache is too small.
    """
    first = 0
    if not hasattr(cache_index, "dtype") or is_integer(cache_index):
        first = check_integer(owner, "cache_index", cache_index, minimum=0)
    slots = cache[0].shape[1]
    if None in (slots, length) or first + length <= slots:
        return
    raise ValueError(
        f"{owner}: `cache` must have a slot for each new position. Received: "
        f"{length} from cache_index={first} on, a cache of {slots} slots. "
        f"What would do: make_cache with length={first + length} or more."
    )
