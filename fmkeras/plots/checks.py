"""What the figures ask of the arrays they are given."""

from collections.abc import Mapping

import numpy as np

from fmkeras.errors import argument_error


def as_numbers(owner, argument, value, *shapes):
    """Return a value as a float array that is not empty and holds no NaN.

    Args:
        owner: String. The function the reader called, for the errors.
        argument: String. Name of the argument, or how to reach the value.
        value: Array, or anything that NumPy turns into one.
        *shapes: Tuples of which one must fit: an integer stands for itself, a string
            for any size ≥ 1. Without any, every shape does.

    Returns:
        Float64 array.

    Raises:
        ValueError: If the value is no array of numbers, has another shape, is empty,
            or holds NaN or infinity.

    Example:

    >>> as_numbers("curves", "points", [[1, 2]], ("N", 2))
    array([[1., 2.]])
    """
    array = _as_floats(owner, argument, value)
    if array.size == 0 or not (shapes == () or any(_fits(array, s) for s in shapes)):
        wanted = " or ".join(map(format_shape, shapes)) or "that of some numbers"
        if 0 in array.shape:
            wanted += ", every size ≥ 1"
        raise argument_error(owner, f"{argument}.shape", wanted, array.shape)
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        place = tuple(int(i) for i in wrong[0])
        where = f"{argument}[{', '.join(map(str, place))}]" if place else argument
        raise argument_error(owner, where, "a finite number", float(array[place]))
    return array


def as_named(owner, argument, value, what):
    """Return a value as a dict with at least one entry, all of whose keys are names.

    Args:
        owner: String. The function the reader called, for the errors.
        argument: String. Name of the argument.
        value: The value that came.
        what: String. What each name stands for.

    Returns:
        The value as a new dict.

    Raises:
        ValueError: If the value is no dict, is empty, or has a key that is no string.

    Example:

    >>> as_named("curves", "lines", {}, "array")
    Traceback (most recent call last):
    ...
    ValueError: curves: `lines` must be a dict that gives at least one name its array. \
Received: lines={}.
    """
    if (
        isinstance(value, Mapping)
        and value
        and all(isinstance(name, str) for name in value)
    ):
        return dict(value)
    must_be = f"a dict that gives at least one name its {what}"
    raise argument_error(owner, argument, must_be, value)


def as_bounds(owner, argument, value, count):
    """Return bounds as floats, each lower one below its upper one.

    Args:
        owner: String. The function the reader called, for the errors.
        argument: String. Name of the argument.
        value: The value that came.
        count: Integer. 2 for an interval, 4 for a rectangle.

    Returns:
        Tuple of floats: `(x_min, x_max)`, or `(x_min, x_max, y_min, y_max)`.

    Raises:
        ValueError: If there are more or fewer bounds, or they are out of order.

    Example:

    >>> as_bounds("loss_surface", "bounds", (0, 1, -2, 2), 4)
    (0.0, 1.0, -2.0, 2.0)
    """
    bounds = as_numbers(owner, argument, value, (count,)).tolist()
    if all(low < high for low, high in zip(bounds[::2], bounds[1::2], strict=True)):
        return tuple(bounds)
    names = "(x_min, x_max)" if count == 2 else "(x_min, x_max, y_min, y_max)"
    raise argument_error(owner, argument, f"{names}, each min below its max", value)


def as_names(owner, argument, value, count):
    """Return a value as a list of strings, one for each thing to be named.

    Args:
        owner: String. The function the reader called, for the errors.
        argument: String. Name of the argument.
        value: The value that came: a sequence; what is no string becomes one.
        count: Integer. How many names there must be.

    Returns:
        List of strings.

    Raises:
        ValueError: If the value is no sequence, or of another length.

    Example:

    >>> as_names("image_grid", "titles", range(3), 3)
    ['0', '1', '2']
    """
    try:
        names = None if isinstance(value, str) else [str(name) for name in value]
    except TypeError:
        names = None
    if names is None or len(names) != count:
        must_be = f"a sequence of {count} name{'s' * (count > 1)}"
        raise argument_error(owner, argument, must_be, value)
    return names


def check_function(owner, argument, value):
    """Refuse what cannot be called.

    Args:
        owner: String. The function the reader called, for the errors.
        argument: String. Name of the argument.
        value: The value that came.

    Returns:
        The value.

    Raises:
        ValueError: If the value is no function.

    Example:

    >>> check_function("loss_surface", "loss", 3)
    Traceback (most recent call last):
    ...
    ValueError: loss_surface: `loss` must be a function. Received: loss=3.
    """
    if callable(value):
        return value
    raise argument_error(owner, argument, "a function", value)


def check_positive(owner, argument, array):
    """Refuse a number that a logarithmic axis would leave out in silence.

    Args:
        owner: String. The function the reader called, for the errors.
        argument: String. Name of the argument.
        array: Float array `(N,)`.

    Raises:
        ValueError: If a number is zero or negative.

    Example:

    >>> check_positive("curves", "x", as_numbers("curves", "x", [1, 0]))
    Traceback (most recent call last):
    ...
    ValueError: curves: `x[1]` must be > 0 on a logarithmic axis. Received: x[1]=0.0.
    """
    wrong = np.flatnonzero(array <= 0.0)
    if len(wrong):
        where = f"{argument}[{wrong[0]}]"
        must_be = "> 0 on a logarithmic axis"
        raise argument_error(owner, where, must_be, float(array[wrong[0]]))


def format_shape(shape):
    """Write a shape as NumPy does, with names in place of sizes left open.

    Args:
        shape: Tuple of integers and strings.

    Returns:
        String.

    Example:

    >>> format_shape(("N", 2)), format_shape(("N",))
    ('(N, 2)', '(N,)')
    """
    inside = ", ".join(map(str, shape))
    return f"({inside},)" if len(shape) == 1 else f"({inside})"


def _as_floats(owner, argument, value):
    refusal = argument_error(owner, argument, "an array of numbers", value)
    try:
        array = np.asarray(value)
        # None, text and dates would turn into numbers.
        if value is None or array.dtype.kind in "cmMSTU":
            raise refusal
        return array.astype("float64")
    except (TypeError, ValueError):  # ragged, or made of things that are no numbers
        raise refusal from None


def _fits(array, shape):
    return array.ndim == len(shape) and all(
        isinstance(wanted, str) or size == wanted
        for size, wanted in zip(array.shape, shape, strict=True)
    )
