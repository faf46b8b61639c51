"""Plausible wrong answers to the exercises of lesson 17, and what each has to hear."""

BYTES = """
def bytes_of_cache(layers, width, heads, key_value_heads, slots, batch, number_bytes):
    head_dim = width // heads
    return """

STEP = """
def step(query, key, value, keys, values, index):
    """

SERVER = """
def server_speed(batch, weight_bytes, bytes_a_token, slots, bytes_a_second):
    cache = bytes_a_token * slots
    return """

WRONG_ANSWERS = [
    (
        "bytes-of-a-cache",
        BYTES + "layers * key_value_heads * head_dim * slots * batch * number_bytes",
        "Keys and values: there are two arrays in each layer.",
    ),
    (
        "bytes-of-a-cache",
        BYTES + "2 * layers * heads * head_dim * slots * batch * number_bytes",
        "Only key/value heads are kept, not those of the queries.",
    ),
    (
        "bytes-of-a-cache",
        BYTES + "2 * layers * key_value_heads * width * slots * batch * number_bytes",
        "A head is width / heads wide.",
    ),
    (
        "bytes-of-a-cache",
        BYTES + "2 * layers * key_value_heads * head_dim * slots * batch",
        "That counts numbers: how many bytes has each?",
    ),
    (
        "one-step",
        STEP
        + """keys[index], values[index] = key, value
    return attend(query, keys, values)
""",
        "Look at the filled slots alone.",
    ),
    (
        "one-step",
        STEP
        + """keys[index], values[index] = key, value
    return attend(query, keys[:index], values[:index])
""",
        "The new token looks at itself, too.",
    ),
    (
        "one-step",
        STEP
        + """output = attend(query, keys[: index + 1], values[: index + 1])
    keys[index], values[index] = key, value
    return output
""",
        "Write the key and the value first, then look.",
    ),
    (
        "one-step",
        STEP
        + """keys[index + 1], values[index + 1] = key, value
    return attend(query, keys[: index + 2], values[: index + 2])
""",
        "That is one slot too late.",
    ),
    (
        "one-step",
        STEP
        + """keys, values = keys.copy(), values.copy()
    keys[index], values[index] = key, value
    return attend(query, keys[: index + 1], values[: index + 1])
""",
        "Nothing was written into the cache that was handed in.",
    ),
    (
        "tokens-read",
        "def tokens_read(p, n):\n    return n * p + n * (n - 1) // 2, p + n",
        "The last token is written, but not read any more.",
    ),
    (
        "tokens-read",
        "def tokens_read(p, n):\n    return n * p + n * (n + 1) // 2, p + n - 1",
        "The first new token is drawn from the prompt alone: p tokens, not p + 1.",
    ),
    (
        "tokens-read",
        "def tokens_read(p, n):\n    return n * (n - 1) // 2, p + n - 1",
        "Without a cache, every pass reads the prompt again.",
    ),
    (
        "readers-at-once",
        SERVER + "bytes_a_second / (weight_bytes + batch * cache)",
        "One step writes a token for each of the B texts.",
    ),
    (
        "readers-at-once",
        SERVER + "batch * bytes_a_second / (weight_bytes + cache)",
        "Every text has a cache of its own to read.",
    ),
    (
        "readers-at-once",
        SERVER + "bytes_a_second / (weight_bytes + cache)",
        "The weights are read once for all texts, not for each.",
    ),
]
