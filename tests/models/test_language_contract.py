"""What holds for every builder of a language model, with odd arguments."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from fmkeras import generation, models
from fmkeras.models.language import LanguageModel
from fmkeras.runtime import set_seed

B, T, V = 5, 7, 11  # 5 rows in batches of 2: the last one is short

# name: arguments after the vocabulary
LANGUAGE_MODELS = {
    "transformer_decoder": {
        "max_sequence_length": 13,
        "num_layers": 2,
        "num_heads": 4,
        "hidden_dim": 24,
        "num_key_value_heads": 2,
        "positions": "alibi",
        "padding_id": 0,
        "dropout": 0.1,
    },
    "rnn_language_model": {
        "hidden_dim": 6,
        "num_layers": 2,
        "cell": "lstm",
        "embedding_dim": 5,
        "padding_id": 0,
        "dropout": 0.1,
    },
}
# Too large to build in every test, or no language models: they have tests of their own.
ELSEWHERE = {
    "gpt2": "test_gpt.py",
    "seq2seq": "test_seq2seq.py",
    "word2vec": "test_embeddings.py",
}


@pytest.fixture(params=list(LANGUAGE_MODELS))
def name(request):
    return request.param


@pytest.fixture
def uncompiled(monkeypatch):
    """Let the engine write without XLA: what it writes, not how fast."""
    monkeypatch.setattr(
        "fmkeras.generation.compiling.compiled", lambda function, variables: function
    )


def make(name, /, **further):
    model = getattr(models, name)(V, **{**LANGUAGE_MODELS[name], **further})
    return without_xla(model)


def without_xla(model):
    """Let TensorFlow train at once: XLA compiles for longer than the tests train."""
    if keras.backend.backend() == "tensorflow":
        model.jit_compile = False
    return model


def windows():
    ids = np.random.default_rng(1).integers(1, V, size=(B, T + 1))
    return ids[:, :-1].copy(), ids[:, 1:].copy()


@pytest.mark.parametrize("each", [*LANGUAGE_MODELS, *ELSEWHERE])
def test_signature(each):
    parameters = inspect.signature(getattr(models, each)).parameters
    assert {"learning_rate", "compile", "name"} <= set(parameters)
    assert parameters["name"].default == each
    assert parameters["compile"].default is True


def test_is_a_language_model_that_knows_its_sizes(name):
    model = make(name)
    assert isinstance(model, LanguageModel)
    assert (model.vocabulary_size, model.padding_id) == (V, 0)
    assert model.max_sequence_length == LANGUAGE_MODELS[name].get("max_sequence_length")


def test_learning_rate_and_name_arrive_and_the_bare_model_is_not_compiled(name):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.5)
    assert float(make(name, learning_rate=0.125).optimizer.learning_rate) == 0.125
    assert float(make(name, learning_rate=schedule).optimizer.learning_rate) == 0.5
    bare = make(name, name="other", compile=False)
    assert bare.name == "other"
    assert not bare.compiled


@pytest.mark.parametrize("rate", [0, -1.0, "fast", None])
def test_a_learning_rate_must_be_positive(name, rate):
    with pytest.raises(ValueError) as error:
        make(name, learning_rate=rate)
    assert str(error.value) == (
        f"{name}: `learning_rate` must be a number > 0. "
        f"Received: learning_rate={rate!r}."
    )


def test_symbolic_shapes_equal_real_ones(name):
    model, (x, _) = make(name), windows()
    assert model.compute_output_shape((None, None)) == (None, None, V)
    assert tuple(model(keras.Input((T,), dtype="int32")).shape) == (None, T, V)
    assert tuple(model(x).shape) == (B, T, V)


@pytest.mark.slow
def test_one_step_of_fit_changes_every_weight_and_says_how_it_went(name):
    model, (x, y) = make(name, learning_rate=0.05), windows()
    before = model.get_weights()
    history = model.fit(x, y, batch_size=B, verbose=0).history
    assert set(history) == {"loss", "perplexity", "accuracy"}
    assert np.isfinite(history["loss"]).all()
    for weight, old in zip(model.weights, before, strict=True):
        assert np.any(weight.numpy() != old), weight.path


@pytest.mark.slow
def test_opens_again_with_equal_outputs_and_goes_on(name, tmp_path):
    model, (x, y) = make(name), windows()
    model.fit(x, y, batch_size=2, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = models.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(model)
    assert loaded.get_config() == model.get_config()
    np.testing.assert_array_equal(model(x), loaded(x))
    without_xla(loaded)
    for old, new in zip(
        model.optimizer.variables, loaded.optimizer.variables, strict=True
    ):
        np.testing.assert_array_equal(old, new)
    arguments = {"max_new_tokens": 5, "sampler": generation.Temperature(1.5), "seed": 3}
    text = model.generate([1, 2], **arguments)
    np.testing.assert_array_equal(text, loaded.generate([1, 2], **arguments))
    with pytest.raises(
        ValueError, match=rf"^{name}: `x` must be token ids from 0 to 10"
    ):
        loaded.fit(x + V, y, verbose=0)
    loaded.fit(x, y, batch_size=2, verbose=0)


def in_love_with_padding(name, padding_id):
    """Build a model that wants nothing but padding after every token."""
    set_seed(1)
    model = getattr(models, name)(
        V, **{**LANGUAGE_MODELS[name], "padding_id": padding_id}
    )
    if name == "transformer_decoder":
        table = model.token_embedding.embeddings.numpy()
        table[padding_id] = 1.0
        model.token_embedding.embeddings.assign(table)
        model.final_norm.beta.assign(np.full(24, 9.0))
    else:
        model.to_logits.bias.assign(99.0 * (np.arange(V) == padding_id))
    logits = np.asarray(model(np.array([[1, 2]])))[0, -1]
    assert logits.argmax() == padding_id
    return model


@pytest.mark.slow
@pytest.mark.parametrize(
    "sampler",
    [
        None,
        generation.RepetitionPenalty(1.5)
        | generation.Temperature(50.0)
        | generation.TopP(0.99),
        generation.Beam(3),
    ],
    ids=repr,
)
def test_padding_is_never_written(name, sampler, uncompiled):
    model, prompts = in_love_with_padding(name, padding_id=4), [[1, 2, 3], [5]]
    texts = model.generate(prompts, 6, sampler, seed=1)
    for text, prompt in zip(texts, prompts, strict=True):
        assert len(text) == len(prompt) + 6
        assert 4 not in text.tolist()


def test_what_is_no_padding_is_as_probable_as_if_there_were_none(name, uncompiled):
    model = in_love_with_padding(name, padding_id=4)
    texts, scores = model.beam_search([1, 2], generation.Beam(V), max_new_tokens=1)
    written = [int(text[-1]) for text in texts]
    assert set(written) == set(range(V)) - {4}  # no eleventh text
    logits = np.asarray(model(np.array([[1, 2]])), "float64")[0, -1]
    logits[4] = -np.inf
    probabilities = np.exp(logits - np.delete(logits, 4).max())
    expected = (probabilities / probabilities.sum())[written]
    np.testing.assert_allclose(np.exp(scores), expected, rtol=1e-4)


@pytest.mark.parametrize("method", ["generate", "beam_search"])
def test_a_prompt_with_padding(name, method):
    arguments = (generation.Beam(2),) if method == "beam_search" else ()
    with pytest.raises(ValueError) as error:
        getattr(make(name), method)([[3, 1], [4, 0, 0]], *arguments)
    assert str(error.value) == (
        f"{method}: `token_ids` must be free of padding, padding_id=0. Received: 0 in "
        "row 1, position 1. What would do: prompts without it, which may differ in "
        "length."
    )


@pytest.mark.slow
def test_beam_search_gives_the_texts_and_how_probable_they_are(name, uncompiled):
    set_seed(3)
    model, prompts = make(name), [[1, 2, 3], [4]]
    penalty, new = 0.7, 5
    found = model.beam_search(prompts, generation.Beam(3, penalty), max_new_tokens=new)
    best = model.generate(prompts, new, generation.Beam(3, penalty))
    for prompt, texts, scores, first in zip(prompts, *found, best, strict=True):
        assert scores.shape == (3,)
        assert (np.diff(scores) < 0).all()
        assert first.tolist() == texts[0].tolist()
        for text, score in zip(texts, scores, strict=True):
            assert text[: len(prompt)].tolist() == prompt
            logits = np.asarray(model(text[None, :-1]), "float64")[0]
            logits[:, 0] = -np.inf  # padding
            log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
            total = log_p[np.arange(len(text) - 1), text[1:]][-new:].sum()
            expected = total / ((5 + new) / 6) ** penalty
            np.testing.assert_allclose(score, expected, rtol=1e-4)


def test_beam_search_wants_a_beam(name):
    with pytest.raises(ValueError) as error:
        make(name).beam_search([1], generation.TopP(0.9))
    assert str(error.value) == (
        "beam_search: `beam` must be a Beam. Received: beam=TopP(0.9). "
        "What would do: Beam(4)."
    )


@pytest.mark.slow
def test_the_same_seed_gives_the_same_run(name):
    runs = []
    for seed in (5, 5, 6):
        set_seed(seed)
        model, (x, y) = make(name), windows()
        model.fit(x, y, batch_size=2, verbose=0)
        runs.append(model.get_weights())
    for first, second in zip(runs[0], runs[1], strict=True):
        np.testing.assert_array_equal(first, second)
    assert any(np.any(a != b) for a, b in zip(runs[0], runs[2], strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_and_generates(name, policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model, (x, y) = make(name), windows()
        history = model.fit(x, y, batch_size=B, epochs=2, verbose=0).history
        text = model.generate([1, 2], max_new_tokens=4)
    finally:
        keras.config.set_dtype_policy(before)
    assert np.isfinite(history["loss"]).all()
    assert keras.backend.standardize_dtype(model(x).dtype) == "float32"
    assert {weight.dtype for weight in model.trainable_weights} == {"float32"}
    assert len(text) == 6


@pytest.mark.slow
def test_a_pipeline_trains_as_arrays_do(name):
    weights = []
    for as_pipeline in (False, True):
        set_seed(2)
        model, (x, y) = make(name), windows()
        if as_pipeline:
            model.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(2), verbose=0)
        else:
            model.fit(x, y, batch_size=2, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    for array, pipeline in zip(*weights, strict=True):
        np.testing.assert_allclose(array, pipeline, atol=1e-5)


@pytest.mark.slow
@pytest.mark.tensorflow
def test_xla_trains_a_decoder_as_plain_steps_do():
    trained = []
    for jit_compile in (False, True):
        set_seed(3)
        model = models.transformer_decoder(
            V, **{**LANGUAGE_MODELS["transformer_decoder"], "dropout": 0.0}
        )
        assert model.jit_compile  # the builder's choice at this width
        model.jit_compile = jit_compile
        x, y = windows()
        model.fit(x, y, batch_size=2, epochs=2, verbose=0)
        trained.append(model.get_weights())
    for plain, compiled in zip(*trained, strict=True):
        np.testing.assert_allclose(compiled, plain, atol=1e-4)


@pytest.mark.slow
def test_learns_a_text_by_heart_and_recites_it(name):
    set_seed(0)
    ids = np.tile(np.arange(1, V), 8)
    x, y = ids[: 6 * 12].reshape(6, 12), ids[1 : 6 * 12 + 1].reshape(6, 12)
    model = make(name, dropout=0.0, learning_rate=0.02)
    history = model.fit(x, y, batch_size=6, epochs=150, verbose=0).history
    assert history["perplexity"][-1] < 1.5
    assert model.generate([3, 4, 5], max_new_tokens=7).tolist() == [*range(3, 11), 1, 2]
