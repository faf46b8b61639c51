"""How fast LeNet-5 and an MLP train: one epoch over the same images in each round."""

import numpy as np

from benchmarks import classifiers
from benchmarks.jobs import Job, Peer
from benchmarks.peers import PLAIN_KERAS

IMAGES = 8_192
MODELS = {"lenet5": classifiers.LENET, "mlp": classifiers.MLP}
# Operations of the matrix products for one image, forward.
FLOPS = {
    classifiers.LENET: 2 * (784 * 150 + 100 * 2400 + 400 * 120 + 120 * 84 + 84 * 10),
    classifiers.MLP: 2 * (784 * 256 + 256 * 128 + 128 * 10),
}


def jobs(row, fast):
    """Give the row's one job, which is short enough for a fast run."""
    peers = {
        PLAIN_KERAS: Peer((), 1.3),
        classifiers.TORCH: Peer(("torch",), 1.3),
    }
    if not fast:
        peers[classifiers.XLA] = Peer(())
    flops = 3 * IMAGES * FLOPS[MODELS[row]]
    return [Job(MODELS[row], peers, work=IMAGES, unit="images", flops=flops)]


def build(job, contender):
    """Give the function that learns from all images once."""
    from fmkeras import data

    (x, y), _ = data.load_digits(size=28)
    rows = np.resize(np.arange(len(x)), IMAGES)  # repeated until there are enough
    return classifiers.learner(job, contender).epoch(x[rows], y[rows])
