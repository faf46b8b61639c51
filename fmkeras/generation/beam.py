"""Beam search: keep the best few texts instead of the best next token.

Axes used in this file:

    B  batch: prompts
    W  width: beams for each prompt
    S  length of the cache, the most tokens a text may have
    V  vocabulary
"""

import keras
import numpy as np
from keras import ops

from fmkeras.generation.compiling import Programs
from fmkeras.layers.halves import using

_NEVER = -float("inf")


def length_factor(length, length_penalty):
    r"""Tell by what a text's log-probability is divided.

    $$
    \mathrm{lp}(n) = \left(\frac{5 + n}{6}\right)^{\alpha}
    $$

    Args:
        length: Integer or integer tensor $n$: tokens written, a stop id included.
        length_penalty: Float $\alpha$. With 0 the log-probability itself counts.

    Returns:
        Float or float tensor.

    Example:

    >>> length_factor(7, 0.0), length_factor(7, 1.0)
    (1.0, 2.0)
    """
    return ((5.0 + length) / 6.0) ** length_penalty


def compile_beam_search(beam, next_logits, make_cache, cache_length, variables=()):
    """Compile a beam search of one width, for caches of one length.

    The state that travels through the loop is a dictionary: "step", how many tokens
    have been written; "texts" `(B, W, S)`, the best W, with their log-probabilities,
    "scores" `(B, W)`; "ended_texts" and "ended_scores", the best that a stop id has
    ended, already divided by `length_factor`; and "cache", whose rows are those of
    "texts".

    Args:
        beam: `Beam`. Its width is read, its length penalty is not.
        next_logits: Callable, as for `DecodingEngine`.
        make_cache: Callable, as for `DecodingEngine`.
        cache_length: Integer S.
        variables: List of the `keras.Variable`s that `next_logits` reads.

    Returns:
        `Programs`: `start(token_ids, constants)` and `advance(state, constants, end)`.

    Example: see `DecodingEngine.beam_search`, which drives them.
    """
    width = beam.width

    def start(token_ids, constants):
        batch_size = token_ids.shape[0]
        cache = make_cache(batch_size, cache_length)
        logits, cache = next_logits(token_ids, cache, 0, constants["num_padding"])
        # One text so far; the other beams start as impossible copies of it.
        scores = ops.where(ops.arange(width) == 0, 0.0, _NEVER)
        texts = ops.full((batch_size, width, cache_length), -1, dtype="int32")
        state = {
            "step": ops.zeros((), "int32"),
            "scores": ops.tile(scores[None], (batch_size, 1)),
            "texts": texts,
            "ended_scores": ops.full((batch_size, width), _NEVER),
            "ended_texts": texts,
            "cache": _take_rows(
                cache, batch_size, ops.repeat(ops.arange(batch_size), width)
            ),
        }
        return _extend(state, ops.repeat(logits, width, axis=0), constants)

    def advance(state, constants, end):
        def unfinished(state):
            return (state["step"] < end) & ops.any(_hopeful(state, constants))

        def write_one(state):
            last = ops.take(state["texts"], state["step"] - 1, axis=2)
            with using(constants["halves"]):
                logits, cache = next_logits(
                    ops.reshape(ops.maximum(last, 0), (-1, 1)),
                    state["cache"],
                    constants["length"] + state["step"] - 1,
                    ops.repeat(constants["num_padding"], width),
                )
            return (_extend({**state, "cache": cache}, logits, constants),)

        (state,) = ops.while_loop(unfinished, write_one, (state,))
        return state

    return Programs(start, advance, variables)


def best_texts(state, prompts, length_penalty):
    """Read the result off the last state of a beam search.

    Args:
        state: Dictionary of tensors: see `compile_beam_search`.
        prompts: List of B integer arrays.
        length_penalty: Float.

    Returns:
        A pair of lists, one entry a prompt: a list of at most W integer arrays, best
        first, and the float array of their scores.
    """
    state = {
        name: ops.convert_to_numpy(state[name]) for name in state if name != "cache"
    }
    running = state["scores"] / length_factor(float(state["step"]), length_penalty)
    scores = np.concatenate([state["ended_scores"], running], axis=1)
    texts = np.concatenate([state["ended_texts"], state["texts"]], axis=1)
    all_texts, all_scores = [], []
    for row, prompt in enumerate(prompts):
        order = np.argsort(-scores[row], kind="stable")[: running.shape[1]]
        order = order[scores[row][order] > _NEVER]
        found = texts[row][order]
        all_texts.append([np.concatenate([prompt, text[text >= 0]]) for text in found])
        all_scores.append(scores[row][order])
    return all_texts, all_scores


def _hopeful(state, constants):
    """Where a text that is being written can still beat one that has ended."""
    best = ops.max(state["scores"], axis=-1)
    # Log-probabilities fall, so the longest text is divided by the most.
    bound = best / length_factor(constants["max_new_tokens"], constants["penalty"])
    return bound > ops.min(state["ended_scores"], axis=-1)


def _extend(state, logits, constants):
    """Write one token to every beam, and keep the best W continuations."""
    batch_size, width = state["scores"].shape
    vocabulary_size = logits.shape[-1]
    log_probs = ops.log_softmax(ops.cast(logits, "float32"))
    log_probs = ops.reshape(log_probs, (batch_size, width, vocabulary_size))
    totals = state["scores"][:, :, None] + log_probs  # (B, W, V)
    state = _end(state, totals, constants)
    running = ops.where(constants["stops"], _NEVER, totals)
    scores, places = _best(ops.reshape(running, (batch_size, -1)), width)
    parents, tokens = places // vocabulary_size, places % vocabulary_size
    texts = ops.take_along_axis(state["texts"], parents[:, :, None], axis=1)
    rows = ops.reshape(parents + width * ops.arange(batch_size)[:, None], (-1,))
    return {
        **state,
        "step": state["step"] + 1,
        "scores": scores,
        "texts": ops.slice_update(texts, (0, 0, state["step"]), tokens[:, :, None]),
        "cache": _take_rows(state["cache"], batch_size * width, rows),
    }


def _take_rows(cache, num_rows, rows):
    """Choose rows of every tensor of a cache, each a row's block of the first axis."""

    def take(x):
        blocks = ops.reshape(x, (num_rows, -1, *x.shape[1:]))
        return ops.reshape(ops.take(blocks, rows, axis=0), (-1, *x.shape[1:]))

    return keras.tree.map_structure(take, cache)


def _end(state, totals, constants):
    """Let every beam end here, and keep the best W ended texts."""
    batch_size, width = state["scores"].shape
    num_stops = constants["stop_ids"].shape[0]
    if not num_stops:
        return state
    totals = ops.take(totals, constants["stop_ids"], axis=2)  # (B, W, stop ids)
    new = totals / length_factor(
        ops.cast(state["step"] + 1, "float32"), constants["penalty"]
    )
    scores = ops.concatenate(
        [state["ended_scores"], ops.reshape(new, (batch_size, -1))], axis=1
    )
    texts = ops.concatenate(
        [state["ended_texts"], ops.repeat(state["texts"], num_stops, axis=1)], axis=1
    )
    scores, places = _best(scores, width)
    return {
        **state,
        "ended_scores": scores,
        "ended_texts": ops.take_along_axis(texts, places[:, :, None], axis=1),
    }


def _best(scores, count):
    """Find the largest few: repeated maxima, far cheaper than XLA's sort on a CPU."""
    found, places = [], []
    positions = ops.arange(scores.shape[-1], dtype="int32")
    for _ in range(count):
        place = ops.cast(ops.argmax(scores, axis=-1), "int32")
        found.append(ops.max(scores, axis=-1))
        places.append(place)
        scores = ops.where(positions == place[:, None], _NEVER, scores)
    return ops.stack(found, axis=-1), ops.stack(places, axis=-1)
