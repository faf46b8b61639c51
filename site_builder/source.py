"""Reads the modules of a package as text: nothing is ever imported."""

import ast
from functools import cached_property, lru_cache
from typing import NamedTuple

from site_builder.errors import BuildError


class Module:
    """One module: its syntax tree and the names it binds.

    Args:
        name: String. Dotted name.
        path: Path of the file.
        is_package: Boolean. Whether the file is an `__init__.py`.
    """

    def __init__(self, name, path, is_package):
        self.name = name
        self.path = path
        self.is_package = is_package

    @cached_property
    def tree(self):
        """The syntax tree of the file."""
        try:
            return _parsed(self.path.read_text("utf-8"))
        except SyntaxError as error:
            where = f"{self.path}, line {error.lineno}"
            raise BuildError(f"{where}: no Python: {error.msg}.") from None

    @cached_property
    def imports(self):
        """Names bound by import, as `imported_names` lists them."""
        return known_imported_names(self.tree, self.name, self.is_package)

    @property
    def dotted(self):
        """Names that the module's code speaks of, as `dotted_names` yields them."""
        return known_dotted_names(self.tree)

    @cached_property
    def definitions(self):
        """Names defined at the top level, with the node that defines each."""
        return dict(_definitions(self.tree.body))

    @property
    def exports(self):
        """The public names: what `__all__` lists."""
        listed = self.definitions.get("__all__")
        if listed is None:
            return []
        return [n.value for n in ast.walk(listed.value) if _is_string(n)]


class Place(NamedTuple):
    """Where a dotted name leads.

    Args:
        module: The `Module`, or `None` outside the package.
        name: String. The name that the module defines; `None` if the module itself
            is meant.
        passed: List of `Module` that were gone through on the way.
        unknown: String. An attribute that the module does not have, if one was
            asked for.
    """

    module: Module
    name: str
    passed: list
    unknown: str = None


class Package:
    """A package on disk.

    Args:
        folder: Path of the package's folder.
    """

    def __init__(self, folder):
        self.folder = folder
        self.name = folder.name
        self._modules = {}

    @cached_property
    def module_names(self):
        """Dotted names of all modules, sorted."""
        return sorted(self._name_of(path) for path in self.folder.rglob("*.py"))

    def module(self, dotted):
        """Return the `Module` of that name, or `None`."""
        if dotted not in self._modules:
            self._modules[dotted] = self._find(dotted)
        return self._modules[dotted]

    def locate(self, module_name, attributes):
        """Follow attributes of a module, through re-exports, to their definition.

        As in Python, a name that the module itself binds comes before a module
        of that name: `fmkeras.models.mlp` is the function.

        Args:
            module_name: String. Dotted name of the module.
            attributes: List of strings.

        Returns:
            A `Place`.
        """
        module, passed = self.module(module_name), []
        for position, name in enumerate(attributes):
            if module is None:
                break
            passed.append(module)
            rest = attributes[position + 1 :]
            source, original = module.imports.get(name, (None, None))
            if source and (source, original) != (module.name, name):
                further = [original, *rest] if original else rest
                place = self.locate(source, further)
                return place._replace(passed=passed + place.passed)
            if name in module.definitions:
                return Place(module, name, passed)
            submodule = self.module(f"{module.name}.{name}")
            if submodule is None:
                return Place(module, None, passed, unknown=name)
            module = submodule
        return Place(module, None, passed)

    def _find(self, dotted):
        parts = dotted.split(".")
        if parts[0] != self.name:
            return None
        path = self.folder.joinpath(*parts[1:])
        if (path / "__init__.py").is_file():
            return Module(dotted, path / "__init__.py", True)
        if len(parts) > 1 and path.with_suffix(".py").is_file():
            return Module(dotted, path.with_suffix(".py"), False)
        return None

    def _name_of(self, path):
        parts = [self.name, *path.relative_to(self.folder).with_suffix("").parts]
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@lru_cache(maxsize=4096)  # a preview reads most modules again, and each many times
def _parsed(text):
    return ast.parse(text)


@lru_cache(maxsize=4096)
def known_dotted_names(tree):
    """List what `dotted_names` yields, once for each tree."""
    return list(dotted_names(tree))


@lru_cache(maxsize=4096)
def known_imported_names(tree, module_name="", is_package=False):
    """Return what `imported_names` does, once for each tree; not to be changed."""
    return imported_names(tree, module_name, is_package)


def imported_names(tree, module_name="", is_package=False):
    """List what every import in a syntax tree binds.

    Args:
        tree: Syntax tree, imports inside functions included.
        module_name: String. The module's dotted name, for relative imports.
        is_package: Boolean. Whether the module is an `__init__.py`.

    Returns:
        Dictionary from the bound name to a pair: the module it comes from, and its
        name there, `None` if it is the module. A star import is bound to
        `"*" + module`.
    """
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = (alias.name if alias.asname else top, None)
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(node, module_name, is_package)
            for alias in node.names:
                if alias.name == "*":
                    names[f"*{source}"] = (source, None)
                else:
                    names[alias.asname or alias.name] = (source, alias.name)
    return names


def dotted_names(tree):
    """Yield every dotted name of some code, in parts, each at its full length.

    Args:
        tree: Syntax tree.
    """
    inner = set()
    for node in ast.walk(tree):  # outer nodes come before inner ones
        if id(node) in inner or not isinstance(node, (ast.Attribute, ast.Name)):
            continue
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
            inner.add(id(node))
        if isinstance(node, ast.Name):
            yield [node.id, *reversed(parts)]


def _absolute(node, module_name, is_package):
    if not node.level:
        return node.module
    parts = module_name.split(".")
    drop = node.level - 1 if is_package else node.level
    base = parts[: len(parts) - drop]
    return ".".join([*base, node.module] if node.module else base)


def _definitions(body):
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, node
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name):
                        yield name.id, node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            yield from _definitions(node.body + getattr(node, "orelse", []))


def _is_string(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
