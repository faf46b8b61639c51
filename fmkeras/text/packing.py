"""Several documents as one row of token ids."""

import numpy as np

from fmkeras.errors import check_integer
from fmkeras.text.ids import check_ids


def pack(documents, separator_id):
    """Join documents end to end, each followed by a separator.

    A model fitted on windows of the result wastes nothing on padding, and learns
    from the separator where a text ends.

    Args:
        documents: Iterable of integer arrays or lists, the token ids of each document.
        separator_id: Integer ≥ 0, the id that ends a document, such as that of
            `"<|endoftext|>"`.

    Returns:
        Integer array `(n,)`, int32.

    Raises:
        ValueError: If a document is no row of token ids, or there is none.

    Example:

    >>> pack([[5, 3], [8]], separator_id=0).tolist()
    [5, 3, 0, 8, 0]
    """
    separator_id = check_integer("pack", "separator_id", separator_id, minimum=0)
    parts = []
    for number, document in enumerate(documents):
        parts.append(check_ids("pack", document, f"documents[{number}]"))
        parts.append([separator_id])
    if not parts:
        raise ValueError(
            "pack: `documents` must hold at least one document. Received: none. "
            "What would do: [tokenizer.encode(text)]."
        )
    return np.concatenate(parts).astype("int32")
