"""What the models' tests share."""

import keras
import numpy as np
import pytest


@pytest.fixture(autouse=True)
def arrays_of_torch(monkeypatch):
    """Let NumPy read what a model gives on PyTorch, too, gradient or not."""
    if keras.backend.backend() == "torch":
        import torch

        plain = torch.Tensor.__array__

        def detached(tensor, dtype=None, copy=None):
            return plain(tensor.detach(), dtype)

        monkeypatch.setattr(torch.Tensor, "__array__", detached)


@pytest.fixture
def slopes(gradients, float64):
    """Give the slope of a loss in a random direction, by gradient and by difference."""

    def measure(weights, loss, step=1e-6):
        rng = np.random.default_rng(8)
        direction = [rng.normal(size=weight.shape) for weight in weights]

        def moved(amount):
            for weight, part in zip(weights, direction, strict=True):
                weight.assign_add(amount * part)
            return float(loss())

        by_gradient = sum(
            float((gradient * part).sum())
            for gradient, part in zip(gradients(loss, weights), direction, strict=True)
        )
        return by_gradient, (moved(step) - moved(-2 * step)) / (2 * step)

    return measure
