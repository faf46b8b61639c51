"""How fast a decoder trains: the reference job, and GPT-2 small's shape."""

import numpy as np

from benchmarks import decoders, peers
from benchmarks.jobs import Job, Peer

# row: (job, shape, batch, length, steps a round)
JOBS = {
    "decoder": ("reference job", peers.SMALL, 12, 64, 64),
    "gpt2-training": ("GPT-2 small, 4 × 256", peers.GPT2_SMALL, 4, 256, 1),
}
GOALS = {
    "decoder": {
        peers.TORCH_EAGER: 1.3,
        peers.TORCH_COMPILED: 1.0,
        peers.KERAS_HUB: 1.5,
        peers.PLAIN_KERAS: 1.3,
        peers.UNMENDED: None,
    },
    "gpt2-training": dict.fromkeys(
        (
            peers.TORCH_EAGER,
            peers.TORCH_COMPILED,
            peers.KERAS_HUB,
            peers.PLAIN_KERAS,
        ),
        1.0,
    ),
}
NEEDS = {
    peers.TORCH_EAGER: peers.NEEDS_TRANSFORMERS,
    peers.TORCH_COMPILED: peers.NEEDS_TRANSFORMERS,
    peers.KERAS_HUB: peers.NEEDS_KERAS_HUB,
    peers.PLAIN_KERAS: (),
    peers.UNMENDED: (),
}
QUICK = (peers.TORCH_EAGER,)


def jobs(row, fast):
    """Give the row's one job; a fast run leaves out who takes long to compile."""
    name, shape, batch, length, steps = JOBS[row]
    goals = GOALS[row]
    return [
        Job(
            name,
            {who: Peer(NEEDS[who], goals[who]) for who in (QUICK if fast else goals)},
            work=steps * batch * length,
            unit="tokens",
            flops=3 * steps * batch * shape.forward_flops(length, length),
        )
    ]


def build(job, contender):
    """Give the function that takes all steps of a round."""
    _, shape, batch, length, steps = next(x for x in JOBS.values() if x[0] == job)
    learner = decoders.learner(contender, decoders.shortened(shape, length))
    return learner.epoch(*batches(shape, batch, length, steps))


def batches(shape, batch, length, steps):
    """Draw `steps` batches of token ids and of the ids that follow."""
    rng = np.random.default_rng(0)
    ids = rng.integers(shape.vocabulary_size, size=(steps, batch, length + 1))
    ids = ids.astype("int32")
    return ids[:, :, :-1], ids[:, :, 1:]
