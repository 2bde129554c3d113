"""Replacement of comparisons by arithmetic, for execution providers without comparisons."""

from typing import Literal

import onnx_ir as ir

from ortstyle.errors import GraphError
from ortstyle.graph.ops import Ops

#: How a graph makes masks: by comparison, or by arithmetic for devices without comparisons.
Comparisons = Literal["compare", "arithmetic"]

#: Factors, by dtype, that make the difference of two unequal numbers at least 1.
_STEEPNESS = {ir.DataType.FLOAT16: 6e4, ir.DataType.FLOAT: 1e30, ir.DataType.DOUBLE: 1e30}


def without_comparisons(model: ir.Model) -> None:
    """Replace Greater and Equal, and the Cast or Where that uses them, in place.

    a > b becomes Clip((a − b)·10³⁰, 0, 1) and a = b becomes 1 − (a > b) − (b > a): CoreML has
    neither Greater, Equal nor Where on booleans of its own. The results are those of the
    comparisons unless two numbers differ by less than 10⁻³⁰.

    Raises
    ------
    GraphError
        A comparison is used by another operator, or does not compare floats.
    """
    graph = model.graph
    ops = Ops(graph)
    for node in [node for node in graph if node.op_type in ("Greater", "Equal")]:
        mask = _mask(ops, node)
        for user in list(node.outputs[0].consumers()):
            result = _with_mask(ops, user, mask)
            name = user.outputs[0].name
            ir.convenience.replace_all_uses_with(
                user.outputs[0], result, replace_graph_outputs=True
            )
            graph.remove(user, safe=True)
            result.name = name
        graph.remove(node, safe=True)
    graph.sort()


def _mask(ops: Ops, node: ir.Node) -> ir.Value:
    """Append 1 where a comparison holds and 0 elsewhere, in the dtype of the operands."""
    a, b = node.inputs
    if a is None or b is None or a.dtype not in _STEEPNESS:
        raise GraphError(f"{node.op_type} {node.name!r} does not compare floats")
    if node.op_type == "Greater":
        return _exceeds(ops, a, b)
    either = ops.add(_exceeds(ops, a, b), _exceeds(ops, b, a))
    return ops.sub(ops.like(either, 1), either)


def _exceeds(ops: Ops, a: ir.Value, b: ir.Value) -> ir.Value:
    """Append 1 where a > b and 0 elsewhere."""
    assert a.dtype is not None  # noqa: S101  `_mask` has checked it
    difference = ops.scale(ops.sub(a, b), _STEEPNESS[a.dtype])
    return ops.emit("Clip", [difference, ops.like(a, 0), ops.like(a, 1)])[0]


def _with_mask(ops: Ops, user: ir.Node, mask: ir.Value) -> ir.Value:
    """Append the result of a Cast or Where that uses a comparison, computed from its mask."""
    if user.op_type == "Cast":
        dtype = user.outputs[0].dtype
        assert dtype is not None  # noqa: S101  every value on the tape has one
        return ops.cast(mask, dtype)
    if user.op_type == "Where":
        _, yes, no = user.inputs
        if yes is not None and no is not None:
            return ops.add(no, ops.mul(mask, ops.sub(yes, no)))
    raise GraphError(
        f"{user.op_type} {user.name!r} uses a comparison, which arithmetic can't replace"
    )
