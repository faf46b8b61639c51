"""The turning line gives way to what a cell prints."""

import io
import sys

from rich.console import Console

from fmkeras.course.progress import Progress

BAR = "\r\x1b[1m 1/20\x1b[0m \b\b\b"  # as Keras draws over its own line
CURSOR_BACK_AND_LINE_GONE = "\x1b[?25h\r\x1b[1A\x1b[2K"


class Terminal(io.StringIO):
    """Records what a terminal would receive."""

    def isatty(self):
        return True


def console_on(terminal):
    return Console(file=terminal, force_terminal=True, width=60, _environ={})


def test_shows_section_and_cells_in_a_terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    with Progress(console_on(terminal), total=5).during("Data", done=2):
        pass
    assert "Data" in terminal.getvalue()
    assert "2/5" in terminal.getvalue()
    assert terminal.getvalue().endswith(CURSOR_BACK_AND_LINE_GONE)


def test_what_is_printed_arrives_as_it_is_and_ends_the_line(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    with Progress(console_on(terminal), total=5).during("Data", done=2):
        assert sys.stdout.isatty()
        print(BAR, end="", flush=True)
        print("x" * 100)
    assert terminal.getvalue().endswith(BAR + "x" * 100 + "\n")
    assert sys.stdout is terminal


def test_the_line_comes_back_for_the_next_cell(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    progress = Progress(console_on(terminal), total=5)
    with progress.during("Data", done=2):
        print("loaded")
    with progress.during("Model", done=3):
        pass
    shown = terminal.getvalue().split("loaded\n")[1]
    assert "Model" in shown
    assert "3/5" in shown


def test_nothing_is_shown_in_a_pipe(capsys):
    with Progress(Console(file=sys.stdout), total=5).during("Data", done=2):
        print("loaded")
    assert capsys.readouterr() == ("loaded\n", "")
