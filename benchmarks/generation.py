"""How fast text is written, after short prompts and long ones, alone and in a batch.

Everybody draws from the five likeliest tokens, so that no model stops early, and keeps
keys and values. The jobs that write one token time the reading of the prompt.
"""

import numpy as np

from benchmarks import peers
from benchmarks.jobs import OURS, Job, Peer

TOP = 5
SHAPES = {"generation": peers.SMALL_LONG, "gpt2-generation": peers.GPT2_SMALL}
# row: [(batch, prompt, new tokens, goal)]
SIZES = {
    "generation": [
        (1, 16, 200, 12.0),
        (8, 16, 200, 4.0),
        (1, 512, 100, 12.0),
        (8, 512, 100, 4.0),
        (1, 512, 1, 1.0),
    ],
    "gpt2-generation": [
        (1, 16, 48, 1.3),
        (8, 16, 48, 1.8),
        (1, 512, 16, 1.3),
        (8, 512, 16, 1.8),
        (1, 512, 1, 1.0),
    ],
}


def jobs(row, fast):
    """Give a job for every size, or for the first two."""
    sizes = SIZES[row][:2] if fast else SIZES[row]
    return [_job(SHAPES[row], *size) for size in sizes]


def build(job, contender):
    """Give the function that writes one text, or one batch of texts."""
    row, size = next(
        (row, size)
        for row, sizes in SIZES.items()
        for size in sizes
        if _name(SHAPES[row], *size[:3]) == job
    )
    batch, length, new, _ = size
    shape = SHAPES[row]
    rng = np.random.default_rng(0)
    prompts = rng.integers(shape.vocabulary_size, size=(batch, length)).astype("int32")
    write = WRITERS[contender](shape)

    def run():
        write(prompts, new)

    return run


def _name(shape, batch, length, new):
    model = "GPT-2 small" if shape == peers.GPT2_SMALL else "4 layers, width 128"
    return f"{model}: batch {batch}, prompt {length}, {new} new"


def _job(shape, batch, length, new, goal):
    # The prompt is read once; each new token but the last is read as well.
    flops = shape.forward_flops(length, length) + sum(
        shape.forward_flops(1, length + i) for i in range(1, new)
    )
    return Job(
        _name(shape, batch, length, new),
        {
            peers.TRANSFORMERS: Peer(peers.NEEDS_TRANSFORMERS, goal),
            peers.KERAS_HUB: Peer(peers.NEEDS_KERAS_HUB, goal),
        },
        work=batch * (length if new == 1 else new),
        unit="tokens",
        flops=batch * flops,
    )


def _fmkeras_writer(shape):
    from fmkeras import generation

    model = peers.fmkeras_gpt2(shape)
    return lambda prompts, new: model.generate(
        prompts, max_new_tokens=new, sampler=generation.TopK(TOP), seed=0
    )


def _transformers_writer(shape):
    import torch

    model = peers.transformers_gpt2(shape).eval()

    def write(prompts, new):
        ids = torch.from_numpy(prompts).long()
        with torch.inference_mode():
            model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                do_sample=True,
                top_k=TOP,
                min_new_tokens=new,
                max_new_tokens=new,
                pad_token_id=0,
            )

    return write


def _keras_hub_writer(shape):
    import keras_hub

    model = peers.keras_hub_gpt2(shape)
    model.compile(sampler=keras_hub.samplers.TopKSampler(k=TOP, seed=0))

    def write(prompts, new):
        batch, length = prompts.shape
        ids = np.zeros((batch, length + new), "int32")
        ids[:, :length] = prompts
        mask = np.arange(length + new)[None] < np.full((batch, 1), length)
        model.generate({"token_ids": ids, "padding_mask": mask}, stop_token_ids=None)

    return write


WRITERS = {
    OURS: _fmkeras_writer,
    peers.TRANSFORMERS: _transformers_writer,
    peers.KERAS_HUB: _keras_hub_writer,
}
