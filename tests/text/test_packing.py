import numpy as np
import pytest

from fmkeras.text import pack


def test_every_document_ends_in_the_separator():
    ids = pack(([3, 1], np.array([4], "uint16"), []), separator_id=9)
    assert ids.tolist() == [3, 1, 9, 4, 9, 9]
    assert ids.dtype == "int32"


def test_takes_a_generator():
    assert pack(([i] * i for i in range(3)), 0).tolist() == [0, 1, 0, 2, 2, 0]


def test_large_ids_do_not_wrap():
    first = np.array([65535], "uint16")
    assert pack([first], separator_id=100_000).tolist() == [65535, 100_000]


@pytest.mark.parametrize(
    ("documents", "separator_id", "message"),
    [
        (
            [],
            0,
            "pack: `documents` must hold at least one document. Received: none. "
            "What would do: [tokenizer.encode(text)].",
        ),
        (
            [[1]],
            -1,
            "pack: `separator_id` must be an integer ≥ 0. Received: separator_id=-1.",
        ),
        (
            ["to be"],
            0,
            "pack: `documents[0]` must be one row of integers. Received: a string. "
            "What would do: tokenizer.encode(text).",
        ),
        (
            [1, 2],
            0,
            "pack: `documents[0]` must be one row of integers. Received: a single "
            "value. What would do: [token_ids], a list of rows.",
        ),
        (
            [[1], [1, 2.5]],
            0,
            "pack: `documents[1]` must be integers. Received: documents[1] of type "
            "float64. What would do: tokenizer.encode(text).",
        ),
    ],
)
def test_says_what_is_wrong_and_what_would_do(documents, separator_id, message):
    with pytest.raises(ValueError) as error:
        pack(documents, separator_id)
    assert str(error.value) == message
