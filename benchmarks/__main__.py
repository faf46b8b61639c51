"""Run the benchmarks, each in a process of its own: all of them, or those named.

`make bench` runs all; `python -m benchmarks generation attention` runs two.
"""

import subprocess
import sys

ALL = ("builders", "decoder_training", "generation", "attention", "byte_pair")


def main(names):
    """Run one benchmark after the other and stop at the first that fails."""
    unknown = sorted(set(names) - set(ALL))
    if unknown:
        sys.exit(f"Unknown: {', '.join(unknown)}. There are: {', '.join(ALL)}.")
    for name in names or ALL:
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
