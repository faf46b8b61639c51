"""A lesson that runs as a script tells its time at the end, and only then."""

import re
import subprocess
import sys

import pytest

LESSON = """\
# ---
# title: Doubling
# part: I.
# ---

# %%
from fmkeras.course import expect

print("two times two is 4")
"""


@pytest.fixture
def run_script(tmp_path):
    def run_script(source):
        script = tmp_path / "01_doubling.py"
        script.write_text(source, "utf-8")
        return subprocess.run(
            [sys.executable, script], capture_output=True, text=True, timeout=60
        )

    return run_script


def test_a_lesson_ends_with_its_title_and_its_time(run_script):
    done = run_script(f"{LESSON}import time\ntime.sleep(0.2)\n")
    said, seconds = done.stdout.rsplit("\n\n", 1)
    assert (done.returncode, said) == (0, "two times two is 4")
    time = re.fullmatch(r"Doubling: (\d+\.\d) s after the first imports\.\n", seconds)
    assert 0.2 <= float(time[1]) < 30


def test_a_lesson_that_fails_does_not(run_script):
    done = run_script(f"{LESSON}1 / 0\n")
    assert (done.returncode, done.stdout) == (1, "two times two is 4\n")


def test_another_script_does_not(run_script):
    done = run_script(LESSON.partition("\n\n")[2])
    assert (done.returncode, done.stdout) == (0, "two times two is 4\n")


def test_neither_does_a_script_with_another_front_matter(run_script):
    done = run_script(LESSON.replace("# title", "# name"))
    assert (done.returncode, done.stdout) == (0, "two times two is 4\n")


def test_nor_code_that_is_no_file():
    done = subprocess.run(
        [sys.executable, "-c", "import fmkeras.course"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
