# ---
# title: Tokenisation
# part: II. From words to GPT-2
# minutes: 1
# difficulty: 1
# prerequisites: [1]
# objectives:
#   - Cut one text into characters, words and byte pairs, and compare the cost.
#   - Say what becomes of a word that no training text had.
#   - Train byte-pair encoding by hand, merge for merge as the library does.
#   - Show that encoding and decoding are inverse for any text in any script.
#   - Explain why a language model finds it hard to count letters.
# ---

# %% [markdown]
# # Tokenisation
#
# A model multiplies and adds; it cannot read. Before it sees a text, somebody has to cut
# the text into pieces and give each piece a number. **Which pieces should those be:
# letters, words, or something between?**
#
# The lesson assumes nothing but a little Python, and for one experiment the least
# squares of lesson 01. There is no training by descent in it: what is learnt here is
# learnt by counting.

# %% tags=["setup"]
import re
from collections import Counter
from itertools import pairwise

import numpy as np

from fmkeras import data, plots
from fmkeras.course import expect
from fmkeras.text import BytePairTokenizer, CharacterTokenizer, WordTokenizer

SEED = 0
VOCABULARY = 2048  # tokens of the byte-pair tokenizer
HELD_OUT = 0.1  # share of the text, its end, that is kept for measuring
STRINGS = 2000  # random strings that must survive encoding and decoding

# %% alt="One sentence cut three times. Into characters it has 45 boxes. Into words it has 7, one of which says unk, for unknown. Into byte pairs it has some more: frequent words are one box each, and strawberry is several."
text = data.load_text()  # the Python language reference
cut = int(len(text) * (1 - HELD_OUT))
training, held_out = text[:cut], text[cut:]

characters = CharacterTokenizer.train(text)
words = WordTokenizer.train(training)
pairs = BytePairTokenizer.train(training, VOCABULARY)


def tokens_of(tokenizer, sentence):
    """Return the text that each token of a sentence stands for."""
    return [tokenizer.decode([i]) for i in tokenizer.encode(sentence)]


sentence = "The unhashable strawberry raises a TypeError."
three = {"characters": characters, "words": words, "byte pairs": pairs}
cuts = {name: tokens_of(tokenizer, sentence) for name, tokenizer in three.items()}
plots.token_boxes({f"{name}: {len(cut)}": cut for name, cut in cuts.items()})

# %% [markdown]
# The same sentence, three times. **Characters** make many short pieces. **Words** make
# few long ones, but *strawberry* is missing: the manual of a programming language knows
# no strawberries, and the word became `<unk>`. **Byte pairs** keep frequent words whole
# and spell rare ones out in fragments. The box ␣ is a space.
#
# Almost every language model since GPT-2 uses the third way or a relative of it. The
# lesson builds all three, measures what each costs, trains byte pairs by hand, and ends
# with a weakness of language models that is nothing but a consequence of this cut.
#
# **Letters.** A *token* is one piece, its number is its *id*, and the *vocabulary* is
# all the pieces there are. $V$ is the size of the vocabulary (papers also write $|V|$
# or $n_\text{vocab}$), $T$ the number of tokens of a text, and $n$ its number of
# characters.

# %% [markdown]
# ## A token for each character
#
# Sort the characters of a text and number them; that is all. Encoding looks the number
# up, decoding looks the character up.

# %%
alphabet = sorted(set(text))
number = {character: i for i, character in enumerate(alphabet)}
ids = [number[character] for character in sentence]
assert ids == characters.encode(sentence)
assert "".join(alphabet[i] for i in ids) == characters.decode(ids) == sentence
print(f"{len(alphabet)} characters; the sentence begins {ids[:12]}")

# %% [markdown]
# The vocabulary is tiny, and $T = n$: the sequence is as long as the text. And the model
# that reads it must first find out by itself that *t*, *h*, *e* in a row mean something.
#
# What happens to a character that the training text did not have? There is no number for
# it. The library says so rather than guess:

# %%
import textwrap

try:
    characters.encode("Fährt der Zug?")
    print("Every character was known.")
except ValueError as error:
    print(textwrap.fill(str(error), 80))

# %% [markdown]
# ## A token for each word
#
# Now take words and punctuation marks. This pattern is a little simpler than the
# library's, which also keeps *don't* and *well-known* in one piece.

# %%
counts = Counter(re.findall(r"\w+|[^\w\s]", training))
frequent = [word for word, _ in counts.most_common(50) if word.isalpha()]
print("most frequent, marks left out:", ", ".join(frequent[:12]))
once = sum(count == 1 for count in counts.values())
print(f"{len(counts):,} different words, and {once:,} of them occur only once")

# %% [markdown]
# A few words make up most of a text, and a long tail of words occurs once. The tail has
# no end. Read the manual from front to back and count how many different words you have
# met:

# %% alt="Different words met over words read. The curve rises steeply at first, then more slowly, but it is still climbing at the end of the text."
everything = words.encode(training)
first_seen = np.zeros(len(everything), bool)
first_seen[np.unique(everything, return_index=True)[1]] = True
met = np.cumsum(first_seen)
places = np.linspace(0, len(met) - 1, 200).astype(int)
plots.curves(
    places + 1,
    {"different words met": met[places]},
    xlabel="words read",
    ylabel="different words",
    title="There is always another word",
)

# %%
last_tenth = first_seen[-len(first_seen) // 10 :]
print(f"Of the last tenth of the words, {last_tenth.mean():.1%} were met for the first")
print(f"time, after {len(everything) - len(last_tenth):,} words.")
assert last_tenth.mean() > 0.01

# %% [markdown]
# However large the vocabulary, the next page has a word that is not in it. A word model
# gives all of those one token, `<unk>` for *unknown*. Smaller vocabularies pay with
# more of them. The last tenth of the manual was **held out**, that is, not used in
# training; on such text we measure:

# %%
unknown_share = {}
for size in (250, 500, 1000, 2000, None):
    tokenizer = WordTokenizer.train(training, size)
    ids = np.array(tokenizer.encode(held_out))
    unknown = ids == tokenizer.token_to_id("<unk>")
    unknown_share[tokenizer.vocabulary_size] = unknown.mean()
for size, share in unknown_share.items():
    print(f"V = {size:5,d}: {share:5.1%} of the held-out words are unknown")
assert list(unknown_share.values()) == sorted(unknown_share.values(), reverse=True)
assert min(unknown_share.values()) > 0.01

# %% [markdown]
# And what is lost is lost. `decode` can put spaces back where they usually stand, but it
# cannot know how the text was indented, or what the unknown word was:

# %%
code = "for strawberry in basket:\n    eat(strawberry)"
print(words.decode(words.encode(code)))
assert words.decode(words.encode(code)) != code

# %% [markdown]
# For Python, whose indentation is grammar, that is a disaster.

# %% [markdown]
# ## Underneath, everything is bytes
#
# A computer has an answer to the question which characters exist: Unicode numbers more
# than 150,000 of them. And it has a way to write each as one to four **bytes**, numbers
# from 0 to 255, called UTF-8. Plain English letters take one byte each, accented and
# Greek letters two, most Chinese and Japanese characters three, most emoji four.

# %%
for character in "aéα猫🍓":
    byte_list = list(character.encode("utf-8"))
    print(f"U+{ord(character):05X} {character} as bytes: {byte_list}")
assert [len(c.encode()) for c in "aéα猫🍓"] == [1, 2, 2, 3, 4]

# %% [markdown]
# So take the bytes as tokens: $V = 256$, and *nothing is ever unknown*. The price is
# length, $T \ge n$, worst for those who do not write in English. What we want is the
# safety of bytes and the length of words.

# %% [markdown]
# ## Merging pairs
#
# Philip Gage found the idea in 1994, to make files smaller, and Sennrich, Haddow and
# Birch brought it to language in 2016. They began with characters; GPT-2 began with
# bytes, in 2019, and so do we. Take single bytes. Then, again and again:
#
# 1. count how often each **pair** of neighbours occurs;
# 2. give the most frequent pair a new token;
# 3. replace the pair by the new token, everywhere, from left to right.
#
# That is **byte-pair encoding**, BPE for short. Each round adds one token to the
# vocabulary and shortens the text. One more rule makes it useful: the text is first cut
# into words, each *with the space before it*, and no pair crosses a cut. Otherwise "of
# the" would soon be a token, and so would "the." with its full stop. GPT-2's rule for
# the cuts, which many took over, is this pattern: an English ending such as *'s*, or a
# run of letters, of digits, or of other marks, each with the space before it if there
# is one, or white space. (Here it is as Python's `re` can say it; it differs from
# GPT-2's only in rare numbers, such as ½ and Ⅷ.)

# %%
PIECE = re.compile(
    r"'(?:[stmd]|re|ve|ll)| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+"
)
tongue_twister = (
    "she sells sea shells by the sea shore, the shells she sells are sea shells"
)
pieces = PIECE.findall(tongue_twister)
print(pieces[:7])
assert "".join(PIECE.findall(text)) == text  # nothing is lost between the pieces

# %% [markdown]
# Since pieces are repeated, we keep each once, with a count: the same counts for less
# work. The bytes need numbers. We take GPT-2's, in which `!` is 0; a tokenizer without
# any merges gives them to us. Which byte has which number matters only where two pairs
# are equally frequent: then the one with the smaller numbers is merged.
#
# The three steps, in code:

# %%
only_bytes = BytePairTokenizer([])  # 256 tokens and no merges


def pieces_as_ids(text):
    """Return each different piece of a text as a list of byte ids, with its count."""
    return [(only_bytes.encode(p), n) for p, n in Counter(PIECE.findall(text)).items()]


def count_pairs(pieces):
    """Return how often each pair of neighbours occurs."""
    counts = Counter()
    for ids, count in pieces:
        for pair in pairwise(ids):
            counts[pair] += count
    return counts


def most_frequent(counts):
    """Return the pair with the highest count; of equals, the one of smaller ids."""
    return min(counts, key=lambda pair: (-counts[pair], pair))


def replace(ids, pair, new):
    """Replace a pair of neighbours by a new id, from left to right."""
    replaced = []
    for i in ids:
        if replaced and (replaced[-1], i) == pair:
            replaced[-1] = new
        else:
            replaced.append(i)
    return replaced


# %% [markdown]
# `replace` looks at each id once. If the id before it and the id itself are the pair, the
# one before becomes the new token. Note that in *aaa* the pair *aa* stands twice but can
# be replaced only once: the first two letters go, and the third is left over.

# %%
assert replace([7, 7, 7], (7, 7), 9) == [9, 7]
assert replace([7, 7, 7, 7], (7, 7), 9) == [9, 9]
assert replace([1, 7, 8, 7], (7, 8), 9) == [1, 9, 7]

# %% [markdown]
# Now watch it learn. Every line is one round: the pair, how often it occurs, and what
# has become of the sentence. A bar stands between tokens.

# %%
name = {i: only_bytes.id_to_token(i) for i in range(256)}  # a space is written Ġ
learning = pieces_as_ids(tongue_twister)
spelt = [only_bytes.encode(piece) for piece in pieces]  # the sentence, as it becomes
merges = []
while counts := count_pairs(learning):
    pair, new = most_frequent(counts), 256 + len(merges)
    name[new] = name[pair[0]] + name[pair[1]]
    learning = [(replace(ids, pair, new), count) for ids, count in learning]
    spelt = [replace(ids, pair, new) for ids in spelt]
    merges.append(pair)
    seen = "|".join(name[i].replace("Ġ", "␣") for ids in spelt[:8] for i in ids)
    made = name[new].replace("Ġ", "␣")
    times = "times" if counts[pair] > 1 else "time "
    print(f"{len(merges):2d} {made:7s} {counts[pair]:2d} {times}: {seen} …")

# %% [markdown]
# The first token is made of a space and an *s*, for in this sentence most words begin
# so. Next come *he*, *ll* and *lls*, which several words share; then *sea*, *shells*,
# *the* and *sells* become whole, in the order of how much they save. The algorithm found
# the words, and parts of words, by counting alone. After the twelfth round nothing occurs
# twice any more, and the rest only follows the smaller numbers. In the end each piece is
# one token and no pair is left.
#
# The library does the same with a cleverer book-keeping. A tokenizer *is* its list of
# merges, and `to_files` writes that list as GPT-2 published its own, one merge a line.
# It must be ours, merge for merge:

# %%
import tempfile
from pathlib import Path


def merges_in_file(tokenizer):
    """Return the lines of the file of merges, such as `Ġ s`."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "vocab.json"), Path(folder, "merges.txt")
        tokenizer.to_files(*files)
        return files[1].read_text(encoding="utf-8").splitlines()[1:]


by_hand = [f"{name[first]} {name[second]}" for first, second in merges]
library = BytePairTokenizer.train(tongue_twister, vocabulary_size=300)
assert merges_in_file(library) == by_hand
print(f"{len(merges)} merges, and the library's are the same.")

# %% [markdown]
# We wrote both, so perhaps both are wrong in the same way. Here is what the
# `tokenizers` library of Hugging Face, written by other people in another language,
# learnt from the same sentence:

# %%
HUGGING_FACE = (
    "Ġ s, h e, l l, Ġs e, ll s, Ġs he, Ġse a, Ġshe lls, r e, t he, Ġ the, "
    "Ġse lls, a re, b y, h o, s he, Ġ are, Ġ by, Ġs ho, Ġsho re"
)
assert ", ".join(by_hand) == HUGGING_FACE
print("Hugging Face's library agrees, merge for merge.")

# %% [markdown]
# ## On the whole text
#
# Counting every pair anew in each round would take long on a whole manual. One
# observation helps: a merge changes only the pieces that contain the pair. So take the
# pairs of those pieces out of the count, replace, and put the new pairs in.


# %%
def learn(text, num_merges):
    """Return the merges, and how often each was carried out in the text."""
    pieces = pieces_as_ids(text)
    counts = count_pairs(pieces)
    merges, saved = [], []
    for new in range(256, 256 + num_merges):
        pair = most_frequent(counts)
        shorter = 0
        for place, (ids, count) in enumerate(pieces):
            if pair[0] not in ids or pair not in pairwise(ids):
                continue
            after = replace(ids, pair, new)
            counts.subtract(count_pairs([(ids, count)]))
            counts.update(count_pairs([(after, count)]))
            pieces[place] = after, count
            shorter += count * (len(ids) - len(after))
        merges.append(pair)
        saved.append(shorter)
    return merges, saved


merges, saved = learn(training, VOCABULARY - 256)
name = {i: only_bytes.id_to_token(i) for i in range(256)}
for new, (first, second) in enumerate(merges, start=256):
    name[new] = name[first] + name[second]

# %%
by_hand = [f"{name[first]} {name[second]}" for first, second in merges]
assert by_hand == merges_in_file(pairs)
readable = [name[i].replace("Ġ", "␣").replace("Ċ", "↵") for i in range(256, len(name))]
print(f"{len(merges):,} merges by hand, and the library's are the same.")
print("the first:", " ".join(readable[:16]))
last = [token if len(token) < 20 else f"{token[:15]}…" for token in readable[-8:]]
print("the last: ", " ".join(last))

# %% [markdown]
# First come pairs of spaces and of dashes, for the manual is indented and draws tables;
# with them the commonest beginnings and endings of English words, then whole words, and
# at the end what only a manual says often. A tokenizer is a portrait of its training
# text.
#
# How long is the text now? Each replacement takes one token away. So the number of
# tokens is known without looking:
#
# $$
# T = \text{bytes} - \sum_{k=1}^{V - 256} r_k ,
# $$
#
# where $r_k$ counts how often merge $k$ was carried out. The first merges save most.

# %%
num_bytes = len(training.encode("utf-8"))
T = len(pairs.encode(training))
assert num_bytes - sum(saved) == T
share = np.cumsum(saved) / sum(saved)
print(f"{num_bytes:,} bytes − {sum(saved):,} replacements = {T:,} tokens")
print(f"The first 100 merges did {share[99]:.0%} of the work,")
print(f"the last 100 did {1 - share[-101]:.1%}.")
assert share[99] > 0.5

# %% [markdown]
# ### From merges to tokens
#
# To **encode** a new text, cut it into pieces, write each as bytes, and carry out the
# merges in the order in which they were learnt, the earliest possible one first. To
# **decode**, put the bytes of all tokens one behind the other and read them as UTF-8.


# %%
RANK = {pair: rank for rank, pair in enumerate(merges)}


def encode(text):
    """Return the token ids of a text, the earliest merge first."""
    encoded = []
    for piece in PIECE.findall(text):
        ids = only_bytes.encode(piece)
        while known := [pair for pair in pairwise(ids) if pair in RANK]:
            pair = min(known, key=RANK.get)
            ids = replace(ids, pair, 256 + RANK[pair])
        encoded += ids
    return encoded


assert encode(held_out[:20_000]) == pairs.encode(held_out[:20_000])
assert encode(sentence) == pairs.encode(sentence)
print("|".join(tokens_of(pairs, sentence)))

# %% [markdown]
# Why the earliest, and not the longest token that fits? Because the merges were learnt
# in a world in which all earlier ones had already happened. Choose otherwise, and the
# model sees the same word cut in two ways, one of which it never met in training.

# %% [markdown]
# ## Three tokenisers, one table
#
# All on the held-out tenth, which neither of the last two has seen. (The alphabet was
# taken from the whole text, lest the character tokenizer stop at a strange sign.)

# %%
print("               V    tokens  characters/token  unknown  decode(encode)")
rates = {}
for kind, tokenizer in three.items():
    ids = tokenizer.encode(held_out)
    rates[kind] = len(held_out) / len(ids)
    missing = kind == "words" and np.mean(np.array(ids) == words.token_to_id("<unk>"))
    back = "the text" if tokenizer.decode(ids) == held_out else "something else"
    print(
        f"{kind:10s} {tokenizer.vocabulary_size:5,d} {len(ids):9,d}"
        f" {rates[kind]:14.2f} {missing:11.1%}  {back}"
    )
assert rates["characters"] == 1.0
assert rates["byte pairs"] > max(3, 0.9 * rates["words"])
assert pairs.vocabulary_size < 0.6 * words.vocabulary_size

# %% [markdown]
# Half the vocabulary of the words, and even so the tokens are about as long, nothing is
# unknown and nothing is lost: spaces and line ends are in the byte pairs, while the word
# tokenizer threw them away.
#
# ### How large a vocabulary?
#
# $V$ is a choice. Larger vocabularies make shorter sequences, but with diminishing
# returns, because the most frequent pairs were merged first.

# %% alt="Characters per token over the size of the vocabulary, from 256 to 8,192. Both curves rise from one, steeply at first. On the training text the curve goes on rising, on the held-out text it flattens, and the gap between them widens."
sizes = [256, 512, 1024, 2048, 4096, 8192]
rate = {"training text": [], "held-out text": []}
for size in sizes:
    tokenizer = BytePairTokenizer.train(training, size)
    for part, passage in zip(rate, (training, held_out), strict=True):
        rate[part].append(len(passage) / len(tokenizer.encode(passage)))
plots.curves(
    sizes,
    rate,
    xlabel="size V of the vocabulary",
    ylabel="characters per token",
    logx=True,
)

# %%
gains = np.diff(rate["held-out text"])
assert (np.diff(gains) < 0).all()
assert rate["training text"][-1] > 1.05 * rate["held-out text"][-1]
print("Each doubling of V adds to the characters per token of the held-out text:")
print(", ".join(f"{gain:.2f}" for gain in gains))

# %% [markdown]
# What does $V$ cost on the other side? A model keeps a vector of $D$ numbers for each
# token (lesson 11), $V \cdot D$ in all, and to predict the next token it computes $V$
# scores. Attention (lesson 13) compares all $T$ tokens with each other, $T^2$ times some
# constant. So long sequences are dear and large vocabularies are dear. Published
# models chose from 30,000 to 250,000 tokens, and trained them on far more text than a
# manual. Two things to watch on a small text: tokens that occur too rarely to learn
# anything about, and the gap in the figure. The tokenizer, too, can learn its training
# text by heart:

# %%
longest = sorted(readable, key=len)[-3:]
for token in longest:
    print(f"{len(token)} characters, one token: {token[:50]}…")
assert len(longest[-1]) > 40

# %% [markdown]
# Rulers of tables in the manual. They were frequent in this one text, so each became a
# token, and no model will ever learn anything from them.

# %% [markdown]
# ## One sentence in four languages and in code

# %%
same = {
    "English": "The cat sits on the mat and looks at the rain.",
    "German": "Die Katze sitzt auf der Matte und schaut in den Regen.",
    "Greek": "Η γάτα κάθεται στο χαλί και κοιτάζει τη βροχή.",
    "Japanese": "猫はマットの上に座って雨を見ている。",
    "Python": "if cat.on(mat) and not sun:\n    cat.look_at(rain)\n",
}
print("          characters  bytes  tokens  tokens against English")
lengths = {language: len(pairs.encode(said)) for language, said in same.items()}
for language, said in same.items():
    print(
        f"{language:10s} {len(said):8d} {len(said.encode()):7d}"
        f" {lengths[language]:7d} {lengths[language] / lengths['English']:14.1f}"
    )
assert lengths["Greek"] == len(same["Greek"].encode())
assert lengths["German"] > 1.3 * lengths["English"]

# %% [markdown]
# All say the same, and English is cheapest, for the tokenizer was trained on English.
# German shares its letters and some fragments. Of Greek it knows nothing: each letter
# takes its two bytes, and not one merge applies. (Characters per token would be an unfair
# measure here, as one Japanese character says more than one English one; tokens for the
# same content are a fair one.)
#
# Those who pay for a language model by the token pay several times as much in some
# languages, wait longer, and fit less into what the model can look at, which is a fixed
# number of tokens. The cure is a training text with a fair share of each language.
# Nothing breaks, however, and that is the strength of bytes. To be sure, let us throw
# strings at it that nobody would write: characters from all over Unicode, some of them
# not even assigned.

# %%
rng = np.random.default_rng(SEED)
assigned_or_not = np.r_[0:0xD800, 0xE000:0x110000]  # the gap is no text in UTF-8
for _ in range(STRINGS):
    strange = rng.choice(assigned_or_not, size=rng.integers(0, 12))
    plain = rng.integers(32, 127, size=rng.integers(0, 12))
    mixed = "".join(map(chr, rng.permutation(np.append(strange, plain))))
    assert pairs.decode(pairs.encode(mixed)) == mixed
print(f"{STRINGS:,} random strings came back as they were.")

# %% [markdown]
# The reason needs no experiment. Cutting and merging only draw and remove borders
# between bytes; the bytes themselves stay, in their order. Put together, they are the
# text's bytes, and UTF-8 has an inverse.
#
# ### Going wrong on purpose: the other direction
#
# `decode` after `encode` gives the text. `encode` after `decode` need not give the ids.
# Many sequences of ids spell the same text, and only one of them is its encoding. A
# model that has learnt from encodings never met the others:

# %%
spelled_out = [pairs.token_to_id(letter) for letter in "statement"]
print(spelled_out, "and", pairs.encode("statement"), "both decode to")
print(pairs.decode(spelled_out))
assert pairs.decode(spelled_out) == pairs.decode(pairs.encode("statement"))
assert pairs.encode(pairs.decode(spelled_out)) != spelled_out

# %% [markdown]
# And a sequence that is cut short may end in the middle of a character. What to look
# for is the sign �, with which Python marks bytes that are no text:

# %%
ids = pairs.encode("猫")
print([pairs.decode(ids[:k]) for k in (1, 2, 3)])
assert pairs.decode(ids[:1]) == "\ufffd"
stream = pairs.stream()  # holds bytes back until they are a character
print([stream.feed(i) for i in ids])

# %% [markdown]
# Whoever shows a model's answer while it is being written has to wait for whole
# characters, as `stream` does. Otherwise a � stands where an emoji will be, until the
# last of its bytes has come.

# %% [markdown]
# ## Why counting letters is hard
#
# How many times does the letter *r* occur in *strawberry*? Children count. A language
# model does not see the letters. It sees this:

# %%
for spelling in ("strawberry", " strawberry", "Strawberry", " STRAWBERRY"):
    ids = pairs.encode(spelling)
    print(f"{ids}  {'|'.join(tokens_of(pairs, spelling))}")
sets = [
    set(pairs.encode(spelling)) for spelling in (" statement", "statement", "STATEMENT")
]
assert not (sets[0] & sets[1]) | (sets[0] & sets[2])

# %% [markdown]
# Ids are names, not measurements: that 1,024 is larger than 7 says nothing about the
# tokens. How many *r*'s the token number 1,024 contains is a fact of its own, which
# must be learnt for each token separately, and text seldom says it. To the model
# *statement*, the same after a space, and the same in capitals have not one token in
# common.
#
# We can measure how much harder that makes it. Give a linear model a word as a **bag**:
# how often each token of the vocabulary occurs in it. It is to say how many *e*'s the
# word has. In characters the answer is one of the numbers it is given: weight 1 for
# *e*, 0 for the rest. In byte pairs it has to find a weight for each token. Train both
# with the same words, by least squares as in lesson 01, with a small penalty $\lambda
# \lVert w \rVert_2^2$ on large weights, and ask about words they have not seen. (With
# fewer words than weights it is cheaper to solve for the words: the code computes $w =
# X^\top (X X^\top + \lambda I)^{-1} y$, which are the same weights as $(X^\top X +
# \lambda I)^{-1} X^\top y$.)


# %%
def bags(tokenizer, words):
    """Return how often each token occurs in each word, `(words, V)`."""
    counts = np.zeros((len(words), tokenizer.vocabulary_size))
    for row, word in zip(counts, words, strict=True):
        np.add.at(row, tokenizer.encode(" " + word), 1)
    return counts


def answers(x, y, x_new):
    """Return what least squares with a small penalty, fitted to x and y, says."""
    weights = x.T @ np.linalg.solve(x @ x.T + 1e-3 * np.eye(len(x)), y)
    return np.round(x_new @ weights)


vocabulary = sorted(set(re.findall(r"\b[a-z]{4,}\b", text)))
vocabulary = [str(word) for word in rng.permutation(vocabulary)]
num_e = np.array([word.count("e") for word in vocabulary])
new = slice(len(vocabulary) - 800, None)  # words to be asked about

# %% alt="Share of new words whose letters e are counted rightly over the number of words trained on. With characters all are right from a few dozen words on. With byte pairs it begins a little below the level of always giving the commonest answer and reaches four fifths at 1,280 words."
amounts = [40, 80, 160, 320, 640, 1280]
right = {}
for kind in ("characters", "byte pairs"):
    x = bags(three[kind], vocabulary)
    right[kind] = np.array(
        [np.mean(answers(x[:n], num_e[:n], x[new]) == num_e[new]) for n in amounts]
    )
guess = np.bincount(num_e[new]).max() / len(num_e[new])
plots.curves(
    amounts,
    right,
    references={"always the commonest answer": guess},
    xlabel="words in training",
    ylabel="share of new words counted rightly",
    logx=True,
)

# %%
for n, by_letter, by_pair in zip(amounts, *right.values(), strict=True):
    print(f"{n:5,d} words: characters {by_letter:6.1%}, byte pairs {by_pair:6.1%}")
assert (right["characters"] == 1).all()
assert right["byte pairs"][0] < guess + 0.08
assert right["byte pairs"][-1] < 0.95

# %% [markdown]
# With characters forty words suffice for ever. With byte pairs the same model does no
# better than giving always the commonest answer until it has seen hundreds, and even
# then it can only guess at a word with a token that is new to it. A large language
# model has read far more, and learns the spelling of many tokens from lists, hyphens and
# misprints. But it has to *learn* what a child reads off the page. The same holds for
# rhymes and palindromes, and for arithmetic, where 1234 and 12345 may be cut at
# different places. With another seed other words are drawn, and the shares move by up
# to five percentage points.

# %% [markdown]
# ## What may be compared
#
# One more consequence, which will be needed from lesson 15 on. A language model is
# judged by its loss per token, $-\ln p(\text{token})$ on average. But a longer token is
# harder to guess: it says more. Take the simplest model there is, which knows how
# frequent each token is and nothing else:


# %%
def unigram_loss(tokenizer):
    """Return the loss per token on held-out text, from counts in the training text."""
    counts = np.bincount(
        tokenizer.encode(training), minlength=tokenizer.vocabulary_size
    )
    p = (counts + 1) / np.sum(counts + 1)  # nothing is impossible
    return -np.mean(np.log(p[tokenizer.encode(held_out)]))


print("            loss per token  bits per character")
bits = {}
for kind in ("characters", "byte pairs"):
    loss, num_tokens = unigram_loss(three[kind]), len(three[kind].encode(held_out))
    bits[kind] = loss * num_tokens / len(held_out) / np.log(2)
    print(f"{kind:10s} {loss:14.2f} {bits[kind]:17.2f}")
assert unigram_loss(pairs) > 1.5 * unigram_loss(characters)
assert bits["byte pairs"] < 0.8 * bits["characters"]

# %% [markdown]
# By its loss per token the second model looks far worse; in truth it is better. Fair is
# only what both must pay for the *same text*: the sum of the losses over all its tokens.
# Divided by the number of characters and by $\ln 2$ it is called **bits per
# character**:
#
# $$
# \text{bits per character} = \frac{T}{n} \cdot \frac{\text{loss per token}}{\ln 2} .
# $$
#
# (For the word tokenizer that number would be a lie: it pays once for `<unk>` and never
# says which word it was.)

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports and constants at the
# top of the lesson are there when it runs, so write each answer to stand on its own.
#
# ### Exercise 1: The most frequent pair
#
# `pieces` is a list of tuples `(ids, count)`: a piece of text as a list of ids, and how
# often that piece occurs. Return the pair of neighbours that occurs most often, as a
# tuple of two ids. If several are equally frequent, take the one with the smaller first
# id, and of those the one with the smaller second id.
#
# <details><summary>Hint</summary>
#
# A pair within a piece that occurs 5 times counts 5. `pairwise(ids)` gives the pairs of
# one piece. Tuples are compared as the exercise asks: first by the first, then by the
# second id.
#
# </details>


# %% exercise="most-frequent-pair"
def most_frequent_pair(pieces):
    """Return the pair of ids that occurs most often."""
    ### BEGIN SOLUTION
    counts = Counter()
    for ids, count in pieces:
        for pair in pairwise(ids):
            counts[pair] += count
    return min(counts, key=lambda pair: (-counts[pair], pair))
    ### END SOLUTION


# %% check="most-frequent-pair"
rng = np.random.default_rng()


def best_of(pieces, across=False, tie=1):
    found = Counter()
    if across:
        row = [i for ids, count in pieces for i in ids * count]
        pieces = [(row, 1)]
    for ids, count in pieces:
        for pair in pairwise(ids):
            found[pair] += count
    return min(found, key=lambda p: (-found[p], tie * p[0], tie * p[1])), found


for tied in (False, True):
    while True:
        drawn = [rng.integers(6, size=n).tolist() for n in (5, 4, 6, 3, 5)]
        sample = [(ids, int(rng.integers(1, 9))) for ids in drawn]
        right, found = best_of(sample)
        once_each, _ = best_of([(ids, 1) for ids in drawn])
        across, _ = best_of(sample, across=True)
        last, _ = best_of(sample, tie=-1)
        least = min(found, key=lambda pair: (found[pair], pair))
        wrong = {once_each, across, right[::-1], least} | ({last} if tied else set())
        if right not in wrong and (last != right) == tied and len(wrong) == 4 + tied:
            break
    expect(
        tuple(most_frequent_pair(sample)),
        right,
        call=f"most_frequent_pair({sample})",
        mistakes=[
            (once_each, "A pair counts as often as its piece occurs."),
            (across, "No pair crosses from one piece to the next."),
            (right[::-1], "The order matters: (a, b) is another pair than (b, a)."),
            (last, "Of equally frequent pairs take the one with the smaller ids."),
            (least, "That is the rarest pair."),
        ],
    )
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: Replacing a pair
#
# Replace each occurrence of `pair` in a list of ids by the id `new`, from left to
# right. Occurrences must not overlap: of three equal ids in a row, a pair of them takes
# the first two.
#
# <details><summary>Hint</summary>
#
# Walk through the list with an index. If the pair stands at the index, append `new` and
# go on by two; else append the id and go on by one. The last id has no neighbour to its
# right.
#
# </details>


# %% exercise="replace-a-pair"
def replace_pair(ids, pair, new):
    """Return the ids with each occurrence of the pair replaced, from left to right."""
    ### BEGIN SOLUTION
    replaced, place = [], 0
    while place < len(ids):
        if tuple(ids[place : place + 2]) == tuple(pair):
            replaced.append(new)
            place += 2
        else:
            replaced.append(ids[place])
            place += 1
    return replaced
    ### END SOLUTION


# %% check="replace-a-pair"
rng = np.random.default_rng()


def replaced_by_text(ids, pair, new):
    row = "".join(chr(65 + i) for i in ids)
    both = chr(65 + pair[0]) + chr(65 + pair[1])
    return [ord(c) - 65 for c in row.replace(both, chr(65 + new))]


for repeated in (False, True):
    a, b, c = (int(i) for i in rng.permutation(9)[:3])
    b = a if repeated else b
    ids = [c, a, b, c, c, a, b, a] + ([c, a] if repeated else [b, a, c])
    right = replaced_by_text(ids, (a, b), 20)
    first = ids.index(a)
    backwards = replaced_by_text(ids[::-1], (b, a), 20)[::-1]
    overlapping = [
        20 if (i, j) == (a, b) else i for i, j in zip(ids, [*ids[1:], -1], strict=True)
    ]
    doubled = [
        20 if (i, j) == (a, b) or (h, i) == (a, b) else i
        for h, i, j in zip([-1, *ids], ids, [*ids[1:], -1], strict=False)
    ]
    before_end = right if right[-1] == 20 else right[:-1]
    mistakes = [
        (
            [*ids[:first], 20, *ids[first + 2 :]],
            "Replace each occurrence, not only the first.",
        ),
        (overlapping, "The second id of a pair goes too: skip it."),
        (doubled, "A pair becomes one id, not two."),
        (before_end, "The last id got lost: it has no neighbour, but it stays."),
        (ids, "Nothing was replaced, or the list was not returned changed."),
    ]
    if repeated:
        mistakes.append((backwards, "From left to right: aaa becomes (aa)a."))
    expect(
        replace_pair(list(ids), (a, b), 20),
        right,
        call=f"replace_pair({ids}, {(a, b)}, 20)",
        mistakes=mistakes,
    )
print("Exercise 2: right.")

# %% [markdown]
# ### Exercise 3: Encode a word
#
# Given a word and a list of merges, pairs of strings in the order in which they were
# learnt, return the tokens of the word as a list of strings. Begin with single
# characters (let us forget the bytes here). Of all pairs of neighbours that are in the
# list, the one that was *learnt first* is merged first, wherever it stands.
#
# <details><summary>Hint</summary>
#
# Carry out the merges one after the other, in the order of the list, each everywhere in
# the word. A merge can only use tokens that earlier merges made, so one walk through the
# list suffices.
#
# </details>


# %% exercise="encode-a-word"
def encode_word(word, merges):
    """Return the tokens of a word."""
    ### BEGIN SOLUTION
    tokens = list(word)
    for first, second in merges:
        merged = []
        for token in tokens:
            if merged and (merged[-1], token) == (first, second):
                merged[-1] = first + second
            else:
                merged.append(token)
        tokens = merged
    return tokens
    ### END SOLUTION


# %% check="encode-a-word"
rng = np.random.default_rng()


def longest_first(word, merges):
    known, cut = {first + second for first, second in merges}, []
    while word:
        size = next(n for n in range(len(word), 0, -1) if n == 1 or word[:n] in known)
        cut, word = [*cut, word[:size]], word[size:]
    return cut


def leftmost_first(word, merges):
    cut, place = list(word), 0
    while place < len(cut) - 1:
        if (cut[place], cut[place + 1]) in merges:
            cut[place : place + 2] = [cut[place] + cut[place + 1]]
            place = 0
        else:
            place += 1
    return cut


def by_rank(word, merges):
    cut = list(word)
    while known := [pair for pair in pairwise(cut) if pair in merges]:
        best = min(known, key=merges.index)
        place = list(pairwise(cut)).index(best)
        cut[place : place + 2] = ["".join(best)]
    return cut


def each_once(word, merges):
    cut = list(word)
    for pair in merges:
        if pair in pairwise(cut):
            place = list(pairwise(cut)).index(pair)
            cut[place : place + 2] = ["".join(pair)]
    return cut


a, b, c, d, e, f, g, h, i, j = (
    str(letter) for letter in rng.permutation(list("abcdefghij"))
)
families = [
    [(b, c), (a, b), (b + c, d)],
    [(f, g), (e, f), (e, f + g)],
    [(h, i), (i, j)],
]
turns = rng.permutation([0, 0, 0, 1, 1, 1, 2, 2])  # each family keeps its order
sample = [families[turn].pop(0) for turn in turns]
parts = rng.permutation([a + b + c + d, e + f + g, h + i + j, h + i])
word = "".join(str(part) for part in parts)
right = by_rank(word, sample)
wrong = [
    longest_first(word, sample),
    leftmost_first(word, sample),
    by_rank(word, sample[::-1]),
    each_once(word, sample),
    list(word),
]
expect(
    encode_word(word, sample),
    right,
    call=f"encode_word({word!r}, {sample})",
    mistakes=list(
        zip(
            wrong,
            (
                "Not the longest token that fits, but the earliest merge.",
                "Not the leftmost pair in the list, but the one learnt first.",
                "That begins with the merge learnt last.",
                "A merge is carried out everywhere in the word, not only once.",
                "Nothing was merged.",
            ),
            strict=True,
        )
    ),
)
print("Exercise 3: right.")

# %% [markdown]
# ### Exercise 4: Perplexity per character
#
# Papers often report $e^{\text{loss}}$, the **perplexity**, instead of the loss per
# token: a model with perplexity 20 is as unsure as if it had to choose among 20 equally
# likely tokens. A model has read a text of $n$ characters as $T$ tokens, with a given
# perplexity per token. *Derive* its perplexity per character: the one that a model
# reading characters must have in order to give the whole text the same probability.
#
# <details><summary>Hint</summary>
#
# The probability of the whole text is $P^{-T}$ for perplexity $P$ per token. Write the
# same number with the perplexity $Q$ per character, and solve for $Q$.
#
# </details>


# %% exercise="perplexity-per-character"
def perplexity_per_character(perplexity, num_tokens, num_characters):
    """Return the perplexity per character from the perplexity per token."""
    ### BEGIN SOLUTION
    return perplexity ** (num_tokens / num_characters)
    ### END SOLUTION


# %% check="perplexity-per-character"
rng = np.random.default_rng()
probabilities = rng.uniform(0.001, 0.2, size=rng.integers(5, 9))  # of T tokens
T, n = len(probabilities), 3 * len(probabilities) + int(rng.integers(1, 5))
perplexity = np.exp(-np.mean(np.log(probabilities)))
expect(
    perplexity_per_character(perplexity, T, n),
    np.prod(probabilities) ** (-1 / n),
    call=f"perplexity_per_character({perplexity:.4f}, {T}, {n})",
    mistakes=[
        (perplexity * T / n, "It is the loss that is shared out, not its exponential."),
        (perplexity ** (n / T), "The exponent is turned round: characters are easier."),
        (perplexity * n / T, "It is the loss that is shared out, not its exponential."),
        (np.log(perplexity) * T / n, "That is the loss per character: take e to it."),
        (
            np.log2(perplexity) * T / n,
            "Those are the bits per character: take 2 to them.",
        ),
        (perplexity, "Perplexities per token depend on the tokens: T ≠ n."),
    ],
)
print("Exercise 4: right.")

# %% [markdown]
# ## What you have learnt
#
# - Characters make a small vocabulary and long sequences; words make short sequences and
#   a vocabulary that is never large enough. What a word tokenizer does not know is lost.
# - Byte-pair encoding starts from bytes, so nothing is unknown, and merges the most
#   frequent pair again and again. Each replacement saves one token.
# - A tokenizer is its list of merges. To encode, carry them out, the earliest first.
# - `decode(encode(text))` is `text` for any text. The other direction does not hold, and
#   a sequence cut short may end within a character.
# - A tokenizer is a portrait of its training text: other languages cost more tokens.
# - Ids are names. How a token is spelt must be learnt for each one, which is why
#   counting letters is hard.
# - Losses per token cannot be compared between tokenizers; bits per character can.
#
# **What stays open.** An id is a name, and a model cannot calculate with names. Lesson
# 11, Word embeddings, gives each token a vector, and lets the vectors learn what the
# token means. A language model that reads these tokens follows in lesson 15, and
# lesson 18 opens the tokenizer of GPT-2 itself, with its 50,000 merges.
#
# **Sources.**
#
# - Gage (1994), "A New Algorithm for Data Compression", The C Users Journal 12(2),
#   pages 23–38: byte pairs.
# - Sennrich, Haddow and Birch (2016), "Neural Machine Translation of Rare Words with
#   Subword Units", section 3.2, <https://arxiv.org/abs/1508.07909>.
# - Radford, Wu, Child, Luan, Amodei and Sutskever (2019), "Language Models are
#   Unsupervised Multitask Learners", section 2.2: bytes, and cuts between words.
# - Petrov, La Malfa, Torr and Bibi (2023), "Language Model Tokenizers Introduce
#   Unfairness Between Languages", <https://arxiv.org/abs/2305.15425>.
# - Xue et al. (2022), "ByT5: Towards a Token-Free Future with Pre-trained Byte-to-Byte
#   Models", <https://arxiv.org/abs/2105.13626>: what bytes alone cost.
# - Kudo and Richardson (2018), "SentencePiece", <https://arxiv.org/abs/1808.06226>: a
#   relative of byte pairs that works on raw text, the space being one character more.
# - The Python language reference, <https://docs.python.org/3/reference/>: the text.
