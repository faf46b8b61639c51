"""Plausible wrong answers to the exercises of lesson 10, and what each has to hear."""

WRONG_ANSWERS = [
    (
        "most-frequent-pair",
        """
def most_frequent_pair(pieces):
    counts = Counter()
    for ids, _ in pieces:
        counts.update(pairwise(ids))
    return min(counts, key=lambda pair: (-counts[pair], pair))
""",
        "A pair counts as often as its piece occurs.",
    ),
    (
        "most-frequent-pair",
        """
def most_frequent_pair(pieces):
    row = [i for ids, count in pieces for i in ids * count]
    counts = Counter(pairwise(row))
    return min(counts, key=lambda pair: (-counts[pair], pair))
""",
        "No pair crosses from one piece to the next.",
    ),
    (
        "most-frequent-pair",
        """
def most_frequent_pair(pieces):
    counts = Counter()
    for ids, count in pieces:
        for pair in pairwise(ids):
            counts[pair] += count
    return max(counts, key=lambda pair: (counts[pair], pair))
""",
        "Of equally frequent pairs take the one with the smaller ids.",
    ),
    (
        "most-frequent-pair",
        """
def most_frequent_pair(pieces):
    counts = Counter()
    for ids, count in pieces:
        for pair in pairwise(ids):
            counts[pair] += count
    return min(counts, key=lambda pair: (counts[pair], pair))
""",
        "That is the rarest pair.",
    ),
    (
        "replace-a-pair",
        """
def replace_pair(ids, pair, new):
    following = [*ids[1:], None]
    return [new if (i, j) == pair else i for i, j in zip(ids, following)]
""",
        "The second id of a pair goes too: skip it.",
    ),
    (
        "replace-a-pair",
        """
def replace_pair(ids, pair, new):
    for place in range(len(ids) - 1):
        if (ids[place], ids[place + 1]) == pair:
            return [*ids[:place], new, *ids[place + 2:]]
""",
        "Replace each occurrence, not only the first.",
    ),
    (
        "replace-a-pair",
        """
def replace_pair(ids, pair, new):
    replaced, place = [], 0
    while place < len(ids) - 1:
        if (ids[place], ids[place + 1]) == pair:
            replaced.append(new)
            place += 2
        else:
            replaced.append(ids[place])
            place += 1
    return replaced
""",
        "The last id got lost: it has no neighbour, but it stays.",
    ),
    (
        "replace-a-pair",
        """
def replace_pair(ids, pair, new):
    replaced = []
    for i in reversed(ids):
        if replaced and (i, replaced[0]) == pair:
            replaced[0] = new
        else:
            replaced.insert(0, i)
    return replaced
""",
        "From left to right: aaa becomes (aa)a.",
    ),
    (
        "encode-a-word",
        """
def encode_word(word, merges):
    known, tokens = {first + second for first, second in merges}, []
    while word:
        size = len(word)
        while size > 1 and word[:size] not in known:
            size -= 1
        tokens.append(word[:size])
        word = word[size:]
    return tokens
""",
        "Not the longest token that fits, but the earliest merge.",
    ),
    (
        "encode-a-word",
        """
def encode_word(word, merges):
    tokens, place = list(word), 0
    while place < len(tokens) - 1:
        if (tokens[place], tokens[place + 1]) in merges:
            tokens[place:place + 2] = [tokens[place] + tokens[place + 1]]
            place = 0
        else:
            place += 1
    return tokens
""",
        "Not the leftmost pair in the list, but the one learnt first.",
    ),
    (
        "encode-a-word",
        """
def encode_word(word, merges):
    tokens = list(word)
    for first, second in merges:
        for place in range(len(tokens) - 1):
            if (tokens[place], tokens[place + 1]) == (first, second):
                tokens[place:place + 2] = [first + second]
                break
    return tokens
""",
        "A merge is carried out everywhere in the word, not only once.",
    ),
    (
        "encode-a-word",
        """
def encode_word(word, merges):
    return list(word)
""",
        "Nothing was merged.",
    ),
    (
        "perplexity-per-character",
        """
def perplexity_per_character(perplexity, num_tokens, num_characters):
    return perplexity * num_tokens / num_characters
""",
        "It is the loss that is shared out, not its exponential.",
    ),
    (
        "perplexity-per-character",
        """
def perplexity_per_character(perplexity, num_tokens, num_characters):
    return perplexity ** (num_characters / num_tokens)
""",
        "The exponent is turned round: characters are easier.",
    ),
    (
        "perplexity-per-character",
        """
def perplexity_per_character(perplexity, num_tokens, num_characters):
    return np.log2(perplexity) * num_tokens / num_characters
""",
        "Those are the bits per character: take 2 to them.",
    ),
    (
        "perplexity-per-character",
        """
def perplexity_per_character(perplexity, num_tokens, num_characters):
    return perplexity
""",
        "Perplexities per token depend on the tokens: T ≠ n.",
    ),
]
