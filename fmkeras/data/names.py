"""What the columns and the classes of each data set are called."""

from fmkeras.data.tables import open_table
from fmkeras.errors import check_choice

FEATURES = {
    "apartments": ("size (m²)", "location score", "green rate", "decoration"),
    "breast_cancer": None,  # None: scikit-learn knows
    "diabetes": None,
    "iris": None,
    "moons": ("x₁", "x₂"),
    "wine": None,
    "xor": ("x₁", "x₂"),
}

DIGITS = tuple("0123456789")

CLASSES = {
    "breast_cancer": ("malignant", "benign"),
    "cifar10": (
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    "digits": DIGITS,
    "fashion_mnist": (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    "iris": ("setosa", "versicolor", "virginica"),
    "mnist": DIGITS,
    "moons": ("upper", "lower"),
    "wine": ("cultivar 1", "cultivar 2", "cultivar 3"),
    "xor": ("same sign", "different signs"),
}


def feature_names(name):
    """Name the columns of a table, in their order.

    Args:
        name: String. `"apartments"`, `"breast_cancer"`, `"diabetes"`, `"iris"`,
            `"moons"`, `"wine"` or `"xor"`.

    Returns:
        List of strings, one a column.

    Raises:
        ValueError: If no table has that name.

    Example:

    >>> feature_names("apartments")
    ['size (m²)', 'location score', 'green rate', 'decoration']
    """
    check_choice("feature_names", "name", name, tuple(FEATURES))
    names = FEATURES[name] or open_table(name).feature_names
    return [str(feature) for feature in names]


def class_names(name):
    """Name the classes of a data set, so that label `k` is the k-th name.

    Args:
        name: String. `"breast_cancer"`, `"cifar10"`, `"digits"`,
            `"fashion_mnist"`, `"iris"`, `"mnist"`, `"moons"`, `"wine"` or `"xor"`.

    Returns:
        List of strings, one a class.

    Raises:
        ValueError: If no data set with classes has that name.

    Example:

    >>> class_names("iris")
    ['setosa', 'versicolor', 'virginica']
    """
    check_choice("class_names", "name", name, tuple(CLASSES))
    return list(CLASSES[name])
