"""Receptive fields of layers, and the margins that a tile of a picture needs because of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from math import lcm

import onnx_ir as ir

from ortstyle.errors import GraphError
from ortstyle.graph.network import Network
from ortstyle.graph.ops import Ops
from ortstyle.graph.values import constant_of, shape_of

#: Operators whose results at a spatial position depend on their inputs there alone.
_POINTWISE = {
    *("Add", "BatchNormalization", "Cast", "Clip", "Concat", "Div", "Dropout", "Elu", "Exp"),
    *("HardSigmoid", "HardSwish", "Identity", "LRN", "LeakyRelu", "Mul", "Neg", "PRelu", "Pow"),
    *("Relu", "Selu", "Sigmoid", "Softplus", "Sqrt", "Sub", "Tanh", "ThresholdedRelu"),
}
#: Operators whose results at a spatial position depend on a window of their input.
_WINDOWED = {"AveragePool", "Conv", "LpPool", "MaxPool"}

#: One flag for each side: top, bottom, left, right.
Sides = tuple[bool, bool, bool, bool]


@dataclass(frozen=True)
class ReceptiveField:
    """A receptive field on one axis: position k sees pixels jump·k − before … jump·k + after.

    Araujo, Norris, Sim 2019, *Computing Receptive Fields of Convolutional Neural Networks*,
    section 2.
    """

    jump: int = 1
    before: int = 0
    after: int = 0

    def through(self, kernel: int, stride: int, pad: int) -> "ReceptiveField":
        """Return the field of windows of `kernel` positions, padded with `pad` before the first."""
        return ReceptiveField(
            self.jump * stride,
            self.before + pad * self.jump,
            self.after + (kernel - 1 - pad) * self.jump,
        )

    def united(self, other: "ReceptiveField") -> "ReceptiveField":
        """Return the field that covers both; raises a `ValueError` if their jumps differ."""
        if self.jump != other.jump:
            raise ValueError(f"combines positions every {self.jump} and {other.jump} pixels")
        return ReceptiveField(
            self.jump, max(self.before, other.before), max(self.after, other.after)
        )


#: The fields on the vertical and the horizontal axis.
ReceptiveFields = tuple[ReceptiveField, ReceptiveField]


@dataclass(frozen=True)
class LayerGrid:
    """The grid of the spatial positions of a layer in a tile.

    Attributes
    ----------
    jumps
        (vertical, horizontal): pixels from one position to the next.
    margin
        Pixels beyond the tile's core that the layer covers, on sides where the tile has a margin.
    """

    jumps: tuple[int, int]
    margin: int


@dataclass(frozen=True)
class TileMargins:
    """The margins that make the features in a tile's core equal those of the whole picture.

    Attributes
    ----------
    grids
        The grids of the layers of the losses and of all values before them, by name. Deeper values
        need less margin.
    margin
        Margin of a tile in pixels, a multiple of `align`.
    align
        Tiles, cores and margins begin and end at multiples of this number of pixels.
    """

    grids: dict[str, LayerGrid]
    margin: int
    align: int


@dataclass(frozen=True)
class MarginCrop:
    """Crops the margins of layers in a tile to what deeper layers need; a `network.InputCrop`.

    Parameters
    ----------
    grids
        The grids of the layers, by name.
    sides
        On which sides the tile has a margin.
    """

    grids: Mapping[str, LayerGrid]
    sides: Sides

    def __call__(self, ops: Ops, taken: ir.Value, of: ir.Value, node: ir.Node) -> ir.Value:
        """Crop `taken`, which stands for `of` in the network, to the margin of a node's result."""
        before, after = (self.grids.get(str(value.name)) for value in (of, node.outputs[0]))
        surplus = before.margin - after.margin if before and after else 0
        if not before or not surplus or not any(self.sides):
            return taken
        size = shape_of(taken)[2:]
        bounds = [
            (first * surplus // jump, length - last * surplus // jump)
            for length, jump, first, last in zip(
                size, before.jumps, self.sides[::2], self.sides[1::2], strict=True
            )
        ]
        starts, ends = zip(*bounds, strict=True)
        return ops.slice(taken, starts, ends, [2, 3])


def tile_margins(network: Network, layers: Iterable[str]) -> TileMargins:
    """Compute the margins that make layers in a tile's core equal those of the whole picture.

    Raises
    ------
    GraphError
        An operator before one of the layers may depend on the whole picture, or has automatic
        padding.
    """
    fields = _fields(network)
    wanted = {network.layer(name): _field_of(fields, network, name) for name in layers}
    align = lcm(*(field.jump for pair in wanted.values() for field in pair))
    needed: dict[ir.Value, int] = {}
    jumps: dict[ir.Value, tuple[int, int]] = {}
    for layer, deep in wanted.items():
        for value, near in _ancestors(fields, layer):
            pixels = max(0, *(_pixels_beyond_core(a, b) for a, b in zip(near, deep, strict=True)))
            needed[value] = max(needed.get(value, 0), -(-pixels // align) * align)
            jumps[value] = near[0].jump, near[1].jump
    margins: dict[ir.Value, int] = {}
    for value in fields:
        if value in needed:
            margins[value] = _margin(value, needed, margins)
    grids = {str(v.name): LayerGrid(jumps[v], margin) for v, margin in margins.items()}
    return TileMargins(grids, margins.get(network.input, 0), align)


def boundary_layer(network: Network, layers: Iterable[str], *, least_jump: int) -> str | None:
    """Find the layer at which to cut a network, so that tiles before it need narrow margins only.

    This is the first layer whose jump, relative to the network's input, is at least `least_jump`,
    and from which alone all deeper layers are computed, some of `layers` among them.

    Returns
    -------
    str or None
        The name of the layer; None if there is no such layer.
    """
    wanted = {network.layer(name) for name in layers}
    for value, field in _fields(network).items():
        if isinstance(field, str) or min(axis.jump for axis in field) < least_jump:
            continue
        deeper = _computed_from(network, value)
        if deeper is not None and wanted & deeper:
            return str(value.name)
    return None


def _computed_from(network: Network, value: ir.Value) -> set[ir.Value] | None:
    """Return all layers computed from a value; None if one also depends on another layer."""
    layers = {network.input, *network.layers.values()}
    found: set[ir.Value] = set()
    for node in network.graph:
        inputs = {v for v in node.inputs if v is not None and v in layers}
        dependent = {v for v in inputs if v is value or v in found}
        if dependent and inputs - dependent:
            return None
        if dependent:
            found.update(node.outputs)
    return found


def _ancestors(
    fields: Mapping[ir.Value, ReceptiveFields | str], layer: ir.Value
) -> Iterator[tuple[ir.Value, ReceptiveFields]]:
    """Yield a layer and all values that it is computed from, with their fields."""
    seen: set[ir.Value] = set()
    waiting: list[ir.Value | None] = [layer]
    while waiting:
        value = waiting.pop()
        if value is None or value in seen or value not in fields:
            continue
        seen.add(value)
        field, node = fields[value], value.producer()
        if not isinstance(field, str):
            yield value, field
        waiting.extend(node.inputs if node else ())


def _pixels_beyond_core(near: ReceptiveField, deep: ReceptiveField) -> int:
    """Return the pixels beyond a core that `near` must cover so that `deep` is right in the core.

    The last position of a core begins a jump before the core's end.
    """
    before, after = deep.before - near.before, deep.after - deep.jump - near.after + near.jump
    return max(before, after)


def _margin(
    value: ir.Value, needed: Mapping[ir.Value, int], margins: Mapping[ir.Value, int]
) -> int:
    """Return the margin of a value, given those of the values before it.

    The input of a convolution or pool is cropped to the margin needed; other operators do not crop.
    """
    node = value.producer()
    if node is None or not any(v in margins for v in node.inputs):  # the network's input
        return needed[value]
    kept = needed if node.op_type in _WINDOWED else margins
    return min(kept[v] for v in node.inputs if v is not None and v in margins)


def _field_of(
    fields: dict[ir.Value, ReceptiveFields | str], network: Network, name: str
) -> ReceptiveFields:
    field = fields[network.layer(name)]
    if isinstance(field, str):
        raise GraphError(f"{network.path.name}: layer {name!r} can't be painted in tiles: {field}")
    return field


def _fields(network: Network) -> dict[ir.Value, ReceptiveFields | str]:
    """Return the fields of every layer, or the reason why a layer has none, as text."""
    fields: dict[ir.Value, ReceptiveFields | str] = {
        network.input: (ReceptiveField(), ReceptiveField())
    }
    for node in network.graph:
        inputs = [fields[v] for v in node.inputs if v is not None and v in fields]
        if inputs:
            field = _fields_after(node, inputs)
            fields.update((output, field) for output in node.outputs)
    return fields


def _fields_after(node: ir.Node, inputs: list[ReceptiveFields | str]) -> ReceptiveFields | str:
    """Return the fields of the results of a node, or the reason why there are none, as text."""
    fields: list[ReceptiveFields] = []
    for field in inputs:
        if isinstance(field, str):
            return field
        fields.append(field)
    try:
        rows, columns = (reduce(ReceptiveField.united, axis) for axis in zip(*fields, strict=True))
        if node.op_type in _POINTWISE:
            return rows, columns
        return _fields_after_window(node, rows, columns)
    except ValueError as error:
        return f"{node.op_type} {node.name or node.outputs[0].name} {error}"


def _fields_after_window(node: ir.Node, *fields: ReceptiveField) -> ReceptiveFields:
    """Return the fields of a windowed operator's results; raises `ValueError` if it has none."""
    attributes = {name: a.value for name, a in node.attributes.items()}
    if node.op_type not in _WINDOWED:
        raise ValueError("may depend on the whole picture")
    if attributes.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise ValueError("has automatic padding")
    kernel = attributes.get("kernel_shape") or _kernel(node)
    if len(kernel) != len(fields):
        raise ValueError("has a kernel of unknown size")
    strides, pads = attributes.get("strides", [1, 1]), attributes.get("pads", [0] * 4)
    dilations = attributes.get("dilations", [1, 1])
    rows, columns = (
        field.through((kernel[axis] - 1) * dilations[axis] + 1, strides[axis], pads[axis])
        for axis, field in enumerate(fields)
    )
    return rows, columns


def _kernel(node: ir.Node) -> tuple[int, ...]:
    array = constant_of(node.inputs[1] if len(node.inputs) > 1 else None)
    return () if array is None else array.shape[2:]
