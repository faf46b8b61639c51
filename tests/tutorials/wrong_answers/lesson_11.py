"""Plausible wrong answers to the exercises of lesson 11, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "thinning-out",
        """
def kept(counts, t):
    return counts * np.sqrt(t / (counts / counts.sum()))
""",
        "A probability is 1 at most: rare words are kept.",
    ),
    (
        "thinning-out",
        """
def kept(counts, t):
    return counts * np.minimum(1, t * counts.sum() / counts)
""",
        "The square root is missing.",
    ),
    (
        "thinning-out",
        """
def kept(counts, t):
    return np.minimum(1, np.sqrt(t * counts.sum() / counts))
""",
        "Those are the probabilities: how many are kept?",
    ),
    (
        "thinning-out",
        """
def kept(counts, t):
    return counts * np.minimum(1, np.sqrt(t / counts))
""",
        "f is a share of the text, not a count.",
    ),
    (
        "odd-one-out",
        """
def odd_one_out(vectors):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.argmax((unit @ unit.T).sum(axis=1))
""",
        "That one is most like the others.",
    ),
    (
        "odd-one-out",
        """
def odd_one_out(vectors):
    return np.argmin((vectors @ vectors.T).sum(axis=1))
""",
        "Products grow with the lengths: scale to length 1 first.",
    ),
    (
        "odd-one-out",
        """
def odd_one_out(vectors):
    distances = np.linalg.norm(vectors[:, None] - vectors, axis=2)
    return np.argmax(distances.sum(axis=1))
""",
        "That is the largest distance: the cosine asks for directions.",
    ),
    (
        "slope-of-a-table",
        """
def slope_of_table(ids, slopes, size):
    table = np.zeros((size, slopes.shape[1]))
    table[ids] = slopes
    return table
""",
        "A word that came three times got one slope only: they add up.",
    ),
    (
        "slope-of-a-table",
        """
def slope_of_table(ids, slopes, size):
    table = np.zeros((size, slopes.shape[1]))
    for i in set(ids.tolist()):
        table[i] = slopes[ids == i].mean(axis=0)
    return table
""",
        "Slopes of the same word add up; they are not averaged.",
    ),
    (
        "slope-of-a-table",
        """
def slope_of_table(ids, slopes, size):
    return np.eye(size)[ids].T @ slopes / len(ids)
""",
        "Nothing asks for a mean over the words.",
    ),
    (
        "best-scores",
        """
def best_scores(counts, k):
    q = counts.sum(axis=0) ** 0.75
    return np.log(counts / (counts.sum(axis=1, keepdims=True) * q / q.sum()))
""",
        "ln k is missing: each true pair meets k made-up ones.",
    ),
    (
        "best-scores",
        """
def best_scores(counts, k):
    q = counts.sum(axis=0) / counts.sum()
    return np.log(counts / (k * counts.sum(axis=1, keepdims=True) * q))
""",
        "The power 0.75 is missing in q.",
    ),
    (
        "best-scores",
        """
def best_scores(counts, k):
    q = counts.sum(axis=0) ** 0.75
    return np.log(counts / (k * counts.sum(axis=1, keepdims=True) * q))
""",
        "The q must add up to 1.",
    ),
    (
        "best-scores",
        """
def best_scores(counts, k):
    q = counts.sum(axis=0) ** 0.75
    return counts / (k * counts.sum(axis=1, keepdims=True) * q / q.sum())
""",
        "Take the logarithm.",
    ),
]
