"""A look, while a language model learns, at what it writes."""

import keras

from fmkeras.errors import argument_error, check_integer


class SampleText(keras.callbacks.Callback):
    """Print what the model writes, at the end of every epoch or every so many batches.

    The loss says how well a model guesses; a sample says what it has understood: first
    spaces and common letters, then words, then grammar. The seed is the same each time,
    so that samples differ by what was learnt in between. Training is not touched: the
    same weights come out, to the last bit, as without the callback.

    Args:
        tokenizer: Anything with `encode(text)` and `decode(ids)`, such as a
            `fmkeras.text` tokenizer.
        prompt: String with at least one token, which the model continues.
        max_new_tokens: Integer, the tokens to write.
        sampler: A `fmkeras.generation` sampler, or `None` for the likeliest token.
        every: Integer, epochs from one sample to the next.
        every_batches: Integer or `None`. If given, a sample comes after so many batches
            instead, counted over all epochs.
        seed: Integer, the seed of the sampler.
        print_text: Function of one string that shows it.

    Raises:
        ValueError: If an argument is out of range, the prompt has no token or, when
            training begins, the model has no `generate`.

    Example:

    >>> class Letters:  # a tokenizer of the alphabet
    ...     encode = staticmethod(lambda text: [ord(letter) - 97 for letter in text])
    ...     decode = staticmethod(lambda ids: "".join(chr(i + 97) for i in ids))
    >>> class Alphabet(keras.Sequential):  # it always knows what comes next
    ...     def generate(self, token_ids, max_new_tokens, sampler, seed):
    ...         last = token_ids[-1]
    ...         return [*token_ids, *range(last + 1, last + 1 + max_new_tokens)]
    >>> model = Alphabet([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> sample = SampleText(Letters, "abc", max_new_tokens=3)
    >>> x = y = keras.ops.ones((1, 1))
    >>> history = model.fit(x, y, epochs=2, callbacks=[sample], verbose=0)
    <BLANKLINE>
    Epoch 1: abcdef
    <BLANKLINE>
    Epoch 2: abcdef
    """

    def __init__(
        self,
        tokenizer,
        prompt,
        max_new_tokens=100,
        sampler=None,
        every=1,
        every_batches=None,
        seed=0,
        print_text=print,
    ):
        super().__init__()
        owner = "SampleText"
        self.max_new_tokens = check_integer(owner, "max_new_tokens", max_new_tokens)
        self.every = check_integer(owner, "every", every)
        if every_batches is not None:
            every_batches = check_integer(owner, "every_batches", every_batches)
        self.every_batches = every_batches
        self.seed = check_integer(owner, "seed", seed, minimum=0)
        self.tokenizer = tokenizer
        self.prompt_ids = tokenizer.encode(prompt)
        if len(self.prompt_ids) == 0:
            raise argument_error(
                owner,
                "prompt",
                "a string with at least one token",
                prompt,
                would_do="a word that the text has",
            )
        self.sampler = sampler
        self.print_text = print_text
        self._batches = self._batches_before_epoch = 0

    def on_train_begin(self, logs=None):
        """Refuse a model that can't write.

        Args:
            logs: Dict or `None`, unused.

        Raises:
            ValueError: If the model has no method `generate`.
        """
        if not callable(getattr(self.model, "generate", None)):
            raise ValueError(
                "SampleText: the model must have a method `generate`. Received: a "
                f"{type(self.model).__name__} without one. What would do: a language "
                "model, such as models.transformer_decoder(...)."
            )
        self._batches = self._batches_before_epoch = 0

    def on_train_batch_end(self, batch, logs=None):
        """Print a sample where `every_batches` says so.

        Args:
            batch: Integer, the batch of the epoch, counted from 0. With
                `steps_per_execution`, the last of those that ran together.
            logs: Dict or `None`, unused.
        """
        # Of steps that run together, Keras also counts those after the data's end.
        of_epoch = min(batch + 1, self.params.get("steps") or batch + 1)
        before, self._batches = self._batches, self._batches_before_epoch + of_epoch
        every = self.every_batches
        if every is not None and self._batches // every > before // every:
            self._print_sample(f"Batch {self._batches}")

    def on_epoch_end(self, epoch, logs=None):
        """Print a sample where `every` says so.

        Args:
            epoch: Integer, counted from 0.
            logs: Dict or `None`, unused.
        """
        self._batches_before_epoch = self._batches
        if self.every_batches is None and (epoch + 1) % self.every == 0:
            self._print_sample(f"Epoch {epoch + 1}")

    def _print_sample(self, when):
        token_ids = self.model.generate(
            self.prompt_ids,
            max_new_tokens=self.max_new_tokens,
            sampler=self.sampler,
            seed=self.seed,
        )
        # The empty line leaves that of the progress bar, which has no end yet.
        self.print_text(f"\n{when}: {self.tokenizer.decode(token_ids)}")
