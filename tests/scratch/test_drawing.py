"""The graph of the lecture's loss, as data and as text."""

from fmkeras.scratch.autograd import Value


def named_loss():
    first, second, x = Value(2.0, "θ₁"), Value(3.0, "θ₂"), Value(1.5, "x")
    a = first * second
    a.name = "a"
    b = a * x
    b.name = "b"
    c = b - 5
    c.name = "c"
    return c**2


def test_the_graph_lists_operands_before_results():
    loss = named_loss()
    loss.backward()
    nodes, edges = loss.graph()
    assert nodes == [
        {"name": "θ₁", "operation": "", "data": 2.0, "grad": 36.0},
        {"name": "θ₂", "operation": "", "data": 3.0, "grad": 24.0},
        {"name": "a", "operation": "*", "data": 6.0, "grad": 12.0},
        {"name": "x", "operation": "", "data": 1.5, "grad": 48.0},
        {"name": "b", "operation": "*", "data": 9.0, "grad": 8.0},
        {"name": "5", "operation": "", "data": 5.0, "grad": -8.0},
        {"name": "c", "operation": "-", "data": 4.0, "grad": 8.0},
        {"name": "v7", "operation": "** 2", "data": 16.0, "grad": 1.0},
    ]
    assert edges == [(0, 2), (1, 2), (2, 4), (3, 4), (4, 6), (5, 6), (6, 7)]


def test_a_value_used_twice_is_one_node_with_two_edges():
    x = Value(3.0, "x")
    nodes, edges = (x * x).graph()
    assert [node["name"] for node in nodes] == ["x", "v1"]
    assert edges == [(0, 1), (0, 1)]


def test_the_drawing_shows_every_step_and_both_numbers():
    loss = named_loss()
    loss.backward()
    assert loss.draw().splitlines() == [
        "name  from     data  grad",
        "θ₁             2     36",
        "θ₂             3     24",
        "a     θ₁ * θ₂  6     12",
        "x              1.5   48",
        "b     a * x    9     8",
        "5              5     -8",
        "c     b - 5    4     8",
        "v7    c ** 2   16    1",
    ]


def test_the_drawing_writes_functions_as_functions():
    x = Value(1.0, "x")
    for formula, text in [
        (-x, "-x"),
        (x.exp(), "exp(x)"),
        (x.log(), "log(x)"),
        (x.tanh(), "tanh(x)"),
        (x.sigmoid(), "sigmoid(x)"),
        (x.relu(), "relu(x)"),
    ]:
        assert formula.draw().splitlines()[-1].split()[:2] == ["v1", text]
