"""How cost grows: the exponent of a power law, fitted in logarithms."""

import math


def exponent(sizes, costs):
    r"""Fit $c \propto n^p$ by least squares in logarithms.

    Args:
        sizes: List of positive numbers n, not all equal.
        costs: List of positive numbers c.

    Returns:
        Float p.

    Example:

    >>> exponent([1, 2, 4], [3, 12, 48])
    2.0
    """
    x, y = ([math.log(value) for value in values] for values in (sizes, costs))
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    rise = sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True))
    return rise / sum((a - middle_x) ** 2 for a in x)


def scaled_to(costs, theory):
    """Scale a theory's costs to the measured ones: equal geometric means.

    Args:
        costs: List of positive numbers, measured.
        theory: List of positive numbers, counted, in any unit.

    Returns:
        List of floats.

    Example:

    >>> [round(cost, 6) for cost in scaled_to([2.0, 8.0], [1, 4])]
    [2.0, 8.0]
    """
    pairs = zip(costs, theory, strict=True)
    shift = sum(math.log(c) - math.log(t) for c, t in pairs) / len(costs)
    return [t * math.exp(shift) for t in theory]
