"""What `fmkeras train` and `fmkeras generate` do; the command line only reads options.

Importing this package is free: TensorFlow loads when a command begins its work, after
all that can be checked without it.
"""

__all__ = []
