"""What a training consists of between two batches, put into files and back."""

import errno
import math
import os
import shutil
import warnings
from contextlib import nullcontext

import keras

MODEL = "model.keras"


def state_of(model):
    """Describe a model, with what Keras leaves out when it saves one.

    Keras saves weights and the optimiser, but not how many random numbers its layers
    have drawn: after `load_model`, dropout begins anew with another seed.

    Args:
        model: `keras.Model`.

    Returns:
        Dictionary that JSON can hold: the shapes of the weights, the optimiser's name
        and, for each random layer, its seed and how often it was drawn from.

    Example:

    >>> layers = [keras.Input((3,)), keras.layers.Dense(2), keras.layers.Dropout(0.5)]
    >>> state = state_of(keras.Sequential(layers))
    >>> state["weights"], len(state["random"])
    ([[3, 2], [2]], 1)
    """
    optimizer = type(model.optimizer).__name__ if model.compiled else None
    return {
        "weights": [list(weight.shape) for weight in model.weights],
        "optimizer": optimizer,
        "random": [_to_numpy(seed).tolist() for seed in _seeds(model)],
    }


def check_room(folder, model):
    """Refuse to begin what the disk has no room for.

    HDF5, through which Keras writes what is too large for memory, may not survive a
    disk that fills up under it, so that nobody would be told.

    Args:
        folder: `pathlib.Path` on the disk in question.
        model: `keras.Model`, built.

    Raises:
        OSError: If the model and its optimiser will not fit.
    """
    variables = [*model.weights, *(model.optimizer.variables if model.compiled else ())]
    needed = sum(4 * math.prod(v.shape) for v in variables)  # float32, nearly all
    if shutil.disk_usage(folder).free < needed:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def check_finished(model, owner):
    """Refuse a model that cannot be trained yet.

    Args:
        model: `keras.Model`.
        owner: String. Who asks, for the error.

    Raises:
        ValueError: If it is not built or not compiled.
    """
    if model.built and model.compiled:
        return
    lacks = "compiled" if model.built else "built"
    would_do = "model.compile(...)" if model.built else "a keras.Input in front"
    raise ValueError(
        f"{owner}: the model must be built and compiled before it can be put back. "
        f"Received: one that is not {lacks}. What would do: {would_do}."
    )


def put_back(model, checkpoint, owner):
    """Give a model the values that a checkpoint holds.

    Args:
        model: `keras.Model`, built and compiled as the one that was saved.
        checkpoint: `Checkpoint` of `runtime.checkpoint_folder`.
        owner: String. Who asks, for the error.

    Raises:
        ValueError: If the checkpoint is that of another model.
    """
    _check_same(model, checkpoint, owner)
    with _scope(model):
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        with warnings.catch_warnings():
            # Keras passes over what does not fit, with a warning.
            warnings.simplefilter("error", UserWarning)
            try:
                model.load_weights(checkpoint.path / MODEL)
            except (ValueError, UserWarning) as error:
                raise _another(checkpoint, owner, f"Keras says: {error}") from error
        for seed, value in zip(_seeds(model), checkpoint.state["random"], strict=True):
            seed.assign(value)


def _check_same(model, checkpoint, owner):
    """Compare what a model is made of with what was saved, before any is changed."""
    here, there = state_of(model), checkpoint.state
    if "random" not in there:
        raise _another(checkpoint, owner, "an earlier fmkeras wrote it")
    if here["optimizer"] != there["optimizer"]:
        told = f"its optimiser is {there['optimizer']}, here {here['optimizer']}"
        raise _another(checkpoint, owner, told)
    for name, called in (("weights", "weights"), ("random", "random layers")):
        if len(here[name]) != len(there[name]):
            told = f"it has {len(there[name])} {called}, here are {len(here[name])}"
            raise _another(checkpoint, owner, told)
    for weight, shape in zip(model.weights, there["weights"], strict=True):
        if list(weight.shape) != shape:
            told = f"'{weight.path}' has shape {tuple(shape)}, here {weight.shape}"
            raise _another(checkpoint, owner, told)


def _another(checkpoint, owner, told):
    return ValueError(
        f"{owner}: '{checkpoint.path}' holds another model: {told}. What would do: the "
        "model built and compiled as it was when that training began, or a new folder."
    )


def _seeds(model):
    return [v for v in model.variables if v.name == "seed_generator_state"]


def _to_numpy(variable):
    return keras.ops.convert_to_numpy(variable)


def _scope(model):
    """Where TensorFlow makes a model's variables: on all its devices."""
    strategy = getattr(model, "distribute_strategy", None)
    return nullcontext() if strategy is None else strategy.scope()
