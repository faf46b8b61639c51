r"""Reverse-mode differentiation of scalars on a computational graph.

Every operation notes its operands and how steeply its result depends on each.
`Value.backward` walks these notes from the result back to the inputs, and multiplies
the slopes along the way: the chain rule, once for every edge of the graph.
"""

import math
from numbers import Real

import numpy as np

from fmkeras.errors import argument_error
from fmkeras.scratch._drawing import draw_table


class Value:
    r"""A number that remembers how it was computed, and so knows its derivatives.

    Write a formula with `+ - * / **` and the methods below, then call `backward()` on
    the result $L$. With $\bar v = \partial L / \partial v$, the `grad` of a value, and
    the sum over all values $u$ computed directly from $v$:

    $$
    \bar L = 1, \qquad
    \bar v = \sum_{u} \bar u \, \frac{\partial u}{\partial v}
    $$

    Cost: one visit to every edge of the graph, however many inputs there are.

    Args:
        data: Float. The number.
        name: String. What to call it in `graph` and `draw`; can be set later, too.

    Attributes:
        data: Float. The number; may be changed between two computations.
        grad: Float. Derivative of the last `backward()`'s value by this one.
        name: String. Its name.
        operation: String. What made it, such as `"+"`; empty for an input.

    Raises:
        ValueError: If `data` is no number, or where an operation has no real value or
            no finite slope.

    Example:

    >>> x, y = Value(3.0, "x"), Value(2.0, "y")
    >>> loss = (x * y - 1) ** 2
    >>> loss.backward()
    >>> loss.data, x.grad, y.grad  # 2 (xy − 1) y and 2 (xy − 1) x
    (25.0, 20.0, 30.0)

    Reference:
        Rumelhart, Hinton and Williams (1986), "Learning representations by
        back-propagating errors", Nature 323, 533-536. Baydin et al. (2018), "Automatic
        Differentiation in Machine Learning: a Survey", section 3.2,
        https://arxiv.org/abs/1502.05767, whose adjoint $\bar v_i$ is our `grad`.
    """

    def __init__(self, data, name=""):
        if not isinstance(data, Real):
            would_do = "a float; an array needs one Value for each of its entries"
            raise argument_error("Value", "data", "a number", data, would_do)
        self.data = float(data)
        self.grad = 0.0
        self.name = name
        self.operation = ""
        self._edges = ()  # of pairs (operand, slope of the result in that operand)

    def __repr__(self):
        return f"Value({self.data:g}, name={self.name!r}, grad={self.grad:g})"

    def __add__(self, other):
        other = _as_value(other)
        return _result(self.data + other.data, "+", (self, 1.0), (other, 1.0))

    def __sub__(self, other):
        other = _as_value(other)
        return _result(self.data - other.data, "-", (self, 1.0), (other, -1.0))

    def __mul__(self, other):
        other = _as_value(other)
        return _result(
            self.data * other.data, "*", (self, other.data), (other, self.data)
        )

    def __truediv__(self, other):
        other = _as_value(other)
        ratio = self.data / other.data
        return _result(
            ratio, "/", (self, 1.0 / other.data), (other, -ratio / other.data)
        )

    def __neg__(self):
        return _result(-self.data, "-", (self, -1.0))

    def __pow__(self, exponent):
        _check_power(self.data, exponent)
        slope = exponent * np.power(self.data, exponent - 1.0) if exponent else 0.0
        power = np.power(self.data, float(exponent))
        return _result(power, f"** {exponent:g}", (self, slope))

    def __radd__(self, other):
        return _as_value(other) + self

    def __rsub__(self, other):
        return _as_value(other) - self

    def __rmul__(self, other):
        return _as_value(other) * self

    def __rtruediv__(self, other):
        return _as_value(other) / self

    def exp(self):
        r"""Return $e^x$, which is its own slope.

        Returns:
            A `Value`.

        Example:

        >>> Value(0.0).exp().data
        1.0
        """
        power = np.exp(self.data)
        return _result(power, "exp", (self, power))

    def log(self):
        r"""Return the natural logarithm $\ln x$, of slope $1 / x$.

        Returns:
            A `Value`.

        Raises:
            ValueError: If the value is not positive.

        Example:

        >>> Value(1.0).log().data
        0.0
        """
        if self.data <= 0.0:
            raise argument_error("Value.log", "data", "> 0", self.data)
        return _result(math.log(self.data), "log", (self, 1.0 / self.data))

    def tanh(self):
        r"""Return $\tanh x$, of slope $1 - \tanh^2 x$.

        Returns:
            A `Value`.

        Example:

        >>> Value(0.0).tanh().data
        0.0
        """
        squashed = math.tanh(self.data)
        return _result(squashed, "tanh", (self, 1.0 - squashed**2))

    def sigmoid(self):
        r"""Return $\sigma(x) = 1 / (1 + e^{-x})$, of slope $\sigma(x)\, \sigma(-x)$.

        Returns:
            A `Value`.

        Example:

        >>> Value(0.0).sigmoid().data
        0.5
        """
        small = math.exp(-abs(self.data))  # never overflows, whatever the sign
        share = (1.0 if self.data >= 0.0 else small) / (1.0 + small)
        return _result(share, "sigmoid", (self, small / (1.0 + small) ** 2))

    def relu(self):
        r"""Return $\max(0, x)$, of slope 1 for positive $x$ and 0 otherwise.

        Returns:
            A `Value`.

        Example:

        >>> Value(-2.0).relu().data, Value(3.0).relu().data
        (0.0, 3.0)
        """
        return _result(max(self.data, 0.0), "relu", (self, float(self.data > 0.0)))

    def backward(self):
        """Set `grad` of every value that this one was computed from.

        Gradients start from zero in every call, so that a training loop has nothing
        to reset. A value that is used twice collects both contributions.

        Example:

        >>> x = Value(3.0)
        >>> (x * x).backward()
        >>> x.grad
        6.0
        """
        nodes = self._operands_first()
        for node in nodes:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(nodes):
            for operand, slope in node._edges:
                operand.grad += node.grad * slope

    def graph(self):
        """List what this value was computed from, every operand before its result.

        Returns:
            A pair. The nodes, a list of dicts with the keys "name", "operation",
            "data" and "grad", this value last; one without a name of its own is called
            `v` and its index. The edges, a list of pairs of indices into the nodes,
            from operand to result.

        Example:

        >>> nodes, edges = (Value(2.0, "x") * 5).graph()
        >>> [node["name"] for node in nodes], edges
        (['x', '5', 'v2'], [(0, 2), (1, 2)])
        """
        nodes = self._operands_first()
        index = {node: i for i, node in enumerate(nodes)}
        described = [
            {
                "name": node.name or f"v{i}",
                "operation": node.operation,
                "data": node.data,
                "grad": node.grad,
            }
            for i, node in enumerate(nodes)
        ]
        edges = [
            (index[operand], index[node])
            for node in nodes
            for operand, _ in node._edges
        ]
        return described, edges

    def draw(self):
        """Draw the graph as text: values flow down the lines, gradients back up.

        Returns:
            String, a table with one line for every node of `graph`, in its order.

        Example:

        >>> x = Value(3.0, "x")
        >>> loss = (x - 1) ** 2
        >>> loss.backward()
        >>> print(loss.draw())
        name  from     data  grad
        x              3     4
        1              1     -4
        v2    x - 1    2     4
        v3    v2 ** 2  4     1
        """
        return draw_table(*self.graph())

    def _operands_first(self):
        """Order the graph so that every operand comes before its results."""
        order, seen, stack = [], set(), [(self, False)]
        while stack:  # not a recursion: a long sum would exceed Python's limit
            node, operands_done = stack.pop()
            if operands_done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack += [(operand, False) for operand, _ in reversed(node._edges)]
        return order


def _as_value(number):
    if isinstance(number, Value):
        return number
    constant = Value(number)
    constant.name = f"{constant.data:g}"
    return constant


def _result(data, operation, *edges):
    value = Value(data)
    value.operation = operation
    value._edges = tuple((operand, float(slope)) for operand, slope in edges)
    return value


def _check_power(base, exponent):
    if not isinstance(exponent, Real):
        would_do = "(exponent * base.log()).exp(), for a positive base"
        raise argument_error(
            "Value", "exponent", "a constant number", exponent, would_do
        )
    whole = float(exponent).is_integer()
    if (base < 0 and not whole) or (base == 0 and exponent < 1 and exponent != 0):
        must_be = f"> 0 to have a slope under the exponent {exponent:g}"
        raise argument_error("Value", "base", must_be, base)
