# ---
# title: Cross entropy and softmax regression
# part: I. Machine learning basics
# minutes: 1
# difficulty: 2
# prerequisites: [1]
# objectives:
#   - Score a probability forecast by its cross entropy, in bits and in nats.
#   - Turn scores into probabilities by the softmax, without overflow.
#   - Show that maximum likelihood is minimum cross entropy.
#   - Derive the gradient p − y, and check it by finite differences.
#   - Train softmax regression by hand and with Keras, and read what it learnt.
# ---

# %% [markdown]
# # Cross entropy and softmax regression
#
# The first lesson answered with a number. Many questions are answered by a choice:
# which digit is this, which disease, which word comes next. **How does a machine
# learn to choose, and how do we measure how well it chose?**
#
# The lesson assumes gradient descent as in lesson 01, partial derivatives with the
# chain rule, and logarithms. It needs no more statistics than the word probability.

# %% tags=["setup"]
from decimal import Decimal

import numpy as np

from fmkeras import data, plots
from fmkeras.course import expect
from fmkeras.scratch import gradient_descent, take

SEED = 0
NUM_CLASSES = 10  # the digits 0 to 9
STEPS = 100  # of gradient descent by hand
LEARNING_RATE = 1.0  # of gradient descent by hand
EPOCHS = 20  # of the training with Adam
L2 = 1e-3  # strength of the penalty on the squared weights

# %% alt="Twelve handwritten digits, each of 8 by 8 grey pixels, without their names. Most are plain, such as the zero; some are hard to tell."
(x_train, y_train), (x_test, y_test) = data.load_digits()
plots.image_grid(x_test[:12], title="Which digit is this?")

# %% [markdown]
# You can read most of these at a glance, and would hesitate over some. An honest
# answer is therefore not one digit but ten probabilities, one for each digit. That
# raises two questions:
#
# 1. When the truth comes out, how good was such an answer? The **cross entropy** will
#    say, in one number.
# 2. How does a machine produce ten probabilities from 64 pixels? By ten weighted sums,
#    and the **softmax** that makes probabilities of them.
#
# The two fit together so well that learning comes down to one subtraction, and that
# subtraction is what trains every language model later in this course.
#
# **Letters.** The lectures write $H(p, q)$ with $p$ for the truth and $q$ for the
# answer, and so does this lesson as long as it compares distributions in general.
# From the section on the gradient onwards it speaks of a model, and uses the letters
# of this library:
#
# | meaning | in $H(p, q)$ | of a model |
# |---|---|---|
# | the truth | $p$ | $y$ |
# | the answer | $q$ | $p$ |
#
# Scores are $z$, weights $W$ and biases $b$ (the lectures put the bias among the
# weights, as $w_0$ with a constant feature $x_0 = 1$), and the learning rate is
# $\gamma$, as in the lectures. $B$ counts examples and $C$ classes.

# %% [markdown]
# ## Surprise, in bits
#
# You gave an event the probability $q$, and it happened. How surprised are you?
# Three wishes fix the answer. What was certain surprises nobody, so that $q = 1$ gives
# 0. The less probable, the more surprising. And the surprises of two independent
# events add up, although their probabilities multiply. Only the logarithm turns
# products into sums:
#
# $$
# \text{surprise} = -\log_2 q .
# $$
#
# To base 2 its unit is the **bit**: the surprise of one fair coin. An event of
# probability one in eight is as surprising as three coins that all show heads.

# %% alt="The surprise −log2 q over the probability q: it rises without bound as q approaches 0, is 3 bits at one eighth, 2 at one quarter, 1 at one half, and 0 at q = 1."
q = np.linspace(0.01, 1.0, 200)
coins = np.array([[1 / 8, 3.0], [1 / 4, 2.0], [1 / 2, 1.0]])
plots.curves(
    q,
    {"$-\\log_2\\, q$": -np.log2(q)},
    points={"three, two and one fair coins": coins},
    xlabel="probability q that was given to what happened",
    ylabel="surprise in bits",
)

# %% [markdown]
# The curve rises without bound towards $q = 0$. Whoever calls something impossible,
# and sees it happen, is surprised without measure: an answer should leave a little
# probability for everything.
#
# Now let event $k$ happen with the true probability $p_k$, while you gave it $q_k$.
# Your surprise on average is the **cross entropy** of the answer $q$ under the truth
# $p$:
#
# $$
# H(p, q) = -\sum_k p_k \log_2 q_k .
# $$
#
# What never happens ($p_k = 0$) adds nothing, whatever $q_k$ is. As code:


# %%
def cross_entropy(p, q):
    """Return H(p, q) in bits: the mean surprise of the answer q if p is true."""
    happens = p > 0
    return -np.sum(p[happens] * np.log2(q[happens]))


# %% [markdown]
# The two values of the lecture. Of four classes the first is the true one, so
# $p = (1, 0, 0, 0)$. Somebody without any idea answers
# $(\tfrac14, \tfrac14, \tfrac14, \tfrac14)$ and pays 2 bits, the surprise of two coins.
# Somebody who is nearly sure answers $(0.91, 0.03, 0.03, 0.03)$ and pays 0.136 bits.

# %%
truth = np.array([1.0, 0.0, 0.0, 0.0])
no_idea = np.array([0.25, 0.25, 0.25, 0.25])
nearly_sure = np.array([0.91, 0.03, 0.03, 0.03])

for name, answer in {"no idea": no_idea, "nearly sure": nearly_sure}.items():
    print(f"{name:11s}  H(p, q) = {cross_entropy(truth, answer):.3f} bits")

assert cross_entropy(truth, no_idea) == 2.0
assert round(cross_entropy(truth, nearly_sure), 3) == 0.136

# %% [markdown]
# A truth that puts all probability on one class is called **one-hot**. The sum then
# has a single term, $H(p, q) = -\log_2 q_{\text{true class}}$: how the rest was spread
# over the wrong classes does not matter.
#
# Keras computes the same with the natural logarithm. Its unit is the **nat**, and one
# nat is $1 / \ln 2 \approx 1.443$ bits. Losses in Keras are in nats, always.

# %%
import keras

in_nats = float(keras.ops.categorical_crossentropy(truth, nearly_sure))
in_bits = in_nats / np.log(2)
np.testing.assert_allclose(in_bits, cross_entropy(truth, nearly_sure), rtol=1e-6)
print(f"Keras says {in_nats:.4f} nats, which is {in_bits:.4f} bits.")

# %% [markdown]
# ## The surprise that nobody can avoid
#
# Suppose you know the truth and answer with it: $q = p$. You are still surprised, for
# you cannot know which event comes. What remains is the **entropy** of $p$,
#
# $$
# H(p) = H(p, p) = -\sum_k p_k \log_2 p_k .
# $$
#
# Bits count questions. Let $p = (\tfrac12, \tfrac14, \tfrac18, \tfrac18)$, and find out
# which event came by asking "the first?", then "the second?", then "the third?". That
# takes one question in half of the cases, two in a quarter and three in the rest, 1.75
# on average. The entropy is 1.75 bits too, and no other way of asking does better.

# %%
halves = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8])
num_questions = np.array([1, 2, 3, 3])
assert cross_entropy(halves, halves) == halves @ num_questions == 1.75

# %% [markdown]
# What any answer but the truth costs on top of the entropy is the **Kullback–Leibler
# divergence**,
#
# $$
# \mathrm{KL}(p \,\|\, q) = H(p, q) - H(p) = \sum_k p_k \log_2 \frac{p_k}{q_k} .
# $$
#
# It is never negative: *no answer beats the truth*. The reason is that the line
# $t - 1$ touches $\ln t$ at $t = 1$ and lies above it everywhere else. With
# $t = q_k / p_k$,
#
# $$
# -\mathrm{KL}(p \,\|\, q) \, \ln 2 = \sum_k p_k \ln \frac{q_k}{p_k}
#     \le \sum_k p_k \left( \frac{q_k}{p_k} - 1 \right)
#     = \sum_k q_k - \sum_k p_k \le 0 ,
# $$
#
# where the sums run over the events that can happen, $p_k > 0$. Only $q = p$ turns
# both signs into equalities.
#
# A thousand random pairs of truth and answer agree. For one of them, look at both
# directions: the divergence is no distance, for it matters who is right.

# %%
rng = np.random.default_rng(SEED)
truths, answers = rng.dirichlet(np.ones(4), size=(2, 1000))
divergences = [
    cross_entropy(p, q) - cross_entropy(p, p)
    for p, q in zip(truths, answers, strict=True)
]
assert min(divergences) > 0
print(f"The smallest of 1000 divergences is {min(divergences):.5f} bits.")

p, q = truths[0], answers[0]
print(f"KL(p ‖ q) = {cross_entropy(p, q) - cross_entropy(p, p):.3f} bits")
print(f"KL(q ‖ p) = {cross_entropy(q, p) - cross_entropy(q, q):.3f} bits")

# %% [markdown]
# ## From scores to probabilities
#
# A weighted sum of pixels can be any number; call it the **score** $z_c$ of class
# $c$. Probabilities must be positive and add up to one. The exponential makes every
# score positive and keeps their order, and dividing by the sum does the rest. That is
# the **softmax**:
#
# $$
# p_c = \frac{e^{z_c}}{\sum_k e^{z_k}} .
# $$


# %%
def naive_softmax(z):
    """Return the softmax over the last axis, exactly as the formula stands."""
    exponentials = np.exp(z)
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


scores = np.array([2.0, 1.0, 0.1])
probabilities = naive_softmax(scores)
print(f"The scores {scores} become {probabilities.round(3)}.")

assert probabilities.round(1).tolist() == [0.7, 0.2, 0.1]  # as in the lecture
np.testing.assert_allclose(probabilities, keras.ops.softmax(scores), rtol=1e-6)

# %% alt="Bars for three classes. Beside the scores 2, 1 and 0.1 stand the probabilities 0.659, 0.242 and 0.0986: same order, all positive, and their sum is one."
plots.bars(
    ["first class", "second class", "third class"],
    {"score $z$": scores, "softmax": probabilities},
)

# %% [markdown]
# Three properties are worth a line each.
#
# **Only differences count.** The ratio of two probabilities is
# $p_c / p_k = e^{z_c - z_k}$, so that adding one number to all scores changes nothing.
# Soon this will save us.
#
# **Scale is confidence.** Ten times the scores make the largest take nearly all, a
# tenth of the scores makes all nearly equal. The order stays, so the most probable
# class is the one with the highest score: for a decision, $\arg\max_c z_c$ is enough.
#
# **Two classes give the sigmoid.** Divide the top and bottom of the fraction by
# $e^{z_1}$:
#
# $$
# p_1 = \frac{e^{z_1}}{e^{z_0} + e^{z_1}} = \frac{1}{1 + e^{-(z_1 - z_0)}}
#     = \sigma(z_1 - z_0)
# $$
#
# with the **sigmoid** $\sigma(z) = 1 / (1 + e^{-z})$. Logistic regression, the subject
# of lesson 03, is the softmax with two classes, and its one score is the difference of
# the two.

# %%
np.testing.assert_allclose(naive_softmax(scores + 100), probabilities)
print(f"10 z:   {naive_softmax(10 * scores).round(3)}")
print(f"z / 10: {naive_softmax(scores / 10).round(3)}")

pairs = rng.normal(size=(5, 2))
np.testing.assert_allclose(
    naive_softmax(pairs)[:, 1],
    keras.ops.sigmoid(pairs[:, 1] - pairs[:, 0]),
    rtol=1e-6,
)

# %% [markdown]
# ## When the exponential overflows
#
# The formula is right and the code is the formula; still it breaks. The largest number
# that 64 bits can hold is about $1.8 \cdot 10^{308}$, which is $e^{709.8}$. A score of
# 1000 is nothing unusual for an unlucky network, and $e^{1000}$ becomes infinity. So
# does the sum, and infinity divided by infinity is *not a number*. At the other end a
# wrong class can get a probability of exactly 0, and $-\ln 0$ is infinite.

# %%
large = np.array([1000.0, 999.0, 0.0])
with np.errstate(all="ignore"):
    broken = naive_softmax(large)
    lost = -np.log(naive_softmax(large - 1000))
print(f"naive softmax of {large.tolist()}: {broken.tolist()}")
print(f"surprises in nats, 1000 taken off: {lost.round(3).tolist()}")

assert np.isnan(broken).any()
assert np.isinf(lost).any()

# %% [markdown]
# The cure is the first property. Subtract the largest score $m = \max_k z_k$: the
# largest exponential is then $e^0 = 1$, the sum is at least 1, and nothing overflows.
# And do not take the logarithm of a quotient that may have become 0, but work out the
# logarithm first:
#
# $$
# \ln p_c = z_c - \ln \sum_k e^{z_k},
# \qquad
# \ln \sum_k e^{z_k} = m + \ln \sum_k e^{z_k - m} .
# $$
#
# The last equation is the **log-sum-exp trick**.


# %%
def log_sum_exp(z):
    """Return ln Σ exp(z) over the last axis, which is kept with length one."""
    largest = z.max(axis=-1, keepdims=True)
    return largest + np.log(np.exp(z - largest).sum(axis=-1, keepdims=True))


def softmax(z):
    """Return the softmax over the last axis, whatever the scores."""
    return np.exp(z - log_sum_exp(z))


print(f"softmax of {large.tolist()}: {softmax(large).round(3).tolist()}")
print(f"surprises in nats: {(log_sum_exp(large) - large).round(3).tolist()}")
np.testing.assert_allclose(softmax(scores), naive_softmax(scores))
np.testing.assert_allclose(log_sum_exp(large), [keras.ops.logsumexp(large)])

# %% [markdown]
# ## Maximum likelihood is minimum cross entropy
#
# Where does a good answer come from, if the truth is known only by examples? The
# oldest principle says: choose the answer under which what was observed is most
# probable. For independent labels $y_1, \dots, y_B$ that probability, the
# **likelihood**, is the product $\prod_i q_{y_i}$. Take its logarithm, change the
# sign, divide by $B$, and collect equal labels; if class $k$ occurs $n_k$ times,
#
# $$
# -\frac{1}{B} \ln \prod_{i=1}^{B} q_{y_i}
#     = -\frac{1}{B} \sum_{i=1}^{B} \ln q_{y_i}
#     = -\sum_k \frac{n_k}{B} \ln q_k
#     = H(\hat p, q) \text{ in nats},
# $$
#
# where $\hat p_k = n_k / B$ are the relative frequencies. The logarithm only grows, so
# **the likelihood is largest where the cross entropy is smallest**. And where is
# that? $H(\hat p, q)$ is $H(\hat p)$ plus a divergence that is zero at $q = \hat p$
# only. The best answer that is the same for everyone is the relative frequencies.
#
# Let us see it happen on 142 wines from three growers. We try all answers in steps of
# one hundredth, and pick the one with the smallest cross entropy.

# %%
(_, growers), _ = data.load_wine()
frequencies = np.bincount(growers) / len(growers)
hundredths = [(i, j, 100 - i - j) for i in range(1, 99) for j in range(1, 100 - i)]
tried = np.array(hundredths) / 100
best = tried[np.argmin([cross_entropy(frequencies, q) for q in tried])]

print(f"relative frequencies: {frequencies.round(3)}")
print(f"best of {len(tried)} answers: {best}")
assert np.abs(best - frequencies).max() < 0.01

# %% [markdown]
# Why not maximise the product itself? Because it vanishes. Even for the answer "one
# tenth each", the probability of all the digits' training labels is too small for a
# computer to tell from zero, while the mean of the logarithms is a handy number:

# %%
guesses = np.full(len(y_train), 1 / NUM_CLASSES)
print(f"likelihood of {len(guesses)} labels: {np.prod(guesses)}")
print(f"mean surprise: {-np.log(guesses).mean():.3f} nats, which is ln 10")

# %% [markdown]
# ## The gradient is a subtraction
#
# From here on a model answers, so the letters change as announced: $y$ is the one-hot
# truth and $p = \mathrm{softmax}(z)$ the model's answer. The loss of one example is
#
# $$
# \mathcal L = H(y, p) = -\sum_k y_k \ln p_k
#     = -\sum_k y_k z_k + \ln \sum_k e^{z_k} ,
# $$
#
# where the last step used $\ln p_k = z_k - \ln \sum_j e^{z_j}$ and $\sum_k y_k = 1$.
# Now differentiate by one score $z_c$. The first sum gives $-y_c$; the logarithm gives
# one over its inside, times the derivative of the inside:
#
# $$
# \frac{\partial \mathcal L}{\partial z_c}
#     = -y_c + \frac{e^{z_c}}{\sum_k e^{z_k}} = p_c - y_c .
# $$
#
# Answer minus truth. The score of the true class is pushed up by what its probability
# lacks to one, every other score is pushed down by the probability it wrongly got.
#
# Never trust a gradient that was not checked. Nudge each score up and down by a tiny
# $h$ and watch the loss: $(\mathcal L(z + h) - \mathcal L(z - h)) / 2h$ must agree.

# %%
z = rng.normal(scale=3.0, size=5)
y = np.eye(5)[2]  # the third of five classes, one-hot


def loss_of_scores(z):
    """Return the cross entropy in nats of softmax(z) under the truth y."""
    return log_sum_exp(z).item() - y @ z


nudges = 1e-5 * np.eye(5)
slopes = [(loss_of_scores(z + h) - loss_of_scores(z - h)) / 2e-5 for h in nudges]
print(f"p − y:              {(softmax(z) - y).round(6)}")
print(f"finite differences: {np.round(slopes, 6)}")
np.testing.assert_allclose(slopes, softmax(z) - y, atol=1e-8)

# %% [markdown]
# The formula holds for any truth, one-hot or not. So gradient descent can find the
# wines' relative frequencies too: the truth is $\hat p$, and the scores are all there
# is to learn. Since only differences count, the third score may stay at 0, and two
# remain, which can be drawn.


# %%
def with_third(z):
    """Append the score 0 of the third class."""
    return np.concatenate([z, np.zeros((*z.shape[:-1], 1))], axis=-1)


def wine_loss(z):
    """Return H(frequencies, softmax) in nats for scores `(..., 2)`."""
    z = with_third(z)
    return log_sum_exp(z)[..., 0] - z @ frequencies


def wine_gradient(z):
    return (softmax(with_third(z)) - frequencies)[:2]


# %%
starts = {"from the left": (-2.5, 1.5), "from below": (1.5, -2.5)}
paths = {
    name: take(gradient_descent(wine_gradient, start, learning_rate=2.0), 60)
    for name, start in starts.items()
}
for path in paths.values():
    np.testing.assert_allclose(softmax(with_third(path[-1])), frequencies, atol=1e-5)

# %% alt="Contours of the loss over two scores: a bowl with a single bottom near the origin. Two descents, one from the left and one from below, bend towards it and end in the same point."
plots.loss_surface(
    wine_loss, paths, bounds=(-3, 3, -3, 3), names=("score $z_0$", "score $z_1$")
)

# %% [markdown]
# Both paths end at the same point, and its softmax is the relative frequencies to five
# decimals. That is no luck: the log-sum-exp is a convex function and the other term is
# linear, so the loss has one valley and no traps.

# %% [markdown]
# ## Softmax regression by hand
#
# Now the answer may depend on the input. Flatten each image into a row $x$ of 64
# pixels, and let every class have its own weighted sum of them:
#
# $$
# z = x W + b, \qquad p = \mathrm{softmax}(z), \qquad
# \mathcal L = -\frac1B \sum_{i=1}^{B} \ln p_{i, y_i} .
# $$
#
# By the argument above, to make this mean as small as possible is to make the labels of
# all images as probable as possible. $W$ is a matrix `(64, 10)`, one column a class.
# Each score is linear in it, $\partial z_c / \partial W_{jc} = x_j$. Put the answers of
# all images below each other, as the rows $P_i$ of a matrix $P$, and their one-hot
# labels as the rows $Y_i$ of $Y$. By the chain rule
#
# $$
# \frac{\partial \mathcal L}{\partial W} = \frac1B X^\top (P - Y), \qquad
# \frac{\partial \mathcal L}{\partial b} = \frac1B \sum_{i=1}^{B} (P_i - Y_i) .
# $$
#
# It is the gradient of linear regression in lesson 01, $X^\top (Xw - y)$, with the
# softmax in between. As there, a constant feature 1 makes the bias one more row of the
# weights.

# %%
pixels = x_train.reshape(len(x_train), -1).astype("float64")  # (1438, 64)
X = np.hstack([pixels, np.ones((len(pixels), 1))])  # (1438, 65)
Y = np.eye(NUM_CLASSES)[y_train]  # (1438, 10), one-hot


def mean_loss(w):
    """Return the mean cross entropy in nats, log-sum-exp first."""
    z = X @ w
    return np.mean(log_sum_exp(z) - (z * Y).sum(axis=-1, keepdims=True))


def gradient(w):
    """Return Xᵀ(P − Y) / B, of the shape of w."""
    return X.T @ (softmax(X @ w) - Y) / len(X)


start = np.zeros((X.shape[1], NUM_CLASSES))
path = take(gradient_descent(gradient, start, LEARNING_RATE), STEPS)
losses = [mean_loss(w) for w in path]
print(f"The loss fell from {losses[0]:.3f} to {losses[-1]:.3f} nats in {STEPS} steps.")
np.testing.assert_array_equal(Y, keras.ops.one_hot(y_train, NUM_CLASSES))
np.testing.assert_allclose(losses[0], np.log(NUM_CLASSES))

# %% [markdown]
# With all weights zero every class gets one tenth, and the loss is
# $\ln 10 \approx 2.303$ nats. Remember that number: **a classifier of
# $C$ balanced classes that knows nothing has a loss of $\ln C$**. A model that starts
# far above it is badly initialised, one that stays there learns nothing, and one that
# rises above it is worse than no idea.
#
# The library's builder starts from zeros too. Given plain gradient descent with the
# same learning rate and all examples in one batch, Keras must walk the same path.

# %%
from fmkeras.models import softmax_regression
from fmkeras.runtime import set_seed

set_seed(SEED)
model = softmax_regression((8, 8, 1), NUM_CLASSES, compile=False)
model.compile(
    optimizer=keras.optimizers.SGD(LEARNING_RATE),
    loss=keras.losses.SparseCategoricalCrossentropy(),
)
history = model.fit(x_train, y_train, batch_size=len(X), epochs=STEPS, verbose=0)

# %%
kernel, bias = model.get_weights()
by_hand = path[-1]
np.testing.assert_allclose(history.history["loss"], losses[:-1], rtol=1e-4)
np.testing.assert_allclose(kernel, by_hand[:-1], atol=1e-4)
np.testing.assert_allclose(bias, by_hand[-1], atol=1e-4)
print(f"largest difference of a weight: {np.abs(kernel - by_hand[:-1]).max():.1e}")

# %% alt="Loss over 100 steps, by hand and by Keras. It falls from 2.3 nats, fast at first and then slower, and the two curves cover each other."
plots.learning_curves(
    {"by hand": losses[:-1], "Keras": history}, xlabel="step", title="Loss in nats"
)

# %% [markdown]
# The two curves cover each other. Keras takes the labels as class numbers (hence
# *sparse*) and computes in 32 bits; apart from rounding it does what our few lines do.

# %% [markdown]
# ## Going wrong on purpose
#
# `load_digits` gives pixels between 0 and 1. Suppose somebody forgot to scale them,
# and feeds numbers from 0 to 255, with a modest learning rate of 0.01. We train twice,
# with the naive softmax and with the stable one, and watch the loss of the first steps.

# %%
bright = np.hstack([255 * pixels, np.ones((len(pixels), 1))])


def naive_log_softmax(z):
    return np.log(naive_softmax(z))


def log_softmax(z):
    return z - log_sum_exp(z)


def losses_with(log_softmax, steps=6):
    """Return the loss before each step of descent on the bright pixels."""
    w, losses = start, []
    for _ in range(steps):
        log_p = log_softmax(bright @ w)
        losses.append(-log_p[Y == 1].mean())
        w = w - 0.01 * bright.T @ (np.exp(log_p) - Y) / len(bright)
    return np.round(losses, 2).tolist()


# %%
with np.errstate(all="ignore"):
    naive, stable = losses_with(naive_log_softmax), losses_with(log_softmax)
print(f"naive softmax:  {naive}")
print(f"stable softmax: {stable}")
assert np.isnan(naive[-1])
assert np.isfinite(stable).all()
assert max(stable) > np.log(NUM_CLASSES)

# %% [markdown]
# Two things to look for. A loss of `nan` or `inf` means that something overflowed;
# once the weights are `nan` they stay so, and nothing is left to save. The log-sum-exp
# trick cures that. What it shows in return is the second fault: a loss far above
# $\ln 10$, worse than no idea. The *steps* are too large. The inputs grew 255 times,
# so the curvature of the loss grew $255^2$ times, and the largest stable step shrank
# as much. No trick helps there: scale the inputs.

# %% [markdown]
# ## The library's model
#
# In practice it takes three lines. The builder compiles the model with Adam, a faster
# relative of gradient descent that lesson 02 introduces. A learning rate that
# fades to zero lets it settle, and the penalty `l2` keeps the weights small.

# %%
set_seed(SEED)
steps = EPOCHS * -(-len(x_train) // 32)  # Keras takes 32 examples a step
fading = keras.optimizers.schedules.CosineDecay(0.05, steps)
model = softmax_regression((8, 8, 1), NUM_CLASSES, l2=L2, learning_rate=fading)
history = model.fit(
    x_train,
    y_train,
    epochs=EPOCHS,
    validation_data=(x_test, y_test),  # to look at, not to choose by
    verbose=0,
)

# %% alt="Accuracy and loss over twenty epochs, in training and in validation. Both change most in the first two epochs; towards the end the training curves are slightly better."
plots.learning_curves(history)

# %% [markdown]
# The model answers with ten probabilities for each image. If one digit is wanted, take
# the most probable: the **argmax**.

# %%
p_test = model.predict(x_test, verbose=0)  # (359, 10), each row adds up to one
predicted = p_test.argmax(axis=-1)
accuracy = (predicted == y_test).mean()
surprise = -np.log(p_test[np.arange(len(y_test)), y_test]).mean()

print(f"Of {len(y_test)} test digits it reads {accuracy:.1%} correctly.")
print(f"Mean surprise: {surprise:.3f} nats = {surprise / np.log(2):.3f} bits,")
print(f"as if every right digit had got a probability of {np.exp(-surprise):.2f}.")

# %% [markdown]
# That is less than the loss in the figure, for Keras adds the penalty to what it
# reports. The weights give the same answers without Keras, and the scores alone give
# the same decisions:

# %%
kernel, bias = model.get_weights()
flat_test = x_test.reshape(len(x_test), -1)
test_scores = flat_test @ kernel + bias
assert (test_scores.argmax(axis=-1) == predicted).all()
np.testing.assert_allclose(softmax(test_scores), p_test, atol=1e-5)
penalty = L2 * np.sum(kernel**2)
np.testing.assert_allclose(history.history["val_loss"][-1], surprise + penalty, 1e-4)
assert accuracy > 0.95

# %% [markdown]
# Is it the best that a model of this kind can do? scikit-learn's `LogisticRegression`
# minimises the same loss with another algorithm. It writes the penalty differently:
# with our strength `l2`, its `C` must be `1 / (2 * l2 * B)`. Since there is one valley
# only, both must find its bottom.

# %%
from sklearn.linear_model import LogisticRegression

reference = LogisticRegression(C=1 / (2 * L2 * len(pixels)), max_iter=1000)
reference.fit(pixels, y_train)


def objective(kernel, bias):
    """Return the mean cross entropy plus the penalty."""
    return mean_loss(np.vstack([kernel, bias])) + L2 * np.sum(kernel**2)


ours = objective(kernel, bias)
theirs = objective(reference.coef_.T, reference.intercept_)
differ = (reference.predict(flat_test) != predicted).sum()
print(f"objective: Keras {ours:.4f}, scikit-learn {theirs:.4f}")
print(f"They disagree about {differ} of {len(y_test)} test digits.")
np.testing.assert_allclose(ours, theirs, rtol=0.01)

# %% [markdown]
# On another machine, or from another `SEED`, the mini-batches come in another order.
# The objective then still ends within 1 % of the lowest. The share of right answers may
# differ by one percentage point, the mean surprise by 0.01 nats, and up to four digits
# may be read otherwise than by scikit-learn. A test asks three seeds.
#
# ## What it looks for
#
# A score is a sum of products, pixel times weight. Each column of $W$ is thus itself a
# picture of 8 by 8, and can be read: ink on an orange pixel speaks for the class, ink
# on a blue one against it.

# %% alt="The weights of the ten classes as pictures of 8 by 8, orange where ink speaks for the class and blue where it speaks against it. The middle of the zero is blue."
plots.image_grid(
    kernel.T.reshape(NUM_CLASSES, 8, 8),
    titles=data.class_names("digits"),
    diverging=True,
    title="Weights of each class",
)

# %% [markdown]
# The 0 wants ink in a ring and none in the middle. The pictures are not digits, though:
# they are differences. A stroke that many digits share says little, and gets a weight
# near zero; the places that tell one digit from the others get the strong colours.
#
# It follows from $p - y$. Both $p$ and $y$ add up to one over the classes, so their
# difference adds up to zero, and so does every step of gradient descent. At every pixel
# the ten weights that we learnt by hand, from zero, add up to zero: evidence for one
# class is evidence against the others.

# %%
middle_of_zero = kernel[:, 0].reshape(8, 8)[3:5, 3:5]
assert middle_of_zero.max() < 0
np.testing.assert_allclose(by_hand.sum(axis=1), 0, atol=1e-12)
print(f"largest sum of ten weights: {np.abs(by_hand.sum(axis=1)).max():.1e}")

# %% [markdown]
# ## Where it errs
#
# Count how often each true digit (row) was read as each digit (column). That table is
# the **confusion matrix**; what is right lies on the diagonal.

# %% alt="Confusion matrix of true digits by what they were read as. Nearly all of the 359 test digits lie on the diagonal; no cell beside it holds more than a few."
from sklearn.metrics import confusion_matrix

counts = np.zeros((NUM_CLASSES, NUM_CLASSES), dtype=int)
np.add.at(counts, (y_test, predicted), 1)
np.testing.assert_array_equal(counts, confusion_matrix(y_test, predicted))
assert np.trace(counts) == (predicted == y_test).sum()

figure = plots.image_grid(counts[None], annotate=True, cmap="Blues", figsize=(5.2, 5.2))
ticks = range(NUM_CLASSES)
figure.axes[0].set(xlabel="read as", ylabel="true digit", xticks=ticks, yticks=ticks)
figure

# %% [markdown]
# The most instructive mistakes are the confident ones. Here are the six wrong answers
# to which the model gave the highest probability.

# %% alt="Six misread test digits. Above each stand its true name, the wrong answer, and the probability that the answer got."
wrong = np.flatnonzero(predicted != y_test)
confidence = p_test.max(axis=-1)
worst = wrong[np.argsort(-confidence[wrong])][:6]
plots.image_grid(
    x_test[worst],
    titles=[f"{y_test[i]} read as {predicted[i]}, {confidence[i]:.0%}" for i in worst],
)

# %% [markdown]
# You may misread some of them yourself. Others are clear to us and not to the model,
# since it knows no strokes and no shapes: it adds up evidence pixel by pixel, and one
# misplaced stroke speaks for the wrong class with full weight.
#
# Is it as sure as it should be? If a forecaster says "70 %" often enough, it should be
# right 70 times in 100. Compare the average confidence with the share that is right:

# %%
print(f"on average {confidence.mean():.1%} sure, right in {accuracy:.1%} of all cases")
assert confidence.mean() < accuracy - 0.05

# %% [markdown]
# This model is too modest: the penalty kept the weights small, and scale is confidence.
# Dividing the scores by a well-chosen number, the *temperature*, would correct that
# without changing one decision. Exercise 4 derives what is needed to learn it.

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports and constants at the
# top of the lesson are there when it runs, so write each answer to stand on its own.
#
# ### Exercise 1: The price of a wrong answer
#
# Write a function that returns the Kullback–Leibler divergence
# $\mathrm{KL}(p \,\|\, q)$ in bits of two arrays of probabilities. What never happens,
# $p_k = 0$, must add nothing; the answer $q$ holds no zeros.
#
# <details><summary>Hint</summary>
#
# `p > 0` is an array of booleans, and `p[p > 0]` holds the entries where it is true.
# Keep those entries of both arrays, then apply the formula with $p_k / q_k$.
#
# </details>


# %% exercise="kl-divergence"
def kl_divergence(p, q):
    """Return the Kullback–Leibler divergence of q from p, in bits."""
    ### BEGIN SOLUTION
    happens = p > 0
    return np.sum(p[happens] * np.log2(p[happens] / q[happens]))
    ### END SOLUTION


# %% check="kl-divergence"
rng = np.random.default_rng()
p, q = rng.dirichlet(np.full(5, 2.0), size=2)
right = np.sum(p * (np.log2(p) - np.log2(q)))
expect(
    kl_divergence(p, q),
    right,
    call=f"kl_divergence({p.round(3)}, {q.round(3)})",
    mistakes=[
        (np.sum(q * np.log2(q / p)), "That is KL(q ‖ p): the truth p is the weight."),
        (right * np.log(2), "That is in nats: take the logarithm to base 2."),
        (-right, "The sign is wrong: no divergence is negative."),
        (-np.sum(p * np.log2(q)), "That is H(p, q): the entropy of p must come off."),
        (right / len(p), "That is the mean of the terms: take their sum."),
    ],
)
certain, even = np.eye(4)[rng.integers(4)], np.full(4, 0.25)
with np.errstate(all="ignore"):
    expect(
        kl_divergence(certain, even),
        2.0,
        call=f"kl_divergence({certain}, {even})",
        mistakes=[(np.nan, "0 · log 0 must count as 0: leave those terms out.")],
    )
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: Two classes without overflow
#
# Of two classes let $s$ be the score of the right one minus the score of the wrong one.
# The loss is then $-\ln \sigma(s) = \ln(1 + e^{-s})$, in nats. Write it for an array of
# any scores, so that $s = -1000$ gives 1000 and $s = 1000$ gives 0, with no overflow
# and without changing the scores.
#
# <details><summary>Hint</summary>
#
# $1 + e^{-s} = e^{0} + e^{-s}$ is a sum of two exponentials. Apply the log-sum-exp
# trick with $m = \max(0, -s)$, and mind that $m$ is different for each entry
# (`np.maximum`). What stays inside the logarithm is $1 + e^{-|s|}$.
#
# </details>


# %% exercise="stable-two-class-loss"
def two_class_loss(s):
    """Return ln(1 + exp(−s)) in nats for every entry of an array."""
    ### BEGIN SOLUTION
    return np.maximum(0.0, -s) + np.log1p(np.exp(-np.abs(s)))
    ### END SOLUTION


# %% check="stable-two-class-loss"
rng = np.random.default_rng()
s = rng.uniform(0.5, 4.0, size=4) * [1, -1, 1, -1]
exact = np.array([float((1 + Decimal(-v).exp()).ln()) for v in s])  # to 28 digits
expect(
    two_class_loss(s),
    exact,
    call=f"two_class_loss({s.round(3)})",
    mistakes=[
        (exact + s, "That is ln(1 + exp(s)): the sign of the score is turned round."),
        (exact / np.log(2), "That is in bits: take the natural logarithm."),
        (np.maximum(0, -s), "That is m alone: add the logarithm of 1 + exp(−|s|)."),
        (-exact, "That is ln σ(s): a loss is not negative, so change the sign."),
        (exact.sum(), "That is the sum: return the loss of every entry."),
        (exact.mean(), "That is the mean: return the loss of every entry."),
    ],
)
s = rng.uniform(800.0, 2000.0, size=4) * [1, -1, 1, -1]
overflow = "An exponential overflowed: take m out of the logarithm first."
one_m = "One m serves all entries here: each needs its own, so use np.maximum."
clipped = "The scores were clipped: that changes the loss of large ones."
with np.errstate(all="ignore"):
    m = (-s).max()
    expect(
        two_class_loss(s),
        np.where(s < 0, -s, 0.0),
        call=f"two_class_loss({s.round(1)})",
        mistakes=[
            (np.where(s < 0, np.inf, 0.0), overflow),
            (np.where(s < 0, np.inf, np.nan), overflow),
            (np.where(s < 0, -s, np.inf), overflow),
            (m + np.log(np.exp(-m) + np.exp(-s - m)), one_m),
            *[(np.clip(-s, 0.0, limit), clipped) for limit in (100, 500, 700, 709)],
        ],
    )
print("Exercise 2: right.")

# %% [markdown]
# ### Exercise 3: One softmax too many
#
# A common bug, in any library: the model already ends in a softmax, and the loss, told
# to expect scores (in Keras by `from_logits=True`), applies the softmax again. Keras
# warns if it can see it. Where nobody sees it the training runs on, and the loss falls,
# but it stops at a level that it cannot get below.
#
# *Predict* that level: write a function that returns, for $C$ classes, the lowest
# cross entropy in nats that the best possible model reaches under this bug.
#
# <details><summary>Hint</summary>
#
# The best possible model gives the right class probability 1 and all others 0. To the
# loss these are scores. What does the softmax make of the scores $(1, 0, \dots, 0)$,
# and how surprised is it by the first class?
#
# </details>


# %% exercise="double-softmax"
def lowest_loss(num_classes):
    """Return the lowest loss in nats if the softmax is applied twice."""
    ### BEGIN SOLUTION
    return np.log(np.e + num_classes - 1) - 1
    ### END SOLUTION


# %% check="double-softmax"
rng = np.random.default_rng()
for num_classes in (2, int(rng.integers(3, 9)), int(rng.integers(10, 1000))):
    perfect = np.eye(num_classes)[0]  # what the first softmax gives at best
    second = np.exp(perfect) / np.exp(perfect).sum()
    right = -np.log(second[0])
    expect(
        lowest_loss(num_classes),
        right,
        call=f"lowest_loss({num_classes})",
        mistakes=[
            (0.0, "One softmax could come down to 0: what does the second one see?"),
            (np.log(num_classes), "That is the loss of no idea: it can do better."),
            (right + 1, "That is the highest loss: the right class has score 1."),
            (right / np.log(2), "That is in bits: the loss is in nats."),
            (np.exp(-right), "That is the probability: take minus its logarithm."),
        ],
    )
print("Exercise 3: right.")

# %% [markdown]
# ### Exercise 4: Learning the temperature
#
# Divide all scores by one positive number, the temperature $\tau$, before the softmax:
# $p = \mathrm{softmax}(z / \tau)$. *Derive* $\partial \mathcal L / \partial \tau$ of
# the mean cross entropy of $B$ examples, and write it as a function of the scores
# `(B, C)`, the class numbers `(B,)` and $\tau$. The check nudges $\tau$ up and down.
#
# <details><summary>Hint</summary>
#
# Call $u = z / \tau$. You know $\partial \mathcal L / \partial u_c = p_c - y_c$ for one
# example, and $\partial u_c / \partial \tau = -z_c / \tau^2$. The chain rule sums over
# the classes: every score depends on the temperature. Then take the mean over the
# examples.
#
# </details>


# %% exercise="temperature-gradient"
def temperature_gradient(scores, labels, temperature):
    """Return the derivative of the mean cross entropy by the temperature."""
    ### BEGIN SOLUTION
    u = scores / temperature
    p = np.exp(u - u.max(axis=-1, keepdims=True))
    p = p / p.sum(axis=-1, keepdims=True)
    y = np.eye(scores.shape[-1])[labels]
    return np.sum((y - p) * scores, axis=-1).mean() / temperature**2
    ### END SOLUTION


# %% check="temperature-gradient"
rng = np.random.default_rng()
scores, labels = rng.normal(scale=2.0, size=(4, 3)), rng.integers(3, size=4)
temperature = rng.uniform(1.5, 3.0)


def loss_at(temperature):
    u = scores / temperature
    return (np.log(np.exp(u).sum(axis=-1)) - u[np.arange(4), labels]).mean()


def slope_at(temperature, h=1e-5):
    return (loss_at(temperature + h) - loss_at(temperature - h)) / (2 * h)


slope = slope_at(temperature)
no_square = "The derivative of z / τ by τ is −z / τ²: check the power of τ."
expect(
    temperature_gradient(scores, labels, temperature),
    slope,
    call=f"temperature_gradient({scores.round(2)}, {labels}, {temperature:.3f})",
    mistakes=[
        (-slope, "The sign is wrong: the derivative of z / τ by τ is −z / τ²."),
        (slope * temperature, no_square),
        (slope * temperature**2, no_square),
        (-slope * temperature, no_square),
        (-slope * temperature**2, no_square),
        (slope * len(scores), "That is the sum over the examples: take the mean."),
        (slope / 3, "That is a mean over the classes too: sum over them."),
        (slope_at(1.0) / temperature**2, "Take the softmax of z / τ, not of z."),
    ],
    rtol=1e-6,
)
print("Exercise 4: right.")

# %% [markdown]
# ## What you have learnt
#
# - The cross entropy $H(p, q)$ is the mean surprise of an answer. It is smallest, equal
#   to the entropy, where the answer is the truth; what lies above is the divergence.
# - The softmax makes probabilities of any scores. With two classes it is the sigmoid.
#   On a computer it needs the log-sum-exp trick.
# - Making the observed labels as probable as possible and making the cross entropy as
#   small as possible are the same thing.
# - The gradient by the scores is answer minus truth, $p - y$. Ten lines of NumPy on it
#   and Keras's `fit` walk the same path, and scikit-learn finds the same bottom.
# - A loss of $\ln C$ means no idea, above it something is wrong, and `nan` is an
#   overflow.
#
# **What stays open.** One weighted sum a class can draw straight boundaries only, and a
# digit moved by one pixel is another digit to it. Lesson 02 makes descent faster,
# lesson 05 will bend the boundaries, lesson 06 will carry $p - y$ back through many
# layers, and lesson 08 will look at images as images. When lesson 15 trains a language
# model, the classes will be the characters that may come next (and in lesson 18, GPT-2,
# pieces of words), and the last layer will be that of this lesson.
#
# **Sources.**
#
# - Shannon (1948), "A Mathematical Theory of Communication", Bell System Technical
#   Journal 27(3), section 6: entropy.
# - Kullback and Leibler (1951), "On Information and Sufficiency", Annals of
#   Mathematical Statistics 22(1), pages 79–86: the divergence.
# - Bishop (2006), "Pattern Recognition and Machine Learning", section 1.6 (cross
#   entropy and likelihood) and 4.3.4 (softmax regression and its gradient).
# - Goodfellow, Bengio and Courville (2016), "Deep Learning", section 4.1 (overflow),
#   5.5 (maximum likelihood) and 6.2.2.3 (softmax), <https://www.deeplearningbook.org>.
# - Guo, Pleiss, Sun and Weinberger (2017), "On Calibration of Modern Neural Networks",
#   section 4.2 (temperature), <https://arxiv.org/abs/1706.04599>.
# - Alpaydin and Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI Machine
#   Learning Repository, <https://doi.org/10.24432/C50P49>: the data.
