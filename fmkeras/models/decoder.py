"""The transformer decoder, the architecture of every GPT.

Axes used in this file:

    B  batch
    T  length of the sequence
    S  slots of the cache
    D  model width (`hidden_dim`)
    V  vocabulary
"""

import keras
from keras import ops

from fmkeras.errors import (
    check_choice,
    check_divisor,
    check_integer,
    check_number,
)
from fmkeras.layers import LearnedPositions, SinusoidalPositions, TransformerBlock
from fmkeras.layers.halves import product_of_halves
from fmkeras.models.arguments import check_dropout
from fmkeras.models.language import LanguageModel

POSITIONS = ("learned", "sinusoidal", "rotary", "alibi", None)


@keras.saving.register_keras_serializable("fmkeras")
class TransformerDecoder(LanguageModel):
    r"""A stack of causal transformer blocks between an embedding and its transpose.

    Every token becomes a vector, every block lets each position gather from its
    past and think about what it found, and the vector at position $t$ is compared
    with every token's own vector to say which comes next:

    $$
    h^{(0)} = E_{x} + P, \qquad
    h^{(\ell)} = \mathrm{Block}_\ell\bigl(h^{(\ell - 1)}\bigr), \qquad
    z = \mathrm{Norm}\bigl(h^{(L)}\bigr) E^\top
    $$

    The same matrix $E$ reads and writes (tied embeddings). Cost: about
    $2 T (12 L D^2 + V D)$ multiplications and additions for the matrices, and
    $4 L T^2 D$ for attention; a training step takes three times as many.

    Args:
        vocabulary_size: Integer V. Token ids run from 0 to V − 1.
        max_sequence_length: Integer, the longest sequence the model takes. Only
            learned positions have weights for it.
        num_layers: Integer L. Blocks.
        num_heads: Integer N. Must divide `hidden_dim`.
        hidden_dim: Integer D. Width of the model.
        intermediate_dim: Integer F, the width inside the feed-forward part, or
            `None` for 4 D.
        dropout: Float in [0, 1). Share dropped in training of the embeddings, the
            attention weights and what each part adds.
        positions: `"learned"`, `"sinusoidal"`, `"rotary"`, `"alibi"`, or `None` for
            a model that knows order only from the causal mask.
        num_key_value_heads: Integer K that divides N, or `None` for N. Fewer make
            the cache smaller (grouped queries).
        activation: String. The feed-forward part's, as for
            `fmkeras.layers.FeedForward`.
        normalization: `"layer"` or `"rms"`.
        use_bias: Boolean. Whether the matrices and the norms have biases.
        padding_id: Integer or `None`. Positions with this id are hidden from
            attention and left out of loss and metrics; the others count from the
            first real token.
        epsilon: Float. What the norms add to the variance.
        **kwargs: Passed on to `keras.Model`.

    Call arguments:
        token_ids: Integer tensor `(B, T)`.
        padding_mask: Boolean tensor `(B, T)`, true for real tokens, or `None`: then
            `padding_id` decides.
        training: Boolean. Whether to apply dropout.

    Returns:
        Logits, float32 tensor `(B, T, V)`: at each position for the token after it.

    Raises:
        ValueError: If an argument is out of range, or a sequence is longer than
            `max_sequence_length`.

    Reference:
        Radford et al. (2019), "Language Models are Unsupervised Multitask Learners",
        section 2.3. Tied embeddings: Press and Wolf (2017),
        https://arxiv.org/abs/1608.05859.
    """

    def __init__(
        self,
        vocabulary_size,
        max_sequence_length,
        num_layers,
        num_heads,
        hidden_dim,
        intermediate_dim=None,
        dropout=0.0,
        positions="learned",
        num_key_value_heads=None,
        activation="gelu",
        normalization="layer",
        use_bias=True,
        padding_id=None,
        epsilon=1e-5,
        **kwargs,
    ):
        super().__init__(vocabulary_size, max_sequence_length, padding_id, **kwargs)
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.hidden_dim = hidden_dim
        self.intermediate_dim = intermediate_dim
        self.dropout = dropout
        self.positions = positions
        self.num_key_value_heads = num_key_value_heads
        self.activation = activation
        self.normalization = normalization
        self.use_bias = use_bias
        self.epsilon = epsilon
        self._check_arguments()
        self._make_children()

    def _check_arguments(self):
        owner = self.name
        for argument in (
            "max_sequence_length",
            "num_layers",
            "num_heads",
            "hidden_dim",
        ):
            check_integer(owner, argument, getattr(self, argument))
        if self.intermediate_dim is not None:
            check_integer(owner, "intermediate_dim", self.intermediate_dim)
        check_choice(owner, "positions", self.positions, POSITIONS)
        check_choice(owner, "normalization", self.normalization, ("layer", "rms"))
        check_dropout(owner, self.dropout)
        check_number(owner, "epsilon", self.epsilon, minimum=0.0, exclusive=True)
        called = f"hidden_dim={self.hidden_dim}"
        check_divisor(owner, "num_heads", self.num_heads, self.hidden_dim, called)

    def _make_children(self):
        dtype = self.dtype_policy
        self.token_embedding = keras.layers.Embedding(
            self.vocabulary_size,
            self.hidden_dim,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=0.02),
            dtype=dtype,
            name="token_embedding",
        )
        self.position_embedding = None
        if self.positions == "learned":
            self.position_embedding = LearnedPositions(
                self.max_sequence_length, dtype=dtype, name="position_embedding"
            )
        elif self.positions == "sinusoidal":
            self.position_embedding = SinusoidalPositions(
                dtype=dtype, name="position_embedding"
            )
        self.embedding_dropout = keras.layers.Dropout(self.dropout, dtype=dtype)
        in_attention = self.positions in ("rotary", "alibi")
        self.blocks = [
            TransformerBlock(
                self.num_heads,
                self.intermediate_dim or 4 * self.hidden_dim,
                num_key_value_heads=self.num_key_value_heads,
                positions=self.positions if in_attention else None,
                activation=self.activation,
                normalization=self.normalization,
                use_bias=self.use_bias,
                dropout=self.dropout,
                epsilon=self.epsilon,
                dtype=dtype,
                name=f"block_{index}",
            )
            for index in range(self.num_layers)
        ]
        if self.normalization == "rms":
            self.final_norm = keras.layers.RMSNormalization(
                epsilon=self.epsilon, dtype=dtype, name="final_norm"
            )
        else:
            self.final_norm = keras.layers.LayerNormalization(
                epsilon=self.epsilon,
                center=self.use_bias,
                dtype=dtype,
                name="final_norm",
            )

    def build(self, input_shape):
        inner_shape = (*input_shape, self.hidden_dim)
        self.token_embedding.build(input_shape)
        if self.position_embedding is not None:
            self.position_embedding.build(inner_shape)
        for block in self.blocks:
            block.build(inner_shape)
        self.final_norm.build(inner_shape)

    def call(self, token_ids, padding_mask=None, training=None):
        self._check_length(token_ids.shape[1])
        if padding_mask is None and self.padding_id is not None:
            padding_mask = ops.not_equal(token_ids, self.padding_id)
        positions = None
        if padding_mask is not None:
            positions = ops.cumsum(ops.cast(padding_mask, "int32"), axis=1) - 1
        hidden, _ = self._forward(token_ids, padding_mask, positions, training=training)
        return self._logits(hidden)

    def make_cache(self, batch_size, length):
        """Make room for the keys and values of every block.

        Args:
            batch_size: Integer B.
            length: Integer S. The number of slots, prompt and padding included.

        Returns:
            A list with a pair of tensors `(B · K, S, H)` for each block.
        """
        return [block.make_cache(batch_size, length) for block in self.blocks]

    def next_logits(self, token_ids, cache, cache_index, num_padding):
        """Read the newest tokens and say what may come after them.

        Args:
            token_ids: Integer tensor `(B, T)`. They stand in the slots from
                `cache_index` on.
            cache: What `make_cache` or the last call gave.
            cache_index: Integer scalar. The slots that are already filled.
            num_padding: Integer tensor `(B,)`. How many of each row's first slots
                are padding.

        Returns:
            A pair: the logits after the last token, float32 tensor `(B, V)`, and the
            cache with the new tokens in it.
        """
        length, slots = token_ids.shape[1], cache[0][0].shape[1]
        num_padding = ops.cast(num_padding, "int32")[:, None]
        new = cache_index + ops.arange(length, dtype="int32")  # (T,)
        hidden, cache = self._forward(
            token_ids,
            padding_mask=ops.arange(slots, dtype="int32") >= num_padding,  # (B, S)
            positions=new - num_padding,  # (B, T)
            cache=cache,
            cache_index=cache_index,
        )
        return self._logits(hidden[:, -1]), cache

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.vocabulary_size)

    def get_config(self):
        return {
            **super().get_config(),
            "num_layers": self.num_layers,
            "num_heads": self.num_heads,
            "hidden_dim": self.hidden_dim,
            "intermediate_dim": self.intermediate_dim,
            "dropout": self.dropout,
            "positions": self.positions,
            "num_key_value_heads": self.num_key_value_heads,
            "activation": self.activation,
            "normalization": self.normalization,
            "use_bias": self.use_bias,
            "epsilon": self.epsilon,
        }

    def _forward(
        self,
        token_ids,
        padding_mask,
        positions,
        cache=None,
        cache_index=None,
        training=None,
    ):
        """Run the blocks, over the whole sequence or over what is new to the cache."""
        hidden = self.token_embedding(token_ids)  # (B, T, D)
        if self.position_embedding is not None:
            # Padding stands before position 0; what it gets there, nobody sees.
            known = None if positions is None else ops.maximum(positions, 0)
            if self.positions == "sinusoidal":  # whose waves would drown the tokens
                hidden = hidden * self.hidden_dim**0.5
            hidden = self.position_embedding(hidden, positions=known)
        hidden = self.embedding_dropout(hidden, training=training)
        new_cache = []
        for index, block in enumerate(self.blocks):
            look = {"padding_mask": padding_mask, "positions": positions}
            if cache is None:
                hidden = block(hidden, training=training, **look)
            else:
                hidden, block_cache = block.call_with_cache(
                    hidden, cache[index], cache_index, **look
                )
                new_cache.append(block_cache)
        return hidden, new_cache

    def _matrices(self):
        if self.compute_dtype != "float32":  # shorter types would round every block
            return []
        matrices = [(self.token_embedding.embeddings, True)]
        for block in self.blocks:
            attention, thinking = block.attention, block.feed_forward
            matrices.append((attention.to_query_key_value.kernel, False))
            matrices.append((attention.to_output.kernel, False))
            matrices.append((thinking.to_intermediate.kernel, False))
            matrices.append((thinking.to_output.kernel, False))
        return matrices

    def _logits(self, hidden):
        """Compare with every token's own vector."""
        hidden = self.final_norm(hidden)
        vectors = self.token_embedding.embeddings  # (V, D)
        logits = product_of_halves(hidden, vectors)
        if logits is None:
            vectors = ops.cast(vectors, self.compute_dtype)
            logits = ops.matmul(hidden, ops.transpose(vectors))
        # Under mixed precision, too, the loss is taken in full.
        return ops.cast(logits, keras.backend.result_type(logits.dtype, "float32"))
