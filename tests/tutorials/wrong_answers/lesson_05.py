"""Plausible wrong answers to the exercises of lesson 05, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "line-through-two-points",
        """
def line_through(a, b, inside):
    d = (b - a) / np.linalg.norm(b - a)
    normal = np.array([-d[1], d[0]])
    return np.append(-normal @ a, normal)
""",
        "The sides are exchanged: z must be positive at `inside`.",
    ),
    (
        "line-through-two-points",
        """
def line_through(a, b, inside):
    d = b - a
    normal = np.array([-d[1], d[0]])
    w = np.append(-normal @ a, normal)
    return w if w[0] + w[1:] @ inside > 0 else -w
""",
        "z is no distance yet: divide so that w₁² + w₂² = 1.",
    ),
    (
        "line-through-two-points",
        """
def line_through(a, b, inside):
    d = b - a
    normal = np.array([-d[1], d[0]])
    w = np.append(-normal @ a, normal)
    w = w / np.linalg.norm(w)
    return w if w[0] + w[1:] @ inside > 0 else -w
""",
        "w₀ does not count: only w₁² + w₂² must be 1.",
    ),
    (
        "line-through-two-points",
        """
def line_through(a, b, inside):
    d = (b - a) / np.linalg.norm(b - a)
    normal = np.array([-d[1], d[0]])
    if normal @ (inside - a) < 0:
        normal = -normal
    return np.append(normal @ a, normal)
""",
        "The sign of w₀ is wrong: z must be 0 at a.",
    ),
    (
        "line-through-two-points",
        """
def line_through(a, b, inside):
    d = (b - a) / np.linalg.norm(b - a)
    return np.append(-d @ a, d)
""",
        "(w₁, w₂) stands at a right angle to the line, not along it.",
    ),
    (
        "rosenblatt-pass",
        """
def one_pass(x, t, w):
    wrong = t * (x @ w) <= 0
    return w + t[wrong] @ x[wrong]
""",
        "Each row must see the weights the rows before it left.",
    ),
    (
        "rosenblatt-pass",
        """
def one_pass(x, t, w):
    return w + t @ x
""",
        "Right answers change nothing: correct mistakes only.",
    ),
    (
        "rosenblatt-pass",
        """
def one_pass(x, t, w):
    for row, sign in zip(x, t):
        if sign * (row @ w) < 0:
            w = w + sign * row
    return w
""",
        "A sum of 0 counts as a mistake: compare with ≤.",
    ),
    (
        "rosenblatt-pass",
        """
def one_pass(x, t, w):
    for row, sign in zip(x, t):
        if sign * (row @ w) <= 0:
            w = w - sign * row
    return w
""",
        "The sign is wrong: the rule adds t x.",
    ),
    (
        "rosenblatt-pass",
        """
def one_pass(x, t, w):
    for row, sign in zip(x, t):
        if sign * (row @ w) <= 0:
            w = w + sign * row
            return w
""",
        "Do not stop after the first mistake.",
    ),
    (
        "slope-of-swish",
        """
def swish_slope(z, beta):
    return 1 / (1 + np.exp(-beta * z))
""",
        "That is σ(βz): the product rule has a second term.",
    ),
    (
        "slope-of-swish",
        """
def swish_slope(z, beta):
    p = 1 / (1 + np.exp(-beta * z))
    return p + z * p * (1 - p)
""",
        "The inner derivative of σ(βz) is missing.",
    ),
    (
        "slope-of-swish",
        """
def swish_slope(z, beta):
    p = 1 / (1 + np.exp(-beta * z))
    return beta * p * (1 - p)
""",
        "z is a factor: use the product rule.",
    ),
    (
        "slope-of-swish",
        """
def swish_slope(z, beta):
    p = 1 / (1 + np.exp(-beta * z))
    return p + beta * p * (1 - p)
""",
        "In the second term the factor z is missing.",
    ),
    (
        "relu-from-nearby",
        """
def nearby(x, kernel, b, s, c):
    return np.append(b @ s + c, kernel @ s)
""",
        "That counts all neurons: those that are off contribute nothing.",
    ),
    (
        "relu-from-nearby",
        """
def nearby(x, kernel, b, s, c):
    on = x @ kernel + b > 0
    value = np.maximum(0, x @ kernel + b) @ s + c
    return np.append(value, kernel[:, on] @ s[on])
""",
        "w₀ is the value at the origin, not at x.",
    ),
    (
        "relu-from-nearby",
        """
def nearby(x, kernel, b, s, c):
    on = x @ kernel + b > 0
    return np.append(b[on] @ s[on], kernel[:, on] @ s[on])
""",
        "The last bias c is missing in w₀.",
    ),
    (
        "relu-from-nearby",
        """
def nearby(x, kernel, b, s, c):
    on = x @ kernel + b > 0
    return np.append(b @ s + c, kernel[:, on] @ s[on])
""",
        "In w₀, too, only the biases of the neurons that are on count.",
    ),
    (
        "relu-from-nearby",
        """
def nearby(x, kernel, b, s, c):
    on = x @ kernel + b > 0
    return np.append(kernel[:, on] @ s[on], b[on] @ s[on] + c)
""",
        "The values are right, but w₀ goes first.",
    ),
]
