"""Leave the solutions out of a lesson, and say where the student's go."""

import re

from fmkeras.course.cells import CELL_MARKER
from fmkeras.errors import argument_error

PLACEHOLDER = 'raise NotImplementedError("Put your solution in place of this line.")'

_MARKER = re.compile(r"(\s*)### (BEGIN|END) SOLUTION\s*")
_NEARLY_A_MARKER = re.compile(r"\s*#+\s*(BEGIN|END)[\s_-]*SOLUTION", re.IGNORECASE)


def strip_solutions(text, name):
    r"""Replace every solution by a line that says where the student's goes.

    Args:
        text: String. A percent script with `### BEGIN SOLUTION` and
            `### END SOLUTION` around each solution.
        name: String. The script's name, for the error.

    Returns:
        String. The script without its solutions, indented as they were.

    Raises:
        ValueError: If a marker is misspelt, or one of a pair is missing.

    Example:

    >>> print(strip_solutions("### BEGIN SOLUTION\nx = 1\n### END SOLUTION", "a.py"))
    raise NotImplementedError("Put your solution in place of this line.")
    """
    kept, begun = [], None
    for number, line in enumerate(text.split("\n"), start=1):
        marker = _MARKER.fullmatch(line)
        if marker is None and _NEARLY_A_MARKER.match(line):
            must_be = "'### BEGIN SOLUTION' or '### END SOLUTION'"
            raise argument_error(_at(name, number), "marker", must_be, line.strip())
        if begun and (CELL_MARKER.match(line) or (marker and marker[2] == "BEGIN")):
            break
        if marker is None:
            kept += [] if begun else [line]
        elif marker[2] == "BEGIN":
            begun = number
            kept.append(marker[1] + PLACEHOLDER)
        elif begun:
            begun = None
        else:
            must_be = "preceded by '### BEGIN SOLUTION' in the same cell"
            raise argument_error(_at(name, number), "marker", must_be, line.strip())
    if begun:
        must_be = "followed by '### END SOLUTION' in the same cell"
        raise argument_error(_at(name, begun), "marker", must_be, "### BEGIN SOLUTION")
    return "\n".join(kept)


def _at(name, line):
    return f"{name}, line {line}"
