"""The figures of a run as JSON: read, checked, put together and written."""

import json
from datetime import date

from benchmarks import machine

# Each kind of entry, and what every entry of that kind says.
KINDS = {
    "comparisons": {
        *("row", "job", "peer", "goal", "ratio", "low", "high", "pairs"),
        *("ours", "theirs", "work", "unit", "rate"),
    },
    "values": {"row", "job", "who", "what", "value", "unit"},
    "growth": {
        *("row", "job", "what", "axis", "x", "seconds", "theory"),
        *("exponent", "theory_exponent"),
    },
    "left_out": {"row", "job", "peer", "reason"},
}
SETTING = ("machine", "versions")


class ResultsError(ValueError):
    """A file of results cannot be used."""


def empty():
    """Begin results: where they are taken, and no entries yet."""
    setting = {"machine": machine.describe(), "versions": machine.versions()}
    today = {"date": date.today().isoformat()}
    return {**setting, **today, **{kind: [] for kind in KINDS}}


def read(path):
    """Read results from a file.

    Args:
        path: `pathlib.Path`.

    Raises:
        ResultsError: If it is not there, or does not hold results.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path} cannot be read: {error}.") from error
    check(found, path)
    return found


def check(found, path):
    """Raise `ResultsError` where something is missing."""
    parts = (*SETTING, "date", *KINDS)
    if not isinstance(found, dict) or (lacking := [p for p in parts if p not in found]):
        lacking = lacking if isinstance(found, dict) else parts
        raise ResultsError(f"{path} lacks {', '.join(lacking)}.")
    for kind, keys in KINDS.items():
        for index, entry in enumerate(found[kind]):
            if missing := sorted(keys - entry.keys()):
                where = f"{kind}[{index}]"
                raise ResultsError(f"{path} lacks {', '.join(missing)} in {where}.")


def check_same_setting(old, new, path):
    """Raise `ResultsError` if figures of two machines or versions would mix."""
    for part in SETTING:
        if old[part] != new[part]:
            raise ResultsError(
                f"{path} holds figures of another machine or of other versions: "
                f"{part} differs. What would do: another file, or a run of all rows."
            )


def merged(old, new):
    """Put new rows in the place of the old ones, and keep the other rows."""
    fresh = {entry["row"] for kind in KINDS for entry in new[kind]}
    together = dict(new)
    for kind in KINDS:
        kept = [entry for entry in old[kind] if entry["row"] not in fresh]
        together[kind] = kept + new[kind]
    return together


def write(path, found):
    """Write results to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


def goal_met(entry):
    """Tell whether an entry reaches its goal, or give `None` where it has none."""
    if entry.get("goal") is not None:
        return entry["ratio"] >= entry["goal"]
    if entry.get("at_most") is not None:
        return entry["value"] <= entry["at_most"]
    if entry.get("at_least") is not None:
        return entry["value"] >= entry["at_least"]
    return None
