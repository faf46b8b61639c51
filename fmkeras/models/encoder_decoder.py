r"""The model behind `seq2seq`: one recurrent network reads, another writes.

Axes used in this file:

    B  batch
    T  length of the target
    S  length of the source
    D  width of a state (`hidden_dim`)
    V  target vocabulary
"""

import keras
import numpy as np
from keras import ops

from fmkeras.errors import argument_error, check_integer, is_integer
from fmkeras.layers import padding_mask, scaled_dot_product_attention
from fmkeras.models.checked import CheckedModel
from fmkeras.models.ragged import as_rows, padded
from fmkeras.models.recurrent import check_recurrent_arguments, recurrent_layer
from fmkeras.models.token_ids import check_ids


@keras.saving.register_keras_serializable("fmkeras")
class Seq2Seq(CheckedModel):
    r"""A bidirectional encoder, a decoder, and attention between them.

    Made by [`seq2seq`][fmkeras.models.seq2seq], which tells the formulas.

    Args:
        source_vocabulary_size: Integer. Source ids run from 0 to it minus 1.
        target_vocabulary_size: Integer V. Target ids run from 0 to V − 1.
        hidden_dim: Integer D. Width of a state.
        cell: `"simple"`, `"lstm"` or `"gru"`.
        attention: Boolean. Whether the decoder may look back at the source.
        embedding_dim: Integer, the length of a token's vector, or `None` for D.
        dropout: Float in [0, 1). Share of the embeddings and of the outputs dropped
            in training.
        padding_id: Integer, the id that fills up short sequences on either side, or
            `None`.
        **kwargs: Passed on to `keras.Model`.

    Call arguments:
        inputs: Pair of integer tensors: `source_ids` `(B, S)` and `target_inputs`
            `(B, T)`, the target with the start id before it.
        training: Boolean. Whether to apply dropout.

    Returns:
        Logits, float32 tensor `(B, T, V)`: at each position for the token after it.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(
        self,
        source_vocabulary_size,
        target_vocabulary_size,
        hidden_dim,
        cell="gru",
        attention=True,
        embedding_dim=None,
        dropout=0.0,
        padding_id=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = self.name
        check_integer(owner, "source_vocabulary_size", source_vocabulary_size)
        check_integer(owner, "target_vocabulary_size", target_vocabulary_size)
        check_recurrent_arguments(owner, hidden_dim, cell, embedding_dim, dropout)
        if not isinstance(attention, bool):
            raise argument_error(owner, "attention", "True or False", attention)
        if padding_id is not None:
            _check_id(
                owner,
                "padding_id",
                padding_id,
                min(source_vocabulary_size, target_vocabulary_size),
            )
        self.source_vocabulary_size = source_vocabulary_size
        self.target_vocabulary_size = target_vocabulary_size
        self.hidden_dim = hidden_dim
        self.cell = cell
        self.attention = attention
        self.embedding_dim = embedding_dim
        self.dropout = dropout
        self.padding_id = padding_id
        self._make_children()

    def _make_children(self):
        layers, dtype, width = keras.layers, self.dtype_policy, self.hidden_dim
        embedding_dim = self.embedding_dim or width
        self.source_embedding = layers.Embedding(
            self.source_vocabulary_size, embedding_dim, dtype=dtype, name="source"
        )
        self.target_embedding = layers.Embedding(
            self.target_vocabulary_size, embedding_dim, dtype=dtype, name="target"
        )
        self.encoder = layers.Bidirectional(
            recurrent_layer(self.cell, width, dtype), dtype=dtype, name="encoder"
        )
        self.decoder = recurrent_layer(self.cell, width, dtype, name="decoder")
        num_states = len(self.decoder.cell.get_initial_state(1))
        self.bridges = [
            layers.Dense(width, activation="tanh", dtype=dtype, name=f"bridge_{index}")
            for index in range(num_states)
        ]
        if self.attention:
            self.to_query = layers.Dense(
                2 * width, use_bias=False, dtype=dtype, name="to_query"
            )
            self.combine = layers.Dense(
                width, activation="tanh", dtype=dtype, name="combine"
            )
        self.drop = layers.Dropout(self.dropout, dtype=dtype)
        # Under mixed precision, too, the loss is taken in full.
        self.to_logits = layers.Dense(
            self.target_vocabulary_size, dtype="float32", name="to_logits"
        )

    def build(self, input_shape=None):
        width, shape = self.hidden_dim, (None, None)
        embedding_dim = self.embedding_dim or width
        self.source_embedding.build(shape)
        self.target_embedding.build(shape)
        self.encoder.build((*shape, embedding_dim))
        self.decoder.build((*shape, embedding_dim))
        for bridge in self.bridges:
            bridge.build((None, 2 * width))
        if self.attention:
            self.to_query.build((*shape, width))
            self.combine.build((*shape, 3 * width))
        self.to_logits.build((*shape, width))

    def call(self, inputs, training=None):
        source_ids, target_inputs = inputs
        source, states = self._encode(source_ids, training)
        logits, _, _ = self._decode(target_inputs, source, states, training)
        return logits

    def _encode(self, source_ids, training=None):
        """Read the source: give the memory and the decoder's first states."""
        mask = self._mask(source_ids)
        vectors = self.drop(self.source_embedding(source_ids), training=training)
        memory, *states = self.encoder(vectors, mask=mask)  # (B, S, 2 D), (B, D) …
        forward, backward = states[: len(self.bridges)], states[len(self.bridges) :]
        states = [
            bridge(ops.concatenate(pair, axis=-1))
            for bridge, *pair in zip(self.bridges, forward, backward, strict=True)
        ]
        return (memory, mask), states

    def _decode(self, target_inputs, source, states, training=None):
        """Give logits, attention weights and the decoder's states after the inputs."""
        vectors = self.drop(self.target_embedding(target_inputs), training=training)
        hidden, *states = self.decoder(
            vectors, initial_state=states, mask=self._mask(target_inputs)
        )  # (B, T, D)
        weights = None
        if self.attention:
            memory, mask = source
            context, weights = scaled_dot_product_attention(
                self.to_query(hidden)[:, None],  # one head: (B, 1, T, 2 D)
                memory[:, None],
                memory[:, None],
                mask=None if mask is None else mask[:, None, None],
            )
            weights = weights[:, 0]  # (B, T, S)
            hidden = self.combine(ops.concatenate([context[:, 0], hidden], axis=-1))
        logits = self.to_logits(self.drop(hidden, training=training))
        return logits, weights, states

    def _mask(self, token_ids):
        if self.padding_id is None:
            return None
        return padding_mask(token_ids, self.padding_id)

    def generate(self, source_ids, start_id, stop_id, max_new_tokens=100):
        """Write the likeliest target, token by token, until it says to stop.

        Each step reads the token that the last one wrote, on top of the decoder's
        states; the source is read once. Padding is never written.

        Args:
            source_ids: One source (a list of ids, or integer array `(S,)`), or
                several (a list of such, which may differ in length, or integer array
                `(B, S)`).
            start_id: Integer. The id before the first token of a target.
            stop_id: Integer. The id after the last one. It is not part of the result.
            max_new_tokens: Integer. The most tokens to write.

        Returns:
            What was written: integer array `(T,)` for one source, a list of such
            arrays for several.

        Raises:
            ValueError: If an id is outside its vocabulary or is the padding's, a
                source is empty, or an argument is out of range.

        Example:

        >>> model = Seq2Seq(7, 5, hidden_dim=8)
        >>> texts = model.generate([[3, 1, 4], [6]], 1, 2, max_new_tokens=6)
        >>> len(texts), max(map(len, texts)) <= 6
        (2, True)
        """
        owner = f"{self.name}.generate"
        rows, is_one = as_rows(owner, source_ids)
        for row in rows:
            check_ids(owner, "source_ids", row, self.source_vocabulary_size)
        for name, token_id in (("start_id", start_id), ("stop_id", stop_id)):
            _check_id(
                owner, name, token_id, self.target_vocabulary_size, self.padding_id
            )
        check_integer(owner, "max_new_tokens", max_new_tokens)
        source, states = self._encode(padded(owner, rows, self.padding_id))
        newest = np.full(len(rows), start_id)
        written, going = [], np.ones(len(rows), bool)
        while going.any() and len(written) < max_new_tokens:
            logits, _, states = self._decode(newest[:, None], source, states)
            newest = self._likeliest(logits[:, -1])
            going &= newest != stop_id
            written.append(np.where(going, newest, stop_id))
        table = np.stack(written, axis=1).astype("int32")  # (B, T)
        texts = [row[row != stop_id] for row in table]
        return texts[0] if is_one else texts

    def attention_weights(self, source_ids, target_inputs):
        """Tell where in the source the decoder looks at each step.

        Args:
            source_ids: Integer array `(B, S)`.
            target_inputs: Integer array `(B, T)`, the target with the start id before
                it, as for `fit`.

        Returns:
            Float array `(B, T, S)` whose rows sum to one: the row of a position
            belongs to the step that says what comes after it.

        Raises:
            ValueError: If an id is outside its vocabulary, or if the model has no
                attention.

        Example:

        >>> model = Seq2Seq(7, 5, hidden_dim=8)
        >>> model.attention_weights([[3, 1, 4, 0]], [[1, 2, 3]]).shape
        (1, 3, 4)
        """
        owner = f"{self.name}.attention_weights"
        if not self.attention:
            raise ValueError(
                f"{owner}: the model must have attention. Received: a model built "
                "with attention=False. What would do: seq2seq(…, attention=True)."
            )
        source_ids, target_inputs = np.asarray(source_ids), np.asarray(target_inputs)
        check_ids(owner, "source_ids", source_ids, self.source_vocabulary_size)
        check_ids(owner, "target_inputs", target_inputs, self.target_vocabulary_size)
        source, states = self._encode(source_ids)
        _, weights, _ = self._decode(target_inputs, source, states)
        return ops.convert_to_numpy(ops.cast(weights, "float32"))

    def compute_output_shape(self, input_shape):
        return (*input_shape[1], self.target_vocabulary_size)

    def get_config(self):
        return {
            **super().get_config(),
            "source_vocabulary_size": self.source_vocabulary_size,
            "target_vocabulary_size": self.target_vocabulary_size,
            "hidden_dim": self.hidden_dim,
            "cell": self.cell,
            "attention": self.attention,
            "embedding_dim": self.embedding_dim,
            "dropout": self.dropout,
            "padding_id": self.padding_id,
        }

    def _vocabulary_sizes(self):
        target = self.target_vocabulary_size
        return (self.source_vocabulary_size, target), target

    def _likeliest(self, logits):
        logits = np.array(ops.convert_to_numpy(logits))  # (B, V)
        if self.padding_id is not None:
            logits[:, self.padding_id] = -np.inf
        return logits.argmax(axis=-1)


def _check_id(owner, argument, token_id, vocabulary_size, padding_id=None):
    in_range = is_integer(token_id) and 0 <= token_id < vocabulary_size
    if in_range and token_id != padding_id:
        return
    must_be = f"a token id from 0 to {vocabulary_size - 1}"
    if padding_id is not None:
        must_be += f" other than padding_id={padding_id}"
    raise argument_error(owner, argument, must_be, token_id)
