"""Kinds of files by their first bytes: those that are read, and those that are refused by name."""

from dataclasses import dataclass

HEAD_BYTES = 4096
"""How many of a file's first bytes `find_kind` needs."""

_RAW = "a camera's raw file"
_VIDEO = "a video"
_DEEP = "convert it to a 16-bit PNG or TIFF"
_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    **dict.fromkeys(
        (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1"), "HEIC"
    ),
    b"crx ": "raw",
}
"""What the brand of a file of boxes (ISO/IEC 14496-12) stands for; others are videos."""

_READ: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"8BPS", "Photoshop"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"qoif", "QOI"),
)
_REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", "export its page as PNG"),
    (b"\xff\x0a", "a JPEG XL picture", "convert it to PNG"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture", "convert it to PNG"),
    (b"v/1\x01", "an OpenEXR picture", _DEEP),
    (b"#?RADIANCE", "a Radiance HDR picture", _DEEP),
    (b"#?RGBE", "a Radiance HDR picture", _DEEP),
    (b"FUJIFILMCCD-RAW", _RAW, "develop it into a TIFF, PNG or JPEG"),
    (b"FOVb", _RAW, "develop it into a TIFF, PNG or JPEG"),
    (b"\0MRM", _RAW, "develop it into a TIFF, PNG or JPEG"),
    (b"IIRO", _RAW, "develop it into a TIFF, PNG or JPEG"),
    (b"IIRS", _RAW, "develop it into a TIFF, PNG or JPEG"),
    (b"MMOR", _RAW, "develop it into a TIFF, PNG or JPEG"),
    (b"IIU\0", _RAW, "develop it into a TIFF, PNG or JPEG"),
    (b"gimp xcf", "a file of GIMP's", "export it as PNG"),
    (b"AT&TFORM", "a DjVu document", "export its page as PNG"),
    (b"BPG\xfb", "a BPG picture", "convert it to PNG"),
    (b"FTEX", "a game's texture", "convert it to PNG"),
    (b"FLIF", "a FLIF picture", "convert it to PNG"),
    (b"8BPS\0\2", "a large Photoshop file (PSB)", "save a flat copy as TIFF or PNG"),
    (b"\xff\xd8\xff\xf7", "a JPEG-LS picture", "convert it to PNG"),
    (b"II\xbc", "a JPEG XR picture", _DEEP),
    (b"P7\n", "a PAM picture", "convert it to PNG"),
    *((b"PF" + space, "a PFM picture in colour", _DEEP) for space in (b"\n", b" ", b"\r", b"\t")),
    (b"SDPX", "a DPX picture", _DEEP),
    (b"XPDS", "a DPX picture", _DEEP),
    (b"\x80\x2a\x5f\xd7", "a Cineon picture", _DEEP),
    (b"\xabKTX", "a game's texture", "convert it to PNG"),
    (b"\x1aE\xdf\xa3", _VIDEO, "save a frame of it as PNG"),
    (b"\0\0\x01\xba", _VIDEO, "save a frame of it as PNG"),
    (b"\0\0\x01\xb3", _VIDEO, "save a frame of it as PNG"),
    (b"OggS", _VIDEO, "save a frame of it as PNG"),
    (b"FLV\x01", _VIDEO, "save a frame of it as PNG"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _VIDEO, "save a frame of it as PNG"),
    (b"PK\x03\x04", "a ZIP archive", "unpack it and name a picture in it"),
    (b"\x1f\x8b", "compressed with gzip", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "an archive", "unpack it and name a picture in it"),
    (b"Rar!", "an archive", "unpack it and name a picture in it"),
)


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


_STARTS = {
    **{start: FileKind(name) for start, name in _READ},
    **{start: FileKind(name, advice) for start, name, advice in _REFUSED},
}
_RIFF = {b"WEBP": FileKind("WebP"), b"AVI ": FileKind(_VIDEO, "save a frame of it as PNG")}


def find_kind(head: bytes) -> FileKind | None:
    """Return the kind of a file by its first bytes; None where they tell nothing."""
    for start in sorted(_STARTS, key=len, reverse=True):  # JPEG-LS begins as JPEG does, and goes on
        if head.startswith(start):
            return _STARTS[start]
    if head.startswith(b"RIFF") and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if head[4:8] == b"ftyp":
        return _kind_of_boxes(head)
    if head[128:132] == b"DICM":
        return FileKind("a DICOM picture", "convert it to PNG")
    return _kind_of_text(head)


def _kind_of_boxes(head: bytes) -> FileKind:
    """Return the kind of a file of boxes by its brands, of which the first counts most."""
    size = int.from_bytes(head[:4], "big")
    brands = [head[8:12], *(head[i : i + 4] for i in range(16, min(size, len(head)), 4))]
    found = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
    if "raw" in found:
        return FileKind(_RAW, "develop it into a TIFF, PNG or JPEG")
    if "AVIF" in found:
        return FileKind("AVIF")
    if found:
        return FileKind("HEIC")
    return FileKind(_VIDEO, "save a frame of it as PNG")


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
