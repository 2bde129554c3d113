"""L-BFGS's vectors as NumPy arrays, in memory or in mapped files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ortstyle.optim.inner_products import BLOCK, dot, inner_products
from ortstyle.optim.mapped_files import (
    RELEASE_INTERVAL,
    release_pages,
    release_pages_at_intervals,
    temporary_file_array,
)
from ortstyle.optim.optimizer import State, nested_state
from ortstyle.optim.storage import RowTable, VectorStorage, make_pair_tables
from ortstyle.optim.vectors import Direction, PairProducts


class ArrayVectors:
    """Vectors as NumPy arrays; see `vectors.Vectors`.

    Parameters
    ----------
    size
        The length of a vector.
    rows
        The number of curvature pairs that there is room for.
    storage
        How pairs are stored: "float32"; "float16", which takes half the memory and rounds them; or
        "disk", which is float16 in a temporary file and takes longer. With "disk" the other vectors
        are in temporary files too, in float32.
    folder
        The folder of the temporary files; by default `disk_folder.temporary_folder`.

    Raises
    ------
    OSError
        A file can't be made, or there is no room for it.
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
        self._s: RowTable
        self._y: RowTable
        self._s, self._y = make_pair_tables(storage, rows, size=size, folder=folder)
        self._used = 0
        self._on_disk, self._folder = storage == "disk", folder

    def put(self, array: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a copy of an array."""
        copy = self._empty()
        for block in self._blocks(BLOCK):
            copy[block] = array[block]
        return copy

    def keep(self, gradient: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the gradient itself, or its copy on disk where vectors are on disk."""
        return self.put(gradient) if self._on_disk else gradient

    def _empty(self) -> NDArray[np.float32]:
        if self._on_disk:
            return temporary_file_array((self.size,), folder=self._folder)
        return np.empty(self.size, np.float32)

    def get(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the vector itself."""
        return vector

    def norms(self, gradient: NDArray[np.float32]) -> tuple[float, float]:
        """Return the sum of squares and the sum of absolute values."""
        absolute = sum(
            float(np.abs(gradient[block]).sum(dtype=np.float64)) for block in self._blocks(BLOCK)
        )
        return self._square(gradient), absolute

    def _square(self, vector: NDArray[np.float32]) -> float:
        return sum(dot(vector[block], vector[block]) for block in self._blocks(RELEASE_INTERVAL))

    def store_pair(
        self, row: int, point: tuple[Any, Any], *, previous: tuple[Any, Any]
    ) -> PairProducts:
        """Store the pair between two points (x, gradient) in a row; return its products."""
        square = self._square(point[1])
        with_s, with_y = np.zeros((self.rows, 3)), np.zeros((self.rows, 3))
        if not np.isfinite(square):
            return PairProducts(with_s, with_y, square)
        self._s.write(row, point[0], previous=previous[0])
        self._y.write(row, point[1], previous=previous[1])
        self._used = used = max(self._used, row + 1)
        for block in self._blocks(self._s.product_block):
            s, y = (table.read(used, block) for table in (self._s, self._y))
            columns = s[row], y[row], point[1][block]
            with_s[:used] += inner_products(s, columns)
            with_y[:used] += inner_products(y, columns)
        return PairProducts(with_s, with_y, square)

    def advance(
        self, point: tuple[Any, Any], direction: Direction, *, length: float
    ) -> tuple[Any, float]:
        """Return x + length·d and gᵀd for a direction d from a point (x, gradient g)."""
        (x, gradient), used = point, self._used
        of_s, of_y = (of[:used].astype(np.float32) for of in (direction.of_s, direction.of_y))
        trial, slope = self._empty(), 0.0
        for block in self._blocks(self._s.combined_block):
            part = trial[block]
            np.multiply(gradient[block], np.float32(direction.of_gradient), out=part)
            if used:
                part += of_s @ self._s.read(used, block)
                part += of_y @ self._y.read(used, block)
            slope += dot(gradient[block], part)
            part *= np.float32(length)
            part += x[block]
        return trial, slope

    def state(self, *, copy: bool = True) -> State:
        """Return the pairs that were stored, as plain arrays."""
        tables = {"s": self._s, "y": self._y}
        return {
            f"{name}.{key}": array
            for name, table in tables.items()
            for key, array in table.state(self._used, copy=copy).items()
        }

    def load(self, state: State) -> None:
        """Fill the first rows from what `state` returned."""
        for name, table in (("s", self._s), ("y", self._y)):
            self._used = table.load(nested_state(state, name))

    def _blocks(self, length: int) -> Iterator[slice]:
        """Yield the blocks of a vector, and release the mapped pages of earlier blocks."""
        for start in range(0, self.size, length):
            yield slice(start, start + length)
            release_pages_at_intervals(start)
        release_pages()
