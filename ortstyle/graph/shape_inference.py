"""Shapes and dtypes of the outputs of one node, by ONNX's own shape inference."""

from collections.abc import Hashable, Sequence
from math import prod
from typing import Any

import onnx
import onnx_ir as ir
from numpy.typing import NDArray
from onnx.shape_inference import infer_node_outputs

from ortstyle.graph.values import constant_of, dtype_of, shape_of

# A kernel registered without an end version matches only operators last changed in its version;
# every provider has kernels that match opset 17.
OPSET = 17
IR_VERSION = 8

#: The errors that ONNX raises for a node that can't run.
ONNX_ERRORS = (
    onnx.checker.ValidationError,
    onnx.defs.SchemaError,
    onnx.shape_inference.InferenceError,
)

_MOST_ELEMENTS = 10**15  # of a value; the largest layer of a picture of 10⁶×10⁶ has 6.4e13
_MOST_NODES = 100_000  # of a graph; those of a network of 200 layers have about 10,000
_SMALL = 1024  # elements; larger tensors are never the shapes, axes or pads that inference reads
_OPSET_IMPORTS = [onnx.helper.make_opsetid("", OPSET)]
_COMPARABLE = {
    *(ir.AttributeType.INT, ir.AttributeType.INTS, ir.AttributeType.STRING),
    *(ir.AttributeType.FLOAT, ir.AttributeType.FLOATS, ir.AttributeType.STRINGS),
}

_Type = tuple[ir.DataType | None, ir.Shape | None]
_known: dict[Hashable, list[_Type]] = {}
_MOST_KNOWN = 4096  # nodes, some megabytes


def infer_outputs(node: ir.Node) -> None:
    """Set dtype and shape of the outputs of a node; raises `ONNX_ERRORS` if it can't run.

    Networks repeat the same few nodes, and graphs the same networks. So what was inferred is kept
    for nodes of the same operator, attributes and inputs.
    """
    key = _key(node)
    if key is None:
        found = _inferred(node)
    elif key in _known:
        found = _known[key]
    else:
        found = _inferred(node)
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[key] = found
    for value, (dtype, shape) in zip(node.outputs, found, strict=True):
        if dtype is not None:
            value.dtype = dtype
        if shape is not None:
            value.shape = shape


def _inferred(node: ir.Node) -> list[_Type]:
    """Return what ONNX infers for each output of a node."""
    proto = ir.serde.serialize_node(node)
    types, data = {}, {}
    for i, value in enumerate(node.inputs):
        if value is not None:
            # Named by index: before `ops.finish`, different values may have the same name.
            proto.input[i] = key = f"input {i}"
            types[key] = _type_proto(value)
            array = _read_by_inference(node, value)
            if array is not None:
                data[key] = onnx.numpy_helper.from_array(array, key)
    inferred = infer_node_outputs(
        onnx.defs.get_schema(node.op_type, OPSET, ""),
        proto,
        types,
        data,
        opset_imports=_OPSET_IMPORTS,
        ir_version=IR_VERSION,
    )
    found: list[_Type] = []
    for value in node.outputs:
        dtype, shape = None, None
        if value.name in inferred:
            tensor = inferred[value.name].tensor_type
            dtype = ir.DataType(tensor.elem_type)
            if tensor.HasField("shape"):
                dims = tensor.shape.dim
                sizes = [d.dim_value if d.HasField("dim_value") else None for d in dims]
                shape = ir.Shape(sizes, frozen=True)  # so that values can share it
        found.append((dtype, shape))
    return found


def _key(node: ir.Node) -> Hashable | None:
    """Return what the inference depends on; None for attributes that can't be compared."""
    attributes = [(name, a.type, a.value) for name, a in node.attributes.items()]
    if not all(kind in _COMPARABLE for _, kind, _ in attributes):
        return None
    inputs: list[Hashable] = []
    for value in node.inputs:
        if value is None:
            inputs.append(None)
        else:
            array = _read_by_inference(node, value)
            data = None if array is None else array.tobytes()
            inputs.append((dtype_of(value), shape_of(value), data))
    return node.op_type, len(node.outputs), *attributes, *inputs


def _read_by_inference(node: ir.Node, value: ir.Value) -> NDArray[Any] | None:
    """Return the array of a constant that inference may read: a shape, axes, pads or scales."""
    array = constant_of(value)
    if array is None or array.size > _SMALL:
        return None
    return array if array.dtype.kind in "iu" or node.op_type == "Resize" else None


def _type_proto(value: ir.Value) -> onnx.TypeProto:
    return onnx.helper.make_tensor_type_proto(int(dtype_of(value)), shape_of(value))


def fault_of(node: ir.Node) -> str:
    """Return why a graph may not have a node whose outputs were inferred; empty if it may."""
    shapes = [value.shape for value in node.outputs]
    if not all(shape is not None and shape.is_static() for shape in shapes):
        return "has a result whose shape is known only at run time"
    sizes = [prod(shape_of(value)) for value in node.outputs]
    if not window_fits(node) or 0 in sizes:
        return "has an empty result: the picture is too small"
    if max(sizes) > _MOST_ELEMENTS:
        return f"has a result of {max(sizes):.0e} elements, which no memory holds"
    if node.graph is not None and len(node.graph) > _MOST_NODES:
        return f"is one of over {_MOST_NODES} operators; use a smaller model or fewer layers"
    return ""


def window_fits(node: ir.Node) -> bool:
    """Return whether the window of a convolution or pool fits into its padded input.

    ONNX's inference does not detect windows that do not fit: for an input of 1, a window of 2 and a
    stride of 2 it rounds (1 − 2) / 2 towards zero and counts one window.
    """
    attributes = node.attributes
    if node.op_type not in ("Conv", "MaxPool", "AveragePool") or (
        "auto_pad" in attributes and attributes["auto_pad"].as_string().startswith("SAME")
    ):
        return True
    size, *weight = (shape_of(value)[2:] for value in node.inputs[:2] if value is not None)

    def ints(name: str, default: Sequence[int]) -> Sequence[int]:
        return attributes[name].as_ints() if name in attributes else default

    kernel = ints("kernel_shape", weight[0] if weight else ())
    dilations, pads = ints("dilations", [1] * len(size)), ints("pads", [0] * 2 * len(size))
    padded = [n + b + a for n, b, a in zip(size, pads, pads[len(size) :], strict=False)]
    reach = [d * (k - 1) + 1 for d, k in zip(dilations, kernel, strict=True)]
    return all(r <= n for r, n in zip(reach, padded, strict=True))
