"""XPM: colours of 3, 9 and 12 digits, which Pillow takes for the last 6 digits of one number.

Source: Xlib, "Color Strings": each colour has 1 to 4 digits, of which the first counts most.
"""

import io
import re
from typing import BinaryIO

PREFIX = b"/* XPM */"
_MOST_BYTES = 1 << 26
_COLOR = re.compile(rb"(?<=[\s])c(\s+)#([0-9A-Fa-f]{3,12})(?=[\s\"])")


def with_full_colors(file: BinaryIO) -> BinaryIO:
    """Return an XPM of which every colour has 6 digits; others are returned unread."""
    file.seek(0)
    data = file.read(_MOST_BYTES)
    return io.BytesIO(_COLOR.sub(_full_color, data)) if _COLOR.search(data) else file


def _full_color(found: re.Match[bytes]) -> bytes:
    space, digits = found.groups()
    if len(digits) % 3:
        return found[0]
    size = len(digits) // 3
    levels = (digits[at : at + size] for at in range(0, len(digits), size))
    return b"c" + space + b"#" + b"".join((level * 2)[:2] for level in levels)
