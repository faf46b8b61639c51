"""Checks that travel with a `tf.data` pipeline, and how it runs."""

import sys


def is_tf_dataset(value):
    """Tell whether a value is a `tf.data.Dataset`, without importing TensorFlow.

    Args:
        value: Anything.

    Returns:
        Boolean.
    """
    tf = sys.modules.get("tensorflow")
    return tf is not None and isinstance(value, tf.data.Dataset)


def untuned(dataset):
    """Let a pipeline run without TensorFlow's tuning, which delays its end.

    See `fmkeras.runtime.epoch_ends`. Where the tuning was asked for, it stays.

    Args:
        dataset: Anything.

    Returns:
        The same, or a `tf.data.Dataset` of the same elements if it is one.
    """
    if not is_tf_dataset(dataset) or dataset.options().autotune.enabled is not None:
        return dataset
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


def assert_label_range(dataset, num_classes):
    """Let a pipeline stop at the first label outside `0..num_classes - 1`.

    The check runs with the input pipeline, on the CPU, where it is seen; inside a
    training step that XLA compiles, assertions are dropped.

    Args:
        dataset: `tf.data.Dataset` of `(x, y)` or `(x, y, sample_weight)` batches.
        num_classes: Integer C.

    Returns:
        A `tf.data.Dataset` of the same batches. It raises
        `tf.errors.InvalidArgumentError` in the words of TensorFlow's own loss.
    """
    import tensorflow as tf

    def check(x, y, *sample_weight):
        wrong = tf.boolean_mask(y, ~((y >= 0) & (y <= num_classes - 1)))
        message = tf.strings.format(
            "label value of {} which is outside the valid range", wrong[:1]
        )
        with tf.control_dependencies(
            [tf.debugging.Assert(tf.size(wrong) == 0, [message])]
        ):
            return (x, tf.identity(y), *sample_weight)

    spec = dataset.element_spec
    has_labels = isinstance(spec, tuple) and len(spec) > 1
    if not has_labels or not isinstance(spec[1], tf.TensorSpec):
        return dataset
    return dataset.map(check)


def assert_id_range(dataset, vocabulary_sizes):
    """Let a pipeline stop at the first token id outside its vocabulary.

    Args:
        dataset: `tf.data.Dataset` of `(x, y)` or `(x, y, sample_weight)` batches.
        vocabulary_sizes: One integer for `x` and one for `y`, each in the structure
            that `x` and `y` have: `(V, V)` for a language model,
            `((source V, target V), target V)` for a translator. `None` stands for
            what is no token id.

    Returns:
        A `tf.data.Dataset` of the same batches. It raises
        `tf.errors.InvalidArgumentError` with the words "token id 70 is outside 0..64".
    """
    import tensorflow as tf

    def check(ids, vocabulary_size):
        if vocabulary_size is None:
            return ids
        wrong = tf.boolean_mask(ids, ~((ids >= 0) & (ids < vocabulary_size)))
        message = tf.strings.format(
            "token id {} is outside 0..{}", (wrong[:1], vocabulary_size - 1)
        )
        with tf.control_dependencies(
            [tf.debugging.Assert(tf.size(wrong) == 0, [message])]
        ):
            return tf.identity(ids)

    def check_batch(x, y, *sample_weight):
        checked = tf.nest.map_structure(check, (x, y), tuple(vocabulary_sizes))
        return (*checked, *sample_weight)

    spec = dataset.element_spec
    if not isinstance(spec, tuple) or len(spec) < 2:
        return dataset
    return dataset.map(check_batch)


def assert_whole_batches(dataset, num_replicas):
    """Let a pipeline stop if its batches cannot be divided among replicas.

    The last batch may have any size that gives each replica a row. Every worker then
    reads the whole pipeline and keeps its part of each batch, files or no files, so
    that a step sees the same rows on any number of workers.

    Args:
        dataset: `tf.data.Dataset` of batches.
        num_replicas: Integer. How many replicas share a batch.

    Returns:
        A `tf.data.Dataset` of the same batches. It raises
        `tf.errors.InvalidArgumentError` with "a batch of 5 rows for 2 replicas".
    """
    import tensorflow as tf

    spec = tf.nest.flatten(dataset.element_spec)[0]
    if not isinstance(spec, tf.TensorSpec) or not spec.shape.rank:
        return dataset

    def check(rows_before, batch):
        rows = tf.shape(tf.nest.flatten(batch)[0])[0]
        uneven = "a batch of {} rows for {} replicas"
        few = "a last batch of {} rows for {} replicas"
        with tf.control_dependencies(
            [
                ensure(rows_before % num_replicas == 0, uneven, rows_before),
                ensure(rows >= num_replicas, few, rows),
            ]
        ):
            return tf.identity(rows), tf.nest.map_structure(tf.identity, batch)

    def ensure(holds, message, rows):
        message = tf.strings.format(message, (rows, num_replicas))
        return tf.debugging.Assert(holds, [message])

    policies = tf.data.experimental.AutoShardPolicy
    options = tf.data.Options()
    if dataset.options().experimental_distribute.auto_shard_policy == policies.AUTO:
        options.experimental_distribute.auto_shard_policy = policies.DATA
    return dataset.scan(0, check).with_options(options)


def share_of_batches(dataset, num_workers, index):
    """Keep of every batch the rows of one worker.

    Args:
        dataset: `tf.data.Dataset` of batches, of sizes that `num_workers` divides.
        num_workers: Integer.
        index: Integer, the worker.

    Returns:
        A `tf.data.Dataset` of smaller batches.
    """
    import tensorflow as tf

    def share(values):
        rows = tf.shape(values)[0] // num_workers
        return values[index * rows : (index + 1) * rows]

    def share_all(*batch):
        shares = tf.nest.map_structure(share, batch)
        return shares if len(shares) > 1 else shares[0]

    return dataset.map(share_all)
