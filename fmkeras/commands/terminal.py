"""What commands put on the screen: a console, lines and tables."""

import os
import sys
from contextlib import contextmanager

_NARROW = 60  # columns; a table needs more
_PIPE_WIDTH = 10_000  # a pipe gets whole lines


def make_console(stderr=False):
    """Make a console that gives a pipe whole lines and no colours.

    Args:
        stderr: Boolean. Whether it writes to standard error.

    Returns:
        `rich.console.Console`.

    Example:

    >>> make_console().print("hello")
    hello
    """
    from rich.console import Console

    console = Console(file=sys.stderr if stderr else sys.stdout)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PIPE_WIDTH
    return console


def say(console, text):
    """Print a text as it is, in lines that the terminal may wrap.

    Args:
        console: `rich.console.Console`.
        text: String.

    Example:

    >>> say(make_console(), "[bold] is not markup here")
    [bold] is not markup here
    """
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def show_table(columns, rows, styles=None):
    """Print a table; in a narrow terminal, a paragraph for each row.

    Args:
        columns: Sequence of strings, the headings.
        rows: Sequence of sequences, shown by `str`.
        styles: Dictionary: how a cell of that text looks.

    Example:

    >>> table = ("Lesson", "Title"), [("07", "MLP")]
    >>> show_table(*table)  # doctest: +NORMALIZE_WHITESPACE
    Lesson  Title
    07      MLP
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console, styles = make_console(), styles or {}
    cells = [[Text(str(x), styles.get(x, "")) for x in row] for row in rows]
    if console.width < _NARROW:
        for row in cells:
            for column, cell in zip(columns, row, strict=True):
                console.print(Text.assemble((f"{column}: ", "bold"), cell))
            console.print()
        return
    plain = {} if console.is_terminal else {"box": None, "pad_edge": False}
    table = Table(**{"box": box.SIMPLE_HEAD, **plain})
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in cells:
        table.add_row(*row)
    console.print(table)


@contextmanager
def quiet_import():
    """Silence what TensorFlow's libraries tell the terminal while they load.

    Some of it is written before any setting of TensorFlow can ask for silence. An
    error of the import is raised as ever.

    Example:

    >>> with quiet_import():
    ...     import keras
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
