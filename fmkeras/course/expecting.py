"""The self-check of the exercises: what should have come, what came, and why."""

import math
from numbers import Number

_LONGEST_TEXT = 200
_LONGEST_ARRAY = 8  # more values than this are abbreviated
_NAMES = {
    str: "a string",
    bool: "a boolean",  # before Number, which it is too
    Number: "a number",
    tuple: "a tuple",
    list: "a list",
    dict: "a dictionary",
}
_DIGITS = (6, 9, 17)  # two numbers that differ must not look alike


def expect(received, expected, call, mistakes=(), rtol=1e-5, atol=1e-8):
    """Compare a student's answer with the right one, and explain what is wrong.

    Numbers and arrays may differ by `atol + rtol * |expected|`; text, booleans and
    the lengths of tuples must be equal.

    Args:
        received: The student's answer: a number, array, string, boolean, or a tuple
            of them.
        expected: The right answer.
        call: String. What was computed, as the student would type it.
        mistakes: Sequence of pairs: a wrong answer that a known mistake leads to, and
            a sentence that explains the mistake.
        rtol: Float. Relative tolerance.
        atol: Float. Absolute tolerance.

    Raises:
        AssertionError: If the answer is wrong. Its message is one line.

    Example:

    >>> expect(2.0, 2, call="mean([1, 3])")
    >>> expect(4, 2, call="mean([1, 3])", mistakes=[(4, "Divide by the count.")])
    Traceback (most recent call last):
    ...
    AssertionError: mean([1, 3]) should be 2. Received: 4. Divide by the count.
    """
    call = _shortened(" ".join(call.split()))
    problem = _difference(received, expected, call, rtol, atol)
    if problem is None:
        return
    for mistaken, sentence in mistakes:
        if _difference(received, mistaken, call, rtol, atol) is None:
            problem = f"{problem} {sentence}"
            break
    raise AssertionError(problem)


def _difference(received, expected, call, rtol, atol):
    """Say how the answer differs from the right one; `None` if it does not."""
    import numpy as np

    if received is None and expected is not None:
        return f"{call} returned None: did you forget `return`?"
    if isinstance(expected, (bool, np.bool_)):
        right_type = isinstance(received, (bool, np.bool_))
        return _plain_difference(received, expected, call, right_type)
    array = None if isinstance(expected, tuple) else _as_numbers(expected)
    if array is not None:
        return _array_difference(received, array, call, rtol, atol)
    expected, received = _without_text_arrays(expected), _without_text_arrays(received)
    if isinstance(expected, (tuple, list)):
        return _sequence_difference(received, expected, call, rtol, atol)
    right_type = isinstance(received, type(expected))
    return _plain_difference(received, expected, call, right_type)


def _without_text_arrays(value):
    import numpy as np

    is_text = isinstance(value, np.ndarray) and value.dtype.kind in "UO"
    return value.tolist() if is_text else value


def _sequence_difference(received, expected, call, rtol, atol):
    if not isinstance(received, (tuple, list)):
        must_be = f"a {type(expected).__name__} of {len(expected)} values"
        return f"{call} should be {must_be}. Received: {_described(received)}."
    if len(received) != len(expected):
        came = f"{len(received)}: {_quoted(received)}"
        return f"{call} should have {len(expected)} values. Received {came}."
    for index, pair in enumerate(zip(received, expected, strict=True)):
        problem = _difference(*pair, f"{call}[{index}]", rtol, atol)
        if problem is not None:
            return problem
    return None


def _plain_difference(received, expected, call, right_type):
    if right_type and received == expected:
        return None
    came = _quoted(received) if right_type else _described(received)
    return f"{call} should be {_quoted(expected)}. Received: {came}."


def _array_difference(received, expected, call, rtol, atol):
    import numpy as np

    values = _as_numbers(received)
    if values is None:
        must_be = "an array" if expected.ndim else "a number"
        return f"{call} should be {must_be}. Received: {_described(received)}."
    if values.shape != expected.shape:
        came = _shape(values) if values.ndim else f"a single number, {values}"
        return f"{call} should be {_shape(expected)}. Received: {came}."
    close = np.isclose(values, expected, rtol=rtol, atol=atol, equal_nan=True)
    if close.all():
        return None
    right, came = _told_apart(expected, values)
    problem = f"{call} should be {right}. Received: {came}."
    not_numbers = np.isnan(values) & ~np.isnan(expected)
    where = np.argwhere(not_numbers if not_numbers.any() else ~close)[0]
    if values.size > _LONGEST_ARRAY:
        right, came = _told_apart(expected[tuple(where)], values[tuple(where)])
        index = ", ".join(map(str, where))
        problem += f" The first difference is at [{index}]: {came} instead of {right}."
    if not_numbers.any():
        problem += " NaN means 'not a number', such as 0 / 0 or log(-1) gives."
    return problem


def _as_numbers(value):
    """Read a value as an array of numbers; `None` if it is none."""
    import numpy as np

    try:
        array = np.asarray(value)
    except Exception:  # each kind of tensor refuses in its own way
        return None
    if array.dtype.kind == "V":  # bfloat16 and its kin are no NumPy types
        array = array.astype("float32")
    return array if array.dtype.kind in "biufc" else None


def _told_apart(expected, received):
    for digits in _DIGITS:
        texts = _numbers(expected, digits), _numbers(received, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _numbers(value, digits):
    import numpy as np

    if np.ndim(value) == 0:
        return _number(value, digits)
    text = np.array2string(
        np.asarray(value),
        separator=", ",
        threshold=_LONGEST_ARRAY,
        edgeitems=2,
        formatter={"all": lambda x: _number(x, digits)},
    )
    return _shortened(" ".join(text.split()))


def _number(value, digits):
    value = value.item()
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.{digits}g}"
    return str(value)


def _quoted(value):
    import numpy as np

    plain = value.item() if isinstance(value, np.generic) else value
    return _shortened(" ".join(repr(plain).split()))


def _shape(array):
    if array.ndim == 0:
        return "a single number"
    return f"an array of shape {tuple(map(int, array.shape))}"


def _described(value):
    """Name a value of the wrong type as a learner would."""
    import numpy as np

    if callable(value):
        return "a function (did you forget to call it?)"
    if isinstance(value, np.ndarray):
        return _shape(value)
    value = value.item() if isinstance(value, np.generic) else value
    for kind, name in _NAMES.items():
        if isinstance(value, kind):
            return f"{name}, {_quoted(value)}"
    return f"a value of type {type(value).__name__}, {_quoted(value)}"


def _shortened(text):
    if len(text) <= _LONGEST_TEXT:
        return text
    half = _LONGEST_TEXT // 2
    return f"{text[:half].rstrip()} … {text[-half:].lstrip()}"
