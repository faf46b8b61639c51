"""A cell runs as it would in a script."""

import pickle
import sys
import traceback

import pytest

from fmkeras.course.executing import main_module, run_cell


def test_gives_the_value_of_the_last_expression_only():
    assert run_cell("1\nx = 2\nx + 1", {}, "a.py") == 3
    assert run_cell("x = 2", {}, "a.py") is None
    assert run_cell("# nothing", {}, "a.py") is None


def test_runs_every_line_once():
    namespace = {"seen": []}
    run_cell("seen.append(1)\nseen.append(2)", namespace, "a.py")
    assert namespace["seen"] == [1, 2]


@pytest.mark.parametrize("source", ["x = 1\n1 / 0", "x = 1\nx = 1 / 0"])
def test_tracebacks_have_the_lines_of_the_file(source):
    with pytest.raises(ZeroDivisionError) as error:
        run_cell(source, {}, "a.py", line=40)
    frame = traceback.extract_tb(error.value.__traceback__)[-1]
    assert (frame.filename, frame.lineno) == ("a.py", 41)


def test_a_syntax_error_has_the_line_of_the_file():
    with pytest.raises(SyntaxError) as error:
        run_cell("x = 1\nx = (", {}, "a.py", line=40)
    assert (error.value.filename, error.value.lineno) == ("a.py", 41)


def test_our_own_future_imports_do_not_reach_the_cell():
    run_cell("def f(x: missing = 1): ...", {"missing": int}, "a.py")
    with pytest.raises(NameError):
        run_cell("def f(x: missing = 1): ...\nf.__annotations__", {}, "a.py")


def test_classes_find_their_module():
    source = "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: 'int' = 1"
    with main_module("/somewhere/a.py") as namespace:
        run_cell(source, namespace, "a.py")
        assert namespace["__file__"] == "/somewhere/a.py"
        assert pickle.loads(pickle.dumps(namespace["A"](2))).x == 2


def test_the_main_module_comes_back_after_an_error():
    before = sys.modules["__main__"]
    with pytest.raises(KeyError), main_module():
        raise KeyError
    assert sys.modules["__main__"] is before
