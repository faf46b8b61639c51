r"""Find the largest logits, without sorting them.

Sorting 50,257 numbers costs more under XLA on a CPU than the forward pass of GPT-2
small (34 ms against 25 ms, measured). What top-k and top-p need is one number only,
the smallest logit that stays, and its 32 bits can be found one after the other: each
costs one pass over the logits. That is 0.4 ms.
"""

from keras import ops


def keep_heaviest(logits, weights, target):
    r"""Remove what is not needed to reach a total weight.

    With the largest threshold $t$ that satisfies

    $$
    \sum_{v:\, x_v \ge t} w_v \ge \mathrm{target}
    $$

    every logit $x_v \ge t$ stays: equal logits share their fate. If all weights
    together do not reach the target, everything stays. Cost: 32 passes, $O(V)$.

    Args:
        logits: Float tensor `(B, V)`, float32.
        weights: Integer tensor `(B, V)`, int32, not negative. Whole numbers, because
            their sum does not depend on the order, and is vectorised.
        target: Integer tensor `()`, int32, positive.

    Returns:
        Float tensor `(B, V)`; removed logits are minus infinity.

    Example:

    >>> logits = ops.convert_to_tensor([[1.0, 4.0, -2.0, 3.0]])
    >>> keep_heaviest(logits, ops.ones((1, 4), "int32"), 2).numpy().tolist()
    [[-inf, 4.0, -inf, 3.0]]
    """
    ranks = _ranks(logits)
    lowest = ops.full(ranks.shape[:-1] + (1,), -(2**31), dtype="int32")

    def add_bit(position, threshold):
        bit = ops.left_shift(ops.ones_like(threshold), 31 - position)
        higher = threshold + bit  # wraps once, from the lowest to zero
        heavier = ops.where(ranks >= higher, weights, 0)
        enough = ops.sum(heavier, axis=-1, keepdims=True) >= target
        return ops.where(enough, higher, threshold)

    threshold = ops.fori_loop(0, 32, add_bit, lowest)
    return ops.where(ranks >= threshold, logits, -float("inf"))


def first_largest(logits):
    """Find the largest logit of every row, the first of equal ones.

    Asked for the place of the maximum, XLA goes through a row number by number, and
    makes what the row is computed from, such as random numbers, on the way: 14 ms for
    eight rows of 50,257. Asked for the maximum, and then for the first place that has
    it, it keeps the row and works on several numbers at a time: 3 ms.

    Args:
        logits: Float tensor `(B, V)`.

    Returns:
        Integer tensor `(B,)`, int32. A row with NaN gets 0.

    Example:

    >>> first_largest(ops.convert_to_tensor([[1.0, 4.0, -2.0, 4.0]])).numpy().tolist()
    [1]
    """
    size = logits.shape[-1]
    places = ops.arange(size, dtype="int32")
    is_smaller = logits < ops.max(logits, axis=-1, keepdims=True)
    return ops.min(ops.where(is_smaller, size, places), axis=-1)


def _ranks(logits):
    """Turn floats into integers of the same order."""
    bits = ops.view(ops.where(logits == 0.0, 0.0, logits), dtype="int32")  # −0 is 0
    return ops.where(bits < 0, bits ^ 0x7FFFFFFF, bits)
