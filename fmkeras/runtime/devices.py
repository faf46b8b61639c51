"""Which devices are used, in which precision, with how many threads.

The choices hold for the whole process. All but the precision must be made before
TensorFlow has done anything: right after the imports.
"""

from contextlib import contextmanager

from fmkeras.errors import argument_error, check_choice, check_integer, is_integer

PRECISIONS = ("auto", "bfloat16", "float16", None)


def devices():
    """List the devices that the backend sees.

    Returns:
        List of strings such as `"CPU:0"` and `"GPU:0 (NVIDIA H100)"`.

    Example:

    >>> devices()[0]
    'CPU:0'
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return [name.upper() for name in keras.distribution.list_devices()]
    import tensorflow as tf

    return [_name(tf, device) for device in tf.config.list_physical_devices()]


def use_gpu(indices):
    """Show TensorFlow these GPUs and no other.

    Args:
        indices: Integer, or list of integers, counted from 0. An empty list leaves
            the CPU alone.

    Returns:
        List of strings, the names of the GPUs that are used.

    Raises:
        ValueError: If there is no such GPU.
        RuntimeError: If TensorFlow has already begun to use the devices.

    Example:

    >>> use_gpu([])  # doctest: +SKIP
    []
    """
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    chosen = [indices] if is_integer(indices) else indices
    if not isinstance(chosen, (list, tuple, range)) or not all(
        is_integer(index) and 0 <= index < len(gpus) for index in chosen
    ):
        known = ", ".join(map(str, range(len(gpus)))) or "none on this machine"
        raise argument_error(
            "use_gpu", "indices", f"numbers of GPUs ({known})", indices, would_do="[]"
        )
    with _early_enough("use_gpu"):
        tf.config.set_visible_devices([gpus[index] for index in chosen], "GPU")
    return [_name(tf, gpus[index]) for index in chosen]


def use_memory_growth():
    """Let TensorFlow take a GPU's memory as it needs it, not all of it at once.

    Several programs can then share a GPU. Without a GPU nothing changes.

    Returns:
        List of strings, the names of the GPUs that it holds for.

    Raises:
        RuntimeError: If TensorFlow has already begun to use the devices.

    Example:

    >>> use_memory_growth()  # doctest: +SKIP
    ['GPU:0 (NVIDIA H100)']
    """
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    with _early_enough("use_memory_growth"):
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
    return [_name(tf, gpu) for gpu in gpus]


def use_threads(number):
    """Let TensorFlow compute with this many threads.

    Args:
        number: Positive integer. Threads within an operation, and operations at a time.

    Raises:
        ValueError: If it is no positive integer.
        RuntimeError: If TensorFlow has already begun to compute.

    Example:

    >>> use_threads(2)  # doctest: +SKIP
    """
    number = check_integer("use_threads", "number", number)
    import tensorflow as tf

    with _early_enough("use_threads"):
        tf.config.threading.set_intra_op_parallelism_threads(number)
        tf.config.threading.set_inter_op_parallelism_threads(number)


def use_logical_cpus(number):
    """Divide the CPU into devices, to try out what needs several.

    They share cores and memory: nothing becomes faster. On JAX, too.

    Args:
        number: Positive integer. How many devices to make.

    Returns:
        List of strings, the names of the devices.

    Raises:
        ValueError: If it is no positive integer.
        RuntimeError: If the backend has already begun to use the devices.

    Example:

    >>> use_logical_cpus(2)  # doctest: +SKIP
    ['CPU:0', 'CPU:1']
    """
    number = check_integer("use_logical_cpus", "number", number)
    import keras

    if keras.backend.backend() == "jax":
        import jax

        with _early_enough("use_logical_cpus", "JAX"):
            jax.config.update("jax_num_cpu_devices", number)
    else:
        import tensorflow as tf

        (cpu, *_) = tf.config.list_physical_devices("CPU")
        with _early_enough("use_logical_cpus"):
            tf.config.set_logical_device_configuration(
                cpu, [tf.config.LogicalDeviceConfiguration() for _ in range(number)]
            )
    return [f"CPU:{index}" for index in range(number)]


def use_mixed_precision(precision="auto"):
    """Compute in half precision, keep weights in single.

    Holds for the models that are built from here on. Half precision halves the
    memory of activations, and on hardware with units for it the time of matrix
    products. bfloat16 has the range of float32; in float16 small gradients would
    vanish, so that Keras scales the loss when it compiles a model.

    Args:
        precision: `"bfloat16"`, `"float16"`, `None` for float32 throughout, or
            `"auto"`: bfloat16 on GPUs from compute capability 8.0 (Ampere) on, float16
            from 7.0 (Volta) on, else `None`.

    Returns:
        String, the name of Keras's policy.

    Raises:
        ValueError: If it is none of these.

    Example:

    >>> use_mixed_precision("bfloat16")
    'mixed_bfloat16'
    >>> use_mixed_precision(None)
    'float32'

    Reference:
        Micikevicius et al. (2018), "Mixed Precision Training",
        https://arxiv.org/abs/1710.03740.
    """
    import keras

    check_choice("use_mixed_precision", "precision", precision, PRECISIONS)
    policy = suited_policy() if precision == "auto" else _policy(precision)
    keras.config.set_dtype_policy(policy)
    return policy


def suited_policy():
    """Say what `use_mixed_precision("auto")` would choose.

    Returns:
        String, the name of a policy of Keras.

    Example:

    >>> suited_policy() in ("float32", "mixed_bfloat16", "mixed_float16")
    True
    """
    return _policy(suited_precision(_compute_capabilities()))


def _policy(precision):
    return "float32" if precision is None else f"mixed_{precision}"


def suited_precision(capabilities):
    """Choose what all of these GPUs have units for.

    Args:
        capabilities: List of pairs of integers, each a GPU's compute capability.

    Returns:
        `"bfloat16"`, `"float16"` or `None`.
    """
    if not capabilities:
        return None
    if min(capabilities) >= (8, 0):
        return "bfloat16"
    return "float16" if min(capabilities) >= (7, 0) else None


def _compute_capabilities():
    import keras

    if keras.backend.backend() != "tensorflow":
        return []
    import tensorflow as tf

    details = tf.config.experimental.get_device_details
    gpus = tf.config.list_physical_devices("GPU")
    return [details(gpu).get("compute_capability", (0, 0)) for gpu in gpus]


def describe_tensorflow():
    """Say what the calls of this file have chosen, or TensorFlow by itself.

    Nothing is started or changed: each call is still in time afterwards.

    Returns:
        Dictionary: the GPUs that TensorFlow may use, those whose memory it takes as it
        needs it, and the numbers of threads, `"all"` for as many as there are cores.

    Example:

    >>> list(describe_tensorflow())
    ['gpus_in_use', 'memory_growth', 'threads_in_operation', 'threads_of_operations']
    """
    import tensorflow as tf

    gpus = tf.config.get_visible_devices("GPU")
    grows = tf.config.experimental.get_memory_growth
    threading = tf.config.threading
    return {
        "gpus_in_use": [_name(tf, gpu) for gpu in gpus],
        "memory_growth": [_name(tf, gpu) for gpu in gpus if grows(gpu)],
        "threads_in_operation": threading.get_intra_op_parallelism_threads() or "all",
        "threads_of_operations": threading.get_inter_op_parallelism_threads() or "all",
    }


def _name(tf, device):
    name = device.name.removeprefix("/physical_device:")
    details = tf.config.experimental.get_device_details(device)
    return f"{name} ({details['device_name']})" if "device_name" in details else name


def too_late(owner, backend="TensorFlow"):
    """Word the error about a call that comes after the backend has started.

    Args:
        owner: String. The function.
        backend: String. The backend's name.

    Returns:
        A `RuntimeError`, to be raised by the caller.
    """
    return RuntimeError(
        f"{owner}: {backend} has already begun to use its devices. "
        f"What would do: call runtime.{owner} first, right after the imports."
    )


@contextmanager
def _early_enough(owner, backend="TensorFlow"):
    try:
        yield
    except RuntimeError as error:
        raise too_late(owner, backend) from error
