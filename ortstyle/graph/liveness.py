"""Prediction of the memory that a graph needs while ONNX Runtime runs it on the CPU.

Nothing is run. The steps of the graph are sorted into the order in which they will run, and each
result is allocated at its step and freed after its last use. The largest sum of sizes is the memory
needed.

ONNX Runtime transforms the graph, which changes that sum, so this module does the same as far as it
matters: constants are folded, a transposition becomes part of the product that takes it, results
overwrite inputs that are not needed any more, and convolutions and pools work in a layout of
blocked channels, to and from which tensors are copied. Source: ONNX Runtime's graph.cc,
allocation_planner.cc and nchwc_transformer.cc.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod

import onnx_ir as ir

from ortstyle.errors import GraphError
from ortstyle.graph.node import input_of, int_attribute
from ortstyle.graph.values import constant_of, shape_of

#: Operators whose result is their input in the same memory.
_ALIASES = frozenset({"Reshape", "Identity", "Squeeze", "Unsqueeze", "Flatten"})
#: By operator, the inputs that the result may overwrite.
_OVERWRITES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), (0, 1)),
    **dict.fromkeys(("Relu", "Sqrt", "Cast", "Clip"), (0,)),
}
#: Operators that work in blocks of channels if all their inputs are in blocks.
_BLOCKED_LIKE_INPUTS = frozenset({"Relu", "Add", "Mul", "Resize"})
_BLOCK = 16  # channels with AVX-512; other processors have blocks of 8, which need no more memory


def peak_bytes(model: ir.Model) -> int:
    """Predict the peak number of bytes of the results that are in memory while a graph runs.

    Inputs and initializers, which are in memory throughout, are not counted; see `held_bytes`.

    Parameters
    ----------
    model
        A model with static shapes.

    Returns
    -------
    int
        The largest sum of the sizes of results that are in memory together.

    Raises
    ------
    GraphError
        A shape is not static.
    """
    return max(alive_bytes(model), default=0)


def alive_bytes(model: ir.Model) -> list[int]:
    """Predict the bytes of the results that are in memory at each step of a run, in order.

    The largest is `peak_bytes`, which see. Graphs of one network for different sizes have the same
    steps as long as the same convolutions are rewritten.
    """
    steps = _sorted_as_run(_Steps(model.graph).steps)
    buffers = _buffers_of(steps)
    last: dict[_Tensor, int] = {}
    for k, step in enumerate(steps):
        last |= {buffers[tensor]: k for tensor in (*step.reads, step.writes)}
    ends: list[int] = [0] * len(steps)
    for buffer, k in last.items():
        if not buffer.is_input and not buffer.is_output:
            ends[k] += buffer.size
    found, alive = [], 0
    for step, ended in zip(steps, ends, strict=True):
        if buffers[step.writes] is step.writes:
            alive += step.writes.size
        found.append(alive)
        alive -= ended
    return found


def held_bytes(model: ir.Model) -> int:
    """Return the bytes of a graph's inputs and initializers, which `peak_bytes` leaves out."""
    given = [value for value in model.graph.inputs if not value.is_initializer()]
    return sum(map(_size, given)) + weight_bytes(model)


def weight_bytes(model: ir.Model) -> int:
    """Return the bytes of a graph's initializers."""
    return sum(_size(value) for value in model.graph.initializers.values())


def _size(value: ir.Value, shape: Sequence[int] | None = None) -> int:
    if value.dtype is None:
        raise GraphError(f"value {value.name!r} has no dtype")
    return int(prod(shape_of(value) if shape is None else shape) * value.dtype.itemsize)


# the steps


@dataclass(eq=False)
class _Tensor:
    """A tensor in memory: its bytes, whether it is a graph input, whether it is a graph output."""

    size: int
    is_input: bool = False
    is_output: bool = False


@dataclass(eq=False)
class _Step:
    """The run of one kernel: what it reads and writes, and which inputs its result may overwrite.

    `rank` is the index of its node in the graph after all transformations. The result of an alias
    is its input under another name.
    """

    rank: int
    reads: list[_Tensor]
    writes: _Tensor
    overwritable: list[_Tensor] = field(default_factory=list)
    alias: bool = False


class _Steps:
    """The steps of a graph after the transformations of ONNX Runtime.

    A step has one result; an operator with several results has a step for each.
    """

    def __init__(self, graph: ir.Graph) -> None:
        self.steps: list[_Step] = []
        self._plain = {value: _Tensor(_size(value), is_input=True) for value in graph.inputs}
        self._blocked: dict[ir.Value, _Tensor] = {}
        self._block_results: set[ir.Value] = set()  # values that a kernel writes in blocks
        self._new_rank = len(graph)  # a node that replaces another has an index after all others
        constant = {*graph.initializers.values()}
        for rank, node in enumerate(graph):
            inputs = [value for value in node.inputs if value and value not in constant]
            if inputs:
                self._append(node, inputs, rank)
            else:
                constant.update(node.outputs)
        for value in graph.outputs:
            if value not in constant:
                self._in_plain(value).is_output = True

    def _append(self, node: ir.Node, inputs: Sequence[ir.Value], rank: int) -> None:
        result = node.outputs[0]
        if _works_in_blocks(node) or (
            node.op_type in _BLOCKED_LIKE_INPUTS
            and all(value in self._block_results for value in inputs)
        ):
            layout = self._in_plain if _reads_plain(node) else self._in_blocks
            self._blocked[result] = _Tensor(_size(result, _padded(result)))
            self._block_results.add(result)
            self._add(
                node,
                [layout(v) for v in inputs],
                self._blocked[result],
                rank + self._new_rank,
            )
            return
        reads = [self._in_plain(value) for value in inputs]
        fused = node.op_type == "MatMul" and any(_is_fused_transpose(value) for value in inputs)
        for value in node.outputs:
            self._plain[value] = _Tensor(_size(value))
            self._add(node, reads, self._plain[value], rank + self._new_rank * fused)

    def _add(self, node: ir.Node, reads: list[_Tensor], writes: _Tensor, rank: int) -> None:
        overwritable = [reads[k] for k in _OVERWRITES.get(node.op_type, ()) if k < len(reads)]
        alias = node.op_type in _ALIASES or _is_fused_transpose(node.outputs[0])
        self.steps.append(_Step(rank, reads, writes, overwritable, alias))

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
        self.steps.append(_Step(2 * self._new_rank + len(self.steps), [source], target))


def _padded(value: ir.Value) -> list[int]:
    """Return the shape of a value with its channels padded to whole blocks."""
    batch, channels, *size = shape_of(value)
    return [batch, -(-channels // _BLOCK) * _BLOCK, *size]


def _works_in_blocks(node: ir.Node) -> bool:
    """Return whether a node is a convolution or pool that works in blocks of channels."""
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
    depthwise = inputs == 1 and outputs == group
    return depthwise or (inputs % _BLOCK == 0 and outputs // group % _BLOCK == 0)


def _reads_plain(node: ir.Node) -> bool:
    """Return whether a kernel in blocks reads the plain layout: a Conv of a picture does."""
    few = node.op_type == "Conv" and shape_of(input_of(node, 1))[1] < _BLOCK
    return few and int_attribute(node, "group", 1) == 1


def _is_fused_transpose(value: ir.Value) -> bool:
    """Return whether a value is a transposition that ONNX Runtime fuses into its products."""
    node = value.producer()
    return (
        node is not None
        and node.op_type == "Transpose"
        and not value.is_graph_output()
        and all(use.node.op_type == "MatMul" for use in value.uses())
    )


# the order of the steps and the buffers of their results


def _sorted_as_run(steps: Iterable[_Step]) -> list[_Step]:
    """Sort steps as ONNX Runtime does: by a depth-first search from the last results back.

    Of the steps that a step depends on, the one of the highest rank is visited first.
    """
    writers = {step.writes: step for step in steps}
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
            sources = {writers[tensor] for tensor in step.reads if tensor in writers}
            waiting.extend((s, False) for s in sorted(sources, key=lambda step: step.rank))
    return found


def _buffers_of(steps: Sequence[_Step]) -> dict[_Tensor, _Tensor]:
    """Return, for each tensor, the tensor whose memory it is written to: itself or another."""
    uses = Counter(tensor for step in steps for tensor in step.reads)
    buffers: dict[_Tensor, _Tensor] = {}
    uses_left: Counter[_Tensor] = Counter()
    for step in steps:
        for tensor in step.reads:
            if tensor not in buffers:  # an input of the graph
                buffers[tensor] = tensor
                uses_left[tensor] = uses[tensor] + 1
        result = step.writes
        buffer = result
        if not result.is_output:
            if step.alias:
                buffer = buffers[step.reads[0]]
            for tensor in () if step.alias else step.overwritable:
                if uses_left[buffers[tensor]] == 1 and tensor.size == result.size:
                    buffer = buffers[tensor]
                    break
        buffers[result] = buffer
        uses_left[buffer] += uses[result] + result.is_output
        for tensor in step.reads:
            uses_left[buffers[tensor]] -= 1
    return buffers
