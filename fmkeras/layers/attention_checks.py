"""What multi-head attention refuses when it is built and when it is called."""

from fmkeras.errors import argument_error, check_divisor, check_integer
from fmkeras.layers.caches import check_cache, check_room
from fmkeras.layers.checks import check_shape

OWNER = "MultiHeadAttention"


def check_key_value_heads(num_heads, num_key_value_heads):
    """Refuse key/value heads that cannot be shared out evenly.

    Args:
        num_heads: Integer N.
        num_key_value_heads: The value that came; `None` stands for N.

    Raises:
        ValueError: If it is no positive integer that divides N.
    """
    if num_key_value_heads is None:
        return
    check_integer(OWNER, "num_key_value_heads", num_key_value_heads)
    called = f"num_heads={num_heads}"
    check_divisor(OWNER, "num_key_value_heads", num_key_value_heads, num_heads, called)


def head_width(width, num_heads):
    """Divide the width of the input among the heads.

    Args:
        width: Integer D.
        num_heads: Integer N.

    Returns:
        Integer H.

    Raises:
        ValueError: If N does not divide D.
    """
    called = f"the width of the input, {width}, unless `head_dim` is given"
    return width // check_divisor(OWNER, "num_heads", num_heads, width, called)


def check_context(layer, context_shape):
    """Refuse a context for a layer that knows the order of one sequence alone.

    Args:
        layer: `MultiHeadAttention`.
        context_shape: Shape that should be `(B, S, width)`.

    Raises:
        ValueError: If the layer is causal or has positions, or the rank is wrong.
    """
    check_shape(OWNER, "context", context_shape, B_S_width=(None,) * 3)
    if layer.causal or layer.positions is not None:
        raise ValueError(
            f"{OWNER}: with a context, `causal` must be False and `positions` None, "
            "because queries and keys are places in two sequences. Received: "
            f"causal={layer.causal!r}, positions={layer.positions!r}."
        )


def check_call(layer, inputs, context):
    """Refuse inputs that the layer was not built for.

    Args:
        layer: `MultiHeadAttention`, built.
        inputs: Tensor that should be `(B, T, D)`.
        context: Tensor that should be `(B, S, width)`, or `None`.

    Raises:
        ValueError: If a shape does not fit, or a context is missing or too many.
    """
    check_shape(OWNER, "inputs", inputs, B_T_D=(None, None, layer.to_output.units))
    if layer._has_context != (context is not None):
        always, with_one = (
            ("always", "with") if layer._has_context else ("never", "without")
        )
        raise ValueError(
            f"{OWNER}: `context` must {always} be given, because the layer was built "
            f"{with_one} one. What would do: a second layer."
        )
    if context is not None:
        expected = (inputs.shape[0], None, layer._context_width)
        check_shape(OWNER, "context", context, B_S_width=expected)


def check_call_with_cache(layer, inputs, cache, cache_index):
    """Refuse a cache that is not for these inputs, or a layer that cannot use one.

    Args:
        layer: `MultiHeadAttention`.
        inputs: Tensor `(B, T, D)`.
        cache: What should be a pair of float tensors `(B · K, S, H)`.
        cache_index: What should be an integer or an integer tensor.

    Raises:
        ValueError: If the layer is not built or not causal, or the cache does not
            fit.
    """
    check_built(layer, "call_with_cache")
    if not layer.causal:
        raise argument_error(OWNER, "causal", "True to decode with a cache", False)
    check_shape(OWNER, "inputs", inputs, B_T_D=(None,) * 3)
    batch, length, _ = inputs.shape
    check_cache(OWNER, cache, batch, layer._key_value_heads, layer._head_width)
    check_room(OWNER, cache, length, cache_index)


def check_built(layer, method):
    """Refuse a method that needs the widths of a layer before it has any.

    Args:
        layer: `MultiHeadAttention`.
        method: String. Name of the method.

    Raises:
        ValueError: If the layer has not been built.
    """
    if not layer.built:
        raise ValueError(
            f"{OWNER}: must be built before `{method}`. What would do: call the layer "
            "once, or layer.build((None, None, width))."
        )
