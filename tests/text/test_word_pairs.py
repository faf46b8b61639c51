from collections import Counter

import numpy as np
import pytest

from fmkeras import runtime
from fmkeras.text import skip_grams
from fmkeras.text.word_pairs import _Negatives


def epoch_of(dataset):
    """Return all centers, candidates and labels of one pass."""
    batches = list(dataset.as_numpy_iterator())
    centers = np.concatenate([x[0] for x, _ in batches])
    candidates = np.concatenate([x[1] for x, _ in batches])
    return centers, candidates, np.concatenate([y for _, y in batches])


def pairs_of(dataset):
    centers, candidates, _ = epoch_of(dataset)
    return list(zip(centers.tolist(), candidates[:, 0].tolist(), strict=True))


def test_a_window_of_one_pairs_every_word_with_both_neighbours():
    text = [4, 2, 7, 1]
    dataset = skip_grams(text, window=1, batch_size=2, subsample=None)
    expected = [(4, 2), (2, 4), (2, 7), (7, 2), (7, 1), (1, 7)]
    assert sorted(pairs_of(dataset)) == sorted(expected)


def test_as_many_pairs_as_one_batch_holds_are_enough():
    dataset = skip_grams([4, 2, 7, 1], window=1, batch_size=6, subsample=None)
    assert len(pairs_of(dataset)) == 6


def test_the_distance_falls_off_evenly():
    """A reach drawn from 1 to w sees distance d with probability (w − d + 1) / w."""
    n, w = 4000, 4
    dataset = skip_grams(np.arange(n), window=w, batch_size=1000, subsample=None)
    distances = Counter(context - center for center, context in pairs_of(dataset))
    assert distances.keys() == {-4, -3, -2, -1, 1, 2, 3, 4}
    for distance, count in distances.items():
        assert count / n == pytest.approx((w - abs(distance) + 1) / w, abs=0.05)


def test_pairs_at_the_edges_stay_within_the_text():
    text = np.arange(10)
    seen = set()
    for seed in range(8):
        dataset = skip_grams(text, window=30, batch_size=1, subsample=None, seed=seed)
        seen.update(pairs_of(dataset))
    assert seen == {(i, j) for i in range(10) for j in range(10) if i != j}


def test_a_batch_has_true_pairs_first_and_labels_that_say_so():
    dataset = skip_grams(np.arange(50), num_negatives=3, batch_size=7)
    (centers, candidates), labels = next(iter(dataset))
    assert centers.shape == (7,)
    assert candidates.shape == labels.shape == (7, 4)
    assert centers.dtype == candidates.dtype == "int32"
    assert labels.dtype == "float32"
    assert labels.numpy().tolist() == [[1.0, 0.0, 0.0, 0.0]] * 7
    (center_spec, candidate_spec), label_spec = dataset.element_spec
    assert center_spec.shape == (7,)
    assert candidate_spec.shape == label_spec.shape == (7, 4)


def test_the_number_of_batches_is_known_beforehand():
    dataset = skip_grams(np.arange(100) % 10, batch_size=9)
    assert len(dataset) == len(list(dataset)) == len(list(dataset))


def test_a_true_neighbour_is_never_its_own_negative():
    _, candidates, _ = epoch_of(
        skip_grams(np.arange(300) % 3, num_negatives=8, batch_size=50, subsample=None)
    )
    assert (candidates[:, 1:] != candidates[:, :1]).all()


def test_negatives_are_drawn_by_frequency_to_the_three_quarters():
    text = np.repeat([0, 1, 2, 4], [16, 81, 256, 1])  # weights 8, 27, 64 and 1
    text = np.random.default_rng(0).permutation(np.tile(text, 20))
    _, candidates, _ = epoch_of(
        skip_grams(text, num_negatives=10, batch_size=500, subsample=None)
    )
    weights = {0: 8, 1: 27, 2: 64, 4: 1}
    for true in (0, 1, 2):
        drawn = candidates[candidates[:, 0] == true, 1:].ravel()
        others = sum(weight for word, weight in weights.items() if word != true)
        for word in weights.keys() - {true}:
            expected = weights[word] / others
            spread = np.sqrt(expected * (1 - expected) / len(drawn))
            assert abs((drawn == word).mean() - expected) < 5 * spread
    assert 3 not in candidates  # a word that the text lacks


def test_every_batch_draws_negatives_of_its_own():
    """By the same numbers in every batch, two words would be drawn again and again."""
    _, candidates, _ = epoch_of(
        skip_grams(np.arange(500), num_negatives=1, batch_size=20, subsample=None)
    )
    drawn = np.bincount(candidates[:, 1], minlength=500)
    assert drawn.max() < 5 * drawn.mean()


def test_the_stretch_of_the_true_word_is_stepped_over_from_its_first_number():
    negatives = _Negatives(np.array([1, 1, 1, 1]))
    width = int(negatives.edges[1])

    class Numbers:
        def integers(self, low, high, size):
            assert (low, high.tolist()) == (0, [[3 * width]] * 2)
            assert size == (2, 4)
            return np.array([[0, width - 1, width, 3 * width - 1]] * 2)

    drawn = negatives.draw(Numbers(), np.array([1, 3]), 4)
    assert drawn.tolist() == [[0, 0, 2, 3], [0, 0, 1, 2]]


def test_another_seed_keeps_other_words_and_looks_as_far_by_other_chances():
    def pairs(seed):
        """Collect those of the first epoch but for a few in its last, short batch."""
        dataset = skip_grams(np.arange(300), batch_size=64, subsample=None, seed=seed)
        return set(pairs_of(dataset))

    assert pairs(7) == pairs(7)
    assert len(pairs(7) ^ pairs(8)) > 2 * 64


def test_what_it_does_unless_told():
    dataset = skip_grams(np.arange(3000))
    (centers, candidates), _ = next(iter(dataset))
    assert (len(centers), candidates.shape[1]) == (256, 1 + 5)
    distances = {abs(context - center) for center, context in pairs_of(dataset)}
    assert distances == {1, 2, 3, 4, 5}


def test_frequent_words_are_thinned_out_as_in_the_paper():
    words = np.random.default_rng(0).choice(4, 40_000, p=[0.7, 0.2, 0.0999, 0.0001])
    dataset = skip_grams(words, window=1, batch_size=10, subsample=0.05)
    centers = np.bincount([center for center, _ in pairs_of(dataset)]) / 2
    counts = np.bincount(words)
    keep = np.minimum(1, np.sqrt(0.05 * len(words) / counts))
    np.testing.assert_allclose(centers, counts * keep, rtol=0.05, atol=5)


def test_the_same_seed_gives_the_same_batches_whatever_else_is_drawn():
    def both_epochs(seed):
        dataset = skip_grams(np.arange(200) % 17, batch_size=16, seed=seed)
        return [[part.tolist() for part in epoch_of(dataset)] for _ in range(2)]

    runtime.set_seed(1)
    first = both_epochs(7)
    runtime.set_seed(2)
    assert both_epochs(7) == first
    assert both_epochs(8) != first


def test_every_epoch_has_the_same_pairs_in_a_new_order_with_new_negatives():
    dataset = skip_grams(np.arange(100), batch_size=1, subsample=None)
    first, second = [
        {(center, true): drawn.tolist() for center, (true, *_), drawn in rows}
        for rows in (
            zip(centers, candidates, candidates[:, 1:], strict=True)
            for centers, candidates, _ in (epoch_of(dataset), epoch_of(dataset))
        )
    ]
    assert first.keys() == second.keys()
    assert list(first) != list(second)
    assert np.mean([first[pair] == second[pair] for pair in first]) < 0.01


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        (
            [3, 3, 3],
            {},
            "skip_grams: `token_ids` must have at least two different words. "
            "Received: 1. What would do: a longer text.",
        ),
        (
            [],
            {},
            "skip_grams: `token_ids` must have at least two different words. "
            "Received: 0. What would do: a longer text.",
        ),
        (
            [1, 2, 3],
            {"subsample": None, "window": 1},
            "skip_grams: `batch_size` must be at most the number of pairs, 4. "
            "Received: batch_size=256. What would do: a longer text, a larger "
            "subsample, or a smaller batch_size.",
        ),
        (
            [1, 2, 3],
            {"vocabulary_size": 3},
            "skip_grams: `vocabulary_size` must be an integer ≥ 4. Received: "
            "vocabulary_size=3. What would do: 4, one more than the largest id.",
        ),
        (
            [1, 2, 3],
            {"window": 0},
            "skip_grams: `window` must be a positive integer. Received: window=0.",
        ),
        (
            [1, 2, 3],
            {"num_negatives": 0},
            "skip_grams: `num_negatives` must be a positive integer. "
            "Received: num_negatives=0.",
        ),
        (
            [1, 2, 3],
            {"subsample": 0.0},
            "skip_grams: `subsample` must be a number > 0. Received: subsample=0.0.",
        ),
        (
            [1, -2, 3],
            {},
            "skip_grams: `token_ids` must be from 0 to 2,147,483,647. Received: -2 at "
            "position 1. What would do: ids as a tokenizer's encode gives them.",
        ),
        (
            "to be",
            {},
            "skip_grams: `token_ids` must be one row of integers. Received: a string. "
            "What would do: tokenizer.encode(text).",
        ),
    ],
)
def test_says_what_is_wrong_and_what_would_do(text, arguments, message):
    with pytest.raises(ValueError) as error:
        skip_grams(text, **arguments)
    assert str(error.value) == message


def test_a_text_of_one_word_that_stays_after_thinning_has_no_pairs():
    with pytest.raises(ValueError) as error:
        skip_grams([0, 1] * 50, subsample=1e-12, batch_size=1)
    assert "must be at most the number of pairs, 0." in str(error.value)
