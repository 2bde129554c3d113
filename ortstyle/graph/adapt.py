"""Changes to a network for style transfer: its pooling and its padding at the border."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import onnx_ir as ir

from ortstyle.errors import GraphError
from ortstyle.graph.ops import Ops
from ortstyle.graph.values import shape_of
from ortstyle.settings.value_types import Padding, Pooling

#: Ratios of VGG-19's max-pools to other pools in size; benchmarks/pooling.py measures them.
GAINS: dict[Pooling, float] = {"max": 1.0, "avg": 1.65, "l2": 1.4}
_WIDEST = 64  # pixels that a border is extended by; each takes some operators
_TINY = 1e-6  # added to the square of an L2 pool, whose root has an infinite slope at 0


@dataclass(frozen=True)
class Adaptation:
    """The changes made to a network before it is used.

    Attributes
    ----------
    pooling
        "max" keeps its max-pools; "avg" takes means of the same windows instead (Gatys, Ecker,
        Bethge 2015, section 2), and "l2" the roots of the means of squares.
    rescale
        Whether to multiply the results of other pools so that activations keep the size for which
        the deeper layers were trained. The papers do not; style-transfer-pytorch (K. Crowson) does.
    padding
        What the first convolution sees beyond the border of the picture: "zero" is the mean colour,
        as in training, "replicate" the pixels of the border, "reflect" their mirror image. Changing
        the first convolution is enough to avoid a visible frame in the result, as the later ones
        see its features.
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
        """Append the pool that replaces a max-pool of these inputs and attributes."""
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
        """Append a convolution's padding to its input; return it and attributes without pads."""
        x, pads = inputs[0], list(attributes.get("pads", []))
        if self.padding == "zero" or x is None:
            return x, attributes
        if attributes.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
            raise GraphError(f"Conv {name!r} has automatic padding: --padding can only be zero")
        if not any(pads):
            return x, attributes
        if len(pads) != 4 or not all(0 <= n <= _WIDEST for n in pads):
            raise GraphError(
                f"Conv {name!r} has pads other than 4 numbers of 0 to {_WIDEST}: --padding can "
                "only be zero"
            )
        rank = len(pads) // 2
        for axis, (before, after) in enumerate(zip(pads[:rank], pads[rank:], strict=True), 2):
            x = _extend(ops, x, axis, before, after, mirror=self.padding == "reflect")
        return x, attributes | {"pads": [0] * len(pads)}


def _extend(ops: Ops, x: ir.Value, axis: int, before: int, after: int, *, mirror: bool) -> ir.Value:
    """Extend an axis by copies or the mirror image of its ends.

    The result is a sum of slices padded with zeros: not every provider has Pad's other modes.
    """
    shape = shape_of(x)
    size, rank = shape[axis], len(shape)
    if mirror and max(before, after) >= size:
        raise GraphError("the picture is too small to be reflected at its border")

    def padded(value: ir.Value, at: int) -> ir.Value:
        lead, rest = [0] * rank, [0] * rank
        lead[axis], rest[axis] = at, before + size + after - at - shape_of(value)[axis]
        return ops.pad(value, lead, rest)

    total = padded(x, before)
    for k in range(1, before + 1):
        source = k if mirror else 0
        total = ops.add(total, padded(ops.slice(x, [source], [source + 1], [axis]), before - k))
    for k in range(1, after + 1):
        source = size - 1 - (k if mirror else 0)
        edge = ops.slice(x, [source], [source + 1], [axis])
        total = ops.add(total, padded(edge, before + size - 1 + k))
    return total
