"""Timing in alternation, because a shared machine drifts within minutes."""

import statistics
import time


def paired_seconds(jobs, pairs=5):
    """Run every job once to warm up, then all of them in turn, `pairs` times.

    Args:
        jobs: Dict of name -> function without arguments.
        pairs: Integer. Rounds that count.

    Returns:
        Dict of name -> list of seconds, one for each round.
    """
    for job in jobs.values():
        job()
    seconds = {name: [] for name in jobs}
    for _ in range(pairs):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def ratios(theirs, ours):
    """Say how many times faster ours is: median, lowest and highest of the rounds."""
    each = [t / o for t, o in zip(theirs, ours, strict=True)]
    return statistics.median(each), min(each), max(each)
