"""Every notebook of the real site is one, and two of them run."""

import ast

import nbformat
import pytest

pytestmark = pytest.mark.slow

LESSON = "04_softmax_regression"


@pytest.fixture(scope="module")
def notebooks(site):
    """Return all notebooks by name."""
    paths = sorted((site / "lessons").glob("*.ipynb"))
    return {path.stem: nbformat.read(path, as_version=4) for path in paths}


def run(notebook, folder):
    """Execute a notebook as Jupyter would, going on after an error."""
    from nbclient import NotebookClient

    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()


def errors(notebook):
    """Return the name of each exception that a cell raised, with its exercise."""
    return [
        (cell.metadata.get("exercise") or cell.metadata.get("check"), output.ename)
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    ]


def test_every_lesson_has_two_notebooks_that_are_valid(site, notebooks):
    scripts = {path.stem for path in (site / "lessons").glob("*.py")}
    students = {f"{name}_student" for name in scripts}
    assert set(notebooks) == scripts | students
    for notebook in notebooks.values():
        nbformat.validate(notebook)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                ast.parse(cell.source)


def test_a_student_finds_no_solution(notebooks):
    for name, notebook in notebooks.items():
        text = "".join(cell.source for cell in notebook.cells)
        assert ("BEGIN SOLUTION" in text) is not name.endswith("_student"), name


def test_a_notebook_runs_and_its_checks_pass(notebooks, tmp_path):
    notebook = notebooks[LESSON]
    run(notebook, tmp_path)
    assert errors(notebook) == []


def test_a_student_notebook_runs_but_for_what_the_student_has_yet_to_do(
    notebooks, tmp_path
):
    notebook = notebooks[f"{LESSON}_student"]
    run(notebook, tmp_path)
    found = errors(notebook)
    assert len(found) >= 3
    assert {name for _, name in found} == {"NotImplementedError"}
