"""Labels that no class answers to are refused before the first step.

Left to themselves they make the loss NaN on a GPU or under XLA, and a backend's
traceback elsewhere.
"""

import functools
import re

import keras

from fmkeras.models.batches import call_checked
from fmkeras.runtime.pipelines import assert_label_range

# How `assert_label_range` words it, in the words of TensorFlow's own loss.
_PIPELINE_SAYS = re.compile(
    r"label value of \[?(\S+?)\]? which is outside the valid range"
)


def guard_labels(model, owner, num_classes):
    """Let the `fit` and `evaluate` of a classifier refuse impossible labels.

    The methods of this one model are wrapped, rather than a subclass made: a
    subclass would have to be imported before `keras.saving.load_model` could
    find it, and a saved classifier would no longer open in plain Keras.

    Args:
        model: `keras.Model` whose loss takes class numbers.
        owner: String. The builder, named in the error.
        num_classes: Integer C. Labels run from 0 to C − 1.

    Returns:
        The same model.
    """
    model.fit = _guarded(model, model.fit, owner, num_classes)
    model.evaluate = _guarded(model, model.evaluate, owner, num_classes)
    return model


def check_labels(labels, owner, num_classes):
    """Refuse labels outside `0..num_classes - 1`.

    Args:
        labels: Array `(B,)` or `(B, 1)` of class numbers.
        owner: String. The builder, named in the error.
        num_classes: Integer C.

    Raises:
        ValueError: If a label is no class number, or the labels are one-hot.
    """
    labels = keras.ops.convert_to_numpy(labels)
    if labels.dtype.kind not in "biuf":
        raise ValueError(
            f"{owner}: `y` must be numbers, one for each class. "
            f"Received: y of type {labels.dtype}. "
            "What would do: np.unique(y, return_inverse=True)[1]."
        )
    if num_classes > 2 and labels.ndim == 2 and labels.shape[1] == num_classes:
        raise ValueError(
            f"{owner}: `y` must be class numbers of shape (B,), not one-hot rows. "
            f"Received: y of shape {labels.shape}. What would do: y.argmax(axis=1)."
        )
    # Written so that NaN, which compares false with everything, counts as wrong.
    wrong = labels[~((labels >= 0) & (labels <= num_classes - 1))]
    if wrong.size:
        raise _label_error(owner, num_classes, wrong.flat[0], wrong.size)


def _guarded(model, method, owner, num_classes):
    loss_of_builder = model.loss

    def check(batch):
        check_labels(batch[1], owner, num_classes)

    def check_pipeline(dataset):
        return assert_label_range(dataset, num_classes)

    def reword(text):
        said = _PIPELINE_SAYS.search(text)
        return _label_error(owner, num_classes, said[1]) if said else None

    @functools.wraps(method)
    def guarded(*args, **kwargs):
        if model.loss is not loss_of_builder:  # compiled again: other labels may fit
            return method(*args, **kwargs)
        return call_checked(method, args, kwargs, check, check_pipeline, reword)

    return guarded


def _label_error(owner, num_classes, label, count=1):
    if num_classes == 2:
        advice = "labels 0 and 1; from -1 and 1, (y + 1) / 2"
    else:
        advice = "labels counted from 0, or a larger num_classes"
    others = f" and {count - 1} more" if count > 1 else ""
    return ValueError(
        f"{owner}: `y` must be labels from 0 to {num_classes - 1}. "
        f"Received: a label {label}{others}. What would do: {advice}."
    )
