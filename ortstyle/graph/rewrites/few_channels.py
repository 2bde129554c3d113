"""Convolutions to few channels as transposed ones: one small matrix product for each picture.

Such is the last step of the backward pass, from the first layer to the three colours. The direct
sum computes as many channels as a vector has elements; a transposed convolution multiplies the
channels of each position by one matrix of outputs·k² rows, and adds up what falls on one place.
"""

from math import prod

import numpy as np
import onnx_ir as ir

from ortstyle.graph.node import input_of, int_attribute, windows_of
from ortstyle.graph.ops import Ops
from ortstyle.graph.rewrites.replacement import drop_unused_initializers, replace_node
from ortstyle.graph.values import constant_of


def transpose_few(model: ir.Model) -> None:
    """Replace the convolutions whose kernels have fewer values than inputs, in place.

    Every shape must be static. A kernel's values are those of all output channels for one input
    channel, outputs·k².
    """
    graph = model.graph
    ops = Ops(graph)
    for node in [node for node in graph if _is_replaceable(node)]:
        count = len(graph)
        result = _transposed(ops, node)
        replace_node(node, result, appended=list(graph)[count:])
    drop_unused_initializers(graph)


def _is_replaceable(node: ir.Node) -> bool:
    """Return whether a node is a convolution of stride 1 from many channels to few."""
    if node.op_type != "Conv" or int_attribute(node, "group", 1) != 1:
        return False
    weight = constant_of(node.inputs[1])
    if weight is None or weight.ndim != 4:
        return False
    outputs, inputs, *kernel = weight.shape
    if outputs * prod(kernel) >= inputs:
        return False
    w = windows_of(node, kernel)
    fits = all(pad < k for pad, k in zip(w.before + w.after, kernel * 2, strict=True))
    return fits and w.strides == w.dilations == [1, 1]


def _transposed(ops: Ops, node: ir.Node) -> ir.Value:
    """Append the transposed convolution that computes the same as a convolution."""
    weight = constant_of(node.inputs[1])
    assert weight is not None  # noqa: S101  `_is_replaceable` has checked it
    kernel = weight.shape[2:]
    w = windows_of(node, kernel)
    turned = np.ascontiguousarray(weight.swapaxes(0, 1)[..., ::-1, ::-1])
    pads = [k - 1 - p for k, p in zip(kernel * 2, w.before + w.after, strict=True)]
    inputs = [node.inputs[0], ops.constant(turned, f"{input_of(node, 1).name}.turned")]
    return ops.emit(
        "ConvTranspose",
        [*inputs, *node.inputs[2:]],
        {"kernel_shape": list(kernel), "pads": pads},
    )[0]
