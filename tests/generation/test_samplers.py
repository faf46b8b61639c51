"""Each filter against a second one, written in NumPy with sorting; then the draw."""

import numpy as np
import pytest

from fmkeras.generation import (
    Beam,
    Greedy,
    MinP,
    RepetitionPenalty,
    Temperature,
    TopK,
    TopP,
)

B, V = 5, 23


@pytest.fixture
def logits():
    return 2.0 * np.random.default_rng(3).normal(size=(B, V)).astype("float32")


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True), dtype="float64")
    return powers / powers.sum(axis=-1, keepdims=True)


def top_k_by_sorting(probabilities, k):
    kept = np.zeros_like(probabilities)
    for row, target in zip(probabilities, kept, strict=True):
        best = np.argsort(-row)[:k]
        target[best] = row[best]
    return kept / kept.sum(axis=-1, keepdims=True)


def top_p_by_sorting(probabilities, p):
    kept = np.zeros_like(probabilities)
    for row, target in zip(probabilities, kept, strict=True):
        total = 0.0
        for token in np.argsort(-row):
            target[token] = row[token]
            total += row[token]
            if total >= p:
                break
    return kept / kept.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_temperature_divides_the_logits(logits, temperature):
    found = Temperature(temperature).probabilities(logits)
    np.testing.assert_allclose(found, softmax(logits / temperature), atol=1e-6)


@pytest.mark.parametrize("k", [1, 2, 7, V - 1, V, V + 5, 10**9])
def test_top_k_agrees_with_sorting(logits, k):
    found = TopK(k).probabilities(logits)
    np.testing.assert_allclose(found, top_k_by_sorting(softmax(logits), k), atol=1e-6)
    assert (found > 0).sum(axis=-1).tolist() == [min(k, V)] * B


def test_top_k_keeps_what_is_as_probable_as_the_last():
    found = TopK(2).probabilities([[3.0, 1.0, 2.0, 2.0]])
    assert (found > 0).tolist() == [[True, False, True, True]]


@pytest.mark.parametrize("p", [0.01, 0.3, 0.5, 0.9, 0.999])
def test_top_p_agrees_with_sorting(logits, p):
    found = TopP(p).probabilities(logits)
    np.testing.assert_allclose(found, top_p_by_sorting(softmax(logits), p), atol=1e-6)


def test_top_p_of_a_whole_vocabulary_agrees_with_sorting():
    logits = np.random.default_rng(1).normal(size=(2, 50_257)).astype("float32") * 3
    found = TopP(0.9).probabilities(logits)
    expected = top_p_by_sorting(softmax(logits), 0.9)
    # Of 3,000 tokens that stay, rounding may move the border by one or two.
    assert np.abs((found > 0).sum(-1) - (expected > 0).sum(-1)).max() <= 2
    np.testing.assert_allclose(found, expected, atol=3e-6)


def test_top_p_of_one_removes_nothing(logits):
    logits[:, 0] = -60.0  # a probability of 1e-27 stays one
    np.testing.assert_allclose(TopP(1.0).probabilities(logits), softmax(logits), 1e-5)


@pytest.mark.parametrize(
    ("p", "kept"),
    [(0.5, 1), (0.51, 2), (0.8, 2), (0.81, 3), (1e-9, 1), (0.95, 3), (0.96, 4)],
)
def test_top_p_counts_round_sums_as_people_do(p, kept):
    found = TopP(p).probabilities(np.log([[0.3, 0.05, 0.5, 0.15]]))
    assert (found > 0).sum() == kept


@pytest.mark.parametrize(
    ("probabilities", "p"), [((0.45, 0.35, 0.2), 0.8), ((0.6, 0.3, 0.1), 0.9)]
)
def test_rounding_does_not_decide_about_a_token(probabilities, p):
    """In float32 these sums fall just short of p."""
    found = TopP(p).probabilities(np.log([probabilities]))
    assert (found > 0).tolist() == [[True, True, False]]


def test_top_p_keeps_what_is_as_probable_as_the_last():
    found = TopP(0.6).probabilities(np.log([[0.4, 0.3, 0.3]]))
    assert (found > 0).all()


@pytest.mark.parametrize("p", [0.01, 0.2, 0.5, 1.0])
def test_min_p_compares_with_the_likeliest(logits, p):
    expected = softmax(logits)
    expected[expected < p * expected.max(axis=-1, keepdims=True)] = 0.0
    expected /= expected.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(MinP(p).probabilities(logits), expected, atol=1e-6)


def test_min_p_keeps_a_token_on_the_border():
    found = MinP(0.6).probabilities(np.log([[0.5, 0.3, 0.2]]))
    assert (found > 0).tolist() == [[True, True, False]]


@pytest.mark.parametrize("penalty", [0.5, 1.0, 1.7])
def test_repetition_penalty_pulls_what_was_seen_down(logits, penalty):
    seen = np.random.default_rng(0).random((B, V)) < 0.4
    expected = logits.copy()
    for b, v in zip(*np.nonzero(seen), strict=True):
        down = 1 / penalty if logits[b, v] > 0 else penalty
        expected[b, v] *= down
    found = RepetitionPenalty(penalty).probabilities(logits, seen)
    np.testing.assert_allclose(found, softmax(expected), atol=1e-6)


def test_repetition_penalty_without_a_past_changes_nothing(logits):
    found = RepetitionPenalty(2.0).probabilities(logits)
    np.testing.assert_allclose(found, softmax(logits), atol=1e-6)


def test_a_chain_is_read_from_left_to_right(logits):
    hot = logits / 3.0
    found = (Temperature(3.0) | TopP(0.7) | TopK(4)).probabilities(logits)
    expected = top_k_by_sorting(top_p_by_sorting(softmax(hot), 0.7), 4)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    swapped = (TopP(0.7) | Temperature(3.0) | TopK(4)).probabilities(logits)
    assert np.abs(found - swapped).max() > 0.01


def test_greedy_ends_a_chain():
    logits = np.array([[2.0, 1.9, 0.0]])
    seen = np.array([[True, False, False]])
    chain = RepetitionPenalty(1.5) | Greedy()
    assert Greedy().probabilities(logits, seen).tolist() == [[1.0, 0.0, 0.0]]
    assert chain.probabilities(logits, seen).tolist() == [[0.0, 1.0, 0.0]]
    assert int(chain(logits, seed=0, seen=seen)[0]) == 1


def test_greedy_takes_the_first_of_equals():
    assert [int(i) for i in Greedy()(np.array([[1.0, 2.0, 2.0]]), seed=5)] == [1]


@pytest.mark.parametrize(
    "sampler",
    [
        Temperature(1.0),
        Temperature(0.6) | TopK(7),
        TopP(0.8),
        MinP(0.05) | Temperature(2.0),
        RepetitionPenalty(1.4) | TopP(0.95),
    ],
    ids=repr,
)
def test_draws_are_as_frequent_as_they_should_be(sampler):
    draws, rng = 40_000, np.random.default_rng(8)
    row = 2.0 * rng.normal(size=(1, V)).astype("float32")
    seen = rng.random((1, V)) < 0.3
    ids = sampler(np.tile(row, (draws, 1)), 12, np.tile(seen, (draws, 1)))
    counts = np.bincount(np.asarray(ids), minlength=V)
    expected = draws * sampler.probabilities(row, seen)[0].astype("float64")
    assert counts[expected == 0].sum() == 0
    likely = expected >= 5
    misses = (counts[likely] - expected[likely]) ** 2 / expected[likely]
    freedom = likely.sum() - 1
    # χ² has mean f and variance 2 f; four standard deviations and a little.
    assert misses.sum() < freedom + 4.5 * np.sqrt(2 * max(freedom, 1)) + 5


def test_one_seed_one_draw(logits):
    sampler = Temperature(5.0)
    first = [np.asarray(sampler(logits, seed)).tolist() for seed in (1, 1, 2, -1)]
    assert first[0] == first[1]
    assert first[0] != first[2] != first[3]


def test_half_precision_logits_are_drawn_in_full(logits):
    half = logits.astype("float16")
    found = TopP(0.9).probabilities(half)
    assert found.dtype == np.float32
    np.testing.assert_allclose(
        found, TopP(0.9).probabilities(half.astype("float32")), atol=1e-7
    )


def test_other_numbers_have_the_same_structure():
    first = RepetitionPenalty(1.2) | Temperature(0.8) | TopK(40)
    second = RepetitionPenalty(1.1) | Temperature(0.7) | TopK(5)
    assert first.structure == second.structure
    assert first.structure != (Temperature(0.8) | TopK(40)).structure
    np.testing.assert_allclose(first.numbers, [1.2, 0.8, 40.0], rtol=1e-6)


def test_a_chain_reads_as_it_was_written():
    chain = RepetitionPenalty(1.2) | Temperature(0.8) | TopK(40) | TopP(0.9) | MinP(0.1)
    assert repr(chain) == (
        "RepetitionPenalty(1.2) | Temperature(0.8) | TopK(40) | TopP(0.9) | MinP(0.1)"
    )
    assert repr(Temperature(1.0) | Greedy()) == "Temperature(1) | Greedy()"
    assert repr(Beam(3, length_penalty=0.6)) == "Beam(width=3, length_penalty=0.6)"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Temperature(0),
            "Temperature: `temperature` must be a number > 0. Received: temperature=0. "
            "What would do: Greedy(), which is what a temperature of 0 would mean.",
        ),
        (
            lambda: Temperature(-1.0),
            "Temperature: `temperature` must be a number > 0. "
            "Received: temperature=-1.0.",
        ),
        (
            lambda: Temperature(float("nan")),
            "Temperature: `temperature` must be a number > 0. "
            "Received: temperature=nan.",
        ),
        (
            lambda: TopK(0),
            "TopK: `k` must be a positive integer. Received: k=0. "
            "What would do: TopK(1), the likeliest token.",
        ),
        (
            lambda: TopK(2.0),
            "TopK: `k` must be a positive integer. Received: k=2.0. "
            "What would do: TopK(1), the likeliest token.",
        ),
        (
            lambda: TopP(1.5),
            "TopP: `p` must be a number > 0 and ≤ 1. Received: p=1.5.",
        ),
        (
            lambda: TopP(0.0),
            "TopP: `p` must be a number > 0 and ≤ 1. Received: p=0.0.",
        ),
        (
            lambda: MinP(-0.1),
            "MinP: `p` must be a number > 0 and ≤ 1. Received: p=-0.1.",
        ),
        (
            lambda: MinP(2),
            "MinP: `p` must be a number > 0 and ≤ 1. Received: p=2.",
        ),
        (
            lambda: RepetitionPenalty(0),
            "RepetitionPenalty: `penalty` must be a number > 0. Received: penalty=0.",
        ),
        (
            lambda: Beam(0),
            "Beam: `width` must be a positive integer. Received: width=0.",
        ),
        (
            lambda: Beam(2, length_penalty=-1.0),
            "Beam: `length_penalty` must be a number ≥ 0. "
            "Received: length_penalty=-1.0.",
        ),
        (
            lambda: Temperature(0.5) | Greedy() | TopK(3),
            "Chain: `stages` must be a chain in which nothing follows Greedy(), which "
            "leaves one token. Received: stages=[Temperature(0.5), Greedy(), TopK(3)]. "
            "What would do: Temperature(0.5) | TopK(3) | Greedy().",
        ),
        (
            lambda: TopK(3) | Beam(4),
            "Chain: `stages` must be samplers that draw one token; a beam search keeps "
            "several texts. Received: stages=[TopK(3), Beam(width=4, length_penalty=0)]"
            ". What would do: Beam(width=4, length_penalty=0) alone.",
        ),
        (
            lambda: Beam(4) | TopK(3),
            "Chain: `stages` must be samplers that draw one token; a beam search keeps "
            "several texts. Received: stages=[Beam(width=4, length_penalty=0), TopK(3)]"
            ". What would do: Beam(width=4, length_penalty=0) alone.",
        ),
    ],
)
def test_says_what_would_do(make, message):
    with pytest.raises(ValueError) as error:
        make()
    assert str(error.value) == message


def test_only_samplers_can_be_chained():
    with pytest.raises(TypeError, match="unsupported operand"):
        TopK(3) | 0.8
    with pytest.raises(TypeError, match="unsupported operand"):
        Beam(3) | 0.8
