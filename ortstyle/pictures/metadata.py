"""Metadata of pictures: the EXIF copied into a result, and the text that ortstyle embeds.

The text is JSON made from `provenance.provenance_of`. In a PNG it has the keyword ``ortstyle``, in
other formats it is EXIF's user comment.
"""

from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image

KEYWORD = "ortstyle"
"""Keyword of the embedded text in a PNG."""

_BASE, _GROUPS = ExifTags.Base, (ExifTags.IFD.Exif.value, ExifTags.IFD.GPSInfo.value)
_ASCII = b"ASCII\0\0\0"
# Tags that describe the file that a picture was read from; they would be wrong in another file.
_STRUCTURE = {
    *range(0x00FE, 0x0108),  # size, depth and compression
    0x010A,
    0x0111,
    *range(0x0115, 0x011A),
    0x011C,
    *range(0x0120, 0x0126),
    0x012D,
    0x013D,
    *range(0x013E, 0x0150),  # white, primaries, colour map, tiles
    *range(0x0150, 0x0160),  # extra samples, ranges
    *range(0x0200, 0x0217),  # JPEG in TIFF, the thumbnail, YCbCr
    0x02BC,  # XMP
    0x83BB,  # IPTC
    0x8649,  # Photoshop
    0x8773,  # the colour profile, which is written apart from EXIF
}
_STALE = {_BASE.ExifImageWidth, _BASE.ExifImageHeight, ExifTags.IFD.Interop}


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What a picture's file holds other than pixels.

    Attributes
    ----------
    icc
        The colour profile.
    exif
        EXIF, as `PIL.Image.Exif.tobytes` returns it.
    text
        The text that ortstyle embeds; None if it is left out or stored in EXIF.
    """

    icc: bytes | None = None
    exif: bytes | None = None
    text: str | None = None


def read_exif(image: Image.Image) -> bytes | None:
    """Return the EXIF of a picture in a form that is right for its result.

    The orientation is set to 1. The thumbnail and all tags that describe the structure of the
    picture's own file are left out.

    Returns
    -------
    bytes
        As `PIL.Image.Exif.tobytes` returns it; None where there is no EXIF, or it is damaged.
    """
    try:
        found, copied = image.getexif(), Image.Exif()
        for tag in found:
            if tag in _GROUPS:
                group = found.get_ifd(tag)
                copied[tag] = {k: v for k, v in group.items() if k not in _STALE}
            elif tag not in _STRUCTURE:
                copied[tag] = found[tag]
        if not set(copied) - {_BASE.Orientation}:
            return None
        copied[_BASE.Orientation] = 1
        return copied.tobytes()
    except Exception:  # noqa: BLE001 - Pillow raises errors of many kinds on damaged metadata
        return None


def complete_exif(
    content_exif: bytes | None, *, comment: str | None, is_srgb: bool, max_bytes: int | None = None
) -> bytes | None:
    """Return the EXIF to write into a result.

    Parameters
    ----------
    content_exif
        The content's EXIF as `read_exif` returns it; None if it has none.
    comment
        ASCII text for the user comment; None leaves the comment of the content.
    is_srgb
        Whether the result is in sRGB, for EXIF's tag ColorSpace.
    max_bytes
        Largest size that the format holds; None for no limit. Larger EXIF loses the maker's note,
        and if that is not enough, everything but the comment.

    Returns
    -------
    bytes
        As `PIL.Image.Exif.tobytes` returns it; None where there is nothing to write.
    """
    if content_exif is None and comment is None:
        return None
    exif = Image.Exif()
    if content_exif:
        exif.load(content_exif)
    group: dict[int, Any] = dict(exif.get_ifd(ExifTags.IFD.Exif))
    group[_BASE.ColorSpace] = 1 if is_srgb else 0xFFFF
    if comment is not None:
        group[_BASE.UserComment] = _ASCII + comment.encode("ascii")
    if _BASE.GPSInfo in exif:
        exif[_BASE.GPSInfo] = dict(exif.get_ifd(ExifTags.IFD.GPSInfo))
    exif[_BASE.ExifOffset] = group
    data = exif.tobytes()
    if max_bytes and len(data) > max_bytes and _BASE.MakerNote in group:
        del group[_BASE.MakerNote]
        data = exif.tobytes()
    if max_bytes and len(data) > max_bytes:
        return complete_exif(None, comment=comment, is_srgb=is_srgb) if content_exif else None
    return data


def embedded_text(image: Image.Image) -> str | None:
    """Return the text that ortstyle embedded in a picture; None where there is none."""
    text = image.info.get(KEYWORD)
    if isinstance(text, str):
        return str(text)
    try:
        comment = image.getexif().get_ifd(ExifTags.IFD.Exif).get(_BASE.UserComment)
    except Exception:  # noqa: BLE001 - Pillow raises errors of many kinds on damaged metadata
        return None
    if not isinstance(comment, bytes) or not comment.startswith(_ASCII + b"{"):
        return None
    return comment.removeprefix(_ASCII).decode("ascii", "replace").rstrip("\0")
