"""Run a compiled loop in pieces, so that Python gets a word in."""

import time

# What a piece should take, in seconds: Ctrl-C is heard in between, and a reader who
# follows along sees the text grow.
UNINTERRUPTED = 0.5
STREAMED = 0.04


class Pace:
    """How fast a loop runs: learned from its pieces, remembered for the next text.

    Every piece costs a call and a copy of the state, caches and all. The first text
    begins with a short one, the next with as many steps as have time.
    """

    def __init__(self):
        self._seconds_per_step = None

    def pieces(self, advance, state, last, seconds):
        """Advance a state up to a step, in pieces of about equal duration.

        It decides when results are seen, never what they are.

        Args:
            advance: Callable `(state, end)` that returns the state at step `end`, or
                at an earlier step if there is nothing left to do.
            state: Dictionary of tensors; "step" is the step it is at.
            last: Integer. The step to reach.
            seconds: Float. What a piece should take.

        Yields:
            The state after every piece.

        Example:

        >>> advance, pace = lambda state, end: {"step": end}, Pace()
        >>> [state["step"] for state in pace.pieces(advance, {"step": 1}, 100, 9.0)]
        [9, 41, 100]
        >>> [state["step"] for state in pace.pieces(advance, {"step": 1}, 100, 9.0)]
        [100]
        """
        step, size = int(state["step"]), self._first_size(seconds)
        while step < last:
            begin, end = step, min(step + size, last)
            start = time.perf_counter()
            state = advance(state, end)
            step = int(state["step"])  # waits for the result
            elapsed = time.perf_counter() - start
            self._remember(elapsed / max(step - begin, 1))
            yield state
            if step < end:
                return
            size = max(1, min(4 * size, int(size * seconds / elapsed)))

    def _first_size(self, seconds):
        if self._seconds_per_step is None:
            return 8
        return max(1, int(seconds / self._seconds_per_step))

    def _remember(self, seconds_per_step):
        """Keep the least: a first piece may have waited for the compiler."""
        known = self._seconds_per_step
        self._seconds_per_step = min(known or seconds_per_step, seconds_per_step)
