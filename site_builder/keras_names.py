"""Which page of keras.io a name of Keras leads to, by a table that is kept by hand.

Nothing is fetched, neither at build time nor by a page: these are links for readers.
"""

import json

from site_builder.project import HERE

TABLE = HERE / "keras_names.json"
SITE = "https://keras.io/"


def keras_names():
    """Read the table.

    Returns:
        Dictionary from a dotted name to a path on keras.io. A name that ends in `.*`
        stands for everything in a module that is not listed by itself.
    """
    return json.loads(TABLE.read_text("utf-8"))


def inventory(names):
    """List where each name is: what an `objects.inv` of keras.io would say.

    Args:
        names: Dictionary from `keras_names`.

    Returns:
        Dictionary from an identifier, as `identifier_of` gives it, to an address.
    """
    listed = {name for name in names if not name.endswith(".*")}
    return {identifier_of(name, names): SITE + names[name] for name in listed}


def identifier_of(name, names):
    """Return what a link to a name of Keras is known by.

    Args:
        name: String that `find_keras_page` has found.
        names: Dictionary from `keras_names`.

    Returns:
        String: the name, or that of its module if only the module is listed. Keras
        itself is `"keras.io"`, since a heading may be called "Keras".
    """
    listed = name if name in names else name.rpartition(".")[0]
    return listed if "." in listed else "keras.io"


def is_of_keras(dotted):
    """Tell whether a dotted name is one of Keras."""
    return dotted.partition(".")[0] == "keras"


def find_keras_page(names, dotted):
    """Find where a dotted name of Keras leads.

    Args:
        names: Dictionary from `keras_names`.
        dotted: String such as `"keras.layers.Dense"`. What a class has, such as
            `"keras.layers.Dense.call"`, leads to the class unless it is listed.

    Returns:
        Pair of the name that was found and its address, or `None` if the table
        does not have it.

    Example:

    >>> names = {"keras.Model": "api/models/model/", "keras.ops.*": "api/ops/"}
    >>> find_keras_page(names, "keras.Model.summary")
    ('keras.Model', 'https://keras.io/api/models/model/')
    >>> find_keras_page(names, "keras.ops.exp")
    ('keras.ops.exp', 'https://keras.io/api/ops/')
    >>> find_keras_page(names, "keras.losses")
    """
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        known = ".".join(parts[:end])
        if known in names and (known == dotted or parts[end - 1][0].isupper()):
            return known, SITE + names[known]
        if known != dotted and f"{known}.*" in names:
            return dotted, SITE + names[f"{known}.*"]
    return None
