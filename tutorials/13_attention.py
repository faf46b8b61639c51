# ---
# title: Attention
# part: II. From words to GPT-2
# minutes: 1
# difficulty: 3
# prerequisites: [11]
# objectives:
#   - Climb from a weighted sum of the other words to multi-head attention, in five rungs.
#   - Show why the scores are divided by √H, and measure what happens without it.
#   - Write causal and padding masks, and test that no future leaks and no padding counts.
#   - Read an attention map, and say what it does not show.
#   - Turn self-attention into cross-attention and grouped queries, and count what is saved.
# ---

# %% [markdown]
# # Attention
#
# "If a name is bound at the module level, *it* is a global variable." You know at once
# what *it* is. The vector that lesson 11 gave to this word does not: it is the same in
# every sentence. **How can a word look at the others, and take from them what tells it
# what it means here?**
#
# The lesson assumes word vectors (lesson 11), the softmax (lesson 04) and products of
# matrices.

# %% tags=["setup"]
import keras
import numpy as np
from keras import ops

from fmkeras import data, layers, models, plots, text
from fmkeras.course import expect
from fmkeras.runtime import set_seed

SEED = 0
SENTENCE = "If a name is bound at the module level, it is a global variable."
VOCABULARY_SIZE = 1000  # words that are told apart; the others are <unk>
WIDTH = 64  # D, the numbers that stand for a word
VECTOR_LENGTH = 3.0  # all words are made equally long, as for cosines
NUM_HEADS = 4
LENGTH = 24  # T, the words in a training example
VECTOR_STEPS = 800  # of training for the word vectors, 512 pairs each
MODEL_STEPS = 500  # of training for the small language models, 32 examples each
LEARNING_RATE = 0.003


def softmax(scores):
    """Return the softmax over the last axis."""
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attend(query, key, value, mask):
    """Return softmax(Q Kᵀ / √H) V and the weights; `mask` is true for "may look"."""
    scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])
    weights = softmax(np.where(mask, scores, -np.inf))
    return weights @ value, weights


# %% [markdown]
# First some vectors that know a little about words. The text is the reference manual of
# Python, from which our sentence comes, and the vectors are trained as in lesson 11. Only
# their directions are to count, so all are made equally long.

# %%
corpus = data.load_text()
assert SENTENCE in " ".join(corpus.split())
tokenizer = text.WordTokenizer.train(corpus, vocabulary_size=VOCABULARY_SIZE)
ids = np.array(tokenizer.encode(corpus))

set_seed(SEED)
pairs = text.skip_grams(ids, batch_size=512, vocabulary_size=VOCABULARY_SIZE)
word_vectors = models.word2vec(VOCABULARY_SIZE, WIDTH)
word_vectors.fit(pairs.take(VECTOR_STEPS), verbose=0, shuffle=False)
vectors = word_vectors.vectors.astype("float64")
vectors *= VECTOR_LENGTH / np.linalg.norm(vectors, axis=1, keepdims=True)

sentence = np.array(tokenizer.encode(SENTENCE))
words = [tokenizer.id_to_token(i) for i in sentence]
X = vectors[sentence]  # (T, D)
T = len(words)
print(" ".join(words))

# %% [markdown]
# And here is the picture that this lesson is about. Each row is a word that looks, each
# column a word that it may look at, and the strength of the colour says how much it
# does. How the weights came about is the first rung of a ladder.

# %% alt="A triangle of sixteen by sixteen cells, for the words of the sentence. Nearly all the colour lies on the diagonal and where a word occurs a second time: every word looks at itself."
causal = np.tril(np.ones((T, T), bool))  # row i is true for j ≤ i
first_weights = softmax(np.where(causal, X @ X.T, -np.inf))
plots.attention_map(first_weights, words, title="Weights from plain word vectors")

# %% [markdown]
# **Letters.** The lectures call the vectors of the words $x_1, x_2, \dots$, the weights
# $\alpha_{ij}$ and the result $a_i$; so do we. The width of queries and keys, $d_k$ in the
# lectures and in the first paper, is our $H$, and their $h$ heads are our $N$. The model
# is $D$ wide; $T$ words look and $S$ words are looked at.

# %% [markdown]
# ## Rung 1: a weighted sum of the others
#
# Whoever wants to know what a word means here should mix into its vector something of the
# words around it: more of those that matter, less of the rest. The simplest measure of
# "matters" is the one by which lesson 11 found neighbours, the product of two vectors:
#
# $$
# \mathrm{score}(x_i, x_j) = x_i \cdot x_j , \qquad
# \alpha_{ij} = \frac{e^{x_i \cdot x_j}}{\sum_{k \le i} e^{x_i \cdot x_k}}
#     \quad (j \le i) , \qquad
# a_i = \sum_{j \le i} \alpha_{ij} \, x_j .
# $$
#
# The softmax makes weights of the scores: positive, with sum one. Why only $j \le i$? A
# model that is to write the next word must not have read it, so a word looks at itself
# and at its past. That is called **causal**. As loops, exactly as it stands there:


# %%
def weighted_sum_of_the_past(x):
    """Return a `(T, D)` for word vectors x `(T, D)`, word by word."""
    a = np.zeros_like(x)
    for i in range(len(x)):
        scores = [x[i] @ x[j] for j in range(i + 1)]
        for j, alpha in enumerate(softmax(np.array(scores))):
            a[i] += alpha * x[j]
    return a


# %% [markdown]
# All scores at once are one product of matrices, $X X^\top$, where row $i$ of $X$ is
# $x_i$. The scores of what may not be seen are set to $-\infty$, of which the exponential
# is zero; those were the two lines above the picture. The sums are a second product,
# $A X$, where $A$ is the matrix of the weights $\alpha_{ij}$.
#
# Keras has this rung as a layer, `Attention`. The library's function is made for the
# whole ladder: it divides scores by $\sqrt H$, of which rung 3 will tell. Here we cancel
# that by multiplying beforehand.

# %%
a = first_weights @ X
np.testing.assert_allclose(a, weighted_sum_of_the_past(X), rtol=1e-9, atol=1e-12)


def as_array(tensor):
    """Return a tensor as a NumPy array."""
    return ops.convert_to_numpy(tensor)


x = X[None].astype("float32")  # (1, T, D)
by_keras = keras.layers.Attention()([x, x, x], use_causal_mask=True)
np.testing.assert_allclose(as_array(by_keras)[0], a, rtol=1e-4, atol=1e-4)

heads = x[:, None]  # (B, N, T, H) with one example, one head
ours, weights = layers.scaled_dot_product_attention(
    heads * np.sqrt(WIDTH), heads, heads, mask=layers.causal_mask(T, T)
)
np.testing.assert_allclose(as_array(ours)[0, 0], a, rtol=1e-4, atol=1e-4)
np.testing.assert_allclose(as_array(weights)[0, 0], first_weights, atol=1e-5)
print("rung 1: loops, matrices, Keras and fmkeras give the same.")

# %% [markdown]
# What does the picture say? Look at its diagonal.

# %%
scores = X @ X.T
np.testing.assert_allclose(scores, scores.T)  # i on j as j on i
assert (scores <= np.diag(scores)[:, None] + 1e-9).all()  # no score above its own
same_word = sentence[:, None] == sentence
on_itself = (first_weights * same_word).sum(axis=1)[1:].mean()
print(f"weight that a word gives to itself, on average: {on_itself:.2f}")
assert on_itself > 0.7

# %% [markdown]
# Three things are wrong with this rung.
#
# - **Everyone looks at themselves.** Of vectors of one length, none has a larger product
#   with $x_i$ than $x_i$ itself. So $a_i$ is hardly anything but $x_i$.
# - **Looking is mutual.** $x_i \cdot x_j = x_j \cdot x_i$. But *it* needs *name*, and
#   *name* does not need *it*.
# - **There is nothing to learn.** The scores follow from the vectors. No training can
#   tell the words what to look for.

# %% [markdown]
# ## Rung 2: queries, keys and values
#
# The cure is to let a word play three parts, each with a vector of its own:
#
# $$
# q_i = x_i W^Q , \qquad k_j = x_j W^K , \qquad v_j = x_j W^V .
# $$
#
# The **query** says what a word is looking for, the **key** what it can be found by, and
# the **value** what it gives to those who find it. The three matrices are learned, the
# same for all words:
#
# $$
# \alpha_{ij} = \mathrm{softmax}_j (q_i \cdot k_j) , \qquad
# a_i = \sum_j \alpha_{ij} \, v_j .
# $$
#
# Think of a dictionary in Python, which returns the value whose key *equals* the query.
# Attention returns a mixture of all values, weighted by how *similar* their keys are, and
# a mixture has slopes, along which one can train.
#
# What these matrices can do that rung 1 cannot is seen best where we choose them. Let
# four words have three features, "is a noun", "is a verb", "is a pronoun". We let
# pronouns ask for nouns, and let everybody else ask for themselves:

# %%
few = ["a", "name", "is", "it"]
features = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
asks_for = 4 * np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0]])  # a pronoun asks for a noun
is_found_by = np.eye(3)
asked = (features @ asks_for) @ (features @ is_found_by).T
few_weights = softmax(np.where(np.tril(np.ones((4, 4), bool)), asked, -np.inf))
assert few_weights[3].argmax() == 1
assert few_weights[3, 1] > 0.9
assert asked[3, 1] != asked[1, 3]  # no longer mutual

# %% alt="Four by four weights with their numbers. The first three words look at themselves; the pronoun in the last row gives 0.95 of its weight to the noun."
plots.attention_map(few_weights, few, annotate=True, title="Chosen queries and keys")

# %% [markdown]
# *It* finds *name*, not itself. Nobody will write such matrices for a language; training
# finds them. For now random ones will do to compare. Note the order of Keras's list:
# query, *value*, key.

# %%
rng = np.random.default_rng(0)
H = 16  # the width of queries, keys and values
w_q, w_k, w_v = rng.normal(size=(3, WIDTH, H)) / np.sqrt(WIDTH)
q, k, v = X @ w_q, X @ w_k, X @ w_v  # (T, H) each
a = softmax(np.where(causal, q @ k.T, -np.inf)) @ v

q32, k32, v32 = (array[None].astype("float32") for array in (q, k, v))
by_keras = keras.layers.Attention()([q32, v32, k32], use_causal_mask=True)
np.testing.assert_allclose(as_array(by_keras)[0], a, rtol=1e-4, atol=1e-4)
ours, _ = layers.scaled_dot_product_attention(
    q32[:, None] * np.sqrt(H), k32[:, None], v32[:, None], layers.causal_mask(T, T)
)
np.testing.assert_allclose(as_array(ours)[0, 0], a, rtol=1e-4, atol=1e-4)
print("rung 2: by hand, Keras and fmkeras give the same.")

# %% [markdown]
# ## Rung 3: divided by √H
#
# How large are the scores? Let the entries of $q$ and $k$ be independent with mean 0 and
# variance 1, which is about what a network starts with. A product of two independent
# numbers with mean 0 has the variance $1 \cdot 1 = 1$, and variances of independent
# terms add up:
#
# $$
# \operatorname{Var}(q \cdot k) = \sum_{h=1}^{H} \operatorname{Var}(q_h k_h) = H ,
# \qquad
# \operatorname{Var}\left( \frac{q \cdot k}{\sqrt H} \right) = \frac{H}{H} = 1 .
# $$
#
# So scores grow with the width as $\sqrt H$, for no reason that has to do with words, and
# dividing by $\sqrt H$ stops that. Measured, with 32 keys for each of 1,000 queries:

# %%
widths = np.array([4, 16, 64, 256, 1024])
rng = np.random.default_rng(SEED)
plain, scaled, largest, slopes = [], [], {}, {}
for H in widths:
    query, key = rng.normal(size=(1000, 1, H)), rng.normal(size=(1000, 32, H))
    scores = (query * key).sum(axis=-1)  # (1000, 32)
    plain.append(scores.var())
    scaled.append((scores / np.sqrt(H)).var())
    for name, s in (("q · k", scores), ("q · k / √H", scores / np.sqrt(H))):
        p = softmax(s)
        largest.setdefault(name, []).append(p.max(axis=-1).mean())
        slopes.setdefault(name, []).append((p * (1 - p)).sum(axis=-1).mean())
print("H       variance   scaled")
for H, without, divided in zip(widths, plain, scaled, strict=True):
    print(f"{H:5d} {without:10.2f} {divided:8.3f}")
np.testing.assert_allclose(plain, widths, rtol=0.1)
np.testing.assert_allclose(scaled, 1, rtol=0.1)

# %% alt="The mean largest weight over the width of a head from 4 to 1024, on a logarithmic axis. Without the division it rises from about one third to nearly one; with it, it stays below 0.2."
plots.curves(
    widths,
    largest,
    xlabel="width of a head, $H$",
    ylabel="largest of 32 weights, mean",
    logx=True,
)

# %% [markdown]
# Large scores make a hard softmax: one key gets everything, chosen by chance before any
# training. And a hard softmax does not learn. The slope of a weight in its own score
# $s_j$, $\partial \alpha_j / \partial s_j = \alpha_j (1 - \alpha_j)$, vanishes where
# $\alpha_j$ is 0 or 1, as with the saturated sigmoid of lesson 05. Summed over the 32
# keys, for the five widths from 4 to 1024:

# %%
for name, sums in slopes.items():
    print(f"Σ α (1 − α) with {name:10s}:", *(f"{s:.3f}" for s in sums))
assert slopes["q · k"][-1] < 0.1 * slopes["q · k / √H"][-1]
assert np.ptp(slopes["q · k / √H"]) < 0.1

# %% [markdown]
# With the division we have reached the formula that everything else is built on,
# **scaled dot-product attention**:
#
# $$
# \mathrm{Attention}(Q, K, V) = \mathrm{softmax}\left( \frac{Q K^\top}{\sqrt H} \right) V .
# $$
#
# That is the function `attend` in the first cell of this lesson. It agrees with the
# library and with Keras as they are, without any cancelling:

# %%
a, a_weights = attend(q, k, v, causal)
ours, weights = layers.scaled_dot_product_attention(
    q32[:, None], k32[:, None], v32[:, None], mask=layers.causal_mask(T, T)
)
np.testing.assert_allclose(as_array(ours)[0, 0], a, rtol=1e-4, atol=1e-5)
np.testing.assert_allclose(as_array(weights)[0, 0], a_weights, atol=1e-5)
by_keras = ops.dot_product_attention(  # axes (B, T, N, H)
    q32[:, :, None], k32[:, :, None], v32[:, :, None], is_causal=True
)
np.testing.assert_allclose(as_array(by_keras)[0, :, 0], a, rtol=1e-4, atol=1e-5)
print("rung 3: by hand, Keras and fmkeras give the same.")

# %% [markdown]
# ## Rung 4: masks
#
# A mask is a table of booleans, one for each query and key. In this course **true means
# "may look"**. Two masks are needed all the time.
#
# **The causal mask** is the triangle $j \le i$. It is what makes the training of language
# models cheap: row $i$ of the result is what attention over the first $i$ words alone
# would give, so one pass over a text of $T$ words answers $T$ questions at once. To see
# that, cut the text after each word in turn:

# %%
np.testing.assert_array_equal(as_array(layers.causal_mask(T, T)), causal)
for i in range(T):
    cut = attend(q[: i + 1], k[: i + 1], v[: i + 1], causal[: i + 1, : i + 1])[0]
    np.testing.assert_allclose(cut[-1], a[i], rtol=1e-9, atol=1e-12)
print(f"one masked pass is the same as {T} passes over {T} beginnings.")

# %% [markdown]
# **The padding mask.** A batch is a rectangle, sentences have different lengths, so short
# ones are filled up with a token that means nothing. Nobody may look at it. Which is
# padding is known from the ids, `(B, S)`, and holds for all queries; both masks must
# agree, so they are joined by *and*:

# %%
PADDING_ID = VOCABULARY_SIZE  # an id that no word has
batch = np.full((2, T), PADDING_ID)
batch[0], batch[1, :7] = sentence, sentence[:7]
real = batch != PADDING_ID  # (B, S)
both = causal & real[:, None]  # (B, T, S)
np.testing.assert_array_equal(as_array(layers.padding_mask(batch, PADDING_ID)), real)

table = np.vstack([vectors, np.full(WIDTH, 7.7)])  # nonsense for padding
Q, K, V = (table[batch] @ w for w in (w_q, w_k, w_v))  # (B, T, H)
together, _ = attend(Q, K, V, both)
np.testing.assert_allclose(together[0], a, rtol=1e-6, atol=1e-9)
np.testing.assert_allclose(together[1, :7], a[:7], rtol=1e-6, atol=1e-9)

one_head = (array[:, None].astype("float32") for array in (Q, K, V))
ours, weights = layers.scaled_dot_product_attention(*one_head, mask=both[:, None])
np.testing.assert_allclose(as_array(ours)[:, 0], together, rtol=1e-4, atol=1e-4)
assert not as_array(weights)[1, :, :, 7:].any()
print("rung 4: the short sentence gives the same alone and padded.")

# %% [markdown]
# Two details decide whether masks are right. First, a mask belongs *before* the softmax.
# Zeros written into finished weights leave rows that no longer sum to one, and the
# forbidden words have already taken part in the sum below the fraction line. Secondly, a
# query that may look *nowhere* has only scores of $-\infty$; the softmax is then $0/0$:

# %%
late = softmax(q @ k.T / np.sqrt(q.shape[-1])) * causal
print(f"masked too late, the first row sums to {late[0].sum():.2f}")
assert late[0].sum() < 0.5

nowhere = np.zeros((T, T), bool)
with np.errstate(invalid="ignore"):
    assert np.isnan(attend(q, k, v, nowhere)[0]).all()
ours, _ = layers.scaled_dot_product_attention(
    q32[:, None], k32[:, None], v32[:, None], mask=nowhere
)
assert not as_array(ours).any()
print("a query that may look nowhere: NaN by the formula, zeros from the library")

# %% [markdown]
# One NaN in one row of one batch ends a training, because it spreads through the loss
# into all weights. The library puts a finite score, very far below zero, in place of
# $-\infty$ and then sets such rows to zero.

# %% [markdown]
# ## Rung 5: many heads
#
# One softmax makes one mixture. If *it* should know both what it stands for (*name*) and
# what is said of it (*is*), a single set of weights must average the two values, and from
# an average the parts cannot be told. So let $N$ **heads** look side by side, each with
# small matrices of its own, set what they found one after the other, and mix with a last
# matrix:
#
# $$
# \mathrm{head}_n = \mathrm{Attention}(X W^Q_n, X W^K_n, X W^V_n) , \qquad
# \mathrm{MultiHead}(X) = [\mathrm{head}_1; \dots; \mathrm{head}_N] \, W^O .
# $$
#
# With $H = D / N$ it costs no more than one head of full width: there are
# $4 D^2$ weights, whatever $N$ is. In the code the matrices of all heads stand side by
# side, $W^Q = [W^Q_1, \dots, W^Q_N]$, so that there is one product, and the result is cut
# into heads. The function has two more arguments than we need now: with a context $C$
# keys and values come from elsewhere, and there may be fewer heads of keys than of
# queries. Both are for the end of the ladder.


# %%
def cut_into_heads(x, num_heads):
    """Turn `(B, T, N · H)` into `(B, N, T, H)`."""
    return np.swapaxes(x.reshape(*x.shape[:2], num_heads, -1), 1, 2)


def multi_head(x, w_q, w_k, w_v, w_o, num_heads, mask=True, context=None, shared=1):
    """Return multi-head attention `(B, T, D)`; `shared` queries share one key."""
    c = x if context is None else context
    query = cut_into_heads(x @ w_q, num_heads)
    key = cut_into_heads(c @ w_k, num_heads // shared).repeat(shared, axis=1)
    value = cut_into_heads(c @ w_v, num_heads // shared).repeat(shared, axis=1)
    found, _ = attend(query, key, value, mask)  # (B, N, T, H)
    return np.swapaxes(found, 1, 2).reshape(*x.shape[:2], -1) @ w_o


# %% [markdown]
# The library's layer keeps queries, keys and values in one matrix, which is one large
# product instead of three small ones. Keras's layer keeps a matrix for each, with an axis
# of its own for the heads. The same weights go into both:

# %%
D, N, H = WIDTH, NUM_HEADS, WIDTH // NUM_HEADS
rng = np.random.default_rng(1)
w_q, w_k, w_v, w_o = rng.normal(size=(4, D, D)) / np.sqrt(D)
x = np.stack([X, X[::-1]])  # (B, T, D)
by_hand = multi_head(x, w_q, w_k, w_v, w_o, N, mask=causal)

x32 = x.astype("float32")
ours = layers.MultiHeadAttention(N, causal=True, use_bias=False)
ours.build(x.shape)
ours.set_weights([np.hstack([w_q, w_k, w_v]), w_o])
np.testing.assert_allclose(as_array(ours(x32)), by_hand, rtol=1e-3, atol=1e-4)

theirs = keras.layers.MultiHeadAttention(N, key_dim=H, use_bias=False)
theirs.build(x.shape, x.shape)
by_head = [w.reshape(D, N, H) for w in (w_q, w_k, w_v)]
theirs.set_weights([*by_head, w_o.reshape(N, H, D)])
by_keras = as_array(theirs(x32, x32, use_causal_mask=True))
np.testing.assert_allclose(by_keras, by_hand, rtol=1e-3, atol=1e-4)

assert ours.count_params() == theirs.count_params() == 4 * D**2
print(f"rung 5: the same three times, with {ours.count_params():,} weights.")

# %% [markdown]
# That is the top of the ladder: what you have written in NumPy is the layer at the heart
# of every large language model.

# %% [markdown]
# ## Heads that have learnt
#
# To see what heads look for they must be trained. Here is about the smallest language
# model there is: word vectors, plus a learned vector for each place (lesson 14 tells why
# that is needed), one layer of attention whose result is added, and a softmax regression
# over all words. At every place it predicts the next word. For comparison, the same
# without attention, which knows nothing but the last word and its place:


# %%
def language_model(mask):
    """Build words → vectors → attention under a mask, or none → the next word."""
    x = keras.Input((LENGTH,), dtype="int32")
    h = keras.layers.Embedding(VOCABULARY_SIZE, WIDTH, name="words")(x)
    h = layers.LearnedPositions(LENGTH, name="places")(h)
    if mask is not None:
        look = layers.MultiHeadAttention(NUM_HEADS, use_bias=False, name="look")
        h = keras.layers.Add()([h, look(h, attention_mask=mask)])
    model = keras.Model(x, keras.layers.Dense(VOCABULARY_SIZE)(h))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    adam = keras.optimizers.Adam(LEARNING_RATE)
    model.compile(adam, loss, steps_per_execution=10)
    return model


cut = int(0.9 * len(ids))
held_out = text.windows(ids[cut:], LENGTH, shuffle=False)


def train(mask):
    """Return a trained model and its history."""
    set_seed(SEED)
    model = language_model(mask)
    batches = text.windows(ids[:cut], LENGTH, stride=8, seed=SEED).repeat()
    fit = {"epochs": 10, "steps_per_epoch": MODEL_STEPS // 10, "verbose": 0}
    return model, model.fit(batches, shuffle=False, **fit).history["loss"]


# %%
triangle = np.tril(np.ones((LENGTH, LENGTH), bool))
trained, losses = {}, {}
for name, mask in (("no attention", None), ("causal", triangle)):
    trained[name], losses[name] = train(mask)
test_loss = {name: m.evaluate(held_out, verbose=0) for name, m in trained.items()}
for name, loss in test_loss.items():
    print(f"{name:13s}loss on held-out text: {loss:.2f} nats a word")
gain = test_loss["no attention"] - test_loss["causal"]
print(f"looking back is worth {gain:.2f} nats a word.")
assert gain > 0.05

# %% [markdown]
# It is a gain, on text that neither model has seen. On other seeds and machines it
# differs by a few hundredths; we ask for at least 0.05. A few seconds of training make no
# reader, so do not expect it to know what *it* is. But its heads have become different
# from one another. The model's own weights, for our sentence:

# %%
padded = np.zeros((1, LENGTH), "int32")
padded[0, :T] = sentence  # what stands behind, the causal mask hides
causal_model = trained["causal"]
hidden = causal_model.get_layer("places")(causal_model.get_layer("words")(padded))
look = causal_model.get_layer("look")
maps = look.attention_weights(hidden, attention_mask=triangle)
maps = as_array(maps)[0, :, :T, :T]  # (N, T, T)
np.testing.assert_allclose(maps.sum(axis=-1), 1, atol=1e-5)

# %% alt="Four triangles of weights for the same sentence, one for each trained head. Much weight lies on or just below the diagonal, but each head gives some of it to earlier words, and not to the same ones."
titles = [f"head {n}" for n in range(1, NUM_HEADS + 1)]
plots.attention_map(maps, words, titles=titles, columns=2)

# %%
places = np.arange(T)
for title, head in zip(titles, maps, strict=True):
    itself, before = np.diag(head)[1:].mean(), np.diag(head, -1).mean()
    back = (head * (places[:, None] - places)).sum(axis=-1)[1:].mean()
    print(
        f"{title}: {itself:.2f} on itself, {before:.2f} on the word before, "
        f"{back:.1f} words back on average"
    )
pairs = [(n, m) for n in range(NUM_HEADS) for m in range(n)]
differences = [np.abs(maps[n] - maps[m]).sum(axis=-1).mean() for n, m in pairs]
print(f"two heads differ by {min(differences):.2f} or more on the average row")
assert min(differences) > 0.1  # no head repeats another

# %% [markdown]
# Compare with the first picture, where a word kept most of its weight for itself: these
# heads look around more, and no two in the same way. Read such maps with care. A weight
# says where a head took its values from, not what it took nor whether the rest of the
# model made use of it. Maps are a good question to a model; they are not its explanation.

# %% [markdown]
# ## Going wrong on purpose: the opposite mask
#
# Half the world writes masks the other way round. In PyTorch, true means "may look" for
# `scaled_dot_product_attention` and "may *not* look" for `nn.MultiheadAttention`, within
# one library. So take the wrong one, and train:

# %%
name = "opposite"
trained[name], losses[name] = train(~triangle)
test_loss[name] = trained[name].evaluate(held_out, verbose=0)
print(
    f"loss on held-out text: {test_loss[name]:.2f}, honest: {test_loss['causal']:.2f}"
)
assert test_loss[name] < 0.5 * test_loss["causal"]

# %% alt="Training loss in nats a word over ten stages. The honest model and the one without attention flatten out above three. The one with the opposite mask falls far below both."
plots.curves(
    np.linspace(MODEL_STEPS / 10, MODEL_STEPS, 10),
    losses,
    xlabel="training steps",
    ylabel="loss, nats a word",
)

# %% [markdown]
# No error, no warning, and a wonderful loss. Held-out text does not save us, for it is
# looked at through the same mask: the model reads the answer, which is the next word of
# its own input. The bill comes when it has to write. Then the next word is not there to
# be read, as at the last place of each window:


# %%
def loss_at_the_last_word(model):
    """Return the mean loss where nothing follows, as it is when a model writes."""
    losses = []
    for x, y in held_out:
        logits = as_array(model(x))[:, -1]
        p = softmax(logits.astype("float64"))
        losses.append(-np.log(p[np.arange(len(p)), as_array(y)[:, -1]]))
    return np.concatenate(losses).mean()


bill = {name: loss_at_the_last_word(trained[name]) for name in ("causal", "opposite")}
for name, loss in bill.items():
    print(f"{name:9s}at the last word: {loss:.2f} nats")
assert bill["opposite"] > bill["causal"] + 0.4

# %% [markdown]
# A loss that is too good is the symptom. The **leak test** is the diagnosis, and needs no
# training: exchange one word, and see at which places the answer moves. None may lie
# before it.


# %%
def moved(model, token_ids, place):
    """Return the places whose logits move when the word at `place` is exchanged."""
    other = token_ids.copy()
    other[0, place] = (other[0, place] + 1) % VOCABULARY_SIZE
    difference = np.abs(as_array(model(token_ids)) - as_array(model(other)))
    return np.flatnonzero(difference.max(axis=(0, 2)) > 1e-5)


window = ids[None, :LENGTH]
for name in ("causal", "opposite"):
    print(f"{name:9s}word 10 moves the places {moved(trained[name], window, 10)}")
assert moved(trained["causal"], window, 10).min() == 10
assert moved(trained["opposite"], window, 10).min() < 10

# %% [markdown]
# The padding mask has a test of the same kind: what stands in the padding must not
# matter. And it goes wrong in the same silence, turned round or computed and never
# used. With the library's layer, the right mask, none, and the opposite one:

# %%
set_seed(SEED)
layer = layers.MultiHeadAttention(NUM_HEADS)
one, other = table[batch].astype("float32"), table[batch].astype("float32")
other[~real] = -3.0  # other nonsense in the padding
for name, mask in (("right", real), ("forgotten", None), ("opposite", ~real)):
    apart = as_array(layer(one, padding_mask=mask) - layer(other, padding_mask=mask))
    change = np.abs(apart[real]).max()
    print(f"{name:10s}the real words move by up to {change:.3f}")
    assert (change < 1e-5) == (name == "right")

# %% [markdown]
# These two tests take seconds. Run them on every model that has masks, before training
# it; this library's own tests do so for each of its models. A third convention adds
# floats to the scores, 0 for "may look" and $-\infty$ for "may not": read as booleans
# they would be the opposite mask. That mistake, at least, can be refused:

# %%
import textwrap

added = np.where(causal, 0.0, -np.inf).astype("float32")
try:
    layers.scaled_dot_product_attention(heads, heads, heads, mask=added)
    raise AssertionError("a mask of floats was taken")
except ValueError as error:
    print(textwrap.fill(str(error), 88))

# %% [markdown]
# ## Cross-attention
#
# Nothing in the formula asks queries and keys to come from the same sequence. In
# **cross-attention** the queries are made from $X$ and the keys and values from another
# sequence $C$, a context: a decoder that looks at the sentence it translates, as in lesson
# 12, or a text that looks at a picture. There are $T$ queries and $S$ keys, the weights are
# `(T, S)`, and no mask is causal, because places in two sequences do not compare.

# %%
context = rng.normal(size=(2, 9, 10))  # (B, S, width): another length, another width
c_k, c_v = rng.normal(size=(2, 10, D)) / np.sqrt(10)
by_hand = multi_head(x, w_q, c_k, c_v, w_o, N, context=context)

ours = layers.MultiHeadAttention(N, use_bias=False)
ours.build(x.shape, context.shape)
ours.set_weights([w_q, np.hstack([c_k, c_v]), w_o])
c32 = context.astype("float32")
np.testing.assert_allclose(as_array(ours(x32, c32)), by_hand, rtol=1e-3, atol=1e-4)

theirs = keras.layers.MultiHeadAttention(N, key_dim=H, use_bias=False)
theirs.build(x.shape, context.shape)
by_head = [w.reshape(-1, N, H) for w in (w_q, c_k, c_v)]
theirs.set_weights([*by_head, w_o.reshape(N, H, D)])
np.testing.assert_allclose(as_array(theirs(x32, c32)), by_hand, rtol=1e-3, atol=1e-4)
print(f"cross-attention: {T} queries, {context.shape[1]} keys, the same three times.")

# %% [markdown]
# ## Grouped queries
#
# A model that writes keeps the keys and values of all words so far (lesson 17): $2 N H$
# numbers a word in each layer, which soon is most of its memory. In **grouped-query
# attention** several query heads share one head of keys and values, so that there are
# only $K < N$ of those. With $K = 1$ it is called multi-query attention, with $K = N$ it
# is what we had.

# %%
print(" K   weights   numbers kept for each word")
for K in (4, 2, 1):
    narrow_k, narrow_v = w_k[:, : K * H], w_v[:, : K * H]
    by_hand = multi_head(x, w_q, narrow_k, narrow_v, w_o, N, mask=causal, shared=N // K)
    ours = layers.MultiHeadAttention(N, K, causal=True, use_bias=False)
    ours.build(x.shape)
    ours.set_weights([np.hstack([w_q, narrow_k, narrow_v]), w_o])
    np.testing.assert_allclose(as_array(ours(x32)), by_hand, rtol=1e-3, atol=1e-4)

    theirs = keras.layers.GroupQueryAttention(H, N, K, use_bias=False)
    theirs.build(x.shape, x.shape)
    by_head = [w.reshape(D, -1, H) for w in (w_q, narrow_k, narrow_v)]
    theirs.set_weights([*by_head, w_o.reshape(N, H, D)])
    by_keras = as_array(theirs(x32, x32, use_causal_mask=True))
    np.testing.assert_allclose(by_keras, by_hand, rtol=1e-3, atol=1e-4)
    assert ours.count_params() == 2 * D * H * (N + K)
    print(f"{K:2d} {ours.count_params():9,d} {2 * K * H:10d}")

# %% [markdown]
# Fewer keys save memory, and quality suffers less than one would think: the queries, which
# say what is looked for, remain as many as they were.
#
# **What attention costs.** Besides the matrices there are $T \cdot S$ scores for each
# head. Twice the text is four times the scores, and that is the price for the fact that
# every word reaches every other in a single step, where the recurrent network of lesson
# 12 needs as many steps as there are words between them.

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports, constants and functions
# of the first cell are there when it runs, so write each answer to stand on its own.
#
# ### Exercise 1: Who may look at whom
#
# For a batch of token ids `(B, T)` write the mask `(B, T, T)` of booleans that a causal
# language model needs: entry $[b, i, j]$ is true if query $i$ may look at key $j$, which
# is so if $j$ does not lie after $i$ and is not padding.
#
# <details><summary>Hint</summary>
#
# `np.tril` makes the triangle `(T, T)`. The padding concerns the *keys*, the last axis:
# `real[:, None, :]` has the shape `(B, 1, T)`. Join them with `&`.
#
# </details>


# %% exercise="causal-and-padding"
def may_look(token_ids, padding_id):
    """Return booleans (B, T, T), true where query i may look at key j."""
    ### BEGIN SOLUTION
    length = token_ids.shape[1]
    real = token_ids != padding_id
    return np.tril(np.ones((length, length), bool)) & real[:, None, :]
    ### END SOLUTION


# %% check="causal-and-padding"
rng = np.random.default_rng()
token_ids = rng.integers(1, 9, size=(2, 5))
token_ids[0, rng.integers(1, 4)] = token_ids[1, 0] = token_ids[1, 4] = 0
real, triangle = token_ids != 0, np.tril(np.ones((5, 5), bool))
right = triangle & real[:, None, :]
expect(
    may_look(token_ids.copy(), 0),
    right,
    call=f"may_look({token_ids.tolist()}, 0)",
    mistakes=[
        (~right, "That is the opposite: true means “may look”."),
        (triangle | real[:, None], "Both conditions must hold: use “and”."),
        (triangle & real[..., None], "Padding hides keys, the last axis, not queries."),
        (triangle.T & real[:, None], "That is the future: the past is j ≤ i."),
        (
            triangle & ~np.eye(5, dtype=bool) & real[:, None],
            "A word may look at itself, too.",
        ),
        (np.stack([triangle] * 2), "The padding is missing."),
        (
            np.repeat(real[:, None], 5, axis=1),
            "The triangle is missing: nobody may see the future.",
        ),
        (triangle & ~real[:, None], "Padding is what may not be looked at."),
    ],
)
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: A leak test for everything
#
# Given is a function $f$ from an array `(T, D)` to an array `(T, D)`: any model, of whose
# inside we know nothing. Return an array `(T, T)` of booleans whose entry $[t, s]$ says
# whether output $t$ depends on input $s$. Change one input row after the other, each time
# beginning from the original, and count as a change what is larger than $10^{-6}$. For a
# causal model the result must be zero above the diagonal.
#
# <details><summary>Hint</summary>
#
# `changed = x.copy(); changed[s] += 1.0` exchanges row $s$. Compare `f(changed)` with
# `f(x)` row by row: the outcome is *column* $s$ of the answer.
#
# </details>


# %% exercise="leak-test"
def sees(f, x):
    """Return booleans (T, T): does output t depend on input s?"""
    ### BEGIN SOLUTION
    before = f(x)
    result = np.zeros((len(x), len(x)), bool)
    for s in range(len(x)):
        changed = x.copy()
        changed[s] += 1.0
        result[:, s] = np.abs(f(changed) - before).max(axis=1) > 1e-6
    return result
    ### END SOLUTION


# %% check="leak-test"
rng = np.random.default_rng()
x = rng.normal(size=(5, 3))
w = rng.normal(size=(3, 3))
triangle = np.tril(np.ones((5, 5), bool))
window = triangle & ~np.tril(triangle, -2)  # itself and the one before
late = np.zeros((5, 5), bool)
late[1, 3] = late[0, 4] = True
sets = {"a window": window, "causal": triangle, "leaking": triangle | late}
for name, table in sets.items():

    def f(x, table=table):
        return (table * (1.0 + np.arange(5))) @ np.tanh(x @ w)

    expect(
        sees(f, x.copy()),
        table,
        call=f"sees({name}, x)",
        mistakes=[
            (table.T, "That is the transpose: row t is an output, column s an input."),
            (
                np.cumsum(table, axis=1) > 0,
                "Begin from the original x each time: undo the last change.",
            ),
            (
                np.ones((5, 5), bool),
                "Compare row by row: not every output moves with every input.",
            ),
            (~table, "That is the opposite: true means “depends”."),
            (np.eye(5, dtype=bool), "An output may depend on other rows than its own."),
        ],
    )
print("Exercise 2: right. Now you can test any model for leaks.")

# %% [markdown]
# ### Exercise 3: Keys that do not have mean zero
#
# The entries of $q$ are independent with mean 0 and variance $a$; those of $k$ are
# independent with mean $m$ and variance $b$. *Derive* the variance of $q \cdot k$ for
# vectors of $H$ entries, *before* any division. The check enumerates all vectors of a
# small case. What, then, must scores be divided by?
#
# <details><summary>Hint</summary>
#
# $q_h k_h$ has mean 0, so its variance is the mean of $q_h^2 k_h^2$. The factors are
# independent, and the mean of a square is the variance plus the square of the mean.
#
# </details>


# %% exercise="variance-of-scores"
def score_variance(width, a, b, m):
    """Return Var(q · k) for H = width entries, Var q = a, Var k = b, mean of k = m."""
    ### BEGIN SOLUTION
    return width * a * (b + m**2)
    ### END SOLUTION


# %% check="variance-of-scores"
rng = np.random.default_rng()
H = 3
a, b, m = rng.uniform([1.5, 2.5, 1.2], [2.0, 3.0, 1.6])
signs = np.array(np.meshgrid(*[[-1, 1]] * (2 * H))).reshape(2 * H, -1).T
q, k = np.sqrt(a) * signs[:, :H], m + np.sqrt(b) * signs[:, H:]
right = (q * k).sum(axis=1).var()  # each combination is equally likely
expect(
    score_variance(H, a, b, m),
    right,
    call=f"score_variance({H}, {a:.3f}, {b:.3f}, {m:.3f})",
    mistakes=[
        (H * a * b, "The mean of k counts: the mean of k² is b + m²."),
        (a * (b + m**2), "There are H independent terms: their variances add up."),
        (np.sqrt(right), "That is the standard deviation."),
        (right / H, "That is after the division: before it, please."),
        (H**2 * a * (b + m**2), "Variances of independent terms add up: H, not H²."),
        (H * a * (b + m), "The mean counts squared."),
        (H * a**2 * (b + m**2), "a is a variance already: do not square it."),
        (H * a * b**2, "b is a variance already: do not square it."),
        (H * (a + b + m**2), "The variance of a product: the factors multiply."),
        (H * a * (b - m**2), "The mean of k² is b + m²: a plus."),
    ],
    rtol=1e-6,
)
print("Exercise 3: right. Divide by the square root of that: means make scores larger.")

# %% [markdown]
# ### Exercise 4: What a head is
#
# One head adds $\mathrm{softmax}(Q K^\top / \sqrt H) \, V \, W^O_n$ to the result, with
# $Q = X W^Q$, $K = X W^K$ and $V = X W^V$; its part of the output matrix is
# $W^O_n$ `(H, D)`. *Derive* that four matrices are two too many: the head is
#
# $$
# \mathrm{softmax}(X M X^\top) \, X U
# $$
#
# with two matrices `(D, D)`. Return the pair $(M, U)$. Before you run the check,
# *predict* the rank of $M$ and of $U$ if $D = 6$ and $H = 2$.
#
# <details><summary>Hint</summary>
#
# Put $Q = X W^Q$ and $K^\top = (W^K)^\top X^\top$ into the scores and see what stands
# between $X$ and $X^\top$. Do not lose $\sqrt H$.
#
# </details>


# %% exercise="fold-a-head"
def fold(w_q, w_k, w_v, w_o):
    """Return M and U (D, D) for matrices (D, H), (D, H), (D, H) and (H, D)."""
    ### BEGIN SOLUTION
    return w_q @ w_k.T / np.sqrt(w_q.shape[1]), w_v @ w_o
    ### END SOLUTION


# %% check="fold-a-head"
rng = np.random.default_rng()
w_q, w_k, w_v = rng.normal(size=(3, 6, 2))
w_o, x = rng.normal(size=(2, 6)), rng.normal(size=(5, 6))
M, U = w_q @ w_k.T / np.sqrt(2), w_v @ w_o
head = attend(x @ w_q, x @ w_k, x @ w_v, True)[0] @ w_o
np.testing.assert_allclose(softmax(x @ M @ x.T) @ x @ U, head, rtol=1e-6, atol=1e-9)
expect(
    fold(w_q, w_k, w_v, w_o),
    (M, U),
    call="fold(w_q, w_k, w_v, w_o)",
    mistakes=[
        ((M * np.sqrt(2), U), "M must contain the division by √H."),
        ((M / np.sqrt(3), U), "Divide by √H, the width of the head, not by √D."),
        ((M / np.sqrt(2), U), "Divide by √H, not by H."),
        (
            (M.T, U),
            "M is turned round: queries come from the left, keys from the right.",
        ),
        ((M * np.sqrt(2) / 6, U), "Divide by √H, the width of the head, not by D."),
        ((M, U / np.sqrt(2)), "Only the scores are divided by √H."),
        ((M, U.T), "U is turned round: first the values, then the output matrix."),
        ((U, M), "The values are right, but M goes first."),
    ],
)
assert np.linalg.matrix_rank(M) == np.linalg.matrix_rank(U) == 2
print("Exercise 4: right. Both have rank H: a head sees the words through two numbers.")

# %% [markdown]
# ## What you have learnt
#
# - Attention is a weighted sum: $\mathrm{softmax}(Q K^\top / \sqrt H) \, V$. Queries say
#   what is looked for, keys what it is found by, values what is given.
# - The variance of $q \cdot k$ is $H$. Without the division by $\sqrt H$ the softmax of a
#   wide head is hard before it has learnt anything, and its slopes vanish.
# - The causal mask turns one pass into as many training examples as there are words; the
#   padding mask makes padding count for nothing. True means "may look". A wrong mask
#   trains in silence, and often with a better loss; exchange one word and see what moves.
# - $N$ heads look at $N$ things for the price of one. Cross-attention takes keys and
#   values from another sequence, grouped queries share them to save memory.
# - A map of weights shows where a head looks, not why.
#
# **What stays open.** Our small model needed a vector for each place, because attention
# by itself does not know the order of the words: lesson 14, Positions. What must stand
# around this layer to make a GPT, lesson 15, A transformer decoder from scratch. How the
# keys and values are kept while it writes, lesson 17, Fast generation. How to compute all
# this without ever storing the $T \times S$ weights, lesson 31.
#
# **Sources.**
#
# - Vaswani et al. (2017), "Attention Is All You Need", section 3.2,
#   <https://arxiv.org/abs/1706.03762>: scaled dot products (3.2.1, and its footnote 4 on
#   the variance), heads (3.2.2), masks and cross-attention (3.2.3).
# - Bahdanau, Cho and Bengio (2014), "Neural Machine Translation by Jointly Learning to
#   Align and Translate", section 3.1, <https://arxiv.org/abs/1409.0473>: attention
#   before transformers.
# - Luong, Pham and Manning (2015), "Effective Approaches to Attention-based Neural
#   Machine Translation", section 3.1, <https://arxiv.org/abs/1508.04025>: the dot
#   product as a score.
# - Shazeer (2019), "Fast Transformer Decoding: One Write-Head is All You Need",
#   section 3, <https://arxiv.org/abs/1911.02150>: one head of keys.
# - Ainslie et al. (2023), "GQA: Training Generalized Multi-Query Transformer Models from
#   Multi-Head Checkpoints", section 2.2, <https://arxiv.org/abs/2305.13245>.
# - Jain and Wallace (2019), "Attention is not Explanation",
#   <https://arxiv.org/abs/1902.10186>, and Wiegreffe and Pinter (2019), "Attention is
#   not not Explanation", <https://arxiv.org/abs/1908.04626>: how to read maps.
# - Elhage et al. (2021), "A Mathematical Framework for Transformer Circuits", Anthropic,
#   <https://transformer-circuits.pub/2021/framework/index.html>: exercise 4.
# - Jurafsky and Martin (2024), "Speech and Language Processing", 3rd edition draft, the
#   chapter on transformers: from the weighted sum to heads.
