"""`TF_CONFIG`: who works together, and every way to get it wrong."""

import json

import pytest

from fmkeras import runtime
from fmkeras.runtime.cluster import Cluster, read_cluster

WOULD_DO = (
    'What would do: {"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]}, '
    '"task": {"type": "worker", "index": 0}}'
)
ADDRESSES = ["a.example:1", "b.example:22", "[::1]:333"]


def config(cluster, role="worker", index=0):
    return json.dumps({"cluster": cluster, "task": {"type": role, "index": index}})


@pytest.fixture
def set_config(monkeypatch):
    return lambda text: monkeypatch.setenv("TF_CONFIG", text)


def test_workers_are_numbered_as_listed(set_config):
    set_config(config({"worker": ADDRESSES}, index=2))
    assert read_cluster() == Cluster(
        tuple(ADDRESSES), 2, ("worker:0", "worker:1", "worker:2")
    )
    assert runtime.worker_index() == 2
    assert runtime.num_workers() == 3


def test_a_chief_comes_before_the_workers(set_config):
    roles = {"worker": ADDRESSES[1:], "chief": ADDRESSES[:1]}
    set_config(config(roles, index=1))
    assert read_cluster() == Cluster(
        tuple(ADDRESSES), 2, ("chief:0", "worker:0", "worker:1")
    )
    set_config(config(roles, role="chief"))
    assert runtime.worker_index() == 0


@pytest.mark.parametrize("text", [None, "", "  "])
def test_without_it_there_is_one_worker(monkeypatch, text):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if text is not None:
        monkeypatch.setenv("TF_CONFIG", text)
    assert read_cluster() is None
    assert runtime.worker_index() == 0
    assert runtime.num_workers() == 1


A_LIST = 'a cluster whose workers are lists of "host:port"'
A_TASK = "a task that is one of the workers of the cluster"


@pytest.mark.parametrize(
    ("text", "must_be"),
    [
        ("{'cluster': 1}", "JSON"),
        ("[1]", 'an object with "cluster" and "task"'),
        ('{"cluster": {"worker": ["a:1"]}}', 'an object with "cluster" and "task"'),
        (
            config({"worker": ["a:1"], "ps": ["b:1"]}),
            'a cluster of workers, without "ps"',
        ),
        (config({}), A_LIST),
        (config({"worker": []}), A_LIST),
        (config({"worker": "a:1"}), A_LIST),
        (config({"worker": ["a"]}), A_LIST),
        (config({"worker": ["a:1", "b:2"], "chief": []}), A_LIST),
        (config({"worker": [":1"]}), A_LIST),
        (config({"worker": ["a:0"]}), A_LIST),
        (config({"worker": ["a:65536"]}), A_LIST),
        (config({"worker": [7]}), A_LIST),
        (
            config({"worker": ["a:1", "a:1"]}),
            "a cluster in which every worker has an address of its own",
        ),
        (config({"worker": ["a:1"]}, index=1), A_TASK),
        (config({"worker": ["a:1"]}, index=-1), A_TASK),
        (config({"worker": ["a:1"]}, index="0"), A_TASK),
        (config({"worker": ["a:1"]}, role="chief"), A_TASK),
    ],
)
def test_says_what_is_wrong_with_it(set_config, text, must_be):
    set_config(text)
    with pytest.raises(ValueError) as error:
        read_cluster()
    assert str(error.value) == (
        f"strategy: the environment variable TF_CONFIG must be {must_be}. "
        f"Received: {text} {WOULD_DO}"
    )


def test_a_long_one_is_shown_in_part(set_config):
    set_config("x" * 301)
    with pytest.raises(ValueError) as error:
        read_cluster()
    assert f"Received: {'x' * 300} … What" in str(error.value)
