# ---
# title: Fast generation
# part: II. From words to GPT-2
# minutes: 1
# difficulty: 3
# prerequisites: [16]
# objectives:
#   - Say what a model computes again for every token it writes, and why it need not.
#   - Write a key/value cache in a few lines, and get the same tokens with it and without.
#   - Tell prefill from decode, and count the operations of both.
#   - Compute the memory of a cache, and what grouped queries save.
#   - Estimate from bytes alone how fast a phone can write.
# ---

# %% [markdown]
# # Fast generation
#
# To draw the next token, a model reads the whole text so far. Then it draws one more, and
# reads the whole text again. **What of all this work is really new, and how fast is a
# model that does only that?**
#
# The lesson assumes causal attention and grouped queries (lesson 13), the operations of a
# decoder (lesson 15) and greedy search (lesson 16).

# %% tags=["setup"]
import time

import numpy as np

from fmkeras import data, plots, text
from fmkeras.course import expect

SEED = 0
LAYERS, HEADS, WIDTH = 2, 4, 128  # of the model that writes
LENGTH, BATCH = 64, 16  # characters in a window, windows in a training step
STEPS = 300  # of training: enough for tokens that are not all the same
GIVEN, NEW = 16, 80  # tokens of the prompt, tokens to write
LENGTHS = (32, 128, 512, 2048)  # texts for which the speed is measured


def softmax(scores):
    """Return the softmax over the last axis."""
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attend(query, keys, values):
    """Return softmax(q Kᵀ / √H) V for one query `(H,)` and keys, values `(S, H)`."""
    return softmax(keys @ query / np.sqrt(len(query))) @ values


# %% [markdown]
# Here is what is at stake, by the formulas of lesson 15, for the smallest GPT-2: the
# operations that the next token costs after a text of $T$ tokens.


# %% alt="Operations for one more token over the length of the text, both axes logarithmic. Without a cache the line rises from about five times ten to the nine at 32 tokens to two times ten to the eleven at 1,024. With a cache it is nearly flat, at about a quarter of ten to the nine."
def operations(new, slots, shape, with_logits=1):
    """Return the FLOPs of reading `new` tokens, each of which looks at `slots`."""
    num_layers, width, vocabulary_size = shape
    matrices = 2 * new * 12 * num_layers * width**2
    scores_and_mixing = 4 * num_layers * new * slots * width
    return matrices + scores_and_mixing + 2 * with_logits * vocabulary_size * width


gpt2_small = (12, 768, 50257)
lengths = np.array([32, 64, 128, 256, 512, 1024])
again = np.array([operations(T, T, gpt2_small) for T in lengths])
cached = np.array([operations(1, T, gpt2_small) for T in lengths])
plots.curves(
    lengths,
    {"the whole text again": again, "only what is new": cached},
    xlabel="tokens so far, $T$",
    ylabel="operations for one more token",
    logx=True,
    logy=True,
    title="GPT-2 small",
)

# %%
print(
    f"at {lengths[-1]:,} tokens: {again[-1]:.1e} against {cached[-1]:.1e} operations,"
)
print(f"{again[-1] / cached[-1]:.0f} times as many.")
assert again[-1] > 500 * cached[-1]

# %% [markdown]
# **Letters.** The cache has $S$ slots, one for each token; $T$ tokens are read. $L$ is
# the number of layers, $D$ the width of the model, $N$ the number of its query heads,
# $K$ that of its key/value heads, $H$ the width of a head, $V$ the size of the
# vocabulary, $B$ the number of texts written at once. Where a paper writes $h$ and
# $d_k$, those are our $N$ and $H$.

# %% [markdown]
# ## What is computed again
#
# We look at one head. When the text has $T$ tokens $x_1, \dots, x_T$ and we want what
# comes next, all that counts is the output of the *last* one:
#
# $$
# a_T = \sum_{j \le T} \alpha_{Tj} \, v_j , \qquad
# \alpha_{Tj} = \mathrm{softmax}_j \left( \frac{q_T \cdot k_j}{\sqrt H} \right) , \qquad
# q_j = x_j W^Q, \quad k_j = x_j W^K, \quad v_j = x_j W^V .
# $$
#
# It needs one query, that of the last token, and the keys and values of *all* tokens. But
# $k_j$ depends on $x_j$ alone. When the next token arrives, $k_1, \dots, k_T$ are needed
# again, and are what they were. Written without that insight, with a count of the vectors
# that are multiplied by a matrix and of the scores:

# %%
rng = np.random.default_rng(SEED)
T, D, H = 24, 32, 8
X = rng.normal(size=(T, D))
w_q, w_k, w_v = rng.normal(size=(3, D, H)) / np.sqrt(D)


def full_pass(x):
    """Return causal attention `(T, H)` for x `(T, D)`, all rows of it."""
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    scores = np.where(np.tril(np.ones((len(x),) * 2)), q @ k.T / np.sqrt(H), -np.inf)
    return softmax(scores) @ v


products, num_scores, without = 0, 0, []
for t in range(1, T + 1):
    without.append(full_pass(X[:t])[-1])  # only the last row is of any use
    products += 3 * t
    num_scores += t * t
print(f"without a cache: {products} products with a matrix, {num_scores:,} scores")

# %% [markdown]
# Every token makes the next pass longer: $T$ vectors and $T^2$ scores for *one* token.
#
# ## A cache by hand
#
# So keep the keys and values. A **key/value cache** is two arrays with a slot for each
# token that will come. A new token writes its key and value into its slot, and its query
# looks at the slots filled so far. This is the whole of it:

# %%
keys, values = np.zeros((T, H)), np.zeros((T, H))  # the cache
products_cached, scores_cached, with_cache = 0, 0, []
for t in range(T):
    keys[t], values[t] = X[t] @ w_k, X[t] @ w_v
    with_cache.append(attend(X[t] @ w_q, keys[: t + 1], values[: t + 1]))
    products_cached += 3
    scores_cached += t + 1
np.testing.assert_allclose(with_cache, without, rtol=1e-10)
np.testing.assert_allclose(with_cache, full_pass(X), rtol=1e-10)
print(
    f"with a cache:    {products_cached} products with a matrix, {scores_cached} scores"
)
assert products == 3 * T * (T + 1) // 2
assert products_cached == 3 * T
assert num_scores == T * (T + 1) * (2 * T + 1) // 6
assert scores_cached == T * (T + 1) // 2

# %% [markdown]
# The same numbers, to ten digits. For one token, the work went from $O(T)$ vectors read
# and $O(T^2)$ scores to one vector and $O(T)$ scores, where $O(T)$ means: grows at most
# in proportion to $T$. The queries of old tokens are not kept: nobody asks them again.
#
# ### Why it is allowed
#
# In one head, keys depend on nothing but their own token. But the second layer reads what
# the first one gave, and that is a mixture of several tokens. Will old outputs stay as
# they are when a token is added? With a causal mask they will: output $j$ has looked at
# $i \le j$ only, so nothing that comes later can change it, in any layer. Without the
# mask every old output changes, and with it all keys of the next layer:


# %%
def both_ways(x):
    """Return attention `(T, H)` without a mask."""
    return softmax(x @ w_q @ (x @ w_k).T / np.sqrt(H)) @ (x @ w_v)


changed = np.abs(both_ways(X)[:-1] - both_ways(X[:-1])).max(axis=1)
kept = np.abs(full_pass(X)[:-1] - full_pass(X[:-1])).max()
print(f"a token is added; the {T - 1} old outputs change by at most")
print(f"{kept:.0e} with the causal mask, and by {changed.max():.1e} without it.")
assert kept < 1e-12
assert (changed > 1e-6).all()  # every single one

# %% [markdown]
# That is why a decoder such as GPT-2 can have a cache and a model that looks both ways
# cannot.

# %% [markdown]
# ## The cache of the library
#
# Now a real model. Speed does not depend on what the weights are, but a model that has
# learnt nothing repeats one token, and two ways of writing that agree on that
# prove little. So it trains for a moment, on the manual of Python, with the
# rotary positions of lesson 14.

# %%
from fmkeras.models import transformer_decoder
from fmkeras.runtime import set_seed
from fmkeras.training import warmup_cosine

reference = data.load_text("python_reference")
tokenizer = text.CharacterTokenizer.train(reference)
V = tokenizer.vocabulary_size
ids = np.array(tokenizer.encode(reference))
train_ids, held_out = np.split(ids, [int(0.9 * len(ids))])


def decoder(**options):
    """Return the decoder of this lesson, untrained."""
    shape = (V, max(LENGTHS), LAYERS, HEADS, WIDTH)
    return transformer_decoder(*shape, positions="rotary", **options)


set_seed(SEED)
rate = warmup_cosine(0.003, warmup_steps=30, total_steps=STEPS, final=3e-4)
model = decoder(learning_rate=rate)
batches = text.windows(train_ids, LENGTH, BATCH, stride=LENGTH // 2, seed=SEED)
model.fit(batches.take(STEPS), shuffle=False, verbose=0)
print(f"{model.count_params():,} parameters, {STEPS} steps")

# %% [markdown]
# In the library the cache belongs to the attention layer. `make_cache` makes the two
# arrays, for all heads of all texts at once: `(B · K, S, H)`. `call_with_cache` takes new
# tokens, the cache and the slot of the first new token, and returns its output and the
# cache with the new keys in it. New tokens may come one by one or several at a time;
# together they give what one call over everything gives.

# %%
from keras import ops

attention = model.blocks[0].attention
x = rng.normal(size=(1, 24, WIDTH)).astype("float32")
whole = ops.convert_to_numpy(attention(x))

cache = attention.make_cache(batch_size=1, length=24)
first, cache = attention.call_with_cache(x[:, :20], cache, 0)
parts = [first]
for t in range(20, 24):
    part, cache = attention.call_with_cache(x[:, t : t + 1], cache, t)
    parts.append(part)
in_parts = ops.convert_to_numpy(ops.concatenate(parts, axis=1))
np.testing.assert_allclose(in_parts, whole, rtol=1e-4, atol=1e-5)
print("cache:", *(tuple(array.shape) for array in cache), "for keys and values")

# %% [markdown]
# Rotated keys are kept as they are: a key is turned by its own position, which does not
# change any more.
#
# The model as a whole has a cache for each layer, and `next_logits` runs the new tokens
# through all of them. We write greedily, first by asking the model for the whole text each
# time, then with the cache.

# %%
import textwrap

prompt = held_out[:GIVEN]
no_padding = np.zeros(1, "int32")  # for each text: how many tokens only fill it up


def write_without_cache(prompt, num_new):
    """Return the prompt and the likeliest tokens after it; count what is read."""
    token_ids, num_read = list(prompt), 0
    for _ in range(num_new):
        logits = model(np.array([token_ids]))  # (1, T, V)
        num_read += len(token_ids)
        token_ids.append(int(ops.argmax(logits[0, -1])))
    return token_ids, num_read


def write_with_cache(prompt, num_new):
    """Return the same from a cache."""
    cache = model.make_cache(1, len(prompt) + num_new)
    token_ids, newest, num_read = list(prompt), list(prompt), 0
    for _ in range(num_new):
        logits, cache = model.next_logits(
            np.array([newest]), cache, num_read, no_padding
        )
        num_read += len(newest)
        newest = [int(ops.argmax(logits[0]))]
        token_ids += newest
    return token_ids, num_read


slow, read_slow = write_without_cache(prompt, NEW)
fast, read_fast = write_with_cache(prompt, NEW)
assert fast == slow
assert len(set(fast[GIVEN:])) > 4  # not one token over and over
print(textwrap.fill(repr(tokenizer.decode(fast)), 88))
print(f"{NEW} new tokens, the same ones: {read_slow:,} tokens read without a cache,")
print(f"{read_fast} with it.")

# %% [markdown]
# Token for token the same text. The logits need not be equal to the last bit, for
# sums are taken in another order. If two tokens were equally likely to seven digits,
# the two could part there.

# %%
T = GIVEN + NEW
by_pass = ops.convert_to_numpy(model(np.array([fast])))[0, -1]
cache = model.make_cache(1, T)
_, cache = model.next_logits(np.array([fast[:-1]]), cache, 0, no_padding)
logits, _ = model.next_logits(np.array([fast[-1:]]), cache, T - 1, no_padding)
difference = np.abs(ops.convert_to_numpy(logits)[0] - by_pass).max()
print("largest difference of a logit below 0.0001:", bool(difference < 1e-4))
assert difference < 1e-4

# %% [markdown]
# ### Counted by the machine
#
# The operations of the first figure came from a formula,
#
# $$
# \underbrace{2 (12 T L D^2 + V D) + 4 L T^2 D}_{\text{the whole text}} , \qquad
# \underbrace{2 (12 L D^2 + V D) + 4 L S D}_{\text{one token with a cache}} .
# $$
#
# A full pass of our model computes the logits of all $T$ places, not of the last alone:
# it has $T V D$ in place of $V D$, and so has the formula in the table. As in lesson 15
# we let TensorFlow's profiler count what it sees.

# %%
import tensorflow as tf

tf.get_logger().setLevel("ERROR")  # the profiler says that it is old
profiler = tf.compat.v1.profiler


def flops_by_profiler(function, length):
    """Return the FLOPs of a function of token ids `(1, length)`."""
    spec = tf.TensorSpec((1, length), "int32")
    graph = tf.function(function).get_concrete_function(spec).graph
    options = profiler.ProfileOptionBuilder.float_operation()
    options = profiler.ProfileOptionBuilder(options).with_empty_output().build()
    return profiler.profile(graph, options=options).total_float_ops


shape = (LAYERS, WIDTH, V)
print("   T      whole text       formula    one token     formula")
for T in LENGTHS:

    def one_token(token_ids, slots=T):
        cache = model.make_cache(1, slots)
        return model.next_logits(token_ids, cache, slots - 1, no_padding)[0]

    counted = flops_by_profiler(model, T), flops_by_profiler(one_token, 1)
    formula = operations(T, T, shape, with_logits=T), operations(1, T, shape)
    print(f"{T:4d} {counted[0]:15,d} {formula[0]:13,d}", end="")
    print(f" {counted[1]:12,d} {formula[1]:11,d}")
    np.testing.assert_allclose(counted, formula, rtol=0.05)

# %% [markdown]
# The profiler also sees norms, softmax and rotations; the rest is matrix products, and
# they follow the formula.

# %% [markdown]
# ## Prefill and decode
#
# Writing has two phases. In **prefill** the prompt is read: all its tokens are known, so
# they go through the model side by side, as in training. In **decode** tokens are written
# one by one, because each depends on the one before.
#
# How many operations? Nearly the same for each token. How long? We compare one call with
# 512 tokens to 512 calls with one. Times are those of the machine at hand, and a machine
# that does other things too may take twice as long. So all measured times in this
# lesson are rounded to a power of two; they, and nothing else here, can change from run
# to run.


# %% tags=["measured"]
def seconds_of(function, repeats=5):
    """Return the shortest time of several calls, after one that does not count."""
    seconds = []
    for _ in range(1 + repeats):
        began = time.perf_counter()
        ops.convert_to_numpy(function())
        seconds.append(time.perf_counter() - began)
    return min(seconds[1:])


def power_of_two(number):
    """Round to the nearest power of two."""
    return 2.0 ** np.round(np.log2(number))


def prefill(length):
    """Read `length` tokens at once into an empty cache."""
    cache = model.make_cache(1, length)
    return model.next_logits(ids[None, :length], cache, 0, no_padding)[0]


def decode(cache, slot):
    """Read a single token when `slot` others are in the cache."""
    return model.next_logits(ids[None, slot : slot + 1], cache, slot, no_padding)[0]


many = 512
cache = model.make_cache(1, many)
together = seconds_of(lambda: prefill(many))
one_by_one = many * seconds_of(lambda: decode(cache, many - 1))
work = operations(many, many, shape), many * operations(1, many, shape)
print(f"{many} tokens        operations   calls   time, rounded to a power of two")
print(f"prefill    {work[0]:14,d} {1:7d}   1")
ratio = power_of_two(one_by_one / together)
print(f"decode     {work[1]:14,d} {many:7d}   about {ratio:.0f} times as long")
assert work[1] < 1.2 * work[0]

# %% [markdown]
# The same work, and many times as slow. A single token is too little to keep a processor
# busy: most of its time goes to Python, to starting operations, and to fetching the
# weights from memory for a single use each. Prefill fetches them once for all tokens.
#
# In a chat program you can see both phases: the wait before the first word is
# prefill, the stream of words is decode.

# %% [markdown]
# ## The compiled loop
#
# In the loop above, Python starts every operation of every layer for every token. To get
# rid of that, the *loop itself* must be compiled. A compiler wants to know all shapes
# beforehand, and that is one more reason for a cache of fixed size: an array that grew by
# one token in each step would be a new program each time. Slots that are not yet filled
# are hidden by the causal mask.
#
# `DecodingEngine` does that, and `model.generate` is nothing but a call of it. It needs
# two functions, the two that we have been using. To see how often Python runs the model, we
# put a counter in between:

# %%
from fmkeras.generation import DecodingEngine

calls = []


def counted_next_logits(token_ids, *arguments):
    """Do what the model does, and note the number of tokens."""
    calls.append(token_ids.shape[1])
    return model.next_logits(token_ids, *arguments)


engine = DecodingEngine(counted_next_logits, model.make_cache, V)
compiled = engine.generate(prompt, max_new_tokens=NEW)
assert compiled.tolist() == fast == model.generate(prompt, NEW).tolist()
print(f"Python ran the model {len(calls)} times for {NEW} tokens,")
print("on pieces of so many tokens:", *calls)
assert len(calls) < 8

calls.clear()
engine.generate(prompt, max_new_tokens=NEW - 8)
print(f"The next text: {len(calls)} times.")
assert not calls

# %% [markdown]
# Python saw the model only while it was *traced*: once for the prefill with all tokens of
# the prompt, and then for the body of the loop with one token. The 80 tokens were written
# by machine code, the same ones again. So was the next text, which needed no
# compilation, as its sizes fit in the same buckets (prompt and cache are rounded up to
# one of a few lengths).
#
# Now the race. Three ways to write, for texts of four lengths. For the first two we time a
# single token at the end of the text; the loop writes the whole text from 16 tokens on, in
# a cache of that length, prefill included.


# %%
def tokens_per_second(length):
    """Return the speed of each way at a length: a list of three numbers."""
    token_ids = ids[None, :length]
    cache = model.make_cache(1, length)
    num_new = length - GIVEN

    def loop():
        return model.generate(prompt, max_new_tokens=num_new)

    return [
        1 / seconds_of(lambda: model(token_ids)[:, -1], repeats=3),
        1 / seconds_of(lambda: decode(cache, length - 1)),
        num_new / seconds_of(loop, repeats=3),
    ]


speeds = np.array([tokens_per_second(length) for length in LENGTHS])  # (lengths, 3)

# %% alt="Tokens per second over the length of the text, both axes logarithmic. Without a cache the speed falls steeply for long texts. With a cache, in Python, it is level. The compiled loop is many times as fast as either at every length; it is fastest at middling lengths." tags=["measured"]
ways = ("without a cache", "with a cache", "with a cache, compiled loop")
plots.curves(
    LENGTHS,
    dict(zip(ways, power_of_two(speeds).T, strict=True)),
    xlabel="length of the text in tokens",
    ylabel="tokens per second",
    logx=True,
    logy=True,
    title="Measured, rounded to powers of two",
)

# %% tags=["measured"]
ratio = power_of_two(speeds[-1, 2] / speeds[-1, 0])
print(f"At {LENGTHS[-1]:,} tokens the compiled loop is about {ratio:.0f} times as fast")
print("as writing without a cache.")

# %% [markdown]
# *What to look for.* For short texts the cache gains nothing in Python: there the time is
# not spent on arithmetic, but on starting operations, and both start the same number. It
# pays when the text is long: without it the speed collapses, with it it hardly moves. The
# compiled loop takes away what Python costs. Its 16 tokens at the shortest length have to
# pay for prefill and for the start as well. Then what remains is the machine's own work,
# and now the length of the cache can be seen, because $4 L S D$ operations and the whole
# cache stand behind every token. (A graphics card is busy only with much longer texts.)

# %% [markdown]
# ## What it costs: memory
#
# Nothing is free. For each text, layer, key/value head and slot there is a key and a
# value of $H$ numbers:
#
# $$
# \text{bytes} = 2 \cdot L \cdot K \cdot S \cdot H \cdot B \cdot
#     \text{bytes of a number} .
# $$
#
# Grouped queries (lesson 13) have fewer key/value heads than query heads, $K < N$, and
# the cache shrinks in proportion. Measured on the arrays themselves, for eight texts
# of 2,048 tokens:


# %%
def cache_bytes(num_layers, num_key_value_heads, slots, head_dim, batch, number=4):
    """Return the size of a key/value cache by formula."""
    return 2 * num_layers * num_key_value_heads * slots * head_dim * batch * number


def size_of(cache):
    """Return the bytes that the arrays of a cache really have."""
    return sum(ops.convert_to_numpy(array).nbytes for pair in cache for array in pair)


print("key/value heads   parameters       cache      formula")
for K in (4, 2, 1):
    grouped = decoder(num_key_value_heads=K)
    measured = size_of(grouped.make_cache(8, max(LENGTHS)))
    by_formula = cache_bytes(LAYERS, K, max(LENGTHS), WIDTH // HEADS, 8)
    assert measured == by_formula
    print(f"{K:15d} {grouped.count_params():12,d} {measured:11,d} {by_formula:12,d}")

# %% [markdown]
# The cache for eight texts is many times the model. That is not only because our model is
# small. Here are two that are not, with 16-bit numbers (two bytes); the second is Llama 3
# with 8 billion parameters, for which 32 heads share 8 pairs of keys and values.

# %%
large = {
    "GPT-2 XL": (48, 25, 64, 1024),
    "Llama 3 8B": (32, 8, 128, 8192),
    "the same, K = N = 32": (32, 32, 128, 8192),
}
print("                        bytes a token   context   cache of one text")
for name, (num_layers, K, head_dim, slots) in large.items():
    each = cache_bytes(num_layers, K, 1, head_dim, 1, number=2)
    print(f"{name:24s}{each:13,d}{slots:10,d}{each * slots / 2**30:13.2f} GiB")
assert cache_bytes(32, 8, 8192, 128, 1, number=2) == 2**30

# %% [markdown]
# A server that writes for a hundred people needs a hundred such caches. That is why most
# large models since 2023 have grouped queries, or another way to make the cache small.

# %% [markdown]
# ## Why a phone can run one
#
# In decode, every weight is fetched from memory to be used for *one* multiplication and
# one addition, and every key and value of the cache likewise. A processor can
# calculate much faster than that. So the time of a token is the time in which memory
# delivers all those bytes:
#
# $$
# \text{seconds for a token} \ge
#     \frac{\text{bytes of the weights} + \text{bytes of the cache}}
#          {\text{bytes that memory delivers in a second}} .
# $$
#
# Take a model made for phones, Llama 3.2 with 1.23 billion parameters: 16 layers, 32 heads
# of width 64 with 8 pairs of keys and values. Its weights are rounded to 4 bits, half a
# byte each; the cache has 16-bit numbers. For the phone we *assume* 50 billion bytes
# and $10^{12}$ operations a second, as orders of magnitude.

# %%
BYTES_A_SECOND, OPERATIONS_A_SECOND = 50e9, 1e12  # of a phone, assumed
PARAMETERS = 1.23e9
weight_bytes = PARAMETERS / 2

reading = weight_bytes / BYTES_A_SECOND
calculating = 2 * PARAMETERS / OPERATIONS_A_SECOND
print(f"a token: {1e3 * reading:.1f} ms to read the weights once,")
print(f"         {1e3 * calculating:.1f} ms to calculate: memory decides.")
print(f"A prompt of 1,000 tokens: {1e3 * reading:.1f} ms to read, ", end="")
print(f"{1e3 * calculating:,.1f} s to calculate:")
print("         arithmetic decides, and without a cache each token would cost that.")
assert calculating < reading < 1000 * calculating

# %% alt="Tokens per second of a phone over the length of the text, with a logarithmic length axis, for 32, 8 and 1 pairs of keys and values. All three begin at about 80. With 32 pairs the speed falls early, to less than 10 at 65,536 tokens; with 8 pairs later, to less than 20; with 1 it only falls to about 57."
texts = 2 ** np.arange(8, 17)
limits = {
    f"K = {K}": BYTES_A_SECOND / (weight_bytes + cache_bytes(16, K, texts, 64, 1, 2))
    for K in (32, 8, 1)
}
plots.curves(
    texts,
    limits,
    xlabel="tokens so far",
    ylabel="tokens per second at most",
    logx=True,
    title="Llama 3.2 1B on a phone, by bytes alone",
)

# %%
print(f"after {texts[0]} tokens: {limits['K = 8'][0]:.0f} tokens a second at most;")
print(f"after {texts[-1]:,}: {limits['K = 8'][-1]:.0f}, and with 32 pairs ", end="")
print(f"{limits['K = 32'][-1]:.0f}.")

# %% [markdown]
# Faster than anyone reads. Three things make it possible: the cache, without which each
# token after a prompt of a thousand would take seconds; weights of few bytes; and
# grouped queries, without which the cache would soon outweigh the model. What the phone
# does not need for writing is more arithmetic; that would shorten only the wait for the
# first word.
#
# A server turns this round. It writes $B$ texts at once and reads the weights *once* for
# all of them: exercise 4.

# %% [markdown]
# ## Wrong on purpose: a cache that lies
#
# A cache adds two numbers that can be wrong, the slot and the number of slots to look at,
# and nothing crashes if they are. First by hand: let the query look at *all* slots,
# also those not yet filled.

# %%
q = X[:4] @ w_q  # four tokens in a cache with 24 slots
keys = np.vstack([X[:4] @ w_k, np.zeros((20, H))])
weights = softmax(keys @ q[3] / np.sqrt(H))
print(f"weight of the 4 tokens: {weights[:4].sum():.2f}, ", end="")
print(f"of the 20 empty slots: {weights[4:].sum():.2f}")
assert weights[4:].sum() > 0.1

# %% [markdown]
# A key of zeros has a score of 0, and $e^0 = 1$ is a perfectly good weight. "Empty" is not
# "invisible": only the mask makes it so.
#
# The library's mask takes care of that. But the slot is what we tell it. We read held-out
# text with the model, prompt first and then token by token, and put the tokens into wrong
# slots in two ways. In a third way the cache of the prompt gets lost, as it
# does if somebody makes a new one between prefill and decode.

# %%
B = 16
samples = held_out[: B * LENGTH].reshape(B, LENGTH)
full_logits = ops.convert_to_numpy(model(samples))  # (B, T, V)


def logits_with_cache(slot_of, lose_prompt=False):
    """Return the logits after the prompt `(B, T - GIVEN, V)`, read token by token."""
    cache, rows = model.make_cache(B, LENGTH + 1), np.zeros(B, "int32")
    _, filled = model.next_logits(samples[:, :GIVEN], cache, 0, rows)
    cache = cache if lose_prompt else filled
    found = []
    for t in range(GIVEN, LENGTH):
        newest = samples[:, t : t + 1]
        logits, cache = model.next_logits(newest, cache, slot_of(t), rows)
        found.append(ops.convert_to_numpy(logits))
    return np.stack(found, axis=1)


def bits(logits):
    """Return the bits per character of the tokens that followed."""
    p = softmax(logits[:, :-1])
    right = np.take_along_axis(p, samples[:, GIVEN + 1 :, None], axis=2)
    return -np.log2(right).mean()


found = {
    "right slots": logits_with_cache(lambda t: t),
    "one slot too late": logits_with_cache(lambda t: t + 1),
    "the prompt lost": logits_with_cache(lambda t: t, lose_prompt=True),
    "always the same slot": logits_with_cache(lambda t: GIVEN),
}
right = full_logits[:, GIVEN:]
losses = {name: bits(logits) for name, logits in found.items()}
errors = {name: np.abs(logits - right).max() for name, logits in found.items()}
print("                       bits per character   logits equal to the full pass")
for name, loss in losses.items():
    print(f"{name:22s} {loss:12.2f} {errors[name] < 1e-3!s:>22s}")
np.testing.assert_allclose(found["right slots"], right, rtol=1e-3, atol=1e-4)
np.testing.assert_allclose(losses["right slots"], bits(right), rtol=1e-4)
assert min(errors[name] for name in list(found)[1:]) > 0.05
assert losses["always the same slot"] > losses["right slots"] + 0.2

# %% [markdown]
# *What to look for.* Whoever overwrites one slot again and again has a model that knows
# the prompt and its newest token, and the loss shows it. But one slot too late leaves a
# single empty slot that everybody sees, and the loss hardly tells; nor does it tell much if
# the prompt was lost and the text has gone on for a while. A cache that is *nearly* right
# writes good text, only not that of the model. Such errors are not found by reading
# the text, but by one comparison: **the logits from the cache against those of a full
# pass**, as in this table. Test every cache that way, with more than one token in
# prefill, with a batch, and to the last slot.
#
# Where the library can see a mistake, it says so: a text too long for its cache, for
# instance.

# %%
try:
    attention.call_with_cache(x[:, :1], attention.make_cache(1, 24), 24)
    raise AssertionError("slot 24 of 24 was taken")
except ValueError as error:
    print(textwrap.fill(str(error), 88))

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports, constants and functions
# of the first cell are there when it runs, so write each answer to stand on its own.
#
# ### Exercise 1: Bytes
#
# Return the bytes of the cache of a model with grouped queries, for `batch` texts with
# `slots` tokens each. `width` is $D$, and the $N$ query heads share it: $H = D / N$.
#
# <details><summary>Hint</summary>
#
# Keys *and* values, for each layer, text, slot and key/value head, $H$ numbers each. The
# query heads set only the width of a head.
#
# </details>


# %% exercise="bytes-of-a-cache"
def bytes_of_cache(layers, width, heads, key_value_heads, slots, batch, number_bytes):
    """Return the size of the key/value cache in bytes."""
    ### BEGIN SOLUTION
    head_dim = width // heads
    return 2 * layers * key_value_heads * head_dim * slots * batch * number_bytes
    ### END SOLUTION


# %% check="bytes-of-a-cache"
rng = np.random.default_rng()
layers, slots, batch = (int(n) for n in rng.integers([3, 90, 5], [9, 200, 9]))
heads, key_value_heads, width, number_bytes = 12, 3, 96, 4
one_array = np.zeros((batch * key_value_heads, slots, width // heads), "float32")
right = 2 * layers * one_array.nbytes
sizes = (layers, width, heads, key_value_heads, slots, batch, number_bytes)
expect(
    bytes_of_cache(*sizes),
    right,
    call=f"bytes_of_cache{sizes}",
    mistakes=[
        (right // 2, "Keys and values: there are two arrays in each layer."),
        (
            right * heads // key_value_heads,
            "Only key/value heads are kept, not those of the queries.",
        ),
        (right * 12, "A head is width / heads wide."),
        (right * 4 * 12, "A head is width / heads wide, and only K heads are kept."),
        (right // 4, "That counts numbers: how many bytes has each?"),
        (right // batch, "Every text of the batch has a cache."),
        (right // layers, "Every layer has a cache."),
        (right // 3, "There are several key/value heads."),
        (right * 8, "Bytes, not bits."),
    ],
)
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: One step
#
# Write one step of decode for one head. `keys` and `values` are a cache with $S$ slots,
# in which the slots before `index` are filled; in the others may stand anything. Write
# `key` and `value` into slot `index`, in place, and return the output of `query`, `(H,)`.
#
# <details><summary>Hint</summary>
#
# Write first, then look: the token may look at itself. The function `attend` of the setup
# cell does the rest, if it gets the right slots.
#
# </details>


# %% exercise="one-step"
def step(query, key, value, keys, values, index):
    """Write into slot `index` of the cache, and return the output of the query."""
    ### BEGIN SOLUTION
    keys[index], values[index] = key, value
    return attend(query, keys[: index + 1], values[: index + 1])
    ### END SOLUTION


# %% check="one-step"
rng = np.random.default_rng()
S, H = 9, 4
index = int(rng.integers(3, 6))
keys, values = rng.normal(size=(2, S, H))  # rubbish in the slots not yet filled
query, key, value = rng.normal(size=(3, H))
late_keys, late_values = keys.copy(), values.copy()
late_keys[index + 1], late_values[index + 1] = key, value
old_keys, old_values = keys.copy(), values.copy()
new_keys, new_values = keys.copy(), values.copy()
new_keys[index], new_values[index] = key, value
right = attend(query, new_keys[: index + 1], new_values[: index + 1])
unscaled = attend(2 * query, new_keys[: index + 1], new_values[: index + 1])  # √H = 2
before = attend(query, keys[:index], values[:index])
unwritten = attend(query, keys[: index + 1], values[: index + 1])
expect(
    step(query, key, value, keys, values, index),
    right,
    call=f"step(query, key, value, keys, values, {index})",
    mistakes=[
        (attend(query, new_keys, new_values), "Look at the filled slots alone."),
        (before, "The new token looks at itself, too."),
        (unwritten, "Write the key and the value first, then look."),
        (unscaled, "Divide the scores by √H, as `attend` does."),
        (
            attend(query, late_keys[: index + 2], late_values[: index + 2]),
            "That is one slot too late.",
        ),
        (
            attend(query, late_keys[: index + 1], late_values[: index + 1]),
            "That is one slot too late.",
        ),
        (
            attend(query, new_values[: index + 1], new_keys[: index + 1]),
            "Keys are looked at, values are mixed: you swapped them.",
        ),
    ],
)
expect(
    (keys, values),
    (new_keys, new_values),
    call=f"the cache after step(…, {index})",
    mistakes=[
        (
            (old_keys, old_values),
            "Nothing was written into the cache that was handed in.",
        ),
        ((late_keys, late_values), "That is one slot too late."),
        ((new_values, new_keys), "Keys and values are swapped."),
    ],
)
print("Exercise 2: right. That is the heart of every engine that writes.")

# %% [markdown]
# ### Exercise 3: How many tokens are read?
#
# A prompt has $p$ tokens, and $n$ new ones are to be written. *Derive* how many tokens go
# through the model in all, without a cache and with one. Return both as a pair of whole
# numbers, without a loop. Before you run the check, *predict* the ratio for $p = 1$ and
# large $n$.
#
# <details><summary>Hint</summary>
#
# Without a cache, the pass for new token number $i = 1, \dots, n$ reads $p + i - 1$
# tokens. And note that the last token, once written, is not read by anybody.
#
# </details>


# %% exercise="tokens-read"
def tokens_read(p, n):
    """Return the tokens that go through the model, without and with a cache."""
    ### BEGIN SOLUTION
    return n * p + n * (n - 1) // 2, p + n - 1
    ### END SOLUTION


# %% check="tokens-read"
rng = np.random.default_rng()
p, n = (int(number) for number in rng.integers([5, 41], [19, 60]))
right = sum(p + i for i in range(n)), p + n - 1
expect(
    tokens_read(p, n),
    right,
    call=f"tokens_read({p}, {n})",
    mistakes=[
        (right[::-1], "Without a cache goes first."),
        ((right[0], p + n), "The last token is written, but not read any more."),
        ((right[0], n), "The prompt is read once, too."),
        ((right[0], n - 1), "The prompt is read once, too."),
        (
            (right[0] + n, right[1]),
            "The first new token is drawn from the prompt alone: p tokens, not p + 1.",
        ),
        (
            (right[0] + n, p + n),
            "The first new token is drawn from the prompt alone: p tokens, not p + 1.",
        ),
        ((n * (p + n), right[1]), "Each pass reads one token more than the last."),
        ((n * p, right[1]), "Each pass reads one token more than the last."),
        (
            (n * (n - 1) // 2, right[1]),
            "Without a cache, every pass reads the prompt again.",
        ),
    ],
)
print("Exercise 3: right. The ratio is (n + 1) / 2 for p = 1: it grows without end.")

# %% [markdown]
# ### Exercise 4: A hundred readers at once
#
# A server writes $B$ texts in step (`batch`). For each step it reads the weights, $W$
# bytes, *once*, and the caches of all texts, which have $S$ tokens so far (`slots`) and
# $c$ bytes for each of them (`bytes_a_token`). Its memory delivers $M$ bytes a second, and
# nothing else takes time. *Derive* how many tokens it writes in a second, all texts
# together. Before you run the check, *predict* what happens for a very large $B$.
#
# <details><summary>Hint</summary>
#
# How many bytes are read in one step, how long does that take, and how many tokens has
# one step brought?
#
# </details>


# %% exercise="readers-at-once"
def server_speed(batch, weight_bytes, bytes_a_token, slots, bytes_a_second):
    """Return the tokens per second of all texts of the batch together."""
    ### BEGIN SOLUTION
    read = weight_bytes + batch * bytes_a_token * slots
    return batch * bytes_a_second / read
    ### END SOLUTION


# %% check="readers-at-once"
rng = np.random.default_rng()
B, S = (int(number) for number in rng.integers([8, 500], [64, 4000]))
W, c, M = rng.uniform([1e9, 2e4, 5e10], [2e10, 1e5, 2e12])
right = B / ((W + sum(c * S for _ in range(B))) / M)
expect(
    server_speed(B, W, c, S, M),
    right,
    call=f"server_speed({B}, {W:.3g}, {c:.3g}, {S}, {M:.3g})",
    mistakes=[
        (M / (W + B * c * S), "One step writes a token for each of the B texts."),
        (B * M / (W + c * S), "Every text has a cache of its own to read."),
        (M / (W + c * S), "The weights are read once for all texts, not for each."),
        (B * M / W, "The caches are read, too."),
        (B * M / (W + B * c), "A cache has S tokens."),
        (right / B**2, "One step writes B tokens: multiply, do not divide."),
        (1 / right, "That is seconds per token: turn it round."),
        ((W + B * c * S) / M, "That is the time of one step."),
    ],
    rtol=1e-9,
)
assert server_speed(10**15, W, c, S, M) < 1.001 * M / (c * S)
print("Exercise 4: right. The limit is M / (c S): in the end the caches alone decide.")

# %% [markdown]
# ## What you have learnt
#
# - A causal model never changes its mind about old tokens. Their keys and values are
#   computed once and kept: the same tokens as before, with work for each of them that
#   grows as $T$ instead of $T^2$.
# - Prefill reads many tokens at once and is bound by arithmetic; decode reads one at a
#   time and is bound by memory.
# - The cache has $2 \cdot L \cdot K \cdot S \cdot H \cdot B$ numbers. Grouped queries
#   shrink it by $N / K$.
# - With a cache of fixed size the whole loop is compiled; then Python is out of the game.
# - Bytes to read for a token, divided by what memory delivers in a second, bound the speed,
#   on a phone as on a server.
# - A wrong slot raises no error, and the text may still look fine. Compare logits with a
#   full pass.
#
# **What stays open.** The same engine with a large model: lesson 18, GPT-2. How to give
# numbers fewer bytes without losing them: lesson 29. How to attend over a long prompt
# without ever storing $T^2$ scores: lesson 31, FlashAttention.
#
# **Sources.**
#
# - Shazeer (2019), "Fast Transformer Decoding: One Write-Head is All You Need",
#   <https://arxiv.org/abs/1911.02150>: sections 2.4 and 3, why decode is bound by memory,
#   and one head of keys for all.
# - Pope et al. (2022), "Efficiently Scaling Transformer Inference", section 2,
#   <https://arxiv.org/abs/2211.05102>: prefill, decode and their costs.
# - Ainslie et al. (2023), "GQA: Training Generalized Multi-Query Transformer Models from
#   Multi-Head Checkpoints", section 2.2, <https://arxiv.org/abs/2305.13245>.
# - Williams, Waterman and Patterson (2009), "Roofline: An Insightful Visual Performance
#   Model for Multicore Architectures", Communications of the ACM 52(4): bytes or
#   arithmetic, whichever takes longer.
# - Kwon et al. (2023), "Efficient Memory Management for Large Language Model Serving with
#   PagedAttention", section 3, <https://arxiv.org/abs/2309.06180>: caches of many users.
# - Grattafiori et al. (2024), "The Llama 3 Herd of Models", table 3,
#   <https://arxiv.org/abs/2407.21783>: the shape of the model with 8 billion parameters.
# - Meta (2024), "Llama 3.2 Model Card",
#   <https://github.com/meta-llama/llama-models/blob/main/models/llama3_2/MODEL_CARD.md>:
#   the 1.23 billion parameters of the one for phones.
