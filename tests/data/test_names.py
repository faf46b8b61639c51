"""Every column and every class has its name."""

import pytest
from sklearn import datasets

from fmkeras import data
from fmkeras.data import class_names, feature_names


@pytest.mark.parametrize("name", ["breast_cancer", "diabetes", "iris", "wine"])
def test_features_are_called_as_in_scikit_learn(name):
    names = feature_names(name)
    assert names == list(getattr(datasets, f"load_{name}")().feature_names)
    assert all(type(feature) is str for feature in names)


def test_the_other_tables_have_a_name_for_each_column():
    assert len(feature_names("apartments")) == data.load_apartments()[0].shape[1]
    assert len(feature_names("moons")) == len(feature_names("xor")) == 2


@pytest.mark.parametrize("name", ["breast_cancer", "iris"])
def test_classes_are_called_as_in_scikit_learn(name):
    theirs = getattr(datasets, f"load_{name}")().target_names
    assert class_names(name) == theirs.tolist()


@pytest.mark.parametrize("name", ["digits", "moons", "wine", "xor"])
def test_there_are_as_many_names_as_classes(name):
    (_, y), _ = getattr(data, f"load_{name}")()
    assert len(class_names(name)) == y.max() + 1


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_the_larger_sets_have_ten_classes(name):
    assert len(set(class_names(name))) == 10


def test_changing_the_list_changes_nobody_elses():
    class_names("iris").clear()
    feature_names("moons").clear()
    assert len(class_names("iris")) == 3
    assert len(feature_names("moons")) == 2


def test_offers_the_nearest_name_of_a_table():
    with pytest.raises(ValueError) as error:
        feature_names("apartment")
    assert str(error.value) == (
        "feature_names: `name` must be one of 'apartments', 'breast_cancer', "
        "'diabetes', 'iris', 'moons', 'wine', 'xor'. Received: name='apartment'. "
        "What would do: 'apartments'."
    )


def test_offers_the_nearest_name_of_a_set_with_classes():
    with pytest.raises(ValueError) as error:
        class_names("fashion-mnist")
    assert str(error.value) == (
        "class_names: `name` must be one of 'breast_cancer', 'cifar10', 'digits', "
        "'fashion_mnist', 'iris', 'mnist', 'moons', 'wine', 'xor'. "
        "Received: name='fashion-mnist'. What would do: 'fashion_mnist'."
    )
