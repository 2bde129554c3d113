"""The style loss "moments": distances of Gram matrices, channel means and standard deviations.

Means and deviations follow Li, Wang, Liu, Hou 2017, *Demystifying Neural Style Transfer*, equation
10. A Gram matrix alone does not distinguish a larger mean from a larger deviation (Risser et al.
2017, section 3).
"""

from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.feature_statistics import gram, mean
from ortstyle.graph.ops import Ops
from ortstyle.graph.style_loss import STATISTIC_OF_STYLE, Arrays, StyleLoss, Values
from ortstyle.graph.values import shape_of

_TINY_VARIANCE = 1e-6  # added to a variance, whose root has an infinite slope at 0


def _append_compared(ops: Ops, statistics: Values) -> dict[str, ir.Value]:
    """Append deviations √(Σ w·f² − mean²), (C, 1); Σ w·f² is C times the Gram diagonal."""
    channels, mean = shape_of(statistics["gram"])[0], statistics["mean"]
    diagonal = ops.mul(statistics["gram"], ops.like(mean, channels * np.eye(channels)))
    squares = ops.reduce_sum(diagonal, [1], keepdims=True)
    variance = ops.relu(ops.sub(squares, ops.mul(mean, mean)))  # rounding may make it negative
    deviation = ops.sqrt(ops.add(variance, ops.like(variance, _TINY_VARIANCE)))
    return {**statistics, "deviation": deviation}


def _make_targets(statistics: Arrays) -> dict[str, NDArray[Any]]:
    """Return the statistics and the standard deviations, (C, 1) float32."""
    gram, mean = (statistics[name].astype(np.float64) for name in ("gram", "mean"))
    variance = np.maximum(len(mean) * np.diag(gram)[:, None] - mean**2, 0)
    deviation = np.sqrt(variance + _TINY_VARIANCE).astype(np.float32)
    return {**statistics, "deviation": deviation}


STYLE_LOSS = StyleLoss(
    module=__name__,
    description="compares Gram matrices, means and standard deviations",
    statistics={"gram": gram, "mean": mean},
    targets=dict.fromkeys(("gram", "mean", "deviation"), STATISTIC_OF_STYLE),
    append_compared=_append_compared,
    make_targets=_make_targets,
)
