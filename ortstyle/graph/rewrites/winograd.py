"""Rewriting of 3×3 convolutions to use fewer multiplications, in standard operators.

Winograd's minimal filtering F(m×m, 3×3): cut the picture into overlapping tiles of m + 2, transform
tiles and kernels, multiply them, transform the products back. A tile takes (m + 2)² multiplications
for a pair of channels, the direct sum 9·m²; Lavin & Gray 2016, *Fast Algorithms for Convolutional
Neural Networks*, section 4.1. The multiplication is one matrix product for each of the (m + 2)²
frequencies, which processors compute fast. These tiles are not those of a picture in tiles.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil, prod

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.node import input_of, int_attribute, ints_attribute, windows_of
from ortstyle.graph.ops import Ops, add_input
from ortstyle.graph.rewrites.convolution_cost import ConvolutionCosts, costs_here
from ortstyle.graph.rewrites.replacement import drop_unused_initializers, replace_node
from ortstyle.graph.rewrites.winograd_transforms import KERNEL, Matrix, Transforms, filters_of
from ortstyle.graph.values import are_equal, constant_of, shape_of

#: The default m of F(m×m, 3×3). benchmarks/winograd.py compares values: 6 has the fewest
#: multiplications but is not faster, and has larger rounding errors.
TILE = 4
SUFFIX = ".winograd"  # of a weight's name: the name of its transformed kernel

Kernels = dict[str, NDArray[np.float32]]


def rewrite(
    model: ir.Model,
    transformed: Kernels | None = None,
    *,
    tile: int = TILE,
    faster: Callable[[int, int, int], bool] | None = None,
    costs: ConvolutionCosts | None = None,
) -> Kernels:
    """Replace the 3×3 convolutions of a model that become faster, in place.

    Their transformed kernels become inputs of the model. A convolution and that of its backward
    pass share one input: at the reciprocal points the flipped kernel has the same values up to
    factors, which become part of the transform of the tiles.

    Parameters
    ----------
    model
        Every shape static.
    transformed
        Kernels that earlier calls for the same network returned; they are not computed again.
    tile
        m, the width of the result of a tile: 2, 4 or 6. Rounding errors grow with m.
    faster
        Tells of input channels, output channels and number of tiles whether to replace a
        convolution; by default by their costs.
    costs
        Those on the processor that will run the model; by default on this machine's.

    Returns
    -------
    dict
        The values of the new inputs, ((m + 2)², out, in) float32, by name.
    """
    graph, ops = model.graph, Ops(model.graph)
    kernels: list[_Kernel] = []
    filters: dict[tuple[int, bool], list[ir.Value]] = {}
    costs = costs or costs_here()
    faster = faster or partial(costs.is_faster, tile=tile)
    for node in [n for n in graph if _is_replaceable(n) and faster(*_amounts(n, tile))]:
        kernel = _kernel(kernels, node)
        if kernel.value is None:
            name = kernel.name + SUFFIX
            shape = (tile + KERNEL - 1) ** 2, *kernel.weight.shape[:2]
            kernel.value = add_input(graph, name, shape)
        count = len(graph)
        flipped = input_of(node, 1) is not kernel.source
        inputs = shape_of(input_of(node, 0))[1]
        transforms = Transforms.of(tile, flipped=flipped)
        if (inputs, flipped) not in filters:
            made = filters_of(tile, inputs, flipped=flipped, by_axis=costs.by_axis)
            filters[inputs, flipped] = [ops.constant(array) for array in made]
        result = _convolve(
            ops, node, kernel.value, filters[inputs, flipped], flipped=flipped, by=transforms
        )
        replace_node(node, result, appended=list(graph)[count:])
    drop_unused_initializers(graph)
    known = transformed or {}
    g = Transforms.of(tile).kernel
    found: Kernels = {}
    for kernel in kernels:
        assert kernel.value is not None  # noqa: S101  set above
        name = str(kernel.value.name)
        found[name] = known[name] if name in known else _transform(kernel.weight, g)
    return found


def _is_replaceable(node: ir.Node) -> bool:
    """Return whether a node is a 3×3 convolution of stride 1 of one picture, in float32."""
    if node.op_type != "Conv":
        return False
    weight = constant_of(node.inputs[1])
    ones = [1, 1]
    return (
        weight is not None
        and weight.dtype == np.float32
        and weight.shape[2:] == (KERNEL, KERNEL)
        and shape_of(node.outputs[0])[0] == 1
        and int_attribute(node, "group", 1) == 1
        and ints_attribute(node, "strides", ones) == ones
        and ints_attribute(node, "dilations", ones) == ones
    )


def _amounts(node: ir.Node, tile: int) -> tuple[int, int, int]:
    """Return the input channels, output channels and tiles of a convolution."""
    outputs, inputs = shape_of(input_of(node, 1))[:2]
    return inputs, outputs, prod(_grid(node, tile))


def _grid(node: ir.Node, tile: int) -> list[int]:
    """Return the number of tiles along each axis of the result."""
    return [ceil(n / tile) for n in shape_of(node.outputs[0])[2:]]


@dataclass
class _Kernel:
    """A kernel (out, in, 3, 3), its value in the graph, the input for the transformed kernel."""

    name: str
    weight: NDArray[np.float32]
    source: ir.Value
    value: ir.Value | None = None


def _kernel(kernels: list[_Kernel], node: ir.Node) -> _Kernel:
    """Return the known kernel that is a node's or its flip; add the node's if there is none."""
    source = input_of(node, 1)
    weight = constant_of(source)
    assert weight is not None  # noqa: S101  `_is_replaceable` has checked it
    for kernel in kernels:
        if source is kernel.source or are_equal(weight, _flipped(kernel.weight)):
            return kernel
    kernels.append(_Kernel(str(source.name), weight, source))
    return kernels[-1]


def _flipped(weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Flip a kernel in space and swap its channels."""
    return weight.swapaxes(0, 1)[..., ::-1, ::-1]


def _transform(weight: NDArray[np.float32], g: Matrix) -> NDArray[np.float32]:
    """Return G·w·Gᵀ of every kernel, ((m + 2)², out, in)."""
    outputs, inputs = weight.shape[:2]
    flat = np.ascontiguousarray(weight.reshape(outputs * inputs, KERNEL**2).T)
    return (np.kron(g, g).astype(np.float32) @ flat).reshape(-1, outputs, inputs)


def _convolve(
    ops: Ops,
    node: ir.Node,
    weights: ir.Value,
    filters: Sequence[ir.Value],
    *,
    flipped: bool,
    by: Transforms,
) -> ir.Value:
    """Append the result of a convolution, computed from its transformed kernel."""
    x = input_of(node, 0)
    size, tile = len(by.tile), len(by.result)
    w = windows_of(node, (KERNEL, KERNEL))
    tiles = _grid(node, tile)
    after = [t * tile + 2 - n - p for t, n, p in zip(tiles, w.size, w.before, strict=True)]
    inputs, outputs = shape_of(x)[1], shape_of(node.outputs[0])[1]

    frequencies = x
    for values in filters:
        kernel = shape_of(values)[2:]
        pads = zip(w.before + after, kernel * 2, strict=True)
        frequencies = ops.emit(
            "Conv",
            [frequencies, values],
            {
                "group": shape_of(frequencies)[1],
                "kernel_shape": kernel,
                "pads": [pad if side > 1 else 0 for pad, side in pads],
                "strides": [tile if side > 1 else 1 for side in kernel],
            },
        )[0]
    # ONNX Runtime fuses both transpositions into the product.
    frequencies = ops.reshape(frequencies, (inputs, size**2, prod(tiles)))
    frequencies = ops.transpose(frequencies, (1, 0, 2))
    if flipped:
        weights = ops.transpose(weights, (0, 2, 1))
    product = ops.matmul(weights, frequencies)

    # (m + 2)² frequencies become m² positions of a tile, and the tiles a picture.
    columns = outputs * prod(tiles)
    if len(filters) == 1:
        result = ops.like(x, np.kron(by.result, by.result))
        positions = ops.matmul(result, ops.reshape(product, (size**2, columns)))
        positions = ops.reshape(positions, (tile, tile, columns))
    else:
        result = ops.like(x, by.result)
        rows = ops.matmul(result, ops.reshape(product, (size, size * columns)))
        positions = ops.matmul(result, ops.reshape(rows, (tile, size, columns)))
    rows = ops.reshape(
        ops.transpose(positions, (0, 2, 1)), (tile, outputs * tiles[0], tile * tiles[1])
    )
    y = ops.emit("Concat", ops.emit("Split", [rows], {"axis": 0}, outputs=tile), {"axis": 2})[0]
    y = ops.reshape(y, (1, outputs, tile * tiles[0], tile * tiles[1]))
    y = ops.crop(y, [0, 0, 0, 0], [1, outputs, *w.count])
    bias = node.inputs[2] if len(node.inputs) > 2 else None
    return y if bias is None else ops.add(y, ops.reshape(bias, (1, outputs, 1, 1)))
