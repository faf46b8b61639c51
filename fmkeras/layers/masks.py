"""Masks: who may look at whom. True means "may attend"."""

import keras
from keras import ops

from fmkeras.errors import is_integer
from fmkeras.layers.checks import check_shape


def causal_mask(query_length, key_length, start=None):
    """Let every position see itself and its past.

    By default the queries are the last `query_length` of the `key_length`
    positions, so that the same function serves training (equal lengths) and
    decoding with a cache (one query, many keys).

    Args:
        query_length: Integer T.
        key_length: Integer S.
        start: Integer or integer scalar tensor. Position of the first query among
            the keys; S − T by default.

    Returns:
        Boolean tensor `(T, S)`, true where the query may look.

    Raises:
        ValueError: If there are more queries than keys and no `start`.

    Example:

    >>> ops.convert_to_numpy(causal_mask(2, 3)).astype(int).tolist()
    [[1, 1, 0], [1, 1, 1]]
    >>> ops.convert_to_numpy(causal_mask(2, 4, start=0)).astype(int).tolist()
    [[1, 0, 0, 0], [1, 1, 0, 0]]
    """
    if start is None:
        both_known = is_integer(query_length) and is_integer(key_length)
        if both_known and query_length > key_length:
            raise ValueError(
                "causal_mask: `query_length` must be at most `key_length` unless "
                f"`start` is given. Received: query_length={query_length}, "
                f"key_length={key_length}."
            )
        start = key_length - query_length
    query_position = ops.arange(query_length, dtype="int32") + ops.cast(start, "int32")
    key_position = ops.arange(key_length, dtype="int32")
    return query_position[:, None] >= key_position[None, :]


def padding_mask(token_ids, padding_id):
    """Tell real tokens from padding.

    Args:
        token_ids: Integer tensor `(B, S)`.
        padding_id: Integer. The id that stands for "no token".

    Returns:
        Boolean tensor `(B, S)`, true for real tokens.

    Example:

    >>> ops.convert_to_numpy(padding_mask([[5, 7, 0]], padding_id=0)).tolist()
    [[True, True, False]]
    """
    return ops.not_equal(token_ids, padding_id)


def as_mask(owner, argument, mask):
    """Take booleans, or zeros and ones, for a mask, and nothing else.

    Floats are refused: elsewhere they are added to the scores, 0 for "may attend",
    and to read them as booleans would turn the mask round.

    Args:
        owner: String. The layer or function whose argument it is.
        argument: String. Name of the argument.
        mask: Tensor or array.

    Returns:
        Boolean tensor.

    Raises:
        ValueError: If the mask is of another type.
    """
    mask = ops.convert_to_tensor(mask)
    dtype = keras.backend.standardize_dtype(mask.dtype)
    if dtype != "bool" and "int" not in dtype:
        raise ValueError(
            f"{owner}: `{argument}` must be boolean, true where a query may look. "
            f"Received: {argument} of type {dtype}."
        )
    return ops.cast(mask, "bool")


def mask_for(
    owner, query, key, causal, padding_mask=None, attention_mask=None, start=None
):
    """Let a query look where every mask agrees.

    Args:
        owner: String. The layer whose arguments they are.
        query: Tensor `(B, N, T, H)`.
        key: Tensor `(B · K, S, H)`.
        causal: Boolean. Whether a query sees only its past and itself.
        padding_mask: What came for `(B, S)`, or `None`.
        attention_mask: What came for `(T, S)` or `(B, T, S)`, or `None`.
        start: As in `causal_mask`.

    Returns:
        Boolean tensor that broadcasts to `(B, N, T, S)`, or `None` if every query may
        look everywhere.

    Raises:
        ValueError: If a mask is not boolean or its shape does not fit.
    """
    batch, length, key_length = query.shape[0], query.shape[2], key.shape[1]
    mask = None
    if causal:
        mask = causal_mask(ops.shape(query)[2], ops.shape(key)[1], start)[None, None]
    if padding_mask is not None:
        padding = as_mask(owner, "padding_mask", padding_mask)
        check_shape(owner, "padding_mask", padding, B_S=(batch, key_length))
        mask = _both(mask, padding[:, None, None])  # (B, 1, 1, S)
    if attention_mask is not None:
        table = as_mask(owner, "attention_mask", attention_mask)
        sizes = (length, key_length)
        check_shape(owner, "attention_mask", table, T_S=sizes, B_T_S=(batch, *sizes))
        mask = _both(
            mask, table[None, None] if len(table.shape) == 2 else table[:, None]
        )
    return mask


def _both(first, second):
    return second if first is None else ops.logical_and(first, second)
