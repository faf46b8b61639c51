"""A course on foundation models that runs.

Importing `fmkeras` is free: each part below loads when it is first used, so that
`import fmkeras` and `fmkeras --help` never wait for TensorFlow.

Example:

>>> import fmkeras
>>> fmkeras.data.load_apartments()[0].shape
(4, 4)
"""

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


def __getattr__(name):
    if name in _PARTS:
        return import_module(f"fmkeras.{name}")
    raise AttributeError(
        f"module 'fmkeras' has no attribute {name!r}. It has: {', '.join(_PARTS)}."
    )


def __dir__():
    return sorted([*globals(), *_PARTS])
