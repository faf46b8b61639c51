"""The feed-forward layer: every position thinks for itself."""

import keras
from keras import ops

from fmkeras.errors import check_choice, check_integer, check_number
from fmkeras.layers.checks import check_seed, check_shape
from fmkeras.layers.dense import dense, product


def _gelu_tanh(x):
    return ops.gelu(x, approximate=True)


def _gelu(x):
    return ops.gelu(x, approximate=False)


PLAIN = {
    "relu": ops.relu,
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "silu": ops.silu,
    "tanh": ops.tanh,
}
GATED = {"swiglu": ops.silu, "geglu": _gelu}


@keras.saving.register_keras_serializable(package="fmkeras")
class FeedForward(keras.layers.Layer):
    r"""Two matrices with an activation between them, the same at every position.

    What attention has gathered is worked on here, one position at a time; most of
    a transformer's weights lie here. With $g$ the activation,

    $$
    \mathrm{FFN}(x) = g(x W^1 + b^1)\, W^2 + b^2,
    \qquad
    \mathrm{GLU}(x) = \big(g(x W^g + b^g) \odot (x W^u + b^u)\big)\, W^2 + b^2,
    $$

    the second for `"swiglu"` ($g$ the SiLU) and `"geglu"` ($g$ the GELU). Gate
    $W^g$ and $W^u$ lie side by side in one matrix, because one large product is
    faster than two. Cost: $2 D F$ multiplications for each position, $3 D F$ if
    gated.

    Args:
        intermediate_dim: Integer F, the width between the matrices.
        activation: String: `"relu"`, `"gelu"`, `"gelu_tanh"` (GPT-2's approximation
            of the GELU), `"silu"`, `"tanh"`, or gated `"swiglu"`, `"geglu"`.
        use_bias: Boolean. Whether to add $b$.
        dropout: Float in [0, 1]. Share of the outputs dropped in training.
        seed: Integer or `None`. Seed of the dropout.
        kernel_initializer: String or Keras initializer. How the matrices start.
        **kwargs: Passed on to `keras.layers.Layer`.

    Call arguments:
        inputs: Float tensor `(B, T, D)`.
        training: Boolean. Whether to apply dropout.

    Returns:
        Float tensor `(B, T, D)`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> layer = FeedForward(intermediate_dim=8, activation="swiglu", use_bias=False)
    >>> tuple(layer(ops.ones((2, 3, 4))).shape)
    (2, 3, 4)
    >>> layer.count_params()  # 4 × 2 × 8 and 8 × 4
    96

    Reference:
        Vaswani et al. (2017), "Attention Is All You Need", section 3.3,
        https://arxiv.org/abs/1706.03762. Their $d_{ff}$ is our $F$. The gated forms:
        Shazeer (2020), "GLU Variants Improve Transformer", section 2,
        https://arxiv.org/abs/2002.05202. His $V$ is our $W^u$.
    """

    def __init__(
        self,
        intermediate_dim,
        activation="gelu",
        use_bias=True,
        dropout=0.0,
        seed=None,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        owner = "FeedForward"
        intermediate_dim = check_integer(owner, "intermediate_dim", intermediate_dim)
        check_choice(owner, "activation", activation, (*PLAIN, *GATED))
        dropout = check_number(owner, "dropout", dropout, minimum=0.0, maximum=1.0)
        seed = check_seed(owner, seed)
        super().__init__(**kwargs)
        self.intermediate_dim = intermediate_dim
        self.activation = activation
        self.use_bias = use_bias
        self.dropout = dropout
        self.seed = seed
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.supports_masking = True

    def build(self, input_shape):
        check_shape("FeedForward", "inputs", input_shape, B_T_D=(None,) * 3)
        width = self.intermediate_dim * (2 if self.activation in GATED else 1)
        self.to_intermediate = dense(self, width, "intermediate", input_shape)
        hidden_shape = (*input_shape[:-1], self.intermediate_dim)
        self.to_output = dense(self, input_shape[-1], "output", hidden_shape)
        self.drop = keras.layers.Dropout(
            self.dropout, seed=self.seed, dtype=self.dtype_policy
        )

    def call(self, inputs, training=None):
        width = self.to_output.units
        check_shape("FeedForward", "inputs", inputs, B_T_D=(None, None, width))
        hidden = product(inputs, self.to_intermediate)  # (B, T, F); 2 F if gated
        if self.activation in GATED:
            gate, up = ops.split(hidden, 2, axis=-1)
            hidden = GATED[self.activation](gate) * up
        else:
            hidden = PLAIN[self.activation](hidden)
        return self.drop(product(hidden, self.to_output), training=training)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "intermediate_dim": self.intermediate_dim,
            "activation": self.activation,
            "use_bias": self.use_bias,
            "dropout": self.dropout,
            "seed": self.seed,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
