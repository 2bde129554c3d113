"""The colour space and the crop that AVIF, HEIC and JPEG 2000 files declare in their boxes.

Files may come from strangers: what is read is bounded in size, number and depth, and a box that
does not fit into the one around it ends the search.

References
----------
ISO/IEC 14496-12:2022, sections 4.2, 8.11 and 12.1.5 (boxes, properties of items,
``colr`` and ``clap``);
ISO/IEC 23000-22 (MIAF), section 7.3.6.4 (a profile takes precedence over ``nclx`` for colours);
ISO/IEC 15444-1, annex I.5.3.3 (JPEG 2000).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import BinaryIO

MAX_META = 16 << 20
"""Largest size in bytes of the box that describes a file's pictures."""

_MAX_BOXES = 4096
_JP2 = b"\0\0\0\x0cjP  \r\n\x87\n"
_PROFILES = (b"prof", b"rICC")


@dataclass(frozen=True)
class BoxColors:
    """A colour profile, and primaries and transfer function by ITU-T H.273; None for none."""

    profile: bytes | None = None
    code_points: tuple[int, int] | None = None


def read_box_colors(file: BinaryIO) -> BoxColors:
    """Return what the boxes of a file say of the colours of its main picture.

    A file that is damaged, or of another kind, says nothing.
    """
    try:
        file.seek(0)
        head = file.read(12)
        if head == _JP2:
            return _jpeg_2000_colors(_find_at_top(file, b"jp2h"))
        if head[4:8] != b"ftyp":
            return BoxColors()
        properties = _properties_of_main_item(_find_at_top(file, b"meta")[4:])
        return _merge([data for name, data in properties if name == b"colr"])
    except (struct.error, ValueError, LookupError):
        return BoxColors()


def read_crop(file: BinaryIO, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """Return the part of a file's main picture that is to be shown, its "clean aperture".

    Parameters
    ----------
    file
        The file.
    size
        Width and height of the picture as it was decoded, before it is turned upright.

    Returns
    -------
    tuple of int or None
        Left, upper, right and lower edge in pixels; None if all is to be shown, if the file is
        damaged, or if the picture is not of the size that the file gives.
    """
    try:
        file.seek(0)
        if file.read(12)[4:8] != b"ftyp":
            return None
        properties = dict(_properties_of_main_item(_find_at_top(file, b"meta")[4:]))
        if struct.unpack(">II", properties[b"ispe"][4:12]) != size:
            return None
        numbers = struct.unpack(">IIIIiIiI", properties[b"clap"][:32])
        width, height, right, down = map(Fraction, numbers[0::2], numbers[1::2])
    except (struct.error, ValueError, LookupError, ArithmeticError):
        return None
    left, top = (size[0] - width) / 2 + right, (size[1] - height) / 2 + down
    box = (int(left), int(top), ceil(left + width), ceil(top + height))
    inside = 0 <= box[0] < box[2] <= size[0] and 0 <= box[1] < box[3] <= size[1]
    return box if inside and box != (0, 0, *size) else None


def _find_at_top(file: BinaryIO, wanted: bytes) -> bytes:
    """Return the content of the first box of a name at the top of a file.

    Raises
    ------
    ValueError, struct.error
        There is none, or it is too large.
    """
    start, end = 0, file.seek(0, 2)
    for _ in range(_MAX_BOXES):
        if start >= end:
            break
        file.seek(start)
        head = file.read(16)
        size, name = struct.unpack(">I4s", head[:8])
        skip = 8
        if size == 1:
            (size,) = struct.unpack(">Q", head[8:16])
            skip = 16
        if name == wanted:
            length = MAX_META + 1 if size == 0 else size - skip
            if size and not 0 <= length <= MAX_META:
                raise ValueError
            file.seek(start + skip)
            return file.read(min(length, MAX_META))
        if size < skip:
            raise ValueError
        start += size
    raise ValueError


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Iterate over the names and contents of the boxes in a box."""
    start = 0
    for _ in range(_MAX_BOXES):
        if len(data) - start < 8:
            return
        size, name = struct.unpack_from(">I4s", data, start)
        skip = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start + 8)
            skip = 16
        elif size == 0:
            size = len(data) - start
        if size < skip or start + size > len(data):
            raise ValueError
        yield name, data[start + skip : start + size]
        start += size


def _properties_of_main_item(meta: bytes) -> list[tuple[bytes, bytes]]:
    """Return names and contents of the property boxes of the main picture of a file."""
    inner = dict(_boxes(meta))
    version = inner[b"pitm"][0]
    main = int.from_bytes(inner[b"pitm"][4 : 6 if version == 0 else 8], "big")
    iprp = list(_boxes(inner[b"iprp"]))
    properties = list(_boxes(dict(iprp)[b"ipco"]))
    numbers = [n for name, data in iprp if name == b"ipma" for n in _associated(data, main)]
    return [properties[n - 1] for n in numbers if 0 < n <= len(properties)]


def _associated(ipma: bytes, main: int) -> list[int]:
    """Return the numbers, from 1, of the properties of an item."""
    version, wide = ipma[0], ipma[3] & 1
    (count,) = struct.unpack_from(">I", ipma, 4)
    at = 8
    for _ in range(min(count, len(ipma))):
        item, links = struct.unpack_from(">HB" if version == 0 else ">IB", ipma, at)
        at += 3 if version == 0 else 5
        numbers = struct.unpack_from(f">{links}{'H' if wide else 'B'}", ipma, at)
        at += links * (2 if wide else 1)
        if item == main:
            return [number & (0x7FFF if wide else 0x7F) for number in numbers]
    return []


def _merge(colors: list[bytes]) -> BoxColors:
    profile = next((data[4:] for data in colors if data[:4] in _PROFILES), None)
    points = next((data for data in colors if data[:4] == b"nclx"), None)
    if points is None:
        return BoxColors(profile)
    primaries, transfer = struct.unpack_from(">HH", points, 4)
    return BoxColors(profile, (primaries, transfer))


def _jpeg_2000_colors(header: bytes) -> BoxColors:
    """Return the colours of the ``jp2h`` box; of several ``colr`` the first with a profile."""
    for name, data in _boxes(header):
        if name == b"colr" and data[:1] in (b"\2", b"\3"):
            return BoxColors(data[3:])
    return BoxColors()
