"""Plausible wrong answers to the exercises of lesson 04, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "kl-divergence",
        """
def kl_divergence(p, q):
    return np.sum(q * np.log2(q / p))
""",
        "That is KL(q ‖ p): the truth p is the weight.",
    ),
    (
        "kl-divergence",
        """
def kl_divergence(p, q):
    happens = p > 0
    return np.sum(p[happens] * np.log(p[happens] / q[happens]))
""",
        "That is in nats: take the logarithm to base 2.",
    ),
    (
        "kl-divergence",
        """
def kl_divergence(p, q):
    return np.sum(p * np.log2(q / p))
""",
        "The sign is wrong: no divergence is negative.",
    ),
    (
        "kl-divergence",
        """
def kl_divergence(p, q):
    return -np.sum(p * np.log2(q))
""",
        "That is H(p, q): the entropy of p must come off.",
    ),
    (
        "kl-divergence",
        """
def kl_divergence(p, q):
    return np.mean(p * np.log2(p / q))
""",
        "That is the mean of the terms: take their sum.",
    ),
    (
        "kl-divergence",
        """
def kl_divergence(p, q):
    return np.sum(p * np.log2(p / q))
""",
        "0 · log 0 must count as 0: leave those terms out.",
    ),
    (
        "stable-two-class-loss",
        """
def two_class_loss(s):
    return np.log(1 + np.exp(s))
""",
        "That is ln(1 + exp(s)): the sign of the score is turned round.",
    ),
    (
        "stable-two-class-loss",
        """
def two_class_loss(s):
    return np.logaddexp2(0, -s / np.log(2))
""",
        "That is in bits: take the natural logarithm.",
    ),
    (
        "stable-two-class-loss",
        """
def two_class_loss(s):
    return np.maximum(0, -s)
""",
        "That is m alone: add the logarithm of 1 + exp(−|s|).",
    ),
    (
        "stable-two-class-loss",
        """
def two_class_loss(s):
    return np.log(1 / (1 + np.exp(-s)))
""",
        "That is ln σ(s): a loss is not negative, so change the sign.",
    ),
    (
        "stable-two-class-loss",
        """
def two_class_loss(s):
    return np.log(1 + np.exp(-s)).sum()
""",
        "That is the sum: return the loss of every entry.",
    ),
    (
        "stable-two-class-loss",
        """
def two_class_loss(s):
    return np.log(1 + np.exp(-s)).mean()
""",
        "That is the mean: return the loss of every entry.",
    ),
    (
        "stable-two-class-loss",
        """
def two_class_loss(s):
    return np.log(1 + np.exp(-s))
""",
        "An exponential overflowed: take m out of the logarithm first.",
    ),
    (
        "stable-two-class-loss",
        """
def two_class_loss(s):
    return -np.log(np.exp(s) / (1 + np.exp(s)))
""",
        "An exponential overflowed: take m out of the logarithm first.",
    ),
    (
        "stable-two-class-loss",
        """
def two_class_loss(s):
    return np.log(1 + np.exp(s)) - s
""",
        "An exponential overflowed: take m out of the logarithm first.",
    ),
    (
        "stable-two-class-loss",
        """
def two_class_loss(s):
    m = max(0, (-s).max())
    return m + np.log(np.exp(-m) + np.exp(-s - m))
""",
        "One m serves all entries here: each needs its own, so use np.maximum.",
    ),
    (
        "stable-two-class-loss",
        """
def two_class_loss(s):
    return np.log(1 + np.exp(-np.clip(s, -500, 500)))
""",
        "The scores were clipped: that changes the loss of large ones.",
    ),
    (
        "double-softmax",
        """
def lowest_loss(num_classes):
    return 0.0
""",
        "One softmax could come down to 0: what does the second one see?",
    ),
    (
        "double-softmax",
        """
def lowest_loss(num_classes):
    return np.log(num_classes)
""",
        "That is the loss of no idea: it can do better.",
    ),
    (
        "double-softmax",
        """
def lowest_loss(num_classes):
    return np.log(np.e + num_classes - 1)
""",
        "That is the highest loss: the right class has score 1.",
    ),
    (
        "double-softmax",
        """
def lowest_loss(num_classes):
    return -np.log2(np.e / (np.e + num_classes - 1))
""",
        "That is in bits: the loss is in nats.",
    ),
    (
        "double-softmax",
        """
def lowest_loss(num_classes):
    return np.e / (np.e + num_classes - 1)
""",
        "That is the probability: take minus its logarithm.",
    ),
    (
        "temperature-gradient",
        """
def temperature_gradient(scores, labels, temperature):
    u = scores / temperature
    p = np.exp(u) / np.exp(u).sum(axis=-1, keepdims=True)
    y = np.eye(scores.shape[-1])[labels]
    return np.sum((p - y) * scores, axis=-1).mean() / temperature**2
""",
        "The sign is wrong: the derivative of z / τ by τ is −z / τ².",
    ),
    (
        "temperature-gradient",
        """
def temperature_gradient(scores, labels, temperature):
    u = scores / temperature
    p = np.exp(u) / np.exp(u).sum(axis=-1, keepdims=True)
    y = np.eye(scores.shape[-1])[labels]
    return np.sum((y - p) * scores, axis=-1).mean() / temperature
""",
        "The derivative of z / τ by τ is −z / τ²: check the power of τ.",
    ),
    (
        "temperature-gradient",
        """
def temperature_gradient(scores, labels, temperature):
    u = scores / temperature
    p = np.exp(u) / np.exp(u).sum(axis=-1, keepdims=True)
    y = np.eye(scores.shape[-1])[labels]
    return np.sum((p - y) * scores, axis=-1).mean()
""",
        "The derivative of z / τ by τ is −z / τ²: check the power of τ.",
    ),
    (
        "temperature-gradient",
        """
def temperature_gradient(scores, labels, temperature):
    u = scores / temperature
    p = np.exp(u) / np.exp(u).sum(axis=-1, keepdims=True)
    y = np.eye(scores.shape[-1])[labels]
    return np.sum((y - p) * scores) / temperature**2
""",
        "That is the sum over the examples: take the mean.",
    ),
    (
        "temperature-gradient",
        """
def temperature_gradient(scores, labels, temperature):
    u = scores / temperature
    p = np.exp(u) / np.exp(u).sum(axis=-1, keepdims=True)
    y = np.eye(scores.shape[-1])[labels]
    return np.mean((y - p) * scores) / temperature**2
""",
        "That is a mean over the classes too: sum over them.",
    ),
    (
        "temperature-gradient",
        """
def temperature_gradient(scores, labels, temperature):
    p = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    y = np.eye(scores.shape[-1])[labels]
    return np.sum((y - p) * scores, axis=-1).mean() / temperature**2
""",
        "Take the softmax of z / τ, not of z.",
    ),
]
