"""The variance that a flat style lacks, filled up from the content's.

A sheet of paper has colour, but next to no variance: a picture that resembles it in all statistics
is a sheet of paper. What a person expects is his photograph in its colour.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Statistics = Mapping[str, NDArray[Any]]


def raise_variance(
    style: Statistics, content: Statistics, floor: float
) -> dict[str, NDArray[np.float32]]:
    """Return the statistics of a style, with the content's variance added if the style has little.

    Where the trace of the style's covariance Σₛ is below `floor` times that of the content's, Σ,
    the style is flat to the degree d = 1 − tr Σₛ / (floor·tr Σ). The covariance becomes Σₛ + d·Σ,
    and the mean μₛ + d·max(μ − μₛ, 0), so that the texture stays and the content is added to it.

    Parameters
    ----------
    style, content
        "gram", (C, C), and "mean", (C, 1), of one layer, and perhaps others. Without a mean there
        is no variance, and nothing changes.
    floor
        The share, above 0.
    """
    kept = dict(style)
    if not {"gram", "mean"} <= style.keys():
        return kept
    covariance, wanted = _covariance(content), _covariance(style)
    has, trace = np.trace(wanted), np.trace(covariance)
    degree = 1 - max(has, 0) / (floor * trace) if trace > 0 else 0.0
    if degree > 0:
        mean = style["mean"].astype(np.float64)
        mean += degree * np.maximum(content["mean"] - mean, 0)
        squares = wanted + degree * covariance + mean @ mean.T
        kept["gram"] = (squares / len(mean)).astype(style["gram"].dtype)
        kept["mean"] = mean.astype(style["mean"].dtype)
    return kept


def _covariance(of: Statistics) -> NDArray[np.float64]:
    """Return Σ w·f·fᵀ − μ·μᵀ in float64; the Gram matrix is the first term divided by C."""
    mean = of["mean"].astype(np.float64)
    return len(mean) * of["gram"].astype(np.float64) - mean @ mean.T
