"""Timing in alternation, because a shared machine drifts within minutes."""

import statistics

PAIRS = 5


def alternate(ours, theirs, pairs=PAIRS):
    """Warm both up, then let them work in turn, pair by pair.

    Args:
        ours: `Contender`.
        theirs: `Contender`.
        pairs: Integer. How many pairs count.

    Returns:
        A pair of lists: the rounds of ours and of theirs that count, as
        `Contender.round` gave them.
    """
    ours.round()
    theirs.round()
    both = [(ours.round(), theirs.round()) for _ in range(pairs)]
    return [our for our, _ in both], [their for _, their in both]


def ratios(theirs, ours):
    """Say how many times faster ours is.

    Args:
        theirs: List of seconds, one for each pair.
        ours: List of seconds, one for each pair.

    Returns:
        Median, lowest and highest of the pairs' ratios.
    """
    each = [t / o for t, o in zip(theirs, ours, strict=True)]
    return statistics.median(each), min(each), max(each)
