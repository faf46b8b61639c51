"""A course on foundation models that runs.

Importing `fmkeras` is free: each part below loads when it is first used, so that
`import fmkeras` and `fmkeras --help` never wait for TensorFlow. One thing is done at
once: where the environment says nothing else, it tells TensorFlow to compute with
oneDNN, which some processors are not given by themselves. TensorFlow reads that when
it loads, so import `fmkeras` before `keras`.

Example:

>>> import fmkeras
>>> fmkeras.data.load_apartments()[0].shape
(4, 4)
"""

import os
import platform
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("fmkeras")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0.0.0"

_PARTS = (
    "course",
    "data",
    "errors",
    "generation",
    "layers",
    "models",
    "plots",
    "pretrained",
    "runtime",
    "scratch",
    "text",
    "training",
)

__all__ = [*_PARTS, "__version__"]


# With oneDNN, TensorFlow convolves faster and keeps the memory that a step frees. Its
# own default is to use it where a processor has AVX-512's VNNI or the like; without, on
# two cores, LeNet-5 learned 2.4 times as fast with it. Measured on x86-64 alone.
if platform.machine() in ("x86_64", "AMD64"):
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def __getattr__(name):
    if name in _PARTS:
        return import_module(f"fmkeras.{name}")
    raise AttributeError(
        f"module 'fmkeras' has no attribute {name!r}. It has: {', '.join(_PARTS)}."
    )


def __dir__():
    return sorted([*globals(), *_PARTS])
