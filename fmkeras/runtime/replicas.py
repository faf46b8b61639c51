"""How many copies of a model train together; apart, since every builder asks."""


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
