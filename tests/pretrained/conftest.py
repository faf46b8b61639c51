"""A model in the published layout, made without our code: names written out by hand."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from fmkeras.text import BytePairTokenizer

SENTENCE = "the cat sat on the mat, and the dog sat on the cat; "
# vocab_size, n_positions, n_embd, n_head, n_layer: a size of its own on every axis
SIZES = {"vocab_size": 263, "n_positions": 11, "n_embd": 12, "n_head": 3, "n_layer": 2}


def draw_tensors(config, seed):
    """Draw weights by their published names, from a stream that NumPy never changes."""
    random = np.random.RandomState(seed)
    width, inner = config["n_embd"], config.get("n_inner") or 4 * config["n_embd"]
    shapes = {
        "wte.weight": (config["vocab_size"], width),
        "wpe.weight": (config["n_positions"], width),
    }
    for layer in range(config["n_layer"]):
        shapes |= {
            f"h.{layer}.ln_1.weight": (width,),
            f"h.{layer}.ln_1.bias": (width,),
            f"h.{layer}.attn.c_attn.weight": (width, 3 * width),
            f"h.{layer}.attn.c_attn.bias": (3 * width,),
            f"h.{layer}.attn.c_proj.weight": (width, width),
            f"h.{layer}.attn.c_proj.bias": (width,),
            f"h.{layer}.ln_2.weight": (width,),
            f"h.{layer}.ln_2.bias": (width,),
            f"h.{layer}.mlp.c_fc.weight": (width, inner),
            f"h.{layer}.mlp.c_fc.bias": (inner,),
            f"h.{layer}.mlp.c_proj.weight": (inner, width),
            f"h.{layer}.mlp.c_proj.bias": (width,),
        }
    shapes |= {"ln_f.weight": (width,), "ln_f.bias": (width,)}
    return {
        name: random.normal(scale=0.4, size=shape).astype("float32")
        for name, shape in shapes.items()
    }


@pytest.fixture
def sizes():
    return SIZES


@pytest.fixture
def published_tensors():
    return draw_tensors


@pytest.fixture(scope="session")
def tokenizer():
    return BytePairTokenizer.train(SENTENCE, 262, special_tokens=("<|endoftext|>",))


@pytest.fixture
def published(tmp_path, tokenizer):
    """Write a folder in the published layout; what is given replaces the usual."""

    def write(config=SIZES, tensors=None, name="published"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps(config), "utf-8")
        if tensors is None:
            tensors = draw_tensors(config, seed=0)
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})
        tokenizer.to_files(folder / "vocab.json", folder / "merges.txt")
        return folder

    return write
