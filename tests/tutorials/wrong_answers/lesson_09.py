"""Plausible wrong answers to the exercises of lesson 09, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "training-days",
        """
def training_days(parameters, tokens, cards, peak, used):
    return 2 * parameters * tokens / (cards * peak * used) / 86_400
""",
        "That is the forward pass alone: the way back costs twice that.",
    ),
    (
        "training-days",
        """
def training_days(parameters, tokens, cards, peak, used):
    return 4 * parameters * tokens / (cards * peak * used) / 86_400
""",
        "That is the way back alone: the forward pass adds 2ND.",
    ),
    (
        "training-days",
        """
def training_days(parameters, tokens, cards, peak, used):
    return 6 * parameters * tokens / (cards * peak) / 86_400
""",
        "The cards do only the share `used` of their peak.",
    ),
    (
        "training-days",
        """
def training_days(parameters, tokens, cards, peak, used):
    return 6 * parameters * tokens / (cards * peak) * used / 86_400
""",
        "A smaller share makes it slower: divide by `used`.",
    ),
    (
        "training-days",
        """
def training_days(parameters, tokens, cards, peak, used):
    return 6 * parameters * tokens / (cards * peak * used)
""",
        "Those are seconds: a day has 86,400.",
    ),
    (
        "training-days",
        """
def training_days(parameters, tokens, cards, peak, used):
    return 6 * parameters * tokens / (cards * peak * used) / 3600
""",
        "Those are hours: a day has 24.",
    ),
    (
        "training-days",
        """
def training_days(parameters, tokens, cards, peak, used):
    return 6 * parameters * tokens / (peak * used) / 86_400
""",
        "That is for a single card.",
    ),
    (
        "leaky-he",
        """
def leaky_std(num_inputs, alpha):
    return 2 / ((1 + alpha**2) * num_inputs)
""",
        "That is the variance: take the root.",
    ),
    (
        "leaky-he",
        """
def leaky_std(num_inputs, alpha):
    return np.sqrt(2 / num_inputs)
""",
        "That is He's: the negative half is not lost entirely.",
    ),
    (
        "leaky-he",
        """
def leaky_std(num_inputs, alpha):
    return np.sqrt(1 / num_inputs)
""",
        "That is for the identity, where α is 1.",
    ),
    (
        "leaky-he",
        """
def leaky_std(num_inputs, alpha):
    return np.sqrt(2 / ((1 + alpha) * num_inputs))
""",
        "The squares count: the negative half keeps α² of its square.",
    ),
    (
        "leaky-he",
        """
def leaky_std(num_inputs, alpha):
    return np.sqrt(2 / num_inputs) / (1 + alpha)
""",
        "Add the squares of 1 and α, not 1 and α themselves.",
    ),
    (
        "leaky-he",
        """
def leaky_std(num_inputs, alpha):
    return np.sqrt((1 + alpha**2) / (2 * num_inputs))
""",
        "Turn it round: inputs × variance × E g² = 1.",
    ),
    (
        "leaky-he",
        """
def leaky_std(num_inputs, alpha):
    return np.sqrt(1 / ((1 + alpha**2) * num_inputs))
""",
        "Each half of the z counts half: 2 is lost.",
    ),
    (
        "filter-normalisation",
        """
def stretch(direction, weights):
    return direction / np.sqrt(np.sum(direction**2, axis=(0, 1, 2)))
""",
        "Those filters have length 1: give them the length of the weights'.",
    ),
    (
        "filter-normalisation",
        """
def stretch(direction, weights):
    return direction * np.sqrt(np.sum(weights**2, axis=(0, 1, 2)))
""",
        "First divide by the length that the direction has.",
    ),
    (
        "filter-normalisation",
        """
def stretch(direction, weights):
    drawn = np.sqrt(np.sum(direction**2, axis=None, keepdims=True))
    wanted = np.sqrt(np.sum(weights**2, axis=None, keepdims=True))
    return direction / drawn * wanted
""",
        "That gives the whole kernel its length: do it filter by filter.",
    ),
    (
        "filter-normalisation",
        """
def stretch(direction, weights):
    drawn = np.sqrt(np.sum(direction**2, axis=(0, 1), keepdims=True))
    wanted = np.sqrt(np.sum(weights**2, axis=(0, 1), keepdims=True))
    return direction / drawn * wanted
""",
        "A filter spans all input channels: sum over three axes.",
    ),
    (
        "filter-normalisation",
        """
def stretch(direction, weights):
    drawn = np.sqrt(np.sum(direction**2, axis=(0, 1, 3), keepdims=True))
    wanted = np.sqrt(np.sum(weights**2, axis=(0, 1, 3), keepdims=True))
    return direction / drawn * wanted
""",
        "Filters are counted by the last axis, not by the one before.",
    ),
    (
        "filter-normalisation",
        """
def stretch(direction, weights):
    drawn = np.sum(direction**2, axis=(0, 1, 2))
    return direction / drawn * np.sum(weights**2, axis=(0, 1, 2))
""",
        "Take the roots of the sums: lengths, not their squares.",
    ),
    (
        "leaving-a-saddle",
        """
def steps_to_leave(v_0, b, gamma):
    return math.floor(math.log(1 / v_0) / math.log(1 + gamma * b))
""",
        "Rounded down: then v is still below 1.",
    ),
    (
        "leaving-a-saddle",
        """
def steps_to_leave(v_0, b, gamma):
    return math.log(1 / v_0) / math.log(1 + gamma * b)
""",
        "Steps are whole: round up.",
    ),
    (
        "leaving-a-saddle",
        """
def steps_to_leave(v_0, b, gamma):
    return math.ceil(math.log(1 / v_0) / (gamma * b))
""",
        "That is for tiny steps: a step multiplies v by 1 + γb, not by exp(γb).",
    ),
    (
        "leaving-a-saddle",
        """
def steps_to_leave(v_0, b, gamma):
    return math.ceil(math.log(1 / v_0) / math.log(1 + 2 * gamma * b))
""",
        "The slope of ½ b v² is b v: the 2 and the ½ cancel.",
    ),
    (
        "leaving-a-saddle",
        """
def steps_to_leave(v_0, b, gamma):
    return math.ceil((1 - v_0) / (gamma * b * v_0))
""",
        "The steps grow along with v: the growth is exponential.",
    ),
    (
        "leaving-a-saddle",
        """
def steps_to_leave(v_0, b, gamma):
    return math.ceil(math.log(v_0) / math.log(1 - gamma * b))
""",
        "That is how long v takes to shrink: the saddle bends down, so v grows.",
    ),
]
