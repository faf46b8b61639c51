"""Plausible wrong answers to the exercises of lesson 07, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "mlp-parameters",
        """
def count_parameters(sizes):
    return sum(a * b for a, b in pairwise(sizes))
""",
        "The biases are missing: one for each neuron that adds up.",
    ),
    (
        "mlp-parameters",
        """
def count_parameters(sizes):
    return sum(a * b for a, b in pairwise(sizes)) + sum(sizes)
""",
        "The inputs are no neurons: they have no bias.",
    ),
    (
        "mlp-parameters",
        """
def count_parameters(sizes):
    return sum(a * b for a, b in pairwise(sizes)) + sum(sizes[1:-1])
""",
        "The neurons of the last layer have biases too.",
    ),
    (
        "mlp-parameters",
        """
def count_parameters(sizes):
    return sum(a * (b + 1) for a, b in pairwise(sizes))
""",
        "A bias belongs to the neuron that adds up: count s₁ to the last.",
    ),
    (
        "mlp-parameters",
        """
def count_parameters(sizes):
    return sum(a * b + 1 for a, b in pairwise(sizes))
""",
        "A layer has a bias for each neuron, not just one.",
    ),
    (
        "mlp-parameters",
        """
def count_parameters(sizes):
    return sum(sizes[1:])
""",
        "Those are the biases: the weights are missing.",
    ),
    (
        "mlp-parameters",
        """
def count_parameters(sizes):
    return sum(sizes)
""",
        "Those are neurons: count what joins them.",
    ),
    (
        "mlp-forward",
        """
def probabilities(x, layers):
    for kernel, bias in layers[:-1]:
        z = x @ kernel + bias
        x = np.maximum(z, 0)
    kernel, bias = layers[-1]
    z = x @ kernel + bias
    return z
""",
        "Those are the scores: the softmax is missing.",
    ),
    (
        "mlp-forward",
        """
def probabilities(x, layers):
    for kernel, bias in layers:
        x = np.maximum(x @ kernel + bias, 0)
    return np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
""",
        "No ReLU in the last layer: it would cut scores below 0 off.",
    ),
    (
        "mlp-forward",
        """
def probabilities(x, layers):
    for kernel, bias in layers[:-1]:
        z = x @ kernel + bias
        x = z
    kernel, bias = layers[-1]
    z = x @ kernel + bias
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
""",
        "The hidden layers have the ReLU: without it they collapse into one.",
    ),
    (
        "mlp-forward",
        """
def probabilities(x, layers):
    for kernel, bias in layers[:-1]:
        z = x @ kernel + bias
        x = np.maximum(z, 0)
    kernel, bias = layers[-1]
    z = x @ kernel + bias
    return np.exp(z) / np.exp(z).sum(axis=0)
""",
        "The softmax goes over the classes of one example: axis 1.",
    ),
    (
        "mlp-forward",
        """
def probabilities(x, layers):
    for kernel, bias in layers[:-1]:
        z = x @ kernel
        x = np.maximum(z, 0)
    kernel, bias = layers[-1]
    z = x @ kernel
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
""",
        "The biases are missing.",
    ),
    (
        "mlp-forward",
        """
def probabilities(x, layers):
    for kernel, bias in layers[:-1]:
        z = x @ kernel + bias
        x = np.maximum(z, 0)
    kernel, bias = layers[-1]
    z = x @ kernel + bias
    return 1 / (1 + np.exp(-z))
""",
        "Sigmoids do not add up to one: several classes need the softmax.",
    ),
    (
        "mlp-forward",
        """
def probabilities(x, layers):
    for kernel, bias in layers[:-1]:
        z = x @ kernel + bias
        x = np.maximum(z, 0)
    kernel, bias = layers[-1]
    z = x @ kernel + bias
    return np.exp(z)
""",
        "Divide by the sum over the classes: probabilities add up to one.",
    ),
    (
        "mlp-forward",
        """
def probabilities(x, layers):
    for kernel, bias in layers[:-1]:
        z = x @ kernel + bias
        x = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    kernel, bias = layers[-1]
    z = x @ kernel + bias
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
""",
        "The softmax is for the last layer only.",
    ),
    (
        "hat-from-hinges",
        """
def hat_weights(left, peak, end, height):
    up, down = height / (peak - left), -height / (end - peak)
    return np.array([up, down, -down])
""",
        "At the peak the rise goes on: v₂ must take it away and add the fall.",
    ),
    (
        "hat-from-hinges",
        """
def hat_weights(left, peak, end, height):
    up, down = height / (peak - left), -height / (end - peak)
    return np.array([up, down, 0])
""",
        "Those are slopes: a hinge adds the change of slope.",
    ),
    (
        "hat-from-hinges",
        """
def hat_weights(left, peak, end, height):
    up, down = height / (peak - left), -height / (end - peak)
    return np.array([up, down - up, 0])
""",
        "Nothing brings the slope back to 0 at the end: v₁ + v₂ + v₃ must be 0.",
    ),
    (
        "hat-from-hinges",
        """
def hat_weights(left, peak, end, height):
    up, down = height / (peak - left), -height / (end - peak)
    return np.array([up, down - up, down])
""",
        "At the end the fall must be undone: turn the sign of v₃.",
    ),
    (
        "hat-from-hinges",
        """
def hat_weights(left, peak, end, height):
    up, down = height / (peak - left), -height / (end - peak)
    return np.array([up, down - up, -down]) / height
""",
        "The height is missing: that hat is 1 high.",
    ),
    (
        "hat-from-hinges",
        """
def hat_weights(left, peak, end, height):
    up, down = height / (peak - left), -height / (end - peak)
    return np.array([up, -2 * up, up])
""",
        "That hat falls as steeply as it rises: the two sides differ.",
    ),
    (
        "hat-from-hinges",
        """
def hat_weights(left, peak, end, height):
    up, down = height / (peak - left), -height / (end - peak)
    return np.array([-up, up - down, down])
""",
        "That hat hangs upside down: turn the sign.",
    ),
    (
        "noise-of-dropout",
        """
def dropout_variance(w, a, rate):
    return rate * (1 - rate) * np.sum((w * a) ** 2)
""",
        "Without the scaling it would be: the 1 / (1 − p) counts squared.",
    ),
    (
        "noise-of-dropout",
        """
def dropout_variance(w, a, rate):
    return rate * np.sum((w * a) ** 2)
""",
        "The factor 1 / (1 − p) counts squared, as every factor does.",
    ),
    (
        "noise-of-dropout",
        """
def dropout_variance(w, a, rate):
    return (1 - rate) / rate * np.sum((w * a) ** 2)
""",
        "The rate is the share that is dropped.",
    ),
    (
        "noise-of-dropout",
        """
def dropout_variance(w, a, rate):
    return np.sqrt(rate / (1 - rate) * np.sum((w * a) ** 2))
""",
        "That is the standard deviation: return its square.",
    ),
    (
        "noise-of-dropout",
        """
def dropout_variance(w, a, rate):
    return rate / (1 - rate) * np.sum(w * a) ** 2
""",
        "Variances add up: square each term, not their sum.",
    ),
    (
        "noise-of-dropout",
        """
def dropout_variance(w, a, rate):
    return rate / (1 - rate) * np.sum(w**2)
""",
        "The inputs are factors too: use w a.",
    ),
    (
        "noise-of-dropout",
        """
def dropout_variance(w, a, rate):
    return np.sum((w * a) ** 2) * rate / (1 - rate) + np.sum(w * a) ** 2
""",
        "Subtract the square of the mean.",
    ),
]
