"""`strategy` on TensorFlow: `tf.distribute`, mended where Keras 3 needs it."""

import functools
from contextlib import suppress

from fmkeras.runtime.devices import too_late
from fmkeras.runtime.multi_worker import mend_keras, word_errors
from fmkeras.runtime.pipelines import assert_whole_batches

# Seconds without a sign of life before a worker counts as lost. TensorFlow's own 10
# also end a run on a laptop that was closed for a moment.
_SILENCE = 20


def shared_devices():
    """List what a mirrored strategy would use: the GPUs, else the logical CPUs.

    TensorFlow's own list of logical devices would start them.
    """
    import tensorflow as tf

    seen = tf.config.get_visible_devices
    kind = "GPU" if seen("GPU") else "CPU"
    parts = tf.config.get_logical_device_configuration
    number = sum(len(parts(device) or [device]) for device in seen(kind))
    return [f"{kind}:{index}" for index in range(number)]


def one_device():
    """Leave everything as it is."""
    import tensorflow as tf

    return tf.distribute.get_strategy()


def mirrored(devices):
    """Share every batch between the devices of this machine."""
    import tensorflow as tf

    return _completed(tf.distribute.MirroredStrategy(devices), None)


def join(cluster, timeout):
    """Share every batch between the workers of a cluster."""
    import tensorflow as tf

    _set_patience(timeout)
    options = tf.distribute.experimental.CommunicationOptions(timeout_seconds=timeout)
    strategy = tf.distribute.MultiWorkerMirroredStrategy(communication_options=options)
    return _completed(strategy, cluster)


def check_early():
    """Refuse to join a cluster when TensorFlow can no longer do so."""
    if _has_begun():
        raise too_late("strategy")


def versions():
    """Tell what the workers should have in common."""
    import keras
    import tensorflow as tf

    return {"tensorflow": tf.__version__, "keras": keras.__version__}


def _completed(strategy, cluster):
    mend_keras()
    word_errors(cluster)
    distribute = strategy.experimental_distribute_dataset

    def distribute_whole_batches(dataset, options=None):
        dataset = assert_whole_batches(dataset, strategy.num_replicas_in_sync)
        return distribute(dataset, options)

    strategy.experimental_distribute_dataset = distribute_whole_batches
    return strategy


def _set_patience(timeout):
    """Bound the waits that TensorFlow has no public option for: an hour, by itself."""
    from tensorflow.python.eager import context

    with suppress(AttributeError):
        eager = context.context()
        eager.configure_coordination_service = functools.partial(
            eager.configure_coordination_service,
            heartbeat_timeout_in_ms=1000 * _SILENCE,
            cluster_register_timeout_in_ms=int(1000 * timeout),
        )


def _has_begun():
    """Tell whether TensorFlow has started its devices; nothing public says so."""
    from tensorflow.python.eager import context

    return getattr(context.context(), "_initialized", False)
