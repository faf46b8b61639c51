"""The compiled loop that samples one token after another.

Axes used in this file:

    B  batch
    T  length of the padded prompts
    S  length of the cache
    V  vocabulary
"""

from keras import ops

from fmkeras.generation.compiling import Programs
from fmkeras.layers.halves import using


def compile_loop(sampler, next_logits, make_cache, cache_length, variables=()):
    """Compile what reads prompts and what writes on, for one kind of sampler.

    The state that travels through the loop is a dictionary: "step", how many tokens
    have been written; "token" `(B,)`, the newest; "finished" `(B,)`; "written"
    `(B, S)`, −1 where nothing is; "seen" `(B, V)`, or an empty tuple if the sampler
    does not ask; and "cache".

    What may change from call to call without another compilation is in the constants,
    also a dictionary: "length", T; "num_padding" `(B,)`; "numbers", the sampler's;
    "key", the seed; "stops" `(V,)`, true for stop ids; "halves", of matrices.

    Args:
        sampler: `Sampler`. Its numbers are not read, its structure is.
        next_logits: Callable, as for `DecodingEngine`.
        make_cache: Callable, as for `DecodingEngine`.
        cache_length: Integer S.
        variables: List of the `keras.Variable`s that `next_logits` reads.

    Returns:
        A pair of callables: `start(token_ids, seen, constants)` gives the state after
        the first new token, `advance(state, constants, end)` the state after `end`
        new tokens, or earlier if every row has finished.

    Example: see `DecodingEngine.generate`, which drives them.
    """

    def start(token_ids, seen, constants):
        batch_size = token_ids.shape[0]
        cache = make_cache(batch_size, cache_length)
        logits, cache = next_logits(token_ids, cache, 0, constants["num_padding"])
        state = {
            "step": ops.zeros((), "int32"),
            "finished": ops.zeros((batch_size,), "bool"),
            "written": ops.full((batch_size, cache_length), -1, dtype="int32"),
            "seen": seen,
            "cache": cache,
        }
        return _append(state, logits, sampler, constants)

    def advance(state, constants, end):
        def unfinished(state):
            return (state["step"] < end) & ~ops.all(state["finished"])

        def write_one(state):
            with using(constants["halves"]):
                logits, cache = next_logits(
                    state["token"][:, None],
                    state["cache"],
                    constants["length"] + state["step"] - 1,
                    constants["num_padding"],
                )
            state = {**state, "cache": cache}
            return (_append(state, logits, sampler, constants),)

        (state,) = ops.while_loop(unfinished, write_one, (state,))
        return state

    return Programs(start, advance, variables)


def _append(state, logits, sampler, constants):
    """Draw one token for every row and write it down."""
    step, seen = state["step"], state["seen"]
    token = sampler.draw(
        logits,
        constants["numbers"],
        constants["key"],
        step,
        seen if sampler.needs_seen else None,
    )
    finished = state["finished"] | ops.take(constants["stops"], token)
    column = ops.where(finished, -1, token)[:, None]
    if sampler.needs_seen:
        seen = seen | (ops.arange(seen.shape[1]) == token[:, None])
    return {
        **state,
        "step": step + 1,
        "token": token,
        "finished": finished,
        "written": ops.slice_update(state["written"], (0, step), column),
        "seen": seen,
    }
