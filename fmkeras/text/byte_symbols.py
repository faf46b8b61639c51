"""GPT-2's way to write any bytes as visible characters."""

from functools import cache


@cache
def byte_symbols():
    r"""Give every byte a visible character that stands for it.

    Bytes that are visible in Latin-1 stand for themselves; the 68 others (a space, a
    line end, …) get the characters from U+0100 on, in order: a space is `Ġ`.

    Returns:
        Tuple of 256 strings, one for each byte.

    Example:

    >>> symbols = byte_symbols()
    >>> symbols[ord("a")], symbols[ord(" ")], symbols[ord("\n")]
    ('a', 'Ġ', 'Ċ')

    Reference:
        Radford et al. (2019), the `encoder.py` published with "Language models are
        unsupervised multitask learners".
    """
    visible = {*range(33, 127), *range(161, 173), *range(174, 256)}
    hidden = iter(range(256, 512))
    return tuple(chr(b if b in visible else next(hidden)) for b in range(256))


def symbols_to_bytes(token):
    """Turn a token as GPT-2 writes it into its bytes.

    Args:
        token: String of the characters that `byte_symbols` gives.

    Returns:
        Bytes.

    Example:

    >>> symbols_to_bytes("Ġna"), symbols_to_bytes("Ã¯").decode()
    (b' na', 'ï')
    """
    return bytes(map(_bytes_of_symbols().__getitem__, token))


@cache
def _bytes_of_symbols():
    return {symbol: byte for byte, symbol in enumerate(byte_symbols())}
