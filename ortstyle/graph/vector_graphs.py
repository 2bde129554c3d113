"""The passes over vectors that L-BFGS takes, as graphs, for devices with a memory of their own.

A vector has the shape of the picture, (1, 3, H, W). The pairs lie in one tensor (blocks, 2·rows,
length), the s before the y, with blocks · length = 3·H·W: so every inner product is a batch of
small matrix products and a sum over the blocks, which any device does in parallel and in which no
sum is long enough to cost digits.
"""

from collections.abc import Sequence
from math import prod

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.losses import absolute
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph, shape_of

_LENGTH = 4096  # of a block, at most


def blocks(shape: Sequence[int]) -> tuple[int, int]:
    """Cut 3·H·W numbers into (blocks, length), whole rows of the picture to a block."""
    width, lines = shape[-1], prod(shape[:-1])
    fitting = [n for n in range(1, lines + 1) if lines % n == 0 and n * width <= _LENGTH]
    length = max(fitting, default=1) * width
    return lines * width // length, length


class _Tape(Ops):
    """A tape for vectors of one shape."""

    def __init__(self, name: str, shape: Sequence[int]) -> None:
        super().__init__(new_graph(name))
        self.shape = tuple(shape)
        self.blocks, self.length = blocks(shape)

    def take(self, name: str) -> ir.Value:
        """Declare a vector as input; give it as (blocks, 1, length)."""
        value = add_input(self.graph, name, self.shape)
        return self.reshape(value, (self.blocks, 1, self.length))

    def number(self, name: str) -> ir.Value:
        """Declare an input (1, 1, 1)."""
        return add_input(self.graph, name, (1, 1, 1))

    def give(self, name: str, vector: ir.Value) -> None:
        """Declare an output that is a vector."""
        add_output(self.graph, name, self.reshape(vector, self.shape))

    def dot(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """Inner products of (blocks, p, length) with (blocks, q, length): (p, q)."""
        return self.reduce_sum(self.matmul(a, self.transpose(b, (0, 2, 1))), [0])


def copy_model(shape: Sequence[int]) -> ir.Model:
    """`x` → `y`, the same."""
    ops = _Tape("copy", shape)
    ops.give("y", ops.take("x"))
    return finish(ops.graph)


def norms_model(shape: Sequence[int]) -> ir.Model:
    """`gradient` → `square`, gᵀg, and `absolute`, its L1 norm, (1, 1) each."""
    ops = _Tape("norms", shape)
    gradient = ops.take("gradient")
    ones = ops.like(gradient, np.ones((ops.blocks, 1, ops.length)))
    add_output(ops.graph, "square", ops.dot(gradient, gradient))
    add_output(ops.graph, "absolute", ops.dot(absolute(ops, gradient), ones))
    return finish(ops.graph)


def measure_model(shape: Sequence[int], rows: int) -> ir.Model:
    """Write a pair into its row and multiply it with all.

    `pairs` (blocks, 2·rows, length), `row` (1, 1, 1), `x`, `gradient`, `since_x`, `since_gradient`
    → `new_pairs`, `products` (2·rows, 3) of all s and y with the new s, the new y and the gradient,
    and `square` (1, 1), gᵀg.
    """
    ops = _Tape("measure", shape)
    pairs = add_input(ops.graph, "pairs", (ops.blocks, 2 * rows, ops.length))
    row = ops.number("row")
    x, gradient = ops.take("x"), ops.take("gradient")
    s = ops.sub(x, ops.take("since_x"))
    y = ops.sub(gradient, ops.take("since_gradient"))
    numbers = ops.like(row, np.arange(2 * rows)[None, :, None])
    kept = ops.where(ops.equal(numbers, ops.add(row, ops.like(row, rows))), y, pairs)
    new = ops.where(ops.equal(numbers, row), s, kept)
    columns = ops.emit("Concat", [s, y, gradient], {"axis": 1})[0]
    add_output(ops.graph, "new_pairs", new)
    add_output(ops.graph, "products", ops.dot(new, columns))
    add_output(ops.graph, "square", ops.dot(gradient, gradient))
    return finish(ops.graph)


def advance_model(shape: Sequence[int], rows: int) -> ir.Model:
    """Combine pairs and gradient to a direction d and take a step.

    `pairs`, `x`, `gradient`, `of_pairs` (1, 1, 2·rows), `of_gradient` and `length` (1, 1, 1) →
    `trial` and `slope` (1, 1), gᵀd.
    """
    ops = _Tape("advance", shape)
    pairs = add_input(ops.graph, "pairs", (ops.blocks, 2 * rows, ops.length))
    x, gradient = ops.take("x"), ops.take("gradient")
    of_pairs = add_input(ops.graph, "of_pairs", (1, 1, 2 * rows))
    combined = ops.matmul(of_pairs, pairs)
    direction = ops.add(combined, ops.mul(gradient, ops.number("of_gradient")))
    ops.give("trial", ops.add(x, ops.mul(direction, ops.number("length"))))
    add_output(ops.graph, "slope", ops.dot(gradient, direction))
    return finish(ops.graph)


def in_frequencies(
    model: ir.Model, scale: NDArray[np.float32], matrices: Sequence[NDArray[np.float32]]
) -> None:
    """Make a model of loss and gradient take scaled cosine coefficients for `image`, in place.

    Input `coefficients` (1, 3, H, W) takes its place; `gradient` is with respect to it.

    Parameters
    ----------
    model
        From `objective.loss_model`.
    scale
        (H, W), of `optim.spectral.frequency_scales`.
    matrices
        The cosine transforms of columns (H, H) and of rows (W, W).
    """
    graph = model.graph
    ops = Ops(graph)
    image = next(value for value in graph.inputs if value.name == "image")
    before, count = list(graph), len(graph)
    z = ir.val("coefficients", dtype=image.dtype, shape=shape_of(image))
    vertical, horizontal = (ops.like(image, m) for m in matrices)
    upright, flat = (ops.like(image, m.T) for m in matrices)
    scales = ops.like(image, scale)
    pixels = ops.matmul(ops.matmul(upright, ops.mul(z, scales)), horizontal)
    placed = list(graph)[count:]
    graph.remove(placed)
    graph.insert_before(before[0], placed)
    ir.convenience.replace_all_uses_with(image, pixels)
    graph.inputs[graph.inputs.index(image)] = z
    index = next(i for i, value in enumerate(graph.outputs) if value.name == "gradient")
    gradient = graph.outputs[index]
    gradient.name = "gradient.pixels"
    moved = ops.mul(ops.matmul(ops.matmul(vertical, gradient), flat), scales)
    moved.name = "gradient"
    graph.outputs[index] = moved
