"""What the optimisers ask of their arguments, so that their bodies hold formulas."""

from numbers import Real

import numpy as np

from fmkeras.errors import argument_error, check_number


def prepare(owner, gradient, start, learning_rate):
    """Turn the first three arguments of an optimiser into what its loop needs.

    Args:
        owner: String. The optimiser, for the errors.
        gradient: Function `(w, *batch)` that returns the gradient at w.
        start: Float array of any shape, or a number.
        learning_rate: Float > 0, or a function from the step to one.

    Returns:
        A triple: the weights as a float64 array of its own; the gradient as a
        function that returns float64 arrays of their shape; the learning rate as a
        function from the step to a float.

    Raises:
        ValueError: If the learning rate is no positive number; later, if the gradient
            comes in another shape than the weights.
    """

    def slope(w, *batch):
        g = np.asarray(gradient(w.copy(), *batch), dtype="float64")
        if g.shape != w.shape:  # broadcasting would hide it and return nonsense
            raise argument_error(
                owner, "gradient(w).shape", f"{w.shape}, the shape of w", g.shape
            )
        return g

    if callable(learning_rate):
        return _floats(start), slope, lambda step: float(learning_rate(step))
    constant = check_number(
        owner, "learning_rate", learning_rate, minimum=0.0, exclusive=True
    )
    return _floats(start), slope, lambda step: constant


def check_share(owner, argument, value):
    """Refuse anything but a share of the past that leaves room for the present.

    Args:
        owner: String. The optimiser, for the errors.
        argument: String. Name of the argument.
        value: The value that came.

    Returns:
        The value as a Python float.

    Raises:
        ValueError: If the value is no number in [0, 1).
    """
    if isinstance(value, Real) and 0.0 <= value < 1.0:
        return float(value)
    raise argument_error(owner, argument, "a number in [0, 1)", value)


def _floats(start):
    return np.array(start, dtype="float64")
