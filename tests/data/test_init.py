"""The package as a whole: light to import, complete in its names."""

import subprocess
import sys

from fmkeras import data


def test_importing_it_imports_nothing_heavy():
    heavy = "{'tensorflow', 'keras', 'sklearn', 'scipy', 'matplotlib', 'rich'}"
    program = f"import sys, fmkeras.data; print({heavy} & set(sys.modules))"
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert shown.stdout == "set()\n"


def test_every_public_name_is_there_and_documented():
    for name in data.__all__:
        assert getattr(data, name).__doc__
