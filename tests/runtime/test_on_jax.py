"""The same call on JAX: where it is installed."""

import importlib.util
import os
import re
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("jax") is None, reason="JAX is not installed"
    ),
]

SCRIPT = """
import numpy as np
from fmkeras import data, models, runtime

names = runtime.use_logical_cpus(2)
runtime.set_seed(0)
results = []
for kind in ("one", "auto"):
    strategy = runtime.strategy(kind)
    runtime.set_seed(0)
    with strategy.scope():
        model = models.mlp((8, 8, 1), (16,), 10)
    (x, y), _ = data.load_digits()
    model.fit(x[:96], y[:96], batch_size=16, shuffle=False, verbose=0)
    results.append(model.get_weights())
print(names, type(strategy).__name__)
for one, two in zip(*results):
    np.testing.assert_allclose(one, two, atol=1e-6)
try:
    runtime.use_logical_cpus(3)
except RuntimeError as error:
    print(error)
"""


def test_two_devices_end_with_the_weights_of_one():
    output = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert output.splitlines() == [
        "['CPU:0', 'CPU:1'] DataParallel",
        "use_logical_cpus: JAX has already begun to use its devices. What would do: "
        "call runtime.use_logical_cpus first, right after the imports.",
    ]


TRAINING = """
import sys
from pathlib import Path
import numpy as np
import tensorflow as tf
from fmkeras import data, models, runtime, training

runtime.set_seed(0)
strategy = runtime.strategy(timeout=60.0)
with strategy.scope():
    model = models.mlp((8, 8, 1), (16,), 10)
(x, y), _ = data.load_digits()
batches = tf.data.Dataset.from_tensor_slices((x[:96], y[:96])).batch(16)
checkpoints = training.Checkpoints(Path(sys.argv[1]))
begin = checkpoints.restore(model)
model.fit(
    batches,
    initial_epoch=begin.epoch,
    epochs=int(sys.argv[2]),
    callbacks=[checkpoints],
    verbose=0,
)
print("began", begin.epoch, *(float(np.sum(np.square(w))) for w in model.get_weights()))
"""


def train(folder, epochs, workers):
    """Give what each process tells: where it began, and its weights' squares."""
    script = folder / "train.py"
    script.write_text(TRAINING)
    launch = ["-m", "fmkeras.cli", "launch", "--workers", str(workers)]
    command = [sys.executable, *(launch if workers > 1 else []), str(script)]
    output = subprocess.run(
        [*command, str(folder / "run"), str(epochs)],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    told = re.findall(r"began (\d+) (.*)", output)
    return [(int(epoch), [float(x) for x in sums.split()]) for epoch, sums in told]


def test_two_processes_train_and_go_on_as_one_does(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    for epochs, begun in ((1, 0), (3, 1)):  # the second goes on where the first ended
        [(began, alone)] = train(tmp_path / "one", epochs, 1)
        together = train(tmp_path / "two", epochs, 2)
        assert began == begun
        assert [epoch for epoch, _ in together] == [begun, begun]
        for _, sums in together:
            assert sums == pytest.approx(alone, rel=1e-5)
