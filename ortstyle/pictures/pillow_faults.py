"""Pictures that Pillow reads otherwise than their formats say: mended here, or refused.

Set bits of an XBM and of a one-bit PSD are black. The fourth channel of a PSD is its transparency
only if the number of its layers is negative; otherwise it is a selection that was saved. Further
channels shift what Pillow reads. The colours of a one-bit PCX are in its header. Source: Adobe
Photoshop File Formats Specification, 2019.
"""

import struct
from collections.abc import Callable
from typing import BinaryIO

from PIL import Image, ImageChops

from ortstyle.errors import PictureError
from ortstyle.pictures.tga import find_tga_mend

Mend = Callable[[Image.Image], tuple[Image.Image, str]]
"""A function of an opened image, which it may decode.

It returns the image as it should have been read, and what the user should know, usually nothing.
"""

_HEADER = 26  # bytes of a PSD before its sections
_PCX_COLORS = 16  # where a PCX holds the colours of its clear and of its set bits


def find_mend(image: Image.Image, file: BinaryIO, label: str) -> Mend | None:
    """Return what mends an opened image; None where Pillow reads it rightly.

    Parameters
    ----------
    image
        The image, not yet decoded.
    file
        Its file.
    label
        Error messages begin with it.

    Raises
    ------
    PictureError
        The image is a PSD with channels that Pillow does not know.
    """
    if image.format == "XBM" or (image.format == "PSD" and image.mode == "1"):
        return _inverted
    if image.format == "TGA":
        return find_tga_mend(image, file, label)
    if image.format == "PCX" and image.mode == "1":
        file.seek(_PCX_COLORS)
        return _inverted if file.read(6) == b"\xff\xff\xff\0\0\0" else None
    if image.format != "PSD":
        return None
    file.seek(0)
    channels = struct.unpack(">H", file.read(_HEADER)[12:14])[0]
    if channels > len(image.getbands()):
        raise PictureError(
            f"{label} holds {channels} channels, of which more than colours and transparency are "
            "not supported; save a flat copy as PNG or TIFF"
        )
    if image.mode == "RGBA" and not _has_transparency(file):
        return lambda opened: (opened.convert("RGB"), "")
    return None


def _inverted(image: Image.Image) -> tuple[Image.Image, str]:
    return ImageChops.invert(image), ""


def _has_transparency(file: BinaryIO) -> bool:
    """Return whether the fourth channel of a PSD is its transparency."""
    file.seek(_HEADER)
    for _ in range(2):  # the palette, and the resources
        file.seek(struct.unpack(">I", file.read(4))[0], 1)
    layers, size = struct.unpack(">II", file.read(8))
    return bool(layers and size) and struct.unpack(">h", file.read(2))[0] < 0
