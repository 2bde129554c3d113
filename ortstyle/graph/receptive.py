"""Which pixels a place of a layer sees: what a tile of a picture needs about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from math import lcm

import onnx_ir as ir

from ortstyle.errors import GraphError
from ortstyle.graph.network import Network
from ortstyle.graph.ops import constant_of

_BY_PLACE = {
    *("Add", "BatchNormalization", "Cast", "Clip", "Concat", "Div", "Dropout", "Elu", "Exp"),
    *("HardSigmoid", "HardSwish", "Identity", "LRN", "LeakyRelu", "Mul", "Neg", "PRelu", "Pow"),
    *("Relu", "Selu", "Sigmoid", "Softplus", "Sqrt", "Sub", "Tanh", "ThresholdedRelu"),
}
_BY_WINDOW = {"AveragePool", "Conv", "LpPool", "MaxPool"}


@dataclass(frozen=True)
class Field:
    """A receptive field along one axis: place k sees pixels jump·k − before … jump·k + after.

    Araujo, Norris, Sim 2019, *Computing Receptive Fields of Convolutional Neural Networks*,
    section 2.
    """

    jump: int = 1
    before: int = 0
    after: int = 0

    def through(self, kernel: int, stride: int, pad: int) -> "Field":
        """Give the field behind a window of so many places, `pad` of them before the first."""
        return Field(
            self.jump * stride,
            self.before + pad * self.jump,
            self.after + (kernel - 1 - pad) * self.jump,
        )

    def united(self, other: "Field") -> "Field":
        """Give what either sees; `ValueError` where their places do not correspond."""
        if self.jump != other.jump:
            raise ValueError(f"meets places every {self.jump} and {other.jump} pixels")
        return Field(self.jump, max(self.before, other.before), max(self.after, other.after))


Fields = tuple[Field, Field]


@dataclass(frozen=True)
class Reach:
    """What a tile needs for some layers.

    Attributes
    ----------
    jumps
        Of each layer, (vertical, horizontal): pixels from one place to the next.
    margin
        Pixels about a tile's core that places in it may see, a multiple of `align`.
    align
        Tiles and their cores begin at multiples of so many pixels.
    """

    jumps: dict[str, tuple[int, int]]
    margin: int
    align: int


def reach(network: Network, layers: Iterable[str]) -> Reach:
    """Find what tiles need so that layers see in them what they see in the whole picture.

    Raises
    ------
    GraphError
        An operator on the way sees the whole picture, or pads by a rule of its own.
    """
    fields = _walk(network)
    wanted = {name: _found(fields, network, name) for name in layers}
    axes = [field for pair in wanted.values() for field in pair]
    align = lcm(*(field.jump for field in axes))
    # A core's last place begins a jump before its end.
    needed = max(0, *(max(field.before, field.after - field.jump + 1) for field in axes))
    return Reach(
        jumps={name: (rows.jump, columns.jump) for name, (rows, columns) in wanted.items()},
        margin=-(-needed // align) * align,
        align=align,
    )


def _found(fields: dict[ir.Value, Fields | str], network: Network, name: str) -> Fields:
    found = fields[network.layer(name)]
    if isinstance(found, str):
        raise GraphError(f"{network.path.name}: layer {name!r} can't be painted in tiles: {found}")
    return found


def _walk(network: Network) -> dict[ir.Value, Fields | str]:
    """Give the fields of every layer, or why it has none."""
    fields: dict[ir.Value, Fields | str] = {network.input: (Field(), Field())}
    for node in network.graph:
        inputs = [fields[v] for v in node.inputs if v is not None and v in fields]
        if inputs:
            found = _behind(node, inputs)
            fields.update((output, found) for output in node.outputs)
    return fields


def _behind(node: ir.Node, inputs: list[Fields | str]) -> Fields | str:
    """Give the fields behind a node, or why there are none."""
    fields: list[Fields] = []
    for found in inputs:
        if isinstance(found, str):
            return found
        fields.append(found)
    try:
        rows, columns = (reduce(Field.united, axis) for axis in zip(*fields, strict=True))
        if node.op_type in _BY_PLACE:
            return rows, columns
        return _behind_window(node, rows, columns)
    except ValueError as error:
        return f"{node.op_type} {node.name or node.outputs[0].name} {error}"


def _behind_window(node: ir.Node, *fields: Field) -> Fields:
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
