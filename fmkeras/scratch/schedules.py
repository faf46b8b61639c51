r"""Learning-rate schedules: $\gamma$ as a function of the step.

A schedule is a function from the step (0 for the first update) to the learning
rate. Those made here accept an array of steps too, so that a whole schedule can be
drawn in one call. Arguments and values are those of `keras.optimizers.schedules`.
"""

import itertools

import numpy as np

from fmkeras.errors import argument_error, check_number


def exponential_decay(initial_learning_rate, decay_steps, decay_rate, staircase=False):
    r"""Multiply the learning rate by the same factor every `decay_steps` steps.

    $$
    \gamma_t = \gamma_0\, r^{\,t / T}
    $$

    Fast at first and never zero: after $n T$ steps what is left is $r^n$.

    Args:
        initial_learning_rate: Float > 0, $\gamma_0$.
        decay_steps: Number of steps > 0 that one decay takes, $T$.
        decay_rate: Float > 0, the factor $r$.
        staircase: Boolean. Whether to decay in jumps, $\lfloor t / T \rfloor$ in
            place of $t / T$.

    Returns:
        A function from the step, an integer or an array of them, to $\gamma_t$.

    Raises:
        ValueError: If one of the three numbers is not positive.

    Example:

    >>> schedule = exponential_decay(0.8, decay_steps=10, decay_rate=0.5)
    >>> schedule(np.array([0, 10, 20])).tolist()
    [0.8, 0.4, 0.2]
    """
    _check_decay("exponential_decay", initial_learning_rate, decay_steps, decay_rate)

    def learning_rate(step):
        decays = step / decay_steps
        if staircase:
            decays = np.floor(decays)
        return initial_learning_rate * decay_rate**decays

    return learning_rate


def inverse_time_decay(initial_learning_rate, decay_steps, decay_rate, staircase=False):
    r"""Divide the learning rate by something that grows with the steps.

    $$
    \gamma_t = \frac{\gamma_0}{1 + r\, t / T}
    $$

    Slow in the end, so that the steps still add up to infinity: this is what lets
    stochastic descent both reach the minimum and settle there.

    Args:
        initial_learning_rate: Float > 0, $\gamma_0$.
        decay_steps: Number of steps > 0 that one decay takes, $T$.
        decay_rate: Float > 0, the growth $r$ of the divisor.
        staircase: Boolean. Whether to decay in jumps, $\lfloor t / T \rfloor$ in
            place of $t / T$.

    Returns:
        A function from the step, an integer or an array of them, to $\gamma_t$.

    Raises:
        ValueError: If one of the three numbers is not positive.

    Example:

    >>> schedule = inverse_time_decay(0.6, decay_steps=10, decay_rate=0.5)
    >>> schedule(np.array([0, 20, 40])).round(6).tolist()
    [0.6, 0.3, 0.2]

    Reference:
        Robbins and Monro (1951), "A Stochastic Approximation Method", Annals of
        Mathematical Statistics 22(3), whose $a_n$ is our $\gamma_t$.
    """
    _check_decay("inverse_time_decay", initial_learning_rate, decay_steps, decay_rate)

    def learning_rate(step):
        decays = step / decay_steps
        if staircase:
            decays = np.floor(decays)
        return initial_learning_rate / (1 + decay_rate * decays)

    return learning_rate


def step_decay(boundaries, values):
    r"""Hold the learning rate constant, and change it at given steps.

    $$
    \gamma_t = v_i \quad\text{for}\quad b_{i-1} < t \le b_i,
    \qquad b_{-1} = -\infty,\; b_n = \infty
    $$

    The step $b_i$ itself still has the old rate, as in
    `keras.optimizers.schedules.PiecewiseConstantDecay`.

    Args:
        boundaries: Sequence of $n$ increasing steps $b_0, \dots, b_{n-1}$.
        values: Sequence of $n + 1$ learning rates $v_0, \dots, v_n$.

    Returns:
        A function from the step, an integer or an array of them, to $\gamma_t$.

    Raises:
        ValueError: If the boundaries do not increase, or if there is not one value
            more than boundaries.

    Example:

    >>> schedule = step_decay(boundaries=[2, 4], values=[0.1, 0.01, 0.001])
    >>> schedule(np.arange(6)).tolist()
    [0.1, 0.1, 0.1, 0.01, 0.01, 0.001]
    """
    if any(low >= high for low, high in itertools.pairwise(boundaries)):
        raise argument_error("step_decay", "boundaries", "increasing", boundaries)
    if len(values) != len(boundaries) + 1:
        raise argument_error(
            "step_decay",
            "values",
            f"{len(boundaries) + 1} learning rates, one more than `boundaries`",
            values,
        )
    values = np.array(values, dtype="float64")
    return lambda step: values[np.searchsorted(boundaries, step)]


def cosine_decay(initial_learning_rate, decay_steps, alpha=0.0):
    r"""Let the learning rate glide down half a wave of the cosine, then stay.

    $$
    \gamma_t = \gamma_0 \left[ \alpha + (1 - \alpha)\,
        \tfrac{1}{2} \left( 1 + \cos \frac{\pi \min(t, T)}{T} \right) \right]
    $$

    Flat at both ends: it explores for long, falls in the middle and lands softly.

    Args:
        initial_learning_rate: Float > 0, $\gamma_0$.
        decay_steps: Number of steps > 0 until the end is reached, $T$.
        alpha: Float in [0, 1], the share of $\gamma_0$ that stays in the end.

    Returns:
        A function from the step, an integer or an array of them, to $\gamma_t$.

    Raises:
        ValueError: If a number is out of its range.

    Example:

    >>> schedule = cosine_decay(0.2, decay_steps=10)
    >>> schedule(np.array([0, 5, 10, 99])).round(6).tolist()
    [0.2, 0.1, 0.0, 0.0]

    Reference:
        Loshchilov and Hutter (2017), "SGDR: Stochastic Gradient Descent with Warm
        Restarts", section 3, https://arxiv.org/abs/1608.03983, without the restarts.
        Their $\eta_{\max}$ is our $\gamma_0$, their $\eta_{\min}$ our
        $\alpha \gamma_0$.
    """
    _check_decay("cosine_decay", initial_learning_rate, decay_steps)
    check_number("cosine_decay", "alpha", alpha, minimum=0.0, maximum=1.0)

    def learning_rate(step):
        progress = np.minimum(step, decay_steps) / decay_steps
        wave = (1 + np.cos(np.pi * progress)) / 2  # from 1 to 0
        return initial_learning_rate * (alpha + (1 - alpha) * wave)

    return learning_rate


def _check_decay(owner, initial_learning_rate, decay_steps, decay_rate=1.0):
    for argument, value in {
        "initial_learning_rate": initial_learning_rate,
        "decay_steps": decay_steps,
        "decay_rate": decay_rate,
    }.items():
        check_number(owner, argument, value, minimum=0.0, exclusive=True)
