"""A layout goes from operands to results, and keeps nodes and edges apart."""

import random
from itertools import pairwise

import pytest

from fmkeras.plots.layout import arrange, find_heights


def random_graph(seed):
    """A connected graph without circles."""
    chance = random.Random(seed)
    count = chance.randint(2, 12)
    edges = [
        (chance.randrange(end), end)
        for end in range(1, count)
        for _ in range(chance.randint(1, 2))
    ]
    return count, edges


@pytest.mark.parametrize("seed", range(30))
def test_every_edge_goes_one_layer_at_a_time(seed):
    count, edges = random_graph(seed)
    layers, routes = arrange(count, edges)
    rank = {node: r for r, layer in enumerate(layers) for node in layer}
    assert sorted(rank) == list(range(len(rank)))  # each once, and every node
    assert [(route[0], route[-1]) for route in routes] == edges
    for route in routes:
        assert all(rank[b] == rank[a] + 1 for a, b in pairwise(route))
        assert all(stop >= count for stop in route[1:-1])


@pytest.mark.parametrize("seed", range(30))
def test_nodes_of_a_layer_keep_their_order_and_their_distance(seed):
    count, edges = random_graph(seed)
    layers, routes = arrange(count, edges)
    total = sum(map(len, layers))
    extents = [2.0 if node < count else 0.5 for node in range(total)]
    heights = find_heights(layers, routes, extents, gap=1.0)
    for layer in layers:
        for above, below in pairwise(layer):
            distance = 1.0 + (extents[above] + extents[below]) / 2
            assert heights[above] - heights[below] >= distance - 1e-9
    tops = [y + extent / 2 for y, extent in zip(heights, extents, strict=True)]
    ends = [y - extent / 2 for y, extent in zip(heights, extents, strict=True)]
    assert max(tops) == pytest.approx(-min(ends))


def test_inputs_wait_for_their_first_use():
    # L = (a b) c: c belongs beside a b, not beside a and b.
    layers, _ = arrange(5, [(0, 2), (1, 2), (2, 4), (3, 4)])
    assert [sorted(layer) for layer in layers] == [[0, 1], [2, 3], [4]]


def test_crossed_edges_are_untangled():
    layers, _ = arrange(4, [(0, 3), (1, 2)])
    assert layers in ([[0, 1], [3, 2]], [[1, 0], [2, 3]])


def test_a_tree_has_no_crossing():
    edges = [(0, 4), (2, 4), (1, 5), (3, 5), (4, 6), (5, 6)]
    layers, _ = arrange(7, edges)
    first, second, _ = layers
    consumer = dict(edges)
    assert [second.index(consumer[node]) for node in first] == [0, 0, 1, 1]


def test_a_chain_is_level():
    edges = [(0, 1), (1, 2), (2, 3)]
    heights = find_heights(*arrange(4, edges), [1.0] * 4, gap=1.0)
    assert heights == [0.0] * 4


def test_the_last_result_is_level_with_its_operand():
    edges = [(0, 3), (1, 3), (2, 4), (3, 4), (4, 5)]  # as in (a b + c) ** 2
    heights = find_heights(*arrange(6, edges), [1.0] * 6, gap=1.0)
    assert heights[5] == heights[4]


def test_a_result_stands_between_its_operands():
    heights = find_heights(*arrange(3, [(0, 2), (1, 2)]), [1.0] * 3, gap=2.0)
    assert heights[2] == pytest.approx((heights[0] + heights[1]) / 2)


@pytest.mark.parametrize(
    "edges", [[(0, 0)], [(0, 1), (1, 0)], [(0, 1), (1, 2), (2, 1)]]
)
def test_a_circle_has_no_layout(edges):
    assert arrange(3, edges) is None


def test_a_single_node_is_a_graph():
    assert arrange(1, []) == ([[0]], [])
    assert find_heights([[0]], [], [1.0], gap=1.0) == [0.0]
