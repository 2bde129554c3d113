"""A tape with a method for every operator that the graphs are made of.

Every value on the tape has a static shape and a dtype: ONNX's own shape inference sees each node as
it is emitted, so a node that can't run is refused where it is written, with its name.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
from numpy.typing import ArrayLike, NDArray
from onnx.shape_inference import infer_node_outputs
from onnx_ir.passes.common import NameFixPass, RemoveUnusedNodesPass

from ortstyle.errors import GraphError

# An open-ended kernel matches only its own since-version; every provider has those of 17.
OPSET = 17
IR_VERSION = 8

#: The operators with kernels on every execution provider; derivative rules emit no others,
#: except the very operator that they differentiate.
PORTABLE = frozenset(
    """Add AveragePool Cast Clip Conv DepthToSpace Div Equal Greater MatMul MaxPool Mul Pad
    ReduceMean ReduceSum Relu Reshape Resize Slice Sqrt Sub Transpose Where""".split()  # noqa: SIM905  shorter than a list of quotes
)

#: A key in the `meta` of a value through which no derivative goes.
DETACHED = "detached"

_SMALL = 1024  # elements; larger tensors are never the shapes, axes or pads that inference reads
_OPSET_IMPORTS = [onnx.helper.make_opsetid("", OPSET)]


def shape_of(value: ir.Value) -> tuple[int, ...]:
    """Give the static shape of a value; a symbolic one is a `GraphError`."""
    if value.shape is None or not all(isinstance(dim, int) for dim in value.shape):
        raise GraphError(f"value {value.name!r} has no static shape: {value.shape}")
    return tuple(int(dim) for dim in value.shape)  # type: ignore[arg-type]


def constant_of(value: ir.Value | None) -> NDArray[Any] | None:
    """Give the array behind an initializer, None for a value computed at run time."""
    if value is None or value.const_value is None:
        return None
    return value.const_value.numpy()


class Ops(ir.tape.Tape):
    """Appends operators to a graph, each with its inferred shape and dtype.

    Parameters
    ----------
    graph
        The graph that receives nodes and initializers; `new_graph` makes an empty one.
    """

    def __init__(self, graph: ir.Graph) -> None:
        super().__init__(graph)
        self.graph = graph

    # the tape

    def emit(
        self,
        op_type: str,
        inputs: Sequence[ir.Value | None],
        attributes: Mapping[str, Any] | None = None,
        *,
        name: str | None = None,
        outputs: int = 1,
    ) -> tuple[ir.Value, ...]:
        """Append one node and infer its outputs; `GraphError` names a node that can't run."""
        attributes = {k: v for k, v in (attributes or {}).items() if v is not None}
        values = self.op_multi_out(op_type, inputs, attributes, num_outputs=outputs, name=name)
        node, what = values[0].producer(), f"{op_type} {name}" if name else op_type
        assert node is not None  # noqa: S101  a value just emitted has a producer
        try:
            self._infer(node)
        except (
            onnx.checker.ValidationError,
            onnx.defs.SchemaError,
            onnx.shape_inference.InferenceError,
        ) as error:
            shapes = [None if v is None else str(v.shape) for v in inputs]
            raise GraphError(f"{what} can't take {shapes}: {error}") from error
        if not all(v.shape is not None and v.shape.is_static() for v in values):
            raise GraphError(f"{what}: the shape of its result is known only at run time")
        if not _window_fits(node) or any(0 in shape_of(v) for v in values):
            raise GraphError(f"{what} has an empty result: the picture is too small")
        return tuple(values)

    def _infer(self, node: ir.Node) -> None:
        proto = ir.to_proto(node)
        types, data = {}, {}
        for i, value in enumerate(node.inputs):
            if value is not None:
                # By position: two values of a network and the tape may share a name until `finish`.
                proto.input[i] = key = f"input {i}"
                types[key] = _type_proto(value)
                array = constant_of(value)
                if array is not None and array.size <= _SMALL:
                    data[key] = onnx.numpy_helper.from_array(array, key)
        inferred = infer_node_outputs(
            onnx.defs.get_schema(node.op_type, OPSET, ""),
            proto,
            types,
            data,
            opset_imports=_OPSET_IMPORTS,
            ir_version=IR_VERSION,
        )
        for value in node.outputs:
            if value.name in inferred:
                tensor = inferred[value.name].tensor_type
                value.dtype = ir.DataType(tensor.elem_type)
                if tensor.HasField("shape"):
                    dims = tensor.shape.dim
                    value.shape = ir.Shape(
                        d.dim_value if d.HasField("dim_value") else None for d in dims
                    )

    def _one(self, op_type: str, *inputs: ir.Value | None, **attributes: Any) -> ir.Value:
        return self.emit(op_type, inputs, attributes)[0]

    @staticmethod
    def detach(value: ir.Value) -> ir.Value:
        """Let the backward walk take a value for a constant."""
        value.meta[DETACHED] = True
        return value

    # constants

    def constant(self, array: NDArray[Any], name: str | None = None) -> ir.Value:
        """Register an array as an initializer."""
        name = name or f"const_{len(self.graph.initializers)}"
        while name in self.graph.initializers:
            name += "_"
        return self.initializer(ir.Tensor(array, name=name))

    def like(self, value: ir.Value, data: ArrayLike) -> ir.Value:
        """Register a constant of the dtype of `value`."""
        return self.constant(np.asarray(data, _numpy_dtype(value)))

    def ints(self, data: Iterable[int]) -> ir.Value:
        """Register an int64 vector: a shape, axes, pads."""
        return self.constant(np.array(list(data), np.int64))

    # arithmetic, with NumPy's broadcasting

    def add(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """a + b."""
        return self._one("Add", a, b)

    def sub(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """a − b."""
        return self._one("Sub", a, b)

    def mul(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """a · b, element by element."""
        return self._one("Mul", a, b)

    def div(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """a / b."""
        return self._one("Div", a, b)

    def scale(self, a: ir.Value, factor: ArrayLike) -> ir.Value:
        """a · factor for a factor known now."""
        return a if np.all(np.asarray(factor) == 1) else self.mul(a, self.like(a, factor))

    def matmul(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """Matrix product, batched over leading axes."""
        return self._one("MatMul", a, b)

    def pow(self, a: ir.Value, exponent: float) -> ir.Value:
        """a to a constant power."""
        return self._one("Pow", a, self.like(a, exponent))

    def sqrt(self, a: ir.Value) -> ir.Value:
        """Square root."""
        return self._one("Sqrt", a)

    def relu(self, a: ir.Value) -> ir.Value:
        """max(a, 0)."""
        return self._one("Relu", a)

    def cast(self, a: ir.Value, dtype: ir.DataType) -> ir.Value:
        """Convert to another dtype; nothing where it has it already."""
        return a if a.dtype == dtype else self._one("Cast", a, to=int(dtype))

    # choosing

    def greater(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """a > b, a bool tensor."""
        return self._one("Greater", a, b)

    def equal(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """a == b, a bool tensor."""
        return self._one("Equal", a, b)

    def where(self, condition: ir.Value, a: ir.Value, b: ir.Value) -> ir.Value:
        """A where the condition holds, b elsewhere."""
        return self._one("Where", condition, a, b)

    def masked(self, a: ir.Value, condition: ir.Value) -> ir.Value:
        """A where the condition holds, 0 elsewhere.

        By multiplication: ONNX Runtime's Where on the CPU makes three passes and takes four times
        as long.
        """
        assert a.dtype is not None  # noqa: S101  every value on the tape has one
        return self.mul(a, self.cast(condition, a.dtype))

    # shapes

    def reshape(self, a: ir.Value, shape: Iterable[int]) -> ir.Value:
        """Reshape to a static shape; nothing where it has it already."""
        shape = tuple(shape)
        return a if shape == shape_of(a) else self._one("Reshape", a, self.ints(shape))

    def transpose(self, a: ir.Value, perm: Sequence[int]) -> ir.Value:
        """Permute axes; undoes a transposition instead of stacking a second one on it."""
        node = a.producer()
        if node is not None and node.op_type == "Transpose" and "perm" in node.attributes:
            inner = node.attributes["perm"].as_ints()
            if [inner[axis] for axis in perm] == list(range(len(perm))) and node.inputs[0]:
                return node.inputs[0]
        return self._one("Transpose", a, perm=list(perm))

    def pad(self, a: ir.Value, before: Sequence[int], after: Sequence[int]) -> ir.Value:
        """Pad with zeros, one entry an axis; negative entries crop."""
        pads = [max(n, 0) for n in (*before, *after)]
        starts, ends = [max(-n, 0) for n in before], [max(-n, 0) for n in after]
        a = self.crop(a, starts, [size - end for size, end in zip(shape_of(a), ends, strict=True)])
        return self._one("Pad", a, self.ints(pads)) if any(pads) else a

    def crop(self, a: ir.Value, starts: Sequence[int], ends: Sequence[int]) -> ir.Value:
        """a[starts[0]:ends[0], …] with every bound within the array."""
        axes = [i for i, n in enumerate(shape_of(a)) if (starts[i], ends[i]) != (0, n)]
        return (
            self.slice(a, [starts[i] for i in axes], [ends[i] for i in axes], axes) if axes else a
        )

    def slice(
        self,
        a: ir.Value,
        starts: Sequence[int],
        ends: Sequence[int],
        axes: Sequence[int],
        steps: Sequence[int] | None = None,
    ) -> ir.Value:
        """a[start:end:step] on each of the axes."""
        bounds = [self.ints(starts), self.ints(ends), self.ints(axes)]
        return self._one("Slice", a, *bounds, *([self.ints(steps)] if steps else []))

    def upsample(self, a: ir.Value, factors: Sequence[int]) -> ir.Value:
        """Repeat every element along the trailing axes, `factors` times.

        The one form of Resize that CoreML and the CPU's blocked layout accept.
        """
        if all(factor == 1 for factor in factors):
            return a
        scales = np.array([1] * (len(shape_of(a)) - len(factors)) + list(factors), np.float32)
        return self._one(
            "Resize",
            a,
            None,
            self.constant(scales),
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )

    # sums and pools

    def reduce_sum(
        self, a: ir.Value, axes: Sequence[int] | None = None, *, keepdims: bool = False
    ) -> ir.Value:
        """Sum over axes, by default over all."""
        axes = list(range(len(shape_of(a)))) if axes is None else list(axes)
        return self._one("ReduceSum", a, self.ints(axes), keepdims=int(keepdims)) if axes else a

    def reduce_mean(
        self, a: ir.Value, axes: Sequence[int] | None = None, *, keepdims: bool = False
    ) -> ir.Value:
        """Mean over axes, by default over all."""
        return self._one(
            "ReduceMean", a, axes=None if axes is None else list(axes), keepdims=int(keepdims)
        )

    def conv(
        self,
        x: ir.Value,
        weight: ir.Value,
        bias: ir.Value | None = None,
        *,
        dilations: Sequence[int] | None = None,
        group: int = 1,
        pads: Sequence[int] | None = None,
    ) -> ir.Value:
        """Convolution of stride 1: the cross-correlation that deep learning calls one."""
        return self.emit(
            "Conv",
            [x, weight] if bias is None else [x, weight, bias],
            {
                "kernel_shape": shape_of(weight)[2:],
                "dilations": dilations,
                "group": group,
                "pads": pads,
            },
        )[0]

    def average_pool(self, x: ir.Value, kernel: Sequence[int], strides: Sequence[int]) -> ir.Value:
        """Mean of each window, without padding."""
        return self._one("AveragePool", x, kernel_shape=list(kernel), strides=list(strides))


def new_graph(name: str) -> ir.Graph:
    """Make an empty graph of the opset that every provider runs."""
    return ir.Graph([], [], nodes=[], opset_imports={"": OPSET}, name=name)


def add_input(
    graph: ir.Graph, name: str, shape: Sequence[int], dtype: ir.DataType = ir.DataType.FLOAT
) -> ir.Value:
    """Declare a graph input of static shape."""
    value = ir.val(name, dtype=dtype, shape=shape)
    graph.inputs.append(value)
    return value


def add_output(graph: ir.Graph, name: str, value: ir.Value) -> ir.Value:
    """Declare a graph output under a name of its own."""
    if value.is_graph_output() or value.is_graph_input() or value.is_initializer():
        value = Ops(graph).emit("Identity", [value])[0]
    value.name = name
    graph.outputs.append(value)
    return value


def finish(graph: ir.Graph) -> ir.Model:
    """Drop what no output needs, make names unique and wrap the graph as a model."""
    model = ir.Model(graph, ir_version=IR_VERSION, producer_name="ortstyle")
    RemoveUnusedNodesPass()(model)
    NameFixPass()(model)
    return model


def _window_fits(node: ir.Node) -> bool:
    """Tell whether a convolution or pool has a place for its window.

    ONNX's inference does not: it rounds (1 − 2) / 2 towards zero and counts one place.
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


def _type_proto(value: ir.Value) -> onnx.TypeProto:
    if value.dtype is None:
        raise GraphError(f"value {value.name!r} has no dtype")
    return onnx.helper.make_tensor_type_proto(int(value.dtype), shape_of(value))


def _numpy_dtype(value: ir.Value) -> np.dtype[Any]:
    if value.dtype is None:
        raise GraphError(f"value {value.name!r} has no dtype")
    return value.dtype.numpy()
