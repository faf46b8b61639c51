"""Plausible wrong answers to the exercises of lesson 02, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "momentum-step",
        """
def momentum_step(w, m, g, learning_rate, beta):
    return w + m, beta * m - learning_rate * g
""",
        "That moves by the old speed: the new one already counts.",
    ),
    (
        "momentum-step",
        """
def momentum_step(w, m, g, learning_rate, beta):
    m = beta * m - (1 - beta) * learning_rate * g
    return w + m, m
""",
        "That is a mean, as in Adam: the heavy ball adds the whole −γ g.",
    ),
    (
        "momentum-step",
        """
def momentum_step(w, m, g, learning_rate, beta):
    m = beta * m + learning_rate * g
    return w + m, m
""",
        "That climbs: the slope pulls against itself, −γ g.",
    ),
    (
        "momentum-step",
        """
def momentum_step(w, m, g, learning_rate, beta):
    m = beta * m - learning_rate * g
    return w - m, m
""",
        "m already points downhill: add it to the weights.",
    ),
    (
        "batch-noise",
        """
def batch_noise(gradients, batch_size):
    return gradients.var(axis=0).sum() / batch_size
""",
        "That is for draws with repetition: a batch holds no example twice.",
    ),
    (
        "batch-noise",
        """
def batch_noise(gradients, batch_size):
    n = len(gradients)
    spread = gradients.var(axis=0, ddof=1).sum()
    return spread / batch_size * (n - batch_size) / (n - 1)
""",
        "V₁ is a mean over all n examples: divide by n, not by n − 1.",
    ),
    (
        "batch-noise",
        """
def batch_noise(gradients, batch_size):
    n = len(gradients)
    spread = gradients.var(axis=0).mean()
    return spread / batch_size * (n - batch_size) / (n - 1)
""",
        "Sum over the D entries: the squared distance is no mean.",
    ),
    (
        "adam-uncorrected",
        """
def uncorrected_step(t, beta_1, beta_2):
    return (1 - beta_1**t) / np.sqrt(1 - beta_2**t)
""",
        "t counts from 0: after step t, t + 1 gradients have come in.",
    ),
    (
        "adam-uncorrected",
        """
def uncorrected_step(t, beta_1, beta_2):
    return (1 - beta_1 ** (t + 1)) / (1 - beta_2 ** (t + 1))
""",
        "v is a mean of squares: take its root.",
    ),
    (
        "adam-uncorrected",
        """
def uncorrected_step(t, beta_1, beta_2):
    return np.sqrt(1 - beta_2 ** (t + 1)) / (1 - beta_1 ** (t + 1))
""",
        "That is the correction: the step is its inverse.",
    ),
    (
        "adam-uncorrected",
        """
def uncorrected_step(t, beta_1, beta_2):
    return (1 - beta_1) / np.sqrt(1 - beta_2)
""",
        "That is the first step, t = 0.",
    ),
    (
        "momentum-limit",
        """
def momentum_limit(hessian, beta):
    return 2 / np.linalg.eigvalsh(hessian).max()
""",
        "That is the limit of plain descent, β = 0.",
    ),
    (
        "momentum-limit",
        """
def momentum_limit(hessian, beta):
    return 2 * (1 - beta) / np.linalg.eigvalsh(hessian).max()
""",
        "Steps that jump to and fro cancel in m instead of adding up.",
    ),
    (
        "momentum-limit",
        """
def momentum_limit(hessian, beta):
    return (1 + beta**0.5) ** 2 / np.linalg.eigvalsh(hessian).max()
""",
        "There the roots become real; they still are inside the unit circle.",
    ),
    (
        "momentum-limit",
        """
def momentum_limit(hessian, beta):
    return 2 * (1 + beta) / np.linalg.eigvalsh(hessian).min()
""",
        "The steepest direction decides, not the flattest.",
    ),
]
