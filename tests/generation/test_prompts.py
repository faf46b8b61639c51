"""What a prompt may look like, and the shapes that programs are compiled for."""

import numpy as np
import pytest

from fmkeras.generation.prompts import (
    as_prompts,
    bucket,
    check_stop_ids,
    pad_left,
    tokens_seen,
)


@pytest.mark.parametrize(
    "token_ids",
    [
        [[1, 2], [3, 4]],
        ([1, 2], (3, 4)),
        np.array([[1, 2], [3, 4]]),
        [np.array([1, 2])] + [[3, 4]],
    ],
)
def test_several_prompts_come_in_many_forms(token_ids):
    prompts, is_single = as_prompts(token_ids, 5)
    assert [prompt.tolist() for prompt in prompts] == [[1, 2], [3, 4]]
    assert {prompt.dtype.name for prompt in prompts} == {"int32"}
    assert not is_single


@pytest.mark.parametrize("token_ids", [[1, 2], (1, 2), np.array([1, 2], "uint8")])
def test_one_prompt_is_known_as_one(token_ids):
    prompts, is_single = as_prompts(token_ids, 5)
    assert [prompt.tolist() for prompt in prompts] == [[1, 2]]
    assert is_single


def test_a_backend_tensor_is_a_prompt():
    from keras import ops

    prompts, is_single = as_prompts(ops.convert_to_tensor([[1, 2]]), 5)
    assert [prompt.tolist() for prompt in prompts] == [[1, 2]]
    assert not is_single


def test_the_largest_id_is_the_last_of_the_vocabulary():
    assert as_prompts([0, 4], 5)[0][0].tolist() == [0, 4]
    with pytest.raises(ValueError, match="from 0 to 4"):
        as_prompts([0, 5], 5)


def test_an_id_too_large_for_32_bits_does_not_wrap():
    with pytest.raises(ValueError, match=f"Received: {2**32}"):
        as_prompts([2**32], 5)


def test_a_bucket_holds_its_length_and_little_more():
    sizes = [bucket(length) for length in range(1, 3000)]
    assert all(size >= length for length, size in enumerate(sizes, start=1))
    assert all(
        size < 1.25 * length
        for length, size in enumerate(sizes, start=1)
        if length > 16
    )
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 31


def test_stop_ids_come_as_any_sequence():
    for stop_ids in ((), [], np.array([], "int64")):
        assert check_stop_ids(stop_ids, 5).tolist() == []
    assert check_stop_ids(np.array([4, 0]), 5).tolist() == [0, 4]


def test_padding_stands_on_the_left():
    padded, num_padding = pad_left([np.array([1, 2, 3]), np.array([4])], 4)
    assert padded.tolist() == [[0, 1, 2, 3], [0, 0, 0, 4]]
    assert num_padding.tolist() == [1, 3]


def test_what_was_seen_leaves_padding_out():
    seen = tokens_seen([np.array([1, 2, 1]), np.array([3])], 5)
    assert seen.astype(int).tolist() == [[0, 1, 1, 0, 0], [0, 0, 0, 1, 0]]
