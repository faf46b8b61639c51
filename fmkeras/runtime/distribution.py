"""Several GPUs, several machines: one call that finds the right way to use them."""

from contextlib import nullcontext

from fmkeras.errors import argument_error, check_choice, check_number
from fmkeras.runtime.cluster import read_cluster
from fmkeras.runtime.meeting import meet

KINDS = ("auto", "one", "mirrored", "multi_worker")
_ADVICE = {
    "seed": "runtime.set_seed(0), the same for all, before runtime.strategy()",
    "tensorflow": "the same version of TensorFlow for every worker",
    "jax": "the same version of JAX for every worker",
    "keras": "the same version of Keras for every worker",
}
_joined = {}  # TensorFlow joins a cluster once in the life of a process


def strategy(kind="auto", timeout=300.0):
    r"""Choose how training is spread over devices and machines.

    Build the model inside `with strategy().scope():`; `fit`, `evaluate` and `predict`
    then divide every batch. Each of $R$ replicas has all weights and takes $1/R$ of
    the batch's rows; before each step the gradients are summed over the replicas:

    $$
    g = \sum_{r=1}^{R} \nabla_w \frac{1}{R} \operatorname{mean}_{i \in B_r}
    \ell(w; x_i, y_i)
    $$

    For parts $B_r$ of equal size that is the gradient of the whole batch, so that the
    result is that of one device, up to the rounding of sums. Cost: one exchange of
    all gradients a step. `batch_size` always means the whole batch.

    Args:
        kind: `"one"` for one device; `"mirrored"` for all GPUs of this machine, or
            for its logical CPU devices; `"multi_worker"` for the workers named in the
            environment variable `TF_CONFIG`; or `"auto"`: the last of these that
            this process finds the means for.
        timeout: Positive float. Seconds that a worker waits for the others, at the
            start and in every exchange.

    Returns:
        An object with `scope()`: on TensorFlow a `tf.distribute.Strategy`, on JAX a
        `keras.distribution.DataParallel` that is in force from then on.

    Raises:
        ValueError: If there is nothing to share the work with, `TF_CONFIG` is
            malformed, or the workers do not agree on it, on the versions or the seed.
        OSError: If the port of this worker is in use.
        TimeoutError: If a worker did not come in time.
        RuntimeError: If it is called too late to join other workers.

    Example:

    >>> from fmkeras import models, runtime
    >>> runtime.set_seed(0)
    >>> with strategy("one").scope():
    ...     model = models.mlp(4, hidden_dims=(8,), num_outputs=3)

    Reference:
        Goyal et al. (2017), "Accurate, Large Minibatch SGD", section 3,
        https://arxiv.org/abs/1706.02677.
    """
    import keras

    check_choice("strategy", "kind", kind, KINDS)
    timeout = check_number("strategy", "timeout", timeout, minimum=0.0, exclusive=True)
    cluster = read_cluster()
    backend = _backend(keras.backend.backend())
    if kind == "auto":
        kind = _best_kind(cluster, backend)
    if kind == "one":
        return getattr(backend, "one_device", _OneDevice)()
    if backend is None:
        raise _only_one(kind)
    if kind == "mirrored":
        return backend.mirrored(_several(backend.shared_devices()))
    return _join(backend, cluster, timeout)


def foresee():
    """Say what `strategy("auto")` would give; on TensorFlow, no device is started.

    Returns:
        String.

    Example:

    >>> foresee().startswith(("one device", "mirrored over"))
    True
    """
    import keras

    backend = _backend(keras.backend.backend())
    try:
        cluster = read_cluster()
    except ValueError as error:
        return str(error)
    if backend is None:
        return "one device" if cluster is None else str(_only_one("multi_worker"))
    if cluster is not None:
        number, address = len(cluster.addresses), cluster.addresses[cluster.index]
        return f"multi_worker: worker {cluster.index} of {number}, at {address}"
    devices = backend.shared_devices()
    kind = "mirrored over" if _best_kind(None, backend) == "mirrored" else "one device,"
    return f"{kind} {', '.join(devices)}"


class _OneDevice:
    """Where a backend has nothing to spread over."""

    def scope(self):
        return nullcontext()


def _backend(name):
    """Give what is written for this backend, or `None`."""
    if name == "tensorflow":
        from fmkeras.runtime import on_tensorflow

        return on_tensorflow
    if name == "jax":
        from fmkeras.runtime import on_jax

        return on_jax
    return None


def _best_kind(cluster, backend):
    if cluster is not None:  # to count devices would start them, too early to join
        return "multi_worker"
    several = backend is not None and len(backend.shared_devices()) > 1
    return "mirrored" if several else "one"


def _only_one(kind):
    return argument_error(
        "strategy",
        "kind",
        "'one' on the backend that Keras uses",
        kind,
        would_do="KERAS_BACKEND=tensorflow or KERAS_BACKEND=jax",
    )


def _several(devices):
    if len(devices) < 2:
        raise ValueError(
            "strategy: 'mirrored' needs two GPUs, or two logical CPU devices. "
            f"Received: {', '.join(devices)}. What would do: strategy('one'), or "
            "runtime.use_logical_cpus(2) right after the imports."
        )
    return devices


def _join(backend, cluster, timeout):
    if cluster is None:
        raise ValueError(
            "strategy: 'multi_worker' needs the environment variable TF_CONFIG, which "
            "is not set. What would do: fmkeras launch --workers 2 SCRIPT."
        )
    if cluster not in _joined:
        backend.check_early()
        facts = {**backend.versions(), "seed": _seed()}
        meet(cluster, facts, _ADVICE, timeout)
        if facts["seed"] is None:
            raise ValueError(
                "strategy: the workers must shuffle alike, and none has a seed. "
                f"What would do: {_ADVICE['seed']}."
            )
        _joined[cluster] = backend.join(cluster, timeout)
    return _joined[cluster]


def _seed():
    """Give what `set_seed` was last called with, or `None`."""
    from keras.src.backend.common import global_state

    return global_state.get_global_attribute("global_random_seed")
