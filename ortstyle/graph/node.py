"""Reading a node: its inputs, its attributes, the windows of a convolution or pool."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.errors import GraphError
from ortstyle.graph.values import constant_of, shape_of


def no_derivative(node: ir.Node, why: str) -> GraphError:
    """Return the error for a node that can't be differentiated."""
    return GraphError(f"no derivative for {node.op_type} (node {node.name!r}): {why}")


def has_input(node: ir.Node, i: int) -> bool:
    """Return whether a node has the optional input i."""
    return i < len(node.inputs) and node.inputs[i] is not None


def input_of(node: ir.Node, i: int) -> ir.Value:
    """Return input i of a node; raise a `GraphError` if it is missing."""
    value = node.inputs[i] if i < len(node.inputs) else None
    if value is None:
        raise no_derivative(node, f"it has no input {i}")
    return value


def constant_input(node: ir.Node, i: int) -> NDArray[Any]:
    """Return the array of input i; raise a `GraphError` if it is not a constant."""
    array = constant_of(input_of(node, i))
    if array is None:
        raise no_derivative(node, f"input {i} is not a constant")
    return array


def int_attribute(node: ir.Node, name: str, default: int) -> int:
    """Return an integer attribute, or its default."""
    return node.attributes[name].as_int() if name in node.attributes else default


def ints_attribute(node: ir.Node, name: str, default: Sequence[int]) -> list[int]:
    """Return an attribute that is a list of integers, or its default."""
    return list(node.attributes[name].as_ints() if name in node.attributes else default)


def float_attribute(node: ir.Node, name: str, default: float) -> float:
    """Return a float attribute, or its default."""
    return node.attributes[name].as_float() if name in node.attributes else default


def string_attribute(node: ir.Node, name: str, default: str) -> str:
    """Return a string attribute, or its default."""
    return node.attributes[name].as_string() if name in node.attributes else default


@dataclass(frozen=True)
class Windows:
    """The windows of a convolution or pool, with a list entry for each spatial axis.

    Attributes
    ----------
    size
        Length of the input.
    kernel, strides, dilations
        Length of a window, step from one to the next, step between its elements.
    before, after
        Padding before the first and after the last element.
    count
        Number of windows.
    """

    size: list[int]
    kernel: list[int]
    strides: list[int]
    dilations: list[int]
    before: list[int]
    after: list[int]
    count: list[int]

    @property
    def side_by_side(self) -> bool:
        """Whether the windows neither overlap nor leave gaps, without padding."""
        return self.kernel == self.strides and not any(
            self.before + self.after + [d - 1 for d in self.dilations]
        )


def windows_of(node: ir.Node, kernel: Sequence[int]) -> Windows:
    """Return the windows of a convolution or pool; automatic padding is made explicit."""
    size, count = shape_of(input_of(node, 0))[2:], shape_of(node.outputs[0])[2:]
    if int_attribute(node, "ceil_mode", 0):
        raise no_derivative(node, "ceil_mode is not supported")
    ones = [1] * len(size)
    strides, dilations = (
        ints_attribute(node, "strides", ones),
        ints_attribute(node, "dilations", ones),
    )
    pads = ints_attribute(node, "pads", [0] * 2 * len(size))
    mode = string_attribute(node, "auto_pad", "NOTSET")
    before, after = pads[: len(size)], pads[len(size) :]
    if mode.startswith("SAME"):
        reach = zip(size, count, strides, dilations, kernel, strict=True)
        total = [max((m - 1) * s + d * (k - 1) + 1 - n, 0) for n, m, s, d, k in reach]
        small, large = [t // 2 for t in total], [t - t // 2 for t in total]
        before, after = (small, large) if mode == "SAME_UPPER" else (large, small)
    return Windows(list(size), list(kernel), strides, dilations, before, after, list(count))
