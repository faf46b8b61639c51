import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest

from fmkeras import runtime
from fmkeras.text import read_ids, windows, write_ids

N, T, B = 50, 4, 3


def inputs_of(dataset):
    return np.concatenate([inputs for inputs, _ in dataset.as_numpy_iterator()])


def epochs_of(dataset, num_epochs=2):
    return [inputs_of(dataset).tolist() for _ in range(num_epochs)]


@pytest.fixture
def ids():
    return np.random.default_rng(0).integers(0, 1000, N)


@pytest.mark.parametrize("stride", [None, 1, 3, 7])
def test_windows_are_the_slices_of_the_text(ids, stride):
    dataset = windows(ids, T, B, stride=stride, shuffle=False, drop_remainder=False)
    starts = range(0, N, stride or T)
    expected = [
        (ids[s : s + T].tolist(), ids[s + 1 : s + T + 1].tolist())
        for s in starts
        if s + T + 1 <= N
    ]
    batches = list(dataset.as_numpy_iterator())
    received = [
        (row.tolist(), target.tolist())
        for inputs, targets in batches
        for row, target in zip(inputs, targets, strict=True)
    ]
    assert received == expected
    assert [len(inputs) for inputs, _ in batches[:-1]] == [B] * (len(batches) - 1)


def test_inputs_agree_with_keras(ids):
    theirs = keras.utils.timeseries_dataset_from_array(
        ids[:-1], None, T, sequence_stride=2, batch_size=B
    )
    expected = np.concatenate(list(theirs.as_numpy_iterator()))
    dataset = windows(ids, T, B, stride=2, shuffle=False, drop_remainder=False)
    np.testing.assert_array_equal(inputs_of(dataset), expected)


def test_a_last_window_that_just_fits_is_there():
    def count(n):
        dataset = windows(range(n), T, 1, shuffle=False)
        return len(inputs_of(dataset))

    assert [count(n) for n in (2 * T, 2 * T + 1, 2 * T + 2)] == [1, 2, 2]


def test_batches_are_int32_of_one_known_shape(ids):
    dataset = windows(ids, T, B, stride=1)
    for spec in dataset.element_spec:
        assert spec.shape.as_list() == [B, T]
        assert spec.dtype == "int32"


def test_the_last_short_batch_has_an_unknown_length(ids):
    dataset = windows(ids, T, 5, drop_remainder=False)  # 12 windows
    assert [s.shape.as_list() for s in dataset.element_spec] == [[None, T]] * 2
    whole = windows(ids, T, 6, drop_remainder=False)
    assert [s.shape.as_list() for s in whole.element_spec] == [[6, T]] * 2


@pytest.mark.parametrize("drop_remainder", [True, False])
@pytest.mark.parametrize("batch_size", [1, 5, 6, 12])
def test_the_number_of_batches_is_known_beforehand(ids, batch_size, drop_remainder):
    dataset = windows(ids, T, batch_size, drop_remainder=drop_remainder)
    rounded = 12 // batch_size if drop_remainder else -(-12 // batch_size)
    assert len(dataset) == rounded == len(list(dataset))


def test_a_shuffled_epoch_has_every_window_once(ids):
    dataset = windows(ids, T, B, stride=1, drop_remainder=False)
    ordered = windows(ids, T, B, stride=1, shuffle=False, drop_remainder=False)
    expected = sorted(inputs_of(ordered).tolist())
    for epoch in epochs_of(dataset, 3):
        assert sorted(epoch) == expected


def test_every_epoch_has_an_order_of_its_own(ids):
    first, second, third = epochs_of(windows(ids, T, B, stride=1), 3)
    assert first != second != third != first


def test_the_same_seed_gives_the_same_orders(ids):
    assert epochs_of(windows(ids, T, B, seed=7)) == epochs_of(
        windows(ids, T, B, seed=7)
    )
    assert epochs_of(windows(ids, T, B, seed=7)) != epochs_of(
        windows(ids, T, B, seed=8)
    )


def test_what_it_does_unless_told():
    ids = np.arange(3000)
    told = windows(ids, T, 32, T, shuffle=True, seed=0, drop_remainder=True)
    assert epochs_of(windows(ids, T)) == epochs_of(told)


def test_the_orders_depend_on_no_other_random_state(ids):
    runtime.set_seed(1)
    before = epochs_of(windows(ids, T, B))
    runtime.set_seed(2)
    np.random.random(3)
    assert epochs_of(windows(ids, T, B)) == before


def test_repeating_goes_on_to_the_next_epoch(ids):
    apart = epochs_of(windows(ids, T, 4, stride=1), 2)
    dataset = windows(ids, T, 4, stride=1)
    assert inputs_of(dataset.repeat(2)).tolist() == apart[0] + apart[1]


def test_without_shuffling_every_epoch_is_the_same(ids):
    first, second = epochs_of(windows(ids, T, B, shuffle=False))
    assert first == second


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "uint32", "int64"])
def test_every_integer_type_gives_the_same_batches(dtype):
    ids = np.arange(200) % 250
    dataset = windows(ids.astype(dtype), T, B)
    assert dataset.element_spec[0].dtype == "int32"
    assert epochs_of(dataset) == epochs_of(windows(ids.tolist(), T, B))


def test_ids_of_16_bits_stay_positive():
    ids = np.full(10, 65535, "uint16")
    assert inputs_of(windows(ids, T, 1)).max() == 65535


def test_a_memory_map_gives_the_same_batches(ids, tmp_path):
    write_ids(tmp_path / "ids.npy", ids)
    mapped = read_ids(tmp_path / "ids.npy")
    assert epochs_of(windows(mapped, T, B)) == epochs_of(windows(ids, T, B))
    # A slice of a map is one too: the usual way to hold the end back.
    part = windows(mapped[:20], T, B)
    assert epochs_of(part) == epochs_of(windows(ids[:20], T, B))


def test_what_was_written_to_a_private_map_is_not_lost(ids, tmp_path):
    """Handing its pages back would bring the file's contents back."""
    np.save(tmp_path / "ids.npy", ids.astype("int32"))
    mapped = np.load(tmp_path / "ids.npy", mmap_mode="c")
    mapped[:] = 7
    windows(mapped, T, B)
    assert set(mapped.tolist()) == {7}


def tiny_model():
    return keras.Sequential(
        [keras.layers.Embedding(1000, 8), keras.layers.Dense(1000, use_bias=False)]
    )


class Counter(keras.callbacks.Callback):
    """Notes how many batches Keras promises when it begins, and how many came."""

    def on_train_begin(self, logs=None):
        self.promised, self.seen = self.params["steps"], []

    def on_epoch_begin(self, epoch, logs=None):
        self.seen.append(0)

    def on_train_batch_end(self, batch, logs=None):
        self.seen[-1] += 1


def fitted(ids):
    runtime.set_seed(3)
    model, counter = tiny_model(), Counter()
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = model.fit(
        windows(ids[:40], T, B, stride=1),
        validation_data=windows(ids[35:], T, 2, shuffle=False),
        epochs=3,
        callbacks=[counter],
        verbose=0,
    )
    return history.history, counter


def test_fit_knows_the_length_of_the_first_epoch_and_repeats_to_the_bit(ids):
    history, counter = fitted(ids)
    assert counter.promised == 36 // B
    assert counter.seen == [36 // B] * 3
    assert fitted(ids)[0] == history


class Recorder(keras.Model):
    """Hands back its inputs, so that what `fit` sees can be read off."""

    def __init__(self):
        super().__init__()
        self.scale = self.add_weight(shape=(), initializer="ones")
        self.batches = []

    def call(self, inputs):
        return keras.ops.cast(inputs, "float32") * self.scale

    def train_step(self, *arguments):
        *state, data = arguments  # JAX has a state, and wants it back
        self.batches.append(np.asarray(data[0]).tolist())
        return ({"loss": 0.0}, *state) if state else {"loss": 0.0}


def test_fit_sees_a_new_order_every_epoch(ids):
    model = Recorder()
    model.compile(loss="mse", run_eagerly=True)
    model.fit(windows(ids, T, 4, stride=1), epochs=3, verbose=0)
    steps = 46 // 4
    epochs = [model.batches[i * steps : (i + 1) * steps] for i in range(3)]
    assert len(model.batches) == 3 * steps
    assert epochs[0] != epochs[1] != epochs[2] != epochs[0]


@pytest.mark.slow
def test_a_gigabyte_of_ids_takes_little_memory(tmp_path):
    """A whole shuffled epoch over a sparse file, in a process that knows its peak."""
    script = """
        import resource, sys
        import numpy as np
        from fmkeras.text import read_ids, windows

        def peak():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

        list(windows(np.arange(1000) % 7, 8, stride=1))  # TensorFlow's own memory
        baseline = peak()
        ids = read_ids(sys.argv[1])
        batches = windows(ids, 1024, batch_size=64, stride=8192)  # all over the file
        assert len(batches) == 1024
        assert sum(1 for _ in batches) == 1024
        every = windows(ids, 64, stride=1)  # half a billion windows
        assert len(every) == 2**29 // 32 - 2
        assert sum(1 for _ in every.take(1000)) == 1000
        print(peak() - baseline)
    """
    path = tmp_path / "ids.npy"
    write_ids(path, [[7]])
    with path.open("r+b") as file:  # NumPy's header has room for a larger count
        header = {"descr": "<u2", "fortran_order": False, "shape": (2**29 + 1,)}
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + 2 * (2**29 + 1))
    assert path.stat().st_size > 2**30
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(path)],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert float(run.stdout) < 200, f"{run.stdout} MB more"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: windows([1, 2, 3, 4], 4),
            "windows: `token_ids` must have at least sequence_length + 1 = 5 tokens, "
            "one window and the token after it. Received: 4 tokens. What would do: a "
            "longer text, or sequence_length=3 or less.",
        ),
        (
            lambda: windows([1], 4),
            "windows: `token_ids` must have at least sequence_length + 1 = 5 tokens, "
            "one window and the token after it. Received: 1 token. What would do: a "
            "longer text.",
        ),
        (
            lambda: windows([], 4),
            "windows: `token_ids` must have at least sequence_length + 1 = 5 tokens, "
            "one window and the token after it. Received: 0 tokens. What would do: a "
            "longer text.",
        ),
        (
            lambda: windows(range(20), 4),
            "windows: `batch_size` must be at most the number of windows, 4. Received: "
            "batch_size=32. What would do: batch_size=4, a smaller stride, or "
            "drop_remainder=False.",
        ),
        (
            lambda: windows(range(20), 0),
            "windows: `sequence_length` must be a positive integer. "
            "Received: sequence_length=0.",
        ),
        (
            lambda: windows(range(20), 4, batch_size=-1),
            "windows: `batch_size` must be a positive integer. "
            "Received: batch_size=-1.",
        ),
        (
            lambda: windows(range(20), 4, 2, stride=0),
            "windows: `stride` must be a positive integer. Received: stride=0.",
        ),
        (
            lambda: windows(range(20), 4, 2, first_batch=-1),
            "windows: `first_batch` must be an integer ≥ 0. Received: first_batch=-1.",
        ),
        (
            lambda: windows(range(20), 4, 2, seed=-1),
            "windows: `seed` must be an integer ≥ 0. Received: seed=-1.",
        ),
        (
            lambda: windows(np.ones(20), 4),
            "windows: `token_ids` must be integers. Received: token_ids of type "
            "float64. What would do: tokenizer.encode(text).",
        ),
        (
            lambda: windows([True, False] * 9, 4),
            "windows: `token_ids` must be integers. Received: token_ids of type "
            "bool. What would do: tokenizer.encode(text).",
        ),
        (
            lambda: windows("to be or not to be", 4),
            "windows: `token_ids` must be one row of integers. Received: a string. "
            "What would do: tokenizer.encode(text).",
        ),
        (
            lambda: windows(list("to be"), 4),
            "windows: `token_ids` must be integers. Received: token_ids of type <U1. "
            "What would do: tokenizer.encode(text).",
        ),
        (
            lambda: windows([5, 3, -2, 4, 1, 1], 4),
            "windows: `token_ids` must be from 0 to 2,147,483,647. Received: -2 at "
            "position 2. What would do: ids as a tokenizer's encode gives them.",
        ),
        (
            lambda: windows([5, 3, 2, 2**31, 1, 1], 4),
            "windows: `token_ids` must be from 0 to 2,147,483,647. Received: "
            "2147483648 at position 3. What would do: ids as a tokenizer's encode "
            "gives them.",
        ),
        (
            lambda: windows([[1, 2, 3], [4, 5, 6]], 4),
            "windows: `token_ids` must be one row of integers. Received: shape (2, 3). "
            "What would do: text.pack(documents, separator_id) joins several.",
        ),
        (
            lambda: windows([[1, 2, 3], [4, 5]], 4),
            "windows: `token_ids` must be one row of integers. Received: rows of "
            "unequal lengths. What would do: text.pack(documents, separator_id) joins "
            "several.",
        ),
    ],
)
def test_says_what_is_wrong_and_what_would_do(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message


def test_a_negative_id_is_found_wherever_it_stands(monkeypatch):
    from fmkeras.text import ids as module

    monkeypatch.setattr(module, "_CHUNK", 4)
    row = np.zeros(11, "int64")
    row[9] = -7
    with pytest.raises(ValueError) as error:
        windows(row, 4)
    assert "Received: -7 at position 9." in str(error.value)


@pytest.mark.parametrize("drop_remainder", [True, False])
@pytest.mark.parametrize("first", [0, 1, 15, 16, 37])
def test_a_stream_begins_at_any_batch_of_any_epoch(ids, first, drop_remainder):
    """46 windows: an epoch is 15 batches of 3, and a sixteenth of 1."""
    arguments = {"stride": 1, "seed": 5, "drop_remainder": drop_remainder}
    epochs = windows(ids, T, B, **arguments).repeat().take(first + 20)
    expected = list(epochs.as_numpy_iterator())[first:]
    stream = windows(ids, T, B, first_batch=first, **arguments)
    for _ in range(2):  # it has no memory
        received = list(stream.take(20).as_numpy_iterator())
        for batch, wanted in zip(received, expected, strict=True):
            np.testing.assert_array_equal(batch, wanted)


def test_a_stream_has_no_end_and_far_batches_cost_nothing(ids):
    stream = windows(ids, T, B, first_batch=10**12)
    assert stream.cardinality() == -1  # infinite
    assert next(iter(stream))[0].shape == (B, T)
