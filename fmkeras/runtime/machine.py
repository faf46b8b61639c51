"""What this machine has, and why TensorFlow may not see its GPU."""

import os
import platform
import shutil
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fmkeras.runtime.devices import describe_tensorflow, devices, suited_policy
from fmkeras.runtime.distribution import foresee

PACKAGES = ("fmkeras", "tensorflow", "keras", "numpy", "scikit-learn", "matplotlib")


def report():
    """Describe what the code runs on.

    On TensorFlow nothing is started by it: calls such as `use_threads` are still in
    time afterwards.

    Returns:
        A dict of dicts, for people and for bug reports: `versions`, `machine`
        (system, cores, memory in GiB) and `devices`: the backend, its devices, what
        `strategy("auto")` and `use_mixed_precision("auto")` would choose, the precision
        in force and, on TensorFlow, the GPUs in use, those whose memory grows, threads,
        and whether XLA is there. Values are strings, numbers, booleans or lists of
        strings.

    Example:

    >>> sorted(report())
    ['devices', 'machine', 'versions']
    """
    return {"versions": _versions(), "machine": _machine(), "devices": _devices()}


def why_no_gpu():
    """Say in one line why TensorFlow sees no GPU, or return `None` if it sees one.

    Returns:
        A string with the likeliest reason and what would do, or `None`.

    Example:

    >>> why_no_gpu() is None or len(why_no_gpu().splitlines()) == 1
    True
    """
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        return None
    return explain_missing_gpu(
        system=platform.system(),
        hidden=os.environ.get("CUDA_VISIBLE_DEVICES"),
        has_driver=_has_nvidia_driver(),
        built_with_cuda=tf.test.is_built_with_cuda(),
    )


def explain_missing_gpu(system, hidden, has_driver, built_with_cuda):
    """Choose the likeliest reason from what was observed.

    Args:
        system: String, as `platform.system()` gives it.
        hidden: String, the value of `CUDA_VISIBLE_DEVICES`, or `None`.
        has_driver: Boolean. Whether an NVIDIA driver was found.
        built_with_cuda: Boolean. Whether this TensorFlow was built for CUDA.

    Returns:
        One line.
    """
    if system == "Darwin":
        return (
            "No GPU: TensorFlow's own package runs on the CPU on macOS. Apple's "
            "plug-in tensorflow-metal may serve, where it supports this version."
        )
    if system == "Windows":
        return (
            "No GPU: since version 2.11 TensorFlow uses no GPU on Windows itself. "
            "Install fmkeras inside WSL2."
        )
    if not has_driver:
        return "No GPU: no NVIDIA driver was found on this machine."
    if hidden is not None and hidden.strip() in ("", "-1"):
        return (
            f"No GPU: CUDA_VISIBLE_DEVICES={hidden!r} hides every GPU. Unset it to use "
            "them."
        )
    if not built_with_cuda:
        return (
            "No GPU: this TensorFlow was built for the CPU only. "
            'Run: pip install "tensorflow[and-cuda]".'
        )
    return (
        "No GPU: the NVIDIA driver is there, but TensorFlow did not find the CUDA "
        'libraries. Run: pip install "tensorflow[and-cuda]".'
    )


def _versions():
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return versions


def _machine():
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": platform.machine(),
        "cores": _available_cores(),
        "memory_gib": _memory_gib(),
    }


def _devices():
    import keras

    found = {
        "backend": keras.backend.backend(),
        "devices": devices(),
        "strategy": foresee(),
        "precision": keras.config.dtype_policy().name,
        "precision_suited": suited_policy(),
    }
    if found["backend"] == "tensorflow":
        found |= {**describe_tensorflow(), "xla": _has_xla()}
    return found


def _has_xla():
    """Ask what TensorFlow was built with: to try it would start the devices."""
    with suppress(ImportError, AttributeError):
        from tensorflow.python.framework import kernels

        return bool(kernels.get_registered_kernels_for_op("XlaLaunch").kernel)
    return "unknown"


def _has_nvidia_driver():
    return (
        Path("/proc/driver/nvidia").exists() or shutil.which("nvidia-smi") is not None
    )


def _available_cores():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _memory_gib():
    """Give the physical memory, or `None` where the system does not say."""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    return round(size / 2**30, 1)
