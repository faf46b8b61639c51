"""How fast to learn, step by step."""

import keras

from fmkeras.errors import argument_error, check_integer, check_number


def warmup_cosine(peak, warmup_steps, total_steps, final=0.0):
    r"""Warm up in a straight line, then cool down along half a cosine.

    $$
    \gamma_t = \begin{cases}
        \gamma_{\mathrm{peak}}\, t / W & t < W \\
        \gamma_{\mathrm{final}} + \tfrac{1}{2}
            (\gamma_{\mathrm{peak}} - \gamma_{\mathrm{final}})
            \Big(1 + \cos \pi \frac{t - W}{S - W}\Big) & W \le t \le S
    \end{cases}
    $$

    Small first steps let Adam see what gradients look like before it trusts them; small
    last ones let the weights settle. After step $S$ the rate stays at its final value.
    This is `keras.optimizers.schedules.CosineDecay`, which counts its steps from the
    end of the warm-up and its final rate as a share of the peak.

    Args:
        peak: Float > 0, $\gamma_{\mathrm{peak}}$, the learning rate after the warm-up.
        warmup_steps: Integer ≥ 0, $W$, the steps of the warm-up.
        total_steps: Integer > `warmup_steps`, $S$, all steps of the training:
            `epochs * len(batches)`.
        final: Float from 0 to `peak`, $\gamma_{\mathrm{final}}$.

    Returns:
        A `keras.optimizers.schedules.LearningRateSchedule`, to be given to an optimiser
        as its learning rate.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> schedule = warmup_cosine(peak=0.5, warmup_steps=2, total_steps=6, final=0.25)
    >>> [round(float(schedule(step)), 3) for step in range(8)]
    [0.0, 0.25, 0.5, 0.463, 0.375, 0.287, 0.25, 0.25]

    Reference:
        Loshchilov and Hutter (2017), "SGDR: Stochastic Gradient Descent with Warm
        Restarts", section 3, https://arxiv.org/abs/1608.03983, for the cosine; Goyal et
        al. (2017), https://arxiv.org/abs/1706.02677, section 2.2, for the warm-up.
    """
    owner = "warmup_cosine"
    peak = check_number(owner, "peak", peak, minimum=0.0, exclusive=True)
    final = check_number(owner, "final", final, minimum=0.0, maximum=peak)
    warmup_steps = check_integer(owner, "warmup_steps", warmup_steps, minimum=0)
    total_steps = check_integer(owner, "total_steps", total_steps)
    if total_steps <= warmup_steps:
        raise argument_error(
            owner,
            "total_steps",
            f"larger than warmup_steps={warmup_steps}",
            total_steps,
            would_do="epochs * len(batches)",
        )
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup_steps else peak,
        decay_steps=total_steps - warmup_steps,
        alpha=final / peak,
        warmup_target=peak if warmup_steps else None,
        warmup_steps=warmup_steps,
    )
