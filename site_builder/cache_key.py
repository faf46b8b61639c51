"""The key under which a lesson's outputs are kept.

It changes with everything that could change an output and with nothing else:
the code of the lesson, the code of the modules it reaches, and the versions of
what they run on. Prose, comments, layout and docstrings do not count, nor does
the folder that the project lies in, so that one machine's cache serves another.
"""

import ast
import hashlib
import json
import sys
from functools import lru_cache
from importlib import metadata

from site_builder.reach import reached_modules
from site_builder.source import Package

DISTRIBUTIONS = {
    "numpy": ["numpy"],
    "scikit-learn": ["scikit-learn"],
    "matplotlib": ["matplotlib"],
    "keras": ["keras"],
    "tensorflow": ["tensorflow", "tensorflow-cpu"],
}


def cache_key(cells, package_folder, runner, versions=None):
    """Fingerprint a lesson.

    Args:
        cells: Sequence of strings. The lesson's code cells.
        package_folder: Path of the package that the lesson imports.
        runner: String. What runs the cells; a new one makes new keys.
        versions: Dictionary of versions, or `None` for those installed.

    Returns:
        String of 16 hexadecimal digits.
    """
    package = Package(package_folder)
    trees = [tree for tree in map(_shared_tree, cells) if tree is not None]
    reached = reached_modules(trees, package)
    fingerprint = {
        "runner": runner,
        "versions": installed_versions() if versions is None else versions,
        "cells": [essence(cell) for cell in cells],
        "modules": {name: _of_module(package, name) for name in reached},
        "files": _files_beside(package, reached),
    }
    text = json.dumps(fingerprint, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def installed_versions():
    """Return the versions that a lesson's numbers may depend on."""
    versions = {"python": "{}.{}".format(*sys.version_info)}
    for name, candidates in DISTRIBUTIONS.items():
        found = (version for version in map(_version, candidates) if version)
        versions[name] = next(found, "absent")
    return versions


@lru_cache(maxsize=4096)  # lessons share modules, and a preview comes back to them
def essence(code):
    """Reduce code to what runs: no comments, no layout, no docstrings.

    Args:
        code: String of Python, such as one cell. A string at its very top is
            kept: in a cell it is a value to display.

    Returns:
        String. Code that does not parse is returned as it is.
    """
    tree = _parse(code)
    if tree is None:
        return code
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            _drop_docstring(node)
    return ast.unparse(tree)


def _of_module(package, name):
    module = package.module(name)
    return _module_essence(module.path.read_text("utf-8"), module.is_package)


@lru_cache(maxsize=4096)
def _module_essence(text, is_package):
    tree = ast.parse(text)
    _drop_docstring(tree)
    if is_package:  # its re-exports are followed name by name
        tree.body = [node for node in tree.body if not _is_re_export(node)]
    return essence(ast.unparse(tree))


def _files_beside(package, reached):
    """Fingerprint the data files that lie beside the modules."""
    folders = {package.module(name).path.parent for name in reached}
    files = (path for folder in folders for path in folder.iterdir())
    return {
        path.relative_to(package.folder).as_posix(): _digest(path)
        for path in sorted(files)
        if path.is_file() and path.suffix != ".py" and not path.name.startswith(".")
    }


def _is_re_export(node):
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return True
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "__all__"
        for target in node.targets
    )


def _drop_docstring(node):
    if ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]


def _parse(code):
    try:
        return ast.parse(code)
    except SyntaxError:
        return None


@lru_cache(maxsize=4096)  # for readers only: who changes a tree parses anew
def _shared_tree(code):
    return _parse(code)


def _version(distribution):
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
