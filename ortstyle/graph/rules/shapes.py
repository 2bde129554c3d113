"""Derivatives of operators that only move elements, such as reshaping, slicing and padding.

The docstring of a rule says which cotangent it appends; g is the cotangent of the output.
"""

import numpy as np
import onnx_ir as ir

from ortstyle.graph.node import (
    constant_input,
    has_input,
    input_of,
    int_attribute,
    ints_attribute,
    no_derivative,
    string_attribute,
)
from ortstyle.graph.ops import Ops
from ortstyle.graph.values import shape_of


def reshape(ops: Ops, node: ir.Node, g: ir.Value, i: int) -> ir.Value:
    """g in the shape of the input."""
    return ops.reshape(g, shape_of(input_of(node, i)))


def transpose(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """g with its axes in the order of the input."""
    rank = len(shape_of(g))
    return ops.transpose(g, np.argsort(ints_attribute(node, "perm", range(rank)[::-1])).tolist())


def concat(ops: Ops, node: ir.Node, g: ir.Value, i: int) -> ir.Value:
    """The slice of g at the position of input i in the output."""
    axis = int_attribute(node, "axis", 0) % len(shape_of(g))
    start = sum(shape_of(input_of(node, k))[axis] for k in range(i))
    return ops.slice(g, [start], [start + shape_of(input_of(node, i))[axis]], [axis])


def slice_(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """g at the elements that were taken, zeros elsewhere."""
    shape = shape_of(input_of(node, 0))
    starts, ends = constant_input(node, 1), constant_input(node, 2)
    axes = constant_input(node, 3) if has_input(node, 3) else range(len(starts))
    steps = constant_input(node, 4) if has_input(node, 4) else [1] * len(starts)
    before, after = [0] * len(shape), [0] * len(shape)
    for start, end, axis_, step in zip(starts, ends, axes, steps, strict=True):
        axis = int(axis_) % len(shape)
        taken = range(*slice(int(start), int(end), int(step)).indices(shape[axis]))
        if step < 0:
            g = ops.slice(g, [-1], [-(2**31)], [axis], [-1])
        g = _dilate(ops, g, axis, abs(int(step)))
        first, last = sorted((taken[0], taken[-1]))
        before[axis], after[axis] = first, shape[axis] - 1 - last
    return ops.pad(g, before, after)


def _dilate(ops: Ops, g: ir.Value, axis: int, step: int) -> ir.Value:
    """Insert step − 1 zeros between the elements of an axis."""
    shape = shape_of(g)
    if step == 1 or shape[axis] == 1:
        return g
    g = ops.reshape(g, (*shape[: axis + 1], 1, *shape[axis + 1 :]))
    after = [0] * (len(shape) + 1)
    after[axis + 1] = step - 1
    g = ops.pad(g, [0] * len(after), after)
    long = (shape[axis] - 1) * step + 1
    g = ops.reshape(g, (*shape[:axis], shape[axis] * step, *shape[axis + 1 :]))
    return ops.slice(g, [0], [long], [axis])


def pad(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """g cropped to the input; the cotangents of repeated elements are added, axis by axis."""
    pads = constant_input(node, 1).tolist()
    mode = string_attribute(node, "mode", "constant")
    if mode not in ("constant", "edge", "reflect"):
        raise no_derivative(node, f"mode {mode!r}")
    rank = len(shape_of(g))
    for axis, (before, after) in enumerate(zip(pads[:rank], pads[rank:], strict=True)):
        g = _unpad_axis(ops, g, axis, before, after, mode)
    return g


def _unpad_axis(ops: Ops, g: ir.Value, axis: int, before: int, after: int, mode: str) -> ir.Value:
    """Return the cotangent of the input of a padding along one axis."""
    rank, n = len(shape_of(g)), shape_of(g)[axis] - before - after

    def on_axis(amount: int) -> list[int]:
        return [amount if k == axis else 0 for k in range(rank)]

    core = ops.pad(g, on_axis(-before), on_axis(-after))
    if mode == "constant":
        return core
    ends = shape_of(g)[axis]
    for width, start, near in ((before, 0, True), (after, ends - after, False)):
        if width > 0:
            strip = ops.slice(g, [start], [start + width], [axis])
            if mode == "edge":
                strip, first = ops.reduce_sum(strip, [axis], keepdims=True), 0 if near else n - 1
            else:
                strip = ops.slice(strip, [-1], [-(2**31)], [axis], [-1])
                first = 1 if near else n - 1 - width
            size = shape_of(strip)[axis]
            core = ops.add(core, ops.pad(strip, on_axis(first), on_axis(n - first - size)))
    return core
