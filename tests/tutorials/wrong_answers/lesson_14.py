"""Plausible wrong answers to the exercises of lesson 14, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "loss-of-a-bag",
        """
def smallest_loss(counts):
    p = counts[counts > 0] / counts.sum()
    return -(p * np.log2(p)).sum()
""",
        "That is in bits: take the natural logarithm.",
    ),
    (
        "loss-of-a-bag",
        """
def smallest_loss(counts):
    p = counts[counts > 0] / counts.sum()
    return (p * np.log(p)).sum()
""",
        "The loss is positive: a minus sign is missing.",
    ),
    (
        "loss-of-a-bag",
        "def smallest_loss(counts):\n    return np.log(len(counts))",
        "The kinds are not equally frequent: use the counts.",
    ),
    (
        "loss-of-a-bag",
        "def smallest_loss(counts):\n    return -np.log(counts.max() / counts.sum())",
        "That is the loss for the most frequent kind alone.",
    ),
    (
        "loss-of-a-bag",
        """
def smallest_loss(counts):
    p = counts / counts.sum()
    with np.errstate(all="ignore"):
        return -(p * np.log(p)).sum()
""",
        "Leave out counts of zero: 0 ln 0 counts as 0.",
    ),
    (
        "shift-matrix",
        """
def shift_matrix(k, width):
    result = np.zeros((width, width))
    for i in range(0, width, 2):
        angle = k * 10000.0 ** (-i / width)
        cosine, sine = np.cos(angle), np.sin(angle)
        result[i : i + 2, i : i + 2] = [[cosine, sine], [-sine, cosine]]
    return result
""",
        "That goes k places back: exchange the signs of the two sines.",
    ),
    (
        "shift-matrix",
        """
def shift_matrix(k, width):
    result = np.zeros((width, width))
    for i in range(width // 2):
        angle = k * 10000.0 ** (-i / width)
        cosine, sine = np.cos(angle), np.sin(angle)
        block = slice(2 * i, 2 * i + 2)
        result[block, block] = [[cosine, -sine], [sine, cosine]]
    return result
""",
        "The frequency is 10000 to the power −2i / D: a 2 is missing.",
    ),
    (
        "shift-matrix",
        """
def shift_matrix(k, width):
    result = np.zeros((width, width))
    for i in range(0, width, 2):
        angle = k * 10000.0 ** (i / width)
        cosine, sine = np.cos(angle), np.sin(angle)
        result[i : i + 2, i : i + 2] = [[cosine, -sine], [sine, cosine]]
    return result
""",
        "The exponent of 10000 is negative.",
    ),
    (
        "rotary-by-neighbours",
        """
def rotate_neighbours(x, positions):
    half = x.shape[1] // 2
    angles = positions[:, None] * 10000.0 ** (-np.arange(half) / half)
    first, second = x[:, :half], x[:, half:]
    cosine, sine = np.cos(angles), np.sin(angles)
    turned = first * cosine - second * sine, second * cosine + first * sine
    return np.concatenate(turned, axis=1)
""",
        "That pairs h with h + H / 2, as the library does: pair neighbours.",
    ),
    (
        "rotary-by-neighbours",
        """
def rotate_neighbours(x, positions):
    angles = positions[:, None] * 10000.0 ** (-np.arange(0, 6, 2) / 6)
    first, second = x[:, 0::2], x[:, 1::2]
    result = np.empty_like(x)
    result[:, 0::2] = first * np.cos(angles) + second * np.sin(angles)
    result[:, 1::2] = second * np.cos(angles) - first * np.sin(angles)
    return result
""",
        "That turns the other way: check the two signs of the sine.",
    ),
    (
        "rotary-by-neighbours",
        """
def rotate_neighbours(x, positions):
    angles = np.arange(len(x))[:, None] * 10000.0 ** (-np.arange(0, 6, 2) / 6)
    first, second = x[:, 0::2], x[:, 1::2]
    result = np.empty_like(x)
    result[:, 0::2] = first * np.cos(angles) - second * np.sin(angles)
    result[:, 1::2] = second * np.cos(angles) + first * np.sin(angles)
    return result
""",
        "Use the positions that are given, not 0, 1, 2, …",
    ),
    (
        "rotary-by-neighbours",
        """
def rotate_neighbours(x, positions):
    angles = positions[:, None] * 10000.0 ** (-np.arange(0, 6, 2) / 6)
    first, second = x[:, 0::2], x[:, 1::2]
    cosine, sine = np.cos(angles), np.sin(angles)
    turned = first * cosine - second * sine, second * cosine + first * sine
    return np.concatenate(turned, axis=1)
""",
        "The values are right: put each coordinate back in its column.",
    ),
    (
        "reach-of-alibi",
        "def mean_distance(slope):\n    return 1 / slope",
        "That holds for a continuous distance: here d is 0, 1, 2, …",
    ),
    (
        "reach-of-alibi",
        "def mean_distance(slope):\n    return 1 / (1 - np.exp(-slope))",
        "That counts from d = 1, or is the sum of e^(−m d).",
    ),
    (
        "reach-of-alibi",
        """
def mean_distance(slope):
    r = np.exp(-slope)
    return r / (1 - r) ** 2
""",
        "Divide by the sum of the weights: they must sum to one.",
    ),
    (
        "reach-of-alibi",
        "def mean_distance(slope):\n    return np.log(2) / slope",
        "That is the distance at which the weight has halved.",
    ),
]
