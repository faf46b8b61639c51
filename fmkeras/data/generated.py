"""Points drawn from a seed: two dimensions, two classes, no straight line between."""

import numpy as np

from fmkeras.data.splits import stratified_split
from fmkeras.errors import check_integer, check_number

SMALLEST = 10  # below that, a fifth set aside for testing may miss a class


def load_moons(num_samples=400, noise=0.2, seed=0):
    r"""Draw two half moons that reach into each other.

    A line gets about 87 of 100 points right, a curve about 97. With $t$ evenly
    spaced over $[0, \pi]$ the points of class 0 and class 1 are

    $$
    (\cos t,\; \sin t)
    \qquad\text{and}\qquad
    \left(1 - \cos t,\; \tfrac{1}{2} - \sin t\right),
    $$

    plus Gaussian noise.

    Args:
        num_samples: Integer, at least 10. Points in both parts together.
        noise: Float, at least 0. Standard deviation of the noise.
        seed: Integer, at least 0. The same seed draws the same points.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float32 arrays `(B, 2)` and int32
        labels 0 or 1; four fifths of the points to train on, one to test.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> (x_train, y_train), (x_test, y_test) = load_moons(num_samples=200)
    >>> x_train.shape, x_test.shape
    ((160, 2), (40, 2))
    """
    num_samples, noise, rng = _check("load_moons", num_samples, noise, seed)
    t = np.linspace(0, np.pi, num_samples // 2)
    upper = np.stack([np.cos(t), np.sin(t)], axis=1)
    t = np.linspace(0, np.pi, num_samples - num_samples // 2)
    lower = np.stack([1 - np.cos(t), 0.5 - np.sin(t)], axis=1)
    labels = np.repeat([0, 1], [len(upper), len(lower)])
    return _scatter(np.concatenate([upper, lower]), labels, noise, rng)


def load_xor(num_samples=400, noise=0.2, seed=0):
    """Draw four clouds around the corners of a square: "exclusive or".

    The label is 1 where the signs of the two coordinates differ. No line gets
    more than three of the four clouds right, which is why a single neuron fails.

    Args:
        num_samples: Integer, at least 10. Points in both parts together.
        noise: Float, at least 0. Standard deviation of each cloud; the corners
            lie at ±1.
        seed: Integer, at least 0. The same seed draws the same points.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float32 arrays `(B, 2)` and int32
        labels 0 or 1; four fifths of the points to train on, one to test.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> (x_train, y_train), _ = load_xor(noise=0.0)
    >>> all((x_train[:, 0] != x_train[:, 1]) == y_train)
    True

    Reference:
        Minsky and Papert (1969), "Perceptrons", MIT Press.
    """
    num_samples, noise, rng = _check("load_xor", num_samples, noise, seed)
    first, second = np.arange(num_samples) % 2, np.arange(num_samples) // 2 % 2
    corners = np.stack([2 * first - 1, 2 * second - 1], axis=1)
    return _scatter(corners, first ^ second, noise, rng)


def _check(owner, num_samples, noise, seed):
    num_samples = check_integer(owner, "num_samples", num_samples, minimum=SMALLEST)
    noise = check_number(owner, "noise", noise, minimum=0.0)
    seed = check_integer(owner, "seed", seed, minimum=0)
    return num_samples, noise, np.random.default_rng(seed)


def _scatter(centres, labels, noise, rng):
    points = centres + rng.normal(scale=noise, size=centres.shape)
    return stratified_split(points.astype(np.float32), labels.astype(np.int32))
