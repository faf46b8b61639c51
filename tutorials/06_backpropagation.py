# ---
# title: Backpropagation
# part: I. Machine learning basics
# minutes: 1
# difficulty: 3
# prerequisites: [2, 5]
# objectives:
#   - Draw a formula as a computational graph and run it forward and backward by hand.
#   - Explain why gradients add up where a number is used twice.
#   - Build automatic differentiation from nothing, and train a network with it.
#   - Check any gradient by finite differences, with a step that is neither too large nor too small.
#   - Count what forward mode and reverse mode cost, and say when each wins.
# ---

# %% [markdown]
# # Backpropagation
#
# Gradient descent needs the slope of the loss in every weight. For a line we derived it
# on paper; for a network with a million weights nobody will. One could nudge each
# weight a little and look how the loss changes. That works, and costs a run of the
# whole network for each weight: a million runs for a single step of descent.
#
# **How can one run back through the network give the slopes in all weights at once?**
#
# The lesson assumes gradient descent and momentum (lesson 02), the sigmoid and its loss
# (lesson 03), layers of neurons (lesson 05), and the derivatives of school. It needs no
# library that differentiates: it builds one.

# %% tags=["setup"]
import numpy as np

from fmkeras import plots
from fmkeras.course import expect
from fmkeras.data import load_moons
from fmkeras.scratch import Value, momentum, take

SEED = 0
EXAMPLES = 100  # two moons to train on
HIDDEN = 8  # neurons in the hidden layer
STEPS = 120  # of descent with momentum
LEARNING_RATE = 0.5
EXAMPLE = {"x": 4.0, "y": 1.0}  # one input and its target
THETA = {"θ₁": 0.5, "θ₂": -1.0}  # two weights to start from

# %% alt="A graph read from left to right: θ₁ and x give a = 2, with θ₂ it gives b = −2, minus y it gives c = −3, and its square is L = 9. Below each number stands its gradient, 1 at L, 24 at θ₁ and −12 at θ₂."
x, y = (Value(number, name) for name, number in EXAMPLE.items())
theta_1, theta_2 = (Value(number, name) for name, number in THETA.items())
a = theta_1 * x
b = theta_2 * a
c = b - y
L = c**2
for value, name in ((a, "a"), (b, "b"), (c, "c"), (L, "L")):
    value.name = name
L.backward()
plots.computational_graph(*L.graph(), title="$L = (θ_1 θ_2 x − y)^2$, both ways")

# %% [markdown]
# This is the smallest network with two layers: an input $x$, a weight $\theta_1$, a
# weight $\theta_2$, and the squared error of the answer. Each box holds two numbers.
# *data* was computed from left to right. *grad* was computed from right to left, and
# says how steeply the result $L$ depends on this box. The library drew it; by the end
# of the lesson every number in it, and the code that found it, will be yours.
#
# **Letters.** The lectures write $\theta_1, \theta_2$ for the weights, which elsewhere
# in the course are $w$, and $a, b, c$ for what lies between. $\gamma$ is the learning
# rate. For the slope of the result in any number $v$ we write
#
# $$
# \bar v = \frac{\partial L}{\partial v} ,
# $$
#
# as the literature on automatic differentiation does; in code it is `v.grad`.

# %% [markdown]
# ## A formula is a graph
#
# A computer evaluates $L = (\theta_1 \theta_2 x - y)^2$ in small steps, each with a
# single operation, and gives each result a name:
#
# $$
# a = \theta_1 x, \qquad b = \theta_2 a, \qquad c = b - y, \qquad L = c^2 .
# $$
#
# Draw an arrow from each operand to its result, and the **computational graph** is
# there. No arrow leads back to where it came from, so one can always compute a node
# after its operands. That is the **forward pass**. With the numbers of the figure:

# %%
x, y = EXAMPLE.values()
theta_1, theta_2 = THETA.values()

a = theta_1 * x
b = theta_2 * a
c = b - y
L = c**2
print(f"a = {a:g}, b = {b:g}, c = {c:g}, L = {L:g}")
assert (a, b, c, L) == (2.0, -2.0, -3.0, 9.0)

# %% [markdown]
# ## The chain rule, one arrow at a time
#
# Every arrow has a **local slope**: how fast the result of *this one operation* changes
# with that operand. Local slopes are school derivatives, and need nothing but the
# numbers at hand:
#
# $$
# \frac{\partial L}{\partial c} = 2c, \qquad
# \frac{\partial c}{\partial b} = 1, \qquad
# \frac{\partial b}{\partial \theta_2} = a, \quad
# \frac{\partial b}{\partial a} = \theta_2, \qquad
# \frac{\partial a}{\partial \theta_1} = x .
# $$
#
# The **chain rule** says that slopes along a path multiply. If $a$ moves by a little
# $\varepsilon$, then $b$ moves by $\theta_2 \varepsilon$, so $c$ by
# $1 \cdot \theta_2 \varepsilon$, and $L$ by $2c \cdot 1 \cdot \theta_2 \varepsilon$.
#
# Multiply from the *end*. Then each node needs only the gradient of the node that it
# feeds, and one local slope. This is the **backward pass**:
#
# $$
# \begin{aligned}
# \bar L &= 1 , \\
# \bar c &= \bar L \cdot 2c , \\
# \bar b &= \bar c \cdot 1 , \\
# \bar \theta_2 &= \bar b \cdot a , \qquad \bar a = \bar b \cdot \theta_2 , \\
# \bar \theta_1 &= \bar a \cdot x .
# \end{aligned}
# $$
#
# Line by line that is Python. A name such as `c_bar` stands for $\bar c$:

# %%
L_bar = 1.0
c_bar = L_bar * 2 * c
b_bar = c_bar * 1
theta_2_bar = b_bar * a
a_bar = b_bar * theta_2
theta_1_bar = a_bar * x
print(f"c̄ = {c_bar:g}, b̄ = {b_bar:g}, ā = {a_bar:g}")
print(f"∂L/∂θ₁ = {theta_1_bar:g}, ∂L/∂θ₂ = {theta_2_bar:g}")

# %% [markdown]
# Put the lines into each other and the formulas of the lecture appear:
#
# $$
# \frac{\partial L}{\partial \theta_1} = 2c \cdot \theta_2 \cdot x
#     = 2 (\theta_1 \theta_2 x - y)\, x \theta_2 ,
# \qquad
# \frac{\partial L}{\partial \theta_2} = 2c \cdot a
#     = 2 (\theta_1 \theta_2 x - y)\, x \theta_1 .
# $$
#
# Note what the backward pass did *not* do. It never wrote these formulas down. It
# passed numbers along, and both results share the work up to $\bar b$. On four
# operations that saves nothing; on a million it is everything.

# %%
residual = theta_1 * theta_2 * x - y
assert theta_1_bar == 2 * residual * x * theta_2 == 24
assert theta_2_bar == 2 * residual * x * theta_1 == -12

# %% [markdown]
# What do 24 and −12 mean? Raise $\theta_1$ by a thousandth, and $L$ rises by about 24
# thousandths; raise $\theta_2$, and $L$ falls half as fast. So $\theta_1$ should go down
# and $\theta_2$ up. We test the claim by doing it, and then take one step of descent.


# %%
def lecture_loss(theta_1, theta_2, x, y):
    """Return (θ₁θ₂x − y)², for whatever can be subtracted and multiplied."""
    c = theta_2 * (theta_1 * x) - y
    return c * c


nudge = 0.001
rises = [
    lecture_loss(theta_1 + nudge, theta_2, x, y) - L,
    lecture_loss(theta_1, theta_2 + nudge, x, y) - L,
]
print(f"A nudge of {nudge}: L changes by {rises[0]:+.4f} and {rises[1]:+.4f}.")
np.testing.assert_allclose(rises, [24 * nudge, -12 * nudge], rtol=0.001)

gamma = 0.01
stepped = lecture_loss(theta_1 - gamma * 24, theta_2 + gamma * 12, x, y)
print(f"One step against the gradient takes L from {L:g} to {stepped:.3f}.")
assert stepped < L / 2

# %% [markdown]
# ## Used twice: gradients add up
#
# In the graph above every node feeds one other. What if a number is used twice? Let
# both layers share one weight, $\theta_1 = \theta_2 = \theta$. A little more $\theta$
# moves $L$ by two routes at once, through the first layer and through the second, and
# for small changes **the effects add up**:
#
# $$
# \bar v = \sum_{u \text{ computed from } v} \bar u \, \frac{\partial u}{\partial v} .
# $$
#
# That sum over the outgoing arrows is all that the chain rule has to say about graphs.
# In our case it says that the derivative of $(\theta^2 x - y)^2$ is the sum of the
# lecture's two formulas at $\theta_1 = \theta_2 = \theta$. Direct differentiation
# agrees, $2 (\theta^2 x - y) \cdot 2 \theta x$. (In the figure the difference $b - y$
# got no name from us; the library then calls it by its number, v5.)

# %% alt="θ = 1.5 stands once in the graph, with two arrows: one into a = θ x = 6, one into b = θ a = 9. Its gradient 192 is the sum of what comes back along both."
x, y = (Value(number, name) for name, number in EXAMPLE.items())
theta = Value(1.5, "θ")
a = theta * x
b = theta * a
L = (b - y) ** 2
for value, name in ((a, "a"), (b, "b"), (L, "L")):
    value.name = name
L.backward()
plots.computational_graph(*L.graph(), title="One weight, two routes")

# %%
residual = theta.data**2 * x.data - y.data
first_route, second_route = a.grad * x.data, b.grad * a.data
assert first_route == second_route == 2 * residual * x.data * theta.data
assert theta.grad == first_route + second_route == 4 * residual * x.data * theta.data
print(f"Through a: {first_route:g}. Through b: {second_route:g}. Sum: {theta.grad:g}.")

# %% [markdown]
# This is no rare case. In a network every weight is used once for *every example*; in
# a convolution (lesson 08) at every place of the image; in a recurrent network (lesson
# 12) at every step in time. Each use sends a gradient back, and the weight gets the sum.

# %% [markdown]
# ## Automatic differentiation in thirty lines
#
# Nothing above needed thought, so a machine can do it. A `Node` is a number that
# remembers what it was computed from: a list of **edges**, each an operand and the
# local slope. Python lets us say what `+`, `-` and `*` mean for it, so that any formula
# draws its own graph while it is computed.


# %%
class Node:
    """A number that remembers its operands, and its slope in each of them."""

    def __init__(self, data, edges=()):
        self.data, self.grad, self.edges = data, 0.0, edges

    def __add__(self, other):
        return Node(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __sub__(self, other):
        return Node(self.data - other.data, [(self, 1.0), (other, -1.0)])

    def __mul__(self, other):
        return Node(self.data * other.data, [(self, other.data), (other, self.data)])

    def tanh(self):
        result = np.tanh(self.data)
        return Node(result, [(self, 1 - result**2)])


# %% [markdown]
# Now the way back. A node may pass its gradient on only when that gradient is
# *complete*, after all nodes that use it have sent their share. So list the graph with
# operands first, and walk the list from its end.


# %%
def operands_first(result):
    """List the graph of a node so that every node comes after its operands."""
    order = []

    def visit(node):
        if node not in order:
            for operand, _ in node.edges:
                visit(operand)
            order.append(node)

    visit(result)
    return order


def backward(result):
    """Set `grad` of everything that the result was computed from."""
    order = operands_first(result)
    for node in order:
        node.grad = 0.0
    result.grad = 1.0
    for node in reversed(order):
        for operand, slope in node.edges:
            operand.grad += node.grad * slope


# %% [markdown]
# The last line is the formula with the sum, read from the other end. On the lecture's
# loss, which was written for numbers and never heard of nodes:

# %%
nodes = [Node(number) for number in (*THETA.values(), *EXAMPLE.values())]
loss = lecture_loss(*nodes)
backward(loss)
print(f"L = {loss.data:g}, gradients {[node.grad for node in nodes]}")
assert [node.grad for node in nodes[:2]] == [24.0, -12.0]

# %% [markdown]
# The library's `fmkeras.scratch.Value` is the same idea with more operations: powers,
# quotients, `exp`, `log`, `sigmoid`, `relu`, plain numbers as operands, and a walk that
# also masters very deep graphs. Without its explanations it is about a hundred lines.
# Are the two really the same? We build two hundred random tangles, in which many
# numbers are used several times, of nodes and of values, and compare the gradients.


# %%
def tangle(numbers, choices):
    """Combine numbers by the operations chosen, and return the last result."""
    numbers = list(numbers)
    for kind, i, j in choices:
        u, v = numbers[i % len(numbers)], numbers[j % len(numbers)]
        numbers.append((u + v, u - v, (u * v).tanh())[kind])
    return numbers[-1]


rng = np.random.default_rng(SEED)
for _ in range(200):
    start, choices = rng.normal(size=4), rng.integers([3, 99, 99], size=(12, 3))
    nodes, values = [Node(s) for s in start], [Value(s) for s in start]
    backward(tangle(nodes, choices))
    tangle(values, choices).backward()
    np.testing.assert_allclose(
        [n.grad for n in nodes], [v.grad for v in values], rtol=1e-9, atol=1e-12
    )
print("200 random graphs: our nodes and the library's values agree.")

# %% [markdown]
# From here on we use `Value`. It can also draw its graph as a table, here the one with
# the shared weight: one line for each node, operands first. Read *data* downwards and
# *grad* upwards:

# %%
print(L.draw())

# %% [markdown]
# ## Why the order matters
#
# There is another way to read the chain rule: the gradient is the sum over *all paths*
# from an input to the result, of the product of the slopes along the path. Code for
# that is shorter than ours, needs no order, and is right. It is also useless:


# %%
def along_all_paths(node, grad=1.0):
    """Add the gradient of each path separately; return how many arrows were walked."""
    node.grad += grad
    return sum(
        1 + along_all_paths(operand, grad * slope) for operand, slope in node.edges
    )


print("doublings   arrows in the graph   arrows walked, path by path")
for depth in (4, 8, 12, 16):
    bottom = top = Node(1.0)
    for _ in range(depth):
        top = top + top
    arrows = sum(len(node.edges) for node in operands_first(top))
    walked = along_all_paths(top)
    print(f"{depth:9d} {arrows:21d} {walked:29,d}")
    assert (bottom.grad, arrows, walked) == (2**depth, 2 * depth, 2 ** (depth + 1) - 2)

# %% [markdown]
# A hundred doublings, two hundred arrows, would have more paths than there is time.
# Backpropagation walks every arrow *once*, because it waits until a node's gradient is
# complete and passes on the sum. That bookkeeping, and not the chain rule, is the
# invention.

# %% [markdown]
# ## Trust, but nudge
#
# How do we know that a gradient is right? We nudge and look. The **central difference**
#
# $$
# f'(w) \approx \frac{f(w + h) - f(w - h)}{2h}
# $$
#
# knows nothing of graphs and is wrong in its own way. By Taylor's formula its error is
# about $h^2 f'''(w) / 6$, while the one-sided difference $(f(w + h) - f(w)) / h$ is off
# by $h f''(w) / 2$. So make $h$ tiny? But $f$ is computed to sixteen digits only, and
# dividing by $h$ enlarges the rounding error to about $10^{-16} / h$. There is a best
# $h$ between the two evils.


# %%
def wavy(w):
    """Return tanh(w) exp(w) − w² / (1 + exp(−w)) for a `Value`."""
    return w.tanh() * w.exp() - w**2 * w.sigmoid()


w = Value(0.7)
wavy(w).backward()

h = np.logspace(-12, 0, 61)
above, below = (
    np.array([wavy(Value(0.7 + s)).data for s in shift]) for shift in (h, -h)
)
one_sided = np.abs((above - wavy(w).data) / h - w.grad)
central = np.abs((above - below) / (2 * h) - w.grad)
print(f"one-sided: error {one_sided.min():.0e} at h = {h[one_sided.argmin()]:.0e}")
print(f"central:   error {central.min():.0e} at h = {h[central.argmin()]:.0e}")

# %% alt="Error over the step h, both axes logarithmic. Both lines fall from the right as h shrinks, the central one twice as steeply, reach a lowest point, and rise again, ragged, towards the left where rounding rules."
tiny = 1e-17  # a logarithmic axis has no place for an error of zero
plots.curves(
    h,
    {
        "one-sided difference": np.maximum(one_sided, tiny),
        "central difference": np.maximum(central, tiny),
    },
    xlabel="step $h$",
    ylabel="error of the slope",
    logx=True,
    logy=True,
)

# %%
assert 1e-10 < h[one_sided.argmin()] < 1e-6
assert 1e-7 < h[central.argmin()] < 1e-3
at_1e5 = central[np.argmin(np.abs(h - 1e-5))]
assert at_1e5 < 1e-9
print(f"The central difference at h = 1e-5 is off by {at_1e5:.0e}.")

# %% [markdown]
# The rule of thumb: central differences, $h$ about $10^{-5}$, in 64 bits, and expect
# about nine digits. In 32 bits, the usual width of a network's numbers, rounding is
# some 500 million times coarser, and with this $h$ hardly two digits are left. Here the
# rule examines the operations of a `Value`, each at three random places:

# %%
OPERATIONS = {
    "u + v": lambda u, v: u + v,
    "u − v": lambda u, v: u - v,
    "u · v": lambda u, v: u * v,
    "u / v": lambda u, v: u / v,
    "u³": lambda u, v: u**3,
    "eᵘ": lambda u, v: u.exp(),
    "ln u": lambda u, v: u.log(),
    "tanh u": lambda u, v: u.tanh(),
    "σ(u)": lambda u, v: u.sigmoid(),
    "relu(u)": lambda u, v: u.relu(),
}


def nudged(f, inputs, h=1e-5):
    """Return the central differences of f in each of its inputs."""
    shifts = h * np.eye(len(inputs))
    return np.array([(f(inputs + s) - f(inputs - s)) / (2 * h) for s in shifts])


for operation in OPERATIONS.values():
    for inputs in rng.uniform(0.5, 2.0, size=(3, 2)):
        u, v = map(Value, inputs)
        operation(u, v).backward()
        differences = nudged(lambda uv, f=operation: f(*map(Value, uv)).data, inputs)
        np.testing.assert_allclose([u.grad, v.grad], differences, atol=1e-8)
print(f"{len(OPERATIONS)} operations agree with finite differences.")

# %% [markdown]
# That is the whole secret of a library for deep learning: a few dozen operations, each
# with a local slope that is known and tested. Whatever is built from them can be
# differentiated without another thought.

# %% [markdown]
# ## Training a network
#
# Time to use it. Two moons that no straight line parts, and a network of two layers:
# eight neurons with tanh, and one weighted sum of theirs, the score $z$. Its sigmoid is
# the probability of class 1. With labels $t = \pm 1$ the loss of an example is
# $-\ln \sigma(t z)$, as in lesson 03. There are $2 \cdot 8 + 8 + 8 + 1 = 33$ weights.
#
# NumPy helps with the shapes. Its arrays can hold any objects, and `@` then uses *their*
# multiplication and addition, so the two layers read as always.


# %%
(x_train, y_train), (x_test, y_test) = load_moons(noise=0.1)
x_train, y_train = x_train[:EXAMPLES].astype("float64"), y_train[:EXAMPLES]


def unpack(w):
    """Split all weights into a kernel and biases for each of the two layers."""
    w = np.asarray(w)
    hidden = (len(w) - 1) // 4
    kernel_1, bias_1, kernel_2, bias_2 = np.split(w, np.array([2, 3, 4]) * hidden)
    return kernel_1.reshape(2, hidden), bias_1, kernel_2.reshape(hidden, 1), bias_2


def loss_as_graph(w, x, y):
    """Return the mean loss as one `Value`, for weights that are values."""
    kernel_1, bias_1, kernel_2, bias_2 = unpack(w)
    total = Value(0.0)
    for features, t in zip(x.tolist(), (2 * y - 1).tolist(), strict=True):
        z = np.array(features, dtype=object) @ kernel_1 + bias_1
        score = (np.array([neuron.tanh() for neuron in z]) @ kernel_2 + bias_2)[0]
        total = total - (t * score).sigmoid().log()
    return total / len(x)


# %% [markdown]
# One call of `backward` on the loss of a hundred examples gives the slopes in all 33
# weights. Each weight was used a hundred times, so each slope is a sum of a hundred.


# %%
def value_gradient(w):
    """Return the gradient `(33,)` of the mean training loss, by `Value`."""
    values = np.array([Value(weight) for weight in w])
    loss_as_graph(values, x_train, y_train).backward()
    return np.array([value.grad for value in values])


rng = np.random.default_rng(SEED)
start = np.concatenate(
    [
        rng.normal(scale=2**-0.5, size=2 * HIDDEN),
        np.zeros(HIDDEN),
        rng.normal(scale=HIDDEN**-0.5, size=HIDDEN),
        np.zeros(1),
    ]
)
loss = loss_as_graph([Value(weight) for weight in start], x_train, y_train)
nodes, arrows = loss.graph()
print(f"{len(start)} weights, {len(nodes):,} nodes, {len(arrows):,} arrows")
print(f"The loss before training is {loss.data:.3f} nats; no idea would be 0.693.")

# %% [markdown]
# ### Four ways, one gradient
#
# Before we train, we ask three others. **Finite differences**, 66 runs of the loss. The
# tape of TensorFlow, which is what Keras uses inside `fit`. And **matrices**: nobody
# who trains seriously makes a node of every number. The nodes of a real library are
# whole arrays, and a layer $Z = AW + b$ of $B$ examples is one operation. Its local
# slopes follow from the sum over paths. $W_{jk}$ feeds $Z_{ik}$ for every example $i$,
# with slope $A_{ij}$; $A_{ij}$ feeds $Z_{ik}$ for every $k$, with slope $W_{jk}$; so
#
# $$
# \bar W = A^\top \bar Z, \qquad
# \bar b_k = \sum_i \bar Z_{ik}, \qquad
# \bar A = \bar Z\, W^\top .
# $$
#
# An activation, entry by entry, multiplies by its slope: $\bar Z = \bar A' \odot (1 -
# \tanh^2 Z)$ for $A' = \tanh Z$. The sigmoid with its loss gives $p - y$, answer minus
# truth, as lesson 03 found; the mean divides it by $B$. Together:


# %%
def matrix_gradient(w):
    """Return the gradient of the mean training loss, layer by layer."""
    kernel_1, bias_1, kernel_2, bias_2 = unpack(w)
    hidden = np.tanh(x_train @ kernel_1 + bias_1)  # (B, 8), kept for the way back
    p = 1 / (1 + np.exp(-(hidden @ kernel_2 + bias_2)))  # (B, 1)

    score_bar = (p - y_train[:, None]) / len(x_train)  # (B, 1)
    hidden_bar = score_bar @ kernel_2.T  # (B, 8)
    z_bar = hidden_bar * (1 - hidden**2)
    layer_1 = [x_train.T @ z_bar, z_bar.sum(axis=0)]
    layer_2 = [hidden.T @ score_bar, score_bar.sum(axis=0)]
    return np.concatenate([part.ravel() for part in layer_1 + layer_2])


# %% [markdown]
# TensorFlow is the one import of this lesson that other lessons leave to Keras. Keras
# has no name of its own for the tape, because each of its backends differentiates in
# its own way; this section needs TensorFlow as the backend, which is the usual one. A
# `GradientTape` does what our edges do: it records every operation of the forward pass,
# and `gradient` plays the tape backwards.

# %%
import keras
import tensorflow as tf

from fmkeras.models import mlp
from fmkeras.runtime import set_seed

set_seed(SEED)
model = mlp(2, (HIDDEN,), 1, activation="tanh", compile=False)
model.set_weights(unpack(start))
inputs = x_train.astype("float32")
with tf.GradientTape() as tape:
    loss = keras.losses.BinaryCrossentropy()(y_train[:, None], model(inputs))
by_tape = tape.gradient(loss, model.trainable_weights)
tape_gradient = np.concatenate([tf.reshape(part, [-1]) for part in by_tape])


# %%
def scores(w, x):
    """Return the score of each point: the forward pass alone."""
    kernel_1, bias_1, kernel_2, bias_2 = unpack(w)
    return (np.tanh(x @ kernel_1 + bias_1) @ kernel_2 + bias_2)[:, 0]


def mean_loss(w):
    """Return the mean training loss: −ln σ(tz) is ln(1 + exp(−tz))."""
    return np.logaddexp(0, -(2 * y_train - 1) * scores(w, x_train)).mean()


ours = value_gradient(start)
others = {
    "finite differences": (nudged(mean_loss, start), 1e-8),
    "matrices": (matrix_gradient(start), 1e-12),
    "tf.GradientTape": (tape_gradient, 1e-5),
}
for name, (gradient, tolerance) in others.items():
    furthest = np.abs(gradient - ours).max()
    print(f"{name:19s} largest distance from the values {furthest:.0e}")
    np.testing.assert_allclose(gradient, ours, atol=tolerance)

# %% [markdown]
# The distances tell who computes how. The matrices differ by the last bit of 64, the
# finite differences by what nudging can give, and the tape by the last bits of 32.
#
# ### The descent
#
# Momentum from lesson 02, with gradients from our hundred lines, and beside it the same
# network in Keras: the same start, the same step, all examples in one batch.

# %%
path = take(momentum(value_gradient, start, LEARNING_RATE), STEPS)
losses = np.array([mean_loss(w) for w in path])

model.compile(
    optimizer=keras.optimizers.SGD(LEARNING_RATE, momentum=0.9),
    loss=keras.losses.BinaryCrossentropy(),
)
history = model.fit(inputs, y_train, batch_size=EXAMPLES, epochs=STEPS, verbose=0)

# %% alt="The loss over 120 steps, by values and by Keras. The two curves cover each other and fall from about 0.7 to nearly zero."
plots.learning_curves(
    {"by Value": losses[:-1], "by Keras": history}, xlabel="step", title="Loss in nats"
)

# %%
in_keras = np.concatenate([part.ravel() for part in model.get_weights()])
keras_losses = history.history["loss"]
print(f"The last loss is {losses[-2]:.5f} by Value, {keras_losses[-1]:.5f} by Keras.")
print(f"The weights differ by at most {np.abs(in_keras - path[-1]).max():.0e}.")
np.testing.assert_allclose(keras_losses, losses[:-1], atol=1e-3)
np.testing.assert_allclose(in_keras, path[-1], atol=0.02)


# %% alt="Two interlocking half moons of points and the boundary learnt, a curve that bends between them and leaves hardly a point on the wrong side."
def probability(x):
    """Return the probability of class 1 for points `(B, 2)`."""
    return 1 / (1 + np.exp(-scores(path[-1], x)))


accuracy = np.mean((probability(x_test) > 0.5) == y_test)
print(f"Of {len(y_test)} new points {accuracy:.1%} are answered rightly.")
assert accuracy > 0.9
plots.decision_boundary(
    probability,
    x_test,
    y_test,
    class_names=("upper moon", "lower moon"),
    title="New points, and the boundary that was learnt",
)

# %% [markdown]
# A bent boundary, from a loop over numbers that remember where they came from. The
# figures printed here are the same on every run on one machine. Another machine, or
# another `SEED`, will print slightly different ones; the test of this lesson accepts
# every accuracy above 90 %, and asks three seeds.

# %% [markdown]
# ## Forward or backward?
#
# The chain rule is a product, and products can be worked out from either end.
# **Forward mode** starts at an input: along with every number $v$ it carries $\dot v$,
# the slope of $v$ in that one input. No graph has to be kept, and the code is even
# shorter. A pair of this kind is called a **dual number**.


# %%
class Dual:
    """A number and its slope in one chosen input."""

    def __init__(self, data, slope):
        self.data, self.slope = data, slope

    def __sub__(self, other):
        return Dual(self.data - other.data, self.slope - other.slope)

    def __mul__(self, other):
        slope = self.slope * other.data + self.data * other.slope
        return Dual(self.data * other.data, slope)


numbers = [*THETA.values(), *EXAMPLE.values()]
sweeps = {}
for chosen, name in enumerate(THETA):
    duals = [Dual(v, float(i == chosen)) for i, v in enumerate(numbers)]
    sweeps[name] = lecture_loss(*duals).slope
    print(f"sweep {chosen + 1}: ∂L/∂{name} = {sweeps[name]:g}")
assert list(sweeps.values()) == [24.0, -12.0]

# %% [markdown]
# Two weights, two sweeps. That is the catch: a sweep of forward mode gives the slopes
# of *everything* in *one input*; a sweep of **reverse mode**, which is backpropagation,
# gives the slopes of *one result* in *everything*. Training has one result, the loss,
# and very many inputs, the weights.
#
# We count. A sweep, either way, multiplies once for each arrow. An operation has at
# most two operands, so a sweep is never more than two multiplications for each
# operation of the forward pass, however many weights there are. For networks of growing
# width, and a single example:

# %%
widths = 2 ** np.arange(7)
weights = 4 * widths + 1
arrows = []
for count in weights:
    one = loss_as_graph([Value(0.1) for _ in range(count)], x_train[:1], y_train[:1])
    nodes, edges = one.graph()
    operations = sum(node["operation"] != "" for node in nodes)
    assert len(edges) <= 2 * operations
    arrows.append(len(edges))
arrows = np.array(arrows)
print(f"{weights[-1]} weights: one sweep {arrows[-1]:,} multiplications,")
print(f"one sweep for each weight {weights[-1] * arrows[-1]:,}.")

# %% alt="Multiplications over the number of weights, both axes logarithmic. Reverse mode rises with slope one, forward mode with slope two; at 257 weights they are more than a factor of two hundred apart."
plots.curves(
    weights,
    {
        "forward mode, one sweep a weight": weights * arrows,
        "reverse mode, one sweep": arrows,
    },
    xlabel="number of weights",
    ylabel="multiplications for a gradient",
    logx=True,
    logy=True,
)

# %% [markdown]
# At a million weights the factor between the lines is a million. Finite differences
# share the fate of forward mode, two runs for each weight, and are inexact besides.
#
# The same count in matrices: a chain of layers has the gradient
# $J_k \cdots J_2 J_1$, where $J_\ell$ is the matrix of slopes of layer $\ell$. The last
# one, of the loss, is a single row. From the left every product is a row times a
# matrix; from the right it is a matrix times a matrix. An $r \times q$ matrix times a
# $q \times p$ matrix takes $r q p$ multiplications.

# %%
sizes = [200, 100, 50, 1]  # numbers that go into layer 1, out of layer 1, and so on
J1, J2, J3 = (rng.normal(size=(sizes[i + 1], sizes[i])) for i in range(3))
np.testing.assert_allclose((J3 @ J2) @ J1, J3 @ (J2 @ J1))
backwards = 1 * 50 * 100 + 1 * 100 * 200
forwards = 50 * 100 * 200 + 1 * 50 * 200
print(f"From the loss: {backwards:,}. From the inputs: {forwards:,} multiplications.")
assert forwards > 40 * backwards

# %% [markdown]
# Two remarks for fairness. If there are few inputs and many results, such as a curve
# in space over time, forward mode wins (exercise 3 lets you find the formula). And
# reverse mode pays in **memory**: the slopes need the numbers of the forward pass, so all
# of them are kept until the way back. This is why training needs several times the
# memory of answering, and why a batch can be too large for a machine.

# %% [markdown]
# ## Going wrong on purpose
#
# ### Overwriting, and forgetting to reset
#
# The two classic bugs of backpropagation are one character and one line. Write `=` for
# `+=`, and a node that is used twice keeps only what came last. Leave the reset out,
# and the weights, which live on from step to step, add up the gradients of all steps.


# %%
def backward_overwriting(result):
    order = operands_first(result)
    result.grad = 1.0
    for node in reversed(order):
        for operand, slope in node.edges:
            operand.grad = node.grad * slope  # wrong: forgets the other uses


def backward_without_reset(result):
    result.grad = 1.0
    for node in reversed(operands_first(result)):
        for operand, slope in node.edges:
            operand.grad += node.grad * slope  # wrong: on top of the last step's


def descend(backward, steps=80, rate=0.003):
    """Return the losses of descent on the lecture's loss, with one way back."""
    theta_1, theta_2, x, y = (Node(v) for v in (*THETA.values(), *EXAMPLE.values()))
    losses = []
    for _ in range(steps):
        loss = lecture_loss(theta_1, theta_2, x, y)
        losses.append(loss.data)
        backward(loss)
        for theta in (theta_1, theta_2):
            theta.data -= rate * theta.grad
    return np.array(losses)


# %% alt="The loss over 80 steps, three ways. The right way falls to zero. Overwriting falls too, but more slowly. Without the reset the loss falls fastest at first, comes up again, and swings far above where it began."
runs = {
    "right": descend(backward),
    "overwriting": descend(backward_overwriting),
    "no reset": descend(backward_without_reset),
}
plots.curves(np.arange(80), runs, xlabel="step", ylabel="$L$")

# %%
print("              after 5 steps   worst of the last 40")
for name, run in runs.items():
    print(f"{name:12s} {run[5]:14.2f} {run[40:].max():22.2f}")
assert runs["no reset"][5] < runs["right"][5] < runs["overwriting"][5] < 9
assert runs["right"][40:].max() < 0.05 < runs["overwriting"][40:].max()
assert runs["no reset"][40:].max() > 9

# %% [markdown]
# The missing reset is easy to see, if one waits. In the first steps it even looks
# better, for it is momentum that keeps all of its past; but nothing brakes it, and soon
# the loss swings far above where it began. (`Value.backward` and Keras reset by
# themselves; in PyTorch it is the line `optimizer.zero_grad()`.)
#
# Overwriting is the nasty one: **a wrong gradient may still go downhill.** The training
# works, only worse, and nobody suspects the gradient. Here the square $c \cdot c$ uses
# $c$ twice, and every slope comes out as half. In a sum over examples it is worse: of
# all the examples one is left, and half of that.

# %%
points = [(1.0, 2.0), (2.0, 3.0), (3.0, 7.0)]
theta = Node(0.5)


def squared_error(theta, x, y):
    c = theta * Node(x) - Node(y)
    return c * c


total = squared_error(theta, *points[0])
for point in points[1:]:
    total = total + squared_error(theta, *point)

by_rule = sum(2 * (theta.data * x - y) * x for x, y in points)
grads = {}
for way in (backward, backward_overwriting):
    way(total)
    grads[way.__name__] = theta.grad
    print(f"{way.__name__:21s} {theta.grad:7.2f}   by the formula {by_rule:7.2f}")
assert grads["backward"] == by_rule
assert grads["backward_overwriting"] in [(theta.data * x - y) * x for x, y in points]

# %% [markdown]
# What to look for: nothing that you would see in a curve. What finds it: compare with
# finite differences, once, on a small network, before the first long training. And
# look at the *ratio* of the two: a clean 2 or $B$ points at a missing factor, a missing
# mean, or a path that was lost.
#
# ### A wall in the graph
#
# The third classic is no bug. Lesson 05 met a **saturated** neuron, flat where it is
# certain, at the end of a model, and there the right loss set it free. *Inside* a
# network no loss can help. Put a sigmoid, $h = \sigma(a)$, between the two weights of
# the lecture and let $\theta_1$ be a bit too large:

# %% alt="The lecture's graph with a sigmoid h behind a = 12. The gradient is 4 at h, and 0.00002458 at a, one arrow further back. θ₂ gets a gradient of −4, θ₁ hardly a ten-thousandth."
x, y = (Value(number, name) for name, number in EXAMPLE.items())
theta_1, theta_2 = Value(3.0, "θ₁"), Value(-1.0, "θ₂")
a = theta_1 * x
h = a.sigmoid()
L = (theta_2 * h - y) ** 2
for value, name in ((a, "a"), (h, "h"), (L, "L")):
    value.name = name
L.backward()
assert abs(theta_2.grad) > 10_000 * abs(theta_1.grad)
plots.computational_graph(*L.graph(), title="A wall between a and h")

# %% [markdown]
# Read the gradients from right to left. They are sizeable up to $h$, and then comes an
# arrow whose slope is $\sigma(12)\, \sigma(-12)$, some millionths. Behind this wall
# nothing can learn. It is the product that does it: one factor near zero is enough.
#
# In our network the same happens if the first weights start too large, or if the
# features come in units so small that their numbers are large. What the second layer
# gets stays about as large; what comes through the tanh dries up, and with it the
# training. (The matrices do the work here; they give the same gradients, and are fast.)

# %%
print("first weights   mean slope   gradient in the   gradient in the   loss after")
print(
    f"     times       of tanh       first layer      second layer   {STEPS:4d} steps"
)
large = {}
for scale in (1, 25, 625):
    w = start.copy()
    w[: 2 * HIDDEN] *= scale
    kernel_1, bias_1, *_ = unpack(w)
    slope = np.mean(1 - np.tanh(x_train @ kernel_1 + bias_1) ** 2)
    first, _, second, _ = (np.linalg.norm(g) for g in unpack(matrix_gradient(w)))
    end = mean_loss(take(momentum(matrix_gradient, w, LEARNING_RATE), STEPS)[-1])
    large[scale] = slope, first, second, end
    print(f"{scale:10d} {slope:14.4f} {first:16.4f} {second:17.4f} {end:12.3f}")

# %%
assert large[625][0] < 0.01 * large[1][0]
assert large[625][1] < 0.02 * large[1][1]
assert large[625][2] > 0.5 * large[1][2]
assert large[625][3] > 5 * large[1][3]

# %% [markdown]
# What to look for: a loss that falls a little and then stands, gradients that are
# near zero in the early layers and healthy in the last, neurons that answer ±1 to
# everything. What would do: small first weights, normalised features, and activations
# that do not flatten on both sides.
#
# In a deep chain the same factor strikes again and again. The slope of a sigmoid is at
# most $\tfrac14$, and backpropagation multiplies:

# %%
score = Value(0.0)
layer, slopes_by_depth = score, []
for _ in range(10):
    layer = layer.sigmoid()
    layer.backward()
    slopes_by_depth.append(score.grad)
for depth in (1, 2, 5, 10):
    print(f"{depth:2d} sigmoids in a row: slope {slopes_by_depth[depth - 1]:.1e}")
assert all(s <= 0.25**d for d, s in enumerate(slopes_by_depth, start=1))

# %% [markdown]
# Ten layers, and hardly a millionth arrives. This is the **vanishing gradient**, and
# lesson 09 is about living with it.

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports and constants at the
# top of the lesson are there when it runs, so write each answer to stand on its own.
#
# ### Exercise 1: One neuron, by hand
#
# A neuron answers $p = \sigma(wx + b)$, and its loss is $L = (p - y)^2$. Name the
# intermediates, go back step by step, and return $\partial L / \partial w$ and
# $\partial L / \partial b$ as an array of two numbers. The check nudges $w$ and $b$.
#
# <details><summary>Hint</summary>
#
# $z = wx + b$, $p = \sigma(z)$, $c = p - y$, $L = c^2$. The local slopes from the end
# are $2c$, $1$ and $p (1 - p)$; the last ones are $x$ for $w$ and $1$ for $b$.
#
# </details>


# %% exercise="neuron-by-hand"
def neuron_gradients(w, b, x, y):
    """Return the array of ∂L/∂w and ∂L/∂b for L = (σ(wx + b) − y)²."""
    ### BEGIN SOLUTION
    p = 1 / (1 + np.exp(-(w * x + b)))
    z_bar = 2 * (p - y) * p * (1 - p)
    return np.array([z_bar * x, z_bar])
    ### END SOLUTION


# %% check="neuron-by-hand"
rng = np.random.default_rng()
w, b, x = rng.uniform([0.4, 0.2, 1.5], [0.9, 0.6, 2.5])
y = float(rng.integers(2))


def loss_at(w, b):
    return (1 / (1 + np.exp(-(w * x + b))) - y) ** 2


h = 1e-5
slopes = np.array(
    [loss_at(w + h, b) - loss_at(w - h, b), loss_at(w, b + h) - loss_at(w, b - h)]
) / (2 * h)
p = 1 / (1 + np.exp(-(w * x + b)))
no_sigmoid = "The slope of the sigmoid, p (1 − p), is missing."
expect(
    neuron_gradients(w, b, x, y),
    slopes,
    call=f"neuron_gradients({w:.3f}, {b:.3f}, {x:.3f}, {y:g})",
    mistakes=[
        (-slopes, "The sign is turned: c is p − y, answer minus truth."),
        (slopes / 2, "The 2 of the square is missing."),
        (slopes / (p * (1 - p)), no_sigmoid),
        (slopes / (2 * p * (1 - p)), no_sigmoid),
        (slopes / (1 - p), "The slope of the sigmoid is p (1 − p), not p."),
        (slopes / (p - y), "The square has the slope 2c: c itself is missing."),
        (slopes * [w / x, 1], "The slope of z = wx + b in w is x, not w."),
        (slopes[[1, 1]], "The slope of z = wx + b in w is x: multiply by it."),
        (slopes[[0, 0]], "The slope of z = wx + b in b is 1, not x."),
        (slopes[::-1], "The order is turned round: first w, then b."),
    ],
    rtol=1e-6,
)
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: The backward pass
#
# Write the heart of automatic differentiation without looking. A graph comes as the
# number of its nodes and a list of edges `(operand, result, slope)`, in *any* order.
# Nodes are numbered so that every operand has a smaller number than its result, and the
# last node is the loss. Return an array with the gradient of the loss in every node.
#
# <details><summary>Hint</summary>
#
# Start with zeros, and 1 for the last node. Go through the edges so that the largest
# *result* comes first: `sorted(edges, key=..., reverse=True)`. When a result is reached,
# everything that uses it has been done, and its gradient is complete.
#
# </details>


# %% exercise="backward-pass"
def gradients(num_nodes, edges):
    """Return the array of the last node's slopes in all nodes."""
    ### BEGIN SOLUTION
    grads = np.zeros(num_nodes)
    grads[-1] = 1.0
    for operand, result, slope in sorted(edges, key=lambda e: e[1], reverse=True):
        grads[operand] += grads[result] * slope
    return grads
    ### END SOLUTION


# %% check="backward-pass"
rng = np.random.default_rng()
ends = [(0, 3), (3, 5), (0, 4), (5, 6), (1, 3), (4, 5), (2, 4), (3, 6)]
slopes = rng.uniform(0.5, 2.0, size=8) * rng.choice([-1, 1], size=8)
edges = [(*end, float(slope)) for end, slope in zip(ends, slopes, strict=True)]
matrix = np.zeros((7, 7))
for operand, result, slope in edges:
    matrix[operand, result] = slope


def walk(edges, add=True, upstream=True):
    grads = np.eye(7)[-1]
    for operand, result, slope in edges:
        share = slope * (grads[result] if upstream else 1.0)
        grads[operand] = grads[operand] * add + share
    return grads


last_first = sorted(edges, key=lambda e: e[1], reverse=True)
too_early = "A gradient was passed on too early: take the largest result first."
overwritten = "Gradients were overwritten: a node used twice adds up what comes back."
counts = np.linalg.solve(np.eye(7) - (matrix != 0), np.eye(7)[-1])
expect(
    gradients(7, list(edges)),
    np.linalg.solve(np.eye(7) - matrix, np.eye(7)[-1]),
    call="gradients(7, " + str([(u, v, round(s, 3)) for u, v, s in edges]) + ")",
    mistakes=[
        (np.zeros(7), "Nothing flows back: the gradient of the last node is 1."),
        (walk(last_first, add=False), overwritten),
        (walk(edges), too_early),
        (walk(edges[::-1]), too_early),
        (walk(last_first[::-1]), too_early),
        (walk(sorted(edges, reverse=True)), too_early),
        (walk(edges, upstream=False), "Multiply each slope by its result's gradient."),
        (counts, "Those are numbers of paths: multiply by the slopes."),
    ],
)
print("Exercise 2: right.")

# %% [markdown]
# ### Exercise 3: From which end?
#
# A chain of layers turns $s_0$ numbers into $s_1$, those into $s_2$, and so on up to
# $s_k$. The slopes of all results in all inputs are the product $J_k \cdots J_1$, where
# $J_\ell$ has $s_\ell$ rows and $s_{\ell - 1}$ columns. *Derive* how many
# multiplications the product takes if it is worked out from the results, starting with
# $J_k J_{k-1}$, and from the inputs, starting with $J_2 J_1$. Return both, in this
# order, for a list of widths $s_0, \dots, s_k$. When is which smaller?
#
# <details><summary>Hint</summary>
#
# From the results, what has been multiplied so far always has $s_k$ rows. The next
# factor is $J_\ell$, so the product costs $s_k \, s_\ell \, s_{\ell - 1}$, for
# $\ell = k - 1$ down to 1. From the inputs, what is there always has $s_0$ columns.
#
# </details>


# %% exercise="from-which-end"
def product_costs(widths):
    """Return the multiplications from the results and from the inputs."""
    ### BEGIN SOLUTION
    s, k = widths, len(widths) - 1
    from_results = sum(s[k] * s[i] * s[i - 1] for i in range(1, k))
    from_inputs = sum(s[i + 1] * s[i] * s[0] for i in range(1, k))
    return from_results, from_inputs
    ### END SOLUTION


# %% check="from-which-end"
rng = np.random.default_rng()
many, few = int(rng.integers(20, 30)), int(rng.integers(2, 5))
middle = [int(width) for width in rng.integers(6, 12, size=rng.integers(2, 4))]
for widths in ([many, *middle, few], [few, *middle, many]):
    shapes = list(zip(widths[1:], widths[:-1], strict=True))  # of J₁, J₂, …
    costs = {}
    for end, chain in (("results", shapes[::-1]), ("inputs", shapes)):
        so_far, costs[end] = chain[0], 0
        for shape in chain[1:]:
            left, right = (so_far, shape) if end == "results" else (shape, so_far)
            costs[end] += left[0] * left[1] * right[1]
            so_far = (left[0], right[1])
    first, last = widths[0], widths[-1]
    right = costs["results"], costs["inputs"]
    all_pairs = sum(r * c for r, c in shapes)
    one_result = right[0] // last, right[1] // first
    expect(
        product_costs(list(widths)),
        right,
        call=f"product_costs({widths})",
        mistakes=[
            (right[::-1], "The two are exchanged: first from the results."),
            (one_result, "Each product keeps the rows or columns of its starting end."),
            (
                (last * all_pairs, first * all_pairs),
                "k matrices take k − 1 products: the first one to be there is free.",
            ),
            ((all_pairs, all_pairs), "Those are the matrices' sizes, not products."),
            (
                (right[0], right[1] // first * last),
                "From the inputs the s₀ columns stay, not the rows of the end.",
            ),
        ],
    )
print("Exercise 3: right.")

# %% [markdown]
# ### Exercise 4: A layer with a short cut
#
# Deep networks often add a layer's input to its output: $Y = X + \tanh(XW)$, with $X$
# of shape `(B, D)` and $W$ of shape `(D, D)`. *Derive* $\bar X$ and $\bar W$ from
# $\bar Y$, and return them as a tuple. The check nudges every entry of $X$ and $W$.
# Then think: what reaches $X$ if the tanh is saturated everywhere?
#
# <details><summary>Hint</summary>
#
# $X$ is used twice, so two gradients add up. One comes straight from $Y$. For the
# other name $Z = XW$ and $A = \tanh Z$; then $\bar A = \bar Y$,
# $\bar Z = \bar A \odot (1 - A^2)$, and the rules for $Z = XW$ stand in the lesson.
#
# </details>


# %% exercise="short-cut"
def short_cut_backward(x, w, y_bar):
    """Return the gradients of x and w for y = x + tanh(x @ w)."""
    ### BEGIN SOLUTION
    z_bar = y_bar * (1 - np.tanh(x @ w) ** 2)
    return y_bar + z_bar @ w.T, x.T @ z_bar
    ### END SOLUTION


# %% check="short-cut"
rng = np.random.default_rng()
x, y_bar = rng.normal(size=(2, 5, 3))
w = rng.normal(scale=0.6, size=(3, 3))


def nudge_all(array, h=1e-5):
    """Return the central differences of sum(y_bar * y) in every entry of the array."""
    slopes = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        values = []
        for shift in (h, -h):
            array[index] += shift
            values.append(np.sum(y_bar * (x + np.tanh(x @ w))))
            array[index] -= shift
        slopes[index] = (values[0] - values[1]) / (2 * h)
    return slopes


x_bar, w_bar = nudge_all(x), nudge_all(w)
z_bar = y_bar * (1 - np.tanh(x @ w) ** 2)
lost = "The short cut is missing: X is used twice, and both gradients add up."
no_slope = "The slope of the tanh, 1 − tanh² Z, is missing."
w_turned = "W has to be transposed on the way back to X."
expect(
    short_cut_backward(x.copy(), w.copy(), y_bar.copy()),
    (x_bar, w_bar),
    call="short_cut_backward(x, w, y_bar)",
    mistakes=[
        ((z_bar @ w.T, w_bar), lost),
        ((y_bar, w_bar), "Only the short cut reaches X: the layer is a path too."),
        ((1 + z_bar @ w.T, w_bar), "Through the short cut comes Ȳ, not 1."),
        ((y_bar + y_bar @ w.T, x.T @ y_bar), no_slope),
        ((y_bar @ w.T, x.T @ y_bar), no_slope),
        ((y_bar + z_bar @ w, w_bar), w_turned),
        ((z_bar @ w, w_bar), w_turned),
        ((x_bar, w_bar.T), "Rows and columns of W̄ are exchanged: it is Xᵀ Z̄."),
        ((w_bar, x_bar), "The order is turned round: first X, then W."),
        ((x_bar, w_bar + x.T @ y_bar), "The short cut has no weights: W̄ is Xᵀ Z̄."),
    ],
    rtol=1e-6,
    atol=1e-7,
)
print("Exercise 4: right.")

# %% [markdown]
# ## What you have learnt
#
# - A formula is a graph of small operations, each with known local slopes. Numbers flow
#   forward; gradients flow back, $\bar v = \sum_u \bar u \, \partial u / \partial v$.
# - Slopes multiply along a path and add up where paths meet. Walking every arrow once,
#   with complete sums, is what makes it cheap.
# - A hundred lines of Python differentiate any formula, train a network, and agree with
#   `tf.GradientTape`, with finite differences and with matrices.
# - One backward sweep costs a fixed multiple of the forward pass, whatever the number of
#   weights; it pays in memory. Forward mode wins where there are few inputs.
# - A wrong gradient may still go downhill. Check by central differences, with $h$ about
#   $10^{-5}$, in 64 bits.
# - A saturated neuron is a wall: nothing behind it can learn.
#
# **What stays open.** We can train any network now; lesson 07 asks which: how many
# neurons, how many layers, and what to do against overfitting. Lesson 09 measures the
# gradients that vanish with depth, and shows what the short cut of exercise 4 is for.
# Lesson 12 sends gradients back through time.
#
# **Sources.**
#
# - Rumelhart, Hinton and Williams (1986), "Learning Representations by Back-propagating
#   Errors", Nature 323, pages 533–536: the paper that made it known.
# - Linnainmaa (1976), "Taylor Expansion of the Accumulated Rounding Error", BIT 16,
#   pages 146–160: reverse mode, ten years before.
# - Griewank and Walther (2008), "Evaluating Derivatives", second edition, chapters 3
#   (forward and reverse mode) and 4 (what they cost in time and memory).
# - Baydin, Pearlmutter, Radul and Siskind (2018), "Automatic Differentiation in Machine
#   Learning: a Survey", section 3, <https://arxiv.org/abs/1502.05767>. Its
#   $\bar v$ and $\dot v$ are ours.
# - Goodfellow, Bengio and Courville (2016), "Deep Learning", section 6.5 (graphs and
#   backpropagation), <https://www.deeplearningbook.org>.
