"""Samplers: how the next token is chosen from the model's logits.

A sampler is a chain of filters, each of which changes or removes some logits, and
one draw at its end. Chains are written with `|` and read from left to right:
`RepetitionPenalty(1.2) | Temperature(0.8) | TopK(40)`.

Axes used in this file:

    B  batch
    V  vocabulary
"""

from keras import ops

from fmkeras.errors import argument_error, check_integer, check_number
from fmkeras.generation.chain import Sampler
from fmkeras.generation.selection import keep_heaviest

# Two sums of the same probabilities in another order differ by less than this.
_ROUNDING = 1e-6


class Greedy(Sampler):
    r"""Always take the most probable token.

    Each step is the best one, the text as a whole need not be: see `Beam`. Of equal
    logits the first wins.

    $$
    x_t = \arg\max_v \; p(v \mid x_{<t})
    $$

    Example:

    >>> import numpy as np
    >>> Greedy().probabilities(np.log([[0.5, 0.3, 0.2]])).tolist()
    [[1.0, 0.0, 0.0]]
    """

    greedy = True


class Temperature(Sampler):
    r"""Sharpen or flatten the distribution.

    $$
    p_v \propto \exp(x_v / \tau)
    $$

    Towards $\tau = 0$ this becomes `Greedy`, towards infinity a fair die; $\tau = 1$
    is the model's own distribution.

    Args:
        temperature: Float $\tau$ > 0.

    Raises:
        ValueError: If `temperature` is not positive.

    Example:

    >>> import numpy as np
    >>> row = Temperature(0.5).probabilities(np.log([[0.75, 0.25]]))[0]
    >>> [round(float(p), 3) for p in row]  # 9 to 1, the squares of 3 to 1
    [0.9, 0.1]
    """

    def __init__(self, temperature):
        if isinstance(temperature, (int, float)) and temperature == 0:
            raise argument_error(
                "Temperature",
                "temperature",
                "a number > 0",
                temperature,
                "Greedy(), which is what a temperature of 0 would mean",
            )
        self.temperature = check_number(
            "Temperature", "temperature", temperature, minimum=0.0, exclusive=True
        )

    def _filter(self, logits, number, seen):
        return logits / number

    def _number(self):
        return (self.temperature,)


class TopK(Sampler):
    """Draw among the k most probable tokens.

    Their probabilities are divided by their sum. Tokens as probable as the k-th
    stay as well; a k larger than the vocabulary removes nothing.

    Args:
        k: Integer, at least 1.

    Raises:
        ValueError: If `k` is no positive integer.

    Example:

    >>> import numpy as np
    >>> TopK(2).probabilities(np.log([[0.5, 0.3, 0.2]])).round(3).tolist()
    [[0.625, 0.375, 0.0]]

    Reference:
        Fan et al. (2018), "Hierarchical Neural Story Generation", section 5.4,
        https://arxiv.org/abs/1805.04833.
    """

    def __init__(self, k):
        self.k = check_integer("TopK", "k", k, would_do="TopK(1), the likeliest token")

    def _filter(self, logits, number, seen):
        weights = ops.ones(logits.shape, "int32")
        return keep_heaviest(logits, weights, ops.cast(number, "int32"))

    def _number(self):
        return (min(self.k, 2**24),)  # float32 counts no further one by one


class TopP(Sampler):
    r"""Draw from the nucleus: the fewest tokens that hold probability p together.

    Where the model is sure the nucleus has one token, where it is not, many; `TopK`
    has the same number everywhere. Tokens as probable as the last one of the nucleus
    stay as well. The sum counts as p from p − 10⁻⁶ on, so that rounding does not
    decide whether 0.5 and 0.3 make 0.8.

    Args:
        p: Float in (0, 1]. 1 removes nothing.

    Raises:
        ValueError: If `p` is out of range.

    Example:

    >>> import numpy as np
    >>> TopP(0.8).probabilities(np.log([[0.5, 0.3, 0.2]])).round(3).tolist()
    [[0.625, 0.375, 0.0]]

    Reference:
        Holtzman et al. (2020), "The Curious Case of Neural Text Degeneration",
        section 3.1, https://arxiv.org/abs/1904.09751.
    """

    def __init__(self, p):
        self.p = check_number("TopP", "p", p, 0.0, 1.0, exclusive=True)

    def _filter(self, logits, number, seen):
        # Thirty binary places: exact to 10⁻⁹ a token, and sums of integers are.
        weights = ops.cast(ops.round(ops.softmax(logits) * 2.0**30), "int32")
        target = ops.maximum((number - _ROUNDING) * 2.0**30, 1.0)
        kept = keep_heaviest(logits, weights, ops.cast(target, "int32"))
        return ops.where(number < 1.0, kept, logits)

    def _number(self):
        return (self.p,)


class MinP(Sampler):
    r"""Draw among the tokens not much less probable than the likeliest.

    $$
    p_v \ge p_{\min} \cdot \max_u p_u
    $$

    Args:
        p: Float in (0, 1]: $p_{\min}$, a share of the largest probability.

    Raises:
        ValueError: If `p` is out of range.

    Example:

    >>> import numpy as np
    >>> MinP(0.5).probabilities(np.log([[0.5, 0.3, 0.2]])).round(3).tolist()
    [[0.625, 0.375, 0.0]]

    Reference:
        Nguyen et al. (2024), "Turning Up the Heat: Min-p Sampling for Creative and
        Coherent LLM Outputs", section 3, https://arxiv.org/abs/2407.01082.
    """

    def __init__(self, p):
        self.p = check_number("MinP", "p", p, 0.0, 1.0, exclusive=True)

    def _filter(self, logits, number, seen):
        largest = ops.max(logits, axis=-1, keepdims=True)
        stays = logits >= largest + ops.log(number) - _ROUNDING
        return ops.where(stays, logits, -float("inf"))

    def _number(self):
        return (self.p,)


class RepetitionPenalty(Sampler):
    r"""Make tokens that the text holds already, prompt included, less probable.

    $$
    x_v \leftarrow
    \begin{cases} x_v / r & x_v > 0 \\ x_v \cdot r & x_v \le 0 \end{cases}
    \qquad \text{for every } v \text{ seen}
    $$

    The penalty depends on where the model happens to put its zero, which is an
    oddity of the method. Put it first in a chain, as its authors do.

    Args:
        penalty: Float r > 0. 1 changes nothing; values below 1 invite repetition.

    Raises:
        ValueError: If `penalty` is not positive.

    Example:

    >>> import numpy as np
    >>> seen = np.array([[True, False]])
    >>> RepetitionPenalty(2.0).probabilities([[2.0, 1.0]], seen).tolist()
    [[0.5, 0.5]]

    Reference:
        Keskar et al. (2019), "CTRL: A Conditional Transformer Language Model for
        Controllable Generation", section 4.1, https://arxiv.org/abs/1909.05858.
    """

    needs_seen = True

    def __init__(self, penalty):
        self.penalty = check_number(
            "RepetitionPenalty", "penalty", penalty, minimum=0.0, exclusive=True
        )

    def _filter(self, logits, number, seen):
        if seen is None:
            return logits
        changed = ops.where(logits > 0.0, logits / number, logits * number)
        return ops.where(seen, changed, logits)

    def _number(self):
        return (self.penalty,)
