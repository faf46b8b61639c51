"""Plausible wrong answers to the exercises of lesson 12, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "recurrent-stack-parameters",
        """
def stack_parameters(input_width, width, num_layers, cell):
    sums = {"simple": 1, "lstm": 4}[cell]
    return sums * num_layers * (input_width + width + 1) * width
""",
        "Only the first layer reads E numbers, the others D.",
    ),
    (
        "recurrent-stack-parameters",
        """
def stack_parameters(input_width, width, num_layers, cell):
    sums = {"simple": 1, "lstm": 4}[cell]
    first = (input_width + 1) * width
    return sums * (first + (num_layers - 1) * (width + 1) * width)
""",
        "The state before has a matrix too, D × D.",
    ),
    (
        "recurrent-stack-parameters",
        """
def stack_parameters(input_width, width, num_layers, cell):
    sums = {"simple": 1, "lstm": 4}[cell]
    first = (input_width + width) * width
    return sums * (first + (num_layers - 1) * 2 * width * width)
""",
        "Each sum has a bias of D numbers.",
    ),
    (
        "recurrent-stack-parameters",
        """
def stack_parameters(input_width, width, num_layers, cell):
    sums = {"simple": 1, "lstm": 3}[cell]
    first = (input_width + width + 1) * width
    return sums * (first + (num_layers - 1) * (2 * width + 1) * width)
""",
        "Three is the GRU: an LSTM has three gates and a proposal.",
    ),
    (
        "lstm-step",
        """
def lstm_step(sums, c):
    i, f, new, o = np.split(sums, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(new)
    return c, sigmoid(o) * np.tanh(c)
""",
        "First h, then c.",
    ),
    (
        "lstm-step",
        """
def lstm_step(sums, c):
    f, i, new, o = np.split(sums, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(new)
    return sigmoid(o) * np.tanh(c), c
""",
        "Keras's order is in, forget, proposal, out.",
    ),
    (
        "lstm-step",
        """
def lstm_step(sums, c):
    i, f, new, o = np.split(sums, 4)
    c = sigmoid(f) * c + sigmoid(i) * sigmoid(new)
    return sigmoid(o) * np.tanh(c), c
""",
        "The proposal goes through tanh: it has a sign.",
    ),
    (
        "lstm-step",
        """
def lstm_step(sums, c):
    i, f, new, o = np.split(sums, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(new)
    return sigmoid(o) * c, c
""",
        "On the way out, c goes through tanh.",
    ),
    (
        "derivative-through-time",
        """
def slope_through_time(u, x):
    h = 0.0
    for value in x:
        before, h = h, np.tanh(u * h + value)
    return (1 - h**2) * before
""",
        "The state before depends on u too: follow it through time.",
    ),
    (
        "derivative-through-time",
        """
def slope_through_time(u, x):
    h = slope = 0.0
    for value in x:
        before, h = h, np.tanh(u * h + value)
        slope += (1 - h**2) * before
    return slope
""",
        "Each step's share must pass through the steps after it.",
    ),
    (
        "derivative-through-time",
        """
def slope_through_time(u, x):
    h = slope = 0.0
    for value in x:
        slope = h + u * slope
        h = np.tanh(u * h + value)
    return slope
""",
        "The slope of the tanh, 1 − h², is missing.",
    ),
    (
        "derivative-through-time",
        """
def slope_through_time(u, x):
    h, slope = 0.0, 1.0
    for value in x:
        h = np.tanh(u * h + value)
        slope *= u * (1 - h**2)
    return slope
""",
        "That is ∂h_T / ∂h₀: u is in every step.",
    ),
    (
        "attention-over-padding",
        """
def context(h, memory, to_query, length):
    scores = memory @ (h @ to_query) / np.sqrt(memory.shape[1])
    weights = np.exp(scores)
    return weights @ memory / weights.sum()
""",
        "The padding gets weight: leave it out.",
    ),
    (
        "attention-over-padding",
        """
def context(h, memory, to_query, length):
    scores = memory @ (h @ to_query) / np.sqrt(memory.shape[1])
    weights = np.exp(np.where(np.arange(len(memory)) < length, scores, 0))
    return weights @ memory / weights.sum()
""",
        "A score of 0 is a weight of e⁰: use −∞ for padding.",
    ),
    (
        "attention-over-padding",
        """
def context(h, memory, to_query, length):
    weights = np.exp(memory @ (h @ to_query) / np.sqrt(memory.shape[1]))
    weights = weights / weights.sum()
    return weights[:length] @ memory[:length]
""",
        "The weights must sum to 1 over the real states.",
    ),
    (
        "attention-over-padding",
        """
def context(h, memory, to_query, length):
    weights = np.exp(memory[:length] @ (h @ to_query))
    return weights @ memory[:length] / weights.sum()
""",
        "Divide the scores by √M.",
    ),
]
