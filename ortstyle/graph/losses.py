"""Content, style and smoothness of a picture, as functions of features and statistics."""

import onnx_ir as ir

from ortstyle.graph.ops import Ops, shape_of


def mean_squared_error(ops: Ops, a: ir.Value, b: ir.Value) -> ir.Value:
    """Mean over all elements of (a − b)², of shape (1,)."""
    difference = ops.sub(a, b)
    return _sum(ops, ops.mul(difference, difference), mean=True)


def _sum(ops: Ops, a: ir.Value, *, mean: bool = False) -> ir.Value:
    """Sum or average all elements: (1,), for OpenVINO reduces nothing to a scalar of no axes.

    The last axis goes first: ONNX Runtime adds millions of numbers one after the other, which costs
    digits, in WebAssembly four of seven at 512² (microsoft/onnxruntime#28450).
    """
    reduce = ops.reduce_mean if mean else ops.reduce_sum
    rows = reduce(a, [len(shape_of(a)) - 1], keepdims=True)
    return ops.reshape(reduce(rows, range(len(shape_of(a))), keepdims=True), (1,))


def gram(ops: Ops, features: ir.Value) -> ir.Value:
    """Correlations of the channels of (1, C, H, W) features over all places: (C, C).

    F·Fᵀ / (C·H·W) with F as (C, H·W); Gatys, Ecker, Bethge 2015, equation 3, with the published
    implementation's divisor, which makes layers and sizes comparable.
    """
    _, channels, height, width = shape_of(features)
    columns = ops.reshape(features, (channels, height * width))
    product = ops.matmul(columns, ops.transpose(columns, (1, 0)))
    return ops.scale(product, 1 / (channels * height * width))


def total_variation(ops: Ops, image: ir.Value) -> ir.Value:
    """Sum of the absolute differences between neighbouring pixels, of shape (1,).

    Anisotropic, in pixel units; after Mahendran & Vedaldi 2015, section 3, with β = 1.
    """
    _, _, height, width = shape_of(image)
    down = ops.sub(ops.slice(image, [1], [height], [2]), ops.slice(image, [0], [height - 1], [2]))
    right = ops.sub(ops.slice(image, [1], [width], [3]), ops.slice(image, [0], [width - 1], [3]))
    return ops.add(*(_sum(ops, absolute(ops, d)) for d in (down, right)))


def absolute(ops: Ops, a: ir.Value) -> ir.Value:
    """Absolute value, as relu(a) + relu(−a): CoreML has no Abs."""
    return ops.add(ops.relu(a), ops.relu(ops.scale(a, -1)))
