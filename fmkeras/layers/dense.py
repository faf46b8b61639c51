"""The matrices inside a layer.

Axes used in this file:

    I  width of what goes in
    U  units, the width of what comes out
"""

import keras

from fmkeras.layers.halves import product_of_halves


def dense(layer, units, name, input_shape):
    """Make and build a matrix that starts, is biased and is typed as a layer asks.

    Args:
        layer: The layer that holds it, with `use_bias` and `kernel_initializer`.
        units: Integer U. Width of what comes out.
        name: String. Name of the matrix.
        input_shape: Tuple. Shape of what goes in.

    Returns:
        A built `keras.layers.Dense`.
    """
    # A copy of the initialiser: one without a seed starts every matrix of a shape
    # from the same numbers when it is used twice.
    initializer = keras.initializers.get(
        keras.initializers.serialize(layer.kernel_initializer)
    )
    matrix = keras.layers.Dense(
        units,
        use_bias=layer.use_bias,
        kernel_initializer=initializer,
        dtype=layer.dtype_policy,
        name=name,
    )
    matrix.build(input_shape)
    return matrix


def product(x, matrix):
    """Multiply by a matrix, and by its halves where it is held in halves.

    Args:
        x: Float tensor `(..., I)`.
        matrix: What `dense` made.

    Returns:
        Float tensor `(..., U)`.
    """
    y = product_of_halves(x, matrix.kernel)
    if y is None:
        return matrix(x)
    return y + matrix.bias if matrix.use_bias else y
