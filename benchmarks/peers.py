"""The same decoder as others offer it: PyTorch's transformers, KerasHub, plain Keras.

Every function imports what it needs, so that a peer may be absent.
"""

from dataclasses import dataclass

PLAIN_KERAS = "Keras, plain compile"
TORCH_EAGER = "transformers, eager"
TORCH_COMPILED = "transformers, torch.compile"
TRANSFORMERS = "transformers"
UNMENDED = "fmkeras, unmended"  # no oneDNN, memory given back, pipelines tuned
KERAS_HUB = "KerasHub"

NEEDS_TRANSFORMERS = ("torch", "transformers")
NEEDS_KERAS_HUB = ("keras_hub",)


def is_stock_keras(contender):
    """Tell whether a contender, by its name, runs on Keras as it comes.

    Args:
        contender: String.

    Returns:
        Boolean.

    Example:

    >>> is_stock_keras("KerasHub"), is_stock_keras("fmkeras")
    (True, False)
    """
    is_ours = contender.startswith("fmkeras") and contender != UNMENDED
    return "keras" in contender.lower() and not is_ours


@dataclass(frozen=True)
class Shape:
    """A decoder's sizes: V, the longest T, L, N and D."""

    vocabulary_size: int
    max_sequence_length: int
    num_layers: int
    num_heads: int
    hidden_dim: int

    def forward_flops(self, queries, keys):
        """Count the operations of one sequence's matrix products, forward.

        Args:
            queries: Integer. Positions that are computed.
            keys: Integer. Positions that each of them may look at.
        """
        width, layers = self.hidden_dim, self.num_layers
        matrices = 2 * (12 * layers * width**2 + self.vocabulary_size * width)
        return queries * (matrices + 4 * layers * keys * width)


# nanoGPT's configuration for a CPU, on the 65 characters of tiny Shakespeare.
SMALL = Shape(65, 64, 4, 4, 128)
# The same with room for a page of text, and GPT-2 small as published.
SMALL_LONG = Shape(65, 1024, 4, 4, 128)
GPT2_SMALL = Shape(50257, 1024, 12, 12, 768)


def fmkeras_gpt2(shape, learning_rate=1e-3):
    """Build ours of this shape, as its builder compiles it."""
    from fmkeras import models

    return models.transformer_decoder(
        shape.vocabulary_size,
        shape.max_sequence_length,
        num_layers=shape.num_layers,
        num_heads=shape.num_heads,
        hidden_dim=shape.hidden_dim,
        activation="gelu_tanh",
        learning_rate=learning_rate,
    )


def transformers_gpt2(shape):
    """Build PyTorch's GPT-2 of this shape, with random weights and no dropout."""
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=shape.vocabulary_size,
        n_positions=shape.max_sequence_length,
        n_layer=shape.num_layers,
        n_head=shape.num_heads,
        n_embd=shape.hidden_dim,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=None,
        eos_token_id=None,
    )
    return GPT2LMHeadModel(config)


def keras_hub_gpt2(shape):
    """Build KerasHub's GPT-2 of this shape, compiled as it compiles itself."""
    import keras_hub

    backbone = keras_hub.models.GPT2Backbone(
        vocabulary_size=shape.vocabulary_size,
        num_layers=shape.num_layers,
        num_heads=shape.num_heads,
        hidden_dim=shape.hidden_dim,
        intermediate_dim=4 * shape.hidden_dim,
        dropout=0.0,
        max_sequence_length=shape.max_sequence_length,
    )
    return keras_hub.models.GPT2CausalLM(backbone=backbone, preprocessor=None)


def plain_keras_gpt2(shape):
    """Write GPT-2 with `keras.layers` alone, as a tutorial would."""
    import keras
    from keras import layers

    length, width = shape.max_sequence_length, shape.hidden_dim
    token_ids = keras.Input((length,), dtype="int32")
    x = layers.Embedding(shape.vocabulary_size, width)(token_ids)
    x = x + layers.Embedding(length, width)(keras.ops.arange(length))
    for _ in range(shape.num_layers):
        y = layers.LayerNormalization(epsilon=1e-5)(x)
        attention = layers.MultiHeadAttention(shape.num_heads, width // shape.num_heads)
        x = x + attention(y, y, use_causal_mask=True)
        y = layers.LayerNormalization(epsilon=1e-5)(x)
        y = layers.Dense(4 * width, activation="gelu")(y)
        x = x + layers.Dense(width)(y)
    x = layers.LayerNormalization(epsilon=1e-5)(x)
    return keras.Model(token_ids, layers.Dense(shape.vocabulary_size)(x))
