"""One token for every word: short sequences, a large vocabulary, unknown words."""

import re
from collections import Counter
from functools import cache

from fmkeras.errors import argument_error, check_integer
from fmkeras.text.checks import check_special_tokens, check_text
from fmkeras.text.pre_tokenizer import character_class
from fmkeras.text.saved import split_tokens
from fmkeras.text.streaming import TokenStream
from fmkeras.text.tokenizer import Tokenizer

UNKNOWN = "<unk>"
CLOSING = frozenset(".,;:!?)]}%…”’»。、，！？")
OPENING = frozenset("([{“‘«")


class WordTokenizer(Tokenizer):
    """Gives every frequent word an id, and one id to all the others.

    A word is a run of letters, digits, underscores and accents; an apostrophe or a
    hyphen within it is part of it (`don't`, `well-known`). Every other character that
    is no space is a token by itself. Spaces and line ends only separate. What is not
    in the vocabulary becomes `<unk>`.

    So `decode` is not the inverse of `encode`: it puts a space between two tokens,
    but none before a closing mark such as `.` or `)` and none after an opening one
    such as `(`. Line ends, repeated spaces and unknown words are lost. The other way
    round it holds: ordinary ids, decoded and encoded, are the same ids.

    Args:
        words: Sequence of strings, in the order of their ids.
        special_tokens: Sequence of strings. They take the last ids, after `<unk>`.

    Raises:
        ValueError: If a word is none, if a special token is one, or if a token
            stands there twice.

    Example:

    >>> tokenizer = WordTokenizer.train("To be, or not to be: that's the question.")
    >>> tokenizer.encode("to be, or not to see")
    [10, 0, 1, 6, 5, 10, 11]
    >>> tokenizer.decode([10, 0, 1, 6, 5, 10, 11])
    'to be, or not to <unk>'
    """

    kind = "word"

    def __init__(self, words, special_tokens=()):
        words = list(words)
        specials = check_special_tokens("WordTokenizer", special_tokens)
        for word in words:
            if not isinstance(word, str) or not _pattern().fullmatch(word):
                raise argument_error("WordTokenizer", "words", "single words", word)
        for token in specials:
            if token == UNKNOWN or _pattern().fullmatch(token):
                raise argument_error(
                    "WordTokenizer",
                    "special_tokens",
                    f"neither words nor {UNKNOWN}, which is always there",
                    special_tokens,
                    would_do="names in brackets, such as '<end>'",
                )
        specials = (UNKNOWN, *specials)
        super().__init__([*words, *specials], specials)
        self._unknown_id = len(words)

    @classmethod
    def train(cls, text, vocabulary_size=None, special_tokens=()):
        """Collect the most frequent words of a text.

        The most frequent word gets id 0; words that are equally frequent are in the
        order of the alphabet.

        Args:
            text: String with at least one word.
            vocabulary_size: Integer or `None`. The largest size that will do, `<unk>`
                and special tokens included; `None` keeps every word.
            special_tokens: Sequence of strings, such as `("<end>",)`.

        Returns:
            A `WordTokenizer`.

        Raises:
            ValueError: If the text has no word, or if no word would fit.

        Example:

        >>> tokenizer = WordTokenizer.train("to be or not to be", vocabulary_size=3)
        >>> [tokenizer.id_to_token(i) for i in range(3)]
        ['be', 'to', '<unk>']
        """
        owner = "WordTokenizer.train"
        counts = Counter(_pattern().findall(check_text(owner, text)))
        if not counts:
            raise argument_error(owner, "text", "at least one word long", text[:40])
        specials = check_special_tokens(owner, special_tokens)
        words = sorted(counts, key=lambda word: (-counts[word], word))
        if vocabulary_size is not None:
            fixed = 1 + len(specials)
            check_integer(
                owner,
                "vocabulary_size",
                vocabulary_size,
                minimum=fixed + 1,
                would_do=f"room for {UNKNOWN}, the special tokens and some words",
            )
            words = words[: vocabulary_size - fixed]
        return cls(words, specials)

    def stream(self):
        """Begin to decode token by token.

        Returns:
            A `TokenStream`: its `feed(token_id)` returns the text that the id adds,
            with the space before it if there is one.

        Example:

        >>> stream = WordTokenizer.train("to be").stream()
        >>> [stream.feed(1), stream.feed(0)]
        ['to', ' be']
        """
        return TokenStream(self._fed_token, glue=_glue)

    @classmethod
    def _from_content(cls, content):
        words, specials = split_tokens(content)
        if specials[:1] != [UNKNOWN]:
            raise ValueError(f"its first special token is not {UNKNOWN}")
        return cls(words, specials[1:])

    def _encode_plain(self, text, start, stop):
        get, unknown = self._ids.get, self._unknown_id
        return [get(word, unknown) for word in _pattern().findall(text, start, stop)]

    def _decode(self, token_ids):
        stream = self.stream()
        return "".join(map(stream.feed, token_ids))


@cache
def _pattern():
    mark = character_class("M")  # `\w` leaves out the accents that stand alone
    word = rf"\w[\w{mark}]*"
    return re.compile(rf"{word}(?:['’-]{word})*|[^\w\s]")


def _glue(before, token):
    if before is None or before in OPENING or token in CLOSING:
        return ""
    return " "
