"""TGA: its transparency, which Pillow takes from any fourth channel, and runs over many rows.

The header counts the attribute bits of a pixel, and the extension area at the end of a newer file
says what they are. Source: Truevision TGA File Format Specification 2.0, 1991, fields 5.6 and 24.
"""

import struct
from io import BytesIO
from typing import BinaryIO

from PIL import Image, ImageChops

from ortstyle.errors import PictureError
from ortstyle.pictures.mend import Mend

_HEADER, _FOOTER = 18, 26  # bytes
_SIGNATURE = b"TRUEVISION-XFILE.\0"
_ATTRIBUTES_TYPE = 494  # its offset in the extension area
_STRAIGHT, _PREMULTIPLIED = 3, 4
_GREY = 3
_MOST_PIXELS = 1 << 25  # of a picture whose runs are written out, which takes memory twice
_RUNS = 8  # the bit of the kind that says that runs of pixels are stored once
_UNSAID = "its header does not say that its last channel is transparency; it counts as opaque"
_UNSEEN = "it is transparent everywhere; it counts as opaque"


def find_tga_mend(image: Image.Image, file: BinaryIO, label: str) -> Mend | None:
    """Return what mends an opened TGA: transparency and runs over many rows; see `mend.FindMend`.

    Raises
    ------
    PictureError
        The image is grey of 16 bits, of which the header does not say what they are.
    """
    file.seek(0)
    header = file.read(_HEADER)
    mend = _transparency_mend(image, file, header, label)
    if not header[2] & _RUNS:
        return mend

    def mend_loaded(opened: Image.Image) -> tuple[Image.Image, str]:
        try:
            opened.load()
        except OSError as error:
            if "overrun" not in str(error) or opened.width * opened.height > _MOST_PIXELS:
                raise
            opened = Image.open(BytesIO(_without_runs(file, header)))
        return mend(opened) if mend else (opened, "")

    return mend_loaded


def _without_runs(file: BinaryIO, header: bytes) -> bytes:
    """Return a TGA with its runs written out; in old files a run may go over many rows."""
    colors, color_bits, width, height = struct.unpack("<5xHB4xHH2x", header)
    start = _HEADER + header[0] + (colors * ((color_bits + 7) // 8) if header[1] else 0)
    size = header[16] // 8
    file.seek(0)
    data = file.read()
    parts, at, wanted = [], start, width * height
    while wanted > 0:
        if at >= len(data) or not size:
            raise OSError("too few pixels")
        count = min((data[at] & 0x7F) + 1, wanted)
        is_run = data[at] & 0x80
        pixels = data[at + 1 : at + 1 + (size if is_run else size * count)]
        parts.append(pixels * count if is_run else pixels)
        at, wanted = at + 1 + len(pixels), wanted - count
    return b"".join([data[:2], bytes([header[2] & ~_RUNS]), data[3:start], *parts])


def _transparency_mend(
    image: Image.Image, file: BinaryIO, header: bytes, label: str
) -> Mend | None:
    """Return what mends the transparency; None where there is none."""
    bits = header[17] & 0xF
    of_palette = image.mode == "P" and image.palette is not None
    if of_palette and image.palette.mode != "RGBA":  # type: ignore[union-attr]
        return None
    if not of_palette and image.mode not in {"RGBA", "LA"}:
        return None
    kind = _attributes_type(file)
    one_bit = (header[7] if of_palette else header[16]) == 16 and header[2] & 7 != _GREY
    if image.mode == "LA" and kind is None and not bits:
        raise PictureError(
            f"{label} holds 16 bits a pixel, and its header does not say whether half of them "
            "are transparency; save it as PNG or TIFF"
        )
    # Programs do not agree on what a single bit means, unless the extension area says it.
    is_used = kind in {_STRAIGHT, _PREMULTIPLIED} or (kind is None and bits > 0 and not one_bit)

    def mend(opened: Image.Image) -> tuple[Image.Image, str]:
        rgba = opened.convert("RGBA")
        alpha = rgba.getchannel("A")
        if one_bit:  # Pillow takes a set bit for transparent
            alpha = ImageChops.invert(alpha)
        lowest, highest = alpha.getextrema()
        if not is_used:
            notice = _UNSAID if kind is None and lowest != highest else ""
            return rgba.convert("RGB"), notice
        if highest == 0:
            return rgba.convert("RGB"), _UNSEEN
        if one_bit:
            rgba.putalpha(alpha)
        if kind == _PREMULTIPLIED:
            return Image.frombytes("RGBa", rgba.size, rgba.tobytes()).convert("RGBA"), ""
        return (rgba if one_bit else opened), ""

    return mend


def _attributes_type(file: BinaryIO) -> int | None:
    """Return what the extension area says of the attribute bits; None where there is none."""
    end = file.seek(0, 2)
    file.seek(max(0, end - _FOOTER))
    footer = file.read(_FOOTER)
    if not footer.endswith(_SIGNATURE) or len(footer) < _FOOTER:
        return None
    start = struct.unpack("<I", footer[:4])[0]
    file.seek(start + _ATTRIBUTES_TYPE)
    found = file.read(1)
    return found[0] if start and found else None
