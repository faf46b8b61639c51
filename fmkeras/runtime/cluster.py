"""Who works together: what the environment variable `TF_CONFIG` says.

Every worker of a run gets the same list of addresses and its own place in it:

    {"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]},
     "task": {"type": "worker", "index": 0}}
"""

import json
import os
from dataclasses import dataclass

from fmkeras.errors import is_integer

ROLES = ("chief", "worker")  # in the order in which TensorFlow counts them
_EXAMPLE = (
    '{"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]}, '
    '"task": {"type": "worker", "index": 0}}'
)


@dataclass(frozen=True)
class Cluster:
    """The workers of a run, and which of them this process is.

    Attributes:
        addresses: Tuple of strings "host:port", one for each worker.
        index: Integer, the place of this process among them.
        tasks: Tuple of strings such as "worker:0", what TensorFlow calls each.
    """

    addresses: tuple
    index: int
    tasks: tuple


def read_cluster():
    """Read and check `TF_CONFIG`.

    Returns:
        A `Cluster`, or `None` where the variable is not set.

    Raises:
        ValueError: If it is malformed.
    """
    text = os.environ.get("TF_CONFIG", "")
    if not text.strip():
        return None
    try:
        config = json.loads(text)
    except ValueError:
        raise _error("JSON", text) from None
    roles = config.get("cluster") if isinstance(config, dict) else None
    task = config.get("task") if isinstance(config, dict) else None
    if not isinstance(roles, dict) or not isinstance(task, dict):
        raise _error('an object with "cluster" and "task"', text)
    others = sorted(set(roles) - set(ROLES))
    if others:
        raise _error(f'a cluster of workers, without "{others[0]}"', text)
    if not roles or not all(_are_addresses(value) for value in roles.values()):
        raise _error('a cluster whose workers are lists of "host:port"', text)
    addresses = tuple(address for role in ROLES for address in roles.get(role, ()))
    if len(set(addresses)) < len(addresses):
        raise _error("a cluster in which every worker has an address of its own", text)
    own = roles.get(task.get("type"), ())
    if not is_integer(task.get("index")) or not 0 <= task["index"] < len(own):
        raise _error("a task that is one of the workers of the cluster", text)
    tasks = [f"{role}:{i}" for role in ROLES for i in range(len(roles.get(role, ())))]
    index = addresses.index(own[task["index"]])
    return Cluster(addresses, index, tuple(tasks))


def worker_index():
    """Tell which of the workers this process is.

    Worker 0 is the one that writes what should be written once, as
    `training.Checkpoints` does.

    Returns:
        Integer, counted from 0; 0 where `TF_CONFIG` is not set.

    Raises:
        ValueError: If `TF_CONFIG` is malformed.

    Example:

    >>> worker_index()
    0
    """
    cluster = read_cluster()
    return 0 if cluster is None else cluster.index


def num_workers():
    """Count the processes that train together.

    Returns:
        Integer; 1 where `TF_CONFIG` is not set.

    Raises:
        ValueError: If `TF_CONFIG` is malformed.

    Example:

    >>> num_workers()
    1
    """
    cluster = read_cluster()
    return 1 if cluster is None else len(cluster.addresses)


def _are_addresses(value):
    return isinstance(value, list) and bool(value) and all(map(_is_address, value))


def _is_address(value):
    if not isinstance(value, str):
        return False
    host, _, port = value.rpartition(":")
    return bool(host) and port.isdecimal() and 0 < int(port) < 2**16


def _error(must_be, text):
    shown = text if len(text) <= 300 else text[:300] + " …"
    return ValueError(
        f"strategy: the environment variable TF_CONFIG must be {must_be}. "
        f"Received: {shown} What would do: {_EXAMPLE}"
    )
