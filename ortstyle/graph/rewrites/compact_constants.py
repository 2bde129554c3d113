"""Constants of a rule, computed by operators instead of stored, for graphs that are sent.

ONNX Runtime computes what depends on constants alone when it makes a session, so a run is as fast.
"""

from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.ops import Ops
from ortstyle.graph.values import constant_of, dtype_of


def compact_constants(model: ir.Model) -> None:
    """Replace constants of equal elements, and multiples of the identity matrix, in place.

    Constants in external data, whole numbers such as shapes, and scalars stay as they are.
    """
    graph = model.graph
    ops = Ops(graph)
    first, count = next(iter(graph)), len(graph)
    for value in [*graph.initializers.values()]:
        if isinstance(value.const_value, ir.ExternalTensor) or value.is_graph_output():
            continue
        array = constant_of(value)
        if array is None or array.dtype.kind != "f" or array.size == 1:
            continue
        if (array == array.flat[0]).all():
            computed = _uniform(ops, array)
        elif _is_multiple_of_identity(array):
            computed = _multiple_of_identity(ops, value, array)
        else:
            continue
        ir.convenience.replace_all_uses_with(value, computed)
        del graph.initializers[str(value.name)]
        computed.name = value.name
    appended = list(graph)[count:]
    graph.remove(appended)
    graph.insert_before(first, appended)


def _uniform(ops: Ops, array: NDArray[Any]) -> ir.Value:
    """Append an array of equal elements: one of them, expanded."""
    one = ops.constant(array.flat[:1].reshape((1,) * array.ndim))
    return ops.emit("Expand", [one, ops.ints(array.shape)])[0]


def _is_multiple_of_identity(array: NDArray[Any]) -> bool:
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        return False
    return bool((array == array[0, 0] * np.eye(len(array), dtype=array.dtype)).all())


def _multiple_of_identity(ops: Ops, value: ir.Value, array: NDArray[Any]) -> ir.Value:
    """Append a multiple of the identity matrix: where the numbers of row and column are equal."""
    numbers = np.arange(len(array))
    rows, columns = (ops.like(value, of) for of in (numbers[:, None], numbers[None]))
    identity = ops.cast(ops.equal(rows, columns), dtype_of(value))
    return ops.mul(identity, ops.like(value, array[:1, :1]))
