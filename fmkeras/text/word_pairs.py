"""Token ids in, word pairs with made-up ones beside them out: what word2vec learns."""

import numpy as np

from fmkeras.errors import check_integer, check_number
from fmkeras.text.ids import check_ids
from fmkeras.text.pipelines import PREFETCH, batches_of


def skip_grams(
    token_ids,
    window=5,
    num_negatives=5,
    batch_size=256,
    subsample=1e-3,
    vocabulary_size=None,
    seed=0,
):
    r"""Pair every word with its neighbours, and with words drawn by chance.

    A model that tells true pairs from drawn ones learns which words keep the same
    company, without a softmax over the vocabulary. Three tricks of word2vec are here:

    - Frequent words say little about their neighbours: an occurrence of a word with
      share $f$ of the text is kept with probability $\min(1, \sqrt{t / f})$, where $t$
      is `subsample`. Words on both sides then move together.
    - Near neighbours count more: each occurrence looks $r$ words to both sides, $r$
      drawn evenly from 1 to `window`.
    - Negatives are drawn with probability $\propto f^{0.75}$, which lifts rare words;
      the true neighbour itself is never drawn against itself.

    What is kept and how far it looks are drawn once, so that the number of batches is
    known; the order and the negatives are drawn anew every epoch. Cost: 16 bytes of
    memory a kept token; pairs are made batch by batch.

    Args:
        token_ids: Integer array `(n,)`, or a list: the text, of two words or more.
        window: Integer, how many words to each side are neighbours at most.
        num_negatives: Integer ≥ 1, the drawn words for every true pair.
        batch_size: Integer B, the true pairs in a batch. A last shorter batch is left
            out.
        subsample: Float > 0, the share $t$ above which words are thinned out, or `None`
            to keep all. Short texts do well with 1e-3, long ones with 1e-5.
        vocabulary_size: Integer V, larger than every id. `None` is the largest id + 1.
            Ids that the text lacks are never drawn.
        seed: Integer ≥ 0. The same seed gives the same pairs on every run.

    Returns:
        A `tf.data.Dataset` of `((centers, candidates), labels)` batches: int32 tensors
        `(B,)` and `(B, 1 + num_negatives)`, and float32 labels of the same shape as the
        candidates: 1 in the first column, where the true neighbour stands, else 0.

    Raises:
        ValueError: If the text has fewer than two different words or fewer pairs than
            one batch, or an argument is out of range.

    Example:

    >>> text = [0, 1, 2] * 4
    >>> batches = skip_grams(text, num_negatives=3, batch_size=2, subsample=None)
    >>> (centers, candidates), labels = next(iter(batches))
    >>> centers.shape.as_list(), candidates.shape.as_list(), labels[0].numpy().tolist()
    ([2], [2, 4], [1.0, 0.0, 0.0, 0.0])

    Reference:
        Mikolov et al. (2013), "Distributed Representations of Words and Phrases and
        their Compositionality", sections 2.2 and 2.3, https://arxiv.org/abs/1310.4546.
    """
    owner = "skip_grams"
    window = check_integer(owner, "window", window)
    num_negatives = check_integer(owner, "num_negatives", num_negatives)
    batch_size = check_integer(owner, "batch_size", batch_size)
    if subsample is not None:
        check_number(owner, "subsample", subsample, minimum=0.0, exclusive=True)
    seed = check_integer(owner, "seed", seed, minimum=0)
    ids = check_ids(owner, token_ids)
    counts = _count_words(ids, vocabulary_size)

    # Not `seed` alone: a text drawn from that very seed would meet its numbers again.
    rng = np.random.default_rng([seed, 1])
    ids = ids[_kept(ids, counts, subsample, rng)].astype("int32")
    pairs = _Pairs(ids, rng.integers(1, window, size=len(ids), endpoint=True))
    _check_one_batch(len(pairs), batch_size)
    negatives = _Negatives(counts)

    def make_batch(key, numbers):
        rng = np.random.default_rng([*key, numbers[0]])
        centers, contexts = pairs[numbers]
        drawn = negatives.draw(rng, contexts, num_negatives)
        return np.column_stack([centers, contexts, drawn])  # (B, 2 + num_negatives)

    def split(batch):
        labels = np.zeros((batch_size, 1 + num_negatives), "float32")
        labels[:, 0] = 1.0
        return (batch[:, 0], batch[:, 1:]), labels

    batches = batches_of(
        make_batch, len(pairs), batch_size, shuffle=True, seed=seed, drop_remainder=True
    )
    return batches.map(split).prefetch(PREFETCH)


class _Pairs:
    """The true pairs, numbered but never written down: each is worked out on demand."""

    def __init__(self, ids, reach):
        positions = np.arange(len(ids), dtype="int32")
        self.ids = ids
        self.to_left = np.minimum(positions, reach)
        num_neighbours = self.to_left + np.minimum(positions[::-1], reach)
        # The pairs of position i have the numbers from edges[i] to edges[i + 1] - 1.
        self.edges = np.concatenate([[0], np.cumsum(num_neighbours, dtype="int64")])

    def __len__(self):
        return int(self.edges[-1])

    def __getitem__(self, numbers):
        center = np.searchsorted(self.edges, numbers, side="right") - 1
        context = center - self.to_left[center] + (numbers - self.edges[center])
        context += context >= center  # a word is not its own neighbour
        return self.ids[center], self.ids[context]


class _Negatives:
    """Words drawn by chance, by integer weights so that no draw is ever rounded."""

    def __init__(self, counts):
        weights = np.ceil(counts**0.75 * 2**20).astype("int64")
        self.edges = np.concatenate([[0], np.cumsum(weights)])

    def draw(self, rng, true_ids, num_negatives):
        """Draw words other than the true one: its own stretch is stepped over."""
        low = self.edges[true_ids][:, None]
        stretch = self.edges[true_ids + 1][:, None] - low
        drawn = rng.integers(
            0, self.edges[-1] - stretch, size=(len(true_ids), num_negatives)
        )
        drawn += stretch * (drawn >= low)
        ids = np.searchsorted(self.edges, drawn, side="right") - 1
        return ids.astype("int32")


def _count_words(ids, vocabulary_size):
    """Count each word of the vocabulary; there must be two different ones to draw."""
    largest = int(ids.max(initial=0))
    if vocabulary_size is None:
        vocabulary_size = largest + 1
    vocabulary_size = check_integer(
        "skip_grams",
        "vocabulary_size",
        vocabulary_size,
        minimum=largest + 1,
        would_do=f"{largest + 1}, one more than the largest id",
    )
    counts = np.bincount(ids, minlength=vocabulary_size)
    different = np.count_nonzero(counts)
    if different < 2:
        raise ValueError(
            "skip_grams: `token_ids` must have at least two different words. "
            f"Received: {different}. What would do: a longer text."
        )
    return counts


def _kept(ids, counts, subsample, rng):
    """Choose the occurrences that stay, frequent words more rarely than others."""
    if subsample is None:
        return slice(None)
    with np.errstate(divide="ignore"):  # words that never occur
        keep = np.sqrt(subsample * len(ids) / counts)
    return rng.random(len(ids)) < keep[ids]


def _check_one_batch(num_pairs, batch_size):
    if num_pairs < batch_size:
        raise ValueError(
            "skip_grams: `batch_size` must be at most the number of pairs, "
            f"{num_pairs}. Received: batch_size={batch_size}. What would do: a longer "
            "text, a larger subsample, or a smaller batch_size."
        )
