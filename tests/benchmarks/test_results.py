"""The JSON of a run: checked when it is read, row by row when it is added to."""

import copy
import json

import pytest

from benchmarks import results as kept


def written(tmp_path, content):
    path = tmp_path / "figures.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def message(call, *arguments):
    with pytest.raises(kept.ResultsError) as error:
        call(*arguments)
    return str(error.value)


def test_what_is_written_is_read_again(tmp_path, results):
    path = tmp_path / "a folder" / "figures.json"
    kept.write(path, results)
    assert kept.read(path) == results
    assert path.read_text("utf-8").endswith("}\n")


def test_a_file_that_is_not_there_or_no_json_is_named(tmp_path):
    absent = tmp_path / "absent.json"
    assert message(kept.read, absent).startswith(f"{absent} cannot be read: [Errno 2]")
    path = written(tmp_path, "{")
    assert message(kept.read, path).startswith(f"{path} cannot be read: Expecting")


@pytest.mark.parametrize(
    ("damage", "lacking"),
    [
        (lambda r: r.pop("machine"), "machine"),
        (lambda r: [r.pop("growth"), r.pop("date")], "date, growth"),
        (lambda r: r["comparisons"][0].pop("ratio"), "ratio in comparisons[0]"),
        (lambda r: r["values"][0].pop("who"), "who in values[0]"),
        (lambda r: r["left_out"][0].pop("reason"), "reason in left_out[0]"),
    ],
)
def test_what_is_missing_is_named(tmp_path, results, damage, lacking):
    damage(results)
    path = written(tmp_path, results)
    assert message(kept.read, path) == f"{path} lacks {lacking}."


def test_json_that_is_no_results_is_refused(tmp_path):
    path = written(tmp_path, "[1, 2]")
    assert message(kept.read, path) == (
        f"{path} lacks machine, versions, date, comparisons, values, growth, left_out."
    )


def test_an_empty_run_tells_machine_and_versions(tmp_path):
    found = kept.empty()
    kept.check(found, "a run")
    assert found["machine"]["cores"] >= 1
    assert {"python", "keras", "fmkeras"} <= found["versions"].keys()
    assert not any(found[kind] for kind in kept.KINDS)


def test_new_rows_take_the_place_of_old_ones_and_the_others_stay(results):
    new = copy.deepcopy(results)
    new["comparisons"][0]["ratio"] = 1.5
    new["growth"], new["values"] = [], []
    together = kept.merged(results, new)
    assert [each["ratio"] for each in together["comparisons"]] == [1.5]
    assert together["growth"] == results["growth"]
    assert together["values"] == results["values"]
    assert len(together["left_out"]) == 1


def test_a_row_that_was_measured_anew_leaves_nothing_of_its_old_self(results):
    new = {**copy.deepcopy(results), "left_out": [], "values": [], "growth": []}
    assert kept.merged(results, new)["left_out"] == []


@pytest.mark.parametrize("part", ["machine", "versions"])
def test_figures_of_two_settings_do_not_mix(results, part):
    other = copy.deepcopy(results)
    kept.check_same_setting(results, other, "f.json")
    other[part]["more"] = "7"
    assert message(kept.check_same_setting, results, other, "f.json") == (
        "f.json holds figures of another machine or of other versions: "
        f"{part} differs. What would do: another file, or a run of all rows."
    )


@pytest.mark.parametrize(
    ("entry", "met"),
    [
        ({"goal": 1.3, "ratio": 1.3}, True),
        ({"goal": 1.3, "ratio": 1.29}, False),
        ({"goal": None, "ratio": 0.1}, None),
        ({"value": 0.5, "at_most": 0.5}, True),
        ({"value": 0.51, "at_most": 0.5}, False),
        ({"value": 1.0, "at_least": 1.0}, True),
        ({"value": 0.0, "at_least": 1.0}, False),
        ({"value": 3.0}, None),
    ],
)
def test_a_goal_is_met_or_missed_or_not_there(entry, met):
    assert kept.goal_met(entry) is met
