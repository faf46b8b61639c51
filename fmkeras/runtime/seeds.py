"""The same random numbers on every run."""

from fmkeras.errors import argument_error, is_integer


def set_seed(seed):
    """Start every source of random numbers from the same place.

    Seeds Python's `random`, NumPy, Keras and its backend, and asks TensorFlow for
    operations that give the same bits on every run. On one machine, the same
    script then gives the same numbers; on another machine or another version the
    last digits may differ.

    Args:
        seed: Integer from 0 to 2³² − 1.

    Raises:
        ValueError: If the seed is no such integer.

    Example:

    >>> import keras
    >>> set_seed(7)
    >>> first = float(keras.random.normal(()))
    >>> set_seed(7)
    >>> first == float(keras.random.normal(()))
    True
    """
    if not is_integer(seed) or not 0 <= seed < 2**32:
        raise argument_error(
            "set_seed", "seed", "an integer from 0 to 2**32 - 1", seed, would_do="0"
        )
    import keras

    keras.utils.set_random_seed(int(seed))
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
