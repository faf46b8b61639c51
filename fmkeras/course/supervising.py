"""Keep a process at work on students' answers, and replace it when one breaks it."""

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import fmkeras

SETUP_TIMEOUT = 300.0  # seconds; a first import of TensorFlow is slow on a cold disk
_SECONDS_TO_END = 1.0


class Workers:
    """One grading process after another, each in an empty folder of its own.

    Args:
        timeout: Float. Seconds that one answer and its check may take.
        setup_timeout: Float. Seconds that a lesson's setup may take.

    Example:

    >>> with Workers(timeout=10.0) as workers:
    ...     workers.attempt(setup="y = 1", answers=["x = y"], check="assert x == 1")
    ('passed', '')
    """

    def __init__(self, timeout, setup_timeout=SETUP_TIMEOUT):
        self.timeout = timeout
        self.setup_timeout = setup_timeout
        self._process = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._stop()

    def attempt(self, setup, answers, check):
        """Have one answer run and checked.

        Args:
            setup: String. The lesson's setup.
            answers: List of strings. The student's cells for this exercise.
            check: String. The lesson's check.

        Returns:
            A pair of strings: the status and the message.
        """
        if self._process is None:
            self._start()
        job = {"setup": setup, "answers": answers, "check": check}
        limit, during = self.setup_timeout, "the lesson's setup took"
        try:
            with suppress(OSError):  # it has ended: the queue will say so
                self._process.stdin.write(json.dumps(job) + "\n")
                self._process.stdin.flush()
            event = self._events.get(timeout=limit)
            if event == {"event": "started"}:
                limit, during = self.timeout, "ran for"
                event = self._events.get(timeout=limit)
        except queue.Empty:
            self._stop()
            return "timed out", f"{during} more than {limit:g} s."
        if event is None:
            return "error", self._obituary()
        return event["status"], event["message"]

    def _start(self):
        self._folder = tempfile.TemporaryDirectory(
            prefix="fmkeras-check-", ignore_cleanup_errors=True
        )
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fmkeras.course.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            cwd=self._folder.name,
            env=_environment(),
            start_new_session=True,  # its children are ended with it
        )
        self._events = queue.Queue()
        threading.Thread(
            target=_read_events, args=(self._process.stdout, self._events), daemon=True
        ).start()

    def _stop(self):
        if self._process is None:
            return
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        with suppress(OSError):  # what was written may no longer have a reader
            self._process.stdin.close()
        self._folder.cleanup()
        self._process = None

    def _obituary(self):
        try:
            code = self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            return "it cut the line to the grading process."
        finally:
            self._stop()
        if code < 0:
            return f"Python crashed (signal {-code}: {signal.strsignal(-code)})."
        return f"it ended the Python process (exit code {code})."


def _environment():
    package = str(Path(fmkeras.__file__).parents[1])
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "MPLBACKEND": "Agg",
        "PYTHONPATH": os.pathsep.join(paths),
    }


def _read_events(stream, events):
    with stream, suppress(ValueError):  # an answer may have written there too
        for line in stream:
            events.put(json.loads(line))
    events.put(None)
