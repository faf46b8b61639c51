"""What the code runs on: seeds, devices, one or many, and a look at the inputs.

Explicit calls only; importing this package changes nothing.
"""

from fmkeras.runtime.cluster import num_workers, worker_index
from fmkeras.runtime.devices import (
    devices,
    use_gpu,
    use_logical_cpus,
    use_memory_growth,
    use_mixed_precision,
    use_threads,
)
from fmkeras.runtime.distribution import strategy
from fmkeras.runtime.inputs import check_inputs
from fmkeras.runtime.machine import report, why_no_gpu
from fmkeras.runtime.memory import keep_memory
from fmkeras.runtime.seeds import set_seed

__all__ = [
    "check_inputs",
    "devices",
    "keep_memory",
    "num_workers",
    "report",
    "set_seed",
    "strategy",
    "use_gpu",
    "use_logical_cpus",
    "use_memory_growth",
    "use_mixed_precision",
    "use_threads",
    "why_no_gpu",
    "worker_index",
]
