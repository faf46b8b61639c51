"""Attention tile by tile: the same numbers, and memory that grows with T alone.

Axes used in this file:

    B  batch
    T  query length, R tiles of it, each with P positions
    S  key length, likewise
    K  key/value heads
    G  query heads to each of them, so that N = K G
    H  width of one head
"""

from keras import ops

from fmkeras.errors import argument_error, check_integer

_LOWEST = -1e30  # finite, so that a difference of two is a number


def flash_attention(query, key, value, padding_mask=None, causal=False, tile_size=256):
    r"""Attend without ever holding the whole table of scores.

    The scores of T queries and S keys fill a table of $T \times S$ numbers. Here
    only one square tile of it exists at a time. A running maximum $m$ and a running
    sum $\ell$ turn the tiles' exponentials into the softmax of the whole row (the
    "online softmax"): when a tile brings a larger maximum, what was gathered so far
    is scaled down,

    $$
    m' = \max\!\Big(m, \max_j s_j\Big), \qquad
    \ell' = e^{m - m'} \ell + \sum_j e^{s_j - m'}, \qquad
    o' = e^{m - m'} o + \sum_j e^{s_j - m'} v_j,
    $$

    and $o / \ell$ is the output in the end. The gradient makes each tile anew from
    $m + \log \ell$, the one number kept for every query. Cost: the multiplications of
    the plain form in the forward pass (half of them if `causal`, because tiles in
    the future are left out) and one more product in the backward pass; memory
    $O(T H)$ instead of $O(T S)$. Shapes must be known when the function is traced.

    Args:
        query: Float tensor `(B, N, T, H)`.
        key: Float tensor `(B, K, S, H)`, where K divides N.
        value: Float tensor `(B, K, S, H)`.
        padding_mask: Boolean tensor `(B, S)`, true for the keys that may be looked
            at, or `None` for all. A query that may look nowhere gets zeros.
        causal: Boolean. Whether a query sees only its past and itself; the queries
            are the last T of the S positions.
        tile_size: Integer P. Positions along each side of a tile.

    Returns:
        Float tensor `(B, N, T, H)`, of the query's type.

    Raises:
        ValueError: If the shapes do not fit, or `tile_size` is no positive integer.

    Example:

    >>> import keras
    >>> from fmkeras.layers import causal_mask, scaled_dot_product_attention
    >>> query, key, value = (keras.random.normal((2, 3, 50, 8)) for _ in range(3))
    >>> tiled = flash_attention(query, key, value, causal=True, tile_size=16)
    >>> plain, _ = scaled_dot_product_attention(
    ...     query, key, value, mask=causal_mask(50, 50)
    ... )
    >>> bool(ops.all(ops.abs(tiled - plain) < 1e-5))
    True

    Reference:
        Dao et al. (2022), "FlashAttention", algorithms 1 and 4,
        https://arxiv.org/abs/2205.14135. Their $N$ is our T, their $d$ our H, their
        $B_r = B_c$ our P.
    """
    _check_shapes(query, key, value, padding_mask, causal)
    tile_size = check_integer("flash_attention", "tile_size", tile_size)
    grid = _Grid(query.shape, key.shape, padding_mask, causal, tile_size)

    @ops.custom_gradient
    def attend(query, key, value):
        tiled = grid.query_tiles(query), grid.key_tiles(key), grid.key_tiles(value)
        output, log_sum = _forward(grid, *tiled)

        def gradient(*arguments, upstream=None):
            upstream = arguments[0] if upstream is None else upstream
            of_query, of_key, of_value = _backward(
                grid, *tiled, output, log_sum, grid.query_tiles(upstream)
            )
            return (
                ops.cast(grid.query_whole(of_query), query.dtype),
                ops.cast(grid.key_whole(of_key), key.dtype),
                ops.cast(grid.key_whole(of_value), value.dtype),
            )

        return ops.cast(grid.query_whole(output), query.dtype), gradient

    return attend(query, key, value)


class _Grid:
    """How queries and keys are cut into tiles, and who may see whom in a tile."""

    def __init__(self, query_shape, key_shape, padding_mask, causal, tile_size):
        self.batch, self.heads, self.length, self.width = query_shape
        self.key_heads, self.key_length = key_shape[1:3]
        self.groups = self.heads // self.key_heads
        self.tile = min(tile_size, max(self.length, self.key_length))
        self.query_count = -(-self.length // self.tile)
        self.key_count = -(-self.key_length // self.tile)
        self.causal = causal
        self.start = self.key_length - self.length  # position of the first query
        self.scale = self.width**-0.5
        self.mask = None
        if padding_mask is not None:
            rest = self.key_count * self.tile - self.key_length
            mask = ops.pad(ops.cast(padding_mask, "bool"), ((0, 0), (0, rest)))
            mask = ops.reshape(mask, (self.batch, self.key_count, self.tile))
            self.mask = ops.transpose(mask, (1, 0, 2))  # (R, B, P)

    def query_tiles(self, x):
        """`(B, N, T, H)` to `(R, B, K, G P, H)`: the tile comes first, to be picked."""
        x = self._cut(x, self.query_count)  # (B, N, R, P, H)
        shape = self.batch, self.key_heads, self.groups, *x.shape[2:]
        x = ops.transpose(ops.reshape(x, shape), (3, 0, 1, 2, 4, 5))
        shape = self.query_count, self.batch, self.key_heads, -1, self.width
        return ops.reshape(x, shape)

    def query_whole(self, x):
        """Undo `query_tiles`."""
        shape = self.query_count, self.batch, self.heads, self.tile, self.width
        return self._join(ops.transpose(ops.reshape(x, shape), (1, 2, 0, 3, 4)))[
            :, :, : self.length
        ]

    def key_tiles(self, x):
        """`(B, K, S, H)` to `(R, B, K, P, H)`."""
        return ops.transpose(self._cut(x, self.key_count), (2, 0, 1, 3, 4))

    def key_whole(self, x):
        """Undo `key_tiles`."""
        x = self._join(ops.transpose(x, (1, 2, 0, 3, 4)))
        return x[:, :, : self.key_length]

    def allowed(self, query_tile, key_tile):
        """Tell who may see whom: `(B or 1, 1, G P, P)`."""
        key_position = key_tile * self.tile + ops.arange(self.tile)
        allowed = ops.broadcast_to(
            key_position < self.key_length, (self.tile, self.tile)
        )
        if self.causal:
            query_position = query_tile * self.tile + ops.arange(self.tile) + self.start
            allowed = allowed & (query_position[:, None] >= key_position)
        allowed = ops.tile(allowed, (self.groups, 1))[None, None]
        if self.mask is not None:
            allowed = allowed & ops.take(self.mask, key_tile, axis=0)[:, None, None]
        return allowed

    def key_tiles_seen(self, query_tile):
        """Count the key tiles that a tile of queries may look at."""
        if not self.causal:
            return self.key_count
        last = (query_tile + 1) * self.tile + self.start  # one past the last position
        return ops.minimum((last + self.tile - 1) // self.tile, self.key_count)

    def first_query_tile(self, key_tile):
        """Say which tile of queries is the first that may look at a tile of keys."""
        if not self.causal:
            return 0
        return ops.maximum(key_tile * self.tile - self.start, 0) // self.tile

    def _cut(self, x, count):
        rest = count * self.tile - x.shape[2]
        x = ops.pad(x, ((0, 0), (0, 0), (0, rest), (0, 0)))
        return ops.reshape(x, (*x.shape[:2], count, self.tile, self.width))

    def _join(self, x):
        return ops.reshape(x, (*x.shape[:2], x.shape[2] * self.tile, self.width))


def _forward(grid, query, key, value):
    """Give the output `(R, B, K, G P, H)` and the log of each softmax's sum."""
    rows = query.shape[1:-1]  # (B, K, G P)

    def attend(index, outputs, log_sums):
        query_tile = query[index]

        def gather(tile, maximum, total, output):
            scores = _scores(grid, query_tile, key[tile])
            allowed = grid.allowed(index, tile)
            scores = ops.where(allowed, scores, _LOWEST)
            higher = ops.maximum(maximum, ops.max(scores, axis=-1))
            weights = ops.where(allowed, ops.exp(scores - higher[..., None]), 0.0)
            fade = ops.exp(maximum - higher)
            found = _product("bkqs,bksh->bkqh", weights, value[tile])
            total = fade * total + ops.sum(weights, axis=-1)
            return tile + 1, higher, total, fade[..., None] * output + found

        end = grid.key_tiles_seen(index)
        _, maximum, total, output = ops.while_loop(
            lambda tile, *_: tile < end,
            gather,
            (
                0,
                ops.full(rows, _LOWEST),
                ops.zeros(rows),
                ops.zeros((*rows, grid.width)),
            ),
        )
        seen = total > 0
        total = ops.where(seen, total, 1.0)
        # A row that sees nothing: its weights, made anew as exp(score − this), are 0.
        log_sum = ops.where(seen, maximum + ops.log(total), -_LOWEST)
        return (
            index + 1,
            _put(outputs, index, output / total[..., None]),
            _put(log_sums, index, log_sum),
        )

    _, outputs, log_sums = ops.while_loop(
        lambda index, *_: index < grid.query_count,
        attend,
        (0, ops.zeros(query.shape), ops.zeros(query.shape[:-1])),
    )
    return outputs, log_sums


def _backward(grid, query, key, value, output, log_sum, upstream):
    """Give the gradients of query, key and value, in tiles."""
    upstream = ops.cast(upstream, "float32")
    # Σ_j w_j ∂w_j of a softmax row, which equals ∂output · output.
    mean = ops.sum(upstream * output, axis=-1)  # (R, B, K, G P)

    def spread(tile, of_query, of_key, of_value):
        key_tile, value_tile = key[tile], value[tile]

        def gather(index, of_query, of_key, of_value):
            scores = _scores(grid, query[index], key_tile)
            weights = ops.exp(scores - log_sum[index][..., None])
            weights = ops.where(grid.allowed(index, tile), weights, 0.0)
            # Not `+=`: PyTorch would add into the zeros that both begin with.
            of_value = of_value + _product("bkqs,bkqh->bksh", weights, upstream[index])
            of_weights = _product("bkqh,bksh->bkqs", upstream[index], value_tile)
            of_scores = weights * (of_weights - mean[index][..., None]) * grid.scale
            of_key = of_key + _product("bkqs,bkqh->bksh", of_scores, query[index])
            found = _product("bkqs,bksh->bkqh", of_scores, key_tile)
            return (
                index + 1,
                _put(of_query, index, of_query[index] + found),
                *(
                    of_key,
                    of_value,
                ),
            )

        empty = ops.zeros(key.shape[1:])
        _, of_query, key_found, value_found = ops.while_loop(
            lambda index, *_: index < grid.query_count,
            gather,
            (grid.first_query_tile(tile), of_query, empty, empty),
        )
        return (
            tile + 1,
            of_query,
            _put(of_key, tile, key_found),
            _put(of_value, tile, value_found),
        )

    _, *gradients = ops.while_loop(
        lambda tile, *_: tile < grid.key_count,
        spread,
        (0, ops.zeros(query.shape), ops.zeros(key.shape), ops.zeros(value.shape)),
    )
    return gradients


def _scores(grid, query, key):
    return _product("bkqh,bksh->bkqs", query, key) * grid.scale


def _product(equation, left, right):
    """Multiply in the inputs' type, and go on in float32."""
    dtype = right.dtype
    return ops.cast(ops.einsum(equation, ops.cast(left, dtype), right), "float32")


def _put(whole, index, part):
    start = (index, *[0] * (len(whole.shape) - 1))
    return ops.slice_update(whole, start, part[None])


def _check_shapes(query, key, value, padding_mask, causal):
    owner = "flash_attention"
    shapes = {"query": query.shape, "key": key.shape, "value": value.shape}
    for name, shape in shapes.items():
        if len(shape) != 4 or None in tuple(shape):
            must_be = "a tensor of four known axes, (batch, heads, length, width)"
            raise argument_error(owner, f"{name}.shape", must_be, tuple(shape))
    batch, heads, length, width = query.shape
    key_heads, key_length = key.shape[1:3]
    if tuple(key.shape) != (batch, key_heads, key_length, width) or heads % key_heads:
        must_be = f"({batch}, a divisor of {heads}, any length, {width}), by the query"
        raise argument_error(owner, "key.shape", must_be, tuple(key.shape))
    if tuple(value.shape) != tuple(key.shape):
        must_be = f"the key's, {tuple(key.shape)}"
        raise argument_error(owner, "value.shape", must_be, tuple(value.shape))
    if causal and length > key_length:
        must_be = f"at least the {length} positions of the query if causal"
        raise argument_error(owner, "key.shape[2]", must_be, key_length)
    if padding_mask is not None and tuple(padding_mask.shape) != (batch, key_length):
        must_be = f"({batch}, {key_length}), one for each key"
        raise argument_error(
            owner, "padding_mask.shape", must_be, tuple(padding_mask.shape)
        )
