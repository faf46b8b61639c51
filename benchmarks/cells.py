"""The figures of an entry as words, the same in the terminal and on the page."""

from benchmarks.results import goal_met

COMPARISON = (
    *("job", "peer", "fmkeras", "the peer", "ratio (spread)", "goal"),
    *("of the machine's rate", "peak MiB", "first call"),
)
VALUE = ("job", "who", "what", "value", "goal")
VERDICTS = {True: "met", False: "missed", None: ""}


def comparison(entry):
    """Give the cells of a comparison, in the order of `COMPARISON`."""
    ours, theirs = entry["ours"], entry["theirs"]
    return (
        entry["job"],
        entry["peer"],
        _speed(entry, ours),
        _speed(entry, theirs),
        f"{entry['ratio']:.2f} ({entry['low']:.2f} to {entry['high']:.2f})",
        _with_verdict(entry, entry["goal"], "≥ "),
        _both(_percent(ours["share"]), _percent(theirs["share"])),
        _both(f"{ours['peak_mib']:,.0f}", f"{theirs['peak_mib']:,.0f}"),
        _both(_seconds(ours["first_seconds"]), _seconds(theirs["first_seconds"])),
    )


def value(entry):
    """Give the cells of a value, in the order of `VALUE`."""
    at_most, at_least = entry.get("at_most"), entry.get("at_least")
    goal = _with_verdict(entry, at_most, "≤ ") or _with_verdict(entry, at_least, "≥ ")
    number = entry["value"]
    number = f"{number:,}" if isinstance(number, int) else f"{number:.3f}"
    cells = entry["job"], entry["who"], entry["what"]
    return (*cells, f"{number} {entry['unit']}".strip(), goal)


def setting(found):
    """Say in lines on what and when the figures were taken."""
    machine = found["machine"]
    rates = [entry["rate"] / 1e9 for entry in found["comparisons"]]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB, {machine['system']}; {found['date']}.",
        ", ".join(f"{name} {number}" for name, number in found["versions"].items())
        + ".",
    ]
    if rates:
        lines.append(
            f"Matrix products of float32 reached {min(rates):,.0f} to "
            f"{max(rates):,.0f} GFLOP/s while the figures were taken."
        )
    return lines


def left_out(found):
    """Say in lines which peers were left out, and why."""
    jobs = {}
    for entry in found["left_out"]:
        jobs.setdefault((entry["peer"], entry["reason"]), []).append(entry["job"])
    return [
        f"Left out: {peer} ({reason}), in {len(each)} "
        f"{'comparison' if len(each) == 1 else 'comparisons'}."
        for (peer, reason), each in jobs.items()
    ]


def _speed(entry, side):
    if entry["work"] is None:
        return _seconds(side["seconds"])
    return f"{entry['work'] / side['seconds']:,.0f} {entry['unit']}/s"


def _with_verdict(entry, goal, sign):
    if goal is None:
        return ""
    return f"{sign}{goal:.3g}, {VERDICTS[goal_met(entry)]}"


def _both(ours, theirs):
    return f"{ours} / {theirs}" if ours and theirs else ""


def _percent(share):
    return "" if share is None else f"{100 * share:.0f} %"


def _seconds(seconds):
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"
