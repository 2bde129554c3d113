"""Derivatives of operators that slide a window over a picture: convolution and pooling."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.errors import GraphError
from ortstyle.graph.node import (
    Windows,
    constant_input,
    input_of,
    int_attribute,
    ints_attribute,
    no_derivative,
    windows_of,
)
from ortstyle.graph.ops import Ops
from ortstyle.graph.values import dtype_of, shape_of

_MOST_MASKED = 1 << 28  # elements of the mask between spread cotangents
_MOST_OFFSETS = 400  # elements of overlapping windows; each takes some operators


def _spatial(amounts: Sequence[int]) -> list[int]:
    return [0, 0, *amounts]


def _zeros_between(ops: Ops, g: ir.Value, w: Windows) -> ir.Value:
    """Put each window's cotangent at its first element, with zeros between them."""
    if all(s == 1 for s in w.strides):
        return g
    spread = ops.upsample(g, w.strides)
    if prod(shape_of(spread)[2:]) > _MOST_MASKED:
        raise GraphError(f"windows {w.strides} apart spread over {shape_of(spread)} elements")
    mask = np.zeros(shape_of(spread)[2:], dtype_of(g).numpy())
    mask[tuple(slice(None, None, s) for s in w.strides)] = 1
    g = ops.mul(spread, ops.like(g, mask[None, None]))
    return ops.pad(g, _spatial([0] * len(w.size)), _spatial([1 - s for s in w.strides]))


def _crops_all(g: ir.Value, before: Sequence[int], after: Sequence[int]) -> bool:
    """Return whether negative padding crops everything: every window lay outside the picture."""
    sizes = zip(shape_of(g)[2:], before, after, strict=True)
    return any(n + min(b, 0) + min(a, 0) <= 0 for n, b, a in sizes)


def _borders(g: ir.Value, w: Windows) -> tuple[list[int], list[int]]:
    """Return padding of g, negative to crop, by which windows of stride 1 cover each input."""
    reach = [d * (k - 1) for d, k in zip(w.dilations, w.kernel, strict=True)]
    before = [r - b for r, b in zip(reach, w.before, strict=True)]
    sizes = zip(w.size, shape_of(g)[2:], before, reach, strict=True)
    return before, [n - m - b + r for n, m, b, r in sizes]


def conv(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value | None:
    """Correlate g, spread by the strides, with the kernel, flipped and its channel axes swapped.

    Dumoulin & Visin 2016, *A guide to convolution arithmetic*, section 4.
    """
    weight, group = constant_input(node, 1), int_attribute(node, "group", 1)
    w = windows_of(node, weight.shape[2:])
    g = _zeros_between(ops, g, w)
    before, after = _borders(g, w)
    if _crops_all(g, before, after):
        return None
    g = ops.pad(g, _spatial([min(n, 0) for n in before]), _spatial([min(n, 0) for n in after]))
    return ops.conv(
        g,
        ops.constant(_flipped_kernel(weight, group), f"{input_of(node, 1).name}.turned"),
        dilations=w.dilations,
        group=group,
        pads=[max(n, 0) for n in before + after],
    )


def _flipped_kernel(weight: NDArray[Any], group: int) -> NDArray[Any]:
    out, within, *kernel = weight.shape
    grouped = weight.reshape(group, out // group, within, *kernel).swapaxes(1, 2)
    flipped = np.flip(grouped, tuple(range(3, 3 + len(kernel))))
    return flipped.reshape(group * within, out // group, *kernel)


def max_pool(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value | None:
    """Pass each cotangent to the largest element of its window."""
    w = windows_of(node, ints_attribute(node, "kernel_shape", []))
    return (_max_pool_side_by_side if w.side_by_side else _max_pool_overlapping)(ops, node, g, w)


def _max_pool_side_by_side(ops: Ops, node: ir.Node, g: ir.Value, w: Windows) -> ir.Value:
    """Pass each window's cotangent to its largest element; equal ones share it.

    Sharing keeps uniform areas such as a sky uniform. Other frameworks choose the first of equal
    elements, which draws a grid on such areas.
    """
    x, y = input_of(node, 0), node.outputs[0]
    covered = [m * s for m, s in zip(w.count, w.strides, strict=True)]
    rest = [n - c for n, c in zip(w.size, covered, strict=True)]
    x = ops.pad(x, [0] * (2 + len(rest)), _spatial([-n for n in rest]))
    assert g.dtype is not None  # noqa: S101  every value on the tape has one
    largest = ops.cast(ops.equal(x, ops.upsample(y, w.strides)), g.dtype)
    share = ops.average_pool(largest, w.kernel, w.strides)
    # Not g / share: ONNX Runtime runs early the nodes in its blocked layout, such as the pool.
    g = ops.mul(g, ops.div(ops.like(g, 1 / prod(w.kernel)), share))
    g = ops.mul(largest, ops.upsample(g, w.strides))
    return ops.pad(g, [0] * (2 + len(rest)), _spatial(rest))


def _max_pool_overlapping(ops: Ops, node: ir.Node, g: ir.Value, w: Windows) -> ir.Value | None:
    """Pass each window's cotangent to the first of its largest elements, offset by offset."""
    if prod(w.kernel) > _MOST_OFFSETS:
        raise no_derivative(node, f"its windows overlap and have over {_MOST_OFFSETS} elements")
    y, zero = node.outputs[0], ops.like(g, 0)
    lowest = np.finfo(input_of(node, 0).dtype.numpy()).min  # type: ignore[union-attr]
    x = _pad_with(ops, input_of(node, 0), w, float(lowest))
    total = None
    for offset in np.ndindex(*w.kernel):
        first = [d * k for d, k in zip(w.dilations, offset, strict=True)]
        last = [f + (m - 1) * s + 1 for f, m, s in zip(first, w.count, w.strides, strict=True)]
        axes = list(range(2, 2 + len(first)))
        is_largest = ops.equal(ops.slice(x, first, last, axes, w.strides), y)
        shifted = _at_offset(ops, ops.where(is_largest, g, zero), w, first)
        g = ops.where(is_largest, zero, g)
        if shifted is not None:
            total = shifted if total is None else ops.add(total, shifted)
    return total


def _at_offset(ops: Ops, g: ir.Value, w: Windows, offset: Sequence[int]) -> ir.Value | None:
    """Put each window's cotangent at one offset of its window, in the shape of the input.

    None if that offset lies outside the picture in every window.
    """
    g = _zeros_between(ops, g, w)
    first = [o - b for o, b in zip(offset, w.before, strict=True)]
    rest = [n - f - m for n, f, m in zip(w.size, first, shape_of(g)[2:], strict=True)]
    return None if _crops_all(g, first, rest) else ops.pad(g, _spatial(first), _spatial(rest))


def _pad_with(ops: Ops, x: ir.Value, w: Windows, fill: float) -> ir.Value:
    if not any(w.before + w.after):
        return x
    pads = ops.ints([*_spatial(w.before), *_spatial(w.after)])
    return ops.emit("Pad", [x, pads, ops.like(x, fill)])[0]


def average_pool(ops: Ops, node: ir.Node, g: ir.Value, _: int) -> ir.Value:
    """Spread each cotangent evenly over its window."""
    w = windows_of(node, ints_attribute(node, "kernel_shape", []))
    g = ops.scale(g, 1 / _elements(w, padding=bool(int_attribute(node, "count_include_pad", 0))))
    if w.side_by_side:
        rest = [n - m * s for n, m, s in zip(w.size, w.count, w.strides, strict=True)]
        return ops.pad(ops.upsample(g, w.strides), [0] * (2 + len(rest)), _spatial(rest))
    g = _zeros_between(ops, g, w)
    before, after = _borders(g, w)
    g = ops.pad(g, _spatial(before), _spatial(after))
    ones = [1] * len(w.kernel)
    return ops.scale(ops.average_pool(g, w.kernel, ones), prod(w.kernel))


def _elements(w: Windows, *, padding: bool) -> NDArray[Any]:
    """Count the elements of each window, (1, 1, *count); a scalar if all counts are equal."""
    if padding or not any(w.before + w.after):
        return np.asarray(prod(w.kernel), np.float64)
    total = np.ones([1] * len(w.size))
    for axis, n in enumerate(w.size):
        starts = np.arange(w.count[axis]) * w.strides[axis] - w.before[axis]
        # The elements of a window whose position is below 0, and below n; −(−a // b) rounds up.
        below = [-((starts - end) // w.dilations[axis]) for end in (0, n)]
        first, last = np.clip(below, 0, w.kernel[axis])
        inside = last - first
        total = total * inside.reshape([-1 if k == axis else 1 for k in range(len(w.size))])
    return total[None, None]
