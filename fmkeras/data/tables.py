"""Tables: real measurements, one row an example, one column a feature.

All but the apartments come with scikit-learn, are split once and for all, and are
standardised by what the training part alone can know.
"""

import numpy as np

from fmkeras.data.splits import stratified_split
from fmkeras.errors import argument_error


def load_apartments():
    """Load the four apartments that the first lecture predicts prices for.

    Small enough to solve by hand, and too small to split: four equations for
    four weights. The features (see `feature_names("apartments")`) are of very
    different size on purpose: that is what spoils gradient descent.

    Returns:
        A pair `(x, y)`: float32 array `(4, 4)` with the size in m², the location
        score, the green rate as a fraction and the decoration score; and float32
        array `(4,)` with the price.

    Example:

    >>> x, y = load_apartments()
    >>> [round(float(value), 2) for value in x[0]], float(y[0])
    ([80.0, 8.0, 0.2, 6.0], 10000.0)
    """
    table = np.array(
        [
            [80, 8, 0.20, 6, 10000],
            [60, 10, 0.30, 8, 9000],
            [100, 5, 0.20, 5, 9000],
            [70, 10, 0.25, 9, 12000],
        ],
        dtype=np.float32,
    )
    return table[:, :4], table[:, 4]


def load_breast_cancer(standardize=True):
    """Load the Wisconsin breast cancer set: is this tumour benign?

    569 tumours, 30 numbers each, measured on the cell nuclei of a fine needle
    aspirate: ten properties, as mean, standard error and worst value. 63 % are
    benign. Nearly linear: logistic regression is right about 98 times in 100.

    Args:
        standardize: Boolean. Whether to give every feature mean 0 and standard
            deviation 1 on the training part, and shift and scale the test part
            by the same numbers.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float32 arrays `(455, 30)` and
        `(114, 30)`, int32 labels: 0 malignant, 1 benign.

    Raises:
        ValueError: If `standardize` is not a boolean.

    Example:

    >>> (x_train, y_train), (x_test, y_test) = load_breast_cancer()
    >>> x_train.shape, x_test.shape
    ((455, 30), (114, 30))

    Reference:
        Street, Wolberg and Mangasarian (1993), "Nuclear feature extraction for
        breast tumor diagnosis", https://doi.org/10.24432/C5DW2B.
    """
    return _load_table("breast_cancer", standardize)


def load_diabetes(standardize=True):
    """Load the diabetes set: how far will the disease go in a year?

    442 patients: age, sex, body mass index, blood pressure and six blood serum
    measurements, and a number for how the disease progressed. A hard regression:
    a linear model explains about half of the variance.

    Args:
        standardize: Boolean. Whether to give every feature mean 0 and standard
            deviation 1 on the training part, and shift and scale the test part
            by the same numbers. The targets stay as they are.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float32 arrays `(354, 10)` and
        `(88, 10)`, float32 targets from 25 to 346.

    Raises:
        ValueError: If `standardize` is not a boolean.

    Example:

    >>> (x_train, y_train), (x_test, y_test) = load_diabetes()
    >>> x_train.shape, x_test.shape
    ((354, 10), (88, 10))

    Reference:
        Efron, Hastie, Johnstone and Tibshirani (2004), "Least angle regression",
        section 1, https://doi.org/10.1214/009053604000000067.
    """
    return _load_table("diabetes", standardize, target_dtype=np.float32)


def load_iris(standardize=True):
    """Load the iris set: which of three irises is this?

    150 flowers, 50 of each kind: length and width of sepal and petal in
    centimetres. One kind stands apart, the other two touch.

    Args:
        standardize: Boolean. Whether to give every feature mean 0 and standard
            deviation 1 on the training part, and shift and scale the test part
            by the same numbers.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float32 arrays `(120, 4)` and
        `(30, 4)`, int32 labels 0 to 2.

    Raises:
        ValueError: If `standardize` is not a boolean.

    Example:

    >>> (x_train, y_train), (x_test, y_test) = load_iris(standardize=False)
    >>> x_train.shape, x_test.shape
    ((120, 4), (30, 4))

    Reference:
        Fisher (1936), "The use of multiple measurements in taxonomic problems",
        https://doi.org/10.1111/j.1469-1809.1936.tb02137.x.
    """
    return _load_table("iris", standardize)


def load_wine(standardize=True):
    """Load the wine set: which of three cultivars was this made from?

    178 wines of one Italian region, 13 chemical measurements each, from about 0.1
    (flavanoids) to 1,680 (proline): without standardising, one column decides.

    Args:
        standardize: Boolean. Whether to give every feature mean 0 and standard
            deviation 1 on the training part, and shift and scale the test part
            by the same numbers.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float32 arrays `(142, 13)` and
        `(36, 13)`, int32 labels 0 to 2.

    Raises:
        ValueError: If `standardize` is not a boolean.

    Example:

    >>> (x_train, y_train), (x_test, y_test) = load_wine()
    >>> x_train.shape, x_test.shape
    ((142, 13), (36, 13))

    Reference:
        Aeberhard and Forina (1992), "Wine", UCI Machine Learning Repository,
        https://doi.org/10.24432/C5PC7J.
    """
    return _load_table("wine", standardize)


def open_table(name):
    """Read one of scikit-learn's bundled tables.

    Args:
        name: String, the name of the set.

    Returns:
        scikit-learn's `Bunch`: `data`, `target`, `feature_names`.

    Example:

    >>> open_table("iris").data.shape
    (150, 4)
    """
    from sklearn import datasets

    # scikit-learn scales this one set unless told otherwise, over all its rows.
    options = {"scaled": False} if name == "diabetes" else {}
    return getattr(datasets, f"load_{name}")(**options)


def _load_table(name, standardize, target_dtype=np.int32):
    if standardize not in (True, False):
        owner = f"load_{name}"
        raise argument_error(owner, "standardize", "True or False", standardize)
    table = open_table(name)
    (x_train, y_train), (x_test, y_test) = stratified_split(table.data, table.target)
    if standardize:
        mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
        x_train, x_test = (x_train - mean) / deviation, (x_test - mean) / deviation
    return (
        (x_train.astype(np.float32), y_train.astype(target_dtype)),
        (x_test.astype(np.float32), y_test.astype(target_dtype)),
    )
