"""Every fault in a source stops the build, says where it is, and ends with 1."""

import os
import signal
import subprocess
import sys
import time

import pytest

from site_builder.__main__ import main
from site_builder.project import REPOSITORY_ROOT

pytestmark = pytest.mark.slow

LESSON = "tutorials/01_squares.py"


@pytest.fixture
def build(project, capsys, monkeypatch):
    """Return a function that builds the project: its exit code and what it printed."""
    monkeypatch.chdir(project.root)

    def build():
        code = main(["build", "--root", str(project.root)])
        return code, capsys.readouterr().out

    return build


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            LESSON,
            "The square of $x$ is $x^2$.",
            r"The square is $\frac{x}$.",
            "tutorials/01_squares.py, line 14: Bad LaTeX: ",
        ),
        (
            "fmkeras/data/numbers.py",
            "$x_i = i^2$",
            r"$x_i = \sqrt{i$",
            "fmkeras/data/numbers.py, line 8: Bad LaTeX: ",
        ),
        (
            LESSON,
            "print(square)",
            "1 / 0",
            "Lesson 01 (01_squares.py) raised in cell 2 of 4, section 'Some squares', "
            "line 23:",
        ),
        (
            LESSON,
            "    print(square)",
            "    pass\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])",
            "01_squares.py, line 23, section 'Some squares': draws a figure that has "
            "no alternative text.",
        ),
        (
            LESSON,
            "# The square of",
            "# See [this](nowhere.md). The square of",
            "nowhere.md",
        ),
        (
            "docs/install.md",
            "A page.",
            "See [this](notation.md#nowhere).",
            "nowhere",
        ),
        (
            "docs/install.md",
            "A page.",
            '<a href="nowhere.html">A link of our own.</a>',
            "install.html: nowhere.html leads to no file",
        ),
        (
            "docs/index.md",
            "A page.",
            "See `fmkeras.data.load_nothing`.",
            "Unknown name in code: `fmkeras.data.load_nothing` is no public name of "
            "`fmkeras.data`.",
        ),
        (
            "fmkeras/data/text.py",
            '"""Load some text."""',
            "pass",
            "`fmkeras.data.load_text` is public and has no docstring.",
        ),
        (LESSON, "### END SOLUTION", "### The end", "END SOLUTION"),
        (
            "fmkeras/data/splits.py",
            "def split(values):",
            "def split(values:",
            "fmkeras/data/splits.py, line 5: no Python: ",
        ),
    ],
)
def test_a_fault_stops_the_build(project, build, edit, file, old, new, said):
    edit(project.root / file, old, new)
    code, printed = build()
    assert code == 1
    assert "The site was not built." in printed
    assert said in printed
    assert "\x1b" not in printed
    assert not project.site.exists()


def test_a_fault_leaves_the_last_good_site_and_its_mending_runs_nothing(
    project, build, edit
):
    assert build()[0] == 0
    edit(project.docs / "index.md", "A page.", r"$\frac{1}$")
    assert build()[0] == 1
    assert "A page." in (project.site / "index.html").read_text()
    edit(project.docs / "index.md", r"$\frac{1}$", "A better page.")
    code, printed = build()
    assert code == 0
    assert "none runs" in printed
    assert "A better page." in (project.site / "index.html").read_text()
    leftovers = [path.name for path in project.root.iterdir() if "tmp" in path.name]
    assert leftovers == []


def test_ctrl_c_keeps_what_has_finished(project, edit):
    text = (project.tutorials / "01_squares.py").read_text("utf-8")
    slow = text.replace("cubes", "slow").replace(
        "    print(square)", "    print(square)\nimport time\ntime.sleep(60)"
    )
    (project.tutorials / "02_slow.py").write_text(slow, "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "site_builder", "build", "--root", str(project.root)],
        cwd=REPOSITORY_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not list(project.lesson_cache.glob("01_*.json")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(3)  # the second lesson is on its way
    os.kill(process.pid, signal.SIGINT)
    printed, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Every lesson that has finished is kept in .cache/lessons" in printed
    assert "Traceback" not in printed
    edit(project.tutorials / "02_slow.py", "time.sleep(60)", "time.sleep(0)")
    again = subprocess.run(
        [sys.executable, "-m", "site_builder", "build", "--root", str(project.root)],
        cwd=REPOSITORY_ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert again.returncode == 0
    assert "Lessons to run: 02\n" in again.stdout
    assert again.stderr == ""


def test_a_missing_extra_is_named(monkeypatch, capsys):
    import importlib.util

    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "mkdocs" else find_spec(name),
    )
    assert main(["build"]) == 1
    assert capsys.readouterr().err == (
        "The site needs the module `mkdocs`, which is not installed. What would do: "
        'make site, or pip install -e ".[docs]".\n'
    )


def test_packages_that_npm_cannot_fetch_are_named(monkeypatch, tmp_path):
    from site_builder import node_packages
    from site_builder.errors import BuildError

    monkeypatch.setattr(node_packages, "CACHE", tmp_path)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    with pytest.raises(BuildError) as error:
        node_packages.node_modules()
    message = str(error.value)
    assert message.startswith(
        "npm could not fetch temml@0.13.5, @fontsource/stix-two-math@5.3.0, "
        "iframe-worker@1.0.4 (exit code 1). They are needed once; afterwards they are "
        "kept in .cache/node. What would do: a network, or "
    )
    assert "ECONNREFUSED" in message
    assert not (tmp_path / "node").exists()


def test_a_port_that_is_taken_is_named(project):
    import socket

    from site_builder.errors import BuildError
    from site_builder.with_mkdocs import serve_site

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BuildError) as error:
            serve_site(project.root, lambda: None, [], ("127.0.0.1", port))
    assert str(error.value).startswith(f"Cannot serve at 127.0.0.1:{port}: ")
    assert str(error.value).endswith("python -m site_builder serve --port 8001")
