"""Run a compiled loop in pieces, so that Python gets a word in."""

import time

# What a piece should take, in seconds: Ctrl-C is heard in between, and a reader who
# follows along sees the text grow.
UNINTERRUPTED = 0.5
STREAMED = 0.04


def paced(advance, state, last, seconds):
    """Advance a state up to a step, in pieces of about equal duration.

    The first pieces are short; how long the next one may be is learned from the
    last. It decides when results are seen, never what they are.

    Args:
        advance: Callable `(state, end)` that returns the state at step `end`, or at
            an earlier step if there is nothing left to do.
        state: Dictionary of tensors; "step" is the step it is at.
        last: Integer. The step to reach.
        seconds: Float. What a piece should take.

    Yields:
        The state after every piece.

    Example:

    >>> advance = lambda state, end: {"step": end}
    >>> [state["step"] for state in paced(advance, {"step": 1}, 100, 9.0)]
    [9, 41, 100]
    """
    step, size = int(state["step"]), 8
    while step < last:
        end = min(step + size, last)
        start = time.perf_counter()
        state = advance(state, end)
        step = int(state["step"])  # waits for the result
        elapsed = time.perf_counter() - start
        yield state
        if step < end:
            return
        size = max(1, min(4 * size, int(size * seconds / elapsed)))
