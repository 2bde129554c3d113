"""Reading a value of a graph: its static shape, its dtype, the array of a constant."""

from typing import Any

import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.errors import GraphError


def shape_of(value: ir.Value) -> tuple[int, ...]:
    """Return the static shape of a value; raise a `GraphError` if it is symbolic."""
    if value.shape is None or not all(isinstance(dim, int) for dim in value.shape):
        raise GraphError(f"value {value.name!r} has no static shape: {value.shape}")
    return tuple(int(dim) for dim in value.shape)  # type: ignore[arg-type]


def dtype_of(value: ir.Value) -> ir.DataType:
    """Return the dtype of a value; raise a `GraphError` if it is missing."""
    if value.dtype is None:
        raise GraphError(f"value {value.name!r} has no dtype")
    return value.dtype


def constant_of(value: ir.Value | None) -> NDArray[Any] | None:
    """Return the array of an initializer; None for a value computed at run time."""
    if value is None or value.const_value is None:
        return None
    return value.const_value.numpy()
