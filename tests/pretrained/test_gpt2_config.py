"""`config.json`: what would change the numbers is understood or refused."""

import json

import pytest

from fmkeras.pretrained.gpt2_config import config_text, read_config


@pytest.fixture
def read(tmp_path):
    path = tmp_path / "config.json"

    def read(config):
        path.write_text(json.dumps(config), "utf-8")
        return read_config(path)

    read.path = path
    return read


def test_takes_the_sizes_and_the_defaults_of_gpt2(read, sizes):
    assert read(sizes) == {
        "vocabulary_size": 263,
        "max_sequence_length": 11,
        "hidden_dim": 12,
        "num_heads": 3,
        "num_layers": 2,
        "intermediate_dim": 48,
        "epsilon": 1e-5,
    }


def test_takes_what_is_given(read, sizes):
    config = read({**sizes, "n_inner": 20, "layer_norm_epsilon": 0.001})
    assert (config["intermediate_dim"], config["epsilon"]) == (20, 0.001)


def test_passes_over_what_changes_no_number(read, sizes):
    others = {
        "activation_function": "gelu_pytorch_tanh",  # gelu_new by another name
        "reorder_and_upcast_attn": True,  # precision alone
        "summary_type": "cls_index",
        "n_ctx": 11,
        "n_inner": None,
        "resid_pdrop": 0.1,
        "task_specific_params": {"text-generation": {}},
    }
    assert read({**sizes, **others}) == read(sizes)


@pytest.mark.parametrize(
    ("option", "value", "allowed", "advice"),
    [
        ("activation_function", "relu", "'gelu_new', 'gelu_pytorch_tanh'", ""),
        (
            "activation_function",
            "gelu",
            "'gelu_new', 'gelu_pytorch_tanh'",
            " What would do: 'gelu_new'.",
        ),
        ("model_type", "gpt_neo", "'gpt2'", ""),
        ("scale_attn_weights", False, "True", ""),
        ("scale_attn_by_inverse_layer_idx", True, "False", ""),
        ("add_cross_attention", True, "False", ""),
        ("tie_word_embeddings", False, "True", ""),
        ("quantization_config", {"bits": 8}, "None", ""),
    ],
)
def test_refuses_an_option_by_name(read, sizes, option, value, allowed, advice):
    with pytest.raises(ValueError) as error:
        read({**sizes, option: value})
    assert str(error.value) == (
        f"load_gpt2, {read.path}: `{option}` must be one of {allowed}. "
        f"Received: {option}={value!r}.{advice}"
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"n_layer": 0}, "must be a positive integer. Received: n_layer=0."),
        ({"n_embd": "12"}, "must be a positive integer. Received: n_embd='12'."),
        ({"n_inner": 1.5}, "must be a positive integer. Received: n_inner=1.5."),
        ({"n_head": 5}, "must be a divisor of n_embd=12. Received: n_head=5."),
        (
            {"layer_norm_epsilon": 0},
            "must be a number > 0. Received: layer_norm_epsilon=0.",
        ),
    ],
)
def test_refuses_an_impossible_size(read, sizes, change, told):
    with pytest.raises(ValueError) as error:
        read({**sizes, **change})
    (name,) = change
    assert str(error.value) == f"load_gpt2, {read.path}: `{name}` {told}"


@pytest.mark.parametrize("size", ["vocab_size", "n_positions", "n_layer", "n_head"])
def test_names_the_size_that_is_missing(read, sizes, size):
    with pytest.raises(ValueError) as error:
        read({name: value for name, value in sizes.items() if name != size})
    assert str(error.value) == f"load_gpt2, {read.path}: `{size}` is missing."


@pytest.mark.parametrize(
    ("contents", "told"),
    [
        (b"", "no JSON (Expecting value: line 1 column 1 (char 0))"),
        (b'{"n_layer": ', "no JSON (Expecting value: line 1 column 13 (char 12))"),
        (b"[1]", "no JSON object"),
        (
            b"\xff",
            "no JSON ('utf-8' codec can't decode byte 0xff in position 0: "
            "invalid start byte)",
        ),
    ],
)
def test_names_a_damaged_file(tmp_path, contents, told):
    path = tmp_path / "config.json"
    path.write_bytes(contents)
    with pytest.raises(ValueError) as error:
        read_config(path)
    assert str(error.value) == f"load_gpt2, {path}: this is {told}."


def test_what_is_written_is_read_back(read, sizes):
    config = {**read({**sizes, "n_inner": 7, "layer_norm_epsilon": 0.25})}
    assert read(json.loads(config_text(config, 4))) == config


def test_writes_the_names_that_other_libraries_read(read, sizes):
    written = json.loads(config_text(read(sizes), 5))
    assert written == {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "activation_function": "gelu_new",
        "scale_attn_weights": True,
        "scale_attn_by_inverse_layer_idx": False,
        "add_cross_attention": False,
        "tie_word_embeddings": True,
        "vocab_size": 263,
        "n_positions": 11,
        "n_ctx": 11,
        "n_embd": 12,
        "n_head": 3,
        "n_layer": 2,
        "n_inner": 48,
        "layer_norm_epsilon": 1e-5,
        "bos_token_id": 5,
        "eos_token_id": 5,
    }
