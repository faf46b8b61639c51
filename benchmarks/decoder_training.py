"""How fast the decoder trains, against PyTorch, KerasHub and plain Keras.

Run with `python -m benchmarks.decoder_training`, or with `gpt2-small` behind it for
that model's shape. Every job takes the same optimiser steps on the same batches.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from benchmarks import peers
from benchmarks.paired import paired_seconds
from benchmarks.tables import comparison_rows, show

# name: (shape, batch, length, steps a round)
JOBS = {
    "reference": (peers.SMALL, 12, 64, 64),
    "gpt2-small": (peers.GPT2_SMALL, 4, 256, 2),
}
BETAS = (0.9, 0.99)


def batches(shape, batch, length, steps):
    """Draw `steps` batches of token ids and of the ids that follow."""
    rng = np.random.default_rng(0)
    ids = rng.integers(shape.vocabulary_size, size=(steps, batch, length + 1))
    ids = ids.astype("int32")
    return ids[:, :, :-1], ids[:, :, 1:]


def keras_job(model, inputs, targets):
    import tensorflow as tf

    pipeline = tf.data.Dataset.from_tensor_slices((inputs, targets)).cache()
    return lambda: model.fit(pipeline, verbose=0)


def fmkeras_job(shape, inputs, targets):
    from fmkeras import models

    model = models.transformer_decoder(
        shape.vocabulary_size,
        inputs.shape[-1],
        num_layers=shape.num_layers,
        num_heads=shape.num_heads,
        hidden_dim=shape.hidden_dim,
        activation="gelu_tanh",
    )
    return keras_job(model, inputs, targets)


def torch_job(shape, inputs, targets, compiled=False):
    import torch

    model = peers.transformers_gpt2(shape)
    model.config.use_cache = False
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-3, betas=BETAS, weight_decay=0.1
    )
    forward = torch.compile(model) if compiled else model
    inputs, targets = (torch.from_numpy(x).long() for x in (inputs, targets))

    def steps():
        model.train()
        for x, y in zip(inputs, targets, strict=True):
            logits = forward(x).logits
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            loss.item()

    return steps


def keras_hub_job(shape, inputs, targets):
    import keras
    import tensorflow as tf

    model = peers.keras_hub_gpt2(shape)
    model.compile(
        optimizer=keras.optimizers.AdamW(
            1e-3, beta_2=BETAS[1], weight_decay=0.1, global_clipnorm=1.0
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy()],
    )
    x = {"token_ids": inputs, "padding_mask": np.ones_like(inputs, dtype=bool)}
    pipeline = tf.data.Dataset.from_tensor_slices((x, targets)).cache()
    return lambda: model.fit(pipeline, verbose=0)


def plain_keras_job(shape, inputs, targets):
    from dataclasses import replace

    short = replace(shape, max_sequence_length=inputs.shape[-1])
    return keras_job(peers.plain_keras_gpt2(short), inputs, targets)


def jobs(name):
    """Build ours and every peer that is installed."""
    shape, *sizes = JOBS[name]
    arrays = batches(shape, *sizes)
    found = {
        "fmkeras": fmkeras_job(shape, *arrays),
        "Keras, plain compile": plain_keras_job(shape, *arrays),
    }
    if peers.installed("torch", "transformers"):
        found["transformers, eager"] = torch_job(shape, *arrays)
        found["transformers, torch.compile"] = torch_job(shape, *arrays, compiled=True)
    if peers.installed("keras_hub"):
        found["KerasHub"] = keras_hub_job(shape, *arrays)
    return found


def main(names=("reference",)):
    """Print one row for every job and peer."""
    rows = []
    for name in names:
        _, batch, length, steps = JOBS[name]
        seconds = paired_seconds(jobs(name))
        rows += comparison_rows(name, seconds, steps * batch * length, "tokens/s")
    absent = peers.missing()
    notes = [f"Not installed here: {', '.join(absent)}."] if absent else []
    show("Training a decoder", rows, notes)


if __name__ == "__main__":
    main(sys.argv[1:] or ("reference",))
