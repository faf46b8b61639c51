"""One token for every character: the smallest vocabulary, the longest sequences."""

from fmkeras.errors import argument_error, check_integer
from fmkeras.text.checks import check_special_tokens, check_text
from fmkeras.text.saved import split_tokens
from fmkeras.text.streaming import TokenStream
from fmkeras.text.tokenizer import Tokenizer


class CharacterTokenizer(Tokenizer):
    """Gives every character an id of its own.

    Nothing is lost and nothing is learnt but the alphabet: `decode(encode(text))` is
    `text`. A character is a Unicode code point; an accent that is written as a
    character of its own is one. A character that was not in the training text is an
    error that says where it stands. Cost: $O(T)$, one look-up a character.

    Args:
        characters: Sequence of single characters, in the order of their ids.
        special_tokens: Sequence of strings of two characters or more. They take the
            last ids.

    Raises:
        ValueError: If a character is none, or if a token stands there twice.

    Example:

    >>> tokenizer = CharacterTokenizer.train("to be or not to be")
    >>> tokenizer.encode("bee")
    [1, 2, 2]
    >>> tokenizer.encode("bet?")
    Traceback (most recent call last):
    ...
    ValueError: CharacterTokenizer.encode: `text` must be made of the 7 characters of \
the vocabulary. Received: '?' (U+003F) at index 3, line 1, column 4: 'bet?'. What \
would do: a tokenizer trained on text that has it, or a BytePairTokenizer, which can \
write every text.
    """

    kind = "character"

    def __init__(self, characters, special_tokens=()):
        characters = list(characters)
        specials = check_special_tokens("CharacterTokenizer", special_tokens)
        for character in characters:
            if not isinstance(character, str) or len(character) != 1:
                raise argument_error(
                    "CharacterTokenizer", "characters", "single characters", character
                )
        for token in specials:
            if len(token) == 1:
                raise argument_error(
                    "CharacterTokenizer",
                    "special_tokens",
                    "at least two characters long each",
                    special_tokens,
                    would_do=f"'<{token}>' in place of {token!r}",
                )
        super().__init__([*characters, *specials], specials)
        self._num_characters = len(characters)

    @classmethod
    def train(cls, text, vocabulary_size=None, special_tokens=()):
        """Collect the characters of a text, in the order of their code points.

        Args:
            text: String, at least one character long.
            vocabulary_size: Integer or `None`. The largest size that will do, special
                tokens included; `None` sets no bound.
            special_tokens: Sequence of strings, such as `("<end>",)`.

        Returns:
            A `CharacterTokenizer`.

        Raises:
            ValueError: If the text is empty or has more characters than fit.

        Example:

        >>> CharacterTokenizer.train("banana").decode([1, 0, 2])
        'ban'
        """
        owner = "CharacterTokenizer.train"
        characters = sorted(set(check_text(owner, text, may_be_empty=False)))
        specials = check_special_tokens(owner, special_tokens)
        if vocabulary_size is not None:
            needed = len(characters) + len(specials)
            check_integer(
                owner,
                "vocabulary_size",
                vocabulary_size,
                minimum=needed,
                would_do=f"vocabulary_size={needed}, or None",
            )
        return cls(characters, specials)

    def stream(self):
        """Begin to decode token by token.

        Returns:
            A `TokenStream`: its `feed(token_id)` returns the text that the id adds.

        Example:

        >>> stream = CharacterTokenizer.train("banana").stream()
        >>> [stream.feed(i) for i in (1, 0, 2)]
        ['b', 'a', 'n']
        """
        return TokenStream(self._fed_token, glue=lambda before, token: "")

    @classmethod
    def _from_content(cls, content):
        return cls(*split_tokens(content))

    def _encode_plain(self, text, start, stop):
        try:
            return list(map(self._ids.__getitem__, text[start:stop]))
        except KeyError:
            index = next(i for i in range(start, stop) if text[i] not in self._ids)
            raise self._unknown(text, index) from None

    def _decode(self, token_ids):
        return "".join(map(self._tokens.__getitem__, token_ids))

    def _unknown(self, text, index):
        line = text.count("\n", 0, index) + 1
        column = index - text.rfind("\n", 0, index)
        excerpt = text[max(index - 20, 0) : index + 20]
        return ValueError(
            "CharacterTokenizer.encode: `text` must be made of the "
            f"{self._num_characters} characters of the vocabulary. Received: "
            f"{text[index]!r} (U+{ord(text[index]):04X}) at index {index}, "
            f"line {line}, column {column}: {excerpt!r}. What would do: a tokenizer "
            "trained on text that has it, or a BytePairTokenizer, which can write "
            "every text."
        )
