# ---
# title: A transformer decoder from scratch
# part: II. From words to GPT-2
# minutes: 1
# difficulty: 3
# prerequisites: [7, 14]
# objectives:
#   - Write a whole GPT in fewer than fifty lines, and get the library's logits from the same weights.
#   - Explain the residual stream, and measure what happens without it.
#   - Count the parameters and the operations of a GPT by formula, and check both against the machine.
#   - Train one on real text, and judge it by loss, perplexity and bits per character.
#   - Look into a trained model, at its heads and at its stream, block by block.
# ---

# %% [markdown]
# # A transformer decoder from scratch
#
# Lessons 10 to 14 made the parts: tokens, vectors for tokens, attention, positions.
# **What is still missing for a GPT, how many lines is the whole thing, and how good is
# what comes out after a minute of training on a laptop?**
#
# The lesson assumes multilayer perceptrons (lesson 07), attention with its causal mask
# and its heads (lesson 13) and learned positions (lesson 14).

# %% tags=["setup"]
import time
from itertools import pairwise

import numpy as np

from fmkeras import data, plots, text
from fmkeras.course import expect

SEED = 0
LAYERS, HEADS, WIDTH = 2, 4, 128  # of the model that is trained
LENGTH = 64  # characters that it sees at once
BATCH = 16  # windows of so many characters in a step
EPOCHS, STEPS = 14, 64  # so many times so many steps of training
PEAK = 0.003  # the highest learning rate
DEPTH = 12  # blocks in the comparison of ways to stack them

reference = data.load_text("python_reference")
tokenizer = text.CharacterTokenizer.train(reference)
V = tokenizer.vocabulary_size
ids = np.array(tokenizer.encode(reference))
train_ids, held_out = np.split(ids, [int(0.9 * len(ids))])

# %% [markdown]
# The text is the reference manual of Python, which every Python carries for its
# `help()`: prose, grammar and code. A token is a character (lesson 10), so that the
# vocabulary is small and nothing stands between us and the model. The last tenth of the
# manual is held out: the model never sees it, and is judged by it.
#
# That is fair only if the last tenth is *new*. In the manual as it is printed, whole
# sections occur twice, for instance the one on `for` and its copy in the chapter on
# compound statements. `load_text` leaves out every paragraph that stood there before. We
# check that, and look for what may have slipped through: how many stretches of 64
# characters of the held-out text stand, letter for letter, in the text for training?

# %%
paragraphs = reference.split("\n\n")
assert len(set(paragraphs)) == len(paragraphs)

cut = len(train_ids)
seen_text, new_text = reference[:cut], reference[cut:]
stretches = [new_text[i : i + 64] for i in range(0, len(new_text) - 64, 64)]
known = np.mean([stretch in seen_text for stretch in stretches])
print(f"{len(train_ids):,} characters to train on, {len(held_out):,} held out, V = {V}")
print(f"Of the held-out text, {known:.1%} stands in the text for training.")
assert known < 0.02

# %% [markdown]
# ## What there is to beat
#
# A language model gives the next token a probability, $p(x_{t+1} \mid x_1 \dots x_t)$.
# It is good if what really came had a large one. Lesson 04 turned that into a loss, the
# cross entropy in nats, here the mean over the $n$ tokens of a text:
#
# $$
# \mathcal L = -\frac1n \sum_{t} \ln p(x_{t+1} \mid x_1, \dots, x_t) .
# $$
#
# The same number has two more faces. **Perplexity** is $e^{\mathcal L}$: a model that
# always hesitates between $k$ equally likely tokens has a loss of $\ln k$ and a
# perplexity of $k$. **Bits per character** is $\mathcal L / \ln 2$ divided by the number of
# characters in a token: what a file would need for each character if the model packed
# it. For us a token is a character.
#
# How low must a GPT come to be worth its name? Three models that only count set the
# scale. One knows nothing and says $1/V$. One knows how frequent each character is
# (unigrams). And one counts what follows each *pair* of characters (trigrams):
#
# $$
# p(c \mid a\, b) = \frac{\mathrm{count}(a\, b\, c) + \alpha}
#     {\mathrm{count}(a\, b) + \alpha V} .
# $$
#
# The $\alpha$ saves triples that were never counted from probability zero. We try five
# values and let the trigram keep the one that is best *on the held-out text*, an
# advantage that our own model will not have.


# %%
def count_model(num_before, alpha):
    """Return p(c | the characters before it), counted, with one axis for each."""
    counts = np.full((V,) * (num_before + 1), alpha)
    grams = [train_ids[i : len(train_ids) - num_before + i] for i in range(num_before)]
    np.add.at(counts, (*grams, train_ids[num_before:]), 1)
    return counts / counts.sum(axis=-1, keepdims=True)


def bits(num_before, alpha=1.0):
    """Return the bits per character of the held-out text under such a model."""
    grams = [held_out[i : len(held_out) - num_before + i] for i in range(num_before)]
    p = count_model(num_before, alpha)[(*grams, held_out[num_before:])]
    return -np.log2(p).mean()


ALPHAS = (0.01, 0.03, 0.1, 0.3, 1.0)
baselines = {
    "uniform": np.log2(V),
    "unigram": bits(0),
    "trigram": min(bits(2, alpha) for alpha in ALPHAS),
}

# %% alt="Three bars, in bits per character of held-out text: nearly 7 for a uniform guess, below 5 for the frequencies of single characters, about 2.6 for trigrams."
plots.bars(
    list(baselines),
    list(baselines.values()),
    ylabel="bits per character, held-out text",
    title="What a GPT has to beat",
)

# %% [markdown]
# Counting ends at trigrams. For contexts of five characters the table would have
# $V^6$ entries, and nearly all of them would be zero. Ours will read 64 characters
# with a few hundred thousand numbers. The trigram is its bar.
#
# **Letters.** The lectures write $d$ for the width of a vector that stands for a token, $h$
# for the number of heads and $N$ for the number of layers. Ours are $D$, $N$ and $L$,
# and $H = D / N$ is the width of a head, $F$ the width inside the feed-forward part, $T$
# the length of the sequence. $h^{(\ell)}_t \in \mathbb R^D$ is what stands at position
# $t$ after block $\ell$.

# %% [markdown]
# ## The whole model
#
# A GPT is a straight line with detours. Each token becomes a vector, and that vector
# travels upwards through $L$ blocks, position by position. Every block makes two
# detours: attention, in which a position gathers from the positions before it, and a
# feed-forward network, in which it thinks about what it has, alone. What comes back from
# a detour is *added*:
#
# $$
# y = x + \mathrm{Attention}(\mathrm{norm}(x)), \qquad
# z = y + \mathrm{FeedForward}(\mathrm{norm}(y)) .
# $$
#
# The $\mathrm{norm}$ keeps the numbers of a vector in size; the next section tells how, and
# why it stands there. At the top, the vector is compared with the vectors of all tokens,
# and the products are the logits for the token that comes next. What follows are all the
# lines, fewer than fifty, in plain Keras. First attention, as lesson 13 built it: one
# matrix makes queries, keys and values of all heads at once, a position sees itself and
# its past.

# %% tags=["whole-model"]
import keras
from keras import ops


class Attention(keras.layers.Layer):
    def __init__(self, num_heads, width):
        super().__init__()
        self.num_heads, self.width = num_heads, width
        self.to_query_key_value = keras.layers.Dense(3 * width)
        self.to_output = keras.layers.Dense(width)

    def call(self, x):  # (B, T, D)
        length, head_width = x.shape[1], self.width // self.num_heads
        x = self.to_query_key_value(x)  # (B, T, 3 D)
        x = ops.reshape(x, (-1, length, 3, self.num_heads, head_width))
        heads = ops.transpose(x, (2, 0, 3, 1, 4))  # (3, B, N, T, H)
        query, key, value = ops.unstack(heads)
        scores = query @ ops.swapaxes(key, 2, 3) / head_width**0.5  # (B, N, T, T)
        past = ops.tril(ops.ones((length, length), "bool"))
        weights = ops.softmax(ops.where(past, scores, -1e30))
        gathered = ops.swapaxes(weights @ value, 1, 2)  # (B, T, N, H)
        return self.to_output(ops.reshape(gathered, (-1, length, self.width)))


# %% [markdown]
# Then the block. Its feed-forward part is the multilayer perceptron of lesson 07: up to
# four times the width, a GELU (lesson 05), and down again.


# %% tags=["whole-model"]
class Block(keras.layers.Layer):
    def __init__(self, num_heads, width):
        super().__init__()
        self.attention_norm = keras.layers.LayerNormalization(epsilon=1e-5)
        self.attention = Attention(num_heads, width)
        self.feed_forward_norm = keras.layers.LayerNormalization(epsilon=1e-5)
        self.up = keras.layers.Dense(4 * width, activation="gelu")
        self.down = keras.layers.Dense(width)

    def call(self, x):  # (B, T, D)
        x = x + self.attention(self.attention_norm(x))
        return x + self.down(self.up(self.feed_forward_norm(x)))


# %% [markdown]
# And the stack between an embedding and its transpose.


# %% tags=["whole-model"]
class GPT(keras.Model):
    def __init__(self, vocabulary_size, max_length, num_layers, num_heads, width):
        super().__init__()
        start = keras.initializers.RandomNormal(stddev=0.02)
        self.tokens = keras.layers.Embedding(vocabulary_size, width, start)
        self.positions = keras.layers.Embedding(max_length, width, start)
        self.blocks = [Block(num_heads, width) for _ in range(num_layers)]
        self.final_norm = keras.layers.LayerNormalization(epsilon=1e-5)

    def call(self, token_ids):  # (B, T)
        x = self.tokens(token_ids) + self.positions(ops.arange(token_ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        table = ops.transpose(self.tokens.embeddings)  # (D, V)
        return self.final_norm(x) @ table  # (B, T, V)


# %% [markdown]
# That is GPT-2, line by line, but for its size and for the GELU, of which GPT-2 uses an
# approximation (lesson 18). The library's `transformer_decoder` is the same model with
# more choices, checks and a cache for writing (lesson 17). If that is true, the same
# weights must give the same logits. We fill both with random numbers, *all* of them, so
# that no scale of 1 and no bias of 0 can hide a difference, and choose sizes that all
# differ:

# %%
from fmkeras.models import transformer_decoder
from fmkeras.runtime import set_seed

rng = np.random.default_rng(SEED)
set_seed(SEED)
by_hand = GPT(vocabulary_size=29, max_length=13, num_layers=3, num_heads=5, width=35)
by_library = transformer_decoder(29, 13, 3, num_heads=5, hidden_dim=35, compile=False)

some_ids = rng.integers(29, size=(2, 11))
by_hand(some_ids)  # makes the weights
numbers = [rng.normal(scale=0.3, size=w.shape) for w in by_hand.get_weights()]
by_hand.set_weights(numbers)
by_library.set_weights(numbers)

logits = ops.convert_to_numpy(by_hand(some_ids))  # (B, T, V)
np.testing.assert_allclose(logits, by_library(some_ids), rtol=1e-3, atol=1e-3)
error = np.abs(logits - by_library(some_ids)).max()
print(f"Logits from {logits.min():.0f} to {logits.max():.0f} differ by {error:.0e}.")
assert error < 1e-4 * np.abs(logits).max()

# %% [markdown]
# ### The test that every decoder must pass
#
# The most frequent mistake in a decoder of one's own does not crash and does not look
# wrong: a mask that is missing, or the wrong way round. Position $t$ then sees token
# $t + 1$, which is the answer. The training loss falls like a stone, and what the model
# writes is rubbish. So test it directly: change one token, and see at which positions the
# logits change.


# %%
def changed_positions(model, token_ids, where):
    """Return the positions at which the logits change when one token does."""
    other = token_ids.copy()
    other[:, where] = (other[:, where] + 1) % 29
    change = np.abs(model(token_ids) - model(other)).max(axis=(0, 2))
    return np.flatnonzero(change > 1e-4)


print(f"Token 6 changed, logits changed at {changed_positions(by_hand, some_ids, 6)}.")
assert changed_positions(by_hand, some_ids, 6).min() == 6

careless = transformer_decoder(29, 13, 3, num_heads=5, hidden_dim=35, compile=False)
careless.set_weights(numbers)
for block in careless.blocks:
    block.attention.causal = False  # what a forgotten mask comes to
leaks = changed_positions(careless, some_ids, 6)
print(f"Without the mask they changed at {leaks}:")
print("the future leaks into the past.")
assert leaks.min() == 0

# %% [markdown]
# ## Why a stream, and why the norm stands where it stands
#
# Put the two lines of all blocks into one another, and the model is a sum:
#
# $$
# h^{(L)} = h^{(0)} + \sum_{\ell = 1}^{L}
#     \bigl[ \mathrm{attention}_\ell + \mathrm{feedforward}_\ell \bigr] .
# $$
#
# Every detour reads from this **residual stream** and adds to it; none overwrites it.
# Backwards, a sum passes the gradient on to each of its terms as it is (lesson 06), so
# there is a path from the top of the stream to every block that no matrix interrupts.
# Lesson 09 measured what that is worth in a plain network.
#
# The normalisation rescales a vector to mean 0 and variance 1, then multiplies and shifts
# by what it has learnt:
#
# $$
# \mathrm{norm}(x) = g \odot
#     \frac{x - \mathrm{mean}(x)}{\sqrt{\mathrm{var}(x) + \epsilon}} + b .
# $$
#
# Mean and variance are those of the $D$ numbers of the one vector $x$; the scale $g$ and
# the shift $b$ are learned, $D$ numbers each; and the small $\epsilon$ guards against a
# division by zero.


# %%
def norm(x, scale=1.0, shift=0.0, epsilon=1e-5):
    """Return x with mean 0 and variance 1 along its last axis, scaled and shifted."""
    centred = x - x.mean(axis=-1, keepdims=True)
    return scale * centred / np.sqrt(x.var(axis=-1, keepdims=True) + epsilon) + shift


x = rng.normal(loc=3, scale=5, size=(2, 4, 6))
layer = keras.layers.LayerNormalization(epsilon=1e-5)
np.testing.assert_allclose(norm(x), layer(x), atol=1e-5)

# %% [markdown]
# Where should it stand? The transformer of 2017 put it *on* the stream, after each sum
# (post-norm). GPT-2 put it at the entry of each detour (pre-norm), where the stream itself
# stays untouched. And what if there were no sums, or neither sums nor norms? We stack the
# four kinds of blocks twelve high and feed random vectors in. Two things are measured: how
# long the gradient of a loss is in each block, relative to the last one, and how much the
# vectors of different positions still differ at the top (the cosine of two of them, on
# average; 1 would mean that all point in one direction). Nothing is trained yet: this is how
# training would *start*.


# %%
from fmkeras.layers import TransformerBlock
from fmkeras.training import gradient_norms


class NoSums(Block):
    """The block with its two detours, and no stream beside them."""

    def __init__(self, num_heads, width, **copied):  # Keras adds more when it copies
        super().__init__(num_heads, width)

    def call(self, x):
        x = self.attention(self.attention_norm(x))
        return self.down(self.up(self.feed_forward_norm(x)))


class Neither(keras.layers.Layer):
    """The two detours alone, with neither sums nor norms."""

    def __init__(self, num_heads, width, **copied):
        super().__init__()
        self.attention = Attention(num_heads, width)
        self.up = keras.layers.Dense(4 * width, activation="gelu")
        self.down = keras.layers.Dense(width)

    def call(self, x):
        return self.down(self.up(self.attention(x)))


def stacked(make_block):
    """Return the gradient norms over that of the last block, and the mean cosine."""
    set_seed(SEED)
    model = keras.Sequential([keras.Input((16, 32)), *map(make_block, range(DEPTH))])
    model.compile(loss="mse")
    x, y = np.random.default_rng(SEED).normal(size=(2, 8, 16, 32))
    norms = np.array(list(gradient_norms(model, x, y).values()))
    top = ops.convert_to_numpy(ops.normalize(model(x), axis=-1))  # (B, T, D)
    cosines = top @ top.swapaxes(1, 2)
    return norms / norms[-1], cosines[:, ~np.eye(16, dtype=bool)].mean()


kinds = {
    "sums, norm at the entry": lambda i: TransformerBlock(4, 128, name=f"pre_{i}"),
    "sums, norm on the stream": lambda i: TransformerBlock(
        4, 128, norm_first=False, name=f"post_{i}"
    ),
    "norms, no sums": lambda i: NoSums(4, 32),
    "neither": lambda i: Neither(4, 32),
}
found = {name: stacked(make_block) for name, make_block in kinds.items()}

# %% alt="Gradient norms of twelve blocks on a logarithmic axis. With sums the two lines are nearly flat. With norms alone the line falls a little towards the input. With neither it falls by several orders of magnitude."
plots.curves(
    np.arange(1, DEPTH + 1),
    {name: norms for name, (norms, _) in found.items()},
    xlabel="block, 1 is next to the input",
    ylabel="length of the gradient, last block = 1",
    logy=True,
)

# %%
for name, (norms, cosine) in found.items():
    print(f"{name:25s}gradient in block 1: {norms[0]:8.2g}   mean cosine: {cosine:.2f}")
pre, _, no_sums, neither = (norms for norms, _ in found.values())
cosines = [cosine for _, cosine in found.values()]
assert pre[0] > no_sums[0] > 100 * neither[0]
assert cosines[2] > cosines[0] + 0.3

# %% [markdown]
# *What to look for.* With neither, the first block hears next to nothing: each detour
# shrinks the gradient, and twelve of them multiply. Norms rescale it, but they cannot bring
# back what is lost on the way up: attention averages, and after twelve averages with nothing
# beside them all positions have become alike. A sum keeps what was there.
#
# Between the two places for the norm this picture does not decide. With the norm *on* the
# stream every gradient passes through every norm on its way down, and at the start the
# gradients near the output are large (which our division by the last one hides), so that
# such models need small first steps, a warm-up (Xiong et al., 2020). With the norm at the
# entry of the detours nothing stands on the stream. Nearly all models since GPT-2 do it
# like this.

# %% [markdown]
# ## How many numbers, how much work
#
# **Parameters.** A block has a matrix $D \times 3D$ for queries, keys and values, a
# $D \times D$ for what the heads found, and $D \times F$ and $F \times D$ with $F = 4D$:
# together $12 D^2$. Their biases are $3D + D + 4D + D = 9D$, the scales and shifts of the
# two norms $4D$. Beside the blocks there are $V$ vectors for tokens, one for each
# position up to the longest $T$, and the last norm:
#
# $$
# \underbrace{L \, (12 D^2 + 13 D)}_{\text{blocks}}
#     + \underbrace{V D}_{\text{tokens}} + \underbrace{T D}_{\text{positions}}
#     + \underbrace{2 D}_{\text{last norm}} .
# $$
#
# The logits cost no parameters: the matrix that turns tokens into vectors also compares
# vectors with tokens. These **tied embeddings** save $VD$ numbers, nearly 39
# million in the small GPT-2.


# %%
def decoder_parameters(vocabulary_size, length, num_layers, width):
    """Return the number of parameters of a GPT with F = 4 D."""
    blocks = num_layers * (12 * width**2 + 13 * width)
    return blocks + (vocabulary_size + length) * width + 2 * width


set_seed(SEED)
model = transformer_decoder(V, LENGTH, LAYERS, HEADS, WIDTH, compile=False)
num_parameters = decoder_parameters(V, LENGTH, LAYERS, WIDTH)
print(f"formula: {num_parameters:,} parameters, model: {model.count_params():,}")
print(f"GPT-2, the small one: {decoder_parameters(50257, 1024, 12, 768):,}")
assert model.count_params() == num_parameters
assert decoder_parameters(50257, 1024, 12, 768) == 124_439_808

# %% [markdown]
# **Operations.** A product of a row with an $m \times n$ matrix takes $mn$
# multiplications and as many additions: $2mn$ floating-point operations, FLOPs. So each
# token pays twice the number of entries of every matrix it meets, the logits' $VD$
# included. Besides its matrices, attention in each block compares each of $T$ queries
# with $T$ keys, over all heads $2 T^2 D$, and mixes values, again $2 T^2 D$. For one
# sequence:
#
# $$
# \mathrm{forward} = 2 T \, (12 L D^2 + V D) + 4 L T^2 D, \qquad
# \mathrm{training\ step} \approx 3 \cdot \mathrm{forward} .
# $$
#
# Three times, because backpropagation makes two products out of each: one for the
# gradient of the inputs, one for that of the matrix (lesson 06). As half of the table of
# scores lies in the future, attention *needs* only half of its share, but plain
# attention computes it all, and so do we count.
#
# A formula is a claim. TensorFlow's profiler counts what the operations of a program
# cost, one by one:

# %%
import tensorflow as tf

tf.get_logger().setLevel("ERROR")  # the profiler says that it is old
profiler = tf.compat.v1.profiler


def flops_by_profiler(function, *shapes):
    """Return the FLOPs of a function of token ids, as TensorFlow counts them."""
    inputs = [tf.TensorSpec(shape, "int32") for shape in shapes]
    graph = tf.function(function).get_concrete_function(*inputs).graph
    options = profiler.ProfileOptionBuilder.float_operation()
    options = profiler.ProfileOptionBuilder(options).with_empty_output().build()
    return profiler.profile(graph, options=options).total_float_ops


def flops_by_formula(vocabulary_size, length, num_layers, width):
    """Return the FLOPs of a forward pass over one sequence, matrix products alone."""
    matrices = 12 * num_layers * width**2 + vocabulary_size * width
    return 2 * length * matrices + 4 * num_layers * length**2 * width


def gradients_by_tape(token_ids, targets):
    """Return the gradients of the loss, as a training step needs them."""
    with tf.GradientTape() as tape:
        losses = keras.losses.sparse_categorical_crossentropy(
            targets, model(token_ids), from_logits=True
        )
        loss = tf.reduce_mean(losses)
    return tape.gradient(loss, model.trainable_variables)


# %%
forward = flops_by_formula(V, LENGTH, LAYERS, WIDTH)
counted = flops_by_profiler(model, (1, LENGTH))
counted_step = flops_by_profiler(gradients_by_tape, (1, LENGTH), (1, LENGTH))
print(f"forward:  formula {forward:,}, profiler {counted:,}")
print(f"training: formula {3 * forward:,}, profiler {counted_step:,}")
assert 0 < counted / forward - 1 < 0.05
assert abs(counted_step / (3 * forward) - 1) < 0.05

# %% [markdown]
# The profiler counts a little more, for it also sees the norms, the biases and the
# softmax. They are many lines of code and few per cent of the work: a GPT *is* its
# matrix products. Where do they go?

# %% alt="Shares of the FLOPs of a forward pass in three models. In our small one the feed-forward part takes most, attention's matrices less. In GPT-2 small the logits take more than a quarter. In GPT-3 nearly all goes to the blocks' matrices."
shapes = {
    "ours": (V, LENGTH, LAYERS, WIDTH),
    "GPT-2 small": (50257, 1024, 12, 768),
    "GPT-3": (50257, 2048, 96, 12288),
}
shares = {}
for name, (v, t, num_layers, d) in shapes.items():
    parts = {
        "matrices of attention": 8 * num_layers * t * d**2,
        "scores and mixing": 4 * num_layers * t**2 * d,
        "feed-forward": 16 * num_layers * t * d**2,
        "logits": 2 * t * v * d,
    }
    assert sum(parts.values()) == flops_by_formula(v, t, num_layers, d)
    shares[name] = [round(100 * p / sum(parts.values()), 1) for p in parts.values()]
plots.bars(list(parts), shares, ylabel="share of the FLOPs, in per cent")

# %% [markdown]
# ## Training
#
# The sequence is its own answer sheet: moved on by one, it is what should have been
# said. `text.windows` cuts it into pairs (lesson 12), and every position of a window is
# an example; a step of ours has over a thousand. The learning rate rises for one epoch,
# the warm-up, and then falls along half a cosine; the optimiser is AdamW, which is Adam
# with weight decay (lesson 07), as the builder sets it.
#
# What should the loss be *before* the first step? The vectors start small, so the
# logits are near zero and all tokens nearly equally likely: about $\ln V$. A model that
# starts far from it is wrong somewhere. `SampleText` lets the model write at the end of
# every epoch; we keep what it wrote, and print four moments. Characters are drawn with
# the model's own probabilities, a little sharpened (`Temperature(0.7)`: lesson 16).

# %%
from fmkeras.generation import Temperature
from fmkeras.training import SampleText, warmup_cosine

set_seed(SEED)
rate = warmup_cosine(PEAK, warmup_steps=STEPS, total_steps=EPOCHS * STEPS, final=3e-4)
model = transformer_decoder(V, LENGTH, LAYERS, HEADS, WIDTH, learning_rate=rate)
batches = text.windows(train_ids, LENGTH, BATCH, stride=LENGTH // 2, seed=SEED)
all_new = text.windows(held_out, LENGTH, 32, shuffle=False)
some_new = all_new.take(2)  # a glimpse after each epoch

inputs, targets = next(iter(batches))
start = keras.losses.sparse_categorical_crossentropy(
    targets, model(inputs), from_logits=True
)
print(f"loss before training: {np.mean(start):.3f}, ln V = {np.log(V):.3f}")
assert abs(np.mean(start) / np.log(V) - 1) < 0.03

# %% tags=["measured"]
written = []
sample = SampleText(
    tokenizer,
    "The ",
    LENGTH - 4,
    Temperature(0.7),
    seed=SEED,
    print_text=written.append,
)
sample.set_model(model)
sample.on_epoch_end(-1)  # once before training, as epoch 0

began = time.perf_counter()
history = model.fit(
    batches.repeat(),
    epochs=EPOCHS,
    steps_per_epoch=STEPS,
    validation_data=some_new,
    callbacks=[sample],
    shuffle=False,  # `windows` does that
    verbose=0,
).history
seconds = time.perf_counter() - began
tokens = EPOCHS * STEPS * BATCH * LENGTH
print(f"{tokens:,} characters read in {seconds:.0f} s, compilation included,")
print(f"at {3 * forward * tokens / LENGTH / seconds / 1e9:.0f} billion FLOPs a second.")

# %%
for moment in (0, 1, EPOCHS // 3, EPOCHS):
    print(written[moment].strip().replace("Epoch", "After epoch"), end="\n\n")

# %% [markdown]
# Before training every character is as likely as any other. After the first epoch there
# are spaces and frequent letters. Then come the lengths of words and their endings, and at
# last most words are English, or could be. A model with less than half a million numbers
# picks up the sound of the text, not what it says.
#
# In the curve below, look at its slope. The frequencies of single characters are learnt
# within the first epoch. To use the character *before* the last one, a head must first find
# out which position that is, from learned vectors that mean nothing at the start; only when
# some head looks one back does the loss fall below what the last character can tell.

# %% alt="Bits per character over training steps. Training and held-out curves fall together from above four, steeply at first, then with a long slope. They cross the trigram line in the second half of the training and end clearly below it."
from fmkeras.training import bits_per_character

steps = STEPS * np.arange(1, EPOCHS + 1)
plots.curves(
    steps,
    {
        "training text, mean of the epoch": np.array(history["loss"]) / np.log(2),
        "held-out text, a glimpse": np.array(history["val_loss"]) / np.log(2),
    },
    references={name: baselines[name] for name in ("unigram", "trigram")},
    xlabel="training steps",
    ylabel="bits per character",
)

# %% [markdown]
# ### The judgement
#
# Now the whole held-out text, cut into windows that do not overlap:

# %%
judged = model.evaluate(all_new, verbose=0, return_dict=True)
ours = bits_per_character(judged["loss"])
np.testing.assert_allclose(judged["perplexity"], np.exp(judged["loss"]), rtol=1e-4)

print(f"loss {judged['loss']:.3f} nats, perplexity {judged['perplexity']:.2f}")
for name, value in {**baselines, "this GPT": ours}.items():
    print(f"{name:10s}{value:6.3f} bits per character, perplexity {2**value:6.2f}")
assert ours < baselines["trigram"] - 0.2

# %% [markdown]
# The decoder beats the trigram, on text that neither has seen, although the trigram was
# allowed to choose its $\alpha$ there. On another machine, or with another seed, the
# last line varies by at most 0.1 bits.
#
# An honest number needs one more look. At the first position of a window the model sees
# a single character, at the last one sixty-four. The mean over the window hides
# that:

# %%
new_inputs, new_targets = (np.concatenate(part) for part in zip(*all_new, strict=True))
logits = model.predict(new_inputs, batch_size=32, verbose=0)  # (B, T, V)
losses = keras.losses.sparse_categorical_crossentropy(
    new_targets, logits, from_logits=True
)
by_position = ops.convert_to_numpy(losses) / np.log(2)  # (B, T), in bits
np.testing.assert_allclose(by_position.mean(), ours, rtol=1e-3)

# %% alt="Bits per character over the position in the window. The curve starts near four at the first position, passes the trigram line within a few characters, and flattens out below it."
edges = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, LENGTH]
groups = [by_position[:, a:b].mean() for a, b in pairwise(edges)]
plots.curves(
    edges[1:],
    {"this GPT": np.array(groups)},
    references={"trigram": baselines["trigram"]},
    xlabel="characters that the model sees",
    ylabel="bits per character",
    logx=True,
)

# %%
print(f"with 1 character to see:       {groups[0]:.2f} bits")
print(f"with more than {edges[-2]} characters: {groups[-1]:.2f} bits")
assert groups[0] > baselines["trigram"] > groups[-1]
assert groups[-1] < ours

# %% [markdown]
# Context is worth bits. Numbers from two papers compare only if they cut the text in the
# same way; lesson 18 comes back to that.

# %% [markdown]
# ## A look inside
#
# ### The stream, block by block
#
# The stream has the same width everywhere, and at its top it is compared with the
# tokens. Nothing keeps us from comparing earlier: stop after block $\ell$, take the last
# norm and the table, and see how good the guess is already. This reading is called the
# *logit lens*.


# %%
def streams(model, token_ids):
    """Return what stands on the stream before the first block and after each one."""
    x = model.position_embedding(model.token_embedding(token_ids))
    found = [x]
    for block in model.blocks:
        found.append(block(found[-1]))
    return found


table = model.token_embedding.embeddings
read_off = streams(model, new_inputs[:64])
early = []
for depth, x in enumerate(read_off):
    guess = ops.matmul(model.final_norm(x), ops.transpose(table))  # (B, T, V)
    loss = keras.losses.sparse_categorical_crossentropy(
        new_targets[:64], guess, from_logits=True
    )
    early.append(float(np.mean(loss)) / np.log(2))
    print(f"after {depth} blocks: {early[-1]:5.2f} bits per character")
np.testing.assert_allclose(guess, logits[:64], atol=1e-3)
assert early == sorted(early, reverse=True)

# %%
lookup = ops.matmul(model.final_norm(read_off[0]), ops.transpose(table))
itself = np.mean(ops.argmax(lookup, axis=-1) == new_inputs[:64])
print(f"Before the first block, {itself:.0%} of the guesses are the character itself.")
assert itself > 0.5

# %% [markdown]
# Before the first block the guess is worse than no idea at all, and sure of itself. The
# stream then holds the vector of the character that was read, and compared with all
# vectors of the table, the nearest is its own: the price of tied embeddings. The blocks
# have to write over it, and each brings the guess closer to what comes next.

# %% [markdown]
# ### The heads
#
# What do the heads look at? A layer of the library gives its weights on request. Here
# they are for a short line of the held-out text:

# %% alt="Heat maps of the heads of the model on a short line, each a lower triangle. The heads of the first block keep close to the diagonal: a character and the few before it. In the second block some columns are strong over many rows: characters that many later ones look at."
LINE = next(
    line
    for line in new_text.splitlines()
    if 18 <= len(line) <= 24 and line[0].isupper()
)
line_ids = np.array([tokenizer.encode(LINE)])


def head_weights(model, token_ids):
    """Return the attention of every head of every block, `(L, B, N, T, T)`."""
    return np.stack(
        [
            block.attention.attention_weights(block.attention_norm(x))
            for block, x in zip(model.blocks, streams(model, token_ids), strict=False)
        ]
    )


maps = head_weights(model, line_ids)[:, 0]  # (L, N, T, T)
titles = [f"block {b + 1}, head {n + 1}" for b in range(LAYERS) for n in range(HEADS)]
marks = ["␣" if c == " " else c for c in LINE]
plots.attention_map(maps.reshape(-1, *maps.shape[2:]), marks, titles=titles, columns=2)

# %% [markdown]
# A picture of one line invites stories. Numbers over many windows keep us honest: how much
# of its attention does each head give to the character itself, to the one before, and
# how far back does it look on average?

# %%
everywhere = head_weights(model, new_inputs[:64]).mean(axis=1)  # (L, N, T, T)
position = np.arange(LENGTH)
back = np.abs(position[:, None] - position)  # how far back a key stands
shares = [(everywhere * (back == step)).sum(axis=(2, 3)) / LENGTH for step in range(3)]
distance = (everywhere * back).sum(axis=3).mean(axis=2)
print("                  itself  1 back  2 back  mean distance")
for b in range(LAYERS):
    for n in range(HEADS):
        row = "".join(f"{share[b, n]:8.0%}" for share in shares)
        print(f"block {b + 1}, head {n + 1}: {row}{distance[b, n]:10.1f}")
np.testing.assert_allclose(everywhere.sum(axis=3), 1, rtol=1e-4)
assert distance[0].mean() < distance[1].mean()

# %% [markdown]
# A division of labour that nobody asked for: the first block gathers the last few
# characters, and the second looks further back, where what the first block has gathered
# now stands. Two blocks are the fewest that can do it. In large models the same two
# steps, "what came before this token" and then "where was that once before", make heads
# that copy from earlier in the text.

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports, constants and functions
# of the first cell are there when it runs, so write each answer to stand on its own.
#
# ### Exercise 1: Parameters of any decoder
#
# The formula above holds for $F = 4D$ and tied embeddings. Write it for any
# width $F$ of the feed-forward part, in code `inner`, and for embeddings that are tied or
# not: an untied model has a matrix $D \times V$ of its own for the logits, without bias.
# All other matrices have biases; each norm has a scale and a shift. `length` is the number
# of learned positions.
#
# <details><summary>Hint</summary>
#
# In a block: attention has $4D^2 + 4D$ numbers, the feed-forward part two matrices with
# $DF$ entries each and $F + D$ biases, two norms $2D$ each.
#
# </details>


# %% exercise="parameters-of-any-decoder"
def count_parameters(vocabulary_size, length, num_layers, width, inner, tied):
    """Return the number of parameters of a GPT."""
    ### BEGIN SOLUTION
    attention = 4 * width**2 + 4 * width
    feed_forward = 2 * width * inner + inner + width
    block = attention + feed_forward + 4 * width
    tables = vocabulary_size + length + (0 if tied else vocabulary_size)
    return num_layers * block + tables * width + 2 * width
    ### END SOLUTION


# %% check="parameters-of-any-decoder"
rng = np.random.default_rng()
V_, T_, L_, D_, F_ = (int(rng.integers(low, 2 * low)) for low in (50, 40, 3, 10, 21))
block = 4 * D_**2 + 9 * D_ + 2 * D_ * F_ + F_
rest = (V_ + T_) * D_ + 2 * D_
for tied in (True, False):
    right = L_ * block + rest + (not tied) * V_ * D_
    expect(
        count_parameters(V_, T_, L_, D_, F_, tied),
        right,
        call=f"count_parameters({V_}, {T_}, {L_}, {D_}, {F_}, {tied})",
        mistakes=[
            (right - 2 * D_, "The norm after the last block is missing."),
            (right - T_ * D_, "The learned positions are parameters too."),
            (right - L_ * (F_ + 5 * D_), "The matrices have biases."),
            (right - L_ * 4 * D_, "The two norms of each block are missing."),
            (
                right + (1 if tied else -1) * V_ * D_,
                "Only an untied model has a second matrix for the vocabulary.",
            ),
            (
                right - L_ * D_**2,
                "Attention has four matrices: the one after the heads counts too.",
            ),
            (
                L_ * (12 * D_**2 + 13 * D_) + rest + (not tied) * V_ * D_,
                "That is the case F = 4 D: here F is given.",
            ),
        ],
        rtol=1e-12,
    )
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: A perplexity from batches
#
# An evaluation comes in batches: for each you get the mean loss of its tokens, in nats,
# and the number of its tokens, which differ. Return the perplexity of the whole text. Then
# the bits per character, if the text has `num_characters` characters.
#
# <details><summary>Hint</summary>
#
# The mean over all *tokens* first: the batches weigh as many as they have. Only then the
# exponential, once. For the bits, think of the whole text: how many bits is it worth in
# all, and how many characters share them?
#
# </details>


# %% exercise="perplexity-from-batches"
def judge(losses, num_tokens, num_characters):
    """Return the pair (perplexity, bits per character)."""
    ### BEGIN SOLUTION
    total = np.sum(losses * num_tokens)
    return np.exp(total / num_tokens.sum()), total / np.log(2) / num_characters
    ### END SOLUTION


# %% check="perplexity-from-batches"
rng = np.random.default_rng()
losses = rng.uniform([0.5, 2.0, 3.5], [1.5, 3.0, 4.5])
num_tokens = np.array([rng.integers(60, 90), rng.integers(30, 50), rng.integers(5, 20)])
num_characters = int(3.3 * num_tokens.sum())
total = float(losses @ num_tokens)
mean = total / num_tokens.sum()
right = (np.exp(mean), total / np.log(2) / num_characters)
expect(
    judge(losses.copy(), num_tokens.copy(), num_characters),
    right,
    call=f"judge({losses.round(2)}, {num_tokens}, {num_characters})",
    mistakes=[
        (
            (np.exp(losses.mean()), right[1]),
            "Batches of many tokens must weigh more: take the mean over tokens.",
        ),
        (
            (np.exp(losses).mean(), right[1]),
            "The exponential comes last: a mean of perplexities is too large.",
        ),
        (
            (np.exp(losses) @ num_tokens / num_tokens.sum(), right[1]),
            "The exponential comes last: a mean of perplexities is too large.",
        ),
        ((2**mean, right[1]), "The loss is in nats: the base is e, not 2."),
        (
            (right[0], mean / np.log(2)),
            "Those are bits per token: divide by the characters.",
        ),
        (
            (right[0], total / num_characters),
            "Those are nats per character: divide by ln 2.",
        ),
        (
            (right[0], mean / np.log(2) * num_characters / num_tokens.sum()),
            "A token has several characters, which share its bits.",
        ),
    ],
    rtol=1e-6,
)
print("Exercise 2: right.")

# %% [markdown]
# ### Exercise 3: The block
#
# Write a pre-norm block and a post-norm block, given the detours and the norms as
# functions of an array: `attend`, `think`, and `norm_1`, `norm_2`. Return the pair of
# what comes out of each for the same `x`.
#
# <details><summary>Hint</summary>
#
# Pre-norm: the stream `x` itself is never normalised, only what a detour reads. The
# second detour reads what the first has left. Post-norm: each sum is normalised, and
# nothing else.
#
# </details>


# %% exercise="pre-norm-and-post-norm"
def two_blocks(x, attend, think, norm_1, norm_2):
    """Return (output of the pre-norm block, output of the post-norm block)."""
    ### BEGIN SOLUTION
    y = x + attend(norm_1(x))
    pre = y + think(norm_2(y))
    y = norm_1(x + attend(x))
    return pre, norm_2(y + think(y))
    ### END SOLUTION


# %% check="pre-norm-and-post-norm"
rng = np.random.default_rng()
x = rng.normal(loc=1.0, size=(4, 6))
attending, thinking = rng.normal(size=(4, 4)), rng.normal(size=(6, 6))
scale_1, scale_2 = rng.uniform(0.5, 1.0, 6), rng.uniform(1.5, 2.0, 6)


def attend(x):
    return attending @ x


def think(x):
    return np.tanh(x @ thinking)


def scaled(x, scale):
    centred = x - x.mean(axis=-1, keepdims=True)
    return scale * centred / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)


def norm_1(x):
    return scaled(x, scale_1)


def norm_2(x):
    return scaled(x, scale_2)


y = x + attend(norm_1(x))
pre = y + think(norm_2(y))
u = norm_1(x + attend(x))
post = norm_2(u + think(u))
stream = "The stream is not normalised: add x itself, not norm(x)."
expect(
    two_blocks(x.copy(), attend, think, norm_1, norm_2),
    (pre, post),
    call="two_blocks(x, attend, think, norm_1, norm_2)",
    mistakes=[
        ((post, pre), "The two are exchanged: pre-norm first."),
        (
            (think(norm_2(attend(norm_1(x)))), post),
            "Pre-norm: each detour is added to what came in.",
        ),
        (
            (y + think(norm_2(x)), post),
            "Pre-norm: the second detour reads y, not x.",
        ),
        (
            (x + think(norm_2(y)), post),
            "Pre-norm: the second sum starts from y, or attention is lost.",
        ),
        (
            (x + attend(norm_1(x)) + think(norm_2(x)), post),
            "Pre-norm: the detours come one after the other.",
        ),
        ((y + think(norm_1(y)), post), "The second norm is norm_2."),
        (
            (lambda a: norm_2(a) + think(norm_2(a)))(norm_1(x) + attend(norm_1(x))),
            stream,
        ),
        (
            (
                (lambda a: norm_2(a) + think(norm_2(a)))(norm_1(x) + attend(norm_1(x))),
                post,
            ),
            stream,
        ),
        (
            (pre, norm_2(norm_1(attend(x)) + think(norm_1(attend(x))))),
            "Post-norm: attention is added to x before the norm.",
        ),
        (
            (pre, (lambda a: a + norm_2(think(a)))(x + norm_1(attend(x)))),
            "Post-norm: the norm takes the whole sum, not the detour alone.",
        ),
    ],
    rtol=1e-6,
)
print("Exercise 3: right.")

# %% [markdown]
# ### Exercise 4: One matrix, two gradients
#
# Tied embeddings use the matrix $E$ twice. Take the smallest tied model there is, without
# any block: token $x$ becomes $h = E_x$, the logits are $z = h E^\top$, the loss is the
# cross entropy with the next token $y$. *Derive* the gradient of the loss with respect to
# $E$, and return it for one pair $(x, y)$, in the shape of `table`, `(V, D)`. The check
# compares it with finite differences. *Predict* first: which rows of $E$ move when the
# model reads this pair, and which would move if $E$ were only the input's table?
#
# <details><summary>Hint</summary>
#
# Lesson 04: the slope of the loss by the logits is $\bar z = p - y_{\text{one-hot}}$. As
# a table of outputs, $E$ gets the outer product $\bar z^\top h$, in every row. As the
# table of inputs, only its row $x$ gets the slope by $h$, which is $\bar z E$. Uses add
# up.
#
# </details>


# %% exercise="gradient-of-tied-embeddings"
def tied_gradient(table, x, y):
    """Return the gradient of −ln softmax(E[x] Eᵀ)[y] with respect to E, the table."""
    ### BEGIN SOLUTION
    z = table @ table[x]
    p = np.exp(z - z.max())
    slope = p / p.sum()
    slope[y] -= 1
    gradient = np.outer(slope, table[x])
    gradient[x] += slope @ table
    return gradient
    ### END SOLUTION


# %% check="gradient-of-tied-embeddings"
rng = np.random.default_rng()
E = rng.normal(scale=0.7, size=(5, 3))
x, y = (int(i) for i in rng.choice(5, size=2, replace=False))


def loss_of(inputs, outputs):
    z = outputs @ inputs[x]
    return np.log(np.exp(z).sum()) - z[y]


def differences(function):
    h, found = 1e-5, np.zeros_like(E)
    for place in np.ndindex(E.shape):
        nudge = np.zeros_like(E)
        nudge[place] = h
        found[place] = (function(E + nudge) - function(E - nudge)) / (2 * h)
    return found


as_output = differences(lambda e: loss_of(E, e))
as_input = differences(lambda e: loss_of(e, E))
p = np.exp(E @ E[x]) / np.exp(E @ E[x]).sum()
expect(
    tied_gradient(E.copy(), x, y),
    as_output + as_input,
    call=f"tied_gradient(E, {x}, {y})",
    mistakes=[
        (as_output, "E is the table of the inputs too: its row x gets more."),
        (as_input, "E is the table of the outputs too: every row gets a part."),
        (-as_output - as_input, "The sign is wrong: the slope is p − one-hot."),
        (
            np.outer(p, E[x]) + np.eye(5)[:, [x]] * (p @ E),
            "The truth is missing: subtract 1 at y from the probabilities.",
        ),
        (
            as_output + np.eye(5)[:, [y]] * as_input[x],
            "The input was token x: its row gets the second part, not row y.",
        ),
    ],
    rtol=1e-4,
    atol=1e-6,
)
print("Exercise 4: right. All rows move: reading one token teaches all of them.")

# %% [markdown]
# ## What you have learnt
#
# - A GPT is an embedding, $L$ blocks and the embedding's transpose. A block adds what
#   attention and a feed-forward network find to a stream that nothing overwrites. The
#   whole model is fewer than fifty lines, and the library's is the same.
# - The mask is tested by changing a token: no logit before it may move.
# - The sums carry the gradient to every block, and keep positions from becoming alike.
# - $L (12 D^2 + 13 D) + (V + T) D + 2D$ parameters; $2T (12 L D^2 + V D) + 4 L T^2 D$
#   operations forward, three times that for a step of training.
# - The loss starts at $\ln V$. Perplexity is $e^{\mathcal L}$; bits per character compare
#   models with different tokens. A minute of training beats the best trigram.
# - Part of a model can be read: the stream after every block, the weights of every head.
#
# **What stays open.** Which token to take when the model gives probabilities: lesson 16,
# Generating text. How to write without computing everything again for each token: lesson
# 17, Fast generation. The same model with 124 million numbers that others have trained:
# lesson 18, GPT-2.
#
# **Sources.**
#
# - Vaswani et al. (2017), "Attention Is All You Need", sections 3.1 and 3.3,
#   <https://arxiv.org/abs/1706.03762>.
# - Radford et al. (2018), "Improving Language Understanding by Generative Pre-Training",
#   section 3.1: the decoder alone; (2019), "Language Models are Unsupervised Multitask
#   Learners", section 2.3: the norm at the entry.
# - Xiong et al. (2020), "On Layer Normalization in the Transformer Architecture", section
#   3, <https://arxiv.org/abs/2002.04745>: pre-norm, post-norm and their gradients.
# - Press and Wolf (2017), "Using the Output Embedding to Improve Language Models", section
#   3, <https://arxiv.org/abs/1608.05859>: tied embeddings.
# - Kaplan et al. (2020), "Scaling Laws for Neural Language Models", section 2.1,
#   <https://arxiv.org/abs/2001.08361>: parameters and FLOPs; they count a multiplication
#   with its addition as two, as we do.
# - Brown et al. (2020), "Language Models are Few-Shot Learners", table 2.1,
#   <https://arxiv.org/abs/2005.14165>: the size of GPT-3.
# - Elhage et al. (2021), "A Mathematical Framework for Transformer Circuits",
#   <https://transformer-circuits.pub/2021/framework/index.html>: the residual stream, and
#   the heads in two blocks that copy.
# - nostalgebraist (2020), "interpreting GPT: the logit lens", LessWrong.
# - Shannon (1951), "Prediction and Entropy of Printed English", Bell System Technical
#   Journal 30(1), pages 50–64: bits per character.
