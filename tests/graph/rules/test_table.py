"""Every rule against differences, in float64: element by element, sums, products."""

from itertools import product

import numpy as np
import onnx_ir as ir
import pytest
import rule_shapes
import rule_windows
from hypothesis import given, settings, strategies as st
from numeric import Case, apart, check_rule, check_vjp, evaluator, ids, noise, one, run

from ortstyle.errors import GraphError
from ortstyle.graph.autodiff import gradient
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.rules.table import RULES

POSITIVE = {"low": 0.3, "high": 2.0}


def left(op, *shape):
    """Op(x, constant), the constant away from zero."""
    return lambda ops, x: ops.emit(op, [x, ops.like(x, apart(*shape, **POSITIVE))])[0]


def right(op, *shape):
    """Op(constant, x)."""
    return lambda ops, x: ops.emit(op, [ops.like(x, apart(*shape, **POSITIVE)), x])[0]


def both(op):
    """Op(x, x)."""
    return lambda ops, x: ops.emit(op, [x, x])[0]


def lazily(op, place):
    """Mean of an operator, so that a scalar cotangent arrives at it."""
    return lambda ops, x: ops.reduce_mean(place(op, 2, 3)(ops, x))


def power(exponent):
    return lambda ops, x: ops.emit("Pow", [x, ops.like(x, exponent)])[0]


def clip(low, high, shape=()):
    def build(ops, x):
        limits = [None if v is None else ops.like(x, np.full(shape, v)) for v in (low, high)]
        return ops.emit("Clip", [x, *limits])[0]

    return build


def where(i, condition_shape, other_shape):
    def build(ops, x):
        condition = ops.constant(noise(*condition_shape) > 0)
        other = ops.like(x, noise(*other_shape))
        return ops.emit("Where", [condition, *((x, other) if i == 1 else (other, x))])[0]

    return build


def normalize(*, channels=3, **attributes):
    def build(ops, x):
        scale, bias, mean = (ops.like(x, noise(channels) + k) for k in range(3))
        variance = ops.like(x, apart(channels, **POSITIVE))
        return ops.emit("BatchNormalization", [x, scale, bias, mean, variance], attributes)[0]

    return build


def dropout(*inputs):
    def build(ops, x):
        known = [None if v is None else ops.constant(v) for v in inputs]
        return ops.emit("Dropout", [x, *known])[0]

    return build


def reduce_sum(axes, **attributes):
    def build(ops, x):
        given = [] if axes is None else [ops.ints(axes)]
        return ops.emit("ReduceSum", [x, *given], attributes)[0]

    return build


def gram(ops, x):
    return ops.matmul(x, ops.transpose(x, (1, 0)))


def no_gram(ops, x):
    """X·X, the second one through a transposition that permutes nothing."""
    return ops.matmul(x, ops.emit("Transpose", [x], {"perm": [0, 1]})[0])


def smaller_cotangent(ops, x):
    """The cotangent (2, 3) of a (4, 2, 3) sum reaches a (3,) input."""
    return ops.reduce_sum(
        ops.mul(ops.add(ops.like(x, noise(4, 2, 3)), x), ops.like(x, noise(2, 3)))
    )


#: x, the other input
BROADCASTS = [
    ((2, 3), (2, 3)),
    ((2, 3), ()),
    ((2, 3), (3,)),
    ((2, 3), (1, 3)),
    ((2, 3), (2, 1)),
    ((2, 3), (4, 2, 3)),
    ((2, 1), (2, 3)),
    ((3,), (2, 3)),
    ((), (2, 3)),
    ((1, 1), (2, 3)),
    ((2, 1, 3), (4, 1)),
    ((1, 3), (2, 1)),
]

#: operator, place of x
BINARY = [*product(("Add", "Sub", "Mul", "Div"), (left, right)), ("Sum", left)]

MATRICES = [
    ((2, 3), (3, 4)),
    ((3,), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3,)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((1, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (1, 3, 4)),
    ((6, 1, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (6, 1, 3, 4)),
    ((3,), (5, 3, 4)),
    ((5, 2, 3), (3,)),
    ((1, 1), (1, 1)),
]

CASES: list[Case] = [
    *(
        (op, f"{place.__name__} {x} {other}", place(op, *other), apart(*x, **POSITIVE))
        for op, place in BINARY
        for x, other in BROADCASTS
    ),
    *(
        (op, f"mean {place.__name__} {x}", lazily(op, place), apart(*x, **POSITIVE))
        for op, place in BINARY
        for x in [(2, 3), (3,), (2, 1), (), (4, 2, 3)]
    ),
    *(
        (op, "of x and x", both(op), apart(2, 3, **POSITIVE))
        for op in ("Add", "Sum", "Sub", "Mul", "Div")
    ),
    ("Add", "cotangent of lower rank than the sum", smaller_cotangent, noise(3)),
    ("Sum", "of one", one("Sum"), noise(2, 3)),
    (
        "Sum",
        "of four",
        lambda ops, x: ops.emit("Sum", [x, ops.like(x, noise(3)), x, ops.like(x, 2)])[0],
        noise(2, 3),
    ),
    *(
        (op, f"{shape}", one(op), apart(*shape))
        for op in ("Abs", "Exp", "Identity", "LeakyRelu", "Neg", "Relu", "Sigmoid", "Tanh")
        for shape in [(), (1,), (2, 3), (1, 2, 3, 4)]
    ),
    *((op, "positive", one(op), apart(2, 3, **POSITIVE)) for op in ("Log", "Sqrt")),
    *(
        (op, "mean", lambda ops, x, op=op: ops.reduce_mean(one(op)(ops, x)), apart(4, 5))
        for op in ("Abs", "Exp", "LeakyRelu", "Relu", "Sigmoid", "Tanh")
    ),
    ("LeakyRelu", "alpha 1", one("LeakyRelu", alpha=1.0), apart(2, 3)),
    ("LeakyRelu", "alpha 0.3", one("LeakyRelu", alpha=0.3), apart(2, 3)),
    *(
        ("Pow", f"{exponent}", power(exponent), apart(2, 3, **POSITIVE))
        for exponent in (2, 3, 0.5, 1, 0, -1, -0.5, [[2.0]], [3.0, 3, 3], np.full((4, 2, 3), 2))
    ),
    ("Pow", "2 of negatives", power(2), apart(2, 3)),
    ("Pow", "integer exponent", lambda ops, x: ops.emit("Pow", [x, ops.ints([3])])[0], noise(4)),
    ("Pow", "mean", lambda ops, x: ops.reduce_mean(power(2)(ops, x)), apart(2, 3)),
    ("Pow", "0 beside x", lambda ops, x: ops.add(x, power(0)(ops, x)), apart(2, 3)),
    ("Clip", "none", clip(None, None), apart(4, 5)),
    ("Clip", "low", clip(-0.5, None), apart(4, 5)),
    ("Clip", "high", clip(None, 0.7), apart(4, 5)),
    ("Clip", "both", clip(-0.5, 0.7), apart(4, 5)),
    ("Clip", "mean", lambda ops, x: ops.reduce_mean(clip(-0.5, 0.7)(ops, x)), apart(4, 5)),
    *(
        ("Where", f"{i} {x} {condition} {other}", where(i, condition, other), noise(*x))
        for i in (1, 2)
        for x, condition, other in [
            ((2, 3), (2, 3), (2, 3)),
            ((2, 3), (3,), (4, 2, 3)),
            ((3,), (2, 1), ()),
            ((), (2, 3), (1, 3)),
            ((2, 3), (4, 1, 1), ()),
        ]
    ),
    (
        "Where",
        "mean",
        lambda ops, x: ops.reduce_mean(where(1, (2, 3), (2, 3))(ops, x)),
        noise(3),
    ),
    *(
        ("BatchNormalization", f"{shape}", normalize(), noise(*shape))
        for shape in [(2, 3), (1, 3, 5), (2, 3, 4, 5), (1, 3, 2, 3, 2)]
    ),
    ("BatchNormalization", "epsilon", normalize(epsilon=0.5), noise(1, 3, 2, 2)),
    (
        "BatchNormalization",
        "mean",
        lambda ops, x: ops.reduce_mean(normalize()(ops, x)),
        noise(1, 3, 2, 2),
    ),
    ("Dropout", "alone", dropout(), noise(2, 3)),
    ("Dropout", "ratio", dropout(np.float32(0.5)), noise(2, 3)),
    ("Dropout", "not training", dropout(np.float32(0.5), np.bool_(False)), noise(2, 3)),
    *(
        ("ReduceSum", f"{axes} keepdims {keep}", reduce_sum(axes, keepdims=keep), noise(2, 3, 4))
        for axes in (None, [0], [-1], [1, 2], [2, 0], [0, 1, 2], [])
        for keep in (0, 1)
    ),
    ("ReduceSum", "no-op", reduce_sum([], noop_with_empty_axes=1), noise(2, 3)),
    ("ReduceSum", "no-op, no axes", reduce_sum(None, noop_with_empty_axes=1), noise(2, 3)),
    *(
        (
            "ReduceMean",
            f"{axes} keepdims {keep}",
            one("ReduceMean", axes=axes, keepdims=keep),
            noise(2, 3, 4),
        )
        for axes in (None, [0], [-1], [1, 2], [2, 0], [0, 1, 2])
        for keep in (0, 1)
    ),
    *(
        ("GlobalAveragePool", f"{shape}", one("GlobalAveragePool"), noise(*shape))
        for shape in [(2, 3, 5), (2, 3, 4, 5), (1, 2, 3, 2, 3), (1, 3, 1, 1)]
    ),
    *(("MatMul", f"left {a} {b}", left("MatMul", *b), noise(*a)) for a, b in MATRICES),
    *(("MatMul", f"right {a} {b}", right("MatMul", *a), noise(*b)) for a, b in MATRICES),
    ("MatMul", "mean", lambda ops, x: ops.reduce_mean(left("MatMul", 3, 4)(ops, x)), noise(2, 3)),
    ("MatMul", "squared", both("MatMul"), noise(3, 3)),
    ("MatMul", "A·Aᵀ", gram, noise(3, 5)),
    ("MatMul", "A·Aᵀ, mean", lambda ops, x: ops.reduce_mean(gram(ops, x)), noise(3, 5)),
    (
        "MatMul",
        "Aᵀ·A",
        lambda ops, x: ops.matmul(ops.transpose(x, (1, 0)), x),
        noise(3, 5),
    ),
    (
        "MatMul",
        "A·Aᵀ·A",
        lambda ops, x: ops.matmul(gram(ops, x), x),
        noise(3, 5),
    ),
    ("MatMul", "A·A by an idle Transpose", no_gram, noise(3, 3)),
    (
        "MatMul",
        "A·Aᵀ, batched",
        lambda ops, x: ops.matmul(x, ops.transpose(x, (0, 2, 1))),
        noise(2, 3, 4),
    ),
    (
        "Cast",
        "to the same",
        lambda ops, x: ops.emit("Cast", [x], {"to": ir.DataType.DOUBLE})[0],
        noise(2, 3),
    ),
]


def test_every_rule_has_a_case():
    tables = [*CASES, *rule_shapes.CASES, *rule_windows.CASES]
    assert set(RULES) == {op for op, *_ in tables}


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_rule(case):
    check_rule(case)


def test_cast_to_float32_and_back():
    def build(ops, x):
        return ops.cast(ops.mul(ops.cast(x, ir.DataType.FLOAT), scale(ops)), ir.DataType.DOUBLE)

    def scale(ops):
        return ops.constant(noise(2, 3).astype(np.float32))

    check_vjp(build, noise(2, 3), tolerance=1e-4, step=1e-2)


def test_the_gradient_of_a_power_of_zero_is_zero():
    model = check_vjp(power(0), noise(2, 3))
    found = run(evaluator(model), {"x": noise(2, 3)})["gradient"]
    np.testing.assert_array_equal(found, np.zeros((2, 3)))


@st.composite
def broadcast_shapes(draw):
    """Two or three shapes that broadcast together."""
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


REFUSED = [
    ("Pow", "exponents differ", power([2.0, 3.0, 2.0]), noise(2, 3)),
    ("Pow", "input 1", both("Pow"), apart(2, 3, **POSITIVE)),
    ("Clip", "depends on the variable", lambda ops, x: ops.emit("Clip", [x, x])[0], noise()),
    ("Dropout", "training", dropout(np.float32(0.5), np.bool_(True)), noise(2, 3)),
    (
        "BatchNormalization",
        "not a constant",
        lambda ops, x: ops.emit("BatchNormalization", [x, *[ops.reduce_sum(x, [0, 2])] * 4])[0],
        noise(1, 3, 2),
    ),
    (
        "BatchNormalization",
        "depends on the variable",
        lambda ops, x: ops.emit(
            "BatchNormalization", [ops.like(x, noise(1, 3, 2)), x, *[ops.like(x, [1, 2, 3])] * 3]
        )[0],
        noise(3),
    ),
    (
        "Cast",
        "between floats",
        lambda ops, x: ops.cast(ops.cast(x, ir.DataType.INT64), ir.DataType.DOUBLE),
        noise(2, 3),
    ),
    (
        "Where",
        "depends on the variable",
        lambda ops, x: ops.where(ops.cast(x, ir.DataType.BOOL), x, ops.like(x, 0)),
        noise(2, 3),
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=ids)
def test_what_has_no_derivative_is_refused_by_name(case):
    op, why, build, x = case
    with pytest.raises(GraphError, match=rf"{op} \(node '.*'\): .*{why}"):
        check_vjp(build, x)


def test_training_batch_normalization_is_refused():
    def build(ops, x):
        known = [ops.like(x, [1.0, 2.0, 3.0]) for _ in range(4)]
        return ops.emit(
            "BatchNormalization", [x, *known], {"training_mode": 1}, name="bn7", outputs=3
        )[0]

    with pytest.raises(GraphError, match=r"BatchNormalization \(node 'bn7'\).*training mode"):
        check_vjp(build, noise(2, 3, 4))


def test_rectifiers_have_zero_gradient_at_zero():
    for op in ("Relu", "Abs"):
        graph = new_graph("kink")
        x = add_input(graph, "x", (3,))
        add_output(graph, "g", gradient(graph, Ops(graph).reduce_sum(one(op)(Ops(graph), x)), x))
        feeds = {"x": np.array([-1, 0, 2], np.float32)}
        found = run(evaluator(finish(graph)), feeds)["g"]
        np.testing.assert_array_equal(found, [-1 if op == "Abs" else 0, 0, 1])
