"""Pieces of a loop: short at first, then as long as the reader's patience."""

import pytest

from fmkeras.generation import pacing


@pytest.fixture
def clock(monkeypatch):
    """A clock that every step of the loop moves on by ten milliseconds."""
    now = [0.0]
    monkeypatch.setattr(pacing.time, "perf_counter", lambda: now[0])
    return now


def steps(clock, last, seconds, first=1, cost=0.01, stops_at=10**9, pace=None):
    pace = pace or pacing.Pace()

    def advance(state, end):
        end = min(end, stops_at)
        clock[0] += cost * (end - state["step"]) + 1e-9
        return {"step": end}

    pieces = pace.pieces(advance, {"step": first}, last, seconds)
    return [state["step"] for state in pieces]


def test_every_step_is_reached_and_none_passed(clock):
    for last in (1, 2, 9, 10, 100):
        reached = steps(clock, last, seconds=0.05)
        assert reached == sorted(set(reached))
        assert reached[-1:] == ([last] if last > 1 else [])


def test_pieces_grow_to_what_patience_allows(clock):
    assert steps(clock, 100, seconds=0.4)[:3] == [9, 41, 80]
    assert steps(clock, 30, seconds=0.03) == [9, *range(11, 30, 2), 30]


def test_a_slow_model_comes_back_after_every_token(clock):
    assert steps(clock, 12, seconds=0.04, cost=1.0) == [9, 10, 11, 12]


def test_a_loop_that_ended_early_is_not_asked_again(clock):
    assert steps(clock, 1000, seconds=9.0, stops_at=20) == [9, 20]


def test_the_next_text_begins_with_what_was_learned(clock):
    pace = pacing.Pace()
    steps(clock, 100, seconds=0.405, pace=pace)
    assert steps(clock, 100, seconds=0.405, pace=pace) == [41, 81, 100]
    assert steps(clock, 10, seconds=0.035, pace=pace) == [4, 7, 10]


def test_what_waited_for_the_compiler_is_forgotten(clock):
    pace = pacing.Pace()
    steps(clock, 5, seconds=0.405, cost=10.0, pace=pace)
    assert steps(clock, 12, seconds=0.405, pace=pace) == [2, 6, 12]
    assert steps(clock, 100, seconds=0.405, pace=pace) == [41, 81, 100]
