"""Plausible wrong answers to the exercises of lesson 16, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "top-k-renormalised",
        """
def keep_top_k(p, k):
    return np.where(p >= np.sort(p)[-k], p, 0)
""",
        "Divide by the sum of what is kept: it must add up to one.",
    ),
    (
        "top-k-renormalised",
        """
def keep_top_k(p, k):
    kept = np.where(p > np.sort(p)[-k], p, 0)
    return kept / kept.sum()
""",
        "That keeps one too few: the k-th stays.",
    ),
    (
        "top-k-renormalised",
        """
def keep_top_k(p, k):
    kept = np.where(p <= np.sort(p)[k - 1], p, 0)
    return kept / kept.sum()
""",
        "Those are the smallest: keep the largest.",
    ),
    (
        "top-k-renormalised",
        """
def keep_top_k(p, k):
    kept = np.sort(p)[::-1][:k]
    return kept / kept.sum()
""",
        "Every token keeps its place: fill with zeros.",
    ),
    (
        "nucleus",
        """
def nucleus(p, share):
    order = np.argsort(-p)
    inside = np.zeros(len(p), bool)
    inside[order[np.cumsum(p[order]) <= share]] = True
    return inside
""",
        "The token that crosses the line belongs to the nucleus.",
    ),
    (
        "nucleus",
        """
def nucleus(p, share):
    ranked = np.sort(p)[::-1]
    return np.cumsum(ranked) - ranked < share
""",
        "The answer is in sorted order: carry it back to the tokens' places.",
    ),
    (
        "nucleus",
        """
def nucleus(p, share):
    order = np.argsort(-p)
    removed = np.ones(len(p), bool)
    removed[order[np.cumsum(p[order]) - p[order] < share]] = False
    return removed
""",
        "True is for the tokens that stay.",
    ),
    (
        "one-step-of-beam-search",
        """
def beam_step(scores, log_p):
    beams = np.arange(len(scores))
    tokens = log_p.argmax(axis=1)
    return beams, tokens, scores + log_p.max(axis=1)
""",
        "The best may come from one beam: compare all W·V together.",
    ),
    (
        "one-step-of-beam-search",
        """
def beam_step(scores, log_p):
    places = np.argsort(-log_p.ravel())[: len(scores)]
    beams, tokens = np.divmod(places, log_p.shape[1])
    return beams, tokens, log_p[beams, tokens]
""",
        "Add each beam's own score: a text counts as a whole.",
    ),
    (
        "one-step-of-beam-search",
        """
def beam_step(scores, log_p):
    places = np.argsort(-log_p.ravel())[: len(scores)]
    beams, tokens = np.divmod(places, log_p.shape[1])
    return beams, tokens, scores[beams] + log_p[beams, tokens]
""",
        "Add the beams' scores before choosing the best, not after.",
    ),
    (
        "one-step-of-beam-search",
        """
def beam_step(scores, log_p):
    totals = scores[:, None] + log_p
    places = np.argsort(totals.ravel())[-len(scores) :]
    beams, tokens = np.divmod(places, log_p.shape[1])
    return beams, tokens, totals[beams, tokens]
""",
        "The best goes first.",
    ),
    (
        "slope-by-temperature",
        """
def slope_of_mean_logit(z, temperature):
    p = np.exp(z / temperature)
    p = p / p.sum()
    return (p @ z**2 - (p @ z) ** 2) / temperature**2
""",
        "The sign is wrong: a hotter draw is less likely.",
    ),
    (
        "slope-by-temperature",
        """
def slope_of_mean_logit(z, temperature):
    p = np.exp(z / temperature)
    p = p / p.sum()
    return (p @ z) ** 2 - p @ z**2
""",
        "The inner derivative of z / τ is missing: it is −z / τ².",
    ),
    (
        "slope-by-temperature",
        """
def slope_of_mean_logit(z, temperature):
    p = np.exp(z)
    p = p / p.sum()
    return ((p @ z) ** 2 - p @ z**2) / temperature**2
""",
        "The probabilities are those at the temperature τ, not at 1.",
    ),
]
