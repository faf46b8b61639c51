"""Models that have been trained: GPT-2 as it was published, and your own."""

from fmkeras.pretrained.folder import load_language_model, save_language_model
from fmkeras.pretrained.gpt2 import load_gpt2, save_gpt2

__all__ = ["load_gpt2", "load_language_model", "save_gpt2", "save_language_model"]
