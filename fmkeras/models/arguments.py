"""The checks that several builders share."""

from collections.abc import Sequence
from numbers import Real

import keras

from fmkeras.errors import argument_error, check_choice, check_number, is_integer

ACTIVATIONS = (
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "sigmoid",
    "tanh",
    "softplus",
    "linear",
)

# Half of what enters these units is cut off, so that weights twice as wide keep
# the variance from layer to layer (He et al., 2015).
RECTIFIERS = ("relu", "leaky_relu", "elu", "gelu", "silu")


def check_activation(owner, activation, choices=ACTIVATIONS):
    """Refuse an activation whose name is not known; functions pass."""
    if callable(activation):
        return activation
    return check_choice(owner, "activation", activation, choices)


def check_classifier_activation(owner, value, activation):
    """Refuse anything but the given activation or `None`."""
    return check_choice(owner, "classifier_activation", value, (activation, None))


def check_learning_rate(owner, learning_rate):
    """Refuse a step size that is no positive number; schedules pass."""
    if isinstance(learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        return learning_rate
    return check_number(
        owner, "learning_rate", learning_rate, minimum=0.0, exclusive=True
    )


def check_dropout(owner, dropout):
    """Refuse a share to drop that is no number, or leaves nothing."""
    is_number = isinstance(dropout, Real) and not isinstance(dropout, bool)
    if is_number and 0 <= dropout < 1:
        return float(dropout)
    raise argument_error(owner, "dropout", "a number in [0, 1)", dropout)


def check_shape(owner, input_shape):
    """Turn an integer or a sequence of positive integers into a tuple."""
    shape = (input_shape,) if is_integer(input_shape) else input_shape
    if not _is_sequence_of_positive_integers(shape):
        raise argument_error(
            owner,
            "input_shape",
            "a positive integer or a tuple of them, without the batch axis",
            input_shape,
            would_do="64 or (28, 28, 1)",
        )
    return tuple(int(size) for size in shape)


def check_hidden_dims(owner, hidden_dims):
    """Refuse anything but a non-empty sequence of positive integers."""
    if not _is_sequence_of_positive_integers(hidden_dims):
        raise argument_error(
            owner,
            "hidden_dims",
            "a non-empty sequence of positive integers, one for each hidden layer",
            hidden_dims,
            would_do="(64,) or (128, 64)",
        )
    return tuple(int(width) for width in hidden_dims)


def _is_sequence_of_positive_integers(values):
    return (
        isinstance(values, Sequence)
        and not isinstance(values, str)
        and len(values) > 0
        and all(is_integer(value) and value >= 1 for value in values)
    )
