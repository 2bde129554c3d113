"""Putting appended nodes in the place of a node that computes the same."""

from collections.abc import Sequence

import onnx_ir as ir


def replace_node(node: ir.Node, result: ir.Value, *, appended: Sequence[ir.Node]) -> None:
    """Replace a node of one output by nodes that were appended to its graph.

    They move to its place, and `result`, which they compute, gets the name of the node's output.
    """
    graph, before = node.graph, node.outputs[0]
    assert isinstance(graph, ir.Graph)  # noqa: S101  these graphs have no subgraphs
    graph.remove(appended)
    graph.insert_before(node, appended)
    name = before.name
    ir.convenience.replace_all_uses_with(before, result, replace_graph_outputs=True)
    graph.remove(node, safe=True)
    result.name = name


def drop_unused_initializers(graph: ir.Graph) -> None:
    """Remove the initializers that no node takes any more."""
    for name, value in list(graph.initializers.items()):
        if not value.uses() and not value.is_graph_output():
            del graph.initializers[name]
