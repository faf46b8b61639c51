"""GPT-2's four sizes, counted; and what the builder passes on."""

import inspect

import keras
import pytest

from fmkeras import models
from fmkeras.models.decoder import TransformerDecoder


@pytest.fixture
def without_memory():
    """Let layers make weights that have a shape and no numbers."""
    with keras.StatelessScope(initialize_variables=False):
        yield
    keras.utils.clear_session()  # or the next scope would fill them


@pytest.mark.usefixtures("without_memory")
@pytest.mark.parametrize(
    ("size", "published"),
    [
        ("small", 124_439_808),
        ("medium", 354_823_168),
        ("large", 774_030_080),
        ("xl", 1_557_611_200),
    ],
)
def test_gpt2_has_exactly_the_published_parameters(size, published):
    model = models.gpt2(size, compile=False)
    layers, width = model.num_layers, model.hidden_dim
    by_formula = (50257 + 1024) * width
    by_formula += layers * (12 * width**2 + 13 * width) + 2 * width
    assert model.count_params() == published == by_formula


@pytest.mark.usefixtures("without_memory")
def test_gpt2_has_the_published_arrangement():
    model = models.gpt2("xl", dropout=0.1, compile=False)
    assert (model.vocabulary_size, model.max_sequence_length) == (50257, 1024)
    assert (model.num_layers, model.hidden_dim, model.num_heads) == (48, 1600, 25)
    assert (model.activation, model.epsilon, model.dropout) == ("gelu_tanh", 1e-5, 0.1)
    assert (model.positions, model.use_bias, model.name) == ("learned", True, "gpt2")


def test_an_unknown_size():
    with pytest.raises(ValueError, match="size") as error:
        models.gpt2("larg")
    assert str(error.value) == (
        "gpt2: `size` must be one of 'small', 'medium', 'large', 'xl'. "
        "Received: size='larg'. What would do: 'large'."
    )


@pytest.mark.parametrize(
    ("further", "count"),
    [
        # blocks: 4 D² + 2 D F matrices, 9 D + F biases and scales
        ({}, 2 * (12 * 36 + 13 * 6) + (7 + 9) * 6 + 12),
        ({"intermediate_dim": 5}, 2 * (4 * 36 + 60 + 9 * 6 + 5) + (7 + 9) * 6 + 12),
        ({"positions": "rotary"}, 2 * (12 * 36 + 13 * 6) + 7 * 6 + 12),
        # the keys and values of one head in three: 2 · 2 D of weights and 4 biases
        (
            {"num_key_value_heads": 1},
            2 * (12 * 36 + 13 * 6 - 8 * 6 - 8) + (7 + 9) * 6 + 12,
        ),
        ({"use_bias": False}, 2 * (12 * 36 + 2 * 6) + (7 + 9) * 6 + 6),
    ],
)
def test_the_parameters_of_a_small_decoder_counted_by_hand(further, count):
    model = models.transformer_decoder(7, 9, 2, 3, 6, compile=False, **further)
    assert model.count_params() == count


def test_the_builder_passes_every_argument_on():
    arguments = {
        "vocabulary_size": 5,
        "max_sequence_length": 9,
        "num_layers": 3,
        "num_heads": 6,
        "hidden_dim": 24,
        "intermediate_dim": 10,
        "dropout": 0.25,
        "positions": "rotary",
        "num_key_value_heads": 3,
        "activation": "geglu",
        "normalization": "rms",
        "use_bias": False,
        "padding_id": 4,
        "name": "other",
    }
    builder = set(inspect.signature(models.transformer_decoder).parameters)
    assert builder == {*arguments, "learning_rate", "compile"}
    config = models.transformer_decoder(**arguments, compile=False).get_config()
    assert {name: config[name] for name in arguments} == arguments


def test_defaults_of_builder_and_class_agree():
    builder = inspect.signature(models.transformer_decoder).parameters
    for name, parameter in inspect.signature(TransformerDecoder).parameters.items():
        if name in builder and name != "name":
            assert builder[name].default == parameter.default, name


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"num_heads": 5},
            "transformer_decoder: `num_heads` must be a divisor of hidden_dim=24. "
            "Received: num_heads=5. What would do: 1, 2, 3, 4, 6, 8, 12, 24.",
        ),
        (
            {"num_key_value_heads": 3},
            "MultiHeadAttention: `num_key_value_heads` must be a divisor of "
            "num_heads=4. Received: num_key_value_heads=3. What would do: 1, 2, 4.",
        ),
        (
            {"positions": "rotery"},
            "transformer_decoder: `positions` must be one of 'learned', 'sinusoidal', "
            "'rotary', 'alibi', None. Received: positions='rotery'. "
            "What would do: 'rotary'.",
        ),
        (
            {"positions": "rotary", "num_heads": 8},
            "RotaryPositions: the width of a head must be even, because its numbers "
            "turn in pairs. Received: width=3. What would do: 2 or 4.",
        ),
        (
            {"vocabulary_size": 0},
            "transformer_decoder: `vocabulary_size` must be a positive integer. "
            "Received: vocabulary_size=0.",
        ),
        (
            {"max_sequence_length": None},
            "transformer_decoder: `max_sequence_length` must be a positive integer. "
            "Received: max_sequence_length=None.",
        ),
        (
            {"num_layers": 1.5},
            "transformer_decoder: `num_layers` must be a positive integer. "
            "Received: num_layers=1.5.",
        ),
        (
            {"intermediate_dim": -1},
            "transformer_decoder: `intermediate_dim` must be a positive integer. "
            "Received: intermediate_dim=-1.",
        ),
        (
            {"normalization": "batch"},
            "transformer_decoder: `normalization` must be one of 'layer', 'rms'. "
            "Received: normalization='batch'.",
        ),
        (
            {"dropout": 1.0},
            "transformer_decoder: `dropout` must be a number in [0, 1). "
            "Received: dropout=1.0.",
        ),
        (
            {"padding_id": 11},
            "transformer_decoder: `padding_id` must be None or a token id from 0 to "
            "10. Received: padding_id=11.",
        ),
        (
            {"learning_rate": 0},
            "transformer_decoder: `learning_rate` must be a number > 0. "
            "Received: learning_rate=0.",
        ),
    ],
)
def test_wrong_arguments(wrong, message):
    arguments = {
        "vocabulary_size": 11,
        "max_sequence_length": 8,
        "num_layers": 1,
        "num_heads": 4,
        "hidden_dim": 24,
        **wrong,
    }
    with pytest.raises(ValueError) as error:
        models.transformer_decoder(**arguments)
    assert str(error.value) == message
