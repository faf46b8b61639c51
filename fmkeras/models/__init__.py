"""Builders: functions that return a compiled `keras.Model`, ready for `fit`.

From linear regression to LeNet-5 they use layers of Keras only, so that what they
build can be saved and opened again by plain Keras, on a machine where fmkeras is not
installed. Language models write text as well (`LanguageModel.generate`), which plain
Keras cannot: they are opened where fmkeras is, with `load_model`.
"""

from fmkeras.models.embeddings import word2vec
from fmkeras.models.gpt import gpt2, transformer_decoder
from fmkeras.models.language import LanguageModel
from fmkeras.models.lenet import lenet5
from fmkeras.models.linear import (
    linear_regression,
    logistic_regression,
    perceptron,
    softmax_regression,
)
from fmkeras.models.mlp import mlp
from fmkeras.models.recurrent import rnn_language_model
from fmkeras.models.saving import load_model
from fmkeras.models.seq2seq import seq2seq

__all__ = [
    "LanguageModel",
    "gpt2",
    "lenet5",
    "linear_regression",
    "load_model",
    "logistic_regression",
    "mlp",
    "perceptron",
    "rnn_language_model",
    "seq2seq",
    "softmax_regression",
    "transformer_decoder",
    "word2vec",
]
