r"""Optimisers with a learning rate for every weight: AdaGrad, RMSprop and Adam.

The letters are those of `descent`, from where these are imported too.
"""

import itertools

import numpy as np

from fmkeras.errors import check_number
from fmkeras.scratch._arguments import check_share, prepare


def adagrad(
    gradient,
    start,
    learning_rate=0.001,
    initial_accumulator_value=0.1,
    epsilon=1e-7,
):
    r"""Give every weight a rate of its own, smaller the more it has moved.

    $$
    s \leftarrow s + g^2, \qquad w \leftarrow w - \gamma \frac{g}{\sqrt{s + \epsilon}}
    $$

    Rarely used weights keep taking large steps. The sum only grows, so that all
    steps die out in the end. Cost: one gradient a step, one more array.

    Args:
        gradient: Function from the weights to the gradient, an array of their shape.
        start: Float array of any shape, or a number: the weights to start from.
        learning_rate: Float > 0, or a schedule: a function from the step to $\gamma$.
        initial_accumulator_value: Float ≥ 0 that $s$ starts from.
        epsilon: Float ≥ 0 that keeps the division finite, $\epsilon$.

    Yields:
        Float64 arrays of the shape of `start`: the start, then every iterate.

    Raises:
        ValueError: As for `gradient_descent`.

    Example:

    >>> from fmkeras.scratch import take
    >>> path = adagrad(lambda w: 4.0, 0.0, 1.0, initial_accumulator_value=0.0)
    >>> take(path, 2).round(3).tolist()  # 1, then 1/√2 downhill
    [0.0, -1.0, -1.707]

    Reference:
        Duchi, Hazan and Singer (2011), "Adaptive Subgradient Methods for Online
        Learning and Stochastic Optimization", Journal of Machine Learning Research
        12, section 1.1. Their $\eta$ is our $\gamma$, their $\mathrm{diag}(G_t)$ our
        $s$.
    """
    w, slope, rate = prepare("adagrad", gradient, start, learning_rate)
    check_number(
        "adagrad", "initial_accumulator_value", initial_accumulator_value, minimum=0.0
    )
    epsilon = check_number("adagrad", "epsilon", epsilon, minimum=0.0)
    s = np.full_like(w, initial_accumulator_value)
    yield w.copy()
    for t in itertools.count():
        g = slope(w)
        s = s + g**2
        w = w - rate(t) * g / np.sqrt(s + epsilon)
        yield w.copy()


def rmsprop(gradient, start, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    r"""Divide the gradient by its recent size, weight by weight.

    $$
    v \leftarrow \rho v + (1 - \rho)\, g^2, \qquad
    w \leftarrow w - \gamma \frac{g}{\sqrt{v + \epsilon}}
    $$

    AdaGrad that forgets: $v$ looks back about $1 / (1 - \rho)$ steps, so that steps
    need not die out. Cost: one gradient a step, one more array.

    Args:
        gradient: Function from the weights to the gradient, an array of their shape.
        start: Float array of any shape, or a number: the weights to start from.
        learning_rate: Float > 0, or a schedule: a function from the step to $\gamma$.
        rho: Float in [0, 1), the share $\rho$ of the past that is kept.
        epsilon: Float ≥ 0 that keeps the division finite, $\epsilon$.

    Yields:
        Float64 arrays of the shape of `start`: the start, then every iterate.

    Raises:
        ValueError: As for `gradient_descent`.

    Example:

    >>> from fmkeras.scratch import take
    >>> take(rmsprop(lambda w: 4.0, 0.0, 1.0, rho=0.75), 2).round(3).tolist()
    [0.0, -2.0, -3.512]

    Reference:
        Tieleman and Hinton (2012), "Lecture 6.5: rmsprop", Neural Networks for
        Machine Learning,
        https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf.
        Their MeanSquare is our $v$.
    """
    w, slope, rate = prepare("rmsprop", gradient, start, learning_rate)
    rho = check_share("rmsprop", "rho", rho)
    epsilon = check_number("rmsprop", "epsilon", epsilon, minimum=0.0)
    v = np.zeros_like(w)
    yield w.copy()
    for t in itertools.count():
        g = slope(w)
        v = rho * v + (1 - rho) * g**2
        w = w - rate(t) * g / np.sqrt(v + epsilon)
        yield w.copy()


def adam(gradient, start, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    r"""Combine momentum with a rate for every weight, corrected for the cold start.

    $$
    m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad
    v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2
    $$

    $$
    w \leftarrow w - \gamma\, \frac{\sqrt{1 - \beta_2^{\,t+1}}}{1 - \beta_1^{\,t+1}}
        \cdot \frac{m}{\sqrt{v} + \epsilon}
    $$

    Both averages start from zero and are too small at first; the fraction undoes
    that, and the first step is $\gamma$ long in every weight, however steep the
    function. Cost: one gradient a step, two more arrays.

    Args:
        gradient: Function from the weights to the gradient, an array of their shape.
        start: Float array of any shape, or a number: the weights to start from.
        learning_rate: Float > 0, or a schedule: a function from the step to $\gamma$.
        beta_1: Float in [0, 1), the share of the past kept in $m$.
        beta_2: Float in [0, 1), the share of the past kept in $v$.
        epsilon: Float ≥ 0 that keeps the division finite, $\epsilon$.

    Yields:
        Float64 arrays of the shape of `start`: the start, then every iterate.

    Raises:
        ValueError: As for `gradient_descent`.

    Example:

    >>> from fmkeras.scratch import take
    >>> steep = take(adam(lambda w: [1e-3, 1e3], [0.0, 0.0], learning_rate=0.5), 2)
    >>> steep.round(2).tolist()
    [[0.0, 0.0], [-0.5, -0.5], [-1.0, -1.0]]

    Reference:
        Kingma and Ba (2015), "Adam: A Method for Stochastic Optimization", algorithm
        1 in the order given at the end of section 2,
        https://arxiv.org/abs/1412.6980. Their $\theta$ is our $w$, $\alpha$ our
        $\gamma$, $\hat\epsilon$ our $\epsilon$, and their $t$ counts from 1.
    """
    w, slope, rate = prepare("adam", gradient, start, learning_rate)
    beta_1 = check_share("adam", "beta_1", beta_1)
    beta_2 = check_share("adam", "beta_2", beta_2)
    epsilon = check_number("adam", "epsilon", epsilon, minimum=0.0)
    m, v = np.zeros_like(w), np.zeros_like(w)
    yield w.copy()
    for t in itertools.count():
        g = slope(w)
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        correction = np.sqrt(1 - beta_2 ** (t + 1)) / (1 - beta_1 ** (t + 1))
        w = w - rate(t) * correction * m / (np.sqrt(v) + epsilon)
        yield w.copy()
