"""Models of one layer: a weighted sum, then perhaps one squashing function."""

import keras

from fmkeras.errors import check_integer, check_number
from fmkeras.models.arguments import (
    check_activation,
    check_classifier_activation,
    check_learning_rate,
    check_shape,
)
from fmkeras.models.compiling import (
    compile_classifier,
    compile_regressor,
    l2_regularizer,
)


def linear_regression(
    num_features,
    num_outputs=1,
    l2=0.0,
    learning_rate=0.01,
    compile=True,
    name="linear_regression",
):
    r"""Fit a plane to the data by least squares.

    Each output is a weighted sum of the features. Training lowers the mean
    squared error by stochastic gradient descent with momentum, which converges at
    the default step size when every feature has mean 0 and variance 1; with
    features in raw units it diverges. The mean absolute error is reported beside
    the loss.

    $$
    \hat y = x W + b, \qquad
    \mathcal L = \frac{1}{B C} \sum_{i=1}^{B} \lVert y_i - \hat y_i \rVert^2
        + \lambda \lVert W \rVert^2
    $$

    Args:
        num_features: Integer. Length of one row of the input.
        num_outputs: Integer C. Numbers to predict for each row.
        l2: Float λ ≥ 0. Strength of the penalty on the squared weights, added to
            the mean loss. scikit-learn's `Ridge(alpha)` has the same minimum for
            one output at `alpha = l2 * number of rows`.
        learning_rate: Positive float or `keras` schedule. Step size.
        compile: Boolean. `False` gives the bare model.
        name: String. Name of the model.

    Returns:
        A `keras.Model` from `(B, num_features)` to `(B, num_outputs)`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> import numpy as np
    >>> x = np.linspace(-1.0, 1.0, 320).reshape(320, 1)
    >>> model = linear_regression(num_features=1)
    >>> history = model.fit(x, 3.0 * x + 2.0, epochs=30, verbose=0)
    >>> kernel, bias = model.get_weights()
    >>> round(float(kernel[0, 0]), 2), round(float(bias[0]), 2)
    (3.0, 2.0)

    Reference:
        Hastie, Tibshirani and Friedman (2009), "The Elements of Statistical
        Learning", section 3.2; the penalty in section 3.4.1. Their $\beta$ is our
        $W$ and $b$, their $p$ our `num_features`.
    """
    owner = "linear_regression"
    num_outputs = check_integer(owner, "num_outputs", num_outputs)
    learning_rate = check_learning_rate(owner, learning_rate)
    model = _one_layer(
        owner, _check_features(owner, num_features), num_outputs, "linear", l2, name
    )
    if not compile:
        return model
    # Momentum, for features that go together make a narrow valley: without it the
    # diabetes set takes ten times as many epochs.
    return compile_regressor(model, keras.optimizers.SGD(learning_rate, momentum=0.9))


def perceptron(
    num_features,
    activation="sigmoid",
    learning_rate=0.01,
    compile=True,
    name="perceptron",
):
    r"""Build one artificial neuron: a weighted sum and an activation.

    With the identity it is linear regression, with the sigmoid logistic
    regression. Rosenblatt's own hard threshold has no slope to descend and is not
    offered; the sigmoid is its smooth stand-in. The sigmoid unit learns labels 0
    and 1 by cross entropy, every other unit learns numbers by squared error.

    $$
    \hat y = f\!\left(w_0 + \sum_{i=1}^{d} w_i x_i\right)
    $$

    Args:
        num_features: Integer d. Length of one row of the input.
        activation: String, the name of $f$ (`"sigmoid"`, `"linear"`, `"tanh"`,
            `"relu"`, …), or a function on tensors.
        learning_rate: Positive float or `keras` schedule. Step size of Adam.
        compile: Boolean. `False` gives the bare model.
        name: String. Name of the model.

    Returns:
        A `keras.Model` from `(B, num_features)` to `(B, 1)`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> model = perceptron(num_features=2)
    >>> model.count_params()  # w₁, w₂ and the bias w₀
    3

    Reference:
        Rosenblatt (1958), "The Perceptron: A Probabilistic Model for Information
        Storage and Organization in the Brain", Psychological Review 65(6).
    """
    owner = "perceptron"
    check_activation(owner, activation)
    learning_rate = check_learning_rate(owner, learning_rate)
    model = _one_layer(
        owner, _check_features(owner, num_features), 1, activation, 0.0, name
    )
    if not compile:
        return model
    optimizer = keras.optimizers.Adam(learning_rate)
    if activation == "sigmoid":
        return compile_classifier(model, owner, optimizer)
    return compile_regressor(model, optimizer)


def logistic_regression(
    num_features,
    classifier_activation="sigmoid",
    l2=0.0,
    learning_rate=0.01,
    compile=True,
    name="logistic_regression",
):
    r"""Estimate the probability of the second of two classes.

    The sigmoid turns a weighted sum into a probability, and the cross entropy
    asks that probability to be high where the label is 1 and low where it is 0.
    The boundary between the classes is a hyperplane.

    $$
    p = \sigma(x w + b), \qquad
    \mathcal L = -\frac{1}{B} \sum_{i=1}^{B}
        \bigl[ y_i \ln p_i + (1 - y_i) \ln (1 - p_i) \bigr] + \lambda \lVert w \rVert^2
    $$

    Args:
        num_features: Integer. Length of one row of the input.
        classifier_activation: `"sigmoid"` for probabilities, or `None` for logits;
            the loss follows.
        l2: Float λ ≥ 0. Strength of the penalty on the squared weights, added to
            the mean loss. scikit-learn's `LogisticRegression(C)` has the same
            minimum at `C = 1 / (2 * l2 * number of rows)`.
        learning_rate: Positive float or `keras` schedule. Step size of Adam.
        compile: Boolean. `False` gives the bare model.
        name: String. Name of the model.

    Returns:
        A `keras.Model` from `(B, num_features)` to `(B, 1)`. Labels are 0 and 1.

    Raises:
        ValueError: If an argument is out of range, and from `fit` if a label is
            neither 0 nor 1.

    Example:

    >>> import numpy as np
    >>> model = logistic_regression(num_features=4)
    >>> model.predict(np.zeros((3, 4)), verbose=0).ravel().tolist()
    [0.5, 0.5, 0.5]

    Reference:
        Hastie, Tibshirani and Friedman (2009), "The Elements of Statistical
        Learning", section 4.4. Their $\beta$ is our $w$ and $b$.
    """
    owner = "logistic_regression"
    check_classifier_activation(owner, classifier_activation, "sigmoid")
    learning_rate = check_learning_rate(owner, learning_rate)
    model = _one_layer(
        owner,
        _check_features(owner, num_features),
        1,
        classifier_activation,
        l2,
        name,
    )
    if not compile:
        return model
    return compile_classifier(
        model,
        owner,
        keras.optimizers.Adam(learning_rate),
        from_logits=classifier_activation is None,
    )


def softmax_regression(
    input_shape,
    num_classes,
    classifier_activation="softmax",
    l2=0.0,
    learning_rate=0.01,
    compile=True,
    name="softmax_regression",
):
    r"""Estimate the probability of each of several classes.

    One weighted sum per class, made into probabilities by the softmax: logistic
    regression for more than two classes. On images each column of the kernel is
    itself an image, the pattern that its class looks for.

    $$
    p_c = \frac{e^{z_c}}{\sum_{k=1}^{C} e^{z_k}}, \quad z = x W + b, \qquad
    \mathcal L = -\frac{1}{B} \sum_{i=1}^{B} \ln p_{y_i} + \lambda \lVert W \rVert^2
    $$

    Args:
        input_shape: Integer, or tuple such as `(8, 8, 1)`. Shape of one input,
            flattened if it has several axes.
        num_classes: Integer C ≥ 2.
        classifier_activation: `"softmax"` for probabilities, or `None` for logits;
            the loss follows.
        l2: Float λ ≥ 0. Strength of the penalty on the squared weights, added to
            the mean loss. scikit-learn's `LogisticRegression(C)` has the same
            minimum at `C = 1 / (2 * l2 * number of rows)`.
        learning_rate: Positive float or `keras` schedule. Step size of Adam.
        compile: Boolean. `False` gives the bare model.
        name: String. Name of the model.

    Returns:
        A `keras.Model` from `(B, *input_shape)` to `(B, num_classes)`. Labels are
        class numbers from 0 to C − 1.

    Raises:
        ValueError: If an argument is out of range, and from `fit` if a label is
            no class number.

    Example:

    >>> model = softmax_regression(input_shape=(8, 8, 1), num_classes=10)
    >>> model.output_shape, model.count_params()  # 64 × 10 weights, 10 biases
    ((None, 10), 650)

    Reference:
        Bishop (2006), "Pattern Recognition and Machine Learning", section 4.3.4.
        His $a_k$ is our $z_c$, his $\Phi$ our $x$.
    """
    owner = "softmax_regression"
    shape = check_shape(owner, input_shape)
    num_classes = check_integer(
        owner,
        "num_classes",
        num_classes,
        minimum=2,
        would_do="2 or more; for one probability, fmkeras.models.logistic_regression",
    )
    check_classifier_activation(owner, classifier_activation, "softmax")
    learning_rate = check_learning_rate(owner, learning_rate)
    model = _one_layer(owner, shape, num_classes, classifier_activation, l2, name)
    if not compile:
        return model
    return compile_classifier(
        model,
        owner,
        keras.optimizers.Adam(learning_rate),
        from_logits=classifier_activation is None,
    )


def _check_features(owner, num_features):
    return (check_integer(owner, "num_features", num_features),)


def _one_layer(owner, input_shape, num_outputs, activation, l2, name):
    l2 = check_number(owner, "l2", l2, minimum=0.0)
    inputs = keras.Input(input_shape)
    x = inputs if len(input_shape) == 1 else keras.layers.Flatten()(inputs)
    outputs = keras.layers.Dense(
        num_outputs,
        activation=activation,
        kernel_initializer="zeros",  # convex: any start will do, this one is repeatable
        kernel_regularizer=l2_regularizer(l2),
        dtype="float32",  # under mixed precision, too, the loss is taken in full
        name="output",
    )(x)
    return keras.Model(inputs, outputs, name=name)
