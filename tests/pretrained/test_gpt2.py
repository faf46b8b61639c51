"""GPT-2: the reference's numbers, and nothing half loaded or half written."""

import json
from pathlib import Path

import keras
import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from fmkeras import models, pretrained, text
from fmkeras.models.decoder import TransformerDecoder
from fmkeras.pretrained import gpt2

SNAPSHOT = json.loads(Path(__file__).with_name("gpt2_snapshot.json").read_text("utf-8"))
ADVICE = "What would do: config.json and weights of the same model."


@pytest.fixture(params=SNAPSHOT["models"], ids=lambda expected: str(expected["seed"]))
def expected(request):
    return request.param


@pytest.fixture
def snapshot_folder(expected, published, published_tensors):
    config = expected["config"]
    return published(config, published_tensors(config, expected["seed"]))


def agree(model, expected, tolerance=1e-4):
    logits = keras.ops.convert_to_numpy(model(np.array(expected["token_ids"])))
    some = logits[..., :: SNAPSHOT["every"]]
    np.testing.assert_allclose(some, expected["some_logits"], atol=tolerance)
    total = np.log(np.exp(logits).sum(axis=-1))
    np.testing.assert_allclose(total, expected["log_sum_exp"], atol=tolerance)


def test_gives_the_logits_of_the_reference(snapshot_folder, expected):
    model, _ = pretrained.load_gpt2(snapshot_folder)
    agree(model, expected)


@pytest.mark.slow
def test_writes_what_the_reference_writes(snapshot_folder, expected):
    model, _ = pretrained.load_gpt2(snapshot_folder, compile=False)
    greedy = expected["greedy"]
    written = model.generate(greedy[:3], max_new_tokens=len(greedy) - 3)
    assert written.tolist() == greedy


def test_a_saved_model_is_the_same_model(snapshot_folder, expected, tmp_path):
    model, tokenizer = pretrained.load_gpt2(snapshot_folder, compile=False)
    pretrained.save_gpt2(model, tokenizer, tmp_path / "saved")
    again, same_tokenizer = pretrained.load_gpt2(tmp_path / "saved")
    agree(again, expected)
    assert again.get_config() == model.get_config()
    sentence = "the cat ate 3 naïve mice"
    assert same_tokenizer.encode(sentence) == tokenizer.encode(sentence)


def test_saved_tensors_are_the_published_ones(snapshot_folder, tmp_path):
    model, tokenizer = pretrained.load_gpt2(snapshot_folder, compile=False)
    pretrained.save_gpt2(model, tokenizer, tmp_path / "saved")
    before = load_file(snapshot_folder / "model.safetensors")
    after = load_file(tmp_path / "saved" / "model.safetensors")
    assert set(after) == {f"transformer.{name}" for name in before}
    for name, values in before.items():
        np.testing.assert_array_equal(after[f"transformer.{name}"], values)


def as_language_model(tensors):
    named = {f"transformer.{name}": values for name, values in tensors.items()}
    return {**named, "lm_head.weight": tensors["wte.weight"].copy()}


def with_constants(tensors):
    mask = np.tril(np.ones((1, 1, 11, 11), "float32"))
    old = {"attn.bias": mask, "attn.masked_bias": np.float32(-1e4)[None]}
    return tensors | {f"h.{i}.{name}": x for i in (0, 1) for name, x in old.items()}


def test_old_constants_of_block_10_are_passed_over(published, published_tensors, sizes):
    deep = {**sizes, "n_layer": 11}
    mask = {"h.10.attn.bias": np.ones((1, 1, 11, 11), "float32")}
    folder = published(deep, published_tensors(deep, seed=0) | mask)
    model, _ = pretrained.load_gpt2(folder, compile=False)
    assert len(model.blocks) == 11


@pytest.mark.parametrize("spell", [as_language_model, with_constants])
def test_reads_both_spellings_and_old_constants(
    published, published_tensors, sizes, spell
):
    expected = SNAPSHOT["models"][0]
    folder = published(tensors=spell(published_tensors(sizes, seed=0)))
    model, _ = pretrained.load_gpt2(folder, compile=False)
    agree(model, expected)


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [("float64", 1e-4), ("float16", 0.01), (ml_dtypes.bfloat16, 0.1)],
)
def test_reads_other_precisions(published, published_tensors, sizes, dtype, tolerance):
    tensors = published_tensors(sizes, seed=0)
    folder = published(tensors={k: v.astype(dtype) for k, v in tensors.items()})
    model, _ = pretrained.load_gpt2(folder, compile=False)
    assert {weight.dtype for weight in model.weights} == {"float32"}
    agree(model, SNAPSHOT["models"][0], tolerance)


def test_reads_weights_in_several_files(published, published_tensors, sizes):
    folder = published()
    (folder / "model.safetensors").unlink()
    tensors, places = published_tensors(sizes, seed=0), {}
    for index in range(3):
        file = f"model-0000{index + 1}-of-00003.safetensors"
        part = {name: tensors[name] for name in list(tensors)[index::3]}
        save_file(part, folder / file)
        places |= dict.fromkeys(part, file)
    index = {"metadata": {}, "weight_map": places}
    path = folder / "model.safetensors.index.json"
    path.write_text(json.dumps(index), "utf-8")
    model, _ = pretrained.load_gpt2(folder, compile=False)
    agree(model, SNAPSHOT["models"][0])

    (folder / "model-00002-of-00003.safetensors").unlink()
    assert refusal(folder) == (
        f"load_gpt2, {folder / 'model-00002-of-00003.safetensors'}: "
        "there is no such file."
    )
    path.write_text('{"weight_map": ["model.safetensors"]}')
    assert refusal(folder) == (
        f"load_gpt2, {path}: this is no index of weights "
        "(AttributeError(\"'list' object has no attribute 'values'\"))."
    )


def test_a_whole_file_goes_before_an_index(published):
    folder = published()
    (folder / "model.safetensors.index.json").write_text("left over")
    model, _ = pretrained.load_gpt2(folder, compile=False)
    agree(model, SNAPSHOT["models"][0])


def test_an_index_names_files_of_its_own_folder_alone(
    published, published_tensors, sizes
):
    folder = published()
    outside = folder.parent / "outside.safetensors"
    (folder / "model.safetensors").rename(outside)
    names = dict.fromkeys(published_tensors(sizes, seed=0), "../outside.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": names}))
    within = folder / "outside.safetensors"
    assert refusal(folder) == f"load_gpt2, {within}: there is no such file."


def refusal(folder):
    with pytest.raises(ValueError) as error:
        pretrained.load_gpt2(folder)
    return str(error.value)


def without(name):
    return lambda tensors: tensors.pop(name)


def with_another(name, values):
    return lambda tensors: tensors.update({name: values})


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (without("h.1.ln_2.bias"), "'h.1.ln_2.bias' is missing"),
        (without("wte.weight"), "'wte.weight' is missing"),
        (
            with_another("h.2.ln_1.bias", np.zeros(12, "float32")),
            "'h.2.ln_1.bias' is left over",
        ),
        (
            with_another("h.0.attn.c_attn.weight", np.zeros((36, 12), "float32")),
            "'h.0.attn.c_attn.weight' has the shape (36, 12), not (12, 36)",
        ),
        (
            with_another("wpe.weight", np.zeros((11, 12), "int8")),
            "'wpe.weight' holds int8, not floats",
        ),
        (
            with_another("transformer.ln_f.bias", np.zeros(12, "float32")),
            "'ln_f.bias' occurs twice",
        ),
        (
            with_another("lm_head.weight", np.zeros((263, 12), "float32")),
            "'lm_head.weight' differs from 'wte.weight', to which it is tied",
        ),
        (
            with_another("lm_head.weight", np.zeros((12, 263), "float32")),
            "'lm_head.weight' has the shape (12, 263), not (263, 12)",
        ),
    ],
)
def test_names_the_tensor_that_is_wrong(
    published, published_tensors, sizes, change, found
):
    tensors = published_tensors(sizes, seed=0)
    change(tensors)
    folder = published(tensors=tensors)
    assert refusal(folder) == (
        f"load_gpt2, {folder}: the tensors must be those that config.json calls for. "
        f"Found: {found}. {ADVICE}"
    )


def test_names_five_of_many_wrong_tensors(published, sizes):
    folder = published(tensors={"a": np.zeros(3, "float32")})
    assert refusal(folder) == (
        f"load_gpt2, {folder}: the tensors must be those that config.json calls for. "
        "Found: 'wte.weight' is missing; 'wpe.weight' is missing; "
        "'h.0.ln_1.weight' is missing; 'h.0.ln_1.bias' is missing; "
        f"'h.0.attn.c_attn.weight' is missing; and 24 more. {ADVICE}"
    )


def test_names_the_tensor_that_is_cut_off(published):
    folder = published()
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    assert refusal(folder) == (
        f"load_gpt2, {path}: the file is cut off in the tensor 'wte.weight', "
        "100 bytes before that tensor's end. What would do: a whole copy of it."
    )


def test_nothing_is_built_before_all_is_read(published, monkeypatch):
    def build(*_, **__):
        raise AssertionError("built too early")

    monkeypatch.setattr(gpt2, "TransformerDecoder", build)
    folder = published()
    (folder / "vocab.json").write_text("{}")
    with pytest.raises(ValueError):
        pretrained.load_gpt2(folder)


@pytest.mark.parametrize("lost", ["vocab.json", "merges.txt", "model.safetensors"])
def test_names_the_file_that_is_missing(published, lost):
    folder = published()
    (folder / lost).unlink()
    assert refusal(folder) == (
        "load_gpt2: `source` must be a folder that holds config.json, "
        "model.safetensors, vocab.json and merges.txt; this one lacks "
        f"{lost}. Received: source={str(folder)!r}."
    )


def test_refuses_a_vocabulary_that_the_model_cannot_embed(published, sizes):
    small = {**sizes, "vocab_size": 260}
    folder = published(small)
    assert refusal(folder) == (
        f"load_gpt2, {folder}: vocab.json has 262 tokens, but config.json says "
        "vocab_size=260. What would do: the two files of the same model."
    )


def test_a_vocabulary_may_fill_the_model(published, published_tensors, sizes):
    full = {**sizes, "vocab_size": 262}
    folder = published(full, published_tensors(full, seed=0))
    model, tokenizer = pretrained.load_gpt2(folder, compile=False)
    assert model.vocabulary_size == tokenizer.vocabulary_size == 262
    pretrained.save_gpt2(model, tokenizer, folder)


def test_the_options_arrive(published):
    model, _ = pretrained.load_gpt2(published(), dropout=0.25, learning_rate=0.002)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.002)
    assert model.get_config()["dropout"] == 0.25
    folder = published(name="second")
    assert not pretrained.load_gpt2(folder, compile=False)[0].compiled


@pytest.mark.slow
def test_trains_on(published, tokenizer):
    model, _ = pretrained.load_gpt2(published(), dropout=0.25, learning_rate=0.002)
    ids = tokenizer.encode("the cat sat on the mat, and the dog sat on the cat")[:9]
    x, y = np.array([ids[:-1]]), np.array([ids[1:]])
    # Evaluated, because dropout makes the loss of a training step a matter of luck.
    before, *_ = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=5, verbose=0)
    after, *_ = model.evaluate(x, y, verbose=0)
    assert after < before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"dropout": -0.1},
            "load_gpt2: `dropout` must be a number in [0, 1). Received: dropout=-0.1.",
        ),
        (
            {"dropout": 1.0},
            "load_gpt2: `dropout` must be a number in [0, 1). Received: dropout=1.0.",
        ),
        (
            {"learning_rate": 0},
            "load_gpt2: `learning_rate` must be a number > 0. "
            "Received: learning_rate=0.",
        ),
    ],
)
def test_refuses_impossible_options(published, options, message):
    with pytest.raises(ValueError) as error:
        pretrained.load_gpt2(published(), **options)
    assert str(error.value) == message


@pytest.fixture
def decoder():
    def build(**options):
        options = {"activation": "gelu_tanh", "compile": False, **options}
        return models.transformer_decoder(265, 11, 2, 4, 16, **options)

    return build


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"activation": "gelu"},
            "`activation` must be 'gelu_tanh' for GPT-2's layout. "
            "Received: activation='gelu'.",
        ),
        (
            {"positions": "rotary"},
            "`positions` must be 'learned' for GPT-2's layout. "
            "Received: positions='rotary'.",
        ),
        (
            {"normalization": "rms"},
            "`normalization` must be 'layer' for GPT-2's layout. "
            "Received: normalization='rms'.",
        ),
        (
            {"use_bias": False},
            "`use_bias` must be True for GPT-2's layout. Received: use_bias=False.",
        ),
        (
            {"padding_id": 3},
            "`padding_id` must be None for GPT-2's layout. Received: padding_id=3.",
        ),
        (
            {"num_key_value_heads": 2},
            "`num_key_value_heads` must be None or num_heads=4 for GPT-2's layout. "
            "Received: num_key_value_heads=2.",
        ),
    ],
)
def test_refuses_to_save_what_the_layout_cannot_say(
    decoder, tokenizer, tmp_path, options, told
):
    with pytest.raises(ValueError) as error:
        pretrained.save_gpt2(decoder(**options), tokenizer, tmp_path / "saved")
    assert str(error.value) == f"save_gpt2: {told}"
    assert list(tmp_path.iterdir()) == []


def test_refuses_to_save_another_kind_of_model(tokenizer, tmp_path):
    with pytest.raises(ValueError) as error:
        pretrained.save_gpt2(models.mlp(4, (3,), 2), tokenizer, tmp_path / "saved")
    assert str(error.value) == (
        "save_gpt2: `model` must be a TransformerDecoder. Received: model='Functional'."
    )


def test_refuses_to_save_another_kind_of_tokenizer(decoder, tmp_path):
    letters = text.CharacterTokenizer.train("abc")
    with pytest.raises(ValueError) as error:
        pretrained.save_gpt2(decoder(), letters, tmp_path / "saved")
    assert str(error.value) == (
        "save_gpt2: `tokenizer` must be a BytePairTokenizer, as GPT-2's layout has one."
        " Received: tokenizer='CharacterTokenizer'."
    )


def test_refuses_to_save_a_tokenizer_with_too_many_ids(tokenizer, tmp_path):
    model = models.transformer_decoder(
        261, 11, 1, 2, 4, activation="gelu_tanh", compile=False
    )
    with pytest.raises(ValueError) as error:
        pretrained.save_gpt2(model, tokenizer, tmp_path / "saved")
    assert str(error.value) == (
        "save_gpt2: `tokenizer` must have at most the model's vocabulary_size=261 "
        "tokens. Received: a tokenizer of 262."
    )


def test_as_many_key_value_heads_as_heads_are_what_the_layout_says(
    decoder, tokenizer, tmp_path
):
    pretrained.save_gpt2(decoder(num_key_value_heads=4), tokenizer, tmp_path / "saved")
    model, _ = pretrained.load_gpt2(tmp_path / "saved", compile=False)
    assert (model.num_heads, model.num_key_value_heads) == (4, None)


def test_half_precision_is_saved_in_full(tokenizer, tmp_path):
    model = TransformerDecoder(
        265, 11, 2, 4, 16, activation="gelu_tanh", dtype="bfloat16"
    )
    model.build((None, None))
    pretrained.save_gpt2(model, tokenizer, tmp_path / "saved")
    saved = load_file(tmp_path / "saved" / "model.safetensors")
    assert {values.dtype.name for values in saved.values()} == {"float32"}
    table = keras.ops.cast(model.token_embedding.embeddings, "float32")
    np.testing.assert_array_equal(saved["transformer.wte.weight"], table)


def test_a_folder_in_the_home_directory_is_written(
    decoder, tokenizer, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    pretrained.save_gpt2(decoder(), tokenizer, "~/saved")
    assert (tmp_path / "saved" / "config.json").is_file()


def test_a_tokenizer_without_an_end_of_text_is_saved_without(decoder, tmp_path):
    plain = text.BytePairTokenizer.train("the cat sat", 260)
    pretrained.save_gpt2(decoder(), plain, tmp_path / "saved")
    config = json.loads((tmp_path / "saved" / "config.json").read_text("utf-8"))
    assert config["eos_token_id"] is None


def test_the_end_of_text_is_told_to_other_libraries(decoder, tokenizer, tmp_path):
    pretrained.save_gpt2(decoder(), tokenizer, tmp_path / "saved")
    config = json.loads((tmp_path / "saved" / "config.json").read_text("utf-8"))
    assert config["eos_token_id"] == tokenizer.token_to_id("<|endoftext|>") == 261


def test_saving_replaces_an_older_model(decoder, tokenizer, published):
    folder = published()
    (folder / "tokenizer_config.json").write_text("{}")
    pretrained.save_gpt2(decoder(), tokenizer, folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "merges.txt",
        "model.safetensors",
        "vocab.json",
    ]
    assert pretrained.load_gpt2(folder)[0].vocabulary_size == 265
    assert list(folder.parent.iterdir()) == [folder]


def test_a_full_disk_leaves_the_older_model_as_it_was(
    decoder, tokenizer, published, monkeypatch
):
    folder = published()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fail(path, tensors):
        path.write_bytes(b"the first bytes")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gpt2, "write_safetensors", fail)
    with pytest.raises(OSError) as error:
        pretrained.save_gpt2(decoder(), tokenizer, folder)
    assert str(error.value) == (
        f"save_gpt2: '{folder}' could not be written (No space left on device); what "
        "was there before is as it was. "
        "What would do: a folder with room that you may write to."
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert list(folder.parent.iterdir()) == [folder]


def test_refuses_to_replace_what_is_no_model(decoder, tokenizer, tmp_path):
    for name in ("thesis.txt", "a.txt", "b.txt", "z.txt"):
        (tmp_path / name).write_text("two years of work")
    must_be = "a new folder, or one with a model in GPT-2's layout alone"
    with pytest.raises(ValueError) as error:
        pretrained.save_gpt2(decoder(), tokenizer, tmp_path)
    assert str(error.value) == (
        f"save_gpt2: `folder` must be {must_be}; this one holds 'a.txt', 'b.txt', "
        "'thesis.txt'. "
        f"Received: folder={str(tmp_path)!r}."
    )
    with pytest.raises(ValueError) as error:
        pretrained.save_gpt2(decoder(), tokenizer, tmp_path / "thesis.txt")
    assert f"must be {must_be}; it is a file. " in str(error.value)
