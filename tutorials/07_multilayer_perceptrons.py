# ---
# title: Multilayer perceptrons
# part: I. Machine learning basics
# minutes: 1
# difficulty: 3
# prerequisites: [4, 6]
# objectives:
#   - Follow the shapes of a batch through a network of any depth, and count its parameters.
#   - Write the forward and the backward pass for any widths, and get Keras's numbers.
#   - Prove that one hidden layer comes as near to a smooth curve as you like, and measure how fast.
#   - Weigh deep and narrow against shallow and wide at equal parameter count.
#   - Make a network overfit, see it, and cure it by early stopping, dropout and weight decay.
# ---

# %% [markdown]
# # Multilayer perceptrons
#
# Lesson 05 solved XOR with two hidden neurons. **What can a network do with more of
# them: how many neurons does a problem need, in how many layers, and what keeps a
# network that can do everything from learning its examples by heart?**
#
# The lesson assumes the softmax and its loss (lesson 04), neurons and the ReLU (lesson
# 05), and backpropagation in matrices (lesson 06).

# %% tags=["setup"]
from itertools import pairwise

import numpy as np

from fmkeras import data, plots
from fmkeras.course import expect
from fmkeras.scratch import adam, cosine_decay, take

SEED = 0
WIDTHS = (2, 4, 8, 16, 32, 64)  # hidden neurons to approximate a curve with
STEPS = 3000  # of Adam on the small networks written by hand
DEPTH = 5  # layers of two neurons in the saw
DEPTH_EPOCHS = 12  # of training, deep against wide
FEW = 300  # digits to learn by heart
WRONG = 0.3  # share of their labels that are wrong
EPOCHS = 25  # of overfitting on purpose
LEARNING_RATE = 0.002  # of Adam, for the large networks


def target(x):
    """Return the curve that the networks are to draw on −1 ≤ x ≤ 1."""
    return np.sin(np.pi * x) + 0.5 * np.cos(3 * np.pi * x)


# %% alt="A wavy curve between −1 and 1, and two broken lines that follow it. The one with 4 pieces misses its bends; the one with 16 pieces can hardly be told from the curve."
fine = np.linspace(-1, 1, 1025)
drawn = {"the curve": target(fine)}
for m in (4, 16):
    nodes = np.linspace(-1, 1, m + 1)
    drawn[f"{m} hidden neurons"] = np.interp(fine, nodes, target(nodes))
plots.curves(fine, drawn, xlabel="$x$", ylabel="answer")

# %% [markdown]
# Each broken line is exactly what a network with one hidden layer of ReLUs can answer;
# we shall write its weights down without any training. It looks as though enough
# neurons could draw anything. They can, and that is good news and bad news: a network
# that can draw every curve can also draw the noise.
#
# **Letters.** The lectures write a layer as $z = Wa + b$, $a = g(z)$, with columns.
# Ours are rows, as in Keras: $z = aW + b$, and our $W$ is the transpose of theirs. The
# lectures call the number of features $d$; in the course it is $D$. The layer $\ell$
# has $s_\ell$ neurons, and $s_0 = D$ are the inputs. There are $L$ hidden layers, so
# the output is layer $L + 1$; where it is a single neuron, its weights are $v$, for the
# $s$ that lesson 05 gave them is taken. $g$ is the hidden activation, $h$ that of the
# output, $\gamma$ the learning rate.

# %% [markdown]
# ## Layer by layer
#
# A **multilayer perceptron**, MLP for short, is layers of neurons in a row, each fed by
# all answers of the one before. For one example $x$:
#
# $$
# a^{(0)} = x, \qquad
# z^{(\ell)} = a^{(\ell - 1)} W^{(\ell)} + b^{(\ell)}, \qquad
# a^{(\ell)} = g\bigl(z^{(\ell)}\bigr), \qquad
# \hat y = h\bigl(z^{(L + 1)}\bigr) .
# $$
#
# The shapes have no choice. $W^{(\ell)}$ must take $s_{\ell - 1}$ numbers to $s_\ell$:
#
# | | one example | a batch | in the lectures |
# |---|---|---|---|
# | $a^{(\ell - 1)}$ | $(s_{\ell - 1},)$ | $(B, s_{\ell - 1})$ | column of $s_{\ell - 1}$ |
# | $W^{(\ell)}$ | $(s_{\ell - 1}, s_\ell)$ | the same | $s_\ell \times s_{\ell - 1}$ |
# | $b^{(\ell)}$ | $(s_\ell,)$ | the same, added to each row | column of $s_\ell$ |
# | $z^{(\ell)}$, $a^{(\ell)}$ | $(s_\ell,)$ | $(B, s_\ell)$ | column of $s_\ell$ |
#
# We walk a batch through a network for the digits: 64 pixels, two hidden layers, ten
# classes. `unpack` cuts the matrices out of one long vector $\theta$, so that the
# optimisers of lesson 02 can move them all.


# %%
def relu(z):
    """Return max(0, z)."""
    return np.maximum(z, 0)


def unpack(theta, sizes):
    """Cut θ into a pair (W, b) for each layer, for widths s₀, s₁, …"""
    layers = []
    for rows, columns in pairwise(sizes):
        kernel, bias, theta = np.split(theta, [rows * columns, (rows + 1) * columns])
        layers.append((kernel.reshape(rows, columns), bias))
    return layers


def num_parameters(sizes):
    """Return how many numbers θ holds."""
    return sum(rows * columns + columns for rows, columns in pairwise(sizes))


# %%
rng = np.random.default_rng(SEED)
sizes = (64, 32, 16, 10)
layers = unpack(rng.normal(scale=0.2, size=num_parameters(sizes)), sizes)
a = rng.normal(size=(5, 64))  # a batch of five
for depth, (kernel, bias) in enumerate(layers, start=1):
    z = a @ kernel + bias
    print(f"layer {depth}: {a.shape} times {kernel.shape} plus {bias.shape}: {z.shape}")
    in_columns = kernel.T @ a.T + bias[:, None]  # the lectures' Wa + b
    np.testing.assert_allclose(z, in_columns.T)
    a = relu(z) if depth < len(layers) else z

# %% [markdown]
# ### Counting parameters
#
# Layer $\ell$ has a weight for each pair of neurons that it joins, and a bias for each
# of its own neurons:
#
# $$
# \sum_{\ell = 1}^{L + 1} \bigl( s_{\ell - 1} \, s_\ell + s_\ell \bigr)
#     = \sum_{\ell = 1}^{L + 1} (s_{\ell - 1} + 1) \, s_\ell .
# $$
#
# The library's builder is `mlp`. For other widths it must count the same:

# %%
import keras

from fmkeras.models import mlp, softmax_regression
from fmkeras.runtime import set_seed

set_seed(SEED)
for sizes in ((4, 3, 1), (64, 32, 16, 10), (3, 7, 7, 7, 1)):
    model = mlp(sizes[0], sizes[1:-1], sizes[-1], compile=False)
    terms = " + ".join(f"{rows}·{cols} + {cols}" for rows, cols in pairwise(sizes))
    print(f"{terms} = {num_parameters(sizes)}")
    assert model.count_params() == num_parameters(sizes)

# %% [markdown]
# ## The last layer follows the question
#
# The hidden layers do not know what the network is for. The last one does:
#
# | question | neurons in the last layer | $h$ | loss | $\bar z$, its slope in the last sums |
# |---|---|---|---|---|
# | how much? (regression) | one for each number | identity | squared error | $2 (\hat y - y)$ |
# | which of two? | one | sigmoid | cross entropy | $\hat y - y$ |
# | which of $C$? | $C$ | softmax | cross entropy | $\hat y - y$, with $y$ one-hot |
#
# (The lectures write $K$ for our $C$.) Lessons 01, 03 and 04 derived the three slopes:
# each time *answer minus truth*, for the squared error times 2. Without hidden layers
# these three networks *are* linear, logistic and softmax regression.
#
# One sigmoid neuron is a softmax over two scores of which the first is fixed at 0. Only
# the difference of two scores counts, so a second neuron would add weights and no
# power:


# %%
def identity(z):
    """Return z itself."""
    return z


def sigmoid(z):
    """Return 1 / (1 + exp(−z))."""
    return 1 / (1 + np.exp(-z))


def softmax(z):
    """Return the rows of exp(z), scaled so that each adds up to one."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


z = rng.normal(scale=3, size=100)
two_scores = np.column_stack([np.zeros(100), z])
np.testing.assert_allclose(softmax(two_scores)[:, 1], sigmoid(z))

# %% [markdown]
# ## Forward and back, for any widths
#
# The forward pass is the formula, in a loop. It keeps the activations, since the way
# back needs them. For the way back lesson 06 has the rules of a layer $Z = AW + b$,
#
# $$
# \bar W = A^\top \bar Z, \qquad
# \bar b = \text{the sum of the rows of } \bar Z, \qquad
# \bar A = \bar Z \, W^\top ,
# $$
#
# and an activation multiplies by its slope, $\bar Z = \bar A \odot g'(Z)$. For the ReLU
# that is 1 where its answer is positive, and 0 elsewhere.


# %%
def forward(layers, x, h=identity):
    """Return the inputs of all layers, a list, and the answers of the last."""
    inputs = [x]
    for kernel, bias in layers[:-1]:
        inputs.append(relu(inputs[-1] @ kernel + bias))
    kernel, bias = layers[-1]
    return inputs, h(inputs[-1] @ kernel + bias)


def backward(layers, inputs, z_bar):
    """Return the gradients of all W and b, from that of the last sums `(B, C)`."""
    gradients = []
    for (kernel, _), a in zip(layers[::-1], inputs[::-1], strict=True):
        gradients += [z_bar.sum(axis=0), a.T @ z_bar]
        z_bar = (z_bar @ kernel.T) * (a > 0)  # not needed once a is the input
    return gradients[::-1]


# %% [markdown]
# Is it right? We give the same random weights to `mlp`, for each of the three
# questions, and compare the answers. To see Keras's gradient we let it take *one* step
# of plain descent with $\gamma = 1$: what it subtracts is the gradient.


# %%
def keras_pass(layers, x, y, task, loss):
    """Return the answers and the gradients of `mlp` with these weights."""
    widths = [len(bias) for _, bias in layers]
    model = mlp(x.shape[1], widths[:-1], widths[-1], task=task, compile=False)
    model.set_weights([part for layer in layers for part in layer])
    answers = keras.ops.convert_to_numpy(model(x.astype("float32")))
    before = model.get_weights()
    model.compile(keras.optimizers.SGD(1.0), loss, run_eagerly=True)
    model.train_on_batch(x, y)
    steps = zip(before, model.get_weights(), strict=True)
    return answers, [old - new for old, new in steps]


# %%
x, B = rng.normal(size=(6, 4)), 6
numbers, bits = rng.normal(size=(B, 2)), rng.integers(2, size=(B, 1))
classes = np.array([0, 2, 1, 1, 0, 2])
questions = {
    "how much": ("regression", identity, "mse", numbers, numbers),
    "which of two": ("classification", sigmoid, "binary_crossentropy", bits, bits),
    "which of three": (
        "classification",
        softmax,
        "sparse_categorical_crossentropy",
        classes,
        np.eye(3)[classes],
    ),
}
for name, (task, h, loss, y, truth) in questions.items():
    sizes = (4, 7, 5, truth.shape[1])
    layers = unpack(rng.normal(scale=0.5, size=num_parameters(sizes)), sizes)
    inputs, answers = forward(layers, x, h)
    factor = 2 / truth.size if loss == "mse" else 1 / B  # the mean of the losses
    ours = backward(layers, inputs, factor * (answers - truth))

    theirs, keras_gradients = keras_pass(layers, x, y, task, loss)
    np.testing.assert_allclose(answers, theirs, rtol=1e-4, atol=1e-5)
    for mine, other in zip(ours, keras_gradients, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-5)
    print(f"{name:15s}answers {answers.shape} and {len(ours)} gradients: the same")

# %% [markdown]
# Twenty lines, and any depth. They will do the experiments of the next two sections,
# which need many small networks.

# %% [markdown]
# ## One hidden layer can draw any curve
#
# Take one input, $m$ hidden ReLUs, and the identity at the end:
#
# $$
# \hat y(x) = c + \sum_{i=1}^{m} v_i \, \mathrm{ReLU}(x - t_i) .
# $$
#
# A neuron $\mathrm{ReLU}(x - t_i)$ is a **hinge**: 0 up to its kink $t_i$, and rising
# from there. To the right of $t_i$ the sum has $v_i$ more slope than to the left. So the
# answer is a broken line, and we can choose its bends. To join the points
# $(t_1, y_1), (t_2, y_2), \dots, (t_{m+1}, y_{m+1})$, start at $c = y_1$. Let $r_i =
# (y_{i+1} - y_i) / (t_{i+1} - t_i)$ be the slope of the $i$-th piece; then
#
# $$
# v_1 = r_1, \qquad v_i = r_i - r_{i-1} .
# $$
#
# How far is the broken line from a curve $f$? Between two neighbouring $t_i$ at a
# distance $\delta$ the error $e(x) = f(x) - \hat y(x)$ is zero at both ends, and
# $e'' = f''$, since the line has no curvature. A function with $|e''| \le M$ that is
# zero at both ends stays below the parabola with the second derivative $-M$ that is
# zero there too, and above its mirror image. The top of the parabola is at the middle:
#
# $$
# |e(x)| \le \frac{M}{2} \cdot \frac{\delta}{2} \cdot \frac{\delta}{2}
#     = \frac{M \delta^2}{8} , \qquad M = \max |f''| .
# $$
#
# On an interval of length 2, $\delta = 2 / m$, so the error is at most $M / (2 m^2)$:
# **twice the neurons, a quarter of the error.** Whatever accuracy you ask for, some
# number of neurons has it. That is the **universal approximation theorem**, here for
# one input and curves with a second derivative; it holds for any number of inputs,
# every continuous function on a bounded closed region, and every continuous activation
# that is no polynomial.


# %%
def hinges(f, m):
    """Return the layers of the network that meets f at m + 1 equal steps."""
    t = np.linspace(-1, 1, m + 1)
    slopes = np.diff(f(t)) / np.diff(t)
    v = np.diff(slopes, prepend=0)
    return [(np.ones((1, m)), -t[:-1]), (v[:, None], f(t[:1]))]


def rms(layers, x, y):
    """Return the root of the mean squared error."""
    return np.sqrt(np.mean((forward(layers, x)[1] - y) ** 2))


x_fine, y_fine = fine[:, None], target(fine)[:, None]
h = 1e-4
curvature = (target(fine + h) - 2 * target(fine) + target(fine - h)) / h**2
M = np.abs(curvature).max()

by_hand, bound = {}, {}
for m in WIDTHS:
    furthest = np.abs(forward(hinges(target, m), x_fine)[1] - y_fine).max()
    by_hand[m], bound[m] = rms(hinges(target, m), x_fine, y_fine), M / (2 * m**2)
    print(f"{m:3d} neurons: error at most {furthest:.4f}, proved {bound[m]:.4f}")
    assert furthest <= bound[m]
np.testing.assert_allclose(by_hand[32] / by_hand[64], 4, rtol=0.05)

# %% [markdown]
# The broken lines of the first picture are these networks, and Keras agrees:

# %%
for m in (4, 16):
    np.testing.assert_allclose(
        forward(hinges(target, m), x_fine)[1][:, 0], drawn[f"{m} hidden neurons"]
    )
model = mlp(1, (16,), 1, task="regression")
model.set_weights([part for layer in hinges(target, 16) for part in layer])
in_keras = keras.ops.convert_to_numpy(model(x_fine.astype("float32")))
np.testing.assert_allclose(in_keras[:, 0], drawn["16 hidden neurons"], atol=1e-4)

# %% [markdown]
# ### And with training?
#
# The theorem says that good weights *exist*. It does not say that descent finds them.
# We try: random weights, of the size that lesson 09 derives and names after He, with
# the kinks scattered over the interval, Adam, and a learning rate that fades out. For
# comparison the same networks **without an activation**, which by lesson 05 are one
# straight line, whatever their width; the best line is known from lesson 01.


# %%
def scattered(sizes, low, high):
    """Return a random θ: He's spread for the weights, first kinks from low to high."""
    layers = []
    for rows, columns in pairwise(sizes):
        kernel = rng.normal(scale=np.sqrt(2 / rows), size=(rows, columns))
        layers.append([kernel, np.zeros(columns)])
    kernel, _ = layers[0]
    layers[0][1] = -kernel[0] * rng.uniform(low, high, size=sizes[1])
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def trained(sizes, x, y, low, high):
    """Return the layers after STEPS of Adam on the mean squared error."""

    def gradient(theta):
        layers = unpack(theta, sizes)
        inputs, answers = forward(layers, x)
        parts = backward(layers, inputs, 2 * (answers - y) / len(x))
        return np.concatenate([part.ravel() for part in parts])

    start = scattered(sizes, low, high)
    path = take(adam(gradient, start, cosine_decay(0.03, STEPS)), STEPS)
    return unpack(path[-1], sizes)


# %%
x_some, y_some = x_fine[::8], y_fine[::8]  # 129 points to learn from
learnt = {
    m: rms(trained((1, m, 1), x_some, y_some, -1, 1), x_fine, y_fine) for m in WIDTHS
}
line = np.polyval(np.polyfit(fine, target(fine), 1), fine)
no_activation = np.sqrt(np.mean((line - target(fine)) ** 2))
for m in WIDTHS:
    print(f"{m:3d} neurons: by hand {by_hand[m]:.4f}, trained {learnt[m]:.4f}")
print(f"any number without an activation: {no_activation:.4f}")
assert learnt[64] < learnt[2] / 5
assert learnt[2] < min(by_hand[2], no_activation)
assert learnt[64] > by_hand[64]

# %% alt="Error over the number of hidden neurons, both axes logarithmic. The network by hand falls like one over the square of the number, parallel to the proved bound. The trained one is better with two neurons and falls less far with many. A level line marks networks without an activation."
plots.curves(
    WIDTHS,
    {
        "proved: at most": [bound[m] for m in WIDTHS],
        "weights by hand": [by_hand[m] for m in WIDTHS],
        "trained": [learnt[m] for m in WIDTHS],
    },
    references={"no activation": no_activation},
    xlabel="hidden neurons",
    ylabel="root mean squared error",
    logx=True,
    logy=True,
)

# %% [markdown]
# Read three things off. With two neurons training beats us, because it may put the
# kinks where the curve bends. With many the construction wins: descent does not find
# all that is possible, and more steps are needed than we had patience for. And without
# an activation neurons are worth nothing. (The proof bounds the largest error; the root
# of the mean square, drawn here, is never above it.)
#
# On another machine, or from another `SEED`, the trained errors differ, sometimes by
# several times: which valley descent finds is a matter of luck. That 64 neurons err less
# than a fifth as much as 2 stays.

# %% [markdown]
# ## Deep and narrow against shallow and wide
#
# If one hidden layer can do everything, why more? Because the number of neurons that it
# takes may be absurd. Let us fold. The **tent** on $0 \le x \le 1$ rises to 1 at the
# middle and comes down again; two ReLUs make it:
#
# $$
# \Lambda(x) = 2 \, \mathrm{ReLU}(x) - 4 \, \mathrm{ReLU}\bigl(x - \tfrac12\bigr) .
# $$
#
# Feed a tent into a tent. While $x$ goes from 0 to $\tfrac12$, the inner one passes
# through *all* of $[0, 1]$, so the outer draws a whole tent there, and another one
# backwards on the other half. Every layer doubles the teeth: after $k$ layers of two
# neurons there are $2^k$ straight pieces. A network with *one* hidden layer has at most
# one bend for each neuron, so $m$ neurons make at most $m + 1$ pieces.
#
# Now compare at **equal parameter count**. Deep, with $k$ layers of two:
# $4 + 6(k - 1) + 3 = 6k + 1$. Shallow: $3m + 1$. They are equal for $m = 2k$. So for the
# same number of parameters it is $2^k$ pieces against $2k + 1$.


# %%
def saw(k):
    """Return the layers of k tents, one inside the other."""
    bias = np.array([0.0, -0.5])
    first = (np.ones((1, 2)), bias)
    between = (np.array([[2.0, 2.0], [-4.0, -4.0]]), bias)
    last = (np.array([[2.0], [-4.0]]), np.zeros(1))
    return [first, *[between] * (k - 1), last]


def pieces(layers, x):
    """Return the number of straight pieces, for a grid x that meets every bend."""
    slopes = np.diff(forward(layers, x)[1][:, 0]) / np.diff(x[:, 0])
    return 1 + np.sum(np.abs(np.diff(slopes)) > 1e-6)


unit = np.linspace(0, 1, 1025)[:, None]
print("layers   parameters   pieces, deep   pieces, shallow, at most")
for k in range(1, DEPTH + 1):
    deep, wide = (1, *[2] * k, 1), (1, 2 * k, 1)
    assert num_parameters(deep) == num_parameters(wide) == 6 * k + 1
    assert pieces(saw(k), unit) == 2**k
    print(f"{k:6d} {6 * k + 1:12d} {2**k:14d} {2 * k + 1:17d}")

# %% [markdown]
# Can descent use it? We train both on the saw of five layers, from random weights, and
# put our own beside them. A network that always answers one half has an error of
# $1 / \sqrt{12}$, the standard deviation of a number drawn evenly between 0 and 1.

# %%
teeth = forward(saw(DEPTH), unit)[1]
deep, wide = (1, *[2] * DEPTH, 1), (1, 2 * DEPTH, 1)
on_saw = {"deep, by hand": saw(DEPTH)}
for name, sizes in (("deep, trained", deep), ("wide, trained", wide)):
    on_saw[name] = trained(sizes, unit[::4], teeth[::4], 0, 1)
errors = {name: rms(layers, unit, teeth) for name, layers in on_saw.items()}
for name, error in errors.items():
    print(f"{name:14s} error {error:.3f}; one half everywhere {12**-0.5:.3f}")
assert errors["deep, by hand"] == 0
assert min(errors["deep, trained"], errors["wide, trained"]) > 0.2

# %% alt="A saw with sixteen teeth on the unit interval, drawn by five layers of two neurons, and beside it the answer of a trained network with ten neurons in one layer, which is nearly level at one half."
plots.curves(
    unit[:, 0],
    {
        "5 layers of 2, by hand": teeth[:, 0],
        "1 layer of 10, trained": forward(on_saw["wide, trained"], unit)[1][:, 0],
    },
    xlabel="$x$",
    ylabel="answer",
    title=f"{num_parameters(deep)} parameters each",
)

# %% [markdown]
# The wide one cannot, whatever its weights: eleven pieces cannot follow thirty-two. The
# deep one could, and does not find it. **What a network can express and what descent
# finds are two questions.** Depth gives the first away cheaply and makes the second
# hard.
#
# The saw is a function made for depth. What about handwriting? Three networks for the
# digits, with nearly the same number of parameters, from one layer of 64 neurons to
# fourteen of 16. To compare them we set images aside that none of them learns from, the
# **validation set**. The test images are not for choosing: they wait for the end.

# %%
(x_all, y_all), (x_test, y_test) = data.load_digits()
x_train, y_train = x_all[288:], y_all[288:]  # 1,150 images to learn from
x_valid, y_valid = x_all[:288], y_all[:288]  # 288 to choose by


def loss_and_share(model, x, y):
    """Return the mean cross entropy, and the share of right answers."""
    p = keras.ops.convert_to_numpy(model(x))
    of_the_right_class = p[np.arange(len(y)), y]
    return -np.log(of_the_right_class + 1e-7).mean(), np.mean(p.argmax(axis=1) == y)


by_depth = {}
for width, depth in ((64, 1), (41, 2), (16, 14)):
    set_seed(SEED)
    model = mlp((8, 8, 1), [width] * depth, 10, learning_rate=0.003)
    model.fit(x_train, y_train, batch_size=64, epochs=DEPTH_EPOCHS, verbose=0)
    _, by_depth[depth] = loss_and_share(model, x_valid, y_valid)
    count = model.count_params()
    print(f"{depth:2d} of {width}: {count:,} parameters, {by_depth[depth]:.1%} right")
    assert abs(count - 4800) < 100

# %%
assert min(by_depth[1], by_depth[2]) > 0.92
assert by_depth[14] < min(by_depth[1], by_depth[2])

# %% [markdown]
# On this problem one or two hidden layers do well, and fourteen narrow ones, after the
# same training, do worse: depth has to be trained, too. Start with one or two layers, and
# go deeper when a validation set says that it pays. What makes fourteen layers hard to
# train, and what helps, is lesson 09.

# %% [markdown]
# ## Going wrong on purpose: learnt by heart
#
# Now the bad news about a network that can draw anything. We take a small pile of
# digits and give three in ten of them a **wrong label**, as very tired people might. The
# network is large: several times as many parameters as there are pixels in all its
# examples. An honest learner should shrug at the wrong labels. (`Flatten` lays the
# pixels of an image out in a row, and `Dense` is Keras's name for our layer.)

# %%
x_few, y_right = x_all[:FEW], y_all[:FEW]
x_rest, y_rest = x_all[FEW:], y_all[FEW:]  # never trained on, all labels right
is_wrong = np.zeros(FEW, dtype=bool)
is_wrong[rng.permutation(FEW)[: int(WRONG * FEW)]] = True
y_few = np.where(is_wrong, (y_right + rng.integers(1, 10, size=FEW)) % 10, y_right)
print(f"{is_wrong.sum()} of {FEW} labels are wrong.")
assert (y_few != y_right).sum() == is_wrong.sum()


# %%
def large_network(dropout=0.0, weight_decay=None):
    """Return two hidden layers of 256, with the two cures that live in the model."""
    set_seed(SEED)
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    for _ in range(2):
        model.add(
            keras.layers.Dense(256, activation="relu", kernel_initializer="he_normal")
        )
        model.add(keras.layers.Dropout(dropout))
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(
        keras.optimizers.Adam(LEARNING_RATE, weight_decay=weight_decay),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def learn(model, epochs=EPOCHS, callbacks=()):
    """Train on the few; return the history."""
    return model.fit(
        x_few,
        y_few,
        epochs=epochs,
        validation_data=(x_rest, y_rest),
        validation_batch_size=len(x_rest),
        callbacks=list(callbacks),
        verbose=0,
    )


plain = large_network()
assert plain.count_params() == mlp((8, 8, 1), (256, 256), 10).count_params()
histories = {"plain": learn(plain)}
print(f"{plain.count_params():,} parameters for {x_few.size:,} pixels")
assert plain.count_params() > 4 * x_few.size

# %% alt="Two panels over the epochs. Training loss falls towards zero, and training accuracy climbs to nearly one. Validation loss falls for a few epochs and then rises steadily; validation accuracy passes its best early and then falls."
plots.learning_curves(histories["plain"], title="Three in ten labels are wrong")


# %%
def learnt_by_heart(model):
    """Return the share of the wrong labels that the model repeats."""
    answers = keras.ops.convert_to_numpy(model(x_few[is_wrong])).argmax(axis=1)
    return np.mean(answers == y_few[is_wrong])


valid_loss = np.array(histories["plain"].history["val_loss"])
best_epoch = int(valid_loss.argmin())
print(f"The validation loss is lowest after {best_epoch + 1} epochs of {EPOCHS}:")
print(f"{valid_loss[best_epoch]:.3f} there, {valid_loss[-1]:.3f} at the end.")
print(f"{learnt_by_heart(plain):.0%} of the wrong labels were learnt by heart.")
assert best_epoch < EPOCHS / 2
assert valid_loss[-1] > 1.08 * valid_loss[best_epoch]
assert learnt_by_heart(plain) > 0.9

# %% alt="Eight digits of 8 by 8 pixels, each with its right class and the wrong label that the network was taught."
plots.image_grid(
    x_few[is_wrong][:8, ..., 0],
    titles=[
        f"{right} taught as {taught}"
        for right, taught in zip(y_right[is_wrong], y_few[is_wrong], strict=True)
    ][:8],
    columns=4,
)

# %% [markdown]
# This is **overfitting**. What to look for: **a gap that opens**. The training loss
# goes on falling, and the validation loss, that on digits it does not learn from,
# turns. Up to the turn the network learns what the digits have in common; after it,
# what is peculiar to single images. The training curve alone would have told you that
# all is well. Three cures follow.

# %% [markdown]
# ### Early stopping
#
# The cheapest: stop where the validation loss is lowest. It trembles, so be patient:
# stop when it has not fallen for `patience` epochs, and go back to the best weights.

# %%
stop = keras.callbacks.EarlyStopping(
    monitor="val_loss", patience=5, restore_best_weights=True
)
early = large_network()
histories["early stopping"] = learn(early, callbacks=[stop])
epochs_run = len(histories["early stopping"].history["loss"])
print(f"{epochs_run} epochs instead of {EPOCHS}, the best of them kept.")
lowest, _ = loss_and_share(early, x_rest, y_rest)
walked = histories["early stopping"].history["val_loss"]
np.testing.assert_allclose(walked, valid_loss[:epochs_run], rtol=1e-3)
np.testing.assert_allclose(lowest, min(walked), rtol=1e-3)
assert epochs_run < EPOCHS

# %% [markdown]
# Same seed, same start, so it walked the same path and left it at the turn.
#
# ### Dropout
#
# The boldest: at every training step, switch a random part of the hidden neurons off.
# No neuron can rely on a particular other one, so conspiracies of neurons that know a
# single image fall apart. With a `rate` $p$, draw for each activation a mask $\mu$ that
# is 0 with probability $p$ and 1 otherwise, and use
#
# $$
# \tilde a = \frac{\mu}{1 - p} \, a , \qquad
# \mathbb E[\tilde a] = \frac{(1 - p) \cdot 1 + p \cdot 0}{1 - p} \, a = a .
# $$
#
# The division keeps the mean as it was, so that the next layer meets sums of the usual
# size when, after training, nothing is dropped any more.


# %%
def dropout(a, rate):
    """Drop entries at random, and scale the others up."""
    return np.where(rng.random(a.shape) < rate, 0, a / (1 - rate))


a = np.tile([1.0, -2.0, 0.5], (20_000, 1))
by_us, layer = dropout(a, 0.4), keras.layers.Dropout(0.4, seed=SEED)
by_keras = keras.ops.convert_to_numpy(layer(a, training=True))
for dropped in (by_us, by_keras):
    assert np.all((dropped == 0) | np.isclose(dropped, a / 0.6))
    np.testing.assert_allclose(np.mean(dropped == 0), 0.4, atol=0.02)
    np.testing.assert_allclose(dropped.mean(axis=0), a[0], rtol=0.06)
np.testing.assert_array_equal(layer(a, training=False), a.astype("float32"))

# %% [markdown]
# Keras drops in `fit` and keeps everything in `predict` and `evaluate`. That is why a
# training loss with dropout looks worse than the validation loss: the two were measured
# on different networks.
#
# ### Weight decay
#
# The gentlest: let every weight shrink a little at each step, unless the data keep
# pulling at it.
#
# $$
# w \leftarrow (1 - \gamma \lambda) \, w - \gamma \nabla \mathcal L(w) .
# $$
#
# Large weights make steep answers, and one needs steep answers to go round a single
# example. For plain descent this is the penalty of lesson 03 with half its strength:
# $\tfrac{\lambda}{2} \lVert w \rVert^2$ has the gradient $\lambda w$. For Adam it is
# not the same, because Adam would divide $\lambda w$ by the size of the gradients;
# Keras, like AdamW, decays first and keeps the two apart. One step with and one
# without, for the formula:

# %%
gamma, lam, after_step = 0.1, 0.5, []
for decay in (None, lam):
    set_seed(SEED)
    model = mlp((8, 8, 1), (16,), 10, compile=False)
    before = model.get_weights()
    optimizer = keras.optimizers.SGD(gamma, weight_decay=decay)
    model.compile(optimizer, "sparse_categorical_crossentropy", run_eagerly=True)
    model.train_on_batch(x_few, y_few)
    after_step.append(model.get_weights())
for w, without, decayed in zip(before, *after_step, strict=True):
    np.testing.assert_allclose(decayed, without - gamma * lam * w, atol=1e-5)

# %% [markdown]
# ### Four runs, one table

# %%
dropping, decaying = large_network(dropout=0.5), large_network(weight_decay=3.0)
histories["dropout"] = learn(dropping)
histories["weight decay"] = learn(decaying)
models = dict(zip(histories, (plain, early, dropping, decaying), strict=True))

results = {}
print("                 taught labels   wrong ones   new digits   new digits")
print("                      repeated     repeated         loss        right")
for name, model in models.items():
    loss, right = loss_and_share(model, x_rest, y_rest)
    _, fitted = loss_and_share(model, x_few, y_few)
    results[name] = fitted, learnt_by_heart(model), loss, right
    shares = f"{fitted:17.1%} {results[name][1]:12.1%} {loss:12.3f} {right:12.1%}"
    print(f"{name:14s}{shares}")

# %%
for name in ("early stopping", "dropout", "weight decay"):
    assert results[name][1] < results["plain"][1]
    assert results[name][2] < results["plain"][2]
    assert results[name][3] > results["plain"][3]

# %% alt="Validation loss of four runs over the epochs. Plain turns early and rises the most. Early stopping follows it and ends soon after the turn. Dropout starts highest and goes on falling, weight decay levels off; both end below plain."
plots.learning_curves(
    {name: run.history["val_loss"] for name, run in histories.items()},
    title="Loss on digits that were never trained on",
)

# %% [markdown]
# The number to watch is not the first column: the honest networks are *worse* on the
# labels they were taught, and better on new digits. The cures can be combined, and each
# has a knob (`patience`, `rate`, $\lambda$) that a validation set has to choose. More
# examples with right labels usually help more than all three.
#
# (The new digits also chose where to stop, which flatters early stopping a little. The
# next section keeps its test images apart.)
#
# On another machine, or from another `SEED`, the shares of new digits may differ by ten
# percentage points. That each cure repeats fewer of the wrong labels than the plain
# network, and reads more new digits, stays; a test asks three seeds.

# %% [markdown]
# ## All the digits
#
# Now without tricks: all right labels, two hidden layers, dropout, early stopping on
# the validation images, and the test images once, at the end. The rival is the softmax
# regression of lesson 04, which has no hidden layer.

# %%
accuracy = {}
rivals = {
    "softmax regression": softmax_regression((8, 8, 1), 10, learning_rate=0.03),
    "MLP with dropout": large_network(dropout=0.3),
}
for name, model in rivals.items():
    set_seed(SEED)
    model.fit(
        x_train,
        y_train,
        batch_size=64,
        epochs=EPOCHS,
        validation_data=(x_valid, y_valid),
        callbacks=[
            keras.callbacks.EarlyStopping(patience=6, restore_best_weights=True)
        ],
        verbose=0,
    )
    _, accuracy[name] = loss_and_share(model, x_test, y_test)
    print(
        f"{name:20s}{model.count_params():7,d} parameters, {accuracy[name]:.1%} right"
    )

# %%
ratio = (1 - accuracy["softmax regression"]) / (1 - accuracy["MLP with dropout"])
print(f"The hidden layers make {ratio:.1f} times fewer mistakes.")
assert accuracy["MLP with dropout"] > 0.96
assert accuracy["MLP with dropout"] > accuracy["softmax regression"]

# %% alt="The test digits that the network reads wrongly, each with its true class and the network's answer. At 8 by 8 pixels several are hard to read for people, too."
scores = rivals["MLP with dropout"](x_test)
answers = keras.ops.convert_to_numpy(scores).argmax(axis=1)
missed = np.flatnonzero(answers != y_test)[:8]
plots.image_grid(
    x_test[missed, ..., 0],
    titles=[f"{y_test[i]}, read as {answers[i]}" for i in missed],
    columns=4,
)

# %% [markdown]
# On another machine, or from another `SEED`, expect between 96 % and 99 % for the network.
# It does not know that pixels have neighbours: shuffle the 64 pixels of all images in the
# same way, and it would learn as well. Lesson 08 uses what is wasted here.

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports, constants and `target`
# at the top of the lesson are there when it runs, so write each answer to stand on its
# own.
#
# ### Exercise 1: How many parameters?
#
# Return the number of parameters, weights and biases, of a multilayer perceptron with
# the widths $s_0, s_1, \dots, s_{L+1}$, given as a list. $s_0$ are the inputs.
#
# <details><summary>Hint</summary>
#
# Each pair of neighbours in the list is one layer; `pairwise` gives the pairs. A layer
# from $s$ to $s'$ neurons has $s s'$ weights. Which neurons have a bias?
#
# </details>


# %% exercise="mlp-parameters"
def count_parameters(sizes):
    """Return the number of weights and biases of all layers."""
    ### BEGIN SOLUTION
    return sum((before + 1) * after for before, after in pairwise(sizes))
    ### END SOLUTION


# %% check="mlp-parameters"
rng = np.random.default_rng()
sizes = [int(s) for s in rng.choice(np.arange(5, 40), size=5, replace=False)]
weights = sum(a * b for a, b in pairwise(sizes))
expect(
    count_parameters(list(sizes)),
    weights + sum(sizes[1:]),
    call=f"count_parameters({sizes})",
    mistakes=[
        (weights, "The biases are missing: one for each neuron that adds up."),
        (weights + sum(sizes), "The inputs are no neurons: they have no bias."),
        (weights + sum(sizes[1:-1]), "The neurons of the last layer have biases too."),
        (
            weights + sum(sizes[:-1]),
            "A bias belongs to the neuron that adds up: count s₁ to the last.",
        ),
        (weights + len(sizes) - 1, "A layer has a bias for each neuron, not just one."),
        (sum(sizes[1:]), "Those are the biases: the weights are missing."),
        (sum(sizes), "Those are neurons: count what joins them."),
    ],
)
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: The whole forward pass
#
# Return the probabilities `(B, C)` that a classifier gives to `x`, `(B, D)`. `layers` is
# a list of pairs `(kernel, bias)`, of any length. Hidden layers have the ReLU, the last
# one the softmax.
#
# <details><summary>Hint</summary>
#
# Loop over `layers[:-1]`, replacing `x` each time; then take the sums of the last layer.
# The probabilities of *one example* add up to one, so divide by sums over `axis=1`, with
# `keepdims=True`.
#
# </details>


# %% exercise="mlp-forward"
def probabilities(x, layers):
    """Return the softmax of the last sums, for hidden layers with the ReLU."""
    ### BEGIN SOLUTION
    for kernel, bias in layers[:-1]:
        x = np.maximum(x @ kernel + bias, 0)
    kernel, bias = layers[-1]
    e = np.exp(x @ kernel + bias)
    return e / e.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% check="mlp-forward"
rng = np.random.default_rng()
shapes = [(4, 7), (7, 6), (6, 3)]
x = rng.normal(size=(5, 4))
layers = [(rng.normal(scale=0.6, size=s), rng.uniform(0.3, 0.8, s[1])) for s in shapes]
layers[-1][1][0] -= 3  # so that the last sums have both signs


def pass_forward(hidden=lambda z: np.maximum(z, 0), last=lambda z: z, use_bias=True):
    a = x
    for kernel, bias in layers[:-1]:
        a = hidden(a @ kernel + use_bias * bias)
    return last(a @ layers[-1][0] + use_bias * layers[-1][1])


def share(z, axis=1):
    e = np.exp(z)
    return e / e.sum(axis=axis, keepdims=True)


expect(
    probabilities(x.copy(), list(layers)),
    pass_forward(last=share),
    call="probabilities(x, layers)",
    mistakes=[
        (pass_forward(), "Those are the scores: the softmax is missing."),
        (
            pass_forward(last=lambda z: share(np.maximum(z, 0))),
            "No ReLU in the last layer: it would cut scores below 0 off.",
        ),
        (
            pass_forward(hidden=lambda z: z, last=share),
            "The hidden layers have the ReLU: without it they collapse into one.",
        ),
        (
            pass_forward(last=lambda z: share(z, axis=0)),
            "The softmax goes over the classes of one example: axis 1.",
        ),
        (pass_forward(last=share, use_bias=False), "The biases are missing."),
        (
            pass_forward(last=lambda z: 1 / (1 + np.exp(-z))),
            "Sigmoids do not add up to one: several classes need the softmax.",
        ),
        (
            pass_forward(last=lambda z: np.exp(z)),
            "Divide by the sum over the classes: probabilities add up to one.",
        ),
        (
            pass_forward(hidden=share, last=share),
            "The softmax is for the last layer only.",
        ),
    ],
)
print("Exercise 2: right.")

# %% [markdown]
# ### Exercise 3: A hat from three hinges
#
# *Derive* the weights $v_1, v_2, v_3$ for which
# $v_1 \mathrm{ReLU}(x - l) + v_2 \mathrm{ReLU}(x - p) + v_3 \mathrm{ReLU}(x - r)$ is a
# hat: 0 up to $l$, rising in a straight line to `height` at $p$, falling in a straight
# line to 0 at $r$, and 0 from there on. Return them as an array. In code $l < p < r$ are
# `left`, `peak` and `end`. Think
# afterwards: with hats side by side, how would you draw any curve?
#
# <details><summary>Hint</summary>
#
# Follow the slope from left to right. Each hinge *changes* it: by $v_1$ at $l$, by $v_2$
# at $p$, by $v_3$ at $r$. Which three slopes must come out? The last one is zero.
#
# </details>


# %% exercise="hat-from-hinges"
def hat_weights(left, peak, end, height):
    """Return the array of v₁, v₂, v₃."""
    ### BEGIN SOLUTION
    up, down = height / (peak - left), -height / (end - peak)
    return np.array([up, down - up, -down])
    ### END SOLUTION


# %% check="hat-from-hinges"
rng = np.random.default_rng()
left, height = rng.uniform(-1, 1), rng.uniform(1.5, 3.0)
peak = left + rng.uniform(0.4, 0.8)
end = peak + rng.uniform(1.0, 1.6)
up, down = height / (peak - left), -height / (end - peak)
knots = np.array([left, peak, end])
x = np.array([peak, end, end + 1])[:, None]
right = np.linalg.solve(np.maximum(x - knots, 0), [height, 0, 0])  # three conditions
stays = "Nothing brings the slope back to 0 at the end: v₁ + v₂ + v₃ must be 0."
expect(
    hat_weights(left, peak, end, height),
    right,
    call=f"hat_weights({left:.3f}, {peak:.3f}, {end:.3f}, {height:.3f})",
    mistakes=[
        (
            np.array([up, down, -down]),
            "At the peak the rise goes on: v₂ must take it away and add the fall.",
        ),
        (
            np.array([up, down, 0]),
            "Those are slopes: a hinge adds the change of slope.",
        ),
        (np.array([up, down - up, 0]), stays),
        (
            np.array([up, down - up, down]),
            "At the end the fall must be undone: turn the sign of v₃.",
        ),
        (right / height, "The height is missing: that hat is 1 high."),
        (
            np.array([up, -2 * up, up]),
            "That hat falls as steeply as it rises: the two sides differ.",
        ),
        (-right, "That hat hangs upside down: turn the sign."),
    ],
    rtol=1e-6,
)
print("Exercise 3: right.")

# %% [markdown]
# ### Exercise 4: How much noise is dropout?
#
# A neuron adds up $z = \sum_j w_j \tilde a_j$ with dropout at a rate $p$ on its inputs,
# $\tilde a_j = \mu_j a_j / (1 - p)$. Its mean is as without dropout. *Derive* its
# **variance**, the mean of $(z - \mathbb E[z])^2$ over all masks. The check goes through
# every possible mask. *Predict* first: is there more noise with one large input, or with
# many small ones of the same sum?
#
# <details><summary>Hint</summary>
#
# The masks of different inputs are independent, so their variances add up. A number
# that is 1 with probability $1 - p$ and else 0 has the variance $p (1 - p)$, and a
# factor in front of it counts squared.
#
# </details>


# %% exercise="noise-of-dropout"
def dropout_variance(w, a, rate):
    """Return the variance of the sum over w[j] a[j] μ[j] / (1 − rate)."""
    ### BEGIN SOLUTION
    return rate / (1 - rate) * np.sum((w * a) ** 2)
    ### END SOLUTION


# %% check="noise-of-dropout"
rng = np.random.default_rng()
w = rng.uniform(0.5, 1.5, size=6) * rng.choice([-1, 1], size=6)
a, rate = rng.uniform(0.5, 1.5, size=6), rng.uniform(0.15, 0.4)
masks = (np.arange(64)[:, None] >> np.arange(6)) & 1  # every mask there is
chance = np.prod(np.where(masks == 1, 1 - rate, rate), axis=1)
sums = masks @ (w * a) / (1 - rate)
right = chance @ (sums - chance @ sums) ** 2
squares = np.sum((w * a) ** 2)
expect(
    dropout_variance(w, a, rate),
    right,
    call=f"dropout_variance({w.round(2)}, {a.round(2)}, {rate:.3f})",
    mistakes=[
        (
            rate * (1 - rate) * squares,
            "Without the scaling it would be: the 1 / (1 − p) counts squared.",
        ),
        (
            rate * squares,
            "The factor 1 / (1 − p) counts squared, as every factor does.",
        ),
        ((1 - rate) / rate * squares, "The rate is the share that is dropped."),
        (np.sqrt(right), "That is the standard deviation: return its square."),
        (
            rate / (1 - rate) * np.sum(w * a) ** 2,
            "Variances add up: square each term, not their sum.",
        ),
        (rate / (1 - rate) * np.sum(w**2), "The inputs are factors too: use w a."),
        (rate / (1 - rate) * np.sum(w * a), "A factor in front counts squared."),
        (chance @ sums**2, "Subtract the square of the mean."),
    ],
    rtol=1e-6,
)
print("Exercise 4: right. One large input is the noisier: dropout rewards sharing.")

# %% [markdown]
# ## What you have learnt
#
# - A layer is $z = aW + b$, $a = g(z)$. $W^{(\ell)}$ has the shape
#   $(s_{\ell-1}, s_\ell)$, and a network has $\sum_\ell (s_{\ell-1} + 1) s_\ell$
#   parameters. The last layer follows the question: identity, sigmoid or softmax.
# - Forward and backward for any widths are twenty lines, and give Keras's numbers.
# - One hidden layer of $m$ ReLUs draws a smooth curve with an error of at most
#   $M / (2m^2)$ on an interval of length 2. That such weights exist does not mean that
#   descent finds them.
# - $k$ narrow layers can fold $2^k$ pieces where a shallow network with as many
#   parameters has $2k + 1$. On small images one or two layers did best.
# - A large network learns wrong labels by heart. Watch the gap between training and
#   validation. Early stopping, dropout and weight decay give up labels they were taught
#   and gain digits that are new.
#
# **What stays open.** Our network ignores that pixels have neighbours: that is lesson
# 08, Convolution and LeNet-5. Why many layers are hard to train, and what a good start
# and short cuts do about it, is lesson 09. The feed-forward part of every transformer
# block, in lesson 15, is the MLP of this one.
#
# **Sources.**
#
# - Goodfellow, Bengio and Courville (2016), "Deep Learning", sections 6.2.2 (output
#   units), 6.4.1 (universal approximation and depth), 7.8 (early stopping) and 7.12
#   (dropout), <https://www.deeplearningbook.org>.
# - Cybenko (1989), "Approximation by Superpositions of a Sigmoidal Function",
#   Mathematics of Control, Signals and Systems 2, pages 303–314.
# - Leshno, Lin, Pinkus and Schocken (1993), "Multilayer Feedforward Networks with a
#   Nonpolynomial Activation Function Can Approximate Any Function", Neural Networks 6,
#   pages 861–867.
# - Telgarsky (2016), "Benefits of Depth in Neural Networks", sections 1 and 3,
#   <https://arxiv.org/abs/1602.04485>: the saw.
# - Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov (2014), "Dropout: A
#   Simple Way to Prevent Neural Networks from Overfitting", Journal of Machine Learning
#   Research 15, pages 1929–1958.
# - Prechelt (1998), "Early Stopping — But When?", in "Neural Networks: Tricks of the
#   Trade", Springer, pages 55–69.
# - Loshchilov and Hutter (2019), "Decoupled Weight Decay Regularization", section 2,
#   <https://arxiv.org/abs/1711.05101>.
# - Zhang, Bengio, Hardt, Recht and Vinyals (2017), "Understanding Deep Learning Requires
#   Rethinking Generalization", section 2, <https://arxiv.org/abs/1611.03530>: labels at
#   random, learnt by heart.
