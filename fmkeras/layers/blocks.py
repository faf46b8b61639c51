"""One transformer block: attention, then thought, each beside a straight path."""

import keras
from keras import ops

from fmkeras.errors import check_choice, check_number
from fmkeras.layers.attention import MultiHeadAttention
from fmkeras.layers.checks import check_seed, check_shape
from fmkeras.layers.feed_forward import FeedForward

OWNER = "TransformerBlock"


@keras.saving.register_keras_serializable(package="fmkeras")
class TransformerBlock(keras.layers.Layer):
    r"""Self-attention and a feed-forward layer, each added to what came in.

    $$
    \begin{aligned}
    \text{pre-norm:} \quad & y = x + \mathrm{MultiHead}(\mathrm{norm}(x)), &
        z &= y + \mathrm{FFN}(\mathrm{norm}(y)) \\
    \text{post-norm:} \quad & y = \mathrm{norm}(x + \mathrm{MultiHead}(x)), &
        z &= \mathrm{norm}(y + \mathrm{FFN}(y))
    \end{aligned}
    $$

    The sums leave a straight path from the loss to every block. Pre-norm (GPT-2,
    Llama) keeps that path free of normalisation and so trains without a warm-up;
    post-norm is the form of the first paper. Cost: that of `MultiHeadAttention` and
    of `FeedForward`.

    Args:
        num_heads: Integer N. Must divide D.
        intermediate_dim: Integer F, the width inside the feed-forward layer.
        num_key_value_heads: Integer K, a divisor of N; N by default.
        positions: `"rotary"`, `"alibi"`, or `None`.
        activation: String, as in `FeedForward`.
        normalization: `"layer"`, or `"rms"` for the root mean square alone.
        norm_first: Boolean. Whether to normalise before (pre-norm) or after.
        causal: Boolean. Whether a position sees only its past and itself.
        use_bias: Boolean. Whether matrices and layer normalisation have biases.
        dropout: Float in [0, 1]. Share dropped in training of the attention weights
            and of what each half adds.
        epsilon: Float > 0. Added to the variance in the normalisation.
        seed: Integer or `None`. Seed of the dropout.
        **kwargs: Passed on to `keras.layers.Layer`.

    Call arguments:
        inputs: Float tensor `(B, T, D)`.
        padding_mask: Boolean tensor `(B, T)`, true for real tokens.
        attention_mask: Boolean tensor `(T, T)` or `(B, T, T)`, true where a query
            may look.
        positions: Integer tensor `(T,)` or `(B, T)`; 0 … T − 1 by default.
        training: Boolean. Whether to apply dropout.

    Returns:
        Float tensor `(B, T, D)`.

    Raises:
        ValueError: If an argument is out of range, or shapes do not fit.

    Example:

    >>> block = TransformerBlock(num_heads=2, intermediate_dim=16)
    >>> tuple(block(ops.ones((2, 3, 4))).shape)
    (2, 3, 4)

    Reference:
        Vaswani et al. (2017), "Attention Is All You Need", section 3.1,
        https://arxiv.org/abs/1706.03762 (post-norm). Xiong et al. (2020), "On Layer
        Normalization in the Transformer Architecture", section 3.1,
        https://arxiv.org/abs/2002.04745 (pre-norm). Zhang and Sennrich (2019), "Root
        Mean Square Layer Normalization", https://arxiv.org/abs/1910.07467.
    """

    def __init__(
        self,
        num_heads,
        intermediate_dim,
        num_key_value_heads=None,
        positions=None,
        activation="gelu",
        normalization="layer",
        norm_first=True,
        causal=True,
        use_bias=True,
        dropout=0.0,
        epsilon=1e-5,
        seed=None,
        **kwargs,
    ):
        check_choice(OWNER, "normalization", normalization, ("layer", "rms"))
        epsilon = check_number(OWNER, "epsilon", epsilon, 0.0, exclusive=True)
        seed = check_seed(OWNER, seed)
        super().__init__(**kwargs)
        self.normalization = normalization
        self.norm_first = norm_first
        self.epsilon = epsilon
        self.seed = seed
        # The children check the arguments that are theirs.
        shared = {
            "use_bias": use_bias,
            "dropout": dropout,
            "dtype": self.dtype_policy,
        }
        self.attention_norm = self._norm("attention_norm", use_bias)
        self.attention = MultiHeadAttention(
            num_heads,
            num_key_value_heads=num_key_value_heads,
            causal=causal,
            positions=positions,
            seed=seed,
            name="attention",
            **shared,
        )
        self.drop = keras.layers.Dropout(
            dropout, seed=_other_seed(seed, 1), dtype=self.dtype_policy
        )
        self.feed_forward_norm = self._norm("feed_forward_norm", use_bias)
        self.feed_forward = FeedForward(
            intermediate_dim,
            activation=activation,
            seed=_other_seed(seed, 2),
            name="feed_forward",
            **shared,
        )

    def build(self, input_shape):
        check_shape(OWNER, "inputs", input_shape, B_T_D=(None,) * 3)
        self.attention_norm.build(input_shape)
        self.attention.build(input_shape)
        self.feed_forward_norm.build(input_shape)
        self.feed_forward.build(input_shape)

    def call(
        self,
        inputs,
        padding_mask=None,
        attention_mask=None,
        positions=None,
        training=None,
    ):
        attended = self.attention(
            self._before(self.attention_norm, inputs),
            padding_mask=padding_mask,
            attention_mask=attention_mask,
            positions=positions,
            training=training,
        )
        return self._think(inputs, attended, training)

    def make_cache(self, batch_size, length):
        """Make room for the keys and values of a sequence.

        Args:
            batch_size: Integer B.
            length: Integer S, the most positions it will hold.

        Returns:
            A pair, keys and values, each a float tensor `(B · K, S, H)` of zeros.

        Raises:
            ValueError: If the block has not been built.

        Example:

        >>> block = TransformerBlock(num_heads=2, intermediate_dim=16)
        >>> block.build((None, None, 6))
        >>> keys, values = block.make_cache(batch_size=1, length=5)
        >>> tuple(keys.shape)
        (2, 5, 3)
        """
        return self.attention.make_cache(batch_size, length)

    def call_with_cache(
        self, inputs, cache, cache_index, padding_mask=None, positions=None
    ):
        """Work on the newest positions alone, with the keys of all so far kept.

        Args:
            inputs: Float tensor `(B, T, D)`, the new positions.
            cache: Pair from `make_cache` or from the previous call.
            cache_index: Integer or integer scalar tensor. Slot of the first of them.
            padding_mask: Boolean tensor `(B, S)` over all slots, or `None`.
            positions: Integer tensor `(T,)` or `(B, T)`, consecutive in each row;
                the slots by default.

        Returns:
            A pair: float tensor `(B, T, D)`, and the cache with the new positions.

        Raises:
            ValueError: If the block has not been built or is not causal, if shapes
                do not fit, or if the cache is full.

        Example:

        >>> block = TransformerBlock(num_heads=2, intermediate_dim=16)
        >>> block.build((1, None, 4))
        >>> cache = block.make_cache(batch_size=1, length=5)
        >>> output, cache = block.call_with_cache(ops.ones((1, 3, 4)), cache, 0)
        >>> tuple(output.shape)
        (1, 3, 4)
        """
        inputs = ops.cast(inputs, self.compute_dtype)
        attended, cache = self.attention.call_with_cache(
            self._before(self.attention_norm, inputs),
            cache,
            cache_index,
            padding_mask=padding_mask,
            positions=positions,
        )
        return self._think(inputs, attended), cache

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        attention = self.attention.get_config()
        return {
            **super().get_config(),
            "num_heads": attention["num_heads"],
            "intermediate_dim": self.feed_forward.intermediate_dim,
            "num_key_value_heads": attention["num_key_value_heads"],
            "positions": attention["positions"],
            "activation": self.feed_forward.activation,
            "normalization": self.normalization,
            "norm_first": self.norm_first,
            "causal": attention["causal"],
            "use_bias": attention["use_bias"],
            "dropout": attention["dropout"],
            "epsilon": self.epsilon,
            "seed": self.seed,
        }

    def _think(self, inputs, attended, training=None):
        """Add what attention found, then what the feed-forward layer makes of it."""
        x = inputs + self.drop(attended, training=training)
        x = self._after(self.attention_norm, x)
        thought = self.feed_forward(
            self._before(self.feed_forward_norm, x), training=training
        )
        return self._after(self.feed_forward_norm, x + thought)

    def _before(self, norm, x):
        return norm(x) if self.norm_first else x

    def _after(self, norm, x):
        return x if self.norm_first else norm(x)

    def _norm(self, name, use_bias):
        if self.normalization == "rms":
            return keras.layers.RMSNormalization(
                epsilon=self.epsilon, dtype=self.dtype_policy, name=name
            )
        return keras.layers.LayerNormalization(
            epsilon=self.epsilon, center=use_bias, dtype=self.dtype_policy, name=name
        )


def _other_seed(seed, offset):
    """Keep two dropouts of one block from dropping at the same places."""
    return None if seed is None else seed + offset
