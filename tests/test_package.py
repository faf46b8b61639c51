"""What importing the package costs, and what it offers."""

import os
import platform
import subprocess
import sys

import pytest

import fmkeras

HEAVY = ("tensorflow", "keras", "sklearn", "matplotlib", "jupytext", "nbformat")


def imported_by(statement):
    """Run a statement in a fresh Python and list the heavy packages it loaded."""
    code = f"{statement}\nimport sys\nprint([p for p in {HEAVY!r} if p in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "statement",
    [
        "import fmkeras",
        "import fmkeras.cli",
        "import fmkeras; fmkeras.errors, fmkeras.scratch, fmkeras.course",
        "import fmkeras; fmkeras.data.load_moons; fmkeras.runtime.report",
        "import fmkeras; fmkeras.text.windows, fmkeras.text.BytePairTokenizer",
    ],
)
def test_nothing_heavy_is_imported_before_it_is_used(statement):
    assert imported_by(statement) == "[]"


def test_the_help_answers_without_tensorflow():
    assert (
        imported_by(
            "from typer.testing import CliRunner\n"
            "import fmkeras.cli\n"
            "done = CliRunner().invoke(fmkeras.cli.app, ['--help'])\n"
            "assert 'tutorials' in done.output"
        )
        == "[]"
    )


def test_every_part_is_an_attribute():
    for name in fmkeras.__all__:
        assert getattr(fmkeras, name) is not None
        assert name in dir(fmkeras)


def test_an_unknown_part_lists_the_parts():
    with pytest.raises(AttributeError) as error:
        _ = fmkeras.modles
    assert str(error.value) == (
        "module 'fmkeras' has no attribute 'modles'. "
        "It has: course, data, errors, generation, layers, models, plots, pretrained, "
        "runtime, scratch, text, training."
    )


def test_the_version_is_that_of_the_distribution():
    assert fmkeras.__version__[0].isdigit()


ONEDNN = "TF_ENABLE_ONEDNN_OPTS"
ON_X86 = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="asked for on x86-64 alone"
)


def told(statement, **environment):
    """Run a statement where the variable is as given, and say what it becomes."""
    base = {name: value for name, value in os.environ.items() if name != ONEDNN}
    code = f"{statement}\nimport os\nprint(os.environ.get({ONEDNN!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**base, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1]


@ON_X86
def test_tensorflow_is_asked_for_onednn():
    assert told("import fmkeras") == "1"


@ON_X86
def test_who_said_otherwise_is_heard():
    assert told("import fmkeras", TF_ENABLE_ONEDNN_OPTS="0") == "0"


def test_another_kind_of_processor_keeps_the_default_of_tensorflow():
    statement = "import platform; platform.machine = lambda: 'arm64'\nimport fmkeras"
    assert told(statement) == "None"


@ON_X86
@pytest.mark.slow
def test_tensorflow_computes_with_onednn():
    statement = (
        "import fmkeras, tensorflow\n"
        "from tensorflow.python.util import _pywrap_util_port as port\n"
        "assert port.IsMklEnabled()"
    )
    assert told(statement) == "1"
