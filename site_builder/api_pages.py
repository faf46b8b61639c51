"""One page for each public package, made from its docstrings without importing it."""

import ast
import hashlib
import json

from site_builder.api_names import anchor_of, api_names
from site_builder.errors import BuildError
from site_builder.inheritance import heritage
from site_builder.keras_names import keras_names
from site_builder.markdown_text import front_matter, summary
from site_builder.repository import source_address
from site_builder.source import Package


def link_targets(project):
    """List what the code of a page may link to.

    Args:
        project: `Project`.

    Returns:
        Dictionary from `api_names`, with the table of Keras names as `"keras"`.
    """
    package = Package(project.package)
    return {**api_names(project.package, public_parts(package)), "keras": keras_names()}


def api_files(project, lessons_by_anchor=None):
    """Write the pages of the API reference.

    Args:
        project: `Project`.
        lessons_by_anchor: Dictionary from the anchor of a name to the lessons that
            use it, or `None` for none.

    Returns:
        Dictionary from a path below `api/` to bytes.

    Raises:
        BuildError: If a public name has no docstring or leads nowhere.
    """
    package = Package(project.package)
    modules = {
        part: package.module(f"{package.name}.{part}") for part in public_parts(package)
    }
    names = link_targets(project)
    faults, used_in = [], lessons_by_anchor or {}
    pages = {
        f"{part}.md": (_page(package, module, names, used_in, faults) + "\n").encode()
        for part, module in modules.items()
    }
    if faults:
        raise BuildError("\n".join(faults))
    pages["index.md"] = (_index(modules) + "\n").encode()
    return pages


def navigation(pages):
    """Return the API's entries for the navigation."""
    parts = sorted(page.removesuffix(".md") for page in set(pages) - {"index.md"})
    return [
        {"API": "api/index.md"},
        *({f"fmkeras.{part}": f"api/{part}.md"} for part in parts),
    ]


def public_parts(package):
    """List the parts of a package that have a page: those that name what is public.

    Args:
        package: `Package`.

    Returns:
        Sorted list of strings such as `"data"`.
    """
    names = (name.split(".") for name in package.module_names)
    parts = (rest[0] for _, *rest in names if len(rest) == 1)
    return [part for part in parts if package.module(f"{package.name}.{part}").exports]


def _page(package, module, names, used_in, faults):
    anchors = {name: anchor_of(package, module, name) for name in module.exports}
    rows = []
    for name, anchor in anchors.items():
        text = _docstring(package, module, name, faults)
        rows.append(f"| [`{name}`](#{anchor}) | {summary(text)} |")
    introduction = _module_docstring(module, faults)
    return "\n\n".join(
        [
            front_matter(module.name, summary(introduction), made_from=_digest(module)),
            f"# {module.name} {{ #{module.name} }}",
            introduction.strip(),
            "\n".join(["| name | what it does |", "|---|---|", *rows]),
            *(
                _object(package, names, module, name, anchor)
                + _facts(name, anchor, used_in, _source(package, anchor))
                for name, anchor in anchors.items()
            ),
        ]
    )


def _digest(module):
    """Fingerprint the sources of a page: with an edit of them its text changes too."""
    inside = module.path.parent.rglob("*.py") if module.is_package else [module.path]
    paths = sorted(inside)
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _object(package, names, page, name, anchor):
    """Leave an object to mkdocstrings, and tell it what a class inherits."""
    place = package.locate(page.name, [name])
    found = place.name and heritage(package, names, place.module, place.name)
    if not found or not found.bases:
        return f"::: {anchor}"
    extra = json.dumps(found._asdict())
    return f"::: {anchor}\n    options:\n      extra: {extra}"


def _facts(name, anchor, used_in, source):
    links = [_lesson_link(lesson) for lesson in used_in.get(anchor, ())]
    facts = []
    if links:
        noun = "lesson" if len(links) == 1 else "lessons"
        facts.append(f"used in {noun} {', '.join(links)}")
    if source:
        facts.append(f"[source]({source})")
    if not facts:
        return ""
    return f"\n\n`{name}`: {' · '.join(facts)}\n{{ .used-in data-search-exclude }}"


def _source(package, anchor):
    """Return the address of an object's lines in the repository, if it has one."""
    parts = anchor.split(".")
    place = package.locate(parts[0], parts[1:])
    if place.name is None:
        return None
    node = place.module.definitions[place.name]
    root = package.folder.parent
    return source_address(root, place.module.path, node.lineno, node.end_lineno)


def _lesson_link(lesson):
    title = lesson.title.replace('"', "&quot;")
    return f'[{lesson.number}](../lessons/{lesson.name}.md "{title}")'


def _index(modules):
    rows = [
        f"| [`{module.name}`]({part}.md) | {summary(_module_docstring(module, []))} |"
        for part, module in modules.items()
    ]
    return "\n\n".join(
        [
            front_matter("API", "Every public name of the library."),
            "# API",
            "Every public name, from its docstring. The shapes in a docstring use the "
            "letters of the [notation](../notation.md); every example in it is run by "
            "the tests.",
            "\n".join(["| package | what is in it |", "|---|---|", *rows]),
        ]
    )


def _module_docstring(module, faults):
    text = ast.get_docstring(module.tree)
    if not text:
        faults.append(f"{module.path}: `{module.name}` has no docstring.")
    return text or ""


def _docstring(package, page, export, faults):
    public = f"{page.name}.{export}"
    place = package.locate(page.name, [export])
    if place.module is None or place.unknown:
        faults.append(
            f"{page.path}: `{export}` is in `__all__`, but nothing defines it."
        )
        return ""
    if place.name is None:
        return _module_docstring(place.module, faults)
    node = place.module.definitions[place.name]
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        text = _text_after(place.module.tree, node)
    else:
        text = ast.get_docstring(node)
    if not text:
        where = f"{place.module.path}, line {node.lineno}"
        faults.append(f"{where}: `{public}` is public and has no docstring.")
    return text or ""


def _text_after(tree, node):
    """Return the string below an assignment: the docstring of what it defines."""
    for statement, following in zip(tree.body, tree.body[1:], strict=False):
        if statement is node and isinstance(following, ast.Expr):
            value = following.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value
    return None
