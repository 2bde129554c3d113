"""The rules for elementwise operators, compared with central differences in float64."""

import numpy as np
import onnx_ir as ir
import pytest
from numeric import apart, check_rule, check_vjp, evaluator, ids, noise, one, run
from rule_arithmetic import CASES, dropout, power
from rule_operands import POSITIVE, both

from ortstyle.errors import GraphError
from ortstyle.graph.autodiff import gradient
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph


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
