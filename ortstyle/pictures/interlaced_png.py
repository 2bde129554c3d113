"""Reads interlaced PNG of 16-bit colour, which Pillow reads as 8 bits a channel.

Such a file holds seven pictures one after the other, each of some pixels of the whole ("Adam7").

References
----------
W3C, Portable Network Graphics (PNG) Specification (Third Edition), section 8.1.
"""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ortstyle.pictures.png_rows import Decompressed, PngHeader, unfilter_rows
from ortstyle.pictures.strips import strip_rows

_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)  # the column and row of the first pixel, and the steps to the next column and row


def read_interlaced(file: BinaryIO, header: PngHeader, rows: int) -> Iterator[NDArray[np.uint16]]:
    """Yield the pixels of an interlaced PNG from top to bottom, each strip freed by the next.

    All levels are in memory once, before the first strip is yielded: 2 bytes a channel.

    Parameters
    ----------
    file
        The file.
    header
        Its header; `PngHeader.has_passes` must be true.
    rows
        Rows of each strip but the last.

    Yields
    ------
    numpy.ndarray
        ``(rows, W, channels)`` uint16.

    Raises
    ------
    OSError, zlib.error
        The file is damaged or cut short.
    """
    width, height, channels = header.width, header.height, header.channels
    strips = [
        np.empty((min(rows, height - top), width, channels), np.uint16)
        for top in range(0, height, rows)
    ]
    data = Decompressed(file)
    for left, top, across, down in _PASSES:
        size = (len(range(left, width, across)), len(range(top, height, down)))
        if 0 in size:  # then nothing is stored
            continue
        found = unfilter_rows(data, size, channels, strip_rows(size))
        places = range(top, height, down)
        for place, row in zip(places, (row for part in found for row in part), strict=True):
            strips[place // rows][place % rows, left::across] = row
    strips.reverse()
    while strips:
        yield strips.pop()
