"""`fmkeras train --resume`: what it refuses, and that it ends with the same model."""

import io
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict

import keras
import numpy as np
import pytest
from rich.console import Console

from fmkeras.commands import resume, watching
from fmkeras.commands.plan import Plan
from fmkeras.commands.train import fingerprint, how_to_go_on, how_to_write, train
from fmkeras.runtime.checkpoint_folder import newest_checkpoint, write_checkpoint

STORY = "the cat sat on the mat and saw the dog that sat on the cat. " * 40
SMALL = {"layers": 1, "heads": 2, "width": 8, "context": 8, "batch_size": 4}
STEPS = {"steps": 40, "sample_every": 16, "dropout": 0.2, "seed": 3}


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "story.txt"
    path.write_text(STORY, "utf-8")
    return path


def new_console():
    return Console(file=io.StringIO(), width=10_000)


def go_on(folder, **options):
    console = new_console()
    resume.go_on(console, folder, **options)
    return console.file.getvalue()


def begin(text, folder, **options):
    console = new_console()
    train(str(text), folder, Plan(**{**SMALL, **options}), console)
    return console.file.getvalue()


def state_of(folder):
    """Read all that learns: weights, the optimiser and its step, and the dropout."""
    checkpoint = newest_checkpoint(folder, "test")
    model = keras.saving.load_model(checkpoint.path / "model.keras")
    seeds = checkpoint.state["random"]
    assert len(seeds) == 4
    variables = [*model.weights, *model.optimizer.variables]
    return [keras.ops.convert_to_numpy(value) for value in [*variables, seeds]]


def assert_same(folder, other):
    for a, b in zip(state_of(folder), state_of(other), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture(scope="module")
def whole(story, tmp_path_factory):
    """Train without an interruption: the folder and what was shown."""
    folder = tmp_path_factory.mktemp("whole") / "cat"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watching, "_SAMPLE", 3)
        shown = begin(story, folder, **STEPS)
    return folder, shown


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(watching, "_SAMPLE", 3)


def told_at(shown):
    return [int(step) for step in re.findall(r"\nStep (\d+) of 40, ", shown)]


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_after_ctrl_c_it_ends_with_the_same_model(story, whole, tmp_path, monkeypatch):
    folder = tmp_path / "cat"
    with monkeypatch.context() as patch:

        def press_ctrl_c(self, batch, logs=None):
            if self.step == 24:  # in the middle of the second section
                raise KeyboardInterrupt

        patch.setattr(watching._Watch, "on_train_batch_end", press_ctrl_c)
        with pytest.raises(KeyboardInterrupt) as told:
            begin(story, folder, **STEPS)
    assert str(told.value) == (
        f"Interrupted at step 24 of 40. Saved in {folder}.\n{how_to_go_on(folder)}\n"
        f"{how_to_write(folder, 'the')}"
    )
    shown = go_on(folder, layers=1, dropout=0.2)  # the same once more does no harm
    assert f"\nGoing on: at step 24, from {folder}/checkpoint-0003\n" in shown
    assert told_at(whole[1]) == [16, 32, 40]
    assert told_at(shown) == [32, 40]
    assert shown.splitlines()[-2] == whole[1].splitlines()[-2]  # the held-out loss
    assert_same(folder, whole[0])


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_a_damaged_checkpoint_is_named_and_the_one_before_goes_on(whole, tmp_path):
    folder = tmp_path / "cat"
    shutil.copytree(whole[0], folder)
    model = folder / "checkpoint-0004" / "model.keras"
    model.write_bytes(model.read_bytes()[:-1])
    shown = go_on(folder)
    assert shown.startswith(
        f"train: in '{folder}', checkpoint-0004 is damaged (the checksum of its "
        "model.keras is wrong); checkpoint-0003, of step 32, was taken.\n"
    )
    assert told_at(shown) == [40]
    assert_same(folder, whole[0])


@pytest.mark.slow
def test_what_is_done_is_measured_once_more(whole):
    folder, before = whole
    shown = go_on(folder)
    assert "Going on: at step 40, from " in shown
    assert "\nStep " not in shown
    assert shown.splitlines()[-2:] == before.splitlines()[-2:]
    assert newest_checkpoint(folder, "test").path.name == "checkpoint-0004"


def begun(home, text, **changes):
    """Write a checkpoint as light as the errors need it."""
    plan = Plan(**{**SMALL, **changes})
    notes = {
        "source": str(text),
        "text_sha256": fingerprint(STORY),
        "num_held_out": 240,
        **asdict(plan),
    }

    def write(part):
        (part / "tokenizer.json").write_text("{}")

    write_checkpoint(home, write, {"step": 3, "training": notes}, "test")
    return home


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"batch_size": 5},
            "train: `--batch-size` must be what the training in 'HOME' began with, 4. "
            "Received: --batch-size=5. What would do: --resume without --batch-size, "
            "or a training in a new folder.",
        ),
        (
            {"width": 8, "steps": 7},
            "train: `--steps` must be what the training in 'HOME' began with, the "
            "default. Received: --steps=7. What would do: --resume without --steps, or "
            "a training in a new folder.",
        ),
        (
            {"output": "elsewhere"},
            "train: `--resume` goes on in its own folder, 'HOME'. Received: "
            "--output=elsewhere as well. What would do: --resume without --output.",
        ),
        (
            {"force": True},
            "train: `--resume` goes on in its own folder, 'HOME'. Received: --force "
            "as well. What would do: --resume without --force.",
        ),
    ],
)
def test_other_options_are_refused(story, tmp_path, given, told):
    home = begun(tmp_path / "cat", story)
    with pytest.raises(ValueError) as error:
        go_on(home, **given)
    assert str(error.value) == told.replace("HOME", str(home))


def test_another_text_is_refused(story, tmp_path):
    home = begun(tmp_path / "cat", story)
    other = tmp_path / "other.txt"
    other.write_text(STORY[:-1] + "!")
    with pytest.raises(ValueError) as error:
        go_on(home, text=str(other))
    assert str(error.value) == (
        f"train: '{other}' is not the text that the training in '{home}' began with: "
        "its SHA-256 is another. What would do: the text as it was then, with `fmkeras "
        "train TEXT --resume FOLDER` if it is somewhere else, or a new folder."
    )


def test_a_training_that_still_runs_is_not_gone_on_with(
    story, tmp_path, another_writer
):
    home = begun(tmp_path / "cat", story)
    process = another_writer(home)
    with pytest.raises(OSError) as error:
        go_on(home)
    assert str(error.value) == (
        f"train: '{home}' is in use: process {process.pid} on {socket.gethostname()} "
        "writes to it. What would do: wait until that process has ended, or another "
        "folder."
    )


def test_a_text_that_is_gone_is_told(tmp_path):
    home = begun(tmp_path / "cat", tmp_path / "gone.txt")
    with pytest.raises(OSError) as error:
        go_on(home)
    assert str(error.value).startswith(
        f"train: '{tmp_path / 'gone.txt'}' cannot be read (No such file or directory). "
    )


def test_a_folder_that_does_not_say_how_it_began_is_told(story, tmp_path):
    home = tmp_path / "cat"
    write_checkpoint(home, lambda part: None, {"step": 3, "training": {}}, "test")
    with pytest.raises(ValueError) as error:
        go_on(home)
    assert str(error.value) == (
        f"train: '{home / 'checkpoint-0001'}' does not say how its training began "
        "('tokenizer'). What would do: a folder that `fmkeras train` wrote."
    )


def test_with_a_text_it_begins_where_there_is_no_checkpoint(story, tmp_path):
    with pytest.raises(ValueError) as error:  # and the options count as given
        go_on(tmp_path / "new", text=str(story), context=900)
    assert "--context=900" in str(error.value)
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.usefixtures("quick")
def test_after_kills_of_the_command_it_ends_with_the_same_model(story, tmp_path):
    """Twice at any moment after the first sign of life, the same command each time."""
    folder, chance = tmp_path / "cat", random.Random()
    options = {**SMALL, "steps": 160, "sample_every": 16, "dropout": 0.2}
    command = [sys.executable, "-m", "fmkeras.cli", "train", story, "--resume", folder]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", value]
    command = list(map(str, command))
    for _ in range(2):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        while not process.stdout.readline().startswith("Training: "):
            assert process.poll() is None
        time.sleep(chance.uniform(0, 9))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    end = subprocess.run(command, capture_output=True, text=True)
    assert end.returncode == 0, end.stderr
    other = tmp_path / "whole"
    shown = begin(story, other, **options)
    assert end.stdout.splitlines()[-2] == shown.splitlines()[-2]
    assert_same(folder, other)
