"""The tables: all the rows, fairly split, scaled by what training may know."""

import numpy as np
import pytest
from sklearn import datasets
from sklearn.preprocessing import StandardScaler

from fmkeras import data

LOADERS = {
    "breast_cancer": data.load_breast_cancer,
    "diabetes": data.load_diabetes,
    "iris": data.load_iris,
    "wine": data.load_wine,
}


def original(name):
    options = {"scaled": False} if name == "diabetes" else {}
    return getattr(datasets, f"load_{name}")(return_X_y=True, **options)


@pytest.fixture(params=LOADERS)
def name(request):
    return request.param


def test_the_two_parts_hold_every_row_of_the_original_once(name):
    (x_train, y_train), (x_test, y_test) = LOADERS[name](standardize=False)
    ours = np.column_stack([np.vstack([x_train, x_test]), [*y_train, *y_test]])
    x, y = original(name)
    theirs = np.column_stack([x, y]).astype("float32")
    np.testing.assert_array_equal(sorted(ours.tolist()), sorted(theirs.tolist()))


def test_a_fifth_is_for_testing_in_every_class(name):
    (x_train, y_train), (x_test, y_test) = LOADERS[name]()
    assert len(x_train) == len(y_train)
    assert len(x_test) == len(y_test)
    assert abs(len(x_test) - (len(x_train) + len(x_test)) / 5) < 1
    if name != "diabetes":
        train, test = np.bincount(y_train), np.bincount(y_test)
        assert (np.abs(test - (train + test) / 5) < 1).all()


def test_scaling_agrees_with_scikit_learn_fitted_on_the_training_part(name):
    (raw_train, _), (raw_test, _) = LOADERS[name](standardize=False)
    (x_train, _), (x_test, _) = LOADERS[name]()
    scaler = StandardScaler().fit(raw_train.astype("float64"))
    np.testing.assert_allclose(x_train, scaler.transform(raw_train), atol=2e-5)
    np.testing.assert_allclose(x_test, scaler.transform(raw_test), atol=2e-5)


def test_every_scaled_column_has_mean_0_and_deviation_1(name):
    (x_train, _), (x_test, _) = LOADERS[name]()
    np.testing.assert_allclose(x_train.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(x_train.std(axis=0), 1, atol=1e-5)
    assert np.abs(x_test.mean(axis=0)).max() > 0.01  # scaled by the training part


def test_inputs_are_float32_and_labels_int32(name):
    for x, y in LOADERS[name]():
        assert x.dtype == "float32"
        assert y.dtype == ("float32" if name == "diabetes" else "int32")


def test_diabetes_targets_and_features_are_in_their_own_units():
    (x_train, y_train), (x_test, y_test) = data.load_diabetes(standardize=False)
    assert min(y_train.min(), y_test.min()) == 25
    assert max(y_train.max(), y_test.max()) == 346
    assert set(np.unique(x_train[:, 1])) == {1, 2}  # sex
    assert (x_test[:, 0] >= 18).all()  # age


def test_every_call_gives_the_same_split(name):
    for (x, y), (x_again, y_again) in zip(
        LOADERS[name](), LOADERS[name](), strict=True
    ):
        np.testing.assert_array_equal(x, x_again)
        np.testing.assert_array_equal(y, y_again)


def test_refuses_a_standardize_that_is_no_boolean(name):
    with pytest.raises(ValueError) as error:
        LOADERS[name](standardize="no")
    assert str(error.value) == (
        f"load_{name}: `standardize` must be True or False. Received: standardize='no'."
    )


def test_the_apartments_are_the_table_of_the_lecture():
    x, y = data.load_apartments()
    assert x.dtype == y.dtype == "float32"
    np.testing.assert_allclose(
        x,
        [[80, 8, 0.2, 6], [60, 10, 0.3, 8], [100, 5, 0.2, 5], [70, 10, 0.25, 9]],
        rtol=1e-7,
    )
    np.testing.assert_array_equal(y, [10000, 9000, 9000, 12000])
