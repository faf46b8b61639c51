"""What Keras 3 lacks to train with `tf.distribute`, in one place.

No Keras 3 so far trains with `MultiWorkerMirroredStrategy`
(https://github.com/keras-team/keras/issues/20585): two functions of its TensorFlow
trainer fail. Each is looked at before it is replaced; where a Keras has mended it,
nothing is touched.
"""

import functools
import inspect
import re

PROVED_ON = ("3.12.4", "3.15.1")  # where the tests of this file have passed

_LOST = re.compile(r"aborted by|heartbeat|Deadline|Socket closed")
_TASK = re.compile(r"/job:(\w+)/(?:replica:\d+/)?task:(\d+)")
_UNEVEN = re.compile(r"a batch of (\d+) rows for (\d+) replicas")
_FEW = re.compile(r"a last batch of (\d+) rows for (\d+) replicas")


def mend_keras():
    """Let `fit`, `evaluate` and `predict` work under a distribution strategy.

    Returns:
        List of strings, the names of what was mended: empty where nothing is broken.
    """
    from keras.src.backend.tensorflow import trainer

    mended = []
    # To learn the shapes of a batch it averages one over the replicas: that fails
    # on two workers and on parts of unequal size, and uses up a pass over the data.
    build = trainer.TensorFlowTrainer._maybe_symbolic_build
    if "maybe_distributed_data_batch" in inspect.getsource(build):
        trainer.TensorFlowTrainer._maybe_symbolic_build = _build_from_shapes(build)
        mended.append("_maybe_symbolic_build")
    # Between workers it averages loss and metrics over an axis that scalars lack.
    reduce = trainer.reduce_per_replica
    if 'strategy.reduce("MEAN", v, axis=0)' in inspect.getsource(reduce):
        trainer.reduce_per_replica = _reduce_scalars(reduce)
        mended.append("reduce_per_replica")
    return mended


def word_errors(cluster):
    """Let `fit`, `evaluate` and `predict` say what an uneven batch or a loss means.

    Args:
        cluster: `Cluster`, or `None` if there is but this process.
    """
    from keras.src.backend.tensorflow.trainer import TensorFlowTrainer

    for name in ("fit", "evaluate", "predict"):
        method = getattr(TensorFlowTrainer, name)
        method = getattr(method, "_fmkeras_wraps", method)
        setattr(TensorFlowTrainer, name, _worded(method, cluster))


def _build_from_shapes(build):
    import tensorflow as tf

    def shape_on_one_replica(spec):
        values = getattr(spec, "_value_specs", None)  # of a `PerReplicaSpec`
        return spec if values is None else values[0]

    def build_from_shapes(self, iterator=None, data_batch=None):
        if self._distribute_strategy is None or iterator is None:
            return build(self, iterator, data_batch)
        spec = iterator._distributed_dataset.element_spec
        data_batch = tf.nest.map_structure(shape_on_one_replica, spec)
        with self.distribute_strategy.scope():
            return self._symbolic_build(data_batch=data_batch)

    return build_from_shapes


def _reduce_scalars(reduce):
    import tensorflow as tf
    from keras import tree

    several_workers = tf.distribute.MultiWorkerMirroredStrategy

    def reduce_scalars(values, strategy, reduction):
        if isinstance(strategy, several_workers) and reduction in ("auto", "mean"):
            return tree.map_structure(
                lambda value: strategy.reduce("MEAN", value, axis=None), values
            )
        return reduce(values, strategy, reduction)

    return reduce_scalars


def _worded(method, cluster):
    import tensorflow as tf

    @functools.wraps(method)
    def worded(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except tf.errors.OpError as error:
            wording = _wording(method.__name__, str(error), cluster)
            if wording is None:
                raise
            raise wording from None

    worded._fmkeras_wraps = method
    return worded


def _wording(owner, text, cluster):
    uneven = _UNEVEN.search(text)
    if uneven:
        rows, replicas = int(uneven[1]), int(uneven[2])
        fitting = max(rows // replicas, 1) * replicas
        return ValueError(
            f"{owner}: `batch_size` must be a multiple of the {replicas} replicas "
            f"that share a batch. Received: batch_size={rows}. What would do: "
            f"{fitting}."
        )
    few = _FEW.search(text)
    if few:
        return ValueError(
            f"{owner}: every one of the {few[2]} replicas needs a row of each batch. "
            f"Received: a batch with rows={few[1]}. What would do: another batch_size, "
            "so that more rows are left for the last batch, or drop_remainder=True."
        )
    if cluster is None or not _LOST.search(text):
        return None
    tasks = [":".join(task) for task in _TASK.findall(text)]
    # Each names itself as well, as the place where the error was noticed.
    others = [task for task in tasks if task != cluster.tasks[cluster.index]]
    lost = "another worker"
    if others and others[0] in cluster.tasks:
        index = cluster.tasks.index(others[0])
        lost = f"worker {index} ({cluster.addresses[index]})"
    return RuntimeError(
        f"{owner}: {lost} was lost: it has ended, hangs or can no longer be reached. "
        "What would do: see its own output for the reason, then start every worker "
        "again; with training.Checkpoints they go on where they were."
    )
