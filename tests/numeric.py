"""Compare derivatives with differences, in float64 and without ONNX Runtime."""

from collections.abc import Callable, Mapping

import numpy as np
import onnx_ir as ir
from onnx.reference import ReferenceEvaluator

from ortstyle.graph import autodiff
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph

Build = Callable[[Ops, ir.Value], ir.Value]


def check_vjp(
    build: Build,
    x: np.ndarray,
    *,
    gradient: Callable[[ir.Graph, ir.Value, ir.Value], ir.Value] = autodiff.gradient,
    tolerance: float = 1e-6,
    step: float = 1e-5,
) -> ir.Model:
    """Assert ⟨v, Jᵀg⟩ = ⟨g, (y(x + εv) − y(x − εv)) / 2ε⟩ for seeded random v and g.

    One scalar tests every entry of the rule. Returns the model, so that a test can look at the
    operators in it.
    """
    rng = np.random.default_rng(20)
    graph = new_graph("check")
    value = add_input(graph, "x", x.shape, ir.DataType.DOUBLE)
    ops = Ops(graph)
    y = build(ops, value)
    g = rng.normal(size=[int(d) for d in y.shape])
    loss = ops.reduce_sum(ops.mul(y, ops.like(y, g)))
    derivative = gradient(graph, loss, value)
    assert derivative.dtype == value.dtype
    assert [int(d) for d in derivative.shape] == list(x.shape)
    add_output(graph, "loss", loss)
    add_output(graph, "gradient", derivative)
    model = finish(graph)

    evaluate = ReferenceEvaluator(ir.to_proto(model))
    v = rng.normal(size=x.shape)
    exact = float((run(evaluate, {"x": x})["gradient"] * v).sum())
    above, below = (float(run(evaluate, {"x": x + s * step * v})["loss"]) for s in (1, -1))
    numeric = (above - below) / (2 * step)
    scale = max(abs(exact), abs(numeric), 1e-3 * np.linalg.norm(v))
    assert abs(exact - numeric) <= tolerance * scale, (exact, numeric)
    return model


def run(evaluate: ReferenceEvaluator, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Run a model of the reference evaluator, outputs by name."""
    return dict(zip(evaluate.output_names, evaluate.run(None, dict(feeds)), strict=True))
