"""One training at a time goes on in a folder; who was killed is in nobody's way."""

import json
import socket
from pathlib import Path

import keras
import pytest

from fmkeras.runtime.checkpoint_folder import list_checkpoints
from fmkeras.runtime.one_writer import LOCK
from fmkeras.training import Checkpoints

TRAINING = """
import sys, time
import keras
from fmkeras.training import Checkpoints

def wait(epoch, logs):
    if epoch == 2:
        print("it learns", flush=True)
        time.sleep(600)

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
model.compile("adam", "mse")
checkpoints = Checkpoints(sys.argv[1])
step, epoch = checkpoints.restore(model)
callbacks = [checkpoints, keras.callbacks.LambdaCallback(on_epoch_begin=wait)]
x, y = keras.ops.ones((4, 2)), keras.ops.ones((4, 3))
model.fit(x, y, epochs=5, callbacks=callbacks, verbose=0)
"""


def new_model():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    model.compile("adam", "mse")
    return model


def fit(model, checkpoints, epochs, *callbacks):
    x, y = keras.ops.ones((4, 2)), keras.ops.ones((4, 3))
    model.fit(
        x,
        y,
        initial_epoch=checkpoints.epoch,
        epochs=epochs,
        callbacks=[checkpoints, *callbacks],
        verbose=0,
    )


def restored(folder):
    model, checkpoints = new_model(), Checkpoints(folder)
    checkpoints.restore(model)
    return model, checkpoints


def test_a_second_process_is_refused_until_the_first_is_killed(
    tmp_path, another_writer
):
    first = another_writer(tmp_path, TRAINING)
    model, checkpoints = restored(tmp_path)  # to look at is allowed
    assert (checkpoints.step, checkpoints.epoch) == (2, 2)
    before = sorted(tmp_path.iterdir())
    for act in (lambda: fit(model, checkpoints, 3), checkpoints.save):
        with pytest.raises(OSError) as error:
            act()
        assert str(error.value) == (
            f"Checkpoints: '{tmp_path}' is in use: process {first.pid} on "
            f"{socket.gethostname()} writes to it. What would do: wait until that "
            "process has ended, or another folder."
        )
    assert checkpoints.step == 2
    assert sorted(tmp_path.iterdir()) == before
    first.kill()
    first.wait()
    fit(model, checkpoints, 3)
    assert checkpoints.step == 3
    assert [x.name for x in list_checkpoints(tmp_path)] == [
        "checkpoint-0002",
        "checkpoint-0003",
    ]


def test_a_folder_is_kept_for_all_of_fit_and_no_longer(tmp_path, is_free):
    free = []
    look = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda *_: free.append(is_free(tmp_path))
    )
    model, checkpoints = restored(tmp_path)
    fit(model, checkpoints, 2, look)
    assert free == [False, False]
    assert is_free(tmp_path)
    assert not (tmp_path / LOCK).exists()


def test_after_an_error_the_same_process_goes_on(tmp_path, is_free):
    def fail(epoch, logs):
        if epoch == 1:
            raise KeyboardInterrupt

    model, checkpoints = restored(tmp_path)
    stop = keras.callbacks.LambdaCallback(on_epoch_begin=fail)
    with pytest.raises(KeyboardInterrupt):
        fit(model, checkpoints, 3, stop)
    assert not is_free(tmp_path)  # it may go on at any moment
    fit(*restored(tmp_path), 2)
    checkpoints.restore(model)
    fit(model, checkpoints, 3)
    assert is_free(tmp_path)


def test_a_refused_training_does_not_keep_the_folder(tmp_path, is_free):
    fit(*restored(tmp_path), 1)
    model, checkpoints = new_model(), Checkpoints(tmp_path)
    with pytest.raises(ValueError, match="holds checkpoints of a training"):
        fit(model, checkpoints, 2)
    assert is_free(tmp_path)


def test_what_went_on_in_between_is_not_written_over(tmp_path):
    model, checkpoints = restored(tmp_path)
    fit(*restored(tmp_path), 2)
    for act in (lambda: fit(model, checkpoints, 3), checkpoints.save):
        with pytest.raises(ValueError) as error:
            act()
        assert str(error.value) == (
            f"Checkpoints: in '{tmp_path}' another training has gone on since this one "
            "was restored. What would do: checkpoints.restore(model) once more, or a "
            "new folder."
        )
    assert checkpoints.restore(model) == (2, 2)
    fit(model, checkpoints, 3)
    fit(model, checkpoints, 4)
    assert checkpoints.save().name == "checkpoint-0005"


def test_a_folder_that_was_emptied_is_begun_anew(tmp_path):
    model, checkpoints = restored(tmp_path / "run")
    fit(model, checkpoints, 1)
    for path in Path(tmp_path / "run").rglob("*.*"):
        path.unlink()
    (tmp_path / "run" / "checkpoint-0001").rmdir()
    fit(model, checkpoints, 2)
    assert [x.name for x in list_checkpoints(tmp_path / "run")] == ["checkpoint-0001"]


def test_workers_that_only_read_need_no_lock(tmp_path, another_writer, monkeypatch):
    fit(*restored(tmp_path), 2)
    config = {
        "cluster": {"worker": ["127.0.0.1:2222", "127.0.0.1:2223"]},
        "task": {"type": "worker", "index": 1},
    }
    model, checkpoints = restored(tmp_path)
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    another_writer(tmp_path)
    fit(model, checkpoints, 3)
    assert checkpoints.step == 3
    assert len(list_checkpoints(tmp_path)) == 2
