"""Masks, cell by cell."""

import keras
import numpy as np
import pytest
from keras import ops

from fmkeras.layers import causal_mask, padding_mask
from fmkeras.layers.masks import mask_for


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.parametrize(("queries", "keys"), [(1, 1), (4, 4), (1, 5), (3, 7)])
def test_the_last_queries_see_their_past_and_themselves(queries, keys):
    mask = numpy_of(causal_mask(queries, keys))
    assert mask.dtype == bool
    expected = np.tril(np.ones((keys, keys), bool))[keys - queries :]
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize("start", [0, 2, 4])
@pytest.mark.parametrize("as_tensor", [False, True])
def test_queries_may_start_anywhere(start, as_tensor):
    given = ops.convert_to_tensor(start) if as_tensor else start
    mask = numpy_of(causal_mask(3, 7, start=given))
    expected = np.tril(np.ones((7, 7), bool))[start : start + 3]
    np.testing.assert_array_equal(mask, expected)


def test_more_queries_than_keys_need_a_start():
    with pytest.raises(ValueError) as error:
        causal_mask(4, 3)
    assert str(error.value) == (
        "causal_mask: `query_length` must be at most `key_length` unless `start` is "
        "given. Received: query_length=4, key_length=3."
    )
    assert numpy_of(causal_mask(4, 3, start=0)).shape == (4, 3)


def test_padding_is_what_has_the_padding_id():
    mask = padding_mask(np.array([[9, 9, 1], [2, 9, 3]]), padding_id=9)
    assert keras.backend.standardize_dtype(mask.dtype) == "bool"
    np.testing.assert_array_equal(
        numpy_of(mask), [[False, False, True], [True, False, True]]
    )


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("table_shape", [None, (4, 4), (3, 4, 4)])
@pytest.mark.parametrize("padded", [False, True])
def test_a_query_looks_where_every_mask_agrees(rng, causal, table_shape, padded):
    query, key = np.zeros((3, 2, 4, 5)), np.zeros((3 * 2, 4, 5))
    expected = np.ones((3, 4, 4), bool)
    given = {}
    if causal:
        expected &= np.tril(np.ones((4, 4), bool))
    if padded:
        given["padding_mask"] = rng.random((3, 4)) < 0.7
        expected &= given["padding_mask"][:, None]
    if table_shape:
        given["attention_mask"] = rng.random(table_shape) < 0.7
        expected &= given["attention_mask"]
    mask = mask_for("layer", query, key, causal, **given)
    if expected.all():
        assert mask is None
    else:
        received = np.broadcast_to(numpy_of(mask), (3, 2, 4, 4))
        np.testing.assert_array_equal(received, np.stack([expected] * 2, axis=1))
