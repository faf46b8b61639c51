"""A graph shows each node once, with what flowed forward and back, edges between."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.transforms import Bbox

from fmkeras.plots import computational_graph
from fmkeras.scratch import Value


def lecture():
    """L = (θ₁ θ₂ x − y)² of the lecture, with its gradients."""
    theta_1, theta_2, x, y = Value(2.0, "θ₁"), Value(-1.5, "θ₂"), Value(3.0, "x"), 1
    loss = (theta_1 * theta_2 * x - y) ** 2
    loss.name = "L"
    loss.backward()
    return loss.graph()


def node(name, operation="", data=1.0, grad=0.0):
    return {"name": name, "operation": operation, "data": data, "grad": grad}


def patches(figure, kind):
    return [patch for patch in figure.axes[0].patches if isinstance(patch, kind)]


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_each_node_shows_its_name_value_and_gradient():
    nodes, edges = lecture()
    shown = texts(computational_graph(nodes, edges))
    for expected in (
        ["θ₁", "data 2", "grad 90"],  # 2 (θ₁ θ₂ x − y) x θ₂ = 2 · (−10) · 3 · (−1.5)
        ["θ₂", "data −1.5", "grad −120"],
        ["x", "data 3", "grad 60"],
        ["L", "data 100", "grad 1"],
    ):
        place = shown.index(expected[0])
        assert shown[place : place + 3] == expected
    assert shown.count("×") == 2
    assert shown.count("−") == 1
    assert shown.count("** 2") == 1


def test_a_box_is_read_from_top_to_bottom():
    figure = computational_graph([node("x")], [])
    heights = [text.get_position()[1] for text in figure.axes[0].texts]
    assert heights == sorted(heights, reverse=True)
    low, high = figure.axes[0].get_ylim()
    assert low < heights[-1] < heights[0] < high


def test_each_edge_is_an_arrow_from_operand_to_result():
    nodes, edges = lecture()
    figure = computational_graph(nodes, edges)
    arrows = patches(figure, FancyArrowPatch)
    assert len(arrows) == len(edges)
    middle = {
        text.get_text(): text.get_position() for text in figure.axes[0].texts
    }  # of the line with the name
    for arrow, (start, end) in zip(arrows, edges, strict=True):
        points = arrow._path_original.vertices
        assert points[0][0] > middle[nodes[start]["name"]][0]
        assert points[-1][0] < middle[nodes[end]["name"]][0]
        assert np.all(np.diff(points[:, 0]) >= 0)  # left to right all the way


def test_boxes_hold_their_text_and_keep_clear_of_one_another():
    figure = computational_graph(*lecture(), title="The lecture's loss")
    figure.canvas.draw()
    boxes = [
        Bbox(patch.get_window_extent().get_points())
        for patch in patches(figure, FancyBboxPatch)
    ]
    for text in figure.axes[0].texts:
        extent = text.get_window_extent()
        assert any(box.x0 <= extent.x0 and extent.x1 <= box.x1 for box in boxes), (
            text.get_text()
        )
    for i, box in enumerate(boxes):
        for other in boxes[:i]:
            overlap = Bbox.intersection(box, other)
            assert overlap is None or overlap.width <= 1 or overlap.height <= 1


def test_no_arrow_crosses_a_box():
    x = Value(1.3, "x")
    square = x * x
    result = ((square + x) * square + x) * x  # edges that span one to four layers
    figure = computational_graph(*result.graph())
    boxes = [
        patch.get_path().get_extents(patch.get_patch_transform())
        for patch in patches(figure, FancyBboxPatch)
    ]
    for arrow in patches(figure, FancyArrowPatch):
        (line,) = arrow._path_original.to_polygons(closed_only=False)
        points = Path(line).interpolated(20).vertices
        for box in boxes:
            inside = (points > box.min + 0.1) & (points < box.max - 0.1)
            assert not inside.all(axis=1).any()


def test_a_value_used_twice_has_two_arrows():
    x = Value(3.0, "x")
    figure = computational_graph(*(x * x).graph())
    one, two = (
        arrow._path_original.vertices for arrow in patches(figure, FancyArrowPatch)
    )
    assert abs(one[-1][1] - two[-1][1]) > 0.3


def test_the_figure_is_as_large_as_the_graph_but_no_wider_than_the_page():
    small = computational_graph([node("x")], [])
    assert small.get_size_inches()[0] < 2
    chain = [node(f"a long name {i}", "+" if i else "") for i in range(20)]
    large = computational_graph(chain, [(i, i + 1) for i in range(19)])
    assert large.get_size_inches()[0] == pytest.approx(6.8)
    assert large.axes[0].texts[0].get_fontsize() < small.axes[0].texts[0].get_fontsize()


def test_letters_grow_with_the_size_asked_for():
    figure = computational_graph([node("x")], [], figsize=(5, 5))
    assert tuple(figure.get_size_inches()) == (5, 5)
    assert figure.axes[0].texts[0].get_fontsize() > 20


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        (
            [],
            [],
            "computational_graph: `nodes` must be at least one node. "
            "Received: nodes=[].",
        ),
        (
            [{"name": "x", "data": 1.0}],
            [],
            "computational_graph: `nodes[0]` must be a dict with the keys 'name', "
            "'operation', 'data', 'grad'. Received: nodes[0]={'name': 'x', "
            "'data': 1.0}.",
        ),
        (
            [node("x"), node("y", data=float("nan"))],
            [],
            "computational_graph: `nodes[1]['data']` must be a number. "
            "Received: nodes[1]['data']=nan.",
        ),
        (
            [node("x", grad=None)],
            [],
            "computational_graph: `nodes[0]['grad']` must be a number. "
            "Received: nodes[0]['grad']=None.",
        ),
        (
            [node("x"), node("y")],
            [(0, 2)],
            "computational_graph: `edges[0]` must be a pair of indices from 0 to 1. "
            "Received: edges[0]=(0, 2).",
        ),
        (
            [node("x"), node("y")],
            [(0, 1), "xy"],
            "computational_graph: `edges[1]` must be a pair of indices from 0 to 1. "
            "Received: edges[1]='xy'.",
        ),
        (
            [node("x"), node("y")],
            [(0, 1), (1, 0)],
            "computational_graph: `edges` must be free of circles: no result may be "
            "among its own operands. Received: edges=[(0, 1), (1, 0)].",
        ),
    ],
)
def test_says_what_is_wrong(nodes, edges, message):
    with pytest.raises(ValueError) as error:
        computational_graph(nodes, edges)
    assert str(error.value) == message
    assert plt.get_fignums() == []
