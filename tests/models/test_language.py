"""What language models share: checked ids, padding in the loss, decay, `generate`."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from fmkeras import generation, models
from fmkeras.models.compiling import MatrixAdamW
from fmkeras.models.language import LanguageModel
from fmkeras.runtime import set_seed

B, T, V, LONGEST = 4, 6, 9, 20


def make(**further):
    """Build a decoder that XLA does not compile: small tests are soon over."""
    arguments = {"num_layers": 1, "num_heads": 2, "hidden_dim": 8, **further}
    model = models.transformer_decoder(V, LONGEST, **arguments)
    model.jit_compile = False
    return model


def windows(rows=B):
    ids = np.random.default_rng(2).integers(1, V, size=(rows, T + 1))
    return ids[:, :-1].copy(), ids[:, 1:].copy()


def refusal(function, *args, **kwargs):
    with pytest.raises(ValueError, match="Received") as error:
        function(*args, **kwargs)
    return str(error.value)


ADVICE = (
    "What would do: the tokenizer that the model was built for, or a model with "
    "vocabulary_size=tokenizer.vocabulary_size."
)


@pytest.fixture(scope="module")
def refusing():
    """One model for all that it refuses, for it learns nothing from that."""
    return make()


class Batches(keras.utils.PyDataset):
    def __init__(self, x, y):
        super().__init__()
        self.batches = [(x[:2], y[:2]), (x[2:], y[2:])]

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return self.batches[index]


@pytest.mark.parametrize(
    ("method", "side", "wrong"),
    [("fit", "x", V), ("fit", "y", -1), ("evaluate", "x", -7), ("evaluate", "y", 99)],
)
@pytest.mark.parametrize("kind", ["array", "pipeline", "generator", "PyDataset"])
def test_an_id_outside_the_vocabulary(refusing, method, side, wrong, kind):
    x, y = windows()
    {"x": x, "y": y}[side][2, 3] = wrong
    data = {
        "array": (x, y),
        "pipeline": (tf.data.Dataset.from_tensor_slices((x, y)).batch(2),),
        "generator": (pair for pair in [(x[:2], y[:2]), (x[2:], y[2:])]),
        "PyDataset": (Batches(x, y),),
    }[kind]
    if kind == "generator":
        data = (data,)
    named = "token_ids" if kind == "pipeline" else side
    assert refusal(getattr(refusing, method), *data, verbose=0) == (
        f"transformer_decoder: `{named}` must be token ids from 0 to 8. "
        f"Received: the id {wrong}. {ADVICE}"
    )


@pytest.mark.parametrize("as_pipeline", [False, True])
def test_an_id_outside_the_vocabulary_in_the_validation_data(refusing, as_pipeline):
    good, bad = windows(), windows()
    bad[0][1, 1] = bad[0][2, 2] = 9
    validation = tf.data.Dataset.from_tensors(bad) if as_pipeline else bad
    named, others = ("token_ids", "") if as_pipeline else ("x", " and 1 more")
    assert refusal(refusing.fit, *good, validation_data=validation, verbose=0) == (
        f"transformer_decoder: `{named}` must be token ids from 0 to 8. "
        f"Received: the id 9{others}. {ADVICE}"
    )


def test_ids_that_are_no_integers(refusing):
    x, y = windows()
    assert refusal(refusing.fit, x / 2.0, y, verbose=0) == (
        "transformer_decoder: `x` must be token ids, integers. Received: x of type "
        "float64. What would do: tokenizer.encode(text)."
    )


@pytest.mark.parametrize("length", [LONGEST + 1, LONGEST + 5])
def test_a_sequence_longer_than_the_model(refusing, length):
    with pytest.raises(ValueError, match="Received") as error:
        refusing(np.ones((2, length), "int32"))
    assert (
        f"transformer_decoder: `token_ids` must be at most max_sequence_length=20 "
        f"long. Received: {length} ids, {length - 20} too many. What would do: windows "
        f"of sequence_length=20, or a model with max_sequence_length={length}."
    ) in str(error.value)


def test_what_generate_refuses(refusing):
    assert refusal(refusing.generate, [1, 9]) == (
        "generate: `token_ids` must be from 0 to 8. Received: 9 in row 0, position 1. "
        "What would do: the tokenizer that the model was trained with."
    )
    assert refusal(refusing.generate, []) == (
        "generate: `token_ids` must hold at least one token in every prompt. Received: "
        "an empty prompt in row 0. What would do: a prompt of one token, such as the "
        "one that starts a text."
    )
    assert refusal(refusing.generate, [1] * 8, max_new_tokens=15) == (
        "generate: prompt and `max_new_tokens` together must be at most 20 tokens, the "
        "model's max_sequence_length. Received: a prompt of 8 tokens, "
        "max_new_tokens=15. What would do: max_new_tokens=12, or a prompt shortened "
        "from the left."
    )
    assert refusal(refusing.generate, [1] * 25, max_new_tokens=5) == (
        "generate: prompt and `max_new_tokens` together must be at most 20 tokens, the "
        "model's max_sequence_length. Received: a prompt of 25 tokens, "
        "max_new_tokens=5. What would do: the end of the prompt, token_ids[-15:]."
    )


def cross_entropies(model, x, y):
    logits = np.asarray(model(x), "float64")
    logits -= np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(logits, y[..., None], axis=-1)[..., 0]


def test_loss_perplexity_and_accuracy_by_hand():
    set_seed(1)
    model, (x, y) = make(), windows()
    measured = model.evaluate(x, y, verbose=0, return_dict=True)
    expected = cross_entropies(model, x, y).mean()
    right = np.asarray(model(x)).argmax(axis=-1) == y
    assert set(measured) == {"loss", "perplexity", "accuracy"}
    np.testing.assert_allclose(measured["loss"], expected, rtol=1e-5)
    np.testing.assert_allclose(measured["perplexity"], np.exp(expected), rtol=1e-5)
    np.testing.assert_allclose(measured["accuracy"], right.mean(), rtol=1e-6)


def test_tokens_of_no_weight_count_neither_in_the_loss_nor_in_the_metrics():
    set_seed(1)
    model, (x, y) = make(), windows()
    weights = np.zeros((B, T))
    weights[:, 2:] = 1.0  # such as an answer after its question
    losses = cross_entropies(model, x, y)
    right = np.asarray(model(x)).argmax(axis=-1) == y
    measured = model.evaluate(x, y, sample_weight=weights, verbose=0, return_dict=True)
    # Keras divides the loss by all tokens, whatever they weigh.
    np.testing.assert_allclose(measured["loss"], (weights * losses).mean(), rtol=1e-5)
    expected = np.exp(losses[:, 2:].mean())
    np.testing.assert_allclose(measured["perplexity"], expected, rtol=1e-5)
    np.testing.assert_allclose(measured["accuracy"], right[:, 2:].mean(), rtol=1e-6)


@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_counts_neither_in_the_loss_nor_in_the_metrics(side):
    set_seed(1)
    model, (x, y) = make(padding_id=0), windows()
    expected = model.evaluate(x, y, verbose=0, return_dict=True)
    assert np.isclose(expected["loss"], cross_entropies(model, x, y).mean())
    pad = ((0, 0), (3, 0) if side == "left" else (0, 3))
    x, y = np.pad(x, pad), np.pad(y, pad)
    measured = model.evaluate(x, y, verbose=0, return_dict=True)
    for name, value in expected.items():
        np.testing.assert_allclose(measured[name], value, rtol=1e-5)


@pytest.mark.masks_to_the_loss
def test_a_real_target_after_a_padded_input_does_not_count_either():
    """The token before the first is unknown: nothing is there to predict it from."""
    set_seed(1)
    model, (x, y) = make(padding_id=0), windows()
    hidden = x.copy()
    hidden[:, 0] = 0
    losses = cross_entropies(model, hidden, y)
    measured = model.evaluate(hidden, y, verbose=0, return_dict=True)
    np.testing.assert_allclose(measured["loss"], losses[:, 1:].mean(), rtol=1e-5)
    np.testing.assert_allclose(
        measured["perplexity"], np.exp(losses[:, 1:].mean()), rtol=1e-5
    )


@pytest.fixture
def policy(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


@pytest.mark.parametrize(
    ("policy", "loaded"),
    [
        ("float32", False),
        pytest.param("float32", True, marks=pytest.mark.slow),
        pytest.param("mixed_float16", False, marks=pytest.mark.slow),
        pytest.param("mixed_float16", True, marks=pytest.mark.slow),
    ],
    indirect=["policy"],
)
def test_weight_decay_pulls_on_matrices_alone(policy, loaded, tmp_path):
    model, (x, y) = make(learning_rate=0.5), windows()
    assert model.dtype_policy.name == policy
    if loaded:
        model.save(tmp_path / "model.keras")
        model = models.load_model(tmp_path / "model.keras")
        model.jit_compile = False
    rng = np.random.default_rng(4)
    for weight in model.trainable_weights:
        weight.assign(rng.normal(size=weight.shape))
    before = model.get_weights()
    # Nothing to learn: what is left of the step is the decay.
    model.fit(x, y, sample_weight=np.zeros((B, T)), verbose=0)
    for weight, old in zip(model.weights, before, strict=True):
        shrunk = 1 - 0.5 * 0.1 if old.ndim == 2 else 1.0
        np.testing.assert_allclose(weight.numpy(), shrunk * old, rtol=1e-5, atol=1e-7)


def test_the_optimizer_is_the_one_that_is_documented():
    config = make(learning_rate=0.25).optimizer.get_config()
    assert isinstance(make().optimizer, MatrixAdamW)
    assert (config["learning_rate"], config["weight_decay"]) == (0.25, 0.1)
    assert (config["beta_1"], config["beta_2"]) == (0.9, 0.99)
    assert config["global_clipnorm"] == 1.0


@pytest.mark.slow
def test_generates_what_the_full_pass_says_token_by_token():
    model, prompts = make(num_layers=2), [[1, 2, 3], [4], [5, 6, 7, 8, 1]]
    rng = np.random.default_rng(7)
    for weight in model.trainable_weights:  # far from equal logits
        weight.assign(rng.normal(0, 0.8, weight.shape))
    texts = model.generate(prompts, max_new_tokens=9)
    for prompt, text in zip(prompts, texts, strict=True):
        ids = list(prompt)
        for _ in range(9):
            ids.append(int(np.asarray(model(np.array([ids])))[0, -1].argmax()))
        assert text.tolist() == ids
    assert len({tuple(text[-9:].tolist()) for text in texts}) == 3


@pytest.mark.slow
def test_generates_up_to_the_last_position_from_one_prompt_or_several():
    model = make()
    text = model.generate([1, 2], max_new_tokens=18)
    assert text.shape == (20,)
    assert text[:2].tolist() == [1, 2]
    long = model.generate([1] * 18, max_new_tokens=2)  # a bucket would be longer
    assert long.shape == (20,)
    several = model.generate(np.array([[1, 2], [1, 2]]), max_new_tokens=18)
    assert [row.tolist() for row in several] == [text.tolist()] * 2


@pytest.mark.slow
def test_seeds_stop_ids_streaming_and_beams_reach_the_engine():
    model = make()
    first = model.generate([1], 12, sampler=generation.Temperature(2.0), seed=3)
    again = model.generate([1], 12, sampler=generation.Temperature(2.0), seed=3)
    other = model.generate([1], 12, sampler=generation.Temperature(2.0), seed=4)
    assert first.tolist() == again.tolist() != other.tolist()
    stop = int(first[4])
    seen = []
    stopped = model.generate(
        [1],
        12,
        sampler=generation.Temperature(2.0),
        stop_ids=[stop],
        seed=3,
        on_token=lambda ids: seen.append(int(ids[0])),
    )
    end = first[1:].tolist().index(stop) + 1
    assert stopped.tolist() == first[:end].tolist()
    assert [i for i in seen if i >= 0] == first[1:end].tolist()
    set_seed(5)
    free = model.generate([1], 12, sampler=generation.Temperature(2.0))
    set_seed(5)
    assert (
        model.generate([1], 12, generation.Temperature(2.0)).tolist() == free.tolist()
    )
    assert len(model.generate([1], 3, sampler=generation.Beam(2))) == 4


@pytest.mark.slow
def test_generates_with_the_weights_of_the_moment():
    model = make()
    model.generate([1], max_new_tokens=3)
    for weight in model.trainable_weights:
        weight.assign(np.zeros(weight.shape))
    table = np.zeros((V, 8))
    table[5] = 1.0
    model.token_embedding.embeddings.assign(table)
    model.final_norm.beta.assign(np.ones(8))
    assert model.generate([1], max_new_tokens=3).tolist() == [1, 5, 5, 5]


def test_a_child_must_say_how_it_decodes():
    model = LanguageModel(5)
    with pytest.raises(NotImplementedError):
        model.make_cache(1, 2)
    with pytest.raises(NotImplementedError):
        model.next_logits(None, None, 0, None)


def test_the_example_of_an_error_names_the_renamed_model():
    x, y = windows()
    x[0, 0] = 70
    said = refusal(make(name="scribe").fit, x, y)
    assert re.match(
        r"scribe: `x` must be token ids from 0 to 8\. Received: the id 70\.", said
    )
