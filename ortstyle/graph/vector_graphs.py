"""The vector operations of L-BFGS as graphs, for devices that have a memory of their own.

A vector has the shape of the picture, (1, 3, H, W). The curvature pairs are one tensor (blocks,
2·rows, length), all s before all y, with blocks · length = 3·H·W. So every inner product is a batch
of small matrix products and a sum over the blocks. Any device computes these in parallel, and no
sum is long enough to lose precision.
"""

from collections.abc import Sequence
from math import prod

import numpy as np
import onnx_ir as ir

from ortstyle.graph.distances import absolute
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph

_LONGEST = 4096  # largest length of a block


def blocks(shape: Sequence[int]) -> tuple[int, int]:
    """Return (blocks, length) for a shape (1, 3, H, W); a block is whole rows of the picture."""
    width, lines = shape[-1], prod(shape[:-1])
    fitting = [n for n in range(1, lines + 1) if lines % n == 0 and n * width <= _LONGEST]
    length = max(fitting, default=1) * width
    return lines * width // length, length


class _VectorOps(Ops):
    """A tape for vectors of one shape."""

    def __init__(self, name: str, shape: Sequence[int]) -> None:
        super().__init__(new_graph(name))
        self.shape = tuple(shape)
        self.blocks, self.length = blocks(shape)

    def input_vector(self, name: str) -> ir.Value:
        """Declare a vector as an input, and return it as (blocks, 1, length)."""
        value = add_input(self.graph, name, self.shape)
        return self.reshape(value, (self.blocks, 1, self.length))

    def input_number(self, name: str) -> ir.Value:
        """Declare a number as an input, (1, 1, 1)."""
        return add_input(self.graph, name, (1, 1, 1))

    def output_vector(self, name: str, vector: ir.Value) -> None:
        """Declare a vector as an output."""
        add_output(self.graph, name, self.reshape(vector, self.shape))

    def dot(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """Inner products of (blocks, p, length) with (blocks, q, length): (p, q)."""
        return self.reduce_sum(self.matmul(a, self.transpose(b, (0, 2, 1))), [0])


def copy_model(shape: Sequence[int]) -> ir.Model:
    """Build the graph that copies `x` to `y`."""
    ops = _VectorOps("copy", shape)
    ops.output_vector("y", ops.input_vector("x"))
    return finish(ops.graph)


def norms_model(shape: Sequence[int]) -> ir.Model:
    """Build the graph from `gradient` to `square`, gᵀg, and `absolute`, its L1 norm, (1, 1)."""
    ops = _VectorOps("norms", shape)
    gradient = ops.input_vector("gradient")
    ones = ops.like(gradient, np.ones((1, 1, ops.length)))
    add_output(ops.graph, "square", ops.dot(gradient, gradient))
    add_output(ops.graph, "absolute", ops.dot(absolute(ops, gradient), ones))
    return finish(ops.graph)


def measure_model(shape: Sequence[int], rows: int) -> ir.Model:
    """Build the graph that stores a new curvature pair and computes its inner products.

    Inputs: `pairs` (blocks, 2·rows, length); `row` (1, 1, 1), where to store the new pair; `x`,
    `gradient` and the same of the previous iterate, `since_x` and `since_gradient`. Outputs:
    `new_pairs`; `products` (2·rows, 3), the inner products of all s and y with the new s, the new y
    and the gradient; `square` (1, 1), gᵀg.
    """
    ops = _VectorOps("measure", shape)
    pairs = add_input(ops.graph, "pairs", (ops.blocks, 2 * rows, ops.length))
    row = ops.input_number("row")
    x, gradient = ops.input_vector("x"), ops.input_vector("gradient")
    s = ops.sub(x, ops.input_vector("since_x"))
    y = ops.sub(gradient, ops.input_vector("since_gradient"))
    numbers = ops.like(row, np.arange(2 * rows)[None, :, None])
    with_y = ops.where(ops.equal(numbers, ops.add(row, ops.like(row, rows))), y, pairs)
    new = ops.where(ops.equal(numbers, row), s, with_y)
    columns = ops.emit("Concat", [s, y, gradient], {"axis": 1})[0]
    add_output(ops.graph, "new_pairs", new)
    add_output(ops.graph, "products", ops.dot(new, columns))
    add_output(ops.graph, "square", ops.dot(gradient, gradient))
    return finish(ops.graph)


def advance_model(shape: Sequence[int], rows: int) -> ir.Model:
    """Build the graph of a step along a direction d, a weighted sum of pairs and gradient.

    Inputs: `pairs`, `x`, `gradient`; the weights in the sum, `of_pairs` (1, 1, 2·rows) and
    `of_gradient` (1, 1, 1); the step's `length` (1, 1, 1). Outputs: `trial`, x + length·d, and
    `slope` (1, 1), gᵀd.
    """
    ops = _VectorOps("advance", shape)
    pairs = add_input(ops.graph, "pairs", (ops.blocks, 2 * rows, ops.length))
    x, gradient = ops.input_vector("x"), ops.input_vector("gradient")
    of_pairs = add_input(ops.graph, "of_pairs", (1, 1, 2 * rows))
    combined = ops.matmul(of_pairs, pairs)
    direction = ops.add(combined, ops.mul(gradient, ops.input_number("of_gradient")))
    ops.output_vector("trial", ops.add(x, ops.mul(direction, ops.input_number("length"))))
    add_output(ops.graph, "slope", ops.dot(gradient, direction))
    return finish(ops.graph)
