# ---
# title: Generating text
# part: II. From words to GPT-2
# minutes: 1
# difficulty: 3
# prerequisites: [15]
# objectives:
#   - Show on a tree why the best word at each step need not give the best sentence, and find that with beam search.
#   - Derive what a temperature does to odds and to likelihood.
#   - Write top-k, top-p and min-p in a few lines each, and get the library's probabilities.
#   - Measure likelihood, repetition and variety of what each sampler writes, beside what people write.
# ---

# %% [markdown]
# # Generating text
#
# The model of lesson 15 gives every token a probability. It does not say which one to
# take. **Should we take the likeliest, every time? And if not: what else, and how would we
# know that it is better?**
#
# The lesson assumes a trained decoder (lesson 15), softmax and cross entropy (lesson 04).

# %% tags=["setup"]
import numpy as np

from fmkeras import data, plots, text
from fmkeras.course import expect

SEED = 0
TREE = {
    "The": {"nice": 0.5, "dog": 0.4, "car": 0.1},
    "nice": {"woman": 0.4, "house": 0.3, "guy": 0.3},
    "dog": {"has": 0.9, "and": 0.05, "runs": 0.05},
    "car": {"drives": 0.5, "is": 0.3, "turns": 0.2},
}
LAYERS, HEADS, WIDTH = 2, 4, 128  # of the model that is trained
LENGTH, BATCH = 96, 10  # characters that it sees at once, windows in a step
EPOCHS, STEPS = 8, 64  # so many times so many steps of training
PROMPTS, GIVEN = 32, 16  # texts to write for each sampler, and the tokens given
TEMPERATURES = (0.3, 0.5, 0.7, 0.85, 1.0, 1.2)


# %% alt="Nine sentences of three words as bars of probability. The dog has is by far the highest with 0.36, The nice woman follows with 0.20, the others are at 0.15 or lower."
def sentences():
    """Return the probability of each sentence of the tree: a product along a path."""
    return {
        f"The {second} {third}": TREE["The"][second] * p
        for second in TREE["The"]
        for third, p in TREE[second].items()
    }


plots.bars(list(sentences()), list(sentences().values()), ylabel="probability")

# %% [markdown]
# A model of thirteen words, small enough to see all that it can say. After "The" comes
# "nice" with probability 0.5, "dog" with 0.4, "car" with 0.1, and each of them has three
# words that may follow. The probability of a sentence is the product along its path, for
# that is what a language model is (lesson 15):
#
# $$
# p(x_1, \dots, x_n) = \prod_{t} p(x_t \mid x_1, \dots, x_{t-1}) .
# $$
#
# Whoever takes the likeliest word at each step says "nice", then "woman", and gets a
# sentence of probability $0.5 \cdot 0.4 = 0.20$. The likeliest sentence starts with the
# second best word: "The dog has", $0.4 \cdot 0.9 = 0.36$. The rest of the lesson is about
# what follows from this picture, and about why the likeliest sentence may not be what we
# want either.
#
# **Letters.** The lectures' $w_t$, the word at step $t$, is our $x_t$, and $x_{<t}$ are
# all words before it. $V$ is the size of the vocabulary, $z_v$ the logit of its token
# $v$ and $p_v$ the probability; $\tau$ is the temperature, $k$ and $p$ are the numbers
# of top-k and top-p.

# %% [markdown]
# ## The tree in the library
#
# The library's `DecodingEngine` writes with any model, and knows of it only two
# functions: one from the newest tokens to logits, and one that makes room for what the
# model wants to remember, which is nothing here (lesson 17 needs it, and the other
# arguments). Ours looks the last word up in a table of log-probabilities. They may
# serve as logits, for their softmax gives the probabilities back. Words that cannot
# follow have a logit of minus infinity; after the third word the tree ends, and we say
# that every word is equally likely.

# %%
from keras import ops

from fmkeras.generation import Beam, DecodingEngine, Greedy

words = list(dict.fromkeys(["The", *(w for row in TREE.values() for w in row)]))
probabilities = np.full((len(words), len(words)), 1 / len(words))
for before, row in TREE.items():
    probabilities[words.index(before)] = [row.get(word, 0) for word in words]
with np.errstate(divide="ignore"):
    table = np.log(probabilities).astype("float32")  # (V, V)


def next_logits(token_ids, cache, cache_index, num_padding):
    """Return the logits after the last word `(B, V)`, and the cache, which is empty."""
    return ops.take(table, token_ids[:, -1], axis=0), cache


def make_cache(batch_size, length):
    """Return nothing: the last word is all that this model looks at."""
    return ()


def sentence_of(token_ids):
    """Return the words of token ids."""
    return " ".join(words[i] for i in token_ids)


tree = DecodingEngine(next_logits, make_cache, len(words))

# %%
start = [words.index("The")]
greedy = sentence_of(tree.generate(start, max_new_tokens=2, sampler=Greedy()))
print(f"greedy search: {greedy}, {sentences()[greedy]:.2f}")
assert greedy == "The nice woman"
np.testing.assert_allclose(sentences()[greedy], 0.5 * 0.4)

found, scores = tree.beam_search(start, Beam(2), max_new_tokens=2)
for token_ids, score in zip(found, scores, strict=True):
    print(f"two beams:     {sentence_of(token_ids)}, {np.exp(score):.2f}")
best = sentence_of(found[0])
assert best == "The dog has" == max(sentences(), key=sentences().get)
np.testing.assert_allclose(np.exp(scores), [0.4 * 0.9, 0.5 * 0.4], rtol=1e-5)

# %% [markdown]
# ## Beam search by hand
#
# **Beam search** keeps the $W$ best beginnings instead of one; $W$ is its width. At
# each step it continues all of them with every word, $W V$ candidates, and keeps the
# $W$ best of these. Products of many probabilities become too small for a computer to
# hold, so it adds logarithms. The whole method:


# %%
def beam_search(prompt, width, num_steps):
    """Return the best `width` texts and their log-probabilities."""
    beams = [(prompt, 0.0)]
    for _ in range(num_steps):
        candidates = [
            ([*tokens, word], score + table[tokens[-1], word])
            for tokens, score in beams
            for word in range(len(words))
        ]
        beams = sorted(candidates, key=lambda beam: -beam[1])[:width]
    return beams


for width in (1, 2, 9):
    by_hand = beam_search(start, width, 2)
    found, scores = tree.beam_search(start, Beam(width), max_new_tokens=2)
    np.testing.assert_allclose([score for _, score in by_hand], scores, rtol=1e-5)
    np.testing.assert_array_equal(by_hand[0][0], found[0])
    print(f"{width} beams: {sentence_of(found[0])}, {np.exp(scores[0]):.2f}")
assert sentence_of(beam_search(start, 1, 2)[0][0]) == greedy
every = sorted(sentences().values(), reverse=True)
np.testing.assert_allclose(np.exp(scores), every, rtol=1e-5)

# %% [markdown]
# One beam is greedy search. Nine beams hold all nine sentences, so the best is certain.
# (Here three would do, for they can hold all three beginnings.) With two it is not.
# *What to look for:* a beam search fails where the best sentence begins badly. Let us
# spoil the tree: after "car" now comes "is" for certain, "car" itself becomes likelier,
# and the others are less sure. Two beams have dropped "car" before its time comes.

# %%
spoilt = {
    "nice": {"woman": 0.34, "house": 0.33, "guy": 0.33},
    "dog": {"has": 0.5, "and": 0.25, "runs": 0.25},
    "car": {"is": 1.0},
}
first = {"nice": 0.4, "dog": 0.35, "car": 0.25}
kept = sorted(first, key=first.get)[::-1][:2]
by_two_beams = max(first[w] * max(spoilt[w].values()) for w in kept)
by_all = max(first[w] * max(spoilt[w].values()) for w in first)
print(f"two beams find {by_two_beams:.3f}, the best sentence has {by_all:.3f}.")
assert by_two_beams < by_all

# %% [markdown]
# One more trap. Each further word multiplies by a number below one, so of two texts
# that have ended the shorter one tends to win. `Beam(width, length_penalty)` divides
# the logarithm by $((5 + n) / 6)^\alpha$, with $n$ the number of new tokens and
# $\alpha$ the `length_penalty`, to make up for it. Beam search made translations better
# for many years: there the input fixes what has to be said, and the likeliest text is
# the right one. For free text we shall see that it is not.

# %% [markdown]
# ## Drawing, and the temperature
#
# The opposite of always taking the best is to *draw*: each token with the probability
# that the model gave it. Between the two lies a knob. Divide the logits by a
# **temperature** $\tau$ before the softmax. In the *odds* of two tokens $a$ and $b$,
# the quotient of their probabilities, the sum cancels, and $e^{(z_a - z_b) / \tau}$ is
# left:
#
# $$
# p_v(\tau) = \frac{e^{z_v / \tau}}{\sum_u e^{z_u / \tau}}, \qquad
# \frac{p_a(\tau)}{p_b(\tau)} = \left( \frac{p_a(1)}{p_b(1)} \right)^{1 / \tau} .
# $$
#
# The odds of two tokens are raised to the power $1/\tau$: at $\tau = \tfrac12$ they are
# squared, at $\tau = 2$ their root is taken. At $\tau \to 0$ the best token gets everything,
# at $\tau \to \infty$ all get the same; the order never changes.

# %%
from fmkeras.generation import MinP, Temperature, TopK, TopP


def softmax(z):
    """Return the rows of exp(z), scaled so that each adds up to one."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


sure = np.array([[0.85, 0.06, 0.04, 0.03, 0.01, 0.01]])
unsure = np.array([[0.25, 0.22, 0.18, 0.15, 0.12, 0.08]])
for temperature in (0.25, 0.5, 1.0, 2.0):
    p = softmax(np.log(unsure) / temperature)
    by_library = Temperature(temperature).probabilities(np.log(unsure))
    np.testing.assert_allclose(p, by_library, rtol=1e-5)
    odds = p[0, 0] / p[0, 1]
    np.testing.assert_allclose(odds, (0.25 / 0.22) ** (1 / temperature))
    print(f"τ = {temperature:<5}{p[0].round(3)}, odds of the first two {odds:.2f}")

# %% alt="Probability of six tokens over the temperature from 0.05 to 4. At small temperatures the likeliest has nearly everything, then they fan in and approach one sixth each. Their order never changes."
many = np.geomspace(0.05, 4, 120)
fan = softmax(np.log(unsure) / many[:, None])  # (120, V)
plots.curves(
    many,
    {f"token {v + 1}": fan[:, v] for v in range(6)},
    references={"one sixth": 1 / 6},
    xlabel="temperature $\\tau$",
    ylabel="probability",
    logx=True,
)

# %% [markdown]
# How does a program draw? A neat way needs no sums: add to each logit a random number of
# the Gumbel distribution, $g = -\ln(-\ln u)$ with $u$ uniform in $(0, 1)$, and take the
# largest. The winner is token $v$ with exactly the probability $p_v$; exercise or not, it
# is worth a try. The library draws like this, in NumPy it is one line:

# %%
rng = np.random.default_rng(SEED)
DRAWS = 20_000
gumbel = -np.log(-np.log(rng.uniform(size=(DRAWS, 6))))
by_hand = np.bincount((np.log(unsure) + gumbel).argmax(axis=1), minlength=6) / DRAWS
drawn = ops.convert_to_numpy(Temperature(1.0)(np.log(unsure).repeat(DRAWS, 0), SEED))
by_library = np.bincount(drawn, minlength=6) / DRAWS
print(f"probabilities {unsure[0]}\nby hand       {by_hand.round(3)}")
print(f"library       {by_library.round(3)}")
deviation = 4 * np.sqrt(unsure[0] * (1 - unsure[0]) / DRAWS)  # four standard errors
assert (np.abs(by_hand - unsure[0]) < deviation).all()
assert (np.abs(by_library - unsure[0]) < deviation).all()

# %% [markdown]
# ## Cutting off the tail
#
# Drawing has a weakness. Each improbable token is improbable, but there are many of them,
# and the model knows little about them. If all nonsense together has a probability of
# 5 % at each step, then a text of 60 tokens goes through without any with probability
# $0.95^{60}$:

# %%
print(f"A text without a slip: {0.95**60:.1%}. Half of all texts slip within ", end="")
print(f"{np.log(0.5) / np.log(0.95):.1f} tokens.")
assert 0.95**60 < 0.05

# %% [markdown]
# One slip is enough: what follows continues it. So cut the tail off, and divide what
# remains by its sum. The three usual ways differ in where they cut:
#
# | | keeps | the idea |
# |---|---|---|
# | top-k | the $k$ likeliest tokens | always the same number |
# | top-p, or nucleus | the fewest tokens that hold $p$ together | as many as it takes |
# | min-p | tokens with at least $p_{\min}$ times the largest probability | a bar that rises with certainty |


# %%
def renormalised(p, stays):
    """Return p where it stays, scaled to add up to one, and 0 elsewhere."""
    return np.where(stays, p, 0) / p[stays].sum()


def top_k(p, k):
    """Keep the k likeliest."""
    return renormalised(p, p >= np.sort(p)[-k])


def top_p(p, share):
    """Keep the fewest that hold a share together: those before which it is not reached."""
    order = np.argsort(-p)
    before = np.cumsum(p[order]) - p[order]
    stays = np.zeros(len(p), "bool")
    stays[order[before < share - 1e-6]] = True
    return renormalised(p, stays)


def min_p(p, share):
    """Keep what has at least a share of the largest probability."""
    return renormalised(p, p >= share * p.max())


cuts = {
    "top-k, k = 3": (lambda p: top_k(p, 3), TopK(3)),
    "top-p, p = 0.9": (lambda p: top_p(p, 0.9), TopP(0.9)),
    "min-p, 0.1": (lambda p: min_p(p, 0.1), MinP(0.1)),
}
kept = {}
for name, (by_hand, by_library) in cuts.items():
    for row in (sure, unsure):
        again = by_library.probabilities(np.log(row))[0]
        np.testing.assert_allclose(by_hand(row[0]), again, rtol=1e-4)
    kept[name] = [int((by_hand(row[0]) > 0).sum()) for row in (sure, unsure)]
    print(f"{name:15s}keeps {kept[name][0]} when sure, {kept[name][1]} when unsure")
assert kept["top-k, k = 3"] == [3, 3]
assert kept["top-p, p = 0.9"][0] < 3 < kept["top-p, p = 0.9"][1]

# %% alt="The six probabilities of an unsure model beside what three ways of cutting make of them. Top-k leaves three, top-p five, min-p all six; what stays grows in proportion."
plots.bars(
    [f"token {v + 1}" for v in range(6)],
    {
        "the model": unsure[0],
        **{name: cut(unsure[0]) for name, (cut, _) in cuts.items()},
    },
    ylabel="probability, the model unsure",
)

# %% [markdown]
# Where the model is sure, three are too many: top-k keeps two that it held for mistakes.
# Where it is not, three are too few. Top-p and min-p follow the model.

# %% [markdown]
# ## A trained model
#
# Now on real text: the decoder of lesson 15, trained for a little while on the Python
# reference manual, character by character. Its positions are rotary (lesson 14): they
# know from the start what "one back" means, and the model need not learn it. We need a
# model that is honest, not one that is good.

# %%
from fmkeras.models import transformer_decoder
from fmkeras.runtime import set_seed
from fmkeras.training import warmup_cosine

reference = data.load_text("python_reference")
tokenizer = text.CharacterTokenizer.train(reference)
V = tokenizer.vocabulary_size
ids = np.array(tokenizer.encode(reference))
train_ids, held_out = np.split(ids, [int(0.9 * len(ids))])

set_seed(SEED)
rate = warmup_cosine(0.003, warmup_steps=STEPS, total_steps=EPOCHS * STEPS, final=3e-4)
model = transformer_decoder(
    V, LENGTH, LAYERS, HEADS, WIDTH, positions="rotary", learning_rate=rate
)
batches = text.windows(train_ids, LENGTH, BATCH, stride=LENGTH // 2, seed=SEED)
model.fit(
    batches.repeat(),
    epochs=EPOCHS,
    steps_per_epoch=STEPS,
    shuffle=False,  # `windows` does that
    verbose=0,
)
new = text.windows(held_out, LENGTH, 32, shuffle=False)
judged = model.evaluate(new, verbose=0, return_dict=True)
print(f"held-out loss: {judged['loss']:.2f} nats a token")

# %% [markdown]
# Filters are chained with `|`, and every filter has a setting at which it does nothing,
# or as good as nothing. So one chain holds all samplers that draw. That saves time,
# too: the compiled loop depends on which filters there are, not on their numbers, and
# is compiled once for all of them.

# %%
from fmkeras.generation import RepetitionPenalty


def drawing(temperature=1.0, k=V, p=1.0, share=1e-9, penalty=1.0):
    """Return a sampler in which every filter has a place."""
    chain = RepetitionPenalty(penalty) | Temperature(temperature)
    return chain | TopK(k) | TopP(p) | MinP(share)


some_logits = np.random.default_rng(SEED).normal(size=(1, V))
untouched = drawing().probabilities(some_logits)
np.testing.assert_allclose(untouched, softmax(some_logits), rtol=1e-4)
nearly_greedy = drawing(k=1).probabilities(some_logits)
np.testing.assert_array_equal(nearly_greedy, Greedy().probabilities(some_logits))

samplers = {
    "greedy": drawing(k=1),
    "beam, 4": Beam(4),
    "temperature 0.7": drawing(temperature=0.7),
    "as the model says": drawing(),
    "top-k, 10": drawing(k=10),
    "top-p, 0.9": drawing(p=0.9),
    "min-p, 0.1": drawing(share=0.1),
    "greedy, penalty 1.3": drawing(k=1, penalty=1.3),
}
rows = held_out[: PROMPTS * LENGTH].reshape(PROMPTS, LENGTH)
prompts = rows[:, :GIVEN]
texts = {
    name: np.stack(model.generate(prompts, LENGTH - GIVEN, sampler, seed=SEED))
    for name, sampler in samplers.items()
}
texts["people"] = rows  # how the manual goes on

# %%
print(f"What comes after {tokenizer.decode(prompts[2])!r}:")
for name, written in texts.items():
    new_text = tokenizer.decode(written[2, GIVEN:])
    print(f"{name:20s}{new_text[:68]!r}")

# %% [markdown]
# ## Likelihood against repetition
#
# Three numbers for each sampler, over its new tokens:
#
# - **loss**: the mean of $-\ln p(x_t \mid x_{<t})$ under the *model itself*, at temperature
#   1: how likely the model finds the text. Low is likely.
# - **repetition**: the share of runs of four tokens that have occurred before in the same
#   text.
# - **variety**: the share of distinct runs of four among all runs in all texts together,
#   which falls when different prompts are answered with the same phrases.


# %%
def runs_of_four(written):
    """Return the runs of four new tokens of each text, `(texts, runs, 4)`."""
    new_tokens = written[:, GIVEN:]
    return np.stack([new_tokens[:, i : i - 3 or None] for i in range(4)], axis=-1)


def distinct(runs):
    """Return the share of distinct rows among all of them."""
    return len(np.unique(runs, axis=0)) / len(runs)


def measure(written):
    """Return (loss, repetition, variety) of texts `(texts, T)`."""
    log_p = np.log(softmax(ops.convert_to_numpy(model(written[:, :-1]))))
    of_next = np.take_along_axis(log_p, written[:, 1:, None], axis=2)[:, :, 0]
    runs = runs_of_four(written)
    repetition = 1 - np.mean([distinct(of_one) for of_one in runs])
    return -of_next[:, GIVEN - 1 :].mean(), repetition, distinct(np.concatenate(runs))


measured = {name: measure(written) for name, written in texts.items()}
print(f"{'':20s}   loss  repetition  variety")
for name, (loss, repetition, variety) in measured.items():
    print(f"{name:20s}{loss:7.2f}{repetition:11.0%}{variety:9.0%}")

# %%
by_temperature = np.array(
    [
        measure(
            np.stack(
                model.generate(prompts, LENGTH - GIVEN, drawing(temperature), seed=SEED)
            )
        )
        for temperature in TEMPERATURES
    ]
)
for temperature, (loss, repetition, _) in zip(
    TEMPERATURES, by_temperature, strict=True
):
    print(f"τ = {temperature:4}: loss {loss:.2f}, repetition {repetition:.0%}")
assert (np.diff(by_temperature[:, 0]) > 0).all()

# %% alt="Repetition over loss. The line of temperatures falls from much repetition at low loss to nearly none at high loss. Greedy and beam search lie above and to the left of its upper end. What people wrote lies near the line, where the temperature is one."
plots.curves(
    by_temperature[:, 0],
    {"temperature 0.3 to 1.2": by_temperature[:, 1]},
    points={
        name: np.array([measured[name][:2]])
        for name in ("people", "greedy", "beam, 4", "top-p, 0.9", "min-p, 0.1")
    },
    xlabel="loss under the model itself, nats a token",
    ylabel="share of repeated runs",
)

# %%
loss, repetition, variety = (
    {name: values[i] for name, values in measured.items()} for i in range(3)
)
assert loss["beam, 4"] < loss["greedy"] < loss["temperature 0.7"]
assert loss["temperature 0.7"] < loss["as the model says"]
assert max(loss["greedy"], loss["beam, 4"]) < 0.6 * loss["people"]
assert min(repetition["greedy"], repetition["beam, 4"]) > 2 * repetition["people"]
assert variety["greedy"] < variety["as the model says"]
for cut in ("top-k, 10", "top-p, 0.9", "min-p, 0.1"):
    assert loss["greedy"] < loss[cut] < loss["as the model says"]
assert abs(loss["as the model says"] - loss["people"]) < 0.3

# %% [markdown]
# Beam search does what it promises: its texts are the likeliest, likelier than greedy ones,
# and *far* likelier than what people wrote. And they repeat themselves. Taking the likeliest
# is not what people do; a text of which every word could be guessed would say nothing.
# Likelihood is a good judge of models that *read* and a bad goal for *writing*.
#
# Drawing as the model says comes close to people in loss and in repetition. (Its
# variety is even greater: a manual has its fixed phrases, and misspelt words are all
# different.) That is what the training asks for: cross entropy is least where the
# model's probabilities are those of the text. And still nobody would take the one for
# the other. The loss counts characters, and a text in which each character is plausible
# need not hold a single word; the slips of the tail do the rest. Cutting the tail off
# makes the text more likely, more readable and more repetitive. Where to stop is a
# matter of the task: near greedy for a translation or a program, further out for a
# story.
#
# These are the numbers of one small model. On another machine or with another seed a loss
# moves by up to 0.4 nats; the order asserted above stays.

# %% [markdown]
# ### Against repetition, directly
#
# `RepetitionPenalty(r)` makes tokens that have occurred less likely: positive logits are
# divided by $r$, negative ones multiplied. It works, as the table shows, but has an odd
# side. A softmax does not care where the logits have their zero: adding the same number
# to all of them changes nothing. The penalty does care:

# %%
seen = np.array([[True, False, False]])
z = np.log(np.array([[0.6, 0.3, 0.1]]))
after = {}
for shift in (0.0, 3.0):
    plain = Temperature(1.0).probabilities(z + shift)[0]
    np.testing.assert_allclose(plain, [0.6, 0.3, 0.1], rtol=1e-4)
    after[shift] = RepetitionPenalty(1.3).probabilities(z + shift, seen)[0]
    print(f"logits + {shift}: {plain.round(3)} becomes {after[shift].round(3)}")
assert after[0.0][0] - after[3.0][0] > 0.05

# %% [markdown]
# ## Exercises
#
# Each answer is checked on fresh random inputs. Only the imports, constants and functions
# of the first cell are there when it runs, so write each answer to stand on its own.
#
# ### Exercise 1: Top-k, renormalised
#
# Keep the `k` largest of the probabilities `p`, in their places, set the others to zero, and
# scale so that they add up to one. No two are equal. Do not change `p` itself.
#
# <details><summary>Hint</summary>
#
# `np.sort(p)[-k]` is the k-th largest. What is smaller goes.
#
# </details>


# %% exercise="top-k-renormalised"
def keep_top_k(p, k):
    """Return the probabilities after top-k."""
    ### BEGIN SOLUTION
    kept = np.where(p >= np.sort(p)[-k], p, 0)
    return kept / kept.sum()
    ### END SOLUTION


# %% check="top-k-renormalised"
rng = np.random.default_rng()
p = rng.permutation(np.arange(1, 8) + rng.uniform(0, 0.5, 7))
p, k = p / p.sum(), int(rng.integers(2, 5))
largest, kept = np.argsort(-p)[:k], np.zeros(7)
kept[largest] = p[largest]
smallest, wrong_end = np.argsort(p)[:k], np.zeros(7)
wrong_end[smallest] = p[smallest]
one_more, one_less = (np.where(p >= np.sort(p)[-n], p, 0) for n in (k + 1, k - 1))
soft = np.where(kept > 0, np.exp(kept), 0)
expect(
    keep_top_k(p.copy(), k),
    kept / kept.sum(),
    call=f"keep_top_k({p.round(2)}, {k})",
    mistakes=[
        (kept, "Divide by the sum of what is kept: it must add up to one."),
        (wrong_end / wrong_end.sum(), "Those are the smallest: keep the largest."),
        (
            p[largest] / p[largest].sum(),
            "Every token keeps its place: fill with zeros.",
        ),
        (one_more / one_more.sum(), "That keeps one too many."),
        (one_less / one_less.sum(), "That keeps one too few: the k-th stays."),
        (
            soft / soft.sum(),
            "They are probabilities already: no softmax, only the sum.",
        ),
        (np.exp(kept) / np.exp(kept).sum(), "A softmax gives removed tokens a share."),
    ],
    rtol=1e-6,
)
print("Exercise 1: right.")

# %% [markdown]
# ### Exercise 2: The nucleus
#
# Return *which* tokens are in the nucleus: a boolean array, true for the fewest tokens that
# hold the probability `share` together, the likeliest first. The token that crosses the
# line belongs to it.
#
# <details><summary>Hint</summary>
#
# Sort from large to small and add up. A token is in if the sum of those *before* it has not
# reached `share`. Then carry the answer back to the tokens' own places: if
# `order = np.argsort(-p)`, the i-th in the order is the token `order[i]`.
#
# </details>


# %% exercise="nucleus"
def nucleus(p, share):
    """Return a boolean array: which tokens are in the nucleus."""
    ### BEGIN SOLUTION
    order = np.argsort(-p)
    before = np.cumsum(p[order]) - p[order]
    inside = np.zeros(len(p), bool)
    inside[order[before < share]] = True
    return inside
    ### END SOLUTION


# %% check="nucleus"
rng = np.random.default_rng()
sizes = np.array([12.0, 9.0, 7.0, 5.0, 3.0, 1.0]) + rng.uniform(0, 0.5, 6)
p = np.roll(sizes / sizes.sum(), rng.choice([1, 2, 4, 5]))
order = np.argsort(-p)
total = np.cumsum(p[order])
size = int(rng.integers(2, 5))  # the tokens that are in
share = float(total[size - 1] - p[order[size - 1]] * rng.uniform(0.3, 0.7))


def first(count, order=order):
    inside = np.zeros(6, int)
    inside[order[:count]] = 1
    return inside


received = nucleus(p.copy(), share)
if isinstance(received, np.ndarray) and received.dtype == bool:
    received = received.astype(int)
expect(
    received,
    first(size),
    call=f"nucleus({p.round(2)}, {share:.2f})",
    mistakes=[
        (first(size - 1), "The token that crosses the line belongs to the nucleus."),
        (first(size + 1), "Stop at the token that crosses the line, not after it."),
        (
            first(size, np.arange(6)),
            "The answer is in sorted order: carry it back to the tokens' places.",
        ),
        (1 - first(size), "True is for the tokens that stay."),
        (
            first(int(np.sum(np.cumsum(p) - p < share)), np.arange(6)),
            "Begin with the likeliest token: sort first.",
        ),
        ((p >= share).astype(int), "The share is of the sum, not of each token."),
    ],
)
print("Exercise 2: right.")

# %% [markdown]
# ### Exercise 3: One step of beam search
#
# There are $W$ beams with log-probabilities `scores`, an array `(W,)`, and `log_p`, an
# array `(W, V)`, says how likely each token is after each beam. Return the $W$ best
# continuations, best first: a triple of arrays `(W,)`, which beam each continues, with
# which token, and its new score.
#
# <details><summary>Hint</summary>
#
# Add the scores as a column, flatten, sort. In a flattened table of $V$ columns, place
# $i$ is row `i // V` and column `i % V`.
#
# </details>


# %% exercise="one-step-of-beam-search"
def beam_step(scores, log_p):
    """Return (beams, tokens, new scores) of the best continuations."""
    ### BEGIN SOLUTION
    totals = (scores[:, None] + log_p).ravel()
    places = np.argsort(-totals)[: len(scores)]
    num_tokens = log_p.shape[1]
    return places // num_tokens, places % num_tokens, totals[places]
    ### END SOLUTION


# %% check="one-step-of-beam-search"
rng = np.random.default_rng()
scores = np.array([-1.0, -1.3, -3.0]) + rng.uniform(-0.05, 0.05, 3)
p = np.array([[0.4, 0.35, 0.15, 0.08, 0.02], [0.5, 0.2, 0.2, 0.05, 0.05]])
p = np.vstack([p, [0.97, 0.01, 0.01, 0.005, 0.005]]) * rng.uniform(0.98, 1.02, (3, 5))
p = p[:, rng.permutation(5)]
log_p = np.log(p / p.sum(axis=1, keepdims=True))
totals = scores[:, None] + log_p


def best_of(table, count=3):
    places = np.argsort(-table.ravel())[:count]
    return places // 5, places % 5, table.ravel()[places]


each = log_p.argmax(axis=1)
one_each = (np.arange(3), each, totals[np.arange(3), each])
by_score = np.argsort(-one_each[2])
blind = best_of(log_p)
beams, tokens, new_scores = best_of(totals)
expect(
    beam_step(scores.copy(), log_p.copy()),
    (beams, tokens, new_scores),
    call="beam_step(scores, log_p)",
    mistakes=[
        (one_each, "The best may come from one beam: compare all W·V together."),
        (
            tuple(part[by_score] for part in one_each),
            "The best may come from one beam: compare all W·V together.",
        ),
        (blind, "Add each beam's own score: a text counts as a whole."),
        (
            (*blind[:2], totals[blind[:2]]),
            "Add the beams' scores before choosing the best, not after.",
        ),
        (
            best_of(scores[:, None] * log_p),
            "Logarithms add up where probabilities multiply.",
        ),
        ((tokens, beams, new_scores), "The order is: beams, tokens, scores."),
        (
            tuple(part[::-1] for part in (beams, tokens, new_scores)),
            "The best goes first.",
        ),
        ((beams, tokens, np.exp(new_scores)), "Scores stay logarithms."),
        (
            (beams, tokens, log_p[beams, tokens]),
            "The new score is that of the whole text: add the beam's own.",
        ),
    ],
    rtol=1e-6,
)
print("Exercise 3: right.")

# %% [markdown]
# ### Exercise 4: Does a higher temperature always cost likelihood?
#
# In the measurement above the loss rose with every temperature. Is that a law? Look at
# one step, with given logits. Let $m(\tau) = \sum_v p_v(\tau) \, z_v$ be the mean logit
# of the token that is drawn, which is, up to a constant, its mean log-probability under
# the model. *Derive* $m'(\tau)$, and return it for logits `z`. *Predict* its sign
# before you derive. The check compares with finite differences.
#
# <details><summary>Hint</summary>
#
# First $\partial p_v / \partial \tau$: write $\ln p_v = z_v / \tau - \ln \sum_u e^{z_u / \tau}$
# and differentiate. You get $p_v \, (m - z_v) / \tau^2$. Then sum over $v$ with $z_v$: what
# is the mean of $z^2$ minus the square of the mean?
#
# </details>


# %% exercise="slope-by-temperature"
def slope_of_mean_logit(z, temperature):
    """Return the derivative of the mean logit by the temperature."""
    ### BEGIN SOLUTION
    e = np.exp((z - z.max()) / temperature)
    p = e / e.sum()
    variance = p @ z**2 - (p @ z) ** 2
    return -variance / temperature**2
    ### END SOLUTION


# %% check="slope-by-temperature"
rng = np.random.default_rng()
z = np.linspace(-2, 2, 6) + rng.uniform(-0.2, 0.2, 6)
tau = float(rng.choice([rng.uniform(0.6, 0.8), rng.uniform(1.3, 1.7)]))


def at(temperature):
    e = np.exp(z / temperature)
    return e / e.sum()


h = 1e-5
right = (at(tau + h) @ z - at(tau - h) @ z) / (2 * h)
plain = at(1.0)
variance = at(tau) @ z**2 - (at(tau) @ z) ** 2
expect(
    slope_of_mean_logit(z.copy(), tau),
    right,
    call=f"slope_of_mean_logit({z.round(2)}, {tau:.2f})",
    mistakes=[
        (variance / tau**2, "The sign is wrong: a hotter draw is less likely."),
        (-variance, "The inner derivative of z / τ is missing: it is −z / τ²."),
        (-variance / tau, "The derivative of 1 / τ is −1 / τ²."),
        (
            -(plain @ z**2 - (plain @ z) ** 2) / tau**2,
            "The probabilities are those at the temperature τ, not at 1.",
        ),
        (-z.var() / tau**2, "The variance is weighted with the probabilities."),
        (-(at(tau) @ z**2) / tau**2, "Subtract the square of the mean: a variance."),
        (-np.sqrt(variance) / tau**2, "The variance, not the standard deviation."),
        (at(tau) @ z, "That is the mean itself: differentiate it."),
    ],
    rtol=1e-5,
    atol=1e-7,
)
print("Exercise 4: right. A variance is never negative: it is a law.")

# %% [markdown]
# ## What you have learnt
#
# - Greedy search takes the best token at each step and misses "The dog has" (0.36) for
#   "The nice woman" (0.20). Two beams find it; a width at which beginnings are dropped is
#   never quite safe.
# - A temperature raises odds to the power $1/\tau$. The mean logit falls with it, at the
#   rate of a variance over $\tau^2$: in each step, hotter is less likely.
# - The tail is improbable token by token and certain in a long text. Top-k, top-p and
#   min-p cut it off and divide by what remains; the last two follow the model's certainty.
# - The likeliest texts repeat themselves. What people write is much less likely, and
#   varied. Samplers lie between, and their settings choose where.
#
# **What stays open.** Every token that we drew cost a pass over the text before it, or
# did it? How the engine avoids that is lesson 17, Fast generation. The same samplers on a
# large model: lesson 18, GPT-2.
#
# **Sources.**
#
# - von Platen (2020), "How to generate text: using different decoding methods for language
#   generation with Transformers", <https://huggingface.co/blog/how-to-generate>: the tree.
# - Wu et al. (2016), "Google's Neural Machine Translation System", section 7,
#   <https://arxiv.org/abs/1609.08144>: beam search and the length penalty.
# - Fan, Lewis and Dauphin (2018), "Hierarchical Neural Story Generation", section 5.4,
#   <https://arxiv.org/abs/1805.04833>: top-k.
# - Holtzman, Buys, Du, Forbes and Choi (2020), "The Curious Case of Neural Text
#   Degeneration", sections 3 to 5, <https://arxiv.org/abs/1904.09751>: top-p, and the
#   likelihood of what people write.
# - Nguyen et al. (2024), "Turning Up the Heat: Min-p Sampling for Creative and Coherent LLM
#   Outputs", section 3, <https://arxiv.org/abs/2407.01082>.
# - Keskar et al. (2019), "CTRL: A Conditional Transformer Language Model for Controllable
#   Generation", section 4.1, <https://arxiv.org/abs/1909.05858>: the repetition penalty.
# - Gumbel (1954), "Statistical Theory of Extreme Values and Some Practical Applications",
#   National Bureau of Standards: the distribution.
# - Luce and Suppes (1965), "Preference, Utility, and Subjective Probability", Handbook of
#   Mathematical Psychology III: that the largest draws from a softmax, credited to Holman
#   and Marley.
