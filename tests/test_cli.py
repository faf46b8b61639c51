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


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["run", "--help"], ["train", "--help"]]
)
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
    for command in (
        "tutorials",
        "run",
        "notebook",
        "check",
        "train",
        "generate",
        "doctor",
    ):
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


def test_what_is_said_while_keras_loads_stays_off_the_screen(folder):
    (folder / "keras.py").write_text("import os\nos.write(2, b'chatter')\n")
    text = LESSON.replace("from fmkeras.course", "import keras\nfrom fmkeras.course")
    (folder / "03_doubling.py").write_text(text, "utf-8")
    arguments = ["-m", "fmkeras.cli", "--lessons", ".", "run", "3"]
    output, error = python(*arguments, cwd=folder).communicate()
    assert "two times two is 4" in output
    assert error == ""


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


STORY = "the cat sat on the mat and saw the dog that sat on the cat. " * 20
TINY = ["--layers", 1, "--heads", 1, "--width", 4, "--context", 8, "--batch-size", 2]


@pytest.fixture
def story(tmp_path):
    path = tmp_path / "story.txt"
    path.write_text(STORY, "utf-8")
    return path


@pytest.mark.parametrize("command", ["train", "generate"])
def test_training_and_writing_explain_themselves(fm, command):
    result = fm(command, "--help", COLUMNS="80")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Traceback" not in result.stdout
    for option in {
        "train": ("--output", "--tokenizer", "--layers", "--seed", "--resume"),
        "generate": ("--prompt", "--max-new-tokens", "--sampler", "--seed"),
    }[command]:
        assert f"  {option} " in result.stdout


@pytest.mark.parametrize(
    ("arguments", "exit_code", "told"),
    [
        (
            ["train", "no.txt", "--output", "out"],
            1,
            "train: 'no.txt' cannot be read (No such file or directory). What would do:"
            " a file of text, or one of the names python_reference and "
            "tiny_shakespeare.",
        ),
        (
            ["train", "story", "--output", "home"],
            1,
            "train: 'home' is not empty and was left as it is. What would do: another "
            "name, or --force to put newer checkpoints in the place of those in it.",
        ),
        (
            ["train", "story", "--output", "out", "--heads", 3],
            2,
            "train: `--heads` must be a divisor of --width=128. Received: --heads=3. "
            "What would do: 1, 2, 4, 8, 16, 32, 64, 128.",
        ),
        (
            ["train", "story", "--output", "out", "--context", 900],
            2,
            "train: the text is too short: 1,080 tokens to train on and 120 held out, "
            "where --context=900 and --batch-size=32 need 28,801 and 901. "
            "What would do: a longer text, or a smaller --context or --batch-size.",
        ),
        *(
            (
                command,
                2,
                "train: a text and a folder are needed. What would do: fmkeras train "
                "TEXT --output FOLDER, or fmkeras train --resume FOLDER to go on with "
                "an interrupted training.",
            )
            for command in (["train"], ["train", "story"], ["train", "--output", "out"])
        ),
        (
            ["train", "--resume", "home"],
            2,
            "train: `--resume` must be a folder with a checkpoint; this one has none. "
            "Received: --resume='home'. What would do: the folder that `fmkeras train` "
            "or save_language_model wrote.",
        ),
        (
            ["train", "story", "--resume", "home"],
            1,
            "train: 'home' is not empty and was left as it is. What would do: another "
            "name, or --force to put newer checkpoints in the place of those in it.",
        ),
        (
            ["generate", "none", "--prompt", "a"],
            2,
            "generate: `FOLDER` must be a folder with a model; there is no such "
            "folder. Received: FOLDER='none'. What would do: what `fmkeras train` "
            "wrote, or a model in GPT-2's layout.",
        ),
        (
            ["generate", "home", "--prompt", "a"],
            2,
            "load_language_model: `folder` must be a folder with a checkpoint; this "
            "one has none. Received: folder='home'. What would do: the folder "
            "that `fmkeras train` or save_language_model wrote.",
        ),
        (
            ["generate", "none", "--prompt", ""],
            2,
            "generate: `--prompt` must be at least one character. "
            "Received: --prompt=''.",
        ),
        (
            ["generate", "home", "--prompt", "a", "--sampler", "top-p=1.5"],
            2,
            "TopP: `p` must be a number > 0 and ≤ 1. Received: p=1.5.",
        ),
    ],
)
def test_what_cannot_be_trained_or_written_is_told(
    fm, story, arguments, exit_code, told
):
    os.mkdir("home")
    with open("home/notes.txt", "w") as stream:
        stream.write("mine")
    result = fm(*(story if x == "story" else x for x in arguments))
    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert result.stderr == f"Error: {told}\n"
    assert os.listdir() == ["home"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "a.txt", "--output", "o", "--steps", "many"],
        ["train", "a.txt", "--output", "o", "--tokenizer", "letters"],
        ["generate", "folder"],
        ["generate", "--prompt", "a"],
    ],
)
def test_wrong_usage_of_training_and_writing_ends_with_two(fm, arguments):
    result = fm(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_what_was_trained_writes(story, tmp_path):
    folder = tmp_path / "cat"
    train = ["train", story, "--output", folder, *TINY, "--steps", 3]
    shown, error = python("-m", "fmkeras.cli", *train).communicate()
    assert error == ""
    assert "\nStep 3 of 3, " in shown
    assert shown.endswith(
        f"\nTo write with it: fmkeras generate {folder} --prompt the\n"
    )
    generate = ["generate", folder, "--prompt", "the", "--max-new-tokens", 5]
    process = python("-m", "fmkeras.cli", *generate, "--seed", 1)
    shown, error = process.communicate()
    assert (process.returncode, error) == (0, "")
    assert shown.startswith("the")
    assert len(shown) == 3 + 5 + 1


@pytest.mark.slow
def test_an_interrupted_training_is_saved(story, tmp_path):
    folder = tmp_path / "cat"
    long = ["--steps", 100_000, "--sample-every", 16]
    process = python(
        "-m", "fmkeras.cli", "train", story, "--output", folder, *TINY, *long
    )
    while not process.stdout.readline().startswith("Step "):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, error = process.communicate()
    assert process.returncode == 130
    told = re.fullmatch(
        r"Interrupted at step ([\d,]+) of 100,000\. Saved in (.+)\.\n"
        r"To go on: fmkeras train --resume (.+)\n"
        r"To write with it: fmkeras generate (.+) --prompt the\n",
        error,
    )
    assert told[2] == told[3] == told[4] == str(folder)
    newest = max(folder.glob("checkpoint-*")) / "state.json"
    assert json.loads(newest.read_text())["step"] == int(told[1].replace(",", ""))


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


def test_doctor_keeps_what_tensorflow_says_to_itself(fm, report, monkeypatch, capfd):
    monkeypatch.setattr(runtime, "report", lambda: os.write(2, b"chatter") and REPORT)
    assert "python" in fm("doctor").stdout
    assert capfd.readouterr().err == ""


@pytest.mark.usefixtures("report")
def test_doctor_prints_json_and_nothing_else(fm):
    assert json.loads(fm("doctor", "--json").stdout) == REPORT


def test_doctor_tells_what_each_call_for_devices_would_find(fm, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    told = json.loads(fm("doctor", "--json").stdout)["devices"]
    assert told["strategy"] == "one device, CPU:0"
    assert told["precision_suited"] == "float32"
    assert {"devices", "gpus_in_use", "memory_growth", "precision"} < told.keys()
    assert {"threads_in_operation", "threads_of_operations", "xla"} < told.keys()
    lines = fm("doctor").stdout.splitlines()
    rows = [line.rstrip().split(maxsplit=2) for line in lines]
    assert ["devices", "strategy", "one device, CPU:0"] in rows
    assert ["devices", "memory_growth", "none"] in rows
