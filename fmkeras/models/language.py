"""What every language model shares: ids that are checked, and `generate`."""

import keras
import numpy as np

from fmkeras.errors import argument_error, check_integer, is_integer
from fmkeras.generation import Beam, DecodingEngine
from fmkeras.generation.prompts import as_prompts
from fmkeras.models.checked import CheckedModel


class LanguageModel(CheckedModel):
    r"""A model of what comes next: token ids in, logits over the vocabulary out.

    It factorises the probability of a text into one conditional distribution per
    token,

    $$
    p(x_1, \dots, x_T) = \prod_{t=1}^{T} p(x_t \mid x_1, \dots, x_{t-1})
    $$

    `fit` learns the factors from windows of text, `generate` draws from them. A
    child gives `call` and, for decoding one token at a time, `make_cache` and
    `next_logits`.

    Args:
        vocabulary_size: Integer V. Token ids run from 0 to V − 1.
        max_sequence_length: Integer, the longest sequence the model takes, or `None`
            for no limit.
        padding_id: Integer, the id that fills up short sequences, or `None`. Where
            the inputs or the targets have it, loss and metrics look away; it is
            never written.
        **kwargs: Passed on to `keras.Model`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> from fmkeras import models
    >>> decoder = models.transformer_decoder(11, 8, 1, num_heads=2, hidden_dim=4)
    >>> isinstance(decoder, models.LanguageModel)
    True

    Reference:
        Bengio et al. (2003), "A Neural Probabilistic Language Model", section 2,
        https://www.jmlr.org/papers/v3/bengio03a.html.
    """

    def __init__(
        self, vocabulary_size, max_sequence_length=None, padding_id=None, **kwargs
    ):
        owner = kwargs.get("name") or type(self).__name__
        check_integer(owner, "vocabulary_size", vocabulary_size)
        if max_sequence_length is not None:
            check_integer(owner, "max_sequence_length", max_sequence_length)
        if padding_id is not None and not (
            is_integer(padding_id) and 0 <= padding_id < vocabulary_size
        ):
            raise argument_error(
                owner,
                "padding_id",
                f"None or a token id from 0 to {vocabulary_size - 1}",
                padding_id,
            )
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.max_sequence_length = max_sequence_length
        self.padding_id = padding_id
        self.supports_masking = True
        self._engine = None

    def generate(
        self,
        token_ids,
        max_new_tokens=100,
        sampler=None,
        stop_ids=(),
        seed=None,
        on_token=None,
    ):
        """Write on from a prompt, or from several at once.

        The prompts are read in parallel and their keys and values kept, so that each
        further token costs one position, not the whole text again. The first call
        for a size compiles; later calls of about that size do not. Padding is never
        written, whatever the model thinks of it.

        Args:
            token_ids: One prompt (a list of ids, or integer array `(T,)`), or several
                (a list of such, which may differ in length, or integer array
                `(B, T)`), without padding.
            max_new_tokens: Integer. The most tokens to write.
            sampler: How the next token is chosen, from `fmkeras.generation`, such as
                `TopP(0.9)` or `Beam(4)`; `None` takes the likeliest.
            stop_ids: Ids that end a text. They are not part of the result.
            seed: Integer for the same text on every run, or `None` for a seed from
                Keras's generator, which `fmkeras.runtime.set_seed` governs.
            on_token: Function that gets the ids `(B,)` as they are written, −1 for a
                text that has ended; or `None`.

        Returns:
            The prompt and what was written after it: integer array `(T,)` for one
            prompt, a list of such arrays for several.

        Raises:
            ValueError: If an id is outside the vocabulary or is padding, a prompt is
                empty, the text would not fit into the model, or an argument is out
                of range.

        Example:

        >>> from fmkeras import models
        >>> model = models.transformer_decoder(
        ...     7, 16, num_layers=1, num_heads=2, hidden_dim=8
        ... )
        >>> text = model.generate([3, 1, 4], max_new_tokens=5)
        >>> text[:3].tolist(), len(text)
        ([3, 1, 4], 8)
        """
        self._check_no_padding("generate", token_ids)
        return self._decoding_engine().generate(
            token_ids,
            max_new_tokens=max_new_tokens,
            sampler=sampler,
            stop_ids=stop_ids,
            seed=seed,
            on_token=on_token,
        )

    def beam_search(self, token_ids, beam, max_new_tokens=100, stop_ids=()):
        r"""Find the most probable continuations, with their scores.

        `generate` with a `Beam` gives the best of them alone. The score that ranks
        whole texts is

        $$
        \frac{\log p(y_1, \dots, y_n \mid x)}{\left((5 + n) / 6\right)^{\alpha}}
        $$

        with $n$ counting the tokens written, the stop id included. Cost: a batch of
        B W rows instead of B, and one copy of the cache a step.

        Args:
            token_ids: One prompt or several, as for `generate`.
            beam: `fmkeras.generation.Beam`: the width W and the length penalty
                $\alpha$.
            max_new_tokens: Integer. The most tokens to write.
            stop_ids: Ids that end a text. They are not part of the result.

        Returns:
            A pair: the texts with their prompt, best first, a list of integer arrays;
            and their scores, float array `(W,)`. For several prompts, a list of such
            lists and a list of such arrays. There may be fewer than W, if so few
            texts are possible.

        Raises:
            ValueError: As for `generate`, if `beam` is no `Beam`, or if W is larger
                than V.

        Example:

        >>> from fmkeras import generation, models
        >>> model = models.rnn_language_model(7, hidden_dim=8)
        >>> texts, scores = model.beam_search([3, 1], generation.Beam(4), 5)
        >>> len(texts), len(texts[0]), scores.shape
        (4, 7, (4,))
        """
        if not isinstance(beam, Beam):
            raise argument_error("beam_search", "beam", "a Beam", beam, "Beam(4)")
        self._check_no_padding("beam_search", token_ids)
        return self._decoding_engine().beam_search(
            token_ids, beam, max_new_tokens=max_new_tokens, stop_ids=stop_ids
        )

    def make_cache(self, batch_size, length):
        """Make room for what the model remembers of a text while it writes.

        Args:
            batch_size: Integer B.
            length: Integer S. The number of slots, prompt and padding included.

        Returns:
            A nested structure of tensors, for `next_logits`.
        """
        raise NotImplementedError

    def next_logits(self, token_ids, cache, cache_index, num_padding):
        """Read the newest tokens and say what may come after them.

        Args:
            token_ids: Integer tensor `(B, T)`. They stand in the slots from
                `cache_index` on.
            cache: What `make_cache` or the last call gave.
            cache_index: Integer scalar. The slots that are already filled.
            num_padding: Integer tensor `(B,)`. How many of each row's first slots
                are padding.

        Returns:
            A pair: the logits after the last token, float32 tensor `(B, V)`, and the
            cache with the new tokens in it.
        """
        raise NotImplementedError

    def compute_mask(self, inputs, previous_mask=None):
        """Tell Keras's loss and metrics which positions are padding.

        Args:
            inputs: Integer tensor `(B, T)`.
            previous_mask: Boolean tensor `(B, T)`, or `None`.

        Returns:
            Boolean tensor `(B, T)`, true for real tokens, or `None`.
        """
        if self.padding_id is None:
            return previous_mask
        return keras.ops.not_equal(inputs, self.padding_id)

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "max_sequence_length": self.max_sequence_length,
            "padding_id": self.padding_id,
        }

    def _decoding_engine(self):
        """Give the model's one engine, which holds the compiled programs."""
        if self._engine is None:
            self._engine = DecodingEngine(
                self._next_logits_without_padding,
                self.make_cache,
                self.vocabulary_size,
                self.max_sequence_length,
                variables=self.variables,
                matrices=self._matrices,
            )
        return self._engine

    def _matrices(self):
        """List the matrices that may be held in halves: see `in_halves`."""
        return []

    def _next_logits_without_padding(self, *args):
        """Rule the padding out: once written, a full pass would not see it."""
        logits, cache = self.next_logits(*args)
        if self.padding_id is None:
            return logits, cache
        is_padding = keras.ops.arange(self.vocabulary_size) == self.padding_id
        return keras.ops.where(is_padding, -float("inf"), logits), cache

    def _check_no_padding(self, owner, token_ids):
        if self.padding_id is None:
            return
        prompts, _ = as_prompts(token_ids, self.vocabulary_size)
        for row, prompt in enumerate(prompts):
            places = np.flatnonzero(prompt == self.padding_id)
            if places.size:
                raise ValueError(
                    f"{owner}: `token_ids` must be free of padding, padding_id="
                    f"{self.padding_id}. Received: {self.padding_id} in row {row}, "
                    f"position {places[0]}. What would do: prompts without it, which "
                    "may differ in length."
                )

    def _vocabulary_sizes(self):
        return (self.vocabulary_size, self.vocabulary_size)

    def _check_length(self, length):
        longest = self.max_sequence_length
        if longest is None or length is None or length <= longest:
            return
        raise ValueError(
            f"{self.name}: `token_ids` must be at most max_sequence_length={longest} "
            f"long. Received: {length} ids, {length - longest} too many. What would "
            f"do: windows of sequence_length={longest}, or a model with "
            f"max_sequence_length={length}."
        )
