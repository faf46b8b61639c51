import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.src.trainers import data_adapters

from fmkeras import models
from fmkeras.runtime.epoch_ends import mend_epoch_ends
from fmkeras.runtime.pipelines import untuned
from fmkeras.text import skip_grams, windows

X, Y = np.arange(24.0).reshape(8, 3), np.arange(8) % 2


class Rows(keras.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return X[4 * index : 4 * index + 4], Y[4 * index : 4 * index + 4]


def generated():
    yield X, Y


def is_tuned(dataset):
    return dataset.options().autotune.enabled


@pytest.fixture
def untouched(monkeypatch):
    """Keras as it comes."""
    get = data_adapters.get_data_adapter
    monkeypatch.setattr(
        data_adapters, "get_data_adapter", getattr(get, "__wrapped__", get)
    )


def test_a_pipeline_keeps_its_elements_and_loses_its_tuning():
    dataset = tf.data.Dataset.range(5).map(lambda i: 3 * i)
    assert is_tuned(dataset) is None
    assert is_tuned(untuned(dataset)) is False
    assert list(untuned(dataset).as_numpy_iterator()) == [0, 3, 6, 9, 12]


@pytest.mark.parametrize("wish", [True, False])
def test_who_asked_for_the_tuning_keeps_it(wish):
    options = tf.data.Options()
    options.autotune.enabled = wish
    dataset = tf.data.Dataset.range(5).with_options(options)
    assert untuned(dataset) is dataset


def test_what_is_no_pipeline_stays_what_it_is():
    assert untuned(X) is X


@pytest.mark.parametrize(
    "batches",
    [
        windows(range(40), sequence_length=3, batch_size=2),
        windows(range(40), sequence_length=3, batch_size=2, first_batch=4),
        skip_grams([4, 2, 7, 1], window=1, batch_size=2, subsample=None),
    ],
)
def test_the_pipelines_of_texts_are_not_tuned(batches):
    assert is_tuned(batches) is False


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    "make",
    [
        lambda: {"x": X, "y": Y, "batch_size": 3, "shuffle": True},
        lambda: {"x": Rows()},
        lambda: {"x": generated()},
        lambda: {"x": tf.data.Dataset.from_tensor_slices((X, Y)).batch(4)},
    ],
    ids=["arrays", "PyDataset", "generator", "tf.data"],
)
def test_whatever_keras_reads_is_not_tuned_once_mended(make):
    assert is_tuned(data_adapters.get_data_adapter(**make()).get_tf_dataset()) is None
    mend_epoch_ends()
    mended = data_adapters.get_data_adapter
    mend_epoch_ends()
    assert data_adapters.get_data_adapter is mended
    dataset = mended(**make()).get_tf_dataset()
    assert is_tuned(dataset) is False
    xs = np.concatenate([x for x, _ in dataset.as_numpy_iterator()])
    np.testing.assert_array_equal(np.sort(xs, axis=0), X)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("builder", [models.linear_regression, models.mlp])
def test_the_builders_mend_it(builder):
    model = builder(3) if builder is models.linear_regression else builder(3, (5,), 2)
    model.fit(X, Y, verbose=0)
    assert hasattr(data_adapters.get_data_adapter, "__wrapped__")
