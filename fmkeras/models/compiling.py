"""How each kind of model learns: loss, optimiser and metrics that belong together."""

import keras

from fmkeras.models.labels import guard_labels


def compile_regressor(model, optimizer):
    """Mean squared error, and the mean absolute error to read.

    Args:
        model: `keras.Model` with outputs `(B, C)`.
        optimizer: `keras.optimizers.Optimizer`.

    Returns:
        The same model, compiled.
    """
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.MeanSquaredError(),
        metrics=[keras.metrics.MeanAbsoluteError(name="mae")],
        **_execution(),
    )
    return model


def compile_classifier(model, owner, optimizer, from_logits=False):
    """Cross entropy against class numbers, and the accuracy to read.

    Args:
        model: `keras.Model` with outputs `(B, 1)` for two classes, `(B, C)` for C.
        owner: String. The builder, named in errors about the labels.
        optimizer: `keras.optimizers.Optimizer`.
        from_logits: Boolean. Whether the model ends in logits.

    Returns:
        The same model, compiled, whose `fit` refuses impossible labels.
    """
    num_outputs = model.output_shape[-1]
    if num_outputs == 1:
        loss = keras.losses.BinaryCrossentropy(from_logits=from_logits)
        accuracy = keras.metrics.BinaryAccuracy(
            name="accuracy", threshold=0.0 if from_logits else 0.5
        )
    else:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)
        accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    model.compile(optimizer=optimizer, loss=loss, metrics=[accuracy], **_execution())
    return guard_labels(model, owner, num_classes=max(num_outputs, 2))


def l2_regularizer(strength):
    """Give Keras's L2 penalty, or `None` for strength 0."""
    return keras.regularizers.L2(strength) if strength else None


def _execution():
    """Choose how steps run, by measurement (`make bench`).

    Sixteen steps to a call save Python's share of each; PyTorch has no such mode.
    XLA makes a dense layer 1.2 to 1.4 times faster on two cores and convolutions
    slower, but compiles anew for every shape of batch: a second each, which the
    embedded sets are too small to win back.
    """
    steps = 1 if keras.backend.backend() == "torch" else 16
    return {"jit_compile": False, "steps_per_execution": steps}
