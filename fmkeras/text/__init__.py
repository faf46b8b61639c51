"""Text and token ids: tokenizers that turn one into the other, and back.

| tokenizer | a token is | unknown text |
|---|---|---|
| `CharacterTokenizer` | a character | an error that says which, where |
| `WordTokenizer` | a word or a punctuation mark | `<unk>` |
| `BytePairTokenizer` | a frequent run of bytes, as in GPT-2 | there is none |

Each is made by `.train(text, vocabulary_size=…)` or `.load(path)`, and keeps the
contract of `Tokenizer`: `.encode`, `.decode`, `.stream`, `.save`.

Token ids become batches to fit a model on: `windows` for a language model (`pack` joins
several documents first), `skip_grams` for word vectors. `write_ids` and `read_ids` keep
more ids in a file than fit in memory.
"""

from fmkeras.text.byte_pair import BytePairTokenizer
from fmkeras.text.characters import CharacterTokenizer
from fmkeras.text.ids import read_ids, write_ids
from fmkeras.text.packing import pack
from fmkeras.text.tokenizer import Tokenizer
from fmkeras.text.tokenizers import load_tokenizer
from fmkeras.text.windows import windows
from fmkeras.text.word_pairs import skip_grams
from fmkeras.text.words import WordTokenizer

__all__ = [
    "BytePairTokenizer",
    "CharacterTokenizer",
    "Tokenizer",
    "WordTokenizer",
    "load_tokenizer",
    "pack",
    "read_ids",
    "skip_grams",
    "windows",
    "write_ids",
]
