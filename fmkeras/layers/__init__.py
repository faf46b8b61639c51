"""Layers: one idea each, in plain Keras, with the shapes written beside them."""

from fmkeras.layers.attention import MultiHeadAttention
from fmkeras.layers.blocks import TransformerBlock
from fmkeras.layers.dot_product import scaled_dot_product_attention
from fmkeras.layers.feed_forward import FeedForward
from fmkeras.layers.flash import flash_attention
from fmkeras.layers.masks import causal_mask, padding_mask
from fmkeras.layers.positions import LearnedPositions, SinusoidalPositions
from fmkeras.layers.relative_positions import AlibiBias, RotaryPositions

__all__ = [
    "AlibiBias",
    "FeedForward",
    "LearnedPositions",
    "MultiHeadAttention",
    "RotaryPositions",
    "SinusoidalPositions",
    "TransformerBlock",
    "causal_mask",
    "flash_attention",
    "padding_mask",
    "scaled_dot_product_attention",
]
