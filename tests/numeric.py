"""Compare derivatives with differences, in float64 and without ONNX Runtime."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx_ir as ir
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

from ortstyle.graph import autodiff
from ortstyle.graph.ops import PORTABLE, Ops, add_input, add_output, finish, new_graph

DOUBLE = ir.DataType.DOUBLE
Build = Callable[[Ops, ir.Value], ir.Value]
Case = tuple[str, str, Build, np.ndarray]  # operator, what is special, graph, x


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
    value = add_input(graph, "x", x.shape, DOUBLE)
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

    evaluate = evaluator(model)
    v = rng.normal(size=x.shape)
    exact = float((run(evaluate, {"x": x})["gradient"] * v).sum())
    above, below = (float(run(evaluate, {"x": x + s * step * v})["loss"]) for s in (1, -1))
    numeric = (above - below) / (2 * step)
    scale = max(abs(exact), abs(numeric), 1e-3 * np.linalg.norm(v))
    assert abs(exact - numeric) <= tolerance * scale, (exact, numeric)
    return model


class MaxPool(OpRun):
    """Maxima of windows of any rank; the evaluator's own fails on pads in one dimension."""

    def _run(
        self,
        x: np.ndarray,
        auto_pad: str | None = None,
        dilations: list[int] | None = None,
        kernel_shape: list[int] | None = None,
        pads: list[int] | None = None,
        strides: list[int] | None = None,
        **_: Any,  # ceil_mode is 0 here, storage_order of no effect
    ) -> tuple[np.ndarray]:
        size, rank = x.shape[2:], x.ndim - 2
        strides, dilations = strides or [1] * rank, dilations or [1] * rank
        reach = [d * (k - 1) + 1 for d, k in zip(dilations, kernel_shape, strict=True)]
        before, after = (pads or [0] * 2 * rank)[:rank], (pads or [0] * 2 * rank)[rank:]
        if (auto_pad or "").startswith("SAME"):
            sizes = zip(size, strides, reach, strict=True)
            total = [max((-(-n // s) - 1) * s + r - n, 0) for n, s, r in sizes]
            halves = [t // 2 for t in total], [t - t // 2 for t in total]
            before, after = halves if auto_pad == "SAME_UPPER" else halves[::-1]
        widths = [(0, 0), (0, 0), *zip(before, after, strict=True)]
        padded = np.pad(x, widths, constant_values=-np.inf)
        axes = tuple(range(2, x.ndim))
        windows = np.lib.stride_tricks.sliding_window_view(padded, reach, axes)
        steps = tuple(slice(None, None, step) for step in (1, 1, *strides, *dilations))
        return (windows[steps].max(tuple(range(-rank, 0))).astype(x.dtype),)


class Pad(OpRun):
    """Negative pads crop; the evaluator's own fails on them."""

    def _run(
        self,
        x: np.ndarray,
        pads: np.ndarray,
        fill: np.ndarray | None = None,
        *_: None,
        mode: str | None = None,
    ) -> tuple[np.ndarray]:
        before, after = np.split(pads, 2)
        ends = np.array(x.shape) - np.maximum(-after, 0)
        x = x[tuple(slice(max(-b, 0), end) for b, end in zip(before, ends, strict=True))]
        widths = np.maximum(np.stack([before, after], 1), 0)
        constant = {"constant_values": 0 if fill is None else fill}
        return (np.pad(x, widths, mode, **(constant if mode == "constant" else {})),)


def evaluator(model: ir.Model) -> ReferenceEvaluator:
    """Return a reference evaluator of a model."""
    return ReferenceEvaluator(ir.to_proto(model), new_ops=[MaxPool, Pad])


def operators(model: ir.Model) -> Counter[str]:
    """Count the operators of a model."""
    return Counter(node.op_type for node in model.graph)


def check_rule(case: Case) -> None:
    """Assert that a derivative rule is right and emits portable operators or its own only."""
    op, _, build, x = case
    forward = new_graph("forward")
    add_output(forward, "y", build(Ops(forward), add_input(forward, "x", x.shape, DOUBLE)))
    assert op in operators(finish(forward))
    emitted = operators(check_vjp(build, x)) - operators(finish(forward))
    emitted["Identity"] -= 1  # `add_output` names a value that has a name already
    assert set(+emitted) <= PORTABLE | {op}


def one(op: str, **attributes: Any) -> Build:
    """Build one operator with x as its only input."""
    return lambda ops, x: ops.emit(op, [x], attributes)[0]


def ids(case: Case) -> str:
    """Name a case."""
    return f"{case[0]}-{case[1]}"


def apart(*shape: int, low: float = -2.0, high: float = 2.1) -> np.ndarray:
    """Return numbers in random order, so far apart that no difference crosses a kink or a tie."""
    n = int(np.prod(shape))
    return np.random.default_rng(n).permutation(np.linspace(low, high, n)).reshape(shape)


def noise(*shape: int) -> np.ndarray:
    """Return seeded normal numbers."""
    return np.random.default_rng(sum(shape) + len(shape)).normal(size=shape)


def run(evaluate: ReferenceEvaluator, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Run a reference evaluator; return the outputs by name."""
    return dict(zip(evaluate.output_names, evaluate.run(None, dict(feeds)), strict=True))
