"""Token ids that the model's vocabulary does not have are refused.

An embedding looked up outside its table gives zeros on a GPU and under XLA, and a
backend's traceback elsewhere; neither says what is wrong.
"""

import re

import keras

from fmkeras.models.batches import call_checked
from fmkeras.runtime.pipelines import assert_id_range

# How `assert_id_range` words it.
_PIPELINE_SAYS = re.compile(r"token id \[?(-?\d+)\]? is outside 0\.\.(\d+)")


def call_with_checked_ids(method, args, kwargs, owner, vocabulary_sizes):
    """Call `fit` or `evaluate`, and refuse token ids outside the vocabulary.

    Args:
        method: The bound method of a `keras.Model`.
        args: Tuple of positional arguments of that method.
        kwargs: Dict of its keyword arguments.
        owner: String. The model's name, for the error.
        vocabulary_sizes: One integer for `x` and one for `y`, each in the structure
            that `x` and `y` have: `(V, V)` for a language model. `None` stands for
            what is no token id.

    Returns:
        What the method returns.

    Raises:
        ValueError: If an id among inputs or targets is outside the vocabulary.
    """

    def check(batch):
        for name, ids, size in zip("xy", batch, vocabulary_sizes, strict=False):
            keras.tree.map_structure(
                lambda ids, size, name=name: (
                    None if size is None else check_ids(owner, name, ids, size)
                ),
                ids,
                size,
            )

    def check_pipeline(dataset):
        return assert_id_range(dataset, vocabulary_sizes)

    def reword(text):
        said = _PIPELINE_SAYS.search(text)
        if said is None:
            return None
        return _id_error(owner, "token_ids", int(said[2]) + 1, int(said[1]))

    return call_checked(method, args, kwargs, check, check_pipeline, reword)


def check_ids(owner, argument, token_ids, vocabulary_size):
    """Refuse anything but integers from 0 to V − 1.

    Args:
        owner: String. The function or class whose argument it is.
        argument: String. Name of the argument.
        token_ids: Array of any shape.
        vocabulary_size: Integer V.

    Raises:
        ValueError: If the ids are no integers, or if one is outside `0..V - 1`.
    """
    ids = keras.ops.convert_to_numpy(token_ids)
    if ids.dtype.kind not in "iu":
        raise ValueError(
            f"{owner}: `{argument}` must be token ids, integers. "
            f"Received: {argument} of type {ids.dtype}. "
            "What would do: tokenizer.encode(text)."
        )
    wrong = ids[(ids < 0) | (ids >= vocabulary_size)]
    if wrong.size:
        raise _id_error(owner, argument, vocabulary_size, int(wrong[0]), wrong.size)


def _id_error(owner, argument, vocabulary_size, token_id, count=1):
    others = f" and {count - 1} more" if count > 1 else ""
    return ValueError(
        f"{owner}: `{argument}` must be token ids from 0 to {vocabulary_size - 1}. "
        f"Received: the id {token_id}{others}. What would do: the tokenizer that the "
        "model was built for, or a model with vocabulary_size="
        "tokenizer.vocabulary_size."
    )
