"""One device, two devices, two processes: the same weights, and errors in words."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.eager import context

from fmkeras import models, runtime
from fmkeras.commands.launch import free_ports, launch, worker_environment
from fmkeras.runtime import distribution, on_tensorflow
from fmkeras.runtime.cluster import Cluster
from fmkeras.runtime.pipelines import assert_whole_batches, share_of_batches
from fmkeras.runtime.replicas import num_replicas

HERE = Path(__file__).parent
MODELS = ("mlp", "lenet5", "decoder")


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)


def set_cluster(monkeypatch, addresses, index=0):
    config = {
        "cluster": {"worker": addresses},
        "task": {"type": "worker", "index": index},
    }
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))


# What one device, two devices of a process, and two processes make of three models.


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def one(folder):
    script = runpy.run_path(str(HERE / "distributed_training.py"))
    script["main"]("one", folder)
    return np.load(folder / "one0.npz")


@pytest.fixture(scope="module")
def mirrored(folder):
    script = HERE / "distributed_training.py"
    subprocess.run([sys.executable, script, "mirrored", folder], check=True)
    return np.load(folder / "mirrored0.npz")


@pytest.fixture(scope="module")
def workers(folder):
    lines = []
    script = HERE / "distributed_training.py"
    launch(script, ["workers", str(folder)], workers=2, show=lines.append)
    assert {line for line in lines if "finished" in line} == {
        "[worker 0] finished workers0",
        "[worker 1] finished workers1",
    }
    return [np.load(folder / f"workers{index}.npz") for index in range(2)]


def compare(result, oracle, model):
    """Hold weights to 1e-6; what a step reports is summed in another order."""
    names = [name for name in oracle.files if name.startswith(f"{model}/")]
    assert len(names) > 8
    for name in names:
        bounds = {"atol": 1e-6, "rtol": 0.0}
        if "/history/" in name:
            bounds = {"atol": 0.0, "rtol": 1e-6}
        np.testing.assert_allclose(
            result[name], oracle[name], **bounds, err_msg=name, strict=True
        )


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_two_devices_end_with_the_weights_of_one(mirrored, one, model):
    assert str(mirrored["strategy"]) == "MirroredStrategy"
    compare(mirrored, one, model)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("index", [0, 1])
def test_two_processes_end_with_the_weights_of_one(workers, one, model, index):
    assert str(workers[index]["strategy"]) == "CollectiveAllReduceStrategy"
    compare(workers[index], one, model)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_the_models_have_learnt_something_to_compare(one, model):
    first, last = one[f"{model}/history/loss"]
    assert last < first


@pytest.mark.slow
def test_dropout_lets_no_worker_drift(workers):
    first, second = (worker["dropout"] for worker in workers)
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, second)


@pytest.mark.slow
def test_a_batch_that_does_not_divide_is_refused_in_words(mirrored, workers):
    message = (
        "{}: `batch_size` must be a multiple of the 2 replicas that share a batch. "
        "Received: batch_size={}. What would do: {}."
    )
    for result in (mirrored, *workers):
        assert result["errors"].tolist() == [
            message.format("fit", 5, 4),
            message.format("evaluate", 7, 6),
            message.format("predict", 3, 2),
            "predict: every one of the 2 replicas needs a row of each batch. Received: "
            "a batch with rows=1. What would do: another batch_size, so that more rows "
            "are left for the last batch, or drop_remainder=True.",
        ]


@pytest.mark.slow
def test_one_device_takes_any_batch(one):
    assert one["errors"].tolist() == []


# A worker that dies, and the run that goes on.


LOST = (
    "fit: worker {} ({}) was lost: it has ended, hangs or can no longer be reached. "
    "What would do: see its own output for the reason, then start every worker again; "
    "with training.Checkpoints they go on where they were."
)


def survivors(folder, victim):
    """Run two workers apart; give their addresses, outputs, errors and exit codes."""
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
    processes = [
        subprocess.Popen(
            [sys.executable, HERE / "survivors.py", folder, victim],
            env=worker_environment(addresses, index),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        for index in range(2)
    ]
    said = [process.communicate(timeout=300) for process in processes]
    outputs, errors = zip(*said, strict=True)
    return addresses, outputs, errors, [process.returncode for process in processes]


def assert_ended_in_words(output, lost, address):
    seconds, message = output.splitlines()[-1].split(" s: ")
    assert int(seconds) < 60
    assert message == LOST.format(lost, address)


@pytest.fixture(scope="module")
def death(tmp_path_factory):
    """Let worker 1 be killed."""
    folder = tmp_path_factory.mktemp("survivors")
    return folder, *survivors(folder, "1")


@pytest.mark.slow
def test_a_worker_that_is_killed_ends_the_others_with_a_sentence(death):
    _, addresses, outputs, _, codes = death
    assert codes == [9, -9]
    assert_ended_in_words(outputs[0], 1, addresses[1])


@pytest.mark.slow
def test_the_first_worker_too_may_be_killed(tmp_path):
    """It is the one whose service the others lean on."""
    addresses, outputs, _, codes = survivors(tmp_path, "0")
    assert codes == [-9, 9]
    assert_ended_in_words(outputs[1], 0, addresses[0])


@pytest.mark.slow
def test_a_folder_that_is_in_use_ends_all_workers(tmp_path, another_writer):
    """Only worker 0 asks for the lock; the other must not wait for it for ever."""
    process = another_writer(tmp_path / "checkpoints")
    addresses, outputs, errors, codes = survivors(tmp_path, "")
    assert codes == [1, 9]
    assert f"is in use: process {process.pid} on " in errors[0].splitlines()[-1]
    assert_ended_in_words(outputs[1], 0, addresses[0])


@pytest.mark.slow
def test_the_run_goes_on_and_ends_as_if_nothing_had_happened(death, tmp_path):
    folder = death[0]
    lines = []
    launch(HERE / "survivors.py", [str(folder), ""], workers=2, show=lines.append)
    assert {line for line in lines if "begins" in line} == {
        "[worker 0] begins at epoch 2",
        "[worker 1] begins at epoch 2",
    }
    subprocess.run([sys.executable, HERE / "survivors.py", tmp_path, ""], check=True)
    oracle = np.load(tmp_path / "1-0.npz")
    for index in range(2):
        resumed = np.load(folder / f"2-{index}.npz")
        for name in oracle.files:
            np.testing.assert_allclose(resumed[name], oracle[name], atol=1e-6)


# What is chosen, and what is refused.


def test_one_device_changes_nothing():
    strategy = runtime.strategy("one")
    assert strategy is tf.distribute.get_strategy()
    with strategy.scope():
        assert num_replicas() == 1
        model = models.mlp(3, (2,), 4)
    assert model.steps_per_execution == 16


def test_this_process_has_one_device_to_offer():
    assert runtime.strategy() is tf.distribute.get_strategy()


@pytest.mark.parametrize(
    ("devices", "kind"), [(["GPU:0"], "one"), (["GPU:0", "GPU:1"], "mirrored")]
)
def test_auto_takes_all_devices_there_are(devices, kind):
    backend = SimpleNamespace(shared_devices=lambda: devices)
    assert distribution._best_kind(None, backend) == kind


def test_auto_joins_the_cluster_there_is_without_starting_the_devices():
    assert distribution._best_kind(object(), object()) == "multi_worker"


@pytest.mark.parametrize(
    ("gpus", "parts", "shared"),
    [
        ([], {}, ["CPU:0"]),
        ([], {"CPU": 3}, ["CPU:0", "CPU:1", "CPU:2"]),
        (["a GPU"], {"CPU": 3}, ["GPU:0"]),
        (["a GPU", "another"], {}, ["GPU:0", "GPU:1"]),
        (["a GPU", "another"], {"another": 2}, ["GPU:0", "GPU:1", "GPU:2"]),
    ],
)
def test_the_gpus_in_use_come_before_the_parts_of_the_cpu(
    monkeypatch, gpus, parts, shared
):
    devices = {"GPU": gpus, "CPU": ["CPU"]}
    monkeypatch.setattr(tf.config, "get_visible_devices", devices.get)
    monkeypatch.setattr(
        tf.config,
        "get_logical_device_configuration",
        lambda device: [None] * parts[device] if device in parts else None,
    )
    assert on_tensorflow.shared_devices() == shared


def test_what_auto_would_give_is_foreseen(monkeypatch):
    assert distribution.foresee() == "one device, CPU:0"
    monkeypatch.setattr(on_tensorflow, "shared_devices", lambda: ["GPU:0", "GPU:1"])
    assert distribution.foresee() == "mirrored over GPU:0, GPU:1"
    set_cluster(monkeypatch, ["a:1", "b:2", "c:3"], index=1)
    monkeypatch.delattr(on_tensorflow, "shared_devices")  # it would be too early
    assert distribution.foresee() == "multi_worker: worker 1 of 3, at b:2"
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(ValueError) as error:
        runtime.strategy()
    assert distribution.foresee() == str(error.value)
    assert "kind='multi_worker'" in str(error.value)
    monkeypatch.setenv("TF_CONFIG", "{")
    assert distribution.foresee().startswith(
        "strategy: the environment variable TF_CONFIG must be JSON. Received: { "
    )


def test_within_a_scope_of_several_steps_are_single_and_plain():
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    strategy.__class__ = type(
        "Two", (type(strategy),), {"num_replicas_in_sync": property(lambda self: 2)}
    )
    with strategy.scope():
        assert num_replicas() == 2
        decoder = models.transformer_decoder(7, 8, 1, 2, 4)
        pairs = models.word2vec(7, 4)
    assert decoder.steps_per_execution == pairs.steps_per_execution == 1
    assert decoder.jit_compile is pairs.jit_compile is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"kind": "miror"},
            "strategy: `kind` must be one of 'auto', 'one', 'mirrored', "
            "'multi_worker'. Received: kind='miror'. What would do: 'mirrored'.",
        ),
        (
            {"timeout": 0},
            "strategy: `timeout` must be a number > 0. Received: timeout=0.",
        ),
        (
            {"kind": "mirrored"},
            "strategy: 'mirrored' needs two GPUs, or two logical CPU devices. "
            "Received: CPU:0. What would do: strategy('one'), or "
            "runtime.use_logical_cpus(2) right after the imports.",
        ),
        (
            {"kind": "multi_worker"},
            "strategy: 'multi_worker' needs the environment variable TF_CONFIG, which "
            "is not set. What would do: fmkeras launch --workers 2 SCRIPT.",
        ),
    ],
)
def test_refusals_are_sentences(arguments, message):
    with pytest.raises(ValueError) as error:
        runtime.strategy(**arguments)
    assert str(error.value) == message


def test_a_backend_without_distribution_has_one_device(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with runtime.strategy().scope():
        assert num_replicas() == 1
    with pytest.raises(ValueError) as error:
        runtime.strategy("mirrored")
    assert str(error.value) == (
        "strategy: `kind` must be 'one' on the backend that Keras uses. Received: "
        "kind='mirrored'. What would do: KERAS_BACKEND=tensorflow or KERAS_BACKEND=jax."
    )


def test_joining_comes_too_late_once_tensorflow_has_begun(monkeypatch):
    tf.constant(1)
    set_cluster(monkeypatch, ["127.0.0.1:2222", "127.0.0.1:2223"])
    with pytest.raises(RuntimeError) as error:
        runtime.strategy()
    assert str(error.value) == (
        "strategy: TensorFlow has already begun to use its devices. What would do: "
        "call runtime.strategy first, right after the imports."
    )


def test_dividing_the_cpu_comes_too_late_once_tensorflow_has_begun():
    tf.constant(1)
    with pytest.raises(RuntimeError) as error:
        runtime.use_logical_cpus(3)
    assert str(error.value) == (
        "use_logical_cpus: TensorFlow has already begun to use its devices. What would "
        "do: call runtime.use_logical_cpus first, right after the imports."
    )


def test_no_number_of_devices_but_a_positive_integer():
    with pytest.raises(ValueError) as error:
        runtime.use_logical_cpus(0)
    assert str(error.value) == (
        "use_logical_cpus: `number` must be a positive integer. Received: number=0."
    )


def test_workers_meet_once_before_they_join(monkeypatch):
    cluster, calls = Cluster(("a:1", "b:2"), 1, ()), []
    backend = SimpleNamespace(
        check_early=lambda: calls.append("early?"),
        versions=lambda: {"tensorflow": "9.9", "keras": "8.8"},
        join=lambda *told: calls.append(told) or object(),
    )
    monkeypatch.setattr(distribution, "_joined", {})
    monkeypatch.setattr(distribution, "meet", lambda *told: calls.append(told))
    runtime.set_seed(5)
    first = distribution._join(backend, cluster, 7.0)
    facts = {"tensorflow": "9.9", "keras": "8.8", "seed": 5}
    assert calls == [
        "early?",
        (cluster, facts, distribution._ADVICE, 7.0),
        (cluster, 7.0),
    ]
    assert distribution._join(backend, cluster, 7.0) is first
    assert len(calls) == 3


def test_for_every_fact_that_is_compared_there_is_advice():
    assert {*on_tensorflow.versions(), "seed"} <= set(distribution._ADVICE)
    assert on_tensorflow.versions() == {
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }


def test_no_wait_of_tensorflow_is_longer_than_was_asked_for(monkeypatch):
    asked, changed = {}, []
    eager = SimpleNamespace(configure_coordination_service=asked.update)
    monkeypatch.setattr(context, "context", lambda: eager)

    class Strategy:
        num_replicas_in_sync = 2

        def __init__(self, communication_options):
            asked["exchange"] = communication_options.timeout_seconds

        def experimental_distribute_dataset(self, dataset, options):
            raise AssertionError

    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", Strategy)
    monkeypatch.setattr(on_tensorflow, "mend_keras", lambda: changed.append("mended"))
    monkeypatch.setattr(on_tensorflow, "word_errors", changed.append)
    cluster = Cluster(("a:1", "b:2"), 0, ())
    assert isinstance(on_tensorflow.join(cluster, 7.0), Strategy)
    eager.configure_coordination_service(service_type="standalone")
    assert asked == {
        "exchange": 7.0,
        "service_type": "standalone",
        "heartbeat_timeout_in_ms": 20_000,
        "cluster_register_timeout_in_ms": 7000,
    }
    assert changed == ["mended", cluster]


def test_workers_without_a_seed_would_shuffle_apart(monkeypatch):
    set_cluster(monkeypatch, [f"127.0.0.1:{port}" for port in free_ports(1)])
    monkeypatch.setattr("fmkeras.runtime.on_tensorflow._has_begun", lambda: False)
    monkeypatch.setattr("fmkeras.runtime.distribution._seed", lambda: None)
    with pytest.raises(ValueError) as error:
        runtime.strategy()
    assert str(error.value) == (
        "strategy: the workers must shuffle alike, and none has a seed. What would do: "
        "runtime.set_seed(0), the same for all, before runtime.strategy()."
    )


def test_the_seed_that_workers_compare_is_the_one_that_was_set():
    runtime.set_seed(1234)
    assert distribution._seed() == 1234


# How a pipeline is shared.


def test_every_batch_but_the_last_is_looked_at():
    batches = tf.data.Dataset.range(11).map(lambda x: (x, {"y": x})).batch(4)
    passed = list(assert_whole_batches(batches, 2))
    assert [x.numpy().tolist() for x, _ in passed] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 10],
    ]
    with pytest.raises(tf.errors.InvalidArgumentError, match="a batch of 4 rows for 3"):
        list(assert_whole_batches(batches, 3))
    with pytest.raises(tf.errors.InvalidArgumentError, match="last batch of 3 rows"):
        list(assert_whole_batches(batches, 4))


def test_files_are_not_dealt_out_to_workers_unless_that_was_asked_for():
    policies = tf.data.experimental.AutoShardPolicy
    batches = tf.data.Dataset.range(4).batch(2)
    shared = assert_whole_batches(batches, 2).options()
    assert shared.experimental_distribute.auto_shard_policy == policies.DATA
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = policies.OFF
    kept = assert_whole_batches(batches.with_options(options), 2).options()
    assert kept.experimental_distribute.auto_shard_policy == policies.OFF


def test_each_worker_keeps_its_rows_of_every_batch():
    rows = np.arange(12).reshape(6, 2)
    batches = tf.data.Dataset.from_tensor_slices((rows, {"y": rows[:, 0]})).batch(4)
    kept = [
        [(x.tolist(), y["y"].tolist()) for x, y in share.as_numpy_iterator()]
        for share in (share_of_batches(batches, 2, index) for index in range(2))
    ]
    assert kept[0] == [([[0, 1], [2, 3]], [0, 2]), ([[8, 9]], [8])]
    assert kept[1] == [([[4, 5], [6, 7]], [4, 6]), ([[10, 11]], [10])]
    (alone,) = share_of_batches(tf.data.Dataset.range(2).batch(2), 2, 1)
    assert alone.numpy().tolist() == [1]


def test_what_has_no_rows_is_left_to_tensorflow():
    numbers = tf.data.Dataset.range(3)
    assert assert_whole_batches(numbers, 2) is numbers


def test_the_process_that_reads_this_is_worker_0_of_1():
    assert "TF_CONFIG" not in os.environ
    assert (runtime.worker_index(), runtime.num_workers()) == (0, 1)
