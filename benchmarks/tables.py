"""Rows of ratios, printed."""

import statistics

from rich.console import Console
from rich.table import Table

from benchmarks.paired import ratios

COLUMNS = ("job", "peer", "peer", "fmkeras", "ratio", "range")


def comparison_rows(job, seconds, work, unit):
    """Set every peer's seconds beside ours.

    Args:
        job: String. What was done.
        seconds: Dict of name -> list of seconds a round, "fmkeras" among them.
        work: Float. How many units a round does.
        unit: String. What is counted, such as "tokens/s".

    Returns:
        List of dicts, one for each peer.
    """
    ours = seconds["fmkeras"]
    rows = []
    for peer, theirs in seconds.items():
        if peer == "fmkeras":
            continue
        median, low, high = ratios(theirs, ours)
        rows.append(
            {
                "job": job,
                "peer": peer,
                "unit": unit,
                "theirs": work / statistics.median(theirs),
                "ours": work / statistics.median(ours),
                "ratio": median,
                "low": low,
                "high": high,
            }
        )
    return rows


def show(title, rows, notes=()):
    """Print the rows, and below them what a reader must know."""
    table = Table(title=title)
    for index, column in enumerate(COLUMNS):
        table.add_column(column, justify="left" if index < 2 else "right")
    for row in rows:
        table.add_row(
            row["job"],
            row["peer"],
            f"{row['theirs']:,.0f} {row['unit']}",
            f"{row['ours']:,.0f} {row['unit']}",
            f"{row['ratio']:.2f}",
            f"{row['low']:.2f} to {row['high']:.2f}",
        )
    console = Console()
    if not console.is_terminal:  # a file has room for whole names
        console = Console(width=120)
    console.print(table)
    for note in notes:
        console.print(note)
