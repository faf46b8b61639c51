"""`fmkeras launch`: the workers of one run, all on this machine.

They meet at free ports of 127.0.0.1; what they print comes out line by line with the
worker's number before it. When one fails, the others are ended.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress

from fmkeras.errors import argument_error

_GRACE = 2.0  # seconds for the others to say why, when one has failed
_SECONDS_TO_END = 5.0  # between asking a worker to end and ending it
_TICK = 0.05


class WorkerError(Exception):
    """A worker has failed.

    Args:
        message: String.
        exit_code: Integer, for the shell.
    """

    def __init__(self, message, exit_code):
        super().__init__(message)
        self.exit_code = exit_code


def launch(script, arguments, workers, show):
    """Run a script as several workers that train together.

    Args:
        script: `pathlib.Path` of a Python script.
        arguments: Sequence of strings, passed on to the script.
        workers: Positive integer. How many processes.
        show: Function that gets each line of output, with the worker's number.

    Raises:
        FileNotFoundError: If there is no such script.
        ValueError: If `TF_CONFIG` is set already.
        WorkerError: If a worker ends with an exit code other than 0.
        KeyboardInterrupt: If Ctrl-C ended the run.
    """
    if not script.is_file():
        raise FileNotFoundError(f"launch: there is no script {script}.")
    if os.environ.get("TF_CONFIG"):
        raise argument_error(
            "launch",
            "TF_CONFIG",
            "unset: each worker gets one of its own",
            os.environ["TF_CONFIG"],
            would_do="python SCRIPT where the cluster has set it",
        )
    command = [sys.executable, str(script), *arguments]
    addresses = [f"127.0.0.1:{port}" for port in free_ports(workers)]
    with _termination_as_exception(), ExitStack() as ends:
        processes, readers = [], []
        ends.callback(lambda: [reader.join(_SECONDS_TO_END) for reader in readers])
        ends.callback(_end, processes)
        for index in range(workers):
            process = _start(command, worker_environment(addresses, index))
            processes.append(process)
            reader = threading.Thread(
                target=_pass_on, args=(process.stdout, index, show), daemon=True
            )
            reader.start()
            readers.append(reader)
        try:
            _wait(processes)
        except KeyboardInterrupt:
            _ask(processes, signal.SIGINT)
            raise


def free_ports(number):
    """Find ports of 127.0.0.1 that nobody listens at.

    Args:
        number: Integer.

    Returns:
        List of different integers.
    """
    with ExitStack() as sockets:
        found = [
            sockets.enter_context(socket.create_server(("127.0.0.1", 0)))
            for _ in range(number)
        ]
        return [listener.getsockname()[1] for listener in found]


def worker_environment(addresses, index):
    """Tell a worker who it is, and give it its share of the cores.

    Args:
        addresses: List of strings "host:port", one for each worker.
        index: Integer, the place of this worker among them.

    Returns:
        Dict of strings, the environment variables of the process. What was set by
        hand stays.
    """
    threads = str(max(1, _available_cores() // len(addresses)))
    task = {"type": "worker", "index": index}
    return {
        "OMP_NUM_THREADS": threads,
        "TF_NUM_INTEROP_THREADS": threads,
        "TF_NUM_INTRAOP_THREADS": threads,
        "PYTHONUNBUFFERED": "1",  # lines come when they are printed
        **os.environ,
        "TF_CONFIG": json.dumps({"cluster": {"worker": addresses}, "task": task}),
    }


def _start(command, environment):
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=environment,
        start_new_session=True,  # Ctrl-C reaches it through us, once
    )


def _pass_on(stream, index, show):
    for line in stream:
        show(f"[worker {index}] {line.rstrip()}")


def _wait(processes):
    """Return when all have ended well; say which has not."""
    while True:
        codes = [process.poll() for process in processes]
        failed = [index for index, code in enumerate(codes) if code]
        if failed:
            break
        if None not in codes:
            return
        time.sleep(_TICK)
    deadline = time.monotonic() + _GRACE
    while time.monotonic() < deadline and any(p.poll() is None for p in processes):
        time.sleep(_TICK)
    alive = any(process.poll() is None for process in processes)
    index, code = failed[0], codes[failed[0]]
    how = f"exit code {code}"
    if code < 0:
        how = f"signal {-code}, {signal.strsignal(-code)}"
    raise WorkerError(
        f"launch: worker {index} has failed ({how})"
        + ("; the others were ended." if alive else "."),
        code if code > 0 else 128 - code,
    )


def _end(processes):
    """End what still runs, first by asking."""
    _ask(processes, signal.SIGTERM)
    _ask(processes, None)


def _ask(processes, number):
    """Send a signal to the workers that still run, and wait a little."""
    running = [process for process in processes if process.poll() is None]
    for process in running:
        with suppress(OSError):  # it has just ended
            if number is None or not hasattr(os, "killpg"):
                process.kill()
            else:
                os.killpg(process.pid, number)
    deadline = time.monotonic() + _SECONDS_TO_END
    while any(p.poll() is None for p in running) and time.monotonic() < deadline:
        time.sleep(_TICK)


def _available_cores():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _termination_as_exception():
    """Let SIGTERM, too, end the workers on its way out."""

    def leave(number, frame):
        raise WorkerError("launch: ended from outside; so were the workers.", 143)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
