# ---
# title: Linear regression
# part: I. Machine learning basics
# minutes: 1
# difficulty: 1
# prerequisites: []
# objectives:
#   - Write a prediction as a weighted sum and its error as a function of the weights.
#   - Derive the normal equations, solve them, and say when they do not suffice.
#   - Find the minimum by gradient descent, with the largest step size that is stable.
#   - Explain by numbers why features are normalised before training.
#   - Fit a linear model with Keras and check it against the closed form.
# ---

# %% [markdown]
# # Linear regression
#
# **What should an apartment cost, if all we know is what four others were sold for?**
#
# | size (m²) | location score | green rate | decoration | price |
# |---:|---:|---:|---:|---:|
# | 80 | 8 | 20 % | 6 | 10,000 |
# | 60 | 10 | 30 % | 8 | 9,000 |
# | 100 | 5 | 20 % | 5 | 9,000 |
# | 70 | 10 | 25 % | 9 | 12,000 |
# | **100** | **8** | **35 %** | **8** | **?** |
#
# The answer of this lesson is the oldest one in machine learning: suppose that the
# price is a *weighted sum* of the numbers that describe the apartment, and choose the
# weights that are least wrong on the four apartments we know. Everything later in the
# course, up to a language model, keeps these three parts: a formula with weights in it,
# a number that says how wrong the formula is, and a way to change the weights so that
# this number falls.
#
# The lesson assumes partial derivatives, products of matrices and vectors, and a little
# NumPy. Eigenvalues are recalled where they are needed.
#
# **Letters.** We keep those of the lecture: $X$ holds one apartment a row, $y$ the
# prices, $w$ the weights, $f(w)$ the loss and $\gamma$ the step size. Statistics books
# write $\beta$ for $w$. In Keras $w_0$ is the `bias`, the other weights are the
# `kernel`, and the step size is the `learning_rate`. $B$ counts the rows and $D$ the
# features, as everywhere in this course.

# %% tags=["setup"]
import keras
import numpy as np
from sklearn.linear_model import LinearRegression

from fmkeras import data, models, plots
from fmkeras.course import expect
from fmkeras.runtime import set_seed
from fmkeras.scratch import gradient_descent, take

NEW_APARTMENT = np.array([100.0, 8.0, 0.35, 8.0])
SEED = 0
EPOCHS = 30  # of mini-batch training
LEARNING_RATE = 0.2  # of full-batch training
PLAIN_EPOCHS, MOMENTUM_EPOCHS = 50, 200


def with_ones(x):
    """Put a column of ones, the feature x₀ of the intercept, before the others."""
    return np.column_stack([np.ones(len(x)), x])


# %% [markdown]
# The table comes with the library; the lecture names no currency. A first look at one
# column: how does the price go with the decoration score? Through the four points we
# draw the line that this lesson teaches to find.

# %% alt="Price over decoration score: four points and a rising line between them."
apartments, prices = (array.astype("float64") for array in data.load_apartments())
decoration = apartments[:, 3]
slope, intercept = np.polyfit(decoration, prices, deg=1)
plots.scatter_fit(
    decoration,
    prices,
    fit=lambda x: intercept + slope * x,
    predictions=intercept + slope * decoration,
    names=["decoration score"],
    target="price",
)

# %% [markdown]
# ## How wrong is a line?
#
# A line predicts $\hat y = w_0 + w_1 x$. With a feature $x_0 = 1$ that never changes,
# the intercept $w_0$ is a weight like any other, and the prediction for row $i$ is a
# product of two vectors, $\hat y_i = x_i^\top w$. For all rows at once:
#
# $$
# \hat y = X w, \qquad
# X = \begin{pmatrix} 1 & 6 \\ 1 & 8 \\ 1 & 5 \\ 1 & 9 \end{pmatrix}, \quad
# w = \begin{pmatrix} w_0 \\ w_1 \end{pmatrix}.
# $$
#
# The upright strokes in the figure are the **residuals** $\hat y_i - y_i$. Two ways to
# make one number of them are in daily use, the **mean squared error** and the **mean
# absolute error**:
#
# $$
# \mathrm{MSE} = \frac{1}{B} \sum_{i=1}^{B} (\hat y_i - y_i)^2, \qquad
# \mathrm{MAE} = \frac{1}{B} \sum_{i=1}^{B} \lvert \hat y_i - y_i \rvert .
# $$

# %%
X, y = with_ones(decoration), prices
line = np.array([6500.0, 500.0])  # the line of the figure: 6500 + 500 per point
residuals = X @ line - y
mse, mae = (residuals**2).mean(), np.abs(residuals).mean()
np.testing.assert_allclose(line, [intercept, slope])
np.testing.assert_allclose([mse, mae], [875_000, 750])
print(f"Residuals {residuals}, MSE {mse:,.0f}, MAE {mae:,.0f}.")

# %% [markdown]
# The MAE reads like a price: this line is wrong by 750 on average. The MSE reads like
# nothing we know, for its unit is price squared, but it is smooth, and it punishes one
# large miss more than several small ones. So the two disagree about which line is best.
# Turn the line about the point at 5, which it meets, until it meets the one at 9 too,
# at the expense of the one at 8:

# %%
other_line = np.array([5250.0, 750.0])
other_residuals = X @ other_line - y
other_mse, other_mae = (other_residuals**2).mean(), np.abs(other_residuals).mean()
assert other_mae < mae
assert other_mse > mse
print(f"Residuals {other_residuals}, MSE {other_mse:,.0f}, MAE {other_mae:,.0f}.")

# %% [markdown]
# The other line wins by the MAE and loses by the MSE. **Least squares** means to go by
# the squares. That is a choice, and its reward is that the best weights can be written
# down.
#
# ## The gradient, and where it is zero
#
# We follow the lecture and drop the mean for a half, which moves no minimum:
#
# $$
# f(w) = \tfrac12 \lVert X w - y \rVert^2
#      = \tfrac12 \sum_{i=1}^{B} \Bigl( \sum_j X_{ij} w_j - y_i \Bigr)^2 .
# $$
#
# Differentiate with respect to one weight. The square brings down a 2, which the half
# cancels, and the inner derivative is $X_{ij}$:
#
# $$
# \frac{\partial f}{\partial w_j} = \sum_{i=1}^{B} X_{ij}\, (x_i^\top w - y_i)
# \qquad\text{for all } j \text{ at once:}\qquad
# \nabla f(w) = X^\top (X w - y).
# $$
#
# A gradient that was derived by hand should be checked by differences. For a quadratic
# function the central difference is exact but for rounding:


# %%
def f(w, design, y):
    """Return ½‖Xw − y‖² for weights `(..., D + 1)`."""
    return 0.5 * ((w @ design.T - y) ** 2).sum(axis=-1)


def gradient(design, y):
    """Return the function ∇f(w) = Xᵀ(Xw − y)."""
    return lambda w: design.T @ (design @ w - y)


w, directions = np.array([3000.0, 200.0]), np.eye(2)
differences = [(f(w + e, X, y) - f(w - e, X, y)) / 2 for e in directions]
np.testing.assert_allclose(gradient(X, y)(w), differences, rtol=1e-6)

# %% [markdown]
# $f$ is a bowl, so the minimum is where the gradient vanishes. This gives the **normal
# equations** and, if $X^\top X$ can be inverted, the closed form:
#
# $$
# X^\top X\, w = X^\top y
# \qquad\Longrightarrow\qquad
# w = (X^\top X)^{-1} X^\top y .
# $$
#
# For our line they are two equations, small enough for paper:
#
# $$
# \begin{pmatrix} 4 & 28 \\ 28 & 206 \end{pmatrix}
# \begin{pmatrix} w_0 \\ w_1 \end{pmatrix}
# = \begin{pmatrix} 40000 \\ 285000 \end{pmatrix}
# \qquad\Longrightarrow\qquad w_0 = 6500, \quad w_1 = 500 .
# $$
#
# In code we solve the equations instead of inverting the matrix: it is faster and loses
# fewer digits. An outside witness, scikit-learn, finds the same line.

# %%
np.testing.assert_array_equal(X.T @ X, [[4, 28], [28, 206]])
np.testing.assert_array_equal(X.T @ y, [40_000, 285_000])
closed_form = np.linalg.solve(X.T @ X, X.T @ y)
witness = LinearRegression().fit(decoration[:, None], prices)
np.testing.assert_allclose(closed_form, line)
np.testing.assert_allclose(closed_form, [witness.intercept_, witness.coef_[0]])
print(f"The best line is {closed_form[0]:,.0f} + {closed_form[1]:,.0f} × decoration.")

# %% [markdown]
# The normal equations also say something one can see. Written
# $X^\top (X w - y) = 0$, they state that the residuals stand at a right angle to every
# column of $X$. The column of ones makes them sum to zero; the column of scores makes
# them balance like weights on a lever. What is left over has nothing more that these
# features could explain.

# %%
np.testing.assert_allclose(X.T @ (X @ closed_form - y), 0.0, atol=1e-6)

# %% [markdown]
# ## Gradient descent
#
# The closed form exists only because $f$ is so simple; a neural network has none. What
# works there too is to start somewhere and walk downhill, against the gradient, in
# steps of size $\gamma$. This is **gradient descent**:
#
# $$
# w \leftarrow w - \gamma \nabla f(w) = w - \gamma\, X^\top (X w - y).
# $$
#
# How large may $\gamma$ be? Let $w^\ast$ be the minimum and $e = w - w^\ast$ the error.
# Because $X^\top (X w^\ast - y) = 0$, one step turns $e$ into
#
# $$
# e \leftarrow (I - \gamma\, X^\top X)\, e .
# $$
#
# An eigenvector of $X^\top X$ is a direction that this matrix only stretches, by its
# eigenvalue $\lambda$. So the part of the error along it is multiplied by
# $1 - \gamma \lambda$ in every step, whatever the other parts do. It dies out if
# $\lvert 1 - \gamma \lambda \rvert < 1$, that is, if $0 < \gamma < 2 / \lambda$. All
# parts die out if this holds for the largest eigenvalue:
#
# $$
# 0 < \gamma < \frac{2}{\lambda_{\max}} .
# $$

# %%
flattest, steepest = np.linalg.eigvalsh(X.T @ X)
largest_step = 2 / steepest
print(f"The eigenvalues of XᵀX are {flattest:.3f} and {steepest:.3f}.")
print(f"The largest stable step size is 2 / λmax = {largest_step:.6f}.")

# %% [markdown]
# ### Just below and just above
#
# A sharp claim deserves a sharp test: 1 % below the limit the descent must end in the
# closed form, 1 % above it must fly apart. The library's `gradient_descent` yields the
# start and then every $w$ after it, without end; `take` gathers that many steps of it
# in one array.

# %%
start = np.zeros(2)
below = take(gradient_descent(gradient(X, y), start, 0.99 * largest_step), 20_000)
above = take(gradient_descent(gradient(X, y), start, 1.01 * largest_step), 1_000)
np.testing.assert_allclose(below[-1], closed_form, rtol=1e-6)
size = np.linalg.norm(above[-1])
assert size > 1e9
print(f"1 % below the limit, after 20,000 steps: w = {below[-1].round(3)}.")
print(f"1 % above the limit, after 1,000 steps: ‖w‖ = {size:.1e}.")

# %% [markdown]
# This is the first thing that goes wrong in practice, and it is worth recognising. Look
# for a loss that *rises* from step to step, and for weights that change sign each time
# and grow. In floating point they end as `inf` and then `nan`. What would do: a smaller
# step size.

# %% alt="Loss by step: drops and creeps at 0.5, falls at 0.99, rises at 1.01."
STEPS = 150
losses = {
    f"γ = {share} × 2 / λmax": f(
        take(gradient_descent(gradient(X, y), start, share * largest_step), STEPS), X, y
    )
    for share in (0.5, 0.99, 1.01)
}
plots.curves(np.arange(STEPS + 1), losses, xlabel="step", ylabel="$f(w)$", logy=True)

# %% [markdown]
# ## Why features are normalised
#
# Below the limit the descent converges, but it needs thousands of steps for two weights
# and four points. The reason is in the two eigenvalues. The steep direction dictates
# the step size, and the flat one has to live with it: at $\gamma = 1 / \lambda_{\max}$
# the error along the flattest direction is multiplied in each step by
#
# $$
# 1 - \frac{\lambda_{\min}}{\lambda_{\max}} = 1 - \frac{1}{\kappa},
# \qquad \kappa = \frac{\lambda_{\max}}{\lambda_{\min}},
# $$
#
# so that gaining one digit takes about $\ln(10)\, \kappa \approx 2.3\, \kappa$ steps.
# $\kappa$ is the **condition number** of $X^\top X$. Two things make it large here. The
# column of scores is much longer than the column of ones; and it points almost the same
# way, because the scores lie far from zero compared with how much they differ.
#
# To **normalise** (or standardise) a feature is to subtract its mean $\mu$ and divide
# by its standard deviation $s$. In this lesson the result is called $z$, and `Z` in
# code:
#
# $$
# z = \frac{x - \mu}{s} .
# $$
#
# The column then is at a right angle to the ones, and of the same length. $X^\top X$
# becomes $4 I$, and nothing is steeper than anything else.

# %%
normalised = (decoration - decoration.mean()) / decoration.std()
Z = with_ones(normalised)
np.testing.assert_allclose(Z.T @ Z, 4 * np.eye(2), atol=1e-12)
before, after = (np.linalg.cond(design.T @ design) for design in (X, Z))
np.testing.assert_allclose(after, 1.0)
print(f"Condition number before: {before:,.1f}. After: {after:.1f}.")

# %% [markdown]
# Here is the same descent on both landscapes: from zero weights, 100 steps, and the
# step size by the same recipe, $\gamma = 1.5 / \lambda_{\max}$. First with the raw
# score. The valley is so narrow that its walls look parallel. The descent drops into it
# within a few steps and then creeps along the floor. In a training curve this looks
# like a fast drop and then a loss that seems to have settled, although the weights are
# nowhere near the minimum. (The two axes have different scales, so that the gradient
# does not look as if it stood at a right angle to the contours. It does.)


# %%
def descend(design, steps=100):
    """Return the path of gradient descent from zero at γ = 1.5 / λmax."""
    rate = 1.5 / np.linalg.eigvalsh(design.T @ design).max()
    start = np.zeros(design.shape[1])
    return take(gradient_descent(gradient(design, y), start, rate), steps)


def distance_left(path, minimum):
    """Return how far the last iterate is from the minimum, as a share of the start."""
    return np.linalg.norm(path[-1] - minimum) / np.linalg.norm(path[0] - minimum)


# %% alt="A narrow valley. The path drops into it and stays far from the minimum."
raw_path = descend(X)
assert distance_left(raw_path, closed_form) > 0.5
print(f"After 100 steps {distance_left(raw_path, closed_form):.0%} of the way is left.")
plots.loss_surface(
    lambda w: f(w, X, y),
    {"100 steps, raw": raw_path, "minimum": closed_form[None]},
    bounds=(-1000, 8000, -300, 2400),
    names=("$w_0$", "$w_1$"),
    aspect="auto",
)

# %% [markdown]
# Now with the normalised score. The contours are circles, the gradient points straight
# at the minimum, and the descent only overshoots and returns, half as far each time.

# %% alt="Concentric circles. The path runs straight through the minimum and back."
minimum = np.linalg.solve(Z.T @ Z, Z.T @ y)
normalised_path = descend(Z)
np.testing.assert_allclose(normalised_path[-1], minimum)
plots.loss_surface(
    lambda w: f(w, Z, y),
    {"100 steps, normalised": normalised_path, "minimum": minimum[None]},
    bounds=(-2000, 18000, -6000, 8000),
    names=("$w_0$", "$w_1$"),
)

# %% [markdown]
# The weights differ, since the slope is now a price per standard deviation, but the
# line is the same: $w_1 (x - \mu) / s$ is again a multiple of $x$ plus a constant.
# Whoever normalises has to keep $\mu$ and $s$ and apply *the same two numbers* to every
# new apartment.

# %%
np.testing.assert_allclose(Z @ minimum, X @ closed_form)
scale = decoration.std()
back = [minimum[0] - minimum[1] * decoration.mean() / scale, minimum[1] / scale]
np.testing.assert_allclose(back, closed_form)

# %% [markdown]
# ## Four apartments, five unknowns
#
# Now all four features. With the intercept there are five weights, and only four
# apartments: four equations for five unknowns. The five columns of $X$ cannot be
# independent, so there is a direction $n \neq 0$ with $X n = 0$. Moving $w$ along $n$
# changes no prediction for the four apartments. $X^\top X$ has the eigenvalue 0, its
# inverse does not exist, and $w = (X^\top X)^{-1} X^\top y$ is an empty phrase.
#
# In code we count the independent columns, the **rank**, and find $n$ by the singular
# value decomposition, `np.linalg.svd`. The **singular values** of $X$ are the roots of
# the eigenvalues of $X^\top X$, and the last row of the third array that `svd` returns
# is the direction of the smallest, here 0.

# %%
X = with_ones(apartments)
n = np.linalg.svd(X)[2][-1]  # the direction of the singular value 0
n *= np.sign(n[1])  # either sign would do; this one asks for a higher price
np.testing.assert_allclose(X @ n, 0.0, atol=1e-9)
assert np.linalg.matrix_rank(X) == 4
assert np.linalg.cond(X.T @ X) > 1e14
print(f"X has {X.shape[1]} columns and rank {np.linalg.matrix_rank(X)}.")

# %% [markdown]
# Beware of `np.linalg.inv` and `np.linalg.solve` here. Rounding usually hides the zero,
# and they return numbers without a complaint, which may be made of nothing but rounding
# errors. The condition number, more than $10^{14}$, is the warning to look for.
#
# Infinitely many $w$ solve the normal equations, and all of them fit the four
# apartments *exactly*. The **pseudo-inverse** $X^+$, in NumPy `np.linalg.pinv`, picks
# the one with the smallest norm,
#
# $$
# w = X^+ y = \arg\min \bigl\{ \lVert w \rVert \;:\; X^\top X\, w = X^\top y \bigr\},
# $$
#
# and so does `np.linalg.lstsq`. This solution has no share of $n$, since any such share
# would lengthen it for nothing.

# %%
smallest = np.linalg.pinv(X) @ y
np.testing.assert_allclose(X @ smallest, y)
np.testing.assert_allclose(smallest, np.linalg.lstsq(X, y, rcond=None)[0], rtol=1e-6)
np.testing.assert_allclose(n @ smallest, 0.0, atol=1e-4)
row = np.append(1.0, NEW_APARTMENT)
for t in (-40_000, 0, 40_000):
    weights = smallest + t * n
    np.testing.assert_allclose(X @ weights, y)
    print(f"‖w‖ = {np.linalg.norm(weights):6,.0f}: price {row @ weights:6,.0f}.")

# %% [markdown]
# Three sets of weights without any error on the four apartments, and three prices for
# the fifth, thousands apart. Nothing limits how far we go along $n$: *every* price can
# be had (exercise 4 lets you name yours). The smallest norm is a convention that
# chooses one of them, not knowledge about apartments. It even depends on the units, for
# the norm adds up the squares of prices per square metre and prices per point. Four
# ways to fit the table exactly:

# %%
mean, deviation = apartments.mean(axis=0), apartments.std(axis=0)
Z = with_ones((apartments - mean) / deviation)
new_row = np.append(1.0, (NEW_APARTMENT - mean) / deviation)
normalised_weights = np.linalg.pinv(Z) @ y
four_weights = np.linalg.solve(apartments, y)  # four equations, four unknowns
witness = LinearRegression().fit(apartments, y)  # it leaves the intercept out of ‖w‖
answers = {
    "no intercept, the only solution": NEW_APARTMENT @ four_weights,
    "smallest norm, raw features": row @ smallest,
    "smallest norm, normalised features": new_row @ normalised_weights,
    "scikit-learn, raw features": witness.predict([NEW_APARTMENT])[0],
}

# %%
for fit in (apartments @ four_weights, Z @ normalised_weights):
    np.testing.assert_allclose(fit, y)
np.testing.assert_allclose(witness.predict(apartments), y)
np.testing.assert_allclose(answers["no intercept, the only solution"], 28_625 / 3)
for way, price in answers.items():
    print(f"{way:35} {price:7,.0f}")

# %% [markdown]
# So what does the apartment (100, 8, 35 %, 8) cost? Without an intercept the closed
# form exists and says $28625 / 3 \approx 9542$. But it is unique only because leaving
# out the intercept leaves as many unknowns as equations, and nobody told us that an
# apartment with nothing costs nothing. The honest answer is that the table does not
# say. It also asks for a green rate of 35 % where we have seen 20 to 30.
#
# What would do: more apartments than weights, or fewer features, or a stated preference
# among the fits. The line through the decoration scores, two weights for four points,
# at least leaves residuals that tell how far to trust it.
#
# Gradient descent states its preference silently. Every step adds a multiple of
# $X^\top(\dots)$, which is at a right angle to $n$. Whoever starts at zero never moves
# along $n$ and ends in the smallest solution:

# %%
path = descend(Z, steps=1_000)
np.testing.assert_allclose(path[-1], normalised_weights, atol=1e-6)
print(f"Descent from zero on normalised features: {new_row @ path[-1]:,.0f}.")

# %% [markdown]
# On the raw features it would end in the other one, if anybody could wait. The
# condition number over the four directions that matter tells how many steps one digit
# takes:

# %%
for name, design in (("raw", X), ("normalised", Z)):
    kappa = np.linalg.cond(design) ** 2  # cond is the ratio of the singular values
    print(f"{name:10} κ = {kappa:11,.0f}: {np.log(10) * kappa:11,.0f} steps a digit")

# %% [markdown]
# ## A real data set
#
# 442 patients, ten measurements each, and a number that says how far their diabetes had
# progressed a year later. 354 patients are for training and 88 for testing. Now there
# are many more equations than unknowns, no weights fit exactly, and the closed form
# means what it says. The loader has normalised the features, by the mean and the
# deviation of the training part alone.

# %%
(x_train, y_train), (x_test, y_test) = data.load_diabetes()
X, y = with_ones(x_train.astype("float64")), y_train.astype("float64")
best = np.linalg.solve(X.T @ X, X.T @ y)
witness = LinearRegression().fit(x_train.astype("float64"), y)
np.testing.assert_allclose(best, np.append(witness.intercept_, witness.coef_))
names = data.feature_names("diabetes")
weights = [f"{name} {w:+.1f}" for name, w in zip(names, best[1:], strict=True)]
print(f"{len(y)} patients, {X.shape[1]} weights. Intercept {best[0]:.1f},")
print(f"{', '.join(weights[:5])},\n{', '.join(weights[5:])}.")

# %% [markdown]
# ### Keras
#
# The same model in Keras is one dense layer, a weighted sum of all its inputs, with one
# output. `linear_regression` builds and compiles it, and `fit` trains it. By default it
# takes steps not on all patients at once but on **mini-batches** of 32, and adds some
# momentum; lesson 02 is about both. One pass through all patients is an **epoch**.
# It starts from zero weights, as we did, and minimises the mean squared error. Keras
# calls patients whom it does not learn from *validation* data.

# %%
set_seed(SEED)
model = models.linear_regression(num_features=x_train.shape[1])
history = model.fit(
    x_train,
    y_train,
    epochs=EPOCHS,
    validation_data=(x_test, y_test),  # to look at, not to choose by
    verbose=0,
)

# %% alt="Both errors by epoch, in training and test: they swing and drop in the first five epochs, then stay level."
plots.learning_curves(history, logy=True)

# %% [markdown]
# How good is it? Against the closed form, and against the weakest of all rivals, which
# predicts the mean of the training part for everyone:


# %%
def errors(w, x, targets):
    """Return the MSE and the MAE of the weights w, intercept first."""
    residuals = with_ones(x) @ w - targets
    return (residuals**2).mean(), np.abs(residuals).mean()


kernel, bias = model.get_weights()
by_fit = np.append(bias, kernel)
always_mean = np.append(y_train.mean(), np.zeros(x_train.shape[1]))
rivals = {"mean of training": always_mean, "closed form": best, "Keras": by_fit}
for name, weights in rivals.items():
    for part, *patients in (("training", x_train, y_train), ("test", x_test, y_test)):
        mse, mae = errors(weights, *patients)
        print(f"{name:16} on the {part:8} part: MSE {mse:5,.0f}, MAE {mae:4.1f}")

# %%
lowest, reached = (errors(w, x_train, y_train)[0] for w in (best, by_fit))
assert lowest <= reached < 1.05 * lowest
by_keras = model.evaluate(x_train, y_train, verbose=0)[0]
np.testing.assert_allclose(by_keras, reached, rtol=1e-4)
print(f"Keras's training MSE is {reached / lowest - 1:.1%} above the lowest there is.")

# %% [markdown]
# On the training part nothing can beat the closed form, for that is what it minimises.
# On the test part nobody has promised that, and other weights may well do better there;
# lesson 07 comes back to this.
#
# The closed form gives the same numbers everywhere. What `fit` prints depends on how
# the patients were shuffled: on another machine, or from another `SEED`, expect an MSE
# up to 5 % above the lowest, and a MAE of 45, give or take 2, on the test part. A test
# asks three seeds.
#
# Keras comes close on the training part, but not all the way, and for two reasons. A
# mini-batch gives a slightly different gradient in every step, so that the weights keep
# trembling around the minimum. And some directions are still flat: normalising makes
# the *scales* equal, but it cannot part features that say nearly the same, such as the
# blood values `s1` and `s2`.

# %%
for name, standardize in (("raw", False), ("normalised", True)):
    (x, _), _ = data.load_diabetes(standardize=standardize)
    kappa = np.linalg.cond(with_ones(x)) ** 2
    print(f"{name:10}  κ = {kappa:12,.0f}")
correlation = np.corrcoef(x_train[:, 4], x_train[:, 5])[0, 1]
print(f"Correlation of s1 and s2: {correlation:.2f}.")

# %% [markdown]
# ### The same steps, by hand and in Keras
#
# With one batch of all patients and without momentum, `fit` is exactly the descent from
# above; only the step size has to be translated. Keras's loss is the mean,
#
# $$
# \mathcal L(w) = \frac{1}{B} \lVert X w - y \rVert^2 = \frac{2}{B}\, f(w), \qquad
# \nabla \mathcal L(w) = \frac{2}{B}\, \nabla f(w),
# $$
#
# so that a step with Keras's `learning_rate` is a step of the recursion above with
# $\gamma$ equal to $2 / B$ times that rate. We compile the model again, with plain
# gradient descent, and compare all weights after the same number of steps.


# %%
def train(optimizer, epochs):
    """Return the weights, intercept first, after that many full-batch steps."""
    model = models.linear_regression(num_features=x_train.shape[1])
    model.compile(optimizer, loss="mse")
    model.fit(x_train, y_train, batch_size=len(x_train), epochs=epochs, verbose=0)
    kernel, bias = model.get_weights()
    return np.append(bias, kernel)


in_keras = train(keras.optimizers.SGD(LEARNING_RATE), PLAIN_EPOCHS)
zeros, rate = np.zeros(X.shape[1]), 2 / len(X) * LEARNING_RATE
by_hand = take(gradient_descent(gradient(X, y), zeros, rate), PLAIN_EPOCHS)[-1]
np.testing.assert_allclose(in_keras, by_hand, atol=1e-3)
furthest = np.abs(in_keras - by_hand).max()
print(f"After {PLAIN_EPOCHS} steps no weight differs by more than {furthest:.0e}.")

# %% [markdown]
# And all three ways meet in one point. By hand 10,000 steps cost nothing. In Keras we
# give the descent momentum, which gathers speed along the flat directions and needs far
# fewer. We compare every single weight, for the loss alone would hide an error along a
# flat direction.

# %%
by_hand = take(gradient_descent(gradient(X, y), zeros, rate), 10_000)[-1]
with_momentum = keras.optimizers.SGD(LEARNING_RATE, momentum=0.9)
in_keras = train(with_momentum, MOMENTUM_EPOCHS)
np.testing.assert_allclose(by_hand, best, rtol=1e-8)
np.testing.assert_allclose(in_keras, best, atol=0.05)
furthest = np.abs(in_keras - best).max()
print(f"After {MOMENTUM_EPOCHS} steps no weight is off by more than {furthest:.4f}.")

# %% [markdown]
# ### Going wrong: features as they come
#
# Leave the normalisation out, change nothing else, and `fit` fails in the first epoch:

# %%
(raw, _), _ = data.load_diabetes(standardize=False)
model = models.linear_regression(num_features=raw.shape[1])
losses = model.fit(raw, y_train, epochs=3, verbose=0).history["loss"]
assert not np.isfinite(losses).any()
print(f"Loss by epoch: {losses}")

steepest = np.linalg.svd(with_ones(raw), compute_uv=False)[0] ** 2  # λmax of XᵀX
print(f"Largest stable learning rate, one batch of all: {len(raw) / steepest:.6f}.")

# %% [markdown]
# `inf`, then `nan`: a step size that is too large, in Keras's clothes. The default
# `learning_rate` is 0.01, far above the limit in the last line (exercise 3 derives it),
# and below the limit the condition number would ask for millions of epochs. Normalising
# costs one line and cures both.
#
# ### What the model makes of people it has not seen

# %% alt="Measured over predicted progression: points spread widely about a line."
predicted = with_ones(x_test) @ best
span = np.linspace(predicted.min(), predicted.max())
plots.curves(
    span,
    {"measured as predicted": span},
    points={"test patients": np.column_stack([predicted, y_test])},
    xlabel="predicted progression",
    ylabel="measured progression",
)

# %% [markdown]
# The model has learnt something: it beats the mean clearly, on patients it has not
# seen. And it has not learnt everything. The points scatter, and the predictions span a
# smaller range than the measurements, as they must: where the features do not tell,
# staying near the mean costs least.

# %%
explained = 1 - errors(best, x_test, y_test)[0] / errors(always_mean, x_test, y_test)[0]
assert 0.4 < explained < 0.7
print(f"The ten features explain {explained:.0%} of the squared error of the mean.")

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports, constants and
# `with_ones` at the top of the lesson are there when it runs, so write each answer to
# stand on its own.
#
# ### Exercise 1: Two errors
#
# Write `both_errors(targets, predictions)`, which returns the mean squared and the mean
# absolute error as a pair of numbers, in this order. The targets have the shape `(B,)`,
# as in the data sets. The predictions have the shape `(B, 1)`, as `model.predict`
# returns them.
#
# <details><summary>Hint</summary>
#
# Print the shape of `targets - predictions`. NumPy combines `(B,)` and `(B, 1)` into a
# table of all pairs, without a complaint. What would do: `predictions.ravel()` or
# `predictions[:, 0]`.
#
# </details>


# %% exercise="both-errors"
def both_errors(targets, predictions):
    """Return the pair (MSE, MAE) for targets (B,) and predictions (B, 1)."""
    ### BEGIN SOLUTION
    residuals = predictions[:, 0] - targets
    return (residuals**2).mean(), np.abs(residuals).mean()
    ### END SOLUTION


# %% check="both-errors"
rng = np.random.default_rng()
targets = rng.uniform(10, 20, size=5).round(1)
misses = rng.uniform(2, 4, size=5) * [1, -1, 1, -1, 1]
predictions = (targets + misses).round(1)[:, None]
residual = predictions[:, 0] - targets
pairwise = predictions - targets
squared, absolute = (residual**2).mean(), np.abs(residual).mean()
expect(
    both_errors(targets, predictions),
    (squared, absolute),
    call=f"both_errors({targets.tolist()}, {predictions.tolist()})",
    mistakes=[
        (
            ((pairwise**2).mean(), np.abs(pairwise).mean()),
            "That compares every target with every prediction: make the predictions "
            "(B,) first.",
        ),
        ((absolute, squared), "The two are in the wrong order."),
        ((squared**0.5, absolute), "Do not take the root of the mean squared error."),
        (
            ((residual**2).sum(), np.abs(residual).sum()),
            "Those are sums: divide by the number of targets.",
        ),
        (
            (squared, residual.mean()),
            "Without absolute values, misses upwards and downwards cancel.",
        ),
        (
            (squared, -residual.mean()),
            "Without absolute values, misses upwards and downwards cancel.",
        ),
    ],
)
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: The normal equations
#
# Write `least_squares(x, y)`, which returns the weights, intercept first, that minimise
# $\tfrac12 \lVert X w - y \rVert^2$. The features `x` have the shape `(B, D)` and come
# without a column of ones; there are more rows than weights, and the columns are
# independent.
#
# <details><summary>Hint</summary>
#
# Build $X$ with `with_ones`, then hand $X^\top X$ and $X^\top y$ to `np.linalg.solve`.
#
# </details>


# %% exercise="least-squares"
def least_squares(x, y):
    """Return the best weights (D + 1,), intercept first."""
    ### BEGIN SOLUTION
    design = with_ones(x)
    return np.linalg.solve(design.T @ design, design.T @ y)
    ### END SOLUTION


# %% check="least-squares"
rng = np.random.default_rng()
x = rng.normal(size=(8, 2)).round(2)
y = (3 + x @ [2, -1] + rng.normal(size=8)).round(2)
design = with_ones(x)
right = np.linalg.lstsq(design, y, rcond=None)[0]
expect(
    least_squares(x, y),
    right,
    call=f"least_squares({x.tolist()}, {y.tolist()})",
    mistakes=[
        (
            np.linalg.lstsq(x, y, rcond=None)[0],
            "The intercept is missing: put a column of ones before the features.",
        ),
        (np.roll(right, -1), "The values are right, but the intercept goes first."),
        (
            design.T @ y,
            "That is Xᵀy: the equations XᵀX w = Xᵀy are still to be solved.",
        ),
        (
            design.T @ design @ design.T @ y,
            "That multiplies by XᵀX where its inverse belongs.",
        ),
        (design @ right, "Those are the predictions: return the weights."),
    ],
)
print("Exercise 2: right.")

# %% [markdown]
# ### Exercise 3: The largest learning rate, with a penalty
#
# `models.linear_regression(..., l2=...)` adds a penalty on large weights to the mean
# squared error. With centred data and no intercept, its loss is
#
# $$
# \mathcal L(w) = \frac{1}{B} \lVert X w - y \rVert^2 + \lambda \lVert w \rVert^2 .
# $$
#
# Here $\lambda$ without an index is the strength of the penalty, `l2` in the code, and
# no eigenvalue. Derive its gradient, find the matrix that multiplies the error in each
# step, and from it the learning rate below which gradient descent converges and above
# which it diverges. Write it as `largest_learning_rate(design, l2)` for a design matrix
# `(B, D)`. Does the penalty make the limit larger or smaller? The check tests your
# prediction by a descent just below and just above.
#
# <details><summary>Hint</summary>
#
# The gradient is $\tfrac{2}{B} X^\top (X w - y) + 2 \lambda w$. One step multiplies the
# error by $I - \gamma A$ with $A = \tfrac{2}{B} X^\top X + 2 \lambda I$. Adding
# $2 \lambda I$ adds $2 \lambda$ to every eigenvalue and turns no eigenvector.
# `np.linalg.eigvalsh` gives the eigenvalues of a symmetric matrix.
#
# </details>


# %% exercise="largest-learning-rate"
def largest_learning_rate(design, l2):
    """Return the limit of the stable learning rates for the MSE with an L2 penalty."""
    ### BEGIN SOLUTION
    largest = np.linalg.eigvalsh(design.T @ design).max()
    return 1 / (largest / len(design) + l2)
    ### END SOLUTION


# %% check="largest-learning-rate"
rng = np.random.default_rng()
design, y = rng.normal(size=(6, 3)).round(2), rng.normal(size=6).round(2)
l2 = round(rng.uniform(0.5, 1.5), 2)
lowest, *_, top = np.linalg.eigvalsh(design.T @ design)
limit = 2 / (2 * top / 6 + 2 * l2)
expect(
    largest_learning_rate(design, l2),
    limit,
    call=f"largest_learning_rate({design.tolist()}, {l2})",
    mistakes=[
        (2 / (2 * top / 6), "That is the limit without the penalty."),
        (2 / (top + 2 * l2), "That is for ½‖Xw − y‖²: the loss here is the mean."),
        (2 / (2 * top + 2 * l2), "The squared error is a mean: divide it by B."),
        (2 / top, "That is for ½‖Xw − y‖² without a penalty."),
        (2 / (top / 6 + l2), "Each square brings down a factor 2 when differentiated."),
        (2 / (2 * top / 6 + l2), "The penalty's square brings down a factor 2 too."),
        (2 / (top / 6 + 2 * l2), "The squared error brings down a factor 2 as well."),
        (limit / 2, "That is 1 / λmax, the safe choice: the limit is twice as large."),
        (
            2 / (2 * top**0.5 / 6 + 2 * l2),
            "The eigenvalues of XᵀX are the squares of X's singular values.",
        ),
        (
            2 / (2 * lowest / 6 + 2 * l2),
            "That is the limit of the flattest direction: the steepest one decides.",
        ),
    ],
)
optimum = np.linalg.solve(design.T @ design / 6 + l2 * np.eye(3), design.T @ y / 6)
for share, converges in ((0.98, True), (1.02, False)):
    path = gradient_descent(
        lambda w: 2 * design.T @ (design @ w - y) / 6 + 2 * l2 * w,
        optimum + 1.0,
        share * largest_learning_rate(design, l2),
    )
    error = np.linalg.norm(take(path, 1_000)[-1] - optimum)
    assert (error < 1e-3) == converges, f"At {share} of it the error is {error}."
print("Exercise 3: right. Just below your limit it converges, just above it diverges.")
print("The penalty lowers the limit: it makes the bowl steeper in every direction.")

# %% [markdown]
# ### Exercise 4: Any price you like
#
# The owner of the fifth apartment has a price in mind and wants a linear model that
# fits the four known apartments without any error *and* gives that price. Write
# `weights_for_price(x, y, new, price)`, which returns such weights, intercept first,
# for features `(4, 4)`, prices `(4,)`, a new apartment `(4,)` and the price it is to
# have. When it works, think about what that says of models with more weights than data.
#
# <details><summary>Hint</summary>
#
# Either add the right multiple of $n$ to the smallest solution, or treat the wish as a
# fifth row of the table: then there are five equations for five unknowns.
#
# </details>


# %% exercise="weights-for-price"
def weights_for_price(x, y, new, price):
    """Return weights (5,) that fit the four rows and predict the price for `new`."""
    ### BEGIN SOLUTION
    return np.linalg.solve(with_ones(np.vstack([x, new])), np.append(y, price))
    ### END SOLUTION


# %% check="weights-for-price"
rng = np.random.default_rng()
x = rng.integers(1, 4, size=(4, 4)) + 10 * np.eye(4, k=-1, dtype=int)
new = np.append(rng.integers(1, 9, size=3), rng.integers(20, 30))
y, price = rng.integers(20, 90, size=4), rng.integers(100, 200)
rows, wanted = with_ones(np.vstack([x, new])), np.append(y, price)
right = np.linalg.solve(rows, wanted)
smallest, n = np.linalg.pinv(rows[:4]) @ y, np.linalg.svd(rows[:4])[2][-1]
lacking = price - rows[4] @ smallest
undivided = "A step along n changes the price by t times new · n: divide by that."
expect(
    weights_for_price(x, y, new, price),
    right,
    call=f"weights_for_price({x.tolist()}, {y.tolist()}, {new.tolist()}, {price})",
    mistakes=[
        (
            smallest,
            "That is the smallest solution: it fits the four, but does not know the "
            "price that is asked for.",
        ),
        (
            np.linalg.lstsq(rows[:, 1:], wanted, rcond=None)[0],
            "The intercept is missing: with it there are five weights.",
        ),
        (np.roll(right, -1), "The values are right, but the intercept goes first."),
        (smallest + lacking * n, undivided),
        (smallest - lacking * n, undivided),
        (rows @ right, "Those are the predictions: return the weights."),
    ],
)
print("Exercise 4: right.")

# %% [markdown]
# ## What you have learnt
#
# - A linear model predicts by a weighted sum, $\hat y = X w$, with a column of ones for
#   the intercept. The MSE and the MAE say how wrong it is, and do not always agree.
# - $\nabla f(w) = X^\top (X w - y)$. Setting it to zero gives the normal equations.
#   They have one solution if the columns of $X$ are independent, and infinitely many if
#   they are not.
# - With fewer rows than weights a perfect fit proves nothing. The pseudo-inverse and a
#   descent from zero pick the smallest weights, and the answer depends on the units.
# - Gradient descent on $f$ is stable for $\gamma < 2 / \lambda_{\max}$, and takes a
#   number of steps that grows with $\lambda_{\max} / \lambda_{\min}$. Normalising the
#   features brings this ratio down. A rising loss, `inf` and `nan` say that the step is
#   too large for the scale of the features.
# - `models.linear_regression` is this model, and `fit` is this descent.
#
# **What stays open.** Why mini-batches and momentum help, and how a step size can adapt
# to each direction: lesson 02 will show it. How to answer yes or no instead of a
# number: lesson 03; and one of many classes: lesson 04. What to do when no weighted sum
# is good enough: lessons 05 and 07. And whether a model with more weights than data can
# be trusted after all: lesson 07 will come back to it.
#
# **Sources.**
#
# - T. Hastie, R. Tibshirani and J. Friedman, *The Elements of Statistical Learning*,
#   2nd edition (2009), section 3.2, for least squares and its geometry. Their $\beta$
#   is our $w$, their $N$ our $B$, their $p$ our $D$.
# - S. Boyd and L. Vandenberghe, *Convex Optimization* (2004), section 9.3, for gradient
#   descent and the condition number. Their $t$ is our $\gamma$.
# - G. Golub and C. Van Loan, *Matrix Computations*, 4th edition (2013), section 5.5,
#   for the smallest solution where there are many.
# - I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning* (2016), sections 4.3,
#   5.1.4 and 8.2.1.
# - B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, "Least angle regression", *The
#   Annals of Statistics* 32 (2004), section 1, for the diabetes data.
