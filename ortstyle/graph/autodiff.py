"""Reverse-mode differentiation of ONNX graphs into ONNX graphs: the backward pass.

The derivative of each operator is a rule of `rules.table`; this module only walks from outputs back
to inputs. Nothing is executed: the walk appends nodes to the graph that computes the loss, and the
result runs wherever the forward graph does.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import onnx_ir as ir

from ortstyle.errors import GraphError
from ortstyle.graph.ops import DETACHED, Ops
from ortstyle.graph.rules.rule import Rule, broadcast_to
from ortstyle.graph.rules.table import RULES, ZERO_GRADIENT
from ortstyle.graph.values import shape_of


def gradient(graph: ir.Graph, of: ir.Value, wrt: ir.Value) -> ir.Value:
    """Append the gradient of a scalar with respect to a value of the same graph.

    Parameters
    ----------
    graph
        Nodes in topological order, every shape static.
    of
        The loss, of one element.
    wrt
        The value to differentiate with respect to, usually the image.

    Returns
    -------
    ir.Value
        d of / d wrt, of the shape and dtype of `wrt`.

    Raises
    ------
    GraphError
        `of` is no scalar or does not depend on `wrt`, or an operator between them has no rule.

    Notes
    -----
    Reverse accumulation, Griewank & Walther, *Evaluating Derivatives*, 2nd ed., section 3.2.
    """
    if any(size != 1 for size in shape_of(of)):
        raise GraphError(f"only a scalar has a gradient; {of.name!r} has shape {shape_of(of)}")
    return pullback(graph, {of: Ops(graph).like(of, 1)}, wrt)


def pullback(graph: ir.Graph, cotangents: Mapping[ir.Value, ir.Value], wrt: ir.Value) -> ir.Value:
    """Append the sum of Jᵀ·cotangent over values, J a value's Jacobian with respect to `wrt`.

    Parameters
    ----------
    graph
        Nodes in topological order, every shape static.
    cotangents
        The cotangent of each value. It may be smaller than the value if it broadcasts to its shape.
    wrt
        The value to differentiate with respect to.

    Returns
    -------
    ir.Value
        The cotangent of `wrt`, of its shape and dtype.

    Raises
    ------
    GraphError
        None of the values depends on `wrt`, or an operator in between has no rule.
    """
    ops = Ops(graph)
    nodes = list(graph)
    path = _dependents(nodes, wrt)
    if path.isdisjoint(cotangents):
        names = ", ".join(repr(value.name) for value in cotangents)
        raise GraphError(f"{names} does not depend on {wrt.name!r}")
    pending = dict(cotangents)
    for node in reversed(nodes):
        for output in node.outputs:
            if (
                output in path
                and output is not wrt
                and (g := pending.pop(output, None)) is not None
            ):
                for index, value in enumerate(node.inputs):
                    if value in path:
                        _accumulate(ops, pending, value, _cotangent(ops, node, output, g, index))
    result = pending[wrt] if wrt in pending else ops.like(wrt, 0)
    _move_masks_forward(graph, nodes, cotangents.values())
    return broadcast_to(ops, result, shape_of(wrt))


def _move_masks_forward(
    graph: ir.Graph, forward: Sequence[ir.Node], cotangents: Collection[ir.Value]
) -> None:
    """Move appended nodes that depend on no cotangent, such as masks, before those that do.

    ONNX Runtime orders nodes by a depth-first search back from the outputs, which visits first the
    input that is computed last in the file. So nodes early in the file run just before their result
    is used. Late ones run during the forward pass, and a mask would stay in memory until the
    backward pass.
    """
    appended = list(graph)[len(forward) :]
    reached: set[ir.Value | None] = set(cotangents)
    for node in appended:
        if any(value in reached for value in node.inputs):
            reached.update(node.outputs)
    masks = [node for node in appended if reached.isdisjoint(node.outputs)]
    if masks and len(masks) < len(appended):
        graph.remove(masks)
        graph.insert_after(forward[-1], masks)


def _dependents(nodes: list[ir.Node], wrt: ir.Value) -> set[ir.Value | None]:
    """Return all values through which a derivative with respect to `wrt` passes."""
    path: set[ir.Value | None] = {wrt}
    for node in nodes:
        if node.op_type not in ZERO_GRADIENT and any(value in path for value in node.inputs):
            path.update(value for value in node.outputs if not value.meta.get(DETACHED))
    return path


def _cotangent(
    ops: Ops, node: ir.Node, output: ir.Value, g: ir.Value, index: int
) -> ir.Value | None:
    """Append the cotangent of an input of a node, from the cotangent `g` of its output."""
    rule = _rule(node, output)
    try:
        with np.errstate(all="ignore"):  # such as the root of a negative variance
            return rule(ops, node, g, index)
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        raise GraphError(
            f"no derivative for {node.op_type} (node {node.name!r}), whose attributes are damaged "
            f"({' '.join(str(error).split())})"
        ) from error


def _rule(node: ir.Node, output: ir.Value) -> Rule:
    if node.domain or node.op_type not in RULES:
        raise GraphError(f"no derivative for operator {node.op_type} (node {node.name!r})")
    if output.index() != 0:
        raise GraphError(
            f"no derivative for output {output.index()} of {node.op_type} (node {node.name!r})"
        )
    return RULES[node.op_type]


def _accumulate(
    ops: Ops,
    pending: dict[ir.Value, ir.Value],
    value: ir.Value | None,
    cotangent: ir.Value | None,
) -> None:
    """Add a cotangent to those that a value has received so far."""
    if value is not None and cotangent is not None:
        earlier = pending.get(value)
        pending[value] = cotangent if earlier is None else ops.add(earlier, cotangent)
