"""Where a piece of code speaks of what it has imported, and not of a namesake.

An attribute (`self.data`), an argument (`f(data=1)`), a parameter or a variable may be
called like an imported module. Python's own grammar tells them apart.
"""

import ast
from itertools import accumulate

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Lambda, *COMPREHENSIONS)


def references_in(text, imported):
    r"""Find the places at which some code uses an imported name.

    Args:
        text: String of Python, or of an interactive example with its prompts. What
            does not parse has no such places.
        imported: Collection of names.

    Returns:
        Set of integers: the position of each first character.

    Example:

    >>> references_in("self.data = data.load(data=1)", {"data"})
    {12}
    >>> references_in(">>> data.load()\n'data'", {"data"})
    {4}
    """
    code = _without_prompts(text)
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return set()
    shift = len(code) - len(text)
    lines = code.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, lines))]
    places = set()
    for line, column, name in _used(tree, frozenset(imported)):
        before = lines[line - 1].encode()[:column]
        place = starts[line - 1] + len(before.decode(errors="replace"))
        if code.startswith(name, place):  # Python 3.11 misplaces some in f-strings
            places.add(place - shift)
    return places


def bound_names(tree):
    """Return the names that code gives a meaning at its top level.

    Args:
        tree: Syntax tree.

    Returns:
        Set of strings.
    """
    return set(_stored(ast.iter_child_nodes(tree)))


def _without_prompts(text):
    """Blank out the prompts of an example, and what it prints, in their places."""
    if not text.startswith(">>>"):
        return text
    lines = []
    for line in text.splitlines(keepends=True):
        code = line[4:] if line.startswith((">>>", "...")) else ""
        lines.append((code if code.strip() else "\n").rjust(len(line)))
    return "if True:\n" + "".join(lines)


def _used(node, visible):
    """Yield place and name of what reads a visible name, scope by scope."""
    if isinstance(node, ast.Name):
        if node.id in visible and isinstance(node.ctx, ast.Load):
            yield node.lineno, node.col_offset, node.id
    elif isinstance(node, ast.ImportFrom):
        for each in node.names:
            name = each.asname or each.name
            if name in visible:
                yield each.end_lineno, each.end_col_offset - len(name.encode()), name
    else:
        inside = _inside(node)
        own = visible - _own_names(node, inside) if inside else visible
        for child in ast.iter_child_nodes(node):
            yield from _used(child, own if child in inside else visible)


def _inside(node):
    """List the children that see the names of the scope that a node opens."""
    if not isinstance(node, SCOPES):
        return []
    if isinstance(node, FUNCTIONS):
        return node.body
    if isinstance(node, ast.ClassDef):  # its functions do not see its names
        return [child for child in node.body if not isinstance(child, FUNCTIONS)]
    if isinstance(node, ast.Lambda):
        return [node.body]
    return list(ast.iter_child_nodes(node))


def _own_names(node, inside):
    names = set(_stored(inside))
    if isinstance(getattr(node, "args", None), ast.arguments):
        arguments = (each for each in ast.walk(node.args) if isinstance(each, ast.arg))
        names |= {each.arg for each in arguments}
    return names


def _stored(nodes):
    """Yield the names that are given a meaning here, and not in a scope further in."""
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node.name
        if not isinstance(node, SCOPES):
            yield from _stored(ast.iter_child_nodes(node))
