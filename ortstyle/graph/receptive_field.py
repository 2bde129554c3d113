"""Which pixels a place of a layer sees: what a tile of a picture needs about it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from math import lcm

import onnx_ir as ir

from ortstyle.errors import GraphError
from ortstyle.graph.network import Network
from ortstyle.graph.ops import Ops, constant_of, shape_of

_BY_PLACE = {
    *("Add", "BatchNormalization", "Cast", "Clip", "Concat", "Div", "Dropout", "Elu", "Exp"),
    *("HardSigmoid", "HardSwish", "Identity", "LRN", "LeakyRelu", "Mul", "Neg", "PRelu", "Pow"),
    *("Relu", "Selu", "Sigmoid", "Softplus", "Sqrt", "Sub", "Tanh", "ThresholdedRelu"),
}
_BY_WINDOW = {"AveragePool", "Conv", "LpPool", "MaxPool"}

Sides = tuple[bool, bool, bool, bool]


@dataclass(frozen=True)
class ReceptiveField:
    """A receptive field along one axis: place k sees pixels jump·k − before … jump·k + after.

    Araujo, Norris, Sim 2019, *Computing Receptive Fields of Convolutional Neural Networks*,
    section 2.
    """

    jump: int = 1
    before: int = 0
    after: int = 0

    def through(self, kernel: int, stride: int, pad: int) -> "ReceptiveField":
        """Give the field behind a window of so many places, `pad` of them before the first."""
        return ReceptiveField(
            self.jump * stride,
            self.before + pad * self.jump,
            self.after + (kernel - 1 - pad) * self.jump,
        )

    def united(self, other: "ReceptiveField") -> "ReceptiveField":
        """Give what either sees; `ValueError` where their places do not correspond."""
        if self.jump != other.jump:
            raise ValueError(f"meets places every {self.jump} and {other.jump} pixels")
        return ReceptiveField(
            self.jump, max(self.before, other.before), max(self.after, other.after)
        )


ReceptiveFields = tuple[ReceptiveField, ReceptiveField]


@dataclass(frozen=True)
class LayerGrid:
    """The places of a layer in a tile.

    Attributes
    ----------
    jumps
        (vertical, horizontal): pixels from one place to the next.
    margin
        Pixels about the tile's core that it covers, at sides that are not the picture's.
    """

    jumps: tuple[int, int]
    margin: int


@dataclass(frozen=True)
class TileMargins:
    """What a tile needs for some layers.

    Attributes
    ----------
    grids
        Of the values on the way to them, by name: the deeper one is, the less margin it needs.
    margin
        Pixels about a tile's core that places in it may see, a multiple of `align`.
    align
        TileSizes, their cores and all margins begin and end at multiples of so many pixels.
    """

    grids: dict[str, LayerGrid]
    margin: int
    align: int


@dataclass(frozen=True)
class MarginCrop:
    """Cuts what the layers of a tile need not cover.

    Parameters
    ----------
    grids
        Of the layers, by name.
    sides
        Whether the tile has a margin above, below, on the left and on the right.
    """

    grids: Mapping[str, LayerGrid]
    sides: Sides

    def __call__(self, ops: Ops, placed: ir.Value, of: ir.Value, node: ir.Node) -> ir.Value:
        """Cut what a node takes, `placed` for the network's value `of`, to what it is to cover."""
        taken, given = (self.grids.get(str(value.name)) for value in (of, node.outputs[0]))
        less = taken.margin - given.margin if taken and given else 0
        if not taken or not less or not any(self.sides):
            return placed
        size = shape_of(placed)[2:]
        bounds = [
            (before * less // jump, length - after * less // jump)
            for length, jump, before, after in zip(
                size, taken.jumps, self.sides[::2], self.sides[1::2], strict=True
            )
        ]
        starts, ends = zip(*bounds, strict=True)
        return ops.slice(placed, starts, ends, [2, 3])


def tile_margins(network: Network, layers: Iterable[str]) -> TileMargins:
    """Find what tiles need so that layers see in them what they see in the whole picture.

    Raises
    ------
    GraphError
        An operator on the way sees the whole picture, or pads by a rule of its own.
    """
    fields = _walk(network)
    wanted = {network.layer(name): _found(fields, network, name) for name in layers}
    align = lcm(*(field.jump for pair in wanted.values() for field in pair))
    needed: dict[ir.Value, int] = {}
    jumps: dict[ir.Value, tuple[int, int]] = {}
    for layer, seen in wanted.items():
        for value, of in _way(fields, layer):
            pixels = max(0, *(_between(a, b) for a, b in zip(of, seen, strict=True)))
            needed[value] = max(needed.get(value, 0), -(-pixels // align) * align)
            jumps[value] = of[0].jump, of[1].jump
    margins: dict[ir.Value, int] = {}
    for value in fields:
        if value in needed:
            margins[value] = _margin(value, needed, margins)
    grids = {str(v.name): LayerGrid(jumps[v], margin) for v, margin in margins.items()}
    return TileMargins(grids, margins.get(network.input, 0), align)


def boundary_layer(network: Network, layers: Iterable[str], *, apart: int) -> str | None:
    """Find where to cut a network, so that tiles in front of it need narrow margins only.

    That is the first value the places of which lie `apart` places of what the network begins with
    from each other, if some of `layers` are deeper and all that is deeper sees the picture through
    it alone; None where there is no such value.
    """
    wanted = {network.layer(name) for name in layers}
    for value, found in _walk(network).items():
        if isinstance(found, str) or min(field.jump for field in found) < apart:
            continue
        deeper = _deeper(network, value)
        if deeper is not None and wanted & deeper:
            return str(value.name)
    return None


def _deeper(network: Network, value: ir.Value) -> set[ir.Value] | None:
    """Give the layers behind a value; None if some of them also see the picture past it."""
    before = {network.input, *network.layers.values()}
    found: set[ir.Value] = set()
    for node in network.graph:
        seen = {v for v in node.inputs if v is not None and v in before}
        behind = {v for v in seen if v is value or v in found}
        if behind and seen - behind:
            return None
        if behind:
            found.update(node.outputs)
    return found


def _way(
    fields: Mapping[ir.Value, ReceptiveFields | str], layer: ir.Value
) -> Iterator[tuple[ir.Value, ReceptiveFields]]:
    """Give the values that a layer is computed from, and itself, with their fields."""
    seen: set[ir.Value] = set()
    waiting: list[ir.Value | None] = [layer]
    while waiting:
        value = waiting.pop()
        if value is None or value in seen or value not in fields:
            continue
        seen.add(value)
        found, node = fields[value], value.producer()
        if not isinstance(found, str):
            yield value, found
        waiting.extend(node.inputs if node else ())


def _between(near: ReceptiveField, deep: ReceptiveField) -> int:
    """Give the pixels about a core that `near` must cover for `deep` to be right in the core.

    The last place of a core begins a jump before its end.
    """
    before, after = deep.before - near.before, deep.after - deep.jump - near.after + near.jump
    return max(before, after)


def _margin(
    value: ir.Value, needed: Mapping[ir.Value, int], margins: Mapping[ir.Value, int]
) -> int:
    """Give the margin of a value: what a window takes is cut to what is needed of it."""
    node = value.producer()
    if node is None or not any(v in margins for v in node.inputs):  # what the network begins with
        return needed[value]
    kept = needed if node.op_type in _BY_WINDOW else margins
    return min(kept[v] for v in node.inputs if v is not None and v in margins)


def _found(
    fields: dict[ir.Value, ReceptiveFields | str], network: Network, name: str
) -> ReceptiveFields:
    found = fields[network.layer(name)]
    if isinstance(found, str):
        raise GraphError(f"{network.path.name}: layer {name!r} can't be painted in tiles: {found}")
    return found


def _walk(network: Network) -> dict[ir.Value, ReceptiveFields | str]:
    """Give the fields of every layer, or why it has none."""
    fields: dict[ir.Value, ReceptiveFields | str] = {
        network.input: (ReceptiveField(), ReceptiveField())
    }
    for node in network.graph:
        inputs = [fields[v] for v in node.inputs if v is not None and v in fields]
        if inputs:
            found = _behind(node, inputs)
            fields.update((output, found) for output in node.outputs)
    return fields


def _behind(node: ir.Node, inputs: list[ReceptiveFields | str]) -> ReceptiveFields | str:
    """Give the fields behind a node, or why there are none."""
    fields: list[ReceptiveFields] = []
    for found in inputs:
        if isinstance(found, str):
            return found
        fields.append(found)
    try:
        rows, columns = (reduce(ReceptiveField.united, axis) for axis in zip(*fields, strict=True))
        if node.op_type in _BY_PLACE:
            return rows, columns
        return _behind_window(node, rows, columns)
    except ValueError as error:
        return f"{node.op_type} {node.name or node.outputs[0].name} {error}"


def _behind_window(node: ir.Node, *fields: ReceptiveField) -> ReceptiveFields:
    """Give the fields behind a window; `ValueError` says why there are none."""
    attributes = {name: a.value for name, a in node.attributes.items()}
    if node.op_type not in _BY_WINDOW:
        raise ValueError("may see the whole picture")
    if attributes.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise ValueError("pads by a rule of its own")
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
