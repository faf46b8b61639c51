"""Checkpoints from which a training goes on as if nothing had happened."""

from collections import namedtuple
from contextlib import ExitStack
from pathlib import Path

import keras

from fmkeras.errors import check_integer
from fmkeras.runtime.checkpoint_folder import (
    KEEP,
    list_checkpoints,
    newest_checkpoint,
    newest_number,
    write_checkpoint,
)
from fmkeras.runtime.cluster import worker_index
from fmkeras.runtime.one_writer import one_writer
from fmkeras.runtime.replicas import one_worker_alone
from fmkeras.training.state import (
    MODEL,
    check_finished,
    check_room,
    put_back,
    state_of,
)

Position = namedtuple("Position", "step epoch")
Position.__doc__ = "How far a training has come: batches and epochs."


class Checkpoints(keras.callbacks.Callback):
    r"""Keep what `fit` has reached, so that it goes on after any interruption.

    A checkpoint holds the model, its optimiser, the state of its random layers (such
    as dropout), and the numbers of batches and epochs learnt from. It is written to a
    temporary name, flushed to the disk and then renamed: a kill, a full disk or a
    power cut in the middle costs that checkpoint, never the one before.

    The script that was interrupted is simply started again. If its batches depend on
    their number alone, as those of `text.windows(..., first_batch=step)` do, it ends
    with the weights of the run that was never interrupted, to the last bit on one CPU:

        step, epoch = checkpoints.restore(model)
        batches = text.windows(ids, 64, seed=1, first_batch=step)
        model.fit(batches, steps_per_epoch=200, initial_epoch=epoch, epochs=10,
                  callbacks=[checkpoints])

    An interruption costs what came after the last checkpoint: choose
    `steps_per_epoch` as small as you like. `keras.callbacks.BackupAndRestore` forgets
    the random layers and where in the data it was, and writes over its only backup.

    One process at a time trains in a folder: a second one is refused by `fit`, until
    the first has ended, in whatever way.

    Args:
        folder: String or path. It is made if it is not there. Several workers need one
            that they all see: the first writes, each reads.
        every: Integer, epochs from one checkpoint to the next.
        keep: Integer ≥ 2, how many whole checkpoints stay in the folder.
        notes: Dictionary that JSON can hold, or `None`. What is worth knowing later,
            such as the options of the training.
        also: Dictionary of file name -> function that writes this file, given its
            path. With `{"tokenizer.json": tokenizer.save}`, the folder opens with
            `pretrained.load_language_model` and `fmkeras generate`.

    Raises:
        ValueError: If an argument is out of range or, when training begins, the folder
            holds checkpoints and `restore` was not called.
        OSError: From `fit`, if a checkpoint cannot be written, or if another process
            trains in the folder.

    Example:

    >>> import tempfile
    >>> def start(folder, epochs):
    ...     keras.utils.set_random_seed(1)
    ...     layers = [keras.Input((2,)), keras.layers.Dense(1)]
    ...     model = keras.Sequential(layers)
    ...     model.compile(optimizer="adam", loss="mse")
    ...     checkpoints = Checkpoints(folder)
    ...     begin = checkpoints.restore(model)
    ...     x = y = keras.ops.ones((4, 2))
    ...     _ = model.fit(x, y, batch_size=2, initial_epoch=begin.epoch, epochs=epochs,
    ...                   callbacks=[checkpoints], verbose=0)
    ...     return begin
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     start(folder, epochs=3)
    ...     start(folder, epochs=5)
    Position(step=0, epoch=0)
    Position(step=6, epoch=3)
    """

    def __init__(self, folder, every=1, keep=KEEP, notes=None, also=None):
        super().__init__()
        self.every = check_integer("Checkpoints", "every", every)
        self.keep = check_integer("Checkpoints", "keep", keep, minimum=2)
        self.folder = Path(folder).expanduser()
        self.notes = notes or {}
        self.also = also or {}
        self.epoch = 0
        self._before = 0  # steps of the optimiser that are not this training's
        self._is_ours = False  # the folder
        self._newest = 0  # number of its newest checkpoint, as far as is known here
        self._lock = ExitStack()

    @property
    def step(self):
        """Batches that the model has learnt from in this training."""
        return _iterations(self.model) - self._before

    def restore(self, model):
        """Put a model where the folder's training stopped.

        Args:
            model: `keras.Model`, built and compiled as it was when that training began.

        Returns:
            `Position(step, epoch)`: the batches and the epochs that it has learnt from;
            `Position(0, 0)` if the folder has no checkpoint yet, and the model is left
            as it is.

        Raises:
            ValueError: If the model is not built and compiled, or if the folder's
                checkpoints are all damaged or those of another model. If only the
                newest is damaged, the one before it is taken, with a warning that says
                so.

        Example:

        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile(loss="mse")
        >>> Checkpoints("nowhere").restore(model)
        Position(step=0, epoch=0)
        """
        checkpoint = None
        if list_checkpoints(self.folder):
            checkpoint = newest_checkpoint(self.folder, "Checkpoints")
        return self.restore_from(checkpoint, model)

    def restore_from(self, checkpoint, model):
        """Put a model where one checkpoint was written.

        Args:
            checkpoint: `Checkpoint` of `runtime.checkpoint_folder`, or `None` for the
                beginning.
            model: `keras.Model`, built and compiled as it was when training began.

        Returns:
            `Position(step, epoch)`.

        Raises:
            ValueError: If the checkpoint is that of another model, or if the model is
                not built and compiled.

        Example:

        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile(loss="mse")
        >>> Checkpoints("nowhere").restore_from(None, model)
        Position(step=0, epoch=0)
        """
        check_finished(model, "Checkpoints")
        self.set_model(model)
        self._is_ours, step, self.epoch = True, 0, 0
        self._newest = newest_number(self.folder)
        if checkpoint is not None:
            put_back(model, checkpoint, "Checkpoints")
            step = checkpoint.state["step"]
            self.epoch = checkpoint.state.get("epoch", 0)
        self._before = _iterations(model) - step
        return Position(step, self.epoch)

    def save(self):
        """Write a checkpoint now.

        Of several workers, only the first writes: all hold the same.

        Returns:
            `pathlib.Path` of the checkpoint, or `None` on the other workers.

        Raises:
            OSError: If it cannot be written, or another process writes to the folder;
                those before it are untouched.

        Example:

        >>> import tempfile
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile(loss="mse")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     checkpoints = Checkpoints(folder)
        ...     position = checkpoints.restore(model)
        ...     checkpoints.save().name
        'checkpoint-0001'
        """
        self._is_ours = True
        if worker_index() > 0:
            return None
        with one_writer(self.folder, "Checkpoints"):
            self._check_nobody_went_on()
            path = save_checkpoint(
                self.model,
                self.folder,
                "Checkpoints",
                step=self.step,
                epoch=self.epoch,
                notes=self.notes,
                also=self.also,
                keep=self.keep,
            )
            self._newest = newest_number(self.folder)
        return path

    def on_train_begin(self, logs=None):
        """Refuse to mix two trainings in one folder.

        Args:
            logs: Dict or `None`, unused.

        Raises:
            ValueError: If the folder holds checkpoints and `restore` was not called,
                or if another training has gone on in it since.
            OSError: If another process trains in it.
        """
        with ExitStack() as lock:
            if worker_index() == 0:  # the one that writes
                lock.enter_context(one_writer(self.folder, "Checkpoints"))
            self._check_ours()
            self._lock = lock.pop_all()

    def on_train_end(self, logs=None):
        """Let others train in the folder.

        Args:
            logs: Dict or `None`, unused.
        """
        self._lock.close()

    def _check_ours(self):
        if not self._is_ours and list_checkpoints(self.folder):
            raise ValueError(
                f"Checkpoints: '{self.folder}' holds checkpoints of a training that "
                "began before. What would do: checkpoints.restore(model) before fit, "
                "to go on with it, or a new folder."
            )
        if not self._is_ours:  # a Sequential may still be without weights
            self._is_ours, self._before = True, _iterations(self.model)
        if worker_index() == 0:
            self._check_nobody_went_on()

    def _check_nobody_went_on(self):
        if newest_number(self.folder) > self._newest:
            raise ValueError(
                f"Checkpoints: in '{self.folder}' another training has gone on since "
                "this one was restored. What would do: checkpoints.restore(model) once "
                "more, or a new folder."
            )

    def on_epoch_end(self, epoch, logs=None):
        """Write a checkpoint where `every` says so.

        Args:
            epoch: Integer, counted from 0.
            logs: Dict or `None`, unused.
        """
        self.epoch = epoch + 1
        if self.epoch % self.every == 0:
            self.save()


def save_checkpoint(
    model, folder, owner, step=0, epoch=0, notes=None, also=None, keep=KEEP
):
    """Write a model, and all that is needed to go on, as a folder's newest checkpoint.

    Args:
        model: `keras.Model`.
        folder: `pathlib.Path`.
        owner: String. The function that writes, for the error.
        step: Integer. Batches that the model has learnt from.
        epoch: Integer. Epochs that it has learnt from.
        notes: Dictionary that JSON can hold, or `None`.
        also: Dictionary of file name -> function that writes it, or `None`.
        keep: Integer. How many whole checkpoints stay.

    Returns:
        `pathlib.Path` of the checkpoint.

    Raises:
        OSError: If the checkpoint cannot be written.
    """
    if model.compiled and not model.optimizer.built:
        # Keras saves an optimiser that has not begun in a way it warns of on opening.
        model.optimizer.build(model.trainable_variables)

    def write(part):
        check_room(part, model)
        with one_worker_alone():
            model.save(part / MODEL)
        for name, write_file in (also or {}).items():
            write_file(part / name)

    state = {
        "step": step,
        "epoch": epoch,
        "training": notes or {},
        **state_of(model),
    }
    return write_checkpoint(folder, write, state, owner, keep)


def _iterations(model):
    return int(model.optimizer.iterations.numpy())
