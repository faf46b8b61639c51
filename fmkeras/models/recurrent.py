r"""The recurrent language model: one state, carried along the text.

Axes used in this file:

    B  batch
    T  length of the sequence
    D  width of a state (`hidden_dim`)
    V  vocabulary
"""

import keras
from keras import ops

from fmkeras.errors import check_choice, check_integer
from fmkeras.models.arguments import check_dropout, check_learning_rate
from fmkeras.models.compiling import compile_language_model
from fmkeras.models.language import LanguageModel

CELLS = {
    "simple": keras.layers.SimpleRNNCell,
    "lstm": keras.layers.LSTMCell,
    "gru": keras.layers.GRUCell,
}


def check_recurrent_arguments(owner, hidden_dim, cell, embedding_dim, dropout):
    """Refuse what no recurrent model can be built of.

    Args:
        owner: String. The model whose arguments they are.
        hidden_dim: Integer D.
        cell: `"simple"`, `"lstm"` or `"gru"`.
        embedding_dim: Integer or `None`.
        dropout: Float in [0, 1).

    Raises:
        ValueError: If one of them is out of range.
    """
    check_integer(owner, "hidden_dim", hidden_dim)
    check_choice(owner, "cell", cell, tuple(CELLS))
    if embedding_dim is not None:
        check_integer(owner, "embedding_dim", embedding_dim)
    check_dropout(owner, dropout)


@keras.saving.register_keras_serializable("fmkeras")
class _Orthogonal(keras.initializers.Orthogonal):
    """Keras's own, for half precisions too, in which not all can decompose a matrix."""

    def __call__(self, shape, dtype=None):
        dtype = keras.backend.standardize_dtype(dtype)
        able = "float32" if dtype in ("bfloat16", "float16") else dtype
        return ops.cast(super().__call__(shape, able), dtype)


def recurrent_layer(cell, hidden_dim, dtype=None, name=None):
    """Run a cell along a sequence; where the mask is false its state stands still.

    Args:
        cell: `"simple"`, `"lstm"` or `"gru"`.
        hidden_dim: Integer D. Width of a state.
        dtype: Policy of the layer, or `None` for the global one.
        name: String or `None`.

    Returns:
        A `keras.layers.RNN` that gives its outputs `(B, T, D)`, zero where the mask
        is false, and then each of its last states `(B, D)`.

    Example:

    >>> layer = recurrent_layer("lstm", hidden_dim=3)
    >>> outputs, h, c = layer(ops.ones((2, 5, 4)))
    >>> tuple(outputs.shape), tuple(h.shape), tuple(c.shape)
    ((2, 5, 3), (2, 3), (2, 3))
    """
    return keras.layers.RNN(
        # A class, not an instance: the cell draws its seed in the usual order.
        CELLS[cell](hidden_dim, recurrent_initializer=_Orthogonal, dtype=dtype),
        return_sequences=True,
        return_state=True,
        zero_output_for_mask=True,
        dtype=dtype,
        name=name,
    )


@keras.saving.register_keras_serializable("fmkeras")
class RecurrentLanguageModel(LanguageModel):
    r"""Layers of recurrent cells between an embedding and a dense layer.

    Made by [`rnn_language_model`][fmkeras.models.rnn_language_model], which tells
    the formulas.

    Args:
        vocabulary_size: Integer V. Token ids run from 0 to V − 1.
        hidden_dim: Integer D. Width of a state.
        num_layers: Integer L. Recurrent layers.
        cell: `"simple"`, `"lstm"` or `"gru"`.
        embedding_dim: Integer, the length of a token's vector, or `None` for D.
        dropout: Float in [0, 1). Share dropped in training before every recurrent
            layer and before the output.
        padding_id: Integer or `None`. At positions with this id the states stand
            still; loss and metrics leave them out.
        **kwargs: Passed on to `keras.Model`.

    Call arguments:
        token_ids: Integer tensor `(B, T)`.
        padding_mask: Boolean tensor `(B, T)`, true for real tokens, or `None`: then
            `padding_id` decides.
        training: Boolean. Whether to apply dropout.

    Returns:
        Logits, float32 tensor `(B, T, V)`: at each position for the token after it.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(
        self,
        vocabulary_size,
        hidden_dim,
        num_layers=1,
        cell="gru",
        embedding_dim=None,
        dropout=0.0,
        padding_id=None,
        **kwargs,
    ):
        super().__init__(vocabulary_size, None, padding_id, **kwargs)
        check_recurrent_arguments(self.name, hidden_dim, cell, embedding_dim, dropout)
        check_integer(self.name, "num_layers", num_layers)
        self.hidden_dim = hidden_dim
        self.num_layers = num_layers
        self.cell = cell
        self.embedding_dim = embedding_dim
        self.dropout = dropout
        dtype = self.dtype_policy
        self.token_embedding = keras.layers.Embedding(
            vocabulary_size,
            embedding_dim or hidden_dim,
            dtype=dtype,
            name="token_embedding",
        )
        self.recurrent_layers = [
            recurrent_layer(cell, hidden_dim, dtype, name=f"recurrent_{index}")
            for index in range(num_layers)
        ]
        self.drop = keras.layers.Dropout(dropout, dtype=dtype)
        # Under mixed precision, too, the loss is taken in full.
        self.to_logits = keras.layers.Dense(
            vocabulary_size, dtype="float32", name="to_logits"
        )

    def build(self, input_shape):
        self.token_embedding.build(input_shape)
        width = self.token_embedding.output_dim
        for layer in self.recurrent_layers:
            layer.build((*input_shape, width))
            width = self.hidden_dim
        self.to_logits.build((*input_shape, width))

    def call(self, token_ids, padding_mask=None, training=None):
        if padding_mask is None and self.padding_id is not None:
            padding_mask = ops.not_equal(token_ids, self.padding_id)
        states = [None] * self.num_layers
        hidden, _ = self._forward(token_ids, states, padding_mask, training)
        return self.to_logits(hidden)

    def make_cache(self, batch_size, length):
        """Give the states before the first token; they need no slot for each.

        Args:
            batch_size: Integer B.
            length: Integer, of no matter here.

        Returns:
            List with a list of states `(B, D)` for each layer, all zero.
        """
        return [
            layer.cell.get_initial_state(batch_size) for layer in self.recurrent_layers
        ]

    def next_logits(self, token_ids, cache, cache_index, num_padding):
        """Read the newest tokens and say what may come after them.

        Args:
            token_ids: Integer tensor `(B, T)`.
            cache: The states, as `make_cache` or the last call gave them.
            cache_index: Integer scalar. How many tokens and padding came before.
            num_padding: Integer tensor `(B,)`. How many of each row's first tokens
                are padding; the states stand still there.

        Returns:
            A pair: the logits after the last token, float32 tensor `(B, V)`, and the
            states.
        """
        slots = cache_index + ops.arange(token_ids.shape[1])
        hidden, cache = self._forward(
            token_ids, cache, padding_mask=slots >= num_padding[:, None]
        )
        return self.to_logits(hidden[:, -1]), cache

    def _forward(self, token_ids, states, padding_mask, training=None):
        """Run the layers from their states, and give the states after them."""
        hidden = self.token_embedding(token_ids)
        new_states = []
        for layer, state in zip(self.recurrent_layers, states, strict=True):
            hidden = self.drop(hidden, training=training)
            hidden, *state = layer(hidden, initial_state=state, mask=padding_mask)
            new_states.append(state)
        return self.drop(hidden, training=training), new_states  # (B, T, D)

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.vocabulary_size)

    def get_config(self):
        config = super().get_config()
        del config["max_sequence_length"]  # a recurrent model has no limit
        return {
            **config,
            "hidden_dim": self.hidden_dim,
            "num_layers": self.num_layers,
            "cell": self.cell,
            "embedding_dim": self.embedding_dim,
            "dropout": self.dropout,
        }


def rnn_language_model(
    vocabulary_size,
    hidden_dim,
    num_layers=1,
    cell="gru",
    embedding_dim=None,
    dropout=0.0,
    padding_id=None,
    learning_rate=0.005,
    compile=True,
    name="rnn_language_model",
):
    r"""Build a recurrent language model: it reads a text token by token.

    All that the model knows of the text so far is in a state of D numbers, made anew
    at each step from the state before and the new token's vector $x_t$:

    $$
    \begin{aligned}
    \text{simple:} \quad & h_t = \tanh(x_t W + h_{t-1} U + b) \\
    \text{GRU:} \quad & h_t = z_t \odot h_{t-1} + (1 - z_t) \odot \tilde h_t \\
    \text{LSTM:} \quad & c_t = f_t \odot c_{t-1} + i_t \odot \tilde c_t, \qquad
        h_t = o_t \odot \tanh(c_t) \\
    \text{all:} \quad & p(x_{t+1} \mid x_1, \dots, x_t)
        = \mathrm{softmax}(h_t W^O + b^O)
    \end{aligned}
    $$

    The gates $z$, $f$, $i$ and $o$ are sigmoids of $x_t$ and $h_{t-1}$; $\tilde h$
    and $\tilde c$ are what a simple cell would say. Because old and new are added,
    the gradient reaches further back. A step costs $O(D^2)$ however long the text
    is, but has to wait for the step before. The output matrix $W^O$ is one of its
    own, not the transpose of the embedding, so that a token's vector may be shorter
    than the state.

    It is compiled as `transformer_decoder` is: next-token cross entropy, AdamW, and
    the gradient clipped to norm 1, which recurrent networks need most of all.

    Args:
        vocabulary_size: Integer V. Token ids run from 0 to V − 1.
        hidden_dim: Integer D. Width of a state.
        num_layers: Integer L. Recurrent layers, one upon the other.
        cell: `"simple"`, `"lstm"` or `"gru"`.
        embedding_dim: Integer, the length of a token's vector, or `None` for D.
        dropout: Float in [0, 1). Share dropped in training before every recurrent
            layer and before the output, never from step to step.
        padding_id: Integer, the id that fills up short sequences, or `None`.
        learning_rate: Positive float or `keras` schedule. Step size of AdamW.
        compile: Boolean. `False` gives the bare model.
        name: String. Name of the model.

    Returns:
        A `RecurrentLanguageModel`, a `keras.Model` from token ids `(B, T)` to logits
        `(B, T, V)`, with `generate`.

    Raises:
        ValueError: If an argument is out of range, and from `fit` if a token id is
            outside the vocabulary.

    Example:

    >>> model = rnn_language_model(vocabulary_size=11, hidden_dim=8, cell="simple")
    >>> tuple(model(ops.ones((3, 5), "int32")).shape)
    (3, 5, 11)
    >>> model.count_params()  # embedding 11 D, cell 2 D² + D, output 11 D + 11
    323

    Reference:
        Mikolov et al. (2010), "Recurrent neural network based language model",
        section 2. LSTM: Hochreiter and Schmidhuber (1997), Neural Computation 9(8).
        GRU: Cho et al. (2014), https://arxiv.org/abs/1406.1078, section 2.3. Dropout
        between layers only: Zaremba et al. (2014), https://arxiv.org/abs/1409.2329.
    """
    learning_rate = check_learning_rate("rnn_language_model", learning_rate)
    model = RecurrentLanguageModel(
        vocabulary_size=vocabulary_size,
        hidden_dim=hidden_dim,
        num_layers=num_layers,
        cell=cell,
        embedding_dim=embedding_dim,
        dropout=dropout,
        padding_id=padding_id,
        name=name,
    )
    model.build((None, None))
    if not compile:
        return model
    # XLA gains nothing here: at width 128, 64 tokens and batch 32 two cores took 58 ms
    # a step without and 55 with it, after twice the time to compile.
    return compile_language_model(model, learning_rate, jit_compile=False)
