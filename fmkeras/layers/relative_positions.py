"""Positions that attention sees as differences: rotary embeddings and ALiBi.

Axes used in this file:

    B  batch
    T  query length
    S  key length
    N  heads
    H  width of one head
"""

import math

import keras
import numpy as np
from keras import ops

from fmkeras.errors import check_integer, check_number
from fmkeras.layers.checks import check_shape
from fmkeras.layers.positions import angles_at


@keras.saving.register_keras_serializable(package="fmkeras")
class RotaryPositions(keras.layers.Layer):
    r"""Turn queries and keys by an angle that grows with their position.

    The first half of a head and its second half are read as the two coordinates of
    $H/2$ points in the plane (the pairing of Llama and of KerasHub, "half split";
    the paper pairs neighbours). Point $i$ at position $t$ is turned by
    $t\,\theta_i$:

    $$
    \begin{pmatrix} x_i' \\ x_{i + H/2}' \end{pmatrix}
    = \begin{pmatrix}
        \cos t\theta_i & -\sin t\theta_i \\ \sin t\theta_i & \cos t\theta_i
      \end{pmatrix}
      \begin{pmatrix} x_i \\ x_{i + H/2} \end{pmatrix},
    \qquad \theta_i = \mathrm{base}^{-2i/H}
    $$

    The product of a turned query and a turned key depends on the difference of
    their positions alone. No weights. Cost: three operations for each number.

    Args:
        base: Float > 0. The slowest point makes a turn in about 2π · base positions.
        **kwargs: Passed on to `keras.layers.Layer`.

    Call arguments:
        inputs: Float tensor `(B, N, T, H)`: queries, keys, or both.
        positions: Integer tensor `(T,)` or `(B, T)`; 0 … T − 1 by default.

    Returns:
        Float tensor `(B, N, T, H)`.

    Raises:
        ValueError: If `base` is not positive, or H is odd.

    Example:

    >>> layer = RotaryPositions()
    >>> turned = layer(ops.ones((1, 1, 2, 2)))
    >>> [round(float(x), 3) for x in turned[0, 0, 1]]  # cos 1 − sin 1, sin 1 + cos 1
    [-0.301, 1.382]

    Reference:
        Su et al. (2021), "RoFormer", section 3.2.2,
        https://arxiv.org/abs/2104.09864. Their $m$ is our $t$, their $d$ our $H$.
    """

    def __init__(self, base=10000.0, **kwargs):
        base = check_number("RotaryPositions", "base", base, 0.0, exclusive=True)
        super().__init__(**kwargs)
        self.base = base

    def build(self, input_shape):
        check_shape("RotaryPositions", "inputs", input_shape, B_N_T_H=(None,) * 4)
        if input_shape[-1] % 2:
            raise ValueError(
                "RotaryPositions: the width of a head must be even, because its "
                f"numbers turn in pairs. Received: width={input_shape[-1]}. "
                f"What would do: {input_shape[-1] - 1} or {input_shape[-1] + 1}."
            )

    def call(self, inputs, positions=None):
        half = inputs.shape[-1] // 2
        frequencies = self.base ** (-np.arange(half) / half)
        angles = angles_at("RotaryPositions", positions, inputs, frequencies, axis=2)
        if len(angles.shape) == 3:
            angles = angles[:, None]  # (B, 1, T, H / 2)
        cosine = ops.cast(ops.cos(angles), inputs.dtype)
        sine = ops.cast(ops.sin(angles), inputs.dtype)
        first, second = inputs[..., :half], inputs[..., half:]
        return ops.concatenate(
            [first * cosine - second * sine, second * cosine + first * sine], axis=-1
        )

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "base": self.base}


@keras.saving.register_keras_serializable(package="fmkeras")
class AlibiBias(keras.layers.Layer):
    r"""Make far keys count less: a penalty on the scores that grows with distance.

    $$
    \mathrm{bias}_n(i, j) = -m_n\, |i - j|, \qquad m_n = 2^{-8n/N},
    \quad n = 1 \dots N
    $$

    Steep heads look near, flat heads look far. If N is no power of two, the slopes
    are those of the next smaller power $P$ and then every other one of $2P$. No
    weights, and longer sequences than those trained on keep their sense. Cost: one
    multiplication for each score.

    Args:
        num_heads: Integer N.
        **kwargs: Passed on to `keras.layers.Layer`.

    Call arguments:
        query_positions: Integer tensor `(T,)` or `(B, T)`.
        key_positions: Integer tensor `(S,)` or `(B, S)`.

    Returns:
        Float tensor `(B, N, T, S)`, or `(1, N, T, S)` if no positions have a batch.

    Raises:
        ValueError: If `num_heads` is no positive integer.

    Example:

    >>> layer = AlibiBias(num_heads=2)  # slopes 1/16 and 1/256
    >>> bias = layer(ops.arange(3), ops.arange(3))
    >>> [float(x) for x in bias[0, 0, 2]]
    [-0.125, -0.0625, 0.0]

    Reference:
        Press et al. (2022), "Train Short, Test Long", section 3,
        https://arxiv.org/abs/2108.12409. Their $n$ heads are our $N$.
    """

    def __init__(self, num_heads, **kwargs):
        num_heads = check_integer("AlibiBias", "num_heads", num_heads)
        super().__init__(**kwargs)
        self.num_heads = num_heads

    def call(self, query_positions, key_positions):
        distance = ops.abs(
            ops.expand_dims(query_positions, -1) - ops.expand_dims(key_positions, -2)
        )
        if len(distance.shape) == 2:
            distance = distance[None]
        slopes = _slopes(self.num_heads).reshape(-1, 1, 1)
        # (N, 1, 1) times (B, 1, T, S)
        return ops.cast(slopes, self.compute_dtype) * ops.cast(
            -distance[:, None], self.compute_dtype
        )

    def compute_output_shape(self, query_positions_shape, key_positions_shape):
        batches = [
            shape[0]
            for shape in (query_positions_shape, key_positions_shape)
            if len(shape) == 2
        ]
        return (
            batches[0] if batches else 1,
            self.num_heads,
            query_positions_shape[-1],
            key_positions_shape[-1],
        )

    def get_config(self):
        return {**super().get_config(), "num_heads": self.num_heads}


def _slopes(num_heads):
    power = 2 ** int(math.log2(num_heads))
    slopes = 2.0 ** (-8 * np.arange(1, power + 1) / power)
    between = 2.0 ** (-8 * np.arange(1, 2 * power, 2) / (2 * power))
    return np.concatenate([slopes, between])[:num_heads]
