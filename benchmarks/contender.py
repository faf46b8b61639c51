"""Our end of a contender's process: start it, ask for rounds, stop it."""

import json
import subprocess
import sys
import tempfile
from contextlib import suppress


class ContenderError(RuntimeError):
    """A contender could not do its job.

    Args:
        name: String. The contender.
        job: String. The job.
        reason: String. What its process wrote last.
    """

    def __init__(self, name, job, reason):
        super().__init__(f"{name} failed at {job!r}: {reason}")
        self.name, self.reason = name, reason


class Contender:
    """A process that does one job when it is told to.

    Args:
        module: String. The module whose `build(job, contender)` gives the job.
        job: String. Which job.
        name: String. Who does it.

    Raises:
        ContenderError: If it cannot be built.
    """

    def __init__(self, module, job, name):
        self.job, self.name = job, name
        self.said = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115, until `stop`
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", module, job, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
            text=True,
        )
        self.first_seconds = None
        try:
            self.built_mib = self._answer()["peak_mib"]
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def round(self):
        """Have the job done once.

        Returns:
            A dict: `seconds`, `result` (the dict that the job returned, or
            `None`), and `peak_mib`, the most memory that the process has held so far.

        Raises:
            ContenderError: If the process ends before it is done.
        """
        with suppress(BrokenPipeError):  # why it ended is told with the answer
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        answer = self._answer()
        if self.first_seconds is None:
            self.first_seconds = answer["seconds"]
        return answer

    def stop(self):
        """End the process."""
        self.process.kill()
        self.process.communicate()
        self.said.close()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise ContenderError(self.name, self.job, self._last_words())
        return json.loads(line)

    def _last_words(self):
        """Give the last line that the process wrote: an error's own sentence."""
        code = self.process.wait()
        self.said.seek(0)
        lines = [line.strip() for line in self.said if line.strip()]
        return lines[-1] if lines else f"the process ended with {code}"
