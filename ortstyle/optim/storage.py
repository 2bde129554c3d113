"""Where the rows of a history are kept: in memory as float32 or float16, or in a file."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ortstyle.optim import State

Storage = Literal["float32", "float16", "disk"]

BLOCK = 1 << 15  # elements added in float32, which BLAS does at the speed of memory
# Elements combined at once. BLAS rounds by where an element is in its matrix, so this is as much as
# most pictures have: those are painted to the bit as they are without blocks.
LONG_BLOCK = 1 << 22
_HALF_BLOCK = 1 << 14  # so that what is unpacked stays in the processor's cache
_TOP = 15  # the largest of a float16 row lies below 2^15, far from float16's end at 65504


class Rows(Protocol):
    """Room for rows of `size` numbers, read and written block by block.

    Attributes
    ----------
    block, long_block
        How much to read at once for inner products, and for sums of rows.
    """

    block: int
    long_block: int

    def write(self, row: int, to: NDArray[np.float32], since: NDArray[np.float32]) -> None:
        """Keep `to` − `since`, rounded to what the storage holds."""

    def read(self, used: int, block: slice) -> NDArray[np.float32]:
        """Give a block of the first rows: (used, length), good until the next read."""

    def state(self, used: int, *, copy: bool) -> State:
        """Give the first rows as they are stored."""

    def load(self, state: State) -> int:
        """Fill the first rows with what `state` gave and tell how many.

        Raises
        ------
        ValueError
            They were stored in another way, or are too many or of another length.
        """


class FloatRows:
    """Rows in float32.

    Parameters
    ----------
    array
        (rows, size), zeros.
    """

    block = BLOCK
    long_block = LONG_BLOCK

    def __init__(self, array: NDArray[np.float32]) -> None:
        self._array = array

    def write(self, row: int, to: NDArray[np.float32], since: NDArray[np.float32]) -> None:
        """Keep `to` − `since`."""
        np.subtract(to, since, out=self._array[row])

    def read(self, used: int, block: slice) -> NDArray[np.float32]:
        """Give a view."""
        return self._array[:used, block]

    def state(self, used: int, *, copy: bool) -> State:
        """Give the first rows."""
        found = np.asarray(self._array)[:used]  # of a file, too, as a plain array
        return {"rows": found.copy() if copy else found}

    def load(self, state: State) -> int:
        """Fill the first rows."""
        check_rows(state, self._array)
        self._array[: len(state["rows"])] = state["rows"]
        return len(state["rows"])


class HalfRows:
    """Rows in float16, each scaled by a power of two of its own, so that none leaves its range.

    Rounding changes every number by up to 2⁻¹¹ of itself.

    Parameters
    ----------
    rows, size
        How many, and their length.
    """

    block = long_block = _HALF_BLOCK

    def __init__(self, rows: int, size: int) -> None:
        self._array = np.zeros((rows, size), np.float16)
        self._exponents = np.zeros(rows, np.int64)
        self._bits = np.empty((rows, min(size, self.block)), np.int32)

    def write(self, row: int, to: NDArray[np.float32], since: NDArray[np.float32]) -> None:
        """Keep `to` − `since`, rounded."""
        peak = max((float(np.abs(part).max()) for _, part in _differences(to, since)), default=0.0)
        exponent = int(np.frexp(peak)[1]) - _TOP
        self._exponents[row] = exponent
        factors = _powers(-exponent)
        for start, part in _differences(to, since):
            scaled = part * factors[0] * factors[1]
            self._array[row, start : start + len(part)] = scaled

    def read(self, used: int, block: slice) -> NDArray[np.float32]:
        """Give them unpacked.

        A float16's bits are those of a float32 2¹¹² times smaller once they are in their place,
        which is five times faster than NumPy's conversion, number by number.
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
        """Give the first rows, and the exponents of their powers of two."""
        rows = self._array[:used]
        return {"rows": rows.copy() if copy else rows, "exponents": self._exponents[:used].copy()}

    def load(self, state: State) -> int:
        """Fill the first rows."""
        check_rows(state, self._array)
        used = len(state["rows"])
        self._array[:used], self._exponents[:used] = state["rows"], state["exponents"]
        return used


def two_tables(
    storage: Storage, rows: int, size: int, folder: Path | None = None
) -> tuple[Rows, Rows]:
    """Make rows for the s and for the y.

    "disk" is a temporary file in `folder`, by default where `tempfile` puts its own; it is gone
    with the rows, however the process ends.

    Raises
    ------
    OSError
        The file can't be made, or has no room.
    """
    if storage == "float16":
        return HalfRows(rows, size), HalfRows(rows, size)
    if storage == "disk":
        both: NDArray[np.float32] = _in_a_file((2, rows, size), folder)
        return FloatRows(both[0]), FloatRows(both[1])
    # Zeros take no memory until something else is written there.
    s, y = (np.zeros((rows, size), np.float32) for _ in "sy")
    return FloatRows(s), FloatRows(y)


def check_rows(state: State, array: NDArray[Any]) -> None:
    """Raise what `Rows.load` promises."""
    rows = state["rows"]
    fits = rows.ndim == 2 and len(rows) <= len(array) and rows.shape[1] == array.shape[1]
    if rows.dtype != array.dtype or not fits:
        raise ValueError(
            f"the state's pairs are {rows.dtype} {rows.shape}, not {array.dtype} {array.shape}"
        )


def _differences(
    to: NDArray[np.float32], since: NDArray[np.float32]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Give (start, `to` − `since` from there on) block by block."""
    for start in range(0, len(to), BLOCK):
        block = slice(start, start + BLOCK)
        yield start, to[block] - since[block]


def _powers(exponent: int) -> tuple[np.float32, np.float32]:
    """Split a power of two that may be outside float32's range."""
    half = exponent // 2
    return np.float32(2.0**half), np.float32(2.0 ** (exponent - half))


def _in_a_file(shape: tuple[int, ...], folder: Path | None) -> NDArray[np.float32]:
    # The mapping keeps the file, which has no name or loses it with the last handle.
    with tempfile.TemporaryFile(dir=folder) as file:
        _reserve(file.fileno(), 4 * int(np.prod(shape)), folder or Path(tempfile.gettempdir()))
        return np.memmap(file, np.float32, "r+", shape=shape)


def _reserve(file: int, count: int, folder: Path) -> None:
    """Find out now whether there is room: a mapping that finds none ends the process."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file, 0, count)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                raise
        else:
            return
    if shutil.disk_usage(folder).free < count:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
