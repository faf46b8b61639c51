"""Language models that were trained here: a folder of checkpoints.

A checkpoint is a model with its optimiser, its tokenizer and how far it had come:

    folder/
      checkpoint-0007/
        model.keras
        tokenizer.json
        state.json       the step, the options, and the SHA-256 of the other files
"""

from pathlib import Path

import keras

from fmkeras.errors import check_integer
from fmkeras.runtime.checkpoint_folder import newest_checkpoint
from fmkeras.text import load_tokenizer
from fmkeras.training.checkpoints import save_checkpoint
from fmkeras.training.state import MODEL

TOKENIZER = "tokenizer.json"


def save_language_model(model, tokenizer, folder, step=0, training=None):
    """Save a language model with its tokenizer as the newest checkpoint of a folder.

    The two newest checkpoints are kept. Writing one never touches those before it.

    Args:
        model: Language model, a `keras.Model`. If it is compiled, its optimiser is
            saved too, so that training can go on.
        tokenizer: Tokenizer whose ids the model takes.
        folder: String or path. It is made if it is not there.
        step: Integer ≥ 0. How many batches the model has been trained on.
        training: Dictionary that JSON can hold, or `None`. What is worth knowing to
            go on, such as the options of the training.

    Returns:
        `pathlib.Path` of the checkpoint.

    Raises:
        ValueError: If `step` is no integer ≥ 0.
        OSError: If the checkpoint cannot be written.

    Example:

    >>> import tempfile
    >>> from fmkeras import models, text
    >>> tokenizer = text.CharacterTokenizer.train("the cat sat")
    >>> model = models.transformer_decoder(tokenizer.vocabulary_size, 8, 1, 2, 4)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_language_model(model, tokenizer, folder, step=300).name
    ...     same_model, same_tokenizer = load_language_model(folder)
    'checkpoint-0001'
    >>> same_tokenizer.decode(same_tokenizer.encode("cat"))
    'cat'
    """
    owner = "save_language_model"
    step = check_integer(owner, "step", step, minimum=0)
    folder, also = Path(folder).expanduser(), {TOKENIZER: tokenizer.save}
    return save_checkpoint(model, folder, owner, step, notes=training, also=also)


def load_language_model(folder, compile=True):
    """Open the newest checkpoint of a folder that `save_language_model` wrote.

    Args:
        folder: String or path.
        compile: Boolean. Whether the model comes with its optimiser, to go on
            training it.

    Returns:
        A pair: the model and its tokenizer.

    Raises:
        ValueError: If the folder holds no whole checkpoint. A damaged one is named
            with what is wrong; if the one before it is whole, that is opened, with a
            warning.

    Example:

    >>> load_language_model("nowhere")
    Traceback (most recent call last):
    ...
    ValueError: load_language_model: `folder` must be a folder with a checkpoint; \
there is no such folder. Received: folder='nowhere'. \
What would do: the folder that `fmkeras train` or save_language_model wrote.
    """
    path = newest_checkpoint(Path(folder).expanduser(), "load_language_model").path
    try:
        model = keras.saving.load_model(path / MODEL, compile=compile)
    except Exception as error:  # whatever Keras raises about a file of another Keras
        raise ValueError(
            f"load_language_model: '{path / MODEL}' is whole, but this version of "
            f"Keras ({keras.__version__}) cannot open it ({error})."
        ) from error
    return model, load_tokenizer(path / TOKENIZER)
