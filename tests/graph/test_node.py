"""Reading the inputs, attributes and windows of a node."""

import numpy as np
import pytest

from ortstyle.errors import GraphError
from ortstyle.graph.node import (
    constant_input,
    float_attribute,
    has_input,
    input_of,
    int_attribute,
    ints_attribute,
    string_attribute,
    windows_of,
)
from ortstyle.graph.ops import Ops, add_input, new_graph


def node_of(op_type, shape, attributes, *constants):
    graph = new_graph("test")
    ops, x = Ops(graph), add_input(graph, "x", shape)
    inputs = [x, *(None if c is None else ops.like(x, c) for c in constants)]
    return ops.emit(op_type, inputs, attributes, name="n")[0].producer()


def test_inputs_that_are_there_and_are_not():
    node = node_of("Clip", (2, 3), {}, None, 1.0)
    assert [has_input(node, i) for i in range(4)] == [True, False, True, False]
    assert input_of(node, 0).name == "x"
    assert constant_input(node, 2) == 1
    with pytest.raises(GraphError, match=r"Clip \(node 'n'\): it has no input 1"):
        input_of(node, 1)
    with pytest.raises(GraphError, match="input 0 is not a constant"):
        constant_input(node, 0)


def test_attributes_and_their_defaults():
    node = node_of("MaxPool", (1, 1, 4, 4), {"kernel_shape": [2, 3], "auto_pad": "VALID"})
    assert ints_attribute(node, "kernel_shape", []) == [2, 3]
    assert ints_attribute(node, "strides", (1, 1)) == [1, 1]
    assert string_attribute(node, "auto_pad", "NOTSET") == "VALID"
    assert int_attribute(node, "ceil_mode", 7) == 7
    assert float_attribute(node_of("LeakyRelu", (2,), {"alpha": 0.5}), "alpha", 0.01) == 0.5


def test_windows_with_the_padding_made_explicit():
    attributes = {"kernel_shape": [2, 3], "strides": [2, 1], "auto_pad": "SAME_UPPER"}
    windows = windows_of(node_of("MaxPool", (1, 1, 5, 4), attributes), [2, 3])
    assert (windows.size, windows.kernel, windows.count) == ([5, 4], [2, 3], [3, 4])
    assert (windows.before, windows.after) == ([0, 1], [1, 1])
    assert not windows.side_by_side


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"strides": [2, 2]}, True),
        ({"strides": [1, 2]}, False),
        ({"strides": [2, 2], "pads": [1, 0, 0, 0]}, False),
        ({"strides": [2, 2], "dilations": [2, 1]}, False),
    ],
)
def test_windows_lie_side_by_side(attributes, expected):
    node = node_of("MaxPool", (1, 1, 6, 6), {"kernel_shape": [2, 2], **attributes})
    assert windows_of(node, [2, 2]).side_by_side is expected


def test_windows_that_are_rounded_up_are_refused():
    node = node_of("MaxPool", (1, 1, 6, 6), {"kernel_shape": [2, 2], "ceil_mode": 1})
    with pytest.raises(GraphError, match="ceil_mode"):
        windows_of(node, np.array([2, 2]).tolist())
