"""What a cell is for, under which heading, and where it starts."""

import pytest

from fmkeras.course.cells import (
    headings,
    read_cells,
    read_notebook_cells,
    split_front_matter,
)


def test_every_cell_has_its_kind(doubling):
    kinds = [cell.kind for cell in read_cells(doubling)]
    exercise = ["prose", "exercise", "check"]
    assert kinds == ["prose", "setup", "code", *exercise, *exercise]


def test_every_cell_of_code_starts_on_its_line(doubling):
    lines = doubling.split("\n")
    cells = [cell for cell in read_cells(doubling) if cell.kind != "prose"]
    assert len(cells) == 6
    for cell in cells:
        source = cell.source.split("\n")
        assert lines[cell.line - 1 : cell.line - 1 + len(source)] == source


def test_exercises_and_checks_carry_the_id(doubling):
    ids = [cell.exercise for cell in read_cells(doubling)]
    assert ids == [None] * 4 + ["double", "double", None, "halve", "halve"]


def test_a_cell_stands_under_the_last_heading_before_it(doubling):
    sections = [cell.section for cell in read_cells(doubling)]
    assert sections == (
        ["Doubling"] * 3 + ["Exercise 1: Double"] * 3 + ["Exercise 2: Halve"] * 3
    )


def test_headings_end_at_level_three():
    assert headings("# a\n## b\n### c\n#### d\n#e") == ["a", "b", "c"]


def test_the_front_matter_is_no_cell(doubling):
    assert all("title:" not in cell.source for cell in read_cells(doubling))


def test_code_before_the_first_marker_is_a_cell_on_its_own_lines():
    text = "# ---\n# title: One\n# ---\nx = 1\n\n# %%\ny = 2\n"
    first, second = read_cells(text)
    assert first.source.rstrip("\n") == "\n\n\nx = 1"
    assert (first.line, second.line) == (1, 7)


def test_a_ruled_comment_is_no_front_matter():
    text = "# A title\n# ---\nx = 1\n"
    assert split_front_matter(text) == ("", text)


def test_an_unclosed_front_matter_is_none():
    text = "# ---\n# title: One\nx = 1\n# ---\n"
    assert split_front_matter(text) == ("", text)


def test_a_string_that_is_never_closed_swallows_no_other_cell():
    text = '# %% exercise="a"\ndef f():\n    """Oh\n\n# %% exercise="b"\nx = 1\n'
    assert [cell.exercise for cell in read_cells(text)] == ["a", "b"]


def test_a_comment_that_looks_like_a_magic_stays_a_comment():
    (cell,) = read_cells("# %%\n# %timeit f()\n# ls\nx = 1")
    assert cell.source == "# %timeit f()\n# ls\nx = 1"


def test_a_notebook_that_editors_have_touched_is_still_read():
    metadata = {"exercise": "a", "id": "x", "collapsed": True}
    cells = read_notebook_cells(
        {
            "cells": [
                {"cell_type": "markdown", "source": ["# One\n", "text"]},
                {"cell_type": "code", "source": "x = 1\nx", "metadata": metadata},
                {"cell_type": "code", "source": [], "metadata": {"exercise": "b"}},
                {"cell_type": "code", "source": "y", "metadata": None},
                {"cell_type": "code", "source": "z", "metadata": {"exercise": ["c"]}},
                {"cell_type": "code"},
                "no cell at all",
            ]
        }
    )
    assert [(c.kind, c.source, c.section) for c in cells] == [
        ("prose", "# One\ntext", "One"),
        ("exercise", "x = 1\nx", "One"),
        ("exercise", "", "One"),
        ("code", "y", "One"),
        ("code", "z", "One"),
        ("code", "", "One"),
    ]


def test_magics_of_a_notebook_become_comments():
    source = "%%time\nx = 4\n!ls\ny = (x\n  % 3)"
    (cell,) = read_notebook_cells({"cells": [{"cell_type": "code", "source": source}]})
    assert cell.source == "# %%time\nx = 4\n# !ls\ny = (x\n  % 3)"


@pytest.mark.parametrize("notebook", [[], 3, None, {}, {"cells": {}}])
def test_what_holds_no_cells_is_no_notebook(notebook):
    with pytest.raises(ValueError, match="it holds no list of cells"):
        read_notebook_cells(notebook)
