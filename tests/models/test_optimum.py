"""Convex models reach the optimum that scikit-learn finds for the same objective."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from fmkeras import data, models
from fmkeras.runtime import set_seed

pytestmark = pytest.mark.slow


STEPS = 600


def slowing_down():
    """Large steps first, then ever smaller ones: the way to come to rest."""
    return keras.optimizers.schedules.CosineDecay(0.2, STEPS)


def fit(model, x, y):
    """Train on the whole set at each step: the minimum is compared, not the noise."""
    set_seed(0)
    model.fit(tf.data.Dataset.from_tensors((x, y)).repeat(STEPS), verbose=0)
    return model


def loss_at(model, kernel, bias, x, y):
    """The model's own loss at another's weights."""
    before = model.get_weights()
    model.set_weights([kernel, bias])
    loss = model.evaluate(x, y, batch_size=len(x), verbose=0)[0]
    model.set_weights(before)
    return loss


@pytest.mark.parametrize("l2", [0.0, 0.05])
def test_linear_regression(l2):
    (x, y), (x_test, y_test) = data.load_diabetes()
    oracle = Ridge(alpha=l2 * len(x)) if l2 else LinearRegression()
    oracle.fit(x, y)
    model = fit(
        models.linear_regression(x.shape[1], l2=l2, learning_rate=slowing_down()), x, y
    )

    best = loss_at(model, oracle.coef_[:, None], np.array([oracle.intercept_]), x, y)
    loss, _ = model.evaluate(x, y, batch_size=len(x), verbose=0)
    assert best * 0.9999 < loss < best * 1.01
    ours = np.abs(model.predict(x_test, verbose=0)[:, 0] - y_test).mean()
    theirs = np.abs(oracle.predict(x_test) - y_test).mean()
    assert ours == pytest.approx(theirs, rel=0.01)


@pytest.mark.parametrize("l2", [0.001, 0.03])
@pytest.mark.parametrize("classifier_activation", ["sigmoid", None])
def test_logistic_regression(l2, classifier_activation):
    train, test = data.load_breast_cancer()
    model = models.logistic_regression(
        30, classifier_activation, l2=l2, learning_rate=slowing_down()
    )
    compare_with_scikit_learn(model, l2, train, test)


@pytest.mark.parametrize("l2", [0.001, 0.03])
@pytest.mark.parametrize("name", ["iris", "wine", "digits"])
def test_softmax_regression(name, l2):
    train, test = getattr(data, f"load_{name}")()
    model = models.softmax_regression(
        train[0].shape[1:],
        len(data.class_names(name)),
        l2=l2,
        learning_rate=slowing_down(),
    )
    compare_with_scikit_learn(model, l2, train, test)


def compare_with_scikit_learn(model, l2, train, test):
    (x, y), (x_test, y_test) = train, test
    flat, flat_test = x.reshape(len(x), -1), x_test.reshape(len(x_test), -1)
    oracle = LogisticRegression(C=1 / (2 * l2 * len(x)), tol=1e-8, max_iter=10_000)
    oracle.fit(flat, y)
    fit(model, x, y)

    best = loss_at(model, oracle.coef_.T, oracle.intercept_, x, y)
    loss, _ = model.evaluate(x, y, batch_size=len(x), verbose=0)
    assert best * 0.9999 < loss < best * 1.01
    ours = model.evaluate(x_test, y_test, verbose=0)[1] * len(x_test)
    theirs = oracle.score(flat_test, y_test) * len(x_test)
    assert abs(ours - theirs) < 1.01  # within one sample
