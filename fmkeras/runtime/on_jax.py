"""`strategy` on JAX: `keras.distribution`, which holds for the whole process."""

from fmkeras.runtime.devices import too_late
from fmkeras.runtime.pipelines import (
    assert_whole_batches,
    is_tf_dataset,
    share_of_batches,
)


def shared_devices():
    """List the accelerators, or the CPU's devices where there is none."""
    import keras

    return keras.distribution.list_devices()


def mirrored(devices):
    """Share every batch between the devices of this machine."""
    import keras

    return _in_force(keras.distribution.DataParallel(devices=devices))


def join(cluster, timeout):
    """Share every batch between the workers of a cluster."""
    import jax

    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(
        cluster.addresses[0],
        num_processes=len(cluster.addresses),
        process_id=cluster.index,
        initialization_timeout=max(int(timeout), 1),
    )
    return _in_force(_between(cluster))


def _between(cluster):
    """Share pipelines as TensorFlow does; Keras's way wants `batch` to come last."""
    import keras

    class DataParallel(keras.distribution.DataParallel):
        def distribute_dataset(self, dataset):
            if not is_tf_dataset(dataset):
                return super().distribute_dataset(dataset)
            workers = len(cluster.addresses)
            dataset = assert_whole_batches(dataset, workers)
            return share_of_batches(dataset, workers, cluster.index)

    return DataParallel()


def check_early():
    """Refuse to join a cluster when JAX can no longer do so."""
    from jax._src import xla_bridge  # nothing public says so

    if xla_bridge.backends_are_initialized():
        raise too_late("strategy", "JAX")


def versions():
    """Tell what the workers should have in common."""
    import jax
    import keras

    return {"jax": jax.__version__, "keras": keras.__version__}


def _in_force(distribution):
    import keras

    keras.distribution.set_distribution(distribution)
    return distribution
