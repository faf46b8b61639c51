"""The same decoder as others offer it: PyTorch's transformers, KerasHub, plain Keras.

Every function imports what it needs; `missing` names what is not installed.
"""

import importlib.util
from dataclasses import dataclass

PACKAGES = {
    "transformers": "transformers",
    "torch": "PyTorch",
    "keras_hub": "KerasHub",
}


@dataclass(frozen=True)
class Shape:
    """A decoder's sizes: V, the longest T, L, N and D."""

    vocabulary_size: int
    max_sequence_length: int
    num_layers: int
    num_heads: int
    hidden_dim: int


# nanoGPT's configuration for a CPU, on the 65 characters of tiny Shakespeare.
SMALL = Shape(65, 64, 4, 4, 128)
# The same with room for a page of text, and GPT-2 small as published.
SMALL_LONG = Shape(65, 1024, 4, 4, 128)
GPT2_SMALL = Shape(50257, 1024, 12, 12, 768)


def installed(*packages):
    """Tell whether all these packages can be imported."""
    return all(importlib.util.find_spec(name) for name in packages)


def missing():
    """Name the peers that are not installed."""
    return [title for name, title in PACKAGES.items() if not installed(name)]


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
    """Write GPT-2 with `keras.layers` alone, as a tutorial would, stock `compile`."""
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
    model = keras.Model(token_ids, layers.Dense(shape.vocabulary_size)(x))
    model.compile(
        keras.optimizers.AdamW(1e-3, weight_decay=0.1, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model
