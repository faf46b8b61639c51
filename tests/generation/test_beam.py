"""Beam search against the list of every text there is, and against a plain one."""

import itertools

import numpy as np
import pytest
from keras import ops

from fmkeras.generation import Beam, DecodingEngine, Greedy

PROMPTS = [[3, 1, 2], [0]]


def log_softmax(logits):
    logits = logits - logits.max()
    return logits - np.log(np.exp(logits).sum())


def every_text(model, prompt, length, stop_ids, penalty):
    """List (score, text) of all texts that a stop id ends or that are full."""
    found = []
    for size in range(1, length + 1):
        for new in itertools.product(range(model.vocabulary_size), repeat=size):
            ended = new[-1] in stop_ids
            if set(new[:-1]) & set(stop_ids) or not (ended or size == length):
                continue
            text, total = list(prompt), 0.0
            for token in new:
                total += log_softmax(model.after(text))[token]
                text.append(token)
            score = total / ((5 + size) / 6) ** penalty
            found.append((score, text[:-1] if ended else text))
    return sorted(found, key=lambda pair: -pair[0])


def beams_by_hand(model, prompt, length, width, stop_ids, penalty):
    """Beam search with lists: no cache, no batch, no early end."""
    beams, ended = [(0.0, list(prompt))], []
    for size in range(1, length + 1):
        grown = []
        for total, text in beams:
            step = log_softmax(model.after(text))
            for token in range(model.vocabulary_size):
                if token in stop_ids:
                    score = (total + step[token]) / ((5 + size) / 6) ** penalty
                    ended.append((score, text))
                else:
                    grown.append((total + step[token], [*text, token]))
        beams = sorted(grown, key=lambda pair: -pair[0])[:width]
    full = [(total / ((5 + length) / 6) ** penalty, text) for total, text in beams]
    return sorted(ended + full, key=lambda pair: -pair[0])[:width]


def check(texts, scores, expected):
    assert [text.tolist() for text in texts] == [text for _, text in expected]
    np.testing.assert_allclose(scores, [score for score, _ in expected], rtol=1e-5)


def test_two_beams_find_what_greedy_misses(tree, engine_of, uncompiled):
    engine = engine_of(tree)
    texts, scores = engine.beam_search(tree.ids("The"), Beam(2), max_new_tokens=2)
    assert [tree.text(text) for text in texts] == ["The dog has", "The nice woman"]
    np.testing.assert_allclose(np.exp(scores), [0.4 * 0.9, 0.5 * 0.4], rtol=1e-5)
    best = engine.generate(tree.ids("The"), max_new_tokens=2, sampler=Beam(2))
    assert tree.text(best) == "The dog has"


@pytest.mark.parametrize(
    ("stop_ids", "penalty"), [([], 0.0), ([2], 0.0), ([2], 1.5), ([0, 5], 0.6)]
)
def test_enough_beams_find_the_best_of_all(
    make_model, engine_of, stop_ids, penalty, uncompiled
):
    """As wide as the vocabulary, two steps lose nothing."""
    model = make_model(6, seed=1)
    texts, scores = engine_of(model).beam_search(
        PROMPTS, Beam(6, penalty), max_new_tokens=2, stop_ids=stop_ids
    )
    for row, prompt in enumerate(PROMPTS):
        expected = every_text(model, prompt, 2, stop_ids, penalty)[:6]
        check(texts[row], scores[row], expected)


@pytest.mark.parametrize(
    ("width", "stop_ids", "penalty", "seed"),
    [(1, [], 0.0, 2), (3, [], 0.0, 3), (2, [4], 0.0, 4), (3, [0, 1], 2.0, 5)],
)
def test_keeps_the_beams_that_a_plain_search_keeps(
    make_model, engine_of, width, stop_ids, penalty, seed
):
    """Seven steps, in which beams change places and take their caches along."""
    model = make_model(5, seed)
    texts, scores = engine_of(model).beam_search(
        PROMPTS, Beam(width, penalty), max_new_tokens=7, stop_ids=stop_ids
    )
    for row, prompt in enumerate(PROMPTS):
        expected = beams_by_hand(model, prompt, 7, width, stop_ids, penalty)
        check(texts[row], scores[row], expected)


def test_one_beam_is_greedy(remembering, engine_of, uncompiled):
    engine = engine_of(remembering)
    found = engine.generate(PROMPTS, 9, Beam(1))
    expected = engine.generate(PROMPTS, 9, Greedy())
    assert [text.tolist() for text in found] == [text.tolist() for text in expected]


def test_one_step_has_no_loop(make_model, engine_of, uncompiled):
    model = make_model(6, seed=8)
    texts, scores = engine_of(model).beam_search([2, 1], Beam(3), max_new_tokens=1)
    check(texts, scores, every_text(model, [2, 1], 1, [], 0.0)[:3])


def test_there_may_be_fewer_texts_than_beams(make_model, engine_of, uncompiled):
    """Two tokens, one of which ends the text: four texts of up to three tokens."""
    model = make_model(2, seed=0)
    texts, scores = engine_of(model).beam_search([0], Beam(2), 1, stop_ids=[1])
    check(texts, scores, every_text(model, [0], 1, [1], 0.0))
    only, _ = engine_of(make_model(1, seed=0)).beam_search([0], Beam(1), 3)
    assert [text.tolist() for text in only] == [[0, 0, 0, 0]]


def test_what_is_impossible_is_no_text(uncompiled):
    logits = np.array([[0.0, -np.inf, 0.0, -np.inf]], "float32")

    def next_logits(token_ids, cache, cache_index, num_padding):
        return ops.repeat(logits, token_ids.shape[0], axis=0), cache

    engine = DecodingEngine(next_logits, lambda *_: (), 4)
    texts, scores = engine.beam_search([1], Beam(4), max_new_tokens=1)
    assert [text.tolist() for text in texts] == [[1, 0], [1, 2]]
    np.testing.assert_allclose(np.exp(scores), [0.5, 0.5], rtol=1e-6)


@pytest.mark.parametrize(
    ("width", "stop_ids", "penalty", "seed"),
    [(2, [4], 0.0, 1), (3, [0, 1], 2.0, 2), (2, [4], 2.0, 5), (2, [1, 3], 3.0, 6)],
)
def test_it_goes_on_while_something_better_can_come(
    make_model, engine_of, width, stop_ids, penalty, seed, uncompiled
):
    """One prompt: no other keeps the loop running for it."""
    model = make_model(5, seed)
    texts, scores = engine_of(model).beam_search(
        [3, 1, 2], Beam(width, penalty), max_new_tokens=7, stop_ids=stop_ids
    )
    expected = beams_by_hand(model, [3, 1, 2], 7, width, stop_ids, penalty)
    check(texts, scores, expected)


def test_a_row_may_have_several_places_in_the_cache(make_model, engine_of, uncompiled):
    """As the key/value heads of a row, which lie side by side in the first axis."""
    model = make_model(5, seed=3)

    class Doubled:
        vocabulary_size = 5

        def make_cache(self, batch_size, length):
            return model.make_cache(2 * batch_size, length)

        def next_logits(self, token_ids, cache, cache_index, num_padding):
            pairs = ops.reshape(cache["tokens"], (-1, 2, cache["tokens"].shape[1]))
            second = {"tokens": pairs[:, 1]}
            logits, new = model.next_logits(token_ids, second, cache_index, num_padding)
            return logits, {"tokens": ops.repeat(new["tokens"], 2, axis=0)}

    texts, scores = engine_of(Doubled()).beam_search(PROMPTS, Beam(3), 7)
    for row, prompt in enumerate(PROMPTS):
        check(texts[row], scores[row], beams_by_hand(model, prompt, 7, 3, [], 0.0))


@pytest.mark.compiled
def test_another_penalty_or_prompt_does_not_compile_again(remembering, engine_of):
    engine = engine_of(remembering)
    first, _ = engine.beam_search([1, 2], Beam(3), 9, stop_ids=[5])
    traced = len(remembering.calls)
    second, _ = engine.beam_search([1, 2], Beam(3, 3.0), 9, stop_ids=[5])
    engine.beam_search([4], Beam(3, 1.0), 12, stop_ids=[7])
    assert len(remembering.calls) == traced
    assert [t.tolist() for t in first] != [t.tolist() for t in second]


def test_it_stops_when_nothing_better_can_come(engine_of, counting, steps_reached):
    """An almost certain end: the loop does not run for a thousand steps."""
    texts, scores = engine_of(counting).beam_search([0], Beam(1), 1000, stop_ids=[3])
    assert [text.tolist() for text in texts] == [[0, 1, 2]]
    assert scores[0] == pytest.approx(0.0, abs=1e-3)
    assert max(steps_reached) == 3  # the stop id counts, 997 other steps do not
