"""The derivative of every operator: one rule an operator, in the table at the end.

A rule `(ops, node, g, i)` emits the cotangent of input i of `node`, given the cotangent g of its
output, or None where input i contributes nothing more. A cotangent may be smaller than its value
where it broadcasts to it: the gradient of a mean stays a scalar until something needs its shape.

Rules emit only `ops.PORTABLE` operators and the operator that they differentiate.
"""

from collections.abc import Callable
from math import prod

import numpy as np
import onnx_ir as ir

from ortstyle.graph.node import (
    constant_input,
    float_attribute,
    given,
    input_of,
    int_attribute,
    ints_attribute,
    refusal,
)
from ortstyle.graph.ops import Ops, shape_of
from ortstyle.graph.rules import shapes as vjp_shapes, windows as vjp_windows

Rule = Callable[[Ops, ir.Node, ir.Value, int], ir.Value | None]


def _axes(node: ir.Node, rank: int) -> list[int]:
    """Give the axes of a node that takes them as attribute or second input, none being all."""
    axes = constant_input(node, 1).tolist() if given(node, 1) else ints_attribute(node, "axes", [])
    if not axes and not int_attribute(node, "noop_with_empty_axes", 0):
        axes = range(rank)
    return sorted(axis % rank for axis in axes)


# broadcasting


def broadcast_to(ops: Ops, g: ir.Value, shape: tuple[int, ...]) -> ir.Value:
    """Give a cotangent its full shape."""
    return g if shape_of(g) == shape else ops.mul(g, ops.like(g, np.ones(shape)))


def unbroadcast(ops: Ops, g: ir.Value, node: ir.Node, i: int) -> ir.Value:
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


# making rules


def by_input(*rules: Rule | None) -> Rule:
    """Combine one rule for each input."""

    def rule(ops: Ops, node: ir.Node, g: ir.Value, i: int) -> ir.Value | None:
        chosen = rules[i] if i < len(rules) else None
        if chosen is None:
            raise refusal(node, f"input {i} depends on the variable")
        return chosen(ops, node, g, i)

    return rule


def whole(rule: Rule) -> Rule:
    """Hand a rule its cotangent in the full shape of the output."""
    return lambda ops, n, g, i: rule(ops, n, broadcast_to(ops, g, shape_of(n.outputs[0])), i)


def summed(rule: Rule) -> Rule:
    """Undo the broadcasting of the inputs after an element-wise rule."""

    def wrapped(ops: Ops, node: ir.Node, g: ir.Value, i: int) -> ir.Value | None:
        result = rule(ops, node, g, i)
        return None if result is None else unbroadcast(ops, result, node, i)

    return wrapped


# element by element


def _where_positive(ops: Ops, x: ir.Value, yes: ir.Value, no: ir.Value) -> ir.Value:
    return ops.where(ops.greater(x, ops.like(x, 0)), yes, no)


def _relu(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    y = node.outputs[0]
    return ops.masked(g, ops.greater(y, ops.like(y, 0)))


def _leaky_relu(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    alpha = float_attribute(node, "alpha", 0.01)
    return _where_positive(ops, input_of(node, 0), g, ops.scale(g, alpha))


def _abs(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    x, zero = input_of(node, 0), ops.like(g, 0)
    below = ops.where(ops.greater(ops.like(x, 0), x), ops.scale(g, -1), zero)
    return _where_positive(ops, x, g, below)


def _sigmoid(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    y = node.outputs[0]
    return ops.mul(g, ops.mul(y, ops.sub(ops.like(y, 1), y)))


def _tanh(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    y = node.outputs[0]
    return ops.mul(g, ops.sub(ops.like(y, 1), ops.mul(y, y)))


def _pow(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value | None:
    exponents = np.unique(constant_input(node, 1))
    if exponents.size != 1:
        raise refusal(node, "the exponents differ")
    x, c = input_of(node, 0), float(exponents[0])
    if c in (0, 1):
        return g if c else None
    power = x if c == 2 else ops.pow(x, c - 1)
    return ops.mul(ops.scale(g, c), power)


def _clip(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    x, zero = input_of(node, 0), ops.like(g, 0)
    if given(node, 1):
        g = ops.where(ops.greater(x, input_of(node, 1)), g, zero)
    if given(node, 2):
        g = ops.where(ops.greater(input_of(node, 2), x), g, zero)
    return g


def _where(ops: Ops, node: ir.Node, g: ir.Value, i: int) -> ir.Value:
    zero = ops.like(g, 0)
    return ops.where(input_of(node, 0), *((g, zero) if i == 1 else (zero, g)))


def _cast(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    dtype = input_of(node, 0).dtype
    if not (dtype and dtype.is_floating_point() and g.dtype and g.dtype.is_floating_point()):
        raise refusal(node, "only a cast between floats has one")
    return ops.cast(g, dtype)


def _batch_normalization(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """Inference: a fixed scale a channel (Ioffe & Szegedy 2015, section 3.1)."""
    if int_attribute(node, "training_mode", 0):
        raise refusal(node, "it is in training mode")
    epsilon = float_attribute(node, "epsilon", 1e-5)
    factor = constant_input(node, 1) / np.sqrt(constant_input(node, 4) + epsilon)
    rank = len(shape_of(input_of(node, 0)))
    return ops.scale(g, factor.reshape(-1, *[1] * (rank - 2)))


def _dropout(_: Ops, node: ir.Node, g: ir.Value, __: int) -> ir.Value:
    if given(node, 2) and bool(constant_input(node, 2)):
        raise refusal(node, "it is in training mode")
    return g


def _to_shape_of_input(ops: Ops, node: ir.Node, g: ir.Value, i: int) -> ir.Value:
    return ops.reshape(g, shape_of(input_of(node, i)))


# sums and products


def _keepdims_shape(node: ir.Node) -> tuple[int, ...]:
    shape = shape_of(input_of(node, 0))
    axes = _axes(node, len(shape))
    return tuple(1 if axis in axes else n for axis, n in enumerate(shape))


def _reduce_sum(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    return ops.reshape(g, _keepdims_shape(node))


def _reduce_mean(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    kept = _keepdims_shape(node)
    return ops.reshape(ops.scale(g, prod(kept) / prod(shape_of(input_of(node, 0)))), kept)


def _global_average_pool(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    return ops.scale(g, 1 / prod(shape_of(input_of(node, 0))[2:]))


def _matmul(ops: Ops, node: ir.Node, g: ir.Value, i: int) -> ir.Value | None:
    a, b = input_of(node, 0), input_of(node, 1)
    if _is_gram(a, b):
        # d⟨D, A·Aᵀ⟩ = (D + Dᵀ)·A: one product with the large matrix where two would do.
        return ops.matmul(ops.add(g, ops.transpose(g, (1, 0))), a) if i == 0 else None
    rank = max(len(shape_of(a)), len(shape_of(b)), 2)
    rows = ops.reshape(a, (1, *shape_of(a))) if len(shape_of(a)) == 1 else a
    columns = ops.reshape(b, (*shape_of(b), 1)) if len(shape_of(b)) == 1 else b
    batch = np.broadcast_shapes(shape_of(rows)[:-2], shape_of(columns)[:-2])
    g = ops.reshape(g, (*batch, shape_of(rows)[-2], shape_of(columns)[-1]))
    product = ops.matmul(g, _turned(ops, columns)) if i == 0 else ops.matmul(_turned(ops, rows), g)
    shape = shape_of(rows if i == 0 else columns)
    extra = [k for k in range(rank - 2) if k < rank - len(shape) or shape[k - rank] == 1]
    extra = [k for k in extra if shape_of(product)[k] > 1]
    if extra:
        product = ops.reduce_sum(product, extra, keepdims=True)
    return ops.reshape(product, shape_of(input_of(node, i)))


def _is_gram(a: ir.Value, b: ir.Value) -> bool:
    turned = b.producer()
    return (
        turned is not None
        and turned.op_type == "Transpose"
        and turned.inputs[0] is a
        and len(shape_of(a)) == 2
        and ints_attribute(turned, "perm", (1, 0)) == [1, 0]
    )


def _turned(ops: Ops, a: ir.Value) -> ir.Value:
    rank = len(shape_of(a))
    return ops.transpose(a, (*range(rank - 2), rank - 1, rank - 2))


#: Operators whose gradient is zero wherever it exists, or which give no floats.
ZERO_GRADIENT = frozenset(
    """ArgMax ArgMin Ceil ConstantOfShape Equal Floor Greater GreaterOrEqual IsNaN Less LessOrEqual
    Not Round Shape Sign Size""".split()  # noqa: SIM905  shorter than a list of quotes
)

RULES: dict[str, Rule] = {
    # element by element
    "Identity": lambda ops, n, g, i: g,
    "Add": summed(lambda ops, n, g, i: g),
    "Sum": summed(lambda ops, n, g, i: g),
    "Sub": summed(lambda ops, n, g, i: g if i == 0 else ops.scale(g, -1)),
    "Mul": summed(lambda ops, n, g, i: ops.mul(g, input_of(n, 1 - i))),
    "Div": summed(
        lambda ops, n, g, i: (
            ops.div(g, input_of(n, 1))
            if i == 0
            else ops.scale(ops.div(ops.mul(g, n.outputs[0]), input_of(n, 1)), -1)
        )
    ),
    "Neg": lambda ops, n, g, i: ops.scale(g, -1),
    "Abs": by_input(_abs),
    "Sqrt": lambda ops, n, g, i: ops.div(ops.scale(g, 0.5), n.outputs[0]),
    "Pow": summed(by_input(_pow)),
    "Exp": lambda ops, n, g, i: ops.mul(g, n.outputs[0]),
    "Log": lambda ops, n, g, i: ops.div(g, input_of(n, 0)),
    "Relu": _relu,
    "LeakyRelu": _leaky_relu,
    "Sigmoid": _sigmoid,
    "Tanh": _tanh,
    "Clip": by_input(_clip),
    "Cast": _cast,
    "Where": summed(by_input(None, _where, _where)),
    "BatchNormalization": by_input(_batch_normalization),
    "Dropout": by_input(_dropout),
    # shapes
    "Reshape": by_input(whole(_to_shape_of_input)),
    "Flatten": whole(_to_shape_of_input),
    "Squeeze": by_input(whole(_to_shape_of_input)),
    "Unsqueeze": by_input(whole(_to_shape_of_input)),
    "Transpose": whole(vjp_shapes.transpose),
    "Concat": whole(vjp_shapes.concat),
    "Slice": by_input(whole(vjp_shapes.slice_)),
    "Pad": by_input(whole(vjp_shapes.pad)),
    # sums and products
    "ReduceSum": by_input(whole(_reduce_sum)),
    "ReduceMean": whole(_reduce_mean),
    "GlobalAveragePool": _global_average_pool,
    "MatMul": whole(_matmul),
    # windows
    "Conv": by_input(whole(vjp_windows.conv)),
    "MaxPool": whole(vjp_windows.max_pool),
    "AveragePool": whole(vjp_windows.average_pool),
}
