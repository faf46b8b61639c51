"""A model that looks at the token ids before it learns from them."""

import keras

from fmkeras.models.token_ids import call_with_checked_ids


class CheckedModel(keras.Model):
    """A `keras.Model` whose `fit` and `evaluate` refuse ids outside the vocabulary.

    A child says which vocabulary belongs to which input in `_vocabulary_sizes()`.
    """

    def fit(self, *args, **kwargs):
        """Train, after a look at the token ids of every batch.

        Args:
            *args: As for `keras.Model.fit`.
            **kwargs: As for `keras.Model.fit`.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: If an id is outside its vocabulary.
        """
        return self._with_checked_ids(super().fit, args, kwargs)

    def evaluate(self, *args, **kwargs):
        """Measure loss and metrics, after a look at the token ids of every batch.

        Args:
            *args: As for `keras.Model.evaluate`.
            **kwargs: As for `keras.Model.evaluate`.

        Returns:
            The loss and the metrics, as `keras.Model.evaluate` gives them.

        Raises:
            ValueError: If an id is outside its vocabulary.
        """
        return self._with_checked_ids(super().evaluate, args, kwargs)

    def _with_checked_ids(self, method, args, kwargs):
        return call_with_checked_ids(
            method, args, kwargs, self.name, self._vocabulary_sizes()
        )
