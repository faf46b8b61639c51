"""The results as Markdown, for the page of the site."""

from benchmarks import cells
from benchmarks.rows import ROWS


def tables(found):
    """Write the results as Markdown: a section for each row of the table.

    Args:
        found: Results.

    Returns:
        String.
    """
    blocks = []
    for name, row in ROWS.items():
        parts = [
            _table(found, name, "comparisons", cells.COMPARISON, cells.comparison),
            _table(found, name, "values", cells.VALUE, cells.value),
        ]
        if any(parts):
            blocks += [f"### {row.title}", *filter(None, parts)]
    return "\n\n".join(blocks)


def setting(found):
    """Write on what the figures were taken, and what was left out."""
    lines = [*cells.setting(found), *cells.left_out(found)]
    return "\n".join(f"- {_escaped(line)}" for line in lines)


def growth_sentence(entry):
    """Say how one cost grew and what theory says."""
    return (
        f"{entry['what'].capitalize()} grew with {entry['axis']} to the power "
        f"{entry['exponent']:.2f}; theory says {entry['theory_exponent']:.2f}."
    )


def page(found):
    """Write all of it, without the figures."""
    growth = [f"- {growth_sentence(entry)}" for entry in found["growth"]]
    blocks = [tables(found)]
    if growth:
        blocks += [f"### {ROWS['growth'].title}", "\n".join(growth)]
    return "\n\n".join([*blocks, "### Taken on", setting(found)]) + "\n"


def _table(found, row, kind, headings, as_cells):
    entries = [entry for entry in found[kind] if entry["row"] == row]
    if not entries:
        return ""
    lines = [headings, ["---"] * len(headings), *map(as_cells, entries)]
    return "\n".join(f"| {' | '.join(map(_escaped, line))} |" for line in lines)


def _escaped(text):
    return text.replace("|", r"\|").replace("_", r"\_").replace("<", r"\<")
