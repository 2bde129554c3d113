"""Shapes that ONNX infers, and windows that do not fit, which it does not detect."""

import numpy as np
import onnx_ir as ir
import pytest

from ortstyle.errors import GraphError
from ortstyle.graph import shape_inference
from ortstyle.graph.ops import Ops, add_input, new_graph
from ortstyle.graph.values import shape_of

POOL = {"kernel_shape": [2, 2], "strides": [2, 2]}
EMPTY = [
    ("Slice", (4,), {}, [[2], [2], [0]]),
    ("MaxPool", (1, 1, 1, 8), POOL, []),
    ("AveragePool", (1, 1, 8, 1), POOL, []),
    ("MaxPool", (1, 1, 4, 8), {"kernel_shape": [3, 2], "dilations": [2, 1], "strides": [3, 1]}, []),
    ("MaxPool", (1, 1, 1, 8), POOL | {"auto_pad": "VALID"}, []),
    ("Conv", (1, 2, 1, 5), {"strides": [2, 2]}, [np.ones((1, 2, 2, 2))]),
    ("Conv", (1, 2, 2), {}, [np.ones((1, 2, 3))]),
]


@pytest.mark.parametrize(("op", "shape", "attributes", "others"), EMPTY)
def test_an_empty_result_is_refused(op, shape, attributes, others):
    graph = new_graph("window")
    ops = Ops(graph)
    x = add_input(graph, "x", shape)
    known = [ops.ints(v) if op == "Slice" else ops.like(x, v) for v in others]
    with pytest.raises(GraphError, match=f"^{op} .*too small"):
        ops.emit(op, [x, *known], attributes)


@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER"])
def test_automatic_padding_always_fits(mode):
    graph = new_graph("window")
    ops = Ops(graph)
    x = add_input(graph, "x", (1, 1, 1, 1))
    assert shape_of(ops.emit("MaxPool", [x], POOL | {"auto_pad": mode})[0]) == (1, 1, 1, 1)


def test_padding_makes_room():
    graph = new_graph("window")
    ops = Ops(graph)
    x = add_input(graph, "x", (1, 1, 1, 3))
    assert shape_of(ops.emit("MaxPool", [x], POOL | {"pads": [0, 0, 1, 0]})[0]) == (1, 1, 1, 1)


def emitted(op, shape, attributes=None, constants=(), dtype=ir.DataType.FLOAT):
    """Return shape and dtype of a node's result, in a graph of its own."""
    graph = new_graph("one")
    ops = Ops(graph)
    x = add_input(graph, "x", shape, dtype)
    known = [ops.constant(np.asarray(constant)) for constant in constants]
    (found,) = ops.emit(op, [x, *known], attributes)
    return shape_of(found), found.dtype


NODES = [
    ("Relu", (2, 3)),
    ("Relu", (3, 2)),
    ("Transpose", (2, 3), {"perm": [1, 0]}),
    ("Transpose", (2, 3), {"perm": [0, 1]}),
    ("Reshape", (2, 3), {}, [np.array([6])]),
    ("Reshape", (2, 3), {}, [np.array([3, 2])]),
    ("ReduceSum", (2, 3), {"keepdims": 1}, [np.array([0])]),
    ("ReduceSum", (2, 3), {"keepdims": 0}, [np.array([0])]),
    ("ReduceSum", (2, 3), {"keepdims": 0}, [np.array([1])]),
    ("Cast", (2, 3), {"to": int(ir.DataType.FLOAT16)}),
    ("Cast", (2, 3), {"to": int(ir.DataType.DOUBLE)}),
    ("Relu", (2, 3), {}, [], ir.DataType.DOUBLE),
    ("Mul", (2, 3), {}, [np.ones((1, 3), np.float32)]),
    ("Mul", (2, 3), {}, [np.ones((4, 2, 3), np.float32)]),
]


def test_what_was_inferred_for_one_node_is_not_taken_for_another(monkeypatch):
    kept = [emitted(*node) for node in NODES]
    assert [emitted(*node) for node in NODES] == kept
    monkeypatch.setattr(shape_inference, "_known", {})
    monkeypatch.setattr(shape_inference, "_MOST_KNOWN", 0)
    assert [emitted(*node) for node in NODES] == kept
    assert kept[4][0] == (6,)
    assert kept[6:9] == [((1, 3), kept[0][1]), ((3,), kept[0][1]), ((2,), kept[0][1])]


def test_scales_of_a_resize_are_read():
    for factor in (2.0, 3.0):
        graph = new_graph("resize")
        ops = Ops(graph)
        found = ops.upsample(add_input(graph, "x", (1, 1, 2, 2)), [int(factor)] * 2)
        assert shape_of(found) == (1, 1, 2 * factor, 2 * factor)


def test_a_node_that_can_not_run_is_refused_every_time():
    ops = Ops(new_graph("product"))
    a, b = (add_input(ops.graph, name, (2, 3)) for name in "ab")
    for _ in range(2):
        with pytest.raises(GraphError, match="MatMul can't take"):
            ops.matmul(a, b)


def test_a_value_that_no_memory_holds_is_refused():
    ops = Ops(new_graph("huge"))
    x = add_input(ops.graph, "x", (10**8, 1))
    with pytest.raises(GraphError, match=r"^MatMul has a result of 1e.16 elements"):
        ops.matmul(x, add_input(ops.graph, "y", (1, 10**8)))


def test_a_graph_of_too_many_operators_is_refused(monkeypatch):
    monkeypatch.setattr(shape_inference, "_MOST_NODES", 10)
    ops = Ops(new_graph("long"))
    x = add_input(ops.graph, "x", (2,))
    for _ in range(10):
        x = ops.relu(x)
    with pytest.raises(GraphError, match=r"^Relu is one of over 10 operators"):
        ops.relu(x)
