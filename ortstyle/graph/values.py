"""Values of a graph: the static shape, the dtype, the array of a constant; and attributes."""

from collections.abc import Callable, Iterable
from operator import index
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.errors import GraphError


def shape_of(value: ir.Value) -> tuple[int, ...]:
    """Return the static shape of a value; raise a `GraphError` if it is symbolic."""
    dims: Iterable[Any] = (None,) if value.shape is None else value.shape.dims
    try:
        return tuple(map(index, dims))
    except TypeError as error:
        raise GraphError(f"value {value.name!r} has no static shape: {value.shape}") from error


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


def are_equal(a: NDArray[Any], b: NDArray[Any]) -> bool:
    """Return whether the shapes and elements of two kernels (out, in, …) are the same."""
    if a.shape != b.shape:
        return False
    if a.strides == b.strides and a.ctypes.data == b.ctypes.data and a.dtype == b.dtype:
        return True  # the same memory, as of weights that take none and their flips
    # Most kernels that differ do so in their first numbers.
    return np.array_equal(a[0, 0], b[0, 0]) and np.array_equal(a, b)


_NUMBERS_AND_TEXT: dict[type, Callable[..., ir.Attr]] = {
    int: ir.AttrInt64,
    float: ir.AttrFloat32,
    str: ir.AttrString,
}


def attribute_of(name: str, value: Any) -> Any:
    """Return the attribute of a number, a text or integers, and anything else as it is.

    onnx_ir itself converts what is returned as it is, but it takes far longer.
    """
    make = _NUMBERS_AND_TEXT.get(type(value))
    if make is not None:
        return make(name, value)
    if type(value) in (list, tuple) and all(type(each) is int for each in value):
        return ir.AttrInt64s(name, value)
    return value
