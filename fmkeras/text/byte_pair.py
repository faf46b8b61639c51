"""Byte-level byte-pair encoding: the tokenizer of GPT-2."""

from collections import Counter
from heapq import heapify, heappop, heappush
from itertools import chain, pairwise

from fmkeras.errors import argument_error, check_integer
from fmkeras.text import gpt2_files
from fmkeras.text.byte_pair_training import learn_merges
from fmkeras.text.byte_symbols import byte_symbols, symbols_to_bytes
from fmkeras.text.checks import check_special_tokens, check_text
from fmkeras.text.pre_tokenizer import pieces
from fmkeras.text.streaming import ByteStream
from fmkeras.text.tokenizer import Tokenizer

LONGEST_CACHED = 64  # characters; longer pieces hardly ever come back
MOST_CACHED = 1 << 18  # pieces; some 50 MB
GONE = -1


class BytePairTokenizer(Tokenizer):
    r"""Builds tokens from bytes by merging frequent pairs.

    Frequent words become one token, rare ones several. A text is cut into words, each
    with the space before it, and every word into its UTF-8 bytes. Then the pair of
    neighbours that was merged first in training is merged first, until no known pair
    is left. There is no unknown word: the 256 bytes are all in the vocabulary, and
    `decode(encode(text))` is `text`.

    Tokens are written as GPT-2's files write them, one visible character a byte: a
    space is `Ġ`, a line end is `Ċ`, and `é` is `Ã©`. That is how `token_to_id` and
    `id_to_token` name them; `decode` gives plain text.

    Where words end depends on which characters are letters. A letter that Unicode got
    after this Python was released counts as a symbol: its text may be cut in other
    places than by a newer Python, and decodes to the same text all the same.

    Cost: encoding looks up each word that it has met before. A new one of $n$ bytes
    takes $O(n \log n)$.

    Args:
        merges: Sequence of pairs of written tokens, such as `("Ġ", "t")`, in the
            order in which they were learnt. Each token is a byte, or made by an
            earlier merge.
        special_tokens: Sequence of strings.
        tokens: Sequence of strings or `None`. The whole vocabulary in the order of
            its ids; `None` puts the bytes first, then the merged tokens, then the
            special ones, as GPT-2 does.

    Raises:
        ValueError: If merges, tokens and special tokens do not fit together.

    Example:

    >>> tokenizer = BytePairTokenizer.train("to be or not to be", vocabulary_size=259)
    >>> [tokenizer.id_to_token(i) for i in (256, 257, 258)]
    ['be', 'to', 'Ġbe']
    >>> tokenizer.encode("to be?")
    [257, 258, 30]
    >>> tokenizer.decode([257, 258, 30])
    'to be?'

    Reference:
        Radford et al. (2019), "Language models are unsupervised multitask learners",
        section 2.2; Sennrich, Haddow and Birch (2016), section 3.2,
        https://arxiv.org/abs/1508.07909.
    """

    kind = "byte_pair"

    def __init__(self, merges, special_tokens=(), tokens=None):
        specials = check_special_tokens("BytePairTokenizer", special_tokens)
        self._merges = _checked_merges(merges)
        made = dict.fromkeys([*sorted(byte_symbols()), *map("".join, self._merges)])
        if tokens is None:
            tokens = [*made, *specials]
        if strange := {*made, *specials}.symmetric_difference(tokens):
            raise argument_error(
                "BytePairTokenizer",
                "tokens",
                "the bytes, the merged tokens and the special tokens",
                min(strange),
            )
        super().__init__(tokens, specials)
        ids = self._ids
        self._ranks = {
            (ids[first], ids[second]): rank
            for rank, (first, second) in enumerate(self._merges)
        }
        self._merged = [ids[first + second] for first, second in self._merges]
        self._byte_ids = [ids[symbol] for symbol in byte_symbols()]
        self._bytes = [self._token_bytes(token) for token in self._tokens]
        self._words = _Words(self._encode_word)

    @classmethod
    def train(cls, text, vocabulary_size, special_tokens=()):
        """Learn the merges from a text.

        Of pairs that are equally frequent the one with the smaller ids is merged
        first, so that the same text gives the same merges on every run; they are
        those of the Hugging Face library. Cost: about 1 s for 1 MB of text and
        2,000 merges.

        Args:
            text: String, at least one character long. A special token that is written
                out in it is plain text.
            vocabulary_size: Integer V, at least 256 for the bytes and one for each
                special token. Short texts use up their pairs before: the vocabulary
                is then smaller.
            special_tokens: Sequence of strings, such as `("<|endoftext|>",)`.

        Returns:
            A `BytePairTokenizer`.

        Raises:
            ValueError: If the text is empty or the vocabulary too small.

        Example:

        >>> tokenizer = BytePairTokenizer.train("banana", 300, ("<end>",))
        >>> tokenizer.vocabulary_size, tokenizer.encode("banana<end>", True)
        (261, [259, 260])
        """
        owner = "BytePairTokenizer.train"
        check_text(owner, text, may_be_empty=False)
        specials = check_special_tokens(owner, special_tokens)
        fixed = 256 + len(specials)
        check_integer(
            owner,
            "vocabulary_size",
            vocabulary_size,
            minimum=fixed,
            would_do="room for the 256 bytes, the special tokens and some merges",
        )
        alphabet = sorted(byte_symbols())
        id_of_byte = [alphabet.index(symbol) for symbol in byte_symbols()]
        word_counts = {
            tuple([id_of_byte[byte] for byte in word.encode()]): count
            for word, count in Counter(chain.from_iterable(pieces(text))).items()
        }
        merges, strings = learn_merges(
            word_counts, alphabet, vocabulary_size - len(specials)
        )
        return cls([(strings[a], strings[b]) for a, b in merges], specials)

    @classmethod
    def from_files(cls, vocab_json, merges_txt, special_tokens=None):
        """Open a tokenizer in GPT-2's published format.

        Args:
            vocab_json: String or path of the file that maps tokens to ids.
            merges_txt: String or path of the file with one merge a line.
            special_tokens: Sequence of strings or `None`. The tokens that no merge
                makes; `None` takes all that stand in brackets, such as
                `<|endoftext|>` or `[PAD]`.

        Returns:
            A `BytePairTokenizer` with the ids of the file.

        Raises:
            ValueError: If a file is missing, empty, cut off or damaged, or if the two
                do not fit together.

        Example:

        >>> import tempfile
        >>> tokenizer = BytePairTokenizer.train("to be or not to be", 260)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     files = f"{folder}/vocab.json", f"{folder}/merges.txt"
        ...     tokenizer.to_files(*files)
        ...     BytePairTokenizer.from_files(*files)
        BytePairTokenizer(vocabulary_size=260)
        """
        tokens, merges, specials = gpt2_files.read(
            vocab_json, merges_txt, special_tokens
        )
        return cls(merges, specials, tokens)

    def to_files(self, vocab_json, merges_txt):
        """Write the tokenizer in GPT-2's published format, which other libraries read.

        Args:
            vocab_json: String or path of the file that maps tokens to ids.
            merges_txt: String or path of the file with one merge a line.

        Raises:
            OSError: If a file cannot be written.

        Example:

        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     files = f"{folder}/vocab.json", f"{folder}/merges.txt"
        ...     BytePairTokenizer.train("to be or not to be", 258).to_files(*files)
        ...     print(Path(files[1]).read_text(encoding="utf-8"), end="")
        #version: 0.2
        b e
        t o
        """
        gpt2_files.write(vocab_json, merges_txt, self._tokens, self._merges)

    def stream(self):
        """Begin to decode token by token.

        Returns:
            A `ByteStream`: its `feed(token_id)` returns the whole characters that the
            id completes, and `finish()` a � where one was left unfinished.

        Example:

        >>> stream = BytePairTokenizer([]).stream()
        >>> [stream.feed(i) for i in BytePairTokenizer([]).encode("né")]
        ['n', '', 'é']
        """
        return ByteStream(lambda i: self._bytes[self._check_id("stream", i)])

    def _extra_content(self):
        return {"merges": list(map(" ".join, self._merges))}

    @classmethod
    def _from_content(cls, content):
        merges = [merge.split(" ") for merge in content["merges"]]
        return cls(merges, content["special_tokens"], content["tokens"])

    def _encode_plain(self, text, start, stop):
        ids = []
        for words in pieces(text, start, stop):
            ids.extend(chain.from_iterable(map(self._words.__getitem__, words)))
        return ids

    def _decode(self, token_ids):
        return b"".join(map(self._bytes.__getitem__, token_ids)).decode(
            "utf-8", errors="replace"
        )

    def _token_bytes(self, token):
        if token in self._special_tokens:
            return token.encode()
        return symbols_to_bytes(token)

    def _encode_word(self, word):
        """Merge the bytes of a word, the earliest merge first, from left to right."""
        ids = [self._byte_ids[byte] for byte in word.encode()]
        before = list(range(-1, len(ids) - 1))
        after = list(range(1, len(ids) + 1))
        ids.append(GONE)  # the end; merged symbols are marked the same way
        rank_of = self._ranks.get
        heap = [
            (rank, place)
            for place, pair in enumerate(pairwise(ids))
            if (rank := rank_of(pair)) is not None
        ]
        heapify(heap)
        while heap:
            rank, place = heappop(heap)
            right = after[place]
            if rank_of((ids[place], ids[right])) != rank:
                continue  # one of the two is merged already
            ids[place], ids[right] = self._merged[rank], GONE
            beyond, left = after[right], before[place]
            after[place] = beyond
            if beyond < len(before):
                before[beyond] = place
            for near, far in ((left, place), (place, beyond)):
                rank = rank_of((ids[near], ids[far]))
                if rank is not None:
                    heappush(heap, (rank, near))
        return tuple([i for i in ids if i != GONE])


class _Words(dict):
    """Word -> ids, worked out when a word is first met."""

    def __init__(self, encode):
        self._encode = encode

    def __missing__(self, word):
        ids = self._encode(word)
        if len(word) <= LONGEST_CACHED:
            if len(self) >= MOST_CACHED:
                self.clear()
            self[word] = ids
        return ids


def _checked_merges(merges):
    merges = [tuple(merge) for merge in merges]
    wrong = gpt2_files.first_wrong_merge(merges)
    if wrong is None:
        return merges
    index, reason = wrong
    raise argument_error(
        "BytePairTokenizer",
        "merges",
        f"pairs of tokens that are bytes or made before; at index {index}, {reason}",
        merges[index],
    )
