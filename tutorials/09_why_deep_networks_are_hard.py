# ---
# title: Why deep networks are hard to train
# part: I. Machine learning basics
# minutes: 1
# difficulty: 3
# prerequisites: [7, 8]
# objectives:
#   - Derive and measure by what factor a gradient shrinks from layer to layer.
#   - Choose the spread of the first weights so that signals keep their size.
#   - Explain what a skip connection does to gradients and to the loss landscape.
#   - Recognise saddle points, and predict how long descent stays near one.
#   - Compute what a large language model costs from its size and its data.
# ---

# %% [markdown]
# # Why deep networks are hard to train
#
# LeNet-5 read digits in 1998, with seven layers and the algorithm of lesson 06. Its
# authors knew how to add an eighth layer or a hundredth. Yet for years more depth made
# networks *worse*. **What stands in the way of a deep network, and what had to be found
# so that depth pays?**
#
# The picture shows that it does pay. From 2010 to 2017 the ImageNet challenge (ILSVRC)
# asked programs to tell a thousand kinds of objects apart on photographs. An answer
# counts as an error if the right class is not among its five best guesses.

# %% tags=["setup"]
import math

import numpy as np

from fmkeras import data, plots
from fmkeras.course import expect
from fmkeras.scratch import gradient_descent, take

SEED = 0
EPOCHS = 8  # of each training
DEPTH = 20  # hidden layers of the networks that are trained
WIDTH = 24  # neurons in each of their layers
PROBED_DEPTHS = (2, 5, 10, 20)  # of the networks whose gradients are measured
PROBED_WIDTH = 64
RADIUS = 0.5  # how far to walk from the trained weights, in lengths of the weights
RESOLUTION = 25  # points on each side of a landscape

# %% alt="Six bars, the top-5 error of the winners. It falls from 28.2 % in 2010 and 25.8 % in 2011, both shallow, to 16.4 % and 11.7 % with 8 layers, 6.7 % with 22 layers and 3.57 % with 152 layers in 2015."
WINNERS = {  # year: top-5 error in per cent, layers with weights
    2010: (28.2, "shallow"),
    2011: (25.8, "shallow"),
    2012: (16.4, 8),
    2013: (11.7, 8),
    2014: (6.7, 22),
    2015: (3.57, 152),
}
plots.bars(
    [f"{year} ({depth})" for year, (_, depth) in WINNERS.items()],
    [error for error, _ in WINNERS.values()],
    xlabel="year (layers)",
    ylabel="top-5 error in %",
    title="The winners of ILSVRC",
)

# %% [markdown]
# The winners of 2010 and 2011 computed features by rules that people had written, and
# trained one shallow classifier on top. In 2012 AlexNet, a LeNet with more of
# everything, won by a distance that ended the debate. VGG and GoogLeNet went on to 19
# and 22 layers, and then ResNet to 152. A person who had trained for the task made
# about 5.1 % errors.

# %%
errors = [error for error, _ in WINNERS.values()]
assert errors == sorted(errors, reverse=True)
leap = 1 - WINNERS[2012][0] / WINNERS[2011][0]
whole = errors[0] / errors[-1]
print(f"AlexNet removed {leap:.0%} of the errors of the year before.")
print(f"In five years the errors fell by a factor of {whole:.1f}.")

# %% [markdown]
# This lesson builds networks of up to twenty layers, watches them fail, and finds out
# why. The obstacles come one by one: gradients that vanish, weights that start wrong,
# a landscape without mercy, saddle points, and sheer size.
#
# It assumes networks with hidden layers (lesson 07) and what they are built from:
# backpropagation (lesson 06), activations (lesson 05), the softmax and its loss (lesson
# 04). One count needs convolutions (lesson 08).
#
# **Letters.** The lectures write $\theta$ for all weights together and $\gamma$ for the
# learning rate, as we do. Layer $\ell$ computes
# $z^{(\ell)} = a^{(\ell - 1)} W^{(\ell)} + b^{(\ell)}$ and
# $a^{(\ell)} = g(z^{(\ell)})$; $L$ counts the hidden layers and $s$ is the number of
# neurons in each. The lectures' $W a$ has columns where we have rows. In the last
# section $N$ counts parameters, $D$ tokens and $C$ floating-point operations, as the
# literature does.

# %% [markdown]
# ## Vanishing gradients
#
# Lesson 06 sent gradients back from layer to layer: multiply by the transposed weights,
# then by the slope of the activation. With
# $\bar z^{(\ell)} = \partial \mathcal L / \partial z^{(\ell)}$, one row for each example,
#
# $$
# \bar z^{(\ell - 1)} = \bigl( \bar z^{(\ell)} W^{(\ell)\top} \bigr)
#     \odot g'(z^{(\ell - 1)}) , \qquad
# \bar W^{(\ell)} = a^{(\ell - 1)\top} \, \bar z^{(\ell)} .
# $$
#
# How does the size change on the way? Let the weights be independent random numbers
# with mean 0 and the variance $\operatorname{Var} w$. Each entry of the product is a
# sum of $s$ terms, so its mean square is $s \operatorname{Var} w$ times that of
# $\bar z^{(\ell)}$, and the slope multiplies it by the mean of $g'^2$. The length of
# the gradient changes by the factor
#
# $$
# q = \sqrt{ s \operatorname{Var} w \; \mathbb E \, g'(z)^2 }
# $$
#
# **at every layer**. After $L$ layers that is $q^L$. Only $q = 1$ is harmless.
#
# The weights that Keras draws by default have the variance $1 / s$ in a square layer
# (we shall see why). Then $q$ is the root mean square of the slope. The slope of the
# sigmoid is at most $\tfrac14$, so $q \le \tfrac14$: **each layer takes three quarters
# of the gradient away, or more.**

# %%
print("layers   what is left of the gradient, at most")
for layers in (1, 5, 10, 20):
    print(f"{layers:6d} {0.25**layers:14.1e}")
assert 0.25**20 < 1e-12

# %% [markdown]
# Is it so? We build chains of layers for the digits, and backpropagate by hand through
# one with ten layers of sigmoids. `chain` can do all that the lesson needs later: other
# activations, other first weights, and skip connections.

# %%
import keras

from fmkeras.runtime import set_seed
from fmkeras.training import filter_normalized_direction, gradient_norms

(x_train, y_train), _ = data.load_digits()
x_train = x_train.reshape(len(x_train), -1)  # (1438, 64)
x_some, y_some = x_train[:256], y_train[:256]


def chain(depth, width, activation, scale, skip=False):
    """Build hidden layers of one width, one after the other, and ten scores."""
    set_seed(SEED)
    inputs = h = keras.Input((64,))
    for i in range(1, depth + 1):
        branch = 1 / depth if skip and i > 1 else 1.0
        first = keras.initializers.VarianceScaling(scale * branch, "fan_in")
        z = keras.layers.Dense(width, activation, kernel_initializer=first)(h)
        h = keras.layers.Add()([h, z]) if skip and i > 1 else z
    model = keras.Model(inputs, keras.layers.Dense(10)(h))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"], jit_compile=False)
    return model


# %% [markdown]
# `VarianceScaling(c, "fan_in")` draws weights with variance $c / s_\text{in}$, where
# $s_\text{in}$ counts the inputs of the layer. Now the two formulas above, line by
# line. The loop starts at the scores, where the gradient is answer minus truth.


# %%
def norms_by_hand(weights, x, y):
    """Return the gradient's length in each layer, front to back, for sigmoids."""
    kernels, biases = weights[::2], weights[1::2]
    a = [x.astype("float64")]
    for kernel, bias in zip(kernels, biases, strict=True):
        z = a[-1] @ kernel + bias
        a.append(1 / (1 + np.exp(-z)))
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    z_bar = (p - np.eye(10)[y]) / len(x)
    norms = []
    for layer in reversed(range(len(kernels))):
        kernel_bar, bias_bar = a[layer].T @ z_bar, z_bar.sum(axis=0)
        norms.insert(0, np.sqrt(np.sum(kernel_bar**2) + np.sum(bias_bar**2)))
        z_bar = (z_bar @ kernels[layer].T) * a[layer] * (1 - a[layer])
    return np.array(norms)


# %% [markdown]
# The library has a probe that does this for any compiled Keras model:
# `fmkeras.training.gradient_norms`. Both must agree.

# %%
model = chain(10, PROBED_WIDTH, "sigmoid", 1.0)
by_hand = norms_by_hand(model.get_weights(), x_some, y_some)
by_probe = np.array(list(gradient_norms(model, x_some, y_some).values()))
np.testing.assert_allclose(by_hand, by_probe, rtol=1e-3)
print(f"first layer: by hand {by_hand[0]:.3e}, by the probe {by_probe[0]:.3e}")
print(f"last layer:  by hand {by_hand[-1]:.3e}, by the probe {by_probe[-1]:.3e}")

# %% [markdown]
# Now with three activations and at several depths. The first weights of the sigmoid
# and of the tanh have the variance $1/s$, those of the ReLU $2/s$.

# %%
KINDS = {"sigmoid": 1.0, "tanh": 1.0, "relu": 2.0}
measured = {}
for kind, scale in KINDS.items():
    for depth in PROBED_DEPTHS:
        model = chain(depth, PROBED_WIDTH, kind, scale)
        norms = gradient_norms(model, x_some, y_some)
        measured[kind, depth] = np.array(list(norms.values()))

# %% alt="Length of the gradient in each layer of networks with twenty hidden layers, on a logarithmic axis. For sigmoids it is a straight line that falls by many powers of ten towards the first layer; for tanh and ReLU it stays nearly level."
plots.curves(
    np.arange(1, DEPTH + 2),
    {kind: measured[kind, DEPTH] for kind in KINDS},
    xlabel="layer (1 is next to the pixels, the last gives the scores)",
    ylabel="length of the gradient",
    logy=True,
)

# %% [markdown]
# A straight line on a logarithmic axis is a constant factor at each layer, as derived.
# We read the factor off between the second layer and the last hidden one:


# %%
def factor_per_layer(norms):
    """Return by what the gradient is multiplied from one layer to the one before."""
    return (norms[1] / norms[-2]) ** (1 / (len(norms) - 3))


factors = {kind: factor_per_layer(measured[kind, DEPTH]) for kind in KINDS}
for kind, factor in factors.items():
    print(f"{kind:8s}a gradient is multiplied by {factor:.3f} at each layer.")
assert 0.2 < factors["sigmoid"] < 0.25
assert 0.8 < factors["tanh"] < 1.2
assert 0.8 < factors["relu"] < 1.2

# %% alt="Gradient of the first layer over the number of hidden layers. The sigmoid's line falls by more than ten powers of ten from 2 to 20 layers; those of tanh and ReLU stay within about one power of ten."
plots.curves(
    PROBED_DEPTHS,
    {kind: [measured[kind, depth][0] for depth in PROBED_DEPTHS] for kind in KINDS},
    xlabel="hidden layers",
    ylabel="gradient of the first layer",
    logy=True,
)

# %%
drop = measured["sigmoid", 2][0] / measured["sigmoid", DEPTH][0]
print(
    f"From 2 to {DEPTH} layers of sigmoids the first gradient shrinks {drop:.1e}-fold."
)
assert drop > 1e9

# %% [markdown]
# The layers next to the pixels, on which all others build, learn nothing. That is the
# **vanishing gradient**. If $q > 1$ the same formula makes gradients **explode**, and
# the first step throws the weights out of range.

# %% [markdown]
# ## Going wrong on purpose: twenty layers of sigmoids
#
# Train it anyway. Adam, which divides each gradient by its own size, may hide the
# trouble for a while; plain descent cannot. What to look for is a loss that stays at
# $\ln 10$, the loss of a model that gives every digit the same probability.

# %%
sigmoids = chain(DEPTH, WIDTH, "sigmoid", 1.0)
sigmoids.compile(keras.optimizers.SGD(0.1), sigmoids.loss, jit_compile=False)
stuck = sigmoids.fit(x_train, y_train, epochs=2, verbose=0).history["loss"][-1]
print(f"loss after two epochs: {stuck:.3f}; no idea at all: {np.log(10):.3f}")
np.testing.assert_allclose(stuck, np.log(10), atol=0.05)

# %% [markdown]
# ## How to draw the first weights
#
# The signal has the same problem on its way forward. A sum of $s_\text{in}$ products of
# inputs and weights with mean 0 has the variance
#
# $$
# \operatorname{Var} z = s_\text{in} \operatorname{Var} w \; \mathbb E \, a^2 .
# $$
#
# If $g$ is nearly the identity, as tanh is around 0, signals keep their size with the
# variance $1 / s_\text{in}$, and by the same count gradients do with
# $1 / s_\text{out}$. **Glorot** and Bengio took the compromise in 2010:
#
# $$
# \operatorname{Var} w = \frac{2}{s_\text{in} + s_\text{out}} .
# $$
#
# A ReLU sets the negative half of all $z$ to zero, and with it half of the sum of
# squares: $\mathbb E \, a^2 = \tfrac12 \operatorname{Var} z$. So **He** and colleagues
# doubled the variance in 2015:
#
# $$
# \operatorname{Var} w = \frac{2}{s_\text{in}} .
# $$
#
# On the way back $\mathbb E \, g'^2 = \tfrac12$, and $q = \sqrt{s \cdot \tfrac2s \cdot
# \tfrac12} = 1$. We pass random numbers through twenty layers of ReLUs and look at the
# mean square of what comes out of each.


# %%
def mean_squares(std, width=512, depth=20, rows=100):
    """Return the mean of a² after each of many ReLU layers."""
    rng = np.random.default_rng(SEED)
    a, result = rng.normal(size=(rows, width)), []
    for _ in range(depth):
        a = np.maximum(a @ rng.normal(scale=std, size=(width, width)), 0)
        result.append(np.mean(a**2))
    return np.array(result)


STDS = {
    "half of He": 0.5 * np.sqrt(2 / 512),
    "Glorot": np.sqrt(2 / (512 + 512)),
    "He": np.sqrt(2 / 512),
    "twice He": 2 * np.sqrt(2 / 512),
}
signals = {name: mean_squares(std) for name, std in STDS.items()}
for name, std in STDS.items():
    expected = 512 * std**2 / 2
    found = (signals[name][-1] / signals[name][0]) ** (1 / 19)
    print(f"{name:11s}factor per layer: derived {expected:.2f}, measured {found:.2f}")
    np.testing.assert_allclose(found, expected, rtol=0.1)

# %% alt="Mean square of the signal after each of twenty ReLU layers, logarithmic. With He's weights it stays level. With Glorot's it halves at each layer, with half of He's spread it falls faster, with twice He's it explodes."
plots.curves(
    np.arange(1, 21), signals, xlabel="layer", ylabel="mean square of $a$", logy=True
)

# %% [markdown]
# A factor of two in the spread of the weights decides whether the twentieth layer sees
# anything. Keras has both recipes by name; what it draws has the variances above, up to
# the chance of a sample:

# %%
for name, variance in (
    ("GlorotUniform", 2 / (300 + 200)),
    ("GlorotNormal", 2 / (300 + 200)),
    ("HeNormal", 2 / 300),
):
    drawn = getattr(keras.initializers, name)(seed=SEED)((300, 200))
    found = np.var(keras.ops.convert_to_numpy(drawn))
    print(f"{name:14s}derived {variance:.5f}, drawn {found:.5f}")
    np.testing.assert_allclose(found, variance, rtol=0.03)

# %% [markdown]
# `Dense` takes Glorot's uniform numbers unless told otherwise. That is a good choice
# for tanh, harmless for shallow ReLU networks, and wrong for deep ones.
#
# Why random at all? If all weights of a ReLU network start at zero, all
# $\bar z^{(\ell - 1)}$ are zero and no hidden layer ever learns; if all are equal, all
# neurons of a layer get the same gradient and stay twins for ever. The probe shows the
# first case:

# %%
model = chain(3, WIDTH, "relu", 2.0)
model.set_weights([np.zeros_like(w) for w in model.get_weights()])
dead = np.array(list(gradient_norms(model, x_some, y_some).values()))
print(f"gradients from zero weights, front to back: {dead.round(3)}")
assert (dead[:-1] == 0).all()
assert dead[-1] > 0

# %% [markdown]
# ## A short cut
#
# Good weights help at the start, but training moves them. ResNet's idea of 2015 holds
# throughout: let each layer compute what to *add* to its input,
#
# $$
# a^{(\ell)} = a^{(\ell - 1)} + F\bigl(a^{(\ell - 1)}\bigr) .
# $$
#
# The input is used twice, and by lesson 06 both gradients add up:
#
# $$
# \bar a^{(\ell - 1)} = \bar a^{(\ell)} + \text{(what comes back through } F) .
# $$
#
# Multiply out the $L$ blocks. One of the $2^L$ paths uses the short cut everywhere, and
# brings the gradient of the last layer to the first **unchanged**, whatever the weights
# are. That is the **skip connection**.
#
# It has a price. With He's weights the branch $F$ is as large as its input, and as
# ReLUs are never negative nothing cancels: the mean square doubles with each block, or
# worse. ResNet tames it by batch normalisation, which brings every sum back to mean 0
# and variance 1 over the batch; `chain` simply draws the weights of the branches with a
# variance $L$ times smaller. Random numbers through all blocks again:

# %%
for name, scale in (("He", 2.0), ("He / L", 2.0 / DEPTH)):
    rng = np.random.default_rng(SEED)
    a = np.maximum(rng.normal(size=(100, 256)), 0)
    before = np.mean(a**2)
    for _ in range(DEPTH):
        W = rng.normal(scale=np.sqrt(scale / 256), size=(256, 256))
        a = a + np.maximum(a @ W, 0)
    growth = np.mean(a**2) / before
    print(
        f"variance {name:7s}{DEPTH} blocks multiply the mean square by {growth:,.0f}."
    )
    assert growth > 2**DEPTH if name == "He" else growth < 200

# %% [markdown]
# Does it help? Twenty layers, plain with He's weights, and with skip connections and
# their smaller branches; otherwise alike: the same data, optimiser and number of
# weights.

# %%
networks, histories = {}, {}
for name, skip in (("plain", False), ("with skips", True)):
    networks[name] = chain(DEPTH, WIDTH, "relu", 2.0, skip=skip)
    fit = networks[name].fit(x_train, y_train, batch_size=64, epochs=EPOCHS, verbose=0)
    histories[name] = fit.history
    print(f"{name:11s}training accuracy {fit.history['accuracy'][-1]:.1%}")
sizes = {model.count_params() for model in networks.values()}
assert len(sizes) == 1

# %% alt="Training loss over the epochs. The plain network starts at about the loss of no idea and falls slowly. The one with skip connections starts higher, soon falls below it and ends far lower."
plots.learning_curves({name: h["loss"] for name, h in histories.items()})

# %%
final = {name: h["loss"][-1] for name, h in histories.items()}
gain = final["plain"] / final["with skips"]
print(f"The loss without skip connections is {gain:.1f} times as high.")
assert gain > 1.3

# %% [markdown]
# This is a loss on *training* data: the plain network does not overfit, it fails to fit
# in the time that the other needs. He and colleagues saw the same on photographs, where
# 56 plain layers did worse than 20, and called it **degradation**. A deeper network
# could copy the shallower one and let the other layers pass the signal on. Descent just
# does not find that.
#
# How far the two are apart depends on the first weights, so that another seed or
# another machine may give another ratio. The course's tests train with three seeds, and
# hold that the plain loss is at least 1.3 times as high each time.

# %% [markdown]
# ## The loss landscape
#
# Why does descent not find it? Let us look at the ground it walks on. The loss is a
# function of all weights, a landscape over thousands of dimensions. We can see two:
# start from the trained weights $\theta$, choose two random directions $d_1$ and $d_2$,
# and draw
#
# $$
# f(u, v) = \mathcal L(\theta + u \, d_1 + v \, d_2) .
# $$
#
# How long should the directions be? A ReLU network computes the same function when the
# weights and biases of one layer are doubled and the weights of the next are halved. A
# step of a given length then means little to the one and much to the other, and a
# landscape can be made to look flat or steep at will. **Filter normalisation** removes
# that freedom: each neuron's part of the direction gets the length of that neuron's
# weights,
#
# $$
# d_{:, j} \leftarrow \frac{d_{:, j}}{\lVert d_{:, j} \rVert} \, \lVert w_{:, j} \rVert .
# $$
#
# Then $u = 0.5$ means: change every neuron by half of itself. The library does this
# in `fmkeras.training.filter_normalized_direction`. For one layer, the formula:

# %%
weights = networks["plain"].get_weights()
direction = filter_normalized_direction(weights, seed=1)
W, drawn = weights[0], np.random.default_rng(1).normal(size=weights[0].shape)
stretched = drawn / np.linalg.norm(drawn, axis=0) * np.linalg.norm(W, axis=0)
np.testing.assert_allclose(direction[0], stretched, rtol=1e-4)
assert not direction[1].any()  # biases stay where they are

# %% [markdown]
# The landscape needs the loss at many points. The forward pass in NumPy is quick for so
# small a network. It must agree with Keras, too.


# %%
def mean_loss(weights, skip):
    """Return the mean cross entropy of `chain`, from a list of its weights."""
    a = x_some
    hidden = zip(weights[:-2:2], weights[1:-2:2], strict=True)
    for i, (kernel, bias) in enumerate(hidden):
        change = np.maximum(a @ kernel + bias, 0)
        a = a + change if skip and i > 0 else change
    z = (a @ weights[-2] + weights[-1]).astype("float64")
    z -= z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y_some])


for name, skip in (("plain", False), ("with skips", True)):
    by_keras = networks[name].evaluate(x_some, y_some, verbose=0)[0]
    by_numpy = mean_loss(networks[name].get_weights(), skip)
    np.testing.assert_allclose(by_numpy, by_keras, rtol=1e-3, atol=1e-5)


# %%
def landscape(name):
    """Return f(u, v) for points `(..., 2)` around a trained network."""
    weights = networks[name].get_weights()
    d_1, d_2 = (filter_normalized_direction(weights, seed) for seed in (1, 2))

    def f(u, v):
        moved = [w + u * a + v * b for w, a, b in zip(weights, d_1, d_2, strict=True)]
        return mean_loss([w.astype("float32") for w in moved], name == "with skips")

    return lambda points: np.apply_along_axis(lambda p: f(*p), -1, points)


# %% alt="The loss around the trained plain network: the contours are crooked and rise steeply towards the borders; the floor is narrow and bent."
square = (-RADIUS, RADIUS, -RADIUS, RADIUS)
plots.loss_surface(
    landscape("plain"),
    bounds=square,
    resolution=RESOLUTION,
    names=("$u$", "$v$"),
    title=f"{DEPTH} layers, plain",
)

# %% alt="The loss around the network with skip connections: rings around the middle, almost like a bowl, that rise far less towards the borders."
plots.loss_surface(
    landscape("with skips"),
    bounds=square,
    resolution=RESOLUTION,
    names=("$u$", "$v$"),
    title=f"{DEPTH} layers, with skip connections",
)

# %% [markdown]
# Mind the two scales. To put the difference into numbers we ask, at each point of the
# square, for the curvature along $u$ and along $v$ by second differences. Where one of
# them is negative the ground bends *down*, which a convex function never does.

# %%
axis = np.linspace(-RADIUS, RADIUS, RESOLUTION)
grid = np.stack(np.meshgrid(axis, axis), axis=-1)
heights = {name: landscape(name)(grid) for name in networks}
bent_down = {}
for name, height in heights.items():
    along_u = height[1:-1, 2:] - 2 * height[1:-1, 1:-1] + height[1:-1, :-2]
    along_v = height[2:, 1:-1] - 2 * height[1:-1, 1:-1] + height[:-2, 1:-1]
    bent_down[name] = np.mean((along_u < 0) | (along_v < 0))
    print(f"{name:11s}{bent_down[name]:4.0%} of the square bends down somewhere;")
    print(f"{'':11s}the highest loss in the square is {height.max():.1f}.")
assert bent_down["plain"] > bent_down["with skips"] + 0.1
assert heights["plain"].max() > 2 * heights["with skips"].max()

# %% [markdown]
# A change by half of each neuron passes through twenty factors in the plain network and
# multiplies up; with skip connections it mostly adds up. One ground is crumpled and
# steep, the other nearly a bowl. Two warnings belong to such pictures. They show two
# dimensions of thousands, and they show the neighbourhood of where training *ended*.

# %% [markdown]
# ## Not convex, and why that cannot be mended
#
# The losses of lessons 01, 03 and 04 are convex: on the straight line between two
# points the loss is never higher than its interpolation, so there is one valley. A
# network's loss cannot be convex, for a reason that needs no calculus. Exchange two
# neurons of a hidden layer, with all their weights: the network computes the same. So
# every minimum exists many times over. In a convex landscape no point between two
# equally low ones could be higher. We shuffle the first hidden layer of the trained
# network, and look at the middle between the two copies.

# %%
weights = networks["plain"].get_weights()
order = np.random.default_rng(SEED).permutation(WIDTH)
shuffled = list(weights)
shuffled[0], shuffled[1] = weights[0][:, order], weights[1][order]  # out of layer 1
shuffled[2] = weights[2][order]  # into layer 2
middle = [(w + s) / 2 for w, s in zip(weights, shuffled, strict=True)]

ends = mean_loss(weights, False), mean_loss(shuffled, False)
between = mean_loss(middle, False)
print(f"loss {ends[0]:.3f} here, {ends[1]:.3f} there, {between:.3f} half way between")
np.testing.assert_allclose(*ends, rtol=1e-4)
assert between > ends[0] + 0.1

# %%
digits = DEPTH * math.lgamma(WIDTH + 1) / math.log(10)
print(f"Every minimum exists about 10^{digits:.0f} times: {WIDTH}! orders in each")
print(f"of {DEPTH} hidden layers, all with the same loss.")

# %% [markdown]
# (With skip connections the neurons of all layers are tied together and must be
# shuffled alike; there are fewer copies, but still $24!$ of them.)
#
# The good news is hidden in the same argument. These minima are all equally good, so it
# does not matter which one we find. Bad local minima are a danger in two dimensions; in
# millions, something else is far more common.

# %% [markdown]
# ## Saddle points
#
# Where the gradient is zero the curvature decides. Positive in all directions: a
# minimum. Negative in all: a maximum. Mixed: a **saddle point**, a pass between two
# mountains. Take lesson 06's network of two weights with $x = y = 1$:
#
# $$
# \mathcal L = (w_1 w_2 - 1)^2 , \qquad
# \nabla \mathcal L = 2 (w_1 w_2 - 1) \begin{pmatrix} w_2 \\ w_1 \end{pmatrix} , \qquad
# \nabla^2 \mathcal L(0) = \begin{pmatrix} 0 & -2 \\ -2 & 0 \end{pmatrix} .
# $$
#
# At the origin the gradient is zero, and the Hessian $\nabla^2 \mathcal L$, the matrix
# of second derivatives (lesson 02), has the eigenvalues $2$ along $(1, -1)$ and $-2$
# along $(1, 1)$.


# %%
def product_gradient(w):
    """Return the gradient of (w₁w₂ − 1)²."""
    return 2 * (w[0] * w[1] - 1) * w[::-1]


hessian = np.array([[0.0, -2.0], [-2.0, 0.0]])
h = 1e-5
columns = [
    (product_gradient(e) - product_gradient(-e)) / (2 * h) for e in h * np.eye(2)
]
np.testing.assert_allclose(columns, hessian, atol=1e-6)
np.testing.assert_allclose(np.linalg.eigvalsh(hessian), [-2, 2])

GAMMA = 0.05
start = np.array([1.0, -1.0 + 1e-4])
path = take(gradient_descent(product_gradient, start, GAMMA), 150)

# %% alt="Contours of a loss with a saddle at the origin and two curved valleys. The descent walks straight to the saddle, where its steps become tiny, turns by a right angle and runs down into the valley at (1, 1)."
plots.loss_surface(
    lambda u, v: (u * v - 1) ** 2,
    {"gradient descent": path},
    bounds=(-1.5, 1.5, -1.5, 1.5),
    title="A saddle between two valleys",
)

# %% alt="The loss over the steps of that descent: it falls from four to one, stays at one on a long plateau, and then drops to zero."
losses = (path[:, 0] * path[:, 1] - 1) ** 2
plots.curves(np.arange(len(losses)), {"loss": losses}, xlabel="step", ylabel="loss")

# %% [markdown]
# The plateau looks like the end of training, and is not. Near the saddle the descent is
# linear: the part along $(1, -1)$ is multiplied by $1 - 2\gamma$ at each step and dies
# out; the part along $(1, 1)$, call it $v$, is multiplied by $1 + 2\gamma$. It grows
# exponentially, but from a small start $v_0$. To grow tenfold takes
# $\ln 10 / \ln(1 + 2\gamma)$ steps, so a start ten times closer to the ridge, the line
# $v = 0$, stays that much longer. And a start *on* the ridge stays for ever.

# %%
waits = []
for offset in (1e-2, 1e-4, 1e-6, 1e-8):
    start = np.array([1.0, -1.0 + offset])
    path = take(gradient_descent(product_gradient, start, GAMMA), 400)
    waits.append(np.argmax((path[:, 0] * path[:, 1] - 1) ** 2 < 0.5))
    print(f"off the ridge by {offset:.0e}: loss below 0.5 after {waits[-1]} steps")
predicted = 2 * np.log(10) / np.log(1 + 2 * GAMMA)
print(f"predicted for a hundred times closer: {predicted:.1f} steps more")
np.testing.assert_allclose(np.diff(waits), predicted, atol=2)

on_the_ridge = take(
    gradient_descent(product_gradient, np.array([1.0, -1.0]), GAMMA), 400
)
np.testing.assert_allclose(on_the_ridge[-1], 0, atol=1e-9)

# %% [markdown]
# Here is one more reason for random first weights, and one for mini-batches: their
# noise pushes a descent off the ridge.
#
# Why should saddles be common? At a point where the gradient is zero, think of the
# Hessian as a random symmetric matrix. A minimum needs *all* its eigenvalues to be
# positive. For one weight the chance is one in two, and for two and three weights
# probability theory gives $(2 - \sqrt 2)/4$ and $(\pi - 2\sqrt 2)/(4\pi)$, if the
# entries are normal.

# %%
rng = np.random.default_rng(SEED)
shares = []
for n in range(1, 6):
    G = rng.normal(size=(100_000, n, n))
    lowest = np.linalg.eigvalsh(G + G.swapaxes(1, 2))[:, 0]
    shares.append(np.mean(lowest > 0))
    print(f"{n} × {n}: {shares[-1]:.4%} of random Hessians belong to a minimum")
by_theory = [1 / 2, (2 - np.sqrt(2)) / 4, (np.pi - 2 * np.sqrt(2)) / (4 * np.pi)]
np.testing.assert_allclose(shares[:3], by_theory, atol=0.006)
assert shares[4] < 0.001

# %% [markdown]
# With five weights a random point without slope is a minimum less than once in a
# thousand times, and it gets worse faster than exponentially. A network's Hessian is
# not random, and low in the landscape minima do win. But on the way down the typical
# obstacle is a saddle. That is also why a vanishing gradient does not tell that
# training is done.

# %% [markdown]
# ## Huge, on huge data
#
# The last obstacle is size. Lesson 08 counted the 61,706 parameters of LeNet-5: for
# each filter one weight for every entry of its window, and a bias. By the same rule
# AlexNet, whose second, fourth and fifth convolutions see half of the channels each
# because two graphics cards shared the work:

# %%
convolutions = [(11, 3, 96), (5, 48, 256), (3, 256, 384), (3, 192, 384), (3, 192, 256)]
dense = [(6 * 6 * 256, 4096), (4096, 4096), (4096, 1000)]
alexnet = sum(k * k * c_in * c_out + c_out for k, c_in, c_out in convolutions)
alexnet += sum(n_in * n_out + n_out for n_in, n_out in dense)
print(f"AlexNet: {alexnet:,} parameters, {alexnet / 61_706:,.0f} times LeNet-5")
assert alexnet == 60_965_224

# %% [markdown]
# A decade later the networks read text, and LLaMA, a language model of 2023, has up to
# 65.2 billion parameters. Its training text is a mixture; here are the shares by which
# the pieces were drawn.

# %% alt="Seven bars: CommonCrawl 67 %, C4 15 %, GitHub, Wikipedia and books 4.5 % each, ArXiv 2.5 %, StackExchange 2 %."
MIXTURE = {  # source: share in per cent
    "Common Crawl": 67.0,
    "C4": 15.0,
    "GitHub": 4.5,
    "Wikipedia": 4.5,
    "books": 4.5,
    "ArXiv": 2.5,
    "Stack Exchange": 2.0,
}
plots.bars(list(MIXTURE), list(MIXTURE.values()), ylabel="share in %")

# %% [markdown]
# Four fifths are web pages, Common Crawl and C4, which is a cleaned part of it. The
# shares are not those of the sizes: good sources are drawn more often. The two largest
# models read 1.4 trillion tokens, pieces of words (lesson 10 will make them).

# %%
TOKENS = 1.4e12
assert math.isclose(sum(MIXTURE.values()), 100)
for source, share in MIXTURE.items():
    print(
        f"{source:15s}{share:5.1f} % {share / 100 * TOKENS / 1e9:6.0f} billion tokens"
    )
web = MIXTURE["Common Crawl"] + MIXTURE["C4"]
print(f"{web:.0f} % come from the web.")
assert web == 82

# %% [markdown]
# What does it cost to learn from them? Count floating-point operations, FLOPs. A layer
# with an $s_\text{in} \times s_\text{out}$ matrix multiplies and adds once per weight
# and token: two FLOPs. The way back needs two products of the same size, one for
# $\bar z W^\top$ and one for $a^\top \bar z$: four FLOPs. With $N$ parameters and $D$
# tokens,
#
# $$
# C \approx 6 \, N D .
# $$
#
# Biases, activations and attention are left out; in large models they are small change.

# %%
LLAMA = {"7B": (6.7e9, 1.0e12), "13B": (13.0e9, 1.0e12)}
LLAMA |= {"33B": (32.5e9, 1.4e12), "65B": (65.2e9, 1.4e12)}
compute = {name: 6 * n * d for name, (n, d) in LLAMA.items()}
for name, flops in compute.items():
    print(f"LLaMA {name:4s}{flops:.2e} FLOPs")
assert math.isclose(compute["65B"], 5.48e23, rel_tol=0.001)

# %% [markdown]
# The authors report 2048 graphics cards, each of which ran through about 380 tokens per
# second, and about 21 days. Does our formula fit? An A100 card can do
# $3.12 \cdot 10^{14}$ FLOPs per second at its best.

# %%
CARDS, TOKENS_PER_SECOND, PEAK = 2048, 380, 3.12e14
days = TOKENS / (CARDS * TOKENS_PER_SECOND) / 86_400
used = 6 * LLAMA["65B"][0] * TOKENS_PER_SECOND / PEAK
years = compute["65B"] / 1e11 / (365.25 * 86_400)
print(f"{days:.1f} days, in which a card did {used:.0%} of what it could do.")
print(f"A laptop with 10^11 FLOPs per second would take {years:,.0f} years.")
assert 20 < days < 22
assert 0.4 < used < 0.5

# %% [markdown]
# Nobody takes the gradient over 1.4 trillion tokens. Mini-batches (lesson 02) make
# such training possible at all, and a single run is all one can afford: the step size,
# the first weights and the short cuts have to be right *before* it starts.

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports and constants at the
# top of the lesson are there when it runs, so write each answer to stand on its own.
#
# ### Exercise 1: How long will it take?
#
# You want to train a model with $N$ parameters on $D$ tokens. You have a number of
# cards, each of which can do `peak` FLOPs per second, and expect to use the share
# `used` of that, say 0.4. How many days will it take?
#
# <details><summary>Hint</summary>
#
# The work is $6ND$ FLOPs. All cards together do `cards * peak * used` of them in a
# second, and a day has 86,400 seconds.
#
# </details>


# %% exercise="training-days"
def training_days(parameters, tokens, cards, peak, used):
    """Return how many days a training of 6ND FLOPs takes."""
    ### BEGIN SOLUTION
    return 6 * parameters * tokens / (cards * peak * used) / 86_400
    ### END SOLUTION


# %% check="training-days"
rng = np.random.default_rng()
n, d = rng.uniform(1e9, 9e9), rng.uniform(1e11, 9e11)
cards, peak, used = int(rng.integers(50, 500)), 1e14 * rng.uniform(1, 9), 0.35
used += rng.uniform(0, 0.1)
right = 6 * n * d / (cards * peak * used * 86_400)
expect(
    training_days(n, d, cards, peak, used),
    right,
    call=f"training_days({n:.3g}, {d:.3g}, {cards}, {peak:.3g}, {used:.3f})",
    mistakes=[
        (right / 3, "That is the forward pass alone: the way back costs twice that."),
        (right * 2 / 3, "That is the way back alone: the forward pass adds 2ND."),
        (right * used, "The cards do only the share `used` of their peak."),
        (right * used**2, "A smaller share makes it slower: divide by `used`."),
        (right * 86_400, "Those are seconds: a day has 86,400."),
        (right * 24, "Those are hours: a day has 24."),
        (right * cards, "That is for a single card."),
    ],
)
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: Weights for the leaky ReLU
#
# The leaky ReLU is $g(z) = z$ for $z > 0$ and $g(z) = \alpha z$ otherwise. *Derive* the
# standard deviation of the first weights that lets the mean square of the signal pass a
# layer unchanged, and write it as a function of the number of inputs and of $\alpha$.
# What do $\alpha = 0$ and $\alpha = 1$ give?
#
# <details><summary>Hint</summary>
#
# The variance of $z$ is $s_\text{in} \operatorname{Var} w \, \mathbb E \, a^2$. Half of
# the $z$ are positive and keep their square, the other half keep $\alpha^2$ of it. So
# $\mathbb E \, g(z)^2 = \tfrac12 (1 + \alpha^2) \operatorname{Var} z$. Solve for
# $\operatorname{Var} w$.
#
# </details>


# %% exercise="leaky-he"
def leaky_std(num_inputs, alpha):
    """Return the standard deviation of the weights before a leaky ReLU."""
    ### BEGIN SOLUTION
    return np.sqrt(2 / ((1 + alpha**2) * num_inputs))
    ### END SOLUTION


# %% check="leaky-he"
rng = np.random.default_rng()
n, alpha = int(rng.integers(20, 500)), rng.uniform(0.2, 0.6)
z = np.linspace(-12, 12, 48_001)
density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
kept = np.sum(np.where(z > 0, z, alpha * z) ** 2 * density) * (z[1] - z[0])
expect(
    leaky_std(n, alpha),
    1 / np.sqrt(n * kept),
    call=f"leaky_std({n}, {alpha:.3f})",
    mistakes=[
        (1 / (n * kept), "That is the variance: take the root."),
        (np.sqrt(2 / n), "That is He's: the negative half is not lost entirely."),
        (np.sqrt(1 / n), "That is for the identity, where α is 1."),
        (
            np.sqrt(2 / ((1 + alpha) * n)),
            "The squares count: the negative half keeps α² of its square.",
        ),
        (
            np.sqrt(2 / n) / (1 + alpha),
            "Add the squares of 1 and α, not 1 and α themselves.",
        ),
        (
            np.sqrt((1 + alpha**2) / (2 * n)),
            "Turn it round: inputs × variance × E g² = 1.",
        ),
        (
            np.sqrt(1 / ((1 + alpha**2) * n)),
            "Each half of the z counts half: 2 is lost.",
        ),
    ],
    rtol=1e-5,
)
print("Exercise 2: right.")

# %% [markdown]
# ### Exercise 3: Filters of a convolution
#
# Write filter normalisation for the kernel of a convolution, which has the shape
# `(height, width, in, out)`: stretch the random `direction` so that each of its `out`
# filters is as long as the same filter of `weights`.
#
# <details><summary>Hint</summary>
#
# The length of a filter is the root of the sum of its squares over the first three
# axes. `np.sum(..., axis=(0, 1, 2))` leaves one number for each filter, and NumPy
# multiplies it to the last axis.
#
# </details>


# %% exercise="filter-normalisation"
def stretch(direction, weights):
    """Return the direction with each filter as long as that of the weights."""
    ### BEGIN SOLUTION
    drawn = np.sqrt(np.sum(direction**2, axis=(0, 1, 2)))
    wanted = np.sqrt(np.sum(weights**2, axis=(0, 1, 2)))
    return direction / drawn * wanted
    ### END SOLUTION


# %% check="filter-normalisation"
rng = np.random.default_rng()
direction = rng.normal(size=(3, 2, 4, 5))
weights = rng.normal(size=(3, 2, 4, 5)) * rng.uniform(1, 4, size=(4, 1)) + 0.5
weights *= rng.uniform(0.5, 2, size=5)


def lengths(values, axes=(0, 1, 2)):
    return np.sqrt((values**2).sum(axis=axes, keepdims=True))


unit = direction / lengths(direction)
expect(
    stretch(direction, weights),
    unit * lengths(weights),
    call="stretch(direction, weights)",
    mistakes=[
        (unit, "Those filters have length 1: give them the length of the weights'."),
        (
            direction * lengths(weights),
            "First divide by the length that the direction has.",
        ),
        (
            direction / lengths(direction, None) * lengths(weights, None),
            "That gives the whole kernel its length: do it filter by filter.",
        ),
        (
            direction / lengths(direction, (0, 1)) * lengths(weights, (0, 1)),
            "A filter spans all input channels: sum over three axes.",
        ),
        (
            direction / lengths(direction, (0, 1, 3)) * lengths(weights, (0, 1, 3)),
            "Filters are counted by the last axis, not by the one before.",
        ),
        (
            direction / lengths(direction) ** 2 * lengths(weights) ** 2,
            "Take the roots of the sums: lengths, not their squares.",
        ),
    ],
)
print("Exercise 3: right.")

# %% [markdown]
# ### Exercise 4: Leaving a saddle
#
# Along a direction in which a saddle bends down, the loss is
# $-\tfrac12 b v^2$ with $b > 0$. Gradient descent with step size $\gamma$ starts at a
# small $v_0 > 0$. *Predict* the number of steps after which $v \ge 1$ for the first
# time; the check runs the descent and counts.
#
# <details><summary>Hint</summary>
#
# The gradient is $-bv$, so a step multiplies $v$ by $1 + \gamma b$. Solve
# $v_0 (1 + \gamma b)^k \ge 1$ for the smallest whole number $k$; `math.ceil` rounds up.
#
# </details>


# %% exercise="leaving-a-saddle"
def steps_to_leave(v_0, b, gamma):
    """Return after how many steps v has grown from v₀ to 1 or more."""
    ### BEGIN SOLUTION
    return math.ceil(math.log(1 / v_0) / math.log(1 + gamma * b))
    ### END SOLUTION


# %% check="leaving-a-saddle"
rng = np.random.default_rng()
whole = True
while whole:  # draw until no rounding error can matter
    v_0, b, gamma = (
        10 ** rng.uniform(-9, -5),
        rng.uniform(1.2, 3),
        rng.uniform(0.1, 0.2),
    )
    needed = math.log(1 / v_0) / math.log(1 + gamma * b)
    whole = not 0.2 < needed % 1 < 0.8
v, count = v_0, 0
while v < 1:
    v, count = v + gamma * b * v, count + 1
expect(
    steps_to_leave(v_0, b, gamma),
    count,
    call=f"steps_to_leave({v_0:.3g}, {b:.3f}, {gamma:.3f})",
    mistakes=[
        (count - 1, "Rounded down: then v is still below 1."),
        (needed, "Steps are whole: round up."),
        (
            math.ceil(math.log(1 / v_0) / (gamma * b)),
            "That is for tiny steps: a step multiplies v by 1 + γb, not by exp(γb).",
        ),
        (
            math.ceil(math.log(1 / v_0) / math.log(1 + 2 * gamma * b)),
            "The slope of ½ b v² is b v: the 2 and the ½ cancel.",
        ),
        (
            math.ceil((1 - v_0) / (gamma * b * v_0)),
            "The steps grow along with v: the growth is exponential.",
        ),
        (
            math.ceil(math.log(v_0) / math.log(1 - gamma * b)),
            "That is how long v takes to shrink: the saddle bends down, so v grows.",
        ),
    ],
)
print("Exercise 4: right.")

# %% [markdown]
# ## What you have learnt
#
# - A gradient is multiplied by $q = \sqrt{s \operatorname{Var} w \, \mathbb E g'^2}$ at
#   each layer. For sigmoids and Keras's weights $q$ is at most a quarter, and twenty
#   layers leave nothing.
# - The first weights decide: variance $2/(s_\text{in} + s_\text{out})$ after Glorot,
#   $2/s_\text{in}$ after He for ReLUs. Never zeros, never all the same.
# - A skip connection lets the gradient pass unchanged, and turns a crumpled landscape
#   into nearly a bowl. Draw landscapes along filter-normalised directions, or they show
#   what you like.
# - With hidden layers no loss is convex, because neurons can be exchanged. Bad minima
#   are not the main trouble; saddle points are. A plateau need not be the end.
# - Training costs about $6ND$ FLOPs: $5.5 \cdot 10^{23}$ for the largest LLaMA.
#
# **What stays open.** How normalisation layers keep signals in size *during* training
# is told in lesson 15, where each block of a transformer has skip connections too.
# Lesson 12 meets vanishing gradients again, through time, and lesson 10 makes the
# tokens that were counted here.
#
# **Sources.**
#
# - Russakovsky and others (2015), "ImageNet Large Scale Visual Recognition Challenge",
#   International Journal of Computer Vision 115, sections 5.1 (the winners) and 6.4
#   (the person), <https://arxiv.org/abs/1409.0575>.
# - Krizhevsky, Sutskever and Hinton (2012), "ImageNet Classification with Deep
#   Convolutional Neural Networks", section 3.5: AlexNet.
# - Hochreiter (1991), "Untersuchungen zu dynamischen neuronalen Netzen", diploma
#   thesis, Technische Universität München: gradients that vanish.
# - Glorot and Bengio (2010), "Understanding the difficulty of training deep feedforward
#   neural networks", section 4.2.
# - He, Zhang, Ren and Sun (2015), "Delving Deep into Rectifiers", section 2.2,
#   <https://arxiv.org/abs/1502.01852>, and (2016), "Deep Residual Learning for Image
#   Recognition", sections 1 and 3, <https://arxiv.org/abs/1512.03385>.
# - Li, Xu, Taylor, Studer and Goldstein (2018), "Visualizing the Loss Landscape of
#   Neural Nets", sections 3 to 6, <https://arxiv.org/abs/1712.09913>.
# - Dauphin and others (2014), "Identifying and attacking the saddle point problem in
#   high-dimensional non-convex optimization", section 2,
#   <https://arxiv.org/abs/1406.2572>.
# - Touvron and others (2023), "LLaMA: Open and Efficient Foundation Language Models",
#   tables 1 and 2 and section 2.4, <https://arxiv.org/abs/2302.13971>.
# - Kaplan and others (2020), "Scaling Laws for Neural Language Models", section 2.1
#   for $C \approx 6ND$, <https://arxiv.org/abs/2001.08361>.
