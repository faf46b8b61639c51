"""What was found on a device, as one table."""

from typing import NamedTuple

from rich.console import Console
from rich.table import Table

WIDTH_OF_FILE = 110  # a file has room for whole names


class Line(NamedTuple):
    """A line of the table.

    Args:
        what: String. What was done.
        precision: String, Keras's policy.
        result: String. The difference, or the speed.
        rate: Float. Operations of matrix products a second, or `None`.
        is_right: Boolean. `False` if a contract is broken.
    """

    what: str
    precision: str
    result: str
    rate: float | None = None
    is_right: bool = True


def show(title, lines, rates, side):
    """Print the table.

    Args:
        title: String. What was measured on.
        lines: List of `Line`s.
        rates: Dict from precision to operations of matrix products a second.
        side: Integer. Rows and columns of those matrices.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_OF_FILE)
    table = Table(title=title)
    for heading in ("what", "precision", "result", "TFLOP/s", "of matrix products"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for precision, rate in rates.items():
        product = Line(f"product of {side}² matrices", precision, "", rate)
        table.add_row(*_cells(product, rates))
    for line in lines:
        table.add_row(*_cells(line, rates), style="" if line.is_right else "red")
    console.print(table)


def _cells(line, rates):
    if line.rate is None:
        return line.what, line.precision, line.result, "", ""
    share = f"{line.rate / rates[line.precision]:.1%}"
    return line.what, line.precision, line.result, f"{line.rate / 1e12:.3f}", share
