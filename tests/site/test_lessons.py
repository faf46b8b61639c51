"""Lessons run once, their outputs are kept, and a fault names lesson and cell."""

import json

import pytest
from rich.console import Console

from site_builder import lesson_cache
from site_builder.errors import BuildError
from site_builder.execute import LessonError, Run, execute
from site_builder.lesson_page import lesson_files
from site_builder.lessons import executed_lessons
from site_builder.progress import LessonProgress

RUN = Run([[{"output_type": "stream", "name": "stdout", "text": "0\n1\n4\n"}]], 1.5, 2)


class Calls:
    """Takes the place of the kernel, and counts."""

    def __init__(self, monkeypatch):
        self.cells = []
        monkeypatch.setattr("site_builder.lessons.execute", self)

    def __call__(self, cells, folder, on_cell):
        self.cells.append(cells)
        for index, cell in enumerate(cells):
            on_cell(index)
            if "raise" in cell:
                raise LessonError(index, "Traceback\nOops: no")
        return Run([[] for _ in cells], 1.5, 2)


def executed(project):
    console = Console(quiet=True)
    with LessonProgress(console).shown() as progress:
        return executed_lessons(project, progress)


def second_lesson(project, edit):
    text = (project.tutorials / "01_squares.py").read_text("utf-8")
    path = project.tutorials / "02_more.py"
    path.write_text(text.replace("cubes", "more").replace("01", "02"), "utf-8")
    return path


def test_what_was_run_is_not_run_again(project, monkeypatch):
    calls = Calls(monkeypatch)
    first, second = executed(project), executed(project)
    assert len(calls.cells) == 1
    assert first == second


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The square of", "The second power of"),
        ("minutes: 1", "minutes: 2"),
        ("Multiply *twice*.", "Multiply."),
        ("print(square)", "print(square)  # shown below"),
        ('"""Return x³."""', '"""Return the cube."""'),
    ],
)
def test_prose_runs_nothing(project, monkeypatch, edit, old, new):
    calls = Calls(monkeypatch)
    executed(project)
    edit(project.tutorials / "01_squares.py", old, new)
    executed(project)
    assert len(calls.cells) == 1


def test_code_runs_its_own_lesson_and_no_other(project, monkeypatch, edit):
    other = second_lesson(project, edit)
    calls = Calls(monkeypatch)
    executed(project)
    edit(other, "print(square)", "print(-square)")
    executed(project)
    assert len(calls.cells) == 3
    assert "print(-square)" in calls.cells[2][1]


def test_outputs_meet_their_cells(project, monkeypatch):
    Calls(monkeypatch)
    (lesson,) = executed(project)
    lesson = lesson.__class__(
        lesson.lesson, lesson.cells, Run([["a"], ["b"], ["c"], ["d"]], 1.0, 2)
    )
    found = [(cell.kind, outputs) for cell, outputs in lesson.cells_with_outputs()]
    assert found == [
        ("prose", []),
        ("setup", ["a"]),
        ("prose", []),
        ("code", ["b"]),
        ("prose", []),
        ("exercise", ["c"]),
        ("check", ["d"]),
    ]


def test_a_lesson_that_raises_is_named_and_the_others_are_kept(
    project, monkeypatch, edit
):
    path = second_lesson(project, edit)
    edit(path, "    print(square)", "    raise ValueError")
    calls = Calls(monkeypatch)
    with pytest.raises(BuildError) as error:
        executed(project)
    assert str(error.value) == (
        "Lesson 02 (02_more.py) raised in cell 2 of 4, section 'Some squares', "
        "line 23:\n\nTraceback\nOops: no"
    )
    edit(path, "    raise ValueError", "    pass")
    executed(project)
    assert [len(cells) for cells in calls.cells] == [4, 4, 4]  # 01, 02 and 02 again


def test_a_front_matter_that_is_not_as_it_must_be_stops_the_build(project, edit):
    edit(project.tutorials / "01_squares.py", "difficulty: 2", "difficulty: 9")
    with pytest.raises(BuildError) as error:
        executed(project)
    assert str(error.value) == (
        "01_squares.py: `difficulty` must be an integer from 1 to 3. "
        "Received: difficulty=9."
    )


def test_what_was_kept_comes_back_the_same(tmp_path):
    lesson_cache.save(tmp_path, "01_one", "abc", RUN)
    assert lesson_cache.load(tmp_path, "01_one", "abc") == RUN
    assert lesson_cache.load(tmp_path, "01_one", "other") is None
    assert lesson_cache.load(tmp_path, "02_two", "abc") is None


def test_only_the_newest_outputs_of_a_lesson_are_kept(tmp_path):
    for stem, key in [("01_one", "a"), ("01_one", "b"), ("02_two", "a")]:
        lesson_cache.save(tmp_path, stem, key, RUN)
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["01_one-b.json", "02_two-a.json"]


@pytest.mark.parametrize("damage", ["cut", "altered", "empty", "other", "folder"])
def test_a_damaged_file_counts_as_none(tmp_path, damage):
    lesson_cache.save(tmp_path, "01_one", "a", RUN)
    path = tmp_path / "01_one-a.json"
    text = path.read_text()
    if damage == "folder":
        path.unlink()
        path.mkdir()
    else:
        damaged = {
            "cut": text[: len(text) // 2],
            "altered": text.replace("4\\n", "5\\n"),
            "empty": "",
            "other": json.dumps([1, 2]),
        }
        path.write_text(damaged[damage])
    assert lesson_cache.load(tmp_path, "01_one", "a") is None


def test_the_page_shows_the_students_stub_and_folds_the_rest(project, monkeypatch):
    Calls(monkeypatch)
    (lesson,) = executed(project)
    files = lesson_files(lesson, [lesson.lesson], warn=print)
    page = files["01_squares.md"].decode()
    stub = page.index('```python title="Your turn"')
    solution = page.index('??? success "Solution"')
    check = page.index('??? question "Check your answer"')
    assert stub < solution < check
    assert "x * x * x" not in page[:solution]
    assert "NotImplementedError" in page[stub:solution]
    assert "        return x * x * x" in page[solution:check]
    assert "SOLUTION" not in page
    assert '??? tip "Hint"\n\n    Multiply *twice*.' in page
    assert "<details>" not in page


def test_the_page_says_what_the_lesson_is(project, monkeypatch):
    Calls(monkeypatch)
    (lesson,) = executed(project)
    page = lesson_files(lesson, [], print)["01_squares.md"].decode()
    assert page.startswith('---\ntitle: "Squares"\n')
    assert "Lesson 01 · Part I. Beginnings</p>\n\n# Squares\n" in page
    assert 'aria-label="Difficulty 2 of 3">●●○</span>Ran in 2 s on two cores' in page
    assert "    - Square a number." in page


def test_prerequisites_are_links_where_the_lesson_is_there(project, monkeypatch, edit):
    path = second_lesson(project, edit).rename(project.tutorials / "03_more.py")
    edit(path, "prerequisites: []", 'prerequisites: ["01", "02"]')
    Calls(monkeypatch)
    lessons = executed(project)
    known = [each.lesson for each in lessons]
    page = lesson_files(lessons[1], known, print)["03_more.md"].decode()
    assert "Read first: [01 Squares](01_squares.md), lesson 02." in page


def test_the_downloads_are_the_script_and_two_notebooks(project, monkeypatch):
    import nbformat

    Calls(monkeypatch)
    (lesson,) = executed(project)
    files = lesson_files(lesson, [], print)
    assert files["01_squares.py"] == lesson.lesson.path.read_bytes()
    full = files["01_squares.ipynb"].decode()
    student = files["01_squares_student.ipynb"].decode()
    assert "x * x * x" in full
    assert "x * x * x" not in student
    for text in (full, student):
        nbformat.validate(nbformat.reads(text, as_version=4))
    page = files["01_squares.md"].decode()
    for name in files:
        if not name.endswith(".md"):
            assert f"]({name}){{ .md-button download=" in page


@pytest.mark.slow
def test_a_kernel_runs_the_cells_on_two_cores_at_most(tmp_path):
    import os

    seen = []
    cells = [
        "import os, time\nprint('one')\nx = 3\ntime.sleep(0.3)",
        "x + 4",
        "os.environ['COLUMNS']",
    ]
    run = execute(cells, tmp_path, on_cell=seen.append)
    assert seen == [0, 1, 2]
    assert run.outputs[0][0]["text"] == "one\n"
    assert run.outputs[1][0]["data"]["text/plain"] == "7"
    assert run.outputs[2][0]["data"]["text/plain"] == "'80'"
    assert run.cores == min(2, os.cpu_count())
    assert 0.3 <= run.seconds < 60


@pytest.mark.slow
def test_figures_are_the_same_in_every_run(tmp_path):
    cells = [
        "import matplotlib.pyplot as plt",
        "figure, axes = plt.subplots()\n"
        "axes.imshow([[0, 1], [2, 3]])\n"
        "axes.scatter([0, 1], [0, 1])\n"
        "axes.set_title('two')\n"
        "figure",
    ]
    first, second = (execute(cells, tmp_path).outputs for _ in range(2))
    assert first == second
    pictures = [output["data"]["image/svg+xml"] for output in first[1]]
    assert "#123456" in pictures[0]
    assert "#ffffff" not in pictures[0]  # no ground of its own


@pytest.mark.slow
def test_an_exception_in_a_kernel_is_told_without_colours(tmp_path):
    with pytest.raises(LessonError) as error:
        execute(["x = 1", "1 / 0", "x"], tmp_path)
    assert error.value.index == 1
    assert "ZeroDivisionError: division by zero" in error.value.traceback
    assert "\x1b" not in error.value.traceback


@pytest.mark.slow
def test_a_kernel_that_dies_is_told(tmp_path):
    with pytest.raises(LessonError) as error:
        execute(["import os\nos._exit(1)"], tmp_path)
    assert error.value.traceback == (
        "The kernel died, as it does when memory runs out."
    )


def test_a_page_leads_to_colab_only_if_the_repository_has_an_address(
    project, monkeypatch
):
    Calls(monkeypatch)
    (lesson,) = executed(project)
    assert "colab" not in lesson_files(lesson, [], print)["01_squares.md"].decode()
    address = "https://github.com/someone/fmkeras"
    monkeypatch.setattr("site_builder.project.REPOSITORY_URL", address)
    page = lesson_files(lesson, [], print)["01_squares.md"].decode()
    start = "https://colab.research.google.com/github/someone/fmkeras/blob/gh-pages"
    assert f"[Colab]({start}/latest/lessons/01_squares.ipynb){{ .md-button }}" in page
