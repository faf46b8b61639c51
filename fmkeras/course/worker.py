"""The process in which students' answers run, so that none of them can end the grading.

It reads one job a line and answers each with `{"event": "started"}`, once the lesson's
setup has run, and `{"status": ..., "message": ...}`. What the answers print is lost.
"""

import json
import linecache
import os
import re
import sys
import traceback

from fmkeras.course.executing import main_module, run_cell

_CHECK = "<check>"
_LONGEST_MESSAGE = 300
_STYLE = re.compile(r"\x1b\[[0-9;]*m")  # what makes a terminal print in bold or red


def main():
    """Run job after job until there are no more."""
    jobs = os.fdopen(os.dup(0), encoding="utf-8")
    results = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    # A file that one answer writes must not be a module to the next.
    sys.path = [folder for folder in sys.path if folder != os.getcwd()]
    for line in jobs:
        for event in attempt(**json.loads(line)):
            print(json.dumps(event), file=results, flush=True)


def attempt(setup, answers, check):
    """Run a student's answer to one exercise and check it.

    Args:
        setup: String. The lesson's setup.
        answers: List of strings. The student's cells for this exercise.
        check: String. The lesson's check.

    Yields:
        Dictionaries: that the answer's turn has come, then how it went.

    Example:

    >>> *_, result = attempt("", ["x = 1", "x = 1 / 0"], "assert x == 2")
    >>> result["message"]
    'cell 2, line 1: ZeroDivisionError: division by zero'
    """
    with main_module() as namespace:
        try:
            _run(setup, namespace, "<setup>")
        except BaseException as error:  # what a student's machine lacks, for example
            message = f"the lesson's setup failed: {_one_line(error)}"
            yield {"status": "error", "message": message}
            return
        yield {"event": "started"}
        files = {f"<answer {i}>": i for i in range(1, len(answers) + 1)}
        somewhere = "the cell"
        try:
            for file_name, source in zip(files, answers, strict=True):
                _run(source, namespace, file_name)
            somewhere = ""
            _run(check, namespace, _CHECK)
        except BaseException as error:  # sys.exit() too must not end the grading
            status, message = _verdict(error, files, somewhere)
            yield {"status": status, "message": message}
            return
        yield {"status": "passed", "message": ""}


def _run(source, namespace, file_name):
    # So that tracebacks, and tools that read a function's source, find it.
    lines = source.splitlines(keepends=True)
    linecache.cache[file_name] = (len(source), None, lines, file_name)
    run_cell(source, namespace, file_name)


def _verdict(error, files, somewhere):
    """Tell a wrong answer from no answer and from one that raises."""
    place = _place(error, files) or somewhere
    if isinstance(error, NotImplementedError) and _file(error) in files:
        return "not attempted", f"{place}: put your solution in place of this line."
    if place:
        return "error", f"{place}: {_one_line(error)}{_advice(error)}"
    if isinstance(error, AssertionError):
        return "failed", _clean(_text(error) or _failed_line(error))
    if isinstance(error, NameError):
        name = getattr(error, "name", None)
        return "error", f"your cell defines no `{name}`, which the check needs."
    return "error", f"your answer broke the check: {_one_line(error)}"


def _place(error, files):
    """Name the last line of the student's that took part in the error."""
    places = [
        (files[frame.f_code.co_filename], line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename in files
    ]
    if isinstance(error, SyntaxError) and error.filename in files:
        places.append((files[error.filename], error.lineno))
    if not places:
        return ""
    cell, line = places[-1]
    return f"cell {cell}, line {line}" if len(files) > 1 else f"line {line}"


def _file(error):
    """Name the file of the line that raised."""
    return traceback.extract_tb(error.__traceback__)[-1].filename


def _advice(error):
    if isinstance(error, NameError):
        return " (only the lesson's setup and this cell are run)"
    return ""


def _failed_line(error):
    return f"the check stopped at: {traceback.extract_tb(error.__traceback__)[-1].line}"


def _one_line(error):
    kind = type(error).__name__
    text = _clean(error.msg if isinstance(error, SyntaxError) else _text(error))
    if len(text) > _LONGEST_MESSAGE:
        text = f"{text[:_LONGEST_MESSAGE]}…"
    return f"{kind}: {text}" if text else kind


def _text(error):
    try:
        return str(error)
    except Exception:  # a student's own exception may be broken too
        return ""


def _clean(text):
    text = "".join(x if x.isprintable() else " " for x in _STYLE.sub("", str(text)))
    return " ".join(text.split())


if __name__ == "__main__":
    main()
