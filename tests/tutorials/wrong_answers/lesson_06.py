"""Plausible wrong answers to the exercises of lesson 06, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "neuron-by-hand",
        """
def neuron_gradients(w, b, x, y):
    p = 1 / (1 + np.exp(-(w * x + b)))
    z_bar = 2 * (y - p) * p * (1 - p)
    return np.array([z_bar * x, z_bar])
""",
        "The sign is turned: c is p − y, answer minus truth.",
    ),
    (
        "neuron-by-hand",
        """
def neuron_gradients(w, b, x, y):
    p = 1 / (1 + np.exp(-(w * x + b)))
    z_bar = (p - y) * p * (1 - p)
    return np.array([z_bar * x, z_bar])
""",
        "The 2 of the square is missing.",
    ),
    (
        "neuron-by-hand",
        """
def neuron_gradients(w, b, x, y):
    p = 1 / (1 + np.exp(-(w * x + b)))
    z_bar = 2 * (p - y)
    return np.array([z_bar * x, z_bar])
""",
        "The slope of the sigmoid, p (1 − p), is missing.",
    ),
    (
        "neuron-by-hand",
        """
def neuron_gradients(w, b, x, y):
    p = 1 / (1 + np.exp(-(w * x + b)))
    z_bar = p - y
    return np.array([z_bar * x, z_bar])
""",
        "The slope of the sigmoid, p (1 − p), is missing.",
    ),
    (
        "neuron-by-hand",
        """
def neuron_gradients(w, b, x, y):
    p = 1 / (1 + np.exp(-(w * x + b)))
    z_bar = 2 * (p - y) * p
    return np.array([z_bar * x, z_bar])
""",
        "The slope of the sigmoid is p (1 − p), not p.",
    ),
    (
        "neuron-by-hand",
        """
def neuron_gradients(w, b, x, y):
    p = 1 / (1 + np.exp(-(w * x + b)))
    z_bar = 2 * p * (1 - p)
    return np.array([z_bar * x, z_bar])
""",
        "The square has the slope 2c: c itself is missing.",
    ),
    (
        "neuron-by-hand",
        """
def neuron_gradients(w, b, x, y):
    p = 1 / (1 + np.exp(-(w * x + b)))
    z_bar = 2 * (p - y) * p * (1 - p)
    return np.array([z_bar * w, z_bar])
""",
        "The slope of z = wx + b in w is x, not w.",
    ),
    (
        "neuron-by-hand",
        """
def neuron_gradients(w, b, x, y):
    p = 1 / (1 + np.exp(-(w * x + b)))
    z_bar = 2 * (p - y) * p * (1 - p)
    return np.array([z_bar, z_bar])
""",
        "The slope of z = wx + b in w is x: multiply by it.",
    ),
    (
        "neuron-by-hand",
        """
def neuron_gradients(w, b, x, y):
    p = 1 / (1 + np.exp(-(w * x + b)))
    z_bar = 2 * (p - y) * p * (1 - p)
    return np.array([z_bar * x, z_bar * x])
""",
        "The slope of z = wx + b in b is 1, not x.",
    ),
    (
        "neuron-by-hand",
        """
def neuron_gradients(w, b, x, y):
    p = 1 / (1 + np.exp(-(w * x + b)))
    z_bar = 2 * (p - y) * p * (1 - p)
    return np.array([z_bar, z_bar * x])
""",
        "The order is turned round: first w, then b.",
    ),
    (
        "backward-pass",
        """
def gradients(num_nodes, edges):
    grads = np.zeros(num_nodes)
    grads[-1] = 0.0
    for operand, result, slope in sorted(edges, key=lambda e: e[1], reverse=True):
        grads[operand] += grads[result] * slope
    return grads
""",
        "Nothing flows back: the gradient of the last node is 1.",
    ),
    (
        "backward-pass",
        """
def gradients(num_nodes, edges):
    grads = np.zeros(num_nodes)
    grads[-1] = 1.0
    for operand, result, slope in sorted(edges, key=lambda e: e[1], reverse=True):
        grads[operand] = grads[result] * slope
    return grads
""",
        "Gradients were overwritten: a node used twice adds up what comes back.",
    ),
    (
        "backward-pass",
        """
def gradients(num_nodes, edges):
    grads = np.zeros(num_nodes)
    grads[-1] = 1.0
    for operand, result, slope in edges:
        grads[operand] += grads[result] * slope
    return grads
""",
        "A gradient was passed on too early: take the largest result first.",
    ),
    (
        "backward-pass",
        """
def gradients(num_nodes, edges):
    grads = np.zeros(num_nodes)
    grads[-1] = 1.0
    for operand, result, slope in reversed(edges):
        grads[operand] += grads[result] * slope
    return grads
""",
        "A gradient was passed on too early: take the largest result first.",
    ),
    (
        "backward-pass",
        """
def gradients(num_nodes, edges):
    grads = np.zeros(num_nodes)
    grads[-1] = 1.0
    for operand, result, slope in sorted(edges, key=lambda e: e[1]):
        grads[operand] += grads[result] * slope
    return grads
""",
        "A gradient was passed on too early: take the largest result first.",
    ),
    (
        "backward-pass",
        """
def gradients(num_nodes, edges):
    grads = np.zeros(num_nodes)
    grads[-1] = 1.0
    for operand, result, slope in sorted(edges, key=lambda e: e[1], reverse=True):
        grads[operand] += slope
    return grads
""",
        "Multiply each slope by its result's gradient.",
    ),
    (
        "backward-pass",
        """
def gradients(num_nodes, edges):
    grads = np.zeros(num_nodes)
    grads[-1] = 1.0
    for operand, result, slope in sorted(edges, key=lambda e: e[1], reverse=True):
        grads[operand] += grads[result]
    return grads
""",
        "Those are numbers of paths: multiply by the slopes.",
    ),
    (
        "from-which-end",
        """
def product_costs(widths):
    s, k = widths, len(widths) - 1
    from_results = sum(s[k] * s[i] * s[i - 1] for i in range(1, k))
    from_inputs = sum(s[i + 1] * s[i] * s[0] for i in range(1, k))
    return from_inputs, from_results
""",
        "The two are exchanged: first from the results.",
    ),
    (
        "from-which-end",
        """
def product_costs(widths):
    s, k = widths, len(widths) - 1
    from_results = sum(s[i] * s[i - 1] for i in range(1, k))
    from_inputs = sum(s[i + 1] * s[i] for i in range(1, k))
    return from_results, from_inputs
""",
        "Each product keeps the rows or columns of its starting end.",
    ),
    (
        "from-which-end",
        """
def product_costs(widths):
    s, k = widths, len(widths) - 1
    from_results = sum(s[k] * s[i] * s[i - 1] for i in range(1, k + 1))
    from_inputs = sum(s[i + 1] * s[i] * s[0] for i in range(k))
    return from_results, from_inputs
""",
        "k matrices take k − 1 products: the first one to be there is free.",
    ),
    (
        "from-which-end",
        """
def product_costs(widths):
    s, k = widths, len(widths) - 1
    from_results = sum(s[i] * s[i - 1] for i in range(1, k + 1))
    from_inputs = sum(s[i + 1] * s[i] for i in range(k))
    return from_results, from_inputs
""",
        "Those are the matrices' sizes, not products.",
    ),
    (
        "from-which-end",
        """
def product_costs(widths):
    s, k = widths, len(widths) - 1
    from_results = sum(s[k] * s[i] * s[i - 1] for i in range(1, k))
    from_inputs = sum(s[i + 1] * s[i] * s[k] for i in range(1, k))
    return from_results, from_inputs
""",
        "From the inputs the s₀ columns stay, not the rows of the end.",
    ),
    (
        "short-cut",
        """
def short_cut_backward(x, w, y_bar):
    z_bar = y_bar * (1 - np.tanh(x @ w) ** 2)
    return z_bar @ w.T, x.T @ z_bar
""",
        "The short cut is missing: X is used twice, and both gradients add up.",
    ),
    (
        "short-cut",
        """
def short_cut_backward(x, w, y_bar):
    z_bar = y_bar * (1 - np.tanh(x @ w) ** 2)
    return y_bar, x.T @ z_bar
""",
        "Only the short cut reaches X: the layer is a path too.",
    ),
    (
        "short-cut",
        """
def short_cut_backward(x, w, y_bar):
    z_bar = y_bar * (1 - np.tanh(x @ w) ** 2)
    return 1 + z_bar @ w.T, x.T @ z_bar
""",
        "Through the short cut comes Ȳ, not 1.",
    ),
    (
        "short-cut",
        """
def short_cut_backward(x, w, y_bar):
    z_bar = y_bar
    return y_bar + z_bar @ w.T, x.T @ z_bar
""",
        "The slope of the tanh, 1 − tanh² Z, is missing.",
    ),
    (
        "short-cut",
        """
def short_cut_backward(x, w, y_bar):
    z_bar = y_bar * (1 - np.tanh(x @ w) ** 2)
    return y_bar + z_bar @ w, x.T @ z_bar
""",
        "W has to be transposed on the way back to X.",
    ),
    (
        "short-cut",
        """
def short_cut_backward(x, w, y_bar):
    z_bar = y_bar * (1 - np.tanh(x @ w) ** 2)
    return y_bar + z_bar @ w.T, z_bar.T @ x
""",
        "Rows and columns of W̄ are exchanged: it is Xᵀ Z̄.",
    ),
    (
        "short-cut",
        """
def short_cut_backward(x, w, y_bar):
    z_bar = y_bar * (1 - np.tanh(x @ w) ** 2)
    return y_bar + z_bar @ w.T, x.T @ (z_bar + y_bar)
""",
        "The short cut has no weights: W̄ is Xᵀ Z̄.",
    ),
    (
        "short-cut",
        """
def short_cut_backward(x, w, y_bar):
    z_bar = y_bar * (1 - np.tanh(x @ w) ** 2)
    return x.T @ z_bar, y_bar + z_bar @ w.T
""",
        "The order is turned round: first X, then W.",
    ),
]
