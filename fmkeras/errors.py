"""The one place that words an error about an argument.

Every such error is a sentence that teaches: whose argument it is, what it must
be, what came, and what would do.

Example:

>>> raise argument_error("mlp", "num_outputs", "a positive integer", 0)
Traceback (most recent call last):
...
ValueError: mlp: `num_outputs` must be a positive integer. Received: num_outputs=0.
"""

import difflib
import math
from numbers import Integral, Real

__all__ = [
    "argument_error",
    "check_choice",
    "check_divisor",
    "check_integer",
    "check_number",
    "is_integer",
]


def argument_error(owner, argument, must_be, received, would_do=None):
    """Word the error about one argument.

    Args:
        owner: String. The function or class whose argument it is.
        argument: String. Name of the argument.
        must_be: String that completes "must be …".
        received: The value that came.
        would_do: String that completes "What would do: …", or `None`.

    Returns:
        A `ValueError`, to be raised by the caller.

    Example:

    >>> print(argument_error("mlp", "task", "known", "sort", "'classification'"))
    mlp: `task` must be known. Received: task='sort'. What would do: 'classification'.
    """
    message = f"{owner}: `{argument}` must be {must_be}. "
    message += f"Received: {argument}={received!r}."
    if would_do is not None:
        message += f" What would do: {would_do}."
    return ValueError(message)


def is_integer(value):
    """Tell whether a value counts as an integer: NumPy's do, booleans do not.

    Args:
        value: Anything.

    Returns:
        Boolean.

    Example:

    >>> is_integer(3), is_integer(3.0), is_integer(True)
    (True, False, False)
    """
    return isinstance(value, Integral) and not isinstance(value, bool)


def check_integer(owner, argument, value, minimum=1, would_do=None):
    """Refuse anything but an integer of at least `minimum`.

    Args:
        owner: String. The function or class whose argument it is.
        argument: String. Name of the argument.
        value: The value that came.
        minimum: Integer. The smallest value allowed.
        would_do: String that completes "What would do: …", or `None`.

    Returns:
        The value as a Python integer.

    Raises:
        ValueError: If the value is no integer or too small.

    Example:

    >>> check_integer("mlp", "num_outputs", 3)
    3
    """
    if is_integer(value) and value >= minimum:
        return int(value)
    must_be = "a positive integer" if minimum == 1 else f"an integer ≥ {minimum}"
    raise argument_error(owner, argument, must_be, value, would_do)


def check_divisor(owner, argument, value, number, called):
    """Refuse what does not divide a number, and offer what does.

    Args:
        owner: String. The function or class whose argument it is.
        argument: String. Name of the argument.
        value: Positive integer that came.
        number: Positive integer to be divided.
        called: String. What the number is, in words that include it.

    Returns:
        The value.

    Raises:
        ValueError: If the value does not divide the number.

    Example:

    >>> check_divisor("block", "num_heads", 3, 12, "hidden_dim=12")
    3
    >>> check_divisor("block", "num_heads", 5, 12, "hidden_dim=12")
    Traceback (most recent call last):
    ...
    ValueError: block: `num_heads` must be a divisor of hidden_dim=12. \
Received: num_heads=5. What would do: 1, 2, 3, 4, 6, 12.
    """
    if number % value == 0:
        return value
    divisors = [str(n) for n in range(1, number + 1) if number % n == 0]
    must_be = f"a divisor of {called}"
    raise argument_error(owner, argument, must_be, value, ", ".join(divisors))


def check_number(
    owner, argument, value, minimum=-math.inf, maximum=math.inf, exclusive=False
):
    """Refuse anything but a finite number within bounds.

    Args:
        owner: String. The function or class whose argument it is.
        argument: String. Name of the argument.
        value: The value that came.
        minimum: Float. Lower bound.
        maximum: Float. Upper bound.
        exclusive: Boolean. Whether the lower bound itself is refused.

    Returns:
        The value as a Python float.

    Raises:
        ValueError: If the value is no number, not finite or out of bounds.

    Example:

    >>> check_number("lenet5", "learning_rate", 0.1, minimum=0.0, exclusive=True)
    0.1
    """
    if (
        isinstance(value, Real)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and (value > minimum if exclusive else value >= minimum)
        and value <= maximum
    ):
        return float(value)
    bounds = []
    if minimum > -math.inf:
        bounds.append(f"{'>' if exclusive else '≥'} {minimum:g}")
    if maximum < math.inf:
        bounds.append(f"≤ {maximum:g}")
    must_be = " ".join(["a number", " and ".join(bounds)]).strip()
    raise argument_error(owner, argument, must_be, value)


def check_choice(owner, argument, value, choices):
    """Refuse anything but one of the choices, and offer the nearest.

    Args:
        owner: String. The function or class whose argument it is.
        argument: String. Name of the argument.
        value: The value that came.
        choices: Sequence of what is allowed.

    Returns:
        The value.

    Raises:
        ValueError: If the value is none of the choices.

    Example:

    >>> check_choice("lenet5", "variant", "modren", ("modern", "1998"))
    Traceback (most recent call last):
    ...
    ValueError: lenet5: `variant` must be one of 'modern', '1998'. \
Received: variant='modren'. What would do: 'modern'.
    """
    if value in choices:
        return value
    near = difflib.get_close_matches(str(value), [str(c) for c in choices], n=1)
    raise argument_error(
        owner,
        argument,
        f"one of {', '.join(repr(choice) for choice in choices)}",
        value,
        would_do=repr(near[0]) if near else None,
    )
