"""Whatever an answer does to its process, the next one is graded."""

import os
import signal
import time

import pytest

from fmkeras.course.supervising import Workers

RIGHT = {"setup": "", "answers": ["x = 1"], "check": "assert x == 1"}


def job(answer, setup=""):
    return {"setup": setup, "answers": [answer], "check": "assert x == 1"}


@pytest.fixture(scope="module")
def workers():
    with Workers(timeout=20.0) as workers:
        yield workers


@pytest.mark.parametrize(
    ("answer", "status", "message"),
    [
        ("x = 1", "passed", ""),
        ("import sys; sys.exit()", "error", "line 1: SystemExit"),
        (
            "import os; os._exit(0)",
            "error",
            "it ended the Python process (exit code 0).",
        ),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
            "error",
            f"Python crashed (signal 11: {signal.strsignal(11)}).",
        ),
        ("x = input()", "error", "line 1: EOFError: EOF when reading a line"),
        (
            "import os; os.closerange(0, 99)",
            "error",
            "it ended the Python process (exit code 1).",
        ),
        (
            "import os\n"
            "for stream in range(3, 9):\n"
            "    try: os.write(stream, b'no JSON\\n')\n"
            "    except OSError: pass\n"
            "while True: pass",
            "error",
            "it cut the line to the grading process.",
        ),
    ],
)
def test_the_next_answer_is_graded_all_the_same(workers, answer, status, message):
    assert workers.attempt(**job(answer)) == (status, message)
    assert workers.attempt(**RIGHT) == ("passed", "")


def test_an_endless_loop_is_stopped():
    with Workers(timeout=0.5) as workers:
        assert workers.attempt(**job("while True: pass")) == (
            "timed out",
            "ran for more than 0.5 s.",
        )
        assert workers.attempt(**RIGHT) == ("passed", "")


def test_a_loop_that_defies_interruption_is_stopped_with_its_children(tmp_path):
    pulse = tmp_path / "pulse"
    child = (
        "import time\n"
        "while True:\n"
        f"    with open({str(pulse)!r}, 'a') as file: file.write('.')\n"
        "    time.sleep(0.02)\n"
    )
    answer = (
        "import signal, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        "while True:\n"
        "    try:\n"
        "        while True: pass\n"
        "    except BaseException: pass\n"
    )
    with Workers(timeout=1.0) as workers:
        assert workers.attempt(**job(answer))[0] == "timed out"
    beats = pulse.stat().st_size
    assert beats > 0
    time.sleep(0.3)
    assert pulse.stat().st_size == beats


def test_the_setup_has_its_own_time():
    slow = "import time; time.sleep(1.0)"
    with Workers(timeout=0.5) as workers:
        assert workers.attempt(**job("x = 1", setup=slow)) == ("passed", "")
    with Workers(timeout=9.0, setup_timeout=0.2) as workers:
        assert workers.attempt(**job("x = 1", setup=slow)) == (
            "timed out",
            "the lesson's setup took more than 0.2 s.",
        )


def test_answers_work_in_an_empty_folder_that_goes_away(workers, tmp_path):
    note = tmp_path / "note"
    answer = (
        "import os\n"
        f"open({str(note)!r}, 'w').write(os.getcwd())\n"
        "x = 1 + len(os.listdir())\n"
        "open('left.txt', 'w').write('behind')\n"
    )
    with Workers(timeout=20.0) as workers:
        assert workers.attempt(**job(answer)) == ("passed", "")
        assert note.read_text() != os.getcwd()
        assert os.path.isdir(note.read_text())
    assert not os.path.exists(note.read_text())


def test_what_an_answer_writes_is_no_module_of_the_next(workers):
    answer = "open('colorsys.py', 'w').write('x = 2')\nx = 1"
    assert workers.attempt(**job(answer)) == ("passed", "")
    answer = "import colorsys\nx = int(hasattr(colorsys, 'rgb_to_hsv'))"
    assert workers.attempt(**job(answer)) == ("passed", "")


def test_what_answers_print_is_not_shown(workers, capfd):
    answer = "import os\nprint('loud')\nos.system('echo louder')\nx = 1"
    assert workers.attempt(**job(answer)) == ("passed", "")
    assert capfd.readouterr() == ("", "")


def test_figures_need_no_screen(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "TkAgg")
    answer = "import matplotlib\nx = int(matplotlib.get_backend().lower() == 'agg')"
    with Workers(timeout=20.0) as workers:
        assert workers.attempt(**job(answer)) == ("passed", "")


def test_imports_what_the_grading_process_imports(monkeypatch, tmp_path):
    (tmp_path / "helpers.py").write_text("one = 1")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    answer = "import fmkeras, helpers\nx = helpers.one"
    with Workers(timeout=20.0) as workers:
        assert workers.attempt(**job(answer)) == ("passed", "")
