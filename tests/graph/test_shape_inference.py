"""Windows that do not fit into the picture, which ONNX's shape inference does not detect."""

import numpy as np
import pytest

from ortstyle.errors import GraphError
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
