"""What `fit` has reached is kept, and gone on from as if nothing had happened."""

import json
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from fmkeras import models, pretrained, runtime
from fmkeras.runtime.checkpoint_folder import newest_checkpoint
from fmkeras.text import CharacterTokenizer, windows
from fmkeras.training import Checkpoints

TEXT = "to be or not to be, that is the question: " * 4
IDS = np.random.default_rng(0).integers(0, 9, 300)
STEPS = 5  # in an epoch


def tiny_model(dropout=0.5, optimizer="adam", width=4):
    """Embed, drop, and guess the next of nine tokens; compiled without XLA."""
    model = keras.Sequential(
        [
            keras.Input((8,), dtype="int32"),
            keras.layers.Embedding(9, width),
            keras.layers.Dropout(dropout),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(9),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, jit_compile=False)
    return model


class Stop(keras.callbacks.Callback):
    """Breaks off a training in the middle of an epoch."""

    def __init__(self, epoch, error=KeyboardInterrupt):
        super().__init__()
        self.stop_in, self.error, self.epoch = epoch, error, None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == (self.stop_in, 2):
            raise self.error


def start(folder, epochs, callbacks=(), every=1, make=tiny_model, steps=STEPS):
    """Run the script of the guide, as a new process would."""
    runtime.set_seed(7)
    model = make()
    checkpoints = Checkpoints(folder, every=every)
    step, epoch = checkpoints.restore(model)
    model.fit(
        windows(IDS, 8, batch_size=4, seed=1, first_batch=step),
        steps_per_epoch=steps,
        initial_epoch=epoch,
        epochs=epochs,
        callbacks=[checkpoints, *callbacks],
        verbose=0,
    )
    return model


def values(model):
    variables = [*model.variables, *model.optimizer.variables]
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def assert_same(model, other):
    for a, b in zip(values(model), values(other), strict=True):
        np.testing.assert_array_equal(a, b)


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return start(tmp_path_factory.mktemp("whole"), 6)


@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.same_dropout
def test_interrupted_twice_it_ends_with_the_same_model(tmp_path, whole, every):
    for epoch in (2, 4):
        with pytest.raises(KeyboardInterrupt):
            start(tmp_path, 6, [Stop(epoch)], every)
    model = start(tmp_path, 6, every=every)
    assert_same(model, whole)
    assert int(model.optimizer.iterations) == 6 * STEPS
    # That the dropout was gone on with, not begun anew, is what this rests on.
    seeds = [v.numpy()[1] for v in model.variables if v.name == "seed_generator_state"]
    assert seeds == [6 * STEPS]


def test_a_training_that_is_done_stays_as_it_is(tmp_path):
    first = start(tmp_path, 2)
    before = names(tmp_path)
    assert_same(start(tmp_path, 2), first)
    assert names(tmp_path) == before == ["checkpoint-0001", "checkpoint-0002"]


@pytest.mark.steps_together
def test_steps_that_run_together_are_counted_as_they_were_run(tmp_path):
    def make():
        model = tiny_model()
        model.steps_per_execution = 3  # so that an epoch of 5 takes 6 batches
        return model

    whole = start(tmp_path / "whole", 4, make=make)
    start(tmp_path / "parts", 2, make=make)
    state = newest_checkpoint(tmp_path / "parts", "test").state
    assert (state["step"], state["epoch"]) == (12, 2)
    assert_same(start(tmp_path / "parts", 4, make=make), whole)


@pytest.mark.tensorflow
def test_any_pipeline_that_repeats_itself_will_do(tmp_path):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(40, 3)).astype("float32"), rng.integers(0, 3, 40)

    def start(folder, epochs):
        runtime.set_seed(5)
        model = models.mlp(3, (8,), 3)
        checkpoints = Checkpoints(folder)
        step, epoch = checkpoints.restore(model)
        batches = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(40, seed=2)
        model.fit(
            batches.repeat().batch(16).skip(step),
            steps_per_epoch=32,
            initial_epoch=epoch,
            epochs=epochs,
            callbacks=[checkpoints],
            verbose=0,
        )
        return model

    start(tmp_path / "parts", 2)
    assert_same(start(tmp_path / "parts", 3), start(tmp_path / "whole", 3))


@pytest.mark.parametrize("width", [1, 3])
def test_the_folder_of_a_language_model_opens(tmp_path, width):
    tokenizer = CharacterTokenizer.train(TEXT)
    model = models.rnn_language_model(tokenizer.vocabulary_size, width)
    also = {"tokenizer.json": tokenizer.save}
    checkpoints = Checkpoints(tmp_path, notes={"text": "Hamlet"}, also=also)
    checkpoints.restore(model)
    path = checkpoints.save()
    assert names(path) == ["model.keras", "state.json", "tokenizer.json"]
    opened, its_tokenizer = pretrained.load_language_model(tmp_path)
    np.testing.assert_array_equal(opened(IDS[None, :5]), model(IDS[None, :5]))
    assert its_tokenizer.encode("to be") == tokenizer.encode("to be")
    assert json.loads((path / "state.json").read_text())["training"] == {
        "text": "Hamlet"
    }


def test_a_model_that_was_trained_before_counts_from_zero(tmp_path):
    model = tiny_model()
    model.fit(windows(IDS, 8, 4), verbose=0)
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.restore(model) == (0, 0)
    model.fit(windows(IDS, 8, 4).take(3), callbacks=[checkpoints], verbose=0)
    assert newest_checkpoint(tmp_path, "test").state["step"] == checkpoints.step == 3


def test_so_many_are_kept(tmp_path):
    model = tiny_model()
    checkpoints = Checkpoints(tmp_path, keep=3)
    checkpoints.restore(model)
    for _ in range(5):
        checkpoints.save()
    assert names(tmp_path) == [f"checkpoint-000{n}" for n in (3, 4, 5)]


@pytest.mark.same_dropout
def test_a_damaged_checkpoint_is_named_and_the_one_before_goes_on(tmp_path, whole):
    start(tmp_path, 4)
    damaged = tmp_path / "checkpoint-0004" / "model.keras"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    with pytest.warns(UserWarning, match="damaged") as warned:
        model = start(tmp_path, 6)
    told = [str(x.message) for x in warned if "damaged" in str(x.message)]
    assert told == [
        f"Checkpoints: in '{tmp_path}', checkpoint-0004 is damaged (the checksum of "
        "its model.keras is wrong); checkpoint-0003, of step 15, was taken."
    ]
    assert_same(model, whole)


@pytest.mark.parametrize("most", [0, 700, 5000, 15_000])
def test_a_full_disk_costs_no_checkpoint(tmp_path, most):
    """The kernel lets no file grow beyond `most` bytes: a disk that ends there."""
    resource = pytest.importorskip("resource")
    model = tiny_model()
    checkpoints = Checkpoints(tmp_path)
    checkpoints.restore(model)
    path = checkpoints.save()
    assert (path / "model.keras").stat().st_size > 15_000
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
    try:
        with pytest.raises(OSError) as error:
            checkpoints.save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(error.value).startswith(
        f"Checkpoints: '{tmp_path / 'checkpoint-0002'}' could not be written ("
    )
    assert "File too large" in str(error.value)
    assert names(tmp_path) == ["checkpoint-0001"]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assert Checkpoints(tmp_path).restore(tiny_model()) == (0, 0)
    assert checkpoints.save().name == "checkpoint-0002"


def test_what_the_disk_has_no_room_for_is_not_begun(tmp_path, monkeypatch):
    model = tiny_model()
    checkpoints = Checkpoints(tmp_path)
    checkpoints.restore(model)
    path = checkpoints.save()
    # Three numbers for each weight, as Adam keeps two; the moving averages have one.
    needed = 4 * (3 * (9 * 4 + 2 * 4 + 4 * 9 + 9) + 2 * 4 + 2)
    assert needed < (path / "model.keras").stat().st_size
    free = needed - 1
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free))
    with pytest.raises(OSError) as error:
        checkpoints.save()
    assert str(error.value) == (
        f"Checkpoints: '{tmp_path / 'checkpoint-0002'}' could not be written (No space "
        "left on device); what was there before is as it was. "
        "What would do: a folder with room that you may write to."
    )
    assert names(tmp_path) == ["checkpoint-0001"]
    free = needed
    assert checkpoints.save().name == "checkpoint-0002"


def test_only_the_first_of_several_workers_writes(tmp_path, monkeypatch):
    config = {
        "cluster": {"worker": ["127.0.0.1:2222", "127.0.0.1:2223"]},
        "task": {"type": "worker", "index": 1},
    }
    checkpoints = Checkpoints(tmp_path / "run")
    checkpoints.restore(tiny_model())
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    assert checkpoints.save() is None
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (
            lambda: tiny_model(width=5),
            "'sequential/embedding/embeddings' has shape (9, 4), here (9, 5)",
        ),
        (lambda: tiny_model(optimizer="sgd"), "its optimiser is Adam, here SGD"),
        (lambda: tiny_model(dropout=0.0), "it has 1 random layers, here are 0"),
        (lambda: models.rnn_language_model(9, 4), None),
    ],
)
def test_another_model_is_refused_and_left_as_it_is(tmp_path, make, told):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.restore(tiny_model())
    path = checkpoints.save()
    keras.backend.clear_session()  # names are counted from the beginning
    model = make()
    before = model.get_weights()
    with pytest.raises(ValueError) as error:
        Checkpoints(tmp_path).restore(model)
    message = str(error.value)
    assert message.startswith(f"Checkpoints: '{path}' holds another model: ")
    assert message.endswith(
        ". What would do: the model built and compiled as it was when that training "
        "began, or a new folder."
    )
    assert told is None or f": {told}. " in message
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("model", "lacks", "would_do"),
    [
        (keras.Sequential([keras.layers.Dense(1)]), "built", "a keras.Input in front"),
        (
            keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]),
            "compiled",
            "model.compile(...)",
        ),
    ],
)
def test_an_unfinished_model_is_refused(tmp_path, model, lacks, would_do):
    with pytest.raises(ValueError) as error:
        Checkpoints(tmp_path).restore(model)
    assert str(error.value) == (
        "Checkpoints: the model must be built and compiled before it can be put back. "
        f"Received: one that is not {lacks}. What would do: {would_do}."
    )


def test_two_trainings_are_not_mixed_in_one_folder(tmp_path):
    start(tmp_path, 1)
    with pytest.raises(ValueError) as error:
        tiny_model().fit(windows(IDS, 8, 4), callbacks=[Checkpoints(tmp_path)])
    assert str(error.value) == (
        f"Checkpoints: '{tmp_path}' holds checkpoints of a training that began before. "
        "What would do: checkpoints.restore(model) before fit, to go on with it, or a "
        "new folder."
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"every": 0}, "`every` must be a positive integer. Received: every=0."),
        ({"keep": 1}, "`keep` must be an integer ≥ 2. Received: keep=1."),
    ],
)
def test_refuses_what_is_out_of_range(arguments, told):
    with pytest.raises(ValueError) as error:
        Checkpoints("run", **arguments)
    assert str(error.value) == f"Checkpoints: {told}"


def start_with_keras(folder, callbacks=(), save_freq="epoch"):
    """Run the same script with what Keras has for it."""
    runtime.set_seed(7)
    model = tiny_model()
    model.fit(
        windows(IDS, 8, batch_size=4, seed=1, first_batch=0),
        steps_per_epoch=STEPS,
        epochs=6,
        callbacks=[
            keras.callbacks.BackupAndRestore(folder, save_freq=save_freq),
            *callbacks,
        ],
        verbose=0,
    )
    return model


@pytest.mark.parametrize(("save_freq", "steps"), [("epoch", 30), (1, 33)])
@pytest.mark.tensorflow
def test_what_the_guide_says_of_keras_own_callback_holds(
    tmp_path, whole, save_freq, steps
):
    """It learns some batches twice, and draws the dropout from the beginning."""
    with pytest.raises(KeyboardInterrupt):
        start_with_keras(tmp_path, [Stop(4)], save_freq)
    model = start_with_keras(tmp_path, save_freq=save_freq)
    assert int(model.optimizer.iterations) == pytest.approx(steps, abs=1)
    seeds = [v.numpy()[1] for v in model.variables if v.name == "seed_generator_state"]
    assert seeds == [2 * STEPS]
    assert not any(
        np.array_equal(a, b)
        for a, b in zip(model.get_weights(), whole.get_weights(), strict=True)
    )


KILLED = """
import os, random, select, signal, sys, time
from pathlib import Path
import numpy as np
import keras
from fmkeras.text import windows
from fmkeras.training import Checkpoints

HOME = Path(sys.argv[1])
IDS = np.arange(301) ** 2 % 9

def start(folder, epochs, *callbacks):
    keras.utils.set_random_seed(7)
    model = keras.Sequential([
        keras.Input((8,), dtype="int32"), keras.layers.Embedding(9, 4),
        keras.layers.Dropout(0.5), keras.layers.Dense(9),
    ])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, jit_compile=False)
    checkpoints = Checkpoints(folder)
    step, epoch = checkpoints.restore(model)
    batches = windows(IDS, 8, batch_size=4, seed=1, first_batch=step)
    model.fit(batches, steps_per_epoch=3, initial_epoch=epoch, epochs=epochs,
              callbacks=[checkpoints, *callbacks], verbose=0)
    return model, checkpoints

def fork(act):
    child = os.fork()
    if child == 0:
        try:
            act()
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return child

def go_on():
    def tell(*_, **__):
        os.write(sign, b".")
    start(HOME / "run", 10**6, keras.callbacks.LambdaCallback(on_train_batch_end=tell))

in_writing = 0
for _ in range(int(sys.argv[2])):
    alive, sign = os.pipe()
    child = fork(go_on)
    os.close(sign)
    for _ in range(random.randint(1, 9)):  # counted, for a machine may be slow
        assert os.read(alive, 1)
    time.sleep(random.uniform(0, 0.1))
    assert os.waitpid(child, os.WNOHANG) == (0, 0)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(alive)
    in_writing += any(path.name.endswith(".part") for path in (HOME / "run").iterdir())

def dump(name, folder, epochs):
    model, checkpoints = start(folder, epochs)
    variables = [*model.variables, *model.optimizer.variables]
    arrays = [keras.ops.convert_to_numpy(v) for v in variables]
    np.savez(HOME / name, np.array(checkpoints.epoch), *arrays)

for name, folder in (("run", "run"), ("whole", "another")):
    # The first goes no further: it ends where the last kill left it.
    epochs = 0 if name == "run" else int(np.load(HOME / "run.npz")["arr_0"])
    child = fork(lambda: dump(name, HOME / folder, epochs))
    assert os.waitpid(child, 0)[1] == 0
run, whole = (dict(np.load(HOME / f"{name}.npz")) for name in ("run", "whole"))
assert run.keys() == whole.keys() and len(run) > 10
for key in run:
    np.testing.assert_array_equal(run[key], whole[key])
print(in_writing, int(run["arr_0"]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_after_twenty_kills_the_weights_are_those_of_the_whole_run(tmp_path):
    """In a process of its own, which is forked before TensorFlow has begun."""
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), "20"],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    in_writing, epochs = map(int, run.stdout.split())
    assert in_writing > 0  # some of the kills fell into the writing of a checkpoint
    assert epochs > 5
