"""Derivatives of operators that work element by element.

The docstring of a rule is the formula of the cotangent that it appends: g is the cotangent of the
output, a and b or x are the inputs, y is the output.
"""

import numpy as np
import onnx_ir as ir

from ortstyle.graph.node import (
    constant_input,
    float_attribute,
    has_input,
    input_of,
    int_attribute,
    no_derivative,
)
from ortstyle.graph.ops import Ops
from ortstyle.graph.values import shape_of


def subtract(ops: Ops, node: ir.Node, g: ir.Value, i: int) -> ir.Value:
    """g for a, −g for b."""
    return g if i == 0 else ops.scale(g, -1)


def multiply(ops: Ops, node: ir.Node, g: ir.Value, i: int) -> ir.Value:
    """g times the other factor."""
    return ops.mul(g, input_of(node, 1 - i))


def divide(ops: Ops, node: ir.Node, g: ir.Value, i: int) -> ir.Value:
    """g / b for a, −g · (a / b) / b for b."""
    b = input_of(node, 1)
    if i == 0:
        return ops.div(g, b)
    return ops.scale(ops.div(ops.mul(g, node.outputs[0]), b), -1)


def _where_positive(ops: Ops, x: ir.Value, yes: ir.Value, no: ir.Value) -> ir.Value:
    return ops.where(ops.greater(x, ops.like(x, 0)), yes, no)


def relu(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """g where the result is above 0."""
    y = node.outputs[0]
    return ops.masked(g, ops.greater(y, ops.like(y, 0)))


def leaky_relu(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """g where x is above 0, alpha · g elsewhere."""
    alpha = float_attribute(node, "alpha", 0.01)
    return _where_positive(ops, input_of(node, 0), g, ops.scale(g, alpha))


def absolute(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """g where x is above 0, −g where it is below, 0 at 0."""
    x, zero = input_of(node, 0), ops.like(g, 0)
    below = ops.where(ops.greater(ops.like(x, 0), x), ops.scale(g, -1), zero)
    return _where_positive(ops, x, g, below)


def sigmoid(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """g · y · (1 − y)."""
    y = node.outputs[0]
    return ops.mul(g, ops.mul(y, ops.sub(ops.like(y, 1), y)))


def tanh(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """g · (1 − y²)."""
    y = node.outputs[0]
    return ops.mul(g, ops.sub(ops.like(y, 1), ops.mul(y, y)))


def power(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value | None:
    """g · c · xᶜ⁻¹, for one constant exponent c."""
    exponents = np.unique(constant_input(node, 1))
    if exponents.size != 1:
        raise no_derivative(node, "the exponents differ")
    x, c = input_of(node, 0), float(exponents[0])
    if c in (0, 1):
        return g if c else None
    lower = x if c == 2 else ops.pow(x, c - 1)
    return ops.mul(ops.scale(g, c), lower)


def clip(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """g where x lies between the bounds, 0 elsewhere."""
    x, zero = input_of(node, 0), ops.like(g, 0)
    if has_input(node, 1):
        g = ops.where(ops.greater(x, input_of(node, 1)), g, zero)
    if has_input(node, 2):
        g = ops.where(ops.greater(input_of(node, 2), x), g, zero)
    return g


def where(ops: Ops, node: ir.Node, g: ir.Value, i: int) -> ir.Value:
    """g where this input is chosen, 0 elsewhere."""
    zero = ops.like(g, 0)
    return ops.where(input_of(node, 0), *((g, zero) if i == 1 else (zero, g)))


def cast(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """g cast to the dtype of x."""
    dtype = input_of(node, 0).dtype
    if not (dtype and dtype.is_floating_point() and g.dtype and g.dtype.is_floating_point()):
        raise no_derivative(node, "only casts between floats have one")
    return ops.cast(g, dtype)


def batch_normalization(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """g times the fixed scale of each channel (Ioffe & Szegedy 2015, section 3.1)."""
    if int_attribute(node, "training_mode", 0):
        raise no_derivative(node, "it is in training mode")
    epsilon = float_attribute(node, "epsilon", 1e-5)
    factor = constant_input(node, 1) / np.sqrt(constant_input(node, 4) + epsilon)
    rank = len(shape_of(input_of(node, 0)))
    return ops.scale(g, factor.reshape(-1, *[1] * (rank - 2)))


def dropout(_: Ops, node: ir.Node, g: ir.Value, __: int) -> ir.Value:
    """g, as dropout does nothing outside training."""
    if has_input(node, 2) and bool(constant_input(node, 2)):
        raise no_derivative(node, "it is in training mode")
    return g
