"""Run a cell as Python runs a script: with `__main__`, file name and line numbers."""

import ast
import sys
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def main_module(path=None):
    """Stand in for the main module, so that classes and tracebacks find their home.

    Args:
        path: String or path. The file that is run, or `None`.

    Yields:
        Dictionary, the module's namespace.

    Example:

    >>> with main_module() as namespace:
    ...     namespace["__name__"]
    '__main__'
    """
    before = sys.modules["__main__"]
    module = ModuleType("__main__")
    if path is not None:
        module.__file__ = str(path)
    sys.modules["__main__"] = module
    try:
        yield module.__dict__
    finally:
        sys.modules["__main__"] = before


def run_cell(source, namespace, file_name, line=1):
    r"""Run one cell, and give what its last expression came to.

    Args:
        source: String. The cell's code.
        namespace: Dictionary. The names that the cell reads and defines.
        file_name: String. What tracebacks call the file.
        line: Integer. The line of the file on which the cell starts.

    Returns:
        The value of the last statement if it is an expression, otherwise `None`.

    Example:

    >>> run_cell("x = 2\nx + 1", {}, "cell.py")
    3
    """
    tree = ast.parse("\n" * (line - 1) + source, file_name)
    last = (
        tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    )
    _run(tree, "exec", namespace, file_name)
    if last is None:
        return None
    return _run(ast.Expression(last.value), "eval", namespace, file_name)


def _run(tree, mode, namespace, file_name):
    return eval(compile(tree, file_name, mode, dont_inherit=True), namespace)
