"""Rewriting of 3×3 convolutions to use fewer multiplications, in standard operators.

Winograd's minimal filtering F(m×m, 3×3): cut the picture into overlapping tiles of m + 2, transform
tiles and kernels, multiply them, transform the products back. A tile takes (m + 2)² multiplications
for a pair of channels, the direct sum 9·m²; Lavin & Gray 2016, *Fast Algorithms for Convolutional
Neural Networks*, section 4.1. The multiplication is one matrix product for each of the (m + 2)²
frequencies, which processors compute fast. These tiles are not those of a picture in tiles.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from math import ceil, prod

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.node import input_of, int_attribute, ints_attribute, windows_of
from ortstyle.graph.ops import Ops, add_input
from ortstyle.graph.values import are_equal, constant_of, shape_of

_KERNEL = 3
#: By m, the points at which polynomials are evaluated; None is infinity. Those for 4 and 6 have the
#: least rounding error in Barabasz et al. 2020, *Error Analysis and Improving the Accuracy of
#: Winograd Convolution*.
_POINTS: dict[int, tuple[str | None, ...]] = {
    2: ("0", "1", "-1", None),
    4: ("0", "-1", "1", "1/2", "-2", None),
    6: ("0", "-1", "1", "1/2", "-1/2", "2", "-2", None),
}
#: The default m of F(m×m, 3×3). benchmarks/winograd.py compares values: 6 has the fewest
#: multiplications but is not faster, and has larger rounding errors.
TILE = 4
CHANNELS = 128 * 256  # input times output channels; with fewer the transforms take too long
SUFFIX = ".winograd"  # of a weight's name: the name of its transformed kernel
TILES = 32  # with fewer, reading the transformed kernels takes as long as the direct sum

Matrix = NDArray[np.float64]
Kernels = dict[str, NDArray[np.float32]]


def rewrite(
    model: ir.Model,
    transformed: Kernels | None = None,
    *,
    tile: int = TILE,
    channels: int = CHANNELS,
    tiles: int = TILES,
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
    channels
        The least product of input and output channels of a convolution to replace.
    tiles
        The least number of tiles of a convolution to replace.

    Returns
    -------
    dict
        The values of the new inputs, ((m + 2)², out, in) float32, by name.
    """
    graph, ops = model.graph, Ops(model.graph)
    kernels: list[_Kernel] = []
    filters: dict[tuple[int, bool], ir.Value] = {}
    fast = [n for n in graph if _is_replaceable(n) and _becomes_faster(n, tile, channels, tiles)]
    for node in fast:
        kernel = _kernel(kernels, node)
        if kernel.value is None:
            name = kernel.name + SUFFIX
            shape = (tile + _KERNEL - 1) ** 2, *kernel.weight.shape[:2]
            kernel.value = add_input(graph, name, shape)
        count = len(graph)
        flipped = input_of(node, 1) is not kernel.source
        inputs = shape_of(input_of(node, 0))[1]
        transforms = _Transforms.of(tile, flipped=flipped)
        if (inputs, flipped) not in filters:
            filters[inputs, flipped] = ops.constant(_filters(tile, inputs, flipped=flipped))
        result = _convolve(
            ops, node, kernel.value, filters[inputs, flipped], flipped=flipped, by=transforms
        )
        _replace(graph, node, result, list(graph)[count:])
    _drop_unused_initializers(graph)
    known = transformed or {}
    g = _Transforms.of(tile).kernel
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
        and weight.shape[2:] == (_KERNEL, _KERNEL)
        and shape_of(node.outputs[0])[0] == 1
        and int_attribute(node, "group", 1) == 1
        and ints_attribute(node, "strides", ones) == ones
        and ints_attribute(node, "dilations", ones) == ones
    )


def _becomes_faster(node: ir.Node, tile: int, channels: int, tiles: int) -> bool:
    """Return whether a convolution has enough channels and tiles to become faster."""
    outputs, inputs = shape_of(input_of(node, 1))[:2]
    return inputs * outputs >= channels and prod(_grid(node, tile)) >= tiles


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


@dataclass(frozen=True)
class _Transforms:
    """Aᵀ (m, m+2), G (m+2, 3) and Bᵀ (m+2, m+2) with Aᵀ[(G·g)⊙(Bᵀ·d)] = d ⋆ g.

    Toom–Cook: evaluate the polynomials at m+1 points and infinity, multiply, interpolate, and
    transpose the whole; Blahut 2010, *Fast Algorithms for Signal Processing*, section 5.2.
    """

    result: Matrix
    kernel: Matrix
    tile: Matrix

    @classmethod
    @cache
    def of(cls, tile: int, *, flipped: bool = False) -> "_Transforms":
        """Compute the transforms in exact fractions.

        With `flipped` they are those for the flipped kernel, to be used with the transform G of the
        kernel itself. As a polynomial the flipped kernel is x²·g(1/x), whose value at 1/p is that
        of g at p, divided by p². So the points are the reciprocals, and Bᵀ includes the factor
        between the two transformed kernels.
        """
        points = [None if p is None else Fraction(p) for p in _POINTS[tile]]
        if not flipped:
            return cls(*_toom_cook(points, tile))
        result, kernel, rows = _toom_cook([_reciprocal(p) for p in points], tile)
        # Any kernel whose values at the points are not 0 gives the factors.
        probe = np.array([5.0, 7.0, 11.0])
        plain = _toom_cook(points, tile)[1] @ probe
        return cls(result, kernel, rows * (kernel @ probe[::-1] / plain)[:, None])


def _reciprocal(point: Fraction | None) -> Fraction | None:
    if point is None:
        return Fraction(0)
    return 1 / point if point else None


def _toom_cook(points: Sequence[Fraction | None], tile: int) -> tuple[Matrix, Matrix, Matrix]:
    """Return Aᵀ, G and Bᵀ for points of which one is infinity."""
    finite = [p for p in points if p is not None]

    def powers(p: Fraction | None, count: int) -> list[Fraction]:
        if p is None:
            return [Fraction(0)] * (count - 1) + [Fraction(1)]
        return [p**k for k in range(count)]

    norms = [1 if p is None else prod(p - q for q in finite if q != p) for p in points]
    kernel = [[x / n for x in powers(p, _KERNEL)] for p, n in zip(points, norms, strict=True)]
    rows = [_polynomial([q for q in finite if q != p], len(points)) for p in points]
    result = np.array([powers(p, tile) for p in points], float).T
    return result, np.array(kernel, float), np.array(rows, float)


def _polynomial(roots: Sequence[Fraction], count: int) -> list[Fraction]:
    """Return `count` coefficients of Π (x − root), the constant first."""
    coefficients = [Fraction(1)]
    for root in roots:
        up, down = [Fraction(0), *coefficients], [*coefficients, Fraction(0)]
        coefficients = [u - root * d for u, d in zip(up, down, strict=True)]
    return coefficients + [Fraction(0)] * (count - len(coefficients))


def _transform(weight: NDArray[np.float32], g: Matrix) -> NDArray[np.float32]:
    """Return G·w·Gᵀ of every kernel, ((m + 2)², out, in)."""
    outputs, inputs = weight.shape[:2]
    flat = np.ascontiguousarray(weight.reshape(outputs * inputs, _KERNEL**2).T)
    return (np.kron(g, g).astype(np.float32) @ flat).reshape(-1, outputs, inputs)


@lru_cache(maxsize=32)  # every graph of a network needs the same few
def _filters(tile: int, channels: int, *, flipped: bool) -> NDArray[np.float32]:
    """Return the filters that transform the tiles of each channel, one for each frequency."""
    by = _Transforms.of(tile, flipped=flipped)
    size = len(by.tile)
    filters = np.kron(by.tile, by.tile).reshape(size**2, 1, size, size)
    return np.tile(filters.astype(np.float32), (channels, 1, 1, 1))


def _convolve(
    ops: Ops, node: ir.Node, weights: ir.Value, filters: ir.Value, *, flipped: bool, by: _Transforms
) -> ir.Value:
    """Append the result of a convolution, computed from its transformed kernel."""
    x = input_of(node, 0)
    size, tile = len(by.tile), len(by.result)
    w = windows_of(node, (_KERNEL, _KERNEL))
    tiles = _grid(node, tile)
    after = [t * tile + 2 - n - p for t, n, p in zip(tiles, w.size, w.before, strict=True)]
    inputs, outputs = shape_of(x)[1], shape_of(node.outputs[0])[1]

    frequencies = ops.emit(
        "Conv",
        [x, filters],
        {
            "group": inputs,
            "kernel_shape": [size, size],
            "pads": w.before + after,
            "strides": [tile, tile],
        },
    )[0]
    # ONNX Runtime fuses both transpositions into the product.
    frequencies = ops.reshape(frequencies, (inputs, size**2, prod(tiles)))
    frequencies = ops.transpose(frequencies, (1, 0, 2))
    if flipped:
        weights = ops.transpose(weights, (0, 2, 1))
    product = ops.matmul(weights, frequencies)

    # (m + 2)² frequencies become m² positions of a tile, and the tiles a picture.
    product = ops.reshape(product, (size**2, outputs * prod(tiles)))
    positions = ops.matmul(ops.like(x, np.kron(by.result, by.result)), product)
    positions = ops.reshape(positions, (tile, tile, outputs * prod(tiles)))
    rows = ops.reshape(
        ops.transpose(positions, (0, 2, 1)), (tile, outputs * tiles[0], tile * tiles[1])
    )
    y = ops.emit("Concat", ops.emit("Split", [rows], {"axis": 0}, outputs=tile), {"axis": 2})[0]
    y = ops.reshape(y, (1, outputs, tile * tiles[0], tile * tiles[1]))
    y = ops.crop(y, [0, 0, 0, 0], [1, outputs, *w.count])
    bias = node.inputs[2] if len(node.inputs) > 2 else None
    return y if bias is None else ops.add(y, ops.reshape(bias, (1, outputs, 1, 1)))


def _replace(graph: ir.Graph, node: ir.Node, result: ir.Value, appended: Sequence[ir.Node]) -> None:
    """Replace a node by appended nodes; their result gets the name of the node's output."""
    graph.remove(appended)
    graph.insert_before(node, appended)
    before = node.outputs[0]
    name = before.name
    ir.convenience.replace_all_uses_with(before, result, replace_graph_outputs=True)
    graph.remove(node, safe=True)
    result.name = name


def _drop_unused_initializers(graph: ir.Graph) -> None:
    for name, value in list(graph.initializers.items()):
        if not value.uses() and not value.is_graph_output():
            del graph.initializers[name]
