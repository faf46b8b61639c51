"""`fmkeras generate`: from either kind of folder, character by character."""

import numpy as np
import pytest

from fmkeras import models, pretrained, text
from fmkeras.commands import generate as generate_module
from fmkeras.commands.generate import generate

LETTERS = text.CharacterTokenizer.train("the cat sat.")
BYTES = text.BytePairTokenizer.train(
    "the cat sat on the mat", 262, special_tokens=("<|endoftext|>",)
)


def write(folder, prompt="the", number=5, sampler="greedy", seed=0):
    """Write; give what was shown, piece by piece, and the warnings."""
    shown, told = [], []
    generate(folder, prompt, number, sampler, seed, shown.append, told.append)
    return shown, told


@pytest.fixture
def folder(tmp_path):
    model = models.transformer_decoder(
        LETTERS.vocabulary_size, 8, 1, 2, 4, compile=False
    )
    pretrained.save_language_model(model, LETTERS, tmp_path, step=1)
    return tmp_path


class Script:
    """A model that writes what its script says."""

    max_sequence_length = None

    def __init__(self, ids):
        self.ids = ids
        self.options = None

    def generate(self, token_ids, max_new_tokens, on_token, **options):
        self.options = options
        new = self.ids[:max_new_tokens]
        for token_id in new if on_token else ():
            on_token([token_id])
        return [*token_ids, *new]


@pytest.fixture
def scripted(monkeypatch, tmp_path):
    """Put a scripted model in the place of the folder's."""

    def scripted(ids, tokenizer, end=()):
        model = Script(ids)
        opened = (model, tokenizer, list(end))
        monkeypatch.setattr(generate_module, "_open", lambda *_: opened)
        return model

    return scripted


def test_no_character_is_ever_split(scripted, tmp_path):
    ids = BYTES.encode("naïve 日本!")
    scripted(ids, BYTES)
    shown, _ = write(tmp_path, "é ", number=len(ids))
    assert "".join(shown) == "é naïve 日本!\n"
    assert not any("\N{REPLACEMENT CHARACTER}" in piece for piece in shown)
    assert len(shown) > len("é naïve 日本!")


def test_a_character_that_is_not_finished_is_marked_at_the_end(scripted, tmp_path):
    scripted(BYTES.encode("日")[:2], BYTES)
    shown, _ = write(tmp_path, "a")
    assert "".join(shown) == "a\N{REPLACEMENT CHARACTER}\n"


def test_words_are_set_apart_as_in_a_text(scripted, tmp_path):
    words = text.WordTokenizer.train("the cat sat, and sat.")
    scripted(words.encode("sat, and sat."), words)
    shown, _ = write(tmp_path, "the cat", number=9)
    assert "".join(shown) == words.decode(words.encode("the cat sat, and sat.")) + "\n"


def test_an_interrupted_text_ends_its_line(scripted, tmp_path):
    model = scripted(LETTERS.encode(" cat"), LETTERS)
    write_all = model.generate

    def interrupted(token_ids, **options):
        write_all(token_ids, **options)
        raise KeyboardInterrupt

    model.generate, shown = interrupted, []
    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path, "the", 9, "greedy", 0, shown.append, print)
    assert "".join(shown) == "the cat\n"


def test_the_options_reach_the_model(scripted, tmp_path):
    model = scripted([0, 1], LETTERS, end=[3])
    write(tmp_path, "the", 2, "temperature=0.5,top-k=2", seed=9)
    assert repr(model.options.pop("sampler")) == "Temperature(0.5) | TopK(2)"
    assert model.options == {"seed": 9, "stop_ids": [3]}


def test_a_beam_search_shows_its_text_at_the_end(scripted, tmp_path):
    scripted(LETTERS.encode(" cat"), LETTERS)
    shown, _ = write(tmp_path, "the", sampler="beam=2")
    assert "".join(shown) == "the cat\n"


@pytest.mark.slow
def test_writes_with_a_trained_folder_further_than_the_model_sees(folder):
    shown, told = write(folder, "the", number=9)
    assert "".join(shown[:3]) == "the"
    assert len("".join(shown)) == 3 + 9 + 1
    assert told == []
    model, _ = pretrained.load_language_model(folder, compile=False)
    ids = model.generate(LETTERS.encode("the"), max_new_tokens=5)
    assert "".join(shown).startswith(LETTERS.decode(ids))


@pytest.mark.slow
def test_the_same_seed_writes_the_same_text_and_another_another(folder):
    texts = ["".join(write(folder, "t", 7, "top-p=1", s)[0]) for s in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.slow
def test_writes_with_gpt2s_layout_and_stops_at_the_end_of_the_text(tmp_path):
    end = BYTES.token_to_id("<|endoftext|>")
    model = models.transformer_decoder(
        262, 9, 1, 2, 4, activation="gelu_tanh", compile=False
    )
    embeddings = np.zeros((262, 4))
    embeddings[end] = 1.0
    model.token_embedding.embeddings.assign(embeddings)
    model.final_norm.beta.assign(np.ones(4))  # the end is likeliest after everything
    pretrained.save_gpt2(model, BYTES, tmp_path / "gpt2")
    assert "".join(write(tmp_path / "gpt2", "the cat", number=4)[0]) == "the cat\n"


def test_a_damaged_checkpoint_is_warned_of(folder):
    (folder / "checkpoint-0002").mkdir()
    told = []
    model, tokenizer, end = generate_module._open(folder, told.append)
    assert (model.vocabulary_size, end) == (tokenizer.vocabulary_size, [])
    assert told == [
        f"load_language_model: in '{folder}', checkpoint-0002 is damaged (it has no "
        "state.json); checkpoint-0001, of step 1, was taken."
    ]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"prompt": ""},
            "generate: `--prompt` must be at least one character. "
            "Received: --prompt=''.",
        ),
        (
            {"number": 0},
            "generate: `--max-new-tokens` must be a positive integer. "
            "Received: --max-new-tokens=0.",
        ),
        (
            {"seed": -1},
            "generate: `--seed` must be an integer ≥ 0. Received: --seed=-1.",
        ),
        ({"sampler": "best"}, "generate: `--sampler` must be one of 'greedy', "),
        (
            {"prompt": "the dog"},
            "CharacterTokenizer.encode: `text` must be made of the 8 characters of the "
            "vocabulary. Received: 'd' (U+0064) at index 4, line 1, column 5: ",
        ),
    ],
)
def test_refuses_with_a_sentence(folder, options, told):
    with pytest.raises(ValueError) as error:
        write(folder, **options)
    assert str(error.value).startswith(told)


def test_a_prompt_without_a_token_is_refused(scripted, tmp_path):
    scripted([], text.WordTokenizer.train("the cat"))
    with pytest.raises(ValueError) as error:
        write(tmp_path, " ")
    assert str(error.value) == (
        "generate: `--prompt` must be at least one token. Received: --prompt=' '."
    )
