"""Pictures between their pixels, by cubic splines, which keep what is nearly as fine as a pixel.

OpenCV's `remap` rounds positions to 1/32 pixel in its cubic and Lanczos modes, and cubic
convolution blurs more half a pixel away from the samples than on them: a film that moves by
fractions of a pixel would seem to flicker. Interpolating splines (Unser, Aldroubi, Eden 1993) do so
least.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

_POLE = math.sqrt(3) - 2
_AROUND = 12  # pixels by which a picture is continued; the influence of one falls to 1e-7 in them


@dataclass(frozen=True, eq=False)
class Spline:
    """A picture as the cubic spline through its pixels.

    Attributes
    ----------
    coefficients
        (H + 24, W + 24, C) float32, of the picture continued by its outermost pixels.
    """

    coefficients: NDArray[np.float32]

    def at(self, points: Floats) -> NDArray[np.float32]:
        """Return the picture (…, C) at points (…, 2), x before y.

        (0, 0) is the middle of the first pixel. Beyond its border the picture is continued by its
        outermost pixels.
        """
        height, width, channels = self.coefficients.shape
        flat = self.coefficients.reshape(-1, channels)
        inside = np.clip(points + _AROUND, 4, np.array([width, height]) - 5)
        first = np.floor(inside).astype(np.int32)
        rest = (inside - first).astype(np.float32)
        across, down = (_weights(rest[..., k : k + 1]) for k in (0, 1))
        start = (first[..., 1] - 1) * width + first[..., 0] - 1
        total = np.zeros((*points.shape[:-1], channels), np.float32)
        for row, row_weight in enumerate(down):
            line = np.zeros_like(total)
            for column, weight in enumerate(across):
                line += weight * flat.take(start + (row * width + column), 0)
            total += row_weight * line
        return total

    @property
    def size(self) -> tuple[int, int]:
        """The width and height of the picture in pixels."""
        height, width = self.coefficients.shape[:2]
        return width - 2 * _AROUND, height - 2 * _AROUND


def spline_of(picture: NDArray[Any]) -> Spline:
    """Return the spline through the pixels of a picture (H, W, C)."""
    around = ((_AROUND, _AROUND), (_AROUND, _AROUND), (0, 0))
    values = np.pad(np.asarray(picture, np.float32), around, mode="edge")
    for axis in (0, 1):
        _filter(np.moveaxis(values, axis, 0))
    return Spline(values)


def warped(picture: NDArray[Any], flow: Floats) -> NDArray[np.float32]:
    """Return a picture (H, W, C) at what a flow (H, W, 2) adds to each pixel, in pixels."""
    height, width = flow.shape[:2]
    y, x = np.mgrid[:height, :width]
    return spline_of(picture).at(np.stack([x, y], -1) + flow.astype(np.float64))


def _filter(lines: NDArray[np.float32]) -> None:
    """Turn samples along the first axis into coefficients, in place, mirrored at both ends."""
    weights = _POLE ** np.arange(min(_AROUND, len(lines)))
    lines[0] = np.tensordot(weights.astype(np.float32), lines[: len(weights)], 1)
    for k in range(1, len(lines)):
        lines[k] += np.float32(_POLE) * lines[k - 1]
    lines[-1] = _POLE / (_POLE**2 - 1) * (lines[-1] + _POLE * lines[-2])
    for k in range(len(lines) - 2, -1, -1):
        lines[k] = np.float32(_POLE) * (lines[k + 1] - lines[k])
    lines *= 6


def _weights(d: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the weights of the coefficients −1, 0, 1 and 2 for a point `d` after number 0."""
    left = 1 - d
    return (
        left**3 / 6,
        2 / 3 - d * d * (2 - d) / 2,
        2 / 3 - left * left * (2 - left) / 2,
        d**3 / 6,
    )
