"""Rows of a PNG of 16 bits a channel, read from its file a strip at a time.

Pillow holds 8 bits of each channel, and keeps the high byte of 16 bits. With the byte order of the
raw mode swapped it keeps the low byte. Each strip is therefore decoded by Pillow twice, once in
each way.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.pictures.png_chunks import SIGNATURE, chunks

_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # by PNG's colour type
_MODES = {1: "LA", 2: "RGBA", 3: "RGB", 4: "RGBA"}
"""Pillow's mode by channels; the two bytes of grey and of its alpha are channels of 8 bits."""
_PIECE = 1 << 16  # bytes of the file that are decompressed at once


@dataclass(frozen=True)
class PngHeader:
    """What the header of a PNG says of its pixels."""

    width: int
    height: int
    depth: int
    color_type: int
    interlaced: bool

    @classmethod
    def read(cls, file: BinaryIO) -> Self | None:
        """Read the header from the beginning of a file; None if it is none of a PNG."""
        file.seek(0)
        start = file.read(29)
        if len(start) < 29 or not start.startswith(SIGNATURE) or start[12:16] != b"IHDR":
            return None
        width, height, depth, color_type, _, _, interlace = struct.unpack(">IIBBBBB", start[16:])
        return cls(width, height, depth, color_type, bool(interlace))

    @property
    def has_rows(self) -> bool:
        """Whether `read_rows` can read the pixels."""
        return self.depth == 16 and self.color_type in _CHANNELS and not self.interlaced

    @property
    def has_passes(self) -> bool:
        """Whether `interlaced_png.read_interlaced` can read the pixels; Pillow reads grey ones."""
        return self.depth == 16 and self.color_type in {2, 4, 6} and self.interlaced

    @property
    def channels(self) -> int:
        """The number of channels of a picture without a palette."""
        return _CHANNELS[self.color_type]


def read_rows(file: BinaryIO, header: PngHeader, rows: int) -> Iterator[NDArray[np.uint16]]:
    """Yield the pixels of a PNG from top to bottom.

    Parameters
    ----------
    file
        The file.
    header
        Its header; `PngHeader.has_rows` must be true.
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
    size = (header.width, header.height)
    yield from unfilter_rows(Decompressed(file), size, header.channels, rows)


def unfilter_rows(
    data: "Decompressed", size: tuple[int, int], channels: int, rows: int
) -> Iterator[NDArray[np.uint16]]:
    """Yield the pixels of a picture of a width and height from its filtered rows.

    The strips and the errors are as in `read_rows`.
    """
    row_bytes = 1 + 2 * channels * size[0]
    above = b""
    for top in range(0, size[1], rows):
        count = min(rows, size[1] - top)
        filtered = data.read(count * row_bytes)
        strip = _unfilter(above + filtered, (size[0], count + bool(above)), channels)[bool(above) :]
        yield strip
        above = b"\0" + strip[-1].astype(">u2").tobytes()


def _unfilter(filtered: bytes, size: tuple[int, int], channels: int) -> NDArray[np.uint16]:
    """Decode filtered rows, of which the first refers to no row above it."""
    stream = zlib.compress(filtered, 0)

    def decode(mode: str, raw_mode: str) -> NDArray[np.uint8]:
        return np.asarray(Image.frombytes(mode, size, stream, "zip", raw_mode))

    mode = _MODES[channels]
    if channels < 3:
        return decode(mode, mode).view(">u2").astype(np.uint16)
    both: NDArray[np.uint16] = decode(mode, f"{mode};16B").astype(np.uint16)
    both <<= np.uint16(8)
    both |= decode(mode, f"{mode};16L")
    return both


class Decompressed:
    """The decompressed bytes of a PNG's pixels, read in order."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._zlib = file, zlib.decompressobj()
        self._left = 0  # bytes that the current chunk still holds
        self._chunks = (length for kind, length in chunks(file) if kind == b"IDAT" and length)

    def read(self, count: int) -> bytes:
        """Return the next bytes; an `OSError` if there are fewer."""
        parts, missing = [], count
        while missing:
            waiting = self._zlib.unconsumed_tail or self._read_file()
            if not waiting or self._zlib.eof:
                raise OSError("the picture's data end too early")
            part = self._zlib.decompress(waiting, missing)
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _read_file(self) -> bytes:
        """Return the next compressed bytes; empty at the end."""
        if not self._left:
            self._left = next(self._chunks, 0)
        data = self._file.read(min(self._left, _PIECE))
        self._left -= len(data)
        return data
