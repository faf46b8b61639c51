"""Where the nodes of a graph go: layer by layer, from the operands to the result.

An edge that spans several layers gets a stop in each layer between, so that it runs
beside the nodes and not across them. This is the method of Sugiyama, Tagawa and Toda
(1981), "Methods for Visual Understanding of Hierarchical System Structures", in its
simplest form.
"""

from itertools import accumulate, pairwise

SWEEPS = 8


def arrange(count, edges):
    """Sort nodes into layers, and each layer so that few edges cross.

    Args:
        count: Integer. Number of nodes.
        edges: List of pairs of indices into the nodes, from operand to result.

    Returns:
        A pair: the layers, lists of indices, where those from `count` on are stops;
        and for each edge the list of indices it passes. Or `None` if the edges go in
        a circle.

    Example:

    >>> arrange(3, [(0, 1), (1, 2), (0, 2)])
    ([[0], [1, 3], [2]], [[0, 1], [1, 2], [0, 3, 2]])
    """
    ranks = _rank(count, edges)
    if ranks is None:
        return None
    layers = [[] for _ in range(max(ranks) + 1)]
    for node, rank in enumerate(ranks):
        layers[rank].append(node)
    routes, stop = [], count
    for start, end in edges:
        route = [start]
        for rank in range(ranks[start] + 1, ranks[end]):
            layers[rank].append(stop)
            route.append(stop)
            stop += 1
        routes.append([*route, end])
    return _untangle(layers, routes), routes


def find_heights(layers, routes, extents, gap):
    """Give each node a height near that of its neighbours, without overlaps.

    Args:
        layers: The layers, as `arrange` returns them.
        routes: The routes, as `arrange` returns them.
        extents: List of floats: how high each node or stop is, by its index.
        gap: Float. Least distance between the edges of two of them.

    Returns:
        List of floats, the middle of each node or stop, by its index. Zero is in the
        middle of the drawing, and the first of a layer is the highest.

    Example:

    >>> layers, routes = arrange(3, [(0, 2), (1, 2)])
    >>> find_heights(layers, routes, [2.0, 2.0, 2.0], gap=1.0)
    [1.5, -1.5, 0.0]
    """
    near = {node: [] for layer in layers for node in layer}
    for start, end in (link for route in routes for link in pairwise(route)):
        near[start].append(end)
        near[end].append(start)
    depths = [0.0] * len(near)
    for sweep in range(SWEEPS + 1):  # the last goes forth: the result is level
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = [
                sum(depths[i] for i in near[node]) / max(len(near[node]), 1)
                for node in layer
            ]
            steps = [gap + (extents[a] + extents[b]) / 2 for a, b in pairwise(layer)]
            for node, depth in zip(layer, _spread(wanted, steps), strict=True):
                depths[node] = depth
    tops = [depth - extent / 2 for depth, extent in zip(depths, extents, strict=True)]
    ends = [depth + extent / 2 for depth, extent in zip(depths, extents, strict=True)]
    middle = (min(tops) + max(ends)) / 2
    return [middle - depth for depth in depths]


def _spread(wanted, steps):
    """Return the numbers nearest to those wanted of which each is a step further on.

    Without the steps, the numbers only have to rise: neighbours that do not are
    replaced by their mean, again and again.
    """
    offsets = list(accumulate(steps, initial=0.0))
    blocks = []  # of pairs: mean, size
    for number, offset in zip(wanted, offsets, strict=True):
        mean, size = number - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, count = blocks.pop()
            mean = (before * count + mean * size) / (count + size)
            size += count
        blocks.append((mean, size))
    rising = [mean for mean, size in blocks for _ in range(size)]
    return [mean + offset for mean, offset in zip(rising, offsets, strict=True)]


def _rank(count, edges):
    """Put each node after its operands, and each input right before its first use."""
    ranks = [0] * count
    for _ in range(count + 1):
        before = list(ranks)
        for start, end in edges:
            ranks[end] = max(ranks[end], ranks[start] + 1)
        if ranks == before:
            break
    else:
        return None
    results = {end for _, end in edges}
    for node in range(count):
        uses = [ranks[end] for start, end in edges if start == node]
        if node not in results and uses:
            ranks[node] = min(uses) - 1
    return ranks


def _untangle(layers, routes):
    """Sort each layer by where its neighbours stand, forth and back, keep the best."""
    links = [link for route in routes for link in pairwise(route)]
    best, layers = layers, [list(layer) for layer in layers]
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        for layer in layers if forth else reversed(layers):
            place = _places(layers)
            layer.sort(key=lambda node: _middle(node, links, place, forth))
        if _crossings(layers, links) < _crossings(best, links):
            best = [list(layer) for layer in layers]
    return best


def _places(layers):
    """Return how far down in its layer each node stands, from 0 to 1."""
    return {
        node: (i + 0.5) / len(layer) for layer in layers for i, node in enumerate(layer)
    }


def _middle(node, links, place, forth):
    """Return where a node's neighbours stand on average: those before, or after it."""
    if forth:
        near = [place[start] for start, end in links if end == node]
    else:
        near = [place[end] for start, end in links if start == node]
    return sum(near) / len(near) if near else place[node]


def _crossings(layers, links):
    place, layer_of = _places(layers), {}
    for rank, layer in enumerate(layers):
        layer_of |= dict.fromkeys(layer, rank)
    return sum(
        layer_of[a] == layer_of[c] and (place[a] - place[c]) * (place[b] - place[d]) < 0
        for i, (a, b) in enumerate(links)
        for c, d in links[:i]
    )
