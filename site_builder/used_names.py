"""Which public names the code of each lesson uses, for links both ways."""

import ast
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from fmkeras.course import catalogue
from site_builder.api_names import find_anchor
from site_builder.errors import BuildError
from site_builder.keras_names import find_keras_page, is_of_keras
from site_builder.lesson_text import cells
from site_builder.source import known_dotted_names, known_imported_names


class UsedName(NamedTuple):
    """A name that a lesson uses.

    Args:
        module: String. The module that a reader imports it from.
        name: String. Its name there.
        address: String. Where its page is, as seen from a lesson's page.
        anchor: String. Its anchor in our reference; empty for a name of Keras.
    """

    module: str
    name: str
    address: str
    anchor: str


def names_used(project, names):
    """Resolve what the lessons use, before any of them runs.

    Args:
        project: `Project`.
        names: Dictionary from `link_targets`.

    Returns:
        List of pairs, one for each lesson in the order of the course: the `Lesson`
        and its sorted list of `UsedName`.

    Raises:
        BuildError: If a name of the package or of Keras leads nowhere.
    """
    try:
        lessons = catalogue(project.tutorials)
        used = [_used_by(_code(lesson), names) for lesson in lessons]
    except ValueError as error:  # a front matter or a marker that is not as it must be
        raise BuildError(str(error)) from None
    faults = [
        f"Lesson {lesson.number} ({lesson.path.name}): {fault}"
        for lesson, (_, lesson_faults) in zip(lessons, used, strict=True)
        for fault in lesson_faults
    ]
    if faults:
        raise BuildError("\n".join(faults))
    return [(lesson, found) for lesson, (found, _) in zip(lessons, used, strict=True)]


def lessons_by_anchor(used):
    """Turn the list of `names_used` round.

    Returns:
        Dictionary from an anchor of the reference to the lessons that use the name.
    """
    lessons = {}
    for lesson, found in used:
        for name in found:
            if name.anchor:
                lessons.setdefault(name.anchor, []).append(lesson)
    return lessons


def _code(lesson):
    """Return the syntax tree of each cell; what is no Python is left out."""
    trees = (_tree(cell.source) for cell in cells(lesson) if cell.kind != "prose")
    return [tree for tree in trees if tree is not None]


@lru_cache(maxsize=4096)  # a preview reads most cells again
def _tree(source):
    try:
        return ast.parse(source)
    except SyntaxError:  # running the lesson will say where
        return None


def _used_by(trees, names):
    imports = {}
    for tree in trees:
        imports |= known_imported_names(tree)
    found, faults = set(), set()
    for first, *attributes in chain.from_iterable(map(known_dotted_names, trees)):
        if first in imports:
            source, original = imports[first]
            parts = filter(None, [source, original, *attributes])
            try:
                found.add(_resolve(".".join(parts), names))
            except LookupError as error:
                faults.add(str(error))
    return sorted(found - {None}), sorted(faults)


def _resolve(dotted, names):
    if is_of_keras(dotted):
        page = find_keras_page(names["keras"], dotted)
        if page is None:
            raise LookupError(
                f"`{dotted}` is not in site_builder/keras_names.json, the table of "
                "Keras names. What would do: add it there, with its page on keras.io."
            )
        known, address = page
        module, _, name = known.rpartition(".")
        return UsedName(module, name, address, "") if module else None
    anchor = find_anchor(names, dotted)
    if anchor is None or anchor not in names["objects"].values():
        return None
    package, part, *_, name = anchor.split(".")
    return UsedName(f"{package}.{part}", name, f"../api/{part}.md#{anchor}", anchor)
