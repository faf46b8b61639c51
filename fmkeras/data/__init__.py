"""Real data: embedded sets that are always there, checked downloads on request.

Every loader but two returns `(x_train, y_train), (x_test, y_test)`, like
`keras.datasets`: `load_apartments` returns its four rows whole, and `load_text`
returns a string.

**Embedded**: no network, no waiting.

| loader | examples | inputs | targets | from |
|---|---|---|---|---|
| `load_apartments` | 4 | 4 numbers | price | the lectures |
| `load_iris` | 150 | 4 numbers | 3 classes | scikit-learn |
| `load_wine` | 178 | 13 numbers | 3 classes | scikit-learn |
| `load_breast_cancer` | 569 | 30 numbers | 2 classes | scikit-learn |
| `load_diabetes` | 442 | 10 numbers | progression | scikit-learn |
| `load_digits` | 1,797 | 8×8 (or 28×28, 32×32) pixels | 10 classes | scikit-learn |
| `load_moons`, `load_xor` | any number | 2 numbers | 2 classes | drawn from a seed |
| `load_text("python_reference")` | about 370,000 characters | | | your own Python |

**On request**: downloaded once into Keras's cache, checked every time.

| loader | examples | inputs | targets | download |
|---|---|---|---|---|
| `load_mnist` | 70,000 | 28×28×1 pixels | 10 classes | 11 MB |
| `load_fashion_mnist` | 70,000 | 28×28×1 pixels | 10 classes | 31 MB |
| `load_cifar10` | 60,000 | 32×32×3 pixels | 10 classes | 170 MB |
| `load_text("tiny_shakespeare")` | 1,115,394 characters | | | 1 MB |
"""

from fmkeras.data.cached import is_cached
from fmkeras.data.download import DownloadError
from fmkeras.data.generated import load_moons, load_xor
from fmkeras.data.images import (
    load_cifar10,
    load_digits,
    load_fashion_mnist,
    load_mnist,
)
from fmkeras.data.names import class_names, feature_names
from fmkeras.data.tables import (
    load_apartments,
    load_breast_cancer,
    load_diabetes,
    load_iris,
    load_wine,
)
from fmkeras.data.text import load_text

__all__ = [
    "DownloadError",
    "class_names",
    "feature_names",
    "is_cached",
    "load_apartments",
    "load_breast_cancer",
    "load_cifar10",
    "load_diabetes",
    "load_digits",
    "load_fashion_mnist",
    "load_iris",
    "load_mnist",
    "load_moons",
    "load_text",
    "load_wine",
    "load_xor",
]
