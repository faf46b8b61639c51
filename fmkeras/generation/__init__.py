"""Choosing the next token, and the compiled loop that does it over and over.

Nothing here knows a model: samplers see logits, the engine sees a callable.
"""

from fmkeras.generation.chain import Beam, Chain, Sampler
from fmkeras.generation.engine import DecodingEngine
from fmkeras.generation.samplers import (
    Greedy,
    MinP,
    RepetitionPenalty,
    Temperature,
    TopK,
    TopP,
)

__all__ = [
    "Beam",
    "Chain",
    "DecodingEngine",
    "Greedy",
    "MinP",
    "RepetitionPenalty",
    "Sampler",
    "Temperature",
    "TopK",
    "TopP",
]
