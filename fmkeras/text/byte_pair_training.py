"""Learning the merges of byte-pair encoding in nearly linear time."""

from collections import Counter, defaultdict
from heapq import heapify, heappop, heappush
from itertools import pairwise

BOUNDARY = -1  # stands between two words, where nothing merges


def learn_merges(word_counts, alphabet, vocabulary_size):
    r"""Merge the most frequent pair of neighbours, again and again.

    Of pairs that are equally frequent, the one with the smaller ids is merged first.
    The words lie in one linked list; each pair knows where it stands and how often it
    occurs, so that a merge costs only as much as it changes, and a heap knows the
    most frequent pair. Cost: $O(n \log n)$ for $n$ symbols in different words.

    Args:
        word_counts: Dict of tuple of symbol ids -> how often that word occurs.
        alphabet: List of the strings that the ids stand for.
        vocabulary_size: Integer. How many strings to end with, at most.

    Returns:
        A pair: the merges, a list of pairs of ids in the order in which they were
        learnt, and the list of all strings. It is shorter than asked where the words
        are used up.

    Example:

    >>> words = {(0, 1, 0, 1): 2, (1, 0): 3}
    >>> learn_merges(words, ["a", "b"], vocabulary_size=4)
    ([(1, 0), (0, 2)], ['a', 'b', 'ba', 'aba'])

    Reference:
        Sennrich, Haddow and Birch (2016), "Neural machine translation of rare words
        with subword units", section 3.2, https://arxiv.org/abs/1508.07909.
    """
    words = _Words(word_counts)
    strings = list(alphabet)
    heap = [(-count, pair) for pair, count in words.counts.items()]
    heapify(heap)
    merges = []
    while heap and len(strings) < vocabulary_size:
        count, pair = heappop(heap)
        now = words.counts[pair]
        if now != -count:  # other merges have used some of its places
            if now:
                heappush(heap, (-now, pair))
            continue
        for new_pair, count in words.merge(pair, merged=len(strings)):
            heappush(heap, (-count, new_pair))
        merges.append(pair)
        strings.append(strings[pair[0]] + strings[pair[1]])
    return merges, strings


class _Words:
    """Every word as a linked list of symbols, and where each pair of them stands."""

    def __init__(self, word_counts):
        self._symbols, self._weights = [BOUNDARY], [0]
        for word, count in word_counts.items():
            self._symbols += (*word, BOUNDARY)
            self._weights += [count] * (len(word) + 1)
        self._before = list(range(-1, len(self._symbols) - 1))
        self._after = list(range(1, len(self._symbols) + 1))
        self._places = defaultdict(list)
        self.counts = Counter()
        for place, pair in enumerate(pairwise(self._symbols)):
            if BOUNDARY not in pair:
                self._places[pair].append(place)
                self.counts[pair] += self._weights[place]

    def merge(self, pair, merged):
        """Replace a pair wherever it stands, from left to right.

        Returns the new pairs, of which `merged` is a part, and their counts.
        """
        first, second = pair
        symbols, before, after = self._symbols, self._before, self._after
        new_pairs = set()
        # All places of a pair were found in one walk, from left to right.
        for place in self._places.pop(pair):
            right = after[place]
            if symbols[place] != first or symbols[right] != second:
                continue  # an overlapping merge was here before
            left, beyond = before[place], after[right]
            weight = self._weights[place]
            if symbols[left] != BOUNDARY:
                self.counts[symbols[left], first] -= weight
                self._add((symbols[left], merged), left, weight, new_pairs)
            if symbols[beyond] != BOUNDARY:
                self.counts[second, symbols[beyond]] -= weight
                self._add((merged, symbols[beyond]), place, weight, new_pairs)
            symbols[place], symbols[right] = merged, BOUNDARY
            after[place], before[beyond] = beyond, place
        return [(new, self.counts[new]) for new in new_pairs if self.counts[new]]

    def _add(self, pair, place, weight, new_pairs):
        self.counts[pair] += weight
        self._places[pair].append(place)
        new_pairs.add(pair)
