"""What the code runs on: seeds, devices, versions, and a look at the inputs.

Explicit calls only; importing this package changes nothing.
"""

from fmkeras.runtime.inputs import check_inputs
from fmkeras.runtime.machine import report, why_no_gpu
from fmkeras.runtime.seeds import set_seed

__all__ = ["check_inputs", "report", "set_seed", "why_no_gpu"]
