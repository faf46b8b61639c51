"""The tensors of GPT-2: their published names, their shapes, and our weights.

Both spellings that are found in the wild are read: with `transformer.` before every
name, as the model that has a language head writes them, and without it, as OpenAI's
weights were published.
"""

import json
import re
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from fmkeras.pretrained.hub import INDEX, WEIGHTS
from fmkeras.pretrained.safetensors_file import DamagedFileError, SafetensorsFile

PREFIX = "transformer."
HEAD = "lm_head.weight"
# Older files carry the causal mask of every block along: constants, not weights.
_CONSTANTS = re.compile(r"h\.\d+\.attn\.(bias|masked_bias)")
_FLOATS = ("float16", "bfloat16", "float32", "float64")
_MOST_FAULTS = 5  # named in one message


def expected_shapes(config):
    """Name every tensor that a configuration calls for, with its shape.

    Args:
        config: Dictionary as `read_config` returns it.

    Returns:
        Dictionary of shapes by published name, without `transformer.`.

    Example:

    >>> config = dict(vocabulary_size=50, max_sequence_length=8, num_layers=2,
    ...     num_heads=3, hidden_dim=12, intermediate_dim=48)
    >>> shapes = expected_shapes(config)
    >>> len(shapes), shapes["h.1.attn.c_attn.weight"]
    (28, (12, 36))
    """
    d, f = config["hidden_dim"], config["intermediate_dim"]
    shapes = {
        "wte.weight": (config["vocabulary_size"], d),
        "wpe.weight": (config["max_sequence_length"], d),
    }
    for index in range(config["num_layers"]):
        block = {
            "ln_1.weight": (d,),
            "ln_1.bias": (d,),
            "attn.c_attn.weight": (d, 3 * d),
            "attn.c_attn.bias": (3 * d,),
            "attn.c_proj.weight": (d, d),
            "attn.c_proj.bias": (d,),
            "ln_2.weight": (d,),
            "ln_2.bias": (d,),
            "mlp.c_fc.weight": (d, f),
            "mlp.c_fc.bias": (f,),
            "mlp.c_proj.weight": (f, d),
            "mlp.c_proj.bias": (d,),
        }
        shapes |= {f"h.{index}.{name}": shape for name, shape in block.items()}
    return {**shapes, "ln_f.weight": (d,), "ln_f.bias": (d,)}


def faults(found, expected):
    """Compare the tensors of a file with those that its configuration calls for.

    Args:
        found: Dictionary of shapes by name, as the file has them.
        expected: Dictionary of shapes by name, from `expected_shapes`.

    Returns:
        List of strings, one for each tensor that is missing, left over or of
        another shape; empty if all is well.

    Example:

    >>> faults({"wte.weight": (50, 12), "h.0.ln": (3,)}, {"wte.weight": (49, 12)})
    ["'wte.weight' has the shape (50, 12), not (49, 12)", "'h.0.ln' is left over"]
    >>> faults({}, {"wte.weight": (49, 12)})
    ["'wte.weight' is missing"]
    """
    told = []
    for name, shape in expected.items():
        if name not in found:
            told.append(f"{name!r} is missing")
        elif found[name] != shape:
            told.append(f"{name!r} has the shape {found[name]}, not {shape}")
    told += [f"{name!r} is left over" for name in found if name not in expected]
    return told


def read_tensors(folder, config):
    """Read every tensor that a configuration calls for, or none.

    Args:
        folder: `pathlib.Path` of a folder with `model.safetensors`, or with the index
            of several such files.
        config: Dictionary as `read_config` returns it.

    Returns:
        Dictionary of float32 arrays by published name, without `transformer.`.

    Raises:
        ValueError: If a tensor is missing, left over, of another shape or type, or
            cut off; the first five are named.
    """
    places = _find_tensors(folder)
    expected = expected_shapes(config)
    if HEAD in places:
        expected[HEAD] = expected["wte.weight"]
    found = {plain: file.shapes[name] for plain, (file, name) in places.items()}
    wrong = faults(found, expected)
    for plain, (file, name) in places.items():
        if file.types[name] not in _FLOATS:
            wrong.append(f"{plain!r} holds {file.types[name]}, not floats")
    _refuse(folder, wrong)
    tensors = {plain: _read(file, name) for plain, (file, name) in places.items()}
    head = tensors.pop(HEAD, None)
    if head is not None and not np.array_equal(head, tensors["wte.weight"]):
        _refuse(folder, [f"{HEAD!r} differs from 'wte.weight', to which it is tied"])
    return tensors


def weights_by_name(model):
    """Find the weight of our decoder that each published tensor fills.

    GPT-2 keeps its matrices as Keras does, inputs in the rows, so that none is
    transposed.

    Args:
        model: Built `TransformerDecoder` of GPT-2's architecture.

    Returns:
        Dictionary of `keras.Variable` by published name, without `transformer.`.

    Example:

    >>> from fmkeras import models
    >>> model = models.transformer_decoder(50, 8, 2, 3, 12, activation="gelu_tanh")
    >>> tuple(weights_by_name(model)["h.1.mlp.c_fc.weight"].shape)
    (12, 48)
    """
    weights = {
        "wte.weight": model.token_embedding.embeddings,
        "wpe.weight": model.position_embedding.position_embeddings,
    }
    for index, block in enumerate(model.blocks):
        prefix = f"h.{index}."
        weights |= _norm(f"{prefix}ln_1", block.attention_norm)
        weights |= _dense(f"{prefix}attn.c_attn", block.attention.to_query_key_value)
        weights |= _dense(f"{prefix}attn.c_proj", block.attention.to_output)
        weights |= _norm(f"{prefix}ln_2", block.feed_forward_norm)
        weights |= _dense(f"{prefix}mlp.c_fc", block.feed_forward.to_intermediate)
        weights |= _dense(f"{prefix}mlp.c_proj", block.feed_forward.to_output)
    return weights | _norm("ln_f", model.final_norm)


def _norm(name, layer):
    return {f"{name}.weight": layer.gamma, f"{name}.bias": layer.beta}


def _dense(name, layer):
    return {f"{name}.weight": layer.kernel, f"{name}.bias": layer.bias}


def _find_tensors(folder):
    """Find `{plain name: (file, name in that file)}` without reading any tensor."""
    places = {}
    for path in _weight_files(folder):
        with _damage_told(path):
            file = SafetensorsFile(path)
        for name in file.shapes:
            plain = name.removeprefix(PREFIX)
            if plain in places:
                _refuse(folder, [f"{plain!r} occurs twice"])
            if not _CONSTANTS.fullmatch(plain):
                places[plain] = file, name
    return places


def _weight_files(folder):
    if (folder / WEIGHTS).exists():
        return [folder / WEIGHTS]
    index = folder / INDEX
    try:
        names = json.loads(index.read_text("utf-8"))["weight_map"].values()
        return [folder / name for name in sorted({Path(name).name for name in names})]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"load_gpt2, {index}: this is no index of weights ({error!r})."
        ) from error


def _read(file, name):
    with _damage_told(file.path):
        return file.read(name).astype("float32")


@contextmanager
def _damage_told(path):
    try:
        yield
    except DamagedFileError as error:
        raise ValueError(
            f"load_gpt2, {path}: the file {error}. What would do: a whole copy of it."
        ) from error
    except FileNotFoundError as error:
        raise ValueError(f"load_gpt2, {path}: there is no such file.") from error


def _refuse(folder, wrong):
    """Name what is wrong with the tensors, if anything is."""
    if not wrong:
        return
    told = "; ".join(wrong[:_MOST_FAULTS])
    if len(wrong) > _MOST_FAULTS:
        told += f"; and {len(wrong) - _MOST_FAULTS} more"
    raise ValueError(
        f"load_gpt2, {folder}: the tensors must be those that config.json calls for. "
        f"Found: {told}. What would do: config.json and weights of the same model."
    )
