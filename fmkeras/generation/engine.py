"""The engine that writes: prefill in parallel, then one compiled loop.

It knows no model, only two functions of one: what makes an empty cache, and what
turns the newest tokens and a cache into the next logits and a fuller cache.

Axes used in this file:

    B  batch
    T  length of the padded prompts
    W  beams for each prompt
    V  vocabulary
"""

from functools import partial

import keras
import numpy as np
from keras import ops

from fmkeras.errors import argument_error, check_integer, is_integer
from fmkeras.generation.beam import best_texts, compile_beam_search
from fmkeras.generation.chain import Beam, check_no_streaming, check_sampler
from fmkeras.generation.compiling import xla_runs_on_cpu
from fmkeras.generation.loop import compile_loop
from fmkeras.generation.noise import seed_words
from fmkeras.generation.pacing import STREAMED, UNINTERRUPTED
from fmkeras.generation.prompts import (
    as_prompts,
    bucket,
    check_lengths,
    check_stop_ids,
    pad_left,
    tokens_seen,
)
from fmkeras.generation.samplers import Greedy
from fmkeras.layers.halves import FEW, in_halves
from fmkeras.runtime.memory import keep_memory

# Copying takes as long as ten tokens save, measured with GPT-2 small.
ENOUGH_TOKENS = 16


class DecodingEngine:
    """Continue prompts, token by token, with any model that has a cache.

    Prompts of unequal length are padded on the left to a common length out of a
    short list (a bucket), and the cache is as long as a bucket too. All shapes being
    fixed, the loop over the tokens is compiled once; another prompt, another number
    of tokens, another seed, temperature or stop id runs the same program as long
    as the buckets and the number of prompts are the same. (For two to eight rows,
    texts of 16 new tokens or more have a program of their own, which is faster if
    `matrices` are given.)

    Args:
        next_logits: Callable `(token_ids, cache, cache_index, num_padding)` that
            returns `(logits, cache)`. `token_ids`, `(B, T)`, stand in the slots
            `cache_index` to `cache_index + T - 1` of the cache; the first
            `num_padding[b]` slots of row b are padding. `logits`, `(B, V)`, are those
            after the last token; the cache keeps its nesting.
        make_cache: Callable `(batch_size, length)` that returns tensors in any
            nesting, whose first axis is B, or B times something, row after row.
        vocabulary_size: Integer V.
        max_sequence_length: Integer, the most tokens a row may have, or `None`.
        variables: List of the `keras.Variable`s that `next_logits` reads; only the
            JAX backend looks at it.
        matrices: Callable without arguments that lists the matrices among them that
            `next_logits` multiplies by with `product_of_halves`: see `in_halves`.

    Raises:
        ValueError: If a size is no positive integer.

    Example: a "model" that counts, and needs no cache.

    >>> def next_logits(token_ids, cache, cache_index, num_padding):
    ...     return ops.one_hot((token_ids[:, -1] + 1) % 10, 10), cache
    >>> engine = DecodingEngine(next_logits, lambda batch_size, length: (), 10)
    >>> engine.generate([3, 4], max_new_tokens=3).tolist()
    [3, 4, 5, 6, 7]
    """

    def __init__(
        self,
        next_logits,
        make_cache,
        vocabulary_size,
        max_sequence_length=None,
        variables=(),
        matrices=list,
    ):
        owner = "DecodingEngine"
        if max_sequence_length is not None:
            check_integer(owner, "max_sequence_length", max_sequence_length)
        self.next_logits = next_logits
        self.make_cache = make_cache
        self.vocabulary_size = check_integer(owner, "vocabulary_size", vocabulary_size)
        self.max_sequence_length = max_sequence_length
        self.variables = variables
        self.matrices = matrices
        self._programs = {}

    def generate(
        self,
        token_ids,
        max_new_tokens=100,
        sampler=None,
        stop_ids=(),
        seed=None,
        on_token=None,
    ):
        """Write on from one prompt or several.

        With an integer seed the result is the same on every run. What row b gets
        depends on its prompt, the seed and its place b in the batch: neither the
        other rows, nor padding, nor streaming change it, except that a sum in another
        order may tip the balance between two tokens that are equal to seven digits.

        Args:
            token_ids: One prompt, a list or array `(T,)` of integers; or several, a
                list of such, which may differ in length, or an array `(B, T)`.
            max_new_tokens: Integer. The most tokens to write.
            sampler: `Sampler` or `Beam`, or `None` for `Greedy`.
            stop_ids: Sequence of integers. They end a text and are left out of it.
            seed: Integer, or `None` to draw one from Keras's generator. `Greedy` and
                `Beam` need none.
            on_token: Function that gets the newest ids, integer array `(B,)`, −1
                for texts that have ended, or `None`. Fast models write several
                tokens before it is called for each of them.

        Returns:
            The prompt and what was written: integer array `(T,)` for one prompt, a
            list of such arrays for several.

        Raises:
            ValueError: If a prompt is empty, an id outside the vocabulary, the text
                longer than the model can hold, or an argument out of range.

        Example:

        >>> def next_logits(token_ids, cache, cache_index, num_padding):
        ...     return ops.one_hot((token_ids[:, -1] + 1) % 10, 10), cache
        >>> engine = DecodingEngine(next_logits, lambda batch_size, length: (), 10)
        >>> texts = engine.generate([[3], [5, 6]], 4, stop_ids=[9])
        >>> [text.tolist() for text in texts]
        [[3, 4, 5, 6, 7], [5, 6, 7, 8]]
        """
        sampler = Greedy() if sampler is None else sampler
        if isinstance(sampler, Beam):
            check_no_streaming(on_token)
            found, _ = self.beam_search(token_ids, sampler, max_new_tokens, stop_ids)
            is_single = isinstance(found[0], np.ndarray)
            return found[0] if is_single else [texts[0] for texts in found]
        check_sampler(sampler)
        prompts, is_single = self._check(token_ids, max_new_tokens, stop_ids)
        kind = ("sample", sampler.structure)
        program, constants, padded = self._prepare(
            prompts, max_new_tokens, stop_ids, kind, partial(compile_loop, sampler)
        )
        constants["halves"] = self._halves(len(prompts), max_new_tokens)
        constants |= _tensors({"numbers": sampler.numbers, "key": _key(seed)})
        seen = ()
        if sampler.needs_seen:
            seen = _tensors(tokens_seen(prompts, self.vocabulary_size))
        state = program.start(padded, seen, constants)
        told = _tell(on_token, state, 0)
        seconds = UNINTERRUPTED if on_token is None else STREAMED
        advance = _advance(program, constants)
        pieces = program.pace.pieces(advance, state, max_new_tokens, seconds)
        for state in pieces:
            told = _tell(on_token, state, told)
        rows = ops.convert_to_numpy(state["written"])
        texts = [
            np.concatenate([prompt, row[row >= 0]])
            for prompt, row in zip(prompts, rows, strict=True)
        ]
        return texts[0] if is_single else texts

    def beam_search(self, token_ids, beam, max_new_tokens=100, stop_ids=()):
        r"""Find the most probable continuations, W for each prompt.

        At every step each of the W best texts so far is continued with every token,
        and the W best of all these stay; those that end with a stop id are set
        aside. The score that ranks whole texts is

        $$
        \frac{\log p(y_1, \dots, y_n \mid x)}{\left((5 + n) / 6\right)^{\alpha}}
        $$

        with $n$ counting the stop id. Cost: a batch of B W rows instead of B, and one
        copy of the cache a step.

        Args:
            token_ids: One prompt or several, as for `generate`.
            beam: `Beam`: the width W and the length penalty $\alpha$.
            max_new_tokens: Integer. The most tokens to write.
            stop_ids: Sequence of integers. They end a text and are left out of it.

        Returns:
            A pair: the texts with their prompt, best first, a list of integer arrays;
            and their scores, float array `(W,)`. For several prompts, a list of such
            lists and a list of such arrays. There may be fewer than W, if so few
            texts are possible.

        Raises:
            ValueError: As for `generate`, or if W is larger than V.

        Example: two tokens, the second twice as probable.

        >>> logits = np.log([[1 / 3, 2 / 3]])
        >>> def next_logits(token_ids, cache, cache_index, num_padding):
        ...     return ops.repeat(logits, token_ids.shape[0], axis=0), cache
        >>> engine = DecodingEngine(next_logits, lambda batch_size, length: (), 2)
        >>> texts, scores = engine.beam_search([0], Beam(2), max_new_tokens=2)
        >>> [text.tolist() for text in texts]
        [[0, 1, 1], [0, 1, 0]]
        >>> [round(float(p), 3) for p in np.exp(scores)]  # 4/9 and 2/9
        [0.444, 0.222]

        Reference:
            Wu et al. (2016), "Google's Neural Machine Translation System", section 7,
            https://arxiv.org/abs/1609.08144, without their coverage penalty.
        """
        if beam.width > self.vocabulary_size:
            raise argument_error(
                "Beam",
                "width",
                f"at most {self.vocabulary_size}, the size of the vocabulary",
                beam.width,
                f"Beam({min(4, self.vocabulary_size)})",
            )
        prompts, is_single = self._check(token_ids, max_new_tokens, stop_ids)
        kind = ("beam", beam.width)
        program, constants, padded = self._prepare(
            prompts, max_new_tokens, stop_ids, kind, partial(compile_beam_search, beam)
        )
        constants["halves"] = self._halves(len(prompts) * beam.width, max_new_tokens)
        constants |= _tensors(
            {
                "max_new_tokens": np.array(max_new_tokens, "float32"),
                "penalty": np.array(beam.length_penalty, "float32"),
                "stop_ids": check_stop_ids(stop_ids, self.vocabulary_size),
            }
        )
        state = program.start(padded, constants)
        advance = _advance(program, constants)
        pieces = program.pace.pieces(advance, state, max_new_tokens, UNINTERRUPTED)
        *_, state = state, *pieces
        texts, scores = best_texts(state, prompts, beam.length_penalty)
        return (texts[0], scores[0]) if is_single else (texts, scores)

    def _check(self, token_ids, max_new_tokens, stop_ids):
        prompts, is_single = as_prompts(token_ids, self.vocabulary_size)
        check_stop_ids(stop_ids, self.vocabulary_size)
        check_lengths(prompts, max_new_tokens, self.max_sequence_length)
        return prompts, is_single

    def _prepare(self, prompts, max_new_tokens, stop_ids, kind, compile_programs):
        """Find the programs for these shapes, and what both kinds of them need."""
        keep_memory()
        longest = max(map(len, prompts))
        length = min(bucket(longest), self.max_sequence_length or bucket(longest))
        cache_length = bucket(length + max_new_tokens)
        place = (*kind, cache_length)
        if place not in self._programs:
            self._programs[place] = compile_programs(
                self.next_logits, self.make_cache, cache_length, self.variables
            )
        padded, num_padding = pad_left(prompts, length)
        constants = {
            "length": np.array(length, "int32"),
            "num_padding": num_padding,
            "stops": np.isin(np.arange(self.vocabulary_size), list(stop_ids)),
        }
        return self._programs[place], _tensors(constants), _tensors(padded)

    def _halves(self, num_rows, max_new_tokens):
        """Copy the matrices in halves, where the loop is long enough to win it back."""
        suits = num_rows in FEW and max_new_tokens >= ENOUGH_TOKENS
        return in_halves(self.matrices()) if suits and xla_runs_on_cpu() else {}


def _advance(program, constants):
    return lambda state, end: program.advance(
        state, constants, _tensors(np.array(end, "int32"))
    )


def _tell(on_token, state, told):
    """Pass on the columns that are new, and return how many are known now."""
    if on_token is None:
        return told
    step = int(state["step"])
    for column in ops.convert_to_numpy(state["written"])[:, told:step].T:
        if (column >= 0).any():
            on_token(column)
    return step


def _tensors(arrays):
    return keras.tree.map_structure(ops.convert_to_tensor, arrays)


def _key(seed):
    if seed is None:
        words = keras.random.randint((2,), -(2**31), 2**31 - 1, dtype="int32")
        return ops.convert_to_numpy(words)
    if not is_integer(seed):
        raise argument_error("generate", "seed", "an integer or None", seed)
    return seed_words(seed)
