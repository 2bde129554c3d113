"""Frames turned upright by the display matrix of a film, and pixels made square.

References
----------
ISO/IEC 14496-12, section 8.3.2.3: a matrix of nine numbers takes (x, y) to (a·x + c·y, b·x + d·y),
with y downwards; FFmpeg hands it out in the same order.
"""

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from math import atan2, degrees
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MOST_STRETCHED = 10  # width over height of a pixel that is believed
_PRECISE = 1.0  # degrees


@dataclass(frozen=True)
class Orientation:
    """How the pixels of a frame are turned so that it is upright.

    Attributes
    ----------
    quarters
        Quarter turns counterclockwise, 0–3, after mirroring.
    mirrored
        Whether left and right are exchanged first.
    leftover
        Degrees by which the file wants the frame turned further.
    """

    quarters: int = 0
    mirrored: bool = False
    leftover: float = 0.0

    @property
    def swaps_sides(self) -> bool:
        """Whether width and height are exchanged."""
        return self.quarters % 2 == 1

    @property
    def notice(self) -> str:
        """What the user should know; usually empty."""
        if abs(self.leftover) < _PRECISE:
            return ""
        return f"is to be turned by {self.leftover:.0f}° beyond quarter turns, which is left out"

    def upright(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return ``(H, W, C)`` pixels turned upright."""
        pixels = pixels[:, ::-1] if self.mirrored else pixels
        return np.ascontiguousarray(np.rot90(pixels, self.quarters))

    def sides(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return width and height on the other side of the turning."""
        return size[::-1] if self.swaps_sides else size


def orientation_of(frame: Any) -> Orientation:
    """Return the orientation that a decoded frame of PyAV carries."""
    matrix = None
    with suppress(ValueError, KeyError):  # a kind of side data that PyAV does not know
        matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is not None and len(bytes(matrix)) >= 36:
        return _of_matrix(np.frombuffer(bytes(matrix), np.int32, 9))
    return _of_angle(float(frame.rotation), mirrored=False)


def _of_matrix(matrix: NDArray[np.int32]) -> Orientation:
    a, b, _, c, d = (float(value) for value in matrix[:5])
    determinant = a * d - b * c
    if determinant == 0:
        return Orientation()
    mirrored = determinant < 0
    if mirrored:  # the matrix is one that mirrors first, then turns
        a, b = -a, -b
    return _of_angle(-degrees(atan2(b, a)), mirrored=mirrored)


def _of_angle(angle: float, *, mirrored: bool) -> Orientation:
    quarters = round(angle / 90)
    return Orientation(quarters % 4, mirrored, angle - 90 * quarters)


def square_size(width: int, height: int, aspect: Fraction | None) -> tuple[int, int]:
    """Return the size of a frame whose pixels are made square; none are lost.

    Parameters
    ----------
    width, height
        Pixels as they are stored.
    aspect
        Width over height of a pixel; None, or one that nobody means, for square.
    """
    if not aspect or not Fraction(1, _MOST_STRETCHED) <= aspect <= _MOST_STRETCHED:
        return width, height
    if aspect > 1:
        return round(width * aspect), height
    return width, round(height / aspect)
