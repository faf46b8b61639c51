"""How each kind of model learns: loss, optimiser and metrics that belong together."""

import warnings

import keras

from fmkeras.models.labels import guard_labels
from fmkeras.runtime.epoch_ends import mend_epoch_ends
from fmkeras.runtime.replicas import num_replicas
from fmkeras.training import Perplexity, TokenAccuracy


def compile_regressor(model, optimizer):
    """Mean squared error, and the mean absolute error to read.

    Args:
        model: `keras.Model` with outputs `(B, C)`.
        optimizer: `keras.optimizers.Optimizer`.

    Returns:
        The same model, compiled.
    """
    mend_epoch_ends()
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


@keras.saving.register_keras_serializable("fmkeras")
class MatrixAdamW(keras.optimizers.AdamW):
    """AdamW that pulls only matrices towards zero.

    Biases and the scales of norms are few and have no reason to be small; to decay
    them costs quality. Keras forgets such exceptions when it saves an optimiser, so
    this one makes them whenever it is built.
    """

    def build(self, variables):
        if not self.built:
            vectors = [v for v in variables if len(v.shape) < 2]
            self.exclude_from_weight_decay(var_list=vectors)
        super().build(variables)

    # Keras clips what each replica found before it sums; the norm that is meant is
    # that of the sum. Only TensorFlow calls the second of these.
    def _clip_gradients(self, grads):
        return super()._clip_gradients(grads) if num_replicas() == 1 else grads

    def _all_reduce_sum_gradients(self, grads_and_vars):
        summed = super()._all_reduce_sum_gradients(grads_and_vars)
        if num_replicas() == 1:
            return summed
        grads, variables = zip(*summed, strict=True)
        return list(zip(super()._clip_gradients(list(grads)), variables, strict=True))


def compile_language_model(model, learning_rate, jit_compile="auto"):
    """Next-token cross entropy, with the perplexity and the accuracy to read.

    Args:
        model: `LanguageModel`, built.
        learning_rate: Positive float or `keras` schedule.
        jit_compile: Whether XLA compiles the steps, where there is XLA: boolean, or
            `"auto"` for Keras's choice, which is a GPU's yes and a CPU's no.

    Returns:
        The same model, compiled.
    """
    with warnings.catch_warnings():
        # Keras does without XLA on some machines, and after `set_seed`, and says so.
        warnings.filterwarnings("ignore", message=".*jit_compile=True")
        model.compile(
            optimizer=MatrixAdamW(
                learning_rate, beta_2=0.99, weight_decay=0.1, global_clipnorm=1.0
            ),
            loss=keras.losses.SparseCategoricalCrossentropy(
                from_logits=True, ignore_class=model.padding_id
            ),
            weighted_metrics=[  # those look where `sample_weight` tells the loss to
                Perplexity(ignore_id=model.padding_id),
                TokenAccuracy(ignore_id=model.padding_id),
            ],
            **{**_execution(), "jit_compile": jit_compile},
        )
    return model


def l2_regularizer(strength):
    """Give Keras's L2 penalty, or `None` for strength 0."""
    return keras.regularizers.L2(strength) if strength else None


def _execution():
    """Choose how steps run, by measurement (`make bench`).

    Sixteen steps to a call save Python's share of each; PyTorch has no such mode.
    XLA makes a dense layer 1.2 to 1.4 times faster on two cores and convolutions
    slower, but compiles anew for every shape of batch: a second each, which the
    embedded sets are too small to win back. Replicas exchange gradients after every
    step, in Python's hands.
    """
    alone = num_replicas() == 1
    steps = 16 if alone and keras.backend.backend() != "torch" else 1
    return {"jit_compile": False, "steps_per_execution": steps}
