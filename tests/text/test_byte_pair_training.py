"""Learning merges: quickly, and the same ones as slowly."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fmkeras.text.byte_pair_training import learn_merges


def learn_slowly(word_counts, alphabet, vocabulary_size):
    """Recount every pair before each merge, as the definition says."""
    words = [(list(word), count) for word, count in word_counts.items()]
    strings, merges = list(alphabet), []
    while len(strings) < vocabulary_size:
        pairs = Counter()
        for word, count in words:
            for pair in pairwise(word):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        for word, _ in words:
            place = 0
            while place < len(word) - 1:
                if (word[place], word[place + 1]) == best:
                    word[place : place + 2] = [len(strings)]
                place += 1
        merges.append(best)
        strings.append(strings[best[0]] + strings[best[1]])
    return merges, strings


WORDS = st.dictionaries(
    st.lists(st.integers(0, 2), min_size=1, max_size=12).map(tuple),
    st.integers(1, 5),
    max_size=12,
)


@given(WORDS, st.integers(3, 30))
def test_is_the_definition(words, size):
    assert learn_merges(words, "abc", size) == learn_slowly(words, "abc", size)


def test_equally_frequent_pairs_are_merged_by_their_ids():
    words = {(2, 3): 2, (0, 3): 2, (0, 1): 2, (1, 2): 2}
    merges, strings = learn_merges(words, "abcd", 8)
    assert merges == [(0, 1), (0, 3), (1, 2), (2, 3)]
    assert strings == ["a", "b", "c", "d", "ab", "ad", "bc", "cd"]


def test_overlapping_pairs_are_merged_from_left_to_right():
    assert learn_merges({(0, 0, 0): 1}, "a", 4) == (
        [(0, 0), (1, 0)],
        ["a", "aa", "aaa"],
    )
    merges, _ = learn_merges({(0, 0, 0, 0, 0): 1}, "a", 9)
    assert merges == [(0, 0), (1, 0), (1, 2)]


def test_stops_when_every_word_is_one_token():
    merges, strings = learn_merges({(0, 1): 3, (0,): 9}, "ab", 100)
    assert (merges, strings) == ([(0, 1)], ["a", "b", "ab"])


def test_learns_nothing_when_the_alphabet_fills_the_vocabulary():
    assert learn_merges({(0, 1): 3}, "ab", 2) == ([], ["a", "b"])


def test_one_word_of_many_symbols_is_no_slower_than_many_words():
    merges, strings = learn_merges({(0,) * 100_000: 1}, "a", 1_000)
    assert strings[-1] == "a" * 100_000
    assert len(merges) < 2 * 17  # each merge doubles, or joins what is left over
