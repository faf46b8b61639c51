# ---
# title: Gradient descent and its family
# part: I. Machine learning basics
# minutes: 1
# difficulty: 2
# prerequisites: [1]
# objectives:
#   - Predict from the curvature whether a step size is too small, right or too large.
#   - Say what the start decides where a function has several valleys.
#   - Weigh what a mini-batch costs against the noise it brings, by a formula and by measuring.
#   - Derive momentum, AdaGrad, RMSprop, Adam and learning-rate schedules from what each repairs.
#   - Run them by hand and in Keras, and show that the iterates are the same.
# ---

# %% [markdown]
# # Gradient descent and its family
#
# Lesson 01 found the way down: against the gradient. It left three decisions open, and
# every training run ever started has to take them. **How far should a step go, where
# should the first one begin, and on how much data must we look before we dare it?**
#
# The answers have names that stand in every program that trains a network: SGD,
# momentum, RMSprop, Adam, cosine decay. Each of them was invented to repair one fault
# of plain descent, and each fault can be seen on a function small enough to draw.
#
# The lesson assumes lesson 01: the gradient of a squared error, and that descent on a
# bowl is stable up to $\gamma = 2 / \lambda_{\max}$. Apart from that, derivatives, the
# variance of a mean, and, once, a quadratic equation with complex roots.
#
# **Letters.** As in the lectures, $w$ are the weights, $f$ is the function to make
# small and $\gamma$ the step size, in Keras the `learning_rate`; $t$ counts the steps
# from 0. $g$ is the gradient at the current $w$. All $n$ examples, with $D$ features
# each, make the full batch, and $B$ of them a mini-batch. Elsewhere $\gamma$ is written
# $\eta$ or $\alpha$. $\beta$ and $\rho$ are shares of the past that are kept, in Keras
# `momentum`, `beta_1`, `beta_2` and `rho`.

# %% tags=["setup"]
from itertools import combinations, islice
from time import perf_counter

import numpy as np

from fmkeras import data, plots, scratch
from fmkeras.course import expect
from fmkeras.scratch import gradient_descent, take

SEED = 0
EPOCHS = 20  # of mini-batch training
BATCH_SIZES = (1, 32, 354)  # the last one is the full batch
WALKERS = 20_000  # descents side by side, to average over their noise
CURVATURES = np.array([1.0, 25.0])  # of the valley that most figures show

# %% [markdown]
# Chance comes in through `SEED` alone, so that every run gives the same numbers, a few
# measured times excepted. Another seed gives others, within the tolerances that are
# stated where they matter; another machine may change the last digit.
#
# Here is the race that this lesson explains. A long valley, 25 times as steep across as
# along, and four ways down from the same point, with 25 steps each.


# %%
def valley(w):
    """Return ½(w₁² + 25 w₂²) for weights `(..., 2)`."""
    return 0.5 * (w**2 @ CURVATURES)


def valley_gradient(w):
    return CURVATURES * w


START = np.array([-9.0, 1.5])

# %% alt="Contours of a long valley with four paths from its left end. Plain descent zigzags in small jumps and stops short of the bottom; momentum swings less and less and is there; RMSprop turns into the floor and follows it; Adam runs down in a long wave."
race = {
    "plain": gradient_descent(valley_gradient, START, 2 / 26),
    "momentum": scratch.momentum(valley_gradient, START, 0.03, momentum=0.7),
    "RMSprop": scratch.rmsprop(valley_gradient, START, 0.4),
    "Adam": scratch.adam(valley_gradient, START, 0.5),
}
paths = {name: take(iterates, 25) for name, iterates in race.items()}
plots.loss_surface(valley, paths, bounds=(-10, 3, -3, 3), figsize=(6.8, 3.2))

# %% [markdown]
# ## One dimension: what the step size decides
#
# Begin with one weight and the plainest of all valleys, $f(w) = \tfrac12 h w^2$. Its
# slope is $h w$ and its **curvature**, the second derivative, is $h$ everywhere. A step
# of gradient descent,
#
# $$
# w \leftarrow w - \gamma f'(w) = w - \gamma h w = (1 - \gamma h)\, w ,
# $$
#
# multiplies $w$ by one number, the same in each step. Everything follows from that
# number:
#
# | step size | factor $1 - \gamma h$ | what happens |
# |---|---|---|
# | $\gamma$ far below $1/h$ | just below 1 | too small: creeps, on one side |
# | $\gamma = 1/h$ | 0 | right: there in one step |
# | $1/h < \gamma < 2/h$ | between 0 and −1 | jumps across and still gets there |
# | $\gamma = 2/h$ | −1 | to and fro for ever |
# | $\gamma > 2/h$ | below −1 | too large: each jump longer than the last |

# %%
h = 2.0  # f(w) = w²
steps_of = {0.05: "too small", 0.4: "about right", 1.05: "too large"}
walks = {
    rate: take(gradient_descent(lambda w: h * w, start, rate), 8)
    for rate, start in zip(steps_of, (-3.0, 3.0, -1.8), strict=True)
}
for rate, walk in walks.items():
    np.testing.assert_allclose(walk, walk[0] * (1 - rate * h) ** np.arange(9))
    print(f"γ = {rate:4.2f}: |w| from {abs(walk[0])} to {abs(walk[-1]):.4f} in 8 steps")

# %% alt="The parabola w² with three descents of eight steps. With γ = 0.05 the points stay close together high on the left wall; with 0.4 they drop to the bottom at once; with 1.05 they jump from wall to wall and climb."
line = np.linspace(-4.2, 4.2, 201)
plots.curves(
    line,
    {"$f(w) = w^2$": line**2},
    points={
        f"γ = {rate}, {steps_of[rate]}": np.column_stack([walk, walk**2])
        for rate, walk in walks.items()
    },
    connect=True,
    xlabel="$w$",
    ylabel="$f(w)$",
)

# %% [markdown]
# ### Where the function is no parabola
#
# Most functions are not parabolas, but between two neighbouring points every smooth
# function is nearly one. Let $M$ be the largest curvature, $\lvert f'' \rvert \le M$.
# Taylor's formula bounds the function after a step $-\gamma g$ with $g = f'(w)$:
#
# $$
# f(w - \gamma g) \le f(w) - \gamma g^2 + \tfrac12 M \gamma^2 g^2
#     = f(w) - \gamma \left( 1 - \tfrac12 \gamma M \right) g^2 .
# $$
#
# The bracket is positive for $\gamma < 2 / M$. So a step below this limit **always goes
# down** unless it stands where the slope is zero, whatever the shape of $f$. It does
# not say where the descent ends.
#
# ## The start decides where it ends
#
# Here is a function with two valleys, of which the left one is deeper:
#
# $$
# f(w) = (w^2 - 1)^2 + 0.3\, w, \qquad
# f'(w) = 4 w (w^2 - 1) + 0.3, \qquad
# f''(w) = 12 w^2 - 4 .
# $$
#
# Its slope is a cubic with three roots: a **global minimum**, a **local minimum** and
# the hilltop between them. A function without such traps, whose curvature is nowhere
# negative, is called **convex**; this one is not.


# %%
def wells(w):
    return (w**2 - 1) ** 2 + 0.3 * w


def wells_gradient(w):
    return 4 * w * (w**2 - 1) + 0.3


deep, hilltop, shallow = np.sort(np.roots([4, 0, -4, 0.3]).real)
for name, w in (("global", deep), ("local", shallow)):
    print(f"The {name:6} minimum: f({w:6.3f}) = {wells(w):6.3f}")
print(f"The hilltop stands at {hilltop:.3f}.")
assert wells(deep) < wells(shallow) < wells(hilltop)

# %% alt="A curve with two valleys, the left one deeper. Two descents start close together near the hilltop; one rolls into the left valley, the other into the right one."
falls = {
    f"from {start}": take(gradient_descent(wells_gradient, start, 0.05), 30)
    for start in (0.0, 0.15)
}
line = np.linspace(-1.45, 1.45, 201)
plots.curves(
    line,
    {"$f(w)$": wells(line)},
    points={name: np.column_stack([path, wells(path)]) for name, path in falls.items()},
    connect=True,
    xlabel="$w$",
    ylabel="$f(w)$",
)

# %% [markdown]
# The two starts, 0 and 0.15, are neighbours. They end two units apart, and the second
# one ends in a point that is not the lowest. From inside, nothing tells it so: the
# slope there is zero, and all near points are higher.
#
# Let us ask every start at once. An array of 601 starts is an array of 601 independent
# descents, because the slope is computed entry by entry. Between −1.8 and 1.8 the
# curvature is at most $M = 35$, so $\gamma = 0.05$ is below $2/M \approx 0.057$, and
# $\gamma = 0.22$ is far above.

# %%
starts = np.linspace(-1.8, 1.8, 601)
careful, bold = (
    take(gradient_descent(wells_gradient, starts, rate), 2_000) for rate in (0.05, 0.22)
)
assert np.all(np.diff(wells(careful), axis=0) < 1e-12)  # never up
np.testing.assert_allclose(careful[-1], np.where(starts < hilltop, deep, shallow))

jumps = np.sum(np.diff(np.sign(bold[-1])) != 0)
crossed = np.mean(np.sign(bold[-1]) != np.sign(careful[-1]))
print("γ = 0.05: every start ends in the valley on its own side of the hilltop.")
print(f"γ = 0.22: {crossed:.0%} of the starts end on the other side, and the end")
print(f"          jumps {jumps} times as the start moves from left to right.")
assert jumps >= 3

# %% alt="The end of the descent over its start, for two step sizes. With γ = 0.05 a single jump from the global to the local minimum at the hilltop; with γ = 0.22 both ends of the range hold narrow stripes that lead to the other valley."
plots.curves(
    starts,
    {"γ = 0.05": careful[-1], "γ = 0.22": bold[-1]},
    references={"global minimum": deep, "local minimum": shallow},
    xlabel="start",
    ylabel="end, after 2,000 steps",
)

# %% [markdown]
# With small steps the hilltop is the watershed. With steps above $2/M$ some starts
# leap over the hill and some leap back. Neighbouring starts then part for no reason
# that one could see beforehand. What to look for in practice: train again from another
# seed. If the result changes much, either the function has traps, or the step is too
# large, or both.
#
# ### Two dimensions, and a pass between the valleys
#
# Give the same function a second weight, $f(w_1, w_2) = (w_1^2 - 1)^2 + 0.3\, w_1 +
# 2 w_2^2$. The hilltop becomes a pass: downhill to the left and right, uphill to the
# front and back. Such a point is a **saddle**. Its gradient is zero too, and a descent
# that starts exactly on the ridge slides into it and stays. A nudge of a millionth is
# enough to get away, but it takes its time.


# %%
def pass_height(w):
    return wells(w[..., 0]) + 2 * w[..., 1] ** 2


def pass_gradient(w):
    return np.array([wells_gradient(w[0]), 4 * w[1]])


begins = {
    "on the ridge": (hilltop, 1.0),
    "a millionth beside it": (hilltop + 1e-6, 1.0),
    "left": (-0.4, -0.9),
    "right": (1.4, -0.9),
}
routes = {
    name: take(gradient_descent(pass_gradient, begin, 0.05), 100)
    for name, begin in begins.items()
}
ends = {name: route[-1] for name, route in routes.items()}
np.testing.assert_allclose(ends["on the ridge"], [hilltop, 0], atol=1e-6)
np.testing.assert_allclose(ends["a millionth beside it"], [shallow, 0], atol=1e-3)

# %% alt="Contours with two basins and a saddle between them. One descent from the ridge stops on the saddle, another from beside it turns into the right basin, the other two fall into the basin they started in."
plots.loss_surface(pass_height, routes, bounds=(-1.6, 1.6, -1.1, 1.2))

# %%
slow = routes["a millionth beside it"]
near = int(np.argmax(np.abs(slow[:, 0] - hilltop) > 0.1))
assert near > 40
print(f"It takes {near} steps until it has moved a tenth away from the ridge.")
print(f"Height of the saddle {wells(hilltop):.3f}, of the valley {wells(shallow):.3f}.")

# %% [markdown]
# In a loss curve a saddle looks like a floor, until the loss suddenly falls again.
# Noise gives the nudge, which is the first good thing that mini-batches will do for us.
# Lesson 09 looks for saddles in deep networks.
#
# ## Two dimensions: one step size for all directions
#
# Back to bowls. Lesson 01 showed that the error along an eigenvector of the matrix of
# second derivatives, the **Hessian**, is multiplied by $1 - \gamma \lambda$ in every
# step. In the valley of the race the eigenvalues are 1 (along) and 25 (across): two
# curvatures, one $\gamma$. The step is right for neither, and the best it can do is to
# make the worse of the two factors small:
#
# $$
# \min_\gamma \max\bigl( \lvert 1 - \gamma \lambda_{\min} \rvert,
#                        \lvert 1 - \gamma \lambda_{\max} \rvert \bigr) .
# $$
#
# The first factor falls with $\gamma$ and the second rises once $\gamma >
# 1/\lambda_{\max}$, so the minimum is where they are equal,
# $1 - \gamma \lambda_{\min} = \gamma \lambda_{\max} - 1$:
#
# $$
# \gamma = \frac{2}{\lambda_{\min} + \lambda_{\max}}, \qquad
# \text{factor} = \frac{\lambda_{\max} - \lambda_{\min}}{\lambda_{\max} + \lambda_{\min}}
#     = \frac{\kappa - 1}{\kappa + 1}, \qquad
# \kappa = \frac{\lambda_{\max}}{\lambda_{\min}} .
# $$
#
# Here $\kappa = 25$, $\gamma = 2/26$ and the factor is $24/26 \approx 0.923$: every
# step, however well chosen, leaves 92 % of the error.

# %%
best_rate = 2 / CURVATURES.sum()
rates = {"too small": 0.01, "best": best_rate, "too large": 1.02 * 2 / 25}
tracks = {
    f"γ = {rate:.4f}, {name}": take(gradient_descent(valley_gradient, START, rate), 30)
    for name, rate in rates.items()
}
small, best_track, large = tracks.values()
np.testing.assert_allclose(np.abs(best_track[1:] / best_track[:-1]), 24 / 26)
assert valley(large[-1]) > valley(START)
print("Height after 30 steps, as a share of the start:")
for name, track in tracks.items():
    print(f"  {name:22} {valley(track[-1]) / valley(START):.4f}")

# %% alt="The long valley with three descents. With a small step the path drops to the floor and creeps; with the best step it zigzags towards the bottom in shrinking jumps; with a step 2 % above the limit the jumps across the valley grow."
plots.loss_surface(valley, tracks, bounds=(-10, 3, -3, 3), figsize=(6.8, 3.2))

# %% [markdown]
# Too small creeps along the floor, too large shakes itself out of the valley, and even
# the best one spends most of its way on jumping from wall to wall. Two ways out of this
# will follow: keep a memory of past steps (momentum), or give each weight a step size
# of its own (AdaGrad and its heirs). But first the question of the data.
#
# ## Full batch and mini-batch
#
# A loss over data is a mean, and so is its gradient:
#
# $$
# \mathcal L(w) = \frac1n \sum_{i=1}^{n} \ell_i(w), \qquad
# g = \nabla \mathcal L(w) = \frac1n \sum_{i=1}^{n} g_i, \qquad g_i = \nabla \ell_i(w) .
# $$
#
# A full-batch step looks at all $n$ examples. **Stochastic gradient descent** (SGD)
# takes the mean $g_B$ over a random mini-batch of $B$ of them, and steps against that.
# Opinion polls work like this: one asks a thousand people, not everybody. Is a poll of
# gradients any good?
#
# On average it is exact, since every example is as likely to be chosen as any other.
# How far it is off we measure by the mean of the squared distance,
# $V_B = \mathbb E \lVert g_B - g \rVert^2$. Write $V_1$ for the spread of single
# examples, $V_1 = \frac1n \sum_i \lVert g_i - g \rVert^2$. If the draws were
# independent, the mean of $B$ of them would have a $B$-th of it. But a batch holds no
# example twice, so its members repel each other a little. By symmetry every pair of its
# members has the same covariance $c$, the mean of $(g_i - g)^\top (g_j - g)$, and for
# the full batch all must cancel: $n V_1 + n (n - 1)\, c = 0$, so
# $c = -V_1 / (n - 1)$. Hence
#
# $$
# V_B = \frac{1}{B^2} \bigl( B V_1 + B (B - 1)\, c \bigr)
#     = \frac{V_1}{B} \cdot \frac{n - B}{n - 1} .
# $$
#
# For eight patients of the diabetes set we can go through *all* 56 batches of three.


# %%
def with_ones(x):
    """Put a column of ones, the feature x₀ of the intercept, before the others."""
    return np.column_stack([np.ones(len(x)), x])


(x_train, y_train), _ = data.load_diabetes()
X, y = with_ones(x_train.astype("float64")), y_train.astype("float64")


def gradient(w, x, y):
    """Return the gradient of the mean squared error on the rows x, y."""
    return 2 / len(x) * x.T @ (x @ w - y)


def single_gradients(w, x, y):
    """Return the gradients of the single rows, `(n, D + 1)`."""
    return 2 * (x @ w - y)[:, None] * x


# %%
w = np.zeros(X.shape[1])
eight = single_gradients(w, X[:8], y[:8])
triples = [list(rows) for rows in combinations(range(8), 3)]
batches = eight[triples].mean(axis=1)  # (56, D + 1)
spread = ((eight - eight.mean(axis=0)) ** 2).sum(axis=1).mean()  # V₁
noise = ((batches - eight.mean(axis=0)) ** 2).sum(axis=1).mean()  # V₃

np.testing.assert_allclose(batches.mean(axis=0), eight.mean(axis=0))
np.testing.assert_allclose(noise, spread / 3 * (8 - 3) / (8 - 1))
print(f"{len(batches)} batches of 3: their mean is the full gradient.")
print(f"V₁ = {spread:,.0f}, V₃ = {noise:,.0f}")

# %% [markdown]
# The same on all 354 patients, where nobody can go through all batches. For each size
# we draw 2,000 and measure. The points below are measurements and the line is the
# formula. They agree within 10 %, also on the other seeds that the course's tests try.

# %%
n = len(X)
all_gradients = single_gradients(w, X, y)
full = all_gradients.mean(axis=0)
V1 = ((all_gradients - full) ** 2).sum(axis=1).mean()
sizes = np.array([1, 2, 5, 10, 20, 50, 100, 200])
rng = np.random.default_rng(SEED)
measured = []
for size in sizes:
    rows = rng.permuted(np.tile(np.arange(n), (2_000, 1)), axis=1)[:, :size]
    off = all_gradients[rows].mean(axis=1) - full  # (2000, D + 1)
    measured.append((off**2).sum(axis=1).mean())
predicted = V1 / sizes * (n - sizes) / (n - 1)
np.testing.assert_allclose(measured, predicted, rtol=0.1)

# %% alt="Noise of the gradient over the batch size, both axes logarithmic: measured points lie on the predicted line, which falls in proportion to the batch size and bends down as the batch nears all 354 patients. It meets the squared length of the full gradient near ten."
plots.curves(
    sizes,
    {"formula": predicted},
    points={"measured on 2,000 batches": np.column_stack([sizes, measured])},
    references={"squared length of the full gradient": float(full @ full)},
    xlabel="examples in a batch, $B$",
    ylabel="mean squared distance from $g$",
    logx=True,
    logy=True,
)

# %% [markdown]
# At the left the noise is larger than the gradient itself: one patient alone points
# nearly anywhere. Ten times the batch gives a tenth of the squared noise, that is, only
# about a third of the distance. Full precision is dear.
#
# ### What a step costs
#
# The gradient needs $X w$ and $X^\top(\dots)$, two products with $B (D + 1)$
# multiplications each. In operations a step costs in proportion to $B$. In *time* it
# does not, for starting a step costs something too, and a processor works best on many
# numbers at once. We measure it on a made-up table of 50,000 rows. (These times are
# those of the machine at hand, the only numbers of this lesson that change from run to
# run.)


# %% tags=["measured"]
def seconds_of_a_step(size, repeats=20):
    """Return the shortest time of several that one gradient on `size` rows took."""
    times = []
    for _ in range(repeats):
        begin = perf_counter()
        gradient(some_w, table[:size], prices[:size])
        times.append(perf_counter() - begin)
    return min(times)


table, prices, some_w = rng.normal(size=(50_000, 50)), np.ones(50_000), np.ones(50)
print("     B   multiplications   time of a step   time per example")
for size in (1, 32, 1_024, 50_000):
    cost = 1e6 * seconds_of_a_step(size)
    work, each = 2 * size * 50, cost / size
    print(f"{size:6,d}  {work:14,d}  {cost:12,.1f} µs {each:15.3f} µs")

# %% [markdown]
# A batch of 32 costs hardly more time than a single example, while the full table costs
# hundreds of times as much or more. (Where an example of the full table costs more time
# than one of a thousand, the table no longer fits into the fast memory of the
# processor.) That is why mini-batches, neither one nor all, are what everybody uses.
#
# ### What the steps bring
#
# An **epoch** is one pass through the data, in which each example is used once: $n$
# steps with single examples, 12 steps with batches of 32, one step with the full batch.
# It costs the same number of multiplications each time. All three get the same step
# size, and we watch by how much the loss is above the lowest possible one, that of the
# closed form.

# %%
lowest = np.linalg.lstsq(X, y, rcond=None)[0]


def excess(w):
    """Return by what share the loss of w is above the lowest there is."""
    loss, least = (np.mean((v @ X.T - y) ** 2, axis=-1) for v in (w, lowest))
    return loss / least - 1


def steps_per_epoch(batch_size):
    return -(-n // batch_size)


def epochs_of(iterates, batch_size):
    """Return the weights at the start and after each epoch, `(EPOCHS + 1, D + 1)`."""
    per_epoch = steps_per_epoch(batch_size)
    return take(iterates, EPOCHS * per_epoch)[::per_epoch]


def sgd(batch_size, learning_rate):
    """Return the weights of mini-batch descent from zero, epoch by epoch."""
    batches = scratch.minibatches(X, y, batch_size, seed=SEED)
    start = np.zeros(X.shape[1])
    descent = scratch.stochastic_gradient_descent
    return epochs_of(descent(gradient, start, batches, learning_rate), batch_size)


by_size = {size: excess(sgd(size, 0.01)) for size in BATCH_SIZES}
for size, above in by_size.items():
    print(f"B = {size:3}: {above[1]:7.1%} above after one epoch,", end=" ")
    print(f"{above[-1]:7.1%} after {EPOCHS}.")
assert by_size[1][1] < by_size[32][1] < by_size[354][1]
assert by_size[32][-1] < by_size[354][-1] / 10

# %% alt="Loss above the lowest possible, over 20 epochs, on a logarithmic axis. Single examples are down after one epoch and then jump up and down by a factor of ten; batches of 32 fall steadily and then tremble; the full batch is far above after 20 epochs."
plots.curves(
    np.arange(EPOCHS + 1),
    {f"B = {size}": above for size, above in by_size.items()},
    xlabel="epochs",
    ylabel="loss above the lowest, as a share",
    logy=True,
)

# %% [markdown]
# For the same work the single examples are far ahead at first: their many rough steps
# beat few exact ones. But then they stop improving and jump about. The full batch is
# slow and would get to the very bottom. Where does the jumping come from, and how high
# is it?
#
# ### The noise floor
#
# Take the smallest problem there is: one weight and $\ell_i(w) = \tfrac12 (w - x_i)^2$.
# The minimum of the mean is the mean of the $x_i$. A step with a single random example,
#
# $$
# w \leftarrow w - \gamma\, (w - x_i) = (1 - \gamma)\, w + \gamma\, x_i ,
# $$
#
# moves $w$ a little towards the example it has just seen. Let $e$ be the distance from
# the mean and $V$ the variance of the $x_i$. A fresh example is independent of $w$, so
# that squares add up on average:
#
# $$
# \mathbb E\, e^2 \leftarrow (1 - \gamma)^2\, \mathbb E\, e^2 + \gamma^2 V .
# $$
#
# The first term forgets the start, the second puts in new noise. They balance where
# both sides are equal, which gives the **noise floor**
#
# $$
# \mathbb E\, e^2 = \frac{\gamma^2}{1 - (1 - \gamma)^2}\, V
#     = \frac{\gamma}{2 - \gamma}\, V .
# $$
#
# With a constant step size SGD does not converge. It comes near and then trembles, on a
# floor that is about proportional to $\gamma$ (and to $1/B$, since a batch has a $B$-th
# of the variance). Small steps have a low floor and a long way to it.
#
# ## Schedules: large steps first, small steps last
#
# Then let $\gamma$ fall while we go. How fast? In the smallest problem there is a best
# answer. Choose $\gamma_t = 1 / (t + 1)$:
#
# $$
# w_{t+1} = \frac{t}{t + 1}\, w_t + \frac{1}{t + 1}\, x_{t} .
# $$
#
# That is the mean of all examples seen so far, updated as they come. Its squared
# distance after $t$ steps is $V / t$ on average: nothing that was seen is wasted. For
# other functions Robbins and Monro (1951) ask two things of the step sizes:
#
# $$
# \sum_t \gamma_t = \infty \quad \text{(far enough from anywhere)}, \qquad
# \sum_t \gamma_t^2 < \infty \quad \text{(the noise comes to an end)} .
# $$
#
# Let 20,000 descents run side by side on the progression of the diabetes patients, from
# $w = 0$, and take the mean of their squared distances from the mean progression.


# %%
def squared_distances(learning_rate, steps=500):
    """Return the mean e² / V of many walkers, step by step, each with its own draws."""
    draws = np.random.default_rng(SEED)
    path = gradient_descent(
        lambda w: w - draws.choice(y, size=WALKERS), np.zeros(WALKERS), learning_rate
    )
    squares = [np.mean((w - y.mean()) ** 2) for w in islice(path, steps + 1)]
    return np.array(squares) / y.var()


falling = scratch.inverse_time_decay(1.0, decay_steps=1, decay_rate=1.0)
runs = {f"γ = {rate}": squared_distances(rate) for rate in (0.5, 0.1, 0.02)}
runs["γ = 1 / (t + 1)"] = squared_distances(falling)
for rate, run in zip((0.5, 0.1, 0.02), runs.values(), strict=False):
    np.testing.assert_allclose(run[-1], rate / (2 - rate), rtol=0.05)
    print(f"γ = {rate:4}: floor {run[-1]:.4f} V, predicted {rate / (2 - rate):.4f} V")
np.testing.assert_allclose(runs["γ = 1 / (t + 1)"][-1], 1 / 500, rtol=0.05)

# %% alt="Squared distance from the mean over the steps, both axes logarithmic. Three constant step sizes fall to three levels and stay there, the smaller the step the later and the lower. The step 1/(t+1) goes on falling in a straight line."
plots.curves(
    np.arange(1, 501),
    {name: run[1:] for name, run in runs.items()},
    xlabel="step",
    ylabel="mean squared distance, in units of $V$",
    logx=True,
    logy=True,
)

# %% [markdown]
# The floors are where the formula puts them, within 5 % (the tests try other seeds
# here too), and the falling step has none. One walker shows that it is the running
# mean:

# %%
draws = np.random.default_rng(SEED).choice(y, size=100)
one_by_one = ((x,) for x in draws)
descent = scratch.stochastic_gradient_descent
walk = take(descent(lambda w, x: w - x, 0.0, one_by_one, falling), 100)
np.testing.assert_allclose(walk[1:], draws.cumsum() / np.arange(1, 101))

# %% [markdown]
# In a large model nobody knows the curvature, and $1/t$ starts to fall too early. Four
# **schedules** are in daily use. They are functions of the step, in `fmkeras.scratch`
# and, with the same arguments, in `keras.optimizers.schedules`:
#
# | schedule | $\gamma_t$ | in words |
# |---|---|---|
# | inverse time | $\gamma_0 / (1 + r\, t/T)$ | the theory's own, slow in the end |
# | exponential | $\gamma_0\, r^{t/T}$ | the same factor again and again |
# | piecewise constant | $v_0, v_1, \dots$ | by hand: large, then a tenth, then a hundredth |
# | cosine | $\tfrac12 \gamma_0 (1 + \cos(\pi t / T))$ | long large, soft landing at zero |
#
# Here $\gamma_0$ is the rate at the start; after $T$ steps the decay $r$ has acted once
# (the $T$ of the cosine is the number of all steps); and $v_0, v_1, \dots$ are rates of
# our choice.

# %%
import keras

SGD_RATE, SMALL_BATCH = 0.03, 8
total = EPOCHS * steps_per_epoch(SMALL_BATCH)
tenths = [SGD_RATE, SGD_RATE / 10, SGD_RATE / 100]
turns = [total // 2, 3 * total // 4]
by_hand = {
    "inverse time": scratch.inverse_time_decay(SGD_RATE, total / 20, 1.0),
    "exponential": scratch.exponential_decay(SGD_RATE, total / 20, 0.8),
    "piecewise constant": scratch.step_decay(turns, tenths),
    "cosine": scratch.cosine_decay(SGD_RATE, total),
}
ready_made = keras.optimizers.schedules
in_keras = {
    "inverse time": ready_made.InverseTimeDecay(SGD_RATE, total / 20, 1.0),
    "exponential": ready_made.ExponentialDecay(SGD_RATE, total / 20, 0.8),
    "piecewise constant": ready_made.PiecewiseConstantDecay(turns, tenths),
    "cosine": ready_made.CosineDecay(SGD_RATE, total),
}
some_steps = np.arange(0, total, 50)
for name, schedule in by_hand.items():
    from_keras = [float(in_keras[name](int(step))) for step in some_steps]
    np.testing.assert_allclose(schedule(some_steps), from_keras, rtol=1e-4, atol=1e-8)

# %% alt="Four learning rates over the steps, from 0.03 down. Inverse time and exponential fall fast at first; piecewise constant stays, drops to a tenth half way and again later; the cosine leaves slowly, falls in the middle and lands softly at zero."
all_steps = np.arange(total + 1)
plots.curves(
    all_steps,
    {name: schedule(all_steps) for name, schedule in by_hand.items()},
    xlabel="step",
    ylabel="learning rate $\\gamma_t$",
)

# %% alt="Loss above the lowest possible over 20 epochs, logarithmic. The constant rate stops falling early and jumps about; all four schedules settle several times lower."
with_schedule = {"constant": SGD_RATE, **by_hand}
cooled = {name: excess(sgd(SMALL_BATCH, rate)) for name, rate in with_schedule.items()}
plots.curves(
    np.arange(EPOCHS + 1),
    cooled,
    xlabel=f"epochs with batches of {SMALL_BATCH}",
    ylabel="loss above the lowest, as a share",
    logy=True,
)

# %%
trembling = np.median(cooled["constant"][-10:])
print(f"constant, typical of the last ten epochs: {trembling:.2%} above the lowest")
for name in by_hand:
    print(f"{name}, at the end: {cooled[name][-1]:.2%} above the lowest")
    assert cooled[name][-1] < trembling / 2

# %% [markdown]
# Same work, same batches, and a loss several times nearer to the bottom, for one more
# argument. A loss that falls and comes to rest from the moment when the rate drops, as
# with the piecewise constant schedule after epoch 10, shows the noise floor being
# lowered. It does not mean that the model has just understood something.
#
# ## Momentum
#
# Now to the zigzag. In the valley the slope across changes its sign in every step,
# while the slope along stays the same. A heavy ball would not zigzag: pushes to and fro
# cancel, pushes in one direction add up. So keep a speed $m$, of which a share $\beta$
# survives each step:
#
# $$
# m \leftarrow \beta m - \gamma\, g, \qquad w \leftarrow w + m .
# $$
#
# Under a constant slope the speed becomes a geometric series, $-\gamma g\, (1 + \beta +
# \beta^2 + \dots) = -\gamma g / (1 - \beta)$. With the usual $\beta = 0.9$ that is ten
# times the plain step.

# %%
slope = 1.0
rolling = take(scratch.momentum(lambda w: slope, 0.0, 0.1, momentum=0.9), 200)
np.testing.assert_allclose(rolling[0] - rolling[1], 0.1)  # the first step: γ g
np.testing.assert_allclose(rolling[-2] - rolling[-1], 1.0)  # at last: γ g / (1 − β)

# %% [markdown]
# How fast is it in a bowl? Look along one eigenvector with the curvature $\lambda$. The
# last speed is $m = w_t - w_{t-1}$, so the two equations are one with a longer memory:
#
# $$
# w_{t+1} = (1 + \beta - \gamma \lambda)\, w_t - \beta\, w_{t-1} .
# $$
#
# Try $w_t = r^t$. It solves the equation if
# $r^2 - (1 + \beta - \gamma \lambda)\, r + \beta = 0$. The product of the two roots is
# $\beta$. If they are complex, they are conjugate, and then both have the length
# $\sqrt\beta$: **the factor per step is $\sqrt\beta$, and $\lambda$ has dropped out.**
# Complex they are where $(1 + \beta - \gamma\lambda)^2 < 4 \beta$, that is, for
#
# $$
# (1 - \sqrt\beta)^2 < \gamma \lambda < (1 + \sqrt\beta)^2 .
# $$
#
# Choose $\gamma$ and $\beta$ so that this range just covers all curvatures, from
# $\lambda_{\min}$ to $\lambda_{\max}$. Dividing the roots of the two ends,
# $\sqrt\kappa = (1 + \sqrt\beta) / (1 - \sqrt\beta)$, gives
#
# $$
# \sqrt\beta = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}, \qquad
# \gamma = \frac{4}{\bigl(\sqrt{\lambda_{\min}} + \sqrt{\lambda_{\max}}\bigr)^2} .
# $$
#
# Compare with plain descent: the same formula with $\sqrt\kappa$ in place of $\kappa$.
# In our valley $\sqrt\beta = 4/6$ in place of $24/26$.


# %%
def factor(curvature, rate, beta=0.0):
    """Return by what the error shrinks per step in the long run: the longer root."""
    return np.abs(np.roots([1, -(1 + beta - rate * curvature), beta])).max()


beta, ball_rate = (4 / 6) ** 2, 4 / (1 + 5) ** 2
curvatures = np.geomspace(0.5, 40, 200)
factors = {
    "plain": [factor(c, best_rate) for c in curvatures],
    "momentum": [factor(c, ball_rate, beta) for c in curvatures],
}
for curvature in (1, 4, 12, 25):
    assert abs(factor(curvature, ball_rate, beta) - 2 / 3) < 1e-6
    assert factor(curvature, best_rate) < 24 / 26 + 1e-9

# %% alt="Factor per step over the curvature from 0.5 to 40. Plain descent makes a V: 0.92 at curvature 1, zero in the middle, 0.92 at 25, above one from 26 on. Momentum is level at two thirds from 1 to 25 and rises outside."
plots.curves(
    curvatures,
    factors,
    points={
        "our valley": np.array([[1, 24 / 26], [25, 24 / 26], [1, 2 / 3], [25, 2 / 3]])
    },
    references={"no progress": 1.0},
    xlabel="curvature $\\lambda$",
    ylabel="factor per step",
    logx=True,
)


# %%
def steps_until(iterates, share=1e-6):
    """Return how many steps it takes for the distance to fall to a share of the first."""
    first = None
    for step, w in enumerate(iterates):
        first = np.linalg.norm(w) if first is None else first
        if np.linalg.norm(w) <= share * first:
            return step
    return None


slow = steps_until(gradient_descent(valley_gradient, START, best_rate))
fast = steps_until(scratch.momentum(valley_gradient, START, ball_rate, beta))
assert slow > 3 * fast
print(f"To a millionth of the distance: plain {slow} steps, momentum {fast}.")

# %% [markdown]
# (Why not straight down? At its best rate the ball still jumps across the valley, but
# the jumps die out as fast as the way along it shrinks. The race at the top gave it a
# smaller rate and more momentum, and a smoother ride.)
#
# Two things to remember. Momentum helps most where the valley is narrowest, since
# $\sqrt\kappa$ is much less than $\kappa$ only if $\kappa$ is large. And it multiplies
# the steady step by $1 / (1 - \beta)$, so the same $\gamma$ is a *larger* step than
# without it. How large it may be is exercise 4.
#
# **Nesterov's** variant takes the slope where the speed is about to carry the ball, at
# $w + \beta m$, and not where it is. It brakes earlier and overshoots less. Keras stores
# this point ahead, $u = w + \beta m$, in place of $w$, which gives
#
# $$
# m \leftarrow \beta m - \gamma\, \nabla f(u), \qquad
# u \leftarrow u + \beta m - \gamma\, \nabla f(u) .
# $$

# %% alt="Distance from the minimum over 60 steps in the valley, logarithmic, with momentum 0.9 and γ = 0.02. Plain descent falls slowly in a straight line; the heavy ball swings far up and down while falling; Nesterov's line bounces less high."
overshoot = {
    "plain": gradient_descent(valley_gradient, START, 0.02),
    "momentum 0.9": scratch.momentum(valley_gradient, START, 0.02),
    "Nesterov 0.9": scratch.nesterov(valley_gradient, START, 0.02),
}
distances = {k: np.linalg.norm(take(v, 60), axis=1) for k, v in overshoot.items()}
bounce = {name: distance[40:].max() for name, distance in distances.items()}
assert bounce["Nesterov 0.9"] < bounce["momentum 0.9"]
plots.curves(
    np.arange(61),
    distances,
    xlabel="step",
    ylabel="distance from the minimum",
    logy=True,
)

# %% [markdown]
# ## A step size for every weight
#
# The second way out. Look along one weight only, let $f$ be convex, and ask which
# constant $\gamma$ would have been best in hindsight. With the distance $e_t = w_t -
# w^\ast$ from the minimum, a step says
#
# $$
# e_{t+1}^2 = (e_t - \gamma g_t)^2 = e_t^2 - 2 \gamma\, g_t e_t + \gamma^2 g_t^2 .
# $$
#
# Convexity says that $f(w_t) - f(w^\ast) \le g_t e_t$. Solve for $g_t e_t$ and sum over
# the steps; the squares of the distances cancel in pairs, and
#
# $$
# \sum_t \bigl( f(w_t) - f(w^\ast) \bigr) \le \sum_t g_t e_t
#     \le \frac{e_0^2}{2 \gamma} + \frac{\gamma}{2} \sum_t g_t^2 .
# $$
#
# The bound is smallest where its derivative by $\gamma$ vanishes, at
#
# $$
# \gamma^\ast = \frac{\lvert e_0 \rvert}{\sqrt{\sum_t g_t^2}} .
# $$
#
# So the best step size is *the distance to go, divided by the root of the sum of the
# squared gradients*. The sum, call it $s$, is known as far as we have come, and each
# weight has its own. That is **AdaGrad** (Duchi, Hazan and Singer, 2011), with $\gamma$
# in the place of the unknown distance:
#
# $$
# s \leftarrow s + g^2, \qquad w \leftarrow w - \gamma\, \frac{g}{\sqrt{s + \epsilon}} ,
# $$
#
# where squares, roots and quotients are taken weight by weight, and $\epsilon$ only
# avoids a division by zero. (Keras, and we with it, lets $s$ start at 0.1 unless the
# argument `initial_accumulator_value` says otherwise.) Two things come for free. Under
# a steady slope the steps fall like $\gamma / \sqrt{t}$: a schedule that nobody has to
# set. And weights that are seldom needed, such as those of a rare word in a language
# model, keep large steps.
#
# On long runs, or where the slope was steep at first, AdaGrad's sum becomes so large
# that it stops too early. **RMSprop** (Tieleman and Hinton, 2012) forgets: it replaces
# the sum by a mean that reaches back about $1 / (1 - \rho)$ steps,
#
# $$
# v \leftarrow \rho v + (1 - \rho)\, g^2, \qquad
# w \leftarrow w - \gamma\, \frac{g}{\sqrt{v + \epsilon}} .
# $$
#
# Now $\sqrt v$ is the recent size of the gradient, and $g / \sqrt v$ is about $\pm 1$.
# Every weight moves by about $\gamma$ in every step, down its own slope.
#
# **Adam** (Kingma and Ba, 2015) adds momentum, in the form of a mean of the gradient
# itself, and repairs the start:
#
# $$
# m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad
# v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \qquad
# w \leftarrow w - \gamma\, \frac{\hat m}{\sqrt{\hat v} + \epsilon} .
# $$
#
# What are the hats? Both means start at zero, so at first they are too small. If $g$
# stays the same, then after step $t$ (counted from 0)
#
# $$
# m = (1 - \beta_1)\, (1 + \beta_1 + \dots + \beta_1^{\,t})\, g
#     = \bigl( 1 - \beta_1^{\,t+1} \bigr)\, g ,
# $$
#
# and $v$ alike. Hence $\hat m = m / (1 - \beta_1^{\,t+1})$ and
# $\hat v = v / (1 - \beta_2^{\,t+1})$. The first step is then
# $\hat m / \sqrt{\hat v} = g / \lvert g \rvert$: exactly $\gamma$ long in each weight,
# whether the slope there is a thousandth or a thousand.

# %%
slopes = np.array([1e-3, -1.0, 1e3])
begin, end = take(scratch.adam(lambda w: slopes, np.zeros(3), 0.1), 1)
np.testing.assert_allclose(end - begin, -0.1 * np.sign(slopes), rtol=0.01)
print(f"slopes {slopes} give the first steps {(end - begin).round(4)}")

# %% [markdown]
# (Where the slope is a thousandth, the step is a little short. Keras, and we with it,
# adds $\epsilon = 10^{-7}$ to $\sqrt v$ *before* the correction, a variant that the
# paper gives at the end of its section 2.) On a steady slope the three differ only in
# how the length of the step develops:

# %% alt="Length of the step over the number of steps on a steady slope, in units of γ. AdaGrad starts at one and falls like one over the root of t; RMSprop starts at about three and falls to one within twenty steps; Adam is one throughout."
steady = {
    "AdaGrad": scratch.adagrad(lambda w: 1.0, 0.0, 1.0, initial_accumulator_value=0.0),
    "RMSprop": scratch.rmsprop(lambda w: 1.0, 0.0, 1.0),
    "Adam": scratch.adam(lambda w: 1.0, 0.0, 1.0),
}
lengths = {name: -np.diff(take(iterates, 100)) for name, iterates in steady.items()}
count = np.arange(1, 101)
np.testing.assert_allclose(lengths["AdaGrad"], 1 / np.sqrt(count), rtol=1e-5)
np.testing.assert_allclose(lengths["Adam"], 1.0, rtol=1e-4)
plots.curves(
    count, lengths, xlabel="step", ylabel="length of the step, in units of γ", logx=True
)

# %% [markdown]
# RMSprop has no correction, so that its first step is $1 / \sqrt{1 - \rho} \approx 3.2$
# times too long.
#
# ### What dividing by the gradient does to a valley
#
# Let $f = \tfrac12 \sum_j h_j w_j^2$. Weight $j$ has the gradient $h_j w_j$, AdaGrad
# divides it by the root of a sum of $h_j^2 w_j^2$, and $h_j$ *cancels*. The path is the
# same whatever the curvatures are: to AdaGrad the long valley is a round bowl. The same
# holds for RMSprop and Adam.
#
# So is the valley conquered? Only if it lies along the axes. Turn it by 45 degrees, and
# no division weight by weight can make it round. Plain descent and momentum know
# nothing of axes and do not care.


# %%
def turned(angle):
    """Return the Hessian of the valley, turned, and its start, turned alike."""
    c, s = np.cos(angle), np.sin(angle)
    rotation = np.array([[c, -s], [s, c]])
    return rotation @ np.diag(CURVATURES) @ rotation.T, rotation @ START


def on_valley(optimizer, angle, *rates):
    """Return the iterates of an optimiser in the turned valley."""
    hessian, start = turned(angle)
    return optimizer(lambda w: hessian @ w, start, *rates)


rivals = {
    "plain": (gradient_descent, best_rate),
    "momentum": (scratch.momentum, ball_rate, beta),
    "AdaGrad": (scratch.adagrad, 1.5),
}
print("steps to a thousandth of the distance    along the axes   turned by 45°")
needed = {}
for name, (optimizer, *rates) in rivals.items():
    needed[name] = [
        steps_until(on_valley(optimizer, angle, *rates), 1e-3)
        for angle in (0, np.pi / 4)
    ]
    print(f"{name:35} {needed[name][0]:17} {needed[name][1]:16}")
assert needed["plain"][0] == needed["plain"][1]
assert needed["momentum"][0] == needed["momentum"][1]
assert needed["AdaGrad"][1] > 1.5 * needed["AdaGrad"][0]

# %%
free_of_epsilon = {
    scratch.adagrad: {"epsilon": 0.0, "initial_accumulator_value": 0.0},
    scratch.rmsprop: {"epsilon": 0.0},
    scratch.adam: {"epsilon": 0.0},
}
for optimizer, options in free_of_epsilon.items():
    in_valley, in_bowl = (
        take(optimizer(lambda w, h=h: h * w, START, 0.5, **options), 30)
        for h in (CURVATURES, np.ones(2))
    )
    np.testing.assert_allclose(in_valley, in_bowl)

# %% alt="Contours of the valley turned by 45 degrees, with three paths from its end. Plain descent zigzags; momentum jumps widest and is at the bottom first; AdaGrad overshoots the floor, turns and follows it with ever smaller steps."
hessian, _ = turned(np.pi / 4)
plots.loss_surface(
    lambda w: 0.5 * np.einsum("...i,ij,...j->...", w, hessian, w),
    {
        name: take(on_valley(optimizer, np.pi / 4, *rates), 30)
        for name, (optimizer, *rates) in rivals.items()
    },
    bounds=(-9, 3, -8, 3),
)

# %% [markdown]
# ## Going wrong on purpose: the rate of one is not the rate of the other
#
# Look at the units. Plain descent subtracts $\gamma$ times a gradient, loss per weight,
# from a weight; so its $\gamma$ has the unit weight² per loss. AdaGrad, RMSprop and
# Adam subtract $\gamma$ times a pure number; their $\gamma$ is a *length in weights*.
# They do not notice when the loss is measured in other units, but they care how far the
# weights have to go. The intercept of the diabetes set must travel from 0 to about 150.
# Keras's default for Adam is 0.001, so 20 epochs of 12 steps will take it as far as
# $240 \cdot 0.001 = 0.24$.


# %%
def train(optimizer, learning_rate, batch_size=32):
    """Return the weights of any of our optimisers on mini-batches, epoch by epoch."""
    batches = scratch.minibatches(X, y, batch_size, seed=SEED)
    start = np.zeros(X.shape[1])
    iterates = optimizer(lambda w: gradient(w, *next(batches)), start, learning_rate)
    return epochs_of(iterates, batch_size)


default, suited = (train(scratch.adam, rate) for rate in (0.001, 3.0))
for name, path in (("0.001, the default", default), ("3.0", suited)):
    print(f"Adam with γ = {name}: intercept {path[-1][0]:.2f},", end=" ")
    print(f"loss {excess(path[-1]):.1%} above the lowest.")
assert default[-1][0] < 0.25
assert excess(default[-1]) > 0.95 * excess(default[0])
assert excess(suited[-1]) < 0.2

# %% [markdown]
# Nothing exploded, no `nan`, no warning: the loss just does not move, and one might
# think that the model cannot learn. What to look for: a loss that falls in a straight
# line, by the same little amount in every epoch. The default suits the weights of a
# neural network, which are small numbers; here we needed a rate 3,000 times larger. To
# standardise the *targets* would help too: it brings the weights down to the order of
# one.
#
# The other way round, a rate that suits Adam is the end of plain descent:

# %%
with np.errstate(all="ignore"):
    exploded = train(gradient_descent, 3.0)
assert not np.isfinite(excess(exploded[-1]))
steepest = np.linalg.eigvalsh(2 / n * X.T @ X).max()
print(f"Plain descent, γ = 3: loss {excess(exploded[1]):.1e} above after one epoch.")
print(f"Its limit for the full batch is 2 / λmax = {2 / steepest:.3f}.")

# %% [markdown]
# ## The same iterates in Keras
#
# Now the claim that all this is what Keras does. Each optimiser of Keras is given the
# same start, the same gradients and the same settings as ours, for 50 steps in the
# valley. We compare every iterate, not only the last one. Keras computes in 32 bits and
# we in 64, so the last digits differ; we allow a thousandth.


# %%
def keras_path(optimizer, steps=50):
    """Return the start and all iterates of a Keras optimiser in the valley."""
    w = keras.Variable(START, dtype="float32")
    path = [keras.ops.convert_to_numpy(w)]
    for _ in range(steps):
        optimizer.apply([w * CURVATURES.astype("float32")], [w])
        path.append(keras.ops.convert_to_numpy(w))
    return np.array(path)


cooling = scratch.cosine_decay(0.07, 50)
keras_cooling = ready_made.CosineDecay(0.07, 50)
here, adam = (valley_gradient, START), keras.optimizers.Adam
sgd_in_keras = keras.optimizers.SGD
pairs = {
    "SGD": (gradient_descent(*here, 0.07), sgd_in_keras(0.07)),
    "SGD, cosine": (gradient_descent(*here, cooling), sgd_in_keras(keras_cooling)),
    "momentum": (scratch.momentum(*here, 0.02), sgd_in_keras(0.02, momentum=0.9)),
    "Nesterov": (
        scratch.nesterov(*here, 0.02),
        sgd_in_keras(0.02, momentum=0.9, nesterov=True),
    ),
    "AdaGrad": (scratch.adagrad(*here, 1.0), keras.optimizers.Adagrad(1.0)),
    "RMSprop": (scratch.rmsprop(*here, 0.3), keras.optimizers.RMSprop(0.3)),
    "Adam": (scratch.adam(*here, 0.5), adam(0.5)),
    "Adam, cosine": (scratch.adam(*here, cooling), adam(keras_cooling)),
}

# %%
for name, (iterates, optimizer) in pairs.items():
    ours, theirs = take(iterates, 50), keras_path(optimizer)
    largest = np.abs(ours - theirs).max()
    np.testing.assert_allclose(theirs, ours, atol=1e-3)
    print(f"{name:13} largest difference in 50 steps: {largest:.0e}")

# %% [markdown]
# And in a model, on real data, with mini-batches. `linear_regression` comes
# compiled with SGD, a learning rate of 0.01 and momentum 0.9, as lesson 01 used it. We
# hand it the very batches that our own descent gets, one by one. Then we compile it
# again with Adam and a schedule, and repeat.

# %%
from fmkeras.models import linear_regression
from fmkeras.runtime import set_seed


def keras_weights(model, steps):
    """Train on our mini-batches; return the weights, intercept first."""
    batches = scratch.minibatches(x_train, y_train, 32, seed=SEED)
    for x_batch, y_batch in islice(batches, steps):
        model.train_on_batch(x_batch, y_batch)
    kernel, bias = model.get_weights()
    return np.append(bias, kernel)


def our_weights(optimizer, rate, steps):
    batches = scratch.minibatches(X, y, 32, seed=SEED)
    start = np.zeros(X.shape[1])
    iterates = optimizer(lambda w: gradient(w, *next(batches)), start, rate)
    return take(iterates, steps)[-1]


# %%
set_seed(SEED)
steps = 5 * steps_per_epoch(32)
model = linear_regression(num_features=10)
by_fit, by_us = keras_weights(model, steps), our_weights(scratch.momentum, 0.01, steps)
np.testing.assert_allclose(by_fit, by_us, atol=0.01)
furthest = np.abs(by_fit - by_us).max()
print(f"SGD with momentum, {steps} steps: largest difference {furthest:.0e}")

# %%
model = linear_regression(num_features=10)
model.compile(keras.optimizers.Adam(ready_made.CosineDecay(10.0, steps)), loss="mse")
cooling = scratch.cosine_decay(10.0, steps)
by_fit, by_us = keras_weights(model, steps), our_weights(scratch.adam, cooling, steps)
np.testing.assert_allclose(by_fit, by_us, atol=0.01)
print(f"Adam with cosine decay: largest difference {np.abs(by_fit - by_us).max():.0e}")
print(f"Its loss after {steps} steps is {excess(by_fit):.1%} above the lowest.")

# %% [markdown]
# The weights are of the order of 100, so that a difference of a hundredth, the limit
# asserted here, would be one in ten thousand.
#
# ## Which one should I take?
#
# An honest comparison gives each optimiser its own best rate. Here are four, each with
# rates over six powers of ten, 20 epochs of mini-batches of 32. A run that ends worse
# than it began is drawn where it began.

# %%
rates = 10.0 ** np.linspace(-4, 2, 19)
family = {
    "SGD": gradient_descent,
    "momentum": scratch.momentum,
    "RMSprop": scratch.rmsprop,
    "Adam": scratch.adam,
}
untrained = float(excess(np.zeros(X.shape[1])))
with np.errstate(all="ignore"):
    ended = {
        name: np.array([excess(train(optimizer, rate)[-1]) for rate in rates])
        for name, optimizer in family.items()
    }
for name, above in ended.items():
    ended[name] = np.nan_to_num(above, nan=untrained).clip(max=untrained)

# %% alt="Loss above the lowest after 20 epochs over the learning rate, both axes logarithmic, for four optimisers: four valleys of similar depth. That of momentum lies to the left of plain SGD, those of RMSprop and Adam far to the right; those of momentum and Adam are the wide ones."
plots.curves(
    rates,
    ended,
    references={"untrained": untrained},
    xlabel="learning rate γ",
    ylabel="loss above the lowest, as a share",
    logx=True,
    logy=True,
)

# %%
best_of = {name: rates[above.argmin()] for name, above in ended.items()}
for name, above in ended.items():
    good = rates[above < 0.1]
    print(f"{name:9} best at γ = {best_of[name]:.4f}: {above.min():.1%};", end=" ")
    print(f"within 10 % from {good.min():.4f} to {good.max():.4f}.")
    assert above.min() < 0.05
assert best_of["momentum"] < best_of["SGD"] < best_of["RMSprop"]
assert ended["SGD"][rates == best_of["Adam"]] == untrained
assert ended["Adam"][rates == best_of["SGD"]] > 0.9 * untrained

# %% [markdown]
# Every one of them gets within a few per cent of the bottom, *at its own rate*. At the
# best rate of Adam plain descent explodes, and at the best rate of plain descent Adam
# hardly leaves the start. Momentum's valley lies further left than that of SGD, as its
# steady step, $1 / (1 - \beta) = 10$ times as long, lets one expect. So the choice of
# the rate matters more than the choice of the optimiser. Try powers of ten first, then
# refine.
#
# What speaks for Adam is not visible on so tame a problem. In a deep network the
# gradients of different layers differ by orders of magnitude (lesson 09 measures it),
# and one rate for all of them, in units of loss, is hard to find. A rule of thumb: Adam
# with 0.001 and a schedule to begin with; SGD with momentum where there is time to
# tune.

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports and constants at the
# top of the lesson are there when it runs, so write each answer to stand on its own.
#
# ### Exercise 1: One step with momentum
#
# Write one step of the heavy ball. Given the weights, the speed $m$, the gradient at
# the weights, $\gamma$ and $\beta$, return the pair of the new weights and the new
# speed.
#
# <details><summary>Hint</summary>
#
# Two lines, the two formulas of the section on momentum, in their order. The weights
# move by the *new* speed.
#
# </details>


# %% exercise="momentum-step"
def momentum_step(w, m, g, learning_rate, beta):
    """Return the new weights and the new speed of the heavy ball."""
    ### BEGIN SOLUTION
    m = beta * m - learning_rate * g
    return w + m, m
    ### END SOLUTION


# %% check="momentum-step"
rng = np.random.default_rng()
w, m, g = (rng.uniform(1, 3, size=2) * rng.choice([-1, 1], size=2) for _ in range(3))
rate, beta = rng.uniform(0.1, 0.3), rng.uniform(0.5, 0.9)
speed = beta * m - rate * g
mean = beta * m - (1 - beta) * rate * g
expect(
    momentum_step(w, m, g, rate, beta),
    (w + speed, speed),
    call=f"momentum_step({w.round(2)}, {m.round(2)}, {g.round(2)}, {rate:.2f}, {beta:.2f})",
    mistakes=[
        ((speed, w + speed), "The pair is turned round: the weights go first."),
        ((w + m, speed), "That moves by the old speed: the new one already counts."),
        (
            (w + beta * m + rate * g, beta * m + rate * g),
            "That climbs: the slope pulls against itself, −γ g.",
        ),
        ((w - speed, speed), "m already points downhill: add it to the weights."),
        (
            (w + mean, mean),
            "That is a mean, as in Adam: the heavy ball adds the whole −γ g.",
        ),
        (
            (w + m - rate * g, m - rate * g),
            "Only the share β of the old speed survives.",
        ),
        (
            (w + beta * speed - rate * g, speed),
            "That is Nesterov's step: the heavy ball moves by m itself.",
        ),
        ((w - rate * g, speed), "That is plain descent: move by the new speed."),
    ],
)
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: The noise of a batch
#
# The gradients of all single examples are given as an array `(n, D)`. *Predict* the
# mean squared distance $V_B$ between the mean of a random batch of $B$ of them (drawn
# without repetition) and the mean of all. The check goes through all batches.
#
# <details><summary>Hint</summary>
#
# First $V_1$: the squared distance of each row from the mean of all, summed over the
# $D$ entries, then the mean over the rows. Then the two factors of the formula.
#
# </details>


# %% exercise="batch-noise"
def batch_noise(gradients, batch_size):
    """Return the mean squared distance of a batch's gradient from the full one."""
    ### BEGIN SOLUTION
    n = len(gradients)
    spread = ((gradients - gradients.mean(axis=0)) ** 2).sum(axis=1).mean()
    return spread / batch_size * (n - batch_size) / (n - 1)
    ### END SOLUTION


# %% check="batch-noise"
rng = np.random.default_rng()
gradients, size = rng.normal(size=(7, 3)).round(2), int(rng.integers(3, 6))
full = gradients.mean(axis=0)
means = [gradients[list(rows)].mean(axis=0) for rows in combinations(range(7), size)]
right = ((np.array(means) - full) ** 2).sum(axis=1).mean()
single = ((gradients - full) ** 2).sum(axis=1).mean()
no_repeats = "That is for draws with repetition: a batch holds no example twice."
expect(
    batch_noise(gradients, size),
    right,
    call=f"batch_noise({gradients.tolist()}, {size})",
    mistakes=[
        (single / size, no_repeats),
        (single / size * 7 / 6, no_repeats),
        (single, "That is the spread of single examples, V₁."),
        (single / size**2, "The variance of a mean falls with B, not with B²."),
        (right / 3, "Sum over the D entries: the squared distance is no mean."),
        (right**0.5, "That is the root: the squared distance is asked for."),
        (
            single / size * (7 - size) / 7,
            "The second factor is (n − B) / (n − 1): for B = 1 it must be one.",
        ),
        (
            single / size * (7 - size) / 6 * 7 / 6,
            "V₁ is a mean over all n examples: divide by n, not by n − 1.",
        ),
        (right * 7, "V₁ is a mean over the examples: divide the sum by n."),
    ],
)
print("Exercise 2: right.")

# %% [markdown]
# ### Exercise 3: Adam without its correction
#
# Somebody forgets the hats, and uses $m / \sqrt v$ with $\epsilon = 0$. *Derive* how
# long the step number $t$ (counted from 0) then is on a steady slope, in units of
# $\gamma$, and write it as a function of $t$, $\beta_1$ and $\beta_2$. Are the first
# steps with Keras's defaults 0.9 and 0.999 too short or too long?
#
# <details><summary>Hint</summary>
#
# On a steady slope $m = (1 - \beta_1^{t+1})\, g$ and $v = (1 - \beta_2^{t+1})\, g^2$.
# Put them into $m / \sqrt v$; the size of $g$ cancels.
#
# </details>


# %% exercise="adam-uncorrected"
def uncorrected_step(t, beta_1, beta_2):
    """Return the length of step t on a steady slope, without bias correction, over γ."""
    ### BEGIN SOLUTION
    return (1 - beta_1 ** (t + 1)) / np.sqrt(1 - beta_2 ** (t + 1))
    ### END SOLUTION


# %% check="adam-uncorrected"
rng = np.random.default_rng()
t, b1, b2 = int(rng.integers(2, 6)), rng.uniform(0.85, 0.92), rng.uniform(0.97, 0.999)
slope, m, v = rng.uniform(2, 9), 0.0, 0.0
for _ in range(t + 1):
    m, v = b1 * m + (1 - b1) * slope, b2 * v + (1 - b2) * slope**2
right = m / np.sqrt(v)
share_1, share_2 = 1 - b1 ** (t + 1), 1 - b2 ** (t + 1)
expect(
    uncorrected_step(t, b1, b2),
    right,
    call=f"uncorrected_step({t}, {b1:.3f}, {b2:.4f})",
    mistakes=[
        (
            (1 - b1**t) / np.sqrt(1 - b2**t),
            "t counts from 0: after step t, t + 1 gradients have come in.",
        ),
        (share_1 / share_2, "v is a mean of squares: take its root."),
        (1 / right, "That is the correction: the step is its inverse."),
        (1.0, "That is Adam with its correction: here it is left out."),
        (share_2 / np.sqrt(share_1), "The two shares are exchanged."),
        ((1 - b1) / np.sqrt(1 - b2), "That is the first step, t = 0."),
        (b1 ** (t + 1) / np.sqrt(b2 ** (t + 1)), "β^(t + 1) is what is missing yet."),
        (share_1, "v starts from zero too: divide by the root of its share."),
    ],
)
expect(uncorrected_step(0, 0.9, 0.999), 10**0.5, call="uncorrected_step(0, 0.9, 0.999)")
print("Exercise 3: right.")
print("The first step would be √10 ≈ 3.2 times too long, for v lags more than m.")

# %% [markdown]
# ### Exercise 4: How far may the ball be pushed?
#
# *Derive* the largest learning rate for which descent with momentum $\beta$ converges
# on the bowl $\tfrac12 w^\top H w$ with the Hessian $H$, from the equation
# $r^2 - (1 + \beta - \gamma \lambda)\, r + \beta = 0$. Write it as a function of $H$,
# an array `(D, D)`, and $\beta$. Is it larger or smaller than without momentum? The
# check starts a descent just below your limit and one just above.
#
# <details><summary>Hint</summary>
#
# While the roots are complex, they have the length $\sqrt\beta < 1$. When $\gamma
# \lambda$ grows beyond, they become real and negative, and one of them moves towards
# $-1$. Put $r = -1$ into the equation and solve for $\gamma$.
#
# </details>


# %% exercise="momentum-limit"
def momentum_limit(hessian, beta):
    """Return the largest stable learning rate of the heavy ball."""
    ### BEGIN SOLUTION
    return 2 * (1 + beta) / np.linalg.eigvalsh(hessian).max()
    ### END SOLUTION


# %% check="momentum-limit"
rng = np.random.default_rng()
directions = np.linalg.qr(rng.normal(size=(3, 3)))[0]
flat, top = rng.uniform(0.5, 1.0), rng.uniform(3.0, 5.0)
hessian = directions @ np.diag([flat, 2.0, top]) @ directions.T
beta = rng.uniform(0.4, 0.8)
limit = 2 * (1 + beta) / top
expect(
    momentum_limit(hessian, beta),
    limit,
    call=f"momentum_limit({hessian.round(2).tolist()}, {beta:.3f})",
    mistakes=[
        (2 / top, "That is the limit of plain descent, β = 0."),
        (
            2 * (1 - beta) / top,
            "Steps that jump to and fro cancel in m instead of adding up.",
        ),
        (2 / (1 - beta) / top, "Put r = −1 into the equation: 1 − β does not occur."),
        (
            (1 + np.sqrt(beta)) ** 2 / top,
            "There the roots become real; they still are inside the unit circle.",
        ),
        (2 * (1 + beta) / flat, "The steepest direction decides, not the flattest."),
        (limit / 2, "A factor 2 is missing: r = −1 gives 2 + 2β = γλ."),
        (
            2 * (1 + beta) / np.trace(hessian),
            "That is the sum of the curvatures: the largest one decides.",
        ),
    ],
)
for share, converges in ((0.98, True), (1.02, False)):
    rate = share * momentum_limit(hessian, beta)
    path = scratch.momentum(lambda w: hessian @ w, np.ones(3), rate, beta)
    with np.errstate(over="ignore"):
        distance = np.linalg.norm(take(path, 1_500)[-1])
    assert (distance < 1e-3) == converges, (
        f"At {share} of it the end is {distance} off."
    )
print("Exercise 4: right. Just below your limit it converges, just above it diverges.")
print("Momentum raises the limit by the factor 1 + β.")

# %% [markdown]
# ## What you have learnt
#
# - Along a direction of curvature $\lambda$ a step multiplies the error by
#   $1 - \gamma\lambda$: too small creeps, right arrives, above $2/\lambda$ it flies
#   apart. Below $2/M$ every step goes down, on any smooth function.
# - Where there are several valleys, the start decides which one is found, and the
#   slope alone cannot tell a local minimum from the global one. A saddle holds only
#   those who meet it exactly, but delays all who come near.
# - A mini-batch's gradient is right on average, and its squared error falls like
#   $1/B$. Many rough steps beat few exact ones, down to a noise floor in proportion to
#   $\gamma$. A schedule lowers the floor.
# - Momentum adds up steps that agree and replaces $\kappa$ by $\sqrt\kappa$. AdaGrad,
#   RMSprop and Adam divide by the size of the gradient, weight by weight; this evens
#   out valleys along the axes, and makes $\gamma$ a length in weights.
# - Keras's optimisers and schedules are these formulas, iterate for iterate. No rate
#   can be carried over from one of them to another.
#
# **What stays open.** All gradients here were derived by hand. Lesson 06 will show how a
# machine finds them for any formula. Lesson 09 will look at functions of many thousand
# weights: their saddles, and why the size of the gradient differs from layer to layer.
# Lesson 15 will train a transformer with AdamW, a variant of Adam, with a warm-up and a
# cosine.
#
# **Sources.**
#
# - L. Bottou, F. Curtis and J. Nocedal (2018), "Optimization Methods for Large-Scale
#   Machine Learning", SIAM Review 60(2), section 4, <https://arxiv.org/abs/1606.04838>:
#   mini-batches, noise floor and falling steps. Their $\alpha_k$ is our $\gamma_t$.
# - H. Robbins and S. Monro (1951), "A Stochastic Approximation Method", Annals of
#   Mathematical Statistics 22(3), pages 400–407: the two conditions.
# - B. Polyak (1964), "Some methods of speeding up the convergence of iteration methods",
#   USSR Computational Mathematics and Mathematical Physics 4(5), pages 1–17: the heavy
#   ball and its best rate.
# - Y. Nesterov (1983), "A method of solving a convex programming problem with
#   convergence rate O(1/k²)", Soviet Mathematics Doklady 27, pages 372–376.
# - J. Duchi, E. Hazan and Y. Singer (2011), "Adaptive Subgradient Methods for Online
#   Learning and Stochastic Optimization", Journal of Machine Learning Research 12,
#   section 1.1: AdaGrad.
# - T. Tieleman and G. Hinton (2012), "Lecture 6.5: rmsprop", Neural Networks for Machine
#   Learning.
# - D. Kingma and J. Ba (2015), "Adam: A Method for Stochastic Optimization", algorithm 1
#   and section 3 (the correction), <https://arxiv.org/abs/1412.6980>.
# - I. Loshchilov and F. Hutter (2017), "SGDR: Stochastic Gradient Descent with Warm
#   Restarts", section 3, <https://arxiv.org/abs/1608.03983>: the cosine.
# - B. Efron, T. Hastie, I. Johnstone and R. Tibshirani (2004), "Least angle regression",
#   The Annals of Statistics 32, section 1: the diabetes data.
