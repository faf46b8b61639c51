"""GPT-2's published pair of files: vocab.json and merges.txt."""

import json
import re

from fmkeras.errors import argument_error, is_integer
from fmkeras.text.byte_symbols import byte_symbols
from fmkeras.text.checks import check_special_tokens
from fmkeras.text.files import file_error, read_json, read_text, write_text

OWNER = "BytePairTokenizer.from_files"
HEADER = "#version: 0.2"
WOULD_DO = "the pair of files as it was published, copied anew"


def read(vocab_json, merges_txt, special_tokens=None):
    """Read both files and see to it that they fit together.

    Args:
        vocab_json: String or path.
        merges_txt: String or path.
        special_tokens: Sequence of strings, or `None` for the tokens in brackets that
            no merge makes.

    Returns:
        Three lists: the tokens in the order of their ids, the merges as pairs of
        strings, and the special tokens.

    Raises:
        ValueError: If a file is missing or damaged, or if they do not fit together.
    """
    tokens = _read_vocabulary(vocab_json)
    merges = _read_merges(merges_txt)
    vocabulary = set(tokens)
    missing = [symbol for symbol in byte_symbols() if symbol not in vocabulary]
    if missing:
        raise _vocabulary_error(
            f"this one lacks {missing[0]!r}, one of the 256 bytes", vocab_json
        )
    made = {*byte_symbols(), *map("".join, merges)}
    for merge in merges:
        if "".join(merge) not in vocabulary:
            damage = f"this one makes {''.join(merge)!r}, which vocab.json lacks"
            raise _merges_error(damage, merges_txt)
    unmade = [token for token in tokens if token not in made]
    specials = _special_among(unmade, special_tokens)
    plain = [token for token in unmade if token not in specials]
    if plain:
        raise _merges_error(
            f"no line of this one makes {plain[0]!r}, nor {len(plain) - 1:,} other "
            "tokens of vocab.json, so that its end may be missing",
            merges_txt,
            f"{WOULD_DO}, or special_tokens=({plain[0]!r}, …) if that is what they are",
        )
    return tokens, merges, specials


def write(vocab_json, merges_txt, tokens, merges):
    """Write both files.

    Args:
        vocab_json: String or path.
        merges_txt: String or path.
        tokens: List of strings in the order of their ids.
        merges: List of pairs of strings.

    Raises:
        OSError: If a file cannot be written.
    """
    owner = "BytePairTokenizer.to_files"
    vocabulary = {token: i for i, token in enumerate(tokens)}
    write_text(vocab_json, json.dumps(vocabulary), owner)
    lines = [HEADER, *map(" ".join, merges)]
    write_text(merges_txt, "\n".join(lines) + "\n", owner)


def first_wrong_merge(merges):
    """Find a merge of something that is not there yet.

    Merging the earliest pair first, wherever it stands, is the same as merging the
    pairs of a word in any such order only if every merge comes after its parts.

    Args:
        merges: List of tuples.

    Returns:
        A pair, the index and what is wrong, or `None`.

    Example:

    >>> first_wrong_merge([("a", "b"), ("ab", "c"), ("c", "de")])
    (2, "'de' is neither a byte nor made before")
    """
    made = set(byte_symbols())
    seen = set()
    for index, merge in enumerate(merges):
        if len(merge) != 2 or not all(isinstance(part, str) for part in merge):
            return index, "there are not two strings"
        for part in merge:
            if part not in made:
                return index, f"{part!r} is neither a byte nor made before"
        if merge in seen:
            return index, "the same merge stands for the second time"
        made.add("".join(merge))
        seen.add(merge)
    return None


def _special_among(unmade, special_tokens):
    if special_tokens is None:
        return [token for token in unmade if _is_in_brackets(token)]
    for token in check_special_tokens(OWNER, special_tokens):
        if token not in unmade:
            raise argument_error(
                OWNER,
                "special_tokens",
                "tokens of vocab.json that no merge makes",
                token,
                f"some of {unmade[:8]}" if unmade else "special_tokens=None",
            )
    return list(special_tokens)


def _read_vocabulary(path):
    kind = "a vocab.json with an id for each token"
    vocabulary = read_json(path, OWNER, "vocab_json", kind, WOULD_DO)
    ids = list(vocabulary.values())
    if not all(map(is_integer, ids)) or sorted(ids) != list(range(len(ids))):
        raise _vocabulary_error(
            f"the ids of this one are not the integers from 0 to {len(ids) - 1}", path
        )
    return sorted(vocabulary, key=vocabulary.get)


def _read_merges(path):
    kind = "a merges.txt with one merge a line"
    text = read_text(path, OWNER, "merges_txt", kind, WOULD_DO)
    lines = text.replace("\r\n", "\n").split("\n")
    start = 1 if lines[0].startswith("#version") else 0
    numbered = [
        (number, tuple(line.split(" ")))
        for number, line in enumerate(lines[start:], start + 1)
        if line
    ]
    merges = [merge for _, merge in numbered]
    wrong = first_wrong_merge(merges)
    if wrong is not None:
        index, reason = wrong
        raise _merges_error(f"in line {numbered[index][0]} {reason}", path)
    return merges


def _is_in_brackets(token):
    return re.fullmatch(r"<.+>|\[.+\]", token, re.DOTALL) is not None


def _vocabulary_error(damage, path):
    kind = "a vocab.json with an id for each token"
    return file_error(OWNER, "vocab_json", kind, damage, path, WOULD_DO)


def _merges_error(damage, path, would_do=WOULD_DO):
    kind = "a merges.txt with one merge a line"
    return file_error(OWNER, "merges_txt", kind, damage, path, would_do)
