"""What holds for every layer, with arguments that are not the defaults."""

import inspect

import keras
import numpy as np
import pytest
from keras import ops

from fmkeras import layers

B, T, S, D, N, H = 2, 5, 4, 12, 6, 8
CONTEXT = 7

FUNCTIONS = {
    "causal_mask",
    "flash_attention",
    "padding_mask",
    "scaled_dot_product_attention",
}

SEQUENCE = {"inputs": (T, D)}

# name: (arguments, none of them the default; shape of each input without the batch)
LAYERS = {
    "MultiHeadAttention": (
        {
            "num_heads": N,
            "num_key_value_heads": 2,
            "head_dim": H,
            "causal": True,
            "positions": "rotary",
            "use_bias": False,
            "dropout": 0.25,
            "seed": 3,
            "kernel_initializer": "he_normal",
        },
        SEQUENCE,
    ),
    "MultiHeadAttention, ALiBi": (
        {"num_heads": N, "num_key_value_heads": 1, "positions": "alibi"},
        SEQUENCE,
    ),
    "MultiHeadAttention, cross": (
        {"num_heads": N, "num_key_value_heads": 3},
        {"inputs": (T, D), "context": (S, CONTEXT)},
    ),
    "LearnedPositions": ({"max_sequence_length": 9}, SEQUENCE),
    "SinusoidalPositions": ({"max_sequence_length": 9}, SEQUENCE),
    "RotaryPositions": ({"base": 500.0}, {"inputs": (N, T, H)}),
    "AlibiBias": ({"num_heads": N}, {"query_positions": (T,), "key_positions": (S,)}),
    "FeedForward": (
        {
            "intermediate_dim": 10,
            "activation": "swiglu",
            "use_bias": False,
            "dropout": 0.25,
            "seed": 3,
            "kernel_initializer": "he_normal",
        },
        SEQUENCE,
    ),
    "FeedForward, plain": (
        {"intermediate_dim": 10, "activation": "gelu_tanh"},
        SEQUENCE,
    ),
    "TransformerBlock": (
        {
            "num_heads": N,
            "intermediate_dim": 10,
            "num_key_value_heads": 2,
            "positions": "rotary",
            "activation": "geglu",
            "normalization": "rms",
            "norm_first": False,
            "causal": False,
            "use_bias": False,
            "dropout": 0.25,
            "epsilon": 1e-3,
            "seed": 3,
        },
        SEQUENCE,
    ),
    "TransformerBlock, pre-norm": (
        {"num_heads": N, "intermediate_dim": 10, "positions": "alibi"},
        SEQUENCE,
    ),
}
COMPLETE = [name for name in LAYERS if "," not in name]


WITH_WEIGHTS = [
    name
    for name in LAYERS
    if name not in ("AlibiBias", "RotaryPositions", "SinusoidalPositions")
]


@pytest.fixture(params=list(LAYERS))
def name(request):
    return request.param


def make(case, /, **further):
    arguments, _ = LAYERS[case]
    return getattr(layers, case.partition(",")[0])(**arguments, **further)


def inputs_of(name, scale=1.0):
    rng = np.random.default_rng(1)
    if name == "AlibiBias":
        return [rng.integers(9, size=(B, length), dtype="int32") for length in (T, S)]
    _, shapes = LAYERS[name]
    return [
        (scale * rng.normal(size=(B, *shape))).astype("float32")
        for shape in shapes.values()
    ]


def functional(case, /, any_length=True, **further):
    """Wrap the layer in a model whose batch, and length, are unknown."""
    _, shapes = LAYERS[case]
    length_axis = 1 if case == "RotaryPositions" else 0
    dtype = "int32" if case == "AlibiBias" else "float32"
    inputs = []
    for shape in shapes.values():
        shape = list(shape)
        if any_length:
            shape[length_axis] = None
        inputs.append(keras.Input(shape, dtype=dtype))
    return keras.Model(inputs, make(case, **further)(*inputs))


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


def test_every_public_layer_is_here():
    assert {*COMPLETE, *FUNCTIONS} == set(layers.__all__)


@pytest.mark.parametrize("name", COMPLETE)
def test_the_cases_leave_no_argument_at_its_default(name):
    arguments, _ = LAYERS[name]
    parameters = inspect.signature(getattr(layers, name)).parameters
    assert {*arguments, "kwargs"} == set(parameters)
    for argument, value in arguments.items():
        assert value != parameters[argument].default


def test_the_config_holds_every_argument(name):
    arguments, _ = LAYERS[name]
    config = make(name, name="other", dtype="mixed_bfloat16").get_config()
    assert config["name"] == "other"
    assert config["dtype"]["config"]["name"] == "mixed_bfloat16"
    for argument, value in arguments.items():
        if argument == "kernel_initializer":
            assert config[argument]["class_name"] == "HeNormal"
        else:
            assert config[argument] == value


def test_a_layer_made_from_its_config_is_the_same(name):
    layer = make(name)
    twin = type(layer).from_config(layer.get_config())
    assert twin.get_config() == layer.get_config()
    inputs = inputs_of(name)
    expected = layer(*inputs)
    twin(*inputs)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(numpy_of(twin(*inputs)), numpy_of(expected))


def test_is_registered_under_the_name_of_the_package(name):
    class_name = name.partition(",")[0]
    registered = keras.saving.get_registered_object(f"fmkeras>{class_name}")
    assert registered is getattr(layers, class_name)


def test_saves_and_loads_with_equal_outputs(name, tmp_path):
    model = functional(name)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].get_config() == model.layers[-1].get_config()
    inputs = inputs_of(name)
    np.testing.assert_array_equal(numpy_of(model(inputs)), numpy_of(loaded(inputs)))


def test_weights_alone_save_and_load(name, tmp_path):
    first, second = functional(name), functional(name)
    first.save_weights(tmp_path / "model.weights.h5")
    second.load_weights(tmp_path / "model.weights.h5")
    inputs = inputs_of(name)
    np.testing.assert_array_equal(numpy_of(first(inputs)), numpy_of(second(inputs)))


@pytest.mark.parametrize("any_length", [True, False])
def test_symbolic_shapes_equal_real_ones(name, any_length):
    model = functional(name, any_length)
    real = tuple(model(inputs_of(name)).shape)
    assert len(model.output_shape) == len(real)
    for symbolic, size in zip(model.output_shape, real, strict=True):
        assert symbolic in (None, size)
    assert (T in model.output_shape) is not any_length
    assert model.output_shape[0] is None
    assert real[0] == B


def test_the_symbolic_type_is_the_real_one(name):
    model = functional(name, dtype="mixed_bfloat16")
    real = keras.backend.standardize_dtype(model(inputs_of(name)).dtype)
    assert model.output.dtype == real == "bfloat16"


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "jit_compile", [False, pytest.param(True, marks=pytest.mark.slow)]
)
def test_eager_equals_compiled(name, jit_compile):
    import tensorflow as tf

    layer, inputs = make(name), inputs_of(name)
    eager = numpy_of(layer(*inputs))
    signature = [
        tf.TensorSpec([None] * x.ndim if x.ndim < 4 else [None, N, None, H], x.dtype)
        if name in ("AlibiBias", "RotaryPositions")
        else tf.TensorSpec([None, None, x.shape[-1]], x.dtype)
        for x in inputs
    ]
    compiled = tf.function(
        lambda *args: layer(*args), input_signature=signature, jit_compile=jit_compile
    )
    np.testing.assert_allclose(numpy_of(compiled(*inputs)), eager, atol=1e-5)


@pytest.mark.parametrize(
    "policy",
    ["float16", "bfloat16", "float32", "mixed_float16", "mixed_bfloat16"],
)
def test_a_policy_keeps_its_type_and_stays_finite(name, policy):
    layer = make(name, dtype=policy)
    outputs = layer(*inputs_of(name, scale=30.0))
    expected = keras.dtype_policies.get(policy)
    assert keras.backend.standardize_dtype(outputs.dtype) == expected.compute_dtype
    assert np.isfinite(numpy_of(ops.cast(outputs, "float32"))).all()
    for weight in layer.weights:
        if "seed" not in weight.path:
            assert weight.dtype == expected.variable_dtype


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_is_near_full_precision(name, policy):
    full, half, inputs = make(name), make(name, dtype=policy), inputs_of(name)
    expected = numpy_of(full(*inputs))
    half(*inputs)
    half.set_weights(full.get_weights())
    received = numpy_of(ops.cast(half(*inputs), "float32"))
    np.testing.assert_allclose(received, expected, atol=0.1 * np.abs(expected).max())


@pytest.mark.parametrize("name", WITH_WEIGHTS)
def test_gradients_reach_every_weight(name, gradients):
    layer, inputs = make(name), inputs_of(name)
    direction = np.random.default_rng(2).normal(size=layer(*inputs).shape)
    direction = ops.convert_to_tensor(direction, "float32")
    weights = layer.trainable_weights
    for weight in weights:  # biases start at zero, where some gradients are, too
        weight.assign(weight + 0.1)
    found = gradients(lambda: ops.sum(layer(*inputs) * direction), weights)
    for weight, gradient in zip(weights, found, strict=True):
        assert gradient is not None, weight.path
        if weight.path.endswith("position_embeddings"):
            gradient = gradient[:T]  # no input stood at the others
        if weight.path.endswith("bias"):  # that of the keys moves all scores alike
            assert np.abs(gradient).max() > 0
        else:
            assert (gradient != 0).all(), weight.path
