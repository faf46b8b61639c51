"""A look at the data before a model sees it."""

import numpy as np

from fmkeras.errors import argument_error


def check_inputs(x, y=None):
    """Refuse data that no model can learn from: NaN, infinity, lengths that differ.

    One NaN among the inputs makes the loss and soon every weight NaN, and the
    progress bar does not say why. Cost: one pass over the data.

    Args:
        x: Array `(B, ...)` of numbers.
        y: Array `(B, ...)` of targets, or `None`.

    Raises:
        ValueError: If a value is missing or infinite (the message says how many
            and where the first one is), or if `x` and `y` differ in length.

    Example:

    >>> check_inputs([[0.5, 1.0], [2.0, float("nan")]])
    Traceback (most recent call last):
    ...
    ValueError: check_inputs: `x` must be finite numbers. Received: 1 value that is \
NaN or infinite, the first at index (1, 1). What would do: drop those rows, or fill in \
the mean of the column.
    """
    x = _check_finite("x", x)
    if y is None:
        return
    y = _check_finite("y", y)
    if len(x) != len(y):
        raise ValueError(
            "check_inputs: `x` and `y` must have the same length. "
            f"Received: {len(x)} rows of x and {len(y)} of y."
        )


def _check_finite(argument, values):
    array = np.asarray(values)
    if array.ndim == 0 or array.dtype.kind not in "biuf":
        raise argument_error(
            "check_inputs",
            argument,
            "an array of numbers with at least one axis",
            values,
            would_do="a NumPy array, or df.to_numpy(dtype='float32') of a data frame",
        )
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        values = (
            "1 value that is" if len(wrong) == 1 else f"{len(wrong)} values that are"
        )
        first = tuple(int(i) for i in wrong[0])
        raise ValueError(
            f"check_inputs: `{argument}` must be finite numbers. Received: {values} "
            f"NaN or infinite, the first at index {first}. What would do: drop those "
            "rows, or fill in the mean of the column."
        )
    return array
