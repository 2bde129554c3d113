"""Vectors and the passes over them that L-BFGS takes, wherever they live."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 15  # elements added in float32, which BLAS does at the speed of memory

Products = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """Inner products with a new pair (s, y) and the gradient g that it ends at.

    Attributes
    ----------
    with_s, with_y
        Of all s, and of all y, with the new s, the new y and g: (rows, 3) float64. The new pair is
        among the rows.
    square
        gᵀg.
    """

    with_s: Products
    with_y: Products
    square: float


class Vectors(Protocol):
    """Vectors of `size` float32 numbers, and room for `rows` pairs of them, s and y.

    A vector that was handed out is never written to again. What its type is only the
    implementation knows.
    """

    size: int
    rows: int

    def put(self, array: Any) -> Any:
        """Bring an array of `size` numbers to where the vectors are; one of these stays there."""

    def get(self, vector: Any) -> NDArray[np.float32]:
        """Bring a vector back as an array."""

    def norms(self, gradient: Any) -> tuple[float, float]:
        """Give the sum of squares and the sum of absolute values."""

    def measure(self, row: int, to: tuple[Any, Any], since: tuple[Any, Any]) -> Measured:
        """Write the pair between two points (x, gradient) into a row and measure it.

        Where the gradient of `to` is not finite, the row holds no such numbers either.
        """

    def advance(
        self, at: tuple[Any, Any], of_s: Products, of_y: Products, of_g: float, length: float
    ) -> tuple[Any, Any, float]:
        """Give d = Σ of_s·s + Σ of_y·y + of_g·g, then x + length·d, then gᵀd."""

    def step(self, x: Any, direction: Any, length: float) -> Any:
        """Give x + length·direction."""

    def pairs(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Give copies of all s and all y, (rows, size) each."""

    def load(self, s: NDArray[np.float32], y: NDArray[np.float32]) -> None:
        """Fill the first rows."""


def dot(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Inner product; blocks are added in float64, so that length costs no digits."""
    return float(products(a[None], [b])[0, 0])


def products(rows: NDArray[np.float32], columns: Sequence[NDArray[np.float32]]) -> Products:
    """Inner products of (p, n) float32 vectors with q others, as `dot`: (p, q).

    A block of rows is read from memory once for all columns.
    """
    total = np.zeros((len(rows), len(columns)))
    for start in range(0, rows.shape[1], _BLOCK):
        block = slice(start, start + _BLOCK)
        for i, column in enumerate(columns):
            total[:, i] += rows[:, block] @ column[block]
    return total


class ArrayVectors:
    """Vectors as NumPy arrays.

    Parameters
    ----------
    size
        Their length.
    rows
        Pairs to have room for.
    """

    def __init__(self, size: int, rows: int) -> None:
        self.size, self.rows = size, rows
        # Zeros take no memory until something else is written there.
        self._s, self._y = (np.zeros((rows, size), np.float32) for _ in "sy")
        self._used = 0

    def put(self, array: NDArray[np.float32]) -> NDArray[np.float32]:
        """Copy an array."""
        return np.array(array, np.float32)

    def get(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give the array itself."""
        return vector

    def norms(self, gradient: NDArray[np.float32]) -> tuple[float, float]:
        """Give the sum of squares and the sum of absolute values."""
        return dot(gradient, gradient), float(np.abs(gradient).sum(dtype=np.float64))

    def measure(self, row: int, to: tuple[Any, Any], since: tuple[Any, Any]) -> Measured:
        """Write the pair between two points (x, gradient) into a row and measure it."""
        square = dot(to[1], to[1])
        if not np.isfinite(square):
            nothing = np.zeros((self.rows, 3))
            return Measured(nothing, nothing, square)
        s, y = self._s[row], self._y[row]
        np.subtract(to[0], since[0], out=s)
        np.subtract(to[1], since[1], out=y)
        self._used = max(self._used, row + 1)
        columns = (s, y, to[1])
        found = []
        for rows in (self._s, self._y):
            table = np.zeros((self.rows, len(columns)))
            table[: self._used] = products(rows[: self._used], columns)
            found.append(table)
        return Measured(found[0], found[1], square)

    def advance(
        self, at: tuple[Any, Any], of_s: Products, of_y: Products, of_g: float, length: float
    ) -> tuple[Any, Any, float]:
        """Give d = Σ of_s·s + Σ of_y·y + of_g·g, then x + length·d, then gᵀd."""
        x, gradient = at
        direction = np.float32(of_g) * gradient
        if self._used:
            direction += of_s[: self._used].astype(np.float32) @ self._s[: self._used]
            direction += of_y[: self._used].astype(np.float32) @ self._y[: self._used]
        return direction, self.step(x, direction, length), dot(gradient, direction)

    def step(self, x: Any, direction: Any, length: float) -> NDArray[np.float32]:
        """Give x + length·direction."""
        moved = np.float32(length) * direction
        moved += x
        return np.asarray(moved, np.float32)

    def pairs(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Give copies of all s and all y that were ever written."""
        return self._s[: self._used].copy(), self._y[: self._used].copy()

    def load(self, s: NDArray[np.float32], y: NDArray[np.float32]) -> None:
        """Fill the first rows."""
        self._used = len(s)
        self._s[: self._used], self._y[: self._used] = s, y
