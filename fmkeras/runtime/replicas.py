"""How many copies of a model train together; apart, since every builder asks."""

from contextlib import contextmanager


def num_replicas():
    """Count the copies of a model that is built here.

    Returns:
        Integer; 1 outside the scope of a strategy.

    Example:

    >>> num_replicas()
    1
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    return tf.distribute.get_strategy().num_replicas_in_sync


@contextmanager
def one_worker_alone():
    """Let one worker of several do what the others do not, such as save the model.

    On JAX a distribution holds for the whole process: every array that is made would
    wait for the other workers to make the same. Inside the block there is none.

    Example:

    >>> with one_worker_alone():
    ...     num_replicas()
    1
    """
    import keras

    shared = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(shared)
