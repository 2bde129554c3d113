"""The handling of broadcasting by rules, on random shapes."""

from hypothesis import given, settings, strategies as st
from numeric import apart, check_vjp
from rule_operands import POSITIVE


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
