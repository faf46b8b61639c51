# ---
# title: Positions
# part: II. From words to GPT-2
# minutes: 1
# difficulty: 3
# prerequisites: [13]
# objectives:
#   - Prove that attention without positions cannot tell one order of words from another.
#   - Give a task on which such a model must fail, say how badly, and watch it fail.
#   - Show that a shift is a rotation of sinusoidal positions, whatever the place.
#   - Turn queries and keys so that scores depend on the distance alone.
#   - Compare four schemes on texts longer than those they were trained on.
# ---

# %% [markdown]
# # Positions
#
# "Dog bites man" and "man bites dog" are the same three words. Lesson 13 ended with a
# small model that needed a vector for each place, "because attention by itself does not
# know the order of the words". **Is that really so? And what is the best way to tell a
# word where it stands?**
#
# The lesson assumes attention as in lesson 13, and sines and cosines.

# %% tags=["setup"]
import keras
import numpy as np
from keras import ops

from fmkeras import data, layers, plots, text
from fmkeras.course import expect
from fmkeras.runtime import set_seed

SEED = 0
LETTERS = 8  # symbols, each of which occurs once in every example of the task
EXAMPLES = 4096
EPOCHS = 8
TRAINED_LENGTH = 32  # characters in a window of training
TESTED_LENGTH = 128  # and in one of the test
STEPS = 200  # of training for each scheme, 32 windows each


def sinusoids(positions, width):
    """Return the vectors `(T, D)` of positions `(T,)`: sin, cos, sin, cos, …"""
    frequencies = 10000.0 ** (-np.arange(0, width, 2) / width)
    angles = np.asarray(positions)[:, None] * frequencies  # (T, D / 2)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(-1, width)


# %% [markdown]
# Here is one answer, the one of the first transformer: a vector for each place, made of
# waves. Each column is a place. The upper rows swing fast, the lower ones hardly move. No
# two columns are the same, and we shall see what is so special about them.

# %% alt="An image of 64 columns, one for each position, and 32 rows. In the upper rows blue and orange alternate quickly from place to place; further down the waves become longer, until the rows at the bottom have one colour each."
plots.image_grid(
    sinusoids(np.arange(64), 32).T[None],
    diverging=True,
    title="The vectors of 64 places: a column for each, 32 numbers",
    figsize=(6.8, 3.6),
)

# %% [markdown]
# **Letters.** A position is $t$, or $i$ for a query and $j$ for a key; the first paper
# writes $pos$, and RoFormer, the paper on rotary positions, $m$ and $n$. As in lesson 13,
# $D$ is the width of the model, $H$ that of a head, $N$ the number of heads and $T$ the
# length. As in RoFormer, $\theta$ is an angle in this lesson, not all the parameters.

# %% [markdown]
# ## Attention sees a bag
#
# Let $P$ be a permutation matrix: $P X$ has the same rows as $X$ in another order. What
# does attention make of $P X$? Queries, keys and values are made row by row, so they
# change places with the words: $Q$ becomes $P Q$, and so on. The scores become
#
# $$
# (P Q)(P K)^\top = P \, (Q K^\top) \, P^\top ,
# $$
#
# the same numbers with rows and columns exchanged. The softmax works on each row by
# itself and does not mind the order within it: where it made the weights $A$ of $X$, it
# makes $P A P^\top$ of $P X$. And because $P^\top P = I$,
#
# $$
# \mathrm{Attention}(P X) = P A P^\top \, P V = P \, A V = P \, \mathrm{Attention}(X) .
# $$
#
# In words: exchange the words, and the results change places with them, and nothing else
# happens. A function with this property is called **permutation-equivariant**. Whatever
# *dog* becomes in "dog bites man", it becomes exactly that in "man bites dog". For the
# library's layer, on ten random vectors:


# %%
def as_array(tensor):
    """Return a tensor as a NumPy array."""
    return ops.convert_to_numpy(tensor)


set_seed(SEED)
rng = np.random.default_rng(SEED)
x = rng.normal(size=(1, 10, 32))
order = rng.permutation(10)
layer = layers.MultiHeadAttention(num_heads=4, dtype="float64")
np.testing.assert_allclose(
    as_array(layer(x[:, order])), as_array(layer(x))[:, order], rtol=1e-12, atol=1e-12
)
print(f"the words in the order {order}: results in the same order, to 12 digits.")

# %% [markdown]
# Feed-forward layers, normalisation and sums work on each word by itself. So a whole
# stack of attention is equivariant, however deep, and a mean over the results is the same
# for every order: the model sees a **bag of words**.
#
# There is one thing that does break the symmetry, the causal mask. The mask belongs to
# the places and does not move with the words:

# %%
causal = layers.MultiHeadAttention(num_heads=4, causal=True, dtype="float64")
apart = as_array(causal(x[:, order])) - as_array(causal(x))[:, order]
print(f"with a causal mask the results differ by up to {np.abs(apart).max():.2f}")
assert np.abs(apart).max() > 0.1

last = np.append(
    rng.permutation(9), 9
)  # the past in another order, the last word stays
np.testing.assert_allclose(
    as_array(causal(x[:, last]))[:, -1],
    as_array(causal(x))[:, -1],
    rtol=1e-12,
    atol=1e-12,
)
deep = [layers.TransformerBlock(4, 64, dtype="float64") for _ in range(2)]
two_blocks = [as_array(deep[1](deep[0](x[:, o])))[:, -1] for o in (last, np.arange(10))]
assert np.abs(two_blocks[0] - two_blocks[1]).max() > 1e-3

# %% [markdown]
# A word of a causal model knows *which* words came before it, and a single layer still
# sees them as a bag: we shuffled the past, and the last word noticed nothing. From the
# second layer on some order shines through, because the first word has seen one word, the
# second two, and so on. Deep causal models can learn a good deal about order from that
# alone (Haviv et al., 2022), but have to learn to count first.

# %% [markdown]
# ## A task that cannot be done without
#
# Proofs are good; a failure that one has predicted to the third digit is better. Take
# eight letters, each once, in random order. For each letter but the first the model is to
# say **which letter stands to its left**. A child does that at a glance.
#
# What can a model do that sees a bag? The bag is the same in every example! Whatever it
# answers for the letter *C*, it answers the same for *C* in every example. But the left
# neighbour of *C* is each of the seven others equally often. So the best it can do is to
# give every other letter the probability $1/7$. No training, no size and no depth can
# bring its mean loss below
#
# $$
# \ln 7 \approx 1.946 ,
# $$
#
# nor its accuracy above $1/7 \approx 14.3\,\%$, except by chance on a finite sample. The
# same model with positions has everything it needs. One layer of attention, without
# positions and with three kinds of them:

# %%
rng = np.random.default_rng(SEED)
orders = np.array([rng.permutation(LETTERS) for _ in range(2 * EXAMPLES)])
to_the_left = orders[:, :-1]  # the answers for the places 1 … 7
SCHEMES = (None, "learned", "sinusoidal", "rotary")


def find_left(positions):
    """Build a model that says which letter stands to the left, for places from 1."""
    inputs = keras.Input((LETTERS,), dtype="int32")
    h = keras.layers.Embedding(LETTERS, 32)(inputs)
    if positions == "learned":
        h = layers.LearnedPositions(LETTERS)(h)
    elif positions == "sinusoidal":
        h = layers.SinusoidalPositions()(h)
    inside = positions if positions == "rotary" else None
    h = keras.layers.Add()([h, layers.MultiHeadAttention(4, positions=inside)(h)])
    model = keras.Model(inputs, keras.layers.Dense(LETTERS)(h)[:, 1:])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    adam = keras.optimizers.Adam(0.01)
    model.compile(adam, loss, metrics=["accuracy"], steps_per_execution=16)
    return model


curves, found = {}, {}
for scheme in SCHEMES:
    set_seed(SEED)
    model = find_left(scheme)
    seen, answers = orders[:EXAMPLES], to_the_left[:EXAMPLES]
    fit = {"batch_size": 128, "epochs": EPOCHS, "verbose": 0}
    curves[scheme or "no positions"] = model.fit(seen, answers, **fit).history["loss"]
    found[scheme] = model.evaluate(orders[EXAMPLES:], to_the_left[EXAMPLES:], verbose=0)
    print(
        f"{scheme or 'none':10s} loss {found[scheme][0]:.3f}, right {found[scheme][1]:6.1%}"
    )
floor = np.log(LETTERS - 1)
assert abs(found[None][0] - floor) < 0.02
assert abs(found[None][1] - 1 / (LETTERS - 1)) < 0.02
assert min(right for scheme, (_, right) in found.items() if scheme) > 0.95

# %% alt="Training loss over eight epochs. Without positions it stays on the dashed line at ln 7. With learned, sinusoidal and rotary positions it falls towards zero."
plots.curves(
    np.arange(1, EPOCHS + 1),
    curves,
    references={"ln 7": floor},
    xlabel="epoch",
    ylabel="loss, nats a letter",
)

# %% [markdown]
# What to look for when positions were forgotten, or were computed and not used: no error,
# no warning, and a loss that comes down and stops at the entropy of a bag.
#
# Now to the schemes, one after the other.

# %% [markdown]
# ## Learned positions
#
# The simplest idea: a table with a vector for each place, learned like the word vectors,
# and added to them. GPT-2 does that.

# %%
import textwrap

learned = layers.LearnedPositions(max_sequence_length=16)
x32 = x.astype("float32")
added = as_array(learned(x32))
table = as_array(learned.position_embeddings)  # (16, 32)
np.testing.assert_allclose(added, x32 + table[:10], rtol=1e-6)

try:
    layers.LearnedPositions(max_sequence_length=16).build((1, 17, 32))
    raise AssertionError("a place without a vector was taken")
except ValueError as error:
    print(textwrap.fill(str(error), 88))

# %% [markdown]
# Nothing is assumed, and everything must be learned for each place anew. The table ends
# somewhere, and the vectors of places that training never reached are random numbers.
#
# Why *add* and not append? Let $p$ be the vector of the place of a word $x$. A matrix
# applied to the sum, $(x + p) W = x W + p W$, lets the model put content and place into
# different directions if it wants to, and the width stays as it is.

# %% [markdown]
# ## Sinusoidal positions
#
# The first transformer computed its vectors:
#
# $$
# \mathrm{PE}(t, 2i) = \sin (\omega_i t) , \qquad
# \mathrm{PE}(t, 2i + 1) = \cos (\omega_i t) , \qquad
# \omega_i = 10000^{-2i / D} .
# $$
#
# Here $i = 0, 1, \dots, D/2 - 1$ counts the pairs of a sine and a cosine. Think of the
# hands of $D/2$ clocks. The fastest makes a turn in $2\pi$ places, the slowest, if $D$ is
# large, in nearly $2\pi \cdot 10000$. Together they show the time, the fast ones finely
# and the slow ones coarsely, as seconds and hours do. The function at the top of this
# lesson is that formula, and the library's layer adds the same numbers:

# %%
by_layer = as_array(layers.SinusoidalPositions()(np.zeros((1, 64, 32), "float32")))
np.testing.assert_allclose(by_layer[0], sinusoids(np.arange(64), 32), atol=1e-5)

# %% [markdown]
# ### A shift is a rotation
#
# Why waves? Read the pair of a clock as one complex number (the upright $\mathrm i$ is the
# imaginary unit, $\mathrm i^2 = -1$),
# $z_i(t) = \cos(\omega_i t) + \mathrm i \sin(\omega_i t) = e^{\mathrm i \omega_i t}$. Then
#
# $$
# z_i(t + k) = e^{\mathrm i \omega_i k} \, z_i(t) .
# $$
#
# To go $k$ places on, turn each hand by the angle $\omega_i k$, *the same for every*
# $t$. A rotation is a linear map. So a matrix that looks "$k$ places back" exists, and a
# query can learn it, once for all places. In numbers:


# %%
def as_hands(vectors):
    """Read `(T, D)` vectors sin, cos, … as complex numbers `(T, D / 2)`."""
    return vectors[:, 1::2] + 1j * vectors[:, 0::2]


places, width, k = np.arange(100), 32, 7
frequencies = 10000.0 ** (-np.arange(0, width, 2) / width)
turn = np.exp(1j * frequencies * k)  # no place t in it
here, there = (as_hands(sinusoids(places + shift, width)) for shift in (0, k))
np.testing.assert_allclose(turn * here, there, rtol=1e-9, atol=1e-12)
print(f"one turn takes place t to place t + {k}, for all {len(places)} places t.")

# %% [markdown]
# It follows that the product of two position vectors depends on their distance alone:
#
# $$
# \mathrm{PE}(t) \cdot \mathrm{PE}(t + k)
#     = \sum_i \bigl( \sin \omega_i t \sin \omega_i (t + k)
#     + \cos \omega_i t \cos \omega_i (t + k) \bigr)
#     = \sum_i \cos (\omega_i k) .
# $$

# %%
encoded = sinusoids(np.arange(200), 128)
products = encoded @ encoded.T  # (t, t')
by_formula = np.cos(np.arange(200)[:, None] * 10000.0 ** (-np.arange(0, 128, 2) / 128))
for k in (0, 1, 10, 50):
    np.testing.assert_allclose(np.diag(products, k), by_formula[k].sum(), rtol=1e-9)
    print(f"distance {k:2d}: the product is {products[0, k]:6.2f}, wherever one stands")

# %% alt="The product of the position vectors over their distance from 0 to 199. It is highest at 0, falls steeply at first and then slowly, in waves."
plots.curves(
    np.arange(200),
    {"$D = 128$": products[0]},
    xlabel="distance $k$",
    ylabel="PE(t) · PE(t + k)",
)

# %% [markdown]
# Near places have like vectors, far ones unlike. But note a "can": in a score the vectors
# stand with contents mixed in and matrices between them,
# $(x_i + p_i) \, W^Q (W^K)^\top (x_j + p_j)^\top$. That the model *can* find distances in
# there does not mean that it must.

# %% [markdown]
# ## Rotary positions
#
# If only the distance is to count, why not build it in? **Rotary** positions leave the
# words as they are and turn the queries and keys instead. Take two numbers of a query as
# a point in the plane and turn it by the angle $\theta t$ where $t$ is its place; do the
# same with the key. A turn by $\theta i$ is the matrix $R_i$, and turning back is
# $R_i^\top = R_{-i}$. Then
#
# $$
# (R_i \, q) \cdot (R_j \, k) = q^\top R_i^\top R_j \, k = q^\top R_{j - i} \, k .
# $$
#
# The two turns have become one, by the difference. A head of width $H$ has $H/2$ such
# points, each with a speed of its own, $\theta_h = 10000^{-2h/H}$, as the clocks had. The
# library pairs number $h$ with number $h + H/2$. As code, with complex numbers:


# %%
def rotate(x, positions):
    """Turn queries or keys `(T, H)` by the angles of their positions `(T,)`."""
    half = x.shape[-1] // 2
    theta = 10000.0 ** (-np.arange(half) / half)
    points = x[..., :half] + 1j * x[..., half:]
    turned = points * np.exp(1j * np.asarray(positions)[:, None] * theta)
    return np.concatenate([turned.real, turned.imag], axis=-1)


rng = np.random.default_rng(SEED)
q, k = rng.normal(size=(2, 16))  # one query and one key, to be tried at many places
queries, keys = np.tile(q, (40, 1)), np.tile(k, (40, 1))
turned = rotate(queries, np.arange(40))
by_layer = layers.RotaryPositions()(queries[None, None].astype("float32"))
np.testing.assert_allclose(as_array(by_layer)[0, 0], turned, rtol=1e-4, atol=1e-5)
np.testing.assert_allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(q))

# %% [markdown]
# The length of a vector does not change, and a word at place 0 is not turned at all. Now
# put the same query at place $i$ and the same key at place $j$:

# %%
rotary_scores = turned @ rotate(keys, np.arange(40)).T  # (i, j)
for i, j in ((2, 0), (12, 10), (39, 37)):
    print(f"query at {i:2d}, key at {j:2d}: score {rotary_scores[i, j]:.6f}")
for offset in range(-39, 40):
    diagonal = np.diag(rotary_scores, offset)
    np.testing.assert_allclose(diagonal, diagonal[0], rtol=1e-9, atol=1e-9)
far = rotate(queries, 5000 + np.arange(40)) @ rotate(keys, 5000 + np.arange(40)).T
np.testing.assert_allclose(far, rotary_scores, rtol=1e-6, atol=1e-8)

# %% alt="A square of 40 by 40 scores for one query and one key placed everywhere. Stripes run along the diagonals: each diagonal has one colour."
plots.image_grid(
    rotary_scores[None],
    diverging=True,
    title="Score of one query (row) with one key (column)",
    figsize=(5.2, 4.6),
)

# %% [markdown]
# Every diagonal has one value: the scores depend on $i - j$ only, and are the same five
# thousand places further on. There are no weights, and values are not turned. In the
# whole layer that means: tell it other places, and as long as the differences are the
# same the result is too.

# %%
set_seed(SEED)
rotary = layers.MultiHeadAttention(num_heads=4, positions="rotary")
usual = as_array(rotary(x32))
moved = as_array(rotary(x32, positions=np.arange(10) + 1000))
np.testing.assert_allclose(moved, usual, atol=1e-3)
stretched = as_array(rotary(x32, positions=np.arange(10) * 3))
print(f"all places + 1000: the result moves by {np.abs(moved - usual).max():.5f}")
print(f"all places times 3: the result moves by {np.abs(stretched - usual).max():.5f}")
assert np.abs(stretched - usual).max() > 0.02

# %% [markdown]
# ## ALiBi
#
# The plainest scheme of all, *attention with linear biases*: subtract from each score
# something that grows with the distance,
#
# $$
# \mathrm{score}(i, j) = \frac{q_i \cdot k_j}{\sqrt H} - m_n \, |i - j| ,
# \qquad m_n = 2^{-8n/N} \quad (n = 1 \dots N) .
# $$
#
# After the softmax that is a factor $e^{-m |i - j|}$. Each head forgets at a speed of its
# own: a steep head reads the last few words, a flat one the whole page. No weights, and
# nothing that must be seen in training first.

# %%
N, T = 4, 12
slopes = 2.0 ** (-8 * np.arange(1, N + 1) / N)
distance = np.abs(np.arange(T)[:, None] - np.arange(T))
bias = -slopes[:, None, None] * distance  # (N, T, T)
by_layer = as_array(layers.AlibiBias(N)(np.arange(T), np.arange(T)))[0]
np.testing.assert_allclose(by_layer, bias, rtol=1e-6)
print("slopes:", slopes)

# %% alt="Two triangles of weights for words that are all alike. In the steep head most weight lies on and near the diagonal; in the flat head each row is even."
alike = np.ones((1, N, T, 16), "float32")  # all words the same: only places differ
_, weights = layers.scaled_dot_product_attention(
    alike, alike, alike, mask=layers.causal_mask(T, T), bias=bias.astype("float32")
)
plots.attention_map(
    as_array(weights)[0, [0, 3]],
    range(T),
    titles=["slope 1/4", "slope 1/256"],
)

# %% [markdown]
# A distance has no sign. Without a causal mask ALiBi cannot tell left from right: on our
# letters it would have found two neighbours and not known which is which. Turn the words
# round, and the results are the same, turned round:

# %%
set_seed(SEED)
alibi = layers.MultiHeadAttention(4, positions="alibi", dtype="float64")
np.testing.assert_allclose(
    as_array(alibi(x[:, ::-1])), as_array(alibi(x))[:, ::-1], rtol=1e-6, atol=1e-8
)

# %% [markdown]
# ## Side by side
#
# | | where it enters | weights | the score depends on | beyond the training length |
# |---|---|---|---|---|
# | learned | added to the words | $T_{\max} \cdot D$ | both places | random vectors, or none |
# | sinusoidal | added to the words | none | both places | vectors never seen |
# | rotary | turns queries and keys | none | the distance | angles never seen |
# | ALiBi | added to the scores | none | the distance | a larger penalty |
#
# $T_{\max}$ is the number of places in the table of learned vectors. The last column is
# what we measure now. Four small language models (lesson 15 tells what a block is) are
# trained on windows of 32 characters of the Python manual and then read windows of 128 of
# a part that they have not seen. All else is equal. The question is not how good they
# are, but what happens to the loss behind place 32.

# %%
corpus = data.load_text()
tokenizer = text.CharacterTokenizer.train(corpus)
ids = np.array(tokenizer.encode(corpus))
cut = int(0.9 * len(ids))
starts = np.arange(cut, len(ids) - TESTED_LENGTH - 1, TESTED_LENGTH)
long_windows = ids[starts[:, None] + np.arange(TESTED_LENGTH + 1)]  # (B, T + 1)


def language_model(scheme):
    """Build characters → vectors → two blocks → the next character."""
    inputs = keras.Input((None,), dtype="int32")
    spread = keras.initializers.RandomNormal(stddev=0.2)
    h = keras.layers.Embedding(tokenizer.vocabulary_size, 64, spread)(inputs)
    if scheme == "learned":
        h = layers.LearnedPositions(TESTED_LENGTH)(h)
    elif scheme == "sinusoidal":
        h = layers.SinusoidalPositions()(h)
    inside = scheme if scheme in ("rotary", "alibi") else None
    for _ in range(2):
        h = layers.TransformerBlock(4, 256, positions=inside)(h)
    h = keras.layers.LayerNormalization()(h)
    return keras.Model(inputs, keras.layers.Dense(tokenizer.vocabulary_size)(h))


def train(scheme):
    """Return a model trained on short windows."""
    set_seed(SEED)
    model = language_model(scheme)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    adam = keras.optimizers.Adam(0.003)
    model.compile(adam, loss, steps_per_execution=10)
    batches = text.windows(ids[:cut], TRAINED_LENGTH, stride=16, seed=SEED).repeat()
    model.fit(batches, steps_per_epoch=STEPS, shuffle=False, verbose=0)
    return model


def loss_at_each_place(model):
    """Return the mean loss `(T,)` at each place of the long windows."""
    inputs, targets = long_windows[:, :-1], long_windows[:, 1:]
    losses = []
    for first in range(0, len(inputs), 64):
        z = as_array(model(inputs[first : first + 64])).astype("float64")
        y = targets[first : first + 64, :, None]
        of_target = np.take_along_axis(z, y, axis=-1)[..., 0]
        top = z.max(axis=-1)
        losses.append(np.log(np.exp(z - top[..., None]).sum(-1)) + top - of_target)
    return np.concatenate(losses).mean(axis=0)


by_place = {}
for scheme in ("learned", "sinusoidal", "rotary", "alibi"):
    by_place[scheme] = loss_at_each_place(train(scheme))

# %% alt="Loss over the place in the window, in groups of eight places from 4 to 124, for four schemes. All fall alike up to place 32, the trained length. Beyond it learned and sinusoidal positions jump upwards, rotary rises within another 32 places, and ALiBi stays as low as before."
middles = np.arange(4, TESTED_LENGTH, 8)
grouped = {s: loss.reshape(-1, 8).mean(axis=1) for s, loss in by_place.items()}
figure = plots.curves(
    middles,
    grouped,
    xlabel=f"place in the window (trained on the first {TRAINED_LENGTH})",
    ylabel="loss, nats a character",
)
figure.axes[0].axvline(TRAINED_LENGTH, linewidth=1, linestyle=":", color="gray")
figure

# %%
print("            places 16-31   32-63   64-127")
change = {}
for scheme, loss in by_place.items():
    inside, next_to, far = loss[16:32].mean(), loss[32:64].mean(), loss[64:].mean()
    change[scheme] = far - inside
    print(f"{scheme:11s} {inside:12.2f} {next_to:7.2f} {far:8.2f}")
assert abs(change["alibi"]) < 0.2
assert min(change[s] for s in ("learned", "sinusoidal", "rotary")) > 0.25

# %% [markdown]
# Within the trained length the loss falls from place to place, since there is more and
# more to look back at. Behind it they part, and each in its way. On other seeds and
# machines the numbers move, by a few tenths where a scheme fails; that ALiBi holds (within
# 0.2) and that the three others get worse by more than 0.25 does not change.
#
# - **Learned** vectors: we gave the table 128 of them, and those behind the trained length
#   are what they were at the start: random.
# - **Sinusoidal** vectors exist for every place, but the model has never seen these.
#   Defined is not the same as understood.
# - **Rotary** scores depend on distances, and right behind the end most distances are
#   known: the loss does not jump, it climbs. At place 100 there are distances up to 100,
#   whose angles are new.
# - **ALiBi** has learned to rely on what is near and goes on doing so. It does not *use*
#   the longer text, either: its loss stays, it does not fall.
#
# So a model should be trained on texts as long as those it is to read. Most recent models
# use rotary positions and stretch them afterwards: they are trained a little more, on
# longer texts and with slower turns, so that the angles at large distances come back into
# the range that is known.

# %% [markdown]
# ## Going wrong on purpose: padding on the left
#
# Sentences in a batch are filled up, and for writing they are filled up on the *left*, so
# that all end at the same place. The padding mask of lesson 13 hides the padding. But it
# does not tell the words that they have moved:

# %%
set_seed(SEED)
places_of_its_own = layers.LearnedPositions(16)
places_of_its_own.build((None, None, 32))
places_of_its_own.set_weights([rng.normal(size=(16, 32))])
attention = layers.MultiHeadAttention(4, causal=True)
real = np.arange(14)[None] >= 4  # four times padding, then the ten words
padded = np.concatenate([np.zeros((1, 4, 32)), x], axis=1).astype("float32")

alone = as_array(attention(places_of_its_own(x32)))
masked = attention(places_of_its_own(padded), padding_mask=real)
counted = places_of_its_own(padded, positions=np.maximum(np.arange(14) - 4, 0))
counted = attention(counted, padding_mask=real)
for name, result in (("only masked", masked), ("counted anew", counted)):
    change_of_words = np.abs(as_array(result)[:, 4:] - alone).max()
    print(f"{name:13s}the words change by up to {change_of_words:.5f}")
    assert (change_of_words < 1e-4) == (name == "counted anew")

# %% [markdown]
# The mask was right and the answer wrong: the first word stood at place 4. Positions must
# count from the first real word. The library's models do so by themselves; whoever
# writes a model has to remember it. With rotary positions nothing would have happened,
# for distances do not change when all words move:

# %%
layer = layers.MultiHeadAttention(4, causal=True, positions="rotary")
alone = as_array(layer(x32))
shifted = as_array(layer(padded, padding_mask=real))[:, 4:]
np.testing.assert_allclose(shifted, alone, atol=1e-4)

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports, constants and functions
# of the first cell are there when it runs, so write each answer to stand on its own.
#
# ### Exercise 1: What a bag still knows
#
# A text has $c_1$ tokens of the first kind, $c_2$ of the second, and so on, in random
# order. A model without positions, which sees the whole bag, is asked which token stands
# *first*. *Derive* the smallest mean loss it can reach, in nats, from the counts. Some
# counts may be zero.
#
# <details><summary>Hint</summary>
#
# Each of the $\sum_v c_v$ tokens stands first equally often. So the truth is a
# distribution, the best answer is that distribution, and the mean loss is its entropy
# (lesson 04). A count of zero contributes nothing.
#
# </details>


# %% exercise="loss-of-a-bag"
def smallest_loss(counts):
    """Return the least mean loss in nats for naming the first token of a bag."""
    ### BEGIN SOLUTION
    p = counts[counts > 0] / counts.sum()
    return -(p * np.log(p)).sum()
    ### END SOLUTION


# %% check="loss-of-a-bag"
rng = np.random.default_rng()
counts = rng.permutation([0, 1, 2, *rng.integers(3, 7, size=2)])
bag = np.repeat(np.arange(5), counts)
share = np.bincount(bag, minlength=5) / len(bag)
right = -np.log(share[bag]).mean()  # every token of the bag stands first equally often
expect(
    smallest_loss(counts.copy()),
    right,
    call=f"smallest_loss({counts})",
    mistakes=[
        (right / np.log(2), "That is in bits: take the natural logarithm."),
        (-right, "The loss is positive: a minus sign is missing."),
        (np.log(5), "The kinds are not equally frequent: use the counts."),
        (np.log(4), "The kinds are not equally frequent: use the counts."),
        (-np.log(share.max()), "That is the loss for the most frequent kind alone."),
        (1 - share.max(), "That is the share of errors: the loss is an entropy."),
        (np.log(len(bag)), "Tokens of one kind count together: p = c / Σ c."),
        (
            -np.log(share[share > 0]).mean(),
            "Weigh each kind by its share: −Σ p ln p.",
        ),
        (right * len(bag), "Divide the counts by their sum, everywhere."),
        (np.nan, "Leave out counts of zero: 0 ln 0 counts as 0."),
    ],
)
counts = np.ones(LETTERS, int)
np.testing.assert_allclose(smallest_loss(counts), np.log(LETTERS))
print("Exercise 1: right. With one token of each kind it is ln 8.")

# %% [markdown]
# ### Exercise 2: The shift as a matrix
#
# Write the matrix $R_k$ `(D, D)` with $\mathrm{PE}(t + k) = \mathrm{PE}(t) \, R_k$ for
# every $t$, where $\mathrm{PE}(t)$ is a row, in the order $\sin, \cos, \sin, \cos$ of this
# lesson. The check tries it at places that you do not know. *Predict* before you run it:
# what is $R_k R_k^\top$?
#
# <details><summary>Hint</summary>
#
# $\sin(a + b) = \sin a \cos b + \cos a \sin b$ and
# $\cos(a + b) = \cos a \cos b - \sin a \sin b$, with $a = \omega_i t$ and $b = \omega_i k$.
# For each $i$ that gives four numbers, in rows and columns $2i$ and $2i + 1$; all others
# are zero. The row of a number says where it comes from, the column where it goes.
#
# </details>


# %% exercise="shift-matrix"
def shift_matrix(k, width):
    """Return R (D, D) with PE(t + k) = PE(t) R for every t."""
    ### BEGIN SOLUTION
    result = np.zeros((width, width))
    for i in range(0, width, 2):
        angle = k * 10000.0 ** (-i / width)
        cosine, sine = np.cos(angle), np.sin(angle)
        result[i : i + 2, i : i + 2] = [[cosine, -sine], [sine, cosine]]
    return result
    ### END SOLUTION


# %% check="shift-matrix"
rng = np.random.default_rng()
k, width = int(rng.integers(2, 6)), 6


def blocks(frequencies, sign=1):
    result = np.zeros((width, width))
    for i, omega in enumerate(frequencies):
        block = slice(2 * i, 2 * i + 2)
        c, s = np.cos(k * omega), sign * np.sin(k * omega)
        result[block, block] = [[c, -s], [s, c]]
    return result


omega = 10000.0 ** (-np.arange(0, width, 2) / width)
right = blocks(omega)
places = rng.integers(0, 1000, size=9)
now, then = sinusoids(places, width), sinusoids(places + k, width)
np.testing.assert_allclose(now @ right, then, atol=1e-9)
halves = np.zeros((width, width))  # sines first, then cosines
halves[:3, :3] = halves[3:, 3:] = np.diag(np.cos(k * omega))
halves[3:, :3], halves[:3, 3:] = np.diag(np.sin(k * omega)), -np.diag(np.sin(k * omega))
expect(
    shift_matrix(k, width),
    right,
    call=f"shift_matrix({k}, {width})",
    mistakes=[
        (right.T, "That goes k places back: exchange the signs of the two sines."),
        (blocks(np.arange(1, 4) * 0 + 1.0), "Each pair turns at its own speed ω."),
        (
            blocks(10000.0 ** (-np.arange(3) / width)),
            "The frequency is 10000 to the power −2i / D: a 2 is missing.",
        ),
        (blocks(1 / omega), "The exponent of 10000 is negative."),
        (halves, "Sine and cosine of one frequency stand side by side."),
        (np.abs(right), "One of the two sines has a minus sign."),
    ],
    rtol=1e-6,
    atol=1e-9,
)
np.testing.assert_allclose(right @ right.T, np.eye(width), atol=1e-12)
print("Exercise 2: right. R Rᵀ is the identity: a shift changes no length.")

# %% [markdown]
# ### Exercise 3: Rotary positions as in the paper
#
# The paper pairs *neighbours*: the numbers $2h$ and $2h + 1$ of a head form a point, which
# is turned by $t \cdot 10000^{-2h/H}$, from the first number towards the second. Write
# that for $x$ `(T, H)` and positions `(T,)`.
#
# <details><summary>Hint</summary>
#
# `x[:, 0::2]` and `x[:, 1::2]` are the two coordinates, `(T, H / 2)`. The new first
# coordinate is $x_1 \cos - x_2 \sin$, the new second one $x_2 \cos + x_1 \sin$. Put them
# back where they came from: `result[:, 0::2] = …`.
#
# </details>


# %% exercise="rotary-by-neighbours"
def rotate_neighbours(x, positions):
    """Return x (T, H) with neighbours turned by the angles of positions (T,)."""
    ### BEGIN SOLUTION
    width = x.shape[1]
    theta = 10000.0 ** (-np.arange(0, width, 2) / width)
    angles = positions[:, None] * theta
    first, second = x[:, 0::2], x[:, 1::2]
    result = np.empty_like(x)
    result[:, 0::2] = first * np.cos(angles) - second * np.sin(angles)
    result[:, 1::2] = second * np.cos(angles) + first * np.sin(angles)
    return result
    ### END SOLUTION


# %% check="rotary-by-neighbours"
rng = np.random.default_rng()
x, t = rng.normal(size=(4, 6)), rng.permutation(9)[:4] + 1


def turned(points, angles):
    points = points * np.exp(1j * angles)
    return np.stack([points.real, points.imag], axis=-1)


theta = 10000.0 ** (-np.arange(0, 6, 2) / 6)
neighbours, angles = x[:, 0::2] + 1j * x[:, 1::2], t[:, None] * theta
right = turned(neighbours, angles).reshape(4, 6)
split = turned(x[:, :3] + 1j * x[:, 3:], angles)
expect(
    rotate_neighbours(x.copy(), t),
    right,
    call=f"rotate_neighbours(x, {t})",
    mistakes=[
        (
            np.concatenate([split[..., 0], split[..., 1]], axis=1),
            "That pairs h with h + H / 2, as the library does: pair neighbours.",
        ),
        (
            turned(neighbours, -angles).reshape(4, 6),
            "That turns the other way: check the two signs of the sine.",
        ),
        (
            turned(neighbours, t[:, None] * 10000.0 ** (-np.arange(3) / 6)).reshape(
                4, 6
            ),
            "The speed is 10000 to the power −2h / H: a 2 is missing.",
        ),
        (
            turned(neighbours, np.arange(4)[:, None] * theta).reshape(4, 6),
            "Use the positions that are given, not 0, 1, 2, …",
        ),
        (
            turned(neighbours, t[:, None] * np.ones(3)).reshape(4, 6),
            "Each pair has a speed of its own.",
        ),
        (
            np.concatenate(np.moveaxis(turned(neighbours, angles), -1, 0), axis=1),
            "The values are right: put each coordinate back in its column.",
        ),
    ],
    rtol=1e-6,
)
again = rotate_neighbours(x.copy(), t + 50) @ rotate_neighbours(x.copy(), t + 50).T
np.testing.assert_allclose(again, right @ right.T, rtol=1e-6, atol=1e-8)
print("Exercise 3: right. Both pairings see distances only; weights do not carry over.")

# %% [markdown]
# ### Exercise 4: How far does a head of ALiBi see?
#
# Let all words be alike, the past endless, and the mask causal. A head with slope $m$
# gives the word at distance $d = 0, 1, 2, \dots$ a weight proportional to $e^{-m d}$.
# *Derive* the mean distance at which it looks, $\sum_d \alpha_d \, d$, without a sum. The
# check adds up a very long past.
#
# <details><summary>Hint</summary>
#
# With $r = e^{-m}$ the weights are $\alpha_d = (1 - r) \, r^d$, since
# $\sum_d r^d = 1 / (1 - r)$. Differentiate that sum by $r$ to find
# $\sum_d d \, r^{d - 1} = 1 / (1 - r)^2$.
#
# </details>


# %% exercise="reach-of-alibi"
def mean_distance(slope):
    """Return the mean distance at which a head with this slope looks."""
    ### BEGIN SOLUTION
    return 1 / (np.exp(slope) - 1)
    ### END SOLUTION


# %% check="reach-of-alibi"
rng = np.random.default_rng()
slope = rng.uniform(0.1, 0.6)
d = np.arange(5000)
weights = np.exp(-slope * d)
right = (weights * d).sum() / weights.sum()
r = np.exp(-slope)
expect(
    mean_distance(slope),
    right,
    call=f"mean_distance({slope:.4f})",
    mistakes=[
        (1 / slope, "That holds for a continuous distance: here d is 0, 1, 2, …"),
        (1 / (1 - r), "That counts from d = 1, or is the sum of e^(−m d)."),
        (r / (1 - r) ** 2, "Divide by the sum of the weights: they must sum to one."),
        (1 / (1 - r) ** 2, "One factor r is left over, and the weights sum to one."),
        (np.log(2) / slope, "That is the distance at which the weight has halved."),
        ((1 - r) / r, "That is turned upside down."),
        (r, "That is the ratio of two neighbouring weights."),
    ],
    rtol=1e-6,
)
print("Exercise 4: right. A slope of 1/256 looks about 255 words back.")

# %% [markdown]
# ## What you have learnt
#
# - Attention is permutation-equivariant: without positions it sees a bag. On a task about
#   order such a model stops at the entropy that the bag leaves, whatever its size.
# - Learned positions are a table; nothing is known behind its end. Sinusoidal positions
#   are clocks; a shift turns their hands, by an angle that does not depend on the place.
# - Rotary positions turn queries and keys, and $(R_i q) \cdot (R_j k) = q^\top R_{j-i} k$:
#   only the distance counts. ALiBi subtracts the distance itself, at a speed for each head.
# - Behind the trained length learned and sinusoidal positions fail at once and rotary ones
#   little by little; ALiBi holds, without making use of what is far.
# - Padding on the left moves the words: positions must count from the first real one.
#
# **What stays open.** All parts are there now: word vectors, positions and attention. How
# they become a GPT, and how it is trained, is lesson 15, A transformer decoder from
# scratch. What positions have to do with a cache that grows word by word is lesson 17,
# Fast generation.
#
# **Sources.**
#
# - Vaswani et al. (2017), "Attention Is All You Need", section 3.5,
#   <https://arxiv.org/abs/1706.03762>: sinusoids, and the guess that they may reach
#   beyond the trained length.
# - Su et al. (2021), "RoFormer: Enhanced Transformer with Rotary Position Embedding",
#   section 3, <https://arxiv.org/abs/2104.09864>.
# - Press, Smith and Lewis (2022), "Train Short, Test Long: Attention with Linear Biases
#   Enables Input Length Extrapolation", sections 2 and 3,
#   <https://arxiv.org/abs/2108.12409>.
# - Haviv, Ram, Press, Izsak and Levy (2022), "Transformer Language Models without
#   Positional Encodings Still Learn Positional Information",
#   <https://arxiv.org/abs/2203.16634>: what the causal mask gives away.
# - Chen, Wong, Chen and Tian (2023), "Extending Context Window of Large Language Models
#   via Positional Interpolation", <https://arxiv.org/abs/2306.15595>: stretching rotary
#   positions.
# - Radford et al. (2018), "Improving Language Understanding by Generative Pre-Training",
#   section 4.1: learned positions, which GPT-2 kept.
