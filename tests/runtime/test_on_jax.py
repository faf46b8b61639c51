"""The same call on JAX: where it is installed."""

import importlib.util
import os
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("jax") is None, reason="JAX is not installed"
    ),
]

SCRIPT = """
import numpy as np
from fmkeras import data, models, runtime

names = runtime.use_logical_cpus(2)
runtime.set_seed(0)
results = []
for kind in ("one", "auto"):
    strategy = runtime.strategy(kind)
    runtime.set_seed(0)
    with strategy.scope():
        model = models.mlp((8, 8, 1), (16,), 10)
    (x, y), _ = data.load_digits()
    model.fit(x[:96], y[:96], batch_size=16, shuffle=False, verbose=0)
    results.append(model.get_weights())
print(names, type(strategy).__name__)
for one, two in zip(*results):
    np.testing.assert_allclose(one, two, atol=1e-6)
try:
    runtime.use_logical_cpus(3)
except RuntimeError as error:
    print(error)
"""


def test_two_devices_end_with_the_weights_of_one():
    output = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert output.splitlines() == [
        "['CPU:0', 'CPU:1'] DataParallel",
        "use_logical_cpus: JAX has already begun to use its devices. What would do: "
        "call runtime.use_logical_cpus first, right after the imports.",
    ]
