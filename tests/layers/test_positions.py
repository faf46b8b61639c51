"""Positions that are added: learned, and waves."""

import math

import numpy as np
import pytest
from keras import ops

from fmkeras.layers import LearnedPositions, SinusoidalPositions

B, T, D = 2, 5, 6


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.fixture(params=[LearnedPositions, SinusoidalPositions])
def layer(request):
    return request.param(max_sequence_length=9)


def waves(positions, width):
    """Write out the formula of the paper, number by number."""
    table = np.zeros((len(positions), width))
    for row, position in enumerate(positions):
        for column in range(width):
            pair = column // 2
            angle = position / 10000 ** (2 * pair / width)
            table[row, column] = (math.sin if column % 2 == 0 else math.cos)(angle)
    return table


def test_learned_positions_are_rows_of_a_table(rng):
    layer = LearnedPositions(max_sequence_length=9)
    inputs = rng.normal(size=(B, T, D)).astype("float32")
    outputs = numpy_of(layer(inputs))
    (table,) = layer.get_weights()
    assert table.shape == (9, D)
    np.testing.assert_allclose(outputs, inputs + table[:T], rtol=1e-6)


@pytest.mark.parametrize("width", [6, 7])
def test_sinusoids_are_those_of_the_paper(rng, width):
    inputs = rng.normal(size=(B, T, width)).astype("float32")
    outputs = numpy_of(SinusoidalPositions()(inputs))
    np.testing.assert_allclose(outputs, inputs + waves(range(T), width), atol=1e-5)


def test_a_shift_of_sinusoids_is_the_same_rotation_everywhere():
    width, shift = 8, 3
    table = numpy_of(SinusoidalPositions()(np.zeros((1, 40, width), "float32")))[0]
    for pair in range(0, width, 2):
        angle = shift / 10000 ** (pair / width)
        turn = np.array(
            [
                [math.cos(angle), math.sin(angle)],
                [-math.sin(angle), math.cos(angle)],
            ]
        )
        before, after = table[:-shift, pair : pair + 2], table[shift:, pair : pair + 2]
        np.testing.assert_allclose(before @ turn.T, after, atol=1e-5)


def test_products_of_sinusoids_depend_on_the_distance_alone():
    table = numpy_of(SinusoidalPositions()(np.zeros((1, 30, 8), "float32")))[0]
    products = table @ table.T
    for distance in range(30):
        diagonal = np.diagonal(products, distance)
        np.testing.assert_allclose(diagonal, diagonal[0], atol=1e-4)


def test_positions_are_counted_from_zero(rng, layer):
    inputs = rng.normal(size=(B, T, D)).astype("float32")
    counted, given = layer(inputs), layer(inputs, positions=np.arange(T))
    np.testing.assert_array_equal(numpy_of(counted), numpy_of(given))


def test_every_row_may_have_positions_of_its_own(rng, layer):
    inputs = rng.normal(size=(B, T, D)).astype("float32")
    positions = np.array([[3, 1, 4, 1, 5], [8, 2, 6, 0, 7]])
    both = numpy_of(layer(inputs, positions=positions))
    for row in range(B):
        alone = layer(inputs[row : row + 1], positions=positions[row])
        np.testing.assert_allclose(both[row], numpy_of(alone)[0], rtol=1e-6)
    table = numpy_of(layer(np.zeros((1, 9, D), "float32")))[0]
    np.testing.assert_allclose(both, inputs + table[positions], atol=1e-5)


def test_a_whole_sequence_of_the_longest_length_fits(layer):
    assert tuple(layer(np.zeros((B, 9, D), "float32")).shape) == (B, 9, D)


@pytest.mark.parametrize("built", [False, True])
def test_says_that_the_sequence_is_too_long(layer, built, said):
    if built:
        layer(np.zeros((B, T, D), "float32"))
    with pytest.raises(ValueError) as error:
        layer(np.zeros((B, 11, D), "float32"))
    owner = type(layer).__name__
    assert said(error) == (
        f"{owner}: the sequence must be at most max_sequence_length=9 long. Received: "
        "T=11. What would do: a shorter sequence, or a layer made with "
        "max_sequence_length=11."
    )


def test_sinusoids_need_no_limit():
    outputs = SinusoidalPositions()(np.zeros((1, 5000, 2), "float32"))
    assert np.abs(numpy_of(outputs)).max() <= 1


@pytest.mark.parametrize("bad", [0, -3, 2.5, "9", True])
def test_the_longest_length_is_a_positive_integer(layer, bad):
    owner = type(layer)
    with pytest.raises(ValueError) as error:
        owner(max_sequence_length=bad)
    assert str(error.value) == (
        f"{owner.__name__}: `max_sequence_length` must be a positive integer. "
        f"Received: max_sequence_length={bad!r}."
    )


def test_says_what_shape_positions_must_have(layer, said):
    with pytest.raises(ValueError) as error:
        layer(np.zeros((B, T, D), "float32"), positions=np.arange(T + 1))
    assert said(error) == (
        f"{type(layer).__name__}: `positions` must be of shape (T) = (5,) or (B, T) = "
        "(2, 5). Received: positions of shape (6,)."
    )


def test_says_what_shape_inputs_must_have(layer, said):
    with pytest.raises(ValueError) as error:
        layer(np.zeros((T, D), "float32"))
    assert said(error) == (
        f"{type(layer).__name__}: `inputs` must be of shape (B, T, D) = "
        "(None, None, None). Received: inputs of shape (5, 6)."
    )
