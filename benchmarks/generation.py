"""How fast text is written, against transformers and KerasHub.

Run with `python -m benchmarks.generation`, or with `gpt2-small` behind it for that
model's shape. Everybody draws from the five likeliest tokens, so that no model stops
early, and keeps keys and values. What compiling costs, once, is told below the table.
"""

import os
import sys
import time
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from benchmarks import peers
from benchmarks.paired import paired_seconds
from benchmarks.tables import comparison_rows, show

TOP = 5
# name: (shape, [(batch, prompt, new tokens)])
JOBS = {
    "small": (
        peers.SMALL_LONG,
        [(1, 16, 200), (8, 16, 200), (1, 512, 100), (8, 512, 100)],
    ),
    "gpt2-small": (
        peers.GPT2_SMALL,
        [(1, 16, 48), (8, 16, 48), (1, 512, 16), (8, 512, 16)],
    ),
}
PREFILL = 512  # tokens of the prompt whose reading alone is timed


def fmkeras_writer(shape):
    from fmkeras import generation, models

    model = models.transformer_decoder(
        shape.vocabulary_size,
        shape.max_sequence_length,
        num_layers=shape.num_layers,
        num_heads=shape.num_heads,
        hidden_dim=shape.hidden_dim,
        activation="gelu_tanh",
    )
    return lambda prompts, new: model.generate(
        prompts, max_new_tokens=new, sampler=generation.TopK(TOP), seed=0
    )


def transformers_writer(shape):
    import torch

    model = peers.transformers_gpt2(shape).eval()

    def write(prompts, new):
        ids = torch.from_numpy(prompts).long()
        with torch.inference_mode():
            return model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                do_sample=True,
                top_k=TOP,
                min_new_tokens=new,
                max_new_tokens=new,
                pad_token_id=0,
            )

    return write


def keras_hub_writer(shape):
    import keras_hub

    model = peers.keras_hub_gpt2(shape)
    model.compile(sampler=keras_hub.samplers.TopKSampler(k=TOP, seed=0))

    def write(prompts, new):
        batch, length = prompts.shape
        ids = np.zeros((batch, length + new), "int32")
        ids[:, :length] = prompts
        mask = np.arange(length + new)[None] < np.full((batch, 1), length)
        return model.generate(
            {"token_ids": ids, "padding_mask": mask}, stop_token_ids=None
        )

    return write


def writers(shape):
    """Build ours and every peer that is installed."""
    found = {"fmkeras": fmkeras_writer(shape)}
    if peers.installed("torch", "transformers"):
        found["transformers"] = transformers_writer(shape)
    if peers.installed("keras_hub"):
        found["KerasHub"] = keras_hub_writer(shape)
    return found


def compare(name):
    """Time every size; give the rows, and what each first call took."""
    shape, sizes = JOBS[name]
    write = writers(shape)
    rng = np.random.default_rng(0)
    rows, notes = [], []
    for batch, length, new in [*sizes, (1, PREFILL, 1)]:
        prompts = rng.integers(shape.vocabulary_size, size=(batch, length))
        prompts = prompts.astype("int32")
        start = time.perf_counter()
        write["fmkeras"](prompts, new)
        first = time.perf_counter() - start
        seconds = paired_seconds(
            {who: partial(writer, prompts, new) for who, writer in write.items()}
        )
        job = f"{name}, batch {batch}, prompt {length}, {new} new"
        rows += comparison_rows(job, seconds, batch * new, "tokens/s")
        notes.append(f"{job}: our first call took {first:.1f} s, compilation included.")
    return rows, notes


def main(names=("small",)):
    """Print one row for every size and peer."""
    rows, notes = [], []
    for name in names:
        found, said = compare(name)
        rows += found
        notes += said
    absent = peers.missing()
    if absent:
        notes.append(f"Not installed here: {', '.join(absent)}.")
    show(f"Writing text, from the {TOP} likeliest tokens", rows, notes)


if __name__ == "__main__":
    main(sys.argv[1:] or ("small",))
