"""What `fmkeras train` is asked to do, checked before anything slow begins."""

from dataclasses import dataclass

from fmkeras.errors import (
    argument_error,
    check_choice,
    check_divisor,
    check_integer,
    check_number,
)

# The tokenizers, and how large a vocabulary each learns unless it is told.
TOKENIZERS = {"characters": None, "words": 5_000, "bytes": 1_000}
STEPS = 1_000  # unless told; some minutes on a laptop

_AT_LEAST_ONE = ("layers", "heads", "width", "batch_size", "sample_every")


@dataclass(frozen=True)
class Plan:
    """The options of a training.

    Attributes:
        tokenizer: String, one of `TOKENIZERS`.
        vocabulary_size: Integer, or `None` for the tokenizer's own.
        layers: Integer. Blocks of the decoder.
        heads: Integer that divides `width`.
        width: Integer. Of the model.
        context: Integer ≥ 2. Tokens that the model sees at once.
        dropout: Float in [0, 1).
        batch_size: Integer. Windows in a batch.
        steps: Integer, or `None`: batches to learn from.
        epochs: Integer, or `None`: how often to go through the text instead.
        learning_rate: Positive float. The highest, after the warm-up.
        seed: Integer ≥ 0. The same seed gives the same training.
        sample_every: Integer. Steps from one sample and checkpoint to the next.
        prompt: String, or `None` for the first word of the text: what samples begin
            with.

    Raises:
        ValueError: If an option is out of range.
    """

    tokenizer: str = "characters"
    vocabulary_size: int | None = None
    layers: int = 4
    heads: int = 4
    width: int = 128
    context: int = 64
    dropout: float = 0.0
    batch_size: int = 32
    steps: int | None = None
    epochs: int | None = None
    learning_rate: float = 1e-3
    seed: int = 0
    sample_every: int = 200
    prompt: str | None = None

    def __post_init__(self):
        check_choice("train", "--tokenizer", self.tokenizer, tuple(TOKENIZERS))
        for name in _AT_LEAST_ONE:
            self._check_integer(name, minimum=1)
        self._check_integer("context", minimum=2)
        self._check_integer("seed", minimum=0)
        for name in ("vocabulary_size", "steps", "epochs"):
            if getattr(self, name) is not None:
                self._check_integer(name, minimum=1)
        if self.steps is not None and self.epochs is not None:
            raise ValueError(
                "train: `--steps` and `--epochs` both say how long to train. "
                f"Received: --steps={self.steps} and --epochs={self.epochs}. "
                "What would do: one of them."
            )
        called = f"--width={self.width}"
        check_divisor("train", "--heads", self.heads, self.width, called)
        check_number("train", "--dropout", self.dropout, minimum=0.0, maximum=0.99)
        check_number(
            "train", "--learning-rate", self.learning_rate, minimum=0.0, exclusive=True
        )
        if self.prompt == "":
            raise argument_error("train", "--prompt", "at least one character", "")

    def _check_integer(self, name, minimum):
        option = f"--{name.replace('_', '-')}"
        check_integer("train", option, getattr(self, name), minimum)
