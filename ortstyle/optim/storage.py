"""Where vectors and the rows of a history are kept: in memory as float32 or float16, or in files.

Files are mapped and without a name. What was read or written is let go of by `release_pages`, so that they
take no memory of the process but between two calls; where `KEEPS_PAGES` is true, only the system
takes that memory back, when it needs it.
"""

import errno
import mmap
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Literal, Protocol
from weakref import WeakSet

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ortstyle.optim import State

VectorStorage = Literal["float32", "float16", "disk"]

BLOCK = 1 << 15  # elements of each row that are multiplied while they are in the processor's cache
# Elements combined at once. BLAS rounds by where an element is in its matrix, so this is as much as
# most pictures have: those are painted to the bit as they are without blocks.
LONG_BLOCK = 1 << 22
_HALF_BLOCK = 1 << 14  # so that what is unpacked stays in the processor's cache
STRETCH = 1 << 19  # numbers of each row that are read of files before their memory is let go of
_TOP = 15  # the largest of a float16 row lies below 2^15, far from float16's end at 65504
PAGE = 1 << 21  # bytes of a file that come into memory at once, at most
#: Whether a process can't let go of a mapped file's memory, as it can't on Windows.
KEEPS_PAGES = sys.platform == "win32" or not hasattr(mmap, "MADV_DONTNEED")


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
        found = self._array[:used]
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
    array
        (rows, size) float16, zeros.
    """

    block = long_block = _HALF_BLOCK

    def __init__(self, array: NDArray[np.float16]) -> None:
        rows, size = array.shape
        self._array = array
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
        for start in range(0, self._array.shape[1], STRETCH):
            block = slice(start, start + STRETCH)
            self._array[:used, block] = state["rows"][:, block]
            release_pages()
        self._exponents[:used] = state["exponents"]
        return used


def two_tables(
    storage: VectorStorage, rows: int, size: int, folder: Path | None = None
) -> tuple[Rows, Rows]:
    """Make rows for the s and for the y.

    "disk" is float16 `file_array`.

    Raises
    ------
    OSError
        The file can't be made, or has no room.
    """
    if storage == "disk":
        first, second = file_array((2, rows, size), np.float16, folder)
        return HalfRows(first), HalfRows(second)
    # Zeros take no memory until something else is written there.
    if storage == "float16":
        first, second = (np.zeros((rows, size), np.float16) for _ in "sy")
        return HalfRows(first), HalfRows(second)
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
        release_pages_at_times(start)


def _powers(exponent: int) -> tuple[np.float32, np.float32]:
    """Split a power of two that may be outside float32's range."""
    half = exponent // 2
    return np.float32(2.0**half), np.float32(2.0 ** (exponent - half))


_mappings: WeakSet[mmap.mmap] = WeakSet()


def file_array(
    shape: Sequence[int], dtype: DTypeLike = np.float32, folder: Path | None = None
) -> NDArray[Any]:
    """Make an array of zeros in a temporary file, gone with the array, however the process ends.

    Parameters
    ----------
    shape, dtype
        Of the array.
    folder
        Where the file is to be; by default where `tempfile` puts its own.

    Raises
    ------
    OSError
        The file can't be made, or has no room.
    """
    count = int(np.prod(shape)) * np.dtype(dtype).itemsize
    # The mapping keeps the file, which has no name or loses it with the last handle.
    with tempfile.TemporaryFile(dir=folder) as file:
        _reserve(file.fileno(), count, folder or Path(tempfile.gettempdir()))
        file.truncate(count)
        mapping = mmap.mmap(file.fileno(), count)
    _mappings.add(mapping)
    return np.frombuffer(mapping, dtype).reshape(shape)


def map_file(file: IO[bytes], shape: Sequence[int], dtype: DTypeLike, offset: int) -> NDArray[Any]:
    """Give an array that stands in a file, in C order from an offset on; it can't be written to."""
    mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    _mappings.add(mapping)
    return np.frombuffer(mapping, dtype, int(np.prod(shape)), offset).reshape(shape)


def release_pages() -> None:
    """Let go of the memory through which files were read and written; what is in them stays."""
    if sys.platform != "win32" and not KEEPS_PAGES:
        for mapping in tuple(_mappings):
            mapping.madvise(mmap.MADV_DONTNEED)


def release_pages_at_times(start: int) -> None:
    """Do that in a pass that goes block by block, once in `STRETCH` numbers; `start` is where."""
    if _mappings and start % STRETCH == 0:
        release_pages()


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
