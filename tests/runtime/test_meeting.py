"""The meeting before the training: who is missing, and who was told otherwise."""

import json
import socket
import threading
import time
from contextlib import suppress

import pytest

from fmkeras.commands.launch import free_ports
from fmkeras.runtime import meeting
from fmkeras.runtime.cluster import Cluster
from fmkeras.runtime.meeting import meet

ADVICE = {"seed": "one seed"}


@pytest.fixture
def addresses():
    return [f"127.0.0.1:{port}" for port in free_ports(3)]


def gather(clusters, seeds, timeout=20.0):
    """Let workers meet in threads; give what each of them met with."""
    ends = {}

    def attend(place, cluster, seed):
        try:
            meet(cluster, {"seed": seed}, ADVICE, timeout)
            ends[place] = None
        except Exception as error:
            ends[place] = error

    threads = [
        threading.Thread(target=attend, args=(place, cluster, seed))
        for place, (cluster, seed) in enumerate(zip(clusters, seeds, strict=True))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [ends[place] for place in range(len(clusters))]


def call(address, words):
    """Say something to a worker as soon as it listens, and hear it out."""
    host, _, port = address.rpartition(":")
    for _ in range(500):
        with suppress(ConnectionRefusedError):
            with socket.create_connection((host, int(port))) as connection:
                connection.sendall(words)
                if words.endswith(b"}\n") and words != b"{}\n":
                    connection.recv(10_000)
            return
        time.sleep(0.02)


def call_as(addresses, index):
    """Say who one is, without listening where the list says."""
    message = {"index": index, "facts": {"cluster": addresses, "seed": 5}}
    call(addresses[0], json.dumps(message).encode() + b"\n")


def cluster(addresses, index):
    return Cluster(tuple(addresses), index, ())


def test_three_workers_find_one_another_and_free_their_ports(addresses):
    clusters = [cluster(addresses, index) for index in range(3)]
    assert gather(clusters, [5, 5, 5]) == [None] * 3
    assert gather(clusters, [5, 5, 5]) == [None] * 3


def test_a_late_worker_is_waited_for(addresses):
    clusters = [cluster(addresses[:2], index) for index in range(2)]
    ends = []
    early = threading.Thread(
        target=lambda: ends.append(gather(clusters[1:], [5])), daemon=True
    )
    early.start()
    time.sleep(0.5)
    assert gather(clusters[:1], [5]) == [None]
    early.join()
    assert ends == [[None]]


def test_all_hear_who_was_told_otherwise(addresses):
    clusters = [cluster(addresses[:2], index) for index in range(2)]
    message = (
        "strategy: the workers must agree about `seed`. Received: seed=5 (worker 0), "
        "seed=6 (worker 1). What would do: one seed."
    )
    ends = gather(clusters, [5, 6])
    assert [(type(end), str(end)) for end in ends] == [(ValueError, message)] * 2


def test_unequal_clusters_are_shown(addresses):
    one, two, three = addresses
    clusters = [cluster([one, two], 0), cluster([one, three], 1)]
    message = (
        "strategy: the workers must agree about `cluster`. Received: "
        f"cluster=['{one}', '{two}'] (worker 0), cluster=['{one}', '{three}'] "
        "(worker 1). What would do: the same cluster in the TF_CONFIG of every worker."
    )
    ends = gather(clusters, [5, 5])
    assert [(type(end), str(end)) for end in ends] == [(ValueError, message)] * 2


@pytest.mark.parametrize(("index", "callers"), [(1, 2), (0, 1)])
def test_two_processes_cannot_be_the_same_worker(addresses, index, callers):
    clusters = [cluster(addresses, 0)]
    twins = [
        threading.Thread(target=call_as, args=(addresses, index))
        for _ in range(callers)
    ]
    for twin in twins:
        twin.start()
    (end,) = gather(clusters, [5])
    for twin in twins:
        twin.join()
    assert isinstance(end, ValueError)
    assert str(end) == (
        f"strategy: two processes say that they are worker {index}. What would do: "
        'another "index" in the "task" of each TF_CONFIG.'
    )


def test_who_does_not_come_is_named(addresses):
    (end,) = gather([cluster(addresses, 0)], [5], timeout=0.3)
    assert isinstance(end, TimeoutError)
    assert str(end) == (
        f"strategy: no word within 0.3 s from worker 1 ({addresses[1]}), 2 "
        f"({addresses[2]}). What would do: start every worker with the same TF_CONFIG, "
        f"or see whether its machine reaches worker 0 ({addresses[0]})."
    )


@pytest.mark.parametrize(
    ("host", "reason"),
    [("127.0.0.1", "Connection refused"), ("no-such-host.invalid", None)],
)
def test_a_host_that_is_not_reached_is_named(addresses, host, reason):
    address = f"{host}:{addresses[0].rpartition(':')[2]}"
    (end,) = gather([cluster([address, addresses[1]], 1)], [5], timeout=0.3)
    assert isinstance(end, TimeoutError)
    before = f"strategy: worker 0 ({address}) was not reached within 0.3 s ("
    after = (
        "). What would do: start it with the same TF_CONFIG, or see to the name, the "
        "port and the firewall."
    )
    assert str(end).startswith(before)
    assert str(end).endswith(after)
    if reason:  # how a resolver words its failure differs between systems
        assert str(end) == before + reason + after


def test_a_stranger_at_the_port_is_no_worker(addresses):
    port = int(addresses[0].rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)) as stranger:

        def answer():
            with stranger.accept()[0] as connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n")

        threading.Thread(target=answer, daemon=True).start()
        (end,) = gather([cluster(addresses[:2], 1)], [5], timeout=0.15)
    assert str(end) == (
        f"strategy: worker 0 ({addresses[0]}) was not reached within 0.15 s (something "
        "else answers there, or it ended). What would do: start it with the same "
        "TF_CONFIG, or see to the name, the port and the firewall."
    )


def test_a_stranger_who_calls_does_not_count(addresses):
    clusters = [cluster(addresses[:2], index) for index in range(2)]
    ends = []
    host = threading.Thread(target=lambda: ends.extend(gather(clusters[:1], [5])))
    host.start()
    for words in (b"GET / HTTP/1.1\r\n", b"{}\n", b"[1]\n", b'"facts"\n', b""):
        call(addresses[0], words)
    assert gather(clusters[1:], [5]) == [None]
    host.join()
    assert ends == [None]


def test_a_stranger_who_says_nothing_holds_nobody_up(addresses, monkeypatch):
    monkeypatch.setattr(meeting, "_PATIENCE", 0.5)
    clusters = [cluster(addresses[:2], index) for index in range(2)]
    ends = []
    host = threading.Thread(target=lambda: ends.extend(gather(clusters[:1], [5])))
    host.start()
    name, _, port = addresses[0].rpartition(":")
    with socket.socket() as silent:
        while silent.connect_ex((name, int(port))):
            time.sleep(0.02)
        assert gather(clusters[1:], [5]) == [None]
    host.join()
    assert ends == [None]


def test_a_machine_that_does_not_know_its_own_name_listens(addresses):
    """As in a container, whose name only the others can resolve."""
    port = int(addresses[0].rpartition(":")[2])
    with meeting._listen(cluster([f"no-such-host.invalid:{port}"], 0)) as listener:
        assert listener.getsockname() == ("0.0.0.0", port)
    with meeting._listen(cluster(addresses, 0)) as listener:
        assert listener.getsockname() == ("127.0.0.1", port)


def test_a_port_in_use_is_refused(addresses):
    port = int(addresses[0].rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        (end,) = gather([cluster(addresses[:2], 0)], [5])
    assert isinstance(end, OSError)
    assert str(end) == (
        f"strategy: worker 0 cannot listen at {addresses[0]}: the port is in use. What "
        "would do: end the program that holds the port, or write another port into "
        "the TF_CONFIG of every worker."
    )


def test_an_address_that_does_not_lead_back_is_named(addresses, monkeypatch):
    """Worker 1 listens elsewhere than its list says, as behind a wrong port map."""
    monkeypatch.setattr(meeting, "_SETTLING", 0.3)
    pair = addresses[:2]
    threading.Thread(target=call_as, args=(pair, 1), daemon=True).start()
    (end,) = gather([cluster(pair, 0)], [5])
    assert isinstance(end, TimeoutError)
    assert str(end) == (
        f"strategy: worker 1 has come, but worker 0 cannot reach it at {pair[1]} "
        "(Connection refused). What would do: an address in TF_CONFIG that the other "
        "workers reach, and a port that no firewall closes."
    )


def test_a_name_that_is_not_known_at_once_is_tried_again(addresses, monkeypatch):
    """As that of a new pod, which comes before its name does."""
    attempt, tried = meeting._try, []

    def unknown_at_first(address):
        tried.append(address)
        return "Name or service not known" if len(tried) < 3 else attempt(address)

    monkeypatch.setattr(meeting, "_try", unknown_at_first)
    pair = addresses[:2]
    assert gather([cluster(pair, index) for index in range(2)], [5, 5]) == [None] * 2
    assert tried == [pair[1]] * 3
