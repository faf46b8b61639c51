"""What the models' tests share."""

import numpy as np
import pytest


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
