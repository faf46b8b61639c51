"""GPT-2's `config.json`: from the published names to ours, and back.

What the file says must be something that our decoder computes. An option that
would change the numbers and is not built here is refused by name, for a model that
loads and is slightly wrong is worse than one that does not load.
"""

import json

from fmkeras.errors import argument_error, check_choice, check_integer, check_number

_SIZES = {
    "vocab_size": "vocabulary_size",
    "n_positions": "max_sequence_length",
    "n_layer": "num_layers",
    "n_head": "num_heads",
    "n_embd": "hidden_dim",
}
# What each option may say; the first is what a file without it means.
_OPTIONS = {
    "model_type": ("gpt2",),
    "activation_function": ("gelu_new", "gelu_pytorch_tanh"),  # one formula, two names
    "scale_attn_weights": (True,),
    "scale_attn_by_inverse_layer_idx": (False,),
    "add_cross_attention": (False,),
    "tie_word_embeddings": (True,),
    "quantization_config": (None,),
}


def read_config(path):
    """Read and check a `config.json`.

    Args:
        path: `pathlib.Path` of the file.

    Returns:
        Dictionary of what the decoder is built from: `vocabulary_size`,
        `max_sequence_length`, `num_layers`, `num_heads`, `hidden_dim`,
        `intermediate_dim` and `epsilon`.

    Raises:
        ValueError: If the file is no JSON object, lacks a size, or asks for an
            option that is not built here.

    Example:

    >>> import pathlib, tempfile
    >>> sizes = dict(vocab_size=50, n_positions=8, n_layer=2, n_head=3, n_embd=12)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "config.json"
    ...     _ = path.write_text(json.dumps(sizes))
    ...     read_config(path)["intermediate_dim"]  # four times the width
    48
    """
    owner = f"load_gpt2, {path}"
    found = _read_object(path)
    for option, allowed in _OPTIONS.items():
        check_choice(owner, option, found.get(option, allowed[0]), allowed)
    config = {}
    for theirs, ours in _SIZES.items():
        if theirs not in found:
            raise ValueError(f"{owner}: `{theirs}` is missing.")
        config[ours] = check_integer(owner, theirs, found[theirs])
    if config["hidden_dim"] % config["num_heads"]:
        must_be = f"a divisor of n_embd={config['hidden_dim']}"
        raise argument_error(owner, "n_head", must_be, config["num_heads"])
    inner = found.get("n_inner")
    inner = 4 * config["hidden_dim"] if inner is None else inner
    config["intermediate_dim"] = check_integer(owner, "n_inner", inner)
    epsilon = found.get("layer_norm_epsilon", 1e-5)
    config["epsilon"] = check_number(
        owner, "layer_norm_epsilon", epsilon, minimum=0.0, exclusive=True
    )
    return config


def _read_object(path):
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"load_gpt2, {path}: this is no JSON ({error}).") from error
    if not isinstance(found, dict):
        raise ValueError(f"load_gpt2, {path}: this is no JSON object.")
    return found


def config_text(config, end_of_text):
    """Word a `config.json` that says all that other libraries must know.

    Args:
        config: Dictionary as `read_config` returns it.
        end_of_text: Integer or `None`. The token that ends a text.

    Returns:
        String, JSON.

    Example:

    >>> config = dict(vocabulary_size=50, max_sequence_length=8, num_layers=2,
    ...     num_heads=3, hidden_dim=12, intermediate_dim=48, epsilon=1e-5)
    >>> json.loads(config_text(config, None))["n_positions"]
    8
    """
    sizes = {theirs: config[ours] for theirs, ours in _SIZES.items()}
    options = {option: allowed[0] for option, allowed in _OPTIONS.items()}
    del options["quantization_config"]  # a file without it means no quantisation
    contents = {
        "architectures": ["GPT2LMHeadModel"],
        **options,
        **sizes,
        "n_ctx": config["max_sequence_length"],
        "n_inner": config["intermediate_dim"],
        "layer_norm_epsilon": config["epsilon"],
        "bos_token_id": end_of_text,
        "eos_token_id": end_of_text,
    }
    return json.dumps(contents, indent=2) + "\n"
