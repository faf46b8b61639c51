"""The three tokenizers, and a function that opens a file of any of them."""

from fmkeras.text.byte_pair import BytePairTokenizer
from fmkeras.text.characters import CharacterTokenizer
from fmkeras.text.saved import open_tokenizer
from fmkeras.text.words import WordTokenizer

CLASSES = {
    tokenizer.kind: tokenizer
    for tokenizer in (CharacterTokenizer, WordTokenizer, BytePairTokenizer)
}


def load_tokenizer(path):
    """Open a tokenizer that `tokenizer.save` has written, of whichever kind.

    Args:
        path: String or path of the file.

    Returns:
        A `CharacterTokenizer`, `WordTokenizer` or `BytePairTokenizer`.

    Raises:
        ValueError: If the file is missing, empty, cut off, damaged or of a later
            version of fmkeras.

    Example:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     CharacterTokenizer.train("banana").save(f"{folder}/tokenizer.json")
    ...     load_tokenizer(f"{folder}/tokenizer.json")
    CharacterTokenizer(vocabulary_size=3)
    """
    return open_tokenizer(path, "load_tokenizer", CLASSES)
