"""On two devices of one process, callbacks do their work and a training goes on."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys
from pathlib import Path
import keras
import numpy as np
from fmkeras import runtime, training

runtime.use_logical_cpus(2)
HOME = Path(sys.argv[1])
rng = np.random.default_rng(0)
x = rng.normal(size=(42, 3)).astype("float32")
y = (x @ rng.normal(size=(3, 2))).astype("float32")

def start(name, epochs):
    runtime.set_seed(4)
    strategy = runtime.strategy()
    with strategy.scope():
        model = keras.Sequential([
            keras.Input((3,)), keras.layers.Dense(5, "relu"),
            keras.layers.LayerNormalization(), keras.layers.Dropout(0.5),
            keras.layers.Dense(2),
        ])
        model.compile("adam", "mse", metrics=["mae"])
    checkpoints = training.Checkpoints(HOME / name)
    step, epoch = checkpoints.restore(model)
    history = model.fit(
        x, y, batch_size=14, shuffle=False, verbose=0,
        initial_epoch=epoch, epochs=epochs, validation_data=(x[:20], y[:20]),
        callbacks=[
            checkpoints,
            keras.callbacks.CSVLogger(HOME / f"{name}{epoch}.csv"),
            keras.callbacks.ModelCheckpoint(HOME / f"{name}.keras"),
            keras.callbacks.EarlyStopping("loss", patience=100),
            keras.callbacks.LearningRateScheduler(lambda n: 0.01 / (n + 1)),
        ],
    )
    return step, model, history.history

_, whole, _ = start("whole", 4)
start("parts", 2)
step, parts, history = start("parts", 4)
saved = keras.saving.load_model(HOME / "parts.keras")
for a, b, c in zip(whole.weights, parts.weights, saved.weights, strict=True):
    if "seed" not in a.name:  # a saved model draws its dropout anew
        np.testing.assert_array_equal(b, c)
    np.testing.assert_array_equal(a, b)
seeds = [v.numpy()[1] for v in parts.variables if v.name == "seed_generator_state"]

evaluated = parts.evaluate(x[:21], y[:21], batch_size=14, verbose=0)
predicted = parts.predict(x[:21], batch_size=14, verbose=0)
np.testing.assert_allclose(predicted, saved.predict(x[:21], verbose=0), atol=1e-6)
np.testing.assert_allclose(evaluated[0], np.mean((predicted - y[:21]) ** 2), rtol=1e-5)
rows = (HOME / "parts2.csv").read_text().split()
rates = [round(rate, 6) for rate in history["learning_rate"]]
print(json.dumps([type(runtime.strategy()).__name__, step, rates, len(rows)]))
print(json.dumps([int(seed) for seed in seeds]))
"""


@pytest.mark.slow
def test_a_training_with_callbacks_goes_on_and_ends_with_the_same_weights(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    told, seeds = map(json.loads, run.stdout.splitlines())
    assert told == ["MirroredStrategy", 6, [0.003333, 0.0025], 3]
    assert seeds == [12]
