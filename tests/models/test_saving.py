"""A saved model opens again; a damaged file is named in one sentence."""

import zipfile

import numpy as np
import pytest

from fmkeras import models

ADVICE = "What would do: the file that model.save(path) wrote, copied or saved anew."


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.keras"
    models.softmax_regression(5, 3).save(path)
    return path


def refusal(path):
    with pytest.raises(ValueError, match="load_model") as error:
        models.load_model(path)
    return str(error.value)


def sentence(path, damage):
    return (
        f"load_model: `path` must be a whole .keras file; {damage}. "
        f"Received: path={str(path)!r}. {ADVICE}"
    )


def test_a_whole_file_opens_with_its_weights(saved):
    model = models.load_model(str(saved))
    assert model.output_shape == (None, 3)
    assert model.compiled


def test_trains_on_a_backend_that_takes_single_steps(tmp_path):
    """TensorFlow and JAX save "sixteen steps at a time", which PyTorch cannot."""
    model = models.softmax_regression(5, 3)
    model.compile("adam", model.loss, steps_per_execution=16)
    model.save(tmp_path / "model.keras")
    loaded = models.load_model(tmp_path / "model.keras")
    loaded.fit(np.zeros((4, 5)), np.array([0, 1, 2, 2]), verbose=0)


def test_a_loaded_classifier_refuses_impossible_labels_again(saved):
    with pytest.raises(ValueError, match="label") as error:
        models.load_model(saved).fit(np.zeros((4, 5)), np.array([0, 1, 3, 2]))
    assert str(error.value) == (
        "softmax_regression: `y` must be labels from 0 to 2. Received: a label 3. "
        "What would do: labels counted from 0, or a larger num_classes."
    )


def test_a_regression_opens_without_a_guard(tmp_path):
    models.linear_regression(2).save(tmp_path / "m.keras")
    model = models.load_model(tmp_path / "m.keras")
    model.fit(np.zeros((3, 2)), np.array([-5.0, 7.0, 0.5]), verbose=0)


def test_a_missing_file(tmp_path):
    path = tmp_path / "none.keras"
    assert refusal(path) == sentence(path, "there is no such file")


def test_a_file_cut_off_in_the_middle(saved):
    saved.write_bytes(saved.read_bytes()[: saved.stat().st_size // 2])
    assert refusal(saved) == sentence(
        saved, "this one is no archive, or its end is missing"
    )


def test_a_flipped_byte_in_the_weights(saved):
    content = bytearray(saved.read_bytes())
    with zipfile.ZipFile(saved) as archive:
        weights = archive.getinfo("model.weights.h5")
    content[weights.header_offset + weights.compress_size // 2] ^= 0xFF
    saved.write_bytes(content)
    assert refusal(saved) == sentence(
        saved, "the checksum of its part 'model.weights.h5' is wrong"
    )


def test_an_archive_of_something_else(tmp_path):
    path = tmp_path / "other.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
    assert refusal(path) == sentence(
        path, "this one has no metadata.json, model.weights.h5"
    )
