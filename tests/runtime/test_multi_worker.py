"""What is mended in Keras, where, and how its errors are worded.

That the mended Keras trains rightly is in test_distribution.py.
"""

import inspect

import keras
import pytest
from keras.src.backend.tensorflow import trainer

from fmkeras.runtime import multi_worker
from fmkeras.runtime.cluster import Cluster

CLUSTER = Cluster(("a:1", "b:2", "c:3"), 1, ("chief:0", "worker:0", "worker:1"))


@pytest.fixture
def keras_as_it_was():
    """Put back what is mended."""
    build = trainer.TensorFlowTrainer._maybe_symbolic_build
    reduce = trainer.reduce_per_replica
    yield
    trainer.TensorFlowTrainer._maybe_symbolic_build = build
    trainer.reduce_per_replica = reduce


def test_the_versions_it_was_proved_on_are_named():
    if keras.__version__ not in multi_worker.PROVED_ON:
        pytest.xfail(
            f"Keras {keras.__version__} is not among {multi_worker.PROVED_ON}: if the "
            "slow tests of test_distribution.py pass on it, add it."
        )
    assert "20585" in multi_worker.__doc__


def test_a_keras_that_needs_it_is_mended_once(keras_as_it_was):
    source = inspect.getsource(trainer)
    assert 'strategy.reduce("MEAN", v, axis=0)' in source
    mended = multi_worker.mend_keras()
    assert mended == ["_maybe_symbolic_build", "reduce_per_replica"]
    assert multi_worker.mend_keras() == []


def test_a_keras_that_has_mended_it_is_left_alone(keras_as_it_was):
    def build(self, iterator=None, data_batch=None):
        return "as Keras does it"

    def reduce(values, strategy, reduction):
        return "as Keras does it"

    trainer.TensorFlowTrainer._maybe_symbolic_build = build
    trainer.reduce_per_replica = reduce
    assert multi_worker.mend_keras() == []
    assert trainer.TensorFlowTrainer._maybe_symbolic_build is build
    assert trainer.reduce_per_replica is reduce


LOST = (
    "fit: {} was lost: it has ended, hangs or can no longer be reached. What would do: "
    "see its own output for the reason, then start every worker again; with "
    "training.Checkpoints they go on where they were."
)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        (
            "{{node on /job:worker/replica:0/task:0/device:CPU:0}} Collective ops is "
            "aborted by: /job:worker/replica:0/task:1 stopped sending heartbeats",
            "worker 2 (c:3)",
        ),
        ("Socket closed, remote target /job:chief/replica:0/task:0", "worker 0 (a:1)"),
        ("heartbeat timeout of /job:worker/task:0", "another worker"),
        ("Deadline exceeded", "another worker"),
    ],
)
def test_a_lost_worker_is_named(text, who):
    error = multi_worker._wording("fit", text, CLUSTER)
    assert isinstance(error, RuntimeError)
    assert str(error) == LOST.format(who)


def test_other_errors_are_left_as_they_are():
    assert multi_worker._wording("fit", "Matrix size-incompatible", CLUSTER) is None
    assert multi_worker._wording("fit", "Deadline exceeded", None) is None


def test_a_batch_smaller_than_the_replicas_gets_one_row_each():
    error = multi_worker._wording("fit", "[a batch of 3 rows for 4 replicas]", None)
    assert str(error) == (
        "fit: `batch_size` must be a multiple of the 4 replicas that share a batch. "
        "Received: batch_size=3. What would do: 4."
    )
