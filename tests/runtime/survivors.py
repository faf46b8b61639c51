"""A training that `FOLDER` keeps, in which a worker may die: `FOLDER VICTIM`."""

import os
import signal
import sys
import time
from pathlib import Path

import keras
import numpy as np

from fmkeras import runtime, training

EPOCHS = 4


class Death(keras.callbacks.Callback):
    """End this worker at the beginning of the third epoch, as a power cut would."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder, victim):
    """Train, or go on, and write the weights."""
    runtime.set_seed(0)
    strategy = runtime.strategy(timeout=100.0)
    with strategy.scope():
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        model.compile("adam", loss="mse")
    x = np.random.default_rng(0).normal(size=(24, 3))
    checkpoints = training.Checkpoints(Path(folder) / "checkpoints")
    begin = checkpoints.restore(model)
    print("begins at epoch", begin.epoch, flush=True)
    callbacks = [checkpoints]
    if victim == str(runtime.worker_index()):
        callbacks.append(Death())
    start = time.monotonic()
    try:
        model.fit(
            x,
            x[:, :2],
            batch_size=8,
            shuffle=False,
            initial_epoch=begin.epoch,
            epochs=EPOCHS,
            callbacks=callbacks,
            verbose=0,
        )
    except RuntimeError as error:
        print(f"{time.monotonic() - start:.0f} s: {error}", flush=True)
        raise SystemExit(9) from None
    place = f"{runtime.num_workers()}-{runtime.worker_index()}"
    np.savez(Path(folder) / f"{place}.npz", *model.get_weights())


if __name__ == "__main__":
    main(*sys.argv[1:])
