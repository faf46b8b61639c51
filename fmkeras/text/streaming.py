"""Decoding token by token, for text that appears while a model writes it."""

import codecs


class TokenStream:
    """Decodes ids one at a time, where every token is whole text.

    Args:
        token_text: Function of an id that returns its text.
        glue: Function of the token before (`None` at the start) and the token;
            returns what stands between them.

    Example:

    >>> stream = TokenStream(["to", "be"].__getitem__, lambda before, token: "~")
    >>> stream.feed(1) + stream.feed(0) + stream.finish()
    '~be~to'
    """

    def __init__(self, token_text, glue):
        self._token_text = token_text
        self._glue = glue
        self._previous = None

    def feed(self, token_id):
        """Take the next id.

        Args:
            token_id: Integer.

        Returns:
            String. The text that this id adds.

        Raises:
            ValueError: If the id is outside the vocabulary.
        """
        token = self._token_text(token_id)
        between = self._glue(self._previous, token)
        self._previous = token
        return between + token

    def finish(self):
        """End the text; the next `feed` begins another.

        Returns:
            String. Always empty: nothing was held back.
        """
        self._previous = None
        return ""


class ByteStream:
    r"""Decodes ids one at a time, where a token may end amid a character.

    What has begun and is not yet whole is held back until its last byte has come.

    Args:
        token_bytes: Function of an id that returns its bytes.

    Example:

    >>> stream = ByteStream([b"na", b"\xc3", b"\xaf", b"ve"].__getitem__)
    >>> [stream.feed(0), stream.feed(1), stream.feed(2), stream.feed(3)]
    ['na', '', 'ï', 've']
    """

    def __init__(self, token_bytes):
        self._token_bytes = token_bytes
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, token_id):
        """Take the next id.

        Args:
            token_id: Integer.

        Returns:
            String. The whole characters that this id completes; may be empty.

        Raises:
            ValueError: If the id is outside the vocabulary.
        """
        return self._decoder.decode(self._token_bytes(token_id))

    def finish(self):
        """End the text; the next `feed` begins another.

        Returns:
            String. Empty, or U+FFFD (�) where a character was left unfinished.
        """
        return self._decoder.decode(b"", final=True)
