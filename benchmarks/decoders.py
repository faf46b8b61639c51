"""A decoder that learns, ours or a peer's, all by the same recipe.

AdamW with 1e-3, betas 0.9 and 0.99, weight decay 0.1, gradients clipped to norm 1; the
learning rate is constant or follows a `Schedule`. Everybody learns from the same
batches, given as arrays `(steps, B, T)` of inputs and of targets.
"""

import math
import os
from dataclasses import dataclass, replace

import numpy as np

from benchmarks import peers
from benchmarks.jobs import OURS

PEAK, BETAS, DECAY, CLIP = 1e-3, (0.9, 0.99), 0.1, 1.0


@dataclass(frozen=True)
class Schedule:
    """A warm-up in a straight line, then half a cosine from `PEAK` to `final`."""

    warmup_steps: int
    total_steps: int
    final: float

    def keras(self):
        import keras

        return keras.optimizers.schedules.CosineDecay(
            0.0,
            self.total_steps - self.warmup_steps,
            alpha=self.final / PEAK,
            warmup_target=PEAK,
            warmup_steps=self.warmup_steps,
        )

    def at(self, step):
        """Give the learning rate at a step, counted from 0."""
        if step < self.warmup_steps:
            return PEAK * step / self.warmup_steps
        done = (step - self.warmup_steps) / (self.total_steps - self.warmup_steps)
        return self.final + (PEAK - self.final) * (1 + math.cos(math.pi * done)) / 2


def learner(contender, shape, schedule=None):
    """Build one contender's decoder, ready to learn.

    Args:
        contender: String, its name.
        shape: `peers.Shape`.
        schedule: `Schedule`, or `None` for a constant learning rate.

    Returns:
        An object with `epoch(inputs, targets)`, which gives a function that takes all
        the steps once, and `logits(inputs)`, float32 array `(B, T, V)`.
    """
    if contender in (peers.TORCH_EAGER, peers.TORCH_COMPILED):
        return _Torch(shape, schedule, compiled=contender == peers.TORCH_COMPILED)
    learning_rate = PEAK if schedule is None else schedule.keras()
    if contender == peers.UNMENDED:
        os.environ["MALLOC_TRIM_THRESHOLD_"] = "131072"  # glibc's own; `fit` leaves it
        model = peers.fmkeras_gpt2(shape, learning_rate)
        return _Keras(model, asks_for_tuning=True)
    if contender == OURS:
        return _Keras(peers.fmkeras_gpt2(shape, learning_rate))
    hub = contender == peers.KERAS_HUB
    model = peers.keras_hub_gpt2(shape) if hub else peers.plain_keras_gpt2(shape)
    return _Keras(_compiled(model, learning_rate), with_mask=hub)


def shortened(shape, length):
    """Give the same shape for sequences of this length, where positions are built."""
    return replace(shape, max_sequence_length=length)


def _compiled(model, learning_rate):
    """Compile a model of Keras's or KerasHub's with all defaults."""
    import keras

    model.compile(
        optimizer=keras.optimizers.AdamW(
            learning_rate, beta_2=BETAS[1], weight_decay=DECAY, global_clipnorm=CLIP
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy()],
    )
    return model


class _Keras:
    def __init__(self, model, with_mask=False, asks_for_tuning=False):
        self.model, self.with_mask = model, with_mask
        self.asks_for_tuning = asks_for_tuning

    def epoch(self, inputs, targets):
        import tensorflow as tf

        arrays = self._as_taken(inputs), targets
        pipeline = tf.data.Dataset.from_tensor_slices(arrays).cache()
        if self.asks_for_tuning:
            options = tf.data.Options()
            options.autotune.enabled = True
            pipeline = pipeline.with_options(options)
        return lambda: self.model.fit(pipeline, verbose=0)

    def logits(self, inputs):
        return self.model.predict(self._as_taken(inputs), verbose=0)

    def _as_taken(self, inputs):
        if not self.with_mask:
            return inputs
        return {"token_ids": inputs, "padding_mask": np.ones_like(inputs, dtype=bool)}


class _Torch:
    def __init__(self, shape, schedule, compiled):
        import torch

        self.model = peers.transformers_gpt2(shape)
        self.model.config.use_cache = False
        self.forward = torch.compile(self.model) if compiled else self.model
        matrices = [p for p in self.model.parameters() if p.dim() > 1]
        vectors = [p for p in self.model.parameters() if p.dim() == 1]
        groups = [
            {"params": matrices, "weight_decay": DECAY},
            {"params": vectors, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=PEAK, betas=BETAS)
        self.schedule, self.step = schedule, 0

    def epoch(self, inputs, targets):
        import torch

        inputs, targets = (torch.from_numpy(x).long() for x in (inputs, targets))

        def steps():
            self.model.train()
            for x, y in zip(inputs, targets, strict=True):
                self._step(x, y)

        return steps

    def logits(self, inputs):
        import torch

        self.model.eval()
        with torch.inference_mode():
            return self.model(torch.from_numpy(inputs).long()).logits.numpy()

    def _step(self, x, y):
        import torch

        if self.schedule is not None:
            for group in self.optimizer.param_groups:
                group["lr"] = self.schedule.at(self.step)
        self.step += 1
        logits = self.forward(x).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        self.optimizer.step()
        loss.item()
