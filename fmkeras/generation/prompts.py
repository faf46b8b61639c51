"""Prompts as they come, and as a compiled program takes them."""

import numpy as np

from fmkeras.errors import argument_error, check_integer, is_integer


def as_prompts(token_ids, vocabulary_size):
    """Read one prompt or several, and refuse what is no token.

    Args:
        token_ids: One prompt, a list or array `(T,)` of integers; or several, a list
            of such or an array `(B, T)`.
        vocabulary_size: Integer V.

    Returns:
        A pair: the prompts, a list of integer arrays `(T,)`, int32; and whether it
        was one prompt that came.

    Raises:
        ValueError: If a prompt is empty or holds anything but token ids.

    Example:

    >>> as_prompts([[1, 2], [3]], vocabulary_size=5)
    ([array([1, 2], dtype=int32), array([3], dtype=int32)], False)
    """
    rows = list(np.asarray(token_ids) if hasattr(token_ids, "shape") else token_ids)
    is_single = not any(np.ndim(row) for row in rows)
    if is_single:
        rows = [rows]
    return [
        _as_prompt(row, index, vocabulary_size) for index, row in enumerate(rows)
    ], is_single


def _as_prompt(row, index, vocabulary_size):
    ids = np.asarray(row)
    if ids.size == 0:
        raise ValueError(
            "generate: `token_ids` must hold at least one token in every prompt. "
            f"Received: an empty prompt in row {index}. What would do: a prompt of "
            "one token, such as the one that starts a text."
        )
    if ids.ndim != 1 or ids.dtype.kind not in "iu":
        raise ValueError(
            "generate: `token_ids` must be whole numbers: one list for one prompt, a "
            f"list of lists for several. Received: row {index} of shape {ids.shape} "
            f"and type {ids.dtype}. What would do: tokenizer.encode(text)."
        )
    wrong = np.flatnonzero((ids < 0) | (ids >= vocabulary_size))
    if wrong.size:
        raise ValueError(
            f"generate: `token_ids` must be from 0 to {vocabulary_size - 1}. "
            f"Received: {ids[wrong[0]]} in row {index}, position {wrong[0]}. "
            "What would do: the tokenizer that the model was trained with."
        )
    return ids.astype("int32")


def check_stop_ids(stop_ids, vocabulary_size):
    """Refuse stop ids outside the vocabulary.

    Args:
        stop_ids: Sequence of integers.
        vocabulary_size: Integer V.

    Returns:
        Integer array, int32, each id once and in order.

    Raises:
        ValueError: If `stop_ids` is no sequence of token ids.

    Example:

    >>> check_stop_ids([4, 2, 4], vocabulary_size=5)
    array([2, 4], dtype=int32)
    """
    ids = list(stop_ids) if np.ndim(stop_ids) == 1 else [stop_ids]
    if np.ndim(stop_ids) != 1 or not all(
        is_integer(i) and 0 <= i < vocabulary_size for i in ids
    ):
        raise argument_error(
            "generate",
            "stop_ids",
            f"a sequence of token ids from 0 to {vocabulary_size - 1}",
            stop_ids,
            f"[{stop_ids}]"
            if is_integer(stop_ids) and 0 <= stop_ids < vocabulary_size
            else None,
        )
    return np.unique(np.array(ids, "int32"))


def check_lengths(prompts, max_new_tokens, max_sequence_length):
    """Refuse to write nothing, or more than the model can hold.

    Args:
        prompts: List of integer arrays `(T,)`.
        max_new_tokens: Integer, at least 1.
        max_sequence_length: Integer or `None`, which means no limit.

    Raises:
        ValueError: If there is no room for what is asked.
    """
    check_integer("generate", "max_new_tokens", max_new_tokens)
    longest = max(map(len, prompts))
    if max_sequence_length is None or longest + max_new_tokens <= max_sequence_length:
        return
    room = max_sequence_length - longest
    if room > 0:
        would_do = f"max_new_tokens={room}, or a prompt shortened from the left"
    else:
        kept = max(max_sequence_length - max_new_tokens, 1)
        would_do = f"the end of the prompt, token_ids[-{kept}:]"
    raise ValueError(
        "generate: prompt and `max_new_tokens` together must be at most "
        f"{max_sequence_length} tokens, the model's max_sequence_length. Received: a "
        f"prompt of {longest} tokens, max_new_tokens={max_new_tokens}. "
        f"What would do: {would_do}."
    )


def bucket(length):
    """Round a length up to one of a few: four from one power of two to the next.

    Each bucket may cost a compilation, and slots that stay empty cost time at every
    step: with these sizes one in twelve on average, one in five at worst.

    Args:
        length: Integer, at least 1.

    Returns:
        Integer: 16, 20, 24, 28, 32, 40, 48, 56, 64, 80 …

    Example:

    >>> [bucket(length) for length in (1, 16, 17, 33, 49, 65, 97)]
    [16, 16, 20, 40, 56, 80, 112]
    """
    if length <= 16:
        return 16
    step = 2 ** ((length - 1).bit_length() - 3)  # a quarter of the power below
    return -(-length // step) * step


def pad_left(prompts, length):
    """Stack prompts of unequal length, their ends aligned.

    Args:
        prompts: List of B integer arrays.
        length: Integer T, at least that of the longest prompt.

    Returns:
        A pair: integer array `(B, T)`, int32; and the number of tokens that were
        put before each prompt, integer array `(B,)`, int32.

    Example:

    >>> padded, num_padding = pad_left([np.array([1, 2]), np.array([3])], 3)
    >>> padded.tolist(), num_padding.tolist()
    ([[0, 1, 2], [0, 0, 3]], [1, 2])
    """
    padded = np.zeros((len(prompts), length), "int32")
    for row, prompt in zip(padded, prompts, strict=True):
        row[length - len(prompt) :] = prompt
    num_padding = np.array([length - len(prompt) for prompt in prompts], "int32")
    return padded, num_padding


def tokens_seen(prompts, vocabulary_size):
    """Mark the tokens that each prompt holds.

    Args:
        prompts: List of B integer arrays.
        vocabulary_size: Integer V.

    Returns:
        Boolean array `(B, V)`.

    Example:

    >>> tokens_seen([np.array([1, 1]), np.array([0, 2])], 3).astype(int).tolist()
    [[0, 1, 0], [1, 0, 1]]
    """
    seen = np.zeros((len(prompts), vocabulary_size), "bool")
    for row, prompt in zip(seen, prompts, strict=True):
        row[prompt] = True
    return seen
