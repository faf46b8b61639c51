"""What stays is what sorting would leave, and the first of the largest is NumPy's."""

import keras
import numpy as np
import pytest
from keras import ops

from fmkeras.generation.selection import first_largest, keep_heaviest


def stays(logits, weights, target):
    return np.isfinite(keep(logits, weights, target))[0].astype(int).tolist()


def keep(logits, weights, target):
    logits = np.asarray(logits, "float32")
    weights = np.broadcast_to(np.asarray(weights, "int32"), logits.shape)
    kept = keep_heaviest(
        ops.convert_to_tensor(logits), ops.convert_to_tensor(weights), target
    )
    return ops.convert_to_numpy(kept)


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1.0, 1e5, 1e30])
@pytest.mark.parametrize("count", [1, 2, 7, 29, 30])
def test_counts_as_sorting_does(scale, count):
    logits = np.random.default_rng(count).normal(size=(3, 30)).astype("float32") * scale
    kept = keep(logits, 1, count)
    for row, row_kept in zip(logits, kept, strict=True):
        threshold = np.sort(row)[-count]
        np.testing.assert_array_equal(
            row_kept, np.where(row >= threshold, row, -np.inf)
        )


def test_neighbouring_floats_are_told_apart():
    one = np.float32(1.0)
    logits = [[one, np.nextafter(one, np.float32(2)), np.nextafter(one, np.float32(0))]]
    assert stays(logits, 1, 1) == [0, 1, 0]
    assert stays(logits, 1, 2) == [1, 1, 0]


def test_weights_are_added_from_the_top():
    logits, weights = [[0.0, 3.0, -1.0, 2.0]], [[10, 1, 100, 5]]
    assert stays(logits, weights, 6) == [0, 1, 0, 1]
    assert stays(logits, weights, 7) == [1, 1, 0, 1]


def test_equals_share_their_fate_and_zero_has_no_sign():
    assert stays([[2.0, 1.0, 1.0, 0.0]], 1, 2) == [1, 1, 1, 0]
    assert stays([[-0.0, 0.0, -1.0]], 1, 1) == [1, 1, 0]


def test_an_unreachable_target_removes_nothing():
    logits = [[3.0, -np.inf, -2.0]]
    np.testing.assert_array_equal(keep(logits, 1, 4), np.array(logits, "float32"))


def test_removed_logits_stay_removed():
    kept = keep([[1.0, -np.inf, 0.5, -np.inf]], 1, 3)
    np.testing.assert_array_equal(kept, [[1.0, -np.inf, 0.5, -np.inf]])


def test_a_whole_vocabulary():
    logits = np.random.default_rng(0).normal(size=(2, 50_257)).astype("float32")
    assert np.isfinite(keep(logits, 1, 1234)).sum(axis=1).tolist() == [1234, 1234]


@pytest.mark.parametrize("shape", [(3, 7), (1, 1), (2, 5003)])
def test_the_first_largest_is_numpys(shape):
    logits = np.random.default_rng(4).normal(size=shape).round(1).astype("float32")
    found = first_largest(ops.convert_to_tensor(logits))
    assert keras.backend.standardize_dtype(found.dtype) == "int32"
    assert ops.convert_to_numpy(found).tolist() == logits.argmax(axis=1).tolist()


def test_the_first_of_equals_is_taken_whatever_they_are():
    inf = float("inf")
    rows = [[-inf, -inf, -inf], [-1.0, -0.0, 0.0], [1.0, inf, inf], [-inf, 2.0, 2.0]]
    found = first_largest(ops.convert_to_tensor(rows))
    assert ops.convert_to_numpy(found).tolist() == [0, 1, 1, 1]


def test_a_row_that_is_no_number_still_gets_a_token():
    rows = [[1.0, float("nan"), 2.0], [1.0, 3.0, 2.0]]
    found = first_largest(ops.convert_to_tensor(rows))
    assert ops.convert_to_numpy(found).tolist() == [0, 1]
