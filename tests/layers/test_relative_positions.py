"""Positions that attention sees as differences: rotary embeddings and ALiBi."""

import numpy as np
import pytest
from keras import ops

from fmkeras.layers import AlibiBias, RotaryPositions

B, N, T, S, H = 2, 3, 5, 4, 8


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


def turned(x, positions, base):
    """Turn points of the complex plane: an oracle without sines or halves."""
    half = x.shape[-1] // 2
    speeds = np.array([base ** (-2 * i / x.shape[-1]) for i in range(half)])
    points = x[..., :half] + 1j * x[..., half:]
    points = points * np.exp(1j * positions[..., None] * speeds)
    return np.concatenate([points.real, points.imag], axis=-1)


@pytest.mark.parametrize("base", [10000.0, 7.0])
def test_rotary_turns_points_of_the_plane(rng, base):
    inputs = rng.normal(size=(B, N, T, H)).astype("float32")
    outputs = numpy_of(RotaryPositions(base=base)(inputs))
    np.testing.assert_allclose(outputs, turned(inputs, np.arange(T), base), atol=1e-5)


def test_rotary_takes_positions_for_all_rows_or_for_each(rng):
    inputs = rng.normal(size=(B, N, T, H)).astype("float32")
    layer = RotaryPositions()
    for_all = rng.integers(100, size=T)
    np.testing.assert_allclose(
        numpy_of(layer(inputs, positions=for_all)),
        turned(inputs, for_all, 10000),
        atol=1e-4,
    )
    for_each = rng.integers(100, size=(B, T))
    np.testing.assert_allclose(
        numpy_of(layer(inputs, positions=for_each)),
        turned(inputs, for_each[:, None], 10000),
        atol=1e-4,
    )


def test_rotary_scores_depend_on_the_distance_alone(rng):
    query, key = rng.normal(size=(2, 1, 1, 1, H)).astype("float32")
    layer = RotaryPositions()
    queries = numpy_of(layer(np.repeat(query, 20, axis=2)))[0, 0]
    keys = numpy_of(layer(np.repeat(key, 20, axis=2)))[0, 0]
    scores = queries @ keys.T
    for distance in range(-19, 20):
        diagonal = np.diagonal(scores, distance)
        np.testing.assert_allclose(diagonal, diagonal[0], atol=1e-4)
    assert np.ptp(scores) > 0.1


def test_rotary_keeps_lengths_and_leaves_position_zero_alone(rng):
    inputs = rng.normal(size=(B, N, T, H)).astype("float32")
    outputs = numpy_of(RotaryPositions()(inputs))
    np.testing.assert_array_equal(outputs[:, :, 0], inputs[:, :, 0])
    np.testing.assert_allclose(
        np.linalg.norm(outputs, axis=-1), np.linalg.norm(inputs, axis=-1), rtol=1e-5
    )


def test_rotary_angles_are_exact_in_half_precision():
    """Position 1,001 is no number of bfloat16: its angle must come from float32."""
    inputs = np.zeros((1, 1, 1, 2), "float32")
    inputs[..., 0] = 1
    outputs = RotaryPositions(dtype="bfloat16")(inputs, positions=np.array([1001]))
    np.testing.assert_allclose(
        numpy_of(ops.cast(outputs, "float32"))[0, 0, 0],
        [np.cos(1001), np.sin(1001)],
        atol=0.01,
    )


def test_says_that_a_head_must_be_even():
    with pytest.raises(ValueError) as error:
        RotaryPositions()(np.ones((B, N, T, 5), "float32"))
    assert str(error.value) == (
        "RotaryPositions: the width of a head must be even, because its numbers turn "
        "in pairs. Received: width=5. What would do: 4 or 6."
    )


@pytest.mark.parametrize("bad", [0, -1.0, float("nan"), "10000"])
def test_a_base_is_positive(bad):
    with pytest.raises(ValueError) as error:
        RotaryPositions(base=bad)
    assert str(error.value) == (
        f"RotaryPositions: `base` must be a number > 0. Received: base={bad!r}."
    )


def test_says_what_shapes_rotary_takes(said):
    with pytest.raises(ValueError) as error:
        RotaryPositions()(np.ones((B, T, H), "float32"))
    assert said(error) == (
        "RotaryPositions: `inputs` must be of shape (B, N, T, H) = "
        "(None, None, None, None). Received: inputs of shape (2, 5, 8)."
    )
    with pytest.raises(ValueError) as error:
        RotaryPositions()(np.ones((B, N, T, H), "float32"), positions=np.arange(N))
    assert said(error) == (
        "RotaryPositions: `positions` must be of shape (T) = (5,) or (B, T) = (2, 5). "
        "Received: positions of shape (3,)."
    )


# The slopes that the paper prints, and those of its code for other numbers of heads.
@pytest.mark.parametrize(
    ("num_heads", "exponents"),
    [
        (1, [8]),
        (2, [4, 8]),
        (3, [4, 8, 2]),
        (8, [1, 2, 3, 4, 5, 6, 7, 8]),
        (12, [1, 2, 3, 4, 5, 6, 7, 8, 0.5, 1.5, 2.5, 3.5]),
        (16, [0.5 * n for n in range(1, 17)]),
    ],
)
def test_alibi_slopes_are_those_of_the_paper(num_heads, exponents):
    bias = numpy_of(AlibiBias(num_heads)(np.array([1]), np.array([0])))
    assert bias.shape == (1, num_heads, 1, 1)
    np.testing.assert_allclose(
        bias[0, :, 0, 0], [-(2.0**-exponent) for exponent in exponents], rtol=1e-6
    )


def test_alibi_grows_with_the_distance():
    bias = numpy_of(AlibiBias(1)(np.array([2, 7]), np.array([0, 2, 9])))
    np.testing.assert_allclose(
        bias[0, 0], -np.array([[2, 0, 7], [7, 5, 2]]) / 256, rtol=1e-6
    )


def test_alibi_takes_positions_for_all_rows_or_for_each(rng):
    layer = AlibiBias(N)
    queries, keys = rng.integers(50, size=(B, T)), rng.integers(50, size=(B, S))
    both = numpy_of(layer(queries, keys))
    assert both.shape == (B, N, T, S)
    for row in range(B):
        alone = numpy_of(layer(queries[row], keys[row]))
        np.testing.assert_array_equal(both[row], alone[0])
    np.testing.assert_array_equal(
        numpy_of(layer(queries, keys[0])),
        numpy_of(layer(queries, np.stack([keys[0]] * B))),
    )


def test_alibi_needs_heads():
    with pytest.raises(ValueError) as error:
        AlibiBias(0)
    assert str(error.value) == (
        "AlibiBias: `num_heads` must be a positive integer. Received: num_heads=0."
    )
