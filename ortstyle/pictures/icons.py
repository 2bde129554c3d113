"""Icons and cursors of Windows: which picture is taken, and what Pillow is told of it.

Pillow believes the directory of the file, whose depths and lengths are often wrong, and takes the
picture with the fewest colours of those of the same size. Of cursors it drops the transparency.
"""

import struct

PREFIXES = (b"\0\0\1\0", b"\0\0\2\0")
"""The first bytes of an icon, and of a cursor."""

MAX_BYTES = 1 << 26
"""How much of a file is read at most."""

_DIRECTORY, _ENTRY = 6, 16  # bytes
_BITMAP_HEADER = 40  # bytes, or more
_PNG = b"\x89PNG"


def best_icon(data: bytes) -> bytes:
    """Return an icon or a cursor as an icon of its largest picture alone.

    Among pictures of the same size the one with most colours is taken.

    Parameters
    ----------
    data
        The content of the file.

    Returns
    -------
    bytes
        The same content behind a directory of one entry; unchanged if the directory is empty.
    """
    count = struct.unpack_from("<H", data, 4)[0] if len(data) >= _DIRECTORY else 0
    ends = (_DIRECTORY + _ENTRY * (i + 1) for i in range(count))
    entries = [_true_entry(data, end - _ENTRY) for end in ends if end <= len(data)]
    if not entries:
        return data

    def worth(entry: tuple[int, ...]) -> tuple[int, int]:
        return (entry[0] or 256) * (entry[1] or 256), entry[5]

    entry = struct.pack("<BBBBHHII", *max(entries, key=worth))
    return struct.pack("<HHH", 0, 1, 1) + entry + data[_DIRECTORY + _ENTRY :]


def _true_entry(data: bytes, at: int) -> tuple[int, ...]:
    """Return the fields of an entry, with the depth and length that its picture has."""
    *fields, planes, depth, length, start = struct.unpack_from("<BBBBHHII", data, at)
    if data[start : start + 4] == _PNG or start + _BITMAP_HEADER > len(data):
        return (*fields, planes, 32, length, start)
    header, width, height = struct.unpack_from("<Iii", data, start)
    depth, compression = struct.unpack_from("<HI", data, start + 14)
    colors = struct.unpack_from("<I", data, start + 32)[0]
    colors = (colors or 1 << depth) if depth <= 8 else colors
    pixels = start + header + 4 * colors + (12 if compression == 3 and header == 40 else 0)
    rows, row, mask_row = abs(height) // 2, (width * depth + 31) // 32 * 4, (width + 31) // 32 * 4
    if width <= 0 or compression not in {0, 3}:
        return (*fields, planes, depth, length, start)
    masked = pixels + rows * (row + mask_row)
    if masked <= len(data):
        length = masked - start
        if depth == 32 and not any(data[pixels + 3 : pixels + rows * row : 4]):
            depth = 24  # its mask is its transparency
    return (*fields, planes, depth, length, start)
