"""Memory that one step frees and the next one wants again."""

import ctypes
import functools
import os
import sys

KEPT_BYTES = 2**30

# Numbers of `mallopt` in glibc's malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3


@functools.cache
def keep_memory():
    """Let this process keep the memory that a step frees, for the next step.

    A compiled step takes one piece of memory for all its intermediate results, and
    frees it when it is done. The C library of most Linux systems, glibc, hands pieces
    of 32 MiB and more back to the system, which clears every page before it is used
    again. After this call pieces of up to 1 GiB stay with the process, and as much at
    the end of its heap. On two cores that took 30 % off a small decoder's step.

    The methods `fit`, `evaluate` and `generate` of our classifiers and language models
    call it; call it yourself before a training loop of your own. The process may hold
    memory that it does not use. Where an environment variable tells glibc what to do
    (`MALLOC_TRIM_THRESHOLD_`, `MALLOC_MMAP_THRESHOLD_`, `GLIBC_TUNABLES`, …), that
    stays.

    Returns:
        Boolean. Whether it was done: `False` on systems without glibc, and where the
        environment has its own settings.

    Example:

    >>> keep_memory() in (True, False)
    True
    """
    if not sys.platform.startswith("linux") or _is_told_otherwise(os.environ):
        return False
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "gnu_get_libc_version"):
        return False
    done = [
        libc.mallopt(option, KEPT_BYTES)
        for option in (_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD)
    ]
    return all(done)


def _is_told_otherwise(environment):
    tunables = environment.get("GLIBC_TUNABLES", "")
    return "glibc.malloc" in tunables or any(
        name.startswith("MALLOC_") for name in environment
    )
