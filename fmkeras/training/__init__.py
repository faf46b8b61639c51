"""What `fit` lacks for language models: metrics, and a look at what they write."""

from fmkeras.training.metrics import Perplexity, TokenAccuracy, bits_per_character
from fmkeras.training.sampling import SampleText
from fmkeras.training.schedules import warmup_cosine

__all__ = [
    "Perplexity",
    "SampleText",
    "TokenAccuracy",
    "bits_per_character",
    "warmup_cosine",
]
