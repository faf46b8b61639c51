"""What the figures were taken on, and how fast it multiplies matrices."""

import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "fmkeras",
    "tensorflow",
    "keras",
    "numpy",
    "torch",
    "transformers",
    "keras-hub",
    "tokenizers",
    "scikit-learn",
    "subword-nmt",
    "tiktoken",
)
SIDE, TRIES = 2048, 8


def describe():
    """Describe the machine.

    Returns:
        A dict: `processor`, `cores`, `memory_gib`, `system`.
    """
    return {
        "processor": _processor(),
        "cores": _cores(),
        "memory_gib": _memory_gib(),
        "system": platform.system(),
    }


def versions():
    """Give the versions of Python and of every package that takes part."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue  # a peer that is left out
    return found


def matrix_product_rate():
    """Measure how many operations a second float32 matrix products reach here.

    Returns:
        Float. The best of some products of square matrices; a multiplication and an
        addition are two operations.
    """
    import numpy as np

    left, right = np.random.default_rng(0).random((2, SIDE, SIDE), dtype="float32")
    product = left @ right
    seconds = []
    for _ in range(TRIES):
        start = time.perf_counter()
        np.matmul(left, right, out=product)
        seconds.append(time.perf_counter() - start)
    return 2 * SIDE**3 / min(seconds)


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.machine()


def _cores():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _memory_gib():
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    except (AttributeError, ValueError, OSError):
        return None
