"""Vectors and the passes over them that L-BFGS takes, wherever they live."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ortstyle.optim import State
from ortstyle.optim.storage import (
    BLOCK,
    STRETCH,
    Rows,
    VectorStorage,
    file_array,
    release_pages,
    release_pages_at_times,
    two_tables,
)

Products = NDArray[np.float64]

SUMMED = 128  # products that float32 adds


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

    def keep(self, gradient: Any) -> Any:
        """Give a vector that somebody else made as it is to be kept, which may be itself."""

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
    ) -> tuple[Any, float]:
        """Give x + length·d and gᵀd for d = Σ of_s·s + Σ of_y·y + of_g·g."""

    def state(self, *, copy: bool = True) -> State:
        """Give the pairs that were written, as plain arrays."""

    def load(self, state: State) -> None:
        """Fill the first rows with what `state` gave."""


def dot(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Inner product; see `products`."""
    return float(products(a[None], [b])[0, 0])


def products(rows: NDArray[np.float32], columns: Sequence[NDArray[np.float32]]) -> Products:
    """Inner products of (p, n) float32 vectors with q others: (p, q).

    Each is within 2⁻¹⁷·Σ|aᵢ·bᵢ| of the exact one, whatever n: float32 adds at most `SUMMED`
    products, in whatever order BLAS does, each addition rounding by 2⁻²⁴ at most (Higham 2002,
    *Accuracy and Stability of Numerical Algorithms*, equation 3.5), and float64 adds these sums. A
    block of rows is read from memory once for all columns.
    """
    total = np.zeros((len(rows), len(columns)))
    for start in range(0, rows.shape[1], BLOCK):
        block = rows[:, start : start + BLOCK]
        for i, column in enumerate(columns):
            total[:, i] += _products(block, column[start : start + BLOCK])
    return total


def _products(rows: NDArray[np.float32], column: NDArray[np.float32]) -> Products:
    """Inner products of a block of (p, n) with one of (n,): (p,)."""
    whole = column.size - column.size % SUMMED
    cut = rows[:, :whole].reshape(len(rows), -1, SUMMED).swapaxes(0, 1)
    sums = cut @ column[:whole].reshape(-1, SUMMED, 1)
    total: Products = sums.sum(axis=0, dtype=np.float64)[:, 0]
    return total + rows[:, whole:] @ column[whole:]


class ArrayVectors:
    """Vectors as NumPy arrays.

    Parameters
    ----------
    size
        Their length.
    rows
        Pairs to have room for.
    storage
        How pairs are kept: "float32"; "float16", which takes half the memory and rounds them; or
        "disk", the same in a temporary file, which takes the disk's time. The vectors are in such
        files then, too.
    folder
        Of the temporary files; by default where `tempfile` puts its own.

    Raises
    ------
    OSError
        The file can't be made, or has no room.
    """

    def __init__(
        self,
        size: int,
        rows: int,
        *,
        storage: VectorStorage = "float32",
        folder: Path | None = None,
    ) -> None:
        self.size, self.rows = size, rows
        self._s: Rows
        self._y: Rows
        self._s, self._y = two_tables(storage, rows, size, folder)
        self._used = 0
        self._on_disk, self._folder = storage == "disk", folder

    def put(self, array: NDArray[np.float32]) -> NDArray[np.float32]:
        """Copy an array."""
        copy = self._empty()
        for block in self._blocks(BLOCK):
            copy[block] = array[block]
        return copy

    def keep(self, gradient: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give the array itself, or a copy on disk."""
        return self.put(gradient) if self._on_disk else gradient

    def _empty(self) -> NDArray[np.float32]:
        if self._on_disk:
            return file_array((self.size,), folder=self._folder)
        return np.empty(self.size, np.float32)

    def get(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give the array itself."""
        return vector

    def norms(self, gradient: NDArray[np.float32]) -> tuple[float, float]:
        """Give the sum of squares and the sum of absolute values."""
        absolute = sum(
            float(np.abs(gradient[block]).sum(dtype=np.float64)) for block in self._blocks(BLOCK)
        )
        return self._square(gradient), absolute

    def _square(self, vector: NDArray[np.float32]) -> float:
        return sum(dot(vector[block], vector[block]) for block in self._blocks(STRETCH))

    def measure(self, row: int, to: tuple[Any, Any], since: tuple[Any, Any]) -> Measured:
        """Write the pair between two points (x, gradient) into a row and measure it."""
        square = self._square(to[1])
        with_s, with_y = np.zeros((self.rows, 3)), np.zeros((self.rows, 3))
        if not np.isfinite(square):
            return Measured(with_s, with_y, square)
        self._s.write(row, to[0], since[0])
        self._y.write(row, to[1], since[1])
        self._used = used = max(self._used, row + 1)
        for block in self._blocks(self._s.block):
            s, y = (rows.read(used, block) for rows in (self._s, self._y))
            columns = s[row], y[row], to[1][block]
            with_s[:used] += products(s, columns)
            with_y[:used] += products(y, columns)
        return Measured(with_s, with_y, square)

    def advance(
        self, at: tuple[Any, Any], of_s: Products, of_y: Products, of_g: float, length: float
    ) -> tuple[Any, float]:
        """Give x + length·d and gᵀd for d = Σ of_s·s + Σ of_y·y + of_g·g."""
        (x, gradient), used = at, self._used
        for_s, for_y = (of[:used].astype(np.float32) for of in (of_s, of_y))
        trial, slope = self._empty(), 0.0
        for block in self._blocks(self._s.long_block):
            direction = trial[block]
            np.multiply(gradient[block], np.float32(of_g), out=direction)
            if used:
                direction += for_s @ self._s.read(used, block)
                direction += for_y @ self._y.read(used, block)
            slope += dot(gradient[block], direction)
            direction *= np.float32(length)
            direction += x[block]
        return trial, slope

    def state(self, *, copy: bool = True) -> State:
        """Give the pairs that were written, as plain arrays."""
        tables = {"s": self._s, "y": self._y}
        return {
            f"{table}.{name}": array
            for table, rows in tables.items()
            for name, array in rows.state(self._used, copy=copy).items()
        }

    def load(self, state: State) -> None:
        """Fill the first rows with what `state` gave."""
        for table, rows in (("s", self._s), ("y", self._y)):
            self._used = rows.load(under(table, state))

    def _blocks(self, length: int) -> Iterator[slice]:
        for start in range(0, self.size, length):
            yield slice(start, start + length)
            release_pages_at_times(start)
        release_pages()


def under(prefix: str, state: State) -> State:
    """Give what a state has under `prefix.`, by the rest of the names."""
    start = prefix + "."
    return {n.removeprefix(start): a for n, a in state.items() if n.startswith(start)}
