"""The engine against the same generation written as a plain loop without a cache."""

import numpy as np
import pytest
from keras import ops

from fmkeras.generation import (
    Beam,
    DecodingEngine,
    Greedy,
    MinP,
    RepetitionPenalty,
    Temperature,
    TopK,
    TopP,
)
from fmkeras.generation.noise import seed_words
from fmkeras.runtime import set_seed

PROMPTS = [[3, 1, 4, 1, 5], [9], [2, 6, 5]]


def written_plainly(model, prompts, max_new_tokens, sampler, seed=0, stop_ids=()):
    """Ask the model for the whole text anew at every step."""
    texts = [list(prompt) for prompt in prompts]
    ended = [False] * len(prompts)
    key = ops.convert_to_tensor(seed_words(seed))
    for step in range(max_new_tokens):
        logits = np.stack([model.after(text) for text in texts]).astype("float32")
        seen = np.array(
            [np.isin(np.arange(model.vocabulary_size), text) for text in texts]
        )
        ids = sampler.draw(
            ops.convert_to_tensor(logits),
            sampler.numbers,
            key,
            step,
            ops.convert_to_tensor(seen),
        )
        for row, token in enumerate(ops.convert_to_numpy(ids).tolist()):
            ended[row] = ended[row] or token in stop_ids
            if not ended[row]:
                texts[row].append(token)
    return texts


@pytest.fixture(scope="module")
def shared(make_model):
    """A model and its engine, which keeps what it compiled for the next test."""
    model = make_model()
    return model, DecodingEngine(
        model.next_logits, model.make_cache, model.vocabulary_size
    )


def as_lists(texts):
    return [text.tolist() for text in texts]


@pytest.mark.parametrize(
    "sampler",
    [
        Greedy(),
        Temperature(1.5),
        TopK(3),
        TopP(0.8),
        MinP(0.2) | Temperature(1.2),
        RepetitionPenalty(1.5) | TopK(4),
        RepetitionPenalty(3.0) | Greedy(),
    ],
    ids=repr,
)
def test_writes_what_a_plain_loop_writes(shared, sampler):
    model, engine = shared
    expected = written_plainly(model, PROMPTS, 12, sampler, seed=5)
    found = engine.generate(PROMPTS, 12, sampler, seed=5)
    assert as_lists(found) == expected
    assert found[0].dtype == np.int32


def test_greedy_takes_the_nice_woman(tree, engine_of, uncompiled):
    text = engine_of(tree).generate(tree.ids("The"), max_new_tokens=2)
    assert tree.text(text) == "The nice woman"
    steps = tree.log_probabilities[text[:-1], text[1:]]
    assert np.exp(steps.sum()) == pytest.approx(0.5 * 0.4)


def test_one_prompt_gives_one_text(remembering, engine_of, uncompiled):
    engine = engine_of(remembering)
    several = engine.generate([[3, 1]], 4)
    for prompt in ([3, 1], (3, 1), np.array([3, 1], "int64")):
        np.testing.assert_array_equal(engine.generate(prompt, 4), several[0])
    np.testing.assert_array_equal(engine.generate(np.array([[3, 1]]), 4), several)


def test_a_row_is_alone_in_its_batch(remembering, engine_of, uncompiled):
    """Rows with the same place, prompt and seed get the same text in any company."""
    engine, sampler = engine_of(remembering), Temperature(1.3)
    alone = engine.generate(PROMPTS[:1], 10, sampler, seed=3)[0]
    together = engine.generate(PROMPTS, 10, sampler, seed=3)[0]
    with_a_long_one = engine.generate([PROMPTS[0], [1] * 40], 10, sampler, seed=3)[0]
    assert alone.tolist() == together.tolist() == with_a_long_one.tolist()


def test_a_longer_text_begins_with_the_shorter(remembering, engine_of, uncompiled):
    engine = engine_of(remembering)
    short = engine.generate([1, 2], 7, TopP(0.9), seed=1)
    long = engine.generate([1, 2], 70, TopP(0.9), seed=1)
    assert long[:9].tolist() == short.tolist()
    assert len(long) == 72


def test_equal_prompts_in_one_batch_get_texts_of_their_own(
    remembering, engine_of, uncompiled
):
    texts = engine_of(remembering).generate([[1, 2]] * 4, 12, Temperature(2.0), seed=0)
    assert len({tuple(text) for text in texts}) == 4


def test_the_seed_decides(remembering, engine_of, uncompiled):
    engine = engine_of(remembering)

    def write(seed):
        return engine.generate([1, 2], 20, Temperature(2.0), seed=seed).tolist()

    assert write(7) == write(7) != write(8)
    assert (
        write(7)
        == engine_of(remembering)
        .generate([1, 2], 20, Temperature(2.0), seed=7)
        .tolist()
    )


def test_without_a_seed_set_seed_governs(remembering, engine_of, uncompiled):
    engine = engine_of(remembering)

    def write():
        return engine.generate([1, 2], 20, Temperature(2.0)).tolist()

    set_seed(3)
    first, second = write(), write()
    set_seed(3)
    assert [write(), write()] == [first, second]
    assert first != second


def test_a_stop_id_ends_its_row_and_is_left_out(shared):
    (model, engine), sampler = shared, Temperature(2.0)
    for stop_ids in ([4], [0, 4, 7]):
        expected = written_plainly(model, PROMPTS, 30, sampler, 2, stop_ids)
        found = engine.generate(PROMPTS, 30, sampler, stop_ids=stop_ids, seed=2)
        assert as_lists(found) == expected
        assert len({len(text) for text in expected}) > 1  # rows end at times apart


def test_a_stop_id_in_the_prompt_ends_nothing(remembering, engine_of, uncompiled):
    engine = engine_of(remembering)
    first = int(engine.generate([5, 2], 1)[-1])
    other = (first + 1) % 11
    found = engine.generate([other, 5, 2], 3, stop_ids=[other])
    assert found[:3].tolist() == [other, 5, 2]


def test_the_loop_ends_when_all_rows_have(engine_of, counting, steps_reached):
    heard = []
    found = engine_of(counting).generate(
        [[0], [1]], 1000, stop_ids=[3], on_token=heard.append
    )
    assert as_lists(found) == [[0, 1, 2], [1, 2]]
    assert [ids.tolist() for ids in heard] == [[1, 2], [2, -1]]
    assert max(steps_reached) == 3  # the stop ids count, 997 others do not


def test_streams_what_it_returns(shared):
    (_, engine), sampler, heard = shared, Temperature(2.0), []
    streamed = engine.generate(
        PROMPTS, 30, sampler, stop_ids=[4], seed=2, on_token=heard.append
    )
    silent = engine.generate(PROMPTS, 30, sampler, stop_ids=[4], seed=2)
    assert as_lists(streamed) == as_lists(silent)
    columns = np.stack(heard, axis=1)
    for prompt, text, column in zip(PROMPTS, streamed, columns, strict=True):
        new = text[len(prompt) :].tolist()
        assert column.tolist() == new + [-1] * (len(heard) - len(new))
    assert len(heard) == max(
        len(t) - len(p) for t, p in zip(streamed, PROMPTS, strict=True)
    )


@pytest.mark.compiled
def test_streaming_does_not_compile_again(shared):
    model, engine = shared
    engine.generate([1, 2], 30, TopK(3), seed=0)
    traced = len(model.calls)
    engine.generate([1, 2], 30, TopK(3), seed=0, on_token=lambda ids: None)
    assert len(model.calls) == traced


@pytest.mark.compiled
def test_compiles_once_for_a_bucket(remembering, engine_of):
    engine = engine_of(remembering)
    engine.generate([[1], [2, 3]], 20, TopK(3) | Temperature(0.5), seed=0)
    traced = len(remembering.calls)
    assert remembering.calls[0] == (2, 16)  # the prompts are read in parallel
    assert set(remembering.calls[1:]) == {(2, 1)}
    engine.generate([[1] * 9, [2]], 24, TopK(3) | Temperature(0.5), seed=0)
    engine.generate([[1], [2]], 20, TopK(5) | Temperature(1.5), [7], seed=1)
    engine.generate([[1], [2]], 17, TopK(1) | Temperature(1.5), [7, 8, 9], seed=None)
    assert len(remembering.calls) == traced
    engine.generate([[1] * 17, [2]], 20, TopK(3) | Temperature(0.5), seed=0)
    assert len(remembering.calls) > traced  # another bucket, another program
    assert remembering.calls[traced] == (2, 20)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Temperature(0.5), Temperature(2.0)),
        (TopP(0.3), TopP(0.99)),
        (TopK(2), TopK(9)),
        (MinP(0.5), MinP(0.01)),
        (RepetitionPenalty(1.1), RepetitionPenalty(4.0)),
    ],
    ids=repr,
)
def test_another_number_takes_effect_without_compiling(shared, first, second, traces):
    model, engine = shared
    engine.generate(PROMPTS, 12, first, seed=4)
    traced = traces(model.calls)
    found = engine.generate(PROMPTS, 12, second, seed=4)
    assert traces(model.calls) == traced
    assert as_lists(found) == written_plainly(model, PROMPTS, 12, second, seed=4)
    assert as_lists(found) != written_plainly(model, PROMPTS, 12, first, seed=4)


def test_a_changed_weight_is_seen_without_compiling(traces):
    import keras

    weight = keras.Variable(np.eye(4, dtype="float32")[[1, 2, 3, 0]])
    calls = []

    def next_logits(token_ids, cache, cache_index, num_padding):
        calls.append(1)
        return ops.take(weight, token_ids[:, -1], axis=0), cache

    engine = DecodingEngine(next_logits, lambda *_: (), 4, variables=[weight])
    assert engine.generate([0], 3).tolist() == [0, 1, 2, 3]
    traced = traces(calls)
    weight.assign(np.eye(4, dtype="float32")[[3, 0, 1, 2]])
    assert engine.generate([0], 3).tolist() == [0, 3, 2, 1]
    assert traces(calls) == traced


def test_a_prompt_may_fill_the_model(remembering, engine_of, uncompiled):
    """Buckets are never longer than what a model with learned positions can take."""
    engine = engine_of(remembering, max_sequence_length=20)
    prompt = [1, 2, 3, 4, 5] * 3 + [6, 7, 8]
    found = engine.generate(prompt, 2)
    assert [found.tolist()] == written_plainly(remembering, [prompt], 2, Greedy())
    assert remembering.calls[0] == (1, 20)


def test_ctrl_c_leaves_the_engine_usable(shared, traces):
    model, engine = shared
    expected = engine.generate([1, 2], 30, TopK(4), seed=9).tolist()

    def press(ids):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.generate([1, 2], 30, TopK(4), seed=9, on_token=press)
    traced = traces(model.calls)
    assert engine.generate([1, 2], 30, TopK(4), seed=9).tolist() == expected
    assert traces(model.calls) == traced


def test_an_error_while_compiling_leaves_the_engine_usable(remembering):
    broken = [True]

    def next_logits(*arguments):
        if broken:
            raise RuntimeError(broken.pop())
        return remembering.next_logits(*arguments)

    engine = DecodingEngine(next_logits, remembering.make_cache, 11)
    with pytest.raises(RuntimeError):
        engine.generate([1, 2], 3)
    expected = written_plainly(remembering, [[1, 2]], 3, Greedy())
    assert [engine.generate([1, 2], 3).tolist()] == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"token_ids": []},
            "generate: `token_ids` must hold at least one token in every prompt. "
            "Received: an empty prompt in row 0. What would do: a prompt of one token, "
            "such as the one that starts a text.",
        ),
        (
            {"token_ids": [[1], []]},
            "generate: `token_ids` must hold at least one token in every prompt. "
            "Received: an empty prompt in row 1. What would do: a prompt of one token, "
            "such as the one that starts a text.",
        ),
        (
            {"token_ids": [[1], [2, 11]]},
            "generate: `token_ids` must be from 0 to 10. Received: 11 in row 1, "
            "position 1. What would do: the tokenizer that the model was trained with.",
        ),
        (
            {"token_ids": [3, -1]},
            "generate: `token_ids` must be from 0 to 10. Received: -1 in row 0, "
            "position 1. What would do: the tokenizer that the model was trained with.",
        ),
        (
            {"token_ids": [0.5, 1.0]},
            "generate: `token_ids` must be whole numbers: one list for one prompt, a "
            "list of lists for several. Received: row 0 of shape (2,) and type float64."
            " What would do: tokenizer.encode(text).",
        ),
        (
            {"token_ids": "The dog"},
            "generate: `token_ids` must be whole numbers: one list for one prompt, a "
            "list of lists for several. Received: row 0 of shape (7,) and type <U1. "
            "What would do: tokenizer.encode(text).",
        ),
        (
            {"max_new_tokens": 0},
            "generate: `max_new_tokens` must be a positive integer. "
            "Received: max_new_tokens=0.",
        ),
        (
            {"max_new_tokens": -3},
            "generate: `max_new_tokens` must be a positive integer. "
            "Received: max_new_tokens=-3.",
        ),
        (
            {"token_ids": [1] * 50},
            "generate: prompt and `max_new_tokens` together must be at most 64 tokens, "
            "the model's max_sequence_length. Received: a prompt of 50 tokens, "
            "max_new_tokens=100. What would do: max_new_tokens=14, or a prompt "
            "shortened from the left.",
        ),
        (
            {"token_ids": [[1], [1] * 64], "max_new_tokens": 4},
            "generate: prompt and `max_new_tokens` together must be at most 64 tokens, "
            "the model's max_sequence_length. Received: a prompt of 64 tokens, "
            "max_new_tokens=4. What would do: the end of the prompt, token_ids[-60:].",
        ),
        (
            {"stop_ids": [3, 11], "max_new_tokens": 5},
            "generate: `stop_ids` must be a sequence of token ids from 0 to 10. "
            "Received: stop_ids=[3, 11].",
        ),
        (
            {"stop_ids": 3, "max_new_tokens": 5},
            "generate: `stop_ids` must be a sequence of token ids from 0 to 10. "
            "Received: stop_ids=3. What would do: [3].",
        ),
        (
            {"seed": 0.5, "max_new_tokens": 5},
            "generate: `seed` must be an integer or None. Received: seed=0.5.",
        ),
        (
            {"sampler": "greedy", "max_new_tokens": 5},
            "generate: `sampler` must be a sampler of fmkeras.generation, or None for "
            "Greedy(). Received: sampler='greedy'. What would do: TopP(0.9).",
        ),
        (
            {"sampler": Beam(12), "max_new_tokens": 5},
            "Beam: `width` must be at most 11, the size of the vocabulary. "
            "Received: width=12. What would do: Beam(4).",
        ),
        (
            {"sampler": Beam(2), "max_new_tokens": 5, "on_token": "print"},
            "generate: `on_token` must be None with Beam, whose text is not known "
            "before its end. Received: on_token='print'. "
            "What would do: on_token=None.",
        ),
    ],
)
def test_says_what_would_do(remembering, engine_of, arguments, message):
    engine = engine_of(remembering, max_sequence_length=64)
    with pytest.raises(ValueError) as error:
        engine.generate(**{"token_ids": [1, 2], **arguments})
    assert str(error.value) == message
    assert not remembering.calls


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"vocabulary_size": 0},
            "DecodingEngine: `vocabulary_size` must be a positive integer. "
            "Received: vocabulary_size=0.",
        ),
        (
            {"vocabulary_size": 5, "max_sequence_length": 0},
            "DecodingEngine: `max_sequence_length` must be a positive integer. "
            "Received: max_sequence_length=0.",
        ),
    ],
)
def test_says_which_size_is_wrong(arguments, message):
    with pytest.raises(ValueError) as error:
        DecodingEngine(None, None, **arguments)
    assert str(error.value) == message
