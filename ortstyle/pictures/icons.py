"""Icons and cursors of Windows: which picture is taken, and what Pillow is told of it.

Pillow believes the directory of the file, whose depths and lengths are often wrong, and takes the
picture with the fewest colours of those of the same size. It takes the last bytes of a picture for
its mask, though it may have none. Of cursors it drops the transparency, and of a PNG in an icon
everything but its pixels.
"""

import io
import struct
from collections.abc import Sequence
from typing import BinaryIO

from ortstyle.pictures.bmp import V5_BYTES, BitmapHeader, profile_span

PREFIXES = (b"\0\0\1\0", b"\0\0\2\0")
"""The first bytes of an icon, and of a cursor."""

MAX_BYTES = 1 << 26
"""How much of a file is read at most."""

_DIRECTORY, _ENTRY = 6, 16  # bytes
_BITMAP_HEADER = 40  # bytes, or more
_USED = 32  # where a bitmap's header says how many colours its table holds
_MASKS = 3  # the compression of colours with masks
_PNG = b"\x89PNG"

_Entry = tuple[int, ...]


def open_best_icon(file: BinaryIO) -> tuple[BinaryIO, bytes]:
    """Return the picture of an icon or cursor to be taken, as a file, and its colour profile.

    Any other file is returned as it is, also a TGA of true colours, whose header begins as that of
    a cursor without pictures. The profile is empty if the file is a PNG or has none.
    """
    file.seek(0)
    start = file.read(_DIRECTORY)
    is_icon = start[:4] in PREFIXES and any(start[4:])
    file.seek(0)
    if not is_icon:
        return file, b""
    data = file.read(MAX_BYTES)
    return io.BytesIO(best_icon(data)), _profile(data)


def best_icon(data: bytes) -> bytes:
    """Return the largest picture of an icon or a cursor: a PNG, or an icon of this picture alone.

    Among pictures of the same size the one with most colours is taken.

    Parameters
    ----------
    data
        The content of the file.

    Returns
    -------
    bytes
        The content of a PNG, or of an icon; ``data`` itself if its directory is empty.
    """
    entries = _entries(data)
    if not entries:
        return data
    entry = max(entries, key=_worth)
    depth, picture = _alone(data, entry, [start for *_, start in entries])
    if picture.startswith(_PNG):
        return picture
    fields = (*entry[:-3], depth, len(picture), _DIRECTORY + _ENTRY)
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, *fields) + picture


def _profile(data: bytes) -> bytes:
    """Return the colour profile of the best picture, if it is a bitmap."""
    entries = _entries(data)
    start = max(entries, key=_worth)[-1] if entries else len(data)
    at, size = profile_span(data[start : start + V5_BYTES])
    return data[start + at :][:size]


def _entries(data: bytes) -> list[_Entry]:
    """Return the entries of the directory, with the depths of the pictures themselves."""
    count = struct.unpack_from("<H", data, 4)[0] if len(data) >= _DIRECTORY else 0
    ends = (_DIRECTORY + _ENTRY * (i + 1) for i in range(count))
    return [_true_entry(data, end - _ENTRY) for end in ends if end <= len(data)]


def _worth(entry: _Entry) -> tuple[int, int]:
    """Return what is larger for the better of two pictures: pixels, then bits of a pixel."""
    return (entry[0] or 256) * (entry[1] or 256), entry[5]


def _true_entry(data: bytes, at: int) -> _Entry:
    """Return the fields of an entry, with the depth that its picture has."""
    *fields, depth, length, start = struct.unpack_from("<BBBBHHII", data, at)
    if data[start : start + 4] == _PNG or start + _BITMAP_HEADER > len(data):
        return (*fields, 32, length, start)
    header = BitmapHeader.parse(data[start : start + V5_BYTES])
    return (*fields, header.depth if header else depth, length, start)


def _alone(data: bytes, entry: _Entry, starts: Sequence[int]) -> tuple[int, bytes]:
    """Return the depth that Pillow is told, and a picture with a full table and a mask.

    ``starts`` is where the pictures of the file begin.
    """
    *_, depth, length, start = entry
    header = BitmapHeader.parse(data[start : start + V5_BYTES])
    if data[start : start + 4] == _PNG:
        return depth, data[start:]
    if header is None or header.compression not in {0, _MASKS} or header.width <= 0:
        return depth, data[start : start + length]
    table = start + header.size
    pixels = table + header.table_bytes
    if header.compression == _MASKS and header.size == _BITMAP_HEADER:
        table, pixels = table + 12, pixels + 12
    row, mask_row = (header.width * header.depth + 31) // 32 * 4, (header.width + 31) // 32 * 4
    rows = abs(header.height) // 2
    mask, end = pixels + rows * row, pixels + rows * (row + mask_row)
    if mask > len(data):
        return depth, data[start : start + length]
    profile = start + profile_span(data[start : start + V5_BYTES])[0]
    is_masked = end <= len(data) and not any(mask <= at < end for at in (*starts, profile))
    if not is_masked or start + length == mask:
        data = data[:mask] + bytes(end - mask)
    head = bytearray(data[start:table])
    if header.has_table:
        head = bytearray(header.with_full_table(data[table:pixels]))
    elif header.size > _USED:
        head[_USED : _USED + 4] = bytes(4)  # Pillow does not pass over the table, which is a hint
        if depth == 32 and not any(data[pixels + 3 : mask : 4]):
            depth = 24  # its mask is its transparency
    return depth, bytes(head) + data[pixels:end]
