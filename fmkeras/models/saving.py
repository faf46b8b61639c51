"""Opening saved models, with errors that say what is wrong with the file."""

import zipfile
from pathlib import Path

import keras

from fmkeras.errors import argument_error
from fmkeras.models.checked import CheckedModel
from fmkeras.models.labels import guard_labels

PARTS = {"config.json", "metadata.json", "model.weights.h5"}


def load_model(path):
    """Open a `.keras` file, after a look at whether it is whole.

    `model.save(path)` writes the file and `keras.saving.load_model(path)` opens it
    as well. This function adds two things: a file that is cut off or damaged is
    named in one sentence, and classifiers refuse impossible labels again. On PyTorch
    it also opens what another backend has compiled to take many steps at a time.

    Args:
        path: String or path of the file.

    Returns:
        The `keras.Model`, compiled if it was saved so.

    Raises:
        ValueError: If there is no such file, or if it is no whole `.keras` file.

    Example:

    >>> import tempfile
    >>> from fmkeras import models
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     models.mlp(4, (8,), 3).save(f"{folder}/model.keras")
    ...     model = models.load_model(f"{folder}/model.keras")
    >>> model.name, model.output_shape
    ('mlp', (None, 3))
    """
    path = Path(path)
    damage = _damage(path)
    if damage:
        raise argument_error(
            "load_model",
            "path",
            f"a whole .keras file; {damage}",
            str(path),
            would_do="the file that model.save(path) wrote, copied or saved anew",
        )
    model = keras.saving.load_model(path)
    if keras.backend.backend() == "torch":  # and saved, perhaps, by another backend
        model.steps_per_execution, model.jit_compile = 1, False
    if isinstance(model, CheckedModel):
        return model  # it looks after its token ids itself
    if isinstance(
        model.loss,
        (keras.losses.SparseCategoricalCrossentropy, keras.losses.BinaryCrossentropy),
    ):
        guard_labels(model, model.name, num_classes=max(model.output_shape[-1], 2))
    return model


def _damage(path):
    """Say what is wrong with the file, or return `None`."""
    if not path.is_file():
        return "there is no such file"
    if not zipfile.is_zipfile(path):
        return "this one is no archive, or its end is missing"
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
            missing = PARTS - set(archive.namelist())
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        return f"reading this one failed ({error})"
    if broken:
        return f"the checksum of its part {broken!r} is wrong"
    if missing:
        return f"this one has no {', '.join(sorted(missing))}"
    return None
