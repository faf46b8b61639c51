"""Runs one lesson, cell by cell, in a Jupyter kernel of the running interpreter."""

import json
import logging
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from site_builder.cache_key import essence
from site_builder.figures import SENTINEL
from site_builder.project import HERE
from site_builder.terminal import ESCAPE

PREPARATION = (HERE / "kernel_setup.py").read_text("utf-8")
SETUP = f"{PREPARATION}\nprint(prepare({SENTINEL!r}))\ndel prepare, INKED"
SECONDS_PER_CELL = 600
ENVIRONMENT = {
    "COLUMNS": "80",
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYTHONHASHSEED": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
# All that decides how cells are run: part of every cache key.
RUNNER = json.dumps(["1", essence(SETUP), ENVIRONMENT])


class LessonError(Exception):
    """A cell raised, hung or killed its kernel.

    Args:
        index: Integer. Which code cell, counted from zero; -1 if it was the kernel's
            own preparation.
        traceback: String. What the kernel said, without colours.
    """

    def __init__(self, index, traceback):
        super().__init__(traceback)
        self.index = index
        self.traceback = traceback


class Run(NamedTuple):
    """What a run leaves: outputs of each code cell, and what they cost."""

    outputs: list
    seconds: float
    cores: int


def execute(cells, folder, on_cell=lambda index: None):
    """Run code cells from first to last.

    Args:
        cells: Sequence of strings of Python.
        folder: Path of the folder to run in.
        on_cell: Called with the index of each cell before it runs.

    Returns:
        A `Run`.

    Raises:
        LessonError: If a cell raises, hangs or kills its kernel.
    """
    import nbformat

    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in (SETUP, *cells)]
    )
    with (
        tempfile.TemporaryDirectory() as scratch,
        _kernel(notebook, folder, scratch) as client,
    ):
        _run_cell(client, 0)
        start = time.perf_counter()
        for index in range(len(cells)):
            on_cell(index)
            _run_cell(client, index + 1)
        seconds = time.perf_counter() - start
    setup, *ran = notebook.cells
    cores = int(setup.outputs[0].text)
    return Run([cell.outputs for cell in ran], round(seconds, 1), cores)


@contextmanager
def _kernel(notebook, folder, scratch):
    """Keep a kernel alive for a notebook, and nothing of it afterwards."""
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    manager = AsyncKernelManager(kernel_spec_manager=_this_interpreter(scratch))
    manager.connection_file = str(Path(scratch, "kernel.json"))
    if sys.platform != "win32":  # sockets in a folder of our own instead of ports
        manager.transport = "ipc"
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=SECONDS_PER_CELL,
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        shutdown_kernel="immediate",
    )
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with client.setup_kernel(cleanup_kc=True, **silent):  # outputs come as messages
        try:
            yield client
        except KeyboardInterrupt:  # nobody waits for the cell that was cut off
            logging.getLogger("asyncio").disabled = True
            raise


def _run_cell(client, index):
    from nbclient.exceptions import (
        CellExecutionError,
        CellTimeoutError,
        DeadKernelError,
    )

    try:
        client.execute_cell(client.nb.cells[index], index)
    except CellExecutionError as error:
        raise LessonError(index - 1, ESCAPE.sub("", error.traceback)) from None
    except CellTimeoutError:
        message = f"The cell ran for more than {SECONDS_PER_CELL} seconds."
        raise LessonError(index - 1, message) from None
    except DeadKernelError:
        message = "The kernel died, as it does when memory runs out."
        raise LessonError(index - 1, message) from None


def _this_interpreter(scratch):
    """Offer one kernel: the interpreter that runs this very program."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    class Manager(KernelSpecManager):
        def get_kernel_spec(self, kernel_name):
            return KernelSpec(
                argv=[
                    sys.executable,
                    "-Xfrozen_modules=off",
                    *("-m", "ipykernel_launcher", "-f", "{connection_file}"),
                ],
                display_name="Python 3",
                language="python",
                # No settings and no downloads of this machine's user.
                env={**ENVIRONMENT, "IPYTHONDIR": scratch, "KERAS_HOME": scratch},
            )

    return Manager()
