"""Smoothing, and values spread from where they are known to where they are not."""

import numpy as np
from numpy.typing import NDArray

from ortstyle.video.motion.opencv import opencv

_FIRST_SIGMA = 2.0


def smoothed(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Return values `(H, W)` or `(H, W, C)` float32 under a Gaussian of `sigma` pixels."""
    smooth: NDArray[np.float32] = opencv().GaussianBlur(
        np.ascontiguousarray(values), (0, 0), sigma, borderType=opencv().BORDER_REFLECT
    )
    return smooth.reshape(values.shape)


def filled(values: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return values where they are known, and smooth ones spread from there elsewhere.

    Normalised convolution (Knutsson, Westin 1993) by Gaussians, each twice as wide as the one
    before, until the last hole has values. Without any known value all stay as they are.

    Parameters
    ----------
    values
        `(H, W, C)` float32.
    known
        `(H, W)` float32, 0 or 1.
    """
    if not known.any():
        return values
    hole = known < 0.5
    result, sigma = values.copy(), _FIRST_SIGMA
    while hole.any():
        reach = smoothed(known, sigma)
        spread = smoothed(values * known[..., None], sigma)
        now = hole & (reach > 0.05)
        if sigma > 2 * max(known.shape):  # nearly as wide as the picture: their mean
            now, reach = hole, np.maximum(reach, np.float32(1e-6))
        result[now] = spread[now] / reach[now, None]
        hole &= ~now
        sigma *= 2
    return result
