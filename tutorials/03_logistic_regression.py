# ---
# title: Logistic regression
# part: I. Machine learning basics
# minutes: 1
# difficulty: 2
# prerequisites: [1]
# objectives:
#   - Explain why a hard threshold cannot be trained by descent.
#   - Turn a weighted sum into a probability, and a probability into a loss.
#   - Show that the losses for labels 0, 1 and for labels −1, 1 are one.
#   - Derive the gradient-descent recursion and its largest stable step.
#   - Train on real tumours, read the boundary, and choose a threshold by its cost.
# ---

# %% [markdown]
# # Logistic regression
#
# A needle takes a few cells from a lump in a breast, and a microscope measures their
# nuclei: how large, how uneven, how dark. **Is the lump malignant? The answer is yes
# or no; how can numbers learn to give it, and how sure may they be?**
#
# The lesson assumes linear regression and gradient descent as in lesson 01, and
# derivatives with the chain rule. Probability is needed only as a word for "how many
# out of a hundred", and as something that multiplies where events are independent.

# %% tags=["setup"]
import numpy as np

from fmkeras import data, plots
from fmkeras.course import expect
from fmkeras.scratch import gradient_descent, take

SEED = 0
STEPS = 300  # of gradient descent by hand
EPOCHS = 40  # of the training with Adam
L2 = 1e-3  # strength of the penalty on the squared weights
NAMES = ("benign", "malignant")

# %% alt="Some 450 tumours by the radius and the texture of their nuclei. Benign ones crowd at small radii, malignant ones spread over large radii and coarse textures; between them the two kinds mix."
(x_all, y_train), (x_all_test, y_test) = data.load_breast_cancer()
y_train, y_test = 1 - y_train, 1 - y_test  # 1 for malignant, what we look for

features = data.feature_names("breast_cancer")
TWO = [features.index("worst radius"), features.index("worst texture")]
x_train, x_test = x_all[:, TWO], x_all_test[:, TWO]


def no_answer_yet(x):
    """Return one half for every tumour."""
    return np.full(len(x), 0.5)


axes_names = ("radius of the largest nuclei, standardised", "texture, standardised")
plots.decision_boundary(
    no_answer_yet,
    x_train,
    y_train,
    class_names=NAMES,
    feature_names=axes_names,
    title="Malignant or benign?",
)

# %% [markdown]
# Each point is a patient's tumour. Of the thirty numbers that were measured the
# picture shows two: the radius of the three largest nuclei, and how much their grey
# varies. Both are standardised, as lesson 01 advised: 0 is the average and 1 is one
# standard deviation above it.
#
# A large radius speaks for malignant, but in the middle the two kinds mix. An honest
# answer there is a probability. This lesson builds a model that gives one, trains it
# by hand and with Keras, and asks at the end what a doctor should do with it.
#
# **Letters.** The lectures write $w$ for the weights, with $w_0$ for the bias and a
# constant feature $x_0 = 1$, and $\gamma$ for the step size (our `learning_rate`). So
# does this lesson. Labels are $y \in \{0, 1\}$; where the lectures use
# $y \in \{-1, 1\}$, the lesson writes $t = 2y - 1$ to keep the two apart.

# %% [markdown]
# ## A threshold, and why it cannot be trained
#
# The nearest thought is a weighted sum and a threshold,
#
# $$
# \hat y = \begin{cases} 1 & \text{if } x^\top w > 0 \\ 0 & \text{otherwise,} \end{cases}
# $$
#
# with as few mistakes as possible. Let us count the mistakes while one weight moves
# and the others stay.


# %%
def with_one(x):
    """Put the constant feature 1 before the others."""
    return np.hstack([np.ones((len(x), 1)), x])


X = with_one(x_train).astype("float64")  # (455, 3)
slopes_of_texture = np.linspace(0.0, 1.5, 601)
mistakes = np.array(
    [np.mean((X @ [0.0, 2.0, w] > 0) != y_train) for w in slopes_of_texture]
)

# %% alt="The share of mistakes over the weight of the texture: a staircase with flat steps and sudden jumps, lowest where the weight is a little below one half."
plots.curves(
    slopes_of_texture,
    {"share of mistakes": mistakes},
    xlabel="weight of the texture (weight of the radius: 2)",
    ylabel="share of mistakes",
)

# %% [markdown]
# The curve is a staircase. Between two jumps a small change of the weight changes no
# answer, so the slope is zero *almost everywhere*, and at the jumps there is no slope.
# Gradient descent, which follows slopes, stays where it starts.

# %%
steps_without_change = np.mean(np.diff(mistakes) == 0)
print(f"{steps_without_change:.0%} of the small changes change no answer at all.")
assert steps_without_change > 0.8

# %% [markdown]
# Could lesson 01 help out? Fit a line to the labels by least squares, and call
# malignant what lies above one half. The trouble is that squares punish *being too
# right*. Watch what happens when we add forty tumours that are so large that nobody
# could doubt them: the answers for all the others should stay as they are.


# %%
def least_squares(x, y):
    """Return the weights with the smallest sum of squared errors."""
    return np.linalg.lstsq(x, y, rcond=None)[0]


clear_cases = np.tile([1.0, 15.0, 0.0], (40, 1))  # forty enormous, malignant tumours
more_x = np.vstack([X, clear_cases])
more_y = np.concatenate([y_train, np.ones(40)])

missed = {}
for name, w in {
    "without": least_squares(X, y_train),
    "with": least_squares(more_x, more_y),
}.items():
    missed[name] = int(np.sum((X @ w <= 0.5) & (y_train == 1)))
    print(f"{name:8s}the clear cases, {missed[name]} malignant tumours are missed.")
assert missed["with"] > 1.5 * missed["without"]

# %% [markdown]
# The forty clear cases drag the line towards themselves, and tumours that were
# recognised are missed. What we want is a curve that rises smoothly like a line, so
# that it can be trained, but flattens out where the case is clear.

# %% [markdown]
# ## From a weighted sum to a probability
#
# Let $p$ be the probability of "malignant". A weighted sum can be any number, a
# probability only one between 0 and 1. Betting shops know the way out. They speak of
# **odds**, $p / (1 - p)$: odds of 3 mean three times as likely as not. Odds are
# positive and have no upper end; their logarithm can be any number. So let the
# weighted sum be the logarithm of the odds,
#
# $$
# \ln \frac{p}{1 - p} = z = x^\top w ,
# $$
#
# and solve for $p$: $p = e^z (1 - p)$, hence
#
# $$
# p = \frac{e^z}{1 + e^z} = \frac{1}{1 + e^{-z}} = \sigma(z) .
# $$
#
# That is the **sigmoid** $\sigma$, in older books the *logistic function*, which gave
# the method its name.


# %%
def sigmoid(z):
    """Return 1 / (1 + exp(−z)), exactly as the formula stands."""
    return 1 / (1 + np.exp(-z))


import keras

z = np.linspace(-8, 8, 201)
np.testing.assert_allclose(sigmoid(z), keras.ops.sigmoid(z), rtol=1e-6)
np.testing.assert_allclose(np.log(sigmoid(z) / (1 - sigmoid(z))), z, atol=1e-9)

# %% alt="The sigmoid: an S that leaves 0, passes one half at z = 0 and approaches 1. Its derivative is a bell of height one quarter around z = 0."
plots.curves(
    z,
    {"$\\sigma(z)$": sigmoid(z), "$\\sigma'(z)$": sigmoid(z) * (1 - sigmoid(z))},
    points={"$z = 0$, probability one half": np.array([[0.0, 0.5]])},
    xlabel="weighted sum $z$, the logarithm of the odds",
    ylabel="probability and its slope",
)

# %% [markdown]
# Three properties will be used below.
#
# **What remains goes to the other class.** $1 - \sigma(z) = e^{-z} / (1 + e^{-z}) =
# \sigma(-z)$. So $\sigma(z)$ and $\sigma(-z)$ are both positive and add up to one: they
# are a distribution over the two classes.
#
# **The slope is a product of both.** Differentiate $(1 + e^{-z})^{-1}$:
#
# $$
# \sigma'(z) = \frac{e^{-z}}{(1 + e^{-z})^2} = \sigma(z) \, \bigl(1 - \sigma(z)\bigr)
#     \le \tfrac14 .
# $$
#
# **A weight multiplies the odds.** One unit more of feature $j$ adds $w_j$ to $z$, so
# the odds are multiplied by $e^{w_j}$, whatever they were.

# %%
np.testing.assert_allclose(sigmoid(z) + sigmoid(-z), 1)
h = 1e-5
slope = (sigmoid(z + h) - sigmoid(z - h)) / (2 * h)
np.testing.assert_allclose(slope, sigmoid(z) * (1 - sigmoid(z)), atol=1e-9)
assert slope.max() <= 0.25

# %% [markdown]
# ## The loss: how surprising is the truth?
#
# The model gives the answer $p$, and then the truth comes out. It gave the truth the
# probability $p$ if $y = 1$, and $1 - p$ if $y = 0$. All patients being independent,
# the probability of all that was observed, the **likelihood**, is the product of these
# numbers. We want it to be large. Take minus its logarithm and the mean, to have a sum
# that should be small:
#
# $$
# \mathcal L(w) = -\frac1B \sum_{i=1}^{B}
#     \bigl[\, y_i \ln p_i + (1 - y_i) \ln (1 - p_i) \,\bigr] ,
# \qquad p_i = \sigma(x_i^\top w) .
# $$
#
# In each term one of the two logarithms is switched off by its factor. With the natural
# logarithm, as here, the unit of the loss is the **nat**; with the logarithm to base 2
# it is the **bit**, and one bit is $\ln 2$ nats. A term of this
# form, $-\sum_k y_k \ln p_k$ over the distributions $(1 - y, y)$ and $(1 - p, p)$, is
# called the **cross entropy** of the answer under the truth. Lesson 04 is about it.
#
# The lectures also write the loss for labels $t = 2y - 1$, which are $-1$ and $1$.
# Because $1 - \sigma(z) = \sigma(-z)$, the truth got the probability $\sigma(t z)$ in
# both cases, and minus its logarithm is
#
# $$
# -\ln \sigma(t z) = \ln \left( 1 + e^{-t z} \right) .
# $$
#
# No case distinction is left. On random numbers the two forms are the same:

# %%
rng = np.random.default_rng(SEED)
z_some, y_some = rng.normal(scale=3.0, size=200), rng.integers(2, size=200)
p_some, t_some = sigmoid(z_some), 2 * y_some - 1

zero_one_form = -(y_some * np.log(p_some) + (1 - y_some) * np.log(1 - p_some))
plus_minus_form = np.log(1 + np.exp(-t_some * z_some))
by_keras = keras.losses.BinaryCrossentropy(from_logits=True, reduction=None)

np.testing.assert_allclose(zero_one_form, plus_minus_form)
np.testing.assert_allclose(
    by_keras(y_some[:, None], z_some[:, None]), plus_minus_form, rtol=1e-5
)
print(f"mean loss in both forms: {plus_minus_form.mean():.4f} nats")

# %% [markdown]
# The product $tz$ is the **margin**: positive where the answer is right, and large
# where it is clearly right. Over the margin, the three ways to count a mistake look
# like this:

# %% alt="Three losses over the margin. Counting mistakes gives a step at zero. The squared error falls to zero at margin one and rises again. The logistic loss falls smoothly towards zero and never rises."
margin = np.linspace(-1.5, 3, 181)
plots.curves(
    margin,
    {
        "mistake or not": (margin <= 0).astype(float),
        "squared error $(1 - tz)^2$": (1 - margin) ** 2,
        "logistic loss, in bits": np.log2(1 + np.exp(-margin)),
    },
    points={"no idea: one bit": np.array([[0.0, 1.0]])},
    xlabel="margin $tz$",
    ylabel="loss",
)

# %% [markdown]
# The step has no slope. The parabola rises again on the right: it punishes what is too
# right, which is how the forty clear cases spoilt the line. The logistic loss has a
# slope everywhere and lets clear cases rest.
#
# A model that answers one half to everything has a loss of $\ln 2 \approx 0.693$
# nats, which is one bit. Anything above it is worse than no idea.

# %% [markdown]
# ## The gradient, and the recursion
#
# The slope of one term $\ell$ by its weighted sum $z$ follows from the chain rule. For
# $y = 1$ it is $-\sigma'(z) / \sigma(z) = -(1 - p)$, for $y = 0$ it is
# $\sigma'(z) / (1 - \sigma(z)) = p$. Both are
#
# $$
# \frac{\partial \ell}{\partial z} = p - y ,
# $$
#
# answer minus truth. Since $\partial z / \partial w = x$,
#
# $$
# \nabla \mathcal L(w) = \frac1B \sum_{i=1}^{B} (p_i - y_i) \, x_i
#     = \frac1B X^\top (p - y) .
# $$
#
# That is the gradient of linear regression, $X^\top (Xw - y)$, with a sigmoid around
# $Xw$. In the $\pm 1$ form the same steps give the lecture's recursion: differentiate
# $\ln(1 + e^{-t z})$, which is $-t e^{-tz} / (1 + e^{-tz}) = -t / (1 + e^{tz})$, and step
# against it:
#
# $$
# w^{(k + 1)} = w^{(k)} + \frac{\gamma}{B} \sum_{i=1}^{B}
#     \frac{t_i \, x_i}{1 + \exp\bigl(t_i \, x_i^\top w^{(k)}\bigr)} .
# $$
#
# where $w^{(k)}$ are the weights after $k$ steps. Each patient pulls the weights
# towards the right side, strongly where the answer is wrong, and hardly where it is
# clearly right.

# %%
T = 2 * y_train - 1.0  # labels −1 and 1


def mean_loss(w):
    """Return the mean of ln(1 + exp(−t z)) in nats, for weights `(..., 3)`."""
    return np.logaddexp(0, -T * (w @ X.T)).mean(axis=-1)


def gradient(w):
    """Return Xᵀ(p − y) / B."""
    return X.T @ (sigmoid(X @ w) - y_train) / len(X)


w = rng.normal(size=3)
recursion = -(T / (1 + np.exp(T * (X @ w)))) @ X / len(X)
nudges = h * np.eye(3)
differences = (mean_loss(w + nudges) - mean_loss(w - nudges)) / (2 * h)
np.testing.assert_allclose(gradient(w), recursion)
np.testing.assert_allclose(gradient(w), differences, atol=1e-8)
print(f"Xᵀ(p − y) / B:      {gradient(w).round(6)}")
print(f"finite differences: {differences.round(6)}")

# %% [markdown]
# `np.logaddexp(0, a)` is $\ln(e^0 + e^a)$, worked out so that $e^a$ cannot overflow.
#
# How large may the step be? Differentiate once more. The slope of $p_i$ by $z_i$ is
# $p_i (1 - p_i)$, so the matrix of second derivatives, the Hessian, is
#
# $$
# \nabla^2 \mathcal L(w) = \frac1B X^\top \, \mathrm{diag}\bigl(p_i (1 - p_i)\bigr) \, X .
# $$
#
# All its eigenvalues are positive or zero, because $v^\top \nabla^2 \mathcal L \, v$ is a
# mean of squares $(x_i^\top v)^2$ with positive factors. **The loss is convex: it has one
# valley and no traps.** And since no factor exceeds $\tfrac14$, the curvature never
# exceeds that of least squares over four. So, wherever we stand, the loss lies below
# the bowl of $X^\top X / (4 B)$ that touches it there, and a step that goes down in that
# bowl goes down in the loss. By lesson 01, every step below
#
# $$
# \gamma = \frac{2}{\lambda_{\max}} , \qquad
# \lambda_{\max} = \lambda_{\max}\!\left( \frac{X^\top X}{4 B} \right)
# $$
#
# is safe: the loss falls at every step. We take half of it.

# %%
steepest = np.linalg.eigvalsh(X.T @ X / (4 * len(X))).max()
LEARNING_RATE = 1 / steepest
start = np.zeros(3)
path = take(gradient_descent(gradient, start, LEARNING_RATE), STEPS)
losses = mean_loss(path)

print(f"largest safe step: {2 / steepest:.2f}")
print(f"The loss fell from {losses[0]:.3f} to {losses[-1]:.3f} nats in {STEPS} steps.")
np.testing.assert_allclose(losses[0], np.log(2))
assert (np.diff(losses) < 0).all()


# %% alt="The loss over the weights of radius and texture, a long valley. The descent starts at the origin, runs down the slope and then along the valley floor to its lowest point."
def loss_of_two(w):
    """Return the loss of the two slopes `(..., 2)`, at the bias that was found."""
    bias = np.full((*w.shape[:-1], 1), path[-1][0])
    return mean_loss(np.concatenate([bias, w], axis=-1))


plots.loss_surface(
    loss_of_two,
    {"gradient descent": path[:, 1:]},
    bounds=(-1, 9, -1, 4),
    names=("weight of the radius", "weight of the texture"),
)

# %% [markdown]
# ## The boundary is a straight line
#
# Say "malignant" where $p > \tfrac12$. That is where $\sigma(z) > \tfrac12$, so where
# $z = w_0 + w_1 x_1 + w_2 x_2 > 0$. The boundary $x^\top w = 0$ is linear: a line in the
# plane, a plane in space, a **hyperplane** in general. The weights stand at right
# angles to it, and $z$ grows with the distance from it. For every other threshold the
# boundary is a parallel line.

# %% alt="The two kinds of tumours with the boundary learnt: a straight line that falls from upper left to lower right. Away from it the colours grow stronger as the model grows surer."
w = path[-1]
plots.decision_boundary(
    lambda x: sigmoid(with_one(x) @ w),
    x_train,
    y_train,
    class_names=NAMES,
    feature_names=axes_names,
    title="Where the answer changes",
)

# %%
on_the_line = np.array([[0.0, -w[0] / w[2]], [-w[0] / w[1], 0.0]])  # on both axes
np.testing.assert_allclose(sigmoid(with_one(on_the_line) @ w), 0.5)
along = on_the_line[1] - on_the_line[0]
assert abs(along @ w[1:]) < 1e-12

distance = (X @ w) / np.linalg.norm(w[1:])
order = np.argsort(distance)
assert (np.diff(sigmoid(X @ w)[order]) >= 0).all()
right = ((X @ w > 0) == y_train).mean()
print(f"With two numbers of thirty, {right:.1%} of the training answers are right.")
print(f"One standard deviation of radius multiplies the odds by {np.exp(w[1]):.0f}.")

# %% [markdown]
# ## Keras walks the same path
#
# `logistic_regression` is this model with Adam, a faster relative of gradient descent
# (lesson 02), and all that belongs to a training. To compare it with our lines, we give
# it plain gradient descent, our step size, and all examples in one batch.

# %%
from fmkeras.models import logistic_regression
from fmkeras.runtime import set_seed

set_seed(SEED)
model = logistic_regression(num_features=2, compile=False)
model.compile(
    optimizer=keras.optimizers.SGD(LEARNING_RATE),
    loss=keras.losses.BinaryCrossentropy(),
)
history = model.fit(x_train, y_train, batch_size=len(X), epochs=STEPS, verbose=0)

kernel, bias = model.get_weights()
np.testing.assert_allclose(history.history["loss"], losses[:-1], atol=1e-4)
np.testing.assert_allclose([*bias, *kernel[:, 0]], path[-1], atol=1e-3)
print(f"by hand: {path[-1].round(4)}")
print(f"Keras:   {np.round([*bias, *kernel[:, 0]], 4)}")

# %% alt="Loss over 300 steps, by hand and by Keras, from 0.69 nats down. The two curves cover each other."
plots.learning_curves(
    {"by hand": losses[:-1], "Keras": history}, xlabel="step", title="Loss in nats"
)

# %% [markdown]
# ## Going wrong on purpose: too easy a problem
#
# Now use all thirty numbers. Something odd happens: the training tumours can be told
# apart *without a mistake* by a hyperplane. scikit-learn finds one, if the penalty that
# it puts on large weights is next to nothing:

# %%
from sklearn.linear_model import LogisticRegression

free = LogisticRegression(C=1e6, max_iter=10_000).fit(x_all, y_train)
print(f"{free.score(x_all, y_train):.0%} of the training tumours are on their side.")
assert free.score(x_all, y_train) == 1

# %% [markdown]
# That sounds like good news. But if some $w$ makes all margins positive, then $2w$
# doubles them all and makes the loss smaller, and $4w$ smaller still. The valley has no
# bottom: it slopes down for ever, and the weights grow without end. We watch them for
# 20,000 steps, each as long as the bound allows, $2 / \lambda_{\max}$.

# %%
X30 = with_one(x_all).astype("float64")  # (455, 31)
step30 = 1 / np.linalg.eigvalsh(X30.T @ X30 / (4 * len(X30))).max()


def gradient30(w):
    return X30.T @ (sigmoid(X30 @ w) - y_train) / len(X30)


runaway = take(gradient_descent(gradient30, np.zeros(31), 2 * step30), 20_000)
counts = np.array([10, 100, 1_000, 10_000, 20_000])
lengths = np.linalg.norm(runaway[counts], axis=1)
for count, length in zip(counts, lengths, strict=True):
    print(f"after {count:6,d} steps the weights have length {length:6.2f}")
assert (np.diff(lengths) > 0.5).all()

# %% [markdown]
# What to look for: a training loss that creeps towards zero while the weights keep
# growing, and answers that become certain. The cure is a price on the weights, the
# penalty $\lambda \lVert w \rVert^2$ (argument `l2`), or to stop in time. Here is the
# library's model with a small penalty and a learning rate that fades to zero
# (lesson 02), and scikit-learn's, which finds the bottom of the same valley by another
# algorithm. Its `C` is `1 / (2 * l2 * B)`.

# %%
set_seed(SEED)
fading = keras.optimizers.schedules.CosineDecay(0.05, EPOCHS * -(-len(x_all) // 32))
model = logistic_regression(30, l2=L2, learning_rate=fading)
model.fit(x_all, y_train, epochs=EPOCHS, verbose=0)
reference = LogisticRegression(C=1 / (2 * L2 * len(x_all)), max_iter=10_000)
reference.fit(x_all, y_train)


def objective(kernel, bias):
    """Return the mean loss plus the penalty."""
    margins = T * (x_all.astype("float64") @ kernel.ravel() + bias)
    return np.logaddexp(0, -margins).mean() + L2 * np.sum(kernel**2)


ours = objective(*model.get_weights())
theirs = objective(reference.coef_, reference.intercept_)
print(f"objective: Keras {ours:.5f}, scikit-learn {theirs:.5f}")
np.testing.assert_allclose(ours, theirs, rtol=0.01)

# %%
p_test = model.predict(x_all_test, verbose=0)[:, 0]
accuracy = np.mean((p_test > 0.5) == y_test)
agree = np.mean((p_test > 0.5) == reference.predict(x_all_test))
print(f"Of {len(y_test)} test tumours, {accuracy:.1%} are answered rightly,")
print(f"and scikit-learn agrees about {agree:.1%} of them.")
assert accuracy > 0.94
assert agree > 0.98

# %% [markdown]
# On another machine, or from another `SEED`, the mini-batches come in another order.
# The objective then still ends within 1 % of the lowest, and the share of right answers
# within two percentage points of 98 %. A test asks three seeds.
#
# ## Which threshold?
#
# If the probabilities are right, one half is the threshold with the fewest mistakes on
# average, *if both mistakes count the same*. They do not. A healthy patient called ill
# has another examination; an ill patient called healthy goes home. Lower the threshold,
# and fewer of the ill are missed, at the price of more false alarms. The model with two
# features, which is less sure, shows the trade best:

# %%
p_two = sigmoid(with_one(x_test) @ path[-1])
print("threshold   missed   false alarms")
for threshold in (0.9, 0.7, 0.5, 0.3, 0.1, 0.05):
    missed = np.sum((p_two <= threshold) & (y_test == 1))
    alarms = np.sum((p_two > threshold) & (y_test == 0))
    print(f"{threshold:9.2f} {missed:8d} {alarms:14d}")

# %% alt="Two staircases over the threshold: the number of missed tumours climbs with it from zero, and the number of false alarms comes down. They cross between one third and two thirds."
thresholds = np.linspace(0.01, 0.99, 99)
said_yes = p_two > thresholds[:, None]  # (99, 114)
plots.curves(
    thresholds,
    {
        "missed": np.sum(~said_yes & (y_test == 1), axis=1),
        "false alarms": np.sum(said_yes & (y_test == 0), axis=1),
    },
    xlabel="threshold on the probability",
    ylabel="test patients",
)

# %% [markdown]
# If a miss costs $a$ and a false alarm costs $c$, the answer "malignant" costs
# $(1 - p) \, c$ on average, and the answer "benign" costs $p \, a$. Say "malignant" where
# the first is smaller: where $p > c / (a + c)$. A model that gives probabilities can be
# used by people who disagree about the costs; a model that says only yes or no cannot.

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports and constants at the
# top of the lesson are there when it runs, so write each answer to stand on its own.
#
# ### Exercise 1: One step of the recursion
#
# Write the lecture's recursion as a function: given features `(B, D)`, labels `(B,)`
# that are −1 and 1, weights `(D,)` and a step size $\gamma$, return the weights after
# one step of gradient descent on the *mean* of $\ln(1 + e^{-t x^\top w})$.
#
# <details><summary>Hint</summary>
#
# `t * (x @ w)` holds all margins at once. Divide `t` by $1 + e^{\text{margin}}$ to get one
# number for each example; its product with the matrix `x` sums over the examples.
#
# </details>


# %% exercise="logistic-recursion"
def step(x, t, w, learning_rate):
    """Return the weights after one step of gradient descent, for labels −1 and 1."""
    ### BEGIN SOLUTION
    pull = t / (1 + np.exp(t * (x @ w)))
    return w + learning_rate * pull @ x / len(x)
    ### END SOLUTION


# %% check="logistic-recursion"
rng = np.random.default_rng()
x = rng.normal(size=(7, 3))
t = rng.permutation([1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0])
w, rate = rng.normal(size=3), rng.uniform(0.2, 0.9)


def loss_at(w):
    return np.log(1 + np.exp(-t * (x @ w))).mean()


nudges = 1e-5 * np.eye(3)
slope = np.array([(loss_at(w + n) - loss_at(w - n)) / 2e-5 for n in nudges])
p = 1 / (1 + np.exp(-(x @ w)))
expect(
    step(x, t, w, rate),
    w - rate * slope,
    call=f"step(x, t, {w.round(3)}, {rate:.3f})",
    mistakes=[
        (w + rate * slope, "That climbs: the recursion adds what lowers the loss."),
        (
            w - rate * slope * len(x),
            "That is the sum over the examples: take the mean.",
        ),
        (-rate * slope, "That is the step alone: add it to the weights."),
        (slope, "That is the gradient: step from w against it."),
        (
            w + rate * (t / (1 + np.exp(-t * (x @ w)))) @ x / len(x),
            "The sign in the exponent is turned: large margins must pull weakly.",
        ),
        (
            w - rate * x.T @ (p - t) / len(x),
            "p − t mixes the two forms: p belongs to labels 0 and 1.",
        ),
    ],
    rtol=1e-6,
    atol=1e-8,
)
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: What a weight says
#
# A tumour has the probability $p$ of being malignant. *Predict* its probability when
# feature $j$, whose weight is $w_j$, grows by $\delta$ and all others stay. Write it with
# $p$, $w_j$ and $\delta$ alone: neither $x$ nor the other weights are needed.
#
# <details><summary>Hint</summary>
#
# The odds $p / (1 - p)$ are multiplied by $e^{w_j \delta}$. Turn the new odds $o$ back
# into a probability: $o / (1 + o)$.
#
# </details>


# %% exercise="odds-of-a-change"
def changed_probability(p, weight, delta):
    """Return the probability after a feature with this weight grew by delta."""
    ### BEGIN SOLUTION
    odds = p / (1 - p) * np.exp(weight * delta)
    return odds / (1 + odds)
    ### END SOLUTION


# %% check="odds-of-a-change"
rng = np.random.default_rng()
weights, x = rng.normal(size=4), rng.normal(size=4)
j, delta = int(rng.integers(4)), rng.uniform(0.4, 1.2)
weights[j] = rng.uniform(0.5, 1.5) * rng.choice([-1, 1])
before = 1 / (1 + np.exp(-(weights @ x)))
x[j] += delta
after = 1 / (1 + np.exp(-(weights @ x)))
odds = after / (1 - after)
expect(
    changed_probability(before, weights[j], delta),
    after,
    call=f"changed_probability({before:.3f}, {weights[j]:.3f}, {delta:.3f})",
    mistakes=[
        (odds, "Those are the new odds: turn them back into a probability."),
        (
            before * np.exp(weights[j] * delta),
            "It is the odds that are multiplied, not the probability.",
        ),
        (
            before + weights[j] * delta,
            "It is the logarithm of the odds that grows by w δ, not the probability.",
        ),
        (
            before + before * (1 - before) * weights[j] * delta,
            "That is the tangent: right for tiny changes only.",
        ),
        (1 - after, "That is the probability of the other class."),
    ],
)
print("Exercise 2: right.")

# %% [markdown]
# ### Exercise 3: The threshold that costs least
#
# A miss costs $a$ and a false alarm costs $c$. Write a function that turns an array of
# probabilities into answers, 1 for "malignant" and 0 for "benign", each with the
# smaller expected cost.
#
# <details><summary>Hint</summary>
#
# Compare what the two answers cost on average at a given $p$: a miss happens with
# probability $p$ if you say "benign", a false alarm with probability $1 - p$ if you say
# "malignant".
#
# </details>


# %% exercise="cheapest-answer"
def decide(p, cost_of_miss, cost_of_alarm):
    """Return 1 where the answer malignant costs less on average, else 0."""
    ### BEGIN SOLUTION
    return (p * cost_of_miss > (1 - p) * cost_of_alarm).astype(int)
    ### END SOLUTION


# %% check="cheapest-answer"
rng = np.random.default_rng()
for miss, alarm in ((rng.uniform(3, 9), 1.0), (1.0, rng.uniform(3, 9))):
    threshold = alarm / (miss + alarm)
    centres = np.array([0.02, 0.98, 0.5 * (threshold + 0.5), 0.5, 1 - threshold])
    p = np.append(centres, [threshold + 0.01, threshold - 0.01])
    p = p + rng.uniform(0.001, 0.004, size=len(p))
    right = (p > threshold).astype(int)
    expect(
        decide(p, miss, alarm),
        right,
        call=f"decide({p.round(3)}, {miss:.2f}, {alarm:.2f})",
        mistakes=[
            ((p > 0.5).astype(int), "One half is right for equal costs only."),
            (1 - right, "The answers are turned round: 1 means malignant."),
            (
                (p > miss / (miss + alarm)).astype(int),
                "The costs are swapped: dear misses must lower the threshold.",
            ),
            (
                (p > alarm / miss).astype(int),
                "Compare p a with (1 − p) c: the alarm happens with 1 − p only.",
            ),
        ],
    )
print("Exercise 3: right.")

# %% [markdown]
# ### Exercise 4: The curvature
#
# *Derive* the matrix of second derivatives of the mean loss, and write it as a function
# of features `(B, D)` and weights `(D,)`. The check compares it with differences of the
# gradient. What happens to it where the model is certain?
#
# <details><summary>Hint</summary>
#
# The gradient is $\frac1B \sum_i (p_i - y_i) x_i$; only $p_i$ depends on $w$, and
# $\partial p_i / \partial w_k = p_i (1 - p_i) x_{ik}$. As a matrix product, weight the
# rows of `x` by $p_i (1 - p_i)$.
#
# </details>


# %% exercise="logistic-curvature"
def curvature(x, w):
    """Return the matrix of second derivatives of the mean logistic loss."""
    ### BEGIN SOLUTION
    p = 1 / (1 + np.exp(-(x @ w)))
    return (x.T * (p * (1 - p))) @ x / len(x)
    ### END SOLUTION


# %% check="logistic-curvature"
rng = np.random.default_rng()
x, w = rng.normal(size=(9, 3)), rng.normal(size=3)
y = rng.integers(2, size=9)


def gradient_at(w):
    return x.T @ (1 / (1 + np.exp(-(x @ w))) - y) / len(x)


nudges = 1e-5 * np.eye(3)
second = np.array([(gradient_at(w + n) - gradient_at(w - n)) / 2e-5 for n in nudges])
p = 1 / (1 + np.exp(-(x @ w)))
expect(
    curvature(x, w),
    second,
    call=f"curvature(x, {w.round(3)})",
    mistakes=[
        (second * len(x), "That is the sum over the examples: take the mean."),
        (x.T @ x / len(x), "That is least squares: weight each row by p (1 − p)."),
        (x.T @ x / (4 * len(x)), "That is the bound: p (1 − p) is ¼ at most."),
        ((x.T * p) @ x / len(x), "The slope of the sigmoid is p (1 − p), not p."),
        (
            (x.T * (p * (1 - p)) ** 2) @ x / len(x),
            "The factor p (1 − p) belongs in once, not squared.",
        ),
    ],
    rtol=1e-5,
    atol=1e-8,
)
print("Exercise 4: right.")

# %% [markdown]
# ## What you have learnt
#
# - A hard threshold has no slope to follow, and a line fitted to labels punishes what
#   is too right. The sigmoid of a weighted sum is smooth, and rests where the case is
#   clear.
# - The weighted sum is the logarithm of the odds; $p$ and $1 - p$ are a distribution.
# - Minus the logarithm of the likelihood is the cross entropy, and for labels $\pm 1$
#   the same number reads $\ln(1 + e^{-tz})$. No idea costs $\ln 2$.
# - The gradient is answer minus truth, times the features. The loss is convex, its
#   curvature at most a quarter of that of least squares, and next to nothing where the
#   model is certain.
# - The boundary is a hyperplane. If it can separate the classes, the weights run away
#   unless they have a price.
# - The threshold belongs to whoever bears the costs.
#
# **What stays open.** Many questions have more than two answers: lesson 04 lets ten
# classes compete. Some have no straight boundary: lesson 05 shows two that no
# hyperplane solves and begins to bend it, and lesson 07 goes on from there. Lesson 02
# makes descent faster.
#
# **Sources.**
#
# - Cox (1958), "The Regression Analysis of Binary Sequences", Journal of the Royal
#   Statistical Society B 20(2), pages 215–242: the model.
# - Bishop (2006), "Pattern Recognition and Machine Learning", section 4.1.3 (least
#   squares and clear cases) and 4.3.2 (logistic regression and its gradient).
# - Goodfellow, Bengio and Courville (2016), "Deep Learning", section 6.2.2.2 (the
#   sigmoid and its loss), <https://www.deeplearningbook.org>.
# - Albert and Anderson (1984), "On the Existence of Maximum Likelihood Estimates in
#   Logistic Regression Models", Biometrika 71(1), pages 1–10: separable classes.
# - Elkan (2001), "The Foundations of Cost-Sensitive Learning", section 1.3: the
#   threshold from the costs.
# - Wolberg, Mangasarian, Street and Street (1993), "Breast Cancer Wisconsin
#   (Diagnostic)", UCI Machine Learning Repository,
#   <https://doi.org/10.24432/C5DW2B>: the data.
