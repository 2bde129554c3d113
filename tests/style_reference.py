"""Statistics of features and style losses in NumPy, and graphs of them to compare with."""

import numpy as np
import onnx_ir as ir
from numeric import Build, apart, check_vjp, evaluator, operators, run

from ortstyle.graph.feature_statistics import append_statistics
from ortstyle.graph.ops import PORTABLE, Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.style_losses import style_loss
from ortstyle.graph.values import shape_of

SHAPE = 1, 3, 5, 4
#: Features of a picture and of a style.
FOUND, STYLE = apart(*SHAPE), apart(*SHAPE, low=-1.0, high=3.0)
#: Spatial weights of a region.
WEIGHTS = np.random.default_rng(4).uniform(0, 1, (1, 1, *SHAPE[2:])) ** 2
WEIGHTS /= WEIGHTS.sum()
#: Spatial weights or none, relative or not: the ways to use a style loss.
WAYS = [(weights, relative) for weights in (None, WEIGHTS) for relative in (False, True)]
WAY_IDS = [
    f"{'plain' if weights is None else 'masked'}{', relative' * relative}"
    for weights, relative in WAYS
]


def numpy_statistics(x: np.ndarray, weights: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Compute the Gram matrix, means and deviations of the channels, by statistic."""
    f = x.reshape(x.shape[1], -1)
    w = np.full(f.shape[1], 1 / f.shape[1]) if weights is None else weights.ravel()
    mean = (f * w).sum(1, keepdims=True)
    deviation = np.sqrt((w * (f - mean) ** 2).sum(1, keepdims=True) + 1e-6)
    return {"gram": (f * w) @ f.T / len(f), "mean": mean, "deviation": deviation}


def numpy_distance(found: np.ndarray, target: np.ndarray, *, relative: bool) -> float:
    """Compute the mean squared error, or the distance relative to the target."""
    square = ((found - target) ** 2).mean()
    return np.sqrt(square / (target**2).mean() + 1e-6) if relative else square


def graph_of(name: str, weights: np.ndarray | None = None, *, relative: bool) -> Build:
    """Return what builds the graph from features to their style loss with `STYLE`."""

    def build(ops: Ops, x: ir.Value) -> ir.Value:
        loss = style_loss(name)
        root_weights = None if weights is None else ops.like(x, np.sqrt(weights))
        statistics = append_statistics(ops, x, loss.statistics, root_weights)
        needed = {key: numpy_statistics(STYLE)[key] for key in loss.statistics}
        target = {key: ops.like(x, array) for key, array in loss.make_targets(needed).items()}
        assert list(target) == list(loss.targets)
        compared = loss.append_compared(ops, statistics)
        assert {key: shape_of(v) for key, v in compared.items()} == {
            key: shape_of(v) for key, v in target.items()
        }
        return loss.append_loss(ops, compared, target, relative=relative)

    return build


def evaluate(build: Build, x: np.ndarray) -> np.ndarray:
    """Run a graph of one input in float64."""
    graph = new_graph("evaluated")
    add_output(graph, "y", build(Ops(graph), add_input(graph, "x", x.shape, ir.DataType.DOUBLE)))
    return run(evaluator(finish(graph)), {"x": x})["y"]


def check(build: Build, expected: np.ndarray | float, x: np.ndarray = FOUND) -> None:
    """Assert that a graph computes what NumPy does, and has a right and portable gradient."""
    expected = np.asarray(expected)
    found = evaluate(build, x)
    assert found.shape == (expected.shape or (1,))
    np.testing.assert_allclose(found, expected, rtol=2e-7)  # targets are rounded to float32
    assert set(operators(check_vjp(build, x))) <= PORTABLE


def check_near_itself(name: str, *, far: float) -> None:
    """Assert that a style is near itself and more than `far` from its negative.

    As near as the loading of the covariance and the rounding of the distance allow.
    """
    build = graph_of(name, relative=True)
    assert evaluate(build, STYLE) < 0.04
    assert evaluate(build, -STYLE) > far
