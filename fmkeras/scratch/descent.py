r"""Gradient descent and its family, each a generator that can be stepped through.

An optimiser here yields where it starts, then every iterate, without end; `take`
collects as many as are wanted. Its loop is its formula, in these letters:

    w  weights, of any shape        γ  learning rate, `rate(t)`
    g  gradient at w, `slope(w)`    t  step, counted from 0

The formulas are those of `keras.optimizers`, and so are the iterates.
"""

import itertools

import numpy as np

from fmkeras.errors import argument_error, check_integer
from fmkeras.scratch._arguments import check_share, prepare
from fmkeras.scratch.adaptive import adagrad, adam, rmsprop
from fmkeras.scratch.schedules import (
    cosine_decay,
    exponential_decay,
    inverse_time_decay,
    step_decay,
)

__all__ = [
    "adagrad",
    "adam",
    "cosine_decay",
    "exponential_decay",
    "gradient_descent",
    "inverse_time_decay",
    "minibatches",
    "momentum",
    "nesterov",
    "rmsprop",
    "step_decay",
    "stochastic_gradient_descent",
    "take",
]


def gradient_descent(gradient, start, learning_rate=0.1):
    r"""Walk downhill: against the gradient, by steps in proportion to it.

    $$
    w \leftarrow w - \gamma\, g
    $$

    On a bowl, a quadratic whose Hessian has eigenvalues from above 0 to
    $\lambda_{\max}$, it converges for every $\gamma < 2 / \lambda_{\max}$ and blows up
    above, from almost every start. Cost: one gradient a step.

    Args:
        gradient: Function from the weights to the gradient, an array of their shape.
        start: Float array of any shape, or a number: the weights to start from.
        learning_rate: Float > 0, or a schedule: a function from the step to $\gamma$.

    Yields:
        Float64 arrays of the shape of `start`: the start, then every iterate.

    Raises:
        ValueError: With the first iterate asked for, if an argument is out of range;
            with the second, if `gradient` returns another shape.

    Example:

    >>> path = gradient_descent(lambda w: 2 * w, start=8.0, learning_rate=0.25)
    >>> [float(w) for w in itertools.islice(path, 4)]  # the minimum of w² is at 0
    [8.0, 4.0, 2.0, 1.0]

    Reference:
        Cauchy (1847), "Méthode générale pour la résolution des systèmes d'équations
        simultanées", Comptes rendus 25, 536-538.
    """
    w, slope, rate = prepare("gradient_descent", gradient, start, learning_rate)
    yield w.copy()
    for t in itertools.count():
        w = w - rate(t) * slope(w)
        yield w.copy()


def stochastic_gradient_descent(gradient, start, batches, learning_rate=0.1):
    r"""Walk downhill by the gradient of one mini-batch at a time.

    $$
    w \leftarrow w - \gamma\, \frac{1}{|B_t|} \sum_{i \in B_t} \nabla f_i(w)
    $$

    A batch points downhill only on average: steps are noisy but cost $|B_t|$ samples
    in place of all. Every other optimiser takes mini-batches too:
    `adam(lambda w: gradient(w, *next(batches)), start)`.

    Args:
        gradient: Function `(w, *batch)` that returns the gradient on that batch, an
            array of the shape of the weights.
        start: Float array of any shape, or a number: the weights to start from.
        batches: Iterable of tuples of arrays, such as `minibatches(x, y, 32)`. The
            descent ends when it does.
        learning_rate: Float > 0, or a schedule: a function from the step to $\gamma$.

    Yields:
        Float64 arrays of the shape of `start`: the start, then every iterate.

    Raises:
        ValueError: With the first iterate asked for, if an argument is out of range;
            with the second, if `gradient` returns another shape.

    Example:

    >>> batches = [(np.array([1.0, 3.0]),), (np.array([5.0]),)]
    >>> toward_mean = lambda w, x: w - x.mean()
    >>> path = stochastic_gradient_descent(toward_mean, 0.0, batches, 0.5)
    >>> [float(w) for w in path]
    [0.0, 1.0, 3.0]

    Reference:
        Robbins and Monro (1951), "A Stochastic Approximation Method", Annals of
        Mathematical Statistics 22(3), 400-407.
    """
    owner = "stochastic_gradient_descent"
    w, slope, rate = prepare(owner, gradient, start, learning_rate)
    yield w.copy()
    for t, batch in enumerate(batches):
        w = w - rate(t) * slope(w, *batch)
        yield w.copy()


def momentum(gradient, start, learning_rate=0.1, momentum=0.9):
    r"""Roll downhill like a heavy ball that keeps a share of its speed.

    $$
    m \leftarrow \beta m - \gamma\, g, \qquad w \leftarrow w + m
    $$

    Steps that agree add up, to $1 / (1 - \beta)$ times the plain one; steps that
    zigzag cancel. Cost: one gradient a step, one more array.

    Args:
        gradient: Function from the weights to the gradient, an array of their shape.
        start: Float array of any shape, or a number: the weights to start from.
        learning_rate: Float > 0, or a schedule: a function from the step to $\gamma$.
        momentum: Float in [0, 1), the share $\beta$ of the speed that is kept.

    Yields:
        Float64 arrays of the shape of `start`: the start, then every iterate.

    Raises:
        ValueError: As for `gradient_descent`.

    Example:

    >>> take(momentum(lambda w: 1.0, 0.0, learning_rate=1.0, momentum=0.5), 3).tolist()
    [0.0, -1.0, -2.5, -4.25]

    Reference:
        Polyak (1964), "Some methods of speeding up the convergence of iteration
        methods", USSR Computational Mathematics and Mathematical Physics 4(5), 1-17.
        His $\alpha$ is our $\gamma$.
    """
    w, slope, rate = prepare("momentum", gradient, start, learning_rate)
    beta = check_share("momentum", "momentum", momentum)
    m = np.zeros_like(w)
    yield w.copy()
    for t in itertools.count():
        m = beta * m - rate(t) * slope(w)
        w = w + m
        yield w.copy()


def nesterov(gradient, start, learning_rate=0.1, momentum=0.9):
    r"""Roll like the heavy ball, but brake by the slope at the point ahead.

    $$
    m \leftarrow \beta m - \gamma\, g, \qquad w \leftarrow w + \beta m - \gamma\, g
    $$

    Here $w$ is already the point ahead, where the speed alone would carry the ball,
    so that the gradient is taken where it will be needed. Cost: as `momentum`.

    Args:
        gradient: Function from the weights to the gradient, an array of their shape.
        start: Float array of any shape, or a number: the weights to start from.
        learning_rate: Float > 0, or a schedule: a function from the step to $\gamma$.
        momentum: Float in [0, 1), the share $\beta$ of the speed that is kept.

    Yields:
        Float64 arrays of the shape of `start`: the start, then every iterate.

    Raises:
        ValueError: As for `gradient_descent`.

    Example:

    >>> take(nesterov(lambda w: 1.0, 0.0, learning_rate=1.0, momentum=0.5), 3).tolist()
    [0.0, -1.5, -3.25, -5.125]

    Reference:
        Nesterov (1983), "A method of solving a convex programming problem with
        convergence rate O(1/k²)", Soviet Mathematics Doklady 27, 372-376. His $y_k$
        is our $w$, his $\alpha$ our $\gamma$, his $(a_k - 1) / a_{k+1}$ our $\beta$.
    """
    w, slope, rate = prepare("nesterov", gradient, start, learning_rate)
    beta = check_share("nesterov", "momentum", momentum)
    m = np.zeros_like(w)
    yield w.copy()
    for t in itertools.count():
        g = slope(w)
        m = beta * m - rate(t) * g
        w = w + beta * m - rate(t) * g
        yield w.copy()


def minibatches(x, y, batch_size, seed=0):
    """Deal out the data in shuffled mini-batches, epoch after epoch, without end.

    Every epoch is shuffled anew and holds every sample once; where `batch_size` does
    not divide their number, its last batch is smaller. Cost: one copy of the batch.

    Args:
        x: Array `(samples, ...)`, the inputs.
        y: Array `(samples, ...)`, the targets.
        batch_size: Integer ≥ 1. Samples in a batch; all of them if there are fewer.
        seed: Integer. Seed of the shuffles: the same seed, the same batches.

    Yields:
        Pairs of arrays `(batch_size, ...)`: some of `x`, and the `y` that belong to
        them.

    Raises:
        ValueError: With the first batch asked for, if `batch_size` is no positive
            integer, or if `x` and `y` differ in length or are empty.

    Example:

    >>> x = np.arange(5)
    >>> batches = minibatches(x, 10 * x, batch_size=2)
    >>> one_epoch = list(itertools.islice(batches, 3))
    >>> [len(batch) for batch, _ in one_epoch]
    [2, 2, 1]
    >>> sorted(int(i) for batch, _ in one_epoch for i in batch)
    [0, 1, 2, 3, 4]
    """
    x, y = np.asarray(x), np.asarray(y)
    check_integer("minibatches", "batch_size", batch_size)
    check_integer("minibatches", "len(x)", len(x))
    if len(x) != len(y):
        raise argument_error("minibatches", "len(y)", f"len(x), {len(x)}", len(y))
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(len(x))
        for first in range(0, len(x), batch_size):
            chosen = order[first : first + batch_size]
            yield x[chosen], y[chosen]


def take(iterates, steps):
    """Collect the start and the next `steps` iterates in one array.

    An optimiser goes on from where it is: a second call starts with the iterate after
    the last one taken.

    Args:
        iterates: Iterable of arrays of one shape, such as `adam(gradient, start)`.
        steps: Integer ≥ 0. Number of steps to take.

    Returns:
        Float array `(steps + 1, ...)`, the path.

    Raises:
        ValueError: If `steps` is no integer ≥ 0, or if the iterates end before.

    Example:

    >>> take(gradient_descent(lambda w: 2 * w, [8.0, -4.0], 0.25), 2).tolist()
    [[8.0, -4.0], [4.0, -2.0], [2.0, -1.0]]
    """
    steps = check_integer("take", "steps", steps, minimum=0)
    path = list(itertools.islice(iterates, steps + 1))
    if len(path) <= steps:
        raise argument_error(
            "take", "steps", f"less than {len(path)}, the number of iterates", steps
        )
    return np.array(path)
