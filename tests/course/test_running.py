"""A lesson runs like a script, and says where it is."""

import os
import re
import sys

import pytest

from fmkeras.course import LessonError, find_lesson, run
from fmkeras.course.lessons import Lesson


@pytest.fixture
def lesson_of(tmp_path):
    def lesson_of(source):
        path = tmp_path / "07_small.py"
        path.write_text(source, "utf-8")
        return Lesson("07", "small", "Small", "I.", 1, 1, (), ("Run.",), path)

    return lesson_of


def test_prints_sections_what_cells_print_and_the_time(folder, capsys):
    seconds = run(find_lesson(1, folder))
    lines = capsys.readouterr().out.split("\n")
    assert lines[:-2] == [
        "",
        "Doubling",
        "two times two is 4",
        "",
        "Practice",
        "",
        "Exercise 1: Double",
        "",
        "Exercise 2: Halve",
        "",
    ]
    assert lines[-2] == f"Lesson 01, Doubling: {seconds:.1f} s."


@pytest.mark.parametrize("format", ["png", "svg"])
def test_saves_the_figures_that_cells_end_in(folder, tmp_path, capsys, format):
    figures = tmp_path / "new" / "figures"
    run(find_lesson(4, folder), figures, format)
    (path,) = figures.iterdir()
    assert path.name == f"04_plotting_01.{format}"
    start = {"png": b"\x89PNG", "svg": b"<?xml"}[format]
    assert path.read_bytes().startswith(start)
    assert f"1 figure saved in '{figures}'." in capsys.readouterr().out


def test_says_how_to_keep_the_figures(folder, capsys):
    run(find_lesson(4, folder))
    assert "1 figure drawn; --figures DIR saves them." in capsys.readouterr().out


def test_a_folder_for_figures_is_tried_before_the_lesson_runs(lesson_of, tmp_path):
    lesson = lesson_of("# %%\nraise SystemExit('it ran')")
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError) as error:
        run(lesson, tmp_path / "file" / "figures")
    assert str(error.value) == (
        f"Figures cannot be saved in '{tmp_path / 'file' / 'figures'}': "
        "Not a directory. What would do: a folder that you may write to."
    )


def test_other_formats_are_refused(folder):
    with pytest.raises(ValueError) as error:
        run(find_lesson(4, folder), figure_format="pngs")
    assert str(error.value) == (
        "run: `figure_format` must be one of 'png', 'svg'. "
        "Received: figure_format='pngs'. What would do: 'png'."
    )


@pytest.mark.parametrize(("backend", "used"), [(None, "Agg"), ("svg", "svg")])
def test_needs_no_screen_unless_one_is_asked_for(
    lesson_of, monkeypatch, capsys, backend, used
):
    monkeypatch.delenv("MPLBACKEND", raising=False)
    if backend:
        monkeypatch.setenv("MPLBACKEND", backend)
    run(lesson_of("# %%\nimport os\nprint(os.environ['MPLBACKEND'])"))
    assert os.environ.get("MPLBACKEND") == backend
    assert capsys.readouterr().out.split()[0] == used


def test_cells_share_the_names_of_a_main_module(lesson_of, capsys):
    before = sys.modules["__main__"]
    lesson = lesson_of("# %%\nx = 1\n# %%\nprint(__name__, __file__, x)")
    run(lesson)
    assert f"__main__ {lesson.path} 1" in capsys.readouterr().out
    assert sys.modules["__main__"] is before


def test_an_error_names_lesson_section_and_line(lesson_of):
    lesson = lesson_of(
        "# %% [markdown]\n# # Small\n# ## Second section\n\n"
        "# %%\nimport json\n\n\ndef load(text):\n    return json.loads(text)\n\n\n"
        "load('{')\n"
    )
    with pytest.raises(LessonError) as error:
        run(lesson)
    lines = [x for x in str(error.value).split("\n") if set(x) - set(" ~^")]
    assert lines[:5] == [
        "Lesson 07 (Small) stopped in the section 'Second section'.",
        f'  File "{lesson.path}", line 13, in <module>',
        "    load('{')",
        f'  File "{lesson.path}", line 10, in load',
        "    return json.loads(text)",
    ]
    assert re.fullmatch(r'  File ".*json.decoder\.py", line \d+, in \w+', lines[5])
    assert lines[-1].startswith("json.decoder.JSONDecodeError: Expecting property name")
    assert len(lines) == 8


def test_a_syntax_error_has_its_line(lesson_of):
    lesson = lesson_of("# %%\nx = 1\n\n# %%\nx = 2\nx = = 3\n")
    with pytest.raises(LessonError) as error:
        run(lesson)
    assert f'File "{lesson.path}", line 6' in str(error.value)
    assert str(error.value).endswith("SyntaxError: invalid syntax")


def test_an_interrupt_says_where(lesson_of):
    lesson = lesson_of("# %% [markdown]\n# # Slow\n\n# %%\nraise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt) as error:
        run(lesson)
    assert str(error.value) == "Lesson 07 (Small) interrupted in the section 'Slow'."


def test_the_environment_of_the_caller_wins(lesson_of, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    run(lesson_of("# %%\nx = 1"))
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
