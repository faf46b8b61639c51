"""What `fit` does before the first step, whichever way the data come."""

import keras
import numpy as np
import pytest

from fmkeras import models
from fmkeras.models.batches import call_checked

BUILD = {
    "classifier": lambda: models.mlp(3, (5,), num_outputs=4),
    "language model": lambda: models.transformer_decoder(7, 6, 1, 2, hidden_dim=8),
}
DATA = {
    "classifier": (np.ones((10, 3), "float32"), np.arange(10) % 4),
    "language model": (
        np.arange(60).reshape(10, 6) % 7,
        np.arange(60).reshape(10, 6) % 7,
    ),
}


@pytest.fixture(params=list(BUILD))
def case(request):
    return BUILD[request.param](), DATA[request.param]


def count_traces(model):
    """Count how often a step is written down as a graph."""
    plain, traces = model.train_step, []

    def train_step(data):
        traces.append(data)
        return plain(data)

    model.train_step = train_step
    return traces


@pytest.mark.tensorflow
@pytest.mark.parametrize("loss_scaling", [False, True])
def test_a_step_is_traced_once(case, loss_scaling):
    model, (x, y) = case
    if loss_scaling:
        scaled = keras.optimizers.LossScaleOptimizer(model.optimizer)
        model.compile(scaled, model.loss, jit_compile=False)
    traces = count_traces(model)
    model.fit(x, y, batch_size=4, epochs=2, verbose=0)
    assert len(traces) == 1


def test_a_bare_model_is_refused_in_the_words_of_keras():
    model = models.transformer_decoder(7, 6, 1, 2, hidden_dim=8, compile=False)
    with pytest.raises(ValueError, match=r"call `compile\(\)` before"):
        model.fit(*DATA["language model"])


class Caught(keras.Sequential):
    """A model whose `evaluate` hands back what reaches it."""

    def evaluate(self, x=None, y=None):
        return x


def test_a_pipeline_reaches_keras_checked_and_without_tuning():
    tf = pytest.importorskip("tensorflow")
    model = Caught([keras.Input((1,)), keras.layers.Dense(1)])
    numbers = tf.data.Dataset.range(5)
    reached = call_checked(
        model.evaluate, (numbers,), {}, None, lambda x: x.skip(2), lambda text: None
    )
    assert reached.options().autotune.enabled is False
    assert list(reached.as_numpy_iterator()) == [2, 3, 4]
