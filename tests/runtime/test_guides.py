"""What the guides on several GPUs and several machines say in Python is true."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fmkeras.commands.launch import launch

GUIDES = Path(__file__).parents[2] / "docs" / "guides"


def blocks(name):
    text = (GUIDES / f"{name}.md").read_text("utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


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
