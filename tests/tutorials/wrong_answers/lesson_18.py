"""Plausible wrong answers to the exercises of lesson 18, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "gpt2-layers-from-parameters",
        """
def num_layers(num_parameters, vocabulary_size, length, width):
    outside = (2 * vocabulary_size + length + 2) * width
    return (num_parameters - outside) // (12 * width**2 + 13 * width)
""",
        "The token table is tied: it counts once.",
    ),
    (
        "gpt2-layers-from-parameters",
        """
def num_layers(num_parameters, vocabulary_size, length, width):
    outside = (vocabulary_size + 2) * width
    return (num_parameters - outside) / (12 * width**2 + 13 * width)
""",
        "The position table counts too: T D.",
    ),
    (
        "gpt2-layers-from-parameters",
        """
def num_layers(num_parameters, vocabulary_size, length, width):
    outside = (vocabulary_size + length) * width
    return (num_parameters - outside) / (12 * width**2 + 13 * width)
""",
        "The last norm has 2 D parameters of its own.",
    ),
    (
        "gpt2-layers-from-parameters",
        """
def num_layers(num_parameters, vocabulary_size, length, width):
    outside = (vocabulary_size + length + 2) * width
    return (num_parameters - outside) / (12 * width**2)
""",
        "Biases and norms of a block: 13 D more.",
    ),
    (
        "gpt2-written-tokens-to-text",
        """
def to_text(tokens, byte_of):
    parts = [bytes(byte_of[s] for s in token) for token in tokens]
    return "".join(part.decode("utf-8", "replace") for part in parts)
""",
        "A character may be spread over tokens: decode all bytes at once.",
    ),
    (
        "gpt2-written-tokens-to-text",
        """
def to_text(tokens, byte_of):
    return "".join(chr(byte_of[symbol]) for token in tokens for symbol in token)
""",
        "A byte is not a character yet: the bytes are UTF-8.",
    ),
    (
        "gpt2-written-tokens-to-text",
        """
def to_text(tokens, byte_of):
    return "".join(tokens).replace("Ġ", " ")
""",
        "That mends the space only: look up every symbol in byte_of.",
    ),
    (
        "gpt2-weights-of-one-head",
        """
def head_weights(qkv, num_heads, n):
    q, k, _ = np.split(qkv, 3, axis=-1)
    width = q.shape[-1] // num_heads
    columns = slice(n * width, (n + 1) * width)
    scores = np.exp(q[:, columns] @ k[:, columns].T / np.sqrt(width))
    return scores / scores.sum(axis=-1, keepdims=True)
""",
        "A position must not see those after it.",
    ),
    (
        "gpt2-weights-of-one-head",
        """
def head_weights(qkv, num_heads, n):
    q, k, _ = np.split(qkv, 3, axis=-1)
    width = q.shape[-1] // num_heads
    columns = slice(n * width, (n + 1) * width)
    scores = np.exp(q[:, columns] @ k[:, columns].T / np.sqrt(q.shape[-1]))
    scores = np.tril(scores)
    return scores / scores.sum(axis=-1, keepdims=True)
""",
        "Divide by √H, the width of one head.",
    ),
    (
        "gpt2-weights-of-one-head",
        """
def head_weights(qkv, num_heads, n):
    q, k, _ = np.split(qkv, 3, axis=-1)
    width = q.shape[-1] // num_heads
    columns = slice(n, None, num_heads)
    scores = np.tril(np.exp(q[:, columns] @ k[:, columns].T / np.sqrt(width)))
    return scores / scores.sum(axis=-1, keepdims=True)
""",
        "A head's columns lie side by side, H of them.",
    ),
    (
        "gpt2-weights-of-one-head",
        """
def head_weights(qkv, num_heads, n):
    width = qkv.shape[-1] // 3 // num_heads
    q, k = qkv.reshape(len(qkv), num_heads, 3, width)[:, n, :2].transpose(1, 0, 2)
    scores = np.tril(np.exp(q @ k.T / np.sqrt(width)))
    return scores / scores.sum(axis=-1, keepdims=True)
""",
        "First all queries, then all keys: each of them holds all heads.",
    ),
    (
        "perplexity-per-word",
        """
def per_word(perplexity, num_tokens, num_words):
    return perplexity * num_tokens / num_words
""",
        "Not the perplexity adds up over tokens, but its log.",
    ),
    (
        "perplexity-per-word",
        """
def per_word(perplexity, num_tokens, num_words):
    return perplexity ** (num_words / num_tokens)
""",
        "Words are fewer than tokens: each costs more.",
    ),
    (
        "perplexity-per-word",
        """
def per_word(perplexity, num_tokens, num_words):
    return np.log2(perplexity) * num_tokens / num_words
""",
        "Those are bits per word: a perplexity is 2 to the power of them.",
    ),
]
