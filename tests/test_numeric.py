"""The checker of derivatives is itself checked."""

import numpy as np
import onnx_ir as ir
import pytest
from numeric import apart, check_vjp, evaluator, noise, one, run

from ortstyle.errors import GraphError
from ortstyle.graph.autodiff import gradient
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.rules.table import RULES


def product(ops, x):
    return ops.mul(x, ops.like(x, noise(3, 4)))


def test_a_right_rule_passes():
    model = check_vjp(product, noise(3, 4))
    assert [output.name for output in model.graph.outputs] == ["loss", "gradient"]


@pytest.mark.parametrize("factor", [1.001, 0.999])
@pytest.mark.parametrize("op", ["Exp", "Relu", "Sigmoid", "Tanh"])
def test_a_rule_wrong_by_a_thousandth_fails(monkeypatch, op, factor):
    right = RULES[op]
    monkeypatch.setitem(
        RULES, op, lambda ops, node, g, i: ops.scale(right(ops, node, g, i), factor)
    )
    with pytest.raises(AssertionError):
        check_vjp(one(op), noise(3, 4))


def test_a_single_wrong_entry_fails(monkeypatch):
    right = RULES["Exp"]
    mask = np.ones((3, 4))
    mask[1, 2] = 1.01
    monkeypatch.setitem(
        RULES, "Exp", lambda ops, n, g, i: ops.mul(right(ops, n, g, i), ops.like(g, mask))
    )
    with pytest.raises(AssertionError):
        check_vjp(one("Exp"), noise(3, 4))


@pytest.mark.parametrize("shape", [(4, 3), (12,), (1, 3, 4)])
def test_a_wrong_shape_fails(monkeypatch, shape):
    right = RULES["Exp"]
    monkeypatch.setitem(RULES, "Exp", lambda ops, n, g, i: ops.reshape(right(ops, n, g, i), shape))
    with pytest.raises((AssertionError, GraphError)):
        check_vjp(one("Exp"), noise(3, 4))


def test_a_wrong_dtype_fails():
    def in_float32(graph, of, wrt):
        return Ops(graph).cast(gradient(graph, of, wrt), ir.DataType.FLOAT)

    with pytest.raises(AssertionError):
        check_vjp(one("Exp"), noise(3, 4), gradient=in_float32)


@pytest.mark.parametrize(
    ("size", "attributes"),
    [
        ((7,), {"kernel_shape": [3], "strides": [2]}),
        ((6, 5), {"kernel_shape": [2, 3], "strides": [2, 1], "pads": [1, 0, 0, 2]}),
        ((7, 8), {"kernel_shape": [2, 2], "dilations": [2, 3]}),
        ((7, 8), {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"}),
        ((7, 8), {"kernel_shape": [2, 2], "strides": [2, 2], "auto_pad": "SAME_LOWER"}),
    ],
)
def test_our_max_pool_is_onnx_runtimes(size, attributes):
    onnxruntime = pytest.importorskip("onnxruntime")
    graph = new_graph("pool")
    x = add_input(graph, "x", (1, 2, *size), ir.DataType.DOUBLE)
    add_output(graph, "y", Ops(graph).emit("MaxPool", [x], attributes)[0])
    model, feeds = finish(graph), {"x": apart(1, 2, *size)}
    session = onnxruntime.InferenceSession(
        ir.to_proto(model).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    np.testing.assert_array_equal(run(evaluator(model), feeds)["y"], session.run(None, feeds)[0])
