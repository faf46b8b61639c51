"""word2vec: the loss, its gradient, and what a made-up language teaches it."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from fmkeras import models, text
from fmkeras.models.embeddings import Word2Vec, negative_sampling_loss
from fmkeras.runtime import set_seed

V, D, B, S = 11, 5, 7, 4


def build(**further):
    set_seed(3)
    model = models.word2vec(V, D, **further)
    spread = np.random.default_rng(1)
    model.set_weights([spread.normal(size=w.shape) for w in model.get_weights()])
    return model


@pytest.fixture
def batch():
    """Seven centres, four candidates each; ids recur, as they do in text."""
    rng = np.random.default_rng(0)
    labels = np.zeros((B, S), "float32")
    labels[:, 0] = 1
    return (rng.integers(V, size=B), rng.integers(V, size=(B, S))), labels


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def loss_and_gradients(model, batch):
    """The formula of the paper, pair by pair, and its derivative by hand."""
    (centers, candidates), _ = batch
    u, v = (w.astype("float64") for w in model.get_weights())
    loss, du, dv = 0.0, np.zeros_like(u), np.zeros_like(v)
    for center, (true, *drawn) in zip(centers, candidates, strict=True):
        p = sigmoid(u[center] @ v[true])
        loss -= np.log(p)
        du[center] += (p - 1) * v[true]
        dv[true] += (p - 1) * u[center]
        for other in drawn:
            p = sigmoid(u[center] @ v[other])
            loss -= np.log(sigmoid(-u[center] @ v[other]))
            du[center] += p * v[other]
            dv[other] += p * u[center]
    return loss / B, du / B, dv / B


def test_the_logits_are_products_of_two_tables(batch):
    model = build()
    (centers, candidates), _ = batch
    u, v = model.get_weights()
    expected = (u[centers][:, None] * v[candidates]).sum(axis=-1)
    np.testing.assert_allclose(model((centers, candidates)), expected, atol=1e-5)
    assert model.count_params() == 2 * V * D


@pytest.mark.slow
def test_loss_and_gradient_are_those_of_the_formula(batch):
    model = build()
    loss, du, dv = loss_and_gradients(model, batch)
    before = model.get_weights()
    model.compile(keras.optimizers.SGD(1.0), model.loss)
    assert model.evaluate(*batch, verbose=0) == pytest.approx(loss, rel=1e-5)
    model.fit(*batch, batch_size=B, verbose=0)
    for old, new, gradient in zip(before, model.get_weights(), (du, dv), strict=True):
        np.testing.assert_allclose(old - new, gradient, atol=1e-5)


def test_the_loss_is_the_formula_for_each_pair():
    logits = np.array([[1.0, -2.0, 0.5], [-30.0, 80.0, 0.0]], "float32")
    labels = np.array([[1, 0, 0], [1, 0, 0]])
    expected = [
        np.log1p(np.exp(-1.0)) + np.log1p(np.exp(-2.0)) + np.log1p(np.exp(0.5)),
        30.0 + 80.0 + np.log(2.0),
    ]
    np.testing.assert_allclose(
        negative_sampling_loss(labels, logits), expected, rtol=1e-6
    )


def test_the_vectors_are_those_of_the_centres():
    model = build()
    assert model.vectors.shape == (V, D)
    np.testing.assert_array_equal(model.vectors, model.get_weights()[0])


def test_nearest_goes_by_the_cosine():
    model = build()
    vectors = model.vectors.astype("float64")
    cosines = [
        vectors[6] @ other / np.linalg.norm(vectors[6]) / np.linalg.norm(other)
        for other in vectors
    ]
    order = [i for i in np.argsort(cosines)[::-1] if i != 6]
    found = model.nearest(6, 4)
    assert [token_id for token_id, _ in found] == order[:4]
    np.testing.assert_allclose(
        [cosine for _, cosine in found], np.take(cosines, order[:4]), atol=1e-6
    )
    assert [token_id for token_id, _ in model.nearest(6)] == order
    assert all(type(i) is int and type(c) is float for i, c in found)


def test_of_equally_near_tokens_the_first_comes_first():
    model = models.word2vec(100, D)
    same = np.tile(np.arange(1.0, D + 1), (100, 1))
    model.set_weights([same, 0 * same])
    others = [token_id for token_id in range(100) if token_id != 7]
    assert [token_id for token_id, _ in model.nearest(7, 99)] == others


def test_a_vector_of_zeros_is_near_to_nothing():
    model = build()
    u, v = model.get_weights()
    u[2] = 0
    model.set_weights([u, v])
    assert {cosine for _, cosine in model.nearest(2)} == {0.0}


@pytest.mark.slow
def test_words_in_like_company_become_neighbours():
    """A sentence is a word of each of five kinds in turn: the kinds are found."""
    set_seed(0)
    kinds, words = 5, 4
    rng = np.random.default_rng(0)
    sentences = rng.integers(words, size=(1500, kinds)) + words * np.arange(kinds)
    batches = text.skip_grams(
        sentences.ravel(), window=1, num_negatives=4, batch_size=64, subsample=None
    )
    model = models.word2vec(kinds * words, 8)
    model.fit(batches, epochs=3, verbose=0)
    for word in range(kinds * words):
        kind = word // words
        mates = {kind * words + other for other in range(words)} - {word}
        assert {other for other, _ in model.nearest(word, words - 1)} == mates


# The builder's contract -----------------------------------------------------


def test_signature():
    parameters = inspect.signature(models.word2vec).parameters
    assert list(parameters)[-3:] == ["learning_rate", "compile", "name"]
    assert len(parameters) <= 8


def test_arguments_arrive():
    model = build(learning_rate=0.125, name="other")
    assert model.name == "other"
    assert float(model.optimizer.learning_rate) == 0.125
    assert not build(compile=False).compiled


@pytest.mark.tensorflow
def test_many_steps_run_compiled_in_one_call():
    model = build()
    assert (model.jit_compile, model.steps_per_execution) == (True, 16)


def test_symbolic_shapes_equal_real_ones():
    inputs = keras.Input((), dtype="int32"), keras.Input((None,), dtype="int32")
    symbolic = build()(inputs)
    assert symbolic.shape == (None, None)
    assert symbolic.dtype == "float32"
    assert build().compute_output_shape(((None,), (None, S))) == (None, S)


def test_a_batch_equals_its_rows_alone(batch):
    model = build()
    (centers, candidates), _ = batch
    rows = [model((centers[i : i + 1], candidates[i : i + 1]))[0] for i in range(B)]
    np.testing.assert_allclose(model((centers, candidates)), rows, atol=1e-6)


@pytest.mark.tensorflow
@pytest.mark.parametrize("jit_compile", [False, True])
def test_eager_equals_compiled(jit_compile, batch):
    model = build()
    inputs = tuple(tf.constant(ids) for ids in batch[0])
    compiled = tf.function(model, jit_compile=jit_compile)
    np.testing.assert_allclose(model(inputs), compiled(inputs), atol=1e-6)


@pytest.mark.slow
def test_saves_and_loads(batch, tmp_path):
    model = build()
    model.fit(*batch, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = models.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, Word2Vec)
    assert loaded.get_config() == model.get_config()
    np.testing.assert_array_equal(loaded.vectors, model.vectors)
    np.testing.assert_array_equal(loaded(batch[0]), model(batch[0]))
    assert loaded.evaluate(*batch, verbose=0) == model.evaluate(*batch, verbose=0)
    loaded.fit(*batch, verbose=0)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_stays_finite(policy, batch):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = models.word2vec(V, D)
    finally:
        keras.config.set_dtype_policy(before)
    history = model.fit(*batch, epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert keras.backend.standardize_dtype(model(batch[0]).dtype) == "float32"
    assert model.vectors.dtype == np.float32


# Wrong arguments ------------------------------------------------------------


def refusal(function, *args, **kwargs):
    with pytest.raises(ValueError, match="Received") as error:
        function(*args, **kwargs)
    return str(error.value)


@pytest.mark.parametrize("value", [1, 0, 2.5, "4", None, True])
def test_vocabulary_size(value):
    assert refusal(models.word2vec, value, D) == (
        "word2vec: `vocabulary_size` must be an integer ≥ 2. "
        f"Received: vocabulary_size={value!r}."
    )


@pytest.mark.parametrize("value", [0, -3, 2.5, None])
def test_embedding_dim(value):
    assert refusal(models.word2vec, V, value) == (
        "word2vec: `embedding_dim` must be a positive integer. "
        f"Received: embedding_dim={value!r}."
    )


@pytest.mark.parametrize("value", [0, -1.0, "fast"])
def test_learning_rate(value):
    assert refusal(models.word2vec, V, D, learning_rate=value) == (
        "word2vec: `learning_rate` must be a number > 0. "
        f"Received: learning_rate={value!r}."
    )


@pytest.mark.parametrize("value", [-1, V, 1.0, "of"])
def test_nearest_to_no_token(value):
    assert refusal(build().nearest, value) == (
        "word2vec.nearest: `token_id` must be a token id from 0 to 10. "
        f"Received: token_id={value!r}."
    )


@pytest.mark.parametrize("value", [0, V, 1.5])
def test_nearest_of_no_number(value):
    assert refusal(build().nearest, 3, value) == (
        "word2vec.nearest: `k` must be an integer from 1 to 10, the number of other "
        f"tokens. Received: k={value!r}."
    )


OUTSIDE = (
    "word2vec: `{}` must be token ids from 0 to 10. Received: the id 11. What would "
    "do: the tokenizer that the model was built for, or a model with "
    "vocabulary_size=tokenizer.vocabulary_size."
)


@pytest.mark.slow
def test_ids_outside_the_vocabulary(batch):
    model = build()
    (centers, candidates), labels = batch
    wrong = candidates.copy()
    wrong[2, 3] = V
    assert refusal(model.fit, (centers, wrong), labels) == OUTSIDE.format("x")
    centers[1] = V
    assert refusal(model.evaluate, (centers, candidates), labels) == (
        OUTSIDE.format("x")
    )
    pipeline = tf.data.Dataset.from_tensor_slices(((centers, candidates), labels))
    assert refusal(model.fit, pipeline.batch(3), verbose=0) == (
        OUTSIDE.format("token_ids")
    )
