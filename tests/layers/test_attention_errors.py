"""What multi-head attention refuses, word by word."""

import numpy as np
import pytest

from fmkeras.layers import MultiHeadAttention

B, T, S, D, N = 2, 5, 7, 12, 6


def zeros(*shape):
    return np.zeros(shape, "float32")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"num_heads": 0},
            "`num_heads` must be a positive integer. Received: num_heads=0.",
        ),
        (
            {"num_heads": 2.0},
            "`num_heads` must be a positive integer. Received: num_heads=2.0.",
        ),
        (
            {"num_heads": 6, "num_key_value_heads": 4},
            "`num_key_value_heads` must be a divisor of num_heads=6. Received: "
            "num_key_value_heads=4. What would do: 1, 2, 3, 6.",
        ),
        (
            {"num_heads": 6, "num_key_value_heads": 0},
            "`num_key_value_heads` must be a positive integer. Received: "
            "num_key_value_heads=0.",
        ),
        (
            {"num_heads": 6, "head_dim": -1},
            "`head_dim` must be a positive integer. Received: head_dim=-1.",
        ),
        (
            {"num_heads": 6, "positions": "rotery"},
            "`positions` must be one of None, 'rotary', 'alibi'. Received: "
            "positions='rotery'. What would do: 'rotary'.",
        ),
        (
            {"num_heads": 6, "dropout": -0.1},
            "`dropout` must be a number ≥ 0 and ≤ 1. Received: dropout=-0.1.",
        ),
        (
            {"num_heads": 6, "seed": 1.5},
            "`seed` must be None or an integer ≥ 0. Received: seed=1.5.",
        ),
    ],
)
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError) as error:
        MultiHeadAttention(**arguments)
    assert str(error.value) == f"MultiHeadAttention: {message}"


def test_heads_that_do_not_divide():
    with pytest.raises(ValueError) as error:
        MultiHeadAttention(5)(zeros(B, T, D))
    assert str(error.value) == (
        "MultiHeadAttention: `num_heads` must be a divisor of the width of the input, "
        "12, unless `head_dim` is given. Received: num_heads=5. What would do: "
        "1, 2, 3, 4, 6, 12."
    )
    assert MultiHeadAttention(5, head_dim=3)(zeros(B, T, D)).shape == (B, T, D)


def test_an_odd_head_with_rotary_positions():
    with pytest.raises(ValueError) as error:
        MultiHeadAttention(4, positions="rotary")(zeros(B, T, D))
    assert str(error.value) == (
        "RotaryPositions: the width of a head must be even, because its numbers turn "
        "in pairs. Received: width=3. What would do: 2 or 4."
    )


def test_inputs_of_another_rank_or_width(said):
    with pytest.raises(ValueError) as error:
        MultiHeadAttention(N)(zeros(T, D))
    assert str(error.value) == (
        "MultiHeadAttention: `inputs` must be of shape (B, T, D) = (None, None, None). "
        "Received: inputs of shape (5, 12)."
    )
    layer = MultiHeadAttention(N)
    layer.build((None, None, D))
    with pytest.raises(ValueError) as error:
        layer(zeros(B, T, D + 1))
    assert said(error) == (
        "MultiHeadAttention: `inputs` must be of shape (B, T, D) = (None, None, 12). "
        "Received: inputs of shape (2, 5, 13)."
    )


@pytest.mark.parametrize(
    ("name", "shape", "wanted"),
    [
        ("padding_mask", (B, T + 1), "(B, S) = (2, 5)"),
        ("padding_mask", (1, T), "(B, S) = (2, 5)"),
        ("attention_mask", (T, S), "(T, S) = (5, 5) or (B, T, S) = (2, 5, 5)"),
        ("attention_mask", (B, 1, T, T), "(T, S) = (5, 5) or (B, T, S) = (2, 5, 5)"),
    ],
)
def test_masks_that_do_not_fit(said, name, shape, wanted):
    layer = MultiHeadAttention(N)
    with pytest.raises(ValueError) as error:
        layer(zeros(B, T, D), **{name: np.ones(shape, bool)})
    assert said(error) == (
        f"MultiHeadAttention: `{name}` must be of shape {wanted}. "
        f"Received: {name} of shape {shape}."
    )


@pytest.mark.parametrize(
    ("name", "shape"), [("padding_mask", (B, T)), ("attention_mask", (T, T))]
)
def test_masks_that_are_floats(said, name, shape):
    layer = MultiHeadAttention(N)
    with pytest.raises(ValueError) as error:
        layer(zeros(B, T, D), **{name: zeros(*shape)})
    assert said(error) == (
        f"MultiHeadAttention: `{name}` must be boolean, true where a query may look. "
        f"Received: {name} of type float32."
    )


@pytest.mark.parametrize("scheme", ["rotary", "alibi", None])
def test_positions_that_do_not_fit(said, scheme):
    layer = MultiHeadAttention(N, positions=scheme)
    with pytest.raises(ValueError) as error:
        layer(zeros(B, T, D), positions=np.arange(T - 1))
    assert said(error) == (
        "MultiHeadAttention: `positions` must be of shape (T) = (5,) or (B, T) = "
        "(2, 5). Received: positions of shape (4,)."
    )


@pytest.mark.parametrize("further", [{"causal": True}, {"positions": "rotary"}])
def test_a_context_for_a_layer_that_looks_back(further):
    arguments = {"causal": False, "positions": None, **further}
    with pytest.raises(ValueError) as error:
        MultiHeadAttention(N, **arguments)(zeros(B, T, D), zeros(B, S, D))
    assert str(error.value) == (
        "MultiHeadAttention: with a context, `causal` must be False and `positions` "
        "None, because queries and keys are places in two sequences. Received: "
        f"causal={arguments['causal']}, positions={arguments['positions']!r}."
    )


def test_a_context_now_and_none_then(said):
    layer = MultiHeadAttention(N)
    layer.build((None, None, D))
    with pytest.raises(ValueError) as error:
        layer(zeros(B, T, D), zeros(B, S, D))
    assert said(error) == (
        "MultiHeadAttention: `context` must never be given, because the layer was "
        "built without one. What would do: a second layer."
    )
    layer = MultiHeadAttention(N)
    layer.build((None, None, D), (None, None, D))
    with pytest.raises(ValueError) as error:
        layer(zeros(B, T, D))
    assert said(error) == (
        "MultiHeadAttention: `context` must always be given, because the layer was "
        "built with one. What would do: a second layer."
    )


def test_a_context_that_does_not_fit(said):
    layer = MultiHeadAttention(N)
    layer.build((None, None, D), (None, None, 9))
    for shape in [(B + 1, S, 9), (B, S, 8), (S, 9)]:
        with pytest.raises(ValueError) as error:
            layer(zeros(B, T, D), zeros(*shape))
        assert said(error) == (
            "MultiHeadAttention: `context` must be of shape (B, S, width) = "
            f"(2, None, 9). Received: context of shape {shape}."
        )


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("attention_weights", (zeros(B, T, D),)),
        ("make_cache", (B, S)),
        ("call_with_cache", (zeros(B, T, D), (), 0)),
    ],
)
def test_methods_of_a_layer_not_yet_built(method, arguments):
    with pytest.raises(ValueError) as error:
        getattr(MultiHeadAttention(N), method)(*arguments)
    assert str(error.value) == (
        f"MultiHeadAttention: must be built before `{method}`. What would do: call "
        "the layer once, or layer.build((None, None, width))."
    )


def causal_layer():
    layer = MultiHeadAttention(N, num_key_value_heads=2, causal=True)
    layer.build((None, None, D))
    return layer


def test_a_cache_for_a_layer_that_is_not_causal():
    layer = MultiHeadAttention(N)
    layer.build((None, None, D))
    with pytest.raises(ValueError) as error:
        layer.call_with_cache(zeros(B, T, D), layer.make_cache(B, S), 0)
    assert str(error.value) == (
        "MultiHeadAttention: `causal` must be True to decode with a cache. "
        "Received: causal=False."
    )


def test_a_cache_of_another_shape():
    layer = causal_layer()
    with pytest.raises(ValueError) as error:
        layer.call_with_cache(zeros(B, T, D), layer.make_cache(B + 1, S), 0)
    assert str(error.value) == (
        "MultiHeadAttention: `cache` must be of shape (BK, S, H) = (4, None, 2). "
        "Received: cache of shape (6, 7, 2)."
    )
    with pytest.raises(ValueError) as error:
        layer.call_with_cache(zeros(B, T, D), layer.make_cache(B, S)[0], 0)
    assert str(error.value).startswith(
        "MultiHeadAttention: `cache` must be a pair, keys and values. Received: "
    )
    assert str(error.value).endswith(". What would do: make_cache(…).")


@pytest.mark.parametrize("index", [3, np.int64(3)])
def test_a_cache_that_is_full(index):
    layer = causal_layer()
    with pytest.raises(ValueError) as error:
        layer.call_with_cache(zeros(B, T, D), layer.make_cache(B, S), index)
    assert str(error.value) == (
        "MultiHeadAttention: `cache` must have a slot for each new position. "
        "Received: 5 from cache_index=3 on, a cache of 7 slots. "
        "What would do: make_cache with length=8 or more."
    )
    fits = index - 1
    layer.call_with_cache(zeros(B, T, D), layer.make_cache(B, S), fits)


@pytest.mark.parametrize("index", [-1, 1.0, None])
def test_an_index_that_is_no_slot(index):
    layer = causal_layer()
    with pytest.raises(ValueError) as error:
        layer.call_with_cache(zeros(B, T, D), layer.make_cache(B, S), index)
    assert str(error.value) == (
        "MultiHeadAttention: `cache_index` must be an integer ≥ 0. "
        f"Received: cache_index={index!r}."
    )


@pytest.mark.parametrize("bad", [{"batch_size": 0}, {"length": 2.5}])
def test_a_cache_of_no_size(bad):
    ((name, value),) = bad.items()
    with pytest.raises(ValueError) as error:
        causal_layer().make_cache(**{"batch_size": 1, "length": 1, **bad})
    assert str(error.value) == (
        f"MultiHeadAttention: `{name}` must be a positive integer. "
        f"Received: {name}={value!r}."
    )


def test_inputs_and_masks_that_do_not_fit_a_cache():
    layer = causal_layer()
    cache = layer.make_cache(B, S)
    with pytest.raises(ValueError) as error:
        layer.call_with_cache(zeros(B, T, D - 1), cache, 0)
    assert str(error.value) == (
        "MultiHeadAttention: `inputs` must be of shape (B, T, D) = (None, None, 12). "
        "Received: inputs of shape (2, 5, 11)."
    )
    with pytest.raises(ValueError) as error:
        layer.call_with_cache(
            zeros(B, T, D), cache, 0, padding_mask=np.ones((B, T), bool)
        )
    assert str(error.value) == (
        "MultiHeadAttention: `padding_mask` must be of shape (B, S) = (2, 7). "
        "Received: padding_mask of shape (2, 5)."
    )
    with pytest.raises(ValueError) as error:
        layer.call_with_cache(zeros(B, T, D), cache, 0, positions=np.arange(S))
    assert str(error.value) == (
        "MultiHeadAttention: `positions` must be of shape (T) = (5,) or (B, T) = "
        "(2, 5). Received: positions of shape (7,)."
    )
