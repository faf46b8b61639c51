"""The console, and silence while libraries load."""

import io
import os
import subprocess
import sys

import pytest
from rich.console import Console

from fmkeras.commands.terminal import quiet_import, say


def test_a_text_is_printed_as_it_is():
    stream = io.StringIO()
    say(Console(file=stream, width=20), "[red] 'x' 1.5 " + "long " * 9 + "é")
    assert stream.getvalue() == "[red] 'x' 1.5 " + "long " * 9 + "é\n"


def test_the_terminal_is_silent_inside_and_speaks_again_afterwards():
    code = (
        "import os\n"
        "from fmkeras.commands.terminal import quiet_import\n"
        "os.write(2, b'before ')\n"
        "with quiet_import(): os.write(2, b'chatter ')\n"
        "os.write(2, b'after')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == "before after"


def test_an_error_gets_through_and_no_descriptor_is_left_open():
    before = os.dup(2)
    os.close(before)
    with pytest.raises(ImportError, match="no_such_module"), quiet_import():
        import no_such_module  # noqa: F401
    after = os.dup(2)
    os.close(after)
    assert after == before
