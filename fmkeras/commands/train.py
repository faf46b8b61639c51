"""Train a decoder on a text, and keep it in a folder."""

import hashlib
import math
from collections import namedtuple
from dataclasses import asdict

from fmkeras.commands.plan import STEPS, TOKENIZERS
from fmkeras.commands.terminal import quiet_import, say
from fmkeras.commands.texts import full_name, read_text
from fmkeras.errors import argument_error
from fmkeras.runtime.one_writer import LOCK, one_writer
from fmkeras.runtime.whole import is_part

# Of the text, the last tenth is held out, but no more characters than this: enough
# to measure on, and quick.
_MOST_HELD_OUT = 100_000
_WARM_UP = 100  # steps, or a tenth of all if that is less
_FINAL_RATE = 0.1  # of the highest learning rate

Corpus = namedtuple("Corpus", "text num_held_out tokenizer ids held_ids prompt")
Corpus.__doc__ = "A text, cut in two and turned into token ids."


def train(source, folder, plan, console, force=False):
    """Train a decoder on a text and save it, with its tokenizer, in a folder.

    The end of the text is held out before anything is learnt from the rest, so that
    what is measured on it was never seen.

    Args:
        source: String. A named text or a path.
        folder: `pathlib.Path`. Where the checkpoints go.
        plan: `Plan`.
        console: `rich.console.Console` to show progress on.
        force: Boolean. Whether the folder may hold something already.

    Raises:
        ValueError: If the text and the plan do not go together.
        OSError: If the text cannot be read or the folder not be written, or if another
            process trains in it.
        KeyboardInterrupt: After Ctrl-C and a last checkpoint; the message says where.
    """
    if source is None or folder is None:
        raise ValueError(
            "train: a text and a folder are needed. What would do: fmkeras train TEXT "
            "--output FOLDER, or fmkeras train --resume FOLDER to go on with an "
            "interrupted training."
        )
    folder = folder.expanduser()
    if folder.is_file():
        raise OSError(f"train: '{folder}' is a file. What would do: another name.")
    with one_writer(folder, "train"):
        _check_folder(folder, force)
        corpus = read_corpus(read_text(source), plan)  # no TensorFlow before the fit
        _check_lengths(corpus, plan)
        fit(source, corpus, plan, folder, console)


def fit(source, corpus, plan, folder, console, checkpoint=None):
    """Build the model of a plan and train it, from the beginning or from a checkpoint.

    Args:
        source: String. A named text or a path.
        corpus: `Corpus`.
        plan: `Plan`.
        folder: `pathlib.Path`. Where the checkpoints go.
        console: `rich.console.Console` to show progress on.
        checkpoint: `Checkpoint` to go on from, or `None`.

    Raises:
        OSError: If the folder cannot be written.
        KeyboardInterrupt: After Ctrl-C and a last checkpoint; the message says where.
    """
    with quiet_import():
        import keras

        from fmkeras.commands.watching import watched_fit
        from fmkeras.training import Checkpoints

    # Not `runtime.set_seed`: what it asks of TensorFlow besides would turn XLA off.
    keras.utils.set_random_seed(plan.seed)
    num_windows = (len(corpus.ids) - 1) // plan.context
    steps = plan.steps or STEPS
    if plan.epochs is not None:
        steps = plan.epochs * (num_windows // plan.batch_size)
    model = _build(corpus, plan, steps)
    _describe(console, source, corpus, plan, model, steps, num_windows)
    notes = {
        "source": full_name(source),
        "text_sha256": fingerprint(corpus.text),
        "num_held_out": corpus.num_held_out,
        **asdict(plan),
        "total_steps": steps,
    }
    also = {"tokenizer.json": corpus.tokenizer.save}
    checkpoints = Checkpoints(folder, notes=notes, also=also)
    step, _ = checkpoints.restore_from(checkpoint, model)
    if step:
        say(console, f"Going on: at step {step:,}, from {checkpoint.path}")
    loss, perplexity = watched_fit(model, corpus, plan, steps, checkpoints, console)
    told = f"Held-out loss {loss:.3f} nats a token, perplexity {perplexity:.2f}"
    if plan.tokenizer != "words":  # which does not know every character
        bits = loss / math.log(2) * len(corpus.held_ids) / corpus.num_held_out
        told += f", {bits:.3f} bits a character"
    say(console, f"{told}.\n{how_to_write(folder, corpus.prompt)}")


def how_to_write(folder, prompt):
    """Tell the command that writes with a folder's model.

    Args:
        folder: `pathlib.Path`.
        prompt: String.

    Returns:
        String.

    Example:

    >>> from pathlib import Path
    >>> how_to_write(Path("my model"), "The")
    "To write with it: fmkeras generate 'my model' --prompt The"
    """
    import shlex

    folder, prompt = shlex.quote(str(folder)), shlex.quote(prompt)
    return f"To write with it: fmkeras generate {folder} --prompt {prompt}"


def how_to_go_on(folder):
    """Tell the command that goes on with a folder's training.

    Args:
        folder: `pathlib.Path`.

    Returns:
        String.

    Example:

    >>> from pathlib import Path
    >>> how_to_go_on(Path("my model"))
    "To go on: fmkeras train --resume 'my model'"
    """
    import shlex

    return f"To go on: fmkeras train --resume {shlex.quote(str(folder))}"


def fingerprint(text):
    """Take the SHA-256 of a text.

    Args:
        text: String.

    Returns:
        String of 64 hexadecimal digits.

    Example:

    >>> fingerprint("the cat")[:12]
    '70a48cc5ea38'
    """
    return hashlib.sha256(text.encode()).hexdigest()


def read_corpus(text, plan, tokenizer=None):
    """Hold the end of a text out, and turn both parts into token ids.

    Args:
        text: String.
        plan: `Plan`.
        tokenizer: Tokenizer, or `None` to learn that of the plan.

    Returns:
        `Corpus`.

    Raises:
        ValueError: If text, prompt and tokenizer do not go together.

    Example:

    >>> from fmkeras.commands.plan import Plan
    >>> read_corpus("the cat " * 5, Plan(prompt="cat")).num_held_out
    4
    """
    num_held_out = min(len(text) // 10, _MOST_HELD_OUT)
    cut = len(text) - num_held_out
    tokenizer = tokenizer or _learn_tokenizer(text, cut, plan)
    prompt = plan.prompt or text.split(maxsplit=1)[0]
    if len(tokenizer.encode(prompt)) == 0:  # which also refuses unknown characters
        raise argument_error("train", "--prompt", "at least one token", prompt)
    return Corpus(
        text,
        num_held_out,
        tokenizer,
        tokenizer.encode(text[:cut]),
        tokenizer.encode(text[cut:]),
        prompt,
    )


def _learn_tokenizer(text, cut, plan):
    from fmkeras import text as tokenizers

    size = plan.vocabulary_size or TOKENIZERS[plan.tokenizer]
    if plan.tokenizer == "characters":
        # From the whole text: a character that the rest lacks must have an id too.
        return tokenizers.CharacterTokenizer.train(text, size)
    if plan.tokenizer == "words":
        return tokenizers.WordTokenizer.train(text[:cut], size)
    return tokenizers.BytePairTokenizer.train(text[:cut], size)


def _check_folder(folder, force):
    # A training that was killed before its first checkpoint leaves nothing of use.
    if force or all(is_part(path) or path.name == LOCK for path in folder.iterdir()):
        return
    raise OSError(
        f"train: '{folder}' is not empty and was left as it is. What would do: another "
        "name, or --force to put newer checkpoints in the place of those in it."
    )


def _check_lengths(corpus, plan):
    needed = plan.batch_size * plan.context + 1
    if len(corpus.ids) >= needed and len(corpus.held_ids) > plan.context:
        return
    raise ValueError(
        f"train: the text is too short: {len(corpus.ids):,} tokens to train on and "
        f"{len(corpus.held_ids):,} held out, where --context={plan.context} and "
        f"--batch-size={plan.batch_size} need {needed:,} and {plan.context + 1:,}. "
        "What would do: a longer text, or a smaller --context or --batch-size."
    )


def _build(corpus, plan, steps):
    from fmkeras import models, training

    schedule = training.warmup_cosine(
        plan.learning_rate,
        min(_WARM_UP, steps // 10),
        steps,
        final=_FINAL_RATE * plan.learning_rate,
    )
    return models.transformer_decoder(
        corpus.tokenizer.vocabulary_size,
        plan.context,
        plan.layers,
        plan.heads,
        plan.width,
        dropout=plan.dropout,
        activation="gelu_tanh",  # as GPT-2, so that its layout can hold the model
        learning_rate=schedule,
    )


def _describe(console, source, corpus, plan, model, steps, num_windows):
    passes = steps * plan.batch_size / num_windows
    rows = {
        "Text": f"{source}: {len(corpus.text):,} characters, "
        f"the last {corpus.num_held_out:,} held out",
        "Tokens": f"{plan.tokenizer}, {corpus.tokenizer.vocabulary_size:,} different: "
        f"{len(corpus.ids):,} to train on, {len(corpus.held_ids):,} held out",
        "Model": f"layers {plan.layers}, heads {plan.heads}, width {plan.width}, "
        f"context {plan.context}: {model.count_params():,} parameters",
        "Training": f"{steps:,} steps of {plan.batch_size} × {plan.context} tokens, "
        f"{passes:.1f} times through the text",
    }
    for name, value in rows.items():
        say(console, f"{name + ':':<10}{value}")
