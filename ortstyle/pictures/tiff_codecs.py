"""Decompression of the strips and tiles of a TIFF, as a stream of bytes where that is possible.

What Python's own library can't decompress is left to the libtiff and libjpeg in Pillow: a strip is
wrapped in a small TIFF of 8-bit grey, which gives exactly its bytes.
"""

import lzma
import struct
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from itertools import accumulate
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.pictures.pillow_guard import silent_libraries, without_pixel_limit
from ortstyle.pictures.tiff_layout import DECOMPRESSED_AT_ONCE, Compression, Photometric, TiffLayout
from ortstyle.pictures.tiff_values import TiffTag

_PIECE = 1 << 16  # bytes of the file that are decompressed at once
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_DEFLATE = {Compression.DEFLATE, Compression.OLD_DEFLATE}
_BATCH = 1 << 22  # bytes of strips that are decompressed together
_LZMA_MEMORY = 1 << 28  # bytes; the most that xz's own presets need is 65 MiB
_LARGEST_JPEG = 1 << 24  # pixels of a strip, or twice those that the tags say
_SHORT_END = "the picture's data end too early"

SPARSE = (0, 0)
"""Offset and length of a strip or tile that the file leaves out."""

Read = Callable[[int], bytes]
"""A function that returns the next bytes of a decompressed strip or tile, exactly as many."""


class Segments:
    """The decompressed strips or tiles of a TIFF; its compression is neither fax nor JPEG.

    Parameters
    ----------
    file
        The file.
    layout
        How the picture is stored.
    row_bytes
        Bytes of a decompressed row of a strip or tile.
    """

    def __init__(self, file: BinaryIO, layout: TiffLayout, *, row_bytes: int) -> None:
        self._file, self._layout, self._row_bytes = file, layout, row_bytes
        self._waiting: dict[int, Read] = {}

    def open(self, index: int, rows: int) -> Read:
        """Return a function that reads the bytes of a strip or tile of so many rows in order.

        One that the file leaves out, which GDAL calls sparse, is zeros.

        Raises
        ------
        OSError
            The file is cut short; also raised by the function.
        """
        layout = self._layout
        if layout.segments[index] == SPARSE:
            return bytes  # of so many zeros
        if layout.compression in DECOMPRESSED_AT_ONCE:
            if index not in self._waiting:
                self._decompress_some(index, rows)
            return self._waiting.pop(index)
        pieces = _Pieces(self._file, *layout.segments[index], reverse=layout.reversed_bits)
        if layout.compression in _DEFLATE:
            return _Inflated(pieces).read
        return _Unpacked(pieces).read if layout.compression == Compression.LZMA else pieces.read

    def _decompress_some(self, index: int, rows: int) -> None:
        """Decompress a strip or tile and a few that follow, because each call is slow."""
        layout, size = self._layout, self._row_bytes * rows
        last, compressed = index + 1, 0
        while last < len(layout.segments) and (last - index) * size + compressed < _BATCH:
            is_alike = layout.rows_of(last) == layout.rows_of(index)
            if not is_alike or layout.segments[last] == SPARSE:
                break
            compressed += layout.segments[last][1]
            last += 1
        parts = [read_segment(self._file, layout, i) for i in range(index, last)]
        image = _open_strips(parts, layout.compression, self._row_bytes, rows, bits=8)
        for number in range(last - index):
            self._waiting[index + number] = _Rows(image, number * rows, rows).read


def read_segment(file: BinaryIO, layout: TiffLayout, index: int) -> bytes:
    """Return the compressed bytes of a strip or tile, the first bit the most significant.

    Raises
    ------
    OSError
        The file is cut short.
    """
    offset, length = layout.segments[index]
    file.seek(offset)
    data = file.read(length)
    if not data:
        raise OSError(_SHORT_END)
    keeps_order = layout.compression.is_fax or layout.compression == Compression.JPEG
    return data if keeps_order or not layout.reversed_bits else data.translate(_REVERSED)


class _Pieces:
    """The bytes of a part of a file, whatever else is read from the file meanwhile."""

    def __init__(self, file: BinaryIO, offset: int, length: int, *, reverse: bool) -> None:
        self._file, self._offset, self._left = file, offset, length
        self._table = _REVERSED if reverse else None

    def read(self, count: int) -> bytes:
        data = self.read_some(count)
        if len(data) < count:
            raise OSError(_SHORT_END)
        return data

    def read_some(self, count: int) -> bytes:
        self._file.seek(self._offset)
        data = self._file.read(min(count, self._left))
        self._offset += len(data)
        self._left -= len(data)
        return data.translate(self._table) if self._table else data


class _Decompressed:
    """The bytes of a part of a file that is compressed; `_some` is that of a compression."""

    def __init__(self, pieces: _Pieces) -> None:
        self._pieces = pieces

    def read(self, count: int) -> bytes:
        parts, missing = [], count
        while missing:
            part = self._some(missing)
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _some(self, most: int) -> bytes:
        """Return some of the next bytes, which may be none; an `OSError` if there are no more."""
        raise NotImplementedError


class _Inflated(_Decompressed):
    """The bytes of a part of a file that is compressed with Deflate."""

    def __init__(self, pieces: _Pieces) -> None:
        super().__init__(pieces)
        self._zlib = zlib.decompressobj()

    def _some(self, most: int) -> bytes:
        waiting = self._zlib.unconsumed_tail or self._pieces.read_some(_PIECE)
        if not waiting or self._zlib.eof:
            raise OSError(_SHORT_END)
        return self._zlib.decompress(waiting, most)


class _Unpacked(_Decompressed):
    """The bytes of a part of a file that is compressed with LZMA."""

    def __init__(self, pieces: _Pieces) -> None:
        super().__init__(pieces)
        self._lzma = lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)

    def _some(self, most: int) -> bytes:
        more = self._pieces.read_some(_PIECE) if self._lzma.needs_input else b""
        if self._lzma.eof or (self._lzma.needs_input and not more):
            raise OSError(_SHORT_END)
        return self._lzma.decompress(more, most)


class _Rows:
    """The bytes of some rows of a grey image, read in order."""

    def __init__(self, image: Image.Image, first: int, rows: int) -> None:
        self._image, self._start = image, first * image.width
        self._end = self._start + rows * image.width

    def read(self, count: int) -> bytes:
        start, end, width = self._start, self._start + count, self._image.width
        if end > self._end:
            raise OSError(_SHORT_END)
        self._start = end
        top = start // width
        rows = self._image.crop((0, top, width, -(-end // width))).tobytes()
        return rows[start - top * width : end - top * width]


def decode_fax(data: bytes, layout: TiffLayout, rows: int) -> NDArray[np.uint8]:
    """Decode a strip or tile of fax compression to ``(rows, W, 1)`` samples, 0 or 1."""
    order, options = 2 if layout.reversed_bits else 1, layout.fax_options
    more: dict[int, tuple[int, list[int]]] = {
        TiffTag.FILL_ORDER: (3, [order]),
        TiffTag.T4_OPTIONS: (4, [options[0]]),
        TiffTag.T6_OPTIONS: (4, [options[1]]),
    }
    width = layout.segment_size[0]
    image = _open_strips([data], layout.compression, width, rows, bits=1, more=more)
    return np.asarray(image).astype(np.uint8)[..., None]


def _open_strips(
    strips: list[bytes],
    compression: Compression,
    width: int,
    rows: int,
    *,
    bits: int,
    more: Mapping[int, tuple[int, list[int]]] | None = None,
) -> Image.Image:
    """Decode strips of so many rows as a grey picture of their own."""
    offsets = [8 + start for start in accumulate(map(len, strips), initial=0)]
    body = b"".join(strips)
    entries: dict[int, tuple[int, list[int]]] = {
        TiffTag.IMAGE_WIDTH: (4, [width]),
        TiffTag.IMAGE_LENGTH: (4, [rows * len(strips)]),
        TiffTag.BITS_PER_SAMPLE: (3, [bits]),
        TiffTag.COMPRESSION: (3, [compression]),
        TiffTag.PHOTOMETRIC: (3, [1]),
        TiffTag.STRIP_OFFSETS: (4, offsets[:-1]),
        TiffTag.SAMPLES_PER_PIXEL: (3, [1]),
        TiffTag.ROWS_PER_STRIP: (4, [rows]),
        TiffTag.STRIP_BYTE_COUNTS: (4, [len(strip) for strip in strips]),
    }
    entries.update(more or {})
    beside, found, lists = 8 + len(body) + 2 + 12 * len(entries) + 4, b"", b""
    for tag, (kind, values) in sorted(entries.items()):
        found += struct.pack("<HHI", tag, kind, len(values))
        if len(values) == 1:
            found += struct.pack("<I", values[0])
        else:
            found += struct.pack("<I", beside + len(lists))
            lists += struct.pack(f"<{len(values)}I", *values)
    start = b"II*\0" + struct.pack("<I", 8 + len(body))
    tiff = start + body + struct.pack("<H", len(entries)) + found + bytes(4) + lists
    with without_pixel_limit(), Image.open(BytesIO(tiff), formats=["TIFF"]) as image:
        with silent_libraries():
            image.load()
        return image


def decode_jpeg(data: bytes, layout: TiffLayout, samples: int) -> NDArray[Any]:
    """Decode a strip or tile of JPEG to ``(H, W, samples)`` uint8; YCbCr becomes RGB.

    The size may be larger than that of the strip.
    """
    tables = layout.jpeg_tables.removesuffix(b"\xff\xd9")
    start = tables or b"\xff\xd8"
    # What libjpeg would guess from the numbers of the components, said by a marker of Adobe's.
    is_ycbcr = layout.photometric == Photometric.YCBCR and samples == 3
    adobe = b"\xff\xee" + struct.pack(">H5sHHHB", 14, b"Adobe", 100, 0, 0, int(is_ycbcr))
    jpeg = start + (adobe if samples > 1 else b"") + data.removeprefix(b"\xff\xd8")
    width, height = layout.segment_size
    with Image.open(BytesIO(jpeg), formats=["JPEG"]) as image:
        if image.width * image.height > max(2 * width * height, _LARGEST_JPEG):
            raise OSError("a strip of JPEG is larger than the tags say")
        image.load()
        found = np.asarray(image)
    if image.mode == "CMYK":  # Pillow takes those with Adobe's marker for inverted
        found = 255 - found
    found = found if found.ndim == 3 else found[..., None]
    if found.shape[2] != samples:
        raise OSError("a strip of JPEG has another number of colours than the tags say")
    return found
