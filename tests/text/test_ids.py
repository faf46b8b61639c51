import numpy as np
import pytest

from fmkeras.text import ids, read_ids, write_ids


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ids.npy"


@pytest.mark.parametrize("dtype", ["uint16", "uint32"])
def test_reads_what_was_written(path, dtype):
    chunks = [[1, 2], np.array([65535], "int64"), (), np.arange(5, dtype="uint8")]
    assert write_ids(path, iter(chunks), dtype=dtype) == 8
    read = read_ids(path)
    assert read.tolist() == [1, 2, 65535, 0, 1, 2, 3, 4]
    assert read.dtype == dtype
    assert isinstance(read, np.memmap)
    with pytest.raises(ValueError):
        read[0] = 3


def test_one_array_is_one_chunk(path):
    assert write_ids(path, np.arange(10)) == 10
    assert read_ids(path).tolist() == list(range(10))


def test_numpy_reads_the_file_too(path):
    write_ids(path, [np.arange(1000), [2**31 - 1]], dtype="uint32")
    np.testing.assert_array_equal(np.load(path), [*range(1000), 2**31 - 1])


def test_reads_what_numpy_wrote(path):
    np.save(path, np.array([3, 1, 2], "int64"))
    assert read_ids(str(path)).tolist() == [3, 1, 2]


def test_a_file_takes_two_bytes_an_id(path):
    write_ids(path, [np.arange(1000)])
    empty = path.with_name("one.npy")
    write_ids(empty, [[0]])
    assert path.stat().st_size - empty.stat().st_size == 999 * 2


def test_a_write_that_is_cut_short_leaves_the_old_file_and_no_other(path):
    def chunks():
        yield [4, 5]
        raise KeyboardInterrupt

    write_ids(path, [[1, 2, 3]])
    with pytest.raises(KeyboardInterrupt):
        write_ids(path, chunks())
    assert read_ids(path).tolist() == [1, 2, 3]
    assert list(path.parent.iterdir()) == [path]


def test_a_check_hands_back_what_it_has_read_of_a_file(path, monkeypatch):
    handed_back = []
    monkeypatch.setattr(ids, "_CHUNK", 4)
    monkeypatch.setattr(ids, "release", handed_back.append)
    write_ids(path, [np.arange(10)], dtype="uint32")
    handed_back.clear()
    ids.check_ids("windows", read_ids(path))
    assert len(handed_back) == 3  # of four ids, four and two


def test_a_map_of_the_old_file_keeps_the_old_ids(path):
    write_ids(path, [[1, 2, 3]])
    old = read_ids(path)
    write_ids(path, [[4, 5, 6]])
    assert (old.tolist(), read_ids(path).tolist()) == ([1, 2, 3], [4, 5, 6])


@pytest.mark.parametrize(
    ("chunks", "dtype", "message"),
    [
        (
            [[1], [65536]],
            "uint16",
            "write_ids: `dtype` must be wide enough for the id 65536. "
            "Received: dtype='uint16'. What would do: dtype='uint32'.",
        ),
        (
            [[1], [2**31]],
            "uint32",
            "write_ids: `chunks[1]` must be from 0 to 2,147,483,647. Received: "
            "2147483648 at position 0. What would do: ids as a tokenizer's encode "
            "gives them.",
        ),
        (
            [[1, -1]],
            "uint16",
            "write_ids: `chunks[0]` must be from 0 to 2,147,483,647. Received: -1 at "
            "position 1. What would do: ids as a tokenizer's encode gives them.",
        ),
        (
            [[0.5]],
            "uint16",
            "write_ids: `chunks[0]` must be integers. Received: chunks[0] of type "
            "float64. What would do: tokenizer.encode(text).",
        ),
        (
            [1, 2, 3],
            "uint16",
            "write_ids: `chunks[0]` must be one row of integers. Received: a single "
            "value. What would do: [token_ids], a list of rows.",
        ),
        (
            [],
            "uint16",
            "write_ids: `chunks` must hold at least one id. Received: none. "
            "What would do: [tokenizer.encode(text)].",
        ),
        (
            [[1]],
            "uint8",
            "write_ids: `dtype` must be one of 'uint16', 'uint32'. "
            "Received: dtype='uint8'. What would do: 'uint32'.",
        ),
    ],
)
def test_refuses_to_write(path, chunks, dtype, message):
    with pytest.raises(ValueError) as error:
        write_ids(path, chunks, dtype=dtype)
    assert str(error.value) == message
    assert list(path.parent.iterdir()) == []


def test_refuses_to_write_into_a_folder_that_is_not_there(path):
    with pytest.raises(FileNotFoundError) as error:
        write_ids(path.parent / "no" / "ids.npy", [[1]])
    folder = str(path.parent / "no")
    assert str(error.value) == (
        f"write_ids: the folder {folder!r} does not exist. "
        "What would do: make it first, with Path.mkdir(parents=True)."
    )


def test_refuses_a_file_that_is_not_there(path):
    with pytest.raises(FileNotFoundError) as error:
        read_ids(path)
    assert str(error.value) == (
        f"read_ids: there is no file {str(path)!r}. "
        "What would do: write it first, with write_ids."
    )


def write_truncated(path):
    write_ids(path, [np.arange(1234)])
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda path: path.touch(),
            "is empty. What would do: write it again, with write_ids.",
        ),
        (
            write_truncated,
            "is cut short: it promises 1,234 ids and holds 1,233. "
            "What would do: copy it or write it again.",
        ),
        (
            lambda path: path.write_text("to be or not to be"),
            "is no file of ids. What would do: a file that write_ids wrote.",
        ),
        (
            lambda path: path.write_bytes(b"\x93NUM"),
            "is no file of ids. What would do: a file that write_ids wrote.",
        ),
        (
            lambda path: path.write_bytes(b"\x93NUMPY\x01\x00\x76\x00{'descr': '<u2',"),
            "is no file of ids. What would do: a file that write_ids wrote.",
        ),
        (
            lambda path: np.savez(path.open("wb"), ids=[1, 2]),
            "is no file of ids. What would do: a file that write_ids wrote.",
        ),
        (
            lambda path: np.save(path, np.array([{}], object)),
            "holds an array of object and shape (1,), no row of ids. "
            "What would do: a one-dimensional array of integers.",
        ),
        (
            lambda path: np.save(path, np.ones((2, 3))),
            "holds an array of float64 and shape (2, 3), no row of ids. "
            "What would do: a one-dimensional array of integers.",
        ),
        (
            lambda path: np.save(path, np.ones((2, 3), "int32")),
            "holds an array of int32 and shape (2, 3), no row of ids. "
            "What would do: a one-dimensional array of integers.",
        ),
        (
            lambda path: np.save(path, np.zeros(0, "int32")),
            "holds no ids. What would do: write it again, with write_ids.",
        ),
    ],
)
def test_refuses_a_file_that_is_no_row_of_ids(path, make, message):
    make(path)
    with pytest.raises(ValueError) as error:
        read_ids(path)
    assert str(error.value) == f"read_ids: the file {str(path)!r} {message}"
