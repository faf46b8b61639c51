"""`fmkeras launch`: workers that are told who they are, heard, and ended together."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from fmkeras.commands.launch import WorkerError, free_ports, launch, worker_environment


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)


@pytest.fixture
def script(tmp_path):
    """Write a script whose workers know their index; give its path."""

    def write(text):
        path = tmp_path / "train.py"
        path.write_text(
            "import json, os, signal, sys, time\n"
            "config = json.loads(os.environ['TF_CONFIG'])\n"
            "index = config['task']['index']\n" + text,
            "utf-8",
        )
        return path

    return write


@pytest.fixture
def run():
    """Launch a script; give the lines of its workers, each worker's in order."""

    def run(path, *arguments, workers=2):
        lines = []
        try:
            launch(path, arguments, workers, lines.append)
        finally:
            run.lines = sorted(lines, key=lambda line: line.split("]")[0])
        return run.lines

    return run


def test_every_worker_is_told_who_it_is(script, run):
    path = script("print(json.dumps(config), sys.argv[1:])")
    lines = run(path, "--epochs", "3", workers=3)
    heads = [line[:11] for line in lines]
    assert heads == ["[worker 0] ", "[worker 1] ", "[worker 2] "]
    configs = [json.loads(line[11:].rpartition(" [")[0]) for line in lines]
    assert [config["task"] for config in configs] == [
        {"type": "worker", "index": index} for index in range(3)
    ]
    (addresses,) = {tuple(config["cluster"]["worker"]) for config in configs}
    assert len(set(addresses)) == 3
    assert all(address.startswith("127.0.0.1:") for address in addresses)
    assert all(line.endswith("['--epochs', '3']") for line in lines)


def test_lines_of_both_streams_come_in_order_and_odd_bytes_do_no_harm(script, run):
    path = script(
        "print('one'); print('two', file=sys.stderr, flush=True)\n"
        "sys.stdout.buffer.write(b'\\xff three\\n\\nlast, unended')"
    )
    assert run(path, workers=1) == [
        "[worker 0] one",
        "[worker 0] two",
        "[worker 0] \ufffd three",
        "[worker 0] ",
        "[worker 0] last, unended",
    ]


def test_cores_are_shared_and_settings_by_hand_stay(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(7)), False)
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.delenv(name, raising=False)
    environment = worker_environment(["a:1", "b:2"], 1)
    assert environment["TF_NUM_INTRAOP_THREADS"] == "3"
    assert environment["TF_NUM_INTEROP_THREADS"] == "3"
    assert environment["OMP_NUM_THREADS"] == "5"
    many = worker_environment([f"a:{port}" for port in range(1, 9)], 0)
    assert many["TF_NUM_INTRAOP_THREADS"] == "1"


def test_ports_are_free_and_differ():
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert all(0 < port < 2**16 for port in ports)


def test_when_one_fails_it_is_named_and_the_others_are_ended(script, run):
    path = script(
        "print(os.getpid(), flush=True)\n"
        "if index == 1:\n    time.sleep(0.3); sys.exit(7)\n"
        "time.sleep(600)"
    )
    start = time.monotonic()
    with pytest.raises(WorkerError) as error:
        run(path)
    assert time.monotonic() - start < 30
    assert (
        str(error.value)
        == "launch: worker 1 has failed (exit code 7); the others were ended."
    )
    assert error.value.exit_code == 7
    for line in run.lines:
        with pytest.raises(ProcessLookupError):
            os.kill(int(line[11:]), 0)


def test_a_worker_that_will_not_end_is_made_to(script, run, monkeypatch):
    monkeypatch.setattr("fmkeras.commands.launch._GRACE", 0.2)
    monkeypatch.setattr("fmkeras.commands.launch._SECONDS_TO_END", 0.5)
    path = script(
        "if index == 1:\n    time.sleep(0.5); sys.exit(1)\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(os.getpid(), flush=True)\ntime.sleep(600)"
    )
    with pytest.raises(WorkerError):
        run(path)
    with pytest.raises(ProcessLookupError):
        os.kill(int(run.lines[0][11:]), 0)


def test_a_signal_is_named(script, run):
    path = script("os.kill(os.getpid(), signal.SIGKILL) if index == 0 else None")
    with pytest.raises(WorkerError) as error:
        run(path)
    assert str(error.value) == "launch: worker 0 has failed (signal 9, Killed)."
    assert error.value.exit_code == 137


def test_a_script_that_is_not_there_is_refused(tmp_path):
    path = tmp_path / "none.py"
    with pytest.raises(FileNotFoundError) as error:
        launch(path, [], 2, print)
    assert str(error.value) == f"launch: there is no script {path}."


def test_a_cluster_that_is_set_already_is_not_overwritten(script, monkeypatch):
    path = script("")
    monkeypatch.setenv("TF_CONFIG", "{}")
    with pytest.raises(ValueError) as error:
        launch(path, [], 2, print)
    assert str(error.value) == (
        "launch: `TF_CONFIG` must be unset: each worker gets one of its own. Received: "
        "TF_CONFIG='{}'. What would do: python SCRIPT where the cluster has set it."
    )


def at_the_terminal(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "fmkeras.cli", "launch", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def test_the_exit_code_is_that_of_the_worker(script):
    path = script("sys.exit(int(sys.argv[1]) * index)")
    process = at_the_terminal("--workers", 2, path, 5)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 5
    assert err.startswith("Error: launch: worker 1 has failed (exit code 5)")
    process = at_the_terminal(path, 0)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize(
    ("number", "code", "heard"),
    [(signal.SIGINT, 130, "Interrupted."), (signal.SIGTERM, 143, "from outside")],
)
def test_ctrl_c_and_termination_reach_the_workers(script, number, code, heard):
    path = script(
        "try:\n    print(os.getpid(), flush=True)\n    time.sleep(600)\n"
        "except KeyboardInterrupt:\n    print('saved', flush=True)"
    )
    process = at_the_terminal(path)
    pids = [int(process.stdout.readline()[11:]) for _ in range(2)]
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert heard in err
    if number == signal.SIGINT:
        assert sorted(out.splitlines()) == ["[worker 0] saved", "[worker 1] saved"]
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
