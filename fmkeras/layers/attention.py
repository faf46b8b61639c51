"""Multi-head attention: every position gathers what it needs from the others.

Axes used in this file:

    B  batch
    T  query length
    S  key length
    D  model width
    N  query heads
    K  key/value heads, a divisor of N
    H  width of one head
"""

import keras
from keras import ops

from fmkeras.errors import check_choice, check_integer, check_number
from fmkeras.layers import attention_checks as checks
from fmkeras.layers.caches import empty_cache, filled_slots, write
from fmkeras.layers.checks import check_positions, check_seed, check_shape
from fmkeras.layers.dense import dense, product
from fmkeras.layers.dot_product import attention_weights, weighted_average
from fmkeras.layers.heads import join_heads, merge_heads, split_heads
from fmkeras.layers.masks import mask_for
from fmkeras.layers.relative_positions import AlibiBias, RotaryPositions

OWNER = "MultiHeadAttention"


@keras.saving.register_keras_serializable(package="fmkeras")
class MultiHeadAttention(keras.layers.Layer):
    r"""Look at a sequence through several heads side by side, and mix what they see.

    Each head $n$ of $N$ makes queries, keys and values of its own, of width $H$, and
    one last matrix mixes what the heads found:

    $$
    \mathrm{MultiHead}(X, C) = [\,\mathrm{head}_1; \dots; \mathrm{head}_N\,]\, W^O,
    \qquad
    \mathrm{head}_n = \mathrm{Attention}(X W^Q_n, C W^K_n, C W^V_n)
    $$

    In self-attention $C = X$; in cross-attention $C$ is a context, such as the source
    of a translation. With fewer key/value heads (grouped-query attention; multi-query
    if there is one) neighbouring heads share theirs, and the cache shrinks. Cost:
    $2 T D H (N + K)$ multiplications for the matrices, $2 T S N H$ for attention.

    Args:
        num_heads: Integer N.
        num_key_value_heads: Integer K, a divisor of N; N by default.
        head_dim: Integer H; D / N by default.
        causal: Boolean. Whether a position sees only its past and itself.
        positions: `"rotary"`, `"alibi"` or `None`. How attention learns of order.
        use_bias: Boolean. Whether the matrices have biases.
        dropout: Float in [0, 1]. Share of the attention weights dropped in training.
        seed: Integer or `None`. Seed of the dropout.
        kernel_initializer: String or Keras initializer. How the matrices start.
        **kwargs: Passed on to `keras.layers.Layer`.

    Call arguments:
        inputs: Float tensor `(B, T, D)`.
        context: Float tensor `(B, S, width)`, or `None` for self-attention (S = T).
            A layer built with a context is always called with one.
        padding_mask: Boolean tensor `(B, S)`, true for real tokens.
        attention_mask: Boolean tensor `(T, S)` or `(B, T, S)`, true for "may look".
        positions: Integer tensor `(T,)` or `(B, T)`; 0 … T − 1 by default.
        training: Boolean. Whether to apply dropout.

    Returns:
        Float tensor `(B, T, D)`. A query that may look nowhere gathers zeros.

    Raises:
        ValueError: If an argument is out of range, or shapes do not fit.

    Example:

    >>> layer = MultiHeadAttention(num_heads=4, num_key_value_heads=2, causal=True)
    >>> tuple(layer(ops.ones((2, 3, 8))).shape)
    (2, 3, 8)

    Reference:
        Vaswani et al. (2017), "Attention Is All You Need", section 3.2.2,
        https://arxiv.org/abs/1706.03762. Their $h$ is our $N$, $d_k$ our $H$. Shared
        keys: Ainslie et al. (2023), "GQA", https://arxiv.org/abs/2305.13245.
    """

    def __init__(
        self,
        num_heads,
        num_key_value_heads=None,
        head_dim=None,
        causal=False,
        positions=None,
        use_bias=True,
        dropout=0.0,
        seed=None,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        num_heads = check_integer(OWNER, "num_heads", num_heads)
        checks.check_key_value_heads(num_heads, num_key_value_heads)
        if head_dim is not None:
            head_dim = check_integer(OWNER, "head_dim", head_dim)
        check_choice(OWNER, "positions", positions, (None, "rotary", "alibi"))
        dropout = check_number(OWNER, "dropout", dropout, minimum=0.0, maximum=1.0)
        seed = check_seed(OWNER, seed)
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.num_key_value_heads = num_key_value_heads
        self.head_dim = head_dim
        self.causal = causal
        self.positions = positions
        self.use_bias = use_bias
        self.dropout = dropout
        self.seed = seed
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, inputs_shape, context_shape=None):
        check_shape(OWNER, "inputs", inputs_shape, B_T_D=(None,) * 3)
        width = inputs_shape[-1]
        self._key_value_heads = self.num_key_value_heads or self.num_heads
        self._head_width = self.head_dim or checks.head_width(width, self.num_heads)
        query_width = self.num_heads * self._head_width
        pair_width = 2 * self._key_value_heads * self._head_width
        self._has_context = context_shape is not None
        if self._has_context:
            checks.check_context(self, context_shape)
            self._context_width = context_shape[-1]
            self.to_query = dense(self, query_width, "query", inputs_shape)
            self.to_key_value = dense(self, pair_width, "key_value", context_shape)
        else:  # a single large product is faster than three small ones
            self.to_query_key_value = dense(
                self, query_width + pair_width, "query_key_value", inputs_shape
            )
        gathered_shape = (*inputs_shape[:-1], query_width)
        self.to_output = dense(self, width, "output", gathered_shape)
        self.drop = keras.layers.Dropout(
            self.dropout, seed=self.seed, dtype=self.dtype_policy
        )
        if self.positions == "rotary":
            self.rotary = RotaryPositions(dtype=self.dtype_policy, name="rotary")
            self.rotary.build((None, None, None, self._head_width))
        elif self.positions == "alibi":  # added to the scores, which are float32
            self.alibi = AlibiBias(self.num_heads, dtype="float32", name="alibi")

    def call(
        self,
        inputs,
        context=None,
        padding_mask=None,
        attention_mask=None,
        positions=None,
        training=None,
    ):
        weights, value = self._look(
            inputs, context, padding_mask, attention_mask, positions
        )
        return self._gather(self.drop(weights, training=training), value)

    def attention_weights(
        self,
        inputs,
        context=None,
        padding_mask=None,
        attention_mask=None,
        positions=None,
    ):
        """Say how much each position attends to each other, without dropout.

        Args:
            inputs: Float tensor `(B, T, D)`.
            context: Float tensor `(B, S, width)`, or `None`.
            padding_mask: Boolean tensor `(B, S)`, or `None`.
            attention_mask: Boolean tensor `(T, S)` or `(B, T, S)`, or `None`.
            positions: Integer tensor `(T,)` or `(B, T)`, or `None`.

        Returns:
            Float tensor `(B, N, T, S)`. Rows sum to one, or to zero if fully masked.

        Raises:
            ValueError: If the layer has not been built, or shapes do not fit.

        Example:

        >>> layer = MultiHeadAttention(num_heads=1, causal=True)
        >>> layer.build((1, 2, 4))
        >>> weights = layer.attention_weights(ops.ones((1, 2, 4)))
        >>> [[float(weight) for weight in row] for row in weights[0, 0]]
        [[1.0, 0.0], [0.5, 0.5]]
        """
        checks.check_built(self, "attention_weights")
        inputs = ops.convert_to_tensor(inputs)
        return self._look(inputs, context, padding_mask, attention_mask, positions)[0]

    def make_cache(self, batch_size, length):
        """Make room for the keys and values of a sequence.

        Args:
            batch_size: Integer B.
            length: Integer S, the most positions it will hold.

        Returns:
            A pair, keys and values, each a float tensor `(B · K, S, H)` of zeros.

        Raises:
            ValueError: If the layer has not been built.

        Example:

        >>> layer = MultiHeadAttention(num_heads=4, num_key_value_heads=2, causal=True)
        >>> layer.build((None, None, 12))
        >>> keys, values = layer.make_cache(batch_size=2, length=7)
        >>> tuple(keys.shape)
        (4, 7, 3)
        """
        checks.check_built(self, "make_cache")
        heads = (self._key_value_heads, self._head_width)
        return empty_cache(OWNER, batch_size, length, *heads, self.compute_dtype)

    def call_with_cache(
        self, inputs, cache, cache_index, padding_mask=None, positions=None
    ):
        """Attend from the newest positions to all so far, whose keys are kept.

        The keys and values of the new positions go into slots `cache_index` …
        `cache_index` + T − 1; each sees the slots up to its own. Calls over the parts
        of a sequence give what one call over the whole gives.

        Args:
            inputs: Float tensor `(B, T, D)`, the new positions.
            cache: Pair from `make_cache` or from the previous call.
            cache_index: Integer or integer scalar tensor. Slot of the first of them.
            padding_mask: Boolean tensor `(B, S)` over all slots, or `None`.
            positions: Integer tensor `(T,)` or `(B, T)`, consecutive; else the slots.

        Returns:
            A pair: float tensor `(B, T, D)`, and the cache with the new positions.

        Raises:
            ValueError: If the layer is not causal or not built, or shapes do not fit.

        Example:

        >>> layer = MultiHeadAttention(num_heads=2, causal=True)
        >>> layer.build((1, None, 4))
        >>> cache = layer.make_cache(batch_size=1, length=5)
        >>> output, cache = layer.call_with_cache(ops.ones((1, 3, 4)), cache, 0)
        >>> tuple(output.shape)
        (1, 3, 4)
        """
        inputs = ops.convert_to_tensor(inputs)
        checks.check_call_with_cache(self, inputs, cache, cache_index)
        filled = filled_slots(inputs.shape[1], cache_index)
        cache_index = ops.cast(cache_index, "int32")
        positions = self._numbered(inputs, positions, start=cache_index)
        query, key, value = self._project(inputs, None, positions)
        keys, values = write(cache, key, value, cache_index)
        mask = mask_for(OWNER, query, keys, True, padding_mask, start=cache_index)
        slots = ops.arange(ops.shape(keys)[1], dtype="int32")[:filled]
        bias = self._bias(positions, positions[..., :1] - cache_index + slots)
        weights = attention_weights(query, keys[:, :filled], mask[..., :filled], bias)
        return self._gather(weights, values[:, :filled]), (keys, values)

    def compute_output_shape(self, inputs_shape, context_shape=None):
        return inputs_shape

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "num_key_value_heads": self.num_key_value_heads,
            "head_dim": self.head_dim,
            "causal": self.causal,
            "positions": self.positions,
            "use_bias": self.use_bias,
            "dropout": self.dropout,
            "seed": self.seed,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }

    def _look(self, inputs, context, padding_mask, attention_mask, positions):
        """Return the attention weights and the values they are for."""
        positions = self._numbered(inputs, positions)
        query, key, value = self._project(inputs, context, positions)
        mask = mask_for(OWNER, query, key, self.causal, padding_mask, attention_mask)
        bias = self._bias(positions, positions)
        return attention_weights(query, key, mask, bias), value

    def _numbered(self, inputs, positions, start=0):
        if positions is None:
            positions = start + ops.arange(ops.shape(inputs)[1], dtype="int32")
        positions = ops.convert_to_tensor(positions, dtype="int32")
        check_positions(OWNER, positions, inputs)
        return positions

    def _project(self, inputs, context, positions):
        """Return queries `(B, N, T, H)`, keys and values `(B · K, S, H)`."""
        checks.check_call(self, inputs, context)
        queries, keys = self.num_heads, self._key_value_heads
        if self._has_context:
            query = split_heads(self.to_query(inputs), queries)
            pair = split_heads(self.to_key_value(context), 2 * keys)
            key, value = ops.split(pair, 2, axis=1)
            return query, join_heads(key), join_heads(value)
        heads = product(inputs, self.to_query_key_value)
        heads = split_heads(heads, queries + 2 * keys)
        turning, value = ops.split(heads, [queries + keys], axis=1)
        if self.positions == "rotary":
            turning = self.rotary(turning, positions)
        query, key = ops.split(turning, [queries], axis=1)
        return query, join_heads(key), join_heads(value)

    def _bias(self, query_positions, key_positions):
        if self.positions != "alibi":
            return None
        return self.alibi(query_positions, key_positions)

    def _gather(self, weights, value):
        """Average the values and mix the heads, into `(B, T, D)`."""
        return product(merge_heads(weighted_average(weights, value)), self.to_output)
