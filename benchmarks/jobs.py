"""What a row of the table compares: one job, ours and the peers that do it too."""

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import NamedTuple

OURS = "fmkeras"


class Peer(NamedTuple):
    """Who else does the job.

    Args:
        packages: Tuple of the modules that must be installed.
        goal: Float, how many times faster than this peer we mean to be, or `None`.
    """

    packages: tuple
    goal: float | None = None

    def missing(self):
        """Name the modules that are not installed."""
        return [name for name in self.packages if find_spec(name) is None]


@dataclass(frozen=True)
class Job:
    """One job, done over and over by ours and by its peers in turn.

    Args:
        name: String, as the table shows it.
        peers: Dict of name -> `Peer`.
        work: Float. How many units one round does, or `None` to count seconds.
        unit: String. What is counted, such as `"tokens"`.
        flops: Float. Operations of the matrix products in one round, or `None`.
    """

    name: str
    peers: dict = field(default_factory=dict)
    work: float | None = None
    unit: str = ""
    flops: float | None = None
