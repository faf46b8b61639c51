"""`fmkeras train`: what it refuses, what it holds out, what it leaves behind."""

import io
import math
import re
import socket
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from fmkeras import pretrained
from fmkeras.commands import watching
from fmkeras.commands.plan import Plan
from fmkeras.commands.train import how_to_go_on, how_to_write, read_corpus, train
from fmkeras.runtime.checkpoint_folder import list_checkpoints, newest_checkpoint
from fmkeras.runtime.one_writer import LOCK
from fmkeras.training import Checkpoints

STORY = "the cat sat on the mat and saw the dog that sat on the cat. " * 40
SMALL = {"layers": 1, "heads": 2, "width": 8, "context": 8, "batch_size": 4}


@pytest.fixture
def story(tmp_path):
    path = tmp_path / "story.txt"
    path.write_text(STORY, "utf-8")
    return path


@pytest.fixture
def run(tmp_path, story, monkeypatch):
    """Train with short samples, and give what was printed."""
    monkeypatch.setattr(watching, "_SAMPLE", 3)

    def run(force=False, source=None, folder=tmp_path / "cat", **options):
        console = Console(file=io.StringIO(), width=10_000)
        plan = Plan(**{**SMALL, **options})
        train(str(source or story), Path(folder), plan, console, force)
        return console.file.getvalue()

    return run


def refusal(run, kind=ValueError, **options):
    with pytest.raises(kind) as error:
        run(**options)
    return str(error.value)


def test_a_folder_that_holds_something_is_left_as_it_is(run, tmp_path):
    folder = tmp_path / "cat"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    assert refusal(run, OSError) == (
        f"train: '{folder}' is not empty and was left as it is. What would do: another "
        "name, or --force to put newer checkpoints in the place of those in it."
    )
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_a_folder_in_which_another_trains_is_refused(run, tmp_path, another_writer):
    folder = tmp_path / "cat"
    process = another_writer(folder)
    for force in (False, True):
        assert refusal(run, OSError, force=force) == (
            f"train: '{folder}' is in use: process {process.pid} on "
            f"{socket.gethostname()} writes to it. What would do: wait until that "
            "process has ended, or another folder."
        )
    assert [path.name for path in folder.iterdir()] == [LOCK]


def test_a_file_is_no_folder(run, story):
    assert refusal(run, OSError, folder=story, force=True) == (
        f"train: '{story}' is a file. What would do: another name."
    )
    assert story.read_text("utf-8") == STORY


def test_a_missing_text_is_told(run, tmp_path):
    assert refusal(run, OSError, source=tmp_path / "none").startswith(
        f"train: '{tmp_path / 'none'}' cannot be read (No such file or directory). "
    )
    assert not (tmp_path / "cat").exists()


@pytest.mark.parametrize(
    ("length", "options", "told"),
    [
        (
            300,
            {"batch_size": 34},
            "270 tokens to train on and 30 held out, where --context=8 and "
            "--batch-size=34 need 273 and 9",
        ),
        (
            80,
            {"batch_size": 1},
            "72 tokens to train on and 8 held out, where --context=8 and "
            "--batch-size=1 need 9 and 9",
        ),
    ],
)
def test_a_text_that_is_too_short_is_told(run, story, length, options, told):
    story.write_text(STORY[:length], "utf-8")
    assert refusal(run, **options) == (
        f"train: the text is too short: {told}. "
        "What would do: a longer text, or a smaller --context or --batch-size."
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"prompt": "Zoé"},
            "CharacterTokenizer.encode: `text` must be made of the 14 characters of "
            "the vocabulary. Received: 'Z' (U+005A) at index 0, line 1, column 1: "
            "'Zoé'. What would do: ",
        ),
        (
            {"prompt": " ", "tokenizer": "words"},
            "train: `--prompt` must be at least one token. Received: --prompt=' '.",
        ),
        (
            {"vocabulary_size": 3},
            "CharacterTokenizer.train: `vocabulary_size` must be an integer ≥ 14. "
            "Received: vocabulary_size=3. ",
        ),
        (
            {"vocabulary_size": 200, "tokenizer": "bytes"},
            "BytePairTokenizer.train: `vocabulary_size` must be an integer ≥ 256. "
            "Received: vocabulary_size=200. ",
        ),
    ],
)
def test_what_does_not_suit_the_tokenizer_is_told(run, options, told):
    assert refusal(run, **options).startswith(told)


def corpus_of(text, **options):
    return read_corpus(text, Plan(**options))


@pytest.mark.parametrize("tokenizer", ["characters", "words", "bytes"])
def test_the_held_out_text_is_the_end_and_is_in_no_window(tokenizer):
    text = "".join(f"{number} is less than {number + 1}. " for number in range(300))
    corpus = corpus_of(text, tokenizer=tokenizer)
    assert corpus.num_held_out == len(text) // 10
    cut = len(text) - corpus.num_held_out
    assert list(corpus.ids) == list(corpus.tokenizer.encode(text[:cut]))
    assert list(corpus.held_ids) == list(corpus.tokenizer.encode(text[cut:]))


def test_of_a_long_text_no_more_is_held_out_than_is_needed():
    assert corpus_of("once upon a time " * 100_000).num_held_out == 100_000


def test_words_and_bytes_are_learnt_without_the_held_out_text():
    text = "cat " * 900 + "dog " * 100
    assert "dog" not in words_of(corpus_of(text, tokenizer="words").tokenizer)
    tokens = words_of(corpus_of(text, tokenizer="bytes").tokenizer)
    assert "cat" in "".join(tokens)
    assert not {"do", "og", "Ġd"} & set(tokens)


def words_of(tokenizer):
    return [tokenizer.id_to_token(i) for i in range(tokenizer.vocabulary_size)]


def test_a_character_of_the_held_out_text_alone_has_an_id():
    corpus = corpus_of("cat " * 900 + "dog " * 100)
    assert corpus.tokenizer.decode(corpus.held_ids).endswith("dog ")


def test_samples_begin_with_the_first_word_unless_told():
    assert corpus_of("  the cat " * 9).prompt == "the"
    assert corpus_of("the cat " * 9, prompt="cat").prompt == "cat"


def test_the_command_that_writes_can_be_pasted():
    assert how_to_write(Path("my cat"), "it's") == (
        "To write with it: fmkeras generate 'my cat' --prompt 'it'\"'\"'s'"
    )


@pytest.mark.slow
def test_trains_samples_saves_and_measures(run, tmp_path):
    folder = tmp_path / "cat"
    shown = run(steps=36, sample_every=16, prompt="the c", learning_rate=0.01)
    lines = shown.splitlines()
    assert lines[:4] == [
        f"Text:     {tmp_path / 'story.txt'}: 2,400 characters, the last 240 held out",
        "Tokens:   characters, 14 different: 2,160 to train on, 240 held out",
        "Model:    layers 1, heads 2, width 8, context 8: 1,064 parameters",
        "Training: 36 steps of 4 × 8 tokens, 0.5 times through the text",
    ]
    told = re.findall(
        r"^Step (\d+) of 36, \d+ s: loss ([\d.]+), held out ([\d.]+)\n    the c",
        shown,
        re.MULTILINE,
    )
    assert [int(step) for step, _, _ in told] == [16, 32, 36]
    assert float(told[-1][2]) < float(told[0][2]) < math.log(14) + 0.1
    assert lines[-1] == how_to_write(folder, "the c")

    assert sorted(path.name for path in folder.iterdir()) == [
        "checkpoint-0003",
        "checkpoint-0004",
    ]
    state = newest_checkpoint(folder, "test").state
    assert state["step"] == 36
    assert state["training"]["learning_rate"] == 0.01
    assert state["training"]["source"] == str(tmp_path / "story.txt")
    model, tokenizer = pretrained.load_language_model(folder)
    assert int(model.optimizer.iterations) == 36
    held_out_loss_is_right(lines[-2], model, tokenizer)


def held_out_loss_is_right(line, model, tokenizer):
    """Work the last line out again, in NumPy, over every window of the last tenth."""
    ids = np.array(tokenizer.encode(STORY[-240:]))
    starts = range(0, len(ids) - 8, 8)
    x = np.stack([ids[start : start + 8] for start in starts])
    y = np.stack([ids[start + 1 : start + 9] for start in starts])
    logits = np.asarray(model(x), "float64")
    chosen = np.take_along_axis(logits, y[..., None], -1)[..., 0]
    loss = (np.log(np.exp(logits).sum(-1)) - chosen).mean()
    told = re.fullmatch(
        r"Held-out loss ([\d.]+) nats a token, perplexity ([\d.]+), "
        r"([\d.]+) bits a character\.",
        line,
    )
    expected = (loss, math.exp(loss), loss / math.log(2))
    assert [float(x) for x in told.groups()] == pytest.approx(expected, abs=0.006)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model_and_another_another(run, tmp_path):
    options = {"steps": 8, "sample_every": 8, "dropout": 0.2}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run(folder=tmp_path / name, seed=seed, **options)
    a, b, c = (
        pretrained.load_language_model(tmp_path / name)[0].get_weights()
        for name in "abc"
    )
    assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    assert not any(np.array_equal(x, y) for x, y in zip(a, c, strict=True))


@pytest.mark.slow
def test_epochs_are_counted_and_force_goes_on_beside_the_old(run, tmp_path):
    shown = run(epochs=1, sample_every=100, tokenizer="words", batch_size=2)
    words = int(re.search(r": ([\d,]+) to train on", shown)[1].replace(",", ""))
    steps = (words - 1) // 8 // 2
    assert f"\nTraining: {steps} steps of 2 × 8 tokens, " in shown
    assert f"\nStep {steps} of {steps}, " in shown
    assert "bits a character" not in shown
    run(force=True, steps=1, sample_every=1, tokenizer="words")
    newest = newest_checkpoint(tmp_path / "cat", "test")
    assert (newest.path.name, newest.state["step"]) == ("checkpoint-0004", 1)


def test_an_interrupt_before_the_first_step_is_gone_on_from_as_well(
    run, tmp_path, monkeypatch
):
    def fit(self, *_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("fmkeras.models.language.LanguageModel.fit", fit)
    folder = tmp_path / "cat"
    assert refusal(run, KeyboardInterrupt, steps=7) == (
        f"Interrupted at step 0 of 7. Saved in {folder}.\n{how_to_go_on(folder)}\n"
        f"{how_to_write(folder, 'the')}"
    )
    assert newest_checkpoint(folder, "test").state["step"] == 0


def test_what_was_killed_before_its_first_checkpoint_can_be_started_again(
    run, tmp_path, monkeypatch
):
    def fit(self, *_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("fmkeras.models.language.LanguageModel.fit", fit)
    (tmp_path / "cat" / ".checkpoint-0001.0123.part").mkdir(parents=True)
    refusal(run, KeyboardInterrupt)
    assert [x.name for x in (tmp_path / "cat").iterdir()] == ["checkpoint-0001"]


def test_a_full_disk_ends_the_training_and_tells_how_to_go_on(
    run, tmp_path, monkeypatch
):
    def fit(self, *_, callbacks, **__):
        callbacks[0].save()

    save = Checkpoints.save

    def fail_later(self):
        if list_checkpoints(self.folder):
            raise OSError("the disk is full.")
        return save(self)

    monkeypatch.setattr("fmkeras.models.language.LanguageModel.fit", fit)
    monkeypatch.setattr(Checkpoints, "save", fail_later)
    assert refusal(run, OSError) == (
        f"the disk is full. {how_to_go_on(tmp_path / 'cat')}"
    )
    assert newest_checkpoint(tmp_path / "cat", "test").state["step"] == 0
