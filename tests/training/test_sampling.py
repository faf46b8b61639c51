import keras
import numpy as np
import pytest

from fmkeras import generation, models, runtime
from fmkeras.text import CharacterTokenizer, windows
from fmkeras.training import SampleText

TEXT = "to be or not to be, that is the question: " * 4


@pytest.fixture
def tokenizer():
    return CharacterTokenizer.train(TEXT)


class Writer(keras.Sequential):
    """A model that only notes how it was asked to write."""

    def __init__(self):
        super().__init__([keras.Input((1,)), keras.layers.Dense(1)])
        self.calls = []

    def generate(self, token_ids, **arguments):
        self.calls.append((list(token_ids), arguments))
        return np.array([*token_ids, *token_ids])


def written(tokenizer, epochs, batches=6, steps_per_execution=1, **arguments):
    """Return what is printed while a model learns, and how it was asked to write."""
    lines, model = [], Writer()
    model.compile(loss="mse", steps_per_execution=steps_per_execution)
    callback = SampleText(tokenizer, "to ", print_text=lines.append, **arguments)
    x = np.zeros((batches, 1))
    model.fit(x, x, batch_size=1, epochs=epochs, callbacks=[callback], verbose=0)
    return lines, model.calls


def test_prints_the_text_at_the_end_of_every_epoch(tokenizer):
    lines, calls = written(tokenizer, epochs=2)
    assert lines == ["\nEpoch 1: to to ", "\nEpoch 2: to to "]
    expected = {"max_new_tokens": 100, "sampler": None, "seed": 0}
    assert calls == [(list(tokenizer.encode("to ")), expected)] * 2


def test_passes_its_arguments_on(tokenizer):
    sampler = generation.TopK(3)
    _, calls = written(tokenizer, 1, max_new_tokens=7, sampler=sampler, seed=5)
    assert calls[0][1] == {"max_new_tokens": 7, "sampler": sampler, "seed": 5}


def test_prints_every_so_many_epochs(tokenizer):
    lines, _ = written(tokenizer, epochs=7, every=3)
    assert lines == ["\nEpoch 3: to to ", "\nEpoch 6: to to "]


def test_prints_every_so_many_batches_over_all_epochs(tokenizer):
    lines, _ = written(tokenizer, epochs=2, batches=6, every_batches=4)
    assert lines == [f"\nBatch {n}: to to " for n in (4, 8, 12)]


def test_counts_from_the_beginning_in_every_training(tokenizer):
    lines, model = [], Writer()
    model.compile(loss="mse")
    callback = SampleText(tokenizer, "to ", every_batches=4, print_text=lines.append)
    x = np.zeros((6, 1))
    for _ in range(2):
        model.fit(x, x, batch_size=1, callbacks=[callback], verbose=0)
    assert lines == ["\nBatch 4: to to "] * 2


@pytest.mark.steps_together
def test_batches_that_run_together_give_one_sample(tokenizer):
    lines, _ = written(tokenizer, 2, batches=5, every_batches=2, steps_per_execution=3)
    assert lines == [f"\nBatch {n}: to to " for n in (3, 5, 8, 10)]


def test_prints_to_the_screen(tokenizer, capsys):
    model = Writer()
    model.compile(loss="mse")
    x = np.zeros((1, 1))
    model.fit(x, x, callbacks=[SampleText(tokenizer, "be")], verbose=0)
    assert capsys.readouterr().out == "\nEpoch 1: bebe\n"


def trained_weights(tokenizer, *callbacks):
    runtime.set_seed(1)
    model = models.transformer_decoder(
        tokenizer.vocabulary_size, 8, 1, 2, 8, dropout=0.5, positions="rotary"
    )
    batches = windows(tokenizer.encode(TEXT), 8, batch_size=4)
    model.fit(batches, epochs=2, callbacks=callbacks, verbose=0)
    return [keras.ops.convert_to_numpy(weight) for weight in model.weights]


@pytest.mark.slow
def test_training_ends_with_the_same_weights_as_without(tokenizer):
    lines = []
    callback = SampleText(
        tokenizer,
        "to ",
        max_new_tokens=4,
        sampler=generation.Temperature(1.0),
        print_text=lines.append,
    )
    expected = trained_weights(tokenizer)
    received = trained_weights(tokenizer, callback)
    assert len(lines) == 2
    for ours, theirs in zip(received, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("prompt", "arguments", "message"),
    [
        (
            "",
            {},
            "SampleText: `prompt` must be a string with at least one token. "
            "Received: prompt=''. What would do: a word that the text has.",
        ),
        (
            "to",
            {"max_new_tokens": 0},
            "SampleText: `max_new_tokens` must be a positive integer. "
            "Received: max_new_tokens=0.",
        ),
        (
            "to",
            {"every": 0},
            "SampleText: `every` must be a positive integer. Received: every=0.",
        ),
        (
            "to",
            {"every_batches": 2.5},
            "SampleText: `every_batches` must be a positive integer. "
            "Received: every_batches=2.5.",
        ),
        (
            "to",
            {"seed": None},
            "SampleText: `seed` must be an integer ≥ 0. Received: seed=None.",
        ),
    ],
)
def test_says_what_is_wrong_and_what_would_do(tokenizer, prompt, arguments, message):
    with pytest.raises(ValueError) as error:
        SampleText(tokenizer, prompt, **arguments)
    assert str(error.value) == message


def test_refuses_a_model_that_cannot_write(tokenizer):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    with pytest.raises(ValueError) as error:
        model.fit(
            np.zeros((1, 1)), np.zeros((1, 1)), callbacks=[SampleText(tokenizer, "to")]
        )
    assert str(error.value) == (
        "SampleText: the model must have a method `generate`. Received: a Sequential "
        "without one. What would do: a language model, such as "
        "models.transformer_decoder(...)."
    )
