"""What a public class takes over: from which classes, and which of their members.

Like all of the reference it is read from the sources: nothing is imported.
"""

import ast
from typing import NamedTuple

from site_builder.keras_names import find_keras_page, identifier_of, is_of_keras


class Link(NamedTuple):
    """A name that leads into the reference, or to Keras's; without one, just a name.

    Args:
        shown: String.
        identifier: String, as a page refers to it; empty for no link.
    """

    shown: str
    identifier: str


class Heritage(NamedTuple):
    """What a class takes over.

    Args:
        bases: List of `Link`, the classes that it inherits from. One that has no entry
            of its own gives way to those it inherits from itself.
        members: List of `Link`, the public methods and properties that stand in the
            entry of such a class and not in that of the class itself.
    """

    bases: list
    members: list


def heritage(package, names, module, class_name):
    """Find what a class takes over.

    Args:
        package: `Package`.
        names: Dictionary from `link_targets`.
        module: `Module` that defines the class.
        class_name: String.

    Returns:
        `Heritage`; empty for what is no class.
    """
    node = module.definitions.get(class_name)
    if not isinstance(node, ast.ClassDef):
        return Heritage([], [])
    bases, members, own = [], [], _documented(node)
    for link, place in _bases(package, names, module, node):
        bases.append(link)
        if place is not None:
            base = place.module.definitions[place.name]
            above = heritage(package, names, place.module, place.name).members
            here = [
                Link(name, f"{link.identifier}.{name}") for name in _documented(base)
            ]
            known = {*own, *(member.shown for member in members)}
            members += [each for each in here + above if each.shown not in known]
    return Heritage(bases, members)


def _bases(package, names, module, node):
    """Yield a link to each base, and its place if it has an entry of ours."""
    for expression in node.bases:
        first, *rest = ast.unparse(expression).split(".")
        place = package.locate(module.name, [first, *rest])
        if place.module is not None and place.name is not None:
            anchor = names["objects"].get(f"{place.module.name}.{place.name}")
            if anchor is not None:
                yield Link(place.name, anchor), place
            else:
                base = place.module.definitions[place.name]
                yield from _bases(package, names, place.module, base)
            continue
        source, original = module.imports.get(first, (None, None))
        dotted = ".".join(filter(None, [source, original, *rest])) if source else first
        if is_of_keras(dotted):
            page = find_keras_page(names["keras"], dotted)
            known = identifier_of(page[0], names["keras"]) if page else ""
            yield Link(dotted, known), None
        elif source is None:  # one of Python's own, such as an error
            yield Link(dotted, ""), None


def _documented(node):
    """List the public methods and properties of a class that have a docstring."""
    functions = (
        each
        for each in node.body
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
    )
    return [
        each.name
        for each in functions
        if not each.name.startswith("_") and ast.get_docstring(each)
    ]
