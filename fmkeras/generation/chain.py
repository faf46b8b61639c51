"""What every sampler shares: a chain of filters, and one draw at its end.

Axes used in this file:

    B  batch
    V  vocabulary
"""

import numpy as np
from keras import ops

from fmkeras.errors import argument_error, check_integer, check_number
from fmkeras.generation.noise import gumbel, seed_words
from fmkeras.generation.selection import first_largest


class Sampler:
    """What all samplers share: `|`, a draw, and the probabilities behind it.

    A sampler never holds a tensor. Its numbers travel into a compiled loop as
    arguments, so that another temperature does not compile the loop again; what
    the loop was compiled for is the chain's `structure`.
    """

    greedy = False
    needs_seen = False

    def __call__(self, logits, seed, seen=None):
        """Draw one token for every row.

        Args:
            logits: Float tensor `(B, V)`.
            seed: Integer. The same seed draws the same tokens.
            seen: Boolean tensor `(B, V)`, true for the tokens that the text holds
                already, or `None`. Only `RepetitionPenalty` looks at it.

        Returns:
            Integer tensor `(B,)`, int32.

        Example:

        >>> from fmkeras.generation import TopK
        >>> logits = ops.convert_to_tensor([[0.0, 9.0, 1.0], [3.0, 1.0, 2.0]])
        >>> TopK(1)(logits, seed=0).numpy().tolist()
        [1, 0]
        """
        key = ops.convert_to_tensor(seed_words(seed))
        return self.draw(logits, self.numbers, key, 0, seen)

    def __or__(self, other):
        if not isinstance(other, (Sampler, Beam)):
            return NotImplemented
        return Chain([*self.stages, *other.stages])

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{n:g}' for n in self._number())})"

    @property
    def stages(self):
        """The samplers of the chain, a list."""
        return [self]

    @property
    def structure(self):
        """What a compiled loop depends on: the names of the stages, a tuple."""
        return tuple(type(stage).__name__ for stage in self.stages)

    @property
    def numbers(self):
        """What it does not depend on: the stages' numbers, an array `(stages,)`."""
        numbers = [(*stage._number(), 0.0)[0] for stage in self.stages]
        return np.array(numbers, "float32")

    def filtered(self, logits, numbers, seen=None):
        """Pass logits through every stage of the chain, from left to right.

        Args:
            logits: Float tensor `(B, V)`.
            numbers: Float tensor `(stages,)`: see `numbers`.
            seen: Boolean tensor `(B, V)` or `None`: see `__call__`.

        Returns:
            Float tensor `(B, V)`, float32; removed logits are minus infinity.
        """
        logits = ops.cast(logits, "float32")
        for index, stage in enumerate(self.stages):
            logits = stage._filter(logits, numbers[index], seen)
        return logits

    def draw(self, logits, numbers, key, step, seen=None):
        """Draw one token for every row, inside a compiled loop.

        Row b's token depends on its own logits, the key, b and the step only.

        Args:
            logits: Float tensor `(B, V)`.
            numbers: Float tensor `(stages,)`: see `numbers`.
            key: Integer tensor `(2,)`, int32: see `seed_words`.
            step: Integer tensor `()`, int32. Counts the tokens drawn for a text.
            seen: Boolean tensor `(B, V)` or `None`: see `__call__`.

        Returns:
            Integer tensor `(B,)`, int32.
        """
        logits = self.filtered(logits, numbers, seen)
        if not self.greedy:
            logits = logits + gumbel(key, step, *logits.shape)
        return first_largest(logits)

    def probabilities(self, logits, seen=None):
        """Tell how probable each token is under this sampler.

        Args:
            logits: Float tensor `(B, V)`.
            seen: Boolean tensor `(B, V)` or `None`: see `__call__`.

        Returns:
            Float array `(B, V)`, float32, whose rows sum to one.

        Example:

        >>> from fmkeras.generation import TopP
        >>> logits = np.log([[0.5, 0.3, 0.2]])
        >>> TopP(0.8).probabilities(logits).round(3).tolist()
        [[0.625, 0.375, 0.0]]
        """
        logits = self.filtered(ops.convert_to_tensor(logits), self.numbers, seen)
        if self.greedy:
            choice = ops.one_hot(first_largest(logits), logits.shape[-1])
            return ops.convert_to_numpy(choice)
        return ops.convert_to_numpy(ops.softmax(logits))

    def _filter(self, logits, number, seen):
        """Change or remove logits; every sampler but `Greedy` has one of its own."""
        return logits

    def _number(self):
        """The sampler's number, in a tuple, or an empty tuple if it has none."""
        return ()


class Chain(Sampler):
    """Several samplers in a row: what `a | b` makes.

    Args:
        stages: List of samplers. `Greedy` may only come last.

    Raises:
        ValueError: If something follows `Greedy`, or `Beam` is among them.

    Example:

    >>> from fmkeras.generation import Temperature, TopK
    >>> Temperature(0.8) | TopK(40)
    Temperature(0.8) | TopK(40)
    """

    def __init__(self, stages):
        for stage in stages:
            if isinstance(stage, Beam):
                raise argument_error(
                    "Chain",
                    "stages",
                    "samplers that draw one token; a beam search keeps several texts",
                    stages,
                    f"{stage!r} alone",
                )
        if any(stage.greedy for stage in stages[:-1]):
            raise argument_error(
                "Chain",
                "stages",
                "a chain in which nothing follows Greedy(), which leaves one token",
                stages,
                " | ".join([repr(s) for s in stages if not s.greedy] + ["Greedy()"]),
            )
        self._stages = list(stages)
        self.greedy = self._stages[-1].greedy
        self.needs_seen = any(stage.needs_seen for stage in stages)

    def __repr__(self):
        return " | ".join(map(repr, self._stages))

    @property
    def stages(self):
        """The samplers of the chain, a list."""
        return self._stages


class Beam:
    """Ask for beam search instead of a draw: see `beam_search`.

    Args:
        width: Integer W. How many texts are kept at every step.
        length_penalty: Float ≥ 0. The larger, the more long texts are favoured.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> Beam(4)
    Beam(width=4, length_penalty=0)
    """

    def __init__(self, width, length_penalty=0.0):
        self.width = check_integer("Beam", "width", width)
        self.length_penalty = check_number(
            "Beam", "length_penalty", length_penalty, minimum=0.0
        )

    def __or__(self, other):
        if not isinstance(other, (Sampler, Beam)):
            return NotImplemented
        return Chain([*self.stages, *other.stages])

    def __repr__(self):
        return f"Beam(width={self.width}, length_penalty={self.length_penalty:g})"

    @property
    def stages(self):
        """Itself, in a list: what a chain is told it cannot hold."""
        return [self]


def check_sampler(sampler):
    """Refuse what cannot draw a token.

    Args:
        sampler: Whatever was given as a sampler.

    Raises:
        ValueError: If it is none.
    """
    if not isinstance(sampler, Sampler):
        raise argument_error(
            "generate",
            "sampler",
            "a sampler of fmkeras.generation, or None for Greedy()",
            sampler,
            "TopP(0.9)",
        )


def check_no_streaming(on_token):
    """Refuse to stream a beam search.

    Args:
        on_token: Whatever was given to be called with the newest ids.

    Raises:
        ValueError: If it is not `None`.
    """
    if on_token is not None:
        raise argument_error(
            "generate",
            "on_token",
            "None with Beam, whose text is not known before its end",
            on_token,
            "on_token=None",
        )
