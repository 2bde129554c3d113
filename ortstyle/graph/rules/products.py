"""Derivatives of sums, means and matrix products.

The docstring of a rule is the formula of the cotangent that it appends: g or G is the cotangent of
the output, A and B are the factors of a product.
"""

from math import prod

import numpy as np
import onnx_ir as ir

from ortstyle.graph.node import constant_input, has_input, input_of, int_attribute, ints_attribute
from ortstyle.graph.ops import Ops
from ortstyle.graph.values import shape_of


def _keepdims_shape(node: ir.Node) -> tuple[int, ...]:
    shape = shape_of(input_of(node, 0))
    axes = _axes(node, len(shape))
    return tuple(1 if axis in axes else n for axis, n in enumerate(shape))


def reduce_sum(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """g, with the reduced axes restored as axes of length 1."""
    return ops.reshape(g, _keepdims_shape(node))


def reduce_mean(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """g divided by the number of elements of a mean."""
    kept = _keepdims_shape(node)
    return ops.reshape(ops.scale(g, prod(kept) / prod(shape_of(input_of(node, 0)))), kept)


def global_average_pool(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """g divided by the number of spatial positions."""
    return ops.scale(g, 1 / prod(shape_of(input_of(node, 0))[2:]))


def matmul(ops: Ops, node: ir.Node, g: ir.Value, i: int) -> ir.Value | None:
    """G·Bᵀ for A, Aᵀ·G for B, summed over the axes that were broadcast."""
    a, b = input_of(node, 0), input_of(node, 1)
    if _is_gram(a, b):
        # d⟨D, A·Aᵀ⟩ = (D + Dᵀ)·A: one product with the large matrix instead of two.
        return ops.matmul(ops.add(g, ops.transpose(g, (1, 0))), a) if i == 0 else None
    rank = max(len(shape_of(a)), len(shape_of(b)), 2)
    rows = ops.reshape(a, (1, *shape_of(a))) if len(shape_of(a)) == 1 else a
    columns = ops.reshape(b, (*shape_of(b), 1)) if len(shape_of(b)) == 1 else b
    batch = np.broadcast_shapes(shape_of(rows)[:-2], shape_of(columns)[:-2])
    g = ops.reshape(g, (*batch, shape_of(rows)[-2], shape_of(columns)[-1]))
    if i == 0:
        product = ops.matmul(g, _transposed(ops, columns))
    else:
        product = ops.matmul(_transposed(ops, rows), g)
    shape = shape_of(rows if i == 0 else columns)
    extra = [k for k in range(rank - 2) if k < rank - len(shape) or shape[k - rank] == 1]
    extra = [k for k in extra if shape_of(product)[k] > 1]
    if extra:
        product = ops.reduce_sum(product, extra, keepdims=True)
    return ops.reshape(product, shape_of(input_of(node, i)))


def _is_gram(a: ir.Value, b: ir.Value) -> bool:
    """Return whether b is the transposed matrix a."""
    transpose = b.producer()
    return (
        transpose is not None
        and transpose.op_type == "Transpose"
        and transpose.inputs[0] is a
        and len(shape_of(a)) == 2
        and ints_attribute(transpose, "perm", (1, 0)) == [1, 0]
    )


def _transposed(ops: Ops, a: ir.Value) -> ir.Value:
    rank = len(shape_of(a))
    return ops.transpose(a, (*range(rank - 2), rank - 1, rank - 2))


def _axes(node: ir.Node, rank: int) -> list[int]:
    """Return the axes that a node reduces, an attribute or the second input; none means all."""
    axes = (
        constant_input(node, 1).tolist() if has_input(node, 1) else ints_attribute(node, "axes", [])
    )
    if not axes and not int_attribute(node, "noop_with_empty_axes", 0):
        axes = range(rank)
    return sorted(axis % rank for axis in axes)
