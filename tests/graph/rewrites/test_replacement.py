"""Appended nodes in the place of others."""

import numpy as np

from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.rewrites.replacement import drop_unused_initializers, replace_node


def test_the_result_has_the_name_and_the_uses_of_what_it_replaces():
    graph = new_graph("test")
    ops, x = Ops(graph), add_input(graph, "x", (3,))
    doubled = ops.mul(x, ops.constant(np.array([2.0], np.float32), "two"))
    add_output(graph, "y", doubled)
    add_output(graph, "z", ops.relu(doubled))
    count = len(graph)
    replace_node(doubled.producer(), ops.add(x, x), appended=list(graph)[count:])
    drop_unused_initializers(graph)
    model = finish(graph)
    assert [node.op_type for node in model.graph] == ["Add", "Relu"]
    assert [output.name for output in model.graph.outputs] == ["y", "z"]
    assert list(model.graph)[1].inputs[0].name == "y"
    assert not model.graph.initializers
