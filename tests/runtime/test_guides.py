"""What the guides on several GPUs and several machines say in Python is true."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from fmkeras.commands.launch import launch
from fmkeras.runtime.cluster import Cluster

GUIDES = Path(__file__).parents[2] / "docs" / "guides"


def blocks(name, language="python"):
    text = (GUIDES / f"{name}.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def told_by(script, folder, **environment):
    """Run a script of the guide where `python` says what cluster it finds."""
    say = "from fmkeras.runtime import cluster; print(cluster.read_cluster())"
    commands = {
        "python": f'[ "$1" = train.py ] && exec {sys.executable} -c "{say}"',
        "scontrol": '[ "$*" = "show hostnames node[1-3]" ] && printf "node%d\n" 1 2 3',
        "srun": 'for n in 0 1 2; do SLURM_PROCID=$n "$@" || exit 1; done',
    }
    for name, line in commands.items():
        (folder / name).write_text(f"#!/bin/bash\n{line}\n", "utf-8")
        (folder / name).chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


def clusters(addresses, indices):
    tasks = tuple(f"worker:{index}" for index in range(len(addresses)))
    return [str(Cluster(addresses, index, tasks)) for index in indices]


needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


@needs_bash
def test_by_hand_the_workers_are_told_who_they_are(tmp_path):
    (script,) = (x for x in blocks("several-machines", "sh") if "10.0.0.1" in x)
    addresses = ("10.0.0.1:2222", "10.0.0.2:2222")
    assert told_by(script, tmp_path) == clusters(addresses, [0])


@needs_bash
def test_on_slurm_the_workers_are_told_who_they_are(tmp_path):
    (script,) = (x for x in blocks("several-machines", "sh") if "#SBATCH" in x)
    told = told_by(script, tmp_path, SLURM_JOB_NODELIST="node[1-3]")
    addresses = tuple(f"node{number}:2222" for number in (1, 2, 3))
    assert told == clusters(addresses, range(3))


@needs_bash
@pytest.mark.parametrize("index", [0, 1])
def test_on_kubernetes_the_workers_are_told_who_they_are(tmp_path, index):
    (text,) = blocks("several-machines", "yaml")
    service, job = yaml.safe_load_all(text)
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["bash", "-c"]
    (script,) = container["args"]
    told = told_by(script, tmp_path, JOB_COMPLETION_INDEX=str(index))
    # A pod is called by the job, its number and the service of its subdomain.
    name, pod = job["metadata"]["name"], job["spec"]["template"]["spec"]
    assert pod["subdomain"] == service["metadata"]["name"]
    addresses = tuple(
        f"{name}-{number}.{pod['subdomain']}:2222"
        for number in range(job["spec"]["completions"])
    )
    assert told == clusters(addresses, [index])


@pytest.mark.slow
def test_the_blocks_on_several_gpus_run_each_in_a_process_of_its_own(tmp_path):
    first, second = blocks("several-gpus")
    for block, said in ((first, "val_accuracy"), (second, "MirroredStrategy")):
        process = subprocess.run(
            [sys.executable, "-c", block], capture_output=True, text=True, cwd=tmp_path
        )
        assert process.returncode == 0, process.stderr
        assert said in process.stdout


@pytest.mark.slow
def test_the_script_on_several_machines_runs_as_two_workers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TF_CONFIG", raising=False)
    (script,) = blocks("several-machines")
    path = tmp_path / "train.py"
    path.write_text(script, "utf-8")
    lines = []
    launch(path, [], workers=2, show=lines.append)
    progress = [line for line in lines if "Epoch" in line]
    assert progress == [f"[worker 0] Epoch {epoch}/5" for epoch in range(1, 6)]
    assert (tmp_path / "digits.keras").is_file()
    checkpoints = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert checkpoints[-1] == "checkpoint-0005"
