"""Checkpoints: whole or not there, and a damaged one is named."""

import json
import warnings

import numpy as np
import pytest

from fmkeras import models, pretrained, text
from fmkeras.runtime import checkpoint_folder

IDS = np.array([[1, 3, 0, 2, 4]])
WOULD_DO = (
    "What would do: the folder that `fmkeras train` or save_language_model wrote."
)


@pytest.fixture(scope="module")
def letters():
    return text.CharacterTokenizer.train("banter")


@pytest.fixture(scope="module")
def model(letters):
    return models.transformer_decoder(letters.vocabulary_size, 8, 1, 2, 4)


@pytest.fixture
def home(tmp_path):
    return tmp_path / "banter"


@pytest.fixture
def save(model, letters, home):
    def save(step, **options):
        return pretrained.save_language_model(model, letters, home, step, **options)

    return save


def newest_checkpoint(home):
    return checkpoint_folder.newest_checkpoint(home, "load_language_model")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_is_saved_is_opened(save, model, letters, home):
    path = save(300, training={"layers": 1})
    assert path == home / "checkpoint-0001"
    assert names(path) == ["model.keras", "state.json", "tokenizer.json"]
    opened, tokenizer = pretrained.load_language_model(home)
    np.testing.assert_array_equal(opened(IDS), model(IDS))
    assert tokenizer.encode("rent") == letters.encode("rent")
    state = newest_checkpoint(home).state
    assert (state["step"], state["training"]) == (300, {"layers": 1})


def test_a_folder_in_the_home_directory_is_written_and_read(
    model, letters, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    path = pretrained.save_language_model(model, letters, "~/banter")
    assert path == tmp_path / "banter" / "checkpoint-0001"
    opened, _ = pretrained.load_language_model("~/banter", compile=False)
    np.testing.assert_array_equal(opened(IDS), model(IDS))


def test_the_optimiser_goes_along_only_if_asked(save, home):
    save(0)
    assert pretrained.load_language_model(home)[0].compiled
    assert not pretrained.load_language_model(home, compile=False)[0].compiled


def test_a_model_that_never_trained_opens_without_a_warning(save, home):
    save(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        pretrained.load_language_model(home)


def test_a_recurrent_model_is_saved_as_well(letters, home):
    model = models.rnn_language_model(letters.vocabulary_size, 4, compile=False)
    pretrained.save_language_model(model, letters, home)
    opened, _ = pretrained.load_language_model(home)
    np.testing.assert_array_equal(opened(IDS), model(IDS))


def test_the_two_newest_are_kept(save, home):
    for step in range(1, 12):
        save(step)
    assert names(home) == ["checkpoint-0010", "checkpoint-0011"]
    assert newest_checkpoint(home).state["step"] == 11


def test_numbers_are_compared_as_numbers(save, home):
    save(1).rename(home / "checkpoint-9999")
    assert save(2).name == "checkpoint-10000"
    assert newest_checkpoint(home).state["step"] == 2


def test_nothing_else_in_the_folder_is_touched(save, home):
    home.mkdir()
    (home / "notes.txt").write_text("mine")
    (home / "checkpoint-best").mkdir()
    for step in range(3):
        save(step)
    assert {"notes.txt", "checkpoint-best"} < set(names(home))


def test_a_full_disk_leaves_the_last_good_checkpoint(save, model, home, monkeypatch):
    save(100)

    def fail(self, path):
        path.write_bytes(b"the first bytes")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(model), "save", fail)
    with pytest.raises(OSError) as error:
        save(200)
    assert str(error.value) == (
        f"save_language_model: '{home / 'checkpoint-0002'}' could not be written "
        "(No space left on device); what was there before is as it was. "
        "What would do: a folder with room that you may write to."
    )
    assert names(home) == ["checkpoint-0001"]
    assert newest_checkpoint(home).state["step"] == 100


def test_what_a_killed_process_left_is_passed_over_and_removed(save, home):
    save(100)
    (home / ".checkpoint-0002.0123.part").mkdir()
    assert newest_checkpoint(home).state["step"] == 100
    save(200)
    assert names(home) == ["checkpoint-0001", "checkpoint-0002"]


def flip_a_byte(path):
    contents = bytearray(path.read_bytes())
    contents[len(contents) // 2] ^= 1
    path.write_bytes(contents)


def cut_off(path):
    path.write_bytes(path.read_bytes()[:-1])


def change_format(path):
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 2}))


@pytest.mark.parametrize(
    ("name", "damage", "told"),
    [
        ("model.keras", flip_a_byte, "the checksum of its model.keras is wrong"),
        ("model.keras", cut_off, "the checksum of its model.keras is wrong"),
        ("model.keras", lambda path: path.unlink(), "it has no model.keras"),
        ("tokenizer.json", cut_off, "the checksum of its tokenizer.json is wrong"),
        ("state.json", lambda path: path.unlink(), "it has no state.json"),
        (
            "state.json",
            lambda path: path.write_text("{"),
            "its state.json cannot be read: JSONDecodeError('Expecting property name "
            "enclosed in double quotes: line 1 column 2 (char 1)')",
        ),
        (
            "state.json",
            lambda path: path.write_text("{}"),
            "its state.json cannot be read: KeyError('files')",
        ),
        ("state.json", change_format, "its format is 2, this fmkeras reads 1"),
    ],
)
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(
    save, home, name, damage, told
):
    path = save(100)
    damage(path / name)
    with pytest.raises(ValueError) as error:
        pretrained.load_language_model(home)
    assert str(error.value) == (
        "load_language_model: `folder` must be a folder with a whole checkpoint; "
        f"checkpoint-0001 is damaged ({told}). Received: folder={str(home)!r}. "
        + WOULD_DO
    )

    path.rename(home / "checkpoint-0003")
    save(90).rename(home / "checkpoint-0002")
    with pytest.warns(UserWarning, match="is damaged") as warned:
        checkpoint = newest_checkpoint(home)
    assert checkpoint.path.name == "checkpoint-0002"
    assert str(warned[0].message) == (
        f"load_language_model: in '{home}', checkpoint-0003 is damaged ({told}); "
        "checkpoint-0002, of step 90, was taken."
    )


@pytest.mark.parametrize(
    ("make", "lacks"), [(False, "there is no such folder"), (True, "this one has none")]
)
def test_says_that_there_is_no_checkpoint(home, make, lacks):
    if make:
        home.mkdir()
    with pytest.raises(ValueError) as error:
        pretrained.load_language_model(home)
    assert str(error.value) == (
        f"load_language_model: `folder` must be a folder with a checkpoint; {lacks}. "
        f"Received: folder={str(home)!r}. {WOULD_DO}"
    )


def test_a_file_of_another_keras_is_told(save, home, monkeypatch):
    path = save(1)

    def fail(*_, **__):
        raise TypeError("Unrecognized keyword argument")

    monkeypatch.setattr("keras.saving.load_model", fail)
    monkeypatch.setattr("keras.__version__", "3.99")
    with pytest.raises(ValueError) as error:
        pretrained.load_language_model(home)
    assert str(error.value) == (
        f"load_language_model: '{path / 'model.keras'}' is whole, but this version of "
        "Keras (3.99) cannot open it (Unrecognized keyword argument)."
    )


def test_refuses_a_step_that_is_none(save, home):
    with pytest.raises(ValueError) as error:
        save(-1)
    assert str(error.value) == (
        "save_language_model: `step` must be an integer ≥ 0. Received: step=-1."
    )
    assert not home.exists()


def test_checksums_are_taken_of_what_was_written(save, model, home, monkeypatch):
    monkeypatch.setattr(checkpoint_folder, "checksum", lambda path: path.name)
    assert newest_checkpoint(save(1).parent).state["files"] == {
        "model.keras": "model.keras",
        "tokenizer.json": "tokenizer.json",
    }
