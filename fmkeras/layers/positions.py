"""Positions added to the inputs: what tells attention, which sees a set, the order.

Axes used in this file:

    B  batch
    T  sequence length
    D  model width
"""

import math

import keras
import numpy as np
from keras import ops

from fmkeras.errors import check_integer
from fmkeras.layers.checks import check_positions, check_shape


@keras.saving.register_keras_serializable(package="fmkeras")
class LearnedPositions(keras.layers.Layer):
    """Add a learned vector to each position, as GPT-2 does.

    Nothing is assumed about order; everything is learned, and nothing is known of
    positions beyond those trained on. Cost: `max_sequence_length` × D weights and
    one addition for each number.

    Args:
        max_sequence_length: Integer. The number of positions there are.
        **kwargs: Passed on to `keras.layers.Layer`.

    Call arguments:
        inputs: Float tensor `(B, T, D)`.
        positions: Integer tensor `(T,)` or `(B, T)`; 0 … T − 1 by default.

    Returns:
        Float tensor `(B, T, D)`.

    Raises:
        ValueError: If `max_sequence_length` is no positive integer, or the
            sequence is longer.

    Example:

    >>> layer = LearnedPositions(max_sequence_length=16)
    >>> tuple(layer(ops.zeros((2, 5, 6))).shape)
    (2, 5, 6)

    Reference:
        Radford et al. (2018), "Improving Language Understanding by Generative
        Pre-Training", section 3.1. Their $W_p$ is our `position_embeddings`.
    """

    def __init__(self, max_sequence_length, **kwargs):
        max_sequence_length = check_integer(
            "LearnedPositions", "max_sequence_length", max_sequence_length
        )
        super().__init__(**kwargs)
        self.max_sequence_length = max_sequence_length
        self.supports_masking = True

    def build(self, input_shape):
        _check_inputs("LearnedPositions", input_shape, self.max_sequence_length)
        self.position_embeddings = self.add_weight(
            name="position_embeddings",
            shape=(self.max_sequence_length, input_shape[-1]),
            initializer=keras.initializers.RandomNormal(stddev=0.02),
        )

    def call(self, inputs, positions=None):
        _check_inputs("LearnedPositions", inputs, self.max_sequence_length)
        embeddings = ops.convert_to_tensor(self.position_embeddings)
        if positions is None:
            return inputs + embeddings[: ops.shape(inputs)[1]]
        check_positions("LearnedPositions", positions, inputs)
        return inputs + ops.take(embeddings, positions, axis=0)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "max_sequence_length": self.max_sequence_length}


@keras.saving.register_keras_serializable(package="fmkeras")
class SinusoidalPositions(keras.layers.Layer):
    r"""Add waves of many lengths, so that a shift in position is a rotation.

    $$
    \mathrm{PE}(t, 2i) = \sin\frac{t}{10000^{2i/D}}, \qquad
    \mathrm{PE}(t, 2i + 1) = \cos\frac{t}{10000^{2i/D}}
    $$

    The vector of position $t + k$ is a rotation of that of $t$, the same for every
    $t$: to look "k back" is a linear map. No weights. Cost: one sine and one addition
    for each number.

    Args:
        max_sequence_length: Integer, the longest sequence allowed, or `None` for
            no limit.
        **kwargs: Passed on to `keras.layers.Layer`.

    Call arguments:
        inputs: Float tensor `(B, T, D)`.
        positions: Integer tensor `(T,)` or `(B, T)`; 0 … T − 1 by default.

    Returns:
        Float tensor `(B, T, D)`.

    Raises:
        ValueError: If `max_sequence_length` is neither `None` nor a positive
            integer, or the sequence is longer.

    Example:

    >>> layer = SinusoidalPositions()
    >>> encoded = layer(ops.zeros((1, 2, 4)))
    >>> [round(float(x), 3) for x in encoded[0, 1]]  # waves of 1 and of 1/100
    [0.841, 0.54, 0.01, 1.0]

    Reference:
        Vaswani et al. (2017), "Attention Is All You Need", section 3.5,
        https://arxiv.org/abs/1706.03762. Their $pos$ is our $t$.
    """

    def __init__(self, max_sequence_length=None, **kwargs):
        if max_sequence_length is not None:
            max_sequence_length = check_integer(
                "SinusoidalPositions", "max_sequence_length", max_sequence_length
            )
        super().__init__(**kwargs)
        self.max_sequence_length = max_sequence_length
        self.supports_masking = True

    def build(self, input_shape):
        _check_inputs("SinusoidalPositions", input_shape, self.max_sequence_length)

    def call(self, inputs, positions=None):
        _check_inputs("SinusoidalPositions", inputs, self.max_sequence_length)
        width = inputs.shape[-1]
        dimensions = np.arange(width)
        frequencies = 10000.0 ** (-(dimensions // 2 * 2) / width)
        # A cosine is a sine a quarter of a turn ahead: one sine makes both.
        quarter_turns = dimensions % 2 * (math.pi / 2)
        angles = angles_at("SinusoidalPositions", positions, inputs, frequencies)
        waves = ops.sin(angles + ops.convert_to_tensor(quarter_turns, angles.dtype))
        return inputs + ops.cast(waves, inputs.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "max_sequence_length": self.max_sequence_length}


def angles_at(owner, positions, inputs, frequencies, axis=1):
    """Multiply each position with each frequency, in full precision.

    Args:
        owner: String. The layer whose `positions` they are.
        positions: Integer tensor `(T,)` or `(B, T)`, or `None` for 0 … T − 1.
        inputs: Tensor `(B, …)` with T along `axis`.
        frequencies: Float array `(F,)`.
        axis: Integer. Where T is among the axes of the inputs.

    Returns:
        Float32 tensor `(T, F)` or `(B, T, F)`.

    Raises:
        ValueError: If the shape of the positions does not fit.
    """
    if positions is None:
        positions = ops.arange(ops.shape(inputs)[axis], dtype="int32")
    check_positions(owner, positions, inputs, axis)
    frequencies = ops.convert_to_tensor(frequencies, dtype="float32")
    return ops.cast(positions, "float32")[..., None] * frequencies


def _check_inputs(owner, inputs, max_sequence_length):
    check_shape(owner, "inputs", inputs, B_T_D=(None,) * 3)
    length = tuple(getattr(inputs, "shape", inputs))[1]
    if None in (length, max_sequence_length) or length <= max_sequence_length:
        return
    raise ValueError(
        f"{owner}: the sequence must be at most "
        f"max_sequence_length={max_sequence_length} long. "
        f"Received: T={length}. What would do: a shorter sequence, or a layer made "
        f"with max_sequence_length={length}."
    )
