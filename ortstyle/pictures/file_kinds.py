"""Kinds of files by their first bytes: those that are read, and those that are refused by name."""

from dataclasses import dataclass

from ortstyle.pictures.png_chunks import SIGNATURE

HEAD_BYTES = 4096
"""How many of a file's first bytes `find_kind` needs."""

PICTURE_SUFFIXES = frozenset(
    (
        *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".avif"),
        *(".heic", ".heif", ".hif", ".tif", ".tiff", ".bmp", ".dib", ".gif", ".psd", ".qoi"),
        *(".jp2", ".j2k", ".j2c", ".jpf", ".jpx", ".jpc", ".tga", ".pcx"),
        *(".ppm", ".pgm", ".pbm", ".pnm"),
    )
)
"""Suffixes of the kinds of pictures that can be read, and that folders are searched for."""


@dataclass(frozen=True)
class FileKind:
    """What kind of file begins in some way.

    Attributes
    ----------
    name
        The kind, such as "PNG", or with an article if it is not supported.
    advice
        What to do with a kind that is not supported; empty for one that is.
    """

    name: str
    advice: str = ""


TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""The first bytes of a TIFF."""

_EXPORT_PAGE, _TO_PNG = "export its page as PNG", "convert it to PNG"
_TO_16_BITS = "convert it to a 16-bit PNG or TIFF"
_UNPACK = "unpack it and name a picture in it"
_AVIF, _HEIC = FileKind("AVIF"), FileKind("HEIC")
_RAW = FileKind("a camera's raw file", "develop it into a TIFF, PNG or JPEG")
_VIDEO = FileKind("a video", "save a frame of it as PNG")

_KINDS: tuple[tuple[FileKind, tuple[bytes, ...]], ...] = (
    (FileKind("PNG"), (SIGNATURE,)),
    (FileKind("JPEG"), (b"\xff\xd8\xff",)),
    (FileKind("GIF"), (b"GIF8",)),
    (FileKind("BMP"), (b"BM",)),
    (FileKind("Photoshop"), (b"8BPS",)),
    (FileKind("JPEG 2000"), (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")),
    (FileKind("TIFF"), TIFF_STARTS),
    (FileKind("QOI"), (b"qoif",)),
    (FileKind("a PDF document", _EXPORT_PAGE), (b"%PDF",)),
    (FileKind("a DjVu document", _EXPORT_PAGE), (b"AT&TFORM",)),
    (FileKind("a JPEG XL picture", _TO_PNG), (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")),
    (FileKind("a BPG picture", _TO_PNG), (b"BPG\xfb",)),
    (FileKind("a FLIF picture", _TO_PNG), (b"FLIF",)),
    (FileKind("a JPEG-LS picture", _TO_PNG), (b"\xff\xd8\xff\xf7",)),
    (FileKind("a PAM picture", _TO_PNG), (b"P7\n",)),
    (FileKind("a game's texture", _TO_PNG), (b"FTEX", b"\xabKTX")),
    (FileKind("an OpenEXR picture", _TO_16_BITS), (b"v/1\x01",)),
    (FileKind("a Radiance HDR picture", _TO_16_BITS), (b"#?RADIANCE", b"#?RGBE")),
    (FileKind("a JPEG XR picture", _TO_16_BITS), (b"II\xbc",)),
    (FileKind("a PFM picture in colour", _TO_16_BITS), (b"PF\n", b"PF ", b"PF\r", b"PF\t")),
    (FileKind("a DPX picture", _TO_16_BITS), (b"SDPX", b"XPDS")),
    (FileKind("a Cineon picture", _TO_16_BITS), (b"\x80\x2a\x5f\xd7",)),
    (_RAW, (b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM", b"IIRO", b"IIRS", b"MMOR", b"IIU\0")),
    (FileKind("a file of GIMP's", "export it as PNG"), (b"gimp xcf",)),
    (
        FileKind("a large Photoshop file (PSB)", "save a flat copy as TIFF or PNG"),
        (b"8BPS\0\2",),
    ),
    (
        _VIDEO,
        (
            b"\x1aE\xdf\xa3",
            b"\0\0\x01\xba",
            b"\0\0\x01\xb3",
            b"OggS",
            b"FLV\x01",
            b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
        ),
    ),
    (FileKind("a ZIP archive", _UNPACK), (b"PK\x03\x04",)),
    (FileKind("an archive", _UNPACK), (b"7z\xbc\xaf\x27\x1c", b"Rar!")),
    (FileKind("compressed with gzip", "unpack it first"), (b"\x1f\x8b",)),
)
# Longer starts first: JPEG-LS begins as JPEG does, and goes on.
_STARTS = sorted(
    ((start, kind) for kind, starts in _KINDS for start in starts), key=lambda row: -len(row[0])
)
_RIFF = {b"WEBP": FileKind("WebP"), b"AVI ": _VIDEO}
_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), _AVIF),
    **dict.fromkeys(
        (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1"), _HEIC
    ),
    b"crx ": _RAW,
}
"""What the brand of a file of boxes (ISO/IEC 14496-12) stands for; others are videos."""


def find_kind(head: bytes) -> FileKind | None:
    """Return the kind of a file by its first bytes; None where they tell nothing."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head.startswith(b"RIFF") and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if head[4:8] == b"ftyp":
        return _kind_of_boxes(head)
    if head[128:132] == b"DICM":
        return FileKind("a DICOM picture", _TO_PNG)
    return _kind_of_text(head)


def _kind_of_boxes(head: bytes) -> FileKind:
    """Return the kind of a file of boxes by its brands, of which the first counts most."""
    size = int.from_bytes(head[:4], "big")
    brands = [head[8:12], *(head[i : i + 4] for i in range(16, min(size, len(head)), 4))]
    found = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
    return next((kind for kind in (_RAW, _AVIF, _HEIC) if kind in found), _VIDEO)


def _kind_of_text(head: bytes) -> FileKind | None:
    """Return the kind of a file of text that is known by an element, such as a web page."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        start = start[2:].replace(b"\0", b"")
    lower = start.lower()
    if lower.startswith((b"<!doctype html", b"<html")):
        return FileKind("a web page", "save the picture itself")
    if lower.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")) and b"<svg" in lower:
        return FileKind("an SVG drawing", "export it as PNG")
    return None
