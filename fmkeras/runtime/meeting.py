"""The workers meet before TensorFlow starts: is everybody there, and do they agree?

TensorFlow itself waits for an hour for a worker that never comes, and trains on in
silence where two workers were told different things.
"""

import errno
import json
import socket
import time
from contextlib import ExitStack, suppress

_PATIENCE = 5.0  # seconds for a visitor to say who it is
_PAUSE = 0.2  # seconds between two attempts to reach a worker
_SETTLING = 30.0  # seconds until every name of a new machine is known everywhere
_LONGEST = 2**16  # bytes of a message
_ERRORS = {kind.__name__: kind for kind in (ValueError, TimeoutError)}


def meet(cluster, facts, advice, timeout):
    """Wait until every worker is there, and refuse workers that were told otherwise.

    Worker 0 waits at its port for the others, compares, and sends all the same
    verdict. Each holds the port that it will train with, so that a port in use and
    an address that does not lead to it are found out here.

    Args:
        cluster: `Cluster`.
        facts: Dict of JSON values that must be the same for all workers.
        advice: Dict with, for each fact, a string that completes "What would do: …".
        timeout: Float. Seconds to wait for the others.

    Raises:
        OSError: If this worker's port is in use.
        TimeoutError: If a worker did not come in time.
        ValueError: If the workers do not agree.
    """
    facts = {"cluster": list(cluster.addresses), **facts}
    advice = {"cluster": "the same cluster in the TF_CONFIG of every worker", **advice}
    deadline = time.monotonic() + timeout
    with _listen(cluster) as listener:
        if cluster.index == 0:
            _receive(listener, cluster, facts, advice, deadline, timeout)
        else:
            _visit(cluster, facts, deadline, timeout)


def _receive(listener, cluster, facts, advice, deadline, timeout):
    """Be worker 0: hear everybody, then tell everybody."""
    with ExitStack() as visitors:
        heard, connections = {}, []
        error = None
        while error is None and len(heard) < len(cluster.addresses) - 1:
            connection = _accept(listener, deadline)
            if connection is None:
                error = _absence(cluster, heard, timeout)
                break
            visitors.enter_context(connection)
            message = _read(connection)
            if message is None or "facts" not in message:  # a stranger
                continue
            connections.append(connection)
            index = message.get("index")
            if index == 0 or index in heard:
                error = _twice(index)
            else:
                heard[index] = message["facts"]
                error = _disagreement(facts, heard[index], index, advice)
        error = error or _unreachable(cluster, deadline)
        verdict = error and {"kind": type(error).__name__, "text": str(error)}
        for connection in connections:
            with suppress(OSError):  # it is gone; that will be noticed soon enough
                _write(connection, {"error": verdict})
    if error is not None:
        raise error


def _visit(cluster, facts, deadline, timeout):
    """Be another worker: tell worker 0, and hear what it says."""
    address = cluster.addresses[0]
    reason = "no attempt"
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(_split(address), _PATIENCE) as connection:
                _write(connection, {"index": cluster.index, "facts": facts})
                left = deadline - time.monotonic()
                connection.settimeout(max(left, 0.0) + _PATIENCE)
                verdict = _read(connection)
        except OSError as error:
            reason = error.strerror or str(error)
        else:
            if verdict is not None and "error" in verdict:
                error = verdict["error"]
                if error is None:
                    return
                raise _ERRORS[error["kind"]](error["text"])
            reason = "something else answers there, or it ended"
        time.sleep(_PAUSE)
    raise TimeoutError(
        f"strategy: worker 0 ({address}) was not reached within {timeout:g} s "
        f"({reason}). What would do: start it with the same TF_CONFIG, or see to the "
        "name, the port and the firewall."
    )


def _listen(cluster):
    address = cluster.addresses[cluster.index]
    host, port = _split(address)
    if not _is_this_machine_alone(host):
        host = ""  # a container may not know its own name
    try:
        return socket.create_server((host, port))
    except OSError as error:
        why = error.strerror or str(error)
        if error.errno == errno.EADDRINUSE:
            why = "the port is in use"
        raise OSError(
            f"strategy: worker {cluster.index} cannot listen at {address}: {why}. "
            "What would do: end the program that holds the port, or write another "
            "port into the TF_CONFIG of every worker."
        ) from error


def _accept(listener, deadline):
    listener.settimeout(max(deadline - time.monotonic(), 0.001))
    try:
        connection = listener.accept()[0]
    except TimeoutError:
        return None
    connection.settimeout(_PATIENCE)
    return connection


def _unreachable(cluster, deadline):
    """See whether the addresses in the list lead to the workers that have come."""
    deadline = min(deadline, time.monotonic() + _SETTLING)
    for index, address in enumerate(cluster.addresses[1:], start=1):
        reason = _try(address)
        while reason is not None and time.monotonic() < deadline:
            time.sleep(_PAUSE)
            reason = _try(address)
        if reason is not None:
            return TimeoutError(
                f"strategy: worker {index} has come, but worker 0 cannot reach it at "
                f"{address} ({reason}). What would do: an address in TF_CONFIG that "
                "the other workers reach, and a port that no firewall closes."
            )
    return None


def _try(address):
    """Connect to an address; give the reason where that fails, else `None`."""
    try:
        socket.create_connection(_split(address), _PATIENCE).close()
    except OSError as error:
        return error.strerror or str(error)
    return None


def _disagreement(facts, others, index, advice):
    for name, value in facts.items():
        if others.get(name) != value:
            return ValueError(
                f"strategy: the workers must agree about `{name}`. Received: "
                f"{name}={value!r} (worker 0), {name}={others.get(name)!r} "
                f"(worker {index}). What would do: {advice[name]}."
            )
    return None


def _absence(cluster, heard, timeout):
    absent = [i for i in range(1, len(cluster.addresses)) if i not in heard]
    named = ", ".join(f"{index} ({cluster.addresses[index]})" for index in absent)
    return TimeoutError(
        f"strategy: no word within {timeout:g} s from worker {named}. What would do: "
        "start every worker with the same TF_CONFIG, or see whether its machine "
        f"reaches worker 0 ({cluster.addresses[0]})."
    )


def _twice(index):
    return ValueError(
        f"strategy: two processes say that they are worker {index}. What would do: "
        'another "index" in the "task" of each TF_CONFIG.'
    )


def _split(address):
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _is_this_machine_alone(host):
    return host == "localhost" or host.startswith("127.")


def _write(connection, message):
    connection.sendall(json.dumps(message).encode() + b"\n")


def _read(connection):
    """Read a line of JSON, or give `None` for anything else."""
    received = b""
    with suppress(OSError, ValueError):
        while not received.endswith(b"\n") and len(received) < _LONGEST:
            part = connection.recv(4096)
            if not part:
                return None
            received += part
        message = json.loads(received)
        return message if isinstance(message, dict) else None
    return None
