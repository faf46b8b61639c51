"""Which dotted names have a place in the API reference, and where."""

from site_builder.source import Package


def api_names(package_folder, parts):
    """Map every dotted name that leads into the reference to the anchor it has there.

    A public name is known by the path it is imported from and by the one that
    defines it. A module leads to the page of its package.

    Args:
        package_folder: Path of the package.
        parts: Sequence of strings. The public packages that have a page.

    Returns:
        Dictionary with `"objects"` and `"modules"`, both dictionaries from a dotted
        name to an anchor.
    """
    package = Package(package_folder)
    objects, modules = {}, {}
    for part in parts:
        page = package.module(f"{package.name}.{part}")
        for name in package.module_names:
            if f"{name}.".startswith(f"{page.name}."):
                modules[name] = page.name
        for export in page.exports:
            anchor = anchor_of(package, page, export)
            objects[f"{page.name}.{export}"] = anchor
            place = package.locate(page.name, [export])
            if place.name is not None:
                objects[f"{place.module.name}.{place.name}"] = anchor
    return {"objects": objects, "modules": modules}


def anchor_of(package, page, export):
    """Return the dotted name that a public name has in the reference.

    It is the name that a reader imports, but for one that is also the name of a
    module (`fmkeras.models.mlp`): there it is the name where it is defined.

    Args:
        package: `Package`.
        page: `Module` that exports the name.
        export: String.
    """
    public = f"{page.name}.{export}"
    place = package.locate(page.name, [export])
    if place.name is not None and package.module(public) is not None:
        return f"{place.module.name}.{place.name}"
    return public


def find_anchor(names, dotted):
    """Find where a dotted name of some code leads.

    Args:
        names: Dictionary from `api_names`.
        dotted: String such as `"fmkeras.plots.PALETTE.index"`.

    Returns:
        String, the anchor, or `None` if the reference does not cover the name.

    Raises:
        LookupError: If a module of the reference has no such public name.
    """
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        known = ".".join(parts[:end])
        if known in names["objects"]:
            return names["objects"][known]
        if known in names["modules"]:
            if end < len(parts):
                raise LookupError(f"`{dotted}` is no public name of `{known}`.")
            return names["modules"][known]
    return None


def page_address(anchor):
    """Return where an anchor of the reference is, as seen from the site's root.

    Example:

    >>> page_address("fmkeras.models.mlp.mlp")
    'api/models.html#fmkeras.models.mlp.mlp'
    """
    return f"api/{anchor.split('.')[1]}.html#{anchor}"
