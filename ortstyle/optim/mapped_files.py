"""Arrays in memory-mapped files, which take no memory between two uses.

`release_pages` gives back the memory through which a file was read or written. Where a process
can't do that (`KEEPS_MAPPED_PAGES`), only the system takes this memory back when it needs it.
"""

import errno
import mmap
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any
from weakref import WeakSet

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ortstyle.optim.disk_folder import temporary_folder

RELEASE_INTERVAL = 1 << 19  # numbers that a pass reads of each array before it releases pages
LARGEST_PAGE = 1 << 21  # bytes of a file that come into memory at once, at most
#: Whether a process can't release the memory of a mapped file, as on Windows.
KEEPS_MAPPED_PAGES = sys.platform == "win32" or not hasattr(mmap, "MADV_DONTNEED")

_mappings: WeakSet[mmap.mmap] = WeakSet()


def temporary_file_array(
    shape: Sequence[int], dtype: DTypeLike = np.float32, *, folder: Path | None = None
) -> NDArray[Any]:
    """Return an array of zeros in a temporary file, which is gone as soon as the array is.

    No file is left behind, however the process ends.

    Parameters
    ----------
    shape, dtype
        Shape and dtype of the array.
    folder
        The folder of the file; by default `disk_folder.temporary_folder`.

    Raises
    ------
    OSError
        The file can't be made, or there is no room for it.
    """
    folder = folder or temporary_folder()
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    # The mapping keeps the file alive, which has no name or loses it with the last handle.
    with tempfile.TemporaryFile(dir=folder) as file:
        _reserve(file.fileno(), size, folder=folder)
        file.truncate(size)
        mapping = mmap.mmap(file.fileno(), size)
    _mappings.add(mapping)
    return np.frombuffer(mapping, dtype).reshape(shape)


def read_only_file_array(
    file: IO[bytes], shape: Sequence[int], *, dtype: DTypeLike, offset: int
) -> NDArray[Any]:
    """Return the array that a file holds in C order from an offset on; it can't be written to."""
    mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    _mappings.add(mapping)
    return np.frombuffer(mapping, dtype, int(np.prod(shape)), offset).reshape(shape)


def release_pages() -> None:
    """Release the memory through which files were read and written; their contents stay."""
    if sys.platform != "win32" and not KEEPS_MAPPED_PAGES:
        for mapping in tuple(_mappings):
            mapping.madvise(mmap.MADV_DONTNEED)


def release_pages_at_intervals(position: int) -> None:
    """Release pages each time that a loop over blocks has read `RELEASE_INTERVAL` numbers.

    Parameters
    ----------
    position
        The number at which a block begins.
    """
    if _mappings and position % RELEASE_INTERVAL == 0:
        release_pages()


def _reserve(file: int, size: int, *, folder: Path) -> None:
    """Reserve room for the file or raise OSError: writing to a mapping on a full disk is fatal."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file, 0, size)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                raise
        else:
            return
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
