"""From sources to tree: what every build and every preview does first."""

import json
from pathlib import PurePosixPath

from site_builder import (
    api_pages,
    benchmark_page,
    course_map,
    course_plan,
    lecturers,
    lesson_lists,
)
from site_builder.assets import fetched_assets
from site_builder.lesson_page import lesson_files
from site_builder.lessons import executed_lessons
from site_builder.progress import LessonProgress
from site_builder.tree import read_folder, write_tree
from site_builder.used_names import lessons_by_anchor, names_used


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
    names = api_pages.link_targets(project)
    used = names_used(project, names)
    api = api_pages.api_files(project, lessons_by_anchor(used))
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
    for each, (_, its_names) in zip(executed, used, strict=True):
        files |= _below("lessons", lesson_files(each, lessons, warn, its_names))
    project.api_names.write_text(json.dumps(names, indent=1, sort_keys=True), "utf-8")
    write_tree(project.tree, files)
    return _navigation(lessons, api)


def _hand_written(project, lessons):
    files = read_folder(project.docs)
    files.pop(course_plan.FILE, None)
    plan = course_plan.read_plan(project.docs, lessons)
    measured = benchmark_page.read(project.docs)
    files |= benchmark_page.figures(measured)
    for name, content in files.items():
        if name.endswith(".md"):
            depth = len(PurePosixPath(name).parents) - 1
            folder = "../" * depth + "lessons/"
            files[name] = _filled(
                content.decode(), plan, lessons, measured, folder
            ).encode()
    return files


def _filled(page, plan, lessons, measured, folder):
    """Put what is made from lessons and figures in the places that a page marks."""
    made = {
        course_map.MARKER: lambda: course_map.course_map(plan.steps, folder),
        lecturers.SYLLABUS_MARKER: lambda: lecturers.syllabus(plan.weeks, folder),
        lecturers.OBJECTIVES_MARKER: lambda: lecturers.objectives(lessons, folder),
        benchmark_page.TABLES_MARKER: lambda: benchmark_page.tables(measured),
        benchmark_page.GROWTH_MARKER: lambda: benchmark_page.growth(measured),
        benchmark_page.SETTING_MARKER: lambda: benchmark_page.setting(measured),
    }
    for marker, make in made.items():
        if marker in page:
            page = page.replace(marker, make())
    return page


def _below(folder, files):
    return {f"{folder}/{name}": content for name, content in files.items()}


def _navigation(lessons, api):
    return [
        {"Home": "index.md"},
        {"Install": "install.md"},
        {"Lessons": lesson_lists.navigation(lessons)},
        {"API": api_pages.navigation(api)},
        {
            "Guides": [
                {"Use a GPU": "guides/use-a-gpu.md"},
                {"Mixed precision": "guides/mixed-precision.md"},
                {"Several GPUs": "guides/several-gpus.md"},
                {"Several machines": "guides/several-machines.md"},
                {"Interrupt and resume": "guides/interrupt-and-resume.md"},
                {"JAX and PyTorch": "guides/backends.md"},
            ]
        },
        {"For lecturers": "lecturers.md"},
        {
            "Reference": [
                {"Notation": "notation.md"},
                {"Other notations": "other-notations.md"},
                {"Glossary": "glossary.md"},
                {"FAQ": "faq.md"},
                {"Benchmarks": "benchmarks.md"},
            ]
        },
    ]
