"""The file that holds a tokenizer: JSON with a format, a version and a kind."""

import json

from fmkeras.text.files import file_error, read_json, write_text

FORMAT = "fmkeras tokenizer"
VERSION = 1


def write_tokenizer(path, content, owner):
    """Write the file, one token a line, whole or not at all.

    Args:
        path: String or path of the file.
        content: Dict. What the tokenizer is to be made from.
        owner: String. Who writes, for the error.

    Raises:
        OSError: If the file cannot be written.

    Example:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_tokenizer(f"{folder}/a.json", {"kind": "word"}, owner="f")
    ...     print(open(f"{folder}/a.json").read(), end="")
    {
    "format": "fmkeras tokenizer",
    "version": 1,
    "kind": "word"
    }
    """
    content = {"format": FORMAT, "version": VERSION, **content}
    write_text(path, json.dumps(content, ensure_ascii=False, indent=0) + "\n", owner)


def split_tokens(content):
    """Take the special tokens off the end of a saved vocabulary.

    Args:
        content: Dict with the lists `"tokens"` and `"special_tokens"`.

    Returns:
        A pair of lists: the ordinary tokens and the special ones.

    Raises:
        ValueError: If the vocabulary does not end with the special tokens.

    Example:

    >>> split_tokens({"tokens": ["a", "b", "<end>"], "special_tokens": ["<end>"]})
    (['a', 'b'], ['<end>'])
    """
    tokens, specials = content["tokens"], content["special_tokens"]
    num_ordinary = len(tokens) - len(specials)
    if tokens[num_ordinary:] != specials:
        raise ValueError("its last tokens are not its special tokens")
    return tokens[:num_ordinary], specials


def open_tokenizer(path, owner, classes):
    """Open a tokenizer file whose kind is one of those given.

    Args:
        path: String or path of the file.
        owner: String. Who opens it, for the error.
        classes: Dict of kind -> class.

    Returns:
        A tokenizer.

    Raises:
        ValueError: If there is no such file, or if it is damaged or of another kind.

    Example:

    >>> import tempfile
    >>> from fmkeras.text import CharacterTokenizer
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     CharacterTokenizer.train("ab").save(f"{folder}/a.json")
    ...     open_tokenizer(f"{folder}/a.json", "f", {"character": CharacterTokenizer})
    CharacterTokenizer(vocabulary_size=2)
    """
    wanted = "a tokenizer file"
    would_do = "the file that tokenizer.save(path) wrote, copied or saved anew"
    content = read_json(path, owner, "path", wanted, would_do)

    def error(damage, instead=would_do):
        return file_error(owner, "path", wanted, damage, path, instead)

    if content.get("format") != FORMAT:
        raise error(
            "this one is JSON of something else",
            f"{would_do}; GPT-2's vocab.json opens with BytePairTokenizer.from_files",
        )
    if content.get("version") != VERSION:
        raise error(
            f"this one has version {content.get('version')!r}, and this fmkeras reads "
            f"version {VERSION}",
            "the fmkeras that wrote it, or a newer one",
        )
    kind = content.get("kind")
    if kind not in classes:
        raise error(f"this one holds a {kind!r} tokenizer", "load_tokenizer(path)")
    try:
        return classes[kind]._from_content(content)
    except (KeyError, TypeError, ValueError, AttributeError) as failure:
        raise error(f"what this one holds does not fit together ({failure})") from None
