"""What a graph takes of memory while ONNX Runtime's processor runs it.

Nothing is run: the steps are put in the order in which they will run, each result is allocated at
its step and freed after its last use, and the sum of what is alive is the answer.

What ONNX Runtime makes of the graph changes that sum, so it is followed where it matters: constants
are folded, a transposition goes into the product that takes it, results are written over inputs
that nobody needs any more, and convolutions and pools work in a layout of blocked channels, to and
from which copies are made. Its graph.cc, allocation_planner.cc and nchwc_transformer.cc are the
source.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod

import onnx_ir as ir

from ortstyle.errors import GraphError
from ortstyle.graph.node import input_of, int_attribute
from ortstyle.graph.ops import constant_of, shape_of

_ALIASES = frozenset({"Reshape", "Identity", "Squeeze", "Unsqueeze", "Flatten"})
#: By operator, the inputs over which the result may be written.
_OVERWRITES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), (0, 1)),
    **dict.fromkeys(("Relu", "Sqrt", "Cast", "Clip"), (0,)),
}
_FOLLOWS = frozenset({"Relu", "Add", "Mul", "Resize"})  # are blocked where their inputs are
_BLOCK = 16  # channels with AVX-512; with 8, on lesser processors, nothing needs more


def peak_bytes(model: ir.Model) -> int:
    """Predict the bytes of the results that are alive at once while a graph runs.

    Inputs and initializers are there all the time and not counted; see `held_bytes`.

    Parameters
    ----------
    model
        Every shape static.

    Returns
    -------
    int
        The largest sum of the sizes of results alive together.

    Raises
    ------
    GraphError
        A shape is not static.
    """
    steps = _in_order(_Steps(model.graph).found)
    buffers = _planned(steps)
    last: dict[_Tensor, int] = {}
    for k, step in enumerate(steps):
        last |= {buffers[tensor]: k for tensor in (*step.reads, step.writes)}
    ends: list[int] = [0] * len(steps)
    for buffer, k in last.items():
        if not buffer.given and not buffer.kept:
            ends[k] += buffer.size
    alive = peak = 0
    for step, ended in zip(steps, ends, strict=True):
        if buffers[step.writes] is step.writes:
            alive += step.writes.size
        peak = max(peak, alive)
        alive -= ended
    return peak


def held_bytes(model: ir.Model) -> int:
    """Sum the bytes of a graph's inputs and initializers; see `peak_bytes`."""
    given = [value for value in model.graph.inputs if not value.is_initializer()]
    return sum(map(_size, given)) + weight_bytes(model)


def weight_bytes(model: ir.Model) -> int:
    """Sum the bytes of a graph's initializers."""
    return sum(_size(value) for value in model.graph.initializers.values())


def _size(value: ir.Value, shape: Sequence[int] | None = None) -> int:
    if value.dtype is None:
        raise GraphError(f"value {value.name!r} has no dtype")
    return int(prod(shape_of(value) if shape is None else shape) * value.dtype.itemsize)


# what is to be done


@dataclass(eq=False)
class _Tensor:
    """Bytes in memory: `given` is there before, `kept` remains after."""

    size: int
    given: bool = False
    kept: bool = False


@dataclass(eq=False)
class _Step:
    """What a kernel reads and writes; the first of `over` that can be is written over."""

    rank: int
    reads: list[_Tensor]
    writes: _Tensor
    over: list[_Tensor] = field(default_factory=list)
    alias: bool = False


class _Steps:
    """The steps of a graph, as ONNX Runtime has it after its transformations.

    A step has one result; an operator with several has a step for each.
    """

    def __init__(self, graph: ir.Graph) -> None:
        self.found: list[_Step] = []
        self._plain = {value: _Tensor(_size(value), given=True) for value in graph.inputs}
        self._blocked: dict[ir.Value, _Tensor] = {}
        self._native: set[ir.Value] = set()  # those that a kernel writes in blocks
        self._changed = len(graph)  # a node that replaces another is numbered after all others
        constant = {*graph.initializers.values()}
        for rank, node in enumerate(graph):
            inputs = [value for value in node.inputs if value and value not in constant]
            if inputs:
                self._append(node, inputs, rank)
            else:
                constant.update(node.outputs)
        for value in graph.outputs:
            if value not in constant:
                self._in_plain(value).kept = True

    def _append(self, node: ir.Node, inputs: Sequence[ir.Value], rank: int) -> None:
        result = node.outputs[0]
        if _blocks(node) or (
            node.op_type in _FOLLOWS and all(value in self._native for value in inputs)
        ):
            take = self._in_plain if _takes_plain(node) else self._in_blocks
            self._blocked[result] = _Tensor(_size(result, _padded(result)))
            self._native.add(result)
            self._add(node, [take(v) for v in inputs], self._blocked[result], rank + self._changed)
            return
        reads = [self._in_plain(value) for value in inputs]
        fused = node.op_type == "MatMul" and any(_transposed(value) for value in inputs)
        for value in node.outputs:
            self._plain[value] = _Tensor(_size(value))
            self._add(node, reads, self._plain[value], rank + self._changed * fused)

    def _add(self, node: ir.Node, reads: list[_Tensor], writes: _Tensor, rank: int) -> None:
        over = [reads[k] for k in _OVERWRITES.get(node.op_type, ()) if k < len(reads)]
        alias = node.op_type in _ALIASES or _transposed(node.outputs[0])
        self.found.append(_Step(rank, reads, writes, over, alias))

    def _in_plain(self, value: ir.Value) -> _Tensor:
        if value not in self._plain:
            self._plain[value] = _Tensor(_size(value))
            self._reorder(self._blocked[value], self._plain[value])
        return self._plain[value]

    def _in_blocks(self, value: ir.Value) -> _Tensor:
        if value not in self._blocked:
            self._blocked[value] = _Tensor(_size(value, _padded(value)))
            self._reorder(self._in_plain(value), self._blocked[value])
        return self._blocked[value]

    def _reorder(self, source: _Tensor, target: _Tensor) -> None:
        self.found.append(_Step(2 * self._changed + len(self.found), [source], target))


def _padded(value: ir.Value) -> list[int]:
    batch, channels, *size = shape_of(value)
    return [batch, -(-channels // _BLOCK) * _BLOCK, *size]


def _blocks(node: ir.Node) -> bool:
    """Tell whether a convolution or pool works in blocks of channels."""
    result = node.outputs[0]
    if result.dtype != ir.DataType.FLOAT or len(shape_of(result)) != 4:
        return False
    if node.op_type in ("MaxPool", "AveragePool"):
        return len(node.outputs) == 1 and shape_of(result)[1] % _BLOCK == 0
    if node.op_type != "Conv" or constant_of(node.inputs[1]) is None:
        return False
    outputs, inputs = shape_of(input_of(node, 1))[:2]
    group = int_attribute(node, "group", 1)
    if group == 1:
        return inputs < _BLOCK or inputs % _BLOCK == 0
    if outputs % _BLOCK:
        return False
    alone = inputs == 1 and outputs == group
    return alone or (inputs % _BLOCK == 0 and outputs // group % _BLOCK == 0)


def _takes_plain(node: ir.Node) -> bool:
    """Tell whether a blocked kernel reads pictures, not blocks."""
    few = node.op_type == "Conv" and shape_of(input_of(node, 1))[1] < _BLOCK
    return few and int_attribute(node, "group", 1) == 1


def _transposed(value: ir.Value) -> bool:
    """Tell whether a value is a transposition that goes into the products that take it."""
    node = value.producer()
    return (
        node is not None
        and node.op_type == "Transpose"
        and not value.is_graph_output()
        and all(use.node.op_type == "MatMul" for use in value.uses())
    )


# when, and where


def _in_order(steps: Iterable[_Step]) -> list[_Step]:
    """Sort as ONNX Runtime does: by a search from the last results back, depth first.

    Of a step's sources the one numbered last comes first.
    """
    maker = {step.writes: step for step in steps}
    read = {tensor for step in steps for tensor in step.reads}
    leaves = [step for step in steps if step.writes not in read]
    waiting = [(step, False) for step in sorted(leaves, key=lambda step: step.rank)]
    seen: set[_Step] = set()
    found = []
    while waiting:
        step, done = waiting.pop()
        if done:
            found.append(step)
        elif step not in seen:
            seen.add(step)
            waiting.append((step, True))
            sources = {maker[tensor] for tensor in step.reads if tensor in maker}
            waiting.extend((s, False) for s in sorted(sources, key=lambda step: step.rank))
    return found


def _planned(steps: Sequence[_Step]) -> dict[_Tensor, _Tensor]:
    """Give the tensor in whose place each one is written, mostly itself."""
    uses = Counter(tensor for step in steps for tensor in step.reads)
    buffers: dict[_Tensor, _Tensor] = {}
    left: Counter[_Tensor] = Counter()
    for step in steps:
        for tensor in step.reads:
            if tensor not in buffers:  # given
                buffers[tensor] = tensor
                left[tensor] = uses[tensor] + 1
        result = step.writes
        place = result
        if not result.kept:
            if step.alias:
                place = buffers[step.reads[0]]
            for tensor in () if step.alias else step.over:
                if left[buffers[tensor]] == 1 and tensor.size == result.size:
                    place = buffers[tensor]
                    break
        buffers[result] = place
        left[place] += uses[result] + result.kept
        for tensor in step.reads:
            left[buffers[tensor]] -= 1
    return buffers
