"""Plausible wrong answers to the exercises of lesson 01, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "both-errors",
        """
def both_errors(targets, predictions):
    residuals = targets - predictions
    return (residuals**2).mean(), np.abs(residuals).mean()
""",
        "compares every target with every prediction: make the predictions (B,) first.",
    ),
    (
        "both-errors",
        """
def both_errors(targets, predictions):
    residuals = targets - predictions.ravel()
    return np.abs(residuals).mean(), (residuals**2).mean()
""",
        "The two are in the wrong order.",
    ),
    (
        "both-errors",
        """
def both_errors(targets, predictions):
    residuals = targets - predictions.ravel()
    return (residuals**2).mean(), residuals.mean()
""",
        "Without absolute values, misses upwards and downwards cancel.",
    ),
    (
        "both-errors",
        """
def both_errors(targets, predictions):
    residuals = predictions.ravel() - targets
    return np.sqrt((residuals**2).mean()), np.abs(residuals).mean()
""",
        "Do not take the root of the mean squared error.",
    ),
    (
        "both-errors",
        """
def both_errors(targets, predictions):
    residuals = predictions.ravel() - targets
    return residuals @ residuals, np.abs(residuals).sum()
""",
        "Those are sums: divide by the number of targets.",
    ),
    (
        "least-squares",
        """
def least_squares(x, y):
    return np.linalg.solve(x.T @ x, x.T @ y)
""",
        "The intercept is missing: put a column of ones before the features.",
    ),
    (
        "least-squares",
        """
def least_squares(x, y):
    design = np.column_stack([x, np.ones(len(x))])
    return np.linalg.solve(design.T @ design, design.T @ y)
""",
        "The values are right, but the intercept goes first.",
    ),
    (
        "least-squares",
        """
def least_squares(x, y):
    design = with_ones(x)
    return design.T @ y
""",
        "That is Xᵀy: the equations XᵀX w = Xᵀy are still to be solved.",
    ),
    (
        "least-squares",
        """
def least_squares(x, y):
    design = with_ones(x)
    return design @ np.linalg.pinv(design) @ y
""",
        "Those are the predictions: return the weights.",
    ),
    (
        "largest-learning-rate",
        """
def largest_learning_rate(design, l2):
    return 2 / np.linalg.eigvalsh(design.T @ design).max()
""",
        "That is for ½‖Xw − y‖² without a penalty.",
    ),
    (
        "largest-learning-rate",
        """
def largest_learning_rate(design, l2):
    return len(design) / np.linalg.eigvalsh(design.T @ design).max()
""",
        "That is the limit without the penalty.",
    ),
    (
        "largest-learning-rate",
        """
def largest_learning_rate(design, l2):
    hessian = design.T @ design / len(design) + l2 * np.eye(design.shape[1])
    return 2 / np.linalg.eigvalsh(hessian).max()
""",
        "Each square brings down a factor 2 when differentiated.",
    ),
    (
        "largest-learning-rate",
        """
def largest_learning_rate(design, l2):
    hessian = 2 * design.T @ design / len(design) + 2 * l2 * np.eye(design.shape[1])
    return 2 / np.linalg.eigvalsh(hessian).min()
""",
        "That is the limit of the flattest direction: the steepest one decides.",
    ),
    (
        "largest-learning-rate",
        """
def largest_learning_rate(design, l2):
    stretch = np.linalg.svd(design, compute_uv=False).max()
    return 1 / (stretch / len(design) + l2)
""",
        "The eigenvalues of XᵀX are the squares of X's singular values.",
    ),
    (
        "weights-for-price",
        """
def weights_for_price(x, y, new, price):
    return np.linalg.pinv(with_ones(x)) @ y
""",
        "it fits the four, but does not know the price that is asked for.",
    ),
    (
        "weights-for-price",
        """
def weights_for_price(x, y, new, price):
    rows, prices = np.vstack([x, new]), np.append(y, price)
    return np.linalg.lstsq(rows, prices, rcond=None)[0]
""",
        "The intercept is missing: with it there are five weights.",
    ),
    (
        "weights-for-price",
        """
def weights_for_price(x, y, new, price):
    design, row = with_ones(x), np.append(1.0, new)
    smallest = np.linalg.pinv(design) @ y
    n = np.linalg.svd(design)[2][-1]
    return smallest + (price - row @ smallest) * n
""",
        "A step along n changes the price by t times new · n: divide by that.",
    ),
]
