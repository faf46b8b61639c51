"""Shapes that do not fit are refused before a backend stumbles over them."""

from fmkeras.errors import argument_error, is_integer


def check_shape(owner, argument, value, **expected):
    """Refuse a tensor whose shape is none of those expected.

    Args:
        owner: String. The layer or function whose argument it is.
        argument: String. Name of the argument.
        value: Tensor, or the shape of one.
        **expected: For each shape that would do, its axes as the name, such as
            `B_T_S`, and the tuple of its sizes; `None` stands for any size.

    Raises:
        ValueError: If the shape is none of the expected ones.

    Example:

    >>> check_shape("causal", "mask", (3, 4), T_S=(3, None), B_T_S=(2, 3, None))
    >>> check_shape("causal", "mask", (2, 4), T_S=(3, None))
    Traceback (most recent call last):
    ...
    ValueError: causal: `mask` must be of shape (T, S) = (3, None). \
Received: mask of shape (2, 4).
    """
    shape = tuple(getattr(value, "shape", value))
    if any(_fits(shape, sizes) for sizes in expected.values()):
        return
    would_do = " or ".join(
        f"{_listed(axes)} = {_written(sizes)}" for axes, sizes in expected.items()
    )
    raise ValueError(
        f"{owner}: `{argument}` must be of shape {would_do}. "
        f"Received: {argument} of shape {_written(shape)}."
    )


def check_broadcast(owner, argument, value, **expected):
    """Refuse a tensor that does not broadcast to a shape.

    Args:
        owner: String. The layer or function whose argument it is.
        argument: String. Name of the argument.
        value: Tensor.
        **expected: One shape, as in `check_shape`.

    Raises:
        ValueError: If it does not broadcast to that shape.
    """
    ((axes, sizes),) = expected.items()
    shape = tuple(value.shape)
    aligned = (1,) * (len(sizes) - len(shape)) + shape
    allowed = tuple(
        1 if size == 1 else full for size, full in zip(aligned, sizes, strict=False)
    )
    if not _fits(aligned, allowed):
        raise ValueError(
            f"{owner}: `{argument}` must broadcast to the shape {_listed(axes)} = "
            f"{_written(sizes)}. Received: {argument} of shape {_written(shape)}."
        )


def check_positions(owner, positions, inputs, axis=1):
    """Refuse positions that do not number the places of the inputs.

    Args:
        owner: String. The layer whose argument it is.
        positions: Integer tensor that should be `(T,)` or `(B, T)`.
        inputs: Tensor `(B, …)` with T along `axis`.
        axis: Integer. Where T is among the axes of the inputs.

    Raises:
        ValueError: If the shape is neither of the two.
    """
    batch, length = inputs.shape[0], inputs.shape[axis]
    check_shape(owner, "positions", positions, T=(length,), B_T=(batch, length))


def check_seed(owner, seed):
    """Refuse what cannot seed a dropout.

    Args:
        owner: String. The layer whose argument it is.
        seed: The value that came.

    Returns:
        `None`, or the value as a Python integer.

    Raises:
        ValueError: If it is neither `None` nor an integer of at least zero.
    """
    if seed is None:
        return None
    if not (is_integer(seed) and seed >= 0):
        raise argument_error(owner, "seed", "None or an integer ≥ 0", seed)
    return int(seed)


def _fits(shape, sizes):
    return len(shape) == len(sizes) and all(
        actual is None or size is None or actual == size
        for actual, size in zip(shape, sizes, strict=True)
    )


def _listed(axes):
    return f"({axes.replace('_', ', ')})"


def _written(sizes):
    return str(tuple(size if size is None else int(size) for size in sizes))
