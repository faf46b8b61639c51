"""Lessons as notebooks and as copies for students."""

import os
from dataclasses import asdict
from pathlib import Path

from fmkeras.course.cells import read_cells
from fmkeras.course.solutions import strip_solutions
from fmkeras.errors import argument_error

# What jupytext remembers of a script's layout says nothing in a notebook.
_LAYOUT = ("lines_to_next_cell", "cell_marker")


def to_notebook(lesson, student=False):
    """Turn a lesson into a notebook that Jupyter and nbgrader read.

    Args:
        lesson: `Lesson`.
        student: Boolean. Whether to leave the solutions out.

    Returns:
        An nbformat notebook. Its metadata carries the front matter under `"fmkeras"`.

    Raises:
        ValueError: If a solution's markers are malformed.

    Example:

    >>> from fmkeras.course import find_lesson
    >>> notebook = to_notebook(find_lesson(1), student=True)
    >>> notebook.metadata["fmkeras"]["lesson"]
    '01'
    """
    from nbformat import v4

    cells = read_cells(_text(lesson, student))
    return v4.new_notebook(
        cells=[_notebook_cell(cell, i, lesson) for i, cell in enumerate(cells)],
        metadata={
            "fmkeras": _front_matter(lesson),
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
        },
    )


def write_copy(lesson, path=None, student=False, force=False):
    """Write a lesson to a file, as a whole or not at all.

    Args:
        lesson: `Lesson`.
        path: String or path. Its suffix, `.ipynb` or `.py`, decides on the format; a
            folder, or `None` for the current one, gets a notebook of the lesson's
            name, with `_student` behind it if it has no solutions.
        student: Boolean. Whether to leave the solutions out.
        force: Boolean. Whether to replace a file that is already there.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ValueError: If the suffix is neither, or a solution's markers are malformed.
        OSError: If the file is already there, or cannot be written.

    Example:

    >>> from fmkeras.course import find_lesson
    >>> write_copy(find_lesson(1), "lesson.docx")
    Traceback (most recent call last):
    ...
    ValueError: write_copy: `path` must be a name that ends in .ipynb or .py. \
Received: path='lesson.docx'.
    """
    path = Path() if path is None else Path(path)
    if path.is_dir():
        path /= f"{lesson.name}{'_student' if student else ''}.ipynb"
    if path.suffix not in (".ipynb", ".py"):
        must_be = "a name that ends in .ipynb or .py"
        raise argument_error("write_copy", "path", must_be, str(path))
    if path.exists() and not force:
        raise FileExistsError(
            f"'{path}' is already there and was left as it is. "
            "What would do: another name, or --force to replace it."
        )
    _write(path, _content(lesson, path.suffix, student))
    return path


def _content(lesson, suffix, student):
    if suffix == ".ipynb":
        import nbformat

        return nbformat.writes(to_notebook(lesson, student)) + "\n"
    return _text(lesson, student)


def _text(lesson, student):
    text = lesson.text()
    return strip_solutions(text, lesson.path.name) if student else text


def _write(path, content):
    """Write beside the file and then rename, so that no half of it is ever there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            temporary.write_text(content, "utf-8", newline="\n")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OSError(
            f"'{path}' could not be written: {error.strerror}. "
            "What would do: a folder that exists and that you may write to."
        ) from error


def _front_matter(lesson):
    fields = asdict(lesson)
    del fields["path"]
    return {
        "lesson": fields.pop("number"),
        **{k: list(v) if isinstance(v, tuple) else v for k, v in fields.items()},
    }


def _notebook_cell(cell, index, lesson):
    from nbformat import v4

    new_cell = v4.new_markdown_cell if cell.kind == "prose" else v4.new_code_cell
    metadata = {k: v for k, v in cell.metadata.items() if k not in _LAYOUT}
    if cell.exercise is not None:
        metadata["nbgrader"] = _nbgrader(cell)
    return new_cell(
        cell.source.strip("\n"),
        id=f"lesson-{lesson.number}-cell-{index + 1:03d}",
        metadata=metadata,
    )


def _nbgrader(cell):
    """What nbgrader keeps about a cell, in the third version of its schema."""
    solution = cell.kind == "exercise"
    grader = {
        "schema_version": 3,
        "grade_id": cell.exercise if solution else f"check-{cell.exercise}",
        "solution": solution,
        "grade": not solution,
        "locked": not solution,
        "task": False,
    }
    return grader if solution else {**grader, "points": 1}
