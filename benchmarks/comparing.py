"""One job, compared with every peer that is installed."""

import statistics

from benchmarks.contender import Contender, ContenderError
from benchmarks.jobs import OURS
from benchmarks.machine import matrix_product_rate
from benchmarks.paired import PAIRS, alternate, ratios


def compare(row, module, job, tell, start=Contender, rate=matrix_product_rate):
    """Time a job in pairs: ours and each peer's in turn.

    Args:
        row: String. The row's name on the command line.
        module: String. The module whose `build` makes the contenders.
        job: `Job`.
        tell: Called with a sentence on what is being done.
        start: Called with module, job and contender; gives a `Contender`.
        rate: Called to measure the matrix-product rate, in operations a second.

    Returns:
        A pair of lists of dicts: a comparison for each peer, and the peers that were
        left out, with the reason.

    Raises:
        ContenderError: If ours cannot do the job.
    """
    place = {"row": row, "job": job.name}
    comparisons, left_out = [], []
    tell(f"{row}, {job.name}")
    with start(module, job.name, OURS) as ours:
        for name, peer in job.peers.items():
            if missing := peer.missing():
                reason = f"not installed: {', '.join(missing)}"
                left_out.append({**place, "peer": name, "reason": reason})
                continue
            tell(f"{row}, {job.name}: {OURS} and {name} in turn")
            try:
                with start(module, job.name, name) as theirs:
                    found = _comparison(job, ours, theirs, rate)
            except ContenderError as error:
                if error.name == OURS:
                    raise
                left_out.append({**place, "peer": name, "reason": error.reason})
            else:
                goal = {"goal": peer.goal}
                comparisons.append({**place, "peer": name, **goal, **found})
    return comparisons, left_out


def _comparison(job, ours, theirs, rate):
    """Time two contenders and put the figures side by side."""
    before = rate()
    our_rounds, their_rounds = alternate(ours, theirs)
    operations = statistics.mean([before, rate()])
    our_seconds = [each["seconds"] for each in our_rounds]
    their_seconds = [each["seconds"] for each in their_rounds]
    median, low, high = ratios(their_seconds, our_seconds)
    return {
        "ratio": median,
        "low": low,
        "high": high,
        "pairs": PAIRS,
        "ours": _figures(job, ours, our_rounds, operations),
        "theirs": _figures(job, theirs, their_rounds, operations),
        "work": job.work,
        "unit": job.unit,
        "rate": operations,
    }


def _figures(job, contender, rounds, operations):
    """Sum up what one contender's rounds took."""
    seconds = statistics.median(each["seconds"] for each in rounds)
    share = None if job.flops is None else job.flops / seconds / operations
    peak = rounds[-1]["peak_mib"]
    return {
        "seconds": seconds,
        "first_seconds": contender.first_seconds,
        "share": share,
        "peak_mib": peak,
        "added_mib": peak - contender.built_mib,
    }
