"""Directions along which to look at the loss of a trained model."""

import numpy as np

from fmkeras.errors import argument_error, is_integer

OWNER = "filter_normalized_direction"


def filter_normalized_direction(weights, seed=0):
    r"""Draw a random direction in which every filter is as long as the model's own.

    A loss along a random line says little as long as the weights' scale is left open:
    a ReLU network computes the same after one layer is doubled and the next is halved,
    yet a step of a given length is then small for the one and large for the other. So
    every column of the direction, the weights of one neuron or one filter of a
    convolution, is stretched to the length of the same column of the model. Arrays of
    one axis or none, such as biases, stay where they are. Cost: one random number for
    each weight.

    $$
    d_{:, j} \leftarrow \frac{d_{:, j}}{\lVert d_{:, j} \rVert_2}
        \, \lVert w_{:, j} \rVert_2 ,
        \qquad d_{ij} \sim \mathcal N(0, 1)
    $$

    Args:
        weights: Sequence of float arrays, as from `model.get_weights()`. The last axis
            of each counts the filters, as in Keras: `(in, out)` for a dense layer,
            `(height, width, in, out)` for a convolution.
        seed: Non-negative integer. Two seeds give two directions, nearly at a right
            angle to each other where there are many weights.

    Returns:
        List of arrays of the shapes and types of `weights`. For a float `t`,
        `[w + t * d for w, d in zip(weights, direction)]` are weights for
        `model.set_weights`.

    Raises:
        ValueError: If there are no weights, one is not of floats, or the seed is no
            non-negative integer.

    Example:

    >>> kernel, bias = np.array([[3.0, 0.0], [4.0, 2.0]]), np.array([1.0, 1.0])
    >>> direction = filter_normalized_direction([kernel, bias], seed=1)
    >>> np.linalg.norm(direction[0], axis=0).round(6).tolist()
    [5.0, 2.0]
    >>> direction[1].tolist()
    [0.0, 0.0]

    Reference:
        Li, Xu, Taylor, Studer and Goldstein (2018), "Visualizing the Loss Landscape of
        Neural Nets", section 4, https://arxiv.org/abs/1712.09913. Their $d_{i,j}$ and
        $\theta_{i,j}$, filter $j$ of layer $i$, are our columns.
    """
    if not is_integer(seed) or seed < 0:
        raise argument_error(OWNER, "seed", "an integer ≥ 0", seed, would_do="0")
    weights = [np.asarray(array) for array in weights]
    if not weights:
        would_do = "model.get_weights() of a model that is built"
        raise argument_error(OWNER, "weights", "at least one array", [], would_do)
    for i, array in enumerate(weights):
        if not np.issubdtype(array.dtype, np.floating):
            name = f"weights[{i}].dtype"
            raise argument_error(OWNER, name, "a float type", str(array.dtype))
    generator = np.random.default_rng(int(seed))
    return [_stretched(generator.normal(size=a.shape), a) for a in weights]


def _stretched(direction, weights):
    """Give every filter of a direction the length of the model's."""
    if weights.ndim < 2:
        return np.zeros_like(weights)
    filters = tuple(range(weights.ndim - 1))
    lengths = np.sqrt(np.sum(weights.astype("float64") ** 2, filters))
    drawn = np.sqrt(np.sum(direction**2, filters))
    return (direction / drawn * lengths).astype(weights.dtype)
