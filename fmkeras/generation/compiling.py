"""Compile a function the way the running backend does it best."""

from functools import partial

import keras

from fmkeras.generation.pacing import Pace


class Programs:
    """The two compiled halves of a generation: read the prompts, write the rest.

    How fast they write is remembered beside them, in `pace`.

    Args:
        start: Callable that gives the state after the first new token.
        advance: Callable that gives the state some tokens later.
        variables: List of the `keras.Variable`s that they read.
    """

    def __init__(self, start, advance, variables=()):
        self.start = compiled(start, variables)
        self.advance = compiled(advance, variables)
        self.pace = Pace()


def compiled(function, variables=()):
    """Compile a function of tensors, with XLA where the backend has it.

    Args:
        function: Callable of tensors, in any nesting, that returns tensors. It
            is traced once for every set of shapes.
        variables: List of the `keras.Variable`s that the function reads. JAX needs
            it to see their current values at every call, as the others do anyway.

    Returns:
        A callable with the same arguments and results.

    Example:

    >>> double = compiled(lambda x: x + x)
    >>> float(double(keras.ops.convert_to_tensor(2.0)))
    4.0
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        # TensorFlow counts the traces of all functions with the same code together,
        # and would warn of retracing from the fifth engine on. A partial has no code.
        return tf.function(partial(function), jit_compile=True, autograph=False)
    if backend == "jax":
        return _compiled_by_jax(function, variables)
    if backend == "torch":
        import torch

        return torch.no_grad()(function)
    return function


def xla_runs_on_cpu():
    """Say whether TensorFlow's XLA compiles, and for the processor.

    Returns:
        Boolean.

    Example:

    >>> xla_runs_on_cpu() in (True, False)
    True
    """
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.list_logical_devices("GPU")


def _compiled_by_jax(function, variables):
    import jax

    @jax.jit
    def pure(values, *arguments):
        state = zip(variables, values, strict=True)
        with keras.StatelessScope(state_mapping=state):
            return function(*arguments)

    return lambda *arguments: pure([v.value for v in variables], *arguments)
