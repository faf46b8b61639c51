"""Lesson 18 against numbers that are not ours, and on another folder than its own.

The lesson holds the library to its NumPy code; here that code is held to what the
Hugging Face implementation answered.
"""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

from fmkeras import pretrained

pytestmark = pytest.mark.slow

HOME = Path(__file__).parents[1] / "pretrained"
SNAPSHOT = json.loads((HOME / "gpt2_snapshot.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def draw_tensors():
    """Give the function that draws the snapshot's weights."""
    spec = spec_from_file_location("of_pretrained", HOME / "conftest.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.draw_tensors


@pytest.mark.parametrize("expected", SNAPSHOT["models"], ids=lambda m: str(m["seed"]))
def test_its_logits_are_those_of_transformers(run_with_seed, draw_tensors, expected):
    config = {"layer_norm_epsilon": 1e-5, **expected["config"]}
    tensors = draw_tensors(config, expected["seed"])
    reference_logits = run_with_seed("18", 0)["reference_logits"]
    for ids, logits in zip(expected["token_ids"], expected["some_logits"], strict=True):
        ours = reference_logits(tensors, config, np.array(ids))
        np.testing.assert_allclose(ours[:, :: SNAPSHOT["every"]], logits, atol=1e-4)


def test_it_opens_the_folder_that_gpt2_folder_names(
    run_with_seed, monkeypatch, tmp_path
):
    before = run_with_seed("18", 0)
    pretrained.save_gpt2(before["model"], before["tokenizer"], tmp_path / "mine")
    monkeypatch.setenv("GPT2_FOLDER", str(tmp_path / "mine"))
    monkeypatch.setattr("keras.Model.fit", None)  # nothing is trained then
    after = run_with_seed("18", 180)
    assert after["folder"] == tmp_path / "mine"
    np.testing.assert_array_equal(after["theirs"], before["theirs"])
