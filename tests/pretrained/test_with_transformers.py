"""Both ways between us and Hugging Face's library, where that is installed."""

import itertools
import json

import keras
import numpy as np
import pytest

from fmkeras import models, pretrained, text

pytestmark = pytest.mark.slow

# n_embd, n_head, n_layer, n_positions, n_inner, layer_norm_epsilon
SHAPES = [
    (12, 3, 2, 11, None, 1e-5),
    (20, 5, 1, 17, 28, 1e-3),
    (8, 1, 3, 9, None, 1e-5),
    (56, 7, 2, 33, 40, 1e-6),
]
SENTENCES = [
    "the cat sat on the mat",
    "<|endoftext|>the dog's  3 naïve cats<|endoftext|>",
    "\n\n日本 ¿qué? 👩‍👩‍👧 end ",
]


@pytest.fixture
def transformers():
    pytest.importorskip("torch")
    return pytest.importorskip("transformers")


@pytest.fixture(params=SHAPES, ids=str)
def reference(request, transformers, tokenizer):
    import torch

    width, heads, layers, positions, inner, epsilon = request.param
    torch.manual_seed(0)
    model = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=tokenizer.vocabulary_size + 3,
            n_positions=positions,
            n_embd=width,
            n_layer=layers,
            n_head=heads,
            n_inner=inner,
            layer_norm_epsilon=epsilon,
            bos_token_id=0,
            eos_token_id=0,
        )
    ).eval()
    with torch.no_grad():
        for weight in model.parameters():  # biases and scales are all alike otherwise
            weight.add_(0.3 * torch.randn_like(weight))
    return model


def logits_of(reference, token_ids):
    import torch

    with torch.no_grad():
        return reference(torch.tensor(token_ids)).logits.numpy()


def some_ids(model):
    shape = (3, model.max_sequence_length)
    return np.random.default_rng(1).integers(0, model.vocabulary_size, shape)


def test_from_them_to_us(reference, tokenizer, tmp_path):
    reference.save_pretrained(tmp_path)
    tokenizer.to_files(tmp_path / "vocab.json", tmp_path / "merges.txt")
    model, _ = pretrained.load_gpt2(tmp_path, compile=False)
    ids = some_ids(model)
    logits = keras.ops.convert_to_numpy(model(ids))
    np.testing.assert_allclose(logits, logits_of(reference, ids), atol=1e-4)


def test_from_us_to_them_and_back(reference, transformers, tokenizer, tmp_path):
    config = reference.config
    model = models.transformer_decoder(
        config.vocab_size,
        config.n_positions,
        config.n_layer,
        config.n_head,
        config.n_embd,
        intermediate_dim=config.n_inner,
        activation="gelu_tanh",
        compile=False,
    )
    random = np.random.default_rng(2)
    for weight in model.weights:
        weight.assign(random.normal(scale=0.3, size=weight.shape))
    pretrained.save_gpt2(model, tokenizer, tmp_path / "ours")
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "ours").eval()
    ids = some_ids(model)
    logits = keras.ops.convert_to_numpy(model(ids))
    np.testing.assert_allclose(logits_of(theirs, ids), logits, atol=1e-4)

    theirs.save_pretrained(tmp_path / "theirs")
    tokenizer.to_files(
        tmp_path / "theirs" / "vocab.json", tmp_path / "theirs" / "merges.txt"
    )
    again, _ = pretrained.load_gpt2(tmp_path / "theirs", compile=False)
    pairs = itertools.zip_longest(again.weights, model.weights)
    assert all(np.array_equal(a, b) for a, b in pairs)


def test_greedy_text_is_the_same(reference, tokenizer, tmp_path):
    import torch

    reference.save_pretrained(tmp_path)
    tokenizer.to_files(tmp_path / "vocab.json", tmp_path / "merges.txt")
    model, _ = pretrained.load_gpt2(tmp_path, compile=False)
    prompt, room = [5, 7, 1], model.max_sequence_length - 3
    theirs = reference.generate(
        torch.tensor([prompt]),
        attention_mask=torch.ones((1, 3), dtype=torch.long),
        max_new_tokens=room,
        do_sample=False,
        eos_token_id=None,
        pad_token_id=0,
    )
    ours = model.generate(prompt, max_new_tokens=room)
    assert ours.tolist() == theirs[0].tolist()


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_tokenizer_gives_the_same_ids(transformers, tokenizer, tmp_path, sentence):
    size = tokenizer.vocabulary_size
    model = models.transformer_decoder(
        size, 8, 1, 2, 4, activation="gelu_tanh", compile=False
    )
    pretrained.save_gpt2(model, tokenizer, tmp_path)
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
    ids = tokenizer.encode(sentence, allow_special=True)
    assert theirs(sentence)["input_ids"] == list(ids)
    assert theirs.decode(ids) == sentence
    assert theirs.eos_token_id == tokenizer.token_to_id("<|endoftext|>")
    assert len(theirs) == size


def test_their_sharded_weights_are_read(reference, tokenizer, tmp_path):
    reference.save_pretrained(tmp_path, max_shard_size="4KB")
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())
    assert len(set(index["weight_map"].values())) > 1
    tokenizer.to_files(tmp_path / "vocab.json", tmp_path / "merges.txt")
    model, same = pretrained.load_gpt2(tmp_path, compile=False)
    assert isinstance(same, text.BytePairTokenizer)
    ids = some_ids(model)
    logits = keras.ops.convert_to_numpy(model(ids))
    np.testing.assert_allclose(logits, logits_of(reference, ids), atol=1e-4)
