"""Wrong arguments of the builders: the whole sentence that a learner reads."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from fmkeras import models, runtime


def refusal(function, *args, **kwargs):
    with pytest.raises(ValueError, match="Received") as error:
        function(*args, **kwargs)
    return str(error.value)


@pytest.mark.parametrize("value", [0, -1, 2.5, "4", None, True])
@pytest.mark.parametrize(
    "name", ["linear_regression", "logistic_regression", "perceptron"]
)
def test_num_features(name, value):
    assert refusal(getattr(models, name), value) == (
        f"{name}: `num_features` must be a positive integer. "
        f"Received: num_features={value!r}."
    )


@pytest.mark.parametrize("value", [0, -3, 1.0, "2"])
def test_num_outputs(value):
    sentence = (
        "{}: `num_outputs` must be a positive integer. "
        f"Received: num_outputs={value!r}."
    )
    assert refusal(models.linear_regression, 2, value) == sentence.format(
        "linear_regression"
    )
    assert refusal(models.mlp, 2, (3,), value) == sentence.format("mlp")


@pytest.mark.parametrize("value", [1, 0, -2, 2.0, "10"])
def test_num_classes(value):
    assert refusal(models.softmax_regression, 4, value) == (
        "softmax_regression: `num_classes` must be an integer ≥ 2. "
        f"Received: num_classes={value!r}. What would do: 2 or more; for one "
        "probability, fmkeras.models.logistic_regression."
    )
    assert refusal(models.lenet5, num_classes=value) == (
        "lenet5: `num_classes` must be an integer ≥ 2. "
        f"Received: num_classes={value!r}. What would do: 2 or more."
    )


@pytest.mark.parametrize("value", [(), (0,), (8, "x"), 8, "88", (3, -1), (2.0,)])
def test_hidden_dims(value):
    assert refusal(models.mlp, 4, value, 2) == (
        "mlp: `hidden_dims` must be a non-empty sequence of positive integers, one "
        f"for each hidden layer. Received: hidden_dims={value!r}. "
        "What would do: (64,) or (128, 64)."
    )


@pytest.mark.parametrize("value", [0, (), (4, 0), "44", (None, 3), 2.5])
@pytest.mark.parametrize("name", ["softmax_regression", "mlp"])
def test_input_shape(name, value):
    arguments = {"num_classes": 3} if name == "softmax_regression" else {}
    if name == "mlp":
        arguments = {"hidden_dims": (3,), "num_outputs": 2}
    assert refusal(getattr(models, name), value, **arguments) == (
        f"{name}: `input_shape` must be a positive integer or a tuple of them, "
        f"without the batch axis. Received: input_shape={value!r}. "
        "What would do: 64 or (28, 28, 1)."
    )


@pytest.mark.parametrize("value", [28, (28, 28), (28, 0, 1), (28, 28, "1"), None])
def test_input_shape_of_an_image(value):
    assert refusal(models.lenet5, value) == (
        "lenet5: `input_shape` must be a tuple (height, width, channels) of positive "
        f"integers. Received: input_shape={value!r}. What would do: (28, 28, 1)."
    )


@pytest.mark.parametrize("value", [(8, 8, 1), (11, 28, 3), (28, 11, 1)])
def test_an_image_smaller_than_the_receptive_field(value):
    assert refusal(models.lenet5, value) == (
        "lenet5: `input_shape` must be at least 12 × 12 pixels, or nothing is left of "
        "the image after two convolutions and two poolings. "
        f"Received: input_shape={value!r}. What would do: load_digits(size=28), whose "
        "images are (28, 28, 1)."
    )


def test_unknown_choices_offer_the_nearest():
    names = (
        "'relu', 'leaky_relu', 'elu', 'selu', 'gelu', 'silu', 'sigmoid', 'tanh', "
        "'softplus', 'linear'"
    )
    assert refusal(models.mlp, 4, (3,), 2, activation="rleu") == (
        f"mlp: `activation` must be one of {names}. Received: activation='rleu'. "
        "What would do: 'relu'."
    )
    assert refusal(models.perceptron, 4, "sigmiod") == (
        f"perceptron: `activation` must be one of {names}. "
        "Received: activation='sigmiod'. What would do: 'sigmoid'."
    )
    assert refusal(models.mlp, 4, (3,), 2, task="classify") == (
        "mlp: `task` must be one of 'classification', 'regression'. "
        "Received: task='classify'. What would do: 'classification'."
    )
    assert refusal(models.lenet5, variant="1989") == (
        "lenet5: `variant` must be one of 'modern', '1998'. Received: variant='1989'. "
        "What would do: '1998'."
    )
    assert refusal(models.lenet5, classifier_activation="sigmoid") == (
        "lenet5: `classifier_activation` must be one of 'softmax', None. "
        "Received: classifier_activation='sigmoid'."
    )
    assert refusal(models.logistic_regression, 3, classifier_activation="softmax") == (
        "logistic_regression: `classifier_activation` must be one of 'sigmoid', None. "
        "Received: classifier_activation='softmax'."
    )


@pytest.mark.parametrize(
    "name", ["linear_regression", "logistic_regression", "softmax_regression"]
)
def test_l2(name):
    arguments = {"num_classes": 3} if name == "softmax_regression" else {}
    assert refusal(getattr(models, name), 4, **arguments, l2=-0.5) == (
        f"{name}: `l2` must be a number ≥ 0. Received: l2=-0.5."
    )


def test_a_function_is_an_activation():
    model = models.mlp(2, (3,), 1, activation=keras.ops.sin)
    assert model.layers[1].activation is keras.ops.sin


# Labels ---------------------------------------------------------------------

FEATURES = np.zeros((12, 5), "float32")
OUT_OF_RANGE = (
    "softmax_regression: `y` must be labels from 0 to 2. Received: a label 3{}. "
    "What would do: labels counted from 0, or a larger num_classes."
)
BINARY = (
    "{}: `y` must be labels from 0 to 1. Received: a label -1{}. "
    "What would do: labels 0 and 1; from -1 and 1, (y + 1) / 2."
)


@pytest.fixture
def classifier():
    return models.softmax_regression(5, 3)


def test_labels_out_of_range_in_fit_and_evaluate(classifier):
    y = np.array([0, 1, 2] * 4)
    y[[4, 7]] = 3
    assert refusal(classifier.fit, FEATURES, y) == OUT_OF_RANGE.format(" and 1 more")
    assert refusal(classifier.evaluate, FEATURES, y[:5]) == OUT_OF_RANGE.format("")
    assert refusal(classifier.fit, FEATURES, list(y)) == OUT_OF_RANGE.format(
        " and 1 more"
    )


def test_labels_out_of_range_in_validation_data(classifier):
    good, bad = np.zeros(12, int), np.full(12, 3)
    assert refusal(
        classifier.fit, FEATURES, good, validation_data=(FEATURES, bad), verbose=0
    ) == OUT_OF_RANGE.format(" and 11 more")


def test_labels_out_of_range_in_a_pipeline(classifier):
    pipeline = tf.data.Dataset.from_tensor_slices((FEATURES, np.full(12, 3))).batch(5)
    assert refusal(classifier.fit, pipeline, verbose=0) == OUT_OF_RANGE.format("")
    weighted = pipeline.map(lambda x, y: (x, y, tf.ones(tf.shape(y)[0])))
    assert refusal(classifier.evaluate, weighted, verbose=0) == OUT_OF_RANGE.format("")


def test_a_refused_batch_costs_the_model_nothing(classifier):
    before = classifier.get_weights()
    pipeline = tf.data.Dataset.from_tensor_slices((FEATURES, np.full(12, 3))).batch(5)
    refusal(classifier.fit, pipeline, verbose=0)
    for weight, kept in zip(classifier.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, kept)


def batches(*labels):
    return ((FEATURES[:4], np.full(4, label)) for label in labels)


@pytest.mark.parametrize("labels", [(3,), (0, 1, 3)])
def test_labels_out_of_range_from_a_generator(classifier, labels):
    runtime.set_seed(0)  # TensorFlow's own words change when it must repeat its bits
    wrong = OUT_OF_RANGE.format(" and 3 more")
    assert refusal(classifier.fit, batches(*labels), verbose=0) == wrong
    assert (
        refusal(
            classifier.fit, batches(1, 2), validation_data=batches(*labels), verbose=0
        )
        == wrong
    )


class Batches(keras.utils.PyDataset):
    """Three batches; the labels of the last are given."""

    def __init__(self, last, **kwargs):
        super().__init__(**kwargs)
        self.last = last
        self.epochs_ended = 0

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return FEATURES[:4], np.full(4, self.last if index == 2 else 1)

    def on_epoch_end(self):
        self.epochs_ended += 1


def test_labels_out_of_range_from_a_py_dataset(classifier):
    assert refusal(
        classifier.fit, Batches(3), shuffle=False, verbose=0
    ) == OUT_OF_RANGE.format(" and 3 more")


@pytest.mark.slow
def test_a_py_dataset_with_good_labels_is_used_as_plain_keras_uses_it(classifier):
    plain = models.softmax_regression(5, 3)
    plain.compile(loss="sparse_categorical_crossentropy")
    ended = []
    for model in (classifier, plain):
        batches = Batches(2, workers=2)
        model.fit(batches, epochs=2, validation_data=Batches(0), verbose=0)
        assert int(model.optimizer.iterations) == 6
        ended.append(batches.epochs_ended)
    assert ended[0] == ended[1] > 0


@pytest.mark.parametrize("name", ["logistic_regression", "perceptron"])
def test_labels_of_minus_one(name):
    model = getattr(models, name)(5)
    y = np.array([-1, 1] * 6)
    assert refusal(model.fit, FEATURES, y) == BINARY.format(name, " and 5 more")
    pipeline = tf.data.Dataset.from_tensor_slices((FEATURES, y)).batch(5)
    assert refusal(model.fit, pipeline, verbose=0) == BINARY.format(name, "")


def test_labels_that_are_not_numbers(classifier):
    assert refusal(classifier.fit, FEATURES, np.array(["cat"] * 12)) == (
        "softmax_regression: `y` must be numbers, one for each class. "
        "Received: y of type <U3. What would do: np.unique(y, return_inverse=True)[1]."
    )


def test_labels_that_are_nan(classifier):
    assert "a label nan" in refusal(classifier.fit, FEATURES, np.full(12, np.nan))


def test_one_hot_labels(classifier):
    assert refusal(classifier.fit, FEATURES, np.eye(3)[[0, 1, 2] * 4]) == (
        "softmax_regression: `y` must be class numbers of shape (B,), not one-hot rows."
        " Received: y of shape (12, 3). What would do: y.argmax(axis=1)."
    )


@pytest.mark.slow
def test_good_labels_pass_however_they_come(classifier):
    y = np.array([0, 1, 2] * 4)
    pipeline = tf.data.Dataset.from_tensor_slices((FEATURES, y)).batch(5)
    weighted = pipeline.map(lambda x, y: (x, y, tf.ones_like(x[:, 0])))
    classifier.fit(FEATURES, tf.constant(y), validation_data=pipeline, verbose=0)
    classifier.fit(weighted, verbose=0)
    classifier.evaluate(FEATURES, y.astype("float32"), verbose=0)


def test_good_labels_pass_as_a_column(classifier):
    classifier.fit(FEATURES, np.array([[0], [1], [2]] * 4), verbose=0)


def test_a_model_compiled_again_takes_the_labels_of_its_new_loss(classifier):
    classifier.compile(
        loss="categorical_crossentropy", metrics=["categorical_accuracy"]
    )
    classifier.fit(FEATURES, np.eye(3)[[0, 1, 2] * 4], verbose=0)


def test_other_errors_of_fit_come_through(classifier):
    with pytest.raises(ValueError, match="cardinality"):
        classifier.fit(FEATURES, np.zeros(11, int), verbose=0)
