# ---
# title: The perceptron and activations
# part: I. Machine learning basics
# minutes: 1
# difficulty: 2
# prerequisites: [3]
# objectives:
#   - Read linear and logistic regression as one neuron with two activations.
#   - Train a neuron by Rosenblatt's rule, and prove when that ends.
#   - Prove that no line solves XOR, and solve it with two layers by hand.
#   - Show in numbers that layers without an activation collapse into one.
#   - Choose an activation by its slope, and recognise dead and saturated neurons.
# ---

# %% [markdown]
# # The perceptron and activations
#
# Two rules are easily said: "yes if at least one of two signs is positive", and "yes if
# exactly one of them is". **Which of them can a single neuron learn, and what must be
# put between two layers of neurons so that they can do more than one?**
#
# The lesson assumes weighted sums and gradient descent as in lesson 01, and the sigmoid
# and its loss as in lesson 03.

# %% tags=["setup"]
import math

import numpy as np

from fmkeras import data, plots
from fmkeras.course import expect
from fmkeras.scratch import gradient_descent, take

SEED = 0
PASSES = 100  # of Rosenblatt's rule, where it never ends by itself
HIDDEN = 16  # neurons between the features and the answer
LINE_EPOCHS, CURVE_EPOCHS = 15, 30  # of training without and with a hidden layer
LEARNING_RATE = 0.03  # of Adam, for the networks with a hidden layer
TOO_LARGE = 10.0  # a step size that kills neurons


def with_one(x):
    """Put the constant feature x₀ = 1 before the others."""
    return np.hstack([np.ones((len(x), 1)), x])


# %% alt="Four clouds of points around the corners of a square. Opposite corners have the same class, neighbouring corners have different ones."
(x_xor, y_xor), _ = data.load_xor()


def no_answer_yet(x):
    """Return one half for every point."""
    return np.full(len(x), 0.5)


plots.decision_boundary(
    no_answer_yet,
    x_xor,
    y_xor,
    class_names=("same sign", "different signs"),
    title="Exactly one of the two is positive: XOR",
)

# %% [markdown]
# Try it with a ruler: lay one straight line so that circles and squares are on
# different sides. You will always leave one of the four clouds on the wrong side. In
# 1969 a whole book was written about what one layer of neurons cannot do, and this
# small picture became its best-known example. The way out is a second layer, and
# between the layers something that is not a straight line: an **activation**.
#
# **Letters.** The lectures write a neuron as $y = f(w_0 + \sum_i w_i x_i)$ with
# $x_0 = 1$, and the weights of two layers as $W$ and $s$; so does this lesson. What a
# neuron answers is $\hat y$, to keep it apart from the true label $y$. $D$ counts the
# features, $z$ is the weighted sum and $f$ the activation. In Keras $w_0$ is the `bias`
# and the others are the `kernel`. As in lesson 03, labels are $y \in \{0, 1\}$, or
# $t = 2y - 1 \in \{-1, 1\}$ where that is shorter, and $\gamma$ is the step size.

# %% [markdown]
# ## One neuron
#
# A neuron adds up its inputs, each with a weight of its own, and passes the sum through
# a function:
#
# $$
# \hat y = f(z) , \qquad z = w_0 + \sum_{i=1}^{D} w_i x_i
#     = \sum_{i=0}^{D} w_i x_i \quad\text{with } x_0 = 1 .
# $$
#
# The **bias** $w_0$ is an ordinary weight if every example begins with a one. As code:


# %%
def neuron(x, w, f):
    """Return f(w₀ + Σ wᵢ xᵢ) for features `(B, D)` and weights `(D + 1,)`."""
    return f(with_one(x) @ w)


def identity(z):
    """Return z itself."""
    return z


def sigmoid(z):
    """Return 1 / (1 + exp(−z))."""
    return 1 / (1 + np.exp(-z))


# %% [markdown]
# You know two of these neurons. With the **identity**, $f(z) = z$, the neuron is linear
# regression. With the **sigmoid**, $f(z) = \sigma(z)$, it is logistic regression. The
# library has a builder for the neuron and one for each of the two; with the same
# weights all three must give the same numbers as our line of code.

# %%
import keras

from fmkeras.models import linear_regression, logistic_regression, perceptron


def answers(model, x):
    """Return what a Keras model answers, as a NumPy array."""
    return keras.ops.convert_to_numpy(model(x.astype("float32")))


rng = np.random.default_rng(SEED)
x, w = rng.normal(size=(6, 3)), rng.normal(size=4)
for name, f, builder in (
    ("linear", identity, linear_regression),
    ("sigmoid", sigmoid, logistic_regression),
):
    models = perceptron(3, activation=name), builder(3)
    for model in models:
        model.set_weights([w[1:, None], w[:1]])  # kernel (3, 1), bias (1,)
        np.testing.assert_allclose(
            answers(model, x)[:, 0], neuron(x, w, f), rtol=1e-5, atol=1e-6
        )
    print(f"{name:8s}by hand, {models[0].name} and {models[1].name}: the same.")

# %% [markdown]
# And they learn alike. Lesson 01 differentiated the squared error and lesson 03 the
# cross entropy; both times the slope by the weighted sum came out as *answer minus
# truth*, up to a constant factor. For the mean squared error of the identity neuron
#
# $$
# \nabla \mathcal L(w) = \frac{2}{B} \sum_{i=1}^{B} (\hat y_i - y_i) \, x_i ,
# $$
#
# where $i$ counts the examples, no longer the features. Five steps by hand and five by
# each of the two builders, with plain descent:

# %%
y = rng.normal(size=6)
path = take(
    gradient_descent(
        lambda w: 2 * with_one(x).T @ (neuron(x, w, identity) - y) / len(x),
        np.zeros(4),
        learning_rate=0.1,
    ),
    steps=5,
)
for model in (perceptron(3, "linear", compile=False), linear_regression(3)):
    model.compile(keras.optimizers.SGD(0.1), "mse")
    for _ in range(5):
        model.train_on_batch(x, y[:, None])
    kernel, bias = model.get_weights()
    np.testing.assert_allclose([*bias, *kernel[:, 0]], path[-1], rtol=1e-4, atol=1e-6)
print(f"after five steps, three times: {path[-1].round(4)}")

# %% [markdown]
# ## A family of lines
#
# A neuron of two features changes its mind where $z = 0$. If $w_2 \neq 0$ that can be
# solved for $x_2$:
#
# $$
# w_0 + w_1 x_1 + w_2 x_2 = 0
# \quad\Longleftrightarrow\quad
# x_2 = -\frac{w_1}{w_2} \, x_1 - \frac{w_0}{w_2} .
# $$
#
# For each choice of weights that is one line, so a neuron is a family of lines. The
# ratio $w_1 : w_2$ turns the line, and $w_0$ shifts it to a parallel one.

# %% alt="Five lines in the plane. Three are parallel and fall to the right: they differ in w0 alone. One through the origin rises, and one through the origin falls more steeply."
x_1 = np.linspace(-2, 2, 41)
family = [(0, 1, 1), (1, 1, 1), (-1, 1, 1), (0, -1, 1), (0, 2, 1)]
plots.curves(
    x_1,
    {f"$w = {w}$": -(w[0] + w[1] * x_1) / w[2] for w in family},
    xlabel="$x_1$",
    ylabel="$x_2$",
    title="Where five neurons change their minds",
)

# %% [markdown]
# The vector $n = (w_1, w_2)$ stands at a right angle to the line and points to the side
# where $z > 0$: for two points on the line the difference of their sums is
# $n \cdot (a - b) = 0$. Walk from the line a distance $d$ in the direction of $n$, and
# the sum grows from 0 to $\lVert n \rVert \, d$. So the **signed distance** of a point
# from the line is
#
# $$
# d = \frac{w_0 + w_1 x_1 + w_2 x_2}{\lVert n \rVert} .
# $$
#
# Three weights, but a line has only two degrees of freedom, an angle and a shift. What
# does the third do? Multiply all weights by $k > 0$: line and sides stay as they are,
# and $z$ is $k$ times as large. The neuron gets *surer*. With a negative $k$ the two
# sides change places.

# %%
w, k = np.array([-1.0, 3.0, 4.0]), 2.5
on_the_line = np.array([[1 / 3, 0.0], [0.0, 1 / 4]])
np.testing.assert_allclose(neuron(on_the_line, w, identity), 0, atol=1e-12)
np.testing.assert_allclose(neuron(on_the_line, k * w, identity), 0, atol=1e-12)
assert abs((on_the_line[1] - on_the_line[0]) @ w[1:]) < 1e-12

step_aside = on_the_line + 0.7 * w[1:] / np.linalg.norm(w[1:])
distance = neuron(step_aside, w, identity) / np.linalg.norm(w[1:])
np.testing.assert_allclose(distance, 0.7)

# %% alt="Sigmoids over the signed distance from the line. With weights of length 1 the answer rises gently, with length 4 steeply, and with length 20 it is almost a step from 0 to 1."
d = np.linspace(-2, 2, 401)
plots.curves(
    d,
    {f"$\\Vert n \\Vert = {k}$": sigmoid(k * d) for k in (1, 4, 20)},
    xlabel="signed distance from the line",
    ylabel="answer of the neuron",
)

# %% [markdown]
# The longer the weights, the nearer the sigmoid comes to a **threshold** that answers 1
# if $z > 0$ and 0 otherwise. That threshold is where the history begins.

# %% [markdown]
# ## Rosenblatt's rule
#
# In 1958 Frank Rosenblatt described the **perceptron**, a neuron with a threshold that
# learns from its mistakes. Lesson 03 showed that a threshold has no slope to follow.
# Rosenblatt did not use one. Show the examples one after the other. If an answer is
# right, change nothing. If it is wrong, which with $t = \pm 1$ means
# $t \, x^\top w \le 0$, correct the weights by the example itself:
#
# $$
# w \leftarrow w + t \, x .
# $$
#
# This helps with this example at once: $t \, x^\top w$ grows by
# $t^2 \, x^\top x = \lVert x \rVert^2 > 0$. Whether it spoils others is the question.


# %%
def rosenblatt(x, t, passes):
    """Return the weights after each mistake, and the mistakes of each pass."""
    w, history, mistakes = np.zeros(x.shape[1]), [], []
    for _ in range(passes):
        before = len(history)
        for row, sign in zip(x, t, strict=True):
            if sign * (row @ w) <= 0:
                w = w + sign * row
                history.append(w)
        mistakes.append(len(history) - before)
        if mistakes[-1] == 0:
            break
    return np.array(history), mistakes


# %% [markdown]
# Two kinds of iris, setosa and versicolor, by the length and the width of their sepals,
# standardised:

# %%
(x_iris, species), _ = data.load_iris()
two_kinds = species < 2
sepals, is_versicolor = x_iris[two_kinds, :2].astype("float64"), species[two_kinds]
X, T = with_one(sepals), 2 * is_versicolor - 1

history, mistakes = rosenblatt(X, T, PASSES)
print(f"mistakes in each pass over {len(X)} flowers: {mistakes}")
print(f"weights at the end: {history[-1].round(3)}")
assert mistakes[-1] == 0
assert (T * (X @ history[-1]) > 0).all()

# %% alt="Sepal width over sepal length of setosa, upper left, and versicolor, lower right. The line after the first mistakes cuts through the flowers; after the last it runs between the two kinds."
x_1 = np.linspace(sepals[:, 0].min() - 0.3, sepals[:, 0].max() + 0.3, 41)
after = {f"after mistake {k}": history[k - 1] for k in (2, 4, len(history))}
figure = plots.curves(
    x_1,
    {name: -(w[0] + w[1] * x_1) / w[2] for name, w in after.items()},
    points={"setosa": sepals[T < 0], "versicolor": sepals[T > 0]},
    xlabel="sepal length, standardised",
    ylabel="sepal width, standardised",
    title="A line that learns from its mistakes",
)
figure.axes[0].set(ylim=(-2.8, 3.4))
figure

# %% [markdown]
# scikit-learn has the same rule, and takes the same path:

# %%
from sklearn.linear_model import Perceptron

witness = Perceptron(shuffle=False, tol=None, max_iter=len(mistakes)).fit(sepals, T)
np.testing.assert_allclose([*witness.intercept_, *witness.coef_[0]], history[-1])

# %% [markdown]
# ### Why it must end
#
# Suppose that some line separates the two classes. Take its weights, scaled to a unit
# vector $u$, so that $t_i \, x_i^\top u \ge \rho$ for all examples with some
# **margin** $\rho > 0$. Let $R$ be the length of the longest example. Look at what one
# mistake does to two numbers.
#
# **The weights turn towards $u$.** The correction adds $t \, x^\top u \ge \rho$ to
# $w^\top u$. After $k$ mistakes, from zero, $w^\top u \ge k \rho$.
#
# **The weights do not grow fast.** Since the answer was wrong, $t \, x^\top w \le 0$, and
#
# $$
# \lVert w + t x \rVert^2 = \lVert w \rVert^2 + 2 t \, x^\top w + \lVert x \rVert^2
#     \le \lVert w \rVert^2 + R^2 .
# $$
#
# After $k$ mistakes $\lVert w \rVert \le \sqrt k \, R$.
#
# A projection is no longer than the vector itself, so $k \rho \le \sqrt k \, R$, and
#
# $$
# k \le \left( \frac{R}{\rho} \right)^2 .
# $$
#
# The number of mistakes is finite, however often the examples are shown. To see it in
# numbers we need a $u$. Any separating one will do; we take the line that keeps the
# largest distance from all flowers, which is what `SVC` of scikit-learn computes.

# %%
from sklearn.svm import SVC


def most_mistakes(x, t):
    """Return the bound (R / ρ)², and the unit vector u that it was computed with."""
    widest = SVC(kernel="linear", C=1e6).fit(x[:, 1:], t)
    u = np.append(widest.intercept_, widest.coef_[0])
    u = u / np.linalg.norm(u)
    margin = (t * (x @ u)).min()
    assert margin > 0
    return (np.linalg.norm(x, axis=1).max() / margin) ** 2, u


bound, u = most_mistakes(X, T)
k = np.arange(1, len(history) + 1)
longest = np.linalg.norm(X, axis=1).max()
assert (history @ u >= k * (T * (X @ u)).min() - 1e-9).all()
assert (np.linalg.norm(history, axis=1) <= np.sqrt(k) * longest + 1e-9).all()
assert len(history) <= bound
print(f"mistakes: {len(history)}, and by the proof at most {bound:.0f}")

# %% [markdown]
# The bound is generous, but its message is right: what counts is the margin in
# comparison with the size of the examples. Show the same flowers in plain centimetres.
# All numbers are positive now, far from zero, and close together:

# %%
(x_cm, _), _ = data.load_iris(standardize=False)
X_cm = with_one(x_cm[two_kinds, :2].astype("float64"))
history_cm, mistakes_cm = rosenblatt(X_cm, T, passes=5_000)
bound_cm, _ = most_mistakes(X_cm, T)
assert mistakes_cm[-1] == 0
assert 50 * len(history) < len(history_cm) <= bound_cm
print(f"standardised: {len(history):5,d} mistakes, at most {bound:8,.0f}")
print(f"centimetres:  {len(history_cm):5,d} mistakes, at most {bound_cm:8,.0f}")

# %% [markdown]
# Lesson 01 gave one reason for standardising features; here is another.
#
# ### Going wrong on purpose: when no line exists
#
# Versicolor and virginica overlap. The proof says nothing about them, and the rule does
# not settle:

# %%
others = species > 0
petals, is_virginica = x_iris[others, 2:].astype("float64"), species[others] - 1
_, mistakes = rosenblatt(with_one(petals), 2 * is_virginica - 1, PASSES)
print(f"mistakes in the first passes: {mistakes[:8]}")
print(f"mistakes in the last passes:  {mistakes[-8:]}")
assert len(mistakes) == PASSES
assert min(mistakes) > 0

# %% [markdown]
# What to look for: a number of mistakes that stops falling but never reaches zero, and
# weights that depend on which example came last. A single flower on the wrong side is
# enough. The sigmoid and its loss from lesson 03 do not have this fault: where the
# classes overlap they have one best line, and where they do not, a penalty on the
# weights gives them one. That is why `fmkeras.models.perceptron` offers the sigmoid and
# no threshold.

# %% [markdown]
# ## What no line can do
#
# Put the four clouds of the first picture on the corners $(\pm 1, \pm 1)$. How many of
# the $2^4 = 16$ ways to colour four corners can a neuron with a threshold produce? The
# 27 neurons with weights $-1$, $0$ and $1$ are enough to find out; a hundred thousand
# random ones find no others.

# %%
corners = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
xor = np.array([0, 1, 1, 0])
small = np.array(np.meshgrid(*[[-1, 0, 1]] * 3)).reshape(3, 27).T  # (27, 3)


def colourings(weights):
    """Return the different rows of answers that these neurons give to the corners."""
    return {tuple(row) for row in (weights @ with_one(corners).T > 0).astype(int)}


found = colourings(small)
assert found == colourings(rng.normal(size=(100_000, 3)))
missing = {tuple(map(int, f"{i:04b}")) for i in range(16)} - found
print(f"{len(found)} of 16 colourings are possible. Missing: {sorted(missing)}")
assert missing == {tuple(xor), tuple(1 - xor)}

# %% [markdown]
# "At least one", "both", "the first" and their opposites: 14 of 16 work. The two that
# are missing are "exactly one", called **XOR** for *exclusive or*, and its opposite.
#
# **Proof.** The sum $z$ is linear, so at the middle of two points it is the mean of its
# values there. The origin is the middle of $(1, -1)$ and $(-1, 1)$, and also the middle
# of $(1, 1)$ and $(-1, -1)$. For all weights, therefore,
#
# $$
# \frac{z(1, -1) + z(-1, 1)}{2} = z(0, 0) = \frac{z(1, 1) + z(-1, -1)}{2} .
# $$
#
# A neuron that solves XOR would have a positive left side and a right side that is not
# positive. They are equal, so there is no such neuron. $\square$

# %%
sums = rng.normal(size=(1000, 3)) @ with_one(corners).T  # (1000, 4)
np.testing.assert_allclose(sums[:, xor == 1].sum(1), sums[:, xor == 0].sum(1))
most_right = max(np.sum(np.array(row) == xor) for row in found)
print(f"The best line gets {most_right} of the 4 corners right.")
assert most_right == 3

# %% [markdown]
# What do the two ways of learning make of it? Rosenblatt's rule runs in a circle. The
# logistic neuron finds its best weights at once: at $w = 0$ all answers are
# $\tfrac12$, and the pulls of the four corners cancel exactly. Since the loss is convex
# (lesson 03), that is the minimum: the best thing to say is "no idea", at a price of
# $\ln 2$.

# %%
history, mistakes = rosenblatt(with_one(corners), 2 * xor - 1, passes=3)
print(f"Rosenblatt: mistakes {mistakes}, and after each pass the weights")
print(history[np.cumsum(mistakes) - 1].tolist())
np.testing.assert_array_equal(history[np.cumsum(mistakes) - 1], 0)

pull = with_one(corners).T @ (neuron(corners, np.zeros(3), sigmoid) - xor) / 4
np.testing.assert_array_equal(pull, 0)
print(f"The gradient of the logistic loss at w = 0 is {pull.tolist()}.")

# %% [markdown]
# ## Two layers, by hand
#
# "Exactly one" means "at least one, **and** not both". Each part is a line that a
# neuron can draw, and "and" is another one. With the threshold $h(z)$, 1 if $z > 0$ and
# 0 otherwise:
#
# | neuron | weights | says |
# |---|---|---|
# | $a_1 = h(1 + x_1 + x_2)$ | $(1, 1, 1)$ | at least one is positive |
# | $a_2 = h(1 - x_1 - x_2)$ | $(1, -1, -1)$ | not both are positive |
# | $\hat y = h(-1.5 + a_1 + a_2)$ | $(-1.5, 1, 1)$ | both of the above |


# %%
def threshold(z):
    """Return 1 where z > 0, else 0."""
    return (z > 0).astype(float)


at_least_one = neuron(corners, np.array([1.0, 1.0, 1.0]), threshold)
not_both = neuron(corners, np.array([1.0, -1.0, -1.0]), threshold)
hidden = np.column_stack([at_least_one, not_both])
exactly_one = neuron(hidden, np.array([-1.5, 1.0, 1.0]), threshold)

print(np.column_stack([corners, hidden, exactly_one]).astype(int))
np.testing.assert_array_equal(exactly_one, xor)

# %% [markdown]
# The columns are $x_1, x_2, a_1, a_2, \hat y$. The neurons in the middle are called
# **hidden**, since their answers are not part of the data. What did they do? They moved
# the corners: in the plane of $(a_1, a_2)$ the two corners of class 1 are *one* point,
# $(1, 1)$, and a line can cut it off.
#
# A threshold cannot be trained by descent, so let us use a function with a slope. The
# **ReLU**, for *rectified linear unit*, is $\mathrm{ReLU}(z) = \max(0, z)$. Two of them
# fold the plane along the line $x_1 + x_2 = 0$, and a third neuron reads the fold off:
#
# $$
# a_1 = \mathrm{ReLU}(x_1 + x_2) , \quad
# a_2 = \mathrm{ReLU}(-x_1 - x_2) , \quad
# \hat y = \sigma\bigl( 8 \, (1 - a_1 - a_2) \bigr) .
# $$
#
# On the corners $a_1 + a_2 = |x_1 + x_2|$ is 2 where the signs are the same and 0 where
# they differ. The 8 makes the answers sure. In Keras that is a network with two layers, `mlp`, to
# which we hand our weights.

# %%
from fmkeras.models import mlp
from fmkeras.runtime import set_seed

fold = np.array([[1.0, -1.0], [1.0, -1.0]])  # (features, hidden neurons)
read = np.array([[-8.0], [-8.0]])
by_hand = mlp(2, hidden_dims=(2,), num_outputs=1, activation="relu")
by_hand.set_weights([fold, np.zeros(2), read, np.array([8.0])])

folded = np.maximum(0, x_xor @ fold)
p = neuron(folded, np.array([8.0, -8.0, -8.0]), sigmoid)
np.testing.assert_allclose(answers(by_hand, x_xor)[:, 0], p, rtol=1e-3, atol=1e-6)
print(f"By hand, {np.mean((p > 0.5) == y_xor):.1%} of {len(x_xor)} points are right.")
assert np.mean((p > 0.5) == y_xor) > 0.99

# %% alt="The points in the plane of the two hidden neurons. Those with different signs lie near the origin, those with the same sign far out on one of the two axes, and a straight line parts them."
plots.decision_boundary(
    lambda a: neuron(a, np.array([8.0, -8.0, -8.0]), sigmoid),
    folded,
    y_xor,
    class_names=("same sign", "different signs"),
    feature_names=("first hidden neuron $a_1$", "second hidden neuron $a_2$"),
    title="Folded, a straight line is enough",
)

# %% alt="The four clouds with two parallel boundaries that fall to the right. Between them lie the two clouds with different signs."
plots.decision_boundary(
    lambda x: answers(by_hand, x),
    x_xor,
    y_xor,
    class_names=("same sign", "different signs"),
    title="The same line, unfolded",
)

# %% [markdown]
# This is the whole idea of a network: the hidden layer moves the examples to where a
# line can part them, and the last neuron draws the line. What remains is to let descent
# find the hidden weights.

# %% [markdown]
# ## Half moons, and layers that collapse
#
# Two half moons reach into each other. The proof for XOR serves here too. Without noise
# the tip $(0, \tfrac12)$ of the lower moon is the middle of two points of the upper one,
# $(\pm \tfrac12 \sqrt 3, \tfrac12)$. If the neuron is right about these two, it is wrong
# about the tip. First the best that a line can do, with `perceptron` and once more with
# `logistic_regression`, which is the same thing:

# %%
(x_train, y_train), (x_test, y_test) = data.load_moons()
tip, upper = np.array([0.0, 0.5]), np.array([[-(0.75**0.5), 0.5], [0.75**0.5, 0.5]])
np.testing.assert_allclose(upper.mean(axis=0), tip)
np.testing.assert_allclose(np.linalg.norm(upper, axis=1), 1)  # on the unit circle

lines = perceptron(2, learning_rate=0.1), logistic_regression(2, learning_rate=0.1)
for model in lines:
    set_seed(SEED)  # the same shuffling for both
    model.fit(x_train, y_train, epochs=LINE_EPOCHS, verbose=0)
for one, other in zip(lines[0].get_weights(), lines[1].get_weights(), strict=True):
    np.testing.assert_allclose(one, other, rtol=1e-5)


def share_right(model):
    """Return the share of the training points that a model answers rightly."""
    return np.mean((answers(model, x_train)[:, 0] > 0.5) == y_train)


accuracy = {"a line": share_right(lines[0])}
print(f"A line gets {accuracy['a line']:.1%} of the training points right.")

# %% [markdown]
# Now a hidden layer of sixteen neurons, trained twice: once with the identity as
# activation, and once with the ReLU.

# %%
networks = {}
for activation in ("linear", "relu"):
    set_seed(SEED)
    model = mlp(2, (HIDDEN,), 1, activation=activation, learning_rate=LEARNING_RATE)
    model.fit(x_train, y_train, epochs=CURVE_EPOCHS, verbose=0)
    networks[activation] = model
    accuracy[activation] = share_right(model)

for name, share in accuracy.items():
    print(f"{name:8s}{share:.1%} of the training points are right")
assert abs(accuracy["linear"] - accuracy["a line"]) < 0.02
assert accuracy["relu"] > accuracy["a line"] + 0.06

# %% [markdown]
# On another machine, or from another `SEED`, these shares may differ by two percentage
# points. The gap between the last line and the others does not close.

# %% alt="The two moons and the boundary of the network with the identity: a straight line that cuts off both tips."
plots.decision_boundary(
    lambda x: answers(networks["linear"], x),
    x_train,
    y_train,
    title="Sixteen hidden neurons without an activation",
)

# %% alt="The two moons and the boundary of the network with the ReLU: it bends around both tips and parts the moons but for a few points."
plots.decision_boundary(
    lambda x: answers(networks["relu"], x),
    x_train,
    y_train,
    title="Sixteen hidden neurons with the ReLU",
)

# %% [markdown]
# Why did sixteen hidden neurons gain nothing? Write the two layers down, for an example
# $x$ as a row, with $W$ of shape $(D, m)$ and $s$ of shape $(m, 1)$ for $m$ hidden
# neurons, and the biases $b$ and $c$. If nothing stands between them,
#
# $$
# z = (x W + b) \, s + c = x \, \underbrace{W s}_{W'} + \underbrace{b \, s + c}_{b'} .
# $$
#
# **Two layers collapse into one**, with the weights $W' = W s$. A product of matrices is
# a matrix, so a hundred layers collapse as well. We take the trained network's weights,
# multiply them, and hand the product to a single neuron:

# %%
W, b, s, c = networks["linear"].get_weights()
collapsed_weights, collapsed_bias = W @ s, b @ s + c
collapsed = logistic_regression(2)
collapsed.set_weights([collapsed_weights, collapsed_bias])
np.testing.assert_allclose(
    answers(collapsed, x_test),
    answers(networks["linear"], x_test),
    rtol=1e-3,
    atol=1e-5,
)
print(
    f"{networks['linear'].count_params()} parameters: W {W.shape}, s {s.shape}, biases"
)
print(f"{collapsed.count_params()} parameters:  W' = W s = {collapsed_weights.ravel()}")

# %% [markdown]
# Sixty-five parameters did the work of three. Five layers fare no better than two:

# %%
x, layers = rng.normal(size=(6, 3)), rng.normal(size=(5, 3, 3))
through_all = x
for layer in layers:
    through_all = through_all @ layer
at_once = x @ np.linalg.multi_dot(layers)
np.testing.assert_allclose(through_all, at_once)
print(f"largest difference: {np.abs(through_all - at_once).max():.0e}")

# %% [markdown]
# Do the same to the network with the ReLU, and it is another function: nothing can be
# multiplied out through a kink.

# %%
W, b, s, c = networks["relu"].get_weights()
as_one = sigmoid(x_test @ (W @ s) + b @ s + c)
apart = np.abs(as_one - answers(networks["relu"], x_test)).max()
print(f"Collapsed, an answer of the ReLU network changes by up to {apart:.2f}.")
assert apart > 0.3

# %% [markdown]
# ## The activations
#
# Any function that is no straight line keeps two layers apart. A handful is in use. As
# formulas, with the slopes that the chain rule gives:
#
# | activation | $f(z)$ | values | slope $f'(z)$ |
# |---|---|---|---|
# | linear | $z$ | all numbers | $1$ |
# | sigmoid | $\sigma(z) = 1 / (1 + e^{-z})$ | between 0 and 1 | $\sigma(z) (1 - \sigma(z)) \le \tfrac14$ |
# | tanh | $(e^z - e^{-z}) / (e^z + e^{-z})$ | between $-1$ and 1 | $1 - \tanh^2 z \le 1$ |
# | ReLU | $\max(0, z)$ | 0 and above | 0 for $z < 0$, 1 for $z > 0$ |
# | leaky ReLU | $\max(\alpha z, z)$ | all numbers | $\alpha$ for $z < 0$, 1 for $z > 0$ |
# | GELU | $z \, \Phi(z)$ | $-0.17$ and above | $\Phi(z) + z \, \varphi(z)$ |
#
# $\Phi$ is the probability that a standard normal number is below $z$, and $\varphi$ its
# bell curve: the GELU lets a large $z$ through, stops a very negative one, and changes
# smoothly between the two. The slope $\alpha$ of the leaky ReLU is chosen beforehand,
# between 0 and 1; its inventors took 0.01, Keras's activation `leaky_relu` takes 0.2.

# %%
LEAK = 0.2
normal = np.vectorize(lambda z: (1 + math.erf(z / math.sqrt(2))) / 2)  # Φ


def bell(z):
    """Return the density φ of the standard normal distribution."""
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


activations = {
    "linear": (identity, np.ones_like),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(0, z), lambda z: np.where(z > 0, 1.0, 0.0)),
    "leaky_relu": (
        lambda z: np.maximum(LEAK * z, z),
        lambda z: np.where(z > 0, 1.0, LEAK),
    ),
    "gelu": (lambda z: z * normal(z), lambda z: normal(z) + z * bell(z)),
}

# %% [markdown]
# Each formula is compared with Keras, and each slope with a central difference, on
# points that step over the kink at 0:

# %%
z, h = np.linspace(-6, 6, 1200), 1e-5
print("activation     lowest   highest  steepest   on −6 to 6")
for name, (f, slope) in activations.items():
    theirs = keras.ops.convert_to_numpy(getattr(keras.activations, name)(z))
    np.testing.assert_allclose(f(z), theirs, rtol=1e-4, atol=1e-6)
    difference = (f(z + h) - f(z - h)) / (2 * h)
    np.testing.assert_allclose(slope(z), difference, atol=1e-8)
    print(f"{name:12s}{f(z).min():9.3f} {f(z).max():9.3f} {slope(z).max():9.3f}")

# %% alt="Six panels, each with a function and its slope. The sigmoid and tanh flatten at both ends; ReLU is flat on the left only; leaky ReLU is nowhere flat; GELU is a smooth ReLU that dips below zero; linear has slope 1 throughout."
plots.activation_curves({name: f for name, (f, _) in activations.items()})

# %% [markdown]
# Four remarks on the picture.
#
# **tanh is a sigmoid**, stretched and centred: $\tanh z = 2 \sigma(2z) - 1$. What it
# gains is answers around zero, and four times the slope there.
#
# **The ReLU has no slope at 0.** Any value between 0 and 1 would do; Keras takes 0. A
# sum hits 0 exactly so rarely that it does not matter.
#
# **The GELU dips.** Its lowest value is about $-0.17$, near $z = -0.75$. Its slope is
# above 1 around $z = \sqrt 2$, where the derivative of the slope,
# $\varphi(z) (2 - z^2)$, is zero.
#
# **Slopes multiply.** The chain rule through many layers is a product with one slope
# for each layer. The sigmoid's factor is a quarter *at best*; lessons 06 and 09 will
# follow that.

# %%
np.testing.assert_allclose(np.tanh(z), 2 * sigmoid(2 * z) - 1, atol=1e-12)
gelu, gelu_slope = activations["gelu"]
fine = np.linspace(-6, 6, 120_001)
assert round(gelu(fine).min(), 2) == -0.17
assert abs(fine[gelu(fine).argmin()] + 0.75) < 0.01
np.testing.assert_allclose(fine[gelu_slope(fine).argmax()], 2**0.5, atol=1e-3)
print(f"Through ten sigmoids a slope keeps at most {0.25**10:.1e} of its size.")

# %% [markdown]
# ### The softmax is different
#
# All of these look at one number. The **softmax** of lesson 04 looks at all scores of a
# layer together, $p_c = e^{z_c} / \sum_k e^{z_k}$, and gives numbers between 0 and 1
# that add up to 1. Its slope is thus a table: how much does $p_c$ change with $z_k$? By
# the quotient rule,
#
# $$
# \frac{\partial p_c}{\partial z_k} = p_c \, (\delta_{ck} - p_k) ,
# $$
#
# where $\delta_{ck}$ is 1 if $c = k$ and 0 otherwise. On the diagonal that is
# $p_c (1 - p_c)$, the sigmoid's slope. The rows add up to 0, since raising all scores
# alike changes nothing.


# %%
def softmax(z):
    """Return the softmax over the last axis."""
    exponentials = np.exp(z - z.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


scores = np.array([2.0, 1.0, 0.1])
p = softmax(scores)
table = np.diag(p) - np.outer(p, p)
nudges = h * np.eye(3)
differences = (softmax(scores + nudges) - softmax(scores - nudges)) / (2 * h)
np.testing.assert_allclose(p, keras.ops.softmax(scores), rtol=1e-5)
np.testing.assert_allclose(table, differences, atol=1e-8)
np.testing.assert_allclose(table.sum(axis=1), 0, atol=1e-12)
print(table.round(3))

# %% alt="Three curves over the score of the first class while the other scores stay at 1 and 0.1. The first probability rises from 0 to 1 like a sigmoid; the other two fall, and keep their ratio."
moving = np.linspace(-4, 6, 201)
p = softmax(np.column_stack([moving, np.full(201, 1.0), np.full(201, 0.1)]))
np.testing.assert_allclose(p.sum(axis=1), 1)
np.testing.assert_allclose(p[:, 1] / p[:, 2], np.exp(1.0 - 0.1))
plots.curves(
    moving,
    {"$p_1$": p[:, 0], "$p_2$": p[:, 1], "$p_3$": p[:, 2]},
    xlabel="score $z_1$; the others stay, $z_2 = 1$ and $z_3 = 0.1$",
    ylabel="softmax",
)

# %% [markdown]
# One score rises, and all probabilities move: its own as a sigmoid does, and the others
# down, in a fixed ratio to each other.

# %% [markdown]
# ### When to use which
#
# The last layer's activation follows from the question, the hidden layers' from the
# slopes.
#
# | place | activation | because |
# |---|---|---|
# | last, any number | linear | the answer must not be bounded |
# | last, yes or no | sigmoid | one probability, and the slope of its loss is $p - y$ |
# | last, one of $C$ classes | softmax | $C$ probabilities that compete |
# | hidden, to begin with | ReLU | cheap, and its slope is 1 wherever it is not 0 |
# | hidden, if neurons die | leaky ReLU | its slope is nowhere 0 |
# | hidden, in transformers | GELU | smooth; what GPT-2 uses (lesson 15) |
# | hidden, values that must stay bounded | tanh | the states of recurrent networks (lesson 12) |
# | gates between 0 and 1 | sigmoid | how much of something to let through (lesson 12) |

# %% [markdown]
# ## Going wrong on purpose: a saturated sigmoid
#
# Where the sigmoid is flat it is **saturated**, and a flat function passes no slope
# back. How flat it gets, in the 32-bit numbers that Keras computes with:

# %%
for z in (2, 5, 10, 20):
    sharp = sigmoid(np.float32(z))
    print(f"z = {z:2d}: σ = {sharp:.8f}, slope {sharp * (1 - sharp):.1e}")
assert sharp * (1 - sharp) == 0

# %% [markdown]
# From about $z = 17$ the sigmoid rounds to 1, and the slope that is computed is not
# small but zero. With features in raw units sums of several hundred are nothing unusual.
#
# Take the irises once more, and a neuron that starts out sure of a wrong opinion: with
# $w = (10, 0, 0)$ it calls every flower versicolor. With the squared error the chain
# rule brings the slope of the sigmoid in; with the cross entropy it cancels, as lesson
# 03 derived:
#
# $$
# \frac{\partial}{\partial z} (p - y)^2 = 2 (p - y) \, p (1 - p) ,
# \qquad
# \frac{\partial}{\partial z} \bigl[ -y \ln p - (1 - y) \ln (1 - p) \bigr] = p - y .
# $$

# %%
sure = np.array([10.0, 0.0, 0.0])


def squared_error_gradient(w):
    p = sigmoid(X @ w)
    return X.T @ (2 * (p - is_versicolor) * p * (1 - p)) / len(X)


def cross_entropy_gradient(w):
    return X.T @ (sigmoid(X @ w) - is_versicolor) / len(X)


wrong = {}
for name, gradient in (
    ("squared error", squared_error_gradient),
    ("cross entropy", cross_entropy_gradient),
):
    path = take(gradient_descent(gradient, sure, learning_rate=1.0), steps=300)
    wrong[name] = np.mean((path @ X.T > 0) != is_versicolor, axis=1)
    size = np.linalg.norm(gradient(sure))
    print(f"{name}: first gradient {size:.1e}, wrong at the end {wrong[name][-1]:.0%}")
assert wrong["squared error"].min() == 0.5
assert wrong["cross entropy"][-1] == 0

# %% alt="Share of wrong answers over 300 steps. With the squared error it stays at one half throughout; with the cross entropy it drops to zero within the first fifty."
plots.curves(
    np.arange(301),
    wrong,
    xlabel="step",
    ylabel="share of wrong answers",
    title="Sure, and wrong",
)

# %% [markdown]
# What to look for: a loss that is high and does not move, and outputs that are all
# within a hair of 0 or 1. The cures are the loss that belongs to the activation,
# standardised features, and, between layers, an activation that does not flatten.

# %% [markdown]
# ## Going wrong on purpose: a dead ReLU
#
# The ReLU is flat on one side only, but completely. A neuron whose sum is negative for
# *every* example always answers 0, and its slope is always 0. No example pulls at it,
# so no step of descent changes it: it is **dead**. Here one neuron is to learn
# $\max(0, x)$, which is its own shape, from $w = (-3, 1)$, once as ReLU and once as
# leaky ReLU:

# %%
ramp = np.linspace(-1, 1, 41)[:, None]
target = np.maximum(0, ramp[:, 0])
for name in ("relu", "leaky_relu"):
    f, slope = activations[name]

    def gradient(w, f=f, slope=slope):
        z = with_one(ramp) @ w
        return with_one(ramp).T @ (2 * (f(z) - target) * slope(z)) / len(ramp)

    start = np.array([-3.0, 1.0])
    end = take(gradient_descent(gradient, start, learning_rate=0.2), steps=500)[-1]
    error = np.mean((neuron(ramp, end, f) - target) ** 2)
    print(f"{name:11s}w = {end.round(3)}, mean squared error {error:.3f}")
    assert (end == start).all() == (name == "relu")
assert error < 0.01

# %% [markdown]
# After 500 steps the ReLU's weights are the same *to the last bit*. The leaky one came
# back.
#
# Who would start with such weights? Nobody, but a single step that is too large leads
# there. We train the network of the moons with a step size of 10, count the hidden
# neurons that answer 0 to every training point, and then go on with Adam and a
# reasonable rate.


# %%
def dead(model):
    """Return which hidden neurons answer 0 to every training point."""
    kernel, bias = model.get_weights()[:2]
    return (x_train @ kernel + bias <= 0).all(axis=0)


set_seed(SEED)
hurt = mlp(2, (HIDDEN,), 1, activation="relu", compile=False)
hurt.compile(keras.optimizers.SGD(TOO_LARGE), "binary_crossentropy")
hurt.fit(x_train, y_train, epochs=10, verbose=0)
died = dead(hurt)
before = hurt.get_weights()[0][:, died]
accuracy["hurt"] = share_right(hurt)

hurt.compile(keras.optimizers.Adam(LEARNING_RATE), "binary_crossentropy")
hurt.fit(x_train, y_train, epochs=10, verbose=0)
after = hurt.get_weights()[0][:, died]

# %%
print(f"Trained as it should be, {dead(networks['relu']).sum()} of {HIDDEN} are dead.")
print(f"After steps that were too large, {died.sum()} of {HIDDEN} are dead,")
print(f"and {accuracy['hurt']:.1%} of the training points are right.")
print(
    f"After ten good epochs, {dead(hurt)[died].sum()} of those {died.sum()} still are."
)
assert died.sum() >= HIDDEN / 4
np.testing.assert_array_equal(before, after)

# %% [markdown]
# What to look for: hidden outputs that are zero for every example, and a network that
# learns as if it were smaller than you built it. It *is* smaller: the weights of the
# dead have not changed in a single bit, and no patience will bring them back. How many
# die depends on the machine and the seed; with this step size expect a quarter or more.
# The cure is to begin again with smaller steps. A leaky ReLU would not have died, but
# do not take it as a licence: under steps of this size its sums may fly apart instead.

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports, constants and
# `with_one` at the top of the lesson are there when it runs, so write each answer to
# stand on its own.
#
# ### Exercise 1: The line through two points
#
# Write a function that returns the weights $(w_0, w_1, w_2)$ of a neuron whose boundary
# runs through the points $a$ and $b$, with $z > 0$ at the point `inside`. Scale them so
# that $z$ is the signed distance from the line, $w_1^2 + w_2^2 = 1$.
#
# <details><summary>Hint</summary>
#
# The direction of the line is $d = b - a$, and $(-d_2, d_1)$ is at a right angle to it.
# Scale that to length one, choose $w_0$ so that $z = 0$ at $a$, and look at the sign of
# $z$ at `inside`.
#
# </details>


# %% exercise="line-through-two-points"
def line_through(a, b, inside):
    """Return weights (3,) with z = 0 at a and b, and z > 0 the distance of `inside`."""
    ### BEGIN SOLUTION
    direction = (b - a) / np.linalg.norm(b - a)
    normal = np.array([-direction[1], direction[0]])
    w = np.append(-normal @ a, normal)
    return w if w[0] + w[1:] @ inside > 0 else -w
    ### END SOLUTION


# %% check="line-through-two-points"
rng = np.random.default_rng()
angle, shift = rng.uniform(0.2, 1.3), rng.uniform(0.5, 1.5) * rng.choice([-1, 1])
normal = np.array([np.cos(angle), np.sin(angle)])
along = np.array([-normal[1], normal[0]])
a = -shift * normal + rng.uniform(0.5, 1.0) * along
b = -shift * normal - rng.uniform(1.0, 2.0) * along
length = np.linalg.norm(b - a)
for side in (1, -1):
    inside = (a + b) / 2 + side * rng.uniform(0.3, 0.9) * normal
    right = side * np.array([shift, *normal])
    through_normal = side * np.array([-shift, *normal])
    parallel = np.array([-along @ a, *along])
    expect(
        line_through(a, b, inside),
        right,
        call=f"line_through({a.round(3)}, {b.round(3)}, {inside.round(3)})",
        mistakes=[
            (-right, "The sides are exchanged: z must be positive at `inside`."),
            (length * right, "z is no distance yet: divide so that w₁² + w₂² = 1."),
            (
                right / np.linalg.norm(right),
                "w₀ does not count: only w₁² + w₂² must be 1.",
            ),
            (through_normal, "The sign of w₀ is wrong: z must be 0 at a."),
            (-through_normal, "The sign of w₀ is wrong: z must be 0 at a."),
            (parallel, "(w₁, w₂) stands at a right angle to the line, not along it."),
            (-parallel, "(w₁, w₂) stands at a right angle to the line, not along it."),
        ],
    )
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: One pass of Rosenblatt's rule
#
# Write a function that shows all examples once, in their order, and returns the weights
# after that. Features are `(B, D + 1)` with the ones already in front, labels are −1
# and 1. A sum of exactly 0 counts as a mistake.
#
# <details><summary>Hint</summary>
#
# Go through the rows in a loop. Each row has to see the weights as the rows before it
# left them. Make a new array, `w = w + …`, so that the caller's stays as it was.
#
# </details>


# %% exercise="rosenblatt-pass"
def one_pass(x, t, w):
    """Return the weights (D + 1,) after each example was shown once."""
    ### BEGIN SOLUTION
    for row, sign in zip(x, t, strict=True):
        if sign * (row @ w) <= 0:
            w = w + sign * row
    return w
    ### END SOLUTION


# %% check="rosenblatt-pass"
rng = np.random.default_rng()


def pass_over(x, t, w, is_wrong=lambda margin: margin <= 0, sign=1, stop=False):
    for row, label in zip(x, t, strict=True):
        if is_wrong(label * (row @ w)):
            w = w + sign * label * row
            if stop:
                break
    return w


def all_at_once(x, t, w):
    wrong = t * (x @ w) <= 0
    return w + t[wrong] @ x[wrong]


def variants(x, t, w):
    return [
        (
            all_at_once(x, t, w),
            "Each row must see the weights the rows before it left.",
        ),
        (
            pass_over(x, t, w, lambda margin: True),
            "Right answers change nothing: correct mistakes only.",
        ),
        (
            pass_over(x, t, w, lambda margin: margin < 0),
            "A sum of 0 counts as a mistake: compare with ≤.",
        ),
        (
            pass_over(x, t, w, lambda margin: margin > 0),
            "That corrects the right answers: a mistake has t z ≤ 0.",
        ),
        (pass_over(x, t, w, sign=-1), "The sign is wrong: the rule adds t x."),
        (pass_over(x, t, w, stop=True), "Do not stop after the first mistake."),
    ]


for start in (rng.normal(size=3), np.zeros(3)):
    distinct = False
    while not distinct:  # draw until every mistake that can show here does
        x, t = with_one(rng.normal(size=(8, 2))), rng.permutation([1, -1] * 4)
        right, known = pass_over(x, t, start), variants(x, t, start)
        shown = (0, 1, 3, 4, 5) if start.any() else (1, 2, 4, 5)
        rows = np.array([right, *(known[i][0] for i in shown)])
        gaps = np.abs(rows[:, None] - rows).max(axis=-1) + np.eye(len(rows))
        distinct = gaps.min() > 1e-3
    expect(
        one_pass(x, t, start.copy()),
        right,
        call=f"one_pass(x, {t.tolist()}, {start.round(3).tolist()})",
        mistakes=known,
    )
print("Exercise 2: right.")

# %% [markdown]
# ### Exercise 3: The slope of an activation that you have not seen
#
# The **swish** is $f(z) = z \, \sigma(\beta z)$ with a number $\beta \ge 0$; with
# $\beta = 1$ Keras calls it `silu`. *Derive* its slope and write it for an array of
# sums. The check takes differences. Before you run it, *predict*: which two activations
# of this lesson does the swish come down to, up to a factor, for $\beta = 0$ and for a
# very large $\beta$?
#
# <details><summary>Hint</summary>
#
# A product of two functions of $z$: the slope of the first times the second, plus the
# first times the slope of the second. The second, $\sigma(\beta z)$, has an inner
# derivative.
#
# </details>


# %% exercise="slope-of-swish"
def swish_slope(z, beta):
    """Return the derivative of z σ(βz) at every entry of z."""
    ### BEGIN SOLUTION
    p = 1 / (1 + np.exp(-beta * z))
    return p + beta * z * p * (1 - p)
    ### END SOLUTION


# %% check="slope-of-swish"
rng = np.random.default_rng()
z = rng.uniform(0.4, 1.2, size=4) * [1, -1, 1, -1]
beta = rng.uniform(1.5, 2.5)


def swish(z):
    return z / (1 + np.exp(-beta * z))


right = (swish(z + 1e-5) - swish(z - 1e-5)) / 2e-5
p = 1 / (1 + np.exp(-beta * z))
expect(
    swish_slope(z, beta),
    right,
    call=f"swish_slope({z.round(3)}, {beta:.3f})",
    mistakes=[
        (p, "That is σ(βz): the product rule has a second term."),
        (beta * z * p * (1 - p), "The product rule has another term, σ(βz)."),
        (p + z * p * (1 - p), "The inner derivative of σ(βz) is missing."),
        (beta * p * (1 - p), "z is a factor: use the product rule."),
        (p * (1 - p), "z is a factor: use the product rule."),
        (p + beta * p * (1 - p), "In the second term the factor z is missing."),
        (p + beta * z * p, "The slope of the sigmoid is σ (1 − σ), not σ."),
        (p * z, "That is the swish itself: return its slope."),
        (p - beta * z * p * (1 - p), "The slope of the sigmoid is positive: add it."),
    ],
    rtol=1e-6,
    atol=1e-8,
)
np.testing.assert_allclose(swish_slope(z, 0.0), 0.5)  # z / 2, the identity halved
np.testing.assert_allclose(swish_slope(z, 300.0), z > 0, atol=1e-6)  # the ReLU
print("Exercise 3: right. With β = 0 it is half the identity, with large β the ReLU.")

# %% [markdown]
# ### Exercise 4: What a ReLU network is, seen from nearby
#
# A network $z(x) = \mathrm{ReLU}(x W + b) \, s + c$ does not collapse. But stay so near
# to one point $x$ that no hidden neuron crosses its kink: each of them is then either
# off or linear, and the network *is* one linear function, $z = w_0 + w_1 x_1 + \dots$.
# *Derive* its weights and return them as an array $(w_0, w_1, \dots, w_D)$. Shapes are
# `(D,)` for $x$, `(D, m)` for $W$, which the function calls `kernel`, `(m,)` for $b$ and
# $s$, and $c$ is a number. The check walks a little way from $x$ in every direction.
#
# <details><summary>Hint</summary>
#
# `on = x @ kernel + b > 0` says which hidden neurons are on. The others contribute
# nothing. For those that are on, use the equation of the collapse: $W' = W s$ and
# $b' = b \, s + c$.
#
# </details>


# %% exercise="relu-from-nearby"
def nearby(x, kernel, b, s, c):
    """Return weights (D + 1,), w₀ first, of the linear function around x."""
    ### BEGIN SOLUTION
    on = x @ kernel + b > 0
    return np.append(b[on] @ s[on] + c, kernel[:, on] @ s[on])
    ### END SOLUTION


# %% check="relu-from-nearby"
rng = np.random.default_rng()
clear = False
while not clear:  # some neurons on, some off, and none at its kink
    x, kernel, b, s = (rng.normal(size=shape) for shape in (3, (3, 6), 6, 6))
    sums = x @ kernel + b
    clear = np.abs(sums).min() > 0.1 and 2 <= (sums > 0).sum() <= 4
c = rng.uniform(1, 2)


def network(x):
    return np.maximum(0, x @ kernel + b) @ s + c


nudges = 1e-3 * np.eye(3)
slopes = (network(x + nudges) - network(x - nudges)) / 2e-3
right = np.append(network(x) - slopes @ x, slopes)
on = sums > 0
expect(
    nearby(x, kernel, b, s, c),
    right,
    call=f"nearby({x.round(2)}, kernel, b, s, {c:.2f})",
    mistakes=[
        (
            np.append(b @ s + c, kernel @ s),
            "That counts all neurons: those that are off contribute nothing.",
        ),
        (
            np.append(b[~on] @ s[~on] + c, kernel[:, ~on] @ s[~on]),
            "Those are the neurons that are off: take the others.",
        ),
        (np.append(network(x), slopes), "w₀ is the value at the origin, not at x."),
        (right - np.append(c, 0 * x), "The last bias c is missing in w₀."),
        (np.append(c, slopes), "The hidden biases reach the output too: add b s."),
        (
            np.append(b @ s + c, slopes),
            "In w₀, too, only the biases of the neurons that are on count.",
        ),
        (np.roll(right, -1), "The values are right, but w₀ goes first."),
        (slopes, "w₀ is missing: there are D + 1 weights."),
        (
            np.append(np.maximum(0, b) @ s + c, slopes),
            "Whether a neuron is on depends on its sum at x, not on its bias.",
        ),
    ],
    rtol=1e-6,
    atol=1e-8,
)
print("Exercise 4: right. A ReLU network is many linear neurons, one for each region.")

# %% [markdown]
# ## What you have learnt
#
# - A neuron is $f(w_0 + \sum_i w_i x_i)$. With the identity it is linear regression,
#   with the sigmoid logistic regression. In the plane its boundary is a line; the
#   length of the weights says how sure it is.
# - Rosenblatt's rule, $w \leftarrow w + t x$ at each mistake, ends after at most
#   $(R / \rho)^2$ mistakes if some line separates the classes, and never ends if none
#   does.
# - Of the 16 ways to colour four corners a line can do 14. The two others are XOR and
#   its opposite, for a line takes at a middle the mean of its ends. Two layers solve it.
# - Without an activation, $W' = W s$: any number of layers is one.
# - A flat activation passes no slope. A saturated sigmoid learns slowly, a dead ReLU
#   never. The last activation follows the question, the hidden ones follow the slope.
#
# **What stays open.** We derived slopes through one neuron by hand; how they travel
# back through many layers is lesson 06, Backpropagation. How many hidden neurons a
# problem needs, and whether enough of them can do everything, is lesson 07, Multilayer
# perceptrons. What becomes of a product of many slopes is lesson 09, and GELU returns in
# the transformer of lesson 15.
#
# **Sources.**
#
# - Rosenblatt (1958), "The Perceptron: A Probabilistic Model for Information Storage and
#   Organization in the Brain", Psychological Review 65(6), pages 386–408.
# - Novikoff (1962), "On Convergence Proofs on Perceptrons", Symposium on the
#   Mathematical Theory of Automata 12, pages 615–622: the bound.
# - Minsky and Papert (1969), "Perceptrons", MIT Press: what one layer cannot do.
# - Bishop (2006), "Pattern Recognition and Machine Learning", section 4.1.1 (the
#   geometry of a line) and 4.1.7 (the perceptron).
# - Goodfellow, Bengio and Courville (2016), "Deep Learning", section 6.1 (XOR), 6.2.2
#   (output units) and 6.3 (hidden units), <https://www.deeplearningbook.org>.
# - Glorot, Bordes and Bengio (2011), "Deep Sparse Rectifier Neural Networks", AISTATS,
#   section 3: the ReLU.
# - Maas, Hannun and Ng (2013), "Rectifier Nonlinearities Improve Neural Network Acoustic
#   Models", section 2: the leaky ReLU.
# - Hendrycks and Gimpel (2016), "Gaussian Error Linear Units (GELUs)", section 2,
#   <https://arxiv.org/abs/1606.08415>.
# - Ramachandran, Zoph and Le (2017), "Searching for Activation Functions", section 4,
#   <https://arxiv.org/abs/1710.05941>: the swish.
# - Montúfar, Pascanu, Cho and Bengio (2014), "On the Number of Linear Regions of Deep
#   Neural Networks", sections 2 and 3, <https://arxiv.org/abs/1402.1869>: exercise 4.
# - Fisher (1936), "The Use of Multiple Measurements in Taxonomic Problems", Annals of
#   Eugenics 7(2), pages 179–188: the irises.
