"""Distances between values of a graph, from which losses are built; each has shape (1,)."""

import onnx_ir as ir

from ortstyle.graph.ops import Ops
from ortstyle.graph.values import shape_of

TINY = 1e-12  # added to a divisor that may be 0: the mean square of a target
_SMOOTHING = 1e-6  # added to a squared relative distance, whose root has an infinite slope at 0


def mean_squared_error(ops: Ops, a: ir.Value, b: ir.Value) -> ir.Value:
    """Mean over all elements of (a − b)², of shape (1,)."""
    difference = ops.sub(a, b)
    return mean_of_all(ops, ops.mul(difference, difference))


def distance(ops: Ops, found: ir.Value, target: ir.Value, *, relative: bool) -> ir.Value:
    """Mean squared error, or ‖found − target‖ / ‖target‖, of shape (1,).

    The relative distance is not squared, so its gradient keeps its size until the target is nearly
    reached: layers, pictures and sizes weigh alike. Gatys et al. use squares. For the same purpose
    style-transfer-pytorch (K. Crowson) scales the gradient of the square; the result is not the
    gradient of any loss, which a line search needs.
    """
    error = mean_squared_error(ops, found, target)
    return relative_root(ops, error, mean_square(ops, target)) if relative else error


def relative_root(ops: Ops, square: ir.Value, reference: ir.Value) -> ir.Value:
    """√(square / reference), smoothed near 0 so that its slope is finite there."""
    ratio = ops.div(square, ops.add(reference, ops.like(reference, TINY)))
    return ops.sqrt(ops.add(ratio, ops.like(ratio, _SMOOTHING)))


def mean_square(ops: Ops, a: ir.Value) -> ir.Value:
    """Mean over all elements of a², of shape (1,)."""
    return mean_of_all(ops, ops.mul(a, a))


def sum_of_all(ops: Ops, a: ir.Value) -> ir.Value:
    """Sum of all elements, of shape (1,)."""
    return _reduce_all(ops, a, mean=False)


def mean_of_all(ops: Ops, a: ir.Value) -> ir.Value:
    """Mean of all elements, of shape (1,)."""
    return _reduce_all(ops, a, mean=True)


def _reduce_all(ops: Ops, a: ir.Value, *, mean: bool) -> ir.Value:
    """Reduce to shape (1,) with explicit axes: OpenVINO does not reduce to a scalar without axes.

    The last axis is reduced first: ONNX Runtime adds millions of numbers one after the other, which
    loses precision, in WebAssembly four of seven digits at 512² (microsoft/onnxruntime#28450).
    """
    reduce = ops.reduce_mean if mean else ops.reduce_sum
    rows = reduce(a, [len(shape_of(a)) - 1], keepdims=True)
    return ops.reshape(reduce(rows, range(len(shape_of(a))), keepdims=True), (1,))


def absolute(ops: Ops, a: ir.Value) -> ir.Value:
    """Absolute value of each element, as relu(a) + relu(−a): CoreML has no Abs."""
    return ops.add(ops.relu(a), ops.relu(ops.scale(a, -1)))
