"""Metadata of pictures: what a result takes from the content's file, and the text that is embedded.

The text is JSON made from `provenance.provenance_of`. In a PNG it has the keyword ``ortstyle``, in
other formats it is EXIF's user comment.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import BinaryIO

from PIL import ExifTags, Image

from ortstyle.pictures.exif import Exif, read_exif, read_exif_of_tiff
from ortstyle.pictures.exif_values import Resolution, valid_resolution
from ortstyle.pictures.iptc import carried_iptc
from ortstyle.pictures.tiff_directory import Layout, read_directory, read_header, reader_of
from ortstyle.pictures.xmp import carried_xmp

KEYWORD, PNG_XMP = "ortstyle", "XML:com.adobe.xmp"
"""Keywords of the embedded text and of XMP in a PNG."""

_BY_EXIF = {"JPEG", "MPO"}  # formats whose resolution Pillow takes from EXIF
TIFF_XMP, TIFF_IPTC = 0x02BC, 0x83BB
_TIFF_RESOURCES = 0x8649


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What a result takes from the content's file, beside pixels and colour profile.

    Attributes
    ----------
    exif
        EXIF.
    resolution
        Pixels an inch, across and down; None where the file does not say.
    xmp
        XMP, as `xmp.carried_xmp` returns it.
    iptc
        IPTC, as `iptc.carried_iptc` returns it.
    """

    exif: Exif | None = None
    resolution: Resolution | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None

    def minimal(self) -> "Carried":
        """Return EXIF without what is personal, and the resolution; XMP and IPTC are left out."""
        return Carried(exif=self.exif and self.exif.minimal(), resolution=self.resolution)

    def turned(self) -> "Carried":
        """Return what belongs to the picture once it is turned by 90 degrees."""
        return replace(self, resolution=self.resolution and self.resolution[::-1])


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What a result's file holds other than pixels.

    Attributes
    ----------
    icc
        The colour profile.
    exif
        EXIF, laid out.
    text
        The text that ortstyle embeds; None if it is left out or stored in EXIF.
    resolution
        Pixels an inch, across and down; None where it is not known.
    xmp, iptc
        Those of `Carried`.
    """

    icc: bytes | None = None
    exif: Layout | None = None
    text: str | None = None
    resolution: Resolution | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None


NO_METADATA = Metadata()


def read_carried(
    image: Image.Image, file: BinaryIO | None = None, *, directory: int | None = None
) -> Carried:
    """Return what a result may take from an image's file; what is damaged is left out.

    Parameters
    ----------
    image
        An image with the file's metadata.
    file
        The file, if there is one, from which a TIFF's tags are read as they are.
    directory
        Offset of the picture's directory in a TIFF; None for the first.
    """
    exif = xmp = iptc = resolution = None
    with suppress(Exception):  # Pillow raises errors of many kinds on damaged metadata
        exif = _read_exif(image, file, directory)
    with suppress(Exception):
        xmp = _read_xmp(image, file, directory)
    with suppress(Exception):
        iptc = _read_iptc(image, file, directory)
    with suppress(Exception):
        resolution = _read_resolution(image)
    if exif:
        resolution = resolution or exif.resolution
        exif = None if exif.is_empty else exif
    return Carried(exif=exif, resolution=resolution, xmp=xmp, iptc=iptc)


def embedded_text(image: Image.Image) -> str | None:
    """Return the text that ortstyle embedded in a picture; None where there is none."""
    text = image.info.get(KEYWORD)
    if isinstance(text, str):
        return str(text)
    try:
        comment = image.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment)
    except Exception:  # noqa: BLE001 - Pillow raises errors of many kinds on damaged metadata
        return None
    code = b"ASCII\0\0\0"
    if not isinstance(comment, bytes) or not comment.startswith(code + b"{"):
        return None
    return comment.removeprefix(code).decode("ascii", "replace").rstrip("\0")


def _read_exif(image: Image.Image, file: BinaryIO | None, directory: int | None) -> Exif | None:
    """Read the EXIF of an image: from its raw bytes where there are any."""
    raw = image.info.get("exif")
    if isinstance(raw, bytes):
        return read_exif(raw)
    if file and read_header(reader_of(file)):
        return read_exif_of_tiff(reader_of(file), directory)
    return read_exif(image.getexif().tobytes())


def _read_resolution(image: Image.Image) -> Resolution | None:
    """Return the resolution that a file gives outside of EXIF; that of a TIFF is in its EXIF."""
    if image.format == "TIFF":
        return None
    if "jfif" in image.info:  # Pillow fills what is missing with a guess
        unit = {1: 1.0, 2: 2.54}.get(image.info.get("jfif_unit", 0), 0.0)
        across, down = image.info["jfif_density"]
        return valid_resolution(across * unit, down * unit)
    across, down = image.info["dpi"] if image.format not in _BY_EXIF else (0, 0)
    return valid_resolution(float(across), float(down))


def _read_xmp(image: Image.Image, file: BinaryIO | None, directory: int | None) -> bytes | None:
    """Return the XMP that a result may carry; that of a TIFF is read by its tag."""
    packet = image.info.get("xmp") or image.info.get(PNG_XMP)
    header = read_header(reader_of(file)) if file and not packet else None
    if file and header:
        at = directory or header.first
        entry = read_directory(reader_of(file), header, at, tags=(TIFF_XMP,)).get(TIFF_XMP)
        packet = entry and entry.data
    return carried_xmp(packet) if packet else None


def _read_iptc(image: Image.Image, file: BinaryIO | None, directory: int | None) -> bytes | None:
    """Return the IPTC of a JPEG or TIFF that a result may carry."""
    resources = image.info.get("photoshop")
    if isinstance(resources, dict) and isinstance(found := resources.get(0x0404), bytes):
        return carried_iptc(found)
    header = read_header(reader_of(file)) if file else None
    if file is None or header is None:
        return None
    wanted = (TIFF_IPTC, _TIFF_RESOURCES)
    entries = read_directory(reader_of(file), header, directory or header.first, tags=wanted)
    for tag in wanted:
        if tag in entries and (kept := carried_iptc(entries[tag].data)):
            return kept
    return None
