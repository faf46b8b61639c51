"""How an answer went, told in one line."""

import re

import pytest

from fmkeras.course.worker import attempt

CHECK = "assert f() == 1, 'f() should be 1.'"


def verdict(answer, check=CHECK, setup=""):
    answers = [answer] if isinstance(answer, str) else answer
    *_, result = attempt(setup, answers, check)
    return result["status"], result["message"]


def test_says_when_the_setup_has_run_and_then_the_result():
    assert list(attempt("y = 1", ["def f(): return y"], CHECK)) == [
        {"event": "started"},
        {"status": "passed", "message": ""},
    ]


@pytest.mark.parametrize(
    ("answer", "status", "message"),
    [
        ("def f(): return 2", "failed", "f() should be 1."),
        (
            "def f():\n    raise NotImplementedError",
            "not attempted",
            "line 2: put your solution in place of this line.",
        ),
        ("def f(:\n    pass", "error", "line 1: SyntaxError: invalid syntax"),
        (
            "def f():\n    return 1\n  return 2",
            "error",
            "line 3: IndentationError: unindent does not match any outer indentation "
            "level",
        ),
        ("1 / 0", "error", "line 1: ZeroDivisionError: division by zero"),
        (
            "def g(x):\n    return x.y\ndef f():\n    return g(1)",
            "error",
            "line 2: AttributeError: 'int' object has no attribute 'y'",
        ),
        (
            "def f():\n    return helper()",
            "error",
            "line 2: NameError: name 'helper' is not defined (only the lesson's setup "
            "and this cell are run)",
        ),
        ("def f():\n    assert False", "error", "line 2: AssertionError"),
        ("import sys\nsys.exit(3)", "error", "line 2: SystemExit: 3"),
        ("raise KeyboardInterrupt", "error", "line 1: KeyboardInterrupt"),
        (
            "raise ValueError('one\\n\\n\\x1b[1mtwo\\x1b[0m \\x07')",
            "error",
            "line 1: ValueError: one two",
        ),
        (
            "import asyncio\nasyncio.AbstractEventLoop().run_forever()",
            "error",
            "line 2: NotImplementedError",
        ),
        (
            "class E(Exception):\n    def __str__(self): return 1\nraise E",
            "error",
            "line 3: E",
        ),
        ("", "error", "your cell defines no `f`, which the check needs."),
        (
            "f = 3",
            "error",
            "your answer broke the check: TypeError: 'int' object is not callable",
        ),
        (
            "x = '\\ud800'.encode()",
            "error",
            "line 1: UnicodeEncodeError: 'utf-8' codec can't encode character "
            "'\\ud800' in position 0: surrogates not allowed",
        ),
    ],
)
def test_every_way_to_go_wrong_has_its_words(answer, status, message):
    assert verdict(answer) == (status, message)


@pytest.mark.parametrize("answer", ["x = 1\0", "x = '\ud800'", "(" * 999])
def test_what_cannot_be_compiled_is_told_too(answer):
    status, message = verdict(answer)
    assert status == "error"
    assert re.match(r"(the cell|line 1): \w+Error: .", message)


def test_a_long_message_is_cut():
    status, message = verdict("raise ValueError('x' * 5000)")
    assert (status, len(message)) == ("error", len("line 1: ValueError: ") + 301)


def test_the_cells_of_a_split_exercise_run_in_turn():
    assert verdict(["x = 1", "def f(): return x"]) == ("passed", "")
    assert verdict(["x = 1", "x = 2\ny"])[1].startswith("cell 2, line 2: NameError")


def test_a_check_without_a_message_names_its_line():
    message = "the check stopped at: assert f() == 1"
    assert verdict("def f(): return 2", "x = 1\nassert f() == 1") == ("failed", message)


def test_a_setup_that_fails_is_no_fault_of_the_student():
    assert list(attempt("import no_such_module", ["x = 1"], "")) == [
        {
            "status": "error",
            "message": "the lesson's setup failed: ModuleNotFoundError: No module "
            "named 'no_such_module'",
        }
    ]


def test_one_answer_leaves_no_names_to_the_next():
    assert verdict("def f(): return 1") == ("passed", "")
    assert verdict("x = 1")[0] == "error"


def test_an_answer_can_read_its_own_source():
    check = "import inspect; assert 'return 1' in inspect.getsource(f)"
    assert verdict("def f():\n    return 1", check) == ("passed", "")
