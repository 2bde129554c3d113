"""The tape that appends nodes to a graph, with a method for each operator, and new graphs.

Every value on the tape has a static shape and a dtype: ONNX's own shape inference sees each node as
it is emitted, so a node that can't run is refused where it is appended, with its name.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import ArrayLike, NDArray
from onnx_ir.passes.common import NameFixPass, RemoveUnusedNodesPass

from ortstyle.errors import GraphError
from ortstyle.graph.shape_inference import (
    IR_VERSION,
    ONNX_ERRORS,
    OPSET,
    fault_of,
    infer_outputs,
)
from ortstyle.graph.values import attribute_of, dtype_of, shape_of

#: The operators with kernels on every execution provider; derivative rules emit no others,
#: except the very operator that they differentiate.
PORTABLE = frozenset(
    """Add AveragePool Cast Clip Conv DepthToSpace Div Equal Greater MatMul MaxPool Mul Pad
    ReduceMean ReduceSum Relu Reshape Resize Slice Sqrt Sub Transpose Where""".split()  # noqa: SIM905  shorter than a list of quotes
)

#: Key in the `meta` of a value that `autodiff` treats as a constant.
DETACHED = "detached"


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
        """Append one node and return its outputs; raises a `GraphError` if it can't run."""
        attributes = {k: attribute_of(k, v) for k, v in (attributes or {}).items() if v is not None}
        values = self.op_multi_out(op_type, inputs, attributes, num_outputs=outputs, name=name)
        node, what = values[0].producer(), f"{op_type} {name}" if name else op_type
        assert node is not None  # noqa: S101  a value just emitted has a producer
        try:
            infer_outputs(node)
        except ONNX_ERRORS as error:
            shapes = [None if v is None else str(v.shape) for v in inputs]
            raise GraphError(f"{what} can't take {shapes}: {error}") from error
        if fault := fault_of(node):
            raise GraphError(f"{what} {fault}")
        return tuple(values)

    def _one(self, op_type: str, *inputs: ir.Value | None, **attributes: Any) -> ir.Value:
        return self.emit(op_type, inputs, attributes)[0]

    @staticmethod
    def detach(value: ir.Value) -> ir.Value:
        """Mark a value as a constant for the backward pass, and return it."""
        value.meta[DETACHED] = True
        return value

    # constants

    def constant(self, array: NDArray[Any], name: str | None = None) -> ir.Value:
        """Append an array as an initializer."""
        name = name or f"const_{len(self.graph.initializers)}"
        while name in self.graph.initializers:
            name += "_"
        return self.initializer(ir.Tensor(array, name=name))

    def like(self, value: ir.Value, data: ArrayLike) -> ir.Value:
        """Append a constant of the dtype of `value`."""
        with np.errstate(over="ignore"):  # a weight beyond float32 is infinite
            return self.constant(np.asarray(data, dtype_of(value).numpy()))

    def ints(self, data: Iterable[int]) -> ir.Value:
        """Append a constant int64 vector: a shape, axes, pads."""
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
        """a · factor for a constant factor; nothing is appended for a factor of 1."""
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
        """Convert to another dtype; nothing is appended if `a` has it already."""
        return a if a.dtype == dtype else self._one("Cast", a, to=int(dtype))

    # comparisons and selection

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

        This is a product, because ONNX Runtime's Where on the CPU makes three passes and takes
        four times as long.
        """
        assert a.dtype is not None  # noqa: S101  every value on the tape has one
        return self.mul(a, self.cast(condition, a.dtype))

    # shapes

    def reshape(self, a: ir.Value, shape: Iterable[int]) -> ir.Value:
        """Reshape to a static shape; nothing is appended if `a` has it already."""
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

        This is the only form of Resize that CoreML and the CPU's blocked layout accept.
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
        """Convolution of stride 1, a cross-correlation as usual in deep learning."""
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
    """Return an empty graph of the opset that every execution provider runs."""
    return ir.Graph([], [], nodes=[], opset_imports={"": OPSET}, name=name)


def add_input(
    graph: ir.Graph, name: str, shape: Sequence[int], dtype: ir.DataType = ir.DataType.FLOAT
) -> ir.Value:
    """Declare a graph input of static shape."""
    value = ir.val(name, dtype=dtype, shape=shape)
    graph.inputs.append(value)
    return value


def add_output(graph: ir.Graph, name: str, value: ir.Value) -> ir.Value:
    """Declare a value as a graph output with a name, and return the output."""
    if value.is_graph_output() or value.is_graph_input() or value.is_initializer():
        value = Ops(graph).emit("Identity", [value])[0]
    value.name = name
    graph.outputs.append(value)
    return value


def finish(graph: ir.Graph) -> ir.Model:
    """Return a graph as a model, without the nodes that no output needs, all names unique."""
    model = ir.Model(graph, ir_version=IR_VERSION, producer_name="ortstyle")
    RemoveUnusedNodesPass()(model)
    NameFixPass()(model)
    return model
