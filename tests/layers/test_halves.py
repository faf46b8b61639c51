"""Matrices in halves against NumPy's products, and which are left whole."""

import keras
import numpy as np
import pytest
from keras import ops

from fmkeras.layers import FeedForward, MultiHeadAttention, halves
from fmkeras.layers.dense import dense, product
from fmkeras.layers.halves import in_halves, product_of_halves, using

pytestmark = pytest.mark.tensorflow  # nothing is held in halves elsewhere


def variable(shape, name="kernel", dtype="float32", seed=0):
    numbers = np.random.default_rng(seed).normal(size=shape)
    return keras.Variable(numbers.astype("float32"), dtype=dtype, name=name)


def inputs(*shape):
    return np.random.default_rng(1).normal(size=shape).astype("float32")


@pytest.mark.parametrize(
    ("shape", "transposed"), [((48, 401), False), ((401, 48), True)]
)
def test_the_product_is_numpys(shape, transposed):
    matrix, x = variable(shape), inputs(3, 2, 48)
    with using(in_halves([(matrix, transposed)])):
        found = product_of_halves(ops.convert_to_tensor(x), matrix)
    whole = matrix.numpy().astype("float64")
    expected = x @ (whole.T if transposed else whole)
    assert tuple(found.shape) == (3, 2, 401)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_halves_are_the_columns_left_and_right():
    matrix = variable((48, 401))
    left, right = in_halves([(matrix, False)])["kernel"]
    np.testing.assert_array_equal(left, matrix.numpy()[:, :200])
    np.testing.assert_array_equal(right, matrix.numpy()[:, 200:])


def test_a_matrix_that_is_not_held_has_no_product_of_halves():
    held, other = variable((48, 400), "held"), variable((48, 400), "other")
    x = ops.ones((2, 48))
    assert product_of_halves(x, held) is None
    with using(in_halves([(held, False)])):
        assert product_of_halves(x, held) is not None
        assert product_of_halves(x, other) is None
        assert product_of_halves(x, ops.add(held, 0.0)) is None  # as LoRA


def test_halves_are_used_inside_only_and_after_an_error_no_more():
    matrix = variable((48, 400))
    with pytest.raises(KeyboardInterrupt), using(in_halves([(matrix, False)])):
        raise KeyboardInterrupt
    assert product_of_halves(ops.ones((2, 48)), matrix) is None


@pytest.mark.parametrize(
    "matrix",
    [
        variable((32, 511)),  # one column short of 2**14 numbers
        variable((50, 512)),  # not cut into blocks of 16 rows
        variable((64, 512), dtype="bfloat16"),
        variable((64, 512), dtype="int8"),
        ops.ones((64, 512)),  # what LoRA makes of a kernel
    ],
    ids=["small", "odd", "short floats", "integers", "no variable"],
)
def test_these_are_left_whole(matrix):
    assert in_halves([(matrix, False)]) == {}
    assert [*in_halves([(variable((32, 512)), False)])] == ["kernel"]


def test_copies_end_where_memory_does(monkeypatch):
    monkeypatch.setattr(halves, "AT_MOST", 4 * (64 * 300 + 48 * 400))
    matrices = [
        variable((64, 300), "first"),
        variable((48, 401), "too large by a column"),
        variable((48, 400), "fits"),
        variable((48, 400), "too late"),
    ]
    held = in_halves([(matrix, False) for matrix in matrices])
    assert [*held] == ["first", "fits"]


@pytest.mark.parametrize("use_bias", [True, False])
def test_a_layer_says_the_same_from_halves(use_bias):
    layer = keras.layers.Layer()
    layer.use_bias, layer.kernel_initializer = use_bias, "glorot_uniform"
    matrix = dense(layer, 300, "matrix", (None, None, 64))
    if use_bias:
        matrix.bias.assign(inputs(300))
    x = ops.convert_to_tensor(inputs(3, 1, 64))
    whole = product(x, matrix)
    with using({matrix.kernel.path: _doubled(matrix.kernel)}):
        twice = product(x, matrix)
    bias = matrix.bias.numpy() if use_bias else 0.0
    np.testing.assert_allclose(twice, 2 * (whole - bias) + bias, atol=1e-4)


@pytest.mark.parametrize(
    ("layer", "names"),
    [
        (MultiHeadAttention(4, causal=True), ["query_key_value", "output"]),
        (FeedForward(320, activation="swiglu"), ["intermediate", "output"]),
    ],
    ids=["attention", "feed-forward"],
)
def test_layers_use_all_their_halves(layer, names):
    """Other numbers in the halves than in the matrices show which were used."""
    x = ops.convert_to_tensor(inputs(3, 1, 128))
    whole = layer(x)
    kernels = [v for v in layer.variables if v.name == "kernel"]
    assert [v.path.split("/")[-2] for v in kernels] == names
    for kernel in kernels:
        with using({kernel.path: _doubled(kernel)}):
            assert np.abs(layer(x) - whole).max() > 1e-3
    with using(in_halves([(kernel, False) for kernel in kernels])):
        np.testing.assert_allclose(layer(x), whole, atol=1e-5)


def _doubled(kernel):
    return tuple(2 * half for half in in_halves([(kernel, False)])[kernel.path])
