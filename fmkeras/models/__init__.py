"""Builders: functions that return a compiled `keras.Model`, ready for `fit`.

Every builder uses layers of Keras only, so that what it builds can be saved and
opened again by plain Keras, on a machine where fmkeras is not installed.
"""

from fmkeras.models.lenet import lenet5
from fmkeras.models.linear import (
    linear_regression,
    logistic_regression,
    perceptron,
    softmax_regression,
)
from fmkeras.models.mlp import mlp
from fmkeras.models.saving import load_model

__all__ = [
    "lenet5",
    "linear_regression",
    "load_model",
    "logistic_regression",
    "mlp",
    "perceptron",
    "softmax_regression",
]
