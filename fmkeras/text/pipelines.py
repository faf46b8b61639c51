"""Batches of numbered examples as `tf.data`: the one file here to name TensorFlow."""

import itertools

import numpy as np

from fmkeras.runtime.pipelines import untuned

# Batches made ahead, while the model is busy with the one before.
PREFETCH = 8

# `tf.random.experimental.index_shuffle` has 4: after those, neighbours still correlate.
_ROUNDS = 16


def batches_of(
    make_batch, num_examples, batch_size, shuffle, seed, drop_remainder, first=None
):
    """Number the examples, order them anew every epoch, and make batches of them.

    No order is ever stored: a keyed permutation tells which example comes `i`-th, so
    that memory doesn't grow with their number, and any place can be begun at.

    Args:
        make_batch: Function `(key, numbers)` of two integer arrays, `(3,)` and `(B,)`,
            that returns a NumPy array whose shape starts with B. The key differs from
            epoch to epoch and serves as a seed.
        num_examples: Integer. Examples are numbered from 0.
        batch_size: Integer B.
        shuffle: Boolean. Whether every epoch has an order of its own.
        seed: Integer ≥ 0. With the number of the epoch, it makes the key.
        drop_remainder: Boolean. Whether a last batch shorter than B is left out.
        first: Integer ≥ 0 or `None`. If given, epoch follows epoch without end, and
            this batch of all those is the first.

    Returns:
        A `tf.data.Dataset` of what `make_batch` returns, of known cardinality, or
        infinite with `first`.
    """
    import tensorflow as tf

    num_full, rest = divmod(num_examples, batch_size)
    num_batches = num_full + (rest > 0 and not drop_remainder)
    rows = None if rest and not drop_remainder else batch_size
    kind = make_batch(epoch_key(seed, 0), np.zeros(1, "int64"))

    def batch(key, start):
        numbers = tf.range(start, tf.minimum(start + batch_size, num_examples))
        if shuffle:
            numbers = permuted(numbers, key, num_examples)
        made = tf.numpy_function(make_batch, [key, numbers], kind.dtype, stateful=False)
        return tf.ensure_shape(made, (rows, *kind.shape[1:]))

    def epoch(number, begin=0):
        key = tf.numpy_function(
            lambda number: epoch_key(seed, int(number)), [number], "uint32"
        )
        key = tf.ensure_shape(key, (3,))
        starts = tf.data.Dataset.range(
            begin * batch_size, num_batches * batch_size, batch_size
        )
        return starts.map(lambda start: batch(key, start))

    if first is None:
        dataset, length = _counted_epochs().flat_map(epoch), num_batches
    else:
        number, begin = divmod(first, num_batches)
        later = tf.data.Dataset.counter(number + 1).flat_map(epoch)
        dataset = epoch(number, begin).concatenate(later)
        length = tf.data.INFINITE_CARDINALITY
    counted = dataset.apply(tf.data.experimental.assert_cardinality(length))
    return untuned(counted)


def _counted_epochs():
    """Give the number of one epoch; to iterate once more gives the next."""
    import tensorflow as tf

    epochs = itertools.count()  # the one thing here with a memory

    def next_epoch(_):
        return tf.ensure_shape(tf.numpy_function(lambda: next(epochs), [], "int64"), ())

    return tf.data.Dataset.range(1).map(next_epoch)


def permuted(numbers, key, size):
    """Tell what a keyed permutation of `0..size - 1` has in some of its places.

    Args:
        numbers: Integer tensor `(B,)`, the places.
        key: Integer tensor `(3,)`, uint32.
        size: Integer.

    Returns:
        Integer tensor `(B,)`.
    """
    import tensorflow as tf

    return tf.raw_ops.RandomIndexShuffle(
        index=numbers, seed=key, max_index=size - 1, rounds=_ROUNDS
    )


def epoch_key(seed, epoch):
    """Mix seed and epoch well: neighbouring keys would give kindred permutations.

    Args:
        seed: Integer ≥ 0.
        epoch: Integer ≥ 0.

    Returns:
        Integer array `(3,)`, uint32.
    """
    return np.random.SeedSequence([seed, epoch]).generate_state(3)
