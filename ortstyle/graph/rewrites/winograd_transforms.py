"""The exact transforms of Winograd's convolutions, and the filters that apply them to tiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from math import prod

import numpy as np
from numpy.typing import NDArray

#: The side of the kernels.
KERNEL = 3
#: By m, the points at which polynomials are evaluated; None is infinity. Those for 4 and 6 have the
#: least rounding error in Barabasz et al. 2020, *Error Analysis and Improving the Accuracy of
#: Winograd Convolution*.
_POINTS: dict[int, tuple[str | None, ...]] = {
    2: ("0", "1", "-1", None),
    4: ("0", "-1", "1", "1/2", "-2", None),
    6: ("0", "-1", "1", "1/2", "-1/2", "2", "-2", None),
}

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Transforms:
    """Aᵀ (m, m+2), G (m+2, 3) and Bᵀ (m+2, m+2) with Aᵀ[(G·g)⊙(Bᵀ·d)] = d ⋆ g.

    Toom–Cook: evaluate the polynomials at m+1 points and infinity, multiply, interpolate, and
    transpose the whole; Blahut 2010, *Fast Algorithms for Signal Processing*, section 5.2.
    """

    result: Matrix
    kernel: Matrix
    tile: Matrix

    @classmethod
    @cache
    def of(cls, tile: int, *, flipped: bool = False) -> "Transforms":
        """Compute the transforms in exact fractions.

        With `flipped` they are those for the flipped kernel, to be used with the transform G of the
        kernel itself. As a polynomial the flipped kernel is x²·g(1/x), whose value at 1/p is that
        of g at p, divided by p². So the points are the reciprocals, and Bᵀ includes the factor
        between the two transformed kernels.
        """
        points = [None if p is None else Fraction(p) for p in _POINTS[tile]]
        if not flipped:
            return cls(*_toom_cook(points, tile))
        result, kernel, rows = _toom_cook([_reciprocal(p) for p in points], tile)
        # Any kernel whose values at the points are not 0 gives the factors.
        probe = np.array([5.0, 7.0, 11.0])
        plain = _toom_cook(points, tile)[1] @ probe
        return cls(result, kernel, rows * (kernel @ probe[::-1] / plain)[:, None])


def _reciprocal(point: Fraction | None) -> Fraction | None:
    if point is None:
        return Fraction(0)
    return 1 / point if point else None


def _toom_cook(points: Sequence[Fraction | None], tile: int) -> tuple[Matrix, Matrix, Matrix]:
    """Return Aᵀ, G and Bᵀ for points of which one is infinity."""
    finite = [p for p in points if p is not None]

    def powers(p: Fraction | None, count: int) -> list[Fraction]:
        if p is None:
            return [Fraction(0)] * (count - 1) + [Fraction(1)]
        return [p**k for k in range(count)]

    norms = [1 if p is None else prod(p - q for q in finite if q != p) for p in points]
    kernel = [[x / n for x in powers(p, KERNEL)] for p, n in zip(points, norms, strict=True)]
    rows = [_polynomial([q for q in finite if q != p], len(points)) for p in points]
    result = np.array([powers(p, tile) for p in points], float).T
    return result, np.array(kernel, float), np.array(rows, float)


def _polynomial(roots: Sequence[Fraction], count: int) -> list[Fraction]:
    """Return `count` coefficients of Π (x − root), the constant first."""
    coefficients = [Fraction(1)]
    for root in roots:
        up, down = [Fraction(0), *coefficients], [*coefficients, Fraction(0)]
        coefficients = [u - root * d for u, d in zip(up, down, strict=True)]
    return coefficients + [Fraction(0)] * (count - len(coefficients))


@lru_cache(maxsize=32)  # every graph of a network needs the same few
def filters_of(
    tile: int, channels: int, *, flipped: bool, by_axis: bool
) -> tuple[NDArray[np.float32], ...]:
    """Return the filters that transform the tiles of each channel, of each axis or of both."""
    rows = Transforms.of(tile, flipped=flipped).tile.astype(np.float32)
    size = len(rows)
    if not by_axis:
        both = np.kron(rows, rows).reshape(size**2, 1, size, size)
        return (np.tile(both, (channels, 1, 1, 1)),)
    along_height = np.tile(rows.reshape(size, 1, size, 1), (channels, 1, 1, 1))
    along_width = np.tile(rows.reshape(size, 1, 1, size), (channels * size, 1, 1, 1))
    return along_height, along_width
