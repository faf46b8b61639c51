"""Token ids in, (input, target) batches out: what a language model is fitted on."""

import numpy as np

from fmkeras.errors import check_integer
from fmkeras.text.ids import check_ids, release
from fmkeras.text.pipelines import PREFETCH, batches_of

# Pages of a memory map count as this program's memory once they were read. They are
# handed back whenever about this much may have been.
_KEEP_BYTES = 2**26

# What reading one value may bring in: Linux maps the pages around it too.
_AROUND_BYTES = 2**16


def windows(
    token_ids,
    sequence_length,
    batch_size=32,
    stride=None,
    shuffle=True,
    seed=0,
    drop_remainder=True,
    first_batch=None,
):
    r"""Cut a long text into windows that each ask for their next tokens.

    Window $i$ starts at token $i \cdot \mathrm{stride}$; its targets are its inputs,
    one token further on:

    $$
    \mathrm{input}_i = (w_s, \dots, w_{s + T - 1}), \qquad
    \mathrm{target}_i = (w_{s + 1}, \dots, w_{s + T}), \qquad
    s = i \cdot \mathrm{stride}
    $$

    There are $\lfloor (n - T - 1) / \mathrm{stride} \rfloor + 1$ windows in $n$ tokens;
    what is left at the end is too short for one and stays unread. No window exists
    before its batch is asked for, so that ids mapped from a file (`read_ids`) may be
    larger than memory.

    With `shuffle`, the order is a pure function of `seed` and of the number of the
    epoch, which counts how often the dataset was iterated. Call `windows` again and the
    first order comes again. Any batch of any epoch can thus be begun at without making
    those before it, which is how an interrupted training goes on: see
    `training.Checkpoints`.

    Args:
        token_ids: Integer array `(n,)`, or a list. Ids are from 0 to 2³¹ − 1.
        sequence_length: Integer T, the tokens in a window.
        batch_size: Integer B, the windows in a batch.
        stride: Integer, the tokens from the start of one window to the next. `None` is
            T: every token is a target once. 1 gives every window there is.
        shuffle: Boolean. Whether every epoch has a new order. False suits validation.
        seed: Integer ≥ 0. The same seed gives the same orders on every run, whatever
            other random numbers are drawn.
        drop_remainder: Boolean. Whether a last batch of fewer than B windows is left
            out, so that all batches have one shape and XLA compiles once; in another
            epoch its windows have another place. False gives every window, which suits
            an evaluation of the whole text.
        first_batch: Integer ≥ 0 or `None`. If given, the dataset has no end: one epoch
            follows the other, and the batch of this number, counted from 0 over all
            epochs, is the first. `fit` then needs `steps_per_epoch`.

    Returns:
        A `tf.data.Dataset` of pairs (input, target), int32 tensors `(B, T)`. Its
        cardinality, the batches in an epoch, is known, or infinite with `first_batch`.

    Raises:
        ValueError: If the text is shorter than one window, if there are fewer windows
            than one batch, if an id is negative or no integer, or if another argument
            is out of range.

    Example:

    >>> batches = windows(range(7), sequence_length=3, batch_size=2, shuffle=False)
    >>> [[part.numpy().tolist() for part in batch] for batch in batches]
    [[[[0, 1, 2], [3, 4, 5]], [[1, 2, 3], [4, 5, 6]]]]
    >>> in_epochs = windows(range(90), 3, batch_size=4)  # of 7 batches
    >>> stream = windows(range(90), 3, batch_size=4, first_batch=7 + 2)
    >>> second_epoch = list(in_epochs.repeat(2))[7:]
    >>> bool((next(iter(stream))[0] == second_epoch[2][0]).numpy().all())
    True
    """
    length = check_integer("windows", "sequence_length", sequence_length)
    batch_size = check_integer("windows", "batch_size", batch_size)
    stride = length if stride is None else check_integer("windows", "stride", stride)
    seed = check_integer("windows", "seed", seed, minimum=0)
    if first_batch is not None:
        first_batch = check_integer("windows", "first_batch", first_batch, minimum=0)
    token_ids = check_ids("windows", token_ids)
    num_windows = _count_windows(len(token_ids), length, stride)
    if drop_remainder:
        _check_one_batch(num_windows, batch_size)

    offsets = np.arange(length + 1)
    read = _reader(token_ids)

    def make_batch(_, numbers):
        return read((numbers * stride)[:, None] + offsets)  # (B, T + 1)

    batches = batches_of(
        make_batch,
        num_windows,
        batch_size,
        shuffle,
        seed,
        drop_remainder,
        first_batch,
    )
    return batches.map(lambda ids: (ids[:, :-1], ids[:, 1:])).prefetch(PREFETCH)


def _count_windows(num_tokens, length, stride):
    if num_tokens > length:
        return (num_tokens - length - 1) // stride + 1
    tokens = "1 token" if num_tokens == 1 else f"{num_tokens} tokens"
    advice = "a longer text"
    if num_tokens > 1:
        advice += f", or sequence_length={num_tokens - 1} or less"
    raise ValueError(
        "windows: `token_ids` must have at least sequence_length + 1 = "
        f"{length + 1} tokens, one window and the token after it. "
        f"Received: {tokens}. What would do: {advice}."
    )


def _check_one_batch(num_windows, batch_size):
    if num_windows < batch_size:
        raise ValueError(
            f"windows: `batch_size` must be at most the number of windows, "
            f"{num_windows}. Received: batch_size={batch_size}. What would do: "
            f"batch_size={num_windows}, a smaller stride, or drop_remainder=False."
        )


def _reader(token_ids):
    """Return a function that gathers ids, and hands back what it read of a file."""
    ids = token_ids.view(np.ndarray)  # indexing a `numpy.memmap` is slow
    touched = 0

    def read(positions):
        nonlocal touched
        batch = ids[positions].astype("int32")
        touched += len(positions) * (positions.shape[1] * ids.itemsize + _AROUND_BYTES)
        if touched > _KEEP_BYTES:
            release(ids)
            touched = 0
        return batch

    return read
