r"""GPT-2's way to cut a text into the pieces that byte-pair encoding never crosses.

The published pattern says `\p{L}` and `\p{N}`, letters and numbers of every script,
which Python's `re` does not know. The classes are made here from `unicodedata`, once,
when they are first used.
"""

import re
import sys
import unicodedata
from collections import defaultdict
from functools import cache
from itertools import groupby
from operator import itemgetter

# What Unicode calls white space. Python's `\s` also takes U+001C to U+001F.
SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
CHUNK = 1 << 20


def character_class(category):
    """Write the characters of a Unicode category for use between `[` and `]`.

    What a character is depends on the Unicode version of the running Python: a
    letter that was added to Unicode later counts as a symbol.

    Args:
        category: String. First letter of the category: `"L"` for letters, `"N"` for
            numbers, `"M"` for marks.

    Returns:
        String, a part of a regular expression.

    Example:

    >>> re.findall(f"[{character_class('N')}]", "1½ pints of Ⅷ")
    ['1', '½', 'Ⅷ']
    """
    return "".join(_character_classes()[category])


@cache
def _character_classes():
    """Walk once over Unicode, which takes some 0.2 s."""
    characters = map(chr, range(sys.maxunicode + 1))
    classes, start = defaultdict(list), 0
    for category, run in groupby(map(unicodedata.category, characters), itemgetter(0)):
        stop = start + sum(1 for _ in run)
        classes[category].append(rf"\U{start:08x}-\U{stop - 1:08x}")
        start = stop
    return classes


@cache
def gpt2_pattern():
    """Compile GPT-2's pattern.

    In order: an English ending after an apostrophe; a run of letters, of numbers or
    of anything else, each with the one space before it; the spaces before a word but
    the last of them; spaces.

    Returns:
        A compiled regular expression; its matches cover every text without gaps.

    Example:

    >>> gpt2_pattern().findall("Don't pay  £12!")
    ['Don', "'t", ' pay', ' ', ' £', '12', '!']

    Reference:
        Radford et al. (2019), "Language models are unsupervised multitask learners",
        section 2.2, and the `encoder.py` published with it.
    """
    letter, number = character_class("L"), character_class("N")
    return re.compile(
        f"'(?:[stmd]|re|ve|ll)| ?[{letter}]+| ?[{number}]+"
        f"| ?[^{SPACE}{letter}{number}]+|[{SPACE}]+(?![^{SPACE}])|[{SPACE}]+"
    )


@cache
def _boundary():
    return re.compile(rf"(?<=[^{SPACE}])[{SPACE}]")


def pieces(text, start=0, stop=None):
    """Cut a text into pieces, a chunk of about a million characters at a time.

    A chunk ends before a space that follows no space: GPT-2's pattern never crosses
    that place, so that the pieces are those of the text as a whole.

    Args:
        text: String.
        start: Integer. Index of the first character.
        stop: Integer or `None`. Index behind the last one.

    Yields:
        Lists of strings.

    Example:

    >>> list(pieces("to be or not"))
    [['to', ' be', ' or', ' not']]
    """
    stop = len(text) if stop is None else stop
    while start < stop:
        boundary = _boundary().search(text, min(start + CHUNK, stop), stop)
        end = boundary.start() if boundary else stop
        yield gpt2_pattern().findall(text, start, end)
        start = end
