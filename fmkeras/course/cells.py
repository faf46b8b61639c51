"""A percent script as cells: what each is for, and on which line it starts."""

import re
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

CELL_MARKER = re.compile(r"#\s*%%")
_HEADING = re.compile(r"#{1,3}\s+(.+)")

# Comments that happen to look like a magic (`# %timeit`, `# ls`) stay comments.
_PERCENT = {"extension": ".py", "format_name": "percent", "comment_magics": False}


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson, or of a student's copy of it.

    Attributes:
        kind: String. `"prose"`, `"setup"`, `"code"`, `"exercise"` or `"check"`.
        source: String. What the cell holds; Markdown if it is prose.
        line: Integer. The line of the file on which the source starts.
        metadata: Dictionary of what stands after the cell's marker.
        section: String. The heading the cell stands under.
    """

    kind: str
    source: str
    line: int
    metadata: dict
    section: str

    @property
    def exercise(self):
        """The id of the exercise that this cell asks or checks, or `None`."""
        graded = self.kind in ("exercise", "check")
        return self.metadata[self.kind] if graded else None


def split_front_matter(text):
    r"""Part a script's front matter from its cells.

    Args:
        text: String. The whole script.

    Returns:
        A pair of strings: the front matter's YAML (empty if there is none), and the
        script with as many empty lines in its place, so that lines keep their numbers.

    Example:

    >>> split_front_matter("# ---\n# title: One\n# ---\nx = 1")
    ('title: One', '\n\n\nx = 1')
    """
    lines = text.split("\n")
    if lines[0].rstrip() != "# ---":
        return "", text
    for end, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "# ---":
            yaml = [line.removeprefix("#").removeprefix(" ") for line in lines[1:end]]
            return "\n".join(yaml), "\n".join([""] * (end + 1) + lines[end + 1 :])
        if not line.startswith("#"):
            break
    return "", text


def read_cells(text):
    r"""Read the cells of a percent script.

    Every `# %%` at the start of a line opens a cell, even inside a string that was
    never closed, so that one broken cell cannot swallow the next.

    Args:
        text: String. The whole script.

    Returns:
        List of `Cell`. A front matter is no cell.

    Example:

    >>> [(cell.kind, cell.line) for cell in read_cells("# %% [markdown]\n# # Hello")]
    [('prose', 2)]
    """
    raw_cells = [
        (cell_type, source, line, deepcopy(metadata))
        for line, piece in _pieces(split_front_matter(text)[1])
        for cell_type, source, metadata in _read_piece(piece)
    ]
    return _with_sections(raw_cells)


def read_notebook_cells(notebook):
    r"""Read the cells of a notebook that may have been through many hands.

    Args:
        notebook: What the notebook's JSON holds.

    Returns:
        List of `Cell`, each with the line numbers of its own source.

    Raises:
        ValueError: If it holds no list of cells.

    Example:

    >>> cell = {"cell_type": "code", "source": ["x = 1\n", "x"], "metadata": {}}
    >>> read_notebook_cells({"cells": [cell]})[0].source
    'x = 1\nx'
    """
    from jupytext.magics import comment_magic

    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ValueError("it holds no list of cells")
    raw_cells = []
    for raw in notebook["cells"]:
        if not isinstance(raw, dict):
            continue
        source, metadata = raw.get("source"), raw.get("metadata")
        if isinstance(source, list):
            source = "".join(map(str, source))
        source = source if isinstance(source, str) else ""
        if raw.get("cell_type") == "code":  # `%timeit` is no Python
            source = "\n".join(comment_magic(source.split("\n")))
        metadata = metadata if isinstance(metadata, dict) else {}
        raw_cells.append((raw.get("cell_type"), source, 1, metadata))
    return _with_sections(raw_cells)


def headings(source):
    r"""List the headings of a prose cell, code fences left out.

    Args:
        source: String of Markdown.

    Returns:
        List of strings, the headings of level one to three.

    Example:

    >>> headings("# One\n```\n# no heading\n```\n### Two")
    ['One', 'Two']
    """
    found, fenced = [], False
    for line in source.split("\n"):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced and (heading := _HEADING.fullmatch(line)):
            found.append(heading[1].strip())
    return found


def _pieces(text):
    """Cut a script at its cell markers; each piece comes with its first source line."""
    lines = text.split("\n")
    starts = [i for i, line in enumerate(lines) if CELL_MARKER.match(line)]
    preamble = lines[: starts[0]] if starts else lines
    if any(line.strip() and not line.startswith("#") for line in preamble):
        yield 1, "\n".join(["# %%", *preamble])
    for start, end in pairwise([*starts, len(lines)]):
        yield start + 2, "\n".join(lines[start:end])


@lru_cache(maxsize=4096)  # the same pieces come as lesson, notebook, student's copy
def _read_piece(piece):
    import jupytext

    cells = jupytext.reads(piece, _PERCENT).cells
    return [(cell.cell_type, cell.source, dict(cell.metadata)) for cell in cells]


def _with_sections(raw_cells):
    cells, section = [], ""
    for cell_type, source, line, metadata in raw_cells:
        kind = _kind(cell_type, metadata)
        if kind == "prose":
            section = next(reversed(headings(source)), section)
        cells.append(Cell(kind, source, line, metadata, section))
    return cells


def _kind(cell_type, metadata):
    if cell_type != "code":
        return "prose"
    for kind in ("exercise", "check"):
        if isinstance(metadata.get(kind), str):
            return kind
    tags = metadata.get("tags")
    return "setup" if isinstance(tags, list) and "setup" in tags else "code"
