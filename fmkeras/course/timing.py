"""The time that a lesson took, told when it runs as a script."""

import atexit
import sys
import time
from pathlib import Path

from fmkeras.course.cells import split_front_matter


def tell_time_at_exit():
    """Let a lesson that is run as `python NN_topic.py` end with the time it took.

    The clock starts now, among the lesson's first imports. Notebooks, `fmkeras run` and
    the site tell the time themselves, so this stays silent there; it does, too, after
    an error, and in scripts that are no lessons.

    Example:

    >>> tell_time_at_exit()  # this is no lesson
    """
    title = _title_of_script()
    if title is not None:
        atexit.register(_tell, title, start=time.perf_counter())


def _tell(title, start):
    if not hasattr(sys, "last_type"):  # Python's note of an error that nothing caught
        seconds = time.perf_counter() - start
        print(f"\n{title}: {seconds:.1f} s after the first imports.")


def _title_of_script():
    """Read the title in the front matter of the script that runs; `None` if none."""
    path = getattr(sys.modules.get("__main__"), "__file__", None)
    try:
        text = Path(path or "").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    front_matter, _ = split_front_matter(text)
    for line in front_matter.splitlines():
        name, _, value = line.partition(":")
        if name == "title":
            return value.strip()
    return None
