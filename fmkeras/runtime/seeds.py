"""The same random numbers on every run."""

from fmkeras.errors import argument_error, is_integer


def set_seed(seed):
    """Start every source of random numbers from the same place.

    Seeds Python's `random`, NumPy, Keras and its backend. On a GPU it asks TensorFlow
    for operations that give the same bits on every run, which Keras takes as a reason
    not to compile with XLA; on a CPU they do so anyway. On one machine, the same
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
    _restart_keras_generator()
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        if tf.config.list_physical_devices("GPU"):
            tf.config.experimental.enable_op_determinism()


def _restart_keras_generator():
    """Let `keras.random` start again too, where it is called without a seed.

    Keras 3.12, the last for Python 3.10, leaves its generator running when it is
    seeded; its successors drop it, as is done here.
    """
    from keras.src.backend.common import global_state

    global_state.set_global_attribute("global_seed_generator", None)
