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
from fmkeras.commands.train import how_to_go_on, how_to_write
from fmkeras.commands.writing import write_on
from fmkeras.generation import TopP
from fmkeras.text.windows import windows

_SAMPLE = 200  # tokens
_SAMPLER = TopP(0.9)


def watched_fit(model, corpus, plan, steps, checkpoints, console):
    """Train a model up to so many steps, in sections that end with a look at it.

    Args:
        model: Compiled language model.
        corpus: `Corpus`.
        plan: `Plan`.
        steps: Integer. Batches to learn from in all.
        checkpoints: `training.Checkpoints`, which has been asked to restore the model.
        console: `rich.console.Console`.

    Returns:
        A pair of floats, measured on the held-out text at the end: the loss and the
        perplexity.

    Raises:
        OSError: If a checkpoint cannot be written; the message says how to go on.
        KeyboardInterrupt: After Ctrl-C and a last checkpoint; the message says where.
    """
    if checkpoints.step == 0:  # now there is something to go on from
        checkpoints.save()
    every = min(plan.sample_every, steps)
    # Steps that run in one go must end where a section does.
    model.steps_per_execution = math.gcd(model.steps_per_execution, every, steps)
    with _bar(console) as progress:
        watch = _Watch(corpus, plan, steps, checkpoints, progress)
        try:
            while checkpoints.step < steps:
                _fit_section(model, corpus, plan, steps, every, [checkpoints, watch])
        except KeyboardInterrupt:
            progress.stop()
            raise KeyboardInterrupt(watch.save_and_tell()) from None
        except OSError as error:
            told = f"{error} {how_to_go_on(checkpoints.folder)}"
            raise OSError(told) from error
    if watch.held_out is None:  # all had been done before
        logs = model.evaluate(_held_out(corpus, plan), verbose=0, return_dict=True)
        return logs["loss"], logs["perplexity"]
    return watch.held_out


def _fit_section(model, corpus, plan, steps, every, callbacks):
    """Train up to the next look, wherever an interruption may have left off."""
    step = callbacks[0].step
    section, done = divmod(step, every)
    batches = windows(
        corpus.ids, plan.context, plan.batch_size, seed=plan.seed, first_batch=step
    )
    model.fit(
        batches,
        steps_per_epoch=min(every - done, steps - step),
        initial_epoch=section,
        epochs=section + 1,
        shuffle=False,  # the pipeline does
        validation_data=_held_out(corpus, plan),
        callbacks=callbacks,
        verbose=0,
    )


def _held_out(corpus, plan):
    return windows(
        corpus.held_ids,
        plan.context,
        plan.batch_size,
        shuffle=False,
        drop_remainder=False,
    )


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
    """Shows how the training goes; after each checkpoint, what it has come to."""

    def __init__(self, corpus, plan, steps, checkpoints, progress):
        super().__init__()
        self._corpus = corpus
        self._plan = plan
        self._steps = steps
        self._checkpoints = checkpoints
        self._progress = progress
        self._task = progress.add_task(
            "", total=steps, completed=self.step, loss=math.nan
        )
        self._start = time.monotonic()
        self._saved = self.step
        self.held_out = None

    @property
    def step(self):
        """Batches that the model has learnt from."""
        return self._checkpoints.step

    def on_train_batch_end(self, batch, logs=None):
        """Move the bar."""
        self._progress.update(self._task, completed=self.step, loss=logs["loss"])

    def on_epoch_end(self, epoch, logs=None):
        """Tell the losses and show a sample of what has just been saved."""
        self._saved = self.step
        self.held_out = logs["val_loss"], logs["val_perplexity"]
        seconds = time.monotonic() - self._start
        self._say(
            f"\nStep {self.step:,} of {self._steps:,}, {seconds:.0f} s: "
            f"loss {logs['loss']:.3f}, held out {logs['val_loss']:.3f}"
        )
        self._say(self._sample())

    def save_and_tell(self):
        """Save what an interrupted training has reached; say where."""
        if self.step > self._saved:
            self._checkpoints.save()
        folder = self._checkpoints.folder
        return (
            f"Interrupted at step {self.step:,} of {self._steps:,}. Saved in {folder}."
            f"\n{how_to_go_on(folder)}\n{how_to_write(folder, self._corpus.prompt)}"
        )

    def _sample(self):
        tokenizer = self._corpus.tokenizer
        prompt = tokenizer.encode(self._corpus.prompt)
        ids = write_on(self.model, prompt, _SAMPLE, _SAMPLER, seed=self._plan.seed)
        return "\n".join(f"    {line}" for line in tokenizer.decode(ids).splitlines())

    def _say(self, text):
        say(self._progress.console, text)
