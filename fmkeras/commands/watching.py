"""Fitting with eyes on it: a bar, the losses, samples, and a checkpoint with each."""

import math
import time

import keras
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from fmkeras.commands.terminal import say
from fmkeras.commands.train import how_to_write
from fmkeras.commands.writing import write_on
from fmkeras.generation import TopP
from fmkeras.pretrained.folder import save_language_model
from fmkeras.text.windows import windows

_SAMPLE = 200  # tokens
_SAMPLER = TopP(0.9)


def fit(model, corpus, plan, steps, folder, notes, console):
    """Train a model for so many steps, in sections that end with a look at it.

    Args:
        model: Compiled language model.
        corpus: `Corpus`.
        plan: `Plan`.
        steps: Integer. Batches to learn from.
        folder: `pathlib.Path`. Where the checkpoints go.
        notes: Dictionary for `save_language_model`'s `training`.
        console: `rich.console.Console`.

    Returns:
        A pair of floats, measured on the held-out text at the end: the loss and the
        perplexity.

    Raises:
        KeyboardInterrupt: After Ctrl-C and a last checkpoint; the message says where.
    """
    batches = windows(
        corpus.ids, plan.context, plan.batch_size, seed=plan.seed
    ).repeat()
    held_out = windows(
        corpus.held_ids,
        plan.context,
        plan.batch_size,
        shuffle=False,
        drop_remainder=False,
    )
    every = min(plan.sample_every, steps)
    # Steps that run in one go must end where a section does.
    model.steps_per_execution = math.gcd(model.steps_per_execution, every, steps)
    with _bar(console) as progress:
        watch = _Watch(corpus, plan, steps, folder, notes, progress)
        try:
            model.fit(
                batches,
                steps_per_epoch=every,
                epochs=math.ceil(steps / every),
                shuffle=False,  # the pipeline does
                validation_data=held_out,
                callbacks=[watch],
                verbose=0,
            )
        except KeyboardInterrupt:
            progress.stop()
            raise KeyboardInterrupt(watch.save_and_tell()) from None
    return watch.held_out


def _bar(console):
    """Make a progress bar that is seen on a terminal and nowhere else."""
    return Progress(
        TextColumn("Step"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.3f}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


class _Watch(keras.callbacks.Callback):
    """Shows how the training goes, and keeps what has been reached."""

    def __init__(self, corpus, plan, steps, folder, notes, progress):
        super().__init__()
        self._corpus = corpus
        self._plan = plan
        self._steps = steps
        self._folder = folder
        self._notes = notes
        self._progress = progress
        self._task = progress.add_task("", total=steps, loss=math.nan)
        self._start = time.monotonic()
        self._saved = 0
        self.held_out = math.nan, math.nan

    @property
    def step(self):
        """Batches that the model has learnt from."""
        return int(self.model.optimizer.iterations)

    def on_train_batch_end(self, batch, logs=None):
        """Move the bar, and end the last section where the steps end."""
        self._progress.update(self._task, completed=self.step, loss=logs["loss"])
        if self.step >= self._steps:
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        """Tell the losses, show a sample and save a checkpoint."""
        self.held_out = logs["val_loss"], logs["val_perplexity"]
        seconds = time.monotonic() - self._start
        self._say(
            f"\nStep {self.step:,} of {self._steps:,}, {seconds:.0f} s: "
            f"loss {logs['loss']:.3f}, held out {logs['val_loss']:.3f}"
        )
        self._say(self._sample())
        self._save()

    def save_and_tell(self):
        """Save what an interrupted training has reached; say where."""
        if self.step == 0:
            return "Interrupted before the first step; there is nothing to save."
        if self.step > self._saved:
            self._save()
        return (
            f"Interrupted at step {self.step:,} of {self._steps:,}. Saved in "
            f"{self._folder}. {how_to_write(self._folder, self._corpus.prompt)}"
        )

    def _save(self):
        save_language_model(
            self.model,
            self._corpus.tokenizer,
            self._folder,
            step=self.step,
            training=self._notes,
        )
        self._saved = self.step

    def _sample(self):
        tokenizer = self._corpus.tokenizer
        prompt = tokenizer.encode(self._corpus.prompt)
        ids = write_on(self.model, prompt, _SAMPLE, _SAMPLER, seed=self._plan.seed)
        return "\n".join(f"    {line}" for line in tokenizer.decode(ids).splitlines())

    def _say(self, text):
        say(self._progress.console, text)
