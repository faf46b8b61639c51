"""Pairs in turn, medians of their ratios, and peers that are not there."""

import pytest

from benchmarks.comparing import compare
from benchmarks.contender import ContenderError
from benchmarks.jobs import Job, Peer
from benchmarks.paired import alternate, ratios

OURS = [9.0, 1.0, 2.0, 1.0, 1.0, 1.0]  # the warm-up first
THEIRS = [7.0, 2.0, 2.0, 3.0, 4.0, 1.5]


def job(**peers):
    return Job("sums", peers or {"them": Peer((), 1.5)}, 30, "sums", flops=6e9)


def run(stand_in, scripts, a_job=None, rates=(4e9, 2e9)):
    calls, said, started, rates = [], [], [], iter(rates)

    def start(module, name, contender):
        started.append(stand_in(contender, name, scripts[contender], calls))
        return started[-1]

    done = compare(
        "row", "a.module", a_job or job(), said.append, start, lambda: next(rates)
    )
    assert all(each.stopped for each in started)
    return *done, calls, said


def test_ours_and_theirs_take_turns_after_a_warm_up(stand_in):
    calls = []
    ours = stand_in("ours", "sums", OURS, calls)
    theirs = stand_in("theirs", "sums", THEIRS, calls)
    rounds = alternate(ours, theirs)
    assert calls == ["ours", "theirs"] * 6
    assert [[each["seconds"] for each in who] for who in rounds] == [
        OURS[1:],
        THEIRS[1:],
    ]


def test_ratios_are_taken_pair_by_pair():
    # 2, 1, 3, 4 and 1.5; the ratio of the medians, 2 / 1, is that of no matter.
    assert ratios([2.0, 2.0, 3.0, 4.0, 1.5], [1.0, 2.0, 1.0, 1.0, 1.0]) == (2, 1, 4)
    assert ratios([6.0, 3.0, 2.0], [1.0, 1.0, 2.0]) == (3.0, 1.0, 6.0)


def test_a_comparison_tells_ratio_goal_speed_share_and_memory(stand_in):
    (found,), left_out, _, said = run(stand_in, {"fmkeras": OURS, "them": THEIRS})
    assert left_out == []
    assert said == ["row, sums", "row, sums: fmkeras and them in turn"]
    assert found == {
        "row": "row",
        "job": "sums",
        "peer": "them",
        "goal": 1.5,
        "ratio": 2.0,
        "low": 1.0,
        "high": 4.0,
        "pairs": 5,
        "work": 30,
        "unit": "sums",
        "rate": 3e9,  # the mean of before and after
        "ours": {
            "seconds": 1.0,
            "first_seconds": 9.0,
            "share": 2.0,  # 6 GFLOP in 1 s at 3 GFLOP/s
            "peak_mib": 160.0,
            "added_mib": 60.0,
        },
        "theirs": {
            "seconds": 2.0,
            "first_seconds": 7.0,
            "share": 1.0,
            "peak_mib": 160.0,
            "added_mib": 60.0,
        },
    }


def test_each_peer_takes_turns_with_ours_and_only_the_first_warm_up_compiles(stand_in):
    scripts = {"fmkeras": OURS + OURS, "a": THEIRS, "b": THEIRS}
    peers = job(a=Peer(()), b=Peer(()))
    found, _, calls, _ = run(stand_in, scripts, peers, rates=[1e9] * 4)
    assert calls == ["fmkeras", "a"] * 6 + ["fmkeras", "b"] * 6
    assert [each["peer"] for each in found] == ["a", "b"]
    assert [each["ours"]["first_seconds"] for each in found] == [9.0, 9.0]


def test_a_peer_that_is_not_installed_is_left_out_and_named(stand_in):
    peers = job(gone=Peer(("json", "no_such_module")), them=Peer(()))
    found, left_out, calls, _ = run(
        stand_in, {"fmkeras": OURS, "them": THEIRS}, peers, rates=[1e9] * 2
    )
    assert [each["peer"] for each in found] == ["them"]
    assert left_out == [
        {
            "row": "row",
            "job": "sums",
            "peer": "gone",
            "reason": "not installed: no_such_module",
        }
    ]
    assert "gone" not in calls


def test_a_peer_that_fails_is_left_out_with_its_reason(stand_in):
    found, left_out, *_ = run(stand_in, {"fmkeras": OURS, "them": THEIRS[:3]})
    assert found == []
    assert [each["reason"] for each in left_out] == ["MemoryError: no room"]


def test_if_ours_fails_that_is_an_error(stand_in):
    with pytest.raises(ContenderError) as error:
        run(stand_in, {"fmkeras": OURS[:3], "them": THEIRS})
    assert str(error.value) == "fmkeras failed at 'sums': MemoryError: no room"


def test_without_a_count_of_operations_there_is_no_share(stand_in):
    plain = Job("sums", {"them": Peer(())}, 30, "sums")
    (found,), *_ = run(stand_in, {"fmkeras": OURS, "them": THEIRS}, plain)
    assert found["ours"]["share"] is None
    assert found["goal"] is None
