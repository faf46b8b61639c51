"""Checks that travel with a `tf.data` pipeline."""

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
