"""`.safetensors` files: as the reference reads and writes them; damage is named."""

import json

import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy

from fmkeras.pretrained.safetensors_file import (
    DamagedFileError,
    SafetensorsFile,
    write_safetensors,
)

TENSORS = {
    "wide": np.arange(6, dtype="float32").reshape(2, 3),
    "half": np.array([[1.5], [-2.0]], "float16"),
    "brain": np.array([1.5, 3.0, -0.5], ml_dtypes.bfloat16),
    "scalar": np.array(2.5, "float64"),
    "nothing": np.zeros((0, 4), "float32"),
    "whole": np.array([[[7]], [[-8]]], "int64"),
    "mask": np.array([True, False]),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.safetensors"


def same(found, expected):
    assert set(found) == set(expected)
    for name, values in expected.items():
        assert found[name].dtype == values.dtype
        assert found[name].shape == values.shape
        assert found[name].tobytes() == values.tobytes()


def test_reads_what_the_reference_writes(path):
    safetensors.numpy.save_file(TENSORS, path, {"format": "pt"})
    file = SafetensorsFile(path)
    assert file.shapes == {name: values.shape for name, values in TENSORS.items()}
    assert file.types == {name: values.dtype.name for name, values in TENSORS.items()}
    same({name: file.read(name) for name in file.shapes}, TENSORS)


def test_writes_what_the_reference_reads(path):
    write_safetensors(path, TENSORS)
    same(safetensors.numpy.load_file(path), TENSORS)
    with safetensors.safe_open(path, framework="np") as file:
        assert file.metadata() == {"format": "pt"}


def test_the_tensors_begin_at_a_multiple_of_eight(path):
    for length in range(1, 9):  # of the name, so that the header has every length
        write_safetensors(path, {"n" * length: TENSORS["wide"]})
        begin = 8 + int.from_bytes(path.read_bytes()[:8], "little")
        assert begin % 8 == 0
        assert path.stat().st_size == begin + TENSORS["wide"].nbytes


def test_the_header_may_name_tensors_in_any_order(path):
    places = {"second": [8, 12], "first": [0, 8]}
    header = json.dumps(
        {
            name: {"dtype": "F32", "shape": [(end - begin) // 4], "data_offsets": place}
            for name, place in places.items()
            for begin, end in [place]
        }
    ).encode()
    values = np.array([1.0, 2.0, 3.0], "float32")
    path.write_bytes(len(header).to_bytes(8, "little") + header + values.tobytes())
    file = SafetensorsFile(path)
    assert file.read("first").tolist() == [1.0, 2.0]
    assert file.read("second").tolist() == [3.0]


def test_a_transposed_tensor_is_written_as_it_is_indexed(path):
    write_safetensors(path, {"turned": TENSORS["wide"].T})
    same(safetensors.numpy.load_file(path), {"turned": TENSORS["wide"].T.copy()})


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        (1, "is cut off in the tensor 'mask', 1 bytes before that tensor's end"),
        (2, "is cut off in the tensor 'mask', 2 bytes before that tensor's end"),
        (5, "is cut off in the tensor 'whole', 3 bytes before that tensor's end"),
        (-3, "has 3 bytes too many at its end"),
    ],
)
def test_names_the_tensor_that_is_cut_off(path, lost, told):
    write_safetensors(path, TENSORS)
    whole = path.read_bytes()
    path.write_bytes(whole[:-lost] if lost > 0 else whole + b"abc")
    with pytest.raises(DamagedFileError) as error:
        SafetensorsFile(path)
    assert str(error.value) == told


def test_notices_a_file_that_shrinks_after_it_was_opened(path):
    write_safetensors(path, TENSORS)
    file = SafetensorsFile(path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DamagedFileError) as error:
        file.read("whole")
    assert str(error.value) == "is cut off in the tensor 'whole'"


def raw(header, data=b""):
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(header).to_bytes(8, "little") + header + data


def entry(dtype="F32", shape=(1,), offsets=(0, 4)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


@pytest.mark.parametrize(
    ("contents", "told"),
    [
        (b"", "is no safetensors file"),
        (b"abc", "is no safetensors file"),
        (b"<html>no such page</html>", "is no safetensors file"),
        (raw({"a": entry()})[:20], "is cut off in its header"),
        (raw(b"{]"), "has an unreadable header (JSONDecodeError("),
        (raw(b"[]"), "has an unreadable header (ValueError('no JSON object'))"),
        (raw({"a": entry("F8")}), "has an unreadable header (KeyError('F8'))"),
        (raw({"a": {"dtype": "F32"}}), "has an unreadable header (KeyError('data_"),
        (
            raw({"a": entry(shape=(2,))}, bytes(4)),
            "gives the tensor 'a' a wrong place or size",
        ),
        (
            raw({"a": entry(), "b": entry(offsets=(2, 6))}, bytes(6)),
            "gives the tensor 'b' a wrong place or size",
        ),
        (
            raw({"a": entry(), "b": entry(offsets=(8, 12))}, bytes(12)),
            "gives the tensor 'b' a wrong place or size",
        ),
    ],
)
def test_says_what_is_wrong_with_a_file(path, contents, told):
    path.write_bytes(contents)
    with pytest.raises(DamagedFileError) as error:
        SafetensorsFile(path)
    assert str(error.value).startswith(told)
