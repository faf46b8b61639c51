"""How fast LeNet-5 and an MLP train: some epochs of the same images in each round.

A round is one call of `fit`, as one trains; what a call costs by itself, before its
first step, is shared by its epochs.
"""

import numpy as np

from benchmarks import classifiers
from benchmarks.jobs import Job, Peer
from benchmarks.peers import PLAIN_KERAS

IMAGES, EPOCHS = 8_192, 3
MODELS = {"lenet5": classifiers.LENET, "mlp": classifiers.MLP}
# Operations of the matrix products for one image, forward.
FLOPS = {
    classifiers.LENET: 2 * (784 * 150 + 100 * 2400 + 400 * 120 + 120 * 84 + 84 * 10),
    classifiers.MLP: 2 * (784 * 256 + 256 * 128 + 128 * 10),
}


def jobs(row, fast):
    """Give the row's one job; a fast run leaves out whose epochs take long."""
    peers = {classifiers.TORCH: Peer(("torch",), 1.3)}
    if not fast:
        peers = {PLAIN_KERAS: Peer((), 1.3), **peers, classifiers.XLA: Peer(())}
    images = EPOCHS * IMAGES
    flops = 3 * images * FLOPS[MODELS[row]]
    return [Job(MODELS[row], peers, work=images, unit="images", flops=flops)]


def build(job, contender):
    """Give the function that learns for `EPOCHS` epochs."""
    from fmkeras import data

    (x, y), _ = data.load_digits(size=28)
    rows = np.resize(np.arange(len(x)), IMAGES)  # repeated until there are enough
    return classifiers.learner(job, contender).epochs(x[rows], y[rows], EPOCHS)
