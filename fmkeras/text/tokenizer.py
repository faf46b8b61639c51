"""The contract that every tokenizer keeps: text to ids and back, save and load."""

import re
from abc import ABC, abstractmethod

import numpy as np

from fmkeras.errors import argument_error, is_integer
from fmkeras.text.checks import check_special_tokens, check_text
from fmkeras.text.saved import open_tokenizer, write_tokenizer


class Tokenizer(ABC):
    """Translates between text and token ids: what all tokenizers have in common.

    Ids count from 0 to `vocabulary_size` − 1. Special tokens, such as an end of text
    or a padding, stand for no text of their own and usually take the last ids.

    Args:
        tokens: List of strings, the whole vocabulary in the order of the ids.
        special_tokens: Sequence of strings, those of `tokens` that are special.

    Example:

    >>> from fmkeras.text import CharacterTokenizer
    >>> tokenizer = CharacterTokenizer.train("banana", special_tokens=("<end>",))
    >>> tokenizer
    CharacterTokenizer(vocabulary_size=4)
    >>> tokenizer.encode("nab"), tokenizer.decode([1, 0, 2, 3])
    ([2, 0, 1], 'ban<end>')
    """

    kind = None  # the name of the class in saved files

    def __init__(self, tokens, special_tokens=()):
        owner = type(self).__name__
        self._tokens = list(tokens)
        self._special_tokens = check_special_tokens(owner, special_tokens)
        self._ids = {token: i for i, token in enumerate(self._tokens)}
        if len(self._ids) < len(self._tokens):
            twice = next(t for i, t in enumerate(self._tokens) if self._ids[t] != i)
            if twice in self._special_tokens:
                raise argument_error(
                    owner, "special_tokens", "no ordinary tokens as well", twice
                )
            raise argument_error(owner, "tokens", "different from each other", twice)
        self._special_ids = {self._ids[token] for token in self._special_tokens}
        longest_first = sorted(self._special_tokens, key=len, reverse=True)
        self._special = re.compile("|".join(map(re.escape, longest_first)))

    def __repr__(self):
        return f"{type(self).__name__}(vocabulary_size={self.vocabulary_size})"

    @property
    def vocabulary_size(self):
        """Integer V. The number of tokens, special ones included."""
        return len(self._tokens)

    @property
    def special_tokens(self):
        """Tuple of strings."""
        return self._special_tokens

    def token_to_id(self, token):
        """Look up the id of a token.

        Args:
            token: String.

        Returns:
            Integer.

        Raises:
            ValueError: If the vocabulary has no such token.

        Example:

        >>> from fmkeras.text import CharacterTokenizer
        >>> CharacterTokenizer.train("banana").token_to_id("n")
        2
        """
        if isinstance(token, str) and token in self._ids:
            return self._ids[token]
        raise argument_error(
            f"{type(self).__name__}.token_to_id",
            "token",
            f"one of the {self.vocabulary_size:,} tokens of the vocabulary",
            token,
        )

    def id_to_token(self, token_id):
        """Look up the token of an id.

        Args:
            token_id: Integer in [0, V).

        Returns:
            String.

        Raises:
            ValueError: If the id is outside the vocabulary.

        Example:

        >>> from fmkeras.text import CharacterTokenizer
        >>> CharacterTokenizer.train("banana").id_to_token(2)
        'n'
        """
        return self._tokens[self._check_id("id_to_token", token_id)]

    def encode(self, text, allow_special=False):
        """Turn text into token ids.

        A special token that is written out in the text is plain text, unless
        `allow_special` says otherwise: nobody can smuggle an end of text into a
        prompt by typing its name.

        Args:
            text: String. May be empty.
            allow_special: Boolean. Whether the name of a special token in the text
                means that token.

        Returns:
            List of integers.

        Raises:
            ValueError: If `text` is no string of whole characters.

        Example:

        >>> from fmkeras.text import BytePairTokenizer
        >>> tokenizer = BytePairTokenizer([], special_tokens=("<end>",))
        >>> tokenizer.encode("!<end>"), tokenizer.encode("!<end>", allow_special=True)
        ([0, 27, 68, 77, 67, 29], [0, 256])
        """
        check_text(f"{type(self).__name__}.encode", text)
        if not (allow_special and self._special_tokens):
            return self._encode_plain(text, 0, len(text))
        ids, start = [], 0
        for match in self._special.finditer(text):
            ids += self._encode_plain(text, start, match.start())
            ids.append(self._ids[match.group()])
            start = match.end()
        return ids + self._encode_plain(text, start, len(text))

    def decode(self, token_ids, skip_special=False):
        """Turn token ids into text.

        Args:
            token_ids: Sequence of integers in [0, V), or integer array `(T,)`.
            skip_special: Boolean. Whether to leave special tokens out; otherwise
                they appear by name.

        Returns:
            String.

        Raises:
            ValueError: If `token_ids` is not one sequence of integers, or if one of
                them is outside the vocabulary.

        Example:

        >>> from fmkeras.text import CharacterTokenizer
        >>> tokenizer = CharacterTokenizer.train("banana", special_tokens=("<end>",))
        >>> tokenizer.decode([1, 0, 2, 3], skip_special=True)
        'ban'
        """
        token_ids = self._check_ids(token_ids)
        if skip_special:
            token_ids = [i for i in token_ids if i not in self._special_ids]
        return self._decode(token_ids)

    @abstractmethod
    def stream(self):
        """Begin to decode token by token.

        Returns:
            An object with two methods: `feed(token_id)` returns the text that this id
            adds, never a part of a character, and `finish()` what was held back.
        """

    def save(self, path):
        """Write the tokenizer to a JSON file, in one step: whole, or not at all.

        Args:
            path: String or path of the file. Its folder must exist.

        Raises:
            OSError: If the file cannot be written.

        Example:

        >>> import tempfile
        >>> from fmkeras.text import CharacterTokenizer
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     CharacterTokenizer.train("banana").save(f"{folder}/letters.json")
        ...     CharacterTokenizer.load(f"{folder}/letters.json")
        CharacterTokenizer(vocabulary_size=3)
        """
        content = {
            "kind": self.kind,
            "tokens": self._tokens,
            "special_tokens": list(self._special_tokens),
            **self._extra_content(),
        }
        write_tokenizer(path, content, f"{type(self).__name__}.save")

    @classmethod
    def load(cls, path):
        """Open a tokenizer that `save` has written.

        Args:
            path: String or path of the file.

        Returns:
            A tokenizer of this class.

        Raises:
            ValueError: If the file is missing, empty, cut off, damaged, of another
                kind of tokenizer or of a later version of fmkeras.

        Example:

        >>> import tempfile
        >>> from fmkeras.text import WordTokenizer
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     WordTokenizer.train("to be or not to be").save(f"{folder}/words.json")
        ...     WordTokenizer.load(f"{folder}/words.json").encode("not to be")
        [2, 1, 0]
        """
        return open_tokenizer(path, f"{cls.__name__}.load", {cls.kind: cls})

    @classmethod
    @abstractmethod
    def _from_content(cls, content):
        """Make the tokenizer from what `save` wrote."""

    @abstractmethod
    def _encode_plain(self, text, start, stop):
        """Turn `text[start:stop]` into ids; nothing in it is special."""

    @abstractmethod
    def _decode(self, token_ids):
        """Turn a list of valid ids into text."""

    def _extra_content(self):
        return {}

    def _check_id(self, method, token_id):
        if is_integer(token_id) and 0 <= token_id < self.vocabulary_size:
            return int(token_id)
        raise argument_error(
            f"{type(self).__name__}.{method}",
            "token_id",
            f"an integer from 0 to {self.vocabulary_size - 1}",
            token_id,
        )

    def _fed_token(self, token_id):
        return self._tokens[self._check_id("stream", token_id)]

    def _check_ids(self, token_ids):
        owner = f"{type(self).__name__}.decode"
        try:
            array = np.asarray(token_ids)
        except ValueError:  # rows of unequal length
            array = np.empty((0, 0))
        if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
            raise argument_error(
                owner,
                "token_ids",
                "one sequence of integers",
                token_ids,
                "one row at a time, such as [tokenizer.decode(row) for row in rows]",
            )
        wrong = np.flatnonzero((array < 0) | (array >= self.vocabulary_size))
        if len(wrong):
            raise ValueError(
                f"{owner}: `token_ids` must be integers from 0 to "
                f"{self.vocabulary_size - 1}. Received: {array[wrong[0]]} at index "
                f"{wrong[0]}. What would do: ids that this tokenizer has made, or "
                "those of a model with its vocabulary_size."
            )
        return array.tolist()
