"""From sources to tree: what every build and every preview does first."""

import json
from pathlib import PurePosixPath

from site_builder import api_pages, lesson_lists
from site_builder.api_names import api_names
from site_builder.assets import fetched_assets
from site_builder.lesson_lists import CARDS_MARKER
from site_builder.lesson_page import lesson_files
from site_builder.lessons import executed_lessons
from site_builder.progress import LessonProgress
from site_builder.tree import read_folder, write_tree


def make_tree(project, console):
    """Execute what has to be, and write the whole tree.

    Args:
        project: `Project`.
        console: `rich.console.Console` for progress and warnings.

    Returns:
        Navigation of the site: a list as in `mkdocs.yml`.

    Raises:
        BuildError: If a source of the site has a fault.
    """
    project.cache.mkdir(exist_ok=True)
    api = api_pages.api_files(project)
    assets = fetched_assets()
    with LessonProgress(console).shown() as progress:
        executed = executed_lessons(project, progress)
    lessons = [each.lesson for each in executed]

    def warn(sentence):
        console.print("[yellow]Warning:[/]", end=" ")
        console.print(sentence, markup=False, highlight=False)

    files = {**assets, **_hand_written(project, lessons)}
    files |= _below("api", api)
    files["lessons/index.md"] = lesson_lists.index_page(lessons).encode()
    for each in executed:
        files |= _below("lessons", lesson_files(each, lessons, warn))
    _write_names(project, api)
    write_tree(project.tree, files)
    return _navigation(lessons, api)


def _hand_written(project, lessons):
    files = read_folder(project.docs)
    for name, content in files.items():
        if name.endswith(".md") and CARDS_MARKER in content.decode():
            depth = len(PurePosixPath(name).parents) - 1
            grid = lesson_lists.cards(lessons, "../" * depth + "lessons/")
            files[name] = content.decode().replace(CARDS_MARKER, grid).encode()
    return files


def _below(folder, files):
    return {f"{folder}/{name}": content for name, content in files.items()}


def _write_names(project, api):
    parts = [part for part in api_pages.PUBLIC_PARTS if f"{part}.md" in api]
    names = api_names(project.package, parts)
    project.api_names.write_text(json.dumps(names, indent=1, sort_keys=True), "utf-8")


def _navigation(lessons, api):
    return [
        {"Home": "index.md"},
        {"Install": "install.md"},
        {"Lessons": lesson_lists.navigation(lessons)},
        {"API": api_pages.navigation(api)},
        {"Notation": "notation.md"},
        {"Glossary": "glossary.md"},
    ]
