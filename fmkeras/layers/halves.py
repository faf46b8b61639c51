"""Matrices held in halves, for loops in which few rows meet many of them.

XLA shares a product of few rows with a large matrix among the cores and lays the
matrix out anew for each, and the memory that this takes is what such a product waits
for. Two products with half the columns run beside each other on a core each; cut into
blocks of few rows of the matrix, each is read once. Measured on two cores, eight rows
and the matrices of GPT-2 small take 50 ms so, and 84 ms whole (docs/benchmarks.md).
A single row is as fast without; many rows give the cores enough to do.

The copies are made once for a text, and take as much memory as the matrices.

Axes used in this file:

    R  rows: everything but the last axis of what is multiplied
    I  width of what goes in
    U  width of what comes out
    C  blocks of a matrix, one below the other
"""

import math
from contextlib import contextmanager
from contextvars import ContextVar

import keras
from keras import ops

FEW = range(2, 9)  # rows
LARGE = 2**14  # numbers in a matrix
BLOCK = 16  # rows of a matrix in a block
AT_MOST = 2**31  # bytes of all copies: GPT-2 medium's fit in, GPT-2 large's do not

_held = ContextVar("_held", default=None)


def in_halves(matrices):
    """Copy matrices, in two halves of their columns each.

    Args:
        matrices: List of pairs: a `keras.Variable` `(I, U)` and `False`, or one
            `(U, I)` that is multiplied transposed and `True`.

    Returns:
        Dictionary from the path of a variable to the pair of its halves, float
        tensors `(I, U / 2)`. It lacks the matrices that are better left whole, and
        those that no longer fit into two gigabytes.

    Example:

    >>> matrix = keras.Variable(ops.ones((128, 256)), name="kernel")
    >>> left, right = in_halves([(matrix, False)])["kernel"]
    >>> tuple(left.shape), tuple(right.shape)
    ((128, 128), (128, 128))
    """
    held, free = {}, AT_MOST
    for matrix, transposed in matrices:
        size = math.prod(matrix.shape)
        inputs, units = matrix.shape[::-1] if transposed else matrix.shape
        if not _suits(matrix) or inputs % BLOCK or 4 * size > free:
            continue
        free -= 4 * size
        whole = ops.transpose(matrix) if transposed else matrix
        held[matrix.path] = tuple(ops.split(whole, [units // 2], axis=1))
    return held


def _suits(matrix):
    """Say whether a matrix is large, and is what it seems.

    With LoRA it is a sum, no variable, and quantised it holds integers.
    """
    return (
        isinstance(matrix, keras.Variable)
        and matrix.dtype == "float32"
        and math.prod(matrix.shape) >= LARGE
    )


@contextmanager
def using(held):
    """Multiply by these halves in what is called, or traced, inside.

    Args:
        held: Dictionary: see `in_halves`.

    Example: see `product_of_halves`.
    """
    token = _held.set(held)
    try:
        yield
    finally:
        _held.reset(token)


def product_of_halves(x, matrix):
    """Multiply by a matrix that is held in halves, if it is.

    Args:
        x: Float tensor `(..., I)`.
        matrix: `keras.Variable`.

    Returns:
        Float tensor `(..., U)`, or `None` if the matrix is not held.

    Example:

    >>> matrix = keras.Variable(ops.ones((128, 256)), name="kernel")
    >>> with using(in_halves([(matrix, False)])):
    ...     product = product_of_halves(ops.ones((2, 1, 128)), matrix)
    >>> tuple(product.shape), float(product[0, 0, 0])
    ((2, 1, 256), 128.0)
    """
    halves = (_held.get() or {}).get(getattr(matrix, "path", None))
    if halves is None:
        return None
    y = ops.concatenate([_in_blocks(x, half) for half in halves], axis=-1)
    return ops.reshape(y, (*x.shape[:-1], y.shape[-1]))


def _in_blocks(x, matrix):
    inputs, units = matrix.shape
    rows = ops.reshape(x, (-1, inputs // BLOCK, BLOCK))
    rows = ops.transpose(rows, (1, 0, 2))  # (C, R, I / C)
    blocks = ops.reshape(matrix, (-1, BLOCK, units))
    return ops.sum(ops.matmul(rows, blocks), axis=0)  # (R, U)
