"""What the code runs on: seeds, devices, versions, and a look at the inputs.

Explicit calls only; importing this package changes nothing.
"""

from fmkeras.runtime.devices import (
    devices,
    use_gpu,
    use_memory_growth,
    use_mixed_precision,
    use_threads,
)
from fmkeras.runtime.inputs import check_inputs
from fmkeras.runtime.machine import report, why_no_gpu
from fmkeras.runtime.seeds import set_seed

__all__ = [
    "check_inputs",
    "devices",
    "report",
    "set_seed",
    "use_gpu",
    "use_memory_growth",
    "use_mixed_precision",
    "use_threads",
    "why_no_gpu",
]
