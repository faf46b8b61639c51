"""Plausible wrong answers to the exercises of lesson 03, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "logistic-recursion",
        """
def step(x, t, w, learning_rate):
    return w - learning_rate * (t / (1 + np.exp(t * (x @ w)))) @ x / len(x)
""",
        "That climbs: the recursion adds what lowers the loss.",
    ),
    (
        "logistic-recursion",
        """
def step(x, t, w, learning_rate):
    return w + learning_rate * (t / (1 + np.exp(t * (x @ w)))) @ x
""",
        "That is the sum over the examples: take the mean.",
    ),
    (
        "logistic-recursion",
        """
def step(x, t, w, learning_rate):
    return learning_rate * (t / (1 + np.exp(t * (x @ w)))) @ x / len(x)
""",
        "That is the step alone: add it to the weights.",
    ),
    (
        "logistic-recursion",
        """
def step(x, t, w, learning_rate):
    return w + learning_rate * (t / (1 + np.exp(-t * (x @ w)))) @ x / len(x)
""",
        "The sign in the exponent is turned: large margins must pull weakly.",
    ),
    (
        "logistic-recursion",
        """
def step(x, t, w, learning_rate):
    p = 1 / (1 + np.exp(-x @ w))
    return w - learning_rate * x.T @ (p - t) / len(x)
""",
        "p − t mixes the two forms: p belongs to labels 0 and 1.",
    ),
    (
        "odds-of-a-change",
        """
def changed_probability(p, weight, delta):
    return p / (1 - p) * np.exp(weight * delta)
""",
        "Those are the new odds: turn them back into a probability.",
    ),
    (
        "odds-of-a-change",
        """
def changed_probability(p, weight, delta):
    return p * np.exp(weight * delta)
""",
        "It is the odds that are multiplied, not the probability.",
    ),
    (
        "odds-of-a-change",
        """
def changed_probability(p, weight, delta):
    return p + weight * delta
""",
        "It is the logarithm of the odds that grows by w δ, not the probability.",
    ),
    (
        "odds-of-a-change",
        """
def changed_probability(p, weight, delta):
    return p + p * (1 - p) * weight * delta
""",
        "That is the tangent: right for tiny changes only.",
    ),
    (
        "cheapest-answer",
        """
def decide(p, cost_of_miss, cost_of_alarm):
    return (p > 0.5).astype(int)
""",
        "One half is right for equal costs only.",
    ),
    (
        "cheapest-answer",
        """
def decide(p, cost_of_miss, cost_of_alarm):
    return (p < cost_of_alarm / (cost_of_miss + cost_of_alarm)).astype(int)
""",
        "The answers are turned round: 1 means malignant.",
    ),
    (
        "cheapest-answer",
        """
def decide(p, cost_of_miss, cost_of_alarm):
    return (p > cost_of_miss / (cost_of_miss + cost_of_alarm)).astype(int)
""",
        "The costs are swapped: dear misses must lower the threshold.",
    ),
    (
        "cheapest-answer",
        """
def decide(p, cost_of_miss, cost_of_alarm):
    return (p * cost_of_miss > cost_of_alarm).astype(int)
""",
        "Compare p a with (1 − p) c: the alarm happens with 1 − p only.",
    ),
    (
        "logistic-curvature",
        """
def curvature(x, w):
    p = 1 / (1 + np.exp(-x @ w))
    return (x.T * (p * (1 - p))) @ x
""",
        "That is the sum over the examples: take the mean.",
    ),
    (
        "logistic-curvature",
        """
def curvature(x, w):
    return x.T @ x / len(x)
""",
        "That is least squares: weight each row by p (1 − p).",
    ),
    (
        "logistic-curvature",
        """
def curvature(x, w):
    return x.T @ x / (4 * len(x))
""",
        "That is the bound: p (1 − p) is ¼ at most.",
    ),
    (
        "logistic-curvature",
        """
def curvature(x, w):
    p = 1 / (1 + np.exp(-x @ w))
    return (x.T * p) @ x / len(x)
""",
        "The slope of the sigmoid is p (1 − p), not p.",
    ),
]
