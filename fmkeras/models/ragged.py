"""Sequences of unequal length: from lists to one array."""

import numpy as np


def as_rows(owner, source_ids):
    """Tell one source from several.

    Args:
        owner: String. The method whose argument it is.
        source_ids: List of ids, integer array `(S,)` or `(B, S)`, or a list of lists
            or arrays.

    Returns:
        A pair: a list of arrays `(S,)`, and whether one source came, not several.

    Raises:
        ValueError: If a source is empty.
    """
    is_one = len(source_ids) == 0 or np.ndim(source_ids[0]) == 0
    rows = [np.asarray(row) for row in ([source_ids] if is_one else source_ids)]
    if any(row.size == 0 for row in rows):
        raise ValueError(
            f"{owner}: `source_ids` must hold at least one id for each source. "
            "Received: an empty source."
        )
    return rows, is_one


def padded(owner, rows, padding_id):
    """Fill short rows up on the right.

    Args:
        owner: String. The method whose argument they are.
        rows: List of integer arrays `(S,)`.
        padding_id: Integer, or `None` if the model has no padding.

    Returns:
        Integer array `(B, S)`.

    Raises:
        ValueError: If the rows differ in length and there is no padding.
    """
    lengths = sorted({len(row) for row in rows})
    if padding_id is None and len(lengths) > 1:
        raise ValueError(
            f"{owner}: `source_ids` must be of one length where the model has no "
            f"padding_id. Received: lengths {lengths}. "
            "What would do: seq2seq(…, padding_id=0)."
        )
    filled = np.full((len(rows), lengths[-1]), padding_id or 0, "int32")
    for row, ids in zip(filled, rows, strict=True):
        row[: len(ids)] = ids
    return filled
