"""Constants that a network computes, such as a weight from its codebook, in bounded memory.

A network may come from a stranger, and a few bytes of it may ask for a tensor of any size. So the
size of every result is inferred before it is computed, and only operators are computed whose work
is in proportion to what they read and write. Those that the evaluator computes number by number in
Python, such as Erf and GatherND, are not among them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.errors import GraphError, ModelError
from ortstyle.graph.shape_inference import ONNX_ERRORS, infer_outputs
from ortstyle.graph.values import constant_of, shape_of

MOST_BYTES = 1 << 29  # of all results of a network together
MOST_READ = 1 << 32  # bytes of the inputs of all operators that compute them
MOST_NODES = 5000  # on which one constant depends
_LARGE = 1024  # elements; smaller constants may be shapes, pads or statistics of colours

_COMPUTED = frozenset(
    """Abs Add Cast CastLike Ceil Clip Concat Constant ConstantOfShape DepthToSpace DequantizeLinear
    Div Equal Exp Expand Flatten Floor Gather Greater GreaterOrEqual
    Identity Less LessOrEqual Log Max Mean Min Mod Mul Neg Not Pad Pow QuantizeLinear Range
    Reciprocal ReduceL1 ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
    ReduceSumSquare Relu Reshape Round Shape Sigmoid Sign Size Slice Softmax SpaceToDepth Split
    Sqrt Squeeze Sub Sum Tanh Tile Transpose Unsqueeze Where""".split()  # noqa: SIM905  shorter than a list of quotes
)


@dataclass(frozen=True)
class Work:
    """What computing the constants of a network has taken; what is repeated counts once.

    Attributes
    ----------
    made
        Bytes of each result.
    read
        Bytes of the inputs of each operator.
    """

    made: dict[ir.Value, int] = field(default_factory=dict)
    read: dict[ir.Node, int] = field(default_factory=dict)


def compute_constant(path: Path, value: ir.Value, *, work: Work) -> NDArray[Any]:
    """Compute a value of a network that does not depend on the picture.

    Parameters
    ----------
    path
        The network's file, with which error messages begin.
    value
        The value.
    work
        What was computed for this network before; what this one takes is added.

    Raises
    ------
    ModelError
        The value can't be computed, or only by more memory or other operators than allowed.
    """
    known: dict[ir.Value, NDArray[Any]] = {}
    for node in _in_order(path, value):
        for source in node.inputs:
            if source is not None and source not in known and source.producer() is None:
                known[source] = _given(path, source)
        if not all(output in known for output in node.outputs):
            inputs = {v: _constant_value(v, known[v]) for v in node.inputs if v is not None}
            _infer(path, node, inputs, work=work)
            known |= zip(node.outputs, _results(path, node, known), strict=False)
    return known[value] if value in known else _given(path, value)


def stand_in_for(path: Path, value: ir.Value, *, work: Work, number: int) -> NDArray[Any]:
    """Return an array of the shape and dtype of a constant, which takes no memory if it is large.

    Small constants may be shapes, pads or statistics of colours, and are computed. All elements of
    a large one are `number`, stored in one place. A large one in float32 is not even computed.

    Parameters
    ----------
    path, value, work
        As for `compute_constant`, which also says what is raised.
    number
        Differs from those of other constants, so that no two of one shape are equal.
    """
    shape = _shape_of_floats(path, value, work)
    if shape is not None and prod(shape) >= _LARGE:
        return np.broadcast_to(np.array(number, np.float32), shape)
    array = compute_constant(path, value, work=work)
    if array.size < _LARGE:
        return array
    return np.broadcast_to(np.array(number, array.dtype), array.shape)


def _shape_of_floats(path: Path, value: ir.Value, work: Work) -> tuple[int, ...] | None:
    """Infer the shape of a constant in float32; None for others, or if it depends on values."""
    known: dict[ir.Value, ir.Value] = {}
    for node in _in_order(path, value):
        for source in node.inputs:
            if source is not None and source not in known and source.producer() is None:
                known[source] = _constant_value(source, _given(path, source))
        try:
            inferred = _infer(path, node, known, work=work)
        except ModelError:  # such as a reshape to a shape that is computed
            return None
        known |= zip(node.outputs, inferred, strict=True)
    found = known.get(value)
    return None if found is None or found.dtype != ir.DataType.FLOAT else shape_of(found)


def _in_order(path: Path, value: ir.Value) -> Iterator[ir.Node]:
    """Yield the nodes that a value depends on, each after those that it depends on itself."""
    order: dict[ir.Node, None] = {}
    waiting = [value.producer()]
    while waiting:
        node = waiting[-1]
        if node is None or node in order or _is_known(node):
            waiting.pop()
            continue
        before = [v.producer() for v in node.inputs if v is not None and v.const_value is None]
        missing = [n for n in before if n is not None and n not in order]
        if missing:
            waiting += missing
        else:
            order[node] = None
            waiting.pop()
        if len(order) > MOST_NODES or len(waiting) > 100 * MOST_NODES:
            raise ModelError(f"{path}: {value.name!r} is computed by over {MOST_NODES} operators")
    yield from order


def _is_known(node: ir.Node) -> bool:
    """Return whether all outputs of a node are known already."""
    return all(value.const_value is not None for value in node.outputs)


def _given(path: Path, value: ir.Value) -> NDArray[Any]:
    """Return the array of a value that the file holds."""
    try:
        array = constant_of(value)
    except (ValueError, TypeError, OSError) as error:  # its data are not of its shape
        raise ModelError(f"{path}: {value.name!r} is damaged ({error})") from error
    if array is None:
        raise ModelError(f"{path}: value {value.name!r} is neither computed nor given")
    return array


def _infer(
    path: Path,
    node: ir.Node,
    known: Mapping[ir.Value, ir.Value],
    *,
    work: Work,
) -> Sequence[ir.Value]:
    """Return values like the outputs of a node, with shapes and dtypes.

    `known` has a value of known shape for each input. Raises a `ModelError` if the node may not be
    computed, or if its results are too large.
    """
    name = node.outputs[0].name
    if node.domain not in ("", "ai.onnx") or node.op_type not in _COMPUTED:
        raise ModelError(
            f"{path}: {name!r} can't be computed: operator {node.op_type} is not one that computes "
            "constants; fold the model's constants before"
        )
    inputs = [None if v is None else known[v] for v in node.inputs]
    copy = ir.Node(
        "", node.op_type, inputs, attributes=node.attributes, num_outputs=len(node.outputs)
    )
    for output, original in zip(copy.outputs, node.outputs, strict=True):
        output.name = original.name
    try:
        infer_outputs(copy)
        for original, output in zip(node.outputs, copy.outputs, strict=True):
            work.made[original] = _bytes(output)
    except (GraphError, *ONNX_ERRORS, ValueError, TypeError) as error:
        reason = str(error).strip().split("\n")[0]
        raise ModelError(f"{path}: {name!r} can't be computed: {reason}") from error
    work.read[node] = sum(_bytes(value) for value in inputs if value is not None)
    if sum(work.made.values()) > MOST_BYTES or sum(work.read.values()) > MOST_READ:
        raise ModelError(
            f"{path}: constants such as {name!r} take over {MOST_BYTES >> 20} MB to compute, or "
            f"read over {MOST_READ >> 20} MB; use a model that holds them"
        )
    return copy.outputs


def _bytes(value: ir.Value) -> int:
    array = constant_of(value)
    if array is not None:
        return array.nbytes
    itemsize = 8 if value.dtype is None else max(1, value.dtype.itemsize)
    return prod(shape_of(value)) * int(itemsize)


def _constant_value(value: ir.Value, array: NDArray[Any]) -> ir.Value:
    tensor = ir.Tensor(array)
    return ir.Value(
        name=value.name, type=ir.TensorType(tensor.dtype), shape=tensor.shape, const_value=tensor
    )


def _results(path: Path, node: ir.Node, known: dict[ir.Value, NDArray[Any]]) -> list[NDArray[Any]]:
    """Compute the outputs of a node."""
    from onnx.reference import ReferenceEvaluator  # noqa: PLC0415  needed by few files

    inputs = {str(v.name): known[v] for v in node.inputs if v is not None}
    try:
        with np.errstate(all="ignore"):  # numbers that overflow are what the model says
            results = ReferenceEvaluator(ir.to_proto(node)).run(None, inputs)
        return [np.asarray(result) for result in list(results)]
    except MemoryError:
        raise
    except Exception as error:  # the evaluator raises errors of many kinds
        reason = " ".join(str(error).split())
        raise ModelError(f"{path}: {node.outputs[0].name!r} can't be computed: {reason}") from error
