# ---
# title: Recurrent networks and seq2seq
# part: II. From words to GPT-2
# minutes: 1
# difficulty: 3
# prerequisites: [7, 11]
# objectives:
#   - Unroll a recurrence by hand, and get the numbers of Keras.
#   - Derive back-propagation through time, and check it by finite differences.
#   - Measure how a gradient vanishes with distance, and say what the gates of LSTM and GRU do about it.
#   - Train a character language model, and judge it against counting.
#   - Turn strings into strings with an encoder, a decoder and attention, and see where it looks.
#   - Count the steps that must wait for each other, the reason why transformers took over.
# ---

# %% [markdown]
# # Recurrent networks and seq2seq
#
# A multilayer perceptron takes a fixed number of features. A text is as long as it
# likes. **How can a network read a text of any length with a fixed number of weights,
# how far back does it remember, and why are language models hardly built that way any
# more?**
#
# The lesson assumes multilayer perceptrons and their backpropagation (lessons 06 and
# 07) and that a token is a learned vector (lesson 11).

# %% tags=["setup"]
import time
from itertools import pairwise

import keras
import numpy as np

from fmkeras import data, models, plots, text
from fmkeras.course import expect
from fmkeras.runtime import set_seed

SEED = 0
STEPS = 40  # over which a trace fades
READ, HELD_OUT = 200_000, 20_000  # characters to train on, and to judge by
LENGTH, BATCH, EPOCHS = 64, 32, 2  # of the character models
WIDTH = 96  # of the recurrent one
LETTERS = "abcdefghij"  # of the strings to reverse
LONGEST, UNSEEN = 8, 10  # in training, and in the test
STRINGS, STRING_EPOCHS = 6400, 5
STRING_WIDTH = 48


def sigmoid(z):
    """Return 1 / (1 + exp(−z))."""
    return 1 / (1 + np.exp(-z))


# %% alt="Three curves on a logarithmic axis over 40 steps. The difference that a first letter makes falls along a straight line, by many powers of ten with weak recurrent weights, by few with stronger ones."
rng = np.random.default_rng(0)
rotation = np.linalg.qr(rng.normal(size=(32, 32)))[0]
letters = 0.3 * rng.normal(size=(STEPS, 32))
traces = {}
for strength in (0.5, 0.8, 1.0):
    one, other = np.tanh(rng.normal(size=(2, 32)))  # after two different first letters
    traces[f"strength {strength}"] = gap = []
    for letter in letters:
        one = np.tanh(letter + strength * one @ rotation)
        other = np.tanh(letter + strength * other @ rotation)
        gap.append(np.linalg.norm(one - other))
plots.curves(
    np.arange(1, STEPS + 1),
    traces,
    xlabel="letters read since",
    ylabel="difference between the two states",
    logy=True,
    title="Two texts that differ in their first letter only",
)

# %% [markdown]
# Two networks that are the same read two texts that are the same but for the first
# letter. Each curve is what is left of that letter in what the network knows. Straight
# lines on a logarithmic axis: memory fades *exponentially*. The *strength* says how
# much of the old state goes into the new one. Most of this lesson is about these lines,
# and about two ways around them: gates, and attention.
#
# **Letters.** $x_t$ is the vector of the token at step $t$, of $E$ numbers, and $h_t$
# the **state** after it, of $D$. $T$ is the length of a sequence, and of the target
# where there are two; $S$ is the length of the source. Recurrent weights are $U$ here;
# other texts write $W_{hh}$, and $W_{xh}$ for our $W$.

# %% [markdown]
# ## A state that is carried along
#
# Read a text letter by letter, and keep a state. Each step makes a new state out of
# the letter and the state before:
#
# $$
# h_t = \tanh(x_t W + h_{t-1} U + b) , \qquad h_0 = 0 .
# $$
#
# The *same* $W$, $U$ and $b$ serve at every step. That is the whole idea, and it is
# three lines of code.


# %%
def rnn(x, w, u, b):
    """Return the states `(T, D)` after each row of x `(T, E)`."""
    h, states = np.zeros_like(b), []
    for row in x:
        h = np.tanh(row @ w + h @ u + b)
        states.append(h)
    return np.array(states)


# %% [markdown]
# Written out for three steps there is no loop, only a network with three layers, whose
# layers share their weights and each get a letter of their own. That is called
# **unrolling**:

# %%
E, D = 3, 4
x = rng.normal(size=(6, E))
W, U, b = rng.normal(size=(E, D)), 0.5 * rng.normal(size=(D, D)), rng.normal(size=D)

h_1 = np.tanh(x[0] @ W + b)
h_2 = np.tanh(x[1] @ W + h_1 @ U + b)
h_3 = np.tanh(x[2] @ W + h_2 @ U + b)
np.testing.assert_allclose(rnn(x, W, U, b)[:3], [h_1, h_2, h_3])

layer = keras.layers.SimpleRNN(D, return_sequences=True)
layer.build((None, None, E))
layer.set_weights([W, U, b])
states = keras.ops.convert_to_numpy(layer(x[None].astype("float32")))[0]
np.testing.assert_allclose(states, rnn(x, W, U, b), rtol=1e-4, atol=1e-5)
print("unrolled, looped and keras.layers.SimpleRNN: the same states")

# %% [markdown]
# The layer has $ED + D^2 + D$ parameters, whether the text has six letters or six
# million.

# %%
assert layer.count_params() == E * D + D**2 + D
longer = np.tile(x, (50, 1)).astype("float32")
print(f"{layer.count_params()} parameters, {len(longer)} steps:", end=" ")
print(tuple(layer(longer[None]).shape))

# %% [markdown]
# ## Back-propagation through time
#
# Unrolled, the recurrence is a deep network, and backpropagation is that of lesson 06.
# Say every state is asked for something, with loss
# $\mathcal L = \tfrac12 \sum_t \lVert h_t - y_t \rVert^2$. Write $z_t$ for the sum
# inside the tanh. The state $h_t$ counts twice: for its own term of the loss, and for
# all later ones through $z_{t+1} = \dots + h_t U + \dots$:
#
# $$
# \frac{\partial \mathcal L}{\partial h_t}
#   = (h_t - y_t) + \frac{\partial \mathcal L}{\partial z_{t+1}} \, U^\top , \qquad
# \frac{\partial \mathcal L}{\partial z_t}
#   = \frac{\partial \mathcal L}{\partial h_t} \odot (1 - h_t^2) .
# $$
#
# So the gradient runs backwards, from $t = T$, where nothing comes later, to 1, as the
# state ran forwards. The weights serve at every step, so each step adds its share:
#
# $$
# \frac{\partial \mathcal L}{\partial W} = \sum_t x_t^\top \frac{\partial \mathcal L}{\partial z_t} , \quad
# \frac{\partial \mathcal L}{\partial U} = \sum_t h_{t-1}^\top \frac{\partial \mathcal L}{\partial z_t} , \quad
# \frac{\partial \mathcal L}{\partial b} = \sum_t \frac{\partial \mathcal L}{\partial z_t} .
# $$


# %%
def through_time(x, y, w, u, b):
    """Return the gradients of ½ Σ ‖h − y‖² by w, u and b."""
    h = rnn(x, w, u, b)
    before = np.vstack([np.zeros(len(u)), h[:-1]])
    slopes = [np.zeros_like(w), np.zeros_like(u), np.zeros_like(b)]
    from_later = np.zeros(len(u))
    for t in reversed(range(len(x))):
        by_z = (h[t] - y[t] + from_later) * (1 - h[t] ** 2)
        slopes[0] += np.outer(x[t], by_z)
        slopes[1] += np.outer(before[t], by_z)
        slopes[2] += by_z
        from_later = by_z @ u.T
    return slopes


# %% [markdown]
# Two judges. **Finite differences**: nudge each weight both ways, and see what the loss
# does. And **Keras**: one step of plain descent with step size 1 moves the weights by
# exactly the gradient. Its mean squared error is $\tfrac{2}{TD}$ of our loss.

# %%
y = rng.uniform(-1, 1, size=(len(x), D))


def loss(*weights):
    """Return ½ Σ ‖h − y‖²."""
    return ((rnn(x, *weights) - y) ** 2).sum() / 2


def by_differences(weights, which, h=1e-6):
    """Return the slope of the loss by each entry of one of the weights."""
    slopes = np.empty_like(weights[which])
    for place in np.ndindex(slopes.shape):
        up, down = [[w.copy() for w in weights] for _ in range(2)]
        up[which][place] += h
        down[which][place] -= h
        slopes[place] = (loss(*up) - loss(*down)) / (2 * h)
    return slopes


# %%
gradients = through_time(x, y, W, U, b)
for which, name in enumerate("WUb"):
    differences = by_differences([W, U, b], which)
    np.testing.assert_allclose(gradients[which], differences, rtol=1e-5, atol=1e-7)
    apart = np.abs(gradients[which] - differences).max()
    print(f"{name}: {differences.size:2d} slopes, largest difference {apart:.0e}")

model = keras.Sequential([keras.Input((None, E)), layer])
model.compile(keras.optimizers.SGD(1.0), "mse")
model.train_on_batch(x[None], y[None])
for old, new, slope in zip([W, U, b], layer.get_weights(), gradients, strict=True):
    np.testing.assert_allclose(old - new, 2 / y.size * slope, rtol=1e-3, atol=1e-5)
print("Keras's step is ours.")

# %% [markdown]
# ## The gradient vanishes with distance
#
# How much does the state at step $t + n$ depend on the state at step $t$? By the chain
# rule, through all steps between:
#
# $$
# \frac{\partial h_{t+n}}{\partial h_t}
#   = \prod_{k=1}^{n} U \, \mathrm{diag}(1 - h_{t+k}^2) .
# $$
#
# ($\mathrm{diag}$ puts numbers on the diagonal of a matrix. Our vectors are rows, so
# the first step stands on the left.) One factor for each step, and each of the same
# matrix $U$. If $U$ stretches no vector by more than $s$, the product stretches none by
# more than $s^n$, for the slope of the tanh is at most 1. For $s < 1$ the gradient
# **vanishes**. For larger $s$ it *may* **explode**, as far as the tanh does not flatten
# it. Measured by the **norm** of the product, which is the most by which it stretches a
# vector, with $U$ equal to $s$ times a rotation:


# %%
def norms_by_distance(strength, letters):
    """Return ‖∂h(t + n) / ∂h(t)‖ for n = 1, 2, … through a simple recurrence."""
    matrix = strength * rotation
    h, product, norms = np.zeros(len(matrix)), np.eye(len(matrix)), []
    for letter in letters:
        h = np.tanh(letter + h @ matrix)
        product = product @ matrix * (1 - h**2)
        norms.append(np.linalg.norm(product, ord=2))
    return np.array(norms)


faint = 0.01 * letters  # so that the tanh stays in its straight part
distances = np.arange(1, STEPS + 1)
reach = {s: norms_by_distance(s, faint) for s in (0.5, 0.9, 1.0, 1.1)}
reach_loud = norms_by_distance(1.0, letters)

# %% alt="The norm of the gradient over the distance, on a logarithmic axis. With strength 0.5 it falls below one in a million million after 40 steps, with 0.9 to about a hundredth, with 1.0 it stays near 1, and with 1.1 it grows. With louder letters, strength 1.0 falls as well."
plots.curves(
    distances,
    {
        **{f"$s = {s}$, faint letters": norms for s, norms in reach.items()},
        "$s = 1.0$, loud letters": reach_loud,
    },
    xlabel="steps between",
    ylabel="norm of the gradient",
    logy=True,
)

# %%
for s, norms in reach.items():
    assert (norms <= s**distances * (1 + 1e-9)).all()
    print(
        f"s = {s}: after {STEPS} steps {norms[-1]:.1e}, and the bound is {s**STEPS:.1e}"
    )
print(f"s = 1.0, loud letters: {reach_loud[-1]:.1e}")
assert reach[0.9][-1] < 0.02
assert reach[1.1][-1] > 10
assert reach_loud[-1] < 0.2 * reach[1.0][-1]

# %% [markdown]
# There is one strength at which nothing fades, and it only works as long as the network
# has little to say: loud letters push the tanh to where it is flat. What to look for in
# training: a network that gets the next letter right and never learns to close a
# bracket.
#
# ### Going wrong on purpose: the gradient explodes
#
# The other side is louder. Take one number as state, without the tanh and without
# letters: it starts from 1, and after $T$ steps $h_T = u^T$, with slope $T u^{T-1}$ by
# $u$. For $T = 50$, and with a step of descent of size 0.01 on $h_T$ from there:

# %%
for u in (0.9, 1.0, 1.1, 1.3):
    slope = 50 * u**49
    clipped = slope * min(1, 1 / abs(slope))
    print(f"u = {u}: slope {slope:12,.1f}; a step leads to {u - 0.01 * slope:12,.1f},")
    print(f"{'':12s}clipped to length 1, to {u - 0.01 * clipped:.2f}")

# %% [markdown]
# From 1.3 a single step lands nearly two hundred thousand away. **Clipping** keeps the
# direction and limits the length, $g \leftarrow g \min(1, c / \lVert g \rVert)$. All
# language models of the library are compiled with it, at $c = 1$. It cures exploding,
# not vanishing: what is zero stays zero.

# %% [markdown]
# ## Gates: LSTM and GRU
#
# The trouble is that the state goes through a matrix and a tanh *at every step*. The
# **long short-term memory** (1997) keeps a second state $c_t$ that does not. It is only
# multiplied by a number between 0 and 1, and added to:
#
# $$
# \begin{aligned}
# i_t, f_t, o_t &= \sigma(x_t W^{i,f,o} + h_{t-1} U^{i,f,o} + b^{i,f,o})
#   &&\text{three gates: in, forget, out} \\
# \tilde c_t &= \tanh(x_t W^c + h_{t-1} U^c + b^c) &&\text{what is new} \\
# c_t &= f_t \odot c_{t-1} + i_t \odot \tilde c_t &&\text{keep some, add some} \\
# h_t &= o_t \odot \tanh(c_t) &&\text{show some}
# \end{aligned}
# $$
#
# The **gated recurrent unit** (2014) does with one state and two gates, $z_t$ and
# $r_t$, which are sigmoids of $x_t$ and $h_{t-1}$ as those above. (This $z_t$ is a
# gate; the sum inside the tanh is done with.) It goes part of the way, $1 - z_t$, from
# the old state to a proposal, which sees as much of the old state as $r_t$ lets
# through:
#
# $$
# h_t = z_t \odot h_{t-1} + (1 - z_t) \odot \tilde h_t , \qquad
# \tilde h_t = \tanh\bigl(x_t W^h + b^h + r_t \odot (h_{t-1} U^h + b'^h)\bigr) .
# $$


# %%
def lstm(x, w, u, b, c=None):
    """Return the states h `(T, D)`, and the last c; gates in Keras's order i, f, c, o."""
    h, states = np.zeros(len(u)), []
    c = np.zeros(len(u)) if c is None else c
    for row in x:
        i, f, new, o = np.split(row @ w + h @ u + b, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(new)
        h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.array(states), c


def gru(x, w, u, b):
    """Return the states `(T, D)`; gates in Keras's order z, r, h, biases `(2, 3 D)`."""
    h, states = np.zeros(len(u)), []
    for row in x:
        of_x, of_h = np.split(row @ w + b[0], 3), np.split(h @ u + b[1], 3)
        z, r = sigmoid(of_x[0] + of_h[0]), sigmoid(of_x[1] + of_h[1])
        h = z * h + (1 - z) * np.tanh(of_x[2] + r * of_h[2])
        states.append(h)
    return np.array(states)


# %%
set_seed(SEED)
for by_hand, kind in ((lambda *a: lstm(*a)[0], "LSTM"), (gru, "GRU")):
    layer = getattr(keras.layers, kind)(D, return_sequences=True)
    layer.build((None, None, E))
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    states = keras.ops.convert_to_numpy(layer(x[None].astype("float32")))[0]
    np.testing.assert_allclose(
        states, by_hand(x, *layer.get_weights()), rtol=1e-4, atol=1e-5
    )
    print(f"keras.layers.{kind}: the same; {layer.count_params()} parameters")

# %% [markdown]
# An LSTM makes four sums where the simple cell makes one and so has four times its
# parameters, a GRU three times (and, in Keras, the second bias, $b'$ above).
#
# Why does it help? Along $c$ the factor of a step is $f_t$, no matrix and no tanh, and
# $f_t$ is *learnt*: the network itself decides what to keep and for how long. A bias
# $\beta$ in the forget gate sets where it begins. With weak inputs $f = \sigma(\beta)$,
# and a trace in $c$ falls as $\sigma(\beta)^n$. Keras begins with $\beta = 1$.

# %%
weights = 0.1 * rng.normal(size=(E, 4 * 32)), 0.01 * rng.normal(size=(32, 4 * 32))
quiet = 0.1 * rng.normal(size=(STEPS, E))
kept = {}
for beta in (1, 3, 5):
    bias = np.repeat([0.0, beta, 0.0, 0.0], 32)
    ends = []
    for nudge in (0.0, 1e-6):
        ends.append(
            [lstm(quiet[:n], *weights, bias, np.full(32, nudge))[1] for n in distances]
        )
    kept[beta] = np.linalg.norm(np.subtract(*ends), axis=1) / (1e-6 * 32**0.5)

# %% alt="What is left in c of a nudge, over the steps since, on a logarithmic axis. With forget bias 1 it falls by more than a hundred thousand times in 40 steps, with 3 to about a sixth, and with 5 it hardly falls."
plots.curves(
    distances,
    {f"forget bias {beta}": values for beta, values in kept.items()},
    xlabel="steps since",
    ylabel="what is left in c",
    logy=True,
)

# %%
for beta, values in kept.items():
    measured, formula = values[-1] ** (1 / STEPS), sigmoid(beta)
    print(
        f"bias {beta}: a step keeps {measured:.3f} of the trace; σ({beta}) = {formula:.3f}"
    )
    assert abs(measured - formula) < 0.02
assert kept[5][-1] > 0.5 > 1e-3 > kept[1][-1]

# %% [markdown]
# Gates do not abolish forgetting. They make its speed something that can be learnt, for
# each number of the state, and letter by letter.

# %% [markdown]
# ## A character language model
#
# A recurrent network that is asked at each step for the next letter is a language
# model. `rnn_language_model` puts an embedding before the recurrence and a softmax
# layer after it. We train a GRU on the Python reference manual, in windows of 64
# letters; each window starts from an empty state.

# %%
manual = data.load_text("python_reference")
training_text, held_out = manual[:READ], manual[-HELD_OUT:]
tokenizer = text.CharacterTokenizer.train(manual)
V = tokenizer.vocabulary_size
ids = np.array(tokenizer.encode(training_text))
held_out_ids = np.array(tokenizer.encode(held_out))
batches = text.windows(ids, LENGTH, BATCH, seed=SEED)
judge = text.windows(held_out_ids, LENGTH, BATCH, shuffle=False)


def trained(model):
    """Train; return the model, the seconds of its last pass, its bits per character."""
    model.fit(batches, epochs=EPOCHS - 1, shuffle=False, verbose=0)  # and compile
    start = time.perf_counter()
    model.fit(batches, shuffle=False, verbose=0)
    seconds = time.perf_counter() - start
    report = model.evaluate(judge, verbose=0, return_dict=True)
    return model, seconds, report["loss"] / np.log(2)


# %%
set_seed(SEED)
recurrent, recurrent_seconds, recurrent_bits = trained(
    models.rnn_language_model(V, WIDTH, cell="gru", learning_rate=0.01)
)

# %% [markdown]
# To know whether a loss is good, compare it with models that are trained by counting:
# all letters alike; each by its frequency; each by how often it followed the letter
# before. In **bits per character**, the loss divided by $\ln 2$:


# %%
single = np.bincount(ids, minlength=V) + 1
pairs = np.zeros((V, V))
np.add.at(pairs, (ids[:-1], ids[1:]), 1)
after = pairs + single / single.sum()
after /= after.sum(axis=1, keepdims=True)
bits = {
    "uniform": np.log2(V),
    "frequency": -np.log2((single / single.sum())[held_out_ids]).mean(),
    "letter before": -np.log2(after[held_out_ids[:-1], held_out_ids[1:]]).mean(),
    "GRU": recurrent_bits,
}
for name, value in bits.items():
    print(f"{name:14s}{value:5.2f} bits per character")
assert bits["GRU"] < bits["letter before"] < bits["frequency"] < bits["uniform"]

# %% [markdown]
# The state is worth having: the GRU knows more than the letter before. (Over three
# seeds its bits stay within 10 % of those above.) It writes, one letter at a time, each
# drawn from its softmax (sampling is lesson 16):

# %%
from fmkeras.generation import Temperature

prompt = tokenizer.encode("The statement ")
ids_written = recurrent.generate(prompt, 120, Temperature(0.6), seed=SEED)
print(tokenizer.decode(ids_written))

# %% [markdown]
# To write the next letter, it needs the last one and its state, and nothing else: $D$
# numbers, however long the text has become. Keep that in mind for the end of the
# lesson, where the other side of the scales is filled.

# %% [markdown]
# ## From one sequence to another
#
# Translation turns a sequence into another of another length. The **encoder–decoder**
# of 2014 is two recurrent networks. One reads the source, in both directions here. The
# other starts from where the first one ended, and writes: it is a language model that
# begins with a memory. In training it is given the *true* target, moved on by one, and
# asked for the next token each time; that is called **teacher forcing**. In use it
# reads what it wrote itself.
#
# The task must have an answer that can be checked: **write the letters backwards**. It
# is hard in the right way, for the first letter to be written was read last, and all
# others must be kept.

# %%
PAD, START, STOP = 0, 1, 2  # ids before those of the letters


def make_strings(rng, count, lengths):
    """Return source ids, target inputs and target ids of strings to reverse."""
    longest = max(lengths)
    source = np.zeros((count, longest), int)
    inputs, targets = np.zeros((2, count, longest + 1), int)
    for row, length in enumerate(rng.choice(lengths, count)):
        word = rng.integers(3, 3 + len(LETTERS), length)
        source[row, :length] = word
        inputs[row, : length + 1] = [START, *word[::-1]]
        targets[row, : length + 1] = [*word[::-1], STOP]
    return source, inputs, targets


def written(ids):
    """Return ids as a string of letters."""
    return "".join(LETTERS[i - 3] for i in ids if i >= 3)


string_rng = np.random.default_rng(SEED)
source, inputs, targets = make_strings(string_rng, STRINGS, range(3, LONGEST + 1))
for row in range(3):
    print(f"{written(source[row]):9s}→ {written(targets[row])}")

# %% [markdown]
# Between the two networks stands a single state of $D$ numbers, through which the whole
# string must pass. Bahdanau, Cho and Bengio proposed in 2014 to let the decoder look
# back: keep *all* states $m_s$ of the encoder, and at each step ask for those that are
# needed now. The decoder's state makes a **query**; its product with each $m_s$ is a
# score (so with Luong in 2015; in Bahdanau's paper a small network makes the scores);
# the softmax turns scores into weights; the weights mix the memory into a **context**
# $c_t$, a letter that no longer means the state of an LSTM:
#
# $$
# \alpha_{ts} = \underset{s}{\mathrm{softmax}} \frac{(h_t W^Q) \cdot m_s}{\sqrt{M}} ,
# \qquad c_t = \sum_s \alpha_{ts} \, m_s .
# $$
#
# $M$ is the length of an $m_s$: $2D$, as the source is read in two directions. From
# $c_t$ and $h_t$ together a small network then makes the scores of the next token. This
# is **attention**, and lesson 13 is about it; there you will see why the scores are
# divided by $\sqrt M$. In NumPy:


# %%
def attend(queries, memory):
    """Return contexts `(T, M)` and weights `(T, S)`."""
    scores = queries @ memory.T / np.sqrt(memory.shape[1])
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return weights @ memory, weights


# %%
from fmkeras.layers import scaled_dot_product_attention

queries, memory = rng.normal(size=(3, 8)), rng.normal(size=(5, 8))
theirs = scaled_dot_product_attention(
    *[a[None, None] for a in (queries, memory, memory)]
)
for ours, of_library in zip(attend(queries, memory), theirs, strict=True):
    np.testing.assert_allclose(ours, of_library[0, 0], rtol=1e-4, atol=1e-6)
print("attention in NumPy and the library's function: the same")

# %% [markdown]
# `models.seq2seq` has a switch for it. We train both ways, on strings of three to eight
# letters. The answer counts only if *every* letter is right: the **exact match**.

# %%
size = 3 + len(LETTERS)
by_attention = {}
for attention in (False, True):
    set_seed(SEED)
    model = models.seq2seq(
        size, size, STRING_WIDTH, attention=attention, learning_rate=0.01
    )
    model.fit((source, inputs), targets, 64, STRING_EPOCHS, verbose=0)
    by_attention[attention] = model


def exact_match(model, length, count=100):
    """Return the share of new strings that come out backwards, letter by letter."""
    source, _, targets = make_strings(np.random.default_rng(99), count, [length])
    outputs = model.generate(source, START, STOP, max_new_tokens=length + 1)
    pairs = zip(outputs, targets, strict=True)
    return np.mean([written(one) == written(other) for one, other in pairs])


# %% alt="The share of strings that are reversed without a fault, by length from 3 to 10. With attention it is near 1 up to length 8, the longest in training, and near 0 beyond. Without attention it falls much earlier."
lengths = np.arange(3, UNSEEN + 1)
score = {
    "one state": [exact_match(by_attention[False], n) for n in lengths],
    "attention": [exact_match(by_attention[True], n) for n in lengths],
}
plots.bars(
    lengths,
    score,
    xlabel=f"letters in the string; in training at most {LONGEST}",
    ylabel="exact match",
)

# %%
seen = lengths <= LONGEST
for name, values in score.items():
    known, new = np.mean(np.array(values)[seen]), np.mean(np.array(values)[~seen])
    print(f"{name:10s}{known:6.1%} at lengths of the training, {new:6.1%} beyond")
with_attention = np.mean(np.array(score["attention"])[seen])
one_state = np.mean(np.array(score["one state"])[seen])
assert with_attention > 0.9
assert with_attention > one_state + 0.1

# %% [markdown]
# Both models read the same strings, as often, with the same seed. The one that may look
# back hardly makes a mistake at the lengths it knows. The other has to press
# the string into one state, and the longer the string the more is lost.
#
# ### Going wrong on purpose: longer than ever before
#
# The last bars are strings longer than any in training. Here attention does not save
# the model either: it has learnt where to look in strings of eight, and never what
# comes after. What to look for: a test score that is perfect because the test looks
# like the training. Longer than in training is a question of its own, and lesson 14
# asks it again.
#
# ### Where it looks
#
# The weights $\alpha_{ts}$ can be drawn: a row for each letter that is written, a
# column for each letter of the source.

# %% alt="A heat map of attention weights. Written letters in the rows, letters of the source in the columns; the strong cells lie along the diagonal that falls from the upper right to the lower left."
word = np.array([[3, 7, 4, 9, 5, 8, 6]])
target_inputs = np.array([[START, *word[0, ::-1]]])
looks = by_attention[True].attention_weights(word, target_inputs)[0]  # (T, S)
rows = [*written(word[0, ::-1]), "stop"]
plots.attention_map(looks, rows, list(written(word[0])))

# %%
backwards = np.arange(word.shape[1])[::-1]
strongest = looks[:-1].argmax(axis=1)
print(f"letter written: 1 to {len(backwards)}; letter looked at: {strongest + 1}")
assert np.abs(strongest - backwards).max() <= 1
np.testing.assert_allclose(looks.sum(axis=1), 1, rtol=1e-5)

# %% [markdown]
# Nobody told it to read backwards. The states of the encoder carry their neighbours
# along, so that a look one letter beside may do as well.
#
# Over three seeds the exact match with attention is at least 90 % at the lengths of the
# training, and always ahead of the single state by ten percentage points or more.

# %% [markdown]
# ## Why transformers replaced it: the wait
#
# Attention was invented to help a recurrent network. Three years later a paper left the
# recurrence out. Why? Look at what has to wait for what.
#
# $h_t$ needs $h_{t-1}$, which needs $h_{t-2}$. The steps of a recurrence cannot be done
# at once, however many processors stand idle. Attention needs *inputs*, not *outputs*,
# of other positions, and these are all there in training. Count it: give every value
# the number of steps that must be finished, one after the other, until it is there: one
# more than the latest of what it is made of. What is given has 0.


# %%
def ready_after(kind, length, num_layers):
    """Return how many steps, one after the other, the last output has to wait for."""
    ready = np.zeros(length, int)  # the inputs are there at the start
    for _ in range(num_layers):
        if kind == "recurrent":
            state = 0
            for t in range(length):
                state = max(state, ready[t]) + 1  # of the state before and the input
                ready[t] = state
        else:
            ready = np.maximum.accumulate(ready) + 1  # of the inputs up to t
    return int(ready[-1])


# %% alt="Sequential steps over the length of the text, for four layers, on logarithmic axes. The recurrent network's line rises with the length; that of attention stays at four."
lengths = np.array([16, 64, 256, 1024, 4096])
waits = {
    kind: [ready_after(kind, n, num_layers=4) for n in lengths]
    for kind in ("recurrent", "attention")
}
np.testing.assert_array_equal(waits["recurrent"], lengths + 4 - 1)
np.testing.assert_array_equal(waits["attention"], 4)
plots.curves(
    lengths,
    waits,
    xlabel="tokens in the text",
    ylabel="steps that wait for each other",
    logx=True,
    logy=True,
    title="Four layers",
)

# %% [markdown]
# $T + L - 1$ against $L$, for $L$ layers: the next layer can follow one step behind,
# but the first one has $T$ steps to go. Training needs the same wait again, backwards.
#
# What does it cost in seconds? One layer of each kind in NumPy, width $D = 256$,
# forwards. The work is counted as multiplications and additions: $4 T D^2$ for the
# recurrence, and for attention $8 T D^2$ for its four matrices and $4 T^2 D$ for scores
# and mixing, which is $2 + T / D$ times as much.


# %% tags=["measured"]
def timed(function, *arguments):
    """Return the least seconds of many calls."""
    seconds = []
    for _ in range(25):
        start = time.perf_counter()
        function(*arguments)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def attention_layer(x, matrices):
    """Return one head of attention over all positions."""
    q, k, v = (x @ matrix for matrix in matrices[:3])
    scores = np.exp(q @ k.T / np.float32(16))
    return (scores / scores.sum(axis=1, keepdims=True)) @ v @ matrices[3]


matrices = (0.05 * rng.normal(size=(4, 256, 256))).astype("float32")
print("tokens   steps   MFLOP  recurrent      MFLOP  attention")
for n in (64, 256, 1024):
    x = rng.normal(size=(n, 256)).astype("float32")
    work = 4 * n * 256**2, 8 * n * 256**2 + 4 * n**2 * 256
    recurrent_time = timed(rnn, x, *matrices[:2], matrices[0, 0])
    attention_time = timed(attention_layer, x, matrices)
    print(f"{n:6d}{n:8d}{work[0] / 1e6:8.1f}{1e3 * recurrent_time:8.2f} ms", end="")
    print(f"{work[1] / 1e6:11.1f}{1e3 * attention_time:8.2f} ms")

# %% [markdown]
# The times are those of the machine that ran the lesson, and of what else it had to do. At
# 1,024 tokens attention does six times as much arithmetic; on two idle cores it took
# about as long, for in a second it gets through several times as many operations. The
# recurrence multiplies one vector at a time by a matrix, and waits. On a graphics card,
# with thousands of units to keep busy, the ratio is far larger. The quadratic term is
# the price, and a long text does pay it.

# %% tags=["measured"]
per_second = work[0] / recurrent_time / 1e9, work[1] / attention_time / 1e9
assert work[1] / work[0] == 2 + 1024 / 256
print(f"billions of operations a second: {per_second[0]:.1f} and {per_second[1]:.1f}")

# %% [markdown]
# ### One task, two solutions
#
# And as whole models? The same text, the same windows, the same number of passes; on
# one side the GRU from above, on the other a decoder of lesson 15 with about as many
# parameters.

# %% tags=["measured"]
set_seed(SEED)
attending, attending_seconds, attending_bits = trained(
    models.transformer_decoder(V, LENGTH, 2, 4, 48, learning_rate=0.01)
)
print("              parameters   waits, a window   s a pass   bits/character")
for name, model, wait, seconds, value in (
    ("GRU", recurrent, LENGTH, recurrent_seconds, recurrent_bits),
    ("attention", attending, 2, attending_seconds, attending_bits),
):
    print(
        f"{name:12s}{model.count_params():12,d}{wait:15d}{seconds:13.1f}{value:15.2f}"
    )
assert abs(attending.count_params() / recurrent.count_params() - 1) < 0.25
assert recurrent_bits < attending_bits < bits["frequency"]

# %% [markdown]
# In a short training of a small model the recurrence is the better *learner*: it is
# given the order of the letters, which attention must find out. With few processors and
# windows of 64 it is not even very slow, for each step keeps them busy. What it cannot
# do is use more processors for a longer text: 64 steps wait for each other here, and
# 1,024 in the windows of GPT-2. Models grew a thousandfold after 2017, and what could
# not be spread out could not grow.
#
# | | recurrent | attention |
# |---|---|---|
# | steps that wait, training | $T$ | 1 a layer |
# | work for $T$ tokens | $O(T D^2)$ | $O(T D^2 + T^2 D)$ |
# | way from token to token | up to $T$ steps | 1 step |
# | memory while writing | one state, $O(D)$ | all keys and values, $O(T D)$ |
# | knows the order | by itself | must be told (lesson 14) |
#
# The fourth row is where recurrence is ahead, and why it keeps coming back.

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports, constants and
# `sigmoid` at the top of the lesson are there when it runs, so write each answer to
# stand on its own.
#
# ### Exercise 1: Parameters of a stack
#
# `num_layers` recurrent layers of width $D$ lie one upon the other; the first reads
# vectors of $E$ numbers, each of the others the states of the one below. Count their
# parameters, for `"simple"` cells, which have one sum, and for `"lstm"` cells, which have
# four.
#
# <details><summary>Hint</summary>
#
# A sum has a matrix for the input, one for the state before, and a bias.
#
# </details>


# %% exercise="recurrent-stack-parameters"
def stack_parameters(input_width, width, num_layers, cell):
    """Return the number of parameters of recurrent layers, one upon the other."""
    ### BEGIN SOLUTION
    sums = {"simple": 1, "lstm": 4}[cell]
    first = (input_width + width + 1) * width
    other = (width + width + 1) * width
    return sums * (first + (num_layers - 1) * other)
    ### END SOLUTION


# %% check="recurrent-stack-parameters"
rng = np.random.default_rng()
for cell, sums in (("simple", 1), ("lstm", 4)):
    E, D = int(rng.integers(21, 25)), int(rng.integers(12, 16))
    L = int(rng.integers(2, 6))
    first, other = (E + D + 1) * D, (2 * D + 1) * D
    expect(
        stack_parameters(E, D, L, cell),
        sums * (first + (L - 1) * other),
        call=f"stack_parameters({E}, {D}, {L}, {cell!r})",
        mistakes=[
            (sums * L * first, "Only the first layer reads E numbers, the others D."),
            (sums * L * other, "The first layer reads E numbers."),
            (
                sums * (E * D + D + (L - 1) * (D * D + D)),
                "The state before has a matrix too, D × D.",
            ),
            (
                sums * ((E + D) * D + (L - 1) * 2 * D * D),
                "Each sum has a bias of D numbers.",
            ),
            (first + (L - 1) * other, "An LSTM makes four such sums."),
            (
                3 * (first + (L - 1) * other),
                "Three is the GRU: an LSTM has three gates and a proposal.",
            ),
            (sums * first, "That is the first layer alone."),
        ],
    )
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: One step of an LSTM
#
# `sums` is $x_t W + h_{t-1} U + b$, an array of $4D$ numbers in Keras's order: in,
# forget, proposal, out. `c` is $c_{t-1}$. Return the pair $(h_t, c_t)$.
#
# <details><summary>Hint</summary>
#
# `np.split(sums, 4)`; the sigmoid for the three gates, tanh for the proposal, and
# another tanh on the way out.
#
# </details>


# %% exercise="lstm-step"
def lstm_step(sums, c):
    """Return the states (h, c) after one step, each `(D,)`."""
    ### BEGIN SOLUTION
    i, f, new, o = np.split(sums, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(new)
    return sigmoid(o) * np.tanh(c), c
    ### END SOLUTION


# %% check="lstm-step"
rng = np.random.default_rng()
D = int(rng.integers(3, 6))
sums, c = rng.normal(size=4 * D), rng.normal(size=D)


def wrong_step(
    order=(0, 1, 2, 3), gate=sigmoid, new_gate=np.tanh, out=np.tanh, parts=None
):
    parts = np.split(sums, 4) if parts is None else parts
    i, f, new, o = (parts[place] for place in order)
    after = gate(f) * c + gate(i) * new_gate(new)
    return gate(o) * out(after), after


h_new, c_new = wrong_step()
expect(
    lstm_step(sums, c),
    (h_new, c_new),
    call=f"lstm_step(sums {sums.shape}, c {c.shape})",
    mistakes=[
        ((c_new, h_new), "First h, then c."),
        (wrong_step((1, 0, 2, 3)), "Keras's order is in, forget, proposal, out."),
        (wrong_step((0, 1, 3, 2)), "Keras's order is in, forget, proposal, out."),
        (
            wrong_step(new_gate=sigmoid),
            "The proposal goes through tanh: it has a sign.",
        ),
        (wrong_step(out=lambda z: z), "On the way out, c goes through tanh."),
        (
            (sigmoid(np.split(sums, 4)[3]) * np.tanh(c), c_new),
            "h shows the new c, not the old one.",
        ),
        (
            wrong_step(parts=np.split(sums, 4), gate=lambda z: z),
            "Gates are between 0 and 1: put them through the sigmoid.",
        ),
        (wrong_step(parts=sums.reshape(D, 4).T), "Each part has D numbers in a row."),
    ],
)
print("Exercise 2: right.")

# %% [markdown]
# ### Exercise 3: A derivative through time
#
# The state is one number: $h_t = \tanh(u h_{t-1} + x_t)$ with $h_0 = 0$. Derive
# $\partial h_T / \partial u$. Note that $h_{t-1}$ depends on $u$ as well. Return its
# value.
#
# <details><summary>Hint</summary>
#
# Differentiate the recurrence: with $s_t = \partial h_t / \partial u$, the chain and
# product rules give $s_t = (1 - h_t^2)(h_{t-1} + u s_{t-1})$, and $s_0 = 0$.
#
# </details>


# %% exercise="derivative-through-time"
def slope_through_time(u, x):
    """Return ∂h_T / ∂u for the inputs x `(T,)`."""
    ### BEGIN SOLUTION
    h = slope = 0.0
    for value in x:
        new = np.tanh(u * h + value)
        slope = (1 - new**2) * (h + u * slope)
        h = new
    return slope
    ### END SOLUTION


# %% check="derivative-through-time"
rng = np.random.default_rng()
u, x = rng.uniform(0.6, 1.4), rng.uniform(0.2, 0.9, size=5) * rng.choice([-1, 1])


def final_state(u):
    h = 0.0
    for value in x:
        h = np.tanh(u * h + value)
    return h


h = [0.0]
for value in x:
    h.append(np.tanh(u * h[-1] + value))
h = np.array(h)
wanted = (final_state(u + 1e-6) - final_state(u - 1e-6)) / 2e-6
flat, no_u, early = 0.0, 0.0, 0.0
for before, after in pairwise(h):
    flat = before + u * flat
    no_u = (1 - after**2) * (before + no_u)
    early = (1 - before**2) * (before + u * early)
expect(
    slope_through_time(u, x),
    wanted,
    call=f"slope_through_time({u:.4f}, {x.round(4).tolist()})",
    mistakes=[
        (
            (1 - h[-1] ** 2) * h[-2],
            "The state before depends on u too: follow it through time.",
        ),
        (
            ((1 - h[1:] ** 2) * h[:-1]).sum(),
            "Each step's share must pass through the steps after it.",
        ),
        (flat, "The slope of the tanh, 1 − h², is missing."),
        (no_u, "On the way through a step, the slope is multiplied by u."),
        (early, "The slope of the tanh is that at the new state."),
        (np.prod(u * (1 - h[1:] ** 2)), "That is ∂h_T / ∂h₀: u is in every step."),
    ],
    rtol=1e-4,
    atol=1e-8,
)
print("Exercise 3: right.")

# %% [markdown]
# ### Exercise 4: Attention over a padded source
#
# `h` is the decoder's state $(D,)$, `memory` the encoder's states $(S, M)$ of a source
# that was filled up to length $S$; only its first `length` states are real. Return the
# context $c$ of length $M$, with $W^Q$ of shape $(D, M)$ and scores divided by
# $\sqrt M$.
#
# <details><summary>Hint</summary>
#
# Cut the memory off after `length` states before you do anything else. Its padding
# must get the weight 0, not the score 0.
#
# </details>


# %% exercise="attention-over-padding"
def context(h, memory, to_query, length):
    """Return the mixture `(M,)` of the real states in the memory."""
    ### BEGIN SOLUTION
    real = memory[:length]
    scores = real @ (h @ to_query) / np.sqrt(memory.shape[1])
    weights = np.exp(scores - scores.max())
    return weights @ real / weights.sum()
    ### END SOLUTION


# %% check="attention-over-padding"
rng = np.random.default_rng()
D, M, S = (int(n) for n in rng.choice(np.arange(3, 9), 3, replace=False))
length = S - int(rng.integers(1, S - 1))
h, memory = rng.uniform(-1, 1, size=D), rng.uniform(-1, 1, size=(S, M))
to_query = rng.uniform(-1, 1, size=(D, M))
memory[length:] += h @ to_query  # what padding holds may look just like an answer
score = memory @ (h @ to_query)


def mixed(scores, upto=length):
    weights = np.exp(scores[:upto] - scores[:upto].max())
    return weights @ memory[:upto] / weights.sum()


padded_zero = np.where(np.arange(S) < length, score, 0.0) / np.sqrt(M)
spilt = np.exp(score / np.sqrt(M))
expect(
    context(h, memory, to_query, length),
    mixed(score / np.sqrt(M)),
    call=f"context(h, memory {memory.shape}, to_query, length={length})",
    mistakes=[
        (mixed(score / np.sqrt(M), S), "The padding gets weight: leave it out."),
        (mixed(padded_zero, S), "A score of 0 is a weight of e⁰: use −∞ for padding."),
        (
            spilt[:length] @ memory[:length] / spilt.sum(),
            "The weights must sum to 1 over the real states.",
        ),
        (mixed(score), "Divide the scores by √M."),
        (mixed(score / M), "Divide by the root of M, not by M."),
        (mixed(score / np.sqrt(D)), "Divide by √M: the products have M terms."),
        (memory[:length].mean(axis=0), "That is a plain mean: weigh the states."),
        (
            memory[score[:length].argmax()],
            "That takes the best state alone: mix them by their softmax.",
        ),
    ],
    rtol=1e-6,
)
print("Exercise 4: right. A mask is not a score of zero.")

# %% [markdown]
# ## What you have learnt
#
# - A recurrence carries a state along, $h_t = \tanh(x_t W + h_{t-1} U + b)$, with the
#   same weights at every step and for texts of any length.
# - Back-propagation through time is backpropagation through the unrolled network; every
#   step adds to the gradient of the shared weights.
# - Over $n$ steps a gradient is a product of $n$ factors. It vanishes, or explodes, and
#   clipping helps against the second only. Gates make the factor something that is
#   learnt.
# - An encoder and a decoder turn one sequence into another. Attention frees them from
#   pressing a text into one state, and its weights can be looked at.
# - A recurrence of $T$ steps waits $T$ times. Attention waits once a layer.
#
# **What stays open.** What the queries and the memory do in detail, and what becomes of
# attention without any recurrence, is lesson 13, Attention. It then does not know the
# order of the letters: lesson 14, Positions. How letters are drawn from a softmax is
# lesson 16, and what attention has to keep while it writes is lesson 17.
#
# **Sources.**
#
# - Elman (1990), "Finding Structure in Time", Cognitive Science 14(2), pages 179–211:
#   the simple recurrent network.
# - Werbos (1990), "Backpropagation Through Time: What It Does and How to Do It",
#   Proceedings of the IEEE 78(10), pages 1550–1560.
# - Bengio, Simard and Frasconi (1994), "Learning Long-Term Dependencies with Gradient
#   Descent is Difficult", IEEE Transactions on Neural Networks 5(2), pages 157–166.
# - Pascanu, Mikolov and Bengio (2013), "On the Difficulty of Training Recurrent Neural
#   Networks", sections 2 and 3, <https://arxiv.org/abs/1211.5063>: both ends, and
#   clipping.
# - Hochreiter and Schmidhuber (1997), "Long Short-Term Memory", Neural Computation 9(8),
#   pages 1735–1780. The forget gate is from Gers, Schmidhuber and Cummins (2000),
#   Neural Computation 12(10).
# - Cho and others (2014), "Learning Phrase Representations using RNN Encoder–Decoder",
#   section 2, <https://arxiv.org/abs/1406.1078>: the GRU, and the encoder–decoder.
# - Sutskever, Vinyals and Le (2014), "Sequence to Sequence Learning with Neural
#   Networks", <https://arxiv.org/abs/1409.3215>.
# - Bahdanau, Cho and Bengio (2015), "Neural Machine Translation by Jointly Learning to
#   Align and Translate", section 3, <https://arxiv.org/abs/1409.0473>; Luong, Pham and
#   Manning (2015), section 3.1, <https://arxiv.org/abs/1508.04025>: our scores.
# - Vaswani and others (2017), "Attention Is All You Need", table 1,
#   <https://arxiv.org/abs/1706.03762>: the sequential operations, counted.
