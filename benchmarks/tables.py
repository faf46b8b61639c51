"""The results as tables for the terminal."""

from rich.console import Console
from rich.table import Table

from benchmarks import cells
from benchmarks.rows import ROWS

WIDTH_OF_FILE = 160  # a file has room for whole names
LEFT = {"job", "peer", "who", "what"}


def show(found, console=None):
    """Print the results.

    Args:
        found: Results.
        console: `rich.console.Console`, or `None` for the terminal.
    """
    console = console or Console()
    if not console.is_terminal:
        console = Console(file=console.file, width=WIDTH_OF_FILE)
    for name, row in ROWS.items():
        _table(console, row.title, found, name, "comparisons", cells.COMPARISON)
        _table(console, row.title, found, name, "values", cells.VALUE)
    for entry in found["growth"]:
        console.print(
            f"{entry['what']} grows with {entry['axis']} to the power "
            f"{entry['exponent']:.2f}; by theory {entry['theory_exponent']:.2f}.",
            highlight=False,
        )
    for line in [*cells.left_out(found), *cells.setting(found)]:
        console.print(line, highlight=False, markup=False)


def _table(console, title, found, row, kind, headings):
    entries = [entry for entry in found[kind] if entry["row"] == row]
    if not entries:
        return
    table = Table(title=f"{title} ({row})")
    for heading in headings:
        justify = "left" if heading in LEFT else "right"
        table.add_column(heading, justify=justify, overflow="fold")
    as_cells = cells.comparison if kind == "comparisons" else cells.value
    for entry in entries:
        table.add_row(*as_cells(entry))
    console.print(table)
