"""The trace of a matrix square root, compared with SciPy."""

import numpy as np
import onnx_ir as ir
import scipy.linalg
from numeric import evaluator, run
from style_reference import check

from ortstyle.graph.autodiff import gradient
from ortstyle.graph.newton_schulz import trace, trace_of_root
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph


def test_the_trace():
    a = np.random.default_rng(3).normal(size=(4, 4))
    check(trace, np.trace(a), a)


def test_the_trace_of_a_root_and_its_gradient():
    """The gradient is A^-½ / 2, although the iteration is not differentiated."""
    a = np.random.default_rng(2).normal(size=(6, 9))
    a = a @ a.T / 9
    graph = new_graph("root")
    x = add_input(graph, "x", a.shape, ir.DataType.DOUBLE)
    y = trace_of_root(Ops(graph), x)
    add_output(graph, "y", y)
    add_output(graph, "gradient", gradient(graph, y, x))
    found = run(evaluator(finish(graph)), {"x": a})
    np.testing.assert_allclose(found["y"], np.trace(scipy.linalg.sqrtm(a)), rtol=1e-9)
    half = np.linalg.inv(scipy.linalg.sqrtm(a)) / 2
    np.testing.assert_allclose(found["gradient"], half, rtol=1e-6, atol=1e-9)
