"""A computational graph as a table of text."""


def draw_table(nodes, edges):
    """Write one line for every node: its name, its formula, its two numbers.

    Args:
        nodes: List of dicts with the keys "name", "operation", "data" and "grad".
        edges: List of pairs of indices into the nodes, from operand to result.

    Returns:
        String, the lines under a heading.

    Example:

    >>> x = {"name": "x", "operation": "", "data": 3.0, "grad": 6.0}
    >>> y = {"name": "y", "operation": "** 2", "data": 9.0, "grad": 1.0}
    >>> print(draw_table([x, y], [(0, 1)]))
    name  from    data  grad
    x             3     6
    y     x ** 2  9     1
    """
    operands = [[] for _ in nodes]
    for operand, result in edges:
        operands[result].append(nodes[operand]["name"])
    rows = [("name", "from", "data", "grad")]
    for node, names in zip(nodes, operands, strict=True):
        formula = _formula(node["operation"], names)
        numbers = f"{node['data']:.4g}", f"{node['grad']:.4g}"
        rows.append((node["name"], formula, *numbers))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = (map(str.ljust, row, widths) for row in rows)
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


def _formula(operation, names):
    if not names:
        return ""
    if len(names) == 2:
        return f"{names[0]} {operation} {names[1]}"
    if operation.startswith("**"):
        return f"{names[0]} {operation}"
    return f"-{names[0]}" if operation == "-" else f"{operation}({names[0]})"
