"""EXIF that goes with a picture, and the text that ortstyle leaves in its own.

The text is JSON made from `provenance.provenance_of`: in a PNG under the keyword ``ortstyle``, in other
formats as EXIF's user comment.
"""

from typing import Any

from PIL import ExifTags, Image

KEYWORD = "ortstyle"

_BASE, _GROUPS = ExifTags.Base, (ExifTags.IFD.Exif.value, ExifTags.IFD.GPSInfo.value)
_ASCII = b"ASCII\0\0\0"
_STRUCTURE = {
    *range(0x00FE, 0x0108),  # size, depth and compression of the file it came from
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
    0x8773,  # the colour profile, carried on its own
}
_STALE = {_BASE.ExifImageWidth, _BASE.ExifImageHeight, ExifTags.IFD.Interop}


def carried_exif(image: Image.Image) -> bytes | None:
    """Give the EXIF of a picture as a result may have it.

    Orientation is 1; the thumbnail and whatever describes the file's own structure are left out.

    Returns
    -------
    bytes
        As `PIL.Image.Exif.tobytes` gives them; None where there is nothing, or it is damaged.
    """
    try:
        found, carried = image.getexif(), Image.Exif()
        for tag in found:
            if tag in _GROUPS:
                group = found.get_ifd(tag)
                carried[tag] = {k: v for k, v in group.items() if k not in _STALE}
            elif tag not in _STRUCTURE:
                carried[tag] = found[tag]
        if not set(carried) - {_BASE.Orientation}:
            return None
        carried[_BASE.Orientation] = 1
        return carried.tobytes()
    except Exception:  # noqa: BLE001 - the metadata is damaged in whatever way, the picture is not
        return None


def finished_exif(
    carried: bytes | None, *, comment: str | None, is_srgb: bool, most: int | None = None
) -> bytes | None:
    """Give the EXIF to write.

    Parameters
    ----------
    carried
        As `carried_exif` gives it.
    comment
        ASCII for the user comment; None leaves the one that is there.
    is_srgb
        Whether the picture is in sRGB, which EXIF says too.
    most
        Bytes that the format holds; the maker's note is left out first, then all but the comment.
    """
    if carried is None and comment is None:
        return None
    exif = Image.Exif()
    if carried:
        exif.load(carried)
    group: dict[int, Any] = dict(exif.get_ifd(ExifTags.IFD.Exif))
    group[_BASE.ColorSpace] = 1 if is_srgb else 0xFFFF
    if comment is not None:
        group[_BASE.UserComment] = _ASCII + comment.encode("ascii")
    if _BASE.GPSInfo in exif:
        exif[_BASE.GPSInfo] = dict(exif.get_ifd(ExifTags.IFD.GPSInfo))
    exif[_BASE.ExifOffset] = group
    data = exif.tobytes()
    if most and len(data) > most and _BASE.MakerNote in group:
        del group[_BASE.MakerNote]
        data = exif.tobytes()
    if most and len(data) > most:
        return finished_exif(None, comment=comment, is_srgb=is_srgb) if carried else None
    return data


def embedded_text(image: Image.Image) -> str | None:
    """Give the text that ortstyle left in a picture; None where there is none."""
    text = image.info.get(KEYWORD)
    if isinstance(text, str):
        return str(text)
    try:
        comment = image.getexif().get_ifd(ExifTags.IFD.Exif).get(_BASE.UserComment)
    except Exception:  # noqa: BLE001 - the metadata is damaged in whatever way
        return None
    if not isinstance(comment, bytes) or not comment.startswith(_ASCII + b"{"):
        return None
    return comment.removeprefix(_ASCII).decode("ascii", "replace").rstrip("\0")
