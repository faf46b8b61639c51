"""Which modules of the package a lesson reaches, found without running anything.

A lesson that says `data.load_digits` reaches the module that defines it and what
that module uses in turn, and no other: an edit in `fmkeras/data/text.py` leaves
the outputs of such a lesson valid. Names are followed through the re-exports of
each `__init__.py`.
"""

from site_builder.source import known_dotted_names, known_imported_names


def reached_modules(trees, package):
    """Find every module that some code reaches, transitively.

    Args:
        trees: Sequence of syntax trees, such as the cells of a lesson.
        package: `Package` to look in.

    Returns:
        Sorted list of dotted module names.
    """
    names = [name for tree in trees for name in known_dotted_names(tree)]
    imports = {}
    for tree in trees:
        imports |= known_imported_names(tree)
    search = _Search(package)
    search.follow(names, imports)
    return sorted(search.found)


class _Search:
    def __init__(self, package):
        self.package = package
        self.found = set()

    def follow(self, names, imports, only_used=False):
        """Reach what the code uses of its imports."""
        used = set()
        for name, *attributes in names:
            if name in imports:
                used.add(name)
                self._resolve(imports[name], attributes)
        if not only_used:  # a module may be imported for what importing it does
            for name in imports.keys() - used:
                self._resolve(imports[name], [])

    def _resolve(self, imported, attributes):
        """Reach the module that defines a name, and the packages on the way."""
        source, original = imported
        if source.partition(".")[0] != self.package.name:
            return
        names = [original, *attributes] if original else attributes
        place = self.package.locate(source, names)
        for module in [*place.passed, place.module]:
            if module is not None:
                self._reach_enclosing(module)
        if place.module is None:
            return
        if place.name is None and place.module.is_package:
            # The package itself is handed around: anything in it may be used.
            self._reach_all(place.module.name)
        else:
            self._reach(place.module)

    def _reach_enclosing(self, module):
        """Reach the packages around a module: their `__init__.py` runs first."""
        parts = module.name.split(".")
        for end in range(1, len(parts)):
            self._reach(self.package.module(".".join(parts[:end])))
        if module.is_package:
            self._reach(module)

    def _reach(self, module):
        if module.name in self.found:
            return
        self.found.add(module.name)
        self.follow(module.dotted, module.imports, only_used=module.is_package)

    def _reach_all(self, package_name):
        for name in self.package.module_names:
            if f"{name}.".startswith(f"{package_name}."):
                self._reach(self.package.module(name))
