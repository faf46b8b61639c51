"""What `fit` lacks: metrics, checkpoints, and looks at how models write and learn."""

from fmkeras.training.checkpoints import Checkpoints
from fmkeras.training.gradients import gradient_norms
from fmkeras.training.landscape import filter_normalized_direction
from fmkeras.training.metrics import Perplexity, TokenAccuracy, bits_per_character
from fmkeras.training.sampling import SampleText
from fmkeras.training.schedules import warmup_cosine

__all__ = [
    "Checkpoints",
    "Perplexity",
    "SampleText",
    "TokenAccuracy",
    "bits_per_character",
    "filter_normalized_direction",
    "gradient_norms",
    "warmup_cosine",
]
