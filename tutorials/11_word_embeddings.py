# ---
# title: Word embeddings
# part: II. From words to GPT-2
# minutes: 1
# difficulty: 2
# prerequisites: [4, 10]
# objectives:
#   - Read an embedding as a matrix product with a one-hot vector.
#   - Derive skip-gram with negative sampling, and what its best answer is.
#   - Train word vectors on real text, and test them against baselines.
#   - Say when vector arithmetic solves an analogy, and when it does not.
#   - Explain why a fixed vector cannot say what *it* is.
# ---

# %% [markdown]
# # Word embeddings
#
# Lesson 10 turned words into numbers, but the numbers were names: word 17 is no nearer to
# word 18 than to word 900. **Can a machine find out which words are alike, from nothing
# but a text, without a dictionary and without a teacher?**
#
# The lesson assumes tokens as in lesson 10, the sigmoid and its loss as in lesson 03, and
# softmax and one-hot labels as in lesson 04.

# %% tags=["setup"]
import re
from collections import Counter

import numpy as np

from fmkeras import data, plots
from fmkeras.course import expect
from fmkeras.text import WordTokenizer, skip_grams

SEED = 0
RAREST = 5  # words that occur less often are left out
WINDOW = 5  # words to each side that count as neighbours
NEGATIVES = 5  # words drawn by chance for each true neighbour
WIDTH = 64  # numbers in a vector
EPOCHS = 8
TOY_EPOCHS = 20  # for the small made-up text


def sigmoid(z):
    """Return 1 / (1 + exp(−z))."""
    return 1 / (1 + np.exp(-z))


# %% alt="For the words tuple, list and raised, how many times as often as by chance seven other words stand near them. The bars of tuple and list are high at empty, create, iterable, expressions and elements, where raised has almost none; at the words exception and at, the bar of raised is high and theirs are low."
found = re.findall(r"\w*[^\W\d]\w*", data.load_text().lower())
often = Counter(found)
spoken = [word for word in found if often[word] >= RAREST]
tokenizer = WordTokenizer.train(" ".join(spoken))  # word 0 is the most frequent
ids = np.array(tokenizer.encode(" ".join(spoken)))
V = tokenizer.vocabulary_size


def word_id(word):
    """Return the number of a word."""
    return tokenizer.token_to_id(word)


def company(ids, window, size):
    """Return how often word j stands near word i, `(V, V)`, near ones counting more."""
    counts = np.zeros((size, size))
    for distance in range(1, window + 1):
        weight = (window + 1 - distance) / window
        np.add.at(counts, (ids[:-distance], ids[distance:]), weight)
    return counts + counts.T


together = company(ids, WINDOW, V)
share = together / np.maximum(together.sum(axis=1, keepdims=True), 1)
by_chance = together.sum(axis=0) / together.sum()
others = ["empty", "create", "iterable", "expressions", "elements", "exception", "at"]
columns = [word_id(other) for other in others]
three = {word: share[word_id(word), columns] for word in ("tuple", "list", "raised")}
plots.bars(
    others,
    {word: part / by_chance[columns] for word, part in three.items()},
    ylabel="times as often beside it as by chance",
)

# %% [markdown]
# The text is the Python manual again, in lower case, without marks, numbers, and words
# that occur fewer than five times. The bars say which words stand near *tuple*, *list*
# and *raised* more often than chance would have it. You need not know Python to see
# that the first two words keep similar company, and the third does not. "You shall know
# a word by the company it keeps", wrote the linguist John Firth in 1957. This lesson
# takes him at his word.
#
# **Letters.** $V$ is the size of the vocabulary, $D$ the length of a vector (`WIDTH`),
# $k$ the number of words drawn by chance (`NEGATIVES`). The vector of a word in the
# middle is $u$, its *centre vector*; the vector of a word beside it is $v$, its *context
# vector*. Mikolov's papers write $v_{w_I}$ and $v'_{w_O}$ for these two.

# %%
print(f"{len(ids):,} words of text, {V:,} different ones")
for word in ("the", "tuple", "it"):
    print(f"{word:6s} has number {word_id(word):4d} and occurs {often[word]:,} times")

# %% [markdown]
# ## One-hot, and why it is not enough
#
# Lesson 04 wrote a class as a **one-hot** vector: all zeros, and a one in the place of the
# class. A word can be written so, with $V$ places. But then every word is equally far
# from every other one: the product of two different one-hots is 0, their distance
# $\sqrt 2$. Nothing is alike.

# %%
one_hot = np.eye(V, dtype="float32")
tuple_, list_, raised = (one_hot[word_id(w)] for w in ("tuple", "list", "raised"))
print(f"tuple · list = {tuple_ @ list_:.0f}, tuple · raised = {tuple_ @ raised:.0f}")
np.testing.assert_allclose(np.linalg.norm(tuple_ - list_), np.sqrt(2), rtol=1e-6)
np.testing.assert_allclose(np.linalg.norm(tuple_ - raised), np.sqrt(2), rtol=1e-6)

# %% [markdown]
# So give each word a short vector of $D$ numbers that may be alike or not. Put the
# vectors one below the other into a matrix $E$ of shape $(V, D)$. To fetch the vector of
# word $i$, multiply its one-hot by $E$:
#
# $$
# \text{onehot}(i) \, E = \sum_{j=1}^{V} \text{onehot}(i)_j \, E_j = E_i ,
# $$
#
# for all terms but one vanish. An **embedding** is a linear layer without bias, fed with
# one-hots. Nobody carries the product out: it would take $V \cdot D$ multiplications to
# copy $D$ numbers. Keras's layer looks the row up.

# %%
import keras

from fmkeras.models import word2vec
from fmkeras.runtime import set_seed

set_seed(SEED)
layer = keras.layers.Embedding(V, WIDTH)
some = ids[:20]
looked_up = keras.ops.convert_to_numpy(layer(some))
E = keras.ops.convert_to_numpy(layer.embeddings)
np.testing.assert_allclose(one_hot[some] @ E, E[some], rtol=1e-6)
np.testing.assert_allclose(looked_up, E[some], rtol=1e-6)
print(f"{some.shape} ids, {one_hot[some].shape} one-hots, {looked_up.shape} vectors")

# %% [markdown]
# The gradient is as thrifty. Only the rows that were looked up took part, so only they
# get a slope; in the formula, $\text{onehot}(i)^\top$ times the slope of the output is
# zero everywhere but in row $i$.
#
# The matrix starts at random. What shall its rows learn, and from which task?

# %% [markdown]
# ## Skip-gram: guess the company
#
# The task needs no teacher, because the text itself has the answers. Take each word of
# the text as the **centre**, and ask for its neighbours. Words with the same neighbours
# have to give the same answers, and do so most simply with similar vectors.

# %%
passage = ["the", "list", "may", "be", "empty"]
pairs = [
    (centre, near)
    for i, centre in enumerate(passage)
    for j, near in enumerate(passage)
    if 0 < abs(i - j) <= 2
]
print(", ".join(f"{centre}→{near}" for centre, near in pairs[:9]), "…")

# %% [markdown]
# The straightforward model is a softmax over all words (lesson 04), with the product of
# centre and context vector as score:
#
# $$
# p(c \mid w) = \frac{e^{u_w \cdot v_c}}{\sum_{j=1}^{V} e^{u_w \cdot v_j}} .
# $$
#
# It is right and dear: each pair needs all $V$ products. Mikolov and his colleagues asked
# an easier question in 2013. Show a pair of words, and ask *is it from the text, or made
# up?* For each true pair, make up $k$ others: the same centre with words drawn by chance.
# That is logistic regression (lesson 03), and the loss of one true pair with its $k$
# made-up ones is
#
# $$
# \mathcal L = -\ln \sigma(u \cdot v_1) - \sum_{s=2}^{k+1} \ln \sigma(-u \cdot v_s) ,
# $$
#
# where $v_1$ belongs to the true neighbour. It costs $k + 1$ products instead of $V$.
# This is **negative sampling**. Its slopes are those of lesson 03, *answer minus truth*:
# with $y_1 = 1$ and all other $y_s = 0$,
#
# $$
# \frac{\partial \mathcal L}{\partial u} = \sum_{s=1}^{k+1}
#     \bigl( \sigma(u \cdot v_s) - y_s \bigr) \, v_s ,
# \qquad
# \frac{\partial \mathcal L}{\partial v_s} = \bigl( \sigma(u \cdot v_s) - y_s \bigr) \, u .
# $$
#
# A true neighbour pulls its vector and the centre's together; a made-up one pushes them
# apart.


# %%
def loss_of(u, v, y):
    """Return the loss of one centre `(D,)` with its candidates `(k + 1, D)`."""
    z = v @ u
    return -np.sum(np.log(sigmoid(np.where(y == 1, z, -z))))


def slopes(u, v, y):
    """Return the slopes of the loss in u and in v."""
    difference = sigmoid(v @ u) - y  # (k + 1,)
    return difference @ v, difference[:, None] * u


# %% [markdown]
# The library's `word2vec` is two embeddings and this loss. One step of plain descent, by
# hand and by Keras, on a batch of one:

# %%
rng = np.random.default_rng(SEED)
model = word2vec(vocabulary_size=9, embedding_dim=3)
centres, contexts = (rng.normal(size=(9, 3)) for _ in range(2))
model.set_weights([centres, contexts])
model.compile(keras.optimizers.SGD(0.1), model.loss)
centre, candidates, y = 4, np.array([7, 1, 3, 0]), np.array([1, 0, 0, 0])
loss = model.train_on_batch((np.array([centre]), candidates[None]), y[None])

by_u, by_v = slopes(centres[centre], contexts[candidates], y)
np.testing.assert_allclose(
    loss, loss_of(centres[centre], contexts[candidates], y), rtol=1e-5
)
centres[centre] -= 0.1 * by_u
contexts[candidates] -= 0.1 * by_v
for ours, theirs in zip((centres, contexts), model.get_weights(), strict=True):
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
print(f"loss {loss:.4f}; after one step all {2 * 9 * 3} numbers are the same.")

# %% [markdown]
# ### What is the best answer?
#
# Suppose the vectors were free to give each pair of words any score $x$. What would they
# choose? Let the pair $(w, c)$ occur $n_{wc}$ times in the text, and the word $w$ be the
# centre of $n_w$ pairs. For each of those, $k$ words are drawn, each of which is $c$ with
# probability $q_c$. (The library never draws the true neighbour itself, which changes
# little.) So the terms with this $x$ add up, on average, to
#
# $$
# -n_{wc} \ln \sigma(x) - k \, n_w \, q_c \ln \sigma(-x) .
# $$
#
# Its slope is $-n_{wc} (1 - \sigma(x)) + k \, n_w \, q_c \, \sigma(x)$. Where that is
# zero, $\sigma(x) / (1 - \sigma(x)) = n_{wc} / (k \, n_w \, q_c)$; and the left-hand
# side is $e^x$ (the odds of lesson 03). Hence
#
# $$
# x = \ln \frac{n_{wc}}{n_w \, q_c} - \ln k = \ln \frac{p(c \mid w)}{q_c} - \ln k .
# $$

# %%
n_wc, n_w, q_c = 30, 200, 0.01
grid = np.linspace(-6, 6, 1_201)
cost = -n_wc * np.log(sigmoid(grid)) - NEGATIVES * n_w * q_c * np.log(sigmoid(-grid))
best = np.log(n_wc / (n_w * q_c)) - np.log(NEGATIVES)
print(f"lowest at {grid[cost.argmin()]:.2f}, by the formula {best:.2f}")
assert abs(grid[cost.argmin()] - best) < 0.01

# %% [markdown]
# The best score says how much more often $c$ stands beside $w$ than chance would have
# it, as a logarithm. If $q_c$ is the share of $c$ in the text, then that is what
# information theory calls **pointwise mutual information**, shifted by $\ln k$; Levy
# and Goldberg found this in 2014. A vector of $D < V$ numbers cannot give all $V$
# scores freely, so it keeps what matters most, and words with like company get like
# vectors. Remember the formula; it will explain the analogies.

# %% [markdown]
# ## Training on the manual
#
# `text.skip_grams` makes the pairs, with three tricks of Mikolov's papers. Very
# frequent words are thinned out, as *the* says little about its neighbours. Near
# neighbours count more than far ones. And the made-up words are drawn with probability
# $q \propto f^{0.75}$ of their frequency $f$, which lifts rare words a little.

# %%
set_seed(SEED)
batches = skip_grams(
    ids, WINDOW, NEGATIVES, batch_size=256, vocabulary_size=V, seed=SEED
)
(centre, candidates), labels = next(iter(batches))
for i in range(3):
    true, *drawn = (tokenizer.id_to_token(int(j)) for j in candidates[i])
    word = tokenizer.id_to_token(int(centre[i]))
    print(f"{word}: beside it {true}; drawn {', '.join(drawn)}")

# %%
model = word2vec(V, WIDTH)
untrained = model.vectors.copy()
# `shuffle` would be Keras's own, for arrays; `skip_grams` has shuffled the pairs.
log = model.fit(batches, epochs=EPOCHS, shuffle=False, verbose=0).history["loss"]
no_idea = (NEGATIVES + 1) * np.log(2)  # all scores zero, all answers one half
print(f"loss {no_idea:.3f} without an idea, {log[0]:.3f} in the first epoch,")
print(f"{log[-1]:.3f} in the last")
assert log[-1] < log[0] < no_idea

# %% alt="The loss over the epochs: it falls from under the level of no idea, fast at first and then ever more slowly."
plots.curves(
    np.arange(1, EPOCHS + 1),
    {"training": np.array(log)},
    references={"no idea": no_idea},
    xlabel="epoch",
    ylabel="loss of a true pair and its made-up ones",
)

# %% [markdown]
# Did the training find the scores that we derived? Compare the products $u_w \cdot v_c$
# with the formula, for pairs of words that met often (a count of three or more, in
# which near ones count more, as above), and look at the pairs that never met:

# %%
context_vectors = model.get_weights()[1]
learnt = model.vectors @ context_vectors.T  # (V, V)
total = together.sum(axis=1)
q = total**0.75 / np.sum(total**0.75)
met = together >= 3
derived = np.log(together[met] / np.outer(total, q)[met]) - np.log(NEGATIVES)
agreement = np.corrcoef(learnt[met], derived)[0, 1]
print(f"{met.sum():,} pairs met; correlation with the formula {agreement:.2f}")
print(f"mean score where they met {learnt[met].mean():.1f}, ", end="")
print(f"where they never did {learnt[together == 0].mean():.1f}")
assert agreement > 0.6
assert learnt[together == 0].mean() < learnt[met].mean() - 2

# %% [markdown]
# Close, not equal: a vector has far fewer numbers than the table has columns, frequent
# words were thinned out, and the epochs were few.
#
# ## Are they any good?
#
# The loss fell, but what do we have? A pretty picture would prove little. We test the
# vectors three times: by eye, by a task with a score, and on analogies.
#
# ### Neighbours
#
# Which vectors point the same way? The **cosine** of the angle between two vectors is 1
# for the same direction and 0 for a right angle:
#
# $$
# \cos(u_i, u_j) = \frac{u_i \cdot u_j}{\lVert u_i \rVert \, \lVert u_j \rVert} .
# $$


# %%
def directions(vectors):
    """Return the vectors, each scaled to length 1."""
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


unit = directions(model.vectors)
cosines = unit @ unit[word_id("left")]
by_hand = [i for i in np.argsort(-cosines) if i != word_id("left")][:6]
nearest = model.nearest(word_id("left"), k=6)
assert [i for i, _ in nearest] == by_hand
for word in ("left", "tuple", "typeerror", "integer", "two", "import", "append"):
    near = [tokenizer.id_to_token(i) for i, _ in model.nearest(word_id(word), k=6)]
    print(f"{word:9s}: {', '.join(near)}")

# %% [markdown]
# Opposites such as *left* and *right* come out close, as they stand in the same places:
# the vectors know company, not meaning. Some neighbours are odd. Fifty thousand words
# are little; published vectors were trained on a million times as many. A list of
# chosen examples flatters any method, so let us have a score.
#
# ### A probe
#
# Python itself knows what kind of word some of these are: an **exception**, a **method**
# of strings, lists and dictionaries, a **keyword**, or a **special** name such as
# `__init__`. The model never saw these labels, nor the underscores: to it, words are
# numbers. Take out one word, let its five nearest labelled neighbours vote, and see
# whether they are right. We do so for each labelled word in turn.

# %%
import builtins
import keyword

kinds = {
    "exception": {name.lower() for name in dir(builtins) if name.endswith("Error")},
    "method": {n for kind in (str, list, dict) for n in dir(kind) if n[0] != "_"},
    "keyword": {name.lower() for name in keyword.kwlist},
    "special": {word for word in often if re.fullmatch(r"__\w+__", word)},
}
known = [
    (word_id(word), label)
    for label, kind in enumerate(kinds.values())
    for word in sorted(kind)
    if often[word] >= RAREST
]
rows, kind_of = np.array(known).T
print(dict(zip(kinds, np.bincount(kind_of).tolist(), strict=True)))


def vote(cosines, labels, k=5):
    """Return the label that wins among the k nearest, each weighed by 1 + cosine."""
    near = np.argsort(-cosines, axis=1)[:, :k]
    weights = np.take_along_axis(cosines, near, axis=1) + 1
    votes = [weights * (labels[near] == label) for label in range(len(kinds))]
    return np.sum(votes, axis=2).argmax(axis=0)


def probe(vectors):
    """Return the share of words whose kind their neighbours tell rightly."""
    unit = directions(vectors[rows])
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -1)  # nobody votes for themselves
    return np.mean(vote(cosines, kind_of) == kind_of)


# %% [markdown]
# A score needs something to compare it with. The commonest kind is right for some share
# of the words. Vectors before training should do no better than chance. And there is a
# serious rival: no network at all. Count the company, take the logarithm of what is above
# chance (the formula above without $\ln k$, negative values set to zero), and keep the
# $D$ strongest directions of that matrix. A singular value decomposition finds them: it
# writes a matrix as a sum of columns times rows, the largest such product first.

# %%
with np.errstate(divide="ignore", invalid="ignore"):
    information = np.log(together * total.sum() / np.outer(total, total))
information = np.where(together > 0, np.maximum(information, 0), 0)
left, strength, _ = np.linalg.svd(information)
counted = left[:, :WIDTH] * np.sqrt(strength[:WIDTH])

score = {
    "commonest kind": np.bincount(kind_of).max() / len(kind_of),
    "untrained vectors": probe(untrained),
    "word2vec": probe(model.vectors),
    "counting": probe(counted),
}

# %% alt="Four bars: the share of words whose kind is told rightly. The commonest kind and the untrained vectors are right for about a third, word2vec for some four fifths, and counting for a little more."
plots.bars(list(score), 100 * np.array(list(score.values())), ylabel="% right")

# %%
print(", ".join(f"{name} {share:.0%}" for name, share in score.items()))
assert score["word2vec"] > score["commonest kind"] + 0.25
assert score["untrained vectors"] < score["word2vec"] - 0.25
assert abs(score["word2vec"] - score["counting"]) < 0.15

# %% [markdown]
# From the company alone the vectors tell four kinds of words apart, about twice as
# often rightly as the best guess. Counting does at least as well: after the derivation
# that is no surprise, for both keep the same table in few numbers, and counting sees
# all of it at once. What training by pairs has for it is that the table never needs to
# exist; with a vocabulary of a million words it would have a million million cells.
# With another seed the share of word2vec moves by up to eight percentage points, as
# there are little more than a hundred words to ask about.
#
# Now a picture may be allowed. The two strongest directions of the labelled words:

# %% alt="The labelled words in a plane, in four colours and markers. Methods, keywords and special names form clusters that overlap at their edges; the few exceptions lie scattered among keywords and special names. The regions where the neighbours in the plane would vote for each kind are shaded."
centred = unit[rows] - unit[rows].mean(axis=0)
axes = np.linalg.svd(centred)[2][:2]
flat = centred @ axes.T


def vote_in_the_plane(points):
    """Return the kind that the nearest words in the picture vote for."""
    distances = np.linalg.norm(points[:, None] - flat, axis=2)
    return vote(1 - distances, kind_of)


plots.decision_boundary(
    vote_in_the_plane,
    flat,
    kind_of,
    class_names=tuple(kinds),
    feature_names=("first direction", "second direction"),
)

# %%
in_the_plane = np.linalg.norm(flat[:, None] - flat, axis=2)
np.fill_diagonal(in_the_plane, 10)
drawn = np.mean(vote(1 - in_the_plane, kind_of) == kind_of)
print(f"told rightly in the plane: {drawn:.0%}, ", end="")
print(f"in all {WIDTH} directions: {score['word2vec']:.0%}")
assert drawn > score["commonest kind"] + 0.2

# %% [markdown]
# About as well: the kind is what most distinguishes these words from one another. No
# picture of two directions need be so lucky, and that is why we asked for the score first.

# %% [markdown]
# ### Analogies
#
# The best-known claim about word vectors is that *king* − *man* + *woman* lands near
# *queen*. Why should it? Look at the formula of the best score, $u_w \cdot v_c = \ln
# \frac{p(c \mid w)}{q_c} - \ln k$, and subtract two centres:
#
# $$
# (u_\text{king} - u_\text{man}) \cdot v_c
#     = \ln \frac{p(c \mid \text{king})}{p(c \mid \text{man})} .
# $$
#
# If *king* differs from *man* in its company by the same factors as *queen* differs from
# *woman*, for all words $c$, then $u_\text{king} - u_\text{man} = u_\text{queen} -
# u_\text{woman}$ fits both, and the sum lands where it should. That is a condition on the
# *text*. Let us write a text that satisfies it. Each person has a role, with a verb and a
# place, and is *he* or *she*:

# %%
roles = """
king queen rules palace; man woman walks street; boy girl plays garden; uncle aunt
visits village; actor actress sings theatre; waiter waitress serves kitchen
"""
roles = [line.split() for line in roles.split(";")]


def made_up_text(rng, sentences):
    """Return sentences in which role and gender choose their words independently."""
    written = []
    for _ in range(sentences):
        *people, verb, place = roles[rng.integers(len(roles))]
        gender = rng.integers(2)
        he, his = (("he", "his"), ("she", "her"))[gender]
        about_role = f"{people[gender]} {verb} near {place} while"
        about_gender = f"{people[gender]} says {he} lost {his} hat and"
        written.append((about_role, about_gender)[rng.integers(2)])
    return " ".join(written)


rng = np.random.default_rng(SEED)
toy_text = made_up_text(rng, sentences=4_000)
print(toy_text[:78], "…")
toy = WordTokenizer.train(toy_text)
set_seed(SEED)
toy_model = word2vec(toy.vocabulary_size, 16)
toy_batches = skip_grams(
    toy.encode(toy_text),
    window=3,
    subsample=None,
    vocabulary_size=toy.vocabulary_size,
    seed=SEED,
)
_ = toy_model.fit(toy_batches, epochs=TOY_EPOCHS, shuffle=False, verbose=0)


# %% [markdown]
# To solve *a is to b as c is to …*, compute $u_b - u_a + u_c$, with all vectors scaled to
# length 1, and take the nearest vector *other than those three*. We ask every question
# that can be asked with the pairs, and note on which place the right word comes, 0 being
# the first. The question without arithmetic, "what is next to $c$?", is a baseline that
# is easily forgotten.


# %%
def places(unit, pairs):
    """Return the right word's place, for each question, with arithmetic and without."""
    ranks = {"arithmetic": [], "nearest to c": []}
    for a, b in pairs:
        for c, right in pairs:
            if len({a, b, c, right}) < 4:
                continue
            for name, wanted in (
                ("arithmetic", unit[b] - unit[a] + unit[c]),
                ("nearest to c", unit[c]),
            ):
                cosines = unit @ wanted
                cosines[[a, b, c]] = -np.inf
                ranks[name].append(np.sum(cosines > cosines[right]))
    return {name: np.array(found) for name, found in ranks.items()}


toy_unit = directions(toy_model.vectors)
men, women = ([toy.token_to_id(line[i]) for line in roles] for i in range(2))
asked = [
    places(toy_unit, [(men[i], men[j]), (women[i], women[j])])
    for i in range(len(roles))
    for j in range(len(roles))
    if i != j
]
toy_right = {name: np.mean([part[name] == 0 for part in asked]) for name in asked[0]}
print(f"{2 * len(asked)} questions such as man is to king as woman is to …; right:")
print(", ".join(f"{name} {part:.0%}" for name, part in toy_right.items()))
assert toy_right["arithmetic"] >= 0.8
assert toy_right["arithmetic"] > toy_right["nearest to c"] + 0.3

# %% [markdown]
# Where the text is as regular as that, the arithmetic works. Now the manual. It has no
# kings; its most regular pairs are singular and plural. Take every word that occurs with
# and without an *s*, and ask *function is to functions as method is to …*:

# %%
in_both = [
    (word_id(word), word_id(word + "s"))
    for word in sorted(often)
    if len(word) > 3 and min(often[word], often[word + "s"]) >= RAREST
]
in_manual = places(unit, in_both)
chance = 5 / (V - 3)
among_five = {name: np.mean(place < 5) for name, place in in_manual.items()}
print(f"{len(in_both)} pairs, {len(in_manual['arithmetic']):,} questions;")
print(f"the right word is among the first five: by chance {chance:.1%}, ", end="")
print(", ".join(f"{name} {part:.1%}" for name, part in among_five.items()))
assert among_five["nearest to c"] > 10 * chance
assert among_five["arithmetic"] < among_five["nearest to c"]

# %% [markdown]
# Far better than chance, and yet an honest disappointment: **the arithmetic makes it
# worse**. Plurals are near their singulars, and to look next to *c* finds more of them
# than to add a difference that, in a text this small, is mostly noise. On billions of
# words the arithmetic does help, though there, too, a good part of the successes is
# nearness alone (Linzen measured it in 2016). When you read of an analogy that works, ask
# for the score over all questions, and for this baseline.

# %% [markdown]
# ## Going wrong on purpose: no made-up words
#
# Why the words drawn by chance? Without them the loss is $-\ln \sigma(u \cdot v)$ for true
# pairs only. It has a stupid solution: make all products large. Watch it being found:


# %%
def true_pairs_only(labels, logits):
    """Return the loss without the made-up words."""
    return model.loss(labels[:, :1], logits[:, :1])


set_seed(SEED)
without = word2vec(V, WIDTH)
without.compile(keras.optimizers.Adam(0.005), true_pairs_only, steps_per_execution=16)
log = without.fit(batches, epochs=2, shuffle=False, verbose=0)
falling = log.history["loss"]


def mean_cosine(vectors):
    """Return the mean cosine between two different words."""
    unit = directions(vectors)
    return (np.sum(unit.sum(axis=0) ** 2) - len(unit)) / (len(unit) * (len(unit) - 1))


def believed(model):
    """Return the share of made-up pairs that a model takes for true ones."""
    centre_vectors, context_vectors = model.get_weights()
    (centre, candidates), _ = next(iter(batches))
    u, v = centre_vectors[np.array(centre)], context_vectors[np.array(candidates)]
    return np.mean(np.einsum("bd,bsd->bs", u, v)[:, 1:] > 0)


same = mean_cosine(without.vectors[:-1])
print(f"loss {falling[0]:.3f}, then {falling[-1]:.4f}: it looks splendid.")
print(f"mean cosine of two words {same:.2f}; with made-up words ", end="")
print(f"{mean_cosine(model.vectors[:-1]):.2f}")
print(f"made-up pairs taken for true ones {believed(without):.0%}; ", end="")
print(f"with made-up words {believed(model):.0%}")
assert falling[-1] < 0.1
assert same > 0.9
assert believed(without) > 0.99
assert believed(model) < 0.3

# %% [markdown]
# What to look for: a loss that falls to nothing within an epoch, vectors that all point
# the same way, and a model that believes everything. Whenever a model learns what belongs
# together it must also be shown what does not; we shall meet that again with images and
# texts, in contrastive learning.

# %% [markdown]
# ## What a fixed vector cannot say
#
# Read these two sentences:
#
# 1. *The function calls the method because **it** needs the value.*
# 2. *The function calls the method because **it** returns the value.*
#
# In the first one *it* is the function, in the second the method. What is the vector of
# *it*?

# %%
first, second = (
    f"the function calls the method because it {verb} the value".split()
    for verb in ("needs", "returns")
)
numbers = [[word_id(word) for word in said] for said in (first, second)]
it = [
    model.vectors[row[said.index("it")]]
    for row, said in zip(numbers, (first, second), strict=True)
]
np.testing.assert_array_equal(*it)
print("The two vectors of 'it' are the same, bit for bit.")

# %% [markdown]
# It could not be otherwise: the vector is a row of a table, and the row does not know in
# which sentence it is being read. So any model that looks at this vector alone gives the
# same answer twice, and is right once. That is no matter of better training, of more text
# or a larger $D$. The same holds for *left*, which is a side and a past tense, and for
# *for*, which in this manual is sometimes English and sometimes Python.
#
# A vector that depends on the sentence must look at the other words. The simplest way is
# to average:

# %%
means = [model.vectors[row].mean(axis=0) for row in numbers]
difference = np.linalg.norm(means[0] - means[1]) / np.linalg.norm(means[0])
print(f"The means of the two sentences differ by {difference:.0%} of their length.")
shuffled = np.random.default_rng(SEED).permutation(numbers[0])
np.testing.assert_allclose(model.vectors[shuffled].mean(axis=0), means[0], atol=1e-5)
assert difference > 0.02

# %% [markdown]
# Now the sentences differ. But every word counts alike, *the* as much as *needs*, and the
# order is lost: any shuffled sentence has the same mean. What we want is an average with
# weights that the words choose themselves: *it* should look hard at *function* in one
# sentence and at *method* in the other. Such weighted averages are called **attention**,
# and lesson 13 builds them.

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports and constants at the
# top of the lesson are there when it runs (`sigmoid` is one of them), so write each
# answer to stand on its own.
#
# ### Exercise 1: Thinning out
#
# `skip_grams` keeps each occurrence of a word with share $f$ of the text with probability
# $\min(1, \sqrt{t / f})$: words rarer than the threshold $t$ all stay. Given the counts of
# all words and $t$, return how many occurrences of each word are kept on average.
#
# <details><summary>Hint</summary>
#
# The share of a word is its count divided by the sum of all counts. Multiply its count by
# the probability. `np.minimum` compares element by element.
#
# </details>


# %% exercise="thinning-out"
def kept(counts, t):
    """Return how many occurrences of each word are kept on average."""
    ### BEGIN SOLUTION
    share = counts / counts.sum()
    return counts * np.minimum(1, np.sqrt(t / share))
    ### END SOLUTION


# %% check="thinning-out"
rng = np.random.default_rng()
counts = rng.permutation([1, 2, 3, 40, 500, 6000]) + rng.integers(0, 2, size=6)
t = rng.uniform(0.002, 0.01)
f = counts / counts.sum()
expect(
    kept(counts, t),
    [
        n if share < t else (n * counts.sum() * t) ** 0.5
        for n, share in zip(counts, f, strict=True)
    ],
    call=f"kept({counts}, {t:.4f})",
    mistakes=[
        (counts * np.sqrt(t / f), "A probability is 1 at most: rare words are kept."),
        (counts * np.minimum(1, t / f), "The square root is missing."),
        (
            np.minimum(1, np.sqrt(t / f)),
            "Those are the probabilities: how many are kept?",
        ),
        (
            counts * np.minimum(1, np.sqrt(t / counts)),
            "f is a share of the text, not a count.",
        ),
        (
            counts * (1 - np.minimum(1, np.sqrt(t / f))),
            "Those are left out: which stay?",
        ),
    ],
)
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: Odd one out
#
# Which of several words does not belong? Given their vectors `(n, D)`, return the index
# of the one whose mean cosine with the others is lowest.
#
# <details><summary>Hint</summary>
#
# Scale each vector to length 1; then `unit @ unit.T` has all cosines. Its diagonal is 1
# for every word, so it does not change which sum of a row is lowest.
#
# </details>


# %% exercise="odd-one-out"
def odd_one_out(vectors):
    """Return the index of the vector that is least like the others."""
    ### BEGIN SOLUTION
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return int(np.argmin((unit @ unit.T).sum(axis=1)))
    ### END SOLUTION


# %% check="odd-one-out"
rng = np.random.default_rng()
lengths = rng.permutation([0.2, 4.0, 5.0, 6.0, 1.0])
while True:
    vectors = rng.normal(size=(5, 4)) + 1.2 * rng.normal(size=4)
    vectors *= lengths[:, None] / np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / lengths[:, None]
    mean = ((unit @ unit.T).sum(axis=1) - 1) / 4
    apart = np.linalg.norm(vectors[:, None] - vectors, axis=2).sum(axis=1)
    answers = [
        int(i)
        for i in (
            mean.argmin(),
            mean.argmax(),
            (vectors @ vectors.T).sum(axis=1).argmin(),
            apart.argmax(),
        )
    ]
    if len(set(answers)) == 4 and np.diff(np.sort(mean))[0] > 0.02:
        break
expect(
    odd_one_out(vectors.copy()),
    answers[0],
    call=f"odd_one_out({vectors.round(2).tolist()})",
    mistakes=[
        (answers[1], "That one is most like the others."),
        (answers[2], "Products grow with the lengths: scale to length 1 first."),
        (answers[3], "That is the largest distance: the cosine asks for directions."),
    ],
)
print("Exercise 2: right.")

# %% [markdown]
# ### Exercise 3: The slope of a table
#
# A model looked up the rows `ids` of an embedding matrix $E$ with `size` rows, and
# backpropagation brought the slope of the loss in each looked-up vector: `slopes`, of
# shape `(T, D)`. *Derive* the slope of the loss in $E$ itself, `(size, D)`, from the
# product with one-hots, and write it as a function. Words may come more than once.
#
# <details><summary>Hint</summary>
#
# The vectors are $A = OE$ with one-hots $O$ of shape $(T, V)$, which is
# `np.eye(size)[ids]`. Since $A_{tj} = \sum_i O_{ti} E_{ij}$, the slope in $E_{ij}$ is
# $\sum_t O_{ti}$ times the slope in $A_{tj}$. Which product of matrices is that, and what
# does it do with a row that was looked up twice?
#
# </details>


# %% exercise="slope-of-a-table"
def slope_of_table(ids, slopes, size):
    """Return the slope of the loss in the embedding matrix."""
    ### BEGIN SOLUTION
    return np.eye(size)[ids].T @ slopes
    ### END SOLUTION


# %% check="slope-of-a-table"
rng = np.random.default_rng()
size = int(rng.integers(6, 9))
a, b, c = (int(i) for i in rng.permutation(size)[:3])
looked = np.array([a, b, a, c, a])
slopes_in = rng.normal(size=(5, 3))
table = rng.normal(size=(size, 3))


def loss_with(table):
    return np.sum(slopes_in * table[looked])


right = np.zeros((size, 3))
for i in range(size):
    for j in range(3):
        nudge = np.zeros((size, 3))
        nudge[i, j] = 1e-4
        right[i, j] = (loss_with(table + nudge) - loss_with(table - nudge)) / 2e-4
last, first_only, average = np.zeros((3, size, 3))
last[looked] = slopes_in
first_only[looked[::-1]] = slopes_in[::-1]
average[[a, b, c]] = [right[a] / 3, right[b], right[c]]
expect(
    slope_of_table(looked, slopes_in, size),
    right,
    call=f"slope_of_table({looked}, slopes, {size})",
    mistakes=[
        (last, "A word that came three times got one slope only: they add up."),
        (first_only, "A word that came three times got one slope only: they add up."),
        (average, "Slopes of the same word add up; they are not averaged."),
        (slopes_in, "Those are the slopes of the vectors: which rows were they?"),
        (right / 5, "Nothing asks for a mean over the words."),
    ],
    rtol=1e-5,
    atol=1e-7,
)
print("Exercise 3: right.")

# %% [markdown]
# ### Exercise 4: The best scores
#
# `counts` says how often word $c$ (column) is a neighbour of word $w$ (row); no count
# is zero. For each true pair $k$ words are drawn, with probability $q_c \propto
# n_c^{0.75}$, where $n_c$ is the sum of *column* $c$. *Derive* the scores $x_{wc}$ that
# make the loss of negative sampling smallest, and return them, in the shape of
# `counts`. (The check takes fewer rows than columns, lest they be confused, and finds
# the lowest point by Newton's method, without the formula.)
#
# <details><summary>Hint</summary>
#
# $x = \ln n_{wc} - \ln(k \, n_w \, q_c)$ with $n_w$ the sum of row $w$. Divide the powers
# by their sum, so that the $q_c$ add up to 1. `keepdims=True` keeps the shapes apart.
#
# </details>


# %% exercise="best-scores"
def best_scores(counts, k):
    """Return the scores at which the loss of negative sampling is smallest."""
    ### BEGIN SOLUTION
    q = counts.sum(axis=0) ** 0.75
    q = q / q.sum()
    per_centre = counts.sum(axis=1, keepdims=True)
    return np.log(counts / (k * per_centre * q))
    ### END SOLUTION


# %% check="best-scores"
rng = np.random.default_rng()
counts = rng.integers(1, 60, size=(3, 4)).astype("float64")
k = int(rng.integers(2, 9))
powers = counts.sum(axis=0) ** 0.75
q = powers / powers.sum()
n_w = counts.sum(axis=1, keepdims=True)
right = np.zeros_like(counts)
for _ in range(60):  # Newton's steps to the zero of the slope
    p = 1 / (1 + np.exp(-right))
    slope = -counts * (1 - p) + k * n_w * q * p
    right = right - np.clip(slope / ((counts + k * n_w * q) * p * (1 - p)), -1, 1)
plain = counts.sum(axis=0) / counts.sum()
expect(
    best_scores(counts.copy(), k),
    right,
    call=f"best_scores({counts.astype(int).tolist()}, {k})",
    mistakes=[
        (right + np.log(k), "ln k is missing: each true pair meets k made-up ones."),
        (np.log(counts / (k * n_w * plain)), "The power 0.75 is missing in q."),
        (np.log(counts / (k * n_w * powers)), "The q must add up to 1."),
        (right + np.log(n_w), "Divide by the sum of the row, n_w."),
        (np.exp(right), "Take the logarithm."),
        (1 / (1 + np.exp(-right)), "Those are the probabilities: undo the sigmoid."),
        (-right, "The sign is turned: frequent pairs have high scores."),
    ],
    rtol=1e-6,
    atol=1e-8,
)
print("Exercise 4: right.")

# %% [markdown]
# ## What you have learnt
#
# - One-hots are all equally far apart. An embedding is a one-hot times a matrix, that is,
#   a row of a table, and only the rows that were used get a slope.
# - Skip-gram with negative sampling is logistic regression on pairs: from the text, or
#   made up? Its best score is the logarithm of how much more often than by chance two
#   words meet, less $\ln k$.
# - Vectors are tested, against a baseline: the commonest answer, vectors before training,
#   and plain counting.
# - Analogies by arithmetic hold where the text is regular enough. On a small text the
#   nearest neighbour alone does better.
# - Without examples of what does not belong together, all vectors come to point the
#   same way.
# - A fixed vector is the same in each sentence. It cannot say what *it* is.
#
# **What stays open.** A sentence is more than a bag of vectors: it has an order. Lesson
# 12, Recurrent networks and seq2seq, reads it word by word. Lesson 13, Attention, lets
# each word look at the others and gives *it* a vector of its own in each sentence. The
# embedding of tokens, trained along with all the rest, is the first layer of the
# transformer in lesson 15.
#
# **Sources.**
#
# - Firth (1957), "A Synopsis of Linguistic Theory 1930–1955", in "Studies in Linguistic
#   Analysis", page 11: the company.
# - Mikolov, Chen, Corrado and Dean (2013), "Efficient Estimation of Word Representations
#   in Vector Space", section 3.2 (skip-gram), <https://arxiv.org/abs/1301.3781>.
# - Mikolov, Sutskever, Chen, Corrado and Dean (2013), "Distributed Representations of
#   Words and Phrases and their Compositionality", sections 2.2 (negative sampling) and
#   2.3 (thinning out), <https://arxiv.org/abs/1310.4546>.
# - Levy and Goldberg (2014), "Neural Word Embedding as Implicit Matrix Factorization",
#   section 3.1, Advances in Neural Information Processing Systems 27: the best score.
# - Levy, Goldberg and Dagan (2015), "Improving Distributional Similarity with Lessons
#   Learned from Word Embeddings", Transactions of the ACL 3, pages 211–225: counting
#   does as well.
# - Linzen (2016), "Issues in Evaluating Semantic Spaces Using Word Analogies", sections 2
#   and 3, <https://arxiv.org/abs/1606.07736>: the baseline without arithmetic.
# - Vaswani et al. (2017), "Attention Is All You Need", <https://arxiv.org/abs/1706.03762>:
#   where "it" gets its context.
# - The Python language reference, <https://docs.python.org/3/reference/>: the text.
