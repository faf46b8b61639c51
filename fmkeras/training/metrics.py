r"""What a language model is judged by, counted token by token.

Keras's own metrics average each row first and count ignored tokens as right for the
mean; here every real token of the epoch counts once. Axes:

    B  batch        T  sequence length        V  vocabulary
"""

import math

import keras
from keras import ops
from keras.src.backend.common.masking import get_keras_mask  # as JAX keeps it, too

from fmkeras.errors import argument_error, check_number, is_integer


class TokenMean(keras.metrics.Metric):
    """The mean of a value over all real tokens since the metric was last reset.

    A child says what the value of a token is, in `token_values`.

    Args:
        ignore_id: Integer or `None`. Targets with this id don't count.
        name: String or `None`. Name of the metric.
        dtype: String or `None`. As for every metric; sums are kept in float32.
    """

    def __init__(self, ignore_id=None, name=None, dtype=None):
        if ignore_id is not None and not is_integer(ignore_id):
            raise argument_error(
                type(self).__name__, "ignore_id", "an integer or None", ignore_id
            )
        super().__init__(name=name, dtype=dtype)
        self.ignore_id = None if ignore_id is None else int(ignore_id)
        self.total = self.add_variable((), "zeros", dtype="float32", name="total")
        self.count = self.add_variable((), "zeros", dtype="float32", name="count")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add the tokens of a batch.

        Args:
            y_true: Integer tensor `(B, T)`, the ids that were right.
            y_pred: Float tensor `(B, T, V)`, the model's logits. Where it carries a
                Keras mask, masked tokens don't count.
            sample_weight: Float tensor `(B, T)` or `(B,)`, or `None`. How much each
                token, or each token of a row, counts.
        """
        if len(y_true.shape) == len(y_pred.shape):  # Keras makes columns of plain rows
            y_true = ops.squeeze(y_true, axis=-1)
        weights = self._weights(y_true, y_pred, sample_weight)  # (B, T)
        values = ops.cast(self.token_values(y_true, y_pred), "float32")  # (B, T)
        if weights is None:
            self.total.assign_add(ops.sum(values))
            self.count.assign_add(ops.cast(ops.size(values), "float32"))
        else:
            # A masked token may have any loss, an infinite one too.
            values = ops.where(ops.equal(weights, 0), 0.0, values)
            self.total.assign_add(ops.sum(values * weights))
            self.count.assign_add(ops.sum(weights))

    def result(self):
        """Give the mean so far, 0 before the first token.

        Returns:
            Float scalar.
        """
        return ops.divide_no_nan(self.total, self.count)

    def get_config(self):
        """Give the arguments that make this metric again.

        Returns:
            Dict of the constructor's arguments.
        """
        return {**super().get_config(), "ignore_id": self.ignore_id}

    def _weights(self, y_true, y_pred, sample_weight):
        weights = None
        if sample_weight is not None:
            weights = ops.cast(sample_weight, "float32")
            if len(weights.shape) < len(y_true.shape):
                weights = weights[..., None]
            weights = ops.broadcast_to(weights, ops.shape(y_true))
        masks = [get_keras_mask(y_pred)]
        if self.ignore_id is not None:
            masks.append(ops.not_equal(y_true, self.ignore_id))
        for mask in masks:
            if mask is not None:
                mask = ops.cast(mask, "float32")
                weights = mask if weights is None else weights * mask
        return weights


@keras.saving.register_keras_serializable("fmkeras")
class Perplexity(TokenMean):
    r"""Between how many equally likely tokens the model hesitates, on average.

    $$
    \mathrm{perplexity}
        = \exp\Big(-\frac{1}{n} \sum_{i = 1}^{n} \log p(w_i \mid w_{<i})\Big)
    $$

    The mean is taken over all real tokens of the epoch, then the exponential; a mean of
    the perplexities of batches would be larger. 1 is certainty; guessing blindly gives
    V. Only models with the same tokens can be compared: see `bits_per_character` for
    others. Cost: next to none in a step that XLA compiles, where the softmax is shared
    with the loss `SparseCategoricalCrossentropy(from_logits=True,
    ignore_class=ignore_id)`.

    Args:
        ignore_id: Integer or `None`. Targets of this id, such as padding, don't count.
        name: String. Name of the metric.
        dtype: String or `None`. As for every metric; sums are kept in float32.

    Example:

    >>> import numpy as np
    >>> metric = Perplexity(ignore_id=0)
    >>> logits = np.log([[[0.25, 0.5, 0.25], [0.5, 0.375, 0.125], [0.3, 0.3, 0.4]]])
    >>> metric.update_state(np.array([[1, 2, 0]]), logits)
    >>> round(float(metric.result()), 5)  # √(2 · 8)
    4.0

    Reference:
        Jelinek et al. (1977), "Perplexity, a measure of the difficulty of speech
        recognition tasks", Journal of the Acoustical Society of America 62(S1), S63.
    """

    def __init__(self, ignore_id=None, name="perplexity", dtype=None):
        super().__init__(ignore_id=ignore_id, name=name, dtype=dtype)
        self._direction = "down"

    def token_values(self, y_true, y_pred):
        """Give the loss of every token.

        Args:
            y_true: Integer tensor `(B, T)`.
            y_pred: Float tensor `(B, T, V)`, logits.

        Returns:
            Float tensor `(B, T)`, in nats.
        """
        # To the letter what Keras's loss does, which casts the targets too: XLA then
        # sees that it is the same and computes it once.
        return keras.losses.sparse_categorical_crossentropy(
            ops.cast(y_true, "float32"),
            ops.cast(y_pred, "float32"),
            from_logits=True,
            ignore_class=self.ignore_id,
        )

    def result(self):
        """Give the perplexity so far, 1 before the first token.

        Returns:
            Float scalar.
        """
        return ops.exp(super().result())


@keras.saving.register_keras_serializable("fmkeras")
class TokenAccuracy(TokenMean):
    """The share of real tokens that the model holds to be the likeliest.

    `keras.metrics.SparseCategoricalAccuracy` is the same where no target is ignored.

    Args:
        ignore_id: Integer or `None`. Targets of this id, such as padding, don't count.
        name: String. Name of the metric.
        dtype: String or `None`. As for every metric; sums are kept in float32.

    Example:

    >>> import numpy as np
    >>> metric = TokenAccuracy(ignore_id=0)
    >>> logits = np.array([[[0.0, 2.0], [3.0, 1.0], [0.0, 1.0]]])
    >>> metric.update_state(np.array([[1, 1, 0]]), logits)
    >>> float(metric.result())
    0.5
    """

    def __init__(self, ignore_id=None, name="accuracy", dtype=None):
        super().__init__(ignore_id=ignore_id, name=name, dtype=dtype)
        self._direction = "up"

    def token_values(self, y_true, y_pred):
        """Tell of every token whether the largest logit is its own.

        Args:
            y_true: Integer tensor `(B, T)`.
            y_pred: Float tensor `(B, T, V)`, logits.

        Returns:
            Boolean tensor `(B, T)`.
        """
        likeliest = ops.argmax(y_pred, axis=-1)
        return ops.equal(likeliest, ops.cast(y_true, likeliest.dtype))


def bits_per_character(loss, characters_per_token=1.0):
    r"""Turn a loss per token into one that models with other tokens share.

    $$
    \mathrm{bits\ per\ character}
        = \frac{\mathrm{loss}}{\ln 2} \cdot \frac{\mathrm{tokens}}{\mathrm{characters}}
    $$

    A model with longer tokens has a larger loss for each and fewer of them; for each
    character of the same text, the two can be compared. English text holds about 1 bit
    a character for a human reader.

    Args:
        loss: Float ≥ 0. Mean loss of a token, in nats, such as `evaluate` gives it; the
            logarithm of the perplexity.
        characters_per_token: Float > 0. The length of the text over the number of its
            tokens, `len(text) / len(tokenizer.encode(text))`.

    Returns:
        Float.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> round(bits_per_character(math.log(8.0), characters_per_token=1.5), 5)
    2.0

    Reference:
        Shannon (1951), "Prediction and Entropy of Printed English", Bell System
        Technical Journal 30(1), 50-64.
    """
    loss = check_number("bits_per_character", "loss", loss, minimum=0.0)
    characters_per_token = check_number(
        "bits_per_character",
        "characters_per_token",
        characters_per_token,
        minimum=0.0,
        exclusive=True,
    )
    return loss / math.log(2.0) / characters_per_token
