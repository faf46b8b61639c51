"""A look at the gradients of a model, layer by layer."""

import keras
import numpy as np

from fmkeras.errors import argument_error


def gradient_norms(model, x, y):
    r"""Measure how long the gradient of the loss is in each layer's weights.

    If the numbers shrink or grow by the same factor from layer to layer, gradients
    vanish or explode. The model stays as it was: a copy of it takes a single step with
    momentum, and the velocity that the step leaves behind is the gradient itself. The
    copy trains, so that dropout is active, and penalties on weights count. Cost: one
    step of `fit` on all examples at once, and the model's weights once more.

    $$
    \left\lVert \frac{\partial \mathcal L}{\partial \theta^{(\ell)}} \right\rVert_2
    $$

    Args:
        model: A compiled `keras.Model` whose layers can be copied by
            `keras.models.clone_model`.
        x: Inputs as for `fit`, an array `(B, ...)`.
        y: Targets as for `fit`, an array `(B, ...)`.

    Returns:
        Dict from the name of each layer that has trainable weights, in the model's
        order, to the Euclidean norm of its gradient, a float. $\theta^{(\ell)}$ are
        all trainable weights of the layer.

    Raises:
        ValueError: If the model is not compiled.

    Example:

    >>> line = keras.layers.Dense(1, name="line")
    >>> model = keras.Sequential([keras.Input((1,)), line])
    >>> model.compile(loss="mse")
    >>> model.set_weights([np.array([[2.0]]), np.array([0.0])])
    >>> x, y = np.array([[3.0]]), np.array([[10.0]])  # 2 · (6 − 10) · (3, 1)
    >>> round(gradient_norms(model, x, y)["line"], 3) == round(8 * 10**0.5, 3)
    True

    Reference:
        Glorot and Bengio (2010), "Understanding the difficulty of training deep
        feedforward neural networks", section 4.2.
    """
    if not getattr(model, "compiled", False):
        raise argument_error(
            "gradient_norms",
            "model.compiled",
            "True: the gradient is that of the model's loss",
            False,
            would_do='model.compile(loss="mse")',
        )
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    step = keras.optimizers.SGD(learning_rate=1.0, momentum=0.5)
    copy.compile(step, loss=model.loss, run_eagerly=True, auto_scale_loss=False)
    copy.train_on_batch(x, y)
    gradients = zip(copy.trainable_variables, step.momentums, strict=True)
    squares = {id(v): _sum_of_squares(gradient) for v, gradient in gradients}
    return {
        layer.name: float(np.sqrt(sum(squares[id(v)] for v in variables)))
        for layer in copy.layers
        if (variables := layer.trainable_variables)
    }


def _sum_of_squares(values):
    """Sum in 64 bits: squares of vanishing gradients underflow in 32."""
    values = keras.ops.convert_to_numpy(values).astype("float64")
    return np.sum(values**2)
