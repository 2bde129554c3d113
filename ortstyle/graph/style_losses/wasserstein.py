"""The style loss "wasserstein": W₂² of normal distributions with the features' mean, covariance.

Olkin & Pukelsheim 1982, *The distance between two random matrices with given dispersion matrices*;
for styles Mroueh 2020, *Wasserstein Style Transfer*, section 3.
"""

from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.distances import relative_root, sum_of_all
from ortstyle.graph.feature_statistics import gram, mean
from ortstyle.graph.newton_schulz import trace, trace_of_root
from ortstyle.graph.ops import Ops
from ortstyle.graph.style_loss import STATISTIC_OF_STYLE, Arrays, StyleLoss, Values
from ortstyle.graph.values import shape_of

_LOADING = 1e-3  # share of the mean variance added to each, against singular matrices
# Share of the sum of squares added to each variance: a covariance in float32 is off by as much, and
# without it that of a flat picture, which is all rounding, would have negative eigenvalues.
_ROUNDING = 3e-5
_ROOT_OF_COVARIANCE = (
    "the symmetric root of C * statistics.{name} - m * transpose(m), m = statistics.{name}.mean, "
    "of a run whose image is the style picture; C channels, eigenvalues raised by a thousandth of "
    "their mean"
)


def _append_compared(_: Ops, statistics: Values) -> dict[str, ir.Value]:
    """Return the Gram matrix and the mean, from which the loss computes the covariance."""
    return {"root": statistics["gram"], "mean": statistics["mean"]}


def _make_targets(statistics: Arrays) -> dict[str, NDArray[Any]]:
    """Return Σ^½, (C, C) float32, the symmetric root of the style's covariance, and its mean."""
    mean = statistics["mean"].astype(np.float64)
    squares = len(mean) * statistics["gram"].astype(np.float64)
    covariance = squares - mean @ mean.T
    if not np.isfinite(covariance).all():  # of which there are no eigenvalues; the run will tell
        return {"root": np.full_like(statistics["gram"], np.nan), "mean": statistics["mean"]}
    values, vectors = np.linalg.eigh(covariance)
    tiny = np.finfo(np.float32).tiny
    loading = max(_LOADING * values.mean(), _ROUNDING * np.trace(squares), tiny)
    loaded = np.maximum(values, 0) + loading
    root = (vectors * np.sqrt(loaded)) @ vectors.T
    return {"root": root.astype(np.float32), "mean": statistics["mean"]}


def _append_loss(ops: Ops, found: Values, target: Values, *, relative: bool) -> ir.Value:
    """‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2·(Σ₂^½·Σ₁·Σ₂^½)^½), divided by C.

    If `relative`, the square root of the sum, divided by √(‖μ₂‖² + tr Σ₂) instead of C.
    """
    root, channels = target["root"], shape_of(target["root"])[0]
    covariance = _covariance(ops, found["root"], found["mean"])
    between = ops.matmul(ops.matmul(root, covariance), root)
    target_trace = sum_of_all(ops, ops.mul(root, root))  # tr(Σ₂)
    spread = ops.sub(
        ops.add(trace(ops, covariance), target_trace), ops.scale(trace_of_root(ops, between), 2)
    )
    means = ops.sub(found["mean"], target["mean"])
    # Rounding may make the sum negative if the distributions are equal.
    total = ops.relu(ops.add(sum_of_all(ops, ops.mul(means, means)), spread))
    if not relative:
        return ops.scale(total, 1 / channels)
    size = ops.add(target_trace, sum_of_all(ops, ops.mul(target["mean"], target["mean"])))
    return relative_root(ops, total, size)


def _covariance(ops: Ops, gram: ir.Value, mean: ir.Value) -> ir.Value:
    square = ops.matmul(mean, ops.transpose(mean, (1, 0)))
    squares = ops.scale(gram, shape_of(gram)[0])
    loading = ops.reshape(ops.scale(trace(ops, squares), _ROUNDING), (1, 1))
    loaded = ops.add(squares, ops.mul(ops.like(squares, np.eye(shape_of(gram)[0])), loading))
    return ops.sub(loaded, square)


STYLE_LOSS = StyleLoss(
    module=__name__,
    description="measures the Wasserstein distance of the distributions of the features",
    statistics={"gram": gram, "mean": mean},
    targets={"root": _ROOT_OF_COVARIANCE, "mean": STATISTIC_OF_STYLE},
    append_compared=_append_compared,
    make_targets=_make_targets,
    append_loss=_append_loss,
)
