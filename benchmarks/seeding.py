"""Equal seeds for everybody, as far as libraries allow."""

from benchmarks import classifiers, peers


def set_seed(contender, seed):
    """Seed what the contender draws its first weights and its order from."""
    if contender in (peers.TORCH_EAGER, peers.TORCH_COMPILED, classifiers.TORCH):
        import torch

        torch.manual_seed(seed)
    else:
        import keras

        keras.utils.set_random_seed(seed)
