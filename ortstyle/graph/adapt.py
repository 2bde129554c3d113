"""What is changed in a network for painting: how it pools, and what lies beyond the border."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import onnx_ir as ir

from ortstyle.errors import GraphError
from ortstyle.graph.ops import Ops, shape_of

Pooling = Literal["max", "avg", "l2"]
Padding = Literal["zero", "replicate", "reflect"]

#: How much smaller than maxima the pools of VGG-19 come out; benchmarks/pooling.py measures it.
GAINS: dict[Pooling, float] = {"max": 1.0, "avg": 1.65, "l2": 1.4}
_TINY = 1e-6  # below the root of an L2 pool, which has no slope at 0


@dataclass(frozen=True)
class Adaptation:
    """What to change in a network.

    Attributes
    ----------
    pooling
        "max" leaves its max-pools as they are; "avg" takes means of the same windows instead
        (Gatys, Ecker, Bethge 2015, section 2), "l2" the roots of the means of squares.
    rescale
        Multiply means so that activations keep their size, as the layers above were trained for;
        the papers do not. After style-transfer-pytorch (K. Crowson).
    padding
        What the first convolution sees beyond the border of the picture: "zero", the mean colour,
        as trained; or the border's pixels, "replicate"; or their mirror image, "reflect". The
        first is enough to be rid of frames, as its features are what the later ones see.
    """

    pooling: Pooling = "max"
    rescale: bool = False
    padding: Padding = "zero"

    def pool(
        self,
        ops: Ops,
        inputs: Sequence[ir.Value | None],
        attributes: dict[str, Any],
        name: str,
    ) -> ir.Value:
        """Append what takes the place of a max-pool."""
        attributes.pop("storage_order", None)
        if any(d != 1 for d in attributes.pop("dilations", [])):
            raise GraphError(f"MaxPool {name!r} is dilated: no average pool can replace it")
        (x,) = inputs
        assert x is not None  # noqa: S101  every pool has an input
        gain = GAINS[self.pooling] if self.rescale else 1.0
        if self.pooling == "avg":
            return ops.scale(ops.emit("AveragePool", inputs, attributes, name=name)[0], gain)
        square = ops.emit("AveragePool", [ops.mul(x, x)], attributes, name=name)[0]
        return ops.scale(ops.sqrt(ops.add(square, ops.like(square, _TINY))), gain)

    def pad(
        self,
        ops: Ops,
        inputs: Sequence[ir.Value | None],
        attributes: dict[str, Any],
        name: str,
    ) -> tuple[ir.Value | None, dict[str, Any]]:
        """Give the input and the attributes of a convolution that sees what lies beyond."""
        x, pads = inputs[0], list(attributes.get("pads", []))
        if self.padding == "zero" or x is None:
            return x, attributes
        if attributes.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
            raise GraphError(f"Conv {name!r} pads by itself: --padding can only be zero")
        rank = len(pads) // 2
        for axis, (before, after) in enumerate(zip(pads[:rank], pads[rank:], strict=True), 2):
            x = _extend(ops, x, axis, before, after, mirror=self.padding == "reflect")
        return x, attributes | {"pads": [0] * len(pads)}


def _extend(ops: Ops, x: ir.Value, axis: int, before: int, after: int, *, mirror: bool) -> ir.Value:
    """Lengthen an axis by copies of its ends.

    A sum of slices, each with zeros about it: Pad's other modes are not in every provider.
    """
    shape = shape_of(x)
    size, rank = shape[axis], len(shape)
    if mirror and max(before, after) >= size:
        raise GraphError("the picture is too small to be reflected at its border")

    def placed(value: ir.Value, at: int) -> ir.Value:
        lead, rest = [0] * rank, [0] * rank
        lead[axis], rest[axis] = at, before + size + after - at - shape_of(value)[axis]
        return ops.pad(value, lead, rest)

    total = placed(x, before)
    for k in range(1, before + 1):
        source = k if mirror else 0
        total = ops.add(total, placed(ops.slice(x, [source], [source + 1], [axis]), before - k))
    for k in range(1, after + 1):
        source = size - 1 - (k if mirror else 0)
        edge = ops.slice(x, [source], [source + 1], [axis])
        total = ops.add(total, placed(edge, before + size - 1 + k))
    return total
