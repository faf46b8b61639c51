"""Plausible wrong answers to the exercises of lesson 15, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "parameters-of-any-decoder",
        """
def count_parameters(vocabulary_size, length, num_layers, width, inner, tied):
    block = 4 * width**2 + 9 * width + 2 * width * inner + inner
    tables = vocabulary_size * (2 - tied) + length
    return num_layers * block + tables * width
""",
        "The norm after the last block is missing.",
    ),
    (
        "parameters-of-any-decoder",
        """
def count_parameters(vocabulary_size, length, num_layers, width, inner, tied):
    block = 4 * width**2 + 2 * width * inner + 4 * width
    tables = vocabulary_size * (2 - tied) + length
    return num_layers * block + tables * width + 2 * width
""",
        "The matrices have biases.",
    ),
    (
        "parameters-of-any-decoder",
        """
def count_parameters(vocabulary_size, length, num_layers, width, inner, tied):
    block = 4 * width**2 + 9 * width + 2 * width * inner + inner
    tables = vocabulary_size * (1 + tied) + length
    return num_layers * block + tables * width + 2 * width
""",
        "Only an untied model has a second matrix for the vocabulary.",
    ),
    (
        "parameters-of-any-decoder",
        """
def count_parameters(vocabulary_size, length, num_layers, width, inner, tied):
    block = 12 * width**2 + 13 * width
    tables = vocabulary_size * (2 - tied) + length
    return num_layers * block + tables * width + 2 * width
""",
        "That is the case F = 4 D: here F is given.",
    ),
    (
        "parameters-of-any-decoder",
        """
def count_parameters(vocabulary_size, length, num_layers, width, inner, tied):
    block = 4 * width**2 + 9 * width + 2 * width * inner + inner
    tables = vocabulary_size * (2 - tied)
    return num_layers * block + tables * width + 2 * width
""",
        "The learned positions are parameters too.",
    ),
    (
        "perplexity-from-batches",
        """
def judge(losses, num_tokens, num_characters):
    total = np.sum(losses * num_tokens)
    return np.exp(losses.mean()), total / np.log(2) / num_characters
""",
        "Batches of many tokens must weigh more: take the mean over tokens.",
    ),
    (
        "perplexity-from-batches",
        """
def judge(losses, num_tokens, num_characters):
    total = np.sum(losses * num_tokens)
    return np.mean(np.exp(losses)), total / np.log(2) / num_characters
""",
        "The exponential comes last: a mean of perplexities is too large.",
    ),
    (
        "perplexity-from-batches",
        """
def judge(losses, num_tokens, num_characters):
    mean = np.average(losses, weights=num_tokens)
    return np.exp(mean), mean / np.log(2)
""",
        "Those are bits per token: divide by the characters.",
    ),
    (
        "perplexity-from-batches",
        """
def judge(losses, num_tokens, num_characters):
    mean = np.average(losses, weights=num_tokens)
    return 2**mean, mean * num_tokens.sum() / np.log(2) / num_characters
""",
        "The loss is in nats: the base is e, not 2.",
    ),
    (
        "pre-norm-and-post-norm",
        """
def two_blocks(x, attend, think, norm_1, norm_2):
    y = x + attend(norm_1(x))
    pre = x + think(norm_2(y))
    y = norm_1(x + attend(x))
    return pre, norm_2(y + think(y))
""",
        "Pre-norm: the second sum starts from y, or attention is lost.",
    ),
    (
        "pre-norm-and-post-norm",
        """
def two_blocks(x, attend, think, norm_1, norm_2):
    pre = think(norm_2(attend(norm_1(x))))
    y = norm_1(x + attend(x))
    return pre, norm_2(y + think(y))
""",
        "Pre-norm: each detour is added to what came in.",
    ),
    (
        "pre-norm-and-post-norm",
        """
def two_blocks(x, attend, think, norm_1, norm_2):
    z = norm_1(x)
    z = norm_2(z + attend(z))
    pre = z + think(z)
    y = norm_1(x + attend(x))
    return pre, norm_2(y + think(y))
""",
        "The stream is not normalised: add x itself, not norm(x).",
    ),
    (
        "pre-norm-and-post-norm",
        """
def two_blocks(x, attend, think, norm_1, norm_2):
    y = x + attend(norm_1(x))
    pre = y + think(norm_2(y))
    y = x + norm_1(attend(x))
    return pre, y + norm_2(think(y))
""",
        "Post-norm: the norm takes the whole sum, not the detour alone.",
    ),
    (
        "pre-norm-and-post-norm",
        """
def two_blocks(x, attend, think, norm_1, norm_2):
    y = x + attend(norm_1(x))
    pre = y + think(norm_2(y))
    y = norm_1(x + attend(x))
    return norm_2(y + think(y)), pre
""",
        "The two are exchanged: pre-norm first.",
    ),
    (
        "gradient-of-tied-embeddings",
        """
def tied_gradient(table, x, y):
    p = np.exp(table @ table[x])
    slope = p / p.sum()
    slope[y] -= 1
    return np.outer(slope, table[x])
""",
        "E is the table of the inputs too: its row x gets more.",
    ),
    (
        "gradient-of-tied-embeddings",
        """
def tied_gradient(table, x, y):
    p = np.exp(table @ table[x])
    slope = p / p.sum()
    slope[y] -= 1
    gradient = np.zeros_like(table)
    gradient[x] = slope @ table
    return gradient
""",
        "E is the table of the outputs too: every row gets a part.",
    ),
    (
        "gradient-of-tied-embeddings",
        """
def tied_gradient(table, x, y):
    p = np.exp(table @ table[x])
    slope = p / p.sum()
    gradient = np.outer(slope, table[x])
    gradient[x] += slope @ table
    return gradient
""",
        "The truth is missing: subtract 1 at y from the probabilities.",
    ),
    (
        "gradient-of-tied-embeddings",
        """
def tied_gradient(table, x, y):
    p = np.exp(table @ table[x])
    slope = p / p.sum()
    slope[y] -= 1
    gradient = np.outer(slope, table[x])
    gradient[y] += slope @ table
    return gradient
""",
        "The input was token x: its row gets the second part, not row y.",
    ),
]
