"""Cuts: frames that have so little to do with those before them that a new scene begins."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ortstyle.video.motion.flow import optical_flow
from ortstyle.video.motion.occlusion import reliability
from ortstyle.video.motion.opencv import opencv
from ortstyle.video.motion.warp import warp

_SIDE = 96  # pixels of the longer side, at which frames are compared
_WINDOW = 9  # pixels, of what is called local below
_TEXTURED = 3.0  # local standard deviation in levels, from which texture can be compared
_FLAT, _RICH = 2.0, 12.0  # below and above: texture that came or went
_WHITE = 245.0  # local mean from which a flat place is a flash
_SIMILAR = 0.5  # local correlation
_LEAST_FOUND = 0.25  # share of the texture that is found again within a scene
_LEAST_JUDGED = 0.05  # share of the picture that texture must cover to decide
_MOST_SHIFT = 0.6  # of the picture's width or height, that a pan may go between two frames
_MOST_TINT = 20.0  # levels, by which the mean colour differs within a scene


class CutDetector:
    """Finds hard cuts in frames that come one after another.

    Each frame is brought onto the one before by optical flow. It begins a new scene if less than a
    quarter of its texture is found again there: where the flow passes its check and the local
    correlation, which knows neither brightness nor contrast, is above a half. So a fade, a
    dissolve, a flash, a pan or a thing that passes before the camera is no cut, and time between
    frames plays no part. A frame that is mostly white is taken for a flash: the next one is
    compared with that before it. A change between shots that share most of their picture is no
    cut either: what was painted can go on.
    """

    def __init__(self) -> None:
        self._before: _Small | None = None

    def is_cut(self, pixels: NDArray[np.uint8]) -> bool:
        """Return whether a frame begins a new scene; the first of all does not.

        Parameters
        ----------
        pixels
            `(H, W, 3)` uint8 RGB: the frame after the one that was given last.
        """
        now, before = _Small.of(pixels), self._before
        if before is not None and now.is_white:
            return False
        self._before = now
        if before is None or before.is_white:
            return False
        return before.pixels.shape != now.pixels.shape or _differ(now, before)


@dataclass(frozen=True, eq=False)
class _Small:
    """A frame made small: `(h, w, 3)` uint8, and whether most of it is white."""

    pixels: NDArray[np.uint8]
    is_white: bool

    @classmethod
    def of(cls, pixels: NDArray[np.uint8]) -> "_Small":
        cv2 = opencv()
        height, width = pixels.shape[:2]
        scale = min(1.0, _SIDE / max(height, width))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
        return cls(small, bool((small.min(axis=-1) >= _WHITE).mean() > 0.5))


def _differ(now: _Small, before: _Small) -> bool:
    if _is_found(now.pixels, before.pixels):
        return False
    # A pan may be too fast for optical flow: both are cut to what a shift of the whole leaves.
    x, y = _shift(now.pixels, before.pixels)
    height, width = now.pixels.shape[:2]
    if max(abs(x) / width, abs(y) / height) > _MOST_SHIFT or (x, y) == (0, 0):
        return True
    shared = now.pixels[max(0, -y) : height - y, max(0, -x) : width - x]
    shifted = before.pixels[max(0, y) : height + y, max(0, x) : width + x]
    return not _is_found(shared, shifted)


def _is_found(now: NDArray[np.uint8], before: NDArray[np.uint8]) -> bool:
    """Return whether enough of the texture of two small frames is the same, somewhere near."""
    flow, back = optical_flow(now, before), optical_flow(before, now)
    here = now.astype(np.float32).mean(axis=-1)
    there = warp(before.astype(np.float32).mean(axis=-1), flow, linear=True)
    correlation, spread, other_spread = _correlation(here, there)
    rich, flat = np.maximum(spread, other_spread), np.minimum(spread, other_spread)
    brightest = np.maximum(_local_mean(here), _local_mean(there))
    comparable = flat >= _TEXTURED
    changed = (flat < _FLAT) & (rich > _RICH) & (brightest < _WHITE)
    judged = comparable | changed
    if judged.mean() < _LEAST_JUDGED:
        return bool(np.abs(_tint(now) - _tint(before)).max() <= _MOST_TINT)
    found = comparable & (reliability(flow, back) > 0.5) & (correlation > _SIMILAR)
    return bool(found.sum() >= _LEAST_FOUND * judged.sum())


def _shift(now: NDArray[np.uint8], before: NDArray[np.uint8]) -> tuple[int, int]:
    """Return by how many pixels (x, y) the second picture lies beside the first."""
    cv2 = opencv()
    pair = [picture.astype(np.float32).mean(axis=-1) for picture in (now, before)]
    if min(pair[0].shape) < 16:
        return 0, 0
    window = cv2.createHanningWindow(pair[0].shape[::-1], cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(*pair, window)
    return round(x), round(y)


def _local_mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
    cv2 = opencv()
    mean: NDArray[np.float32] = cv2.blur(values, (_WINDOW, _WINDOW))
    return mean


def _correlation(
    first: NDArray[np.float32], second: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return the local correlation of two grey pictures, and the standard deviation of each."""
    means = [_local_mean(picture) for picture in (first, second)]
    spreads = [
        np.sqrt(np.maximum(_local_mean(picture**2) - mean**2, 0))
        for picture, mean in zip((first, second), means, strict=True)
    ]
    shared = _local_mean(first * second) - means[0] * means[1]
    return shared / (spreads[0] * spreads[1] + 1e-3), spreads[0], spreads[1]


def _tint(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the mean colour `(3,)` less its brightness."""
    mean: NDArray[np.float64] = pixels.mean(axis=(0, 1), dtype=np.float64)
    tint: NDArray[np.float64] = mean - mean.mean()
    return tint
