"""Learn as much as a given time allows, with ours and any hyper-parameters."""

import time

import keras

from benchmarks import shakespeare
from fmkeras import models

# Found by trying: a smaller model sees more text, and rotary positions learn faster.
PEAK, WARM_UP_STEPS, COOLING = 4e-3, 100, 0.6
BATCH, LENGTH = 24, 64
SHAPE = {
    "num_layers": 3,
    "num_heads": 4,
    "hidden_dim": 96,
    "positions": "rotary",
    "normalization": "rms",
    "use_bias": False,
}
STEPS = 20_000  # more than any clock allows


class Clock(keras.callbacks.Callback):
    """Cool the learning rate down in the last part of the time, and stop at its end.

    Args:
        budget: Float. Seconds from the beginning of `fit`, compilation included.
        now: Called for the time in seconds.
    """

    def __init__(self, budget, now=time.perf_counter):
        super().__init__()
        self.budget, self.now = budget, now

    def on_train_begin(self, logs=None):
        self.start = self.now()

    def on_train_batch_end(self, batch, logs=None):
        gone = (self.now() - self.start) / self.budget
        warm = min(1.0, (batch + 1) / WARM_UP_STEPS)
        cooled = min(1.0, max(1.0 - gone, 0.0) / COOLING)
        self.model.optimizer.learning_rate = PEAK * warm * cooled
        if gone >= 1.0:
            self.model.stop_training = True


def within(budget, learn, held_out):
    """Train ours for so many seconds.

    Args:
        budget: Float. Seconds.
        learn: Integer array. The ids to learn from.
        held_out: Integer array. The ids to evaluate on.

    Returns:
        A dict: `loss`, `seconds` (of `fit`) and `steps`.
    """
    keras.utils.set_random_seed(0)
    vocabulary_size = int(max(learn.max(), held_out.max())) + 1
    model = models.transformer_decoder(vocabulary_size, LENGTH, **SHAPE)
    start = time.perf_counter()
    model.fit(
        _pipeline(learn), steps_per_epoch=STEPS, callbacks=[Clock(budget)], verbose=0
    )
    seconds = time.perf_counter() - start
    inputs, targets = shakespeare.windows(held_out, LENGTH)
    logits = model.predict(inputs, verbose=0)
    return {
        "loss": shakespeare.cross_entropy(logits, targets),
        "seconds": seconds,
        "steps": int(model.optimizer.iterations),
    }


def _pipeline(ids):
    import tensorflow as tf

    inputs, targets = shakespeare.random_windows(ids, STEPS, LENGTH, BATCH)
    return tf.data.Dataset.from_tensor_slices((inputs, targets)).prefetch(4)
