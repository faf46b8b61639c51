"""The package stands on NumPy alone."""

import subprocess
import sys


def test_importing_it_brings_numpy_and_nothing_heavier():
    code = (
        "import sys, fmkeras.scratch\n"
        "print({name.split('.')[0] for name in sys.modules} & {'numpy', 'tensorflow',"
        " 'keras', 'sklearn', 'matplotlib', 'scipy'})"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "{'numpy'}"
