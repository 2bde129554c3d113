"""The handling of broadcasting by rules, on random shapes."""

from hypothesis import given, settings, strategies as st
from numeric import apart, check_vjp
from rule_operands import POSITIVE

from ortstyle.graph.autodiff import gradient
from ortstyle.graph.ops import Ops, add_input, new_graph


@st.composite
def broadcast_shapes(draw):
    """Draw two or three shapes that broadcast together."""
    full = draw(st.lists(st.integers(1, 3), max_size=4))
    shapes = []
    for _ in range(draw(st.integers(2, 3))):
        own = full[draw(st.integers(0, len(full))) :]
        shapes.append(tuple(n if draw(st.booleans()) else 1 for n in own))
    return shapes


@settings(deadline=None, max_examples=60)
@given(broadcast_shapes(), st.sampled_from(["Add", "Sub", "Mul", "Div"]), st.booleans())
def test_broadcasting(shapes, op, mean):
    x, *others = shapes

    def build(ops, value):
        for i, shape in enumerate(others):
            other = ops.like(value, apart(*shape, **POSITIVE))
            value = ops.emit(op, [value, other] if i else [other, value])[0]
        return ops.reduce_mean(value) if mean else value

    check_vjp(build, apart(*x, **POSITIVE))


def test_a_cotangent_is_broadcast_by_ones_along_the_axes_that_it_lacks():
    """A sum over channels has no constant of the size of the picture in its gradient."""
    graph = new_graph("test")
    ops = Ops(graph)
    x = add_input(graph, "x", (1, 3, 40, 50))
    total = ops.reduce_sum(ops.reduce_sum(ops.mul(x, x), [1], keepdims=True))
    gradient(graph, ops.reshape(total, (1,)), x)
    sizes = [value.const_value.size for value in graph.initializers.values()]
    assert max(sizes) == 2000
