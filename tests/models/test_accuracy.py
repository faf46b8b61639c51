"""What README promises of the embedded digits: default arguments, three seeds."""

import numpy as np
import pytest

from fmkeras import data, models
from fmkeras.runtime import set_seed

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("build", "size", "promised"),
    [
        (lambda: models.softmax_regression((8, 8, 1), 10), 8, 0.95),
        (lambda: models.mlp((8, 8, 1), (64,), 10), 8, 0.97),
        (lambda: models.lenet5(), 28, 0.985),
    ],
    ids=["softmax_regression", "mlp", "lenet5"],
)
def test_accuracy_on_digits(build, size, promised):
    (x_train, y_train), (x_test, y_test) = data.load_digits(size=size)
    reached = []
    for seed in range(3):
        set_seed(seed)
        model = build()
        model.fit(x_train, y_train, epochs=30, verbose=0)
        reached.append(model.evaluate(x_test, y_test, verbose=0)[1])
    assert np.mean(reached) >= promised, reached
