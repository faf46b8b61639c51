"""What a student is told, word for word."""

import ml_dtypes
import numpy as np
import pytest

from fmkeras.course import expect

NAN = "NaN means 'not a number', such as 0 / 0 or log(-1) gives."
TABLE = np.arange(12.0).reshape(3, 4)


def complaint(received, expected, call="f(x)", **options):
    with pytest.raises(AssertionError) as error:
        expect(received, expected, call, **options)
    return str(error.value)


def changed(array, index, value):
    array = array.copy()
    array[index] = value
    return array


class Tensor:
    """Not an array, but can be read as one."""

    def __array__(self, dtype=None, copy=None):
        return np.array([1.0, 2.0], dtype)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (1.5, 1.5),
        (np.float32(0.1), 0.1),
        (1.5 + 1e-6, 1.5),
        (2, 2.0),
        (np.array(3), 3),
        ([1, 2], np.array([1.0, 2.0])),
        (Tensor(), [1, 2]),
        (np.array([True, False]), [True, False]),
        (np.inf, np.inf),
        (np.array([1, np.nan]), np.array([1, np.nan])),
        (np.array([]), []),
        ("yes", "yes"),
        (np.bool_(True), True),
        (["a", "b"], np.array(["a", "b"])),
        (np.array(["a", "b"]), ["a", "b"]),
        ((1, np.ones(3)), (1.0, np.ones(3))),
        ([np.ones(3), np.ones((2, 2))], [np.ones(3), np.ones((2, 2))]),
        ({"a": 1}, {"a": 1}),
        (None, None),
        (1 + 2j, 1 + 2j),
    ],
)
def test_a_right_answer_passes_in_silence(received, expected, capsys):
    assert expect(received, expected, "f(x)") is None
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("received", "expected", "message"),
    [
        (2.5, 1.5, "f(x) should be 1.5. Received: 2.5."),
        (1.00002, 1, "f(x) should be 1. Received: 1.00002."),
        (1e-7, 0, "f(x) should be 0. Received: 1e-07."),
        (-np.inf, 0.0, "f(x) should be 0. Received: -inf."),
        (None, 1.5, "f(x) returned None: did you forget `return`?"),
        (np.nan, 1.5, f"f(x) should be 1.5. Received: nan. {NAN}"),
        ("1.5", 1.5, "f(x) should be a number. Received: a string, '1.5'."),
        (
            len,
            1.5,
            "f(x) should be a number. Received: a function (did you forget to call "
            "it?).",
        ),
        ({1: 2}, 3, "f(x) should be a number. Received: a dictionary, {1: 2}."),
        (
            b"a",
            3,
            "f(x) should be a number. Received: a value of type bytes, b'a'.",
        ),
        (False, True, "f(x) should be True. Received: False."),
        (np.bool_(True), False, "f(x) should be False. Received: True."),
        (1, True, "f(x) should be True. Received: a number, 1."),
        ("no", "yes", "f(x) should be 'yes'. Received: 'no'."),
        (3, "yes", "f(x) should be 'yes'. Received: a number, 3."),
        (np.int64(3), "yes", "f(x) should be 'yes'. Received: a number, 3."),
        (TABLE, "yes", "f(x) should be 'yes'. Received: an array of shape (3, 4)."),
        ([1, 2], [1, 3], "f(x) should be [1, 3]. Received: [1, 2]."),
        (
            [1, np.nan],
            [1, 3],
            f"f(x) should be [1, 3]. Received: [1, nan]. {NAN}",
        ),
        (
            TABLE.T,
            TABLE,
            "f(x) should be an array of shape (3, 4). "
            "Received: an array of shape (4, 3).",
        ),
        (
            1.5,
            np.ones(3),
            "f(x) should be an array of shape (3,). Received: a single number, 1.5.",
        ),
        (
            np.ones(1),
            1.0,
            "f(x) should be a single number. Received: an array of shape (1,).",
        ),
        ("ab", np.ones(2), "f(x) should be an array. Received: a string, 'ab'."),
        ([1, [2]], [1, 2], "f(x) should be an array. Received: a list, [1, [2]]."),
        ((1, 2), (1, 3), "f(x)[1] should be 3. Received: 2."),
        ((1, None), (1, 3), "f(x)[1] returned None: did you forget `return`?"),
        ((1, 2, 3), (1, 3), "f(x) should have 2 values. Received 3: (1, 2, 3)."),
        (
            np.ones(2),
            (1, 1),
            "f(x) should be a tuple of 2 values. Received: an array of shape (2,).",
        ),
        (["a", "c"], ["a", "b"], "f(x)[1] should be 'b'. Received: 'c'."),
        ({"a": 2}, {"a": 1}, "f(x) should be {'a': 1}. Received: {'a': 2}."),
    ],
)
def test_a_wrong_answer_is_told_in_words(received, expected, message):
    assert complaint(received, expected) == message


def test_a_long_array_is_abbreviated_and_the_first_difference_named():
    expected = np.arange(100) / 4
    assert complaint(changed(expected, 70, -1), expected) == (
        "f(x) should be [0, 0.25, ..., 24.5, 24.75]. "
        "Received: [0, 0.25, ..., 24.5, 24.75]. "
        "The first difference is at [70]: -1 instead of 17.5."
    )


def test_the_first_nan_is_named_before_other_differences():
    received = changed(changed(TABLE, (0, 1), 5), (1, 2), np.nan)
    assert complaint(received, TABLE).endswith(
        f" The first difference is at [1, 2]: nan instead of 6. {NAN}"
    )


def test_numbers_that_differ_never_look_alike():
    message = complaint(1.0000000001, 1.0, rtol=1e-12, atol=0.0)
    assert message == "f(x) should be 1. Received: 1.0000000001."


def test_a_known_mistake_is_explained():
    mistakes = [(4.0, "That is the sum."), (2.5, "That is the square.")]
    assert complaint(2.5, 1.5, mistakes=mistakes) == (
        "f(x) should be 1.5. Received: 2.5. That is the square."
    )
    assert complaint(9.5, 1.5, mistakes=mistakes) == (
        "f(x) should be 1.5. Received: 9.5."
    )


def test_a_mistake_may_have_another_shape():
    mistakes = [(np.array([1, 2]), "Take the mean.")]
    assert complaint([1, 2], 1.5, mistakes=mistakes) == (
        "f(x) should be a single number. Received: an array of shape (2,). "
        "Take the mean."
    )


def test_a_mistake_that_happens_to_be_right_is_none():
    expect(2.0, 2.0, "f(x)", mistakes=[(2.0, "Never said.")])


def test_tolerances_are_relative_and_absolute():
    expect(101.0, 100.0, "f(x)", rtol=0.02)
    expect(0.01, 0.0, "f(x)", atol=0.02)
    assert complaint(103.0, 100.0, rtol=0.02)
    assert complaint(0.03, 0.0, atol=0.02)


def test_a_call_is_one_line_of_bounded_length():
    assert complaint(1, 2, call="f(a,\n  b)") == "f(a, b) should be 2. Received: 1."
    message = complaint(1, 2, call=f"f({list(range(1000))})")
    call = message.removesuffix(" should be 2. Received: 1.")
    assert call.startswith("f([0, 1, 2,")
    assert call.endswith("998, 999])")
    assert " … " in call
    assert len(call) <= 203


def test_reads_half_precision():
    expect(np.ones(2, ml_dtypes.bfloat16), [1, 1], "f(x)")
    assert complaint(np.ones(2, ml_dtypes.bfloat16), [1, 2]) == (
        "f(x) should be [1, 2]. Received: [1, 1]."
    )


@pytest.mark.slow
def test_reads_the_tensors_of_keras():
    from keras import ops

    expect(ops.ones((2,), dtype="bfloat16"), [1, 1], "f(x)")
    assert complaint(ops.ones(()), 2) == "f(x) should be 2. Received: 1."
