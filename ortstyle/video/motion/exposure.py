"""Changes of light between two frames, taken out before their motion is estimated."""

import numpy as np
from numpy.typing import NDArray

from ortstyle.video.motion.opencv import opencv
from ortstyle.video.motion.warp import warp

_SAMPLES = 60_000  # pixels that are looked at
_ROUNDS = 5
_LEAST_CONTRAST = 2.0  # standard deviation in levels; below, noise would be fitted
_MOST_GAIN = 8.0


def equal_exposure(
    first: NDArray[np.uint8], second: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return two grey frames, the one of less contrast brought to the other's exposure.

    Optical flow assumes that things keep their brightness. A fade, a flash or an automatic
    exposure changes it by one gain and offset nearly everywhere. Both are fitted along a coarse
    flow by a regression that gives outliers (hidden points, shadows) little weight. At gains near
    one the frames are hardly changed.

    Parameters
    ----------
    first, second
        `(H, W)` uint8, from 16 pixels on.
    """
    moved = warp(second.astype(np.float32), _coarse_flow(first, second), linear=True)
    step = max(1, round((first.size / _SAMPLES) ** 0.5))
    x, y = (picture[::step, ::step].ravel().astype(np.float64) for picture in (first, moved))
    center_x, center_y, gain = _fit(x, y)
    if gain < 1:
        return first, _rescaled(second, center_y, 1 / gain, center_x)
    return _rescaled(first, center_x, gain, center_y), second


def _coarse_flow(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.float32]:
    cv2 = opencv()
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    # The coarsest scale is as OpenCV chooses it. Of narrow pictures it would be finer than the
    # preset's finest one, and OpenCV 5.0 then reads outside its memory.
    by_motion = int(np.log2(max(first.shape) / (4 * search.getPatchSize())) + 0.5)
    by_patch = int(np.log2(min(first.shape) / search.getPatchSize()))
    search.setFinestScale(max(0, min(search.getFinestScale(), by_motion, by_patch)))
    flow: NDArray[np.float32] = search.calc(first, second, None)
    return flow


def _fit(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the line through (x̄, ȳ) of a slope: y ≈ ȳ + slope · (x − x̄), both with errors.

    Iteratively reweighted: the weight of a residual r is that of Cauchy, 1 / (1 + (r / s)²).
    """
    weights = np.ones_like(x)
    for _ in range(_ROUNDS):
        center_x, center_y = (float(np.average(values, weights=weights)) for values in (x, y))
        spread_x, spread_y = (
            float(np.average((values - center) ** 2, weights=weights)) ** 0.5
            for values, center in ((x, center_x), (y, center_y))
        )
        if min(spread_x, spread_y) < _LEAST_CONTRAST:
            return center_x, center_y, 1.0
        slope = float(np.clip(spread_y / spread_x, 1 / _MOST_GAIN, _MOST_GAIN))
        residual = np.abs(y - center_y - slope * (x - center_x))
        scale = 1.48 * float(np.median(residual)) + 1
        weights = 1 / (1 + (residual / scale) ** 2)
    return center_x, center_y, slope


def _rescaled(
    picture: NDArray[np.uint8], center: float, gain: float, to: float
) -> NDArray[np.uint8]:
    levels = (np.arange(256) - center) * gain + to
    table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    rescaled: NDArray[np.uint8] = table[picture]
    return rescaled
