"""How the rows of L-BFGS's curvature pairs are stored: float32, float16, or float16 in a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ortstyle.optim.inner_products import BLOCK
from ortstyle.optim.mapped_files import (
    RELEASE_INTERVAL,
    release_pages,
    release_pages_at_intervals,
    temporary_file_array,
)
from ortstyle.optim.optimizer import State

VectorStorage = Literal["float32", "float16", "disk"]

# Numbers of each row that are combined at once. BLAS rounds depending on where a number is in its
# matrix. A block is as long as most pictures, whose results are then those without blocks, bit for
# bit.
COMBINED_BLOCK = 1 << 22
_FLOAT16_BLOCK = 1 << 14  # so that the unpacked numbers stay in the processor's cache
# The largest number of a float16 row lies below 2^15, far from float16's largest, 65504.
_LARGEST_EXPONENT = 15


class RowTable(Protocol):
    """A table of rows of `size` numbers, written row by row and read block by block.

    Attributes
    ----------
    product_block, combined_block
        How many numbers of each row to read at once for inner products, and for sums of rows.
    """

    product_block: int
    combined_block: int

    def write(self, row: int, point: NDArray[np.float32], *, previous: NDArray[np.float32]) -> None:
        """Store `point` − `previous` in a row, rounded to the table's precision."""

    def read(self, used: int, block: slice) -> NDArray[np.float32]:
        """Return a block of the first `used` rows, (used, length), valid until the next read."""

    def state(self, used: int, *, copy: bool) -> State:
        """Return the first `used` rows as they are stored."""

    def load(self, state: State) -> int:
        """Fill the first rows from what `state` returned, and return their number.

        Raises
        ------
        ValueError
            The rows were stored in another precision, or are too many or of another length.
        """


class Float32Table:
    """A table of rows in float32.

    Parameters
    ----------
    array
        (rows, size) float32, zeros.
    """

    product_block = BLOCK
    combined_block = COMBINED_BLOCK

    def __init__(self, array: NDArray[np.float32]) -> None:
        self._array = array

    def write(self, row: int, point: NDArray[np.float32], *, previous: NDArray[np.float32]) -> None:
        """Store `point` − `previous` in a row."""
        np.subtract(point, previous, out=self._array[row])

    def read(self, used: int, block: slice) -> NDArray[np.float32]:
        """Return a view of a block of the first rows."""
        return self._array[:used, block]

    def state(self, used: int, *, copy: bool) -> State:
        """Return the first rows."""
        rows = self._array[:used]
        return {"rows": rows.copy() if copy else rows}

    def load(self, state: State) -> int:
        """Fill the first rows and return their number."""
        _check_rows(state, self._array)
        self._array[: len(state["rows"])] = state["rows"]
        return len(state["rows"])


class Float16Table:
    """A table of rows in float16, each scaled by its own power of two to stay within float16.

    Rounding changes each number by up to 2⁻¹¹ of itself.

    Parameters
    ----------
    array
        (rows, size) float16, zeros.
    """

    product_block = combined_block = _FLOAT16_BLOCK

    def __init__(self, array: NDArray[np.float16]) -> None:
        rows, size = array.shape
        self._array = array
        self._exponents = np.zeros(rows, np.int64)
        self._bits = np.empty((rows, min(size, self.product_block)), np.int32)

    def write(self, row: int, point: NDArray[np.float32], *, previous: NDArray[np.float32]) -> None:
        """Store `point` − `previous` in a row, rounded."""
        blocks = _difference_blocks(point, previous)
        peak = max((float(np.abs(part).max()) for _, part in blocks), default=0.0)
        exponent = int(np.frexp(peak)[1]) - _LARGEST_EXPONENT
        self._exponents[row] = exponent
        factors = _power_of_two_factors(-exponent)
        for start, part in _difference_blocks(point, previous):
            scaled = part * factors[0] * factors[1]
            self._array[row, start : start + len(part)] = scaled

    def read(self, used: int, block: slice) -> NDArray[np.float32]:
        """Return a block of the first rows, unpacked to float32.

        Shifted into position, the bits of a float16 are those of a float32 that is 2¹¹² times
        smaller. Unpacking them so is five times faster than NumPy's conversion.
        """
        stored = self._array.view(np.int16)[:used, block]
        bits = self._bits[:used, : stored.shape[1]]
        bits[...] = stored
        np.left_shift(bits, 13, out=bits)
        np.bitwise_and(bits, np.int32(~0x70000000), out=bits)
        found = bits.view(np.float32)
        found *= np.float32(2.0**112)
        found *= np.ldexp(np.float32(1), self._exponents[:used, None]).astype(np.float32)
        return found

    def state(self, used: int, *, copy: bool) -> State:
        """Return the first rows and the exponents of their powers of two."""
        rows = self._array[:used]
        return {"rows": rows.copy() if copy else rows, "exponents": self._exponents[:used].copy()}

    def load(self, state: State) -> int:
        """Fill the first rows and return their number."""
        _check_rows(state, self._array)
        used = len(state["rows"])
        for start in range(0, self._array.shape[1], RELEASE_INTERVAL):
            block = slice(start, start + RELEASE_INTERVAL)
            self._array[:used, block] = state["rows"][:, block]
            release_pages()
        self._exponents[:used] = state["exponents"]
        return used


def make_pair_tables(
    storage: VectorStorage, rows: int, *, size: int, folder: Path | None = None
) -> tuple[RowTable, RowTable]:
    """Make a table for the s and one for the y of curvature pairs.

    Parameters
    ----------
    storage
        How the rows are stored; "disk" is float16 in a temporary file.
    rows, size
        Number and length of the rows.
    folder
        The folder of the file; by default `disk_folder.temporary_folder`.

    Raises
    ------
    OSError
        The file can't be made, or there is no room for it.
    """
    if storage == "disk":
        first, second = temporary_file_array((2, rows, size), np.float16, folder=folder)
        return Float16Table(first), Float16Table(second)
    # Zeros take no memory until something else is written there.
    if storage == "float16":
        first, second = (np.zeros((rows, size), np.float16) for _ in "sy")
        return Float16Table(first), Float16Table(second)
    s, y = (np.zeros((rows, size), np.float32) for _ in "sy")
    return Float32Table(s), Float32Table(y)


def _check_rows(state: State, array: NDArray[Any]) -> None:
    """Raise the error that `RowTable.load` promises."""
    rows = state["rows"]
    fits = rows.ndim == 2 and len(rows) <= len(array) and rows.shape[1] == array.shape[1]
    if rows.dtype != array.dtype or not fits:
        raise ValueError(
            f"the state's pairs are {rows.dtype} {rows.shape}, not {array.dtype} {array.shape}"
        )


def _difference_blocks(
    point: NDArray[np.float32], previous: NDArray[np.float32]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield `point` − `previous` block by block, each with the number at which it starts."""
    for start in range(0, len(point), BLOCK):
        block = slice(start, start + BLOCK)
        yield start, point[block] - previous[block]
        release_pages_at_intervals(start)


def _power_of_two_factors(exponent: int) -> tuple[np.float32, np.float32]:
    """Return two float32 factors of a power of two that may itself exceed float32's range."""
    half = exponent // 2
    return np.float32(2.0**half), np.float32(2.0 ** (exponent - half))
