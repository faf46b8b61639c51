"""The multilayer perceptron."""

import keras

from fmkeras.errors import check_choice, check_integer
from fmkeras.models.arguments import (
    RECTIFIERS,
    check_activation,
    check_hidden_dims,
    check_learning_rate,
    check_shape,
)
from fmkeras.models.compiling import compile_classifier, compile_regressor

TASKS = ("classification", "regression")


def mlp(
    input_shape,
    hidden_dims,
    num_outputs,
    activation="relu",
    task="classification",
    learning_rate=0.001,
    compile=True,
    name="mlp",
):
    r"""Stack layers of neurons, each a weighted sum and an activation.

    Without the activation the stack would collapse into one layer; with it, a
    wide enough hidden layer comes as near to any continuous function as we like.
    Cost: one multiplication per weight and input row.

    $$
    a^{(0)} = x, \qquad
    a^{(\ell)} = g\!\left(a^{(\ell - 1)} W^{(\ell)} + b^{(\ell)}\right), \qquad
    \hat y = h\!\left(a^{(L)} W^{(L + 1)} + b^{(L + 1)}\right)
    $$

    The output $h$ follows the task: the identity for regression, one sigmoid for
    two classes (`num_outputs=1`), the softmax for more.

    Args:
        input_shape: Integer, or tuple such as `(28, 28, 1)`. Shape of one input,
            flattened if it has several axes.
        hidden_dims: Sequence of positive integers. Width of each hidden layer.
        num_outputs: Integer. Classes to tell apart (1: the probability of the
            second of two), or numbers to predict.
        activation: String, the name of $g$, or a function on tensors.
        task: `"classification"` or `"regression"`.
        learning_rate: Positive float or `keras` schedule. Step size of Adam.
        compile: Boolean. `False` gives the bare model.
        name: String. Name of the model.

    Returns:
        A `keras.Model` from `(B, *input_shape)` to `(B, num_outputs)`.

    Raises:
        ValueError: If an argument is out of range, and from `fit` if a label is
            no class number.

    Example:

    >>> model = mlp(input_shape=4, hidden_dims=(8, 5), num_outputs=3)
    >>> [layer.output.shape for layer in model.layers]
    [(None, 4), (None, 8), (None, 5), (None, 3)]
    >>> model.count_params()  # 4 × 8 + 8, 8 × 5 + 5, 5 × 3 + 3
    103

    Reference:
        Goodfellow, Bengio and Courville (2016), "Deep Learning", chapter 6,
        https://www.deeplearningbook.org. Their $h^{(i)}$ is our $a^{(\ell)}$.
    """
    owner = "mlp"
    shape = check_shape(owner, input_shape)
    hidden_dims = check_hidden_dims(owner, hidden_dims)
    num_outputs = check_integer(owner, "num_outputs", num_outputs)
    check_activation(owner, activation)
    check_choice(owner, "task", task, TASKS)
    learning_rate = check_learning_rate(owner, learning_rate)

    inputs = keras.Input(shape)
    x = inputs if len(shape) == 1 else keras.layers.Flatten()(inputs)
    initializer = "he_normal" if activation in RECTIFIERS else "glorot_uniform"
    for index, width in enumerate(hidden_dims, start=1):
        x = keras.layers.Dense(
            width,
            activation=activation,
            kernel_initializer=initializer,
            name=f"hidden_{index}",
        )(x)
    outputs = keras.layers.Dense(
        num_outputs,
        activation=_output_activation(task, num_outputs),
        dtype="float32",  # under mixed precision, too, the loss is taken in full
        name="output",
    )(x)
    model = keras.Model(inputs, outputs, name=name)
    if not compile:
        return model
    optimizer = keras.optimizers.Adam(learning_rate)
    if task == "regression":
        return compile_regressor(model, optimizer)
    return compile_classifier(model, owner, optimizer)


def _output_activation(task, num_outputs):
    if task == "regression":
        return "linear"
    return "sigmoid" if num_outputs == 1 else "softmax"
