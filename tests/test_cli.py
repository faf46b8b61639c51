"""`fmkeras` at the terminal: what it shows, writes, refuses and returns."""

import json
import os
import re
import signal
import subprocess
import sys

import nbformat
import pytest
from typer.testing import CliRunner

import fmkeras
from fmkeras import runtime
from fmkeras.cli import app

LESSON = '''\
# ---
# title: Doubling [of numbers]
# part: I. Numbers
# minutes: 1
# difficulty: 2
# prerequisites: []
# objectives: [Double a number.]
# ---

# %% [markdown]
# # Doubling

# %% tags=["setup"]
from fmkeras.course import expect

# %%
print("two times two is", 2 * 2)

# %% [markdown]
# ### Exercise 1: Double

# %% exercise="double"
def double(x):
    """Return two times x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% check="double"
expect(double(3), 6, call="double(3)")
'''
SLOW = LESSON.replace("two times two is", "started").replace(
    "2 * 2)", "flush=True)\nimport time\ntime.sleep(60)"
)
NOT_HEAVY = "{'tensorflow', 'keras', 'sklearn', 'matplotlib', 'jupytext', 'numpy'}"
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]m")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "lessons"
    folder.mkdir()
    (folder / "03_doubling.py").write_text(LESSON, "utf-8")
    return folder


@pytest.fixture
def fm(folder, tmp_path, monkeypatch):
    """Run a command in an empty folder and give its result."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    for variable in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)

    def fm(*arguments, **environment):
        arguments = ["--lessons", str(folder), *map(str, arguments)]
        return CliRunner().invoke(app, arguments, env=environment)

    return fm


def python(*arguments, **options):
    environment = {**os.environ, "PYTHONPATH": os.path.dirname(fmkeras.__path__[0])}
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        **options,
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"]])
def test_answers_without_importing_anything_heavy(arguments):
    code = (
        f"import sys; sys.argv = ['fmkeras', *{arguments}]\n"
        "from fmkeras import cli\n"
        "try: cli.main()\n"
        f"finally: print('heavy:', {NOT_HEAVY} & set(sys.modules))"
    )
    output, error = python("-c", code).communicate()
    assert output.endswith("heavy: set()\n"), error


def test_listing_lessons_imports_no_backend(folder):
    code = (
        f"import sys; sys.argv = ['', '--lessons', {str(folder)!r}, 'tutorials']\n"
        "from fmkeras import cli\n"
        "try: cli.main()\n"
        "finally: print({'tensorflow', 'keras', 'sklearn', 'matplotlib'} "
        "& set(sys.modules))"
    )
    output, error = python("-c", code).communicate()
    assert output.endswith("set()\n"), error


def test_help_names_every_command(fm):
    result = fm("--help")
    assert result.exit_code == 0
    for command in ("tutorials", "run", "notebook", "check", "doctor"):
        assert f"  {command} " in result.stdout


def test_tells_its_version(fm):
    assert fm("--version").stdout == f"fmkeras {fmkeras.__version__}\n"


def test_lists_the_lessons(fm):
    result = fm("tutorials")
    assert result.exit_code == 0
    head, row = (re.split(r"\s{2,}", x.strip()) for x in result.stdout.splitlines())
    assert head == ["Lesson", "Title", "Part", "Minutes", "Difficulty"]
    assert row == ["03", "Doubling [of numbers]", "I. Numbers", "1", "2 of 3"]


def test_a_pipe_gets_whole_lines_without_colours(fm, folder):
    long = LESSON.replace("I. Numbers", "I. " + "Numbers and more " * 20)
    (folder / "03_doubling.py").write_text(long, "utf-8")
    lines = fm("tutorials").stdout.splitlines()
    assert len(lines) == 2
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("columns", ["20", "34", "61", "80"])
def test_a_narrow_terminal_loses_no_word(fm, columns):
    shown = fm("tutorials", COLUMNS=columns, FORCE_COLOR="1").stdout
    shown = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    words = ["03", "Doubling", "[of", "numbers]", "I.", "Numbers", "Difficulty", "2"]
    for word in words:
        assert word in shown
    assert max(map(len, shown.splitlines())) <= int(columns)


def test_colours_are_left_out_on_request(fm, folder):
    path = folder / "03_doubling.py"
    assert COLOUR.search(fm("check", path, FORCE_COLOR="1").stdout)
    shown = fm("check", path, FORCE_COLOR="1", NO_COLOR="1").stdout
    assert not COLOUR.search(shown)


@pytest.mark.parametrize("command", ["--help", "tutorials", "check"])
def test_a_reader_who_has_seen_enough_gets_no_traceback(folder, command):
    arguments = [command, folder / "03_doubling.py"][: 1 + (command == "check")]
    process = python("-m", "fmkeras.cli", "--lessons", folder, *arguments)
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() in (0, 1)


def test_a_lesson_whose_reader_has_gone_stops_without_a_traceback(folder):
    loud = LESSON.replace("2 * 2)", "flush=True)\nfor i in range(99999): print(i)")
    (folder / "03_doubling.py").write_text(loud, "utf-8")
    process = python("-m", "fmkeras.cli", "--lessons", folder, "run", "3")
    while process.stdout.readline() != "9\n":
        assert process.poll() is None
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == 1


@pytest.mark.parametrize("number", ["3", "03", "03_doubling", "doubling"])
def test_runs_a_lesson_by_any_of_its_names(fm, number):
    result = fm("run", number)
    assert result.exit_code == 0
    assert "two times two is 4" in result.stdout
    assert "Lesson 03, Doubling [of numbers]: " in result.stdout


def test_saves_figures(fm, folder, tmp_path):
    source = "from matplotlib.figure import Figure\nFigure()"
    drawing = LESSON.replace('print("two times two is", 2 * 2)', source)
    (folder / "03_doubling.py").write_text(drawing, "utf-8")
    result = fm("run", 3, "--figures", tmp_path / "figures", "--format", "svg")
    assert result.exit_code == 0
    names = [path.name for path in (tmp_path / "figures").iterdir()]
    assert names == ["03_doubling_01.svg"]


def test_a_lesson_that_raises_ends_with_one(fm, folder):
    broken = LESSON.replace("2 * 2)", "2 / 0)")
    (folder / "03_doubling.py").write_text(broken, "utf-8")
    result = fm("run", 3)
    assert result.exit_code == 1
    assert result.stderr.startswith(
        "Error: Lesson 03 (Doubling [of numbers]) stopped in the section 'Doubling'.\n"
    )
    assert result.stderr.endswith("ZeroDivisionError: division by zero\n")
    assert f'File "{folder / "03_doubling.py"}", line 17' in result.stderr


def test_an_interrupt_ends_with_a_sentence(folder):
    (folder / "03_doubling.py").write_text(SLOW, "utf-8")
    process = python("-m", "fmkeras.cli", "--lessons", folder, "run", "3")
    while "started" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, error = process.communicate()
    assert process.returncode == 130
    assert error == (
        "Lesson 03 (Doubling [of numbers]) interrupted in the section 'Doubling'.\n"
    )


@pytest.mark.parametrize("command", ["run", "notebook"])
def test_an_unknown_lesson_offers_the_nearest(fm, command):
    result = fm(command, "doublin")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "Error: find_lesson: `number` must be the number or the name of a lesson. "
        "Received: number='doublin'. "
        "What would do: '03' (Doubling [of numbers]).\n"
    )


def test_a_damaged_lesson_is_named(fm, folder):
    (folder / "03_doubling.py").write_text("x = 1", "utf-8")
    result = fm("tutorials")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: 03_doubling.py: `front matter` must be ")


def test_a_missing_folder_of_lessons_is_told(fm, folder):
    result = fm("--lessons", folder / "none", "tutorials")
    assert result.exit_code == 1
    assert result.stderr.startswith(
        f"Error: There is no folder of lessons at '{folder / 'none'}'."
    )


@pytest.mark.parametrize("arguments", [["bogus"], ["run"], ["run", "3", "--bogus"]])
def test_wrong_usage_ends_with_two(fm, arguments):
    result = fm(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr


def test_writes_a_notebook_here(fm):
    result = fm("notebook", 3)
    assert (result.exit_code, result.stdout) == (0, "03_doubling.ipynb\n")
    notebook = nbformat.read("03_doubling.ipynb", 4)
    assert "BEGIN SOLUTION" in notebook.cells[4].source


def test_writes_a_students_copy_there(fm, tmp_path):
    path = tmp_path / "copy.py"
    assert fm("notebook", 3, "--student", "--output", path).exit_code == 0
    text = path.read_text("utf-8")
    assert "SOLUTION" not in text
    assert "raise NotImplementedError" in text


def test_replaces_a_file_only_on_request(fm, tmp_path):
    path = tmp_path / "copy.py"
    path.write_text("my work")
    result = fm("notebook", 3, "--output", path)
    assert (result.exit_code, path.read_text()) == (1, "my work")
    assert result.stderr == (
        f"Error: '{path}' is already there and was left as it is. "
        "What would do: another name, or --force to replace it.\n"
    )
    assert fm("notebook", 3, "--output", path, "--force").exit_code == 0
    assert path.read_text("utf-8") == LESSON


def test_a_folder_that_may_not_be_written_to_is_told(fm, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("pathlib.Path.write_text", fail)
    result = fm("notebook", 3)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: '03_doubling.ipynb' could not be written: Read-only file system. "
        "What would do: a folder that exists and that you may write to.\n"
    )
    assert os.listdir() == []


def test_right_answers_end_with_zero(fm, folder):
    result = fm("check", folder / "03_doubling.py")
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.search(r"03 +Exercise 1: Double +passed", result.stdout)
    assert result.stdout.endswith("1 of 1 exercises are right.\n")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("def double(x): return 5", r"failed +double\(3\) should be 6\. Received: 5\."),
        ("def double(x:", r"error +line 1: SyntaxError: '\(' was never closed"),
        ("raise ValueError('[bold]')", r"error +line 1: ValueError: \[bold\]"),
        ("while True: print('loud')", r"timed out +ran for more than 3 s\."),
    ],
)
def test_wrong_answers_end_with_one_and_say_why(fm, tmp_path, answer, told):
    path = tmp_path / "answers.py"
    path.write_text(f'# %% exercise="double"\n{answer}\n', "utf-8")
    result = fm("check", path, "--timeout", 3)
    assert result.exit_code == 1
    assert re.search(rf"03 +Exercise 1: Double +{told}", result.stdout)
    assert "loud" not in result.stdout
    assert result.stdout.endswith("0 of 1 exercises are right.\n")


def test_a_file_that_cannot_be_graded_ends_with_two(fm, tmp_path):
    path = tmp_path / "damaged.ipynb"
    path.write_text("{")
    result = fm("check", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "Error: grade: `path` must be a whole notebook (Expecting property name "
        "enclosed in double quotes: line 1 column 2 (char 1)). "
        f"Received: path={str(path)!r}.\n"
    )


REPORT = {
    "python": "3.11",
    "devices": {"cpu": 2, "gpus": [], "names": ["a", "b"]},
}


@pytest.fixture
def report(monkeypatch):
    monkeypatch.setattr(runtime, "report", lambda: REPORT)
    monkeypatch.setattr(runtime, "why_no_gpu", lambda: "No GPU: [no] driver.")


@pytest.mark.usefixtures("report")
def test_doctor_shows_what_was_found_and_why_no_gpu(fm):
    result = fm("doctor")
    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["About", "What", "Found"],
        ["python", "3.11"],
        ["devices", "cpu", "2"],
        ["devices", "gpus", "none"],
        ["devices", "names", "a,", "b"],
        ["No", "GPU:", "[no]", "driver."],
    ]


@pytest.mark.usefixtures("report")
def test_doctor_says_nothing_of_a_gpu_that_is_seen(fm, monkeypatch):
    monkeypatch.setattr(runtime, "why_no_gpu", lambda: None)
    assert "GPU" not in fm("doctor").stdout


@pytest.mark.usefixtures("report")
def test_doctor_prints_json_and_nothing_else(fm):
    assert json.loads(fm("doctor", "--json").stdout) == REPORT
