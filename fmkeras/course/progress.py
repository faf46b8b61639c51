"""A line that turns while a cell is silent, and gives way to what the cell prints."""

import sys
from contextlib import contextmanager


class Progress:
    """Where a lesson is, in the last line of a terminal; nothing in a pipe.

    Args:
        console: `rich.console.Console`.
        total: Integer. Number of cells.

    Example:

    >>> from rich.console import Console
    >>> progress = Progress(Console(), total=2)
    >>> with progress.during("Data", done=1):
    ...     print("loaded")
    loaded
    """

    def __init__(self, console, total):
        from rich import progress

        self._line = progress.Progress(
            progress.SpinnerColumn(),
            progress.TextColumn("{task.description}", markup=False),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not console.is_interactive,
        )
        self._task = self._line.add_task("", total=total)

    @contextmanager
    def during(self, section, done):
        """Show the line until the first character is printed.

        Args:
            section: String. Where the lesson is.
            done: Integer. Number of cells that have run.

        Yields:
            Nothing.
        """
        self._line.update(self._task, description=section, completed=done)
        if self._line.disable:
            yield
            return
        streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = (_Announced(x, self._line.stop) for x in streams)
        self._line.start()
        try:
            yield
        finally:
            self._line.stop()
            sys.stdout, sys.stderr = streams


class _Announced:
    """A stream that says when something is about to be written to it.

    A progress bar of Keras's draws over itself with control characters, so what is
    written must reach the terminal as it is.
    """

    def __init__(self, stream, announce):
        self._stream = stream
        self._announce = announce

    def write(self, text):
        self._announce()
        return self._stream.write(text)

    def __getattr__(self, name):
        return getattr(self._stream, name)
