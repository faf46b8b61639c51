r"""Random numbers that depend on the seed, the row, the step, and on nothing else.

A backend's own generator fills a whole `(B, V)` block from one seed, so that what a
row gets depends on how many rows there are, and differs from backend to backend.
Here every number has an address instead, and a cipher turns the address into bits:
a batch can be padded, cut or run on another backend and each row's dice fall alike.
"""

import numpy as np
from keras import ops

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA


def seed_words(seed):
    """Cut an integer seed into the two 32-bit words of a key.

    Args:
        seed: Integer of any size or sign; it counts modulo 2**64.

    Returns:
        Integer array `(2,)`, int32.

    Example:

    >>> seed_words(2**32 + 7).tolist(), seed_words(-1).tolist()
    ([7, 1], [-1, -1])
    """
    seed = int(seed)
    words = np.array([seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF], "uint32")
    return words.view("int32")


def threefry(key, counter):
    """Encrypt a counter: the block cipher Threefry-2x32 with 20 rounds.

    Additions, rotations and exclusive ors of 32-bit words; five rounds and one
    addition of the key make a group. Signed integers serve, because additions wrap.

    Args:
        key: Pair of integer tensors, int32, that broadcast with the counter.
        counter: Pair of integer tensors, int32.

    Returns:
        A pair of integer tensors, int32: 64 bits that look random.

    Example:

    >>> key = counter = ops.zeros((2,), "int32")
    >>> [hex(int(word) % 2**32) for word in threefry(key, counter)]
    ['0x6b200159', '0x99ba4efe']

    Reference:
        Salmon et al. (2011), "Parallel Random Numbers: As Easy as 1, 2, 3",
        https://doi.org/10.1145/2063384.2063405, section 4.2 and their test vectors.
    """
    keys = (key[0], key[1], key[0] ^ key[1] ^ _PARITY)
    left, right = counter[0] + keys[0], counter[1] + keys[1]
    for group in range(5):
        for rotation in _ROTATIONS[group % 2]:
            left = left + right
            right = _rotate(right, rotation) ^ left
        left = left + keys[(group + 1) % 3]
        right = right + keys[(group + 2) % 3] + (group + 1)
    return left, right


def gumbel(key, step, num_rows, size):
    r"""Draw standard Gumbel noise, one number for every row and token.

    If $g_v = -\log(-\log u_v)$ with $u_v$ uniform, then
    $\arg\max_v (\log p_v + g_v)$ is a draw from $p$: sampling needs no cumulative
    sum. The uniform numbers have 31 bits and are finest near 1, where the winners
    come from.

    Args:
        key: Integer tensor `(2,)`, int32: see `seed_words`.
        step: Integer tensor `()`, int32. Which token of the text is being drawn.
        num_rows: Integer B.
        size: Integer V.

    Returns:
        Float tensor `(B, V)`, float32.

    Example:

    >>> noise = gumbel(ops.convert_to_tensor(seed_words(0)), 0, 2, 3)
    >>> tuple(noise.shape)
    (2, 3)

    Reference:
        Gumbel (1954), "Statistical Theory of Extreme Values and Some Practical
        Applications"; Maddison et al. (2014), "A* Sampling", section 2,
        https://arxiv.org/abs/1411.0030.
    """
    rows = ops.arange(num_rows, dtype="int32")
    steps = ops.zeros_like(rows) + ops.cast(step, "int32")
    left, right = threefry((key[0], key[1]), (rows, steps))  # each (B,)
    tokens = ops.arange(size, dtype="int32")[None]  # (1, V)
    bits, _ = threefry(
        (left[:, None], right[:, None]), (tokens, ops.zeros_like(tokens))
    )
    small = (ops.cast(bits & 0x7FFFFFFF, "float32") + 0.5) * 2.0**-31  # 1 − u
    small = ops.minimum(small, 1.0 - 2.0**-24)  # the largest float below 1
    return -ops.log(-ops.log1p(-small))


def _rotate(word, places):
    low = (1 << places) - 1  # a signed shift to the right drags the sign along
    return ops.left_shift(word, places) | (ops.right_shift(word, 32 - places) & low)
