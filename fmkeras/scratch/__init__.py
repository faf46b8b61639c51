"""What Keras does for us, written out in NumPy: descent, derivatives, convolution."""

from fmkeras.scratch.adaptive import adagrad, adam, rmsprop
from fmkeras.scratch.autograd import Value
from fmkeras.scratch.convolution import (
    average_pool2d,
    convolve2d,
    max_pool2d,
    output_size,
)
from fmkeras.scratch.descent import (
    gradient_descent,
    minibatches,
    momentum,
    nesterov,
    stochastic_gradient_descent,
    take,
)
from fmkeras.scratch.schedules import (
    cosine_decay,
    exponential_decay,
    inverse_time_decay,
    step_decay,
)

__all__ = [
    "Value",
    "adagrad",
    "adam",
    "average_pool2d",
    "convolve2d",
    "cosine_decay",
    "exponential_decay",
    "gradient_descent",
    "inverse_time_decay",
    "max_pool2d",
    "minibatches",
    "momentum",
    "nesterov",
    "output_size",
    "rmsprop",
    "step_decay",
    "stochastic_gradient_descent",
    "take",
]
