"""BMP: its table of colours and its runs, which Pillow reads as others, and its colour profile.

Pillow takes a table that begins as a ramp of greys for one, whatever the depth, so that it reads 8
bits as one, and it takes tables that are longer than the depth allows for damage. It does not read
profiles. Sources: Microsoft, "Bitmap Structures" and "Bitmap Header Types"; OS/2 bitmaps as they
are described in the Encyclopedia of Graphics File Formats, 2nd edition.
"""

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from ortstyle.pictures.file_parts import join_parts

PREFIX = b"BM"
V5_BYTES = 124
"""The length of the longest header of a bitmap."""

_FILE_HEADER, _CORE, _HEADER = 14, 12, 40  # bytes
_SIZES = {_CORE, _HEADER, 52, 56, 64, 108, V5_BYTES}
_DEPTHS = {1, 4, 8}
_TABLE = 256  # colours in the table that is written
_RAW, _RLE4 = 0, 2  # compressions: 1 is RLE8
_END_OF_ROW, _END, _MOVE = 0, 1, 2  # what stands after a 0 in place of a number of pixels
_MOST_PIXELS = 1 << 28
_PADDING = 3  # pixels that programs add to a row
_OUTSIDE = "its runs go beyond its edges, so that it may be damaged"
_EMBEDDED = b"DEBM"
_LARGEST_PROFILE = 1 << 24  # bytes


@dataclass(frozen=True)
class BitmapHeader:
    """The header of a bitmap, in a file of its own or in an icon.

    Attributes
    ----------
    size
        Its length in bytes; the table of colours follows.
    width, height
        In pixels; the height is negative if the first row is the top, and doubled in icons.
    depth
        Bits of a pixel.
    compression
        0 for none, 1 and 2 for runs, 3 for masks.
    used
        How many colours the table holds; 0 for as many as the depth allows.
    """

    size: int
    width: int
    height: int
    depth: int
    compression: int = _RAW
    used: int = 0

    @classmethod
    def parse(cls, data: bytes) -> "BitmapHeader | None":
        """Return the header at the beginning of ``data``; None if it is of no known kind."""
        size = struct.unpack_from("<I", data)[0] if len(data) >= _CORE else 0
        if size not in _SIZES or len(data) < size:
            return None
        if size == _CORE:
            width, height, _, depth = struct.unpack_from("<4H", data, 4)
            return cls(size, width, height, depth)
        width, height, _, depth, compression = struct.unpack_from("<iiHHI", data, 4)
        return cls(size, width, height, depth, compression, struct.unpack_from("<I", data, 32)[0])

    @property
    def has_table(self) -> bool:
        """Whether pixels are indices of a table, in a way that Pillow decodes."""
        return self.depth in _DEPTHS and self.compression <= _RLE4

    @property
    def table_bytes(self) -> int:
        """The length of the table of colours, which for true colours is no more than a hint."""
        colors = self.used or (1 << self.depth if self.depth in _DEPTHS else 0)
        return colors * (3 if self.size == _CORE else 4)

    def with_full_table(self, table: bytes) -> bytes:
        """Return a header and a table of 256 colours, of which those that are missing are black.

        No table of fewer than 8 bits is then a ramp of greys to Pillow.
        """
        entry = 3 if self.size == _CORE else 4
        table = table[: len(table) // entry * entry][: entry << self.depth]
        colors = b"".join(table[at : at + 3] + b"\0" for at in range(0, len(table), entry))
        fields = (_HEADER, self.width, self.height, 1, self.depth, self.compression, 0, 0, 0)
        return struct.pack("<IiiHHIIiiII", *fields, _TABLE, 0) + colors.ljust(4 * _TABLE, b"\0")


def count_colors(file: BinaryIO) -> int | None:
    """Return how many colours the table of a BMP holds; None if it has none."""
    found = _read_table(file)
    return found and len(found[1]) // (3 if found[0].size == _CORE else 4)


def with_full_table(file: BinaryIO) -> BinaryIO:
    """Return a BMP that Pillow reads as the format says; the same where it does so already."""
    found = _read_table(file)
    file.seek(0)
    if found is None:
        return file
    header, table, start = found
    head = header.with_full_table(table)
    at = _FILE_HEADER + len(head)
    end = file.seek(0, io.SEEK_END)
    head = struct.pack("<2sIHHI", PREFIX, min(at + end, 2**32 - 1), 0, 0, at) + head
    return join_parts([(io.BytesIO(head), 0, at), (file, min(start, end), end)])


def decode_runs(file: BinaryIO) -> tuple[Image.Image, str] | None:
    """Return the picture of a BMP of runs, of mode P, and a notice; None if it is no such BMP.

    Pillow lets pixels that lie right of a row go into the next one. Pixels without a run have the
    first colour. Pictures of more than 2²⁸ pixels are left to Pillow.

    Raises
    ------
    OSError
        The runs end before the last row.
    """
    found = _read_table(file)
    if found is None or found[0].compression == _RAW:
        return None
    header, table, start = found
    size = header.width, abs(header.height)
    if header.width <= 0 or size[0] * size[1] > _MOST_PIXELS:
        return None
    file.seek(start)
    indices, reach = _unpack_runs(
        file.read(_MOST_PIXELS), *size, are_nibbles=header.compression == _RLE4
    )
    image = Image.frombytes("P", size, bytes(indices))
    image.putpalette(header.with_full_table(table)[_HEADER:], "BGRX")
    turned = image if header.height < 0 else image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    return turned, "" if reach <= size[0] + _PADDING else _OUTSIDE


def _unpack_runs(
    data: bytes, width: int, height: int, *, are_nibbles: bool
) -> tuple[bytearray, int]:
    """Return the index of every pixel, row by row as stored, and where the longest row ends."""
    rows, at, x, y, reach = bytearray(width * height), 0, 0, 0, 0
    while y < height:
        if at + 2 > len(data):
            raise OSError("too few pixels")
        count, value = data[at], data[at + 1]
        at += 2
        if count == 0 and value == _END_OF_ROW:
            x, y = 0, y + 1
        elif count == 0 and value == _END:
            break
        elif count == 0 and value == _MOVE:
            x, y = x + sum(data[at : at + 1]), y + sum(data[at + 1 : at + 2])
            at += 2
        else:
            if count:
                pixels = bytes([value >> 4, value & 15] if are_nibbles else [value]) * count
            else:
                count = value
                length = (count + 1) // 2 if are_nibbles else count
                pixels = data[at : at + length]
                if are_nibbles:
                    pixels = bytes(nibble for byte in pixels for nibble in (byte >> 4, byte & 15))
                at += length + length % 2
            part = pixels[: min(count, max(0, width - x))]
            rows[y * width + x : y * width + x + len(part)] = part
            x += count
            reach = max(reach, x)
    return rows, reach


def read_profile(file: BinaryIO) -> bytes:
    """Return the colour profile that a BMP holds; empty if there is none."""
    file.seek(_FILE_HEADER)
    start, size = profile_span(file.read(V5_BYTES))
    file.seek(_FILE_HEADER + start)
    return file.read(min(size, _LARGEST_PROFILE))


def profile_span(header: bytes) -> tuple[int, int]:
    """Return where the profile of a bitmap begins, from its header on, and its length in bytes.

    Both are 0 if there is none, or if it is a file of its own.
    """
    if len(header) < V5_BYTES or header[:4] != bytes([V5_BYTES, 0, 0, 0]):
        return 0, 0
    return struct.unpack_from("<II", header, 112) if header[56:60] == _EMBEDDED else (0, 0)


def _read_table(file: BinaryIO) -> tuple[BitmapHeader, bytes, int] | None:
    """Return the header of a BMP, its table, and where its pixels begin; None without a table."""
    file.seek(0)
    head = file.read(_FILE_HEADER + V5_BYTES)
    header = BitmapHeader.parse(head[_FILE_HEADER:])
    if header is None or not header.has_table:
        return None
    begin, start = _FILE_HEADER + header.size, struct.unpack_from("<I", head, 10)[0]
    length = header.table_bytes
    if start <= begin:  # it is not said where the pixels begin
        start = begin + length
    file.seek(begin)
    return header, file.read(min(length, start - begin, 4 << header.depth)), start
