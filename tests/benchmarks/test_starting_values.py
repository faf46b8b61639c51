"""The comparison of starting values."""

import numpy as np

from benchmarks import peers, starting_values


def test_normal_draws_every_matrix_of_the_blocks_anew_and_nothing_else():
    model = peers.fmkeras_gpt2(peers.Shape(11, 7, 2, 3, 48))
    before = {v.path: v.numpy() for v in model.trainable_variables}
    starting_values.normal(model)
    changed = {}
    for variable in model.trainable_variables:
        if not np.array_equal(variable.numpy(), before[variable.path]):
            changed[variable.path] = variable.numpy()
    assert len(changed) == 2 * 4  # two blocks; attention and feed-forward, in and out
    assert all(path.endswith("/kernel") for path in changed)
    for kernel in changed.values():
        assert abs(kernel.std() / 0.02 - 1) < 0.05
        assert abs(kernel.mean()) < 0.002
    outputs = [changed[path] for path in changed if "attention/output" in path]
    assert not np.array_equal(*outputs)
