"""The type of a derivative rule, and wrappers that handle broadcasting."""

from collections.abc import Callable
from math import prod

import numpy as np
import onnx_ir as ir

from ortstyle.errors import GraphError
from ortstyle.graph.node import input_of, no_derivative
from ortstyle.graph.ops import Ops
from ortstyle.graph.values import dtype_of, shape_of

#: A rule `(ops, node, g, i)` appends the cotangent of input i of `node`, given the cotangent g of
#: its output, and returns it; or None if it appends nothing. A cotangent may be smaller than its
#: value if it broadcasts to the value's shape: the gradient of a mean stays a scalar until a rule
#: needs the full shape.
Rule = Callable[[Ops, ir.Node, ir.Value, int], ir.Value | None]


def by_input(*rules: Rule | None) -> Rule:
    """Combine one rule for each input; None for an input that has no derivative."""

    def rule(ops: Ops, node: ir.Node, g: ir.Value, i: int) -> ir.Value | None:
        chosen = rules[i] if i < len(rules) else None
        if chosen is None:
            raise no_derivative(node, f"input {i} depends on the variable")
        return chosen(ops, node, g, i)

    return rule


def full_shape(rule: Rule) -> Rule:
    """Wrap a rule so that it gets the cotangent in the full shape of the output."""
    return lambda ops, n, g, i: rule(ops, n, broadcast_to(ops, g, shape_of(n.outputs[0])), i)


def broadcasting(rule: Rule) -> Rule:
    """Wrap a rule so that its result is summed over the axes along which its input is broadcast."""

    def wrapped(ops: Ops, node: ir.Node, g: ir.Value, i: int) -> ir.Value | None:
        result = rule(ops, node, g, i)
        return None if result is None else _unbroadcast(ops, result, node, i)

    return wrapped


def broadcast_to(ops: Ops, g: ir.Value, shape: tuple[int, ...]) -> ir.Value:
    """Return a cotangent broadcast to a shape."""
    if shape_of(g) == shape:
        return g
    if len(shape_of(g)) > len(shape):
        raise GraphError(f"a cotangent of shape {shape_of(g)} can't be broadcast to {shape}")
    given = (1,) * (len(shape) - len(shape_of(g))) + shape_of(g)
    repeats = [1 if have == n else n for have, n in zip(given, shape, strict=True)]
    ones = np.broadcast_to(np.ones((), dtype_of(g).numpy()), repeats)  # which take no memory yet
    return ops.mul(g, ops.constant(ones))


def _unbroadcast(ops: Ops, g: ir.Value, node: ir.Node, i: int) -> ir.Value:
    """Sum a cotangent of the output over the axes along which input i was broadcast."""
    target, output = shape_of(input_of(node, i)), shape_of(node.outputs[0])
    lead = len(output) - len(target)
    padded = (1,) * lead + target
    have = (1,) * (len(output) - len(shape_of(g))) + shape_of(g)
    spread = [axis for axis, n in enumerate(output) if padded[axis] == 1 and n > 1]
    summed = [axis for axis in spread if have[axis] > 1]
    if summed:
        missing = len(output) - len(shape_of(g))
        g = ops.reduce_sum(g, [axis - missing for axis in summed], keepdims=True)
    g = ops.scale(g, prod(output[axis] for axis in spread if axis not in summed))
    extra = max(len(shape_of(g)) - len(target), 0)
    return ops.reshape(g, shape_of(g)[extra:])
