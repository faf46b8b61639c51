"""The options of `fmkeras train` and `fmkeras generate`, as Typer reads them."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from fmkeras.commands.plan import STEPS, TOKENIZERS

TokenizerKind = Enum("TokenizerKind", {name: name for name in TOKENIZERS}, type=str)


def _option(annotation, help_text, metavar="N"):
    return Annotated[annotation, typer.Option(metavar=metavar, help=help_text)]


Text = Annotated[
    str | None,
    typer.Argument(
        metavar="TEXT", help="A file of UTF-8, python_reference or tiny_shakespeare."
    ),
]
Output = _option(Path | None, "A new folder for the checkpoints.", "FOLDER")
Force = Annotated[bool, typer.Option("--force", help="Use a folder that is not empty.")]
Resume = _option(
    Path | None,
    "Go on with the interrupted training of this folder, which knows its text and "
    "options; with a TEXT, begin if there is none.",
    "FOLDER",
)
Tokenizer = Annotated[TokenizerKind, typer.Option(help="What a token is.")]
VocabularySize = _option(
    int | None,
    "Most tokens to learn. [default: all characters, or 5000 words, "
    "or 1000 runs of bytes]",
)
Layers = _option(int, "Blocks of the decoder.")
Heads = _option(int, "Attention heads; a divisor of the width.")
Width = _option(int, "Width of the model.")
Context = _option(int, "Tokens the model sees at once.")
Dropout = _option(float, "Share dropped in training.", "SHARE")
BatchSize = _option(int, "Windows in a batch.")
Steps = _option(int | None, f"Batches to learn from. [default: {STEPS}]")
Epochs = _option(int | None, "Instead of --steps: times through the text.")
LearningRate = _option(float, "The highest, after the warm-up.", "RATE")
SampleEvery = _option(int, "Steps from one sample and checkpoint to the next.")
SamplePrompt = _option(
    str | None, "What samples begin with. [default: the text's first word]", "TEXT"
)
Seed = _option(int, "The same seed gives the same model.")

ModelFolder = Annotated[
    Path,
    typer.Argument(metavar="FOLDER", help="From `fmkeras train`, or GPT-2's layout."),
]
Prompt = _option(str, "What the text begins with.", "TEXT")
MaxNewTokens = _option(int, "The most tokens to write.")
Sampler = _option(
    str,
    "greedy, or some of temperature=0.8, top-k=40, top-p=0.9, min-p=0.05 and "
    "repetition-penalty=1.2 with commas between, applied in that order; or beam=4.",
    "RULES",
)
WritingSeed = _option(
    int | None, "The same seed writes the same text. [default: another on every run]"
)


def given(call):
    """List what the command line names, without what it leaves to the defaults.

    Args:
        call: `typer.Context` of the command.

    Returns:
        Dictionary of parameter names -> values.
    """
    return {
        name: getattr(value, "value", value)  # an Enum's
        for name, value in call.params.items()
        if call.get_parameter_source(name).name == "COMMANDLINE"
    }
