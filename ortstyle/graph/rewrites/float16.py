"""Conversion of the network to float16: half the memory, several times faster on some hardware.

A network of convolutions, rectifiers and pools is positively homogeneous: if the input of a layer
and its bias are scaled, the output is scaled alike. So a power of two, which causes no rounding,
can bring every layer into the range of float16. The kernels of the convolutions are multiplied by
the ratio of the scales after and before them. The same holds for the backward pass, which is
linear. Statistics and losses stay in float32.
"""

from collections.abc import Iterator, Mapping
from math import frexp

import numpy as np
import onnx_ir as ir
from onnx_ir.passes.common import NameFixPass, RemoveUnusedNodesPass

from ortstyle.graph.ops import Ops, add_output, finish
from ortstyle.graph.values import constant_of, shape_of

_TARGET = 10  # a layer is scaled to stay below 2¹⁰; float16 reaches from 2⁻¹⁴ to 2¹⁶
_LARGEST_KERNEL, _SMALLEST_KERNEL = 15, -8  # bounds for the exponent of a kernel's largest number
_SINGLE, _HALF = ir.DataType.FLOAT, ir.DataType.FLOAT16
_HOMOGENEOUS = {"Relu", "LeakyRelu", "MaxPool", "AveragePool", "Resize", "Pad", "Slice", "Add"}
_COMPARING = {"Greater", "Equal"}
_CHOOSING = {"Mul", "Div", "Where"}


def peaks_model(model: ir.Model) -> ir.Model:
    """Return a copy of a model with outputs `peak.NAME`, the largest absolute value of each layer.

    Its operators are not portable: it is meant to be run once, on the CPU.
    """
    copy = model.clone()
    ops = Ops(copy.graph)
    for value in _Plan(copy.graph).values():
        largest = ops.emit("ReduceMax", [ops.emit("Abs", [value])[0]], {"keepdims": 0})[0]
        add_output(copy.graph, f"peak.{value.name}", largest)
    return finish(copy.graph)


def to_half(model: ir.Model, peaks: Mapping[str, float]) -> None:
    """Convert the network in a model to float16, in place; inputs and outputs stay in float32.

    Parameters
    ----------
    model
        A model of loss and gradient in float32, with masks by comparison.
    peaks
        The largest absolute value of each layer, by name: the outputs of `peaks_model` without the
        prefix `peak.`.
    """
    graph = model.graph
    plan = _Plan(graph)
    _Conversion(graph, plan, plan.exponents(peaks)).run()
    graph.sort()
    RemoveUnusedNodesPass()(model)
    NameFixPass()(model)


class _Plan:
    """Which nodes are converted to float16, and which values must have the same scale."""

    def __init__(self, graph: ir.Graph) -> None:
        self.nodes: dict[ir.Node, None] = {}
        self.masks: set[ir.Value | None] = set()
        self._inside: set[ir.Value | None] = set()
        self._parent: dict[ir.Value, ir.Value] = {}
        for node in graph:
            if self._is_convertible(node):
                self.nodes[node] = None
                self._inside.update(node.outputs)
                self._share_scale(node)

    def _is_convertible(self, node: ir.Node) -> bool:
        """Return whether a node belongs to the network or its backward pass."""
        output = node.outputs[0]
        if node.op_type == "Conv":
            weight = constant_of(node.inputs[1])
            return weight is not None and max(weight.shape[:2]) > 3  # not the preprocessing
        if self._inside.isdisjoint(node.inputs):
            return False
        if node.op_type == "Cast":  # the mask of a comparison
            return output.dtype == _SINGLE
        if node.op_type in _CHOOSING:
            return len(self._scaled(node)) == 1 or node.op_type == "Where"
        return node.op_type in _HOMOGENEOUS | _COMPARING and len(shape_of(output)) == 4

    def _scaled(self, node: ir.Node) -> list[ir.Value]:
        """List the inputs that have a scale: computed floats other than masks."""
        inputs = node.inputs[:1] if node.op_type in ("Conv", "Resize") else node.inputs
        return [
            value
            for value in inputs
            if value is not None
            and value.dtype == _SINGLE
            and value not in self.masks
            and constant_of(value) is None
        ]

    def _share_scale(self, node: ir.Node) -> None:
        """Record that inputs and output of a node have the same scale, if they must."""
        scaled, output = self._scaled(node), node.outputs[0]
        if node.op_type == "Conv":
            self._root(scaled[0])
            self._root(output)
        elif not scaled:
            self.masks.update(node.outputs)
        else:
            together = scaled if node.op_type in _COMPARING else [*scaled, output]
            for value in together[1:]:
                self._parent[self._root(value)] = self._root(together[0])

    def _root(self, value: ir.Value) -> ir.Value:
        """Return the value that stands for all that have the same scale as this one."""
        while (parent := self._parent.setdefault(value, value)) is not value:
            value = parent
        return value

    def values(self) -> Iterator[ir.Value]:
        """Yield every value that has a scale."""
        yield from list(self._parent)

    def exponents(self, peaks: Mapping[str, float]) -> dict[ir.Value, int]:
        """Return the exponent of each value's scale, a power of two."""
        largest: dict[ir.Value, float] = {}
        for value in self.values():
            root = self._root(value)
            largest[root] = max(largest.get(root, 0.0), peaks[str(value.name)])
        scales = {root: _TARGET - frexp(peak)[1] if peak else 0 for root, peak in largest.items()}
        self._lower_scales(scales)
        return {value: scales[self._root(value)] for value in self.values()}

    def _lower_scales(self, scales: dict[ir.Value, int]) -> None:
        """Lower scales until the kernels, multiplied by their ratios, are in the range of float16.

        The ratio would be too large where a cotangent is added to a far larger one.
        """
        convolutions = []
        for node in self.nodes:
            if node.op_type == "Conv":
                weight = constant_of(node.inputs[1])
                assert node.inputs[0] is not None  # noqa: S101  every Conv has one
                assert weight is not None  # noqa: S101  `_is_convertible` has checked it
                size = frexp(float(np.abs(weight).max()))[1]
                roots = self._root(node.inputs[0]), self._root(node.outputs[0])
                convolutions.append((*roots, size))
        changed = True
        while changed:
            changed = False
            for before, after, size in convolutions:
                for lower, bound in (
                    (after, scales[before] + _LARGEST_KERNEL - size),
                    (before, scales[after] + size - _SMALLEST_KERNEL),
                ):
                    if scales[lower] > bound:
                        scales[lower], changed = bound, True


class _Conversion:
    """Replaces the planned nodes by nodes in float16, with casts between them and the others."""

    def __init__(self, graph: ir.Graph, plan: _Plan, exponents: Mapping[ir.Value, int]) -> None:
        self._graph, self._plan, self._exponents = graph, plan, exponents
        self._ops = Ops(graph)
        self._halves: dict[ir.Value, ir.Value] = {}
        self._singles: dict[ir.Value, ir.Value] = {}

    def run(self) -> None:
        """Convert the graph."""
        for node in list(self._graph):
            if node in self._plan.nodes:
                self._halves[node.outputs[0]] = self._convert(node)
            else:
                for i, value in enumerate(node.inputs):
                    if value in self._halves:
                        node.replace_input_with(i, self._single(value))
        for i, output in enumerate(self._graph.outputs):
            if output in self._halves:
                name, output.name = output.name, None
                self._graph.outputs[i] = self._single(output)
                self._graph.outputs[i].name = name
        self._graph.remove(list(self._plan.nodes), safe=True)

    def _convert(self, node: ir.Node) -> ir.Value:
        attributes = dict(node.attributes)
        if node.op_type == "Cast":
            return self._ops.emit("Cast", [self._half(node.inputs[0])], {"to": int(_HALF)})[0]
        if node.op_type == "Conv":
            inputs = self._scaled_kernel(node)
        elif node.op_type == "Resize":
            inputs = [self._half(node.inputs[0]), *node.inputs[1:]]
        else:
            known = [v for v in node.inputs if v is not None and v in self._exponents]
            shared = (
                self._exponents[known[0]] if known and node.op_type not in ("Mul", "Div") else 0
            )
            inputs = [self._half(value, shared) for value in node.inputs]
        return self._ops.emit(node.op_type, inputs, attributes)[0]

    def _scaled_kernel(self, node: ir.Node) -> list[ir.Value | None]:
        x, weight, *bias = node.inputs
        assert x is not None  # noqa: S101  every Conv has one
        before, after = (self._exponents[value] for value in (x, node.outputs[0]))
        return [
            self._half(x),
            self._half(weight, after - before),
            *(self._half(value, after) for value in bias),
        ]

    def _half(self, value: ir.Value | None, exponent: int = 0) -> ir.Value | None:
        """Return a value scaled, in float16; a constant by 2^exponent; a non-float unchanged."""
        if value is None or value in self._halves:
            return None if value is None else self._halves[value]
        if value.dtype != _SINGLE:
            return value
        array = constant_of(value)
        if array is not None:
            with np.errstate(over="ignore"):  # a pool's lowest number becomes −∞
                return self._ops.constant((array * 2.0**exponent).astype(np.float16))
        scaled = self._ops.scale(value, 2.0 ** self._exponents.get(value, 0))
        self._halves[value] = half = self._ops.cast(scaled, _HALF)
        return half

    def _single(self, value: ir.Value) -> ir.Value:
        """Return a converted value in float32, without its scale."""
        if value.dtype != _SINGLE:
            return self._halves[value]
        if value not in self._singles:
            cast = self._ops.cast(self._halves[value], _SINGLE)
            self._singles[value] = self._ops.scale(cast, 2.0 ** -self._exponents.get(value, 0))
        return self._singles[value]
