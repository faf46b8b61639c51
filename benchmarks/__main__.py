"""Measure speed beside the peers': `python -m benchmarks [ROW ...]`.

Without a row all are measured, which takes one hour or two. The figures are printed,
and written as JSON and Markdown where that is asked for.
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from benchmarks import markdown, results, tables
from benchmarks.contender import ContenderError
from benchmarks.rows import ROWS, UnknownRowError, chosen, measure

WRONG, UNUSABLE, INTERRUPTED = 1, 2, 130  # exit codes


def main(arguments=None, measure=measure):
    """Do what the command line asks for and return the exit code."""
    options = _parser().parse_args(arguments)
    console = Console(stderr=True)
    try:
        names = chosen(options.rows, options.fast)
        found = _kept(options, names)
    except (UnknownRowError, results.ResultsError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    code = 0
    for name in names:
        try:
            with console.status("") as status:
                fresh = measure(name, options.fast, status.update)
        except ContenderError as error:
            print(f"{name}: {error}", file=sys.stderr)
            code = WRONG
            continue
        except KeyboardInterrupt:
            code = INTERRUPTED
            break
        found = results.merged(found, fresh)
        _write(options, found)  # what is measured is kept, whatever comes later
    tables.show(found)
    return code


def _kept(options, names):
    """Give the results to go on from: a file's other rows, if rows were named."""
    fresh = results.empty()
    if not (options.rows and options.json and options.json.exists()):
        return fresh
    old = results.read(options.json)
    results.check_same_setting(old, fresh, options.json)
    return old


def _write(options, found):
    if options.json:
        results.write(options.json, found)
    if options.markdown:
        options.markdown.parent.mkdir(parents=True, exist_ok=True)
        options.markdown.write_text(markdown.page(found), "utf-8")


def _parser():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "rows", nargs="*", metavar="ROW", help=f"some of: {', '.join(ROWS)}"
    )
    parser.add_argument(
        "--fast", action="store_true", help="leave out what takes long: three minutes"
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write the figures there; if rows are named, its other rows stay",
    )
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="write the tables there"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
