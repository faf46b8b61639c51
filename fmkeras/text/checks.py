"""Checks of the arguments that every tokenizer takes."""

from collections.abc import Iterable

from fmkeras.errors import argument_error


def check_text(owner, text, may_be_empty=True):
    """Refuse anything but a string of whole characters.

    Args:
        owner: String. The method that takes the text, for the error.
        text: The value that came.
        may_be_empty: Boolean. Whether no text at all will do.

    Returns:
        The text.

    Raises:
        ValueError: If it is no string, is empty where it must not be, or holds half
            of a surrogate pair, which is no character.

    Example:

    >>> check_text("CharacterTokenizer.encode", "naïve")
    'naïve'
    """
    if not isinstance(text, str):
        raise ValueError(
            f"{owner}: `text` must be a string. Received: {_described(text)}."
        )
    if not (text or may_be_empty):
        raise argument_error(owner, "text", "at least one character long", text)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as failure:
        raise ValueError(
            f"{owner}: `text` must be whole characters. Received: half of a surrogate "
            f"pair, U+{ord(text[failure.start]):04X}, at index {failure.start}. What "
            "would do: text.encode('utf-16', 'surrogatepass').decode('utf-16', "
            "'replace'), which joins halves that belong together."
        ) from None
    return text


def _described(value):
    if isinstance(value, (bytes, bytearray)):
        return f"{type(value).__name__}. What would do: text.decode('utf-8')"
    return f"a value of type {type(value).__name__}"


def check_special_tokens(owner, special_tokens):
    """Refuse special tokens that are no names, or not different from each other.

    Args:
        owner: String. Who takes them, for the error.
        special_tokens: The value that came.

    Returns:
        Tuple of strings.

    Raises:
        ValueError: If it is a single string, or if a token is no string, is empty,
            is no whole characters or stands there twice.

    Example:

    >>> check_special_tokens("WordTokenizer", ["<end>"])
    ('<end>',)
    """
    if isinstance(special_tokens, str):
        raise argument_error(
            owner,
            "special_tokens",
            "a sequence of strings",
            special_tokens,
            f"special_tokens=({special_tokens!r},)",
        )
    if not isinstance(special_tokens, Iterable):
        raise argument_error(
            owner, "special_tokens", "a sequence of strings", special_tokens
        )
    tokens = tuple(special_tokens)
    for token in tokens:
        if not isinstance(token, str) or not token or not _is_whole(token):
            raise argument_error(
                owner, "special_tokens", "strings that are not empty", special_tokens
            )
    if len(set(tokens)) < len(tokens):
        raise argument_error(
            owner, "special_tokens", "different from each other", special_tokens
        )
    return tokens


def _is_whole(token):
    return not any("\ud800" <= character <= "\udfff" for character in token)
