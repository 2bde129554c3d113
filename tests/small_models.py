"""Models of one or two nodes, to run sessions with."""

import numpy as np

from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph

SUM_INPUTS = {"image": np.full((1, 2), 3, np.float32), "target": np.ones((1, 2), np.float32)}


def sums():
    """Make a model of two inputs that returns their sum, and twice the first."""
    graph = new_graph("sums")
    ops = Ops(graph)
    image, target = (add_input(graph, name, (1, 2)) for name in SUM_INPUTS)
    add_output(graph, "sum", ops.add(image, target))
    add_output(graph, "twice", ops.scale(image, 2.0))
    return finish(graph)


def matrix_product(rows):
    """Return a model that multiplies `x` by a matrix of `rows` rows, and the matrix."""
    graph = new_graph("product")
    ops = Ops(graph)
    x = add_input(graph, "x", (1, rows))
    matrix = np.random.default_rng(rows).normal(size=(rows, 64)).astype(np.float32)
    weight = ops.constant(matrix, "weight")
    add_output(graph, "y", ops.emit("MatMul", [x, weight])[0])
    return finish(graph), matrix
