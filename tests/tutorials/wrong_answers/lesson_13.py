"""Plausible wrong answers to the exercises of lesson 13, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "causal-and-padding",
        """
def may_look(token_ids, padding_id):
    length = token_ids.shape[1]
    padding = token_ids == padding_id
    return ~(np.tril(np.ones((length, length), bool)) & ~padding[:, None, :])
""",
        "That is the opposite: true means “may look”.",
    ),
    (
        "causal-and-padding",
        """
def may_look(token_ids, padding_id):
    length = token_ids.shape[1]
    real = token_ids != padding_id
    return np.tril(np.ones((length, length), bool)) | real[:, None, :]
""",
        "Both conditions must hold: use “and”.",
    ),
    (
        "causal-and-padding",
        """
def may_look(token_ids, padding_id):
    length = token_ids.shape[1]
    real = token_ids != padding_id
    return np.tril(np.ones((length, length), bool)) & real[:, :, None]
""",
        "Padding hides keys, the last axis, not queries.",
    ),
    (
        "causal-and-padding",
        """
def may_look(token_ids, padding_id):
    length = token_ids.shape[1]
    real = token_ids != padding_id
    return np.triu(np.ones((length, length), bool)) & real[:, None, :]
""",
        "That is the future: the past is j ≤ i.",
    ),
    (
        "causal-and-padding",
        """
def may_look(token_ids, padding_id):
    length = token_ids.shape[1]
    real = token_ids != padding_id
    return np.tril(np.ones((length, length), bool), -1) & real[:, None, :]
""",
        "A word may look at itself, too.",
    ),
    (
        "leak-test",
        """
def sees(f, x):
    before = f(x)
    result = np.zeros((len(x), len(x)), bool)
    for s in range(len(x)):
        changed = x.copy()
        changed[s] += 1.0
        result[s] = np.abs(f(changed) - before).max(axis=1) > 1e-6
    return result
""",
        "That is the transpose: row t is an output, column s an input.",
    ),
    (
        "leak-test",
        """
def sees(f, x):
    before = f(x)
    result = np.zeros((len(x), len(x)), bool)
    for s in range(len(x)):
        x[s] += 1.0
        result[:, s] = np.abs(f(x) - before).max(axis=1) > 1e-6
    return result
""",
        "Begin from the original x each time: undo the last change.",
    ),
    (
        "leak-test",
        """
def sees(f, x):
    before = f(x)
    result = np.zeros((len(x), len(x)), bool)
    for s in range(len(x)):
        changed = x.copy()
        changed[s] += 1.0
        result[:, s] = np.abs(f(changed) - before).max() > 1e-6
    return result
""",
        "Compare row by row: not every output moves with every input.",
    ),
    (
        "leak-test",
        """
def sees(f, x):
    before = f(x)
    result = np.zeros((len(x), len(x)), bool)
    for s in range(len(x)):
        changed = x.copy()
        changed[s] += 1.0
        result[:, s] = np.abs(f(changed) - before).max(axis=1) < 1e-6
    return result
""",
        "That is the opposite: true means “depends”.",
    ),
    (
        "variance-of-scores",
        "def score_variance(width, a, b, m):\n    return width * a * b",
        "The mean of k counts: the mean of k² is b + m².",
    ),
    (
        "variance-of-scores",
        "def score_variance(width, a, b, m):\n    return a * (b + m**2)",
        "There are H independent terms: their variances add up.",
    ),
    (
        "variance-of-scores",
        "def score_variance(width, a, b, m):\n"
        "    return np.sqrt(width * a * (b + m**2))",
        "That is the standard deviation.",
    ),
    (
        "variance-of-scores",
        "def score_variance(width, a, b, m):\n    return width * a * (b + m)",
        "The mean counts squared.",
    ),
    (
        "fold-a-head",
        """
def fold(w_q, w_k, w_v, w_o):
    return w_q @ w_k.T, w_v @ w_o
""",
        "M must contain the division by √H.",
    ),
    (
        "fold-a-head",
        """
def fold(w_q, w_k, w_v, w_o):
    return w_q @ w_k.T / np.sqrt(len(w_q)), w_v @ w_o
""",
        "Divide by √H, the width of the head, not by √D.",
    ),
    (
        "fold-a-head",
        """
def fold(w_q, w_k, w_v, w_o):
    return w_k @ w_q.T / np.sqrt(w_q.shape[1]), w_v @ w_o
""",
        "M is turned round: queries come from the left, keys from the right.",
    ),
    (
        "fold-a-head",
        """
def fold(w_q, w_k, w_v, w_o):
    scale = np.sqrt(w_q.shape[1])
    return w_q @ w_k.T / scale, w_v @ w_o / scale
""",
        "Only the scores are divided by √H.",
    ),
]
